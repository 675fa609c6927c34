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
        refuses: &[(Step::Propagation, &[Errno::EPERM]), (Step::NewRoot, &[Errno::EPERM])],
        places: &[Sign::ChromeOs],
        cured: &[Sign::Root],
        ask: ask("sudo dmesg | grep 'Chromium OS LSM'", "`sb_mount`"),
        // The Linux container of ChromeOS has a kernel of its own.
        weigh: |text, _| {
            let inside = text.has("crostini") || text.has("penguin");
            let there = text.is(Sign::ChromeOs) && !inside || text.has("chromium os lsm");
            there.then_some(20)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
