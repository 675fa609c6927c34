//! Every id that isodoc prints, and what it names.

use std::collections::BTreeMap;

use crate::findings::{Info, catalogue};
use crate::mechanisms::{MECHANISMS, Mechanism};
use crate::plan::Step;
use crate::remedy::Remedy;
use crate::rules::{RULES, Rule};

/// What an id names. One id can name two things, of two kinds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Named {
    /// A cause of refusals.
    Rule(&'static Rule),
    /// Something worth saying beside a verdict.
    Finding(&'static Info),
    /// Something that can be done.
    Remedy(&'static Remedy),
    /// Something that is asked of the kernel.
    Step(Step),
    /// A way to isolate.
    Mechanism(&'static Mechanism),
}

impl Named {
    #[must_use]
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Rule(_) => "rule",
            Self::Finding(_) => "finding",
            Self::Remedy(_) => "remedy",
            Self::Step(_) => "step",
            Self::Mechanism(_) => "mechanism",
        }
    }

    #[must_use]
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.id,
            Self::Finding(info) => info.id,
            Self::Remedy(remedy) => remedy.id,
            Self::Step(step) => step.id(),
            Self::Mechanism(mechanism) => mechanism.id,
        }
    }
}

/// Every remedy that a rule names, by id.
pub(crate) fn remedies() -> impl Iterator<Item = &'static Remedy> {
    let named = RULES.iter().flat_map(|rule| rule.remedies.iter().copied());
    named.map(|remedy| (remedy.id, remedy)).collect::<BTreeMap<_, _>>().into_values()
}

pub(crate) fn rules_of(remedy: &Remedy) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().copied().filter(move |rule| rule.remedies.contains(&remedy))
}

/// Everything that has an id.
pub(crate) fn all() -> impl Iterator<Item = Named> {
    let rules = RULES.iter().map(|rule| Named::Rule(rule));
    let findings = catalogue::ALL.iter().map(|info| Named::Finding(info));
    let steps = Step::ALL.iter().map(|step| Named::Step(*step));
    let mechanisms = MECHANISMS.iter().map(|mechanism| Named::Mechanism(mechanism));
    rules.chain(findings).chain(remedies().map(Named::Remedy)).chain(steps).chain(mechanisms)
}

/// What an id names: nothing where it is unknown. Several remedies that belong together are printed
/// joined by `+`; an id that was merged away names its successor.
#[must_use]
pub(crate) fn find(id: &str) -> Vec<Named> {
    let named = |id: &str| -> Vec<Named> { all().filter(|named| named.id() == id).collect() };
    let each: Vec<Vec<Named>> =
        id.split('+').map(|part| named(successor(part).map_or(part, |info| info.id))).collect();
    if each.iter().any(Vec::is_empty) { vec![] } else { each.concat() }
}

/// What an id was merged into.
#[must_use]
pub(crate) fn successor(id: &str) -> Option<&'static Info> {
    catalogue::SUCCESSORS.iter().find(|(merged, _)| *merged == id).map(|(_, info)| *info)
}

/// How many similar ids are shown.
const FEW: usize = 5;

/// How much of an id has to be right for another to be shown.
const SIMILAR: f64 = 0.6;

/// The ids that an unknown one may have meant, most likely first.
#[must_use]
pub(crate) fn near(id: &str) -> Vec<&'static str> {
    // A word of an id is more than letters that happen to agree.
    let alike = |known: &str| match known.split('-').position(|word| word == id) {
        Some(0) => 2.0,
        Some(_) => 1.0,
        None => strsim::normalized_damerau_levenshtein(id, known),
    };
    let mut ids: Vec<(f64, &str)> = all()
        .map(|named| (alike(named.id()), named.id()))
        .filter(|(by, _)| *by > SIMILAR)
        .collect();
    // Stable: of equals the one that the kernel meets first.
    ids.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut near: Vec<&str> = vec![];
    for (_, id) in ids {
        if !near.contains(&id) && near.len() < FEW {
            near.push(id);
        }
    }
    near
}

/// The rules that speak of a system call of this name: first those whose title does.
#[must_use]
pub(crate) fn of_call(name: &str) -> Vec<&'static str> {
    let page = format!("{name}(2)");
    // Of longer names it is the end, as mount(2) is of umount(2).
    let names = |text: &str| {
        text.match_indices(&page).any(|(at, _)| {
            text.get(..at).is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric()))
        })
    };
    let titled = RULES.iter().filter(|rule| names(rule.title));
    let told = RULES.iter().filter(|rule| !names(rule.title) && names(rule.docs));
    titled.chain(told).take(FEW).map(|rule| rule.id).collect()
}

/// What an id that names nothing is answered with: what it may be, or which ids are like it.
pub(crate) fn unknown(id: &str) -> String {
    if id.contains(char::is_whitespace) {
        return format!("'{id}' is no id; for an error message: `isodoc explain --error TEXT`");
    }
    let about = of_call(id).join(", ");
    if !about.is_empty() {
        let text = "for its error message: `isodoc explain --error TEXT`";
        return format!("'{id}' is a system call; rules that name it: {about}; {text}");
    }
    let near: Vec<String> = near(id).iter().map(|near| format!("'{near}'")).collect();
    let similar =
        if near.is_empty() { String::new() } else { format!("; similar: {}", near.join(", ")) };
    format!("unknown id '{id}'{similar}; `isodoc rules` lists every id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn an_id_names_one_thing_of_a_kind() {
        let mut seen = BTreeSet::new();
        for named in all() {
            assert!(seen.insert((named.kind(), named.id())), "{named:?}");
        }
    }

    #[test]
    fn what_was_merged_away_names_its_successor() {
        assert_eq!(find("relative-profile"), find("seccomp-profile-relative"));
        for (merged, info) in catalogue::SUCCESSORS {
            assert!(all().all(|named| named.id() != *merged), "{merged} is still in use");
            assert_eq!(find(merged), [Named::Finding(info)]);
        }
    }

    #[test]
    fn an_id_can_name_two_things() {
        let kinds = |id| find(id).iter().map(|named| named.kind()).collect::<Vec<_>>();
        assert_eq!(kinds("unshare"), ["step", "mechanism"]);
        assert_eq!(find("install-nsjail+sysctl-pid-max").len(), 2, "two remedies");
        assert!(find("install-nsjail+").is_empty());
    }

    #[test]
    fn a_system_call_leads_to_its_rules() {
        assert_eq!(of_call("mount").first(), Some(&"seccomp-mount"));
        assert!(of_call("capset").contains(&"seccomp-privileges"), "{:?}", of_call("capset"));
        assert!(of_call("nosuchcall").is_empty() && of_call("ount").is_empty());
    }

    #[test]
    fn the_nearest_are_few() {
        assert_eq!(near("proc-maskd").first(), Some(&"proc-masked"));
        assert_eq!(near("seccomp").first(), Some(&"seccomp-unshare"));
        assert_eq!(near("host-user-needs-runtime").first(), Some(&"host-users-needs-runtime"));
        assert!(near("secomp-kill").len() <= FEW);
        assert!(near("quite something else").is_empty());
    }
}
