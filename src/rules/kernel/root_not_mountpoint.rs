use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "root-not-mountpoint",
    steps: &[Step::Propagation],
    errnos: &[Errno::EINVAL],
    title: "the root directory is not a mount point, so its propagation cannot be changed",
    since: "0.1.0",
    docs: include_str!("root_not_mountpoint.md"),
    texts: Texts {
        common: 6,
        refuses: &[(Step::Propagation, &[Errno::EINVAL])],
        places: &[Sign::Chroot],
        confirm: "/proc/self/mountinfo has no line for /",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[
        &remedy::process::BIND_ROOT,
        &remedy::flags::PROPAGATION_UNCHANGED,
        &remedy::process::LEAVE_CHROOT,
    ],
    #[cfg(test)]
    cases: &[case("-m", Propagation, Some(EINVAL), |f| {
        f.mounts.list = known(parse::mountinfo::parse(&MOUNTS[..67]).unwrap())
    })
    .dark(|f| {
        f.mounts.list = denied();
        f.mounts.root_is_mount = denied();
    })],
};

/// do_change_type() in fs/namespace.c.
fn check(facts: &Facts, _: &Plan, _: Step) -> Gate {
    let root = &facts.mounts.root_is_mount;
    if root.value() == Some(&false) {
        return Gate::shut(
            Errno::EINVAL,
            vec![Evidence::at(root, "/ is a plain directory, not a mount")],
        );
    }
    let mounts = &facts.mounts.list;
    match mounts.value() {
        Some(list) if list.iter().any(|m| m.target == "/") => Gate::Open,
        Some(_) if facts.complete => {
            Gate::shut(Errno::EINVAL, vec![Evidence::at(mounts, "no mount at /")])
        }
        Some(_) => Gate::Unobservable,
        // The kernel has said so.
        None if root.value() == Some(&true) => Gate::Open,
        None => absent_or_undecided(facts, mounts),
    }
}
