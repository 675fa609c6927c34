//! Whether a fresh procfs may be mounted: the kernel refuses it where it would reveal what is
//! hidden now.
//!
//! Source: mount_too_revealing() and mnt_already_visible() in fs/namespace.c.

use crate::errno::Errno;
use crate::facts::{Evidence, Facts};
use crate::parse::mountinfo::Mount;
use crate::plan::{Habit, Plan, Step};
use crate::rules::Gate;
use crate::rules::evidence::absent_or_undecided;

/// What keeps an existing procfs from being fully visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hidden {
    /// Mounts over parts of it, a read-only mount, or no procfs at all.
    Masked,
    /// Other atime flags, which a new user namespace locks.
    Atime,
    /// `subset=pid` (refused since Linux 7.0).
    Subset,
    /// Mounts on directories that are always empty, unless the kernel is too old for that.
    Perhaps,
}

/// Directories that are always empty: a mount on them hides nothing (proc_create_mount_point(),
/// register_sysctl_mount_point()). Each with the first Linux that makes it so: the commits
/// "proc: Allow creating permanently empty directories that serve as mount points", "sysctl: Allow
/// creating permanently empty directories that serve as mountpoints" and "xenfs: Use
/// proc_create_mount_point() to create /proc/xen". Distributions took them into older kernels.
const EMPTY: &[(&str, (u32, u32))] =
    &[("sys/fs/binfmt_misc", (4, 2)), ("fs/nfsd", (4, 2)), ("openprom", (4, 2)), ("xen", (4, 10))];

/// Whether a mount over this part of /proc hides something; `None` where that depends on what a
/// distribution changed in its kernel.
fn hides(path: &str, facts: &Facts) -> Option<bool> {
    let Some((_, (major, minor))) = EMPTY.iter().find(|(empty, _)| *empty == path) else {
        return Some(true);
    };
    // A capture without a release is taken for one of today.
    (facts.kernel_at_least(*major, *minor) != Some(false)).then_some(false)
}

/// What nobody knows to hide something or not is the doubt of one rule.
fn in_doubt(what: Hidden, evidence: Evidence) -> Gate {
    if what == Hidden::Masked { Gate::Undecided(vec![evidence]) } else { Gate::Open }
}

/// Shut when `what` is the reason that no procfs in sight is fully visible.
pub(crate) fn judge(facts: &Facts, plan: &Plan, what: Hidden) -> Gate {
    let mounts = &facts.mounts.list;
    // Only a mount namespace that a user namespace below the first owns is asked.
    let initial = facts.in_initial_userns();
    let before = plan.does(Habit::MountsProcFirst) && facts.has_sys_admin() == Some(true);
    let own = plan.new_user() && !before;
    if !own && initial == Some(true) {
        return Gate::Open;
    }
    let refused = facts.refused_at(Step::MountProc, Errno::EPERM);
    let Some(list) = mounts.value() else {
        // Without a procfs nothing lists the mounts, and there is none that could be fully visible.
        return match refused && what == Hidden::Masked && mounts.is_absent() {
            true => Gate::shut(Errno::EPERM, vec![Evidence::new("/proc", "no procfs is visible")]),
            false => absent_or_undecided(facts, mounts),
        };
    };
    if let Some(perhaps) = facts.mounts.perhaps.as_ref().filter(|_| !refused) {
        return in_doubt(what, Evidence::new(perhaps, "not-probed"));
    }
    let procs: Vec<(&Mount, Option<(Hidden, String)>)> = list
        .iter()
        .filter(|m| m.fs_type == "proc" && m.root == "/")
        .map(|m| (m, hidden(m, list, facts, plan)))
        .collect();
    if procs.iter().any(|(_, hidden)| hidden.is_none()) {
        return Gate::Open;
    }
    // Who unshares a mount namespace of another owner gets a copy in which all is locked
    // (lock_mnt_tree()).
    let locked = facts.namespaces.mnt_owned_here.value() == Some(&false);
    if !own && !refused && !locked {
        // Masks that were mounted inside our own user namespace are not locked, and mountinfo does
        // not say which.
        return if initial.is_none() {
            Gate::undecided(&facts.process.uid_map)
        } else {
            Gate::Unobservable
        };
    }
    // A procfs that is out of sight counts as well: systemd-nspawn leaves the host's behind, below
    // its own root.
    let unseen =
        facts.mounts.namespace_size.value().is_some_and(|size| *size > list.len() as u64 + 1);
    if unseen && !refused {
        return Gate::Unobservable;
    }
    let reasons: Vec<(Hidden, String)> =
        procs.into_iter().filter_map(|(_, hidden)| hidden).collect();
    let perhaps = reasons.iter().find(|(kind, _)| *kind == Hidden::Perhaps);
    if let Some((_, text)) = perhaps
        && !refused
    {
        return in_doubt(what, Evidence::at(mounts, text));
    }
    let lightest = [Hidden::Subset, Hidden::Atime]
        .into_iter()
        .find(|kind| reasons.iter().any(|(k, _)| k == kind));
    if lightest.unwrap_or(Hidden::Masked) != what {
        return Gate::Open;
    }
    if reasons.is_empty() && !facts.complete {
        return Gate::Unobservable;
    }
    let mut evidence: Vec<Evidence> = reasons
        .iter()
        .filter(|(k, _)| *k == what || *k == Hidden::Perhaps)
        .take(3)
        .map(|(_, text)| Evidence::at(mounts, text))
        .collect();
    if evidence.is_empty() {
        evidence.push(Evidence::at(mounts, "no procfs is visible"));
    }
    Gate::shut(Errno::EPERM, evidence)
}

