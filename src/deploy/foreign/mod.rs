//! Files of kinds that isodoc does not read. Many of them look like a compose file or a script;
//! what they are is said by its name, and `--fix` leaves them alone.

mod kinds;

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
    /// How such files are called where that is settled: patterns for the end of the path.
    pub paths: &'static [&'static str],
    /// What is in such files: one of these lists of signs, and all of that list.
    pub signs: &'static [&'static [Mark]],
    /// Why it is not read, or what to do in place of that.
    pub why: &'static str,
}

impl Kind {
    /// What a file of it is called, and why it is not read.
    pub(crate) fn said(&self) -> String {
        format!("{}; {}", self.name, self.why)
    }
}

/// What is in a file of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A place in its first document that has a value (`Node::visit`); `kind=pipeline` wants that
    /// value.
    At(&'static str),
    /// A line that begins with this, in what is neither a document nor a script.
    Line(&'static str),
    /// The syntax of a template.
    Template,
}

/// The kind of a file, if it is of one that is not read.
pub(crate) fn kind(file: &Candidate<'_>) -> Option<&'static Kind> {
    let Input { path, text, .. } = file.input;
    let prose = file.is_script() || command::is_prose(path, text);
    let root = file.documents().ok().and_then(<[Rc<Node>]>::first);
    let has = |sign: &Mark| match sign {
        Mark::At(place) => root.is_some_and(|root| is_at(root, place)),
        Mark::Line(begins) => {
            !prose && text.lines().any(|line| line.trim_start().starts_with(begins))
        }
        Mark::Template => !prose && kubernetes::is_template(file),
    };
    let named = |kind: &&&Kind| kind.paths.iter().any(|pattern| glob::ends(path, pattern));
    let shown = |kind: &&&Kind| kind.signs.iter().any(|signs| signs.iter().all(has));
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
