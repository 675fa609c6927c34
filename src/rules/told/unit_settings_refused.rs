use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "unit-settings-refused",
    steps: &[Step::Start],
    errnos: &[Errno::EPERM, Errno::EOPNOTSUPP],
    title: "a unit asks for what its systemd is not allowed to do: a user's, or one in a container",
    docs: include_str!("unit_settings_refused.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "status=218/capabilities",
            "at step capabilities",
            "failed to drop capabilities: operation not permitted",
            "failed to determine supplementary groups: operation not permitted",
            "up mount namespacing: operation not supported",
            "apply ambient capabilities",
            "at step nice",
            "at step oom_adjust",
            "at step setscheduler",
            "at step limits",
            "(nice level): permission denied",
            "at step ioprio",
        ],
        refuses: &[
            (Step::Unshare, &[Errno::EPERM]),
            (Step::Propagation, &[Errno::EPERM, Errno::EACCES]),
        ],
        hints: &["user service", "systemctl --user", "protectkernelmodules"],
        ask: ask(
            "systemctl --user status UNIT; systemd-detect-virt -c",
            "the unit, or a container",
        ),
        // A user's own systemd has no privilege for what a unit may ask of the system's.
        weigh: |text, outright| {
            let own = ["systemd-run --user", "systemctl --user", "--user-unit"];
            let own = own.iter().any(|word| text.has(word));
            // `user@1000.service`, not somebody's prompt.
            let number = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
            let manager = text.text.split("user@").skip(1).any(number);
            let own = text.by == Some(Teller::Systemd) && (own || manager);
            (outright || own).then_some(if own { 16 } else { 0 })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
