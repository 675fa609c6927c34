//! The devices of the host that a container may open: which it is given, and what its control group
//! of devices lets it do with them.

use std::collections::BTreeMap;

use super::container::Engine;
use super::mounts::clean;
use super::place::{At, Place};
use super::setting::{Setting, Settings, StartObstacle};
use crate::facts::{Device, Fact, Missing, OVERFLOW_ID};

/// The major number of the devices that mechanisms open, and the minor one of each
/// (Documentation/admin-guide/devices.txt).
const MISC: u32 = 10;
const MINORS: &[(&str, u32)] = &[(TUN, 200), ("/dev/fuse", 229), ("/dev/kvm", 232)];

/// What runc and crun let everybody use who has it (runc `libcontainer/specconv`, AllowedDevices,
/// but for 1.2.0 to 1.2.2; crun `cgroup-resources.c`).
const TUN: &str = "/dev/net/tun";

/// Where devices are.
const DEV: &str = "/dev";

/// What may be done with a device: it is read and written; that it can be made with mknod(2) too is
/// of no account here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct DeviceRights {
    read: bool,
    write: bool,
}

impl DeviceRights {
    const ALL: Self = Self { read: true, write: true };

    /// Letters of `rwm`, each once.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let once = |c| text.matches(c).count() <= 1;
        let known = text.chars().all(|c| matches!(c, 'r' | 'w' | 'm') && once(c));
        let rights = Self { read: text.contains('r'), write: text.contains('w') };
        (known && !text.is_empty()).then_some(rights)
    }

    fn and(self, other: Self) -> Self {
        Self { read: self.read || other.read, write: self.write || other.write }
    }
}

/// What a container is given of the devices of the host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DeviceGrant {
    /// One, or all in a directory: it is made there, and may be used like this.
    Given {
        /// Its path on the host.
        source: String,
        /// Its path in the container.
        target: String,
        rights: DeviceRights,
        /// Whether it is left out where the host lacks it.
        is_optional: bool,
    },
    /// What is mounted, which says nothing of how it may be used.
    Mounted {
        source: String,
        target: String,
        /// Whether it is said to be a device, so that `podman kube play` gives it.
        is_device: bool,
    },
    /// A rule alone, for these numbers; `None` is any.
    Rule { major: Option<u32>, minor: Option<u32>, rights: DeviceRights },
}

impl DeviceGrant {
    /// A device as `--device` names it (docker/cli `container/opts.go`, validateLinuxPath; podman
    /// `pkg/specgen/generate/config_linux.go`, ParseDevice).
    ///
    /// # Errors
    /// When the engine takes it for none.
    fn parse(text: &str) -> Result<Self, &'static str> {
        const ABSOLUTE: &str = "the path in the container is not absolute";
        let (source, rest) = text.split_once(':').unwrap_or((text, ""));
        let (target, mode) = match rest.split_once(':') {
            Some((target, mode)) => (target, Some(mode)),
            None if DeviceRights::parse(rest).is_some() => (source, Some(rest)),
            None if text.contains(':') => (rest, None),
            None => (source, None),
        };
        let rights = mode.map_or(Some(DeviceRights::ALL), DeviceRights::parse);
        let rights = rights.ok_or("what may be done with it is written with r, w and m")?;
        match source {
            "" => Err("it names no device"),
            _ if !target.starts_with('/') => Err(ABSOLUTE),
            _ => {
                let (source, target) = (clean(source), clean(target));
                Ok(Self::Given { source, target, rights, is_optional: false })
            }
        }
    }

    /// A rule as `--device-cgroup-rule` has it.
    fn parse_rule(text: &str) -> Option<Self> {
        let [kind, numbers, rights] = text.split(' ').collect::<Vec<_>>()[..] else { return None };
        let (major, minor) = numbers.split_once(':')?;
        let number = |text: &str| match text {
            "*" => Some(None),
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok().map(Some),
            _ => None,
        };
        let all = rights.chars().all(|c| matches!(c, 'r' | 'w' | 'm'));
        (matches!(kind, "a" | "b" | "c") && all && (1..=3).contains(&rights.len())).then_some(())?;
        let rights = DeviceRights { read: rights.contains('r'), write: rights.contains('w') };
        let (major, minor) = (number(major)?, number(minor)?);
        // A rule for block devices lets nothing of these be used.
        let rights = if kind == "b" { DeviceRights::default() } else { rights };
        Some(Self::Rule { major, minor, rights })
    }

    /// The device of the host that is at a path of the container by this.
    fn source_of(&self, path: &str) -> Option<String> {
        let (Self::Given { source, target, .. } | Self::Mounted { source, target, .. }) = self
        else {
            return None;
        };
        let below = path.strip_prefix(target.as_str())?;
        (below.is_empty() || below.starts_with('/')).then(|| format!("{source}{below}"))
    }

    /// What may be done by this with the device at a path of the container.
    fn rights_for(&self, path: &str) -> DeviceRights {
        let number = MINORS.iter().find(|(known, _)| *known == path).map(|(_, minor)| *minor);
        match self {
            Self::Given { .. } | Self::Mounted { .. }
                if path == TUN && self.source_of(path).is_some() =>
            {
                DeviceRights::ALL
            }
            Self::Given { rights, .. } if self.source_of(path).is_some() => *rights,
            Self::Rule { major, minor, rights }
                if major.is_none_or(|n| n == MISC) && (minor.is_none() || *minor == number) =>
            {
                *rights
            }
            _ => DeviceRights::default(),
        }
    }
}

