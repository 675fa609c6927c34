//! What podman asks of the kernel where it is not run by root.
//!
//! Source: containers/podman, pkg/rootless/rootless_linux.c (`reexec_in_user_namespace`) and
//! rootless_linux.go (`becomeRootInUserNS`, `GetConfiguredMappings`); opencontainers/runc,
//! libcontainer/nsenter/nsexec.c, standard_init_linux.go; the order of the calls by strace(1).

use super::{Mechanism, getopt};
use crate::plan::{
    FlagError, Flavour, Habit, IdMapping, Ids, Namespaces, Plan, PrivilegeCall, Program,
    Propagation, RangeSpec, SocketFamily, Step, Via, WritePlace, Writes,
};

/// podman(1), and buildah(1), which begins in the same way: isodoc's own child stands for them.
pub(crate) static PROGRAM: Program = Program { others: &["buildah"], ..Program::named("podman") };

/// The row; where no flags are given, a container.
pub(crate) static MECHANISM: Mechanism = Mechanism {
    helpers: &[&Program::SLIRP4NETNS, &Program::PASTA],
    ..Mechanism::of("podman-rootless", &PROGRAM, "run", plan)
};

/// The device behind the network of a container that has one of its own.
pub(super) const TUN: &[&str] = &["/dev/net/tun"];

/// The calls by which it becomes root in its user namespace.
const BECOMES_ROOT: &[(Step, PrivilegeCall)] =
    &[(Step::SetIds, PrivilegeCall::Setresgid), (Step::SetIds, PrivilegeCall::Setresuid)];

/// And that by which its runtime leaves a container what it may have.
const OF_A_CONTAINER: &[(Step, PrivilegeCall)] = &[
    (Step::SetIds, PrivilegeCall::Setresgid),
    (Step::SetIds, PrivilegeCall::Setresuid),
    (Step::Privileges, PrivilegeCall::Capset),
    (Step::Privileges, PrivilegeCall::Prctl),
];

/// The options before the subcommand that take an argument.
const GLOBAL: &str = "cdi-spec-dir= cgroup-manager= config= conmon= connection:c= \
    default-mounts-file= events-backend= hooks-dir= host:H= identity= imagestore= log-level= \
    module= network-cmd-path= network-config-dir= cni-config-dir= namespace= out= root= runroot= \
    registries-conf= runtime= runtime-flag= ssh= storage-driver= storage-opt= tmpdir= url= \
    volumepath= help:h noout remote:r syslog trace transient-store version:v";

/// The subcommands that start a container.
const STARTS: &[&str] = &["run", "create", "build", "start", "play", "kube", "bud"];

/// The options of these that take no argument; the rest does. (`--rootfs` says of the word behind
/// the options that it is a directory.)
const SWITCHES: &str = "detach d interactive i tty t rm init privileged read-only rootfs quiet q \
    no-healthcheck no-hosts no-hostname replace env-host http-proxy sig-proxy rmi passwd \
    oom-kill-disable publish-all P read-only-tmpfs unsetenv-all help layers no-cache pull squash \
    squash-all rm force-rm tls-verify";

/// The plan behind its flags.
pub(crate) fn plan(flags: &[String], _: Option<&Flavour>, ids: Ids) -> Plan {
    let mut plan = Plan {
        namespaces: Namespaces(Namespaces::USER | Namespaces::MNT),
        uid_map: IdMapping::Ranges(vec![RangeSpec::Own, RangeSpec::Subid]),
        gid_map: IdMapping::Ranges(vec![RangeSpec::Own, RangeSpec::Subid]),
        habits: vec![
            Habit::MapsOneId,
            Habit::AsksForNamedUser,
            Habit::Rootful,
            Habit::KeepsDirectory,
        ],
        reads: &["/proc/self/status"],
        gives_up: BECOMES_ROOT,
        ..Plan::called(&MECHANISM, Via::CloneMapped, flags, ids)
    };
    plan.steps = [
        Step::FindBinary,
        Step::ParseFlags,
        Step::Threads,
        Step::Start,
        Step::Unshare,
        Step::UidMap,
        Step::GidMap,
        Step::SetIds,
    ]
    .into();
    match getopt::before_operand(flags, GLOBAL) {
        Ok((global, rest)) => {
            if global.iter().any(|(name, _)| ["help", "version"].contains(name)) {
                let why = "the program prints a text and makes no namespace";
                plan.flag_error = Some(FlagError::new("--help", why));
            }
            if global.iter().any(|(name, _)| ["remote", "url", "connection"].contains(name)) {
                plan.beyond.push("--remote".into());
            }
            plan.writes = writes(&global);
            if let [command, rest @ ..] = rest
                && STARTS.contains(&command.as_str())
            {
                container(&mut plan, rest);
            }
        }
        Err(error) => plan.flag_error = Some(error),
    }
    if plan.devices.is_empty() {
        plan.devices = super::blocks::NULL;
        plan.insert_before(Step::Unshare, Step::Device);
    }
    plan.steps.push(Step::Exec);
    plan
}

