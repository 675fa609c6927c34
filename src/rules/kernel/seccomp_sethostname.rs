#[cfg(test)]
use crate::plan::NameCall;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-sethostname",
    steps: &[Step::Hostname],
    errnos: &[Errno::EPERM, Errno::ENOSYS],
    title: "a seccomp filter blocks sethostname(2)",
    since: "0.1.0",
    docs: include_str!("seccomp_sethostname.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::Hostname, &[Errno::EPERM, Errno::ENOSYS])],
        hints: &["protecthostname", "nsjail", "podman"],
        cured: &[Sign::SeccompOff],
        confirm: "`Seccomp: 2` in /proc/self/status, and `unshare -Ur --uts hostname x` is refused",
        ..Texts::NONE
    },
    decided_by: &[Setting::Call("sethostname"), Setting::Seccomp],
    check: |facts, plan, step| {
        seccomp::refused(facts, plan, step, &["sethostname", "setdomainname"])
    },
    remedies: &[
        &remedy::flags::KEEP_HOST_NAME,
        &remedy::systemd::SYSTEMD_ALLOW_HOSTNAME,
        &remedy::container::SECCOMP_PROFILE,
        &remedy::container::SECCOMP_UNCONFINED,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[case(NSJAIL, Hostname, Some(EPERM), |f| {
        answer(f, &Question::NameNothing(NameCall::Sethostname), Reply::Refused(EPERM))
    })
    .dark(|f| f.process.seccomp = known(2))],
};