/// Whether two values of `--device` put something at the same path of the container.
pub(super) fn are_about_one(one: &str, other: &str) -> bool {
    let target = |text| match DeviceGrant::parse(text) {
        Ok(DeviceGrant::Given { target, .. }) => Some(target),
        _ => None,
    };
    target(one).is_some() && target(one) == target(other)
}

impl Settings {
    /// Notes a device that is given, as `--device` has it.
    pub(crate) fn give_device(&mut self, text: &str, place: Place) {
        // What a file of the host describes (cncf.io, "Container Device Interface").
        if !text.starts_with('/') && text.contains('=') {
            let why = format!("what the device {text} is, a file of the host says (CDI)");
            return self.leave_open(Setting::Devices, place, why);
        }
        match DeviceGrant::parse(text) {
            Ok(grant) => {
                if let DeviceGrant::Given { source, .. } = &grant
                    && !source.starts_with("/dev/")
                {
                    let why = format!("whether {source} is a device, the host decides");
                    self.obstacles.push(At::new(StartObstacle::new(false, why), place));
                }
                self.devices.push(At::new(grant, place));
            }
            Err(why) => self.refuse(format!("the device {text:?}: {why}"), place),
        }
    }

    /// Where the devices that are given are made.
    pub(super) fn device_targets(&self) -> impl Iterator<Item = (String, Place)> {
        self.devices.iter().filter_map(|at| match &at.value {
            DeviceGrant::Given { target, .. } => Some((target.clone(), at.place)),
            DeviceGrant::Mounted { .. } | DeviceGrant::Rule { .. } => None,
        })
    }

    /// Notes a rule of a control group of devices.
    pub(crate) fn rules_device(&mut self, text: &str, place: Place) {
        match DeviceGrant::parse_rule(text) {
            Some(grant) => self.devices.push(At::new(grant, place)),
            None => {
                let why = "is no rule such as \"c 10:229 rwm\"";
                self.refuse(format!("the rule for devices {text:?} {why}"), place);
            }
        }
    }

    /// Notes what of the host's devices is mounted.
    pub(super) fn mounts_device(&mut self, source: &str, target: &str, place: Place) {
        let is_below = |path: &str| path == DEV || path.starts_with("/dev/");
        let (source, target) = (clean(source), clean(target));
        if is_below(&source) && is_below(&target) {
            let grant = DeviceGrant::Mounted { source, target, is_device: false };
            self.devices.push(At::new(grant, place));
        }
    }

    /// Notes that what was mounted last is said to be a device.
    pub(crate) fn mounted_as_device(&mut self, is_device: bool) {
        let last = self.devices.last_mut().map(|at| &mut at.value);
        if let Some(DeviceGrant::Mounted { is_device: known, .. }) = last {
            *known = is_device;
        }
    }

    /// Gives what is mounted and said to be a device, as podman does.
    pub(crate) fn gives_mounted_devices(&mut self) {
        for at in &mut self.devices {
            if let DeviceGrant::Mounted { source, target, is_device: true } = &at.value {
                let (source, target) = (source.clone(), target.clone());
                let rights = DeviceRights::ALL;
                at.value = DeviceGrant::Given { source, target, rights, is_optional: false };
            }
        }
    }

    /// Lets the devices that are named at these places be left out where the host lacks them.
    pub(crate) fn makes_devices_optional(&mut self, places: &[Place]) {
        for at in self.devices.iter_mut().filter(|at| places.contains(&at.place)) {
            if let DeviceGrant::Given { is_optional, .. } = &mut at.value {
                *is_optional = true;
            }
        }
    }

