//! Changes as assignments in the section `[Service]`.

use super::filter::ALL_KINDS;
use crate::deploy::Engine;
use crate::deploy::defaults;
use crate::deploy::setting::{Change, Masks, Profile, User};
use crate::plan::Namespaces;

/// What `ProtectKernelTunables=` protects below /proc (systemd `src/core/namespace.c`), of what
/// there is everywhere.
pub(super) const TUNABLES: &[&str] =
    &["/proc/sys", "/proc/acpi", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/kallsyms"];

/// The rest of it, which not every kernel has.
const SOME_TUNABLES: &[&str] = &[
    "/proc/apm", "/proc/asound", "/proc/kcore", "/proc/latency_stats", "/proc/mtrr", "/proc/scsi",
    "/proc/sysrq-trigger", "/proc/timer_stats",
];

/// What `ProtectKernelLogs=` hides below /proc.
pub(super) const LOGS: &[&str] = &["/proc/kmsg"];

#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnitAssignment {
    pub key: &'static str,
    pub value: String,
    /// Whether it adds to what stands before it; else the last one counts.
    pub adds: bool,
}

/// The assignments that make a change; none where systemd knows no way.
pub(super) fn assignments(change: &Change) -> Vec<UnitAssignment> {
    let one = |key, value: &str, adds| vec![UnitAssignment { key, value: value.to_owned(), adds }];
    let last = |key, value: &str| one(key, value, false);
    let names = |all: &[&str]| all.join(" ");
    match change {
        Change::Namespaces(kinds) if kinds & ALL_KINDS == ALL_KINDS => {
            last("RestrictNamespaces", "no")
        }
        Change::Namespaces(kinds) => {
            let kinds = Namespaces::KINDS.iter().filter(|(bit, _)| kinds & bit != 0);
            one("RestrictNamespaces", &names(&kinds.map(|kind| kind.1).collect::<Vec<_>>()), true)
        }
        Change::Calls(calls) => one("SystemCallFilter", &names(calls), true),
        Change::Masks(Masks::Without(paths)) => {
            let mut all = vec![];
            let mut covers = |key, value: &str, of: &dyn Fn(&&str) -> bool| {
                if paths.iter().any(|path| of(&path.as_str())) {
                    all.extend(last(key, value));
                }
            };
            let tunable = |path: &&str| TUNABLES.iter().chain(SOME_TUNABLES).any(|t| t == path);
            let log = |path: &&str| LOGS.contains(path);
            covers("ProtectKernelTunables", "no", &tunable);
            covers("ProtectKernelLogs", "no", &log);
            covers("InaccessiblePaths", "", &|path| !tunable(path) && !log(path));
            all
        }
        Change::SocketFamily(family) => one("RestrictAddressFamilies", family.name(), true),
        Change::Hostname => last("ProtectHostname", "no"),
        Change::WholeProc => last("ProcSubset", "all"),
        Change::NoAmbient => last("AmbientCapabilities", ""),
        Change::NoNewPrivs(on) => last("NoNewPrivileges", if *on { "yes" } else { "no" }),
        Change::User(User::Ids { uid: 0, .. }) => last("User", "root"),
        Change::User(User::Ids { uid, .. }) => last("User", &uid.to_string()),
        Change::User(User::Named(name)) => last("User", name),
        Change::AddCapability(bit) | Change::KeepCapability(bit) => {
            let name = defaults::name(*bit).map(|name| format!("CAP_{name}"));
            name.map_or(vec![], |name| one("CapabilityBoundingSet", &name, true))
        }
        Change::AppArmor(Profile::Unconfined) => last("AppArmorProfile", "unconfined"),
        Change::AppArmor(Profile::Named(name, _)) => last("AppArmorProfile", name),
        Change::Nproc(limit) => last("LimitNPROC", &limit.to_string()),
        Change::PidsLimit(limit) => last("TasksMax", &limit.to_string()),
        Change::AppArmor(Profile::Default)
        | Change::Masks(_)
        | Change::OwnUserns
        | Change::Privileged(_)
        | Change::SeLinux(_)
        | Change::Seccomp(_)
        | Change::Device(_)
        | Change::Variable(..) => vec![],
    }
}

/// The lines of the section.
pub(crate) fn settings<'c>(changes: impl IntoIterator<Item = &'c Change>) -> Vec<String> {
    let all = changes.into_iter().flat_map(assignments);
    all.map(|UnitAssignment { key, value, .. }| format!("{key}={value}")).collect()
}

/// A drop-in.
pub(super) fn lines(_: Engine, changes: &[&Change]) -> Vec<String> {
    let settings = settings(changes.iter().copied());
    let section = (!settings.is_empty()).then(|| "[Service]".to_owned());
    section.into_iter().chain(settings).collect()
}