/// Why a procfs mount is not fully visible, in the kernel's order (mnt_already_visible()).
fn hidden<'a>(
    mount: &Mount,
    list: &'a [Mount],
    facts: &Facts,
    plan: &Plan,
) -> Option<(Hidden, String)> {
    // What is locked read-only may be mounted read-only.
    if mount.is_read_only() && !plan.does(Habit::TakesReadOnlyProc) {
        return Some((Hidden::Masked, format!("{} is read-only", mount.target)));
    }
    // gVisor's mounts name no atime flag at all; it is judged by its own rule.
    let atime = mount.has("noatime") || mount.has("nodiratime") || !mount.has("relatime");
    if atime && !facts.os.is_gvisor() {
        return Some((Hidden::Atime, format!("{} {}", mount.target, mount.options.join(","))));
    }
    let inside = |m: &'a Mount| {
        let rest = m.target.strip_prefix(mount.target.trim_end_matches('/'))?;
        Some(rest.trim_start_matches('/'))
    };
    let over = || {
        let below = list.iter().filter(|m| m.parent == mount.id && m.id != mount.id);
        below.filter_map(inside).filter(|path| !path.is_empty())
    };
    let masks: Vec<&str> = over().filter(|path| hides(path, facts) == Some(true)).collect();
    let covered =
        list.iter().any(|m| m.parent == mount.id && m.target == mount.target && m.id != mount.id);
    if !masks.is_empty() {
        let shown = masks.get(..4).unwrap_or(&masks);
        let more = masks.len().saturating_sub(shown.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        return Some((
            Hidden::Masked,
            format!("{} is mounted over at {}{more}", mount.target, shown.join(", ")),
        ));
    }
    if covered {
        return Some((Hidden::Masked, format!("{} is mounted over", mount.target)));
    }
    if let Some(path) = over().find(|path| hides(path, facts).is_none()) {
        let text = format!(
            "{}/{path} is mounted over; it hides nothing where the kernel makes it permanently \
             empty, which one this old may not",
            mount.target
        );
        return Some((Hidden::Perhaps, text));
    }
    if mount.has_super("subset=pid") && facts.kernel_at_least(7, 0) == Some(true) {
        return Some((
            Hidden::Subset,
            format!("{} {}", mount.target, mount.super_options.join(",")),
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Caps, Fact};
    use crate::mechanisms::{gvisor, nsjail, unshare};
    use crate::rules::tests::{DEFAULT_FLAGS, healthy, mounts};

    /// By strace(1) of nsjail: mount(2) with no flag gets EPERM there, with MS_RDONLY it succeeds.
    #[test]
    fn a_read_only_procfs_lets_a_read_only_one_be_mounted() {
        let mut facts = healthy();
        let line = "30 22 0:5 / /proc ro,nosuid,nodev,noexec,relatime - proc proc rw\n";
        mounts(&mut facts, line);
        if let Ok(list) = &mut facts.mounts.list.seen {
            list.retain(|mount| mount.target != "/proc" || mount.has("ro"));
        }
        let ids = (Some(1000), Some(1000));
        let strict = unshare::plan(&unshare::split(DEFAULT_FLAGS), None, ids);
        assert!(matches!(judge(&facts, &strict, Hidden::Masked), Gate::Shut(_)));
        assert_eq!(judge(&facts, &nsjail::plan(&[], None, ids), Hidden::Masked), Gate::Open);
    }

    /// As `runsc --rootless do` of root, where /proc is masked: on a host, and in a container of
    /// Docker's.
    #[test]
    fn who_mounts_before_the_user_namespace_needs_the_capability() {
        let mut facts = healthy();
        mounts(&mut facts, "30 22 0:5 /null /proc/kcore rw,relatime - tmpfs tmpfs rw\n");
        let plan = crate::mechanisms::tests::planned(&gvisor::MECHANISM, "--rootless do", 0);
        facts.process.cap_eff = Fact::known(Caps(1 << Caps::SYS_ADMIN), "test");
        assert_eq!(judge(&facts, &plan, Hidden::Masked), Gate::Open);
        facts.process.cap_eff = Fact::known(Caps(0), "test");
        assert!(matches!(judge(&facts, &plan, Hidden::Masked), Gate::Shut(_)));
    }
}
