use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "proc-not-mounted",
    steps: &[
        Step::Start,
        Step::UidMap,
        Step::TimeOffsets,
        Step::Setgroups,
        Step::GidMap,
        Step::MountProc,
    ],
    errnos: &[Errno::ENOENT, Errno::EINVAL],
    title: "there is no procfs at /proc",
    since: "0.1.0",
    docs: include_str!("proc_not_mounted.md"),
    texts: Texts {
        common: 6,
        refuses: &[
            (Step::UidMap, &[Errno::ENOENT]),
            (Step::Setgroups, &[Errno::ENOENT]),
            (Step::GidMap, &[Errno::ENOENT]),
            // What it reads first is there in every other procfs, unless that shows processes only.
            (Step::Start, &[Errno::ENOENT]),
        ],
        marks: &[
            "read /proc/sys/kernel/overflow\u{2026}no such file",
            "open /proc/self/status: no such file",
            "grep: /proc/cpuinfo: no such file",
            "read /proc/mounts: no such file",
            "fork/exec /proc/self/exe: no such file",
            // Codex, from Rust's std::env::current_exe.
            "no /proc/self/exe available",
            "can't open /proc: no such file",
        ],
        hints: &["/proc/self/uid_map"],
        places: &[Sign::Chroot],
        confirm: "`stat -f -c %T /proc` does not say proc",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::procfs::MOUNT_PROC_FIRST],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    // Behind a map its absence means an old kernel.
    let behind_map = step == Step::Setgroups && !plan.asks_first(Step::Setgroups, Step::UidMap);
    if behind_map || step == Step::Start && !plan.reads_own_files() {
        return Gate::NotApplicable;
    }
    if step == Step::MountProc {
        return no_mount_point(facts, plan);
    }
    let proc = &facts.mounts.proc;
    match proc.value() {
        Some(ProcDir::NotProc) => {
            Gate::shut(Errno::ENOENT, vec![Evidence::at(proc, "not a procfs")])
        }
        Some(ProcDir::FixedSelf) => Gate::Undecided(vec![Evidence::at(
            proc,
            "a fixed directory: whether it is that of the command, only the probe can tell",
        )]),
        Some(_) => Gate::Open,
        None if proc.is_absent() => Gate::shut(Errno::ENOENT, vec![Evidence::of_state(proc)]),
        None => Gate::undecided(proc),
    }
}

/// do_change_type() in fs/namespace.c, of a directory that is to be made private first.
fn no_mount_point(facts: &Facts, plan: &Plan) -> Gate {
    let mounts = &facts.mounts.list;
    let wanted = plan.does(Habit::WantsMountPoint) && plan.mount_proc.as_deref() == Some("/proc");
    match mounts.value() {
        _ if !wanted => Gate::NotApplicable,
        Some(list) if list.iter().any(|m| m.target == "/proc") => Gate::Open,
        Some(_) => Gate::shut(Errno::EINVAL, vec![Evidence::at(mounts, "no mount at /proc")]),
        None if facts.mounts.proc.value() == Some(&ProcDir::NotProc) => {
            Gate::shut(Errno::EINVAL, vec![Evidence::at(&facts.mounts.proc, "not a procfs")])
        }
        None => Gate::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const CASES: &[Case] =
        &[case(DEFAULT_FLAGS, UidMap, Some(ENOENT), |f| f.mounts.proc = known(ProcDir::NotProc))
            .dark(|f| f.mounts.proc = denied())];
}
