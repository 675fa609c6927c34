//! What the real programs print, and what `isodoc explain --error` makes of it.

use std::collections::BTreeMap;
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::cell::{Ran, Spot};
use crate::run::Room;

/// A text that a program printed where `check` knows the cause.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Told {
    /// What it printed.
    pub text: String,
    /// The cause that `check` names; nothing where it has none.
    pub cause: Option<String>,
    /// Where that stands in the answer to the text alone.
    pub alone: Standing,
    /// Where it stands in the answer that looks at the place as well (`--here`), and is told what
    /// printed the text.
    pub here: Standing,
}

/// Where the cause stands in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    First,
    FurtherDown,
    /// There are other causes in its place.
    Missing,
    /// The answer is that nothing is known.
    Silent,
}

/// The numbers of many texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    pub texts: usize,
    /// How often the cause is first by the text alone.
    pub first: usize,
    /// How often it could be: a text that several causes have can name one of them first.
    pub possible: usize,
    /// How often nothing is said of a text, though `check` may know no cause either.
    pub silent: usize,
    /// How often the cause is first where the place is looked at as well.
    pub here: usize,
}

impl Told {
    /// Asks explain about the text, and in the room in which the program printed it.
    pub fn of(room: &Room<'_>, id: &str, text: &str, cause: Option<&str>) -> Self {
        let ask = ["explain", "--format", "json", "--error", text];
        let standing = |ran: Ran| {
            let Ran::Ended { stdout, .. } = ran else { return Standing::Silent };
            let report: serde_json::Value = serde_json::from_str(&stdout).unwrap_or_default();
            let causes = report["causes"].as_array().map_or(&[][..], Vec::as_slice);
            match causes.iter().position(|known| known["id"].as_str() == cause) {
                Some(0) => Standing::First,
                Some(_) => Standing::FurtherDown,
                None if causes.is_empty() => Standing::Silent,
                None => Standing::Missing,
            }
        };
        let mut explain = Command::new(&room.lab.isodoc);
        explain.args(ask);
        let alone = standing(room.lab.run(explain));
        let here = standing(room.run(&[&["isodoc"], &ask[..], &["--here", "--for", id]].concat()));
        Self { text: text.to_owned(), cause: cause.map(str::to_owned), alone, here }
    }

    /// The text without the numbers in it, which differ from run to run.
    fn kind(&self) -> String {
        let mut kind = self.text.replace(|c: char| c.is_ascii_digit(), "0");
        while kind.contains("00") {
            kind = kind.replace("00", "0");
        }
        kind
    }
}

impl Explained {
    /// Counts texts.
    pub fn of(all: &[Told]) -> Self {
        let mut kinds: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
        let known = all.iter().filter_map(|told| Some((told, told.cause.as_deref()?)));
        for (told, cause) in known.clone() {
            *kinds.entry(told.kind()).or_default().entry(cause).or_default() += 1;
        }
        let first = |at: fn(&Told) -> Standing| {
            known.clone().filter(|(told, _)| at(told) == Standing::First).count()
        };
        Self {
            texts: known.clone().count(),
            first: first(|told| told.alone),
            possible: kinds.values().filter_map(|causes| causes.values().max()).sum(),
            silent: all.iter().filter(|told| told.alone == Standing::Silent).count(),
            here: first(|told| told.here),
        }
    }
}

impl std::fmt::Display for Explained {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { texts, first, possible, silent, here } = self;
        write!(
            f,
            "{texts} texts: the cause is first by the text alone in {first} (at most {possible} \
             are possible), nothing is said in {silent}; with --here it is first in {here}"
        )
    }
}
