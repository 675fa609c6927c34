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

use crate::plan::{Flavour, Ids, Plan, Program, ReadFiles, Step};

/// A way to isolate.
pub(crate) struct Mechanism {
    /// Its id in the report and for `--require`.
    pub id: &'static str,
    /// The program that performs it.
    pub program: &'static Program,
    /// Whether that is a daemon, which is asked how it is configured; a container has none.
    pub daemon: bool,
    /// Whether it is judged wherever nobody names one.
    pub always: bool,
    /// The flags where none are given.
    pub flags: &'static str,
    /// The words behind the program's name, in a command, that are flags of its own.
    pub flags_of: fn(&[String]) -> &[String],
    /// The flags that stand for these, by what the program reads in files before anything else.
    pub unfold: fn(&[String], Look<'_>) -> Vec<String>,
    /// What it asks for with these flags, where it is called by this effective uid and gid. Whose
    /// program is installed decides which flags it knows; unknown, it knows all.
    pub plan: PlanOf,
}

crate::named::told_by_id!(Mechanism);

/// How a mechanism reads a file; `None`: nobody can tell what it holds.
pub(crate) type Look<'a> = &'a mut dyn FnMut(&str) -> Option<String>;

/// The flags as they are: what a program reads in files changes none of them.
fn as_given(flags: &[String], _: Look<'_>) -> Vec<String> {
    flags.to_vec()
}

/// Makes a plan of flags.
pub(crate) type PlanOf = fn(&[String], Option<&Flavour>, Ids) -> Plan;

impl Mechanism {
    /// A program whose words are all its own, and that is judged where it is installed or named.
    const fn of(
        id: &'static str,
        program: &'static Program,
        flags: &'static str,
        plan: PlanOf,
    ) -> Self {
        Self {
            id,
            program,
            daemon: false,
            always: false,
            flags,
            flags_of: |words| words,
            unfold: as_given,
            plan,
        }
    }

    /// The same where no word of a command is a flag of its own.
    const fn without_words(
        id: &'static str,
        program: &'static Program,
        flags: &'static str,
        plan: PlanOf,
    ) -> Self {
        Self { flags_of: |_| &[], ..Self::of(id, program, flags, plan) }
    }

    /// What it asks for where files hold this.
    pub(crate) fn plan_with(
        &self,
        flags: &[String],
        flavour: Option<&Flavour>,
        ids: Ids,
        files: ReadFiles,
    ) -> Plan {
        let words = (self.unfold)(flags, &mut |path| files.get(path).cloned());
        Plan { flags: flags.to_vec(), files, ..(self.plan)(&words, flavour, ids) }
    }

    /// Whether `isodoc profile` has one for it: a daemon is in no container, and what the kernel
    /// does alone the profiles of engines let through.
    pub(crate) fn has_profile(&self) -> bool {
        !self.daemon && *self.program != Program::KERNEL
    }

    /// What it asks for where no flags are given.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let flags: Vec<String> = self.flags.split_whitespace().map(str::to_owned).collect();
        (self.plan)(&flags, None, (None, None)).steps
    }
}

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

pub(crate) fn performed_by(program: &Program) -> Option<&'static Mechanism> {
    MECHANISMS.iter().copied().find(|mechanism| mechanism.program == program)
}

/// The mechanism that a program of this name performs, in a command of somebody's.
pub(crate) fn called(name: &str) -> Option<&'static Mechanism> {
    let mut own = MECHANISMS.iter().copied().filter(|mechanism| !mechanism.daemon);
    own.find(|mechanism| mechanism.program.is_called(name))
}

/// The mechanism that a plan is of: several may have the same program perform them, each with flags
/// of its own.
pub(crate) fn of(plan: &Plan) -> Option<&'static Mechanism> {
    let makes = |mechanism: &&Mechanism| {
        let other = (mechanism.plan)(&plan.flags, None, plan.ids);
        other.by == plan.by && other.inner == plan.inner
    };
    let all = || MECHANISMS.iter().copied().filter(makes);
    let flags = plan.flags.join(" ");
    all().find(|mechanism| mechanism.flags == flags).or_else(|| all().next())
}

/// A plan with other flags, or for another caller: of the same program, which is taken to know
/// every option.
pub(crate) fn remade(plan: &Plan, flags: &[String], ids: Ids) -> Plan {
    let Some(mechanism) = performed_by(plan.by) else { return plan.clone() };
    let mut new = mechanism.plan_with(flags, None, ids, plan.files.clone());
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
