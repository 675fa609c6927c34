use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-unshare",
    steps: &[Step::Unshare, Step::SecondUserns, Step::InnerNamespaces],
    errnos: &[Errno::EPERM, Errno::ENOSYS],
    title: "a seccomp filter blocks unshare(2)",
    since: "0.1.0",
    docs: include_str!("seccomp_unshare.md"),
    texts: Texts {
        common: 9,
        refuses: &[
            (Step::Unshare, &[Errno::EPERM, Errno::ENOSYS]),
            // A process with one thread in a user namespace has no other EINVAL to fear.
            (Step::SecondUserns, &[Errno::EPERM, Errno::ENOSYS, Errno::EINVAL]),
            (Step::InnerNamespaces, &[Errno::EPERM, Errno::ENOSYS]),
        ],
        hints: &["seccomp", "restrictnamespaces", "compose"],
        places: &[Sign::Docker, Sign::Kubernetes, Sign::Container, Sign::Flatpak],
        elsewhere: texts::WITHOUT_FILTER,
        never: &[Sign::SeccompOff],
        value: Some(Deciding { name: "seccomp", refuses: |mode| mode == 2 }),
        ask: ask("grep Seccomp: /proc/self/status", "2"),
        // With CAP_SYS_ADMIN the filter of Docker allows it.
        cured: &[Sign::SeccompOff, Sign::SysAdmin],
        confirm: "`Seccomp: 2` in /proc/self/status",
        weigh,
        ..Texts::NONE
    },
    decided_by: &[Setting::Namespaces, Setting::Seccomp],
    check,
    remedies: &[
        &remedy::container::SECCOMP_PROFILE,
        &remedy::container::SECCOMP_UNCONFINED,
        &remedy::capabilities::CAP_ADD_SYS_ADMIN,
        &remedy::capabilities::CAP_ADD_SYS_ADMIN_FLAGS,
        &remedy::container::PRIVILEGED,
        &remedy::systemd::SYSTEMD_ALLOW_NAMESPACES,
    ],
    #[cfg(test)]
    cases: &[
        case(DEFAULT_FLAGS, Unshare, Some(EPERM), |f| {
            answer(f, &Question::Unshare(0), Reply::Refused(EPERM))
        })
        .dark(|f| f.process.seccomp = known(2)),
        case(DEFAULT_FLAGS, Unshare, Some(ENOSYS), |f| {
            answer(f, &Question::Unshare(Namespaces::USER), Reply::Refused(ENOSYS))
        })
        .dark(|f| f.process.seccomp = denied()),
    ],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    match step {
        Step::SecondUserns if plan.does(Habit::ClonesSecond) => Gate::NotApplicable,
        Step::SecondUserns => seccomp::inner_unshare(facts, Namespaces(Namespaces::USER)),
        Step::InnerNamespaces => seccomp::inner_unshare(facts, plan.inner),
        _ if plan.via == Via::Unshare => seccomp::namespaces(facts, plan),
        _ => Gate::NotApplicable,
    }
}

fn weigh(text: &Pasted, _: bool) -> Option<i32> {
    Some(match text.by {
        _ if text.clone => -8,
        Some(by) if by.calls_clone() => -8,
        // A packaged program of a desktop.
        Some(Teller::Chromium) if text.has("suid sandbox helper") => -8,
        _ => 0,
    })
}
