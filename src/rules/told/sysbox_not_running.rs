use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "sysbox-not-running",
    steps: &[Step::Start],
    errnos: &[Errno::ENOENT],
    title: "sysbox-runc cannot reach sysbox-mgr or sysbox-fs, which are not running",
    docs: include_str!("sysbox_not_running.md"),
    texts: Texts {
        common: 4,
        marks: &[
            "register with sysbox-mgr", "register with sysbox-fs", "/run/sysbox/sysmgr.sock",
            "/run/sysbox/sysfs.sock",
        ],
        hints: &["sysbox", "deadlineexceeded", "code = unavailable"],
        ask: ask("systemctl status sysbox sysbox-mgr sysbox-fs", "not active (running)"),
        weigh: |text, _| Some(if text.has("executable file not found") { -30 } else { 10 }),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
