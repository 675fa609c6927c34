//! What the programs of a node can do.

use crate::facts::{Evidence, Fact};
use crate::parse::release::Release;
use crate::rules::Gate;

/// What the programs come to that are installed, each with the version that it needs; `None`:
/// nobody knows which. Where they differ, the one that is used is not known.
pub(crate) fn versions<'a>(
    all: impl IntoIterator<Item = (&'a str, &'a Fact<Release>, Option<(u32, u32)>)>,
) -> Gate {
    let (mut shut, mut doubts, mut open) = (vec![], vec![], false);
    for (name, fact, needs) in all {
        match (fact.value(), needs) {
            (None, _) if fact.is_absent() => {}
            (None, _) => doubts.push(Evidence::of_doubt(fact)),
            (Some(version), Some((major, minor))) if version.at_least(major, minor) => open = true,
            (Some(version), Some(_)) => {
                shut.push(Evidence::at(fact, version.text.as_str()));
            }
            (Some(_), None) => doubts.push(Evidence::new(name, "not a program that isodoc knows")),
        }
    }
    match (shut.is_empty(), doubts.is_empty()) {
        (true, true) if open => Gate::Open,
        (true, true) => Gate::NotApplicable,
        (false, true) if !open => Gate::shut_silently(shut),
        _ => Gate::Undecided([doubts, shut].concat()),
    }
}
