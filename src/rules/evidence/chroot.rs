//! Whether this process is in a chroot(2).

use crate::errno::Errno;
use crate::facts::{Evidence, Facts, ProcDir, Question, Reply, Trial};
use crate::parse::mountinfo::Mount;
use crate::plan::Namespaces;
use crate::rules::Gate;
use crate::rules::evidence::absent_or_undecided;

/// Whether the root directory of this process is that of its mount namespace.
pub(crate) fn judge(facts: &Facts) -> Gate {
    let mounts = &facts.mounts.list;
    let root = &facts.mounts.root_is_mount;
    if root.value() == Some(&false) {
        return shut(&root.source, "/ is a plain directory, not a mount".into());
    }
    let Some(list) = mounts.value() else {
        if facts.mounts.root_from_outside.value().is_some_and(|root| root == "/") {
            return Gate::Open;
        }
        // A tree without a procfs, or with one that does not know us, was entered by chroot(2) far
        // sooner than a policy forbids user namespaces.
        let proc = &facts.mounts.proc;
        let bare =
            matches!(proc.value(), Some(ProcDir::NotProc | ProcDir::ProcOfOtherPidNamespace))
                || proc.is_absent();
        return match bare && refused(facts) && unfiltered(facts) {
            true => {
                shut("unshare(CLONE_NEWUSER)", "EPERM, in a tree without a procfs of ours".into())
            }
            false => absent_or_undecided(facts, mounts),
        };
    };
    let Some(root) = list.iter().rfind(|m| m.target == "/") else {
        // A list pasted by hand may lack the line.
        return if facts.complete {
            shut(&mounts.source, "no mount at /".into())
        } else {
            Gate::Unobservable
        };
    };
    // Only mounts that can be reached from our root are listed, so the lower of two at / is our
    // root: something was mounted on it, and the kernel takes the upper one for the root of the
    // namespace (fs/namespace.c, `current_chrooted`).
    if list.iter().any(|m| m.target == "/" && m.id == root.parent && m.id != root.id) {
        return shut(
            &mounts.source,
            format!("our root is below another mount at /, {} {}", root.fs_type, root.source),
        );
    }
    // A mount that stands on nothing is the root of its namespace: an initramfs that was never
    // switched away from.
    if root.parent == root.id {
        return Gate::Open;
    }
    let hidden =
        facts.mounts.namespace_size.value().map(|size| size.saturating_sub(list.len() as u64));
    if hidden == Some(0) { Gate::Open } else { below_hidden_mounts(facts, list, root, hidden) }
}

/// The same where mounts of the namespace are out of sight, or may be: so many that are `hidden`.
fn below_hidden_mounts(facts: &Facts, list: &[Mount], root: &Mount, hidden: Option<u64>) -> Gate {
    let outside = &facts.mounts.root_from_outside;
    match outside.value().map(String::as_str) {
        Some("/") => return Gate::Open,
        Some(target) => return shut(&outside.source, format!("our root is {target}")),
        None => {}
    }
    // One mount out of sight is an initramfs that was switched away from, or what a chroot out of a
    // lone mount left.
    let proof = hidden.filter(|hidden| *hidden > 1);
    let of_pid1 =
        facts.mounts.of_pid1.value().and_then(|list| list.iter().find(|m| m.id == root.id));
    // An initramfs may leave more than itself behind; the init of the machine is at its root all
    // the same.
    let init = facts.in_initial_pidns() == Some(true);
    match of_pid1 {
        Some(seen) if seen.target == "/" && (init || proof.is_none()) => return Gate::Open,
        Some(seen) if seen.target != "/" => {
            return shut("/proc/1/mountinfo", format!("our root is {}", seen.target));
        }
        _ => {}
    }
    // systemd-nspawn moves its root over the host's, whose mounts it leaves behind out of sight,
    // and enters it by chroot(2) (mount_switch_root()): as the root of the namespace it is no
    // chroot to the kernel.
    let nspawn = [&facts.markers.systemd_container, &facts.env.container];
    match proof {
        Some(_)
            if nspawn
                .iter()
                .any(|fact| fact.value().is_some_and(|name| name == "systemd-nspawn")) =>
        {
            Gate::Unobservable
        }
        Some(hidden) => {
            let listed = list.len() as u64;
            shut(
                "ioctl(NS_MNT_GET_INFO)",
                format!("{} mounts in the namespace, {listed} visible", hidden + listed),
            )
        }
        None if elimination(facts) => {
            shut("unshare(CLONE_NEWUSER)", "EPERM, with no other cause".into())
        }
        None => Gate::Unobservable,
    }
}

fn shut(source: &str, value: String) -> Gate {
    Gate::shut(Errno::EPERM, vec![Evidence::new(source, value)])
}

