use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "proc-atime-locked",
    steps: &[Step::MountProc],
    errnos: &[Errno::EPERM],
    title: "/proc is mounted with different atime flags than a new procfs would have",
    since: "0.1.0",
    docs: include_str!("proc_atime_locked.md"),
    texts: Texts {
        common: 2,
        refuses: &[(Step::MountProc, &[Errno::EPERM])],
        hints: &["noatime", "strictatime"],
        places: &[Sign::ProcAtime],
        confirm: "`findmnt /proc` does not have relatime",
        ..Texts::NONE
    },
    decided_by: &[],
    check: |facts, plan, _| visible_proc::judge(facts, plan, visible_proc::Hidden::Atime),
    remedies: &[
        &remedy::procfs::REMOUNT_PROC_RELATIME,
        &remedy::flags::WITHOUT_MOUNT_PROC,
        &remedy::flags::ENABLE_WEAKER_NESTED_SANDBOX,
    ],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, MountProc, Some(EPERM), |f| {
        f.mounts.list = known(
            parse::mountinfo::parse(
                b"22 27 0:21 / /proc rw,noatime - proc proc rw\n27 1 \
                    254:0 / / rw - ext4 x rw\n",
            )
            .unwrap(),
        );
    })
    .dark(|f| f.mounts.list = denied())],
};
