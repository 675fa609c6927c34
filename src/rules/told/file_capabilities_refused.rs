use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "file-capabilities-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "the program has file capabilities that the container lacks, so it does not start",
    docs: include_str!("file_capabilities_refused.md"),
    texts: Texts {
        common: 5,
        marks: EXEC,
        hints: &["setcap", "getcap", "ipc_lock", "net_bind_service", "drop"],
        places: &[Sign::CapsDropped, Sign::Docker, Sign::Kubernetes],
        cured: &[Sign::SysAdmin, Sign::Privileged],
        confirm: "`getcap` of the program shows what CapBnd in /proc/self/status lacks",
        ask: ask("getcap PROGRAM; grep CapBnd /proc/self/status", "=ep in the first line"),
        weigh: of_programs,
        ..Texts::NONE
    },
    ..Rule::TOLD
};

/// How runtimes and shells begin what they say of a program that does not start.
const EXEC: &[&str] = &[
    "exec user process caused",
    "exec container process",
    "exec /",
    "exec command '/",
    "sh: /",
    "sh: 1: /",
    "bash: \u{2026}operation not permitted",
    "sh: \u{2026}operation not permitted",
];

/// Whether a shell says it of a program that it found itself: `/bin/sh: dumpcap: Operation ...`.
fn found_by_shell(line: &str) -> bool {
    let name = |said: &str| said.strip_suffix(": operation not permitted").map(str::to_owned);
    let of_shell = line.strip_prefix("sh: ").or_else(|| line.strip_prefix("/bin/sh: "));
    let name = of_shell.and_then(name);
    name.is_some_and(|name| !name.contains([' ', '/', ':']) && name != "kill")
}

fn of_programs(text: &Pasted, _: bool) -> Option<i32> {
    // No programs are there: it is what a shell may not write.
    let files = ["sh: /etc/", "sh: /proc/", "sh: /sys/", "sh: /dev/", "fork/exec"];
    // What a shell may not start where nobody speaks of capabilities has other causes, too.
    let spoken = ["getcap", "setcap", "cap_"].iter().any(|word| text.has(word));
    let refused = |line: &str| {
        line.contains("operation not permitted")
            && !files.iter().any(|file| line.contains(file))
            && (EXEC.iter().any(|word| line.contains(word))
                || spoken && line.contains("bash: ")
                || found_by_shell(line))
    };
    text.text.lines().any(refused).then_some(0)
}
