//! What a sandboxed build of Nix asks of the kernel, where no daemon of root's makes it.
//!
//! Source: NixOS/nix, src/libstore/unix/build/local-derivation-goal.cc (`startBuilder`,
//! `runChild`); the order of the calls by strace(1).

use super::Mechanism;
use crate::plan::{
    DEV_NULL, Flavour, Habit, IdMapping, Ids, Namespaces, Plan, PrivilegeCall, Program,
    Propagation, SocketFamily, Step, Tasks, Via,
};

/// nix(1) and the older programs: isodoc's own child stands for them.
pub(crate) static PROGRAM: Program =
    Program { others: &["nix-build", "nix-store", "nix-shell"], ..Program::named("nix") };

/// The row.
pub(crate) static MECHANISM: Mechanism = Mechanism::of("nix", &PROGRAM, "", plan);

/// The file that it takes as the word whether there are user namespaces.
const LIMIT: &[&str] = &["/proc/sys/user/max_user_namespaces"];

/// What it has at once beside its first thread: one that waits for signals, the process that makes
/// the namespaces, and the builder.
const TASKS: Tasks = Tasks::exactly(3);

/// What it binds into its sandbox, but for `/dev/tty`, which takes a terminal to open.
///
/// Source: NixOS/nix, `LocalDerivationGoal::startBuilder` and `runChild`.
const DEVICES: &[&str] = &[DEV_NULL, "/dev/full", "/dev/random", "/dev/urandom", "/dev/zero"];

/// The plan: no option of the command line bears on the sandbox but `sandbox` itself. Root lets go
/// of its groups first.
fn plan(flags: &[String], _: Option<&Flavour>, ids: Ids) -> Plan {
    let groups = ids.1.filter(|_| ids.0 == Some(0)).and_then(|gid| u32::try_from(gid).ok());
    let mut plan = Plan {
        namespaces: super::userns_remap::OF_A_CONTAINER,
        uid_map: IdMapping::Single(1000),
        gid_map: IdMapping::Single(100),
        reads: LIMIT,
        threads: TASKS,
        habits: vec![Habit::NamesDomain, Habit::NamesDirectory],
        gives_up: &[
            (Step::Privileges, PrivilegeCall::Setgid),
            (Step::Privileges, PrivilegeCall::Setuid),
        ],
        sockets: &[SocketFamily::Inet],
        devices: DEVICES,
        setgid: groups,
        propagation: Propagation::Private,
        mount_proc: Some("/proc".into()),
        inner: Namespaces(Namespaces::MNT),
        steps: vec![
            Step::FindBinary,
            Step::ParseFlags,
            Step::Start,
            Step::Threads,
            Step::Device,
            Step::Unshare,
            Step::UidMap,
            Step::Setgroups,
            Step::GidMap,
            Step::Sockets,
            Step::Loopback,
            Step::Hostname,
            Step::Propagation,
            Step::NewRoot,
            Step::MountProc,
            Step::InnerNamespaces,
            Step::PivotRoot,
            Step::ChangeRoot,
            Step::Privileges,
            Step::Exec,
        ],
        ..Plan::called(&MECHANISM, Via::CloneMapped, flags, ids)
    };
    if groups.is_some() {
        plan.insert_before(Step::Unshare, Step::SetIds);
    }
    plan
}
