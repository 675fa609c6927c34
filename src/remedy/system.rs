//! The system itself: another kernel, a virtual machine, a device node.

use super::{How, Remedy, Who, made, sudo};
use crate::facts::{Fact, OwnNamespaces};

pub(crate) static OTHER_KERNEL: Remedy = Remedy {
    id: "other-kernel",
    weakens: "nothing",
    undo: "boot the previous kernel",
    cost: 40,
    how: |_, _, _| {
        let line = "grep -E 'CONFIG_(USER|PID)_NS=' /boot/config-$(uname -r)    # boot a kernel \
            that has both =y";
        How::shell(Who::HostAdmin, [line])
    },
    apply: |facts, _| {
        let namespaces = &mut *facts.namespaces;
        for (ns, initial) in [
            (&mut namespaces.user, OwnNamespaces::INITIAL_USER),
            (&mut namespaces.pid, OwnNamespaces::INITIAL_PID),
        ] {
            if ns.value().is_none() {
                *ns = made(initial);
            }
        }
        namespaces.pid_for_children = namespaces.pid.clone();
    },
};

pub(crate) static WSL_SET_VERSION_2: Remedy = Remedy {
    id: "wsl-set-version-2",
    weakens: "nothing",
    undo: "wsl --set-version DISTRO 1",
    cost: 5,
    how: |_, _, _| How::shell(Who::HostAdmin, ["wsl --set-version DISTRO 2    # in Windows"]),
    apply: |facts, _| {
        facts.os.version = made("Linux version 5.15.0-microsoft-standard-WSL2".into())
    },
};

pub(crate) static RUN_IN_LINUX_VM: Remedy = Remedy {
    id: "run-in-linux-vm",
    weakens: "nothing",
    undo: "nothing to undo",
    cost: 10,
    how: |_, _, _| {
        let line = "docker run --rm -v \"$PWD:/w\" -w /w IMAGE isodoc check    # in a Linux \
            container or virtual machine";
        How::start(Who::Deployer, [line])
    },
    apply: |facts, _| facts.os.family = made("linux".into()),
};

pub(crate) static TMPFS_ON_TMP: Remedy = Remedy {
    id: "tmpfs-on-tmp",
    weakens: "nothing: what runs in the sandbox has a /tmp of its own, in memory",
    undo: "start it as before",
    cost: 1,
    how: |facts, _, _| How::sandbox(facts, "--tmpfs /tmp", "-T /tmp"),
    apply: |facts, _| {
        facts.mounts.tmp = made(true);
        let Ok(list) = &mut facts.mounts.list.seen else { return };
        let Some(mut tmp) = list.iter().find(|mount| mount.target == "/").cloned() else { return };
        (tmp.target, tmp.fs_type) = ("/tmp".into(), "tmpfs".into());
        tmp.options = ["rw", "nosuid", "nodev", "relatime"].map(str::to_owned).to_vec();
        tmp.super_options = vec!["rw".into()];
        list.push(tmp);
    },
};

pub(crate) static OPEN_DEVICE: Remedy = Remedy {
    id: "open-device",
    weakens: "every user may use the device, as is usual for it",
    undo: "chmod 0600 the device",
    cost: 10,
    how: |facts, plan, vantage| {
        let sudo = sudo(facts, vantage);
        let (all, kvm): (Vec<&str>, Vec<&str>) =
            plan.devices.iter().copied().partition(|path| *path != "/dev/kvm");
        let mut lines = vec![];
        if !all.is_empty() {
            lines.push(format!("{sudo}chmod 0666 {}", all.join(" ")));
        }
        if !kvm.is_empty() {
            lines.push(format!("{sudo}usermod -aG kvm USER    # counts from the next login"));
        }
        let there = |path: &&str| {
            facts.devices.get(*path).and_then(Fact::value).is_some_and(|d| !d.refused)
        };
        plan.devices.iter().all(there).then_some(())?;
        if all.is_empty() {
            return Some(How {
                weakens: Some("that user may start virtual machines"),
                undo: Some(format!("{sudo}gpasswd -d USER kvm")),
                ..How::shell(Who::HostAdmin, lines)?
            });
        }
        How::once(Who::HostAdmin, lines)
    },
    apply: |facts, plan| super::container::with_devices(facts, plan),
};
