use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "call-behind-capability",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "the filter of the container allows this system call only together with a capability",
    docs: include_str!("call_behind_capability.md"),
    texts: Texts {
        common: 4,
        marks: &[
            "perf_event_open\u{2026}not permitted",
            "mbind: operation not permitted",
            "set_mempolicy: operation not permitted",
            "get_mempolicy: operation not permitted",
            "address space randomization: operation not permitted",
            "set pid\u{2026}policy: operation not permitted",
            "sched_setscheduler\u{2026}not permitted",
            "settimeofday\u{2026}not permitted",
            "clock_settime\u{2026}not permitted",
            "adjtimex\u{2026}not permitted",
            "cannot set date: operation not permitted",
            "io_uring\u{2026}not permitted",
        ],
        hints: &["sys_nice", "sys_time", "perfmon", "seccomp", "mysql", "gdb"],
        places: &[Sign::Docker, Sign::Kubernetes, Sign::Container],
        never: &[Sign::SeccompOff],
        cured: &[Sign::SeccompOff, Sign::Privileged],
        ask: ask("grep -e Seccomp: -e CapEff /proc/self/status", "2"),
        // These are refused to ordinary users of a host, too; the others, in containers alone.
        weigh: |text, _| {
            let of_containers = ["mempolicy: ", "mbind: ", "address space randomization"];
            let of_engine = of_containers.iter().any(|word| text.has(word));
            (text.in_container() || of_engine).then_some(0)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
