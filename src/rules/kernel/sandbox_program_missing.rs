use crate::mechanisms::{nsjail, unshare};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "sandbox-program-missing",
    steps: &[Step::FindBinary, Step::Start],
    errnos: &[Errno::ENOENT],
    title: "a program that makes the sandbox is not in PATH",
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
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if step == Step::Start {
        return helpers(facts, plan);
    }
    let own_rule = [&unshare::PROGRAM, &nsjail::PROGRAM].contains(&plan.by);
    if own_rule || plan.by == &Program::DOCKERD {
        return Gate::NotApplicable;
    }
    program::judge(facts.tools.get(plan.by))
}

/// Whether what it runs besides is there.
fn helpers(facts: &Facts, plan: &Plan) -> Gate {
    if plan.helpers.is_empty() {
        return Gate::NotApplicable;
    }
    let all = plan.helpers.iter().copied().flatten();
    match facts.tools.missing_helpers(plan) {
        Some(missing) => {
            let missing = missing.iter().map(|program| facts.tools.get(program));
            let missing = missing.map(|tool| Evidence::at(tool, "not found"));
            Gate::shut(Errno::ENOENT, missing.collect())
        }
        None if all.clone().any(|program| facts.tools.get(program).value().is_some()) => Gate::Open,
        None => Gate::Unobservable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::bubblewrap;

    pub(super) const CASES: &[Case] = &[
        case(BUBBLEWRAP, FindBinary, Some(ENOENT), |f| f.tools.set(&bubblewrap::PROGRAM, absent()))
            .dark(|f| f.tools.set(&bubblewrap::PROGRAM, Fact::default())),
        case("rootlesskit", Start, Some(ENOENT), |f| f.tools.set(&Program::SLIRP4NETNS, absent()))
            .dark(|f| f.tools.set(&Program::SLIRP4NETNS, Fact::default())),
    ];

    /// podman 4.3 wants slirp4netns, 5 pasta; neither is needed for no network. As packages of
    /// Debian 12 without what they recommend: `could not find slirp4netns`.
    #[test]
    fn one_of_those_that_would_do_is_enough() {
        use crate::diagnosis::predict;
        use crate::mechanisms::{podman_rootless, tests::planned};
        let mut facts = crate::rules::tests::healthy();
        for program in podman_rootless::MECHANISM.helpers {
            facts.tools.set(program, absent());
        }
        let cause = |facts: &Facts, flags| {
            predict(facts, &planned(&podman_rootless::MECHANISM, flags, 1000)).cause
        };
        let missing = |facts: &Facts, flags| cause(facts, flags).is_some_and(|c| c.id == RULE.id);
        assert!(missing(&facts, "run x") && missing(&facts, "run --network=pasta x"));
        assert!(!missing(&facts, "run --network=none x"));
        let found = Fact::known(crate::facts::Tool::installed("/usr/bin/pasta", 0o755), "test");
        facts.tools.set(&Program::PASTA, found);
        assert!(!missing(&facts, "run x") && missing(&facts, "run --network=slirp4netns x"));
        // What wraps it there knows where they are.
        let store = crate::facts::Tool::installed("/run/current-system/sw/bin/podman", 0o755);
        facts.tools.set(podman_rootless::MECHANISM.program, Fact::known(store, "test"));
        assert!(!missing(&facts, "run --network=slirp4netns x"));
    }
}
