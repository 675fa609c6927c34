//! What a sandboxed build of Nix asks of the kernel, where no daemon of root's makes it.
//!
//! Source: NixOS/nix, src/libstore/unix/build/local-derivation-goal.cc (`startBuilder`,
//! `runChild`); the order of the calls by strace(1).

use super::Mechanism;
use crate::plan::{Flavour, IdMapping, Ids, Namespaces, Plan, Program, Propagation, Step, Via};

/// nix(1) and the older programs: isodoc's own child stands for them.
pub(crate) static PROGRAM: Program =
    Program { others: &["nix-build", "nix-store", "nix-shell"], ..Program::named("nix") };

/// The row.
pub(crate) static MECHANISM: Mechanism = Mechanism {
    id: "nix",
    program: &PROGRAM,
    daemon: false,
    always: false,
    flags: "",
    flags_of: |words| words,
    unfold: super::as_given,
    plan,
};

/// The file that it takes as the word whether there are user namespaces.
const LIMIT: &[&str] = &["/proc/sys/user/max_user_namespaces"];

/// The plan: no option of the command line bears on the sandbox but `sandbox` itself.
fn plan(flags: &[String], _: Option<&Flavour>, ids: Ids) -> Plan {
    Plan {
        flags: flags.to_vec(),
        ids,
        namespaces: Namespaces(
            Namespaces::USER
                | Namespaces::MNT
                | Namespaces::PID
                | Namespaces::NET
                | Namespaces::UTS
                | Namespaces::IPC,
        ),
        uid_map: IdMapping::Single(1000),
        gid_map: IdMapping::Single(100),
        reads: LIMIT,
        propagation: Propagation::Private,
        mount_proc: Some("/proc".into()),
        inner: Namespaces(Namespaces::MNT),
        steps: vec![
            Step::FindBinary,
            Step::ParseFlags,
            Step::Start,
            Step::Unshare,
            Step::UidMap,
            Step::Setgroups,
            Step::GidMap,
            Step::Loopback,
            Step::Propagation,
            Step::NewRoot,
            Step::MountProc,
            Step::InnerNamespaces,
            Step::PivotRoot,
            Step::Exec,
        ],
        ..Plan::empty(&PROGRAM, Via::CloneMapped)
    }
}
