use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-kill",
    steps: &[
        Step::Threads,
        Step::Unshare,
        Step::Propagation,
        Step::NewRoot,
        Step::MountProc,
        Step::PivotRoot,
        Step::ChangeRoot,
        Step::Sockets,
        Step::Hostname,
        Step::JoinNamespaces,
        Step::SetIds,
        Step::Privileges,
        Step::SecondUserns,
        Step::InnerNamespaces,
        Step::Keyring,
    ],
    errnos: &[],
    title: "a seccomp filter kills the process",
    since: "0.1.0",
    docs: include_str!("seccomp_kill.md"),
    texts: Texts {
        common: 9,
        kills: true,
        marks: &["sigsys", "bad system call", "status=31/sys", "signal=sys"],
        hints: &["systemcallfilter", "seccomp"],
        // Chromium's file that catches the signal of its own filter.
        weigh: |text, _| (!text.has("sigsys_handlers")).then_some(0),
        confirm: "the kernel's log has `type=1326` with `sig=31`",
        ..Texts::NONE
    },
    decided_by: &[Setting::Seccomp],
    check: seccomp::killed,
    remedies: &[
        &remedy::container::SECCOMP_PROFILE,
        &remedy::container::SECCOMP_UNCONFINED,
        &remedy::systemd::SYSTEMD_ALLOW_NAMESPACES,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[
        case(DEFAULT_FLAGS, Unshare, None, |f| answer(f, &Question::Unshare(0), Reply::Killed))
            .dark(|f| f.process.seccomp = known(2)),
        case(DEFAULT_FLAGS, MountProc, None, |f| {
            answer(f, &Question::MountNowhere(crate::plan::MS_PROC), Reply::Killed)
        }),
    ],
};
