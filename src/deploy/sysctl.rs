//! Parameters of the kernel that a container can have for itself, because they belong to a
//! namespace of its own (runc `libcontainer/configs/validate`, crun `src/libcrun/linux.c`).

use super::setting::StartObstacle;

/// A namespace that has parameters of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Namespace {
    /// That of System V IPC and of message queues.
    Ipc,
    Network,
    /// That of the names of host and domain.
    Uts,
}

/// What every network or ipc namespace has of its own and lets its owner write, by the directory,
/// and the kernel from which on that is known: seen in each of Linux 5.10, 6.1, 6.12, 6.18 and 7.2.
/// `*` is an interface that is always there, or what goes for all.
const OF_ITS_OWN: &[(&str, &str, (u32, u32))] = &[
    ("fs.mqueue", "msg_default msg_max msgsize_default msgsize_max queues_max", (0, 0)),
    ("net.core", "somaxconn", (0, 0)),
    ("net.ipv4", "ip_forward", (0, 0)),
    (
        "net.ipv4.conf.*",
        "accept_redirects accept_source_route arp_announce arp_filter arp_ignore forwarding \
            log_martians proxy_arp rp_filter secure_redirects send_redirects shared_media",
        (0, 0),
    ),
    (
        "net.ipv6.conf.*",
        "accept_ra accept_redirects autoconf disable_ipv6 forwarding hop_limit mtu",
        (0, 0),
    ),
    (
        "net.ipv4",
        "fib_multipath_hash_policy fib_multipath_use_neigh fwmark_reflect \
            icmp_echo_ignore_all icmp_echo_ignore_broadcasts icmp_errors_use_inbound_ifaddr \
            icmp_ignore_bogus_error_responses icmp_ratelimit icmp_ratemask \
            igmp_link_local_mcast_reports igmp_max_memberships igmp_max_msf igmp_qrv \
            ip_autobind_reuse ip_default_ttl ip_dynaddr ip_early_demux \
            ip_forward_update_priority ip_forward_use_pmtu ip_local_port_range \
            ip_local_reserved_ports ip_no_pmtu_disc ip_nonlocal_bind ip_unprivileged_port_start \
            ipfrag_high_thresh ipfrag_low_thresh ipfrag_max_dist ipfrag_time nexthop_compat_mode \
            ping_group_range raw_l3mdev_accept tcp_abort_on_overflow tcp_adv_win_scale \
            tcp_app_win tcp_autocorking tcp_base_mss tcp_challenge_ack_limit \
            tcp_comp_sack_delay_ns tcp_comp_sack_nr tcp_comp_sack_slack_ns \
            tcp_congestion_control tcp_dsack tcp_early_demux tcp_early_retrans tcp_ecn \
            tcp_ecn_fallback tcp_fack tcp_fastopen tcp_fastopen_blackhole_timeout_sec \
            tcp_fastopen_key tcp_fin_timeout tcp_frto tcp_fwmark_accept tcp_invalid_ratelimit \
            tcp_keepalive_intvl tcp_keepalive_probes tcp_keepalive_time tcp_l3mdev_accept \
            tcp_limit_output_bytes tcp_max_reordering tcp_max_syn_backlog tcp_max_tw_buckets \
            tcp_migrate_req tcp_min_rtt_wlen tcp_min_snd_mss tcp_min_tso_segs \
            tcp_moderate_rcvbuf tcp_mtu_probe_floor tcp_mtu_probing tcp_no_metrics_save \
            tcp_no_ssthresh_metrics_save tcp_notsent_lowat tcp_orphan_retries \
            tcp_pacing_ca_ratio tcp_pacing_ss_ratio tcp_probe_interval tcp_probe_threshold \
            tcp_recovery tcp_reflect_tos tcp_reordering tcp_retrans_collapse tcp_retries1 \
            tcp_retries2 tcp_rfc1337 tcp_rmem tcp_sack tcp_slow_start_after_idle tcp_stdurg \
            tcp_syn_retries tcp_synack_retries tcp_syncookies tcp_thin_linear_timeouts \
            tcp_timestamps tcp_tso_win_divisor tcp_tw_reuse tcp_window_scaling tcp_wmem \
            tcp_workaround_signed_windows udp_early_demux udp_l3mdev_accept udp_rmem_min \
            udp_wmem_min xfrm4_gc_thresh",
        (5, 10),
    ),
    (
        "net.ipv4.conf.*",
        "accept_local arp_accept arp_notify bc_forwarding bootp_relay disable_policy \
            disable_xfrm drop_gratuitous_arp drop_unicast_in_l2_multicast force_igmp_version \
            igmpv2_unsolicited_report_interval igmpv3_unsolicited_report_interval \
            ignore_routes_with_linkdown medium_id promote_secondaries proxy_arp_pvlan \
            route_localnet src_valid_mark tag",
        (5, 10),
    ),
    ("net.ipv4.route", "flush", (5, 10)),
    (
        "net.ipv6",
        "anycast_src_echo_reply auto_flowlabels bindv6only fib_multipath_hash_policy \
            flowlabel_consistency flowlabel_reflect flowlabel_state_ranges fwmark_reflect \
            idgen_delay idgen_retries ip6frag_high_thresh ip6frag_low_thresh ip6frag_time \
            ip_nonlocal_bind max_dst_opts_length max_dst_opts_number max_hbh_length \
            max_hbh_opts_number seg6_flowlabel xfrm6_gc_thresh",
        (5, 10),
    ),
    (
        "net.ipv6.conf.*",
        "accept_dad accept_ra_defrtr accept_ra_from_local accept_ra_min_hop_limit \
            accept_ra_min_lft accept_ra_mtu accept_ra_pinfo accept_ra_rt_info_max_plen \
            accept_ra_rt_info_min_plen accept_ra_rtr_pref accept_source_route addr_gen_mode \
            dad_transmits disable_policy drop_unicast_in_l2_multicast drop_unsolicited_na \
            enhanced_dad force_mld_version force_tllao ignore_routes_with_linkdown \
            keep_addr_on_down max_addresses max_desync_factor mldv1_unsolicited_report_interval \
            mldv2_unsolicited_report_interval ndisc_notify ndisc_tclass optimistic_dad proxy_ndp \
            regen_max_retry router_probe_interval router_solicitation_delay \
            router_solicitation_interval router_solicitation_max_interval router_solicitations \
            rpl_seg_enabled seg6_enabled seg6_require_hmac stable_secret suppress_frag_ndisc \
            temp_prefered_lft temp_valid_lft use_oif_addrs_only use_optimistic use_tempaddr",
        (5, 10),
    ),
    (
        "net.ipv6.icmp",
        "echo_ignore_all echo_ignore_anycast echo_ignore_multicast ratelimit ratemask",
        (5, 10),
    ),
    ("net.unix", "max_dgram_qlen", (5, 10)),
];

