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
        ..Texts::NONE
    },
    ..Rule::TOLD
};
