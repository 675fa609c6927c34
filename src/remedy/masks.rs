//! What an engine mounts over files of /proc.

use super::container::{set, settings_are_ours};
use super::{How, Remedy, Who, made};
use crate::deploy::Runtime;
use crate::deploy::setting::{Change, Masks};
use crate::facts::Facts;
use crate::parse::mountinfo::Mount;
use crate::platform::VantageId;

/// What engines mask or make read-only in /proc by themselves: moby `daemon/pkg/oci/defaults.go`,
/// containerd `oci/spec.go`, containers/common `pkg/config`. A mask that somebody asked for stays
/// when these are lifted (seen with Podman 4.3).
const DEFAULT_MASKS: &[&str] = &[
    "/proc/acpi", "/proc/asound", "/proc/bus", "/proc/fs", "/proc/interrupts", "/proc/irq",
    "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
    "/proc/sys", "/proc/sysrq-trigger", "/proc/timer_list", "/proc/timer_stats",
];

/// Those of them that are hidden, not just made read-only. Where none is hidden, whatever lies over
/// the others is not the engine's: a sandbox inside the container, as bubblewrap makes `/proc/sys`
/// and the like read-only.
const HIDDEN: &[&str] = &[
    "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
    "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
    "/proc/timer_stats",
];

pub(super) fn unmask(facts: &mut Facts) {
    let hidden = |list: &Vec<Mount>| list.iter().any(|m| HIDDEN.contains(&m.target.as_str()));
    if !facts.mounts.list.value().is_some_and(hidden) {
        return;
    }
    facts.mounts.retain(|m| !DEFAULT_MASKS.contains(&m.target.as_str()));
}

/// Takes everything off every procfs.
fn uncover(facts: &mut Facts) {
    let Some(list) = facts.mounts.list.value() else { return };
    let procs: Vec<i64> =
        list.iter().filter(|m| m.fs_type == "proc" && m.root == "/").map(|m| m.id).collect();
    facts.mounts.retain(|m| !procs.contains(&m.parent) || procs.contains(&m.id));
}

pub(crate) static SYSTEMPATHS_UNCONFINED: Remedy = Remedy {
    id: "systempaths-unconfined",
    weakens: "the container can read /proc/kcore, /proc/keys and similar files, and write to \
        /proc/sys where its capabilities allow it",
    undo: "remove the option",
    cost: 20,
    how: |facts, _, vantage| {
        (settings_are_ours(facts) && vantage.id == VantageId::Docker).then_some(())?;
        set(vantage, [Change::Masks(Masks::None)])
    },
    apply: |facts, _| unmask(facts),
};

pub(crate) static UNMASK: Remedy = Remedy {
    id: "unmask",
    weakens: "the container sees the paths of /proc and /sys that podman hides",
    undo: "remove the option",
    cost: 20,
    how: |_, _, vantage| {
        (vantage.id == VantageId::Podman).then_some(())?;
        set(vantage, [Change::Masks(Masks::None)])
    },
    apply: |facts, _| unmask(facts),
};

pub(crate) static PROC_MOUNT_UNMASKED: Remedy = Remedy {
    id: "proc-mount-unmasked",
    weakens: "/proc is unmasked; the pod's own user namespace keeps its root from being the node's \
        (Kubernetes 1.33)",
    undo: "remove both settings",
    cost: 20,
    how: |_, _, vantage| {
        (vantage.id == VantageId::Kubernetes).then_some(())?;
        set(vantage, [Change::OwnUserns, Change::Masks(Masks::None)])
    },
    apply: |facts, _| unmask(facts),
};

pub(crate) static LXC_NESTING: Remedy = Remedy {
    id: "lxc-nesting",
    weakens: "the container may mount procfs and sysfs of its own",
    undo: "set it back to false (0)",
    cost: 20,
    how: |_, _, vantage| match vantage.id {
        VantageId::PlannedLxc => set(vantage, [Change::Masks(Masks::Beside)]),
        VantageId::Lxc => How::shell(
            Who::HostAdmin,
            [
                "incus config set CONTAINER security.nesting=true && incus restart CONTAINER    # \
                    Incus; with LXD: lxc config set",
                "pct set ID --features nesting=1 && pct reboot ID    # Proxmox",
            ],
        ),
        _ => None,
    },
    apply: |facts, _| {
        uncover(facts);
        // A profile that is made for the container changes with it.
        let label = facts.lsm.apparmor_label.value().map(String::as_str);
        if let Some([without, with]) = Runtime::Lxc.defaults().made_profile
            && label == Some(without)
        {
            let with = made(with.to_owned());
            (facts.lsm.label, facts.lsm.apparmor_label) = (with.clone(), with);
        }
    },
};
