use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "apparmor-signal-denied",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES],
    title: "the container's AppArmor profile takes no signals from the engine, so it cannot be stopped",
    docs: include_str!("apparmor_signal_denied.md"),
    texts: Texts {
        common: 5,
        marks: &[
            // runc's; of another user kill(2) says EPERM.
            "signaling init process caused\u{2026}permission denied",
            "unable to signal init: permission denied",
            // dockerd's.
            "cannot stop container\u{2026}permission denied",
            "cannot kill container\u{2026}permission denied",
        ],
        hints: &["docker-default", "aa-remove-unknown", "snap.docker", "containers-default"],
        places: &[Sign::AppArmor, Sign::Ubuntu],
        elsewhere: &[Sign::RedHat],
        ask: ask(
            "journalctl -k | grep 'operation=\"signal\"'",
            "DENIED, and the engine as the peer",
        ),
        weigh: |text, _| {
            let socket = text.has("daemon socket") || text.has("docker.sock");
            (!socket).then_some(if text.step.is_some() { -40 } else { 4 })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
