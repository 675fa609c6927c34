//! What a file sets may keep its container from starting, whatever would become of isolation in it.

use super::Case;
use crate::deploy::container::Engine;
use crate::deploy::defaults::USUAL;
use crate::deploy::limits;
use crate::deploy::mounts::{OverProc, Target};
use crate::deploy::profile;
use crate::deploy::setting::{Profile, Settings, StartObstacle};
use crate::deploy::{At, Runtime, runtime};
use crate::findings::{Finding, catalogue};
use crate::parse::cgroup::Membership;
use crate::verdict::Severity;

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    told(case).into_iter().next()
}

/// What else keeps it from starting: who corrects one setting is not to meet the next.
pub(super) fn others(case: &Case<'_>) -> impl Iterator<Item = Finding> {
    told(case).into_iter().skip(1)
}

fn told(case: &Case<'_>) -> Vec<Finding> {
    let (sure, open): (Vec<_>, Vec<_>) =
        obstacles(case).into_iter().partition(|at| at.value.is_sure);
    let mut told: Vec<Finding> = vec![];
    // What only may keep it from starting is told once.
    let all = if sure.is_empty() { open.into_iter().take(1).collect() } else { sure };
    for At { value, place } in all {
        // Of one value, one thing.
        if told.iter().any(|known| known.place == Some(place)) {
            continue;
        }
        let severity = if value.is_sure { Severity::Error } else { Severity::Warning };
        let detail = "then nothing in it runs; remove or correct what is named here";
        let finding = Finding::new(&catalogue::CONTAINER_MAY_NOT_START, value.why, detail);
        told.push(finding.at(place).severity(severity));
    }
    told
}

/// What keeps the container from starting, or may.
fn obstacles(case: &Case<'_>) -> Vec<At<StartObstacle>> {
    let settings = &case.container.settings;
    let own = settings.runtime.as_ref().map(|at| at.value.as_str());
    let starter = own.or(case.host().defaults.runtime.as_deref());
    // Other runtimes check other things.
    let other = starter.is_some_and(|name| runtime::unlike_runc(name).is_some());
    if case.container.engine == Engine::Systemd || other {
        return vec![];
    }
    // LXC mounts over /proc whatever it is told to.
    let mounts = settings
        .over_proc
        .iter()
        .filter(|_| case.container.engine != Engine::Lxc)
        .filter_map(|at| Some(At::new(mount(&at.value, starter, case.runtime())?, at.place)));
    let sysctls = settings.sysctls.iter();
    let sysctls = sysctls.filter_map(|at| Some(At::new(at.value.obstacle()?, at.place)));
    let users = settings.nproc.iter().filter(|_| !settings.is_root());
    let users = users.filter_map(|at| Some(At::new(limits::starves_user(at.value)?, at.place)));
    let lacking = settings.lacking_device(&case.host().facts.devices, case.container.engine);
    let own = settings.obstacles.iter().cloned().chain(users).chain(lacking);
    let (engine, host) = (case.container.engine, &case.host().facts);
    let of_host = settings.made_in_procfs(host).into_iter();
    let own = own.chain(of_host.chain(settings.refused_binds(engine, host)));
    let own = own.chain(hidden(settings)).chain(crowded(settings));
    let hybrid = hybrid(case, starter).map(|why| At::new(why, case.container.place));
    let own = own.chain(filtered(case, starter)).chain(unconfinable(case));
    own.chain(mounts).chain(sysctls).chain(hybrid).collect()
}

/// Where programs and their libraries are.
const OF_PROGRAMS: &[&str] =
    &["/bin", "/lib", "/lib64", "/usr", "/usr/bin", "/usr/lib", "/usr/lib64"];

/// What is mounted over the programs of the image.
fn hidden(settings: &Settings) -> Option<At<StartObstacle>> {
    let over = |at: &&At<Target>| OF_PROGRAMS.contains(&at.value.path.as_str());
    let at = settings.targets.iter().find(over)?;
    let path = &at.value.path;
    let why = format!("what is mounted over {path} hides the image's programs, and may lack them");
    Some(At::new(StartObstacle::new(false, why), at.place))
}

