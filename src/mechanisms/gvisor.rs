//! What gVisor's runsc(1) asks of the kernel where it is rootless.
//!
//! Source: google/gvisor, runsc/cmd/do.go, runsc/specutils/namespace.go,
//! runsc/container/container.go (`createGoferProcess`), runsc/sandbox/sandbox.go; the order of the
//! calls by strace(1).

use super::Mechanism;
use crate::plan::{
    Flavour, Habit, IdMapping, Ids, Plan, PrivilegeCall, Program, Propagation, Remount,
    SocketFamily, Step, Tasks, Via, WritePlace, Writes,
};

/// runsc(1): isodoc's own child stands for it.
pub(crate) static PROGRAM: Program = Program::named("runsc");

/// The row.
pub(crate) static MECHANISM: Mechanism = Mechanism::of("gvisor", &PROGRAM, "--rootless do", plan);

/// What it reads before anything else, and what it executes.
const READS: &[&str] = &["/proc/cpuinfo", "/proc/self/exe"];

/// Under `prlimit --nproc` it fails with 32 in all, and works with 44; it starts 34.
const TASKS: Tasks = Tasks { least: 32, enough: 44 };

/// The plan. It makes user and mount namespace first and the others inside, each by a clone(2): one
/// stands for all. The sandbox is in a user namespace of its own, which is inside the first where
/// it is not root that needs no first.
fn plan(flags: &[String], _: Option<&Flavour>, ids: Ids) -> Plan {
    let kvm = flags.windows(2).any(|pair| pair == ["--platform", "kvm"])
        || flags.iter().any(|flag| flag == "--platform=kvm");
    let mut steps = vec![
        Step::FindBinary,
        Step::ParseFlags,
        Step::Threads,
        Step::Start,
        Step::Device,
        Step::Unshare,
        Step::UidMap,
        Step::Setgroups,
        Step::GidMap,
        Step::Propagation,
        Step::NewRoot,
        Step::MountProc,
        Step::PivotRoot,
        Step::ChangeRoot,
    ];
    steps.extend((ids.0 != Some(0)).then_some(Step::SecondUserns));
    steps.extend([Step::Privileges, Step::Sockets, Step::Exec]);
    // Its gofer mounts the root of the container again, read-only and with no other option; as root
    // it does so in the user namespace where the mounts are from.
    let root = Remount { source: "/".into(), clears: &["nosuid", "nodev", "noexec"] };
    let remounts = if ids.0 == Some(0) { vec![] } else { vec![root] };
    Plan {
        namespaces: super::userns_remap::OF_A_CONTAINER,
        uid_map: IdMapping::Single(0),
        gid_map: IdMapping::Single(0),
        reads: READS,
        // The one by which it is controlled.
        sockets: &[SocketFamily::Unix],
        propagation: Propagation::Slave,
        gives_up: &[
            (Step::Privileges, PrivilegeCall::Setgid),
            (Step::Privileges, PrivilegeCall::Setuid),
            (Step::Privileges, PrivilegeCall::Capset),
            (Step::Privileges, PrivilegeCall::Prctl),
        ],
        remounts,
        mount_proc: Some("/proc".into()),
        threads: TASKS,
        // The directory of the container of `runsc do` (os.MkdirTemp() in runsc/cmd/do.go).
        writes: Writes {
            of_root: vec![WritePlace::Temporary],
            of_user: vec![WritePlace::Temporary],
        },
        devices: if kvm { super::blocks::KVM } else { super::blocks::NULL },
        steps,
        habits: vec![Habit::MountsProcFirst, Habit::ClonesSecond, Habit::ThreadsByClone],
        ..Plan::called(&MECHANISM, Via::CloneMapped, flags, ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::tests::planned;

    /// With `user.max_user_namespaces` of 1, root has it run and a user does not; with 2 both do.
    #[test]
    fn a_user_needs_one_more_user_namespace() {
        let layers = [0, 1000].map(|id| planned(&MECHANISM, MECHANISM.flags, id).layers());
        assert_eq!(layers, [1, 2]);
    }

    /// Without capset(2): `starting sandbox: fork/exec /proc/self/exe: errno 0`.
    #[test]
    fn the_gofer_gives_its_capabilities_up() {
        let plan = planned(&MECHANISM, MECHANISM.flags, 1000);
        let mut calls = plan.privilege_calls(Step::Privileges);
        assert!(calls.any(|call| call == PrivilegeCall::Capset));
    }

    /// In a sandbox of bubblewrap, `mount("/proc/root", MS_RDONLY|MS_REMOUNT|MS_BIND|MS_REC)` met
    /// EPERM: its root has nosuid and nodev.
    #[test]
    fn options_of_the_root_are_locked() {
        use crate::plan::Step;
        use crate::rules::Gate;
        let rule = crate::rules::find("locked-mount-flags").unwrap();
        let gate = |options: &str, id| {
            let mut facts = crate::rules::tests::healthy();
            let line = format!("40 1 254:0 / / {options} - ext4 /dev/vda rw\n");
            let list = crate::parse::mountinfo::parse(line.as_bytes()).unwrap();
            facts.mounts.list = crate::facts::Fact::known(list, "test");
            (rule.check)(&facts, &planned(&MECHANISM, MECHANISM.flags, id), Step::PivotRoot)
        };
        assert!(matches!(gate("ro,nosuid,nodev,relatime", 1000), Gate::Shut(_)));
        assert_eq!(gate("rw,relatime", 1000), Gate::Open);
        assert_eq!(gate("rw,nosuid,nodev,relatime", 0), Gate::NotApplicable);
    }
}
