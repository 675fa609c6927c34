//! What is mounted in a container beside what it has by itself: over /proc, where it decides, and
//! where no engine mounts anything.

use super::host_proc::BindOptions;
use super::limits;
use super::place::{At, Place};
use super::security_opt::parse_bool;
use super::setting::Settings;
use crate::parse::path::below;

/// The procfs of a host or a container.
const PROC: &str = "/proc";

/// Where runc lets something be mounted below /proc: what LXCFS makes (runc
/// `libcontainer/rootfs_linux.go`, checkProcMount).
const LXCFS: &[&str] = &[
    "/proc/cpuinfo",
    "/proc/diskstats",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/slabinfo",
    "/proc/stat",
    "/proc/swaps",
    "/proc/sys/crypto/fips_enabled",
    "/proc/sys/kernel/ns_last_pid",
    "/proc/uptime",
];

/// Where something is mounted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    pub path: String,
    /// Whether nothing can be written there.
    pub read_only: bool,
}

/// What is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum MountSource {
    /// The procfs of the host, or a part of it.
    Proc,
    /// A procfs of the container's own pid namespace.
    OwnProc,
    /// A tmpfs.
    Tmpfs,
    /// Anything else.
    Other,
    /// What the file does not tell.
    Unknown,
}

impl MountSource {
    /// A path of the host; what is filled in later may be any.
    pub(crate) fn of(path: &str) -> Self {
        let is_proc = path.starts_with('/') && below(&clean(path), PROC).is_some();
        match path.contains('$') {
            _ if is_proc => Self::Proc,
            true => Self::Unknown,
            false => Self::Other,
        }
    }
}

/// Something that is mounted over /proc, or below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct OverProc {
    /// Where.
    pub target: String,
    /// What.
    pub source: MountSource,
    /// Whether nothing can be written there.
    pub read_only: bool,
}

impl OverProc {
    /// Whether it covers all of /proc.
    pub(crate) fn is_whole(&self) -> bool {
        self.target == PROC
    }

    /// Whether runc mounts it; `None` where that hangs on what the file does not tell.
    pub(crate) fn is_mounted_by_runc(&self) -> Option<bool> {
        match self.source {
            // Before 1.2 it did, wherever the kernel has a directory.
            MountSource::Tmpfs if !self.is_whole() => None,
            _ if !self.is_whole() => Some(LXCFS.contains(&self.target.as_str())),
            MountSource::Proc | MountSource::OwnProc => Some(true),
            MountSource::Other | MountSource::Tmpfs => Some(false),
            MountSource::Unknown => None,
        }
    }
}

/// A path without what makes no difference to it (Go's `filepath.Clean` of an absolute one).
pub(super) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = vec![];
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// What the third part of a volume may say, each of these once.
const MODES: &[&[&str]] = &[
    &["ro", "rw"],
    &["z", "Z"],
    &["nocopy"],
    PROPAGATIONS,
    &["consistent", "cached", "delegated"],
];

/// Why nothing is mounted at a path of a container.
pub(crate) fn refused_target(target: &str) -> Option<&'static str> {
    match target.starts_with('/') {
        false => Some("the path in the container is not absolute"),
        true if clean(target) == "/" => Some("nothing is mounted over the root directory"),
        // Docker makes it (moby `daemon/initlayer`).
        true if clean(target) == "/etc/mtab" => {
            Some("it is a link into /proc, where runc mounts nothing")
        }
        true => None,
    }
}

/// Why Docker takes no volume `SOURCE:TARGET:OPTIONS` (moby `volume/mounts/linux_parser.go`).
pub(crate) fn refused_volume(volume: &str) -> Option<&'static str> {
    let is_mode = |mode: &str| {
        let mut left = MODES.to_vec();
        mode.split(',').all(|word| {
            let at = left.iter().position(|words| words.contains(&word));
            at.map(|at| left.remove(at)).is_some()
        })
    };
    match volume.split(':').collect::<Vec<_>>().as_slice() {
        // The client takes it for a path of Windows, and the daemon for a directory.
        [_] if !volume.starts_with('/') => None,
        [drive, ..] if drive.len() == 1 => None,
        parts if parts.contains(&"") => Some("nothing stands between two colons"),
        [source, _, mode] if !is_name(source) && mode.split(',').any(|word| word == "nocopy") => {
            Some("nothing is copied to a path of the host: `nocopy` is for volumes")
        }
        [source, _, ..] if !is_source(source) => Some("the source is neither a path nor a name"),
        [target] | [_, target] => refused_target(target),
        [_, target, mode] => {
            let bad = (!is_mode(mode)).then_some("there is no such option");
            refused_target(target).or(bad)
        }
        _ => Some("it is not SOURCE:TARGET:OPTIONS"),
    }
}

