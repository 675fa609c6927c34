//! Makes a case as small as it gets while it still shows the same disagreement.

use super::Case;
use super::environment::{CAPABILITIES, Condition};
use super::flags::Style;

/// The smallest case that `shows` the same.
pub fn shrink(mut case: Case, shows: impl Fn(&Case) -> bool) -> Case {
    while let Some(smaller) = simpler(&case).into_iter().find(|smaller| shows(smaller)) {
        case = smaller;
    }
    case
}

/// Everything that is one step simpler: without a condition, without a flag, with a simpler one of
/// either.
fn simpler(case: &Case) -> Vec<Case> {
    let mut all = vec![];
    let conditions = &case.environment.0;
    for at in 0..conditions.len() {
        let mut without = case.clone();
        without.environment.0.remove(at);
        all.push(without);
    }
    for at in 0..case.flags.0.len() {
        let mut without = case.clone();
        without.flags.0.remove(at);
        all.push(without);
    }
    for (at, condition) in conditions.iter().enumerate() {
        all.extend(parts(condition).into_iter().map(|part| {
            let mut with = case.clone();
            with.environment.0[at] = part;
            with
        }));
    }
    if case.flags.0.iter().any(|flag| flag.style != Style::Long) {
        let mut plain = case.clone();
        plain.flags.0.iter_mut().for_each(|flag| flag.style = Style::Long);
        all.push(plain);
    }
    all
}

/// Simpler forms of a condition.
fn parts(condition: &Condition) -> Vec<Condition> {
    let sets = |set: u64| {
        CAPABILITIES
            .iter()
            .map(|(_, bit)| 1 << bit)
            .filter(move |bit: &u64| set & bit != 0 && set != *bit)
    };
    match condition {
        Condition::Seccomp(rules) if rules.len() > 1 => {
            rules.iter().map(|rule| Condition::Seccomp(vec![*rule])).collect()
        }
        Condition::Seccomp(rules) if rules.iter().any(|rule| rule.bits != 0 && rule.call != 1) => {
            let plain =
                rules.iter().map(|rule| super::environment::Filter { bits: 0, ..*rule }).collect();
            vec![Condition::Seccomp(plain)]
        }
        Condition::Inheritable(set) => sets(*set).map(Condition::Inheritable).collect(),
        Condition::Ambient(set) => sets(*set).map(Condition::Ambient).collect(),
        Condition::Bounding(set) => sets(*set).map(Condition::Bounding).collect(),
        Condition::Permitted(set) => sets(*set).map(Condition::Permitted).collect(),
        Condition::PidNamespaces(count) if *count > 1 => {
            vec![Condition::PidNamespaces(1), Condition::PidNamespaces(count - 1)]
        }
        Condition::Nest(count) if *count > 1 => {
            vec![Condition::Nest(1), Condition::Nest(count - 1)]
        }
        Condition::Hold(count) if *count > 1 => vec![Condition::Hold(count - 1)],
        Condition::Limit(kind, value) if *value > 0 => {
            vec![Condition::Limit(kind.clone(), value - 1)]
        }
        _ => vec![],
    }
}
