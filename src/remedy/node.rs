//! What the administrator of a node can change, so that pods get user namespaces of their own.

use super::{How, Remedy, Who, made, quoted, sudo};
use crate::facts::idmap::{mount_of, refusing, takes, will_take};
use crate::facts::{ClusterNode, Fact, Facts, Reply, in_go};
use crate::mechanisms::kubernetes_userns::RUNTIME;
use crate::parse::mountinfo::Mount;
use crate::parse::node::{GATE, KUBELET_CONFIG};
use crate::parse::path;
use crate::parse::release::Release;
use crate::parse::subid::SubIdRange;
use crate::plan::Plan;
use crate::platform::Vantage;

/// A version that has everything.
fn newest() -> Fact<Release> {
    made(Release { major: 99, minor: 0, text: "remedy".into() })
}

/// The machine, as Go calls it.
fn architecture(facts: &Facts) -> &str {
    in_go(facts.os.machine.value().map_or("x86_64", String::as_str))
}

/// The unit of the runtime that the kubelet has.
fn unit(facts: &Facts) -> &'static str {
    let of_crio = facts.node.containerd.value().is_none() && facts.node.crio.value().is_some();
    if of_crio { "crio" } else { "containerd" }
}

pub(crate) static UPGRADE_RUNC: Remedy = Remedy {
    id: "upgrade-oci-runtime",
    weakens: "nothing",
    undo: "remove the program: the one of the package is found again",
    cost: 5,
    how: |facts, _, at| {
        let (sudo, machine) = (sudo(facts, at), architecture(facts));
        let mut names: Vec<&str> = facts.node.oci.keys().map(String::as_str).collect();
        if names.is_empty() {
            names.push("runc");
        }
        let mut lines = vec![];
        for name in names {
            let program = name.rsplit('/').next().unwrap_or(name);
            let (file, url) = match program {
                "runc" => (
                    format!("runc.{machine}"),
                    format!("opencontainers/runc/releases/latest/download/runc.{machine}"),
                ),
                "crun" => (
                    format!("crun-1.28-linux-{machine}"),
                    format!("containers/crun/releases/download/1.28/crun-1.28-linux-{machine}"),
                ),
                _ => return None,
            };
            let target = format!("/usr/local/sbin/{program}");
            let target = if name.contains('/') { quoted(name) } else { target };
            lines.push(format!("curl -fLO https://github.com/{url}"));
            lines.push(format!("{sudo}install -m 755 {file} {target}"));
        }
        lines.push(format!("{sudo}systemctl restart {}    # pods keep running", unit(facts)));
        How::shell(Who::HostAdmin, lines)
    },
    apply: |facts, _| {
        let oci = &mut facts.node.oci;
        if oci.is_empty() {
            oci.insert("runc".into(), newest());
        }
        oci.values_mut().for_each(|version| *version = newest());
    },
};

pub(crate) static UPGRADE_CONTAINERD: Remedy = Remedy {
    id: "upgrade-container-runtime",
    weakens: "nothing",
    undo: "install the earlier version",
    cost: 10,
    how: |facts, plan, at| {
        (plan.by == &RUNTIME).then_some(())?;
        let (sudo, machine) = (sudo(facts, at), architecture(facts));
        if unit(facts) == "crio" {
            let line = "apt-get install -y cri-o    # from pkgs.k8s.io: 1.25 or later";
            return How::shell(
                Who::HostAdmin,
                [format!("{sudo}{line}"), format!("{sudo}systemctl restart crio")],
            );
        }
        let file = format!("v2.1.9/containerd-2.1.9-linux-{machine}.tar.gz");
        How::shell(
            Who::HostAdmin,
            [
                format!(
                    "curl -fL https://github.com/containerd/containerd/releases/download/{file} | \
                 {sudo}tar -xzC /usr/local    # or install a package of 2.0 or later"
                ),
                format!("{sudo}systemctl restart containerd    # pods keep running"),
            ],
        )
    },
    apply: |facts, plan| {
        let tool = crate::facts::Tool::installed("/usr/local/bin/containerd", 0o755);
        facts.tools.set(plan.by, made(tool));
        let crio = unit(facts) == "crio";
        let node = &mut *facts.node;
        *(if crio { &mut node.crio } else { &mut node.containerd }) = newest();
    },
};

pub(crate) static OPEN_GATE: Remedy = Remedy {
    id: "kubelet-userns-on",
    weakens: "nothing",
    undo: "set UserNamespacesSupport to false again, and restart the kubelet",
    cost: 5,
    how: |facts, _, at| {
        let sudo = sudo(facts, at);
        // Before, pods with volumes get none.
        let able = facts.node.kubelet.value().is_none_or(|version| version.at_least(1, 28));
        able.then_some(())?;
        let edit = if facts.node.gate.value() == Some(&false) {
            format!("{sudo}sed -i 's/\\({GATE}\"*:\\) *false/\\1 true/' {KUBELET_CONFIG}")
        } else {
            let gate = format!("featureGates: {{{GATE}: true}}; the API server needs it too");
            format!("sudoedit {KUBELET_CONFIG}    # {gate}")
        };
        How::shell(
            Who::HostAdmin,
            [edit, format!("{sudo}systemctl restart kubelet    # pods keep running")],
        )
    },
    apply: |facts, _| facts.node.gate = made(true),
};

