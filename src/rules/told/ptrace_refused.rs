use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "ptrace-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM, Errno::EACCES],
    title: "the program traces others with ptrace(2), and the container or the kernel refuses it",
    docs: include_str!("ptrace_refused.md"),
    texts: Texts {
        common: 6,
        calls: &["ptrace"],
        marks: &[
            "ptrace: operation not permitted",
            "ptrace: permission denied",
            "ptrace(traceme): ",
            "ptrace_traceme: ",
            "ptrace_traceme doesn't work: ",
            "ptrace(ptrace_traceme",
            "ptrace(ptrace_attach",
            "ptrace(ptrace_seize",
            "ptrace(attach): ",
            "ptrace(attach) child",
            "ptrace attach failed",
            "can't attach to process",
            // Delve's, of a program that it starts traced.
            "could not launch process: fork/exec",
            // gVisor's systrap.
            "unable to attach: operation not permitted",
        ],
        hints: &["strace", "gdb", "proot", "sys_ptrace", "yama", "ptrace_scope"],
        confirm: "`Seccomp: 2` in /proc/self/status, or kernel.yama.ptrace_scope is 1 or more",
        ask: ask(
            "grep Seccomp: /proc/self/status; sysctl kernel.yama.ptrace_scope",
            "2 on a kernel before 4.8, or a scope of 2 or 3",
        ),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
