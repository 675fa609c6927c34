//! Programs that run what they isolate under bubblewrap, each with the arguments that it passes.
//!
//! Source: strace(1) of codex 0.169 and 0.171, sandbox-runtime 0.0.78 and 0.0.83, and Flatpak's
//! flatpak-run.c.

use super::{Mechanism, bubblewrap};
use crate::plan::{Namespaces, Plan, Program, Step, Tasks};

/// Codex. Where no procfs can be mounted it goes on without. Since 0.171 it asks for an ipc
/// namespace too.
pub(crate) static CODEX: Mechanism = Mechanism::without_words(
    "codex",
    &Program::named("codex"),
    "--as-pid-1 --new-session --die-with-parent --ro-bind / / --dev /dev --unshare-user \
            --unshare-pid --unshare-ipc --unshare-net",
    |flags, flavour, ids| {
        let plan = started_by(CODEX_TASKS, bubblewrap::plan(flags, flavour, ids));
        Plan { mechanism: &CODEX, ..plan }
    },
);

/// The sandbox of Claude Code, sandbox-runtime.
pub(crate) static CLAUDE_CODE: Mechanism = Mechanism {
    helpers: &[&Program::SOCAT],
    ..Mechanism::without_words(
        "claude-code",
        &Program { others: &["srt"], ..Program::named("claude") },
        "--new-session --die-with-parent --unshare-user --unshare-net --ro-bind / / --dev /dev \
            --unshare-pid --proc /proc",
        |flags, flavour, ids| {
            let mut plan = with_inner_sandbox(bubblewrap::plan(flags, flavour, ids));
            plan.helpers = &[&[&Program::SOCAT]];
            Plan { mechanism: &CLAUDE_CODE, ..started_by(CLAUDE_TASKS, plan) }
        },
    )
};

pub(crate) static FLATPAK: Mechanism = Mechanism::without_words(
    "flatpak",
    &Program::named("flatpak"),
    "--unshare-user --unshare-pid --unshare-ipc --unshare-net --proc /proc --dev /dev \
            --ro-bind / / --die-with-parent",
    |flags, flavour, ids| Plan { mechanism: &FLATPAK, ..bubblewrap::plan(flags, flavour, ids) },
);

/// Under `prlimit --nproc` the program itself never works with 10 in all, often with 11 and mostly
/// with 13; as npm installs it, behind Node.js, it starts 42 (0.171, on two processors).
const CODEX_TASKS: Tasks = Tasks { least: 10, enough: 48 };

/// It never works with 21 in all, at times with 22 to 25, and starts 28 (0.0.78).
const CLAUDE_TASKS: Tasks = Tasks { least: 21, enough: 32 };

/// The plan of a program that starts these first.
fn started_by(tasks: Tasks, mut plan: Plan) -> Plan {
    plan.threads = tasks;
    plan.insert_before(Step::Start, Step::Threads);
    plan
}

/// Inside, where no capability is left, `apply-seccomp` makes a pid and a mount namespace once
/// more, in a user namespace of their own.
fn with_inner_sandbox(mut plan: Plan) -> Plan {
    plan.inner = Namespaces(Namespaces::USER | Namespaces::MNT | Namespaces::PID);
    let at = plan.steps.len().saturating_sub(1);
    plan.steps.insert(at, Step::InnerNamespaces);
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::predict;
    use crate::facts::Fact;
    use crate::mechanisms::tests::planned;
    use crate::verdict::Verdict;

    /// The flags of the first clone(2), and of the calls of unshare(2) behind it, that strace(1)
    /// shows of Codex 0.171 and sandbox-runtime 0.0.78.
    #[test]
    fn the_namespaces_of_the_program() {
        const BOTH: u64 = Namespaces::MNT | Namespaces::USER | Namespaces::PID | Namespaces::NET;
        for (mechanism, seen) in [(&CODEX, BOTH | Namespaces::IPC), (&CLAUDE_CODE, BOTH)] {
            let plan = planned(mechanism, mechanism.flags, 1000);
            assert_eq!(plan.namespaces.0, seen, "{}", mechanism.id);
        }
        let claude = planned(&CLAUDE_CODE, CLAUDE_CODE.flags, 1000);
        assert_eq!(claude.inner.0, Namespaces::USER | Namespaces::MNT | Namespaces::PID);
        // One clone(2) and two unshare(2) with CLONE_NEWUSER.
        assert_eq!(claude.layers(), 3);
    }

    /// What starts bubblewrap has threads, and is refused them before bubblewrap is anything.
    #[test]
    fn a_program_has_its_threads_first() {
        for mechanism in [&CODEX, &CLAUDE_CODE] {
            let plan = planned(mechanism, mechanism.flags, 1000);
            assert!(plan.asks_first(Step::Threads, Step::Start), "{}", mechanism.id);
        }
    }

    /// With room for more than it needs at least and less than it starts, it works at times: seen
    /// with Codex from npm under `prlimit --nproc=20`.
    #[test]
    fn room_for_some_of_its_tasks_decides_nothing() {
        let plan = planned(&CODEX, CODEX.flags, 1000);
        let verdict = |used, max| {
            let mut facts = crate::rules::tests::healthy();
            facts.process.nproc_limit = Fact::known(Some(max), "test");
            facts.process.nproc_used = Fact::known(used, "test");
            predict(&facts, &plan).verdict
        };
        assert_eq!(verdict(5, 14), Verdict::Unsupported);
        assert_eq!(verdict(5, 25), Verdict::Unknown);
        assert_eq!(verdict(5, 100), Verdict::Supported);
    }
}
