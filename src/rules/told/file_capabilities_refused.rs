use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "file-capabilities-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "the program has file capabilities that the container may not have, so it does not start",
    docs: include_str!("file_capabilities_refused.md"),
    texts: Texts {
        common: 5,
        marks: MARKS,
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
            // What a shell may not start where nobody speaks of capabilities has other causes, too.
            let spoken = ["getcap", "setcap", "cap_"].iter().any(|word| text.has(word));
            let of_shell =
                |line: &str| line.contains("bash: ") && line.ends_with(": operation not permitted");
            let mut lines = text.text.lines();
            let met = lines.any(|line| refused(line) || spoken && of_shell(line));
            met.then_some(0)
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
const MARKS: &[&str] = &[
    EXEC[0],
    EXEC[1],
    EXEC[2],
    EXEC[3],
    EXEC[4],
    EXEC[5],
    "bash: \u{2026}operation not permitted",
];