    /// Which device that it is given the host lacks, so that the engine starts nothing. A
    /// privileged container of Docker has those of the host, whichever they are (moby
    /// `daemon/oci_linux.go`, WithDevices).
    pub(crate) fn lacking_device(
        &self,
        host: &BTreeMap<&'static str, Fact<Device>>,
        engine: Engine,
    ) -> Option<At<StartObstacle>> {
        let is_absent = |path: &str| host.get(path).is_some_and(Fact::is_absent);
        let privileged = self.is_privileged();
        let mut given = self.devices.iter().filter_map(|at| match &at.value {
            DeviceGrant::Given { source, target, is_optional: false, .. } if is_absent(source) => {
                // podman 4.3 starts it, and podman 6 does not.
                let is_there = privileged && engine == Engine::Docker && source == target;
                let why = format!("the host has no {source} to give it");
                let obstacle = StartObstacle::new(!privileged || engine == Engine::Docker, why);
                (!is_there).then(|| At::new(obstacle, at.place))
            }
            _ => None,
        });
        given.next()
    }

    /// Puts the devices of a container in the place of those of its host. `ids` are those of its
    /// program; `own_userns`: whether it has a user namespace of its own.
    pub(super) fn put_devices(
        &self,
        devices: &mut BTreeMap<&'static str, Fact<Device>>,
        engine: Engine,
        ids: (u64, u64),
        own_userns: bool,
    ) {
        let host = devices.clone();
        for (path, _) in MINORS {
            let mut fact = self.device(path, &host, engine);
            if let Ok(device) = &mut fact.seen
                && own_userns
            {
                let nobody = u32::try_from(OVERFLOW_ID).unwrap_or(u32::MAX);
                *device = Device { uid: nobody, gid: device.gid.map(|_| nobody), ..*device };
            }
            if fact.value().is_some_and(|device| hangs_on_groups(device, ids)) {
                fact = Fact::not_probed("the groups of the user in the image");
            }
            devices.insert(path, fact);
        }
    }

    fn device(
        &self,
        path: &'static str,
        host: &BTreeMap<&'static str, Fact<Device>>,
        engine: Engine,
    ) -> Fact<Device> {
        if engine == Engine::Lxc {
            return Fact::not_probed("what the control groups of the container let it make");
        }
        let of_host = |path: &str| host.get(path).cloned();
        if self.is_privileged() {
            return of_host(path).unwrap_or_else(|| Fact::not_probed(path));
        }
        let grants = || self.devices.iter().map(|at| &at.value);
        let Some(by) = grants().rev().find(|grant| grant.source_of(path).is_some()) else {
            return Fact::new(Err(Missing::Absent), path);
        };
        let source = by.source_of(path).unwrap_or_default();
        let optional = matches!(by, DeviceGrant::Given { is_optional: true, .. });
        let mut fact = of_host(&source)
            .filter(|fact| optional || !fact.is_absent())
            .unwrap_or_else(|| Fact::not_probed(format!("whether the host has {source}")));
        let rights = grants().fold(DeviceRights::default(), |all, g| all.and(g.rights_for(path)));
        if rights == DeviceRights::ALL {
            return fact;
        }
        match &mut fact.seen {
            // A podman that is not root's has no such control group.
            _ if engine == Engine::Podman => Fact::not_probed("whether podman is started by root"),
            Ok(device) => {
                device.refused = true;
                fact
            }
            Err(_) => fact,
        }
    }
}

/// Whether a device is open to a group that the user may be in or not.
fn hangs_on_groups(device: &Device, (uid, gid): (u64, u64)) -> bool {
    let may = |shift: u32| device.mode >> shift & 0o6 == 0o6;
    uid != 0 && !may(0) && may(3) && device.gid.map(u64::from) != Some(gid)
}

