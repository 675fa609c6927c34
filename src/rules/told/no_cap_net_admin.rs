use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "no-cap-net-admin",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "the container lacks CAP_NET_ADMIN, so it cannot change its network",
    docs: include_str!("no_cap_net_admin.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "rtnetlink answers: operation not permitted",
            "permission denied (you must be root)",
            "could not process rule: operation not permitted",
            "netlink error\u{2026}operation not permitted",
            "netlink: operation not permitted",
            "not permitted - failed to create veth",
            "veth pair\u{2026}operation not permitted",
            "tunsetiff\u{2026}operation not permitted",
            "rtnl_link_add(\u{2026}operation not permitted",
            "siocsifaddr: operation not permitted",
            "siocaddrt: operation not permitted",
            "siocsifflags: operation not permitted",
            "ip: ioctl 0x\u{2026}operation not permitted",
            "default \"bridge\" network: operation not permitted",
            "missing required capability: cap_net_admin",
            "requires cap_net_admin",
            "lacks cap_net_admin",
            "could not add \"\u{2026}operation not permitted",
            "iptables table\u{2026}permission denied",
            "ip_transparent\u{2026}not permitted",
            "transparent socket option\u{2026}not permitted",
            "so_mark\u{2026}not permitted",
            "so_rcvbufforce\u{2026}not permitted",
        ],
        hints: &["net_admin", "wireguard", "wg-quick", "iptables", "nft", "openvpn", "tailscale"],
        places: &[Sign::Container, Sign::Docker, Sign::Podman, Sign::Kubernetes, Sign::Lxc],
        ask: ask("grep CapEff /proc/self/status", "no bit 12 (0x1000)"),
        // On a host, an ordinary user is refused everywhere.
        weigh: |text, _| {
            let inside = text.in_container()
                || [Sign::Podman, Sign::Lxc, Sign::Nspawn, Sign::Root].iter().any(|s| text.is(*s));
            // What brings up a network as root, or says which capability it lacks.
            let as_root = [
                "dockerd", "start daemon", "netavark", "cni", "nsjail", "lxc", "wg0", "wg-quick",
                "cap_net_admin", "tailscaled", "istio",
                // busybox says which of its programs speaks; a host has iproute2, which does not.
                "ip: rtnetlink answers", "ip: ioctl 0x", "ifconfig: sioc", "route: sioc",
            ];
            // Root of a user namespace has it; what it has not is the module of iptables, which
            // only the host's root can load.
            let owns = text.has("rootlesskit") && text.has("iptables");
            (!owns && (inside || as_root.iter().any(|word| text.has(word)))).then_some(0)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