/// What only the initial network namespace has of the tables of neighbours.
const OF_NEIGHBOURS: &str = "anycast_delay app_solicit base_reachable_time base_reachable_time_ms \
    delay_first_probe_time gc_interval gc_stale_time gc_thresh1 gc_thresh2 gc_thresh3 \
    interval_probe_time_ms locktime mcast_resolicit mcast_solicit proxy_delay proxy_qlen \
    retrans_time retrans_time_ms ucast_solicit unres_qlen unres_qlen_bytes";

/// What only the initial network namespace has, or lets nobody else write: in none of the same.
const OF_THE_HOST: &[(&str, &str)] = &[
    ("net", "nf_conntrack_max"),
    (
        "net.core",
        "bpf_jit_enable bpf_jit_harden bpf_jit_kallsyms bpf_jit_limit busy_poll busy_read \
            default_qdisc dev_weight dev_weight_rx_bias dev_weight_tx_bias \
            devconf_inherit_init_net fb_tunnels_only_for_init_net flow_limit_cpu_bitmap \
            flow_limit_table_len gro_normal_batch high_order_alloc_disable max_skb_frags \
            mem_pcpu_rsv message_burst message_cost netdev_budget netdev_budget_usecs \
            netdev_max_backlog netdev_tstamp_prequeue netdev_unregister_timeout_secs \
            qdisc_max_burst rmem_default rmem_max rps_sock_flow_entries skb_defer_max warnings \
            wmem_default wmem_max",
    ),
    (
        "net.ipv4",
        "cipso_cache_bucket_size cipso_cache_enable cipso_rbm_optfmt cipso_rbm_strictvalid \
            fib_sync_mem inet_peer_maxttl inet_peer_minttl inet_peer_threshold \
            ipfrag_secret_interval tcp_allowed_congestion_control \
            tcp_available_congestion_control tcp_low_latency tcp_max_orphans tcp_mem \
            tcp_rx_skb_cache tcp_tx_skb_cache udp_hash_entries udp_mem",
    ),
    ("net.ipv4.conf.*", "mc_forwarding"),
    ("net.ipv4.neigh.default", OF_NEIGHBOURS),
    (
        "net.ipv4.route",
        "error_burst error_cost gc_elasticity gc_interval gc_min_interval gc_min_interval_ms \
            gc_thresh gc_timeout max_size redirect_load redirect_number redirect_silence",
    ),
    (
        "net.ipv6",
        "calipso_cache_bucket_size calipso_cache_enable ip6frag_secret_interval mld_max_msf \
            mld_qrv",
    ),
    ("net.ipv6.conf.*", "mc_forwarding"),
    ("net.ipv6.neigh.default", OF_NEIGHBOURS),
    ("net.mptcp", "available_path_managers available_schedulers"),
    ("net.netfilter", "nf_log_all_netns"),
];