/// The engine's init is a task, and the command another one.
fn crowded(settings: &Settings) -> Option<At<StartObstacle>> {
    let limit = settings.pids_limit.as_ref().filter(|at| settings.init && at.value < 2)?;
    let why = "the engine's init needs a task of its own, and the command another one".into();
    Some(At::new(StartObstacle::new(true, why), limit.place))
}

/// crun since 1.9 starts nothing where controllers of both versions of control groups are in use;
/// whether those of the second are, the host does not show here.
fn hybrid(case: &Case<'_>, starter: Option<&str>) -> Option<StartObstacle> {
    let by_crun = case.runtime() == Runtime::Podman && starter.is_none_or(|n| n.contains("crun"));
    let groups = case.host().facts.cgroup.of_self.value().filter(|_| by_crun)?;
    let is_first = |group: &Membership| group.controllers.iter().any(|name| !name.contains('='));
    let both = groups.iter().any(is_first) && groups.iter().any(|g| g.controllers.is_empty());
    let why =
        "the host has control groups of both versions, where crun may start nothing; runc does"
            .into();
    both.then_some(StartObstacle::new(false, why))
}

/// Whether runc starts it, or crun; `None`: podman and CRI-O have either.
fn by_runc(starter: Option<&str>, runtime: Runtime) -> Option<bool> {
    match starter {
        Some(name) => Some(!name.contains("crun")),
        None => matches!(runtime, Runtime::Docker | Runtime::Containerd).then_some(true),
    }
}

/// A filter that refuses what the runtime calls when it is in place.
fn filtered(case: &Case<'_>, starter: Option<&str>) -> Option<At<StartObstacle>> {
    let settings = &case.container.settings;
    let at = settings.seccomp.as_ref().filter(|_| settings.keeps_filter(case.runtime()))?;
    let Profile::Named(_, Some(text)) = &at.value else { return None };
    let machine = case.host().facts.os.machine.value().map_or(USUAL, String::as_str);
    let profile = profile::read(text).ok()?.on(machine);
    let no_new_privs = settings.no_new_privs.as_ref().is_some_and(|at| at.value);
    let is_runc = by_runc(starter, case.runtime());
    let (call, is_sure) = profile.stops_start(is_runc, no_new_privs)?;
    let why = format!(
        "its seccomp profile refuses {call}(2), which the runtime calls to start a command"
    );
    Some(At::new(StartObstacle::new(is_sure, why), at.place))
}

/// A profile of AppArmor on a host without it: podman and the kubelet refuse the container, Docker
/// goes without (containers/common `pkg/apparmor`, kubernetes `pkg/security/apparmor`).
fn unconfinable(case: &Case<'_>) -> Option<At<StartObstacle>> {
    let is_off = case.host().facts.lsm.apparmor.value() == Some(&false);
    let at = case.container.settings.apparmor.as_ref().filter(|_| is_off)?;
    let why = match (case.container.engine, &at.value) {
        (Engine::Podman, Profile::Named(..)) => {
            "the host has no AppArmor, and podman starts nothing with a profile of it"
        }
        (Engine::Kubernetes, Profile::Named(..) | Profile::Default) => {
            "the node has no AppArmor, and its kubelet refuses a pod with a profile of it"
        }
        _ => return None,
    };
    Some(At::new(StartObstacle::new(true, why.into()), at.place))
}

/// Why nothing is mounted there: runc looks where it is, crun does not, and takes what the kernel
/// has.
fn mount(mount: &OverProc, starter: Option<&str>, runtime: Runtime) -> Option<StartObstacle> {
    let (target, whole) = (&mount.target, mount.is_whole());
    let is_runc = by_runc(starter, runtime).unwrap_or(false);
    let (is_sure, why) = match (mount.is_mounted_by_runc(), is_runc) {
        (Some(true), _) => return None,
        (Some(false), true) if whole => {
            (true, "runc mounts nothing over /proc but a procfs".to_owned())
        }
        (Some(false), true) => {
            (true, format!("runc mounts nothing at {target}: it is inside /proc"))
        }
        (Some(false), false) => {
            (false, format!("runc mounts nothing at {target}, and crun only over what is there"))
        }
        (None, _) if !whole => {
            (false, format!("runc 1.2 and later mount nothing at {target}: it is inside /proc"))
        }
        (None, _) => (false, "runc mounts nothing over /proc but a procfs".to_owned()),
    };
    Some(StartObstacle::new(is_sure, why))
}
