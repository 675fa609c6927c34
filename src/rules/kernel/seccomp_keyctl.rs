use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-keyctl",
    steps: &[Step::Keyring],
    errnos: &[Errno::EPERM, Errno::ENOSYS],
    title: "a seccomp filter refuses keyctl(2), and the runtime wants a keyring for its container",
    since: "0.1.0",
    docs: include_str!("seccomp_keyctl.md"),
    texts: Texts {
        common: 5,
        calls: &["keyctl", "add_key", "request_key"],
        marks: &[
            "session key: operation not permitted",
            "session key: function not implemented",
            "session key: permission denied",
            "could not create session key",
            "create keyring",
            "join keyctl",
            "kernel keyring\u{2026}not permitted",
            "kernel keyring\u{2026}permission denied",
        ],
        hints: &["keyring", "keyctl"],
        confirm: "it works with --no-new-keyring (podman: keyring = false)",
        ask: ask("keyctl new_session", "Operation not permitted, or Function not implemented"),
        weigh: |text, _| {
            let keyring =
                ["keyring", "session key", "keyctl", "_key"].iter().any(|word| text.has(word));
            (keyring && !text.has("quota")).then_some(4)
        },
        ..Texts::NONE
    },
    decided_by: &[Setting::Seccomp],
    check: |facts, plan, step| seccomp::refused(facts, plan, step, &["keyctl"]),
    remedies: &[
        &remedy::container::SECCOMP_PROFILE,
        &remedy::container::SECCOMP_UNCONFINED,
        &remedy::systemd::SYSTEMD_ALLOW_KEYRING,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[case(PODMAN, Keyring, Some(EPERM), |f| {
        answer(f, &Question::KeyctlNothing, Reply::Refused(EPERM));
    })
    .dark(|f| f.process.seccomp = known(2))],
};
