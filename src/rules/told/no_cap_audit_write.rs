use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "no-cap-audit-write",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "the container lacks CAP_AUDIT_WRITE, with which logins are written to the kernel's audit",
    docs: include_str!("no_cap_audit_write.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "sudo: unable to send audit message",
            // sshd's and PAM's (su, passwd, cron).
            "linux_audit_write_entry failed: operation not permitted",
            "audit_log_acct_message() failed: operation not permitted",
        ],
        hints: &["audit_write", "podman", "pam", "drop"],
        places: &[Sign::Podman, Sign::CapsDropped, Sign::OpenShift],
        ask: ask("grep CapEff /proc/self/status", "no bit 29 (0x20000000)"),
        // sudo(8) goes on without.
        weigh: |text, _| Some(if text.step.is_some() { -40 } else { 0 }),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
