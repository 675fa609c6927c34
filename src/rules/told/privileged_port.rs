use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "privileged-port",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES],
    title: "a port below 1024 cannot be bound without CAP_NET_BIND_SERVICE",
    docs: include_str!("privileged_port.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "expose privileged port",
            "bind: permission denied",
            // nginx's, and Apache's.
            "bind() to\u{2026}failed (13: permission denied)",
            "(13)permission denied\u{2026}could not bind to address",
        ],
        hints: &["ip_unprivileged_port_start", "non-root", "runasuser", "runasnonroot"],
        places: &[Sign::Podman],
        ask: ask("sysctl net.ipv4.ip_unprivileged_port_start", "a number above the port"),
        weigh: of_ports,
        ..Texts::NONE
    },
    ..Rule::TOLD
};

/// A socket of a file system and a port from 1024 on are refused for other reasons. Where isolation
/// itself was refused as well, that is what the text is about.
fn of_ports(text: &Pasted, _: bool) -> Option<i32> {
    let denied = |line: &&str| line.contains("bind") && line.contains("permission denied");
    let lines: Vec<&str> = text.text.lines().filter(denied).collect();
    let port = |word: &str| word.trim_end_matches([':', ',', ')']).rsplit_once(':')?.1.parse().ok();
    let ports: Vec<u16> = lines.iter().flat_map(|line| line.split(' ').filter_map(port)).collect();
    let others = match ports.as_slice() {
        [] => lines.iter().any(|line| line.contains("unix")),
        ports => ports.iter().all(|port| *port >= 1024),
    };
    (!others).then_some(if text.step.is_some() { -40 } else { 0 })
}