/// Whether the source of a volume is a path, or a name (moby `volume/names`).
pub(crate) fn is_source(source: &str) -> bool {
    source.starts_with(['/', '.', '~']) || is_name(source)
}

/// Whether a volume, or a container of podman, can have this name.
pub(super) fn is_name(name: &str) -> bool {
    let may = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    name.bytes().all(may) && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// How what is mounted below goes to other places (moby `volume/mounts/linux_parser.go`).
const PROPAGATIONS: &[&str] = &["shared", "rshared", "slave", "rslave", "private", "rprivate"];

/// The same by its name.
pub(super) fn propagation(name: &str) -> Option<&'static str> {
    PROPAGATIONS.iter().copied().find(|known| *known == name.to_ascii_lowercase())
}

/// Why no such value of a part of a mount is taken.
pub(crate) fn refused_part(key: &str, value: &str) -> Option<&'static str> {
    let fits = match key {
        "bind-propagation" | "propagation" => PROPAGATIONS.contains(&&*value.to_ascii_lowercase()),
        "bind-recursive" => ["enabled", "disabled", "writable", "readonly"].contains(&value),
        "tmpfs-size" => limits::size(value).is_some(),
        "tmpfs-mode" => u32::from_str_radix(value, 8).is_ok(),
        "readonly" | "ro" | "volume-nocopy" | "bind-nonrecursive" => parse_bool(value).is_some(),
        _ => true,
    };
    (!fits).then_some("a part of it has no such value")
}

/// Where a volume that has a source, or a mount, is put.
fn target((option, text): (&str, &str)) -> Option<String> {
    match option {
        "mount" => ends(text).1,
        "tmpfs" => text.split(':').next().map(str::to_owned),
        _ => {
            let (source, rest) = text.split_once(':')?;
            // One letter is a drive of Windows to the client.
            rest.split(':').next().filter(|_| source.len() > 1).map(str::to_owned)
        }
    }
}

/// Whether Docker refuses two options with their values, since they are for one place. The client
/// passes a volume on once (docker/cli `opts/opts.go`, ListOpts.GetMap).
pub(crate) fn clash(first: (&str, &str), second: (&str, &str)) -> bool {
    let (Some(one), Some(other)) = (target(first), target(second)) else { return false };
    match (first.0, second.0) {
        ("tmpfs", "tmpfs" | "mount") | ("mount", "tmpfs") => false,
        // The daemon cleans the path of a volume, and that of a tmpfs not.
        ("tmpfs", _) => one == clean(&other),
        (_, "tmpfs") => clean(&one) == other,
        _ => {
            first != second && clean(&one) == clean(&other) || first.0 == "mount" && first == second
        }
    }
}

/// The types of a mount.
const TYPES: &[&str] = &["bind", "cluster", "image", "npipe", "tmpfs", "volume"];

/// What else a mount may say, by the first word.
const PARTS: &[&str] =
    &["bind", "consistency", "image", "readonly", "ro", "tmpfs", "type", "volume"];

/// The parts that are on where they have no value (docker/cli `opts/mount.go`).
const SWITCHES: &[&str] =
    &["readonly", "ro", "volume-nocopy", "bind-nonrecursive", "bind-create-src"];

/// A part of a mount: its key in lower case, and its value.
type MountPart = (String, Option<String>);

/// The parts of `type=...,source=...,target=...`, which is a line of CSV; `None` where it is none.
fn parts(mount: &str) -> Option<Vec<MountPart>> {
    let mut parts = vec![];
    let mut rest = Some(mount);
    while let Some(text) = rest {
        let (field, after) = match text.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => match text.split_once(',') {
                Some((field, after)) => (field.to_owned(), Some(after)),
                None => (text.to_owned(), None),
            },
        };
        if !text.starts_with('"') && field.contains('"') {
            return None;
        }
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key, Some(value.to_owned())),
            None => (&*field, None),
        };
        parts.push((key.to_ascii_lowercase(), value));
        rest = after;
    }
    Some(parts)
}

