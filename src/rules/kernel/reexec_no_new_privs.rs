use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "reexec-no-new-privs",
    steps: &[Step::Propagation],
    errnos: &[Errno::EPERM],
    title: "no_new_privs denies the program its capabilities when it re-executes itself",
    since: "0.1.0",
    docs: include_str!("reexec_no_new_privs.md"),
    texts: Texts {
        common: 3,
        refuses: &[],
        marks: &["failed to share mount point: /: operation not permitted"],
        hints: &["rootlesskit"],
        places: &[Sign::NoNewPrivs],
        ask: ask("grep NoNewPrivs /proc/self/status", "1"),
        ..Texts::NONE
    },
    decided_by: &[Setting::NoNewPrivs],
    check,
    remedies: &[&remedy::capabilities::ALLOW_PRIVILEGE_ESCALATION],
    #[cfg(test)]
    cases: &[case("rootlesskit", Propagation, Some(EPERM), |f| {
        f.process.no_new_privs = known(true)
    })
    .dark(|f| f.process.no_new_privs = denied())],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let set = &facts.process.no_new_privs;
    match set.value() {
        _ if !plan.does(Habit::ExecutesUnmapped) => Gate::NotApplicable,
        Some(true) => Gate::shut(Errno::EPERM, vec![Evidence::of(set)]),
        Some(false) => Gate::Open,
        None => Gate::undecided(set),
    }
}
