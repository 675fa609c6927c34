use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "proc-subset-pid",
    steps: &[Step::MountProc],
    errnos: &[Errno::EPERM],
    title: "/proc shows processes only (subset=pid), and a full procfs would reveal the rest",
    since: "0.1.0",
    docs: include_str!("proc_subset_pid.md"),
    texts: Texts {
        common: 1,
        refuses: &[(Step::MountProc, &[Errno::EPERM])],
        marks: &["procsubset", "subset=pid"],
        confirm: "`findmnt -o FS-OPTIONS /proc` has subset=pid",
        ..Texts::NONE
    },
    decided_by: &[Setting::Masks],
    check: |facts, plan, _| visible_proc::judge(facts, plan, visible_proc::Hidden::Subset),
    remedies: &[
        &remedy::procfs::DROP_PROC_SUBSET,
        &remedy::flags::WITHOUT_MOUNT_PROC,
        &remedy::flags::ENABLE_WEAKER_NESTED_SANDBOX,
    ],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, MountProc, Some(EPERM), |f| {
        f.os.release = known(parse::release::parse(b"7.2.0").unwrap());
        let text = b"22 27 0:21 / /proc rw,relatime - proc proc rw,subset=pid\n27 1 254:0 / / \
                rw - ext4 x rw\n";
        f.mounts.list = known(parse::mountinfo::parse(text).unwrap());
    })
    .dark(|f| f.mounts.list = denied())],
};
