//! Programs that run what they isolate under bubblewrap, each with the arguments that it passes.
//!
//! Source: strace(1) of codex 0.169, sandbox-runtime 0.0.83 and Flatpak's flatpak-run.c.

use super::{Mechanism, bubblewrap};
use crate::plan::{Flavour, Ids, Namespaces, Plan, Program, Step};

/// Codex. Where no procfs can be mounted it goes on without.
pub(crate) static CODEX: Mechanism = Mechanism {
    id: "codex",
    program: &Program::named("codex"),
    daemon: false,
    always: false,
    flags: "--as-pid-1 --new-session --die-with-parent --ro-bind / / --dev /dev --unshare-user \
            --unshare-pid --unshare-net",
    flags_of: |_| &[],
    unfold: super::as_given,
    plan: bubblewrap::plan,
};

/// The sandbox of Claude Code, sandbox-runtime.
pub(crate) static CLAUDE_CODE: Mechanism = Mechanism {
    id: "claude-code",
    program: &Program { others: &["srt"], ..Program::named("claude") },
    daemon: false,
    always: false,
    flags: "--new-session --die-with-parent --unshare-user --unshare-net --ro-bind / / --dev /dev \
            --unshare-pid --proc /proc",
    flags_of: |_| &[],
    unfold: super::as_given,
    plan: with_inner_sandbox,
};

/// Flatpak.
pub(crate) static FLATPAK: Mechanism = Mechanism {
    id: "flatpak",
    program: &Program::named("flatpak"),
    daemon: false,
    always: false,
    flags: "--unshare-user --unshare-pid --unshare-ipc --unshare-net --proc /proc --dev /dev \
            --ro-bind / / --die-with-parent",
    flags_of: |_| &[],
    unfold: super::as_given,
    plan: bubblewrap::plan,
};

/// Inside, `apply-seccomp` makes a pid and a mount namespace once more.
fn with_inner_sandbox(flags: &[String], flavour: Option<&Flavour>, ids: Ids) -> Plan {
    let mut plan = bubblewrap::plan(flags, flavour, ids);
    plan.inner = Namespaces(Namespaces::MNT | Namespaces::PID);
    let at = plan.steps.len().saturating_sub(1);
    plan.steps.insert(at, Step::InnerNamespaces);
    plan
}