/// What the network of another user namespace than the initial one has only since this kernel.
const FOR_USERS: &[(&str, (u32, u32))] =
    &[("net.core.somaxconn", (6, 12)), ("net.unix.max_dgram_qlen", (6, 1))];

/// Whether a namespace that a container has for itself has a parameter that can be set, on a kernel
/// that is at least as new as `at_least` says of a version, and maybe (`users`) in another user
/// namespace than the initial one; `None` where the kernel, its modules or the interfaces decide.
pub(crate) fn can_be_set(
    name: &str,
    at_least: impl Fn(u32, u32) -> Option<bool>,
    users: bool,
) -> Option<bool> {
    let (directory, leaf) = name.rsplit_once('.')?;
    let (above, last) = directory.rsplit_once('.').unwrap_or(("", directory));
    let always = above.ends_with(".conf") && ["all", "default", "lo"].contains(&last);
    let every = always.then(|| format!("{above}.*"));
    let directory = every.as_deref().unwrap_or(directory);
    let is_in = |names: &str| names.split_ascii_whitespace().any(|known| known == leaf);
    let mut own = OF_ITS_OWN.iter().filter(|(known, names, _)| *known == directory && is_in(names));
    let mut host = OF_THE_HOST.iter().filter(|(known, names)| *known == directory && is_in(names));
    let of_users = |(known, (major, minor)): &(&str, (u32, u32))| {
        *known != name || at_least(*major, *minor) == Some(true)
    };
    match own.next() {
        _ if OF_IPC.contains(&name) => Some(true),
        _ if host.next().is_some() => Some(false),
        Some((.., (major, minor))) => {
            let known = at_least(*major, *minor) != Some(false) || is_safe(name, &at_least);
            (known && (!users || FOR_USERS.iter().all(of_users))).then_some(true)
        }
        None => None,
    }
}

/// What an ipc namespace has of its own.
const OF_IPC: &[&str] = &[
    "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall",
    "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
];

/// What the kernel takes for the value of a parameter that is not any integer.
#[derive(Clone, Copy)]
enum Values {
    /// An integer within these.
    Within(i64, i64),
    /// Two ports, the lower one first.
    Ports,
    /// Numbers and ranges of them, with commas.
    List,
    /// What the kernel has a module for.
    Name,
    /// Something of its own.
    Own,
}
use Values::{List, Name, Own, Ports, Within};

