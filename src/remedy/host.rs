//! What the administrator of a host can change: kernel parameters, profiles, packages, the kernel.

use super::{Action, How, Lasts, Remedy, Who, no_filter, quoted, sudo, sudo_here, unit};
use crate::deploy::profile::profile_name;
use crate::deploy::setting::{Change, Masks};
use crate::deploy::systemd::filter;
use crate::errno::Errno;
use crate::facts::{Fact, Facts, MANY_NAMESPACES, OwnNamespaces, Question, Reply, Tool};
use crate::mechanisms::kubernetes_userns;
use crate::mechanisms::nsjail;
use crate::mechanisms::unshare;
use crate::parse::mountinfo::Mount;
use crate::parse::subid::{SubIdRange, SubIds};
use crate::plan::{MS_PROC, MS_REC_PRIVATE, Namespaces, Plan, Program};
use crate::platform::{Vantage, VantageId};

/// Sets a kernel parameter now and for good, on the host.
fn sysctl(facts: &Facts, vantage: &Vantage, key: &str, value: u64) -> Option<How> {
    let sudo = sudo(facts, vantage);
    let place = if vantage.id == VantageId::Host { "" } else { "    # on the host" };
    let now = format!("{sudo}sysctl -w {key}={value}{place}");
    let later = format!(
        "echo '{key} = {value}' | {sudo}tee /etc/sysctl.d/99-isodoc-{}.conf{place}",
        key.rsplit('.').next().unwrap_or("userns")
    );
    How::shell(Who::HostAdmin, [now, later])
}

/// What a limit on namespaces is set to: the default of a machine of some size, and more than it
/// is. That of a user namespace without a limit of its own (INT_MAX) says nothing of the one that
/// is used up.
fn raised(facts: &Facts, kind: &str) -> u64 {
    let now = facts.sysctl.limit(kind).unwrap_or(0);
    if (MANY_NAMESPACES..1 << 30).contains(&now) { now * 2 } else { MANY_NAMESPACES }
}

fn set_max(facts: &mut Facts, kind: &'static str) {
    let raised = Fact::known(raised(facts, kind), "remedy");
    facts.sysctl.max_namespaces.insert(kind, raised);
}

pub(crate) static SYSCTL_UNPRIVILEGED_USERNS_CLONE: Remedy = Remedy {
    id: "sysctl-unprivileged-userns-clone",
    weakens: "every user of the host may create user namespaces",
    undo: "sysctl -w kernel.unprivileged_userns_clone=0, and remove the file",
    cost: 30,
    how: |facts, _, at| sysctl(facts, at, "kernel.unprivileged_userns_clone", 1),
    apply: |facts, _| facts.sysctl.unprivileged_userns_clone = Fact::known(1, "remedy"),
};

pub(crate) static SYSCTL_MAX_USER_NAMESPACES: Remedy = Remedy {
    id: "sysctl-max-user-namespaces",
    weakens: "each user of the host may create this many user namespaces",
    undo: "restore the previous value, and remove the file",
    cost: 30,
    how: |facts, _, at| {
        // Fargate lends no host to change.
        (!facts.env.is_fargate()).then_some(())?;
        match facts.os.os_release.value().map(|os| os.id.as_str()) {
            Some("talos") => How::shell(
                Who::ClusterAdmin,
                ["machine: {sysctls: {user.max_user_namespaces: \"11255\"}}    # Talos machine \
                        config"],
            ),
            Some("bottlerocket") => How::shell(
                Who::ClusterAdmin,
                [
                    "[settings.kernel.sysctl]",
                    "\"user.max_user_namespaces\" = \"65536\"    # Bottlerocket user data",
                ],
            ),
            // The file is that of the namespace around us, whose root may write to it.
            _ if super::in_sandbox_of_a_user(facts) => How::start(
                Who::Deployer,
                [format!("sysctl -w user.max_user_namespaces={}", raised(facts, "user"))],
            ),
            _ => sysctl(facts, at, "user.max_user_namespaces", raised(facts, "user")),
        }
    },
    apply: |facts, _| set_max(facts, "user"),
};

