use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "call-behind-capability",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "the filter of the container allows this system call only together with a capability",
    docs: include_str!("call_behind_capability.md"),
    texts: Texts {
        common: 4,
        calls: &[
            "acct", "adjtimex", "bpf", "clock_adjtime", "clock_settime", "delete_module",
            "fanotify_init", "finit_module", "get_mempolicy", "init_module", "io_uring_enter",
            "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp", "lookup_dcookie",
            "mbind", "move_pages", "name_to_handle_at", "open_by_handle_at", "perf_event_open",
            "personality", "pidfd_getfd", "process_madvise", "process_vm_readv",
            "process_vm_writev", "quotactl", "set_mempolicy", "setdomainname", "sethostname",
            "settimeofday", "swapoff", "swapon", "userfaultfd", "vhangup",
        ],
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
            // The runtime calls before its filter is there.
            let runtime = matches!(text.by, Some(Teller::Runc | Teller::Crun));
            ((text.in_container() || of_engine) && !runtime).then_some(0)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
