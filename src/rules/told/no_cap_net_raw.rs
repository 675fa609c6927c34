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
            "ip4:icmp\u{2026}not permitted",
            "ip6:ipv6-icmp\u{2026}not permitted",
            "ip6:58\u{2026}not permitted",
            "ip4:1\u{2026}not permitted",
            "couldn't open a raw socket",
            "permission to capture on that device",
            "permission to perform this capture on that device",
            "cap_net_raw may be required",
            "requires cap_net_raw",
            "traceroute: socket: operation not permitted",
            "mtr-packet: failure to open",
            "af_packet\u{2026}not permitted",
            "packet socket failed",
        ],
        hints: &["ping", "net_raw", "ping_group_range"],
        places: &[Sign::Podman, Sign::CapsDropped, Sign::Kubernetes],
        ask: ask(
            "grep CapEff /proc/self/status; cat /proc/sys/net/ipv4/ping_group_range",
            "no bit 13 (0x2000), and 1 0",
        ),
        // Who listens to a host's network as an ordinary user is refused everywhere.
        weigh: |text, outright| {
            let captures = text.has("capture on that device") || text.has("packet socket failed");
            let inside = text.in_container() || text.is(Sign::Lxc) || text.is(Sign::Root);
            (outright && (inside || !captures)).then_some(0)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