pub(crate) static SYSCTL_MAX_USER_NAMESPACES_HOST: Remedy = Remedy {
    id: "sysctl-max-user-namespaces-host",
    weakens: "each user of the host may create this many user namespaces",
    undo: "restore the previous value, and remove the file",
    cost: 30,
    how: |facts, _, at| {
        // Fargate lends no host to change.
        (!facts.env.is_fargate()).then_some(())?;
        let mut how = sysctl(facts, at, "user.max_user_namespaces", MANY_NAMESPACES)?;
        if super::in_sandbox_of_a_user(facts) {
            // The limit is 1 in a namespace that bwrap makes around the sandbox (bwrap(1)).
            how.actions.push(Action::Shell(
                "bwrap COMMAND    # or: without --disable-userns, where \
                bubblewrap made this sandbox"
                    .into(),
            ));
        }
        Some(how)
    },
    apply: |_, _| {},
};

pub(crate) static SYSCTL_MAX_PID_NAMESPACES: Remedy = Remedy {
    id: "sysctl-max-pid-namespaces",
    weakens: "each user of the host may create this many pid namespaces",
    undo: "restore the previous value, and remove the file",
    cost: 20,
    how: |facts, _, at| sysctl(facts, at, "user.max_pid_namespaces", raised(facts, "pid")),
    apply: |facts, _| set_max(facts, "pid"),
};

pub(crate) static SYSCTL_MAX_MNT_NAMESPACES: Remedy = Remedy {
    id: "sysctl-max-mnt-namespaces",
    weakens: "each user of the host may create this many mount namespaces",
    undo: "restore the previous value, and remove the file",
    cost: 20,
    how: |facts, _, at| sysctl(facts, at, "user.max_mnt_namespaces", raised(facts, "mnt")),
    apply: |facts, _| set_max(facts, "mnt"),
};

/// The kinds without a rule of their own whose limit is 0.
fn exhausted_kinds(facts: &Facts, plan: &Plan) -> Vec<&'static str> {
    let own_rule = Namespaces::USER | Namespaces::PID | Namespaces::MNT;
    let of_plan = Namespaces::KINDS
        .iter()
        .filter(|(bit, _)| plan.namespaces.has(*bit) && own_rule & bit == 0)
        .map(|(_, kind)| *kind);
    of_plan.filter(|kind| facts.sysctl.limit(kind) == Some(0)).collect()
}

pub(crate) static SYSCTL_MAX_OTHER_NAMESPACES: Remedy = Remedy {
    id: "sysctl-max-other-namespaces",
    weakens: "each user of the host may create this many namespaces of that kind",
    undo: "restore the previous value, and remove the file",
    cost: 20,
    how: |facts, plan, at| {
        let kinds = exhausted_kinds(facts, plan);
        let limits = kinds.iter().map(|kind| format!("user.max_{kind}_namespaces"));
        let actions = limits
            .filter_map(|key| sysctl(facts, at, &key, MANY_NAMESPACES))
            .flat_map(|how| how.actions);
        let lasts = Lasts::ForGood;
        (!kinds.is_empty()).then(|| How::new(Who::HostAdmin, lasts, actions.collect()))
    },
    apply: |facts, plan| {
        exhausted_kinds(facts, plan).into_iter().for_each(|kind| set_max(facts, kind))
    },
};

pub(crate) static SYSCTL_PID_MAX: Remedy = Remedy {
    id: "sysctl-pid-max",
    weakens: "nothing of note",
    undo: "restore the previous value",
    cost: 10,
    how: |facts, _, at| {
        let line = format!(
            "{}sysctl -w kernel.pid_max=4194304    # since Linux 6.14: in that pid namespace",
            sudo(facts, at)
        );
        How::once(Who::HostAdmin, [line])
    },
    apply: |facts, _| facts.sysctl.pid_max = Fact::known(4_194_304, "remedy"),
};

pub(crate) static SYSCTL_THREADS_MAX: Remedy = Remedy {
    id: "sysctl-threads-max",
    weakens: "the system may run more tasks",
    undo: "restore the previous value",
    cost: 10,
    how: |facts, _, at| {
        // The limit may be far below what runs already.
        let most = [&facts.sysctl.threads_max, &facts.sysctl.tasks]
            .iter()
            .filter_map(|f| f.value().copied())
            .max();
        sysctl(facts, at, "kernel.threads-max", most.unwrap_or(16_384).saturating_mul(2))
    },
    apply: |facts, _| facts.sysctl.threads_max = Fact::known(u64::MAX, "remedy"),
};

