use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "proc-readonly",
    steps: &[Step::UidMap, Step::TimeOffsets, Step::Setgroups, Step::GidMap],
    errnos: &[Errno::EROFS],
    title: "/proc is mounted read-only",
    since: "0.1.0",
    docs: include_str!("proc_readonly.md"),
    texts: Texts {
        common: 6,
        refuses: &[
            (Step::UidMap, &[Errno::EROFS]),
            (Step::GidMap, &[Errno::EROFS]),
            (Step::Setgroups, &[Errno::EROFS]),
        ],
        confirm: "`findmnt /proc` has ro",
        ..Texts::NONE
    },
    decided_by: &[Setting::ReadOnly],
    check,
    remedies: &[&remedy::procfs::PROC_OF_THE_SANDBOX, &remedy::procfs::REMOUNT_PROC_RW],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, UidMap, Some(EROFS), |f| {
        mounts(
            f,
            "30 22 0:21 / /proc ro,relatime - \
            proc proc rw\n",
        )
    })
    .dark(|f| f.mounts.list = denied())],
};

fn check(facts: &Facts, _: &Plan, _: Step) -> Gate {
    let mounts = &facts.mounts.list;
    if mounts.value().is_none() {
        return absent_or_undecided(facts, mounts);
    }
    match facts.mounts.on_proc() {
        Some(m) if m.has("ro") || m.has_super("ro") => Gate::shut(
            Errno::EROFS,
            vec![Evidence::at(mounts, format!("/proc {}", m.options.join(",")))],
        ),
        _ => Gate::Open,
    }
}