/// A field of CSV behind its first quote, and what stands behind its comma.
fn quoted_field(text: &str) -> Option<(String, Option<&str>)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None if after.is_empty() => return Some((field, None)),
            None => return Some((field, Some(after.strip_prefix(',')?))),
        }
    }
}

/// The value of the part with one of these keys: what is said last counts.
fn part<'m>(parts: &'m [MountPart], keys: &[&str]) -> Option<&'m str> {
    let part = parts.iter().rfind(|(key, _)| keys.contains(&key.as_str()));
    part.map(|(_, value)| value.as_deref().unwrap_or("true"))
}

const SOURCE: &[&str] = &["source", "src"];
const TARGET: &[&str] = &["target", "dst", "destination"];

/// What `type=...,source=...,target=...` mounts, and where.
pub(crate) fn ends(mount: &str) -> (Option<String>, Option<String>) {
    let parts = parts(mount).unwrap_or_default();
    let end = |keys| part(&parts, keys).map(str::to_owned);
    (end(SOURCE), end(TARGET))
}

/// The directory of the host that the options of a volume bind (moby `volume/local`); a procfs of
/// its own is as good as the host's.
fn bound_by_options(parts: &[MountPart]) -> Option<String> {
    let options = parts.iter().filter(|(key, _)| key == "volume-opt");
    let options = options.filter_map(|(_, option)| option.as_deref()?.split_once('='));
    bound_by(options)
}

/// The same of the options of the driver `local`, by name and value.
pub(super) fn bound_by<'o>(options: impl Iterator<Item = (&'o str, &'o str)>) -> Option<String> {
    let (mut kind, mut how, mut device) = ("", "", "");
    for (name, value) in options {
        match name {
            "type" => kind = value,
            "o" => how = value,
            "device" => device = value,
            _ => {}
        }
    }
    let binds = how.split(',').any(|word| ["bind", "rbind"].contains(&word));
    match kind {
        "proc" => Some(PROC.into()),
        _ if binds && device.starts_with('/') => Some(device.into()),
        _ => None,
    }
}

/// The options of the driver `local`, and those that each needs beside itself.
const LOCAL: &[(&str, &[&str])] =
    &[("type", &["device"]), ("device", &["type"]), ("o", &["device", "type"]), ("size", &[])];

/// Why Docker's driver `local` makes no volume of options with these names (moby
/// `volume/local/local_unix.go`, validateOpts).
pub(super) fn refused_options<'o>(names: impl Iterator<Item = &'o str>) -> Option<&'static str> {
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    let needs = |name: &&str| LOCAL.iter().find(|(known, _)| known == name);
    if names.iter().any(|name| needs(name).is_none()) {
        return Some("the driver of the volume has no such option");
    }
    let needed = names.iter().filter_map(needs).flat_map(|(_, needed)| *needed);
    let lacks = needed.into_iter().any(|name| !names.contains(name));
    lacks.then_some("an option of the volume wants `type` and `device` beside it")
}

/// The same of a mount's own options.
fn refused_volume_options(parts: &[MountPart]) -> Option<&'static str> {
    if !["", "local"].contains(&part(parts, &["volume-driver"]).unwrap_or_default()) {
        return None;
    }
    let options = parts.iter().filter(|(key, _)| key == "volume-opt");
    refused_options(options.filter_map(|(_, option)| option.as_deref()?.split('=').next()))
}

/// What a mount does not say beside what it says of the mounts below it.
fn lacks_part(parts: &[MountPart]) -> Option<&'static str> {
    let read_only = part(parts, &["readonly", "ro"]).and_then(parse_bool) == Some(true);
    let private = part(parts, &["bind-propagation"]) == Some("rprivate");
    match part(parts, &["bind-recursive"])? {
        "readonly" | "writable" if !read_only => Some("it has to be `readonly` as well"),
        "readonly" if !private => Some("it has to be `bind-propagation=rprivate` as well"),
        _ => None,
    }
}