/// Those that are not any integer, by the last word of their names, as Linux 6.18 answers.
const VALUES: &[(&str, Values)] = &[
    ("ip_local_port_range", Ports),
    ("ip_local_reserved_ports", List),
    ("ratemask", List),
    ("tcp_congestion_control", Name),
    ("domainname flush stable_secret tcp_fastopen_key", Own),
    ("ping_group_range somaxconn msgmax msgmnb", Within(0, i32::MAX as i64)),
    ("shmall shmmax", Within(0, i64::MAX)),
    ("ip_unprivileged_port_start msgmni shmmni", Within(0, 32_768)),
    ("msg_default msg_max", Within(1, 65_536)),
    ("msgsize_default msgsize_max", Within(128, 16_777_216)),
    ("hop_limit ip_default_ttl", Within(1, 255)),
    ("mtu", Within(1280, i32::MAX as i64)),
    ("tcp_rmem tcp_wmem", Within(1, i32::MAX as i64)),
    ("tcp_ecn tcp_tw_reuse", Within(0, 2)),
    ("shm_rmid_forced icmp_echo_ignore_all icmp_echo_ignore_broadcasts", Within(0, 1)),
    (
        "bindv6only ip_nonlocal_bind tcp_dsack tcp_keepalive_probes tcp_mtu_probing tcp_retries1 \
            tcp_retries2 tcp_rfc1337 tcp_sack tcp_slow_start_after_idle tcp_synack_retries \
            tcp_syncookies tcp_timestamps tcp_window_scaling",
        Within(0, 255),
    ),
];

/// The integer that the kernel reads at the beginning of a text; what stands behind it and a blank
/// makes no difference.
fn integer(text: &str) -> Option<i64> {
    let first = text.split_ascii_whitespace().next()?;
    let (sign, digits) = first.strip_prefix('-').map_or((1, first), |digits| (-1, digits));
    let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let number = hex.map_or_else(|| digits.parse(), |hex| u64::from_str_radix(hex, 16)).ok()?;
    let given = digits.starts_with(|c: char| c.is_ascii_digit());
    given.then(|| sign * i64::try_from(number).unwrap_or(i64::MAX))
}

/// A parameter that is set.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KernelParameter {
    /// Its name, with dots.
    pub name: String,
    /// Its value, where that is known.
    pub value: Option<String>,
}

impl KernelParameter {
    /// By its name as written.
    pub(crate) fn new(written: &str, value: Option<&str>) -> Self {
        Self { name: name(written), value: value.map(str::to_owned) }
    }

    /// Why the kernel does not take its value: the runtimes write it as it is.
    pub(crate) fn obstacle(&self) -> Option<StartObstacle> {
        let value = self.value.as_ref()?;
        let (is_sure, why) = refused_value(&self.name, value)?;
        let why = format!("the kernel takes no {value:?} for {}: {why}", self.name);
        Some(StartObstacle::new(is_sure, why))
    }
}

/// Why the kernel does not take a value for a parameter, and whether no kernel does.
fn refused_value(name: &str, value: &str) -> Option<(bool, &'static str)> {
    let leaf = name.rsplit('.').next().unwrap_or(name);
    let own = VALUES.iter().find(|(names, _)| names.split_ascii_whitespace().any(|n| n == leaf));
    // A file that nothing is written to stays as it is.
    if value.is_empty() {
        return None;
    }
    let port = |text: &str| text.parse::<u16>().ok();
    let read = integer(value);
    match own.map(|(_, values)| *values) {
        Some(Own) => None,
        Some(Name) => (value != "reno").then_some((false, "not every kernel has it")),
        Some(List) => {
            let mut parts = value.trim().split(',').filter(|part| !part.is_empty());
            let known = parts.all(|part| match part.split_once('-') {
                Some((first, last)) => port(first).is_some() && port(first) <= port(last),
                None => port(part).is_some(),
            });
            (!known).then_some((true, "it is no list of numbers and ranges up to 65535"))
        }
        Some(Ports) => {
            let mut ports = value.split_ascii_whitespace().map(|word| integer(word).unwrap_or(0));
            let low = ports.next().unwrap_or(0);
            let high = ports.next().unwrap_or(low);
            match (1..=65_535).contains(&low) && (low..=65_535).contains(&high) {
                false => Some((true, "it is no two ports, the lower one first")),
                true if low < 1024 => Some((false, "those below 1024 may be for root alone")),
                true => None,
            }
        }
        Some(Within(least, most)) if read.is_some() => {
            let mut all = value.split_ascii_whitespace().filter_map(integer);
            let within = all.all(|read| (least..=most).contains(&read));
            (!within).then_some((false, "kernels of today take no such number"))
        }
        None if read.is_some_and(|read| read.unsigned_abs() > u64::from(u32::MAX)) => {
            let long = leaf.ends_with("_ns") || leaf.ends_with("frag_high_thresh");
            (!long).then_some((true, "the number is too large"))
        }
        Some(Within(..)) | None => read.is_none().then_some((true, "it is no integer")),
    }
}

