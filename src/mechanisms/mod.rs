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

/// Those that a container or a command can ask for: of no daemon.
pub(crate) fn of_commands() -> impl Iterator<Item = &'static Mechanism> {
    MECHANISMS.iter().copied().filter(|mechanism| !mechanism.daemon)
}

/// The mechanism that a program of this name performs, in a command of somebody's.
pub(crate) fn called(name: &str) -> Option<&'static Mechanism> {
    of_commands().find(|mechanism| mechanism.program.is_called(name))
}

/// The names besides its id by which a mechanism can be asked for: those of its program.
pub(crate) fn program_names(id: &str) -> impl Iterator<Item = &'static str> {
    let of_program = |m: &&Mechanism| !m.daemon && *m.program != Program::KERNEL;
    let program = find(id).filter(of_program).map(|mechanism| mechanism.program);
    let names = program.into_iter().flat_map(|it| [it.name].into_iter().chain(it.others.to_vec()));
    names.filter(|name| !ids().any(|id| id == *name))
}

/// The id that a word means: itself, or that of the mechanism whose program it names.
pub(crate) fn id_of(word: &str) -> Option<&'static str> {
    ids().find(|id| *id == word).or_else(|| {
        MECHANISMS.iter().map(|m| m.id).find(|id| program_names(id).any(|name| name == word))
    })
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

    #[test]
    fn a_program_names_one_mechanism() {
        let all: Vec<_> = ids().flat_map(program_names).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
        for (word, id) in [
            ("bwrap", Some("bubblewrap")),
            ("runsc", Some("gvisor")),
            ("chromium", Some("chromium")),
            ("chrome", Some("chromium")),
            ("podman", Some("podman-rootless")),
            ("userns", Some("userns")),
            ("the kernel", None),
            ("dockerd", None),
        ] {
            assert_eq!(id_of(word), id, "{word}");
        }
    }
}
