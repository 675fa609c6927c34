use crate::mechanisms::{nsjail, unshare};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "sandbox-program-missing",
    steps: &[Step::FindBinary],
    errnos: &[Errno::ENOENT],
    title: "the program that makes the sandbox is not in PATH",
    since: "0.1.0",
    docs: include_str!("sandbox_program_missing.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::FindBinary, &[])],
        marks: &[
            "bwrap: command not found",
            "bwrap: not found",
            "\"bwrap\": executable file not found",
            "spawn bwrap enoent",
            "bwrap is not installed",
            "bwrap not installed",
            "bwrap not found",
            "bubblewrap is not installed",
            "bubblewrap not installed",
            "bubblewrap not found",
            "\"slirp4netns\": executable file not found",
            "\"pasta\": executable file not found",
            "\"fusermount\": executable file not found",
            "\"fusermount3\": executable file not found",
            "fakeroot command not found",
            "could not find slirp4netns",
            "could not find pasta",
            "socat is not installed",
            "socat not installed",
            "no sandbox backend is usable",
            "no system bwrap",
            "bubblewrap is unavailable",
            "bwrap is unavailable",
            // GLib's.
            "child process \"\u{2026}bwrap\" (no such file",
            "child process \"fusermount\u{2026}(no such file",
            "bwrap\u{2026}not found on path",
            "bwrap\u{2026}not found in path",
            "bubblewrap\u{2026}not found on path",
        ],
        hints: &["bwrap", "bubblewrap", "chromium"],
        confirm: "`command -v` of the program finds nothing",
        weigh: |text, outright| {
            // What was refused is the cause, where it ran.
            // Another program could not execute it.
            let sought = |step| step == Step::FindBinary || (outright && step == Step::Exec);
            let ran = text.step.is_some_and(|step| !sought(step));
            // Apptainer says of both, one after the other.
            let looked_up = matches!(text.step, None | Some(Step::SubidLookup));
            if looked_up && text.has("fakeroot command not found") {
                return Some(20);
            }
            let executed = if text.step == Some(Step::Exec) { 30 } else { 0 };
            (!ran && (outright || !text.has("unshare") && !text.has("nsjail"))).then_some(executed)
        },
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[
        &remedy::programs::EXTEND_PATH,
        &remedy::programs::INSTALL_SANDBOX,
        &remedy::node::UPGRADE_CONTAINERD,
    ],
    #[cfg(test)]
    cases: tests::CASES,
};

/// Two have rules of their own, and so has Docker's daemon.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let own_rule = [&unshare::PROGRAM, &nsjail::PROGRAM].contains(&plan.by);
    if own_rule || plan.by == &Program::DOCKERD {
        return Gate::NotApplicable;
    }
    program::judge(facts.tools.get(plan.by))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::bubblewrap;

    pub(super) const CASES: &[Case] = &[case(BUBBLEWRAP, FindBinary, Some(ENOENT), |f| {
        f.tools.set(&bubblewrap::PROGRAM, absent())
    })
    .dark(|f| f.tools.set(&bubblewrap::PROGRAM, Fact::default()))];
}