pub(crate) static SYSCTL_MOUNT_MAX: Remedy = Remedy {
    id: "sysctl-mount-max",
    weakens: "a mount namespace may hold more mounts",
    undo: "restore the previous value",
    cost: 10,
    how: |facts, _, at| {
        let now = facts.sysctl.mount_max.value().copied().unwrap_or(100_000);
        sysctl(facts, at, "fs.mount-max", now.saturating_mul(2).max(100_000))
    },
    apply: |facts, _| facts.sysctl.mount_max = Fact::known(u64::MAX, "remedy"),
};

pub(crate) static SYSCTL_APPARMOR_RESTRICT: Remedy = Remedy {
    id: "sysctl-apparmor-restrict",
    weakens: "every program on the host may use unprivileged user namespaces, which the \
        restriction is there to prevent",
    undo: "sysctl -w kernel.apparmor_restrict_unprivileged_userns=1, and remove the file",
    cost: 55,
    how: |facts, _, at| sysctl(facts, at, "kernel.apparmor_restrict_unprivileged_userns", 0),
    apply: |facts, _| {
        facts.sysctl.apparmor_restrict_unprivileged_userns = Fact::known(0, "remedy");
        facts.lsm.label = Fact::known("unconfined".into(), "remedy");
    },
};

pub(crate) static APPARMOR_PROFILE_FOR_PROGRAM: Remedy = Remedy {
    id: "apparmor-profile-for-program",
    weakens: "this one program may use user namespaces",
    undo: "apparmor_parser -R FILE && rm FILE, with the file that was written",
    cost: 10,
    how: |facts, plan, vantage| {
        (vantage.id == VantageId::Host).then_some(())?;
        let path = &facts.tools.get(plan.by).value()?.path;
        let file = format!("/etc/apparmor.d/{}", profile_name(path));
        let sudo = sudo(facts, vantage);
        let write = format!("isodoc profile --apparmor {} | {sudo}tee {file}", quoted(path));
        How::shell(Who::HostAdmin, [write, format!("{sudo}apparmor_parser -r {file}")])
    },
    apply: |facts, _| {
        // For this program.
        facts.sysctl.apparmor_restrict_unprivileged_userns = Fact::known(0, "remedy");
        facts.lsm.label = Fact::known("unconfined".into(), "remedy");
    },
};

pub(crate) static APPARMOR_PROFILE_RULE: Remedy = Remedy {
    id: "apparmor-profile-rule",
    weakens: "programs under this profile may create user namespaces",
    undo: "remove the rule, and reload the profile",
    cost: 10,
    how: |facts, _, at| {
        let label = facts.lsm.apparmor_label.value().or(facts.lsm.label.value())?;
        let name = label.split(' ').next()?;
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        let file = if plain {
            format!("/etc/apparmor.d/local/{name}")
        } else {
            "/etc/apparmor.d/local/PROFILE".to_owned()
        };
        let sudo = sudo(facts, at);
        How::shell(
            Who::HostAdmin,
            [
                format!("echo 'userns,' | {sudo}tee -a {file}    # for the profile {name}"),
                format!("{sudo}systemctl reload apparmor"),
            ],
        )
    },
    apply: |facts, _| facts.lsm.label = Fact::known("isodoc-allowed".into(), "remedy"),
};

pub(crate) static RESTART_APPARMOR: Remedy = Remedy {
    id: "restart-apparmor",
    weakens: "nothing",
    undo: "nothing to undo",
    cost: 1,
    how: |facts, _, vantage| {
        // The profile alone takes the capabilities away: it helps root, and programs that need
        // none.
        (vantage.id == VantageId::Host && facts.has_sys_admin() == Some(true)).then_some(())?;
        let line = format!("{}systemctl restart apparmor", sudo(facts, vantage));
        How::shell(Who::HostAdmin, [line])
    },
    apply: |_, _| {},
};

pub(crate) static SELINUX_POLICY_MODULE: Remedy = Remedy {
    id: "selinux-policy-module",
    weakens: "programs in this domain may create user namespaces",
    undo: "semodule -r isodoc_userns",
    cost: 15,
    how: |facts, _, at| {
        let sudo = sudo(facts, at);
        let line = format!(
            "{sudo}ausearch -m avc -ts recent | grep user_namespace | audit2allow -M \
                isodoc_userns && {sudo}semodule -i isodoc_userns.pp"
        );
        How::shell(Who::HostAdmin, [line])
    },
    apply: |_, _| {},
};

