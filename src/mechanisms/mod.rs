//! The mechanisms: the ways to isolate that somebody deploys. Each is one file and one row of
//! [`MECHANISMS`]; nothing else has to know of it.

pub(crate) mod agents;
pub(crate) mod blocks;
pub(crate) mod bubblewrap;
pub(crate) mod charliecloud;
pub(crate) mod chromium;
mod getopt;
pub(crate) mod gvisor;
pub(crate) mod kubernetes_userns;
mod new_root;
pub(crate) mod nix;
pub(crate) mod nsjail;
pub(crate) mod podman_rootless;
pub(crate) mod rootlesskit;
pub(crate) mod unshare;
pub(crate) mod userns_remap;

pub(crate) use crate::plan::Mechanism;
use crate::plan::{Ids, Look, Plan, PlanOf, Program, Step};

/// What is asked about by default.
pub(crate) static DEFAULT: &Mechanism = &unshare::MECHANISM;

/// Every mechanism, in the order of the report.
pub(crate) static MECHANISMS: &[&Mechanism] = &[
    &unshare::MECHANISM,
    &nsjail::MECHANISM,
    &userns_remap::MECHANISM,
    &bubblewrap::MECHANISM,
    &chromium::MECHANISM,
    &podman_rootless::MECHANISM,
    &rootlesskit::MECHANISM,
    &kubernetes_userns::MECHANISM,
    &agents::CODEX,
    &agents::CLAUDE_CODE,
    &agents::FLATPAK,
    &nix::MECHANISM,
    &gvisor::MECHANISM,
    &charliecloud::MECHANISM,
    &blocks::LANDLOCK,
    &blocks::SECCOMP,
    &blocks::SECCOMP_NOTIFY,
    &blocks::KVM_DEVICE,
    &blocks::FUSE,
    &blocks::TUN,
];

pub(crate) fn find(id: &str) -> Option<&'static Mechanism> {
    MECHANISMS.iter().copied().find(|mechanism| mechanism.id == id)
}

/// The mechanism that a program of this name performs, in a command of somebody's.
pub(crate) fn called(name: &str) -> Option<&'static Mechanism> {
    let mut own = MECHANISMS.iter().copied().filter(|mechanism| !mechanism.daemon);
    own.find(|mechanism| mechanism.program.is_called(name))
}

/// A plan with other flags, or for another caller: of the same mechanism, whose program is taken to
/// know every option.
pub(crate) fn remade(plan: &Plan, flags: &[String], ids: Ids) -> Plan {
    let mut new = plan.mechanism.plan_with(flags, None, ids, plan.files.clone());
    new.steps.retain(|step| plan.has(*step) || *step != Step::FindBinary);
    new
}

/// Every program that takes part, and is looked for whatever is asked: no runtime of a node.
pub(crate) fn programs() -> impl Iterator<Item = &'static Program> {
    let own = MECHANISMS.iter().map(|mechanism| mechanism.program);
    let skipped = [&Program::KERNEL, &kubernetes_userns::RUNTIME];
    own.filter(move |program| !skipped.contains(program)).chain(Program::HELPERS.iter().copied())
}

/// Every single capability that can be required, with the flags of unshare(1) that ask for it and
/// for nothing else.
pub(crate) const CAPABILITIES: &[(&str, &str)] = &[
    ("userns", "--user --map-root-user"),
    ("pid-namespace", "--user --map-root-user --pid --fork"),
    ("mount-namespace", "--user --map-root-user --mount"),
    ("net-namespace", "--user --map-root-user --net"),
    ("uts-namespace", "--user --map-root-user --uts"),
    ("ipc-namespace", "--user --map-root-user --ipc"),
    ("cgroup-namespace", "--user --map-root-user --cgroup"),
    ("mount-proc", unshare::DEFAULT_FLAGS),
];

/// The flags of unshare(1) that ask for a single capability.
pub(crate) fn capability(id: &str) -> Option<&'static str> {
    CAPABILITIES.iter().find(|(known, _)| *known == id).map(|(_, flags)| *flags)
}

/// Every id that can be required: those of the mechanisms and of the single capabilities.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    MECHANISMS.iter().map(|m| m.id).chain(CAPABILITIES.iter().map(|(id, _)| *id))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The plan of a mechanism behind these flags, for a caller with this uid and gid.
    pub(crate) fn planned(mechanism: &Mechanism, flags: &str, id: u64) -> Plan {
        let words: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
        (mechanism.plan)(&words, None, (Some(id), Some(id)))
    }

    #[test]
    fn ids_are_unique() {
        let all: Vec<_> = ids().collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }
}
