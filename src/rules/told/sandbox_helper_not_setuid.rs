use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "sandbox-helper-not-setuid",
    steps: &[Step::Start],
    errnos: &[Errno::EPERM],
    title: "the program that makes the sandbox needs setuid root or file capabilities, and has neither",
    docs: include_str!("sandbox_helper_not_setuid.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "firejail needs to be suid",
            "cannot create /run/firejail/",
            "have setuid bit set",
            "root required. (current euid",
            "sandbox\u{2026}not setuid",
            "sandbox\u{2026}must be setuid",
            "need to run as root or suid",
            "must be started as root",
            "create_empty_dir_as_root: permission denied",
            "packaged without necessary permissions",
            "requires to install singularity as root",
        ],
        hints: &["chmod u+s", "4755", "setuid", "isolate"],
        ask: ask(
            "ls -l PROGRAM; findmnt -n -o OPTIONS -T PROGRAM",
            "no s in its mode, another owner than root, or nosuid",
        ),
        // Others are to be started as root for other reasons; and a sandbox that falls back on its
        // helper has met something before.
        weigh: |text, _| {
            let judge = ["isolate", "sandbox", "lrun", "box-id"].iter().any(|word| text.has(word));
            let bare =
                text.text.lines().all(|line| line.is_empty() || line == "must be started as root");
            let other = text.has("must be started as root") && !judge && !bare;
            (!other).then_some(if text.step.is_some() { -40 } else { 4 })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
