use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "user-manager-unprivileged",
    steps: &[Step::SetIds],
    errnos: &[Errno::EPERM],
    title: "a unit of a user's own systemd asks for what only the manager of the system may do",
    docs: include_str!("user_manager_unprivileged.md"),
    texts: Texts {
        common: 4,
        marks: &[
            "failed to drop capabilities: operation not permitted",
            "failed to determine supplementary groups: operation not permitted",
            "failed at step capabilities spawning",
            "failed at step group spawning",
        ],
        hints: &["systemctl --user", "systemd --user", "user@", "218/capabilities", "216/group"],
        confirm: "the unit is one of `systemctl --user`, and it starts without that setting",
        ask: ask(
            "systemctl --user cat UNIT",
            "User=, Group=, or a setting such as ProtectKernelModules=",
        ),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
