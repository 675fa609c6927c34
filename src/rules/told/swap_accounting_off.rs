use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "swap-accounting-off",
    steps: &[Step::Exec],
    errnos: &[Errno::ENOENT, Errno::EACCES],
    title: "a swap limit is asked for, and this kernel was started without swap accounting",
    docs: include_str!("swap_accounting_off.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "memory.memsw.limit_in_bytes\u{2026}does not exist",
            "memory.memsw.limit_in_bytes\u{2026}no such file",
            "memory.memsw.limit_in_bytes\u{2026}permission denied",
            "memory.memsw.limit_in_bytes\u{2026}not supported",
            // Docker's, of each release, and what it goes on with.
            "not support swap limit capabilities",
            "not support memory swap capabilities",
            "not support cgroup swap limit",
            "memory limited without swap",
            "no swap limit support",
        ],
        ask: ask(
            "ls /sys/fs/cgroup/memory/ | grep memsw; cat /proc/cmdline",
            "nothing, and no swapaccount=1",
        ),
        // The same lines look like those of a group that is not there. Where isolation itself was
        // refused as well, that is what the text is about.
        weigh: |text, _| {
            let isolating = text.step.is_some_and(|step| step != Step::Exec);
            // Docker goes on without the limit, so what else its log tells counts more.
            let warned = !text.has("memsw");
            Some(if isolating {
                -40
            } else if warned {
                -30
            } else {
                20
            })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
