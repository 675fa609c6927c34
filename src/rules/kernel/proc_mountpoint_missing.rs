use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "proc-mountpoint-missing",
    steps: &[Step::MountProc],
    errnos: &[Errno::ENOENT],
    title: "there is no directory /proc to mount on",
    since: "0.1.0",
    docs: include_str!("proc_mountpoint_missing.md"),
    texts: Texts {
        common: 6,
        refuses: &[(Step::MountProc, &[Errno::ENOENT])],
        // runc's and crun's, of a root that is read-only, where it is to be made.
        marks: &["mkdir\u{2026}/proc: read-only file system", "mkdir `/proc`: read-only"],
        hints: &["/proc"],
        confirm: "`ls -ld /proc`",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::procfs::MAKE_PROC_DIRECTORY, &remedy::flags::WITHOUT_MOUNT_PROC],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.mount_proc.as_deref() != Some("/proc")
        || plan.root.as_ref().is_some_and(|root| root != "/")
    {
        return Gate::NotApplicable;
    }
    let proc = &facts.mounts.proc;
    match proc.value() {
        Some(_) => Gate::Open,
        // What builds a root makes what is missing in it, where that can be written to.
        None if proc.is_absent() && plan.has(Step::NewRoot) => Gate::undecided(proc),
        None if proc.is_absent() => Gate::shut(Errno::ENOENT, vec![Evidence::of_state(proc)]),
        None => Gate::undecided(proc),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::prelude::*;

    pub(super) const CASES: &[Case] =
        &[case(DEFAULT_FLAGS, MountProc, Some(ENOENT), |f| f.mounts.proc = absent())
            .dark(|f| f.mounts.proc = denied())];

    /// As nsjail 3.4 did as root, without a user namespace; a user may make nothing in `/`.
    #[test]
    fn nsjail_makes_it_where_it_may() {
        let mut facts = healthy();
        facts.mounts.proc = absent();
        let plan = of(&crate::mechanisms::nsjail::MECHANISM);
        let gate = (super::RULE.check)(&facts, &plan, MountProc);
        assert!(matches!(gate, Gate::Undecided(_)), "{gate:?}");
    }
}