pub(crate) static CHANGE_LSM_POLICY: Remedy = Remedy {
    id: "change-lsm-policy",
    weakens: "the protection that the policy gives",
    undo: "restore the policy",
    cost: 20,
    how: |facts, _, at| {
        let line = format!(
            "{}bpftool prog show | grep lsm    # then allow user namespaces in that program's \
                policy (Tetragon, KubeArmor, ...)",
            sudo(facts, at)
        );
        How::shell(Who::HostAdmin, [line])
    },
    apply: |_, _| {},
};

/// Settings of the unit that started us, whose seccomp filter refuses. Without systemd something
/// else installed the filter, and only what stands outside of it can do without.
fn without_filter(facts: &Facts, vantage: &Vantage, settings: Vec<Change>) -> Option<How> {
    unit::set(facts, vantage, settings).or_else(|| {
        (vantage.id == VantageId::Host).then_some(())?;
        How::start(
            Who::HostAdmin,
            ["COMMAND    # started outside the sandbox: its seccomp filter cannot be lifted from \
                within"],
        )
    })
}

/// Whether a filter refuses what RestrictNamespaces= leaves alone: calls that ask for no namespace.
fn has_call_filter(facts: &Facts) -> bool {
    let refused = |question: &Question| match facts.answers.get(question).value() {
        Some(Reply::Refused(errno)) => *errno != Errno::ENOENT,
        reply => reply == Some(&Reply::Killed),
    };
    [Question::Unshare(0), Question::MountNowhere(MS_PROC), Question::MountNowhere(MS_REC_PRIVATE)]
        .iter()
        .any(refused)
}

const UNDO_DROP_IN: &str = "remove isodoc.conf from the unit's drop-in directory, then: systemctl \
    daemon-reload, and restart the unit";

/// What a plan needs of the filters of a unit. Of a running one nobody sees more than what they
/// refuse: `SystemCallFilter=` in a unit that has none would allow what it names, and nothing else.
fn needed(facts: &Facts, plan: &Plan, vantage: &Vantage) -> Vec<Change> {
    let kinds = Change::Namespaces(filter::kinds(plan));
    if vantage.id == VantageId::Service {
        return vec![kinds, Change::Calls(filter::calls(plan))];
    }
    match has_call_filter(facts) {
        false => vec![kinds],
        true => vec![
            Change::Namespaces(filter::ALL_KINDS),
            Change::Calls(vec!["@mount", "unshare", "clone", "clone3", "setns"]),
        ],
    }
}

/// The same where calls of one group are refused: nothing but a `SystemCallFilter=` does that, so
/// there is one that this adds to.
fn with_calls(facts: &Facts, plan: &Plan, vantage: &Vantage, group: &'static str) -> Option<How> {
    let changes = match vantage.id {
        VantageId::Service => needed(facts, plan, vantage),
        _ => vec![Change::Calls(vec![group])],
    };
    without_filter(facts, vantage, changes)
}

pub(crate) static SYSTEMD_ALLOW_NAMESPACES: Remedy = Remedy {
    id: "systemd-allow-namespaces",
    weakens: "the program may create namespaces",
    undo: UNDO_DROP_IN,
    cost: 15,
    how: |facts, plan, vantage| without_filter(facts, vantage, needed(facts, plan, vantage)),
    apply: |facts, _| no_filter(facts),
};

pub(crate) static SYSTEMD_ALLOW_MOUNT: Remedy = Remedy {
    id: "systemd-allow-mount",
    weakens: "the program may mount in its namespaces",
    undo: UNDO_DROP_IN,
    cost: 15,
    how: |facts, plan, vantage| with_calls(facts, plan, vantage, "@mount"),
    apply: |facts, _| no_filter(facts),
};

pub(crate) static SYSTEMD_ALLOW_KEYRING: Remedy = Remedy {
    id: "systemd-allow-keyring",
    weakens: "the program may use the keyrings of its user",
    undo: UNDO_DROP_IN,
    cost: 15,
    how: |facts, plan, vantage| with_calls(facts, plan, vantage, "@keyring"),
    apply: |facts, _| no_filter(facts),
};

