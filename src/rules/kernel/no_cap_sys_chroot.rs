use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "no-cap-sys-chroot",
    steps: &[Step::ChangeRoot],
    errnos: &[Errno::EPERM],
    title: "changing the root directory without a user namespace needs CAP_SYS_CHROOT",
    since: "0.1.0",
    docs: include_str!("no_cap_sys_chroot.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::ChangeRoot, &[Errno::EPERM])],
        marks: &["cannot change root directory"],
        hints: &["--root"],
        confirm: "bit 18 of `CapEff` in /proc/self/status is clear, without `--user`",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[
        &remedy::flags::ADD_USER_NAMESPACE,
        &remedy::capabilities::CAP_ADD_SYS_CHROOT,
        &remedy::ids::RUN_AS_ROOT,
    ],
    #[cfg(test)]
    cases: &[case("--root=/srv", ChangeRoot, Some(EPERM), |f| f.process.cap_eff = known(Caps(0)))
        .dark(|f| f.process.cap_eff = denied())],
};

/// ksys_chroot() in fs/open.c: CAP_SYS_CHROOT in our user namespace; a new one grants it.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.root.is_none() || plan.new_user() {
        return Gate::NotApplicable;
    }
    evidence::capability(facts, Caps::SYS_CHROOT)
}
