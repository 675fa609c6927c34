use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "proc-visible-before-4-2",
    steps: &[Step::MountProc],
    errnos: &[Errno::EPERM],
    title: "Linux before 4.2 allows a new procfs only where nothing at all is mounted below /proc",
    docs: include_str!("proc_visible_before_4_2.md"),
    texts: Texts {
        common: 2,
        refuses: &[(Step::MountProc, &[Errno::EPERM])],
        confirm: "`uname -r` is below 4.2, and `findmnt --submounts /proc` shows any mount",
        ask: ask("uname -r", "less than 4.2"),
        weigh: |text, _| match text.kernel {
            Some(kernel) => (kernel < (4, 2)).then_some(20),
            // So mount(8) said it until 2017.
            None => {
                let then =
                    text.has("mount: permission denied") && !text.has("denied (are you root");
                Some(if then { 12 } else { -14 })
            }
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
