use crate::errno::Errno;
use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::remedy;
use crate::rules::evidence::visible_proc;
use crate::rules::texts::{Sign, Texts};
use crate::rules::{Gate, Rule};

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
    check,
    remedies: &[&remedy::process::REMOUNT_PROC_RELATIME, &remedy::flags::WITHOUT_MOUNT_PROC],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    visible_proc::judge(facts, plan, visible_proc::Hidden::Atime)
}

#[cfg(test)]
mod tests {
    use crate::errno::Errno::EPERM;
    use crate::parse;
    use crate::plan::Step::MountProc;
    use crate::rules::tests::{Case, DEFAULT_FLAGS, case, denied, known};

    pub(super) const CASES: &[Case] = &[case(DEFAULT_FLAGS, MountProc, Some(EPERM), |f| {
        f.mounts.list = known(
            parse::mountinfo::parse(
                b"22 27 0:21 / /proc rw,noatime - proc proc rw\n27 1 \
                    254:0 / / rw - ext4 x rw\n",
            )
            .unwrap(),
        );
    })
    .dark(|f| f.mounts.list = denied())];
}
