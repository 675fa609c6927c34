use crate::facts::idmap;
use crate::mechanisms::kubernetes_userns::RUNTIME;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "idmapped-mount-unsupported",
    steps: &[Step::IdmappedMounts],
    errnos: &[Errno::EINVAL, Errno::ENOSYS],
    title: "a file system does not take id-mapped mounts on this kernel",
    since: "0.1.0",
    docs: include_str!("idmapped_mount_unsupported.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "mount_attr_idmap",
            "idmap mounts on this kernel",
            "idmap mounts on this host",
            "failed to prepare idmapped overlay",
            "create mapped mount",
            "mapped/0\": invalid argument",
            "idmapped mount",
            "id-mapped mount",
            "idmap mount",
            "mount_setattr",
            // Sysbox's.
            "id-mapping check failed",
            "idmapping abilities",
            "id mapped mounts",
            "failed to idmap detached",
            "map ids for bind mount",
        ],
        confirm: "`findmnt -T DIR` of the directory, and `uname -r`",
        ask: ask(
            "findmnt -n -o FSTYPE -T /var/lib/kubelet; uname -r",
            "nfs, overlay or an old kernel",
        ),
        // What the program that starts containers lacks is no fault of a file system.
        weigh: |text, _| (!text.has("runtime features")).then_some(0),
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::node::MOVE_DIRECTORIES, &remedy::node::NEWER_KERNEL],
    #[cfg(test)]
    cases: tests::CASES,
};

/// Image and volumes are shown under other owners, and so is a tmpfs: the kubelet has one for each
/// token and secret.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.by != &RUNTIME {
        return Gate::NotApplicable;
    }
    let (mut refuse, mut doubts): (Vec<Evidence>, Vec<Evidence>) = (vec![], vec![]);
    for (takes, evidence) in idmap::places(facts) {
        match takes {
            Some(true) => {}
            Some(false) => refuse.push(evidence),
            None => doubts.push(evidence),
        }
    }
    match (refuse.is_empty(), doubts.is_empty()) {
        (false, _) => Gate::shut(Errno::EINVAL, refuse),
        (true, false) => Gate::Undecided(doubts),
        (true, true) => Gate::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    const RAMFS: &str = "40 27 0:50 / /var/lib/kubelet rw - ramfs ramfs rw\n";
    const ZFS: &str = "40 27 0:50 / /var/lib/containerd rw - zfs pool rw\n";

    pub(super) const CASES: &[Case] = &[
        case(NODE, IdmappedMounts, Some(EINVAL), |f| mounts(f, RAMFS)).dark(|f| mounts(f, ZFS)),
        case(NODE, IdmappedMounts, Some(EINVAL), |f| {
            f.node.tmpfs = known(Reply::Refused(EINVAL));
        })
        .dark(|f| f.mounts.list = denied()),
        case(NODE, IdmappedMounts, Some(EINVAL), |f| {
            f.os.release = known(parse::release::parse(b"6.1.0-28-amd64").unwrap());
        })
        .dark(|f| f.os.release = known(parse::release::parse(b"5.14.0-503.el9.x86_64").unwrap())),
        case(NODE, IdmappedMounts, Some(EINVAL), |f| {
            for reply in f.node.directories.values_mut() {
                *reply = known(Reply::Refused(EINVAL));
            }
        })
        .dark(|f| {
            f.os.release = Fact::default();
        }),
    ];
}
