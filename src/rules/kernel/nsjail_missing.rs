use crate::mechanisms::nsjail;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "nsjail-missing",
    steps: &[Step::FindBinary],
    errnos: &[Errno::ENOENT],
    title: "nsjail is not installed",
    since: "0.1.0",
    docs: include_str!("nsjail_missing.md"),
    texts: Texts {
        common: 6,
        refuses: &[(Step::FindBinary, &[])],
        marks: &[
            "nsjail not found",
            "nsjail: command not found",
            "nsjail: not found",
            "\"nsjail\": executable file not found",
            "spawn nsjail enoent",
        ],
        hints: &["nsjail"],
        confirm: "`command -v nsjail` finds nothing",
        weigh: |text, _| text.has("nsjail").then_some(0),
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::programs::EXTEND_PATH, &remedy::programs::INSTALL_NSJAIL],
    #[cfg(test)]
    cases: &[case(NSJAIL, FindBinary, Some(ENOENT), |f| f.tools.set(&nsjail::PROGRAM, absent()))
        .dark(|f| f.tools.set(&nsjail::PROGRAM, Fact::default()))],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.by == &nsjail::PROGRAM {
        program::judge(facts.tools.get(&nsjail::PROGRAM))
    } else {
        Gate::NotApplicable
    }
}
