use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "no-cap-net-raw",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "the container lacks CAP_NET_RAW, and its group is not allowed to use ping sockets",
    docs: include_str!("no_cap_net_raw.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "ping: socket: operation not permitted",
            "ping: permission denied (are you root?)",
            "ping: icmp open socket: operation not permitted",
            "missing cap_net_raw",
            "sock_raw",
            "raw socket\u{2026}not permitted",
        ],
        hints: &["ping", "net_raw", "ping_group_range"],
        places: &[Sign::Podman, Sign::CapsDropped, Sign::Kubernetes],
        ask: ask(
            "grep CapEff /proc/self/status; cat /proc/sys/net/ipv4/ping_group_range",
            "no bit 13 (0x2000), and 1 0",
        ),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
