use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "newuidmap-bounding-set",
    steps: &[Step::UidMap, Step::GidMap],
    errnos: &[Errno::EPERM],
    title: "CAP_SETUID or CAP_SETGID is not in the bounding set, so newuidmap cannot gain it",
    since: "0.1.0",
    docs: include_str!("newuidmap_bounding_set.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::UidMap, &[Errno::EPERM]), (Step::GidMap, &[Errno::EPERM])],
        places: &[Sign::CapsDropped, Sign::OpenShift, Sign::Kubernetes],
        elsewhere: &[Sign::Privileged],
        confirm: "bits 6 and 7 of CapBnd in /proc/self/status are clear",
        ask: ask("grep CapBnd /proc/self/status", "no bits 6 and 7 (0xc0)"),
        weigh: texts::of_newuidmap,
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::capabilities::CAP_ADD_SETID, &remedy::flags::MAP_ONE_ID],
    #[cfg(test)]
    cases: &[
        case("--map-auto", UidMap, Some(EPERM), |f| f.process.cap_bnd = known(Caps(0)))
            .dark(|f| f.process.cap_bnd = Fact::default()),
        // What OpenShift's restricted constraint leaves.
        case("--map-auto", GidMap, Some(EPERM), |f| f.process.cap_bnd = known(Caps(0xa004_053b))),
    ],
};

/// However the program is installed, setuid or with file capabilities: execve(2) grants nothing
/// that the bounding set lacks.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let Some(tool) = map_helper::of(facts, plan, step) else { return Gate::NotApplicable };
    if tool.value().is_none() {
        return if tool.is_undecided() { Gate::Unobservable } else { Gate::Open };
    }
    let needed = if step == Step::UidMap { Caps::SETUID } else { Caps::SETGID };
    let bounding = &facts.process.cap_bnd;
    match bounding.value() {
        Some(set) if set.has(needed) => Gate::Open,
        Some(set) => {
            Gate::shut(Errno::EPERM, vec![Evidence::at(bounding, format!("CapBnd {:016x}", set.0))])
        }
        None => evidence::absent_or_undecided(facts, bounding),
    }
}
