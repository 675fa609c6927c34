//! A complete tree of a system that does not run: what its kernel would have when it boots.

use super::{ASSUMPTIONS, AssumptionKind, Vendor, absent, assumed, hosts, plain};
use crate::facts::{Caps, Fact, Facts, Sysctls};
use crate::parse::os_release::OsRelease;
use crate::parse::release::Release;

/// The user for whom such a tree is judged: what refuses root refuses users too.
const USER: u64 = 1000;

/// Fills in what only a running system has: that of the host of this id; else, where the tree has a
/// kernel, that of the host which it says it is, or what such a kernel has by default. Nothing,
/// where the tree is no tree at rest.
pub(crate) fn at_rest(facts: &mut Facts, id: Option<&str>) {
    let runs = |facts: &Facts| {
        let signs = [facts.os.version.is_absent(), facts.mounts.list.is_absent()];
        !facts.complete || signs.contains(&false) || !facts.process.euid.is_absent()
    };
    if runs(facts) {
        return;
    }
    let own = facts.os.release.value().cloned();
    let os = facts.os.os_release.value();
    // Without a kernel it is an image, which may run on any host.
    let named = own.is_some().then_some(os).flatten().and_then(known);
    let vendor = id.or(named).and_then(vendor);
    let number = |release: &Release| (release.major, release.minor);
    let mut host = match (vendor, &own) {
        (Some((kernel, change)), own) => {
            let mut host = plain(own.as_ref().map_or(kernel, number));
            change(&mut host);
            host
        }
        (None, Some(own)) => {
            let mut host = plain(number(own));
            defaults(&mut host, os, own);
            host
        }
        (None, None) => return,
    };
    as_user(&mut host);
    if let Fact { seen: Ok(config), .. } = &facts.os.kconfig {
        let built = |option| config.get(option) != Some(&false);
        if !built("CONFIG_USER_NS") {
            host.namespaces.user = absent();
        }
        if !built("CONFIG_PID_NS") {
            (host.namespaces.pid, host.namespaces.pid_for_children) = (absent(), absent());
        }
    }
    facts.os.family = host.os.family.clone();
    facts.os.machine = host.os.machine.clone();
    if own.is_none() {
        facts.os.release = host.os.release.clone();
    }
    facts.os.version = host.os.version.clone();
    facts.process = host.process;
    facts.namespaces = host.namespaces;
    facts.mounts = host.mounts;
    facts.lsm = host.lsm;
    facts.cgroup = host.cgroup;
    sysctls(facts, Sysctls::clone(&host.sysctl));
}

/// What the files of the tree set stays.
fn sysctls(facts: &mut Facts, host: Sysctls) {
    let mut given = std::mem::replace(&mut *facts.sysctl, host);
    let keep = |of: &mut Fact<u64>, given: Fact<u64>| {
        if given.value().is_some() {
            *of = given;
        }
    };
    let sysctl = &mut *facts.sysctl;
    keep(&mut sysctl.unprivileged_userns_clone, given.unprivileged_userns_clone);
    keep(
        &mut sysctl.apparmor_restrict_unprivileged_userns,
        given.apparmor_restrict_unprivileged_userns,
    );
    keep(
        &mut sysctl.apparmor_restrict_unprivileged_unconfined,
        given.apparmor_restrict_unprivileged_unconfined,
    );
    for (kind, fact) in &mut sysctl.max_namespaces {
        if let Some(given) = given.max_namespaces.remove(kind) {
            keep(fact, given);
        }
    }
}

fn vendor(id: &str) -> Option<Vendor> {
    ASSUMPTIONS.iter().find_map(|row| match row.kind {
        AssumptionKind::Host { host, .. } if row.id == id => Some(host),
        _ => None,
    })
}

/// The host that os-release(5) names: `debian-12`, `rhel-9`.
fn known(os: &OsRelease) -> Option<&'static str> {
    let version = os.version_id.as_deref()?;
    let major = version.split('.').next()?;
    ASSUMPTIONS.iter().map(|row| row.id).find(|id| {
        [version, major].iter().any(|number| {
            id.strip_suffix(number).and_then(|rest| rest.strip_suffix('-')) == Some(os.id.as_str())
        })
    })
}

