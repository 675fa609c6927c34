//! Files of kinds that isodoc does not read. Many of them look like a compose file or a script;
//! what they are is said by its name, and `--fix` leaves them alone.

mod kinds;

use std::cell::LazyCell;
use std::rc::Rc;

use super::dialect::Candidate;
use super::read::Input;
use super::yaml::Node;
use super::{command, kubernetes};
use crate::parse::glob;

/// A kind of files that is not read. To add one, write its row in `kinds.rs`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// What a file of it is called.
    pub name: &'static str,
    /// What such files are called, where that is settled: patterns for the end of the path.
    pub paths: &'static [&'static str],
    /// What is in such files: one of these, of which ` & ` joins signs that stand together. A sign
    /// is a place in the first document that has a value (`Node::visit`; `kind=pipeline` wants that
    /// value); behind a `^`, how a line begins in what is neither a document nor a script;
    /// [`OTHER_SCRIPT`]; or [`TEMPLATE`].
    pub signs: &'static [&'static str],
    /// Why it is not read, or what to do in place of that.
    pub why: &'static str,
}

impl Kind {
    /// What a file of it is called, and why it is not read.
    pub(crate) fn said(&self) -> String {
        format!("{}; {}", self.name, self.why)
    }
}

/// The sign that is a first line with the name of an interpreter which is no shell.
const OTHER_SCRIPT: &str = "#!";

/// The sign that is the syntax of a template.
const TEMPLATE: &str = "{{ }}";

/// The kind of a file, if it is of one that is not read.
pub(crate) fn kind(file: &Candidate<'_>) -> Option<&'static Kind> {
    let Input { path, text, .. } = file.input;
    let prose = file.is_script() || command::is_prose(path, text);
    let root = file.documents().ok().and_then(<[Rc<Node>]>::first);
    // Many signs are the beginning of a line: all that show are found in one go.
    let begun = LazyCell::new(|| {
        let signs = kinds::ALL.iter().flat_map(|kind| kind.signs).flat_map(|one| one.split(" & "));
        let mut not_yet: Vec<&str> = signs.filter_map(|sign| sign.strip_prefix('^')).collect();
        let mut begun = vec![];
        for line in text.lines().map(str::trim_start) {
            begun.extend(not_yet.extract_if(.., |with| line.starts_with(*with)));
        }
        begun
    });
    let has = |sign: &str| match (sign, sign.strip_prefix('^')) {
        (OTHER_SCRIPT, _) => command::is_of_other_interpreter(text),
        (TEMPLATE, _) => !prose && kubernetes::is_template(file),
        (_, Some(with)) => !prose && begun.contains(&with),
        (place, None) => root.is_some_and(|root| is_at(root, place)),
    };
    let named = |kind: &&&Kind| kind.paths.iter().any(|pattern| glob::ends(path, pattern));
    let shown = |kind: &&&Kind| kind.signs.iter().any(|signs| signs.split(" & ").all(has));
    // What is in a file says more than its name.
    kinds::ALL.iter().find(shown).or_else(|| kinds::ALL.iter().find(named)).copied()
}

/// Whether a node has a value at a place, and the wanted one where one is wanted.
fn is_at(node: &Rc<Node>, place: &str) -> bool {
    let (place, wanted) = place.split_once('=').map_or((place, None), |(p, v)| (p, Some(v)));
    node.visit(place, &mut vec![], &mut |_, node| {
        wanted.is_none_or(|wanted| node.text() == Some(wanted))
    })
}

#[cfg(test)]
mod tests;