/// Where podman keeps what it makes, in whatever namespace, in the order in which strace(1) of
/// podman 4.3.1 shows it. A user's directory for what runs has to be there whatever the options
/// say.
fn writes(global: &[getopt::ReadOption]) -> Writes {
    let set = |name: &str| {
        let option = global.iter().rev().find(|(given, _)| *given == name);
        option.map(|(_, value)| value.clone()).filter(|path| path.starts_with('/'))
    };
    let (storage, lock, run) = (set("root"), set("tmpdir"), set("runroot"));
    let of_root = |given: &Option<String>, usual: &str, below: &str| {
        WritePlace::At(given.as_deref().unwrap_or(usual).to_owned() + below)
    };
    let of_user =
        storage.clone().map_or(WritePlace::OwnStorage, |root| WritePlace::At(root + "/libpod"));
    let given = [&lock, &run].into_iter().flatten().cloned().map(WritePlace::At);
    Writes {
        of_root: vec![
            of_root(&storage, "/var/lib/containers/storage", "/libpod"),
            of_root(&lock, "/run/libpod", ""),
            of_root(&run, "/run/containers/storage", ""),
        ],
        of_user: [WritePlace::OwnRunDir, of_user].into_iter().chain(given).collect(),
    }
}

/// What its runtime does for a container.
fn container(plan: &mut Plan, words: &[String]) {
    let options = options(words);
    let last = |names: &[&str]| {
        let about = options.iter().rev().find(|(name, _)| names.contains(name));
        about.map_or("", |(_, value)| value)
    };
    let network = last(&["network", "net"]);
    let host_pid = last(&["pid"]) == "host";
    plan.inner = Namespaces(Namespaces::MNT | Namespaces::UTS | Namespaces::IPC);
    if !host_pid {
        plan.inner.0 |= Namespaces::PID;
        plan.mount_proc = Some("/proc".into());
    }
    if network != "host" {
        plan.inner.0 |= Namespaces::NET;
    }
    plan.propagation = Propagation::Slave;
    let mut add = |asked: bool, step| plan.steps.extend(asked.then_some(step));
    add(true, Step::NewRoot);
    add(!["", "host"].contains(&last(&["userns"])), Step::SecondUserns);
    add(true, Step::InnerNamespaces);
    add(!host_pid, Step::Fork);
    let own_network = !["host", "none"].contains(&network) && !network.starts_with("container:");
    // Podman sets the network up from outside.
    add(own_network, Step::JoinNamespaces);
    add(own_network, Step::Device);
    add(true, Step::Sockets);
    // conmon(8) and its runtime talk by the one, slirp4netns(1) makes the other.
    plan.sockets = &[SocketFamily::Unix];
    if own_network {
        plan.devices = TUN;
        plan.helpers = match network.split(':').next() {
            _ if plan.ids.0 == Some(0) => &[],
            Some("ns") => &[],
            Some("slirp4netns") => &[&[&Program::SLIRP4NETNS]],
            Some("pasta") => &[&[&Program::PASTA]],
            // What it takes depends on its version and on containers.conf(5).
            _ => &[&[&Program::PASTA, &Program::SLIRP4NETNS]],
        };
        plan.sockets = &[SocketFamily::Unix, SocketFamily::Inet];
    }
    add(true, Step::Keyring);
    add(true, Step::Propagation);
    add(!host_pid, Step::MountProc);
    add(true, Step::PivotRoot);
    add(true, Step::Hostname);
    plan.gives_up = OF_A_CONTAINER;
    add(true, Step::Privileges);
}

/// The options before the image, each with its value; nobody looks at what a value is that is not
/// asked about.
fn options(words: &[String]) -> Vec<(&str, &str)> {
    let mut found = vec![];
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else { break };
        let long = option.strip_prefix('-');
        let name = long.unwrap_or(option);
        let switch = |name: &str| SWITCHES.split_ascii_whitespace().any(|known| known == name);
        match name.split_once('=') {
            Some(pair) => found.push(pair),
            None if long.is_some() && switch(name) => {}
            // `-it`; the value of `-v/a:/b` is in the same word.
            None if long.is_none() && name.chars().count() > 1 => {}
            None if long.is_none() && switch(name) => {}
            None => found.push((name, words.next().unwrap_or(""))),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::tests::planned;
    use Step::*;

    fn of(flags: &str) -> Plan {
        planned(&MECHANISM, flags, 1000)
    }

    /// As seen by strace(1) of podman 4.3.1 with runc 1.1.
    #[test]
    fn the_steps_of_the_program() {
        let unshare = of("unshare true");
        let first =
            [FindBinary, ParseFlags, Threads, Start, Device, Unshare, UidMap, GidMap, SetIds];
        assert_eq!(unshare.steps, [&first[..], &[Exec]].concat());
        let run = of("--runtime=runc --cgroup-manager cgroupfs run --rm --network=none \
                      --rootfs /srv true");
        let inside = [
            NewRoot, InnerNamespaces, Fork, Sockets, Keyring, Propagation, MountProc, PivotRoot,
            Hostname, Privileges, Exec,
        ];
        assert_eq!(run.steps, [&first[..], &inside].concat());
        assert!(run.inner.has(Namespaces::NET) && run.devices != TUN);
        // Under filters: `cannot setresuid`, and of the runtime `unable to apply caps`.
        let calls = |plan: &Plan, step| plan.privilege_calls(step).count();
        assert_eq!((calls(&unshare, SetIds), calls(&run, SetIds)), (2, 2));
        assert_eq!((calls(&unshare, Privileges), calls(&run, Privileges)), (0, 2));
    }

    #[test]
    fn options() {
        assert_eq!(of("run -it --rm image --network=host").devices, TUN);
        let host = of("run -d -e A=b --net host --pid=host image sh");
        assert!(!host.inner.has(Namespaces::NET | Namespaces::PID) && !host.has(MountProc));
        assert!(of("run --userns=keep-id image").has(SecondUserns));
        assert_eq!(of("--remote run image").beyond, ["--remote"]);
        assert!(of("--bogus run image").flag_error.is_some());
        assert!(of("--version").flag_error.is_some() && of("version").flag_error.is_none());
        assert!(!of("ps --all").has(NewRoot));
    }
}
