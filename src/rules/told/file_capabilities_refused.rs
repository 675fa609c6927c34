use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "file-capabilities-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "the program has file capabilities that the container may not have, so it does not start",
    docs: include_str!("file_capabilities_refused.md"),
    texts: Texts {
        common: 5,
        marks: EXEC,
        hints: &["setcap", "getcap", "ipc_lock", "net_bind_service", "drop"],
        places: &[Sign::CapsDropped, Sign::Docker, Sign::Kubernetes],
        cured: &[Sign::SysAdmin, Sign::Privileged],
        confirm: "`getcap` of the program shows what CapBnd in /proc/self/status lacks",
        ask: ask("getcap PROGRAM; grep CapBnd /proc/self/status", "=ep in the first line"),
        weigh: |text, _| {
            let refused = |line: &str| {
                line.contains("operation not permitted")
                    && !line.contains("fork/exec")
                    && EXEC.iter().any(|word| line.contains(word))
            };
            text.text.lines().any(refused).then_some(0)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};

/// How runtimes and shells begin what they say of a program that does not start.
const EXEC: &[&str] = &[
    "exec user process caused", "exec container process", "exec /", "exec command '/", "sh: /",
    "sh: 1: /",
];
