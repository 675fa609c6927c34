use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "mount-max",
    steps: &[Step::NewRoot, Step::MountProc],
    errnos: &[Errno::ENOSPC],
    title: "the mount namespace has as many mounts as fs.mount-max allows",
    since: "0.1.0",
    docs: include_str!("mount_max.md"),
    texts: Texts {
        common: 6,
        refuses: &[
            (Step::MountProc, &[Errno::ENOSPC]),
            (Step::NewRoot, &[Errno::ENOSPC]),
            (Step::Propagation, &[Errno::ENOSPC]),
        ],
        marks: &["fs.mount-max"],
        hints: &["mount-max"],
        places: &[Sign::ComesAndGoes],
        confirm: "the lines of /proc/self/mountinfo are near fs.mount-max",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[
        &remedy::limits::FEWER_MOUNTS,
        &remedy::sysctl::SYSCTL_MOUNT_MAX,
        &remedy::flags::WITHOUT_MOUNT_PROC,
    ],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, MountProc, Some(ENOSPC), |f| f.sysctl.mount_max = known(2))
        .dark(|f| f.sysctl.mount_max = denied())],
};

/// count_mounts() in fs/namespace.c.
fn check(facts: &Facts, _: &Plan, _: Step) -> Gate {
    let max = &facts.sysctl.mount_max;
    let Some(limit) = max.value() else { return absent_or_undecided(facts, max) };
    let listed = facts.mounts.list.value().map(|l| l.len() as u64);
    match facts.mounts.namespace_size.value().copied().or(listed) {
        // The root of the namespace counts, and is in neither number.
        Some(n) if n + 2 > *limit => {
            Gate::shut(Errno::ENOSPC, vec![Evidence::of(max), Evidence::new("mounts", n)])
        }
        Some(_) => Gate::Open,
        None => absent_or_undecided(facts, &facts.mounts.list),
    }
}
