use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "no-user-session",
    steps: &[Step::Start],
    errnos: &[Errno::EACCES, Errno::ENOENT],
    title: "the user has no login session here, so nothing is at /run/user/UID",
    docs: include_str!("no_user_session.md"),
    texts: Texts {
        common: 4,
        marks: &[
            "mkdir /run/user/\u{2026}permission denied",
            "/run/user/\u{2026}/bus: connect: ",
            "runtime dir\u{2026}/run/user/\u{2026}denied",
            "failed to connect to user scope bus",
            "failed to connect to bus: no medium found",
            "systemd user session available",
            "xdg_runtime_dir needs to be set",
            "xdg_runtime_dir directory\u{2026}/run/user/\u{2026}is not owned by the current user",
            "dbus_session_bus_address from the environment",
            "lstat /run/user/\u{2026}no such file",
        ],
        hints: &["xdg_runtime_dir", "linger", "su -", "cron", "jenkins", "user="],
        places: &[Sign::Podman],
        // Where something was refused later, that is what the text is about.
        weigh: |text, _| Some(if text.step.is_some() { -50 } else { 0 }),
        ask: ask(
            "ls -ld /run/user/$(id -u); loginctl show-user $(id -un)",
            "no such directory, or Linger=no",
        ),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
