//! Programs that run what they isolate under bubblewrap, each with the arguments that it passes.
//!
//! Source: strace(1) of codex 0.169 and 0.171, sandbox-runtime 0.0.78 and 0.0.83, and Flatpak's
//! flatpak-run.c.

use super::{Mechanism, bubblewrap};
use crate::plan::{Namespaces, Plan, Program, Step};

/// Codex. Where no procfs can be mounted it goes on without. Since 0.171 it asks for an ipc
/// namespace too.
pub(crate) static CODEX: Mechanism = Mechanism::without_words(
    "codex",
    &Program::named("codex"),
    "--as-pid-1 --new-session --die-with-parent --ro-bind / / --dev /dev --unshare-user \
            --unshare-pid --unshare-ipc --unshare-net",
    |flags, flavour, ids| {
        let plan = started_by(10, bubblewrap::plan(flags, flavour, ids));
        Plan { mechanism: &CODEX, ..plan }
    },
);

/// The sandbox of Claude Code, sandbox-runtime.
pub(crate) static CLAUDE_CODE: Mechanism = Mechanism::without_words(
    "claude-code",
    &Program { others: &["srt"], ..Program::named("claude") },
    "--new-session --die-with-parent --unshare-user --unshare-net --ro-bind / / --dev /dev \
            --unshare-pid --proc /proc",
    |flags, flavour, ids| {
        let plan = with_inner_sandbox(bubblewrap::plan(flags, flavour, ids));
        Plan { mechanism: &CLAUDE_CODE, ..started_by(21, plan) }
    },
);

pub(crate) static FLATPAK: Mechanism = Mechanism::without_words(
    "flatpak",
    &Program::named("flatpak"),
    "--unshare-user --unshare-pid --unshare-ipc --unshare-net --proc /proc --dev /dev \
            --ro-bind / / --die-with-parent",
    |flags, flavour, ids| Plan { mechanism: &FLATPAK, ..bubblewrap::plan(flags, flavour, ids) },
);

/// The plan of a program that has, with what it starts, at least so many tasks more than one: under
/// `prlimit --nproc` Codex fails with 10 in all and works with 12, sandbox-runtime fails with 21
/// and works with 22.
fn started_by(tasks: u64, mut plan: Plan) -> Plan {
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
    use crate::mechanisms::tests::planned;

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
}
