use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "rlimit-nproc",
    steps: &[Step::Fork, Step::Unshare, Step::Threads],
    errnos: &[Errno::EAGAIN],
    title: "this user has reached the limit on processes (RLIMIT_NPROC)",
    since: "0.1.0",
    docs: include_str!("rlimit_nproc.md"),
    texts: Texts {
        common: 7,
        refuses: &[(Step::Fork, &[Errno::EAGAIN])],
        marks: &["rlimit_nproc", "--ulimit nproc", "--ulimit=nproc"],
        hints: &["ulimit", "nproc", "process limit", "limits.conf"],
        // It does not hold for root.
        elsewhere: &[Sign::Kubernetes, Sign::Root],
        ask: ask(
            "ulimit -u; ps -L -u $(id -u) --no-headers | wc -l",
            "about the same number twice",
        ),
        confirm: "`Max processes` in /proc/self/limits against the processes of the user",
        // OpenBLAS shows the limit whatever it was that refused.
        // To set a limit is not to meet it.
        weigh: |text, _| {
            let sets = text.has("setrlimit") || text.has("setting rlimit");
            (text.errno != Some(Errno::EPERM) && !sets).then_some(0)
        },
        ..Texts::NONE
    },
    decided_by: &[Setting::ProcessLimit],
    check,
    remedies: &[&remedy::limits::RAISE_NPROC],
    #[cfg(test)]
    cases: tests::CASES,
};

/// copy_process() in kernel/fork.c: the initial root user is exempt, and privilege in the initial
/// namespace too, until unshare(CLONE_NEWUSER) has given that away.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if step == Step::Unshare && !plan.clones() {
        return Gate::NotApplicable;
    }
    let limit = &facts.process.nproc_limit;
    let Some(soft) = limit.value() else {
        return if limit.is_absent() { Gate::NotApplicable } else { Gate::undecided(limit) };
    };
    let Some(max) = soft else { return Gate::Open };
    let initial = facts.in_initial_userns() == Some(true);
    let privileged = facts
        .process
        .cap_eff
        .value()
        .is_some_and(|c| c.has(Caps::SYS_ADMIN) || c.has(Caps::SYS_RESOURCE));
    if initial && (facts.process.euid.value() == Some(&0) || (privileged && !plan.new_user())) {
        return Gate::Open;
    }
    let used = &facts.process.nproc_used;
    // We ourselves are one, whatever a directory that is no procfs shows.
    let n = used.value().copied().unwrap_or(1).max(1);
    let tasks = plan.tasks(step);
    // Where nobody knows which user namespace it is, privilege may be that of the initial one.
    let unsure = privileged && facts.in_initial_userns().is_none();
    match if initial { Some(false) } else { first_user(facts).filter(|first| *first || !unsure) } {
        Some(true) => return Gate::Open,
        Some(false) => {}
        // It may be, and then a full control group is the cause.
        None => {
            let met = facts.refused_at(step, Errno::EAGAIN)
                && facts.cgroup.full(tasks.least).is_none()
                && n + tasks.least > *max;
            return if met {
                Gate::shut(Errno::EAGAIN, vec![Evidence::new("RLIMIT_NPROC", max)])
            } else {
                Gate::Unobservable
            };
        }
    }
    let used_up = || {
        let tasks = if n == 1 { "task" } else { "tasks" };
        vec![
            Evidence::new("RLIMIT_NPROC", max),
            Evidence::at(used, format!("{n} {tasks} of this user")),
        ]
    };
    match used.seen {
        _ if n + tasks.least > *max => Gate::shut(Errno::EAGAIN, used_up()),
        _ if facts.refused_at(step, Errno::EAGAIN) => Gate::Unobservable,
        _ if n + tasks.enough > *max => {
            Gate::Undecided([vec![evidence::of_tasks(tasks)], used_up()].concat())
        }
        _ if n + facts.process.nproc_elsewhere + tasks.enough > *max => Gate::Unobservable,
        Err(Missing::Denied) => Gate::Unobservable,
        // Processes of other pid namespaces count too, and are not seen.
        _ if facts.in_initial_pidns() == Some(true) => Gate::Open,
        _ => Gate::Unobservable,
    }
}

