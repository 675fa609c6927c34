use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-clone",
    steps: &[Step::Unshare, Step::SecondUserns],
    errnos: &[Errno::EPERM, Errno::ENOSYS],
    title: "a seccomp filter blocks clone(2) with namespace flags",
    since: "0.1.0",
    docs: include_str!("seccomp_clone.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::Unshare, &[Errno::EPERM, Errno::ENOSYS])],
        hints: &["nsjail", "isolate"],
        places: &[Sign::Docker, Sign::Kubernetes, Sign::Container],
        elsewhere: texts::WITHOUT_FILTER,
        never: &[Sign::SeccompOff],
        value: Some(Deciding { name: "seccomp", refuses: |mode| mode == 2 }),
        ask: ask("grep Seccomp: /proc/self/status", "2"),
        // With CAP_SYS_ADMIN the filter of Docker allows it.
        cured: &[Sign::SeccompOff, Sign::SysAdmin],
        confirm: "`Seccomp: 2` in /proc/self/status, and a caller of clone(2) is refused, such as nsjail, bwrap or Chromium",
        weigh: by_clone,
        ..Texts::NONE
    },
    decided_by: &[Setting::Namespaces, Setting::Seccomp],
    check,
    remedies: &[
        &remedy::container::SECCOMP_PROFILE,
        &remedy::container::SECCOMP_UNCONFINED,
        &remedy::capabilities::CAP_ADD_SYS_ADMIN,
        &remedy::container::PRIVILEGED,
        &remedy::systemd::SYSTEMD_ALLOW_NAMESPACES,
    ],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    match step {
        Step::Unshare if plan.clones() => seccomp::namespaces(facts, plan),
        Step::SecondUserns if plan.does(Habit::ClonesSecond) => seccomp::inner_clone(facts),
        _ => Gate::NotApplicable,
    }
}

fn by_clone(text: &Pasted, _: bool) -> Option<i32> {
    let calls_clone = text.by.is_some_and(Teller::calls_clone);
    Some(if text.clone || calls_clone { 8 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Question;

    pub(super) const CASES: &[Case] = &[case(NSJAIL, Unshare, Some(EPERM), |f| {
        answer(f, &Question::Clone(Namespaces::USER), Reply::Refused(EPERM))
    })
    .dark(|f| f.process.seccomp = known(2))];

    /// As nsjail 3.6 did under a filter of clone(2) alone, and under Docker's, which answers
    /// clone3(2) with ENOSYS; bubblewrap calls clone(2) in both.
    #[test]
    fn nsjail_calls_clone3_first() {
        use crate::errno::Errno::{EINVAL, ENOSYS};
        use crate::mechanisms::{bubblewrap, nsjail};
        use crate::rules::Gate;
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let ids = (Some(1000), Some(1000));
        let jail = nsjail::plan(&words("-Mo --chroot /"), None, ids);
        let bwrap = bubblewrap::plan(&words("--unshare-all"), None, ids);
        let under = |clone3| {
            let mut facts = healthy();
            facts.process.seccomp = known(2);
            answer(&mut facts, &Question::Clone(Namespaces::USER), Reply::Refused(EPERM));
            answer(&mut facts, &Question::Clone3, Reply::Refused(clone3));
            [&jail, &bwrap].map(|plan| (super::RULE.check)(&facts, plan, Unshare) == Gate::Open)
        };
        assert_eq!(under(EINVAL), [true, false]);
        assert_eq!(under(ENOSYS), [false, false]);
        assert_eq!(under(EPERM), [false, false]);
    }

    /// As runsc did where unshare(2) alone was refused: its second user namespace is made by
    /// clone(2) as well.
    #[test]
    fn a_second_user_namespace_is_made_by_clone() {
        use crate::mechanisms::gvisor::MECHANISM;
        use crate::rules::Gate;
        use crate::rules::kernel::seccomp_unshare;
        let plan = crate::mechanisms::tests::planned(&MECHANISM, MECHANISM.flags, 1000);
        let mut facts = healthy();
        facts.process.seccomp = known(2);
        answer(&mut facts, &Question::Unshare(Namespaces::USER), Reply::Refused(EPERM));
        answer(&mut facts, &Question::Clone(Namespaces::USER), Reply::Refused(EINVAL));
        let gate = |rule: &Rule, facts: &_| (rule.check)(facts, &plan, SecondUserns);
        assert_eq!(gate(&seccomp_unshare::RULE, &facts), Gate::NotApplicable);
        assert_eq!(gate(&super::RULE, &facts), Gate::Open);
        answer(&mut facts, &Question::Clone(Namespaces::USER), Reply::Refused(EPERM));
        assert!(matches!(gate(&super::RULE, &facts), Gate::Shut(_)));
    }
}