/// The range for the pods of this node: the first that is nobody's.
fn free(facts: &Facts) -> Option<SubIdRange> {
    let uid = uid(facts);
    let others = facts.accounts.all_ranges();
    let others = others.filter(|range| range.owner != ClusterNode::USER && range.owner != uid);
    let end = others.map(SubIdRange::end).max().unwrap_or(0);
    let start = end.max(ClusterNode::IDS).checked_next_multiple_of(ClusterNode::IDS)?;
    let count = facts.node.ids();
    let range = SubIdRange { owner: ClusterNode::USER.into(), start, count, line: 1 };
    (start.saturating_add(count) <= u64::from(u32::MAX)).then_some(range)
}

/// The number of the user, as a line may have it in place of the name.
fn uid(facts: &Facts) -> String {
    let mut users = facts.accounts.users.value().into_iter().flatten();
    users
        .find(|user| user.name == ClusterNode::USER)
        .map_or_else(String::new, |user| user.id.to_string())
}

pub(crate) static KUBELET_SUBIDS: Remedy = Remedy {
    id: "kubelet-subids",
    weakens: "nothing",
    undo: "restore the earlier lines; or remove the user `kubelet`, so that the kubelet takes its \
        default range",
    cost: 5,
    how: |facts, _, at| {
        let sudo = sudo(facts, at);
        let SubIdRange { owner, start, count, .. } = free(facts)?;
        How::shell(
            Who::HostAdmin,
            [
                format!("{sudo}touch /etc/subuid /etc/subgid"),
                format!("{sudo}sed -Ei '/^({owner}|{}):/d' /etc/subuid /etc/subgid", uid(facts)),
                format!("echo '{owner}:{start}:{count}' | {sudo}tee -a /etc/subuid /etc/subgid"),
                format!("{sudo}systemctl restart kubelet    # pods keep running"),
            ],
        )
    },
    apply: |facts, _| {
        let (Some(range), uid) = (free(facts), uid(facts)) else { return };
        for file in facts.accounts.subids_mut() {
            let mut lines = file.value().cloned().unwrap_or_default();
            lines.ranges.retain(|range| range.owner != ClusterNode::USER && range.owner != uid);
            lines.ranges.push(range.clone());
            file.seen = Ok(lines);
        }
    },
};

/// Where there is room on a file system that takes id-mapped mounts, and stays.
fn room(facts: &Facts) -> Option<String> {
    const PASSING: [&str; 6] = ["/boot", "/dev", "/etc", "/proc", "/run", "/tmp"];
    let mounts = facts.mounts.list.value()?;
    let refused: Vec<&str> = refusing(facts).collect();
    let fits = |mount: &&Mount| {
        mount.fs_type != "tmpfs"
            && takes(&mount.fs_type, facts) == Some(true)
            && !mount.has("ro")
            && !mount.has_super("ro")
            && !PASSING.iter().any(|dir| path::below(&mount.target, dir).is_some())
            && !refused.iter().any(|path| path.starts_with(&mount.target) && mount.target != "/")
            // Nothing stands on it.
            && mount_of(facts, &mount.target).is_some_and(|top| top.id == mount.id)
    };
    let best = mounts.iter().filter(fits).min_by_key(|mount| mount.target.len())?;
    Some(if best.target == "/" { "/srv".into() } else { best.target.clone() })
}

/// The directories of kubelet and runtime that are to be moved.
fn homes(facts: &Facts) -> Vec<String> {
    let above = |path: &str| path.rsplit_once('/').map(|(dir, _)| dir.to_owned());
    let mut homes: Vec<String> = refusing(facts).filter_map(above).collect();
    homes.dedup();
    homes
}

pub(crate) static MOVE_DIRECTORIES: Remedy = Remedy {
    id: "move-node-directories",
    weakens: "nothing",
    undo: "unmount them, and take the lines out of /etc/fstab",
    cost: 15,
    how: |facts, _, at| {
        let (sudo, room, homes) = (sudo(facts, at), room(facts)?, homes(facts));
        (!homes.is_empty()).then_some(())?;
        let units = format!("kubelet {}", unit(facts));
        let mut lines = vec![format!("{sudo}systemctl stop {units}    # drain the node first")];
        for home in homes {
            let new = format!("{room}/{}", home.rsplit('/').next().unwrap_or_default());
            let (new, home) = (quoted(&new), quoted(&home));
            lines.push(format!("{sudo}mkdir -p {new} && {sudo}cp -a {home}/. {new}/"));
            lines.push(format!("{sudo}mount --bind {new} {home}"));
            lines.push(format!("echo '{new} {home} none bind 0 0' | {sudo}tee -a /etc/fstab"));
        }
        lines.push(format!("{sudo}systemctl start {units}"));
        How::shell(Who::HostAdmin, lines)
    },
    apply: |facts, _| {
        let refused: Vec<String> = refusing(facts).map(str::to_owned).collect();
        let directories = &mut facts.node.directories;
        for path in refused {
            directories.insert(path, made(Reply::Ok));
        }
    },
};