/// What the kernels of a family of systems have by default.
fn defaults(host: &mut Facts, os: Option<&OsRelease>, kernel: &Release) {
    let is =
        |name: &str| os.is_some_and(|os| os.id == name || os.id_like.iter().any(|l| l == name));
    if is("debian") || is("ubuntu") {
        hosts::debian(host);
        // Debian 10 and before (wiki.debian.org/UserNamespace); Ubuntu's has always been 1.
        if !is("ubuntu") && !kernel.at_least(5, 10) {
            host.sysctl.unprivileged_userns_clone = assumed(0);
        }
    }
    if kernel.text.contains("hardened") {
        host.sysctl.unprivileged_userns_clone = assumed(0);
    }
    if kernel.text.contains(".el7") {
        host.sysctl.max_namespaces.insert("user", assumed(0));
    }
}

fn as_user(host: &mut Facts) {
    let process = &mut host.process;
    process.euid = assumed(USER);
    process.egid = assumed(USER);
    process.cap_eff = assumed(Caps(0));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Missing;
    use crate::parse;

    /// A tree with this os-release, and this kernel in it; nothing runs.
    fn tree(os: &str, kernel: Option<&str>) -> Facts {
        let mut facts = Facts { complete: true, ..Facts::default() };
        facts.os.version = absent();
        facts.process.euid = absent();
        facts.mounts.list = absent();
        facts.os.os_release =
            Fact::known(parse::os_release::parse(os.as_bytes()).unwrap(), "/etc/os-release");
        if let Some(kernel) = kernel {
            let release = parse::release::parse(kernel.as_bytes()).unwrap();
            facts.os.release = Fact::known(release, "/boot");
        }
        facts
    }

    fn filled(os: &str, kernel: Option<&str>, id: Option<&str>) -> Facts {
        let mut facts = tree(os, kernel);
        at_rest(&mut facts, id);
        facts
    }

    #[test]
    fn a_tree_has_its_own_kernel_and_what_its_vendor_documents() {
        let facts = filled("ID=ubuntu\nVERSION_ID=24.04", Some("6.8.0-31-generic"), None);
        let restrict = &facts.sysctl.apparmor_restrict_unprivileged_userns;
        assert_eq!(restrict.value(), Some(&1));
        assert_eq!(facts.os.release.value().unwrap().text, "6.8.0-31-generic");
        // wiki.debian.org/UserNamespace
        let clone = |kernel| {
            let facts = filled("ID=debian\nVERSION_ID=10", Some(kernel), None);
            facts.sysctl.unprivileged_userns_clone.value().copied()
        };
        assert_eq!((clone("4.19.0-16-amd64"), clone("5.10.0-0.bpo.3-amd64")), (Some(0), Some(1)));
    }

    #[test]
    fn without_a_kernel_and_a_host_nothing_is_known() {
        let os = "ID=debian\nVERSION_ID=12";
        assert!(filled(os, None, None).os.family.value().is_none());
        assert!(filled(os, None, Some("debian-12")).os.family.value().is_some());
    }

    #[test]
    fn what_runs_or_is_not_whole_stays_as_it_is() {
        let mut facts = tree("ID=debian\nVERSION_ID=12", Some("6.1.0-18-amd64"));
        facts.process.euid = Fact::known(0, "/proc/self/status");
        at_rest(&mut facts, None);
        assert!(facts.os.family.value().is_none());
        let mut facts = tree("ID=debian\nVERSION_ID=12", Some("6.1.0-18-amd64"));
        facts.complete = false;
        at_rest(&mut facts, None);
        assert!(facts.os.family.value().is_none());
    }

    #[test]
    fn what_the_files_set_and_the_kernel_lacks_counts() {
        let mut facts = tree("ID=debian\nVERSION_ID=12", Some("6.1.0-18-amd64"));
        facts.sysctl.max_namespaces.insert("user", Fact::known(0, "/etc/sysctl.d/99-stig.conf"));
        facts.os.kconfig = Fact::known([("CONFIG_USER_NS", false)].into(), "/boot/config");
        at_rest(&mut facts, None);
        assert_eq!(facts.sysctl.max_namespaces["user"].value(), Some(&0));
        assert_eq!(facts.namespaces.user.seen, Err(Missing::Absent));
    }
}
