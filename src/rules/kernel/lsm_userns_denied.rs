use crate::facts::Trial;
use crate::rules::evidence::chroot::{self, cannot_refuse};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "lsm-userns-denied",
    steps: &[Step::Unshare],
    errnos: &[Errno::EPERM],
    title: "a security module (BPF or another) denies user namespaces",
    since: "0.1.0",
    docs: include_str!("lsm_userns_denied.md"),
    texts: Texts {
        common: 2,
        refuses: &[(Step::Unshare, &[Errno::EPERM])],
        hints: &["tetragon", "kubearmor", "bpf", "tomoyo", "smack", "falcon", "crowdstrike"],
        confirm: "`bpf` in /sys/kernel/security/lsm, and nothing else explains it",
        weigh: texts::of_user_namespaces,
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::lsm::CHANGE_LSM_POLICY],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Unshare, Some(EPERM), |f| {
        f.trial = met(Unshare, EPERM, Reply::Refused(EPERM), None)
    })
    .dark(|_| {})],
};

/// What is left when nothing else refuses: the hook userns_create (Linux 6.1) answers what its
/// policy likes.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if !plan.new_user() {
        return Gate::NotApplicable;
    }
    let list = &facts.lsm.list;
    let modules: Option<Vec<&str>> =
        list.value().map(|l| l.iter().map(String::as_str).filter(|m| !cannot_refuse(m)).collect());
    let user = facts.trial.as_ref().and_then(|t| t.user.value());
    match modules {
        Some(modules) if modules.is_empty() => Gate::NotApplicable,
        _ if facts.kernel_at_least(6, 1) == Some(false) => Gate::NotApplicable,
        _ if facts.trial.as_ref().is_some_and(Trial::unmapped) => Gate::Open,
        // A chroot(2) that nothing shows gives the same answer.
        _ if matches!(chroot::judge(facts), Gate::Unobservable | Gate::Undecided(_)) => {
            Gate::Unobservable
        }
        // Our ids may be at fault, and there was no child to try that.
        _ if facts
            .trial
            .as_ref()
            .is_some_and(|t| t.user.value().is_some() && t.own_ids.value().is_none()) =>
        {
            Gate::Unobservable
        }
        _ if facts.refused_at(step, Errno::EPERM)
            && user == Some(&Reply::Refused(Errno::EPERM)) =>
        {
            let named = modules.map_or_else(|| list.state_name().to_owned(), |m| m.join(","));
            Gate::shut(
                Errno::EPERM,
                vec![Evidence::at(list, named), Evidence::new("unshare(CLONE_NEWUSER)", "EPERM")],
            )
        }
        _ => Gate::Unobservable,
    }
}