/// Whether a later kernel takes what this one refuses here.
fn of_the_kernel(facts: &Facts) -> bool {
    let tmpfs = matches!(facts.node.tmpfs.value(), Some(Reply::Refused(_)));
    let later = |path| mount_of(facts, path).is_some_and(|mount| will_take(&mount.fs_type));
    tmpfs || takes("tmpfs", facts) == Some(false) || refusing(facts).any(later)
}

pub(crate) static NEWER_KERNEL: Remedy = Remedy {
    id: "newer-kernel",
    weakens: "nothing",
    undo: "boot the previous kernel",
    cost: 40,
    how: kernel,
    apply: |facts, _| {
        let later = |path: &str| mount_of(facts, path).is_some_and(|m| will_take(&m.fs_type));
        let mended: Vec<String> = refusing(facts).filter(|p| later(p)).map(str::to_owned).collect();
        let release = Release { major: 6, minor: 12, text: "remedy".into() };
        facts.os.release = made(release);
        facts.node.tmpfs = made(Reply::Ok);
        for path in mended {
            facts.node.directories.insert(path, made(Reply::Ok));
        }
    },
};

fn kernel(facts: &Facts, _: &Plan, at: &Vantage) -> Option<How> {
    of_the_kernel(facts).then_some(())?;
    let (sudo, machine) = (sudo(facts, at), architecture(facts));
    let then = "Linux 6.3 or later; then reboot";
    let of = facts.os.os_release.value().map(|os| os.id.as_str());
    let install = format!("{sudo}apt-get install -y");
    let release = |key: &str| format!("$(. /etc/os-release; echo ${key})");
    How::shell(
        Who::HostAdmin,
        [match of {
            Some("debian") => format!(
                "{install} -t \"{}-backports\" linux-image-{machine}    # {then}",
                release("VERSION_CODENAME")
            ),
            Some("ubuntu") => {
                format!("{install} \"linux-generic-hwe-{}\"    # {then}", release("VERSION_ID"))
            }
            _ => format!("uname -r    # boot {then}"),
        }],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::{predict, solutions};
    use crate::parse::subid;
    use crate::platform::VantageId;
    use crate::remedy::Form;
    use crate::rules::tests::{healthy, known, mounts, of, release};

    fn typed(facts: &Facts) -> (String, Vec<String>) {
        let plan = of(&crate::mechanisms::kubernetes_userns::MECHANISM);
        let at = Vantage::plain(VantageId::Host);
        let found = solutions(facts, &plan, &at, predict(facts, &plan).cause.unwrap());
        let form = Form::Anywhere { engine: None, worker: false };
        found.first().map(|first| (first.id(), first.commands(form))).unwrap()
    }

    #[test]
    fn the_range_is_beyond_every_other_one() {
        let mut facts = healthy();
        let users = b"me:x:1000:1000\nkubelet:x:998:998\n";
        facts.accounts.users = known(subid::accounts(users).unwrap());
        facts.accounts.subuid = known(subid::parse(b"me:100000:65536\nkubelet:5:9\n").unwrap());
        facts.accounts.subgid = known(subid::parse(b"me:100000:65536\n").unwrap());
        let (id, lines) = typed(&facts);
        assert_eq!(id, "kubelet-subids");
        let line = "echo 'kubelet:196608:7208960' | sudo tee -a /etc/subuid /etc/subgid";
        assert!(lines.contains(&line.to_owned()), "{lines:?}");
    }

    #[test]
    fn a_directory_moves_to_where_there_is_room() {
        let mut facts = healthy();
        mounts(&mut facts, "40 27 0:50 / /var/lib/kubelet rw - nfs4 x:/y rw\n");
        let (id, lines) = typed(&facts);
        assert_eq!(id, "move-node-directories");
        assert!(lines.contains(&"sudo mount --bind /srv/kubelet /var/lib/kubelet".to_owned()));
        // Where nothing else is writable, there is none.
        let plan = of(&crate::mechanisms::kubernetes_userns::MECHANISM);
        let at = Vantage::plain(VantageId::Host);
        if let Ok(list) = &mut facts.mounts.list.seen {
            list.iter_mut().for_each(|mount| mount.options = vec!["ro".into()]);
        }
        assert_eq!((MOVE_DIRECTORIES.how)(&facts, &plan, &at), None);
    }

    #[test]
    fn an_old_kernel_is_replaced_and_nothing_is_moved() {
        let mut facts = healthy();
        facts.os.release = release("6.1.0-28-amd64");
        assert_eq!(typed(&facts).0, "newer-kernel");
    }
}