/// The namespace that a parameter belongs to, by its name with dots.
#[must_use]
pub(crate) fn namespace(name: &str) -> Option<Namespace> {
    match name {
        "kernel.domainname" | "kernel.hostname" => Some(Namespace::Uts),
        _ if OF_IPC.contains(&name) || name.starts_with("fs.mqueue.") => Some(Namespace::Ipc),
        _ if name.starts_with("net.") => Some(Namespace::Network),
        _ => None,
    }
}

/// Whether the programs `docker` and `podman` take a parameter, by its name as written (docker/cli
/// `opts/opts.go`, containers/common `pkg/sysctl`).
#[must_use]
pub(crate) fn is_an_option(written: &str) -> bool {
    matches!(namespace(written), Some(Namespace::Ipc | Namespace::Network))
}

/// The name with dots of a parameter, as sysctl(8), the runtimes and the kubelet take it: where `/`
/// comes first, it stands for `.`, and `.` for the `/` in the name of an interface.
#[must_use]
pub(crate) fn name(written: &str) -> String {
    let dots = written.find(['.', '/']).is_none_or(|at| written.as_bytes().get(at) == Some(&b'.'));
    let turned = |c| match c {
        '/' => '.',
        '.' => '/',
        c => c,
    };
    if dots { written.to_owned() } else { written.chars().map(turned).collect() }
}

/// Those that the kubelet lets every pod set, and the kernel from which on each belongs to the
/// namespace (Kubernetes 1.32, `pkg/kubelet/sysctl/safe_sysctls.go`).
const SAFE: &[(&str, (u32, u32))] = &[
    ("kernel.shm_rmid_forced", (0, 0)),
    ("net.ipv4.ip_local_port_range", (0, 0)),
    ("net.ipv4.tcp_syncookies", (0, 0)),
    ("net.ipv4.ping_group_range", (0, 0)),
    ("net.ipv4.ip_unprivileged_port_start", (0, 0)),
    ("net.ipv4.ip_local_reserved_ports", (3, 16)),
    ("net.ipv4.tcp_keepalive_time", (4, 5)),
    ("net.ipv4.tcp_fin_timeout", (4, 6)),
    ("net.ipv4.tcp_keepalive_intvl", (4, 5)),
    ("net.ipv4.tcp_keepalive_probes", (4, 5)),
    ("net.ipv4.tcp_rmem", (4, 15)),
    ("net.ipv4.tcp_wmem", (4, 15)),
];