/// Why Docker takes no such mount (docker/cli `opts/mount.go`, moby
/// `volume/mounts/linux_parser.go`).
pub(crate) fn refused_mount(mount: &str) -> Option<&'static str> {
    let known = |key: &str| {
        let first = key.split('-').next().unwrap_or(key);
        SOURCE.contains(&key) || TARGET.contains(&key) || PARTS.contains(&first)
    };
    let Some(parts) = parts(mount) else { return Some("its quotes are not those of CSV") };
    let source = part(&parts, SOURCE).unwrap_or_default();
    let of = part(&parts, &["type"]).unwrap_or("volume").to_ascii_lowercase();
    let of_other = |(key, _): &MountPart| {
        let first = key.split_once('-').map(|(first, _)| first);
        first.is_some_and(|first| TYPES.contains(&first) && of != first)
    };
    let valueless = |(key, value): &MountPart| value.is_none() && !SWITCHES.contains(&key.as_str());
    match &*of {
        _ if !parts.iter().all(|(key, _)| known(key)) => Some("there is no such part of it"),
        _ if parts.iter().any(valueless) => Some("a part of it has no value"),
        of if !TYPES.contains(&of) => Some("there is no such type"),
        "npipe" => Some("a named pipe is mounted on Windows alone"),
        // The shell's directory is filled in by the client.
        "bind" if !source.starts_with(['/', '.']) => Some("the source is not an absolute path"),
        "tmpfs" if !source.is_empty() => Some("a tmpfs has no source"),
        "image" if source.is_empty() => Some("it names no image"),
        "volume" if !source.is_empty() && (source.len() < 2 || !is_name(source)) => {
            Some("the source is no name")
        }
        _ if parts.iter().any(of_other) => Some("a part of it is of another type"),
        _ => parts
            .iter()
            .find_map(|(key, value)| refused_part(key, value.as_deref()?))
            .or_else(|| lacks_part(&parts))
            .or_else(|| refused_volume_options(&parts))
            .or_else(|| refused_target(part(&parts, TARGET).unwrap_or_default())),
    }
}

impl Settings {
    /// Notes where something is mounted.
    pub(crate) fn mounts(
        &mut self,
        target: &str,
        source: MountSource,
        read_only: bool,
        place: Place,
    ) {
        let target = clean(target);
        self.targets.push(At::new(Target { path: target.clone(), read_only }, place));
        if below(&target, PROC).is_some() {
            self.over_proc.push(At::new(OverProc { target, source, read_only }, place));
        }
    }

    /// The same of a volume, `SOURCE:TARGET:OPTIONS` or `TARGET`.
    pub(crate) fn mounts_volume(&mut self, volume: &str, place: Place) {
        let mut parts = volume.split(':');
        let (first, second, options) = (parts.next(), parts.next(), parts.next());
        let how =
            BindOptions::of_options(options.into_iter().flat_map(|options| options.split(',')));
        match (first, second) {
            (Some(source), Some(target)) => self.mounts_of(source, target, how, place),
            (target, _) => self.mounts(target.unwrap_or(""), MountSource::Other, false, place),
        }
    }

    /// The same of `type=...,source=...,target=...`, in any order.
    pub(crate) fn mounts_named(&mut self, mount: &str, place: Place) {
        let parts = parts(mount).unwrap_or_default();
        let Some(target) = part(&parts, TARGET) else { return };
        let is = |kind| part(&parts, &["type"]).is_some_and(|of| of.eq_ignore_ascii_case(kind));
        let source = part(&parts, SOURCE).filter(|_| is("bind")).map(str::to_owned);
        let other = if is("tmpfs") { MountSource::Tmpfs } else { MountSource::Other };
        let how = BindOptions::of_parts(parts.iter().map(|(k, v)| (&**k, v.as_deref())));
        match source.or_else(|| bound_by_options(&parts)) {
            Some(source) => self.mounts_of(&source, target, how, place),
            None => self.mounts(target, other, how.read_only, place),
        }
    }

    /// The same of a path of the host.
    pub(crate) fn mounts_of(&mut self, source: &str, target: &str, how: BindOptions, place: Place) {
        self.mounts(target, MountSource::of(source), how.read_only, place);
        self.show_host(source, target, how, place);
        self.mounts_device(source, target, place);
    }
}