pub(crate) static SYSTEMD_UNPROTECT_KERNEL: Remedy = Remedy {
    id: "systemd-unprotect-kernel",
    weakens: "root in the unit may write kernel parameters and read kernel logs",
    undo: UNDO_DROP_IN,
    cost: 15,
    how: |facts, _, vantage| {
        let planned = vantage.id == VantageId::Service;
        (planned || unit::systemd(facts) == Some(true)).then_some(())?;
        let masks = facts.mounts.list.value()?.iter().filter(|mount| is_of_a_unit(mount));
        let masks: Vec<String> = masks.map(|mount| mount.target.clone()).collect();
        (!masks.is_empty()).then_some(())?;
        unit::set(facts, vantage, vec![Change::Masks(Masks::Without(masks))])
    },
    apply: |facts, _| {
        facts.mounts.retain(|mount| !is_of_a_unit(mount));
    },
};

/// Whether a setting of a unit put it over `/proc`: binfmt_misc is there on every host.
fn is_of_a_unit(mount: &Mount) -> bool {
    mount.target.starts_with("/proc/")
        && !["autofs", "binfmt_misc"].contains(&mount.fs_type.as_str())
}

pub(crate) static RHEL7_BOOT_PARAMETER: Remedy = Remedy {
    id: "rhel7-boot-parameter",
    weakens: "the kernel offers user namespaces",
    undo: "grubby --remove-args=user_namespace.enable=1 --update-kernel=ALL && reboot",
    cost: 30,
    how: |facts, _, at| {
        (facts.sysctl.rhel7_userns_enable.value() == Some(&false)).then_some(())?;
        let sudo = sudo(facts, at);
        let line = format!(
            "{sudo}grubby --args=user_namespace.enable=1 --update-kernel=ALL && {sudo}reboot"
        );
        How::shell(Who::HostAdmin, [line])
    },
    apply: |facts, _| {
        facts.sysctl.rhel7_userns_enable = Fact::known(true, "remedy");
        set_max(facts, "user");
    },
};

pub(crate) static OTHER_KERNEL: Remedy = Remedy {
    id: "other-kernel",
    weakens: "nothing",
    undo: "boot the previous kernel",
    cost: 40,
    how: |_, _, _| {
        How::shell(
            Who::HostAdmin,
            ["grep -E 'CONFIG_(USER|PID)_NS=' /boot/config-$(uname -r)    # boot a kernel that \
                    has both =y"],
        )
    },
    apply: |facts, _| {
        let namespaces = &mut *facts.namespaces;
        for (ns, initial) in [
            (&mut namespaces.user, OwnNamespaces::INITIAL_USER),
            (&mut namespaces.pid, OwnNamespaces::INITIAL_PID),
        ] {
            if ns.value().is_none() {
                *ns = Fact::known(initial, "remedy");
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
        facts.os.version =
            Fact::known("Linux version 5.15.0-microsoft-standard-WSL2".into(), "remedy")
    },
};

pub(crate) static RUN_IN_LINUX_VM: Remedy = Remedy {
    id: "run-in-linux-vm",
    weakens: "nothing",
    undo: "nothing to undo",
    cost: 10,
    how: |_, _, _| {
        How::start(
            Who::Deployer,
            ["docker run --rm -v \"$PWD:/w\" -w /w IMAGE isodoc check    # in a Linux container \
                    or virtual machine"],
        )
    },
    apply: |facts, _| facts.os.family = Fact::known("linux".into(), "remedy"),
};

/// Installs packages by the names that Debian has for them, and the other managers.
fn install(facts: &Facts, debian: &str, others: &str) -> Option<How> {
    let sudo = sudo_here(facts);
    How::shell(
        Who::Deployer,
        [format!("{sudo}apt-get install -y {debian}    # elsewhere: {others}")],
    )
}

fn tool(path: &str, mode: u32) -> Fact<Tool> {
    Fact::known(Tool::installed(path, mode), "remedy")
}

pub(crate) static INSTALL_UTIL_LINUX: Remedy = Remedy {
    id: "install-util-linux",
    weakens: "nothing",
    undo: "remove the package",
    cost: 1,
    how: |facts, _, _| install(facts, "util-linux", "dnf install util-linux, apk add util-linux"),
    apply: |facts, _| facts.tools.set(&unshare::PROGRAM, tool("/usr/bin/unshare", 0o755)),
};

pub(crate) static INSTALL_NSJAIL: Remedy = Remedy {
    id: "install-nsjail",
    weakens: "nothing",
    undo: "remove it",
    cost: 1,
    // Debian does not have it, nor does any image but those made for it.
    how: |facts, _, _| {
        let line = format!(
            "git clone --recurse-submodules https://github.com/google/nsjail && make -C nsjail && \
                {}install nsjail/nsjail /usr/local/bin/    # or set NSJAIL_PATH to where it is",
            sudo_here(facts)
        );
        How::shell(Who::Deployer, [line])
    },
    apply: |facts, _| facts.tools.set(&nsjail::PROGRAM, tool("/usr/bin/nsjail", 0o755)),
};

pub(crate) static INSTALL_SANDBOX: Remedy = Remedy {
    id: "install-sandbox",
    weakens: "nothing",
    undo: "remove the package",
    cost: 1,
    how: |facts, plan, _| {
        let package = plan.by.key;
        // What a distribution has may be too old.
        (plan.by != &kubernetes_userns::RUNTIME).then_some(())?;
        install(facts, package, &format!("dnf install {package}, apk add {package}"))
    },
    apply: |facts, plan| facts.tools.set(plan.by, tool("/usr/bin/sandbox", 0o755)),
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
            lines.push(format!("{sudo}usermod -aG kvm USER    # and log in again"));
        }
        let there = |path: &&str| {
            facts.devices.get(*path).and_then(Fact::value).is_some_and(|d| !d.refused)
        };
        plan.devices.iter().all(there).then(|| How::once(Who::HostAdmin, lines)).flatten()
    },
    apply: |facts, plan| super::container::with_devices(facts, plan),
};

