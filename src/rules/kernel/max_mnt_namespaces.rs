use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "max-mnt-namespaces",
    steps: &[Step::Unshare, Step::InnerNamespaces],
    errnos: &[Errno::ENOSPC],
    title: "user.max_mnt_namespaces allows no more mount namespaces",
    since: "0.1.0",
    docs: include_str!("max_mnt_namespaces.md"),
    texts: Texts {
        common: 2,
        refuses: &[(Step::Unshare, &[Errno::ENOSPC])],
        value: Deciding::zero("max_mnt_namespaces"),
        hints: &["max_mnt_namespaces"],
        confirm: "`unshare --user` alone works, with --mount it does not",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::sysctl::SYSCTL_MAX_MNT_NAMESPACES, &remedy::flags::WITHOUT_MOUNT_PROC],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Unshare, Some(ENOSPC), |f| {
        drop(f.sysctl.max_namespaces.insert("mnt", known(0)))
    })
    .dark(|f| drop(f.sysctl.max_namespaces.insert("mnt", denied())))],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if !plan.made_at(step).has(Namespaces::MNT) {
        return Gate::NotApplicable;
    }
    limits::judge(facts, plan, step, "mnt", |trial| &trial.mnt)
}
