//! What rootlesskit asks of the kernel, and so rootless Docker and BuildKit.
//!
//! Source: rootless-containers/rootlesskit, pkg/parent/parent.go, pkg/child/child.go; the order of
//! the calls by strace(1).

use super::{Mechanism, getopt, podman_rootless};
use crate::plan::{
    Flavour, Habit, IdMapping, Ids, Namespaces, Plan, PrivilegeCall, Program, Propagation,
    RangeSpec, SocketFamily, Step, Via,
};

/// rootlesskit(1), and the scripts that start a daemon with it: isodoc's own child stands for them.
pub(crate) static PROGRAM: Program = Program {
    others: &["dockerd-rootless.sh", "containerd-rootless.sh"],
    ..Program::named("rootlesskit")
};

/// The row; where no flags are given, those of dockerd-rootless.sh.
pub(crate) static MECHANISM: Mechanism = Mechanism {
    helpers: &[&Program::SLIRP4NETNS, &Program::PASTA],
    ..Mechanism::of(
        "rootlesskit",
        &PROGRAM,
        "--net=slirp4netns --disable-host-loopback --copy-up=/etc --copy-up=/run \
            --propagation=rslave",
        plan,
    )
};

const OPTIONS: &str = "debug state-dir= net= slirp4netns-binary= slirp4netns-sandbox= \
    slirp4netns-seccomp= pasta-binary= vpnkit-binary= lxc-user-nic-binary= lxc-user-nic-bridge= \
    mtu= cidr= ifname= disable-host-loopback ipv6 detach-netns copy-up= copy-up-mode= \
    port-driver= publish:p= pidns cgroupns utsns ipcns reaper= evacuate-cgroup2= propagation= \
    subid-source= systemd-socket-activation print-semver= source-ip-transparent help:h version:v";

/// The plan behind its flags.
pub(crate) fn plan(flags: &[String], _: Option<&Flavour>, ids: Ids) -> Plan {
    let ranges = || IdMapping::Ranges(vec![RangeSpec::Own, RangeSpec::Subid]);
    let mut plan = Plan {
        namespaces: Namespaces(Namespaces::USER | Namespaces::MNT),
        uid_map: ranges(),
        gid_map: ranges(),
        // It executes itself.
        reads: &["/proc/self/exe"],
        // That of its API.
        sockets: &[SocketFamily::Unix],
        // PR_SET_PDEATHSIG, by which its child ends with it.
        gives_up: &[(Step::Privileges, PrivilegeCall::Prctl)],
        habits: vec![Habit::ExecutesUnmapped],
        ..Plan::called(&MECHANISM, Via::CloneMapped, flags, ids)
    };
    let given = match getopt::before_operand(flags, OPTIONS) {
        Ok((given, _)) => given,
        Err(error) => {
            plan.flag_error = Some(error);
            vec![]
        }
    };
    let has = |name: &str| given.iter().any(|(option, _)| *option == name);
    let last = |name: &str| given.iter().rev().find(|(o, _)| *o == name).map(|(_, v)| v.as_str());
    let network = last("net").unwrap_or("host");
    for (kind, asked) in [
        (Namespaces::NET, network != "host"),
        (Namespaces::CGROUP, has("cgroupns")),
        (Namespaces::UTS, has("utsns")),
        (Namespaces::IPC, has("ipcns")),
    ] {
        plan.inner.0 |= if asked { kind } else { 0 };
    }
    if has("pidns") {
        plan.namespaces.0 |= Namespaces::PID;
        plan.mount_proc = Some("/proc".into());
    }
    plan.propagation = match last("propagation").unwrap_or("rprivate") {
        "rslave" | "slave" => Propagation::Slave,
        "rshared" | "shared" => Propagation::Shared,
        _ => Propagation::Private,
    };
    plan.helpers = match network {
        "slirp4netns" if !has("slirp4netns-binary") => &[&[&Program::SLIRP4NETNS]],
        "pasta" if !has("pasta-binary") => &[&[&Program::PASTA]],
        _ => &[],
    };
    let tap = !["host", "none", "lxc-user-nic"].contains(&network);
    if tap {
        plan.devices = podman_rootless::TUN;
        plan.sockets = &[SocketFamily::Unix, SocketFamily::Netlink];
        // nsenter(1) makes the device in there: a program that is executed anew.
        plan.habits.push(Habit::Reexecs);
    }
    plan.steps = steps(&plan, tap, has("copy-up"));
    plan
}

/// The steps in its order.
fn steps(plan: &Plan, tap: bool, copies: bool) -> Vec<Step> {
    let mut steps = vec![
        Step::FindBinary,
        Step::ParseFlags,
        Step::Threads,
        Step::Start,
        Step::Unshare,
        Step::SubidLookup,
        Step::UidMap,
        Step::GidMap,
        Step::Privileges,
    ];
    let mut add = |asked: bool, step| steps.extend(asked.then_some(step));
    add(plan.inner.0 != 0, Step::InnerNamespaces);
    add(tap, Step::JoinNamespaces);
    add(tap, Step::Device);
    add(true, Step::Sockets);
    add(true, Step::Propagation);
    add(plan.mount_proc.is_some(), Step::MountProc);
    add(copies, Step::NewRoot);
    add(true, Step::Exec);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::tests::planned;
    use Step::*;

    fn of(flags: &str) -> Plan {
        planned(&MECHANISM, flags, 1000)
    }

    /// As seen by strace(1) of rootlesskit 1.1.0 with slirp4netns 1.2.0.
    #[test]
    fn the_steps_of_the_program() {
        let first = [
            FindBinary, ParseFlags, Threads, Start, Unshare, SubidLookup, UidMap, GidMap,
            Privileges,
        ];
        assert_eq!(
            of("--net=host true --pidns").steps,
            [&first[..], &[Sockets, Propagation, Exec]].concat()
        );
        let slirp = of("--net slirp4netns --disable-host-loopback --copy-up=/etc bash");
        let rest = [InnerNamespaces, JoinNamespaces, Device, Sockets, Propagation, NewRoot, Exec];
        assert_eq!(slirp.steps, [&first[..], &rest].concat());
        assert!(slirp.inner == Namespaces(Namespaces::NET) && slirp.does(Habit::Reexecs));
        assert!(of("--pidns true").has(MountProc));
        assert!(of("--bogus").flag_error.is_some());
    }
}