pub(crate) static INSTALL_TRUE: Remedy = Remedy {
    id: "install-true",
    weakens: "nothing",
    undo: "remove the package",
    cost: 1,
    how: |facts, _, _| install(facts, "coreutils", "dnf install coreutils, apk add coreutils"),
    apply: |facts, _| facts.tools.set(&Program::TRUE, tool("/bin/true", 0o755)),
};

pub(crate) static INSTALL_UIDMAP: Remedy = Remedy {
    id: "install-uidmap",
    weakens: "two setuid programs are added",
    undo: "remove the package",
    cost: 5,
    how: |facts, _, _| install(facts, "uidmap", "dnf install shadow-utils, apk add shadow-uidmap"),
    apply: |facts, _| {
        facts.tools.set(&Program::NEWUIDMAP, tool("/usr/bin/newuidmap", 0o4755));
        facts.tools.set(&Program::NEWGIDMAP, tool("/usr/bin/newgidmap", 0o4755));
    },
};

pub(crate) static SETUID_NEWUIDMAP: Remedy = Remedy {
    id: "setuid-newuidmap",
    weakens: "the two programs run with privilege, as they are meant to",
    undo: "chmod u-s the two programs",
    cost: 5,
    how: |facts, _, at| {
        let path = |program| Some(&*facts.tools.get(program).value()?.path);
        let (uids, gids) = (path(&Program::NEWUIDMAP)?, path(&Program::NEWGIDMAP)?);
        How::shell(Who::HostAdmin, [format!("{}chmod u+s {uids} {gids}", sudo(facts, at))])
    },
    apply: |facts, _| {
        for program in [&Program::NEWUIDMAP, &Program::NEWGIDMAP] {
            facts.tools.change(program, |tool| tool.mode |= 0o4000);
        }
    },
};

pub(crate) static NEWUIDMAP_FILE_CAPABILITIES: Remedy = Remedy {
    id: "newuidmap-file-capabilities",
    weakens: "nothing: each of the two programs has one capability in place of root's rights",
    undo: "setcap -r both programs, and chmod u+s them",
    cost: 5,
    how: |facts, _, at| {
        let path = |program| Some(&*facts.tools.get(program).value()?.path);
        let (uids, gids) = (path(&Program::NEWUIDMAP)?, path(&Program::NEWGIDMAP)?);
        let sudo = sudo(facts, at);
        let line = format!(
            "{sudo}chmod u-s {uids} {gids} && {sudo}setcap cap_setuid+ep {uids} && \
             {sudo}setcap cap_setgid+ep {gids}"
        );
        How::shell(Who::HostAdmin, [line])
    },
    apply: |facts, _| {
        for program in [&Program::NEWUIDMAP, &Program::NEWGIDMAP] {
            facts.tools.change(program, |tool| {
                (tool.mode, tool.file_caps) = (tool.mode & !0o4000, true);
            });
        }
    },
};