/// Nobody knows which devices are there.
pub(super) fn all_unknown(devices: &mut BTreeMap<&'static str, Fact<Device>>, why: &str) {
    for (path, _) in MINORS {
        devices.insert(path, Fact::not_probed(why.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: DeviceRights = DeviceRights { read: true, write: false };

    fn given(source: &str, target: &str, rights: DeviceRights) -> DeviceGrant {
        let (source, target) = (source.to_owned(), target.to_owned());
        DeviceGrant::Given { source, target, rights, is_optional: false }
    }

    /// As docker 20.10 and podman 4.3 take them.
    #[test]
    fn what_an_option_names() {
        for (text, grant) in [
            ("/dev/fuse", given("/dev/fuse", "/dev/fuse", DeviceRights::ALL)),
            ("/dev/fuse:r", given("/dev/fuse", "/dev/fuse", READ)),
            ("/dev/fuse:/dev/x", given("/dev/fuse", "/dev/x", DeviceRights::ALL)),
            ("/dev/fuse:/dev/x:mr", given("/dev/fuse", "/dev/x", READ)),
            ("/dev/net/", given("/dev/net", "/dev/net", DeviceRights::ALL)),
        ] {
            assert_eq!(DeviceGrant::parse(text), Ok(grant), "{text}");
        }
        for text in ["", ":/dev/x", "fuse", "/dev/fuse:x", "/dev/fuse:/dev/x:rr", "/a:/b:r:w"] {
            assert!(DeviceGrant::parse(text).is_err(), "{text}");
        }
        assert!(are_about_one("/dev/fuse:/dev/fuse:r", "/dev/fuse"));
        assert!(!are_about_one("/dev/fuse:/dev/x", "/dev/fuse") && !are_about_one("x", "y"));
    }

    #[test]
    fn what_a_rule_lets_be_used() {
        let of =
            |text: &str| DeviceGrant::parse_rule(text).map(|rule| rule.rights_for("/dev/fuse"));
        for text in ["c 10:229 rwm", "a *:* rw", "c 10:* rw"] {
            assert_eq!(of(text), Some(DeviceRights::ALL), "{text}");
        }
        assert_eq!(of("c 10:229 rm"), Some(READ));
        for text in ["c 10:232 rwm", "b 10:229 rwm", "c 10:229 m", "c 1:229 rw"] {
            assert_eq!(of(text), Some(DeviceRights::default()), "{text}");
        }
        for text in ["banana", "d 10:229 rwm", "c 10 rwm", "c 10:229", "c 10:229 x", "c x:1 r"] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    /// What is left of a host's devices, with what is said of one in a container of Docker's root.
    fn left(path: &str, host: &[(&'static str, u32)], set: impl Fn(&mut Settings)) -> String {
        let mut settings = Settings::default();
        set(&mut settings);
        let of = |(path, mode): &(&'static str, u32)| {
            let device = Device { mode: *mode, uid: 0, gid: Some(5), refused: false };
            (*path, Fact::known(device, *path))
        };
        let mut devices = host.iter().map(of).collect();
        settings.put_devices(&mut devices, Engine::Docker, (0, 0), false);
        match &devices[path].seen {
            Ok(device) if device.refused => "refused".into(),
            Ok(_) => "there".into(),
            Err(Missing::Absent) => "absent".into(),
            Err(_) => "unknown".into(),
        }
    }

    /// What containers of Docker 20.10 with runc 1.1 had, and could open.
    #[test]
    fn what_a_container_has() {
        let host = [("/dev/fuse", 0o666), (TUN, 0o666)];
        let device =
            |text: &'static str| move |s: &mut Settings| s.give_device(text, Place::default());
        let volume = |text: &'static str, rule: Option<&'static str>| {
            move |s: &mut Settings| {
                s.mounts_volume(text, Place::default());
                rule.into_iter().for_each(|rule| s.rules_device(rule, Place::default()));
            }
        };
        let fuse = |set: &dyn Fn(&mut Settings)| left("/dev/fuse", &host, set);
        let tun = |set: &dyn Fn(&mut Settings)| left(TUN, &host, set);
        let bind = "/dev/fuse:/dev/fuse";
        assert_eq!(fuse(&|_| {}), "absent");
        assert_eq!(fuse(&device("/dev/fuse")), "there");
        assert_eq!(fuse(&device("/dev/fuse:/dev/other")), "absent");
        assert_eq!(fuse(&device("/dev/fuse:r")), "refused");
        assert_eq!(fuse(&device("/dev/net")), "absent");
        assert_eq!(tun(&device("/dev/net")), "there");
        assert_eq!(fuse(&volume(bind, None)), "refused");
        assert_eq!(fuse(&volume(bind, Some("c 10:229 rwm"))), "there");
        assert_eq!(fuse(&volume("/dev:/dev", Some("c *:* rw"))), "there");
        assert_eq!(fuse(&volume("/x:/x", Some("c *:* rwm"))), "absent");
        assert_eq!(tun(&volume("/dev/net/tun:/dev/net/tun", None)), "there");
        assert_eq!(tun(&device("/dev/net:/dev/net:r")), "there");
        let both = |s: &mut Settings| {
            device("/dev/fuse:r")(s);
            device("/dev/fuse:w")(s);
        };
        assert_eq!(fuse(&both), "there");
        // Whether the host has it nobody knows.
        assert_eq!(left("/dev/kvm", &host, device("/dev/kvm")), "unknown");
        assert_eq!(left("/dev/kvm", &host, |_| {}), "absent");
    }

    /// Who is not root may be in the group of a device by the image's accounts.
    #[test]
    fn what_is_open_to_a_group_hangs_on_the_image() {
        let device = Device { mode: 0o660, uid: 0, gid: Some(108), refused: false };
        assert!(hangs_on_groups(&device, (1000, 1000)) && !hangs_on_groups(&device, (1000, 108)));
        let all = Device { mode: 0o666, ..device };
        assert!(!hangs_on_groups(&device, (0, 0)) && !hangs_on_groups(&all, (1000, 1000)));
    }
}
