use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "proc-sys-readonly",
    steps: &[Step::Exec],
    errnos: &[Errno::EROFS],
    title: "/proc/sys is mounted read-only, and the program sets a limit there",
    docs: include_str!("proc_sys_readonly.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "cannot open /proc/sys/user/max_user_namespaces",
            "max_user_namespaces: read-only file system",
            "open /proc/sys/\u{2026}: read-only file system",
            "create /proc/sys/\u{2026}: read-only file system",
            "ip_unprivileged_port_start: read-only",
            "setting key\u{2026}read-only file system",
            "/proc/sys/net\u{2026}read-only file system",
            "couldn't write '\u{2026}read-only file system",
        ],
        places: &[Sign::Nspawn, Sign::Docker, Sign::Container],
        ask: ask("findmnt -n -o OPTIONS /proc/sys", "ro"),
        // systemd goes on where it cannot set one.
        weigh: |text, _| {
            let besides = i32::from(text.has("couldn't write '") && text.step.is_some());
            Some(-40 * besides)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
