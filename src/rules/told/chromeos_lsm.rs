use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "chromeos-lsm",
    steps: &[Step::NewRoot, Step::Propagation],
    errnos: &[Errno::EPERM],
    title: "the security module of ChromeOS denies mounts in user namespaces",
    docs: include_str!("chromeos_lsm.md"),
    texts: Texts {
        common: 5,
        marks: &["chromium os lsm"],
        hints: &["shimboot", "chromebook", "crouton"],
        places: &[Sign::ChromeOs],
        ask: ask("sudo dmesg | grep 'Chromium OS LSM'", "`sb_mount`"),
        weigh: |_, _| Some(20),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
