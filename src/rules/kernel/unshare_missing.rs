use crate::mechanisms::unshare;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "unshare-missing",
    steps: &[Step::FindBinary],
    errnos: &[Errno::ENOENT],
    title: "there is no unshare program in PATH",
    since: "0.1.0",
    docs: include_str!("unshare_missing.md"),
    texts: Texts {
        common: 7,
        refuses: &[(Step::FindBinary, &[])],
        marks: &[
            "unshare: command not found",
            "unshare binary not found",
            "unshare: not found",
            "\"unshare\": executable file not found",
            "spawn unshare enoent",
        ],
        hints: &["unshare"],
        confirm: "`command -v unshare` finds nothing",
        weigh: |text, outright| (outright || !text.has("nsjail")).then_some(0),
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::programs::EXTEND_PATH, &remedy::programs::INSTALL_UTIL_LINUX],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, FindBinary, Some(ENOENT), |f| {
        f.tools.set(&unshare::PROGRAM, absent())
    })
    .dark(|f| f.tools.set(&unshare::PROGRAM, Fact::default()))],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.by == &unshare::PROGRAM {
        program::judge(facts.tools.get(&unshare::PROGRAM))
    } else {
        Gate::NotApplicable
    }
}