/// Whether the kubelet lets every pod set a parameter, on a kernel that is at least as new as
/// `at_least` says of a version.
pub(crate) fn is_safe(name: &str, at_least: impl Fn(u32, u32) -> Option<bool>) -> bool {
    let known = |(safe, (major, minor)): &(&str, (u32, u32))| {
        *safe == name && (*major == 0 || at_least(*major, *minor) != Some(false))
    };
    SAFE.iter().any(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// runc's `convertSysctlVariableToDotsSeparator`.
    #[test]
    fn slashes_stand_for_dots_where_they_come_first() {
        for (written, expected) in [
            ("net.ipv4.ip_forward", "net.ipv4.ip_forward"),
            ("net/ipv4/ip_forward", "net.ipv4.ip_forward"),
            ("net/ipv4/conf/eno2.100/rp_filter", "net.ipv4.conf.eno2/100.rp_filter"),
            ("net.ipv4.conf.eno2/100.rp_filter", "net.ipv4.conf.eno2/100.rp_filter"),
            (" net.ipv4.ip_forward", " net.ipv4.ip_forward"),
            ("", ""),
        ] {
            assert_eq!(name(written), expected);
        }
    }

    #[test]
    fn what_a_network_namespace_has() {
        let of = |release: (u32, u32), users, name| {
            can_be_set(name, |major, minor| Some(release >= (major, minor)), users)
        };
        for (name, answer) in [
            ("net.ipv4.ip_forward", Some(true)),
            ("net.ipv4.conf.lo.rp_filter", Some(true)),
            ("net.ipv4.conf.eth0.rp_filter", None),
            ("net.ipv4.conf.a/b.rp_filter", None),
            ("net.ipv4.conf.all.nosuch", None),
            ("net.ipv4.tcp_mem", Some(false)),
            ("net.core.rmem_max", Some(false)),
            ("net.ipv4.neigh.default.gc_thresh1", Some(false)),
            ("net.netfilter.nf_conntrack_max", None),
            ("net.", None),
            ("kernel.shmmax", Some(true)),
            ("fs.mqueue.msg_max", Some(true)),
        ] {
            assert_eq!(of((6, 18), true, name), answer, "{name}");
        }
        assert_eq!(of((4, 18), false, "net.ipv4.tcp_dsack"), None);
        assert_eq!(of((4, 18), false, "net.ipv4.tcp_rmem"), Some(true));
        assert_eq!(of((4, 18), false, "net.core.somaxconn"), Some(true));
        assert_eq!(of((6, 1), true, "net.core.somaxconn"), None);
        assert_eq!(of((6, 1), true, "net.unix.max_dgram_qlen"), Some(true));
    }

    /// As Linux 6.18 answered what was written in a new network namespace.
    #[test]
    fn values_that_the_kernel_takes() {
        for (name, taken, refused) in [
            (
                "net.ipv4.ip_forward",
                &["1", "-1", "0x1", " 1 ", "1 2", ""][..],
                &["banana", "1x", "true", "1,2", "1.5", "4294967296", "18446744073709551616"][..],
            ),
            ("net.core.somaxconn", &["1024"], &["banana", "1,024"]),
            (
                "net.ipv4.ip_local_port_range",
                &["32768 60999", "3000\t5000", "1024"],
                &["5000 3000", "3000-5000", "0 5000", "1024 65536", "banana"],
            ),
            (
                "net.ipv4.ip_local_reserved_ports",
                &["8080,9000-9010", "", "1"],
                &["banana", "9010-9000", "70000"],
            ),
            ("net.ipv4.ping_group_range", &["0 2147483647", "3 2"], &["banana"]),
            ("net.ipv4.tcp_congestion_control", &["reno"], &[]),
            ("net.ipv4.tcp_rmem", &["4096 87380 6291456"], &["4096,87380,6291456"]),
            ("net.ipv4.tcp_keepalive_time", &["600"], &["10m"]),
            ("kernel.sem", &["250 32000 100 128"], &["250,32000,100,128", "banana"]),
            ("kernel.shmmax", &["18446744073709551615", "68719476736"], &["64G"]),
            ("net.ipv4.route.flush", &["banana"], &[]),
        ] {
            for value in taken {
                assert_eq!(refused_value(name, value), None, "{name}={value}");
            }
            for value in refused {
                let surely = refused_value(name, value).map(|(is_sure, _)| is_sure);
                assert_eq!(surely, Some(true), "{name}={value}");
            }
        }
        for (name, value) in [
            ("net.core.somaxconn", "-1"),
            ("net.ipv4.tcp_syncookies", "256"),
            ("net.ipv4.tcp_tw_reuse", "3"),
            ("kernel.shm_rmid_forced", "2"),
            ("net.ipv4.ip_unprivileged_port_start", "65536"),
            ("net.ipv4.tcp_congestion_control", "bbr"),
            ("net.ipv4.ping_group_range", "0 4294967295"),
            ("net.ipv4.ip_local_port_range", "20 500"),
        ] {
            let surely = refused_value(name, value).map(|(is_sure, _)| is_sure);
            assert_eq!(surely, Some(false), "{name}={value}");
        }
    }

    #[test]
    fn an_old_kernel_makes_fewer_safe() {
        let old = |major, minor| Some((major, minor) <= (4, 4));
        assert!(is_safe("net.ipv4.tcp_syncookies", old));
        assert!(!is_safe("net.ipv4.tcp_rmem", old));
        assert!(is_safe("net.ipv4.tcp_rmem", |_, _| None));
        assert!(!is_safe("net.core.somaxconn", |_, _| None));
    }
}