/// The mount points that keep newuidmap and newgidmap from gaining their privilege.
fn nosuid_mounts(facts: &Facts) -> Vec<&str> {
    let Some(mounts) = facts.mounts.list.value() else { return vec![] };
    let tools = [facts.tools.get(&Program::NEWUIDMAP), facts.tools.get(&Program::NEWGIDMAP)]
        .into_iter()
        .filter_map(|fact| fact.value().filter(|t| t.nosuid));
    let mut targets: Vec<&str> = tools
        .filter_map(|tool| crate::parse::mountinfo::holding(mounts, &tool.path))
        .map(|m| m.target.as_str())
        .collect();
    targets.dedup();
    targets
}

pub(crate) static REMOUNT_SUID: Remedy = Remedy {
    id: "remount-suid",
    weakens: "setuid programs on that file system work again",
    undo: "mount -o remount,bind,nosuid on the same directory",
    cost: 15,
    how: |facts, _, vantage| {
        let targets = nosuid_mounts(facts);
        let plain = |target: &&str| {
            target.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_.-".contains(&b))
        };
        (vantage.id == VantageId::Host && !targets.is_empty() && targets.iter().all(plain))
            .then_some(())?;
        let sudo = sudo(facts, vantage);
        let lines = targets.iter().map(|target| {
            format!(
                "{sudo}mount -o remount,bind,suid {target}    # for good: without nosuid in \
                    /etc/fstab"
            )
        });
        let actions = lines.map(Action::Shell).collect();
        Some(How::new(Who::HostAdmin, Lasts::UntilReboot, actions))
    },
    apply: |facts, _| {
        for program in [&Program::NEWUIDMAP, &Program::NEWGIDMAP] {
            facts.tools.change(program, |tool| tool.nosuid = false);
        }
    },
};

pub(crate) static ADD_SUBIDS: Remedy = Remedy {
    id: "add-subids",
    weakens: "the user may use 65536 more ids",
    undo: "usermod --del-subuids 100000-165535 --del-subgids 100000-165535 USER",
    cost: 5,
    how: |facts, _, at| {
        let user = facts.accounts.user_name(*facts.process.euid.value()?)?;
        let start = facts.accounts.free_subid();
        let last = start + 65_535;
        How::shell(
            Who::HostAdmin,
            [format!(
                "{}usermod --add-subuids {start}-{last} --add-subgids {start}-{last} {user}",
                sudo(facts, at)
            )],
        )
    },
    apply: |facts, _| {
        let uid = facts.process.euid.value().copied().unwrap_or(0);
        let range = SubIdRange { owner: uid.to_string(), start: 100_000, count: 65_536, line: 1 };
        let file = SubIds { ranges: vec![range], broken: vec![] };
        facts.accounts.subuid = Fact::known(file.clone(), "remedy");
        facts.accounts.subgid = Fact::known(file, "remedy");
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::unshare;

    #[test]
    fn a_limit_is_not_lowered() {
        let line = |limit: u64| {
            let mut facts = crate::rules::tests::healthy();
            facts.sysctl.max_namespaces.insert("user", Fact::known(limit, "test"));
            let plan = unshare::plan(&unshare::split("--user"), None, (Some(1000), Some(1000)));
            let host = Vantage { name: "", id: VantageId::Host, evidence: vec![] };
            let how = (SYSCTL_MAX_USER_NAMESPACES.how)(&facts, &plan, &host).unwrap();
            how.actions
                .into_iter()
                .find_map(|action| if let Action::Shell(line) = action { Some(line) } else { None })
                .unwrap()
        };
        assert_eq!(line(0), "sudo sysctl -w user.max_user_namespaces=28633");
        assert_eq!(line(96_364), "sudo sysctl -w user.max_user_namespaces=192728");
        // That of a user namespace which has no limit of its own.
        assert_eq!(line(2_147_483_647), "sudo sysctl -w user.max_user_namespaces=28633");
    }
}
