use crate::rules::Shut;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "proc-other-pidns",
    steps: &[
        Step::Start,
        Step::Unshare,
        Step::UidMap,
        Step::TimeOffsets,
        Step::Setgroups,
        Step::GidMap,
    ],
    errnos: &[Errno::ENOENT, Errno::EPERM, Errno::EACCES],
    title: "the procfs at /proc belongs to another pid namespace",
    since: "0.1.0",
    docs: include_str!("proc_other_pidns.md"),
    texts: Texts {
        common: 4,
        marks: &["/ns/ns failed"],
        refuses: &[
            (Step::UidMap, &[Errno::ENOENT]),
            (Step::Setgroups, &[Errno::ENOENT]),
            (Step::GidMap, &[Errno::ENOENT]),
        ],
        hints: &["nsenter", "/proc/self/uid_map"],
        confirm: "`readlink /proc/self` gives nothing",
        ..Texts::NONE
    },
    decided_by: &[Setting::Masks],
    check,
    remedies: &[&remedy::procfs::MOUNT_OWN_PROC, &remedy::procfs::ENTER_PID_NAMESPACE],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    // Behind a map its absence means an old kernel.
    let behind_map = step == Step::Setgroups && !plan.asks_first(Step::Setgroups, Step::UidMap);
    let needed = match step {
        Step::Start => plan.reads_own_files(),
        Step::Unshare => plan.goes_by_pid(step),
        _ => !behind_map,
    };
    if !needed {
        return Gate::NotApplicable;
    }
    let proc = &facts.mounts.proc;
    match proc.value() {
        Some(ProcDir::ProcOfOtherPidNamespace) => {
            Gate::shut(Errno::ENOENT, vec![Evidence::new("/proc/self", "leads nowhere")])
        }
        Some(_) if plan.goes_by_pid(step) => by_pid(facts, plan, step),
        Some(_) => Gate::Open,
        None if proc.is_absent() => Gate::NotApplicable,
        None => Gate::undecided(proc),
    }
}

/// A procfs of an outer namespace shows more than one number of each process, the innermost last
/// (proc_pid_status(5), `NSpid`), and goes by the first. What a process finds there by its own
/// numbers is nothing, or another process.
fn by_pid(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let pids = &facts.process.ns_pids;
    let numbers = match pids.value() {
        Some(numbers) if numbers.len() > 1 => numbers,
        Some(_) => return Gate::Open,
        None if pids.is_absent() => return Gate::Open,
        None => return Gate::undecided(pids),
    };
    // Any process of that number will do.
    if step == Step::Unshare {
        return Gate::Undecided(vec![Evidence::new(
            "/proc/PID/ns",
            "it may be that of another process, for /proc is of an outer pid namespace",
        )]);
    }
    // Mostly there is a process of that number: small ones are those of kernel threads.
    let errno = match facts.process.euid.value() {
        Some(0) if facts.in_initial_userns() == Some(true) => Some(Errno::EPERM),
        // newuidmap(1) says that it is somebody else's.
        _ if plan.external_maps() => None,
        _ => Some(Errno::EACCES),
    };
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    let shown = format!("NSpid: {}", numbers.join(" "));
    let evidence = vec![Evidence::new("/proc/self/status", shown)];
    Gate::Shut(Shut { errno, or: &[Errno::ENOENT, Errno::EPERM, Errno::EACCES], evidence })
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const CASES: &[Case] = &[
        case(DEFAULT_FLAGS, UidMap, Some(ENOENT), |f| {
            f.mounts.proc = known(ProcDir::ProcOfOtherPidNamespace)
        })
        .dark(|f| f.mounts.proc = denied()),
        case(BUBBLEWRAP, Unshare, Some(ENOENT), |f| {
            f.mounts.proc = known(ProcDir::ProcOfOtherPidNamespace)
        }),
        case(NSJAIL, UidMap, Some(EACCES), |f| f.process.ns_pids = known(vec![4711, 2]))
            .dark(|f| f.process.ns_pids = denied()),
        case("--map-auto", UidMap, None, |f| f.process.ns_pids = known(vec![4711, 2])),
    ];

    /// Found by the lab where an ordinary user ran it: root of a user namespace owns no kernel
    /// thread.
    #[test]
    fn only_the_root_of_the_host_owns_what_it_finds() {
        use crate::mechanisms::nsjail;
        let errno = |initial: bool| {
            let mut facts = healthy();
            (facts.process.euid, facts.process.ns_pids) = (known(0), known(vec![4711, 2]));
            if !initial {
                facts.namespaces.user = known(4_026_532_000);
            }
            let words = ["-Mo".to_owned(), "--chroot".to_owned(), "/".to_owned()];
            let jail = nsjail::plan(&words, None, (Some(0), Some(0)));
            let auto = plan("--map-auto");
            [jail, auto].map(|plan| match super::check(&facts, &plan, UidMap) {
                crate::rules::Gate::Shut(shut) => shut.errno,
                _ => panic!("open"),
            })
        };
        assert_eq!(errno(true), [Some(EPERM), Some(EPERM)]);
        assert_eq!(errno(false), [Some(EACCES), None]);
    }

    /// As `nsjail -Me` says: `Couldn't open '/proc/92/setgroups' for writing: No such file or
    /// directory`.
    #[test]
    fn nsjail_without_a_supervisor_goes_by_its_own_number() {
        let mut facts = healthy();
        facts.process.ns_pids = known(vec![4711, 92]);
        let words = ["-Me", "-c", "/"].map(str::to_owned);
        let jail = crate::mechanisms::nsjail::plan(&words, None, (Some(1000), Some(1000)));
        assert!(matches!(super::check(&facts, &jail, Setgroups), crate::rules::Gate::Shut(_)));
    }

    #[test]
    fn a_program_that_goes_by_no_number_does_not_meet_it() {
        let mut facts = healthy();
        facts.process.ns_pids = known(vec![4711, 2]);
        let gate = |flags| super::check(&facts, &plan(flags), UidMap);
        assert_eq!(gate(DEFAULT_FLAGS), crate::rules::Gate::Open);
    }
}
