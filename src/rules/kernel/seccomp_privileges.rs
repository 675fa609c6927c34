use crate::plan::PrivilegeCall;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-privileges",
    steps: &[Step::SetIds, Step::Privileges],
    errnos: &[Errno::EPERM, Errno::ENOSYS],
    title: "a seccomp filter blocks a call that gives privileges up: capset(2), prctl(2), setuid(2) or setresuid(2)",
    since: "0.1.0",
    docs: include_str!("seccomp_privileges.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::Privileges, &[Errno::EPERM, Errno::ENOSYS])],
        // Go's, which drops the error of capset(2); gVisor is the one that asks it for that.
        marks: &["fork/exec /proc/self/exe: errno 0"],
        hints: &["systemcallfilter", "@privileged"],
        cured: &[Sign::SeccompOff],
        confirm: "`Seccomp: 2` in /proc/self/status, and bwrap is not setuid",
        ..Texts::NONE
    },
    decided_by: &[Setting::Seccomp],
    check: |facts, plan, step| {
        let calls = PrivilegeCall::ALL.map(PrivilegeCall::name);
        seccomp::refused(facts, plan, step, &calls)
    },
    remedies: &[
        &remedy::systemd::SYSTEMD_ALLOW_PRIVILEGES,
        &remedy::container::SECCOMP_UNCONFINED,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[case(NSJAIL, SetIds, Some(EPERM), |f| {
        answer(f, &Question::Unchanged(PrivilegeCall::Setresgid), Reply::Refused(EPERM));
    })
    .dark(|f| f.process.seccomp = known(2))],
};