/// Whether the kernel refused a user namespace where neither a filter, nor an unmapped id, nor a
/// security module could have.
fn elimination(facts: &Facts) -> bool {
    let process = &facts.process;
    let unmapped = [(&process.uid_map, &process.euid), (&process.gid_map, &process.egid)]
        .iter()
        .any(|(map, id)| map.value().zip(id.value()).is_some_and(|(map, id)| !map.contains(*id)));
    // Before 6.1 no module is asked about user namespaces.
    let no_module = facts.kernel_at_least(6, 1) == Some(false)
        || facts.lsm.list.value().is_some_and(|list| list.iter().all(|m| cannot_refuse(m)));
    refused(facts) && no_module && !unmapped && unfiltered(facts)
}

/// Whether no filter answers for the kernel when a user namespace is asked for.
fn unfiltered(facts: &Facts) -> bool {
    let asked = facts.answers.get(&Question::Unshare(Namespaces::USER));
    facts.process.seccomp.value() == Some(&0)
        || asked.value() == Some(&Reply::Refused(Errno::EINVAL))
}

/// Whether this module never answers EPERM to the hook userns_create: it has none, or (SELinux,
/// AppArmor) one that answers EACCES (security/selinux/hooks.c, security/apparmor/task.c). That
/// leaves BPF, and what is not known here.
pub(crate) fn cannot_refuse(module: &str) -> bool {
    const MODULES: &[&str] = &[
        "apparmor", "capability", "evm", "ima", "integrity", "ipe", "landlock", "loadpin",
        "lockdown", "safesetid", "selinux", "smack", "tomoyo", "yama",
    ];
    MODULES.contains(&module)
}

/// Whether the kernel refused a user namespace alone with EPERM.
fn refused(facts: &Facts) -> bool {
    let here = |t: &Trial| {
        t.errno == Some(Errno::EPERM) && t.user.value() == Some(&Reply::Refused(Errno::EPERM))
    };
    facts.trial.as_ref().is_some_and(|t| here(t) && !t.unmapped())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Fact, Missing};
    use crate::rules::tests::healthy;

    /// What Debian 5.10 shows to a user whose root is still the initramfs, with a private copy of
    /// pid 1's mounts.
    #[test]
    fn a_root_that_stands_on_nothing_is_no_chroot() {
        let list =
            b"40 40 0:2 / / rw - rootfs rootfs rw\n41 40 0:18 / /proc rw,relatime - proc proc rw\n";
        let mut facts = healthy();
        facts.mounts.list = Fact::known(crate::parse::mountinfo::parse(list).unwrap(), "test");
        facts.mounts.namespace_size = Fact::absent("test");
        assert_eq!(judge(&facts), Gate::Open);
    }

    /// LinuxKit style: what the initramfs had mounted stays behind, and init is at the new root.
    #[test]
    fn leftovers_of_an_initramfs_are_no_chroot() {
        let mut facts = healthy();
        facts.mounts.namespace_size = Fact::known(4, "test");
        facts.mounts.of_pid1 = facts.mounts.list.clone();
        assert_eq!(judge(&facts), Gate::Open);
        // Pid 1 of a container may be in a chroot itself.
        facts.namespaces.pid = Fact::known(4_026_532_000, "test");
        assert!(matches!(judge(&facts), Gate::Shut(_)));
    }

    /// Before Linux 6.12 nobody counts the mounts of a namespace, but somebody outside sees where
    /// our root is mounted.
    #[test]
    fn a_root_that_others_see_elsewhere_is_a_chroot() {
        let mut facts = healthy();
        facts.mounts.namespace_size = Fact::new(Err(Missing::Unsupported), "test");
        facts.mounts.root_from_outside = Fact::known("/srv/jail".into(), "test");
        assert!(matches!(judge(&facts), Gate::Shut(_)));
        facts.mounts.root_from_outside = Fact::known("/".into(), "test");
        assert_eq!(judge(&facts), Gate::Open);
    }

    /// Debian 12 (6.1, with BPF among its modules) in a mount namespace of its own: chroot or
    /// policy, nothing tells.
    #[test]
    fn a_policy_is_not_blamed_where_it_may_be_a_chroot() {
        use crate::mechanisms::unshare;
        use crate::plan::Step;
        use crate::rules::tests::met;
        let mut facts = healthy();
        facts.trial = met(Step::Unshare, Errno::EPERM, Reply::Refused(Errno::EPERM), None);
        let plan =
            unshare::plan(&unshare::split(unshare::DEFAULT_FLAGS), None, (Some(1000), Some(1000)));
        let lsm = crate::rules::find("lsm-userns-denied").unwrap();
        assert!(matches!((lsm.check)(&facts, &plan, Step::Unshare), Gate::Shut(_)));
        facts.mounts.namespace_size = Fact::absent("test");
        assert_eq!(judge(&facts), Gate::Unobservable);
        assert_eq!((lsm.check)(&facts, &plan, Step::Unshare), Gate::Unobservable);
    }
}