/// Whether we are the first user of the machine, whom no user namespace makes less exempt: the one
/// that owns what the kernel itself shows.
fn first_user(facts: &Facts) -> Option<bool> {
    let (euid, map) = (facts.process.euid.value()?, facts.process.uid_map.value());
    match facts.mounts.kernel_owner.value() {
        Some(owner) if owner != euid => Some(false),
        // Neither may have a number.
        Some(owner) if *owner == crate::facts::OVERFLOW_ID => None,
        Some(_) => Some(true),
        None => map?.outside(*euid).filter(|outside| *outside != 0).map(|_| false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::unshare;

    pub(super) const CASES: &[Case] = &[
        case(DEFAULT_FLAGS, Fork, Some(EAGAIN), |f| f.process.nproc_limit = known(Some(3)))
            .dark(|f| f.process.nproc_limit = denied()),
        case(CHROMIUM, Threads, Some(EAGAIN), |f| f.process.nproc_limit = known(Some(64)))
            .dark(|f| f.process.nproc_limit = denied()),
    ];

    /// Found by the lab: without a procfs of ours nothing shows whether we are the first user, who
    /// is exempt.
    #[test]
    fn a_limit_without_a_map_in_sight_is_not_decided() {
        let plan = unshare::plan(&unshare::split("--pid --fork"), None, (Some(0), Some(0)));
        let mut facts = healthy();
        facts.process.euid = Fact::known(0, "test");
        facts.process.nproc_limit = Fact::known(Some(1), "test");
        facts.process.nproc_used = Fact::known(5, "test");
        facts.process.uid_map = Fact::absent("test");
        facts.namespaces.user = Fact::absent("test");
        assert_eq!(check(&facts, &plan, Step::Fork), Gate::Unobservable);
    }

    /// Found by the lab: whom the kernel's own file systems belong to is exempt, also where there
    /// is no procfs.
    #[test]
    fn the_owner_of_the_kernels_file_systems_is_exempt() {
        let plan = unshare::plan(&unshare::split("--fork"), None, (Some(0), Some(0)));
        let gate = |owner: u64, caps: u64| {
            let mut facts = healthy();
            facts.process.euid = Fact::known(0, "test");
            facts.process.cap_eff = Fact::known(Caps(caps), "test");
            facts.process.nproc_limit = Fact::known(Some(1), "test");
            // An empty directory lists nobody, not even us.
            facts.process.nproc_used = Fact::known(0, "test");
            facts.process.uid_map = Fact::absent("test");
            facts.namespaces.user = Fact::absent("test");
            facts.mounts.kernel_owner = Fact::known(owner, "test");
            check(&facts, &plan, Step::Fork)
        };
        assert_eq!(gate(0, 0), Gate::Open);
        assert!(matches!(gate(1000, 0), Gate::Shut(_)));
        assert_eq!(
            gate(1000, u64::MAX),
            Gate::Unobservable,
            "privilege of the initial namespace is exempt as well"
        );
    }

    /// Found by the lab beside containers of the same uid: in a user namespace only its own tasks
    /// count.
    #[test]
    fn tasks_of_other_user_namespaces_decide_nothing() {
        let plan = unshare::plan(&unshare::split("--fork"), None, (Some(1000), Some(1000)));
        let mut facts = healthy();
        facts.process.nproc_limit = Fact::known(Some(2), "test");
        facts.process.nproc_used = Fact::known(1, "test");
        assert_eq!(check(&facts, &plan, Step::Fork), Gate::Open);
        facts.process.nproc_elsewhere = 3;
        assert_eq!(check(&facts, &plan, Step::Fork), Gate::Unobservable);
    }
}
