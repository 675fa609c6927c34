//! The system, its kernel, the parameters and security modules of that.

use std::collections::BTreeMap;

use super::{Collector, boolean, or};
use crate::facts::{Fact, Lsm, Os, Question, Sysctls};
use crate::parse;
use crate::parse::os_release::OsRelease;
use crate::parse::release::Release;
use crate::plan::Namespaces;

pub(super) fn os(file: &Collector) -> Os {
    let uname = file.ask(&Question::Uname, |text| Ok(text.to_owned()));
    let version = file.line("/proc/version");
    let release =
        or(file.get("/proc/sys/kernel/osrelease").parse(|b| parse::release::parse(&b)), || {
            let of_version = version.clone().parse(|text| parse::release::from_version(&text));
            or(of_version, || {
                uname.field(|text| parse::release::parse(text.split(' ').nth(1)?.as_bytes()).ok())
            })
        });
    let os_release = |path| file.get(path).parse(|b| parse::os_release::parse(&b));
    let os_release = or(os_release("/etc/os-release"), || os_release("/usr/lib/os-release"));
    let family = or(uname.field(|text| Some(text.split(' ').next()?.to_lowercase())), || {
        let looks_linux = release.value().is_some() || version.value().is_some();
        let foreign = os_release.value().and_then(OsRelease::foreign);
        match (looks_linux, foreign) {
            (true, _) => Fact::known("linux".to_owned(), "/proc/version"),
            (false, Some(system)) => Fact::known(system.to_owned(), os_release.source.clone()),
            (false, None) => Fact::not_probed("uname(2)"),
        }
    });
    Os {
        family,
        machine: uname.field(|text| text.split(' ').nth(2).map(str::to_owned)),
        os_release,
        cmdline: file.get("/proc/cmdline").parse(|b| Ok(parse::cmdline(&b))),
        kconfig: Fact::not_probed("/boot/config"),
        release,
        version,
    }
}

pub(super) fn kconfig(
    file: &Collector,
    release: Option<&Release>,
) -> Fact<BTreeMap<&'static str, bool>> {
    let Some(release) = release.filter(|r| !r.text.contains('/')) else {
        return Fact::not_probed("/boot/config");
    };
    let at = |path: String| file.get(path).parse(|b| parse::kconfig::parse(&b));
    or(at(format!("/boot/config-{}", release.text)), || {
        at(format!("/lib/modules/{}/config", release.text))
    })
}

pub(super) fn sysctls(file: &Collector) -> Sysctls {
    let mut max_namespaces = BTreeMap::new();
    for (_, kind) in Namespaces::KINDS {
        let path = format!("/proc/sys/user/max_{kind}_namespaces");
        max_namespaces.insert(*kind, file.get(path).parse(|b| parse::number(&b)));
    }
    Sysctls {
        unprivileged_userns_clone: file.number("/proc/sys/kernel/unprivileged_userns_clone"),
        apparmor_restrict_unprivileged_userns: file
            .number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
        apparmor_restrict_unprivileged_unconfined: file
            .number("/proc/sys/kernel/apparmor_restrict_unprivileged_unconfined"),
        max_namespaces,
        pid_max: file.number("/proc/sys/kernel/pid_max"),
        threads_max: file.number("/proc/sys/kernel/threads-max"),
        tasks: file
            .line("/proc/loadavg")
            .field(|line| line.split(' ').nth(3)?.split_once('/')?.1.parse().ok()),
        pids_used: Fact::not_probed("/proc"),
        mount_max: file.number("/proc/sys/fs/mount-max"),
        rhel7_userns_enable: file.switch("/sys/module/user_namespace/parameters/enable"),
    }
}

/// What sandboxes use in a user namespace of their own.
const CAPABILITIES: &[&str] =
    &["sys_admin", "sys_chroot", "setuid", "setgid", "setpcap", "net_admin"];

pub(super) fn lsm(file: &Collector) -> Lsm {
    let label = |path| file.line(path).field(|l| Some(l.trim_end_matches('\0').to_owned()));
    let selinux_userns_class = file.present("/sys/fs/selinux/class/user_namespace");
    let grants = |class, permissions| {
        let question = Question::PolicyGrants(class, permissions);
        match selinux_userns_class.value() {
            Some(true) => file.ask(&question, boolean),
            _ => Fact::not_probed(question.key()),
        }
    };
    Lsm {
        selinux_grants_userns: grants("user_namespace", &["create"]),
        selinux_grants_caps: grants("cap_userns", CAPABILITIES),
        list: file
            .line("/sys/kernel/security/lsm")
            .map(|line| line.split(',').map(str::to_owned).collect()),
        apparmor: file.switch("/sys/module/apparmor/parameters/enabled"),
        apparmor_label: label("/proc/self/attr/apparmor/current"),
        label: label("/proc/self/attr/current"),
        apparmor_profiles: BTreeMap::new(),
        selinux_enforcing: file.switch("/sys/fs/selinux/enforce"),
        selinux_userns_class,
    }
}
