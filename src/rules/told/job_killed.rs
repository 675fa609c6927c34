use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "job-killed",
    steps: &[Step::Exec],
    errnos: &[Errno::EINVAL],
    title: "the job was killed, mostly for lack of memory, and unshare(1) reports another error",
    docs: include_str!("job_killed.md"),
    texts: Texts {
        common: 9,
        marks: &["sigprocmask unblock failed"],
        confirm: "the kernel's log has `Killed process`, or oom_kill in memory.events counts up",
        ask: ask("grep oom_kill /sys/fs/cgroup/memory.events", "more than 0"),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
