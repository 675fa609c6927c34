//! The configuration that Proxmox makes of `/etc/pve/lxc/NNN.conf` (pve-container
//! `src/PVE/LXC.pm`, update_lxc_config; `src/PVE/LXC/Config.pm`, parse_pct_config).

use super::config::{self, LxcLine};
use super::included::{self, COMMON, DIRECTORY};
use super::read::{self, LxcEntry, LxcFile};
use crate::deploy::place::{BadInput, Index, Place};
use crate::deploy::read::Input;

/// The filter of an unprivileged container without `keyctl`.
pub(super) const SECCOMP: &str = "pve-userns.seccomp";

/// What that filter refuses besides what the filter of every container does.
pub(super) const WITHOUT_KEYRINGS: &str = r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
    {"names": ["keyctl"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}"#;

/// The key of [`FEATURES`] that lets the container have containers of its own.
pub(super) const NESTING: &str = "nesting";
const PROFILE: &str = "lxc.apparmor.profile";
pub(super) const FEATURES: &str = "features";

/// What a line of the file is.
enum PveSaid<'t> {
    Nothing,
    /// The head of a snapshot or of pending changes: what is in force ends here.
    Section,
    /// `KEY: VALUE`; a raw setting may also be written `lxc.KEY = VALUE`.
    Key(LxcLine<'t>),
    Unknown,
}

fn said(at: usize, line: &str) -> PveSaid<'_> {
    let text = line.trim_end();
    if text.is_empty() || text.starts_with('#') {
        return PveSaid::Nothing;
    }
    if text.starts_with('[') && text.ends_with(']') {
        return PveSaid::Section;
    }
    let raw = text.starts_with(config::PREFIX);
    let mark = text.find(|c: char| c == ':' || raw && c == '=');
    let Some((key, value)) = mark.and_then(|mark| text.split_at_checked(mark)) else {
        return PveSaid::Unknown;
    };
    let key = key.trim_end();
    let value = value.get(1..).unwrap_or("").trim_start();
    let is_key = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b);
    if key.is_empty() || !key.bytes().all(is_key) || value.is_empty() && !raw {
        return PveSaid::Unknown;
    }
    let end = at + text.len();
    PveSaid::Key(LxcLine { key, value, range: at..end, whole: at..at + line.len() })
}

/// The lines that are in force.
pub(super) fn lines(text: &str) -> impl Iterator<Item = LxcLine<'_>> {
    let all = config::all(text).map(|(at, line)| said(at, line));
    let now = all.take_while(|said| !matches!(said, PveSaid::Section));
    now.filter_map(|said| match said {
        PveSaid::Key(line) => Some(line),
        _ => None,
    })
}

/// Whether a text is such a file: it has the keys without which Proxmox starts nothing, and no line
/// of another kind.
pub(super) fn recognises(text: &str) -> bool {
    let has = |wanted: &[&str]| lines(text).any(|line| wanted.contains(&line.key));
    let known = |(at, line)| !matches!(said(at, line), PveSaid::Unknown);
    let own_root = lines(text).any(|line| line.key == "rootfs" && is_volume(line.value));
    // A virtual machine has no `rootfs`; its disks have other keys.
    own_root && has(&["ostype", "arch", "hostname", "unprivileged"]) && config::all(text).all(known)
}

/// Whether a value is a volume of a storage, or a path of the host.
fn is_volume(value: &str) -> bool {
    let volume = value.split(',').next().unwrap_or(value);
    let volume = volume.strip_prefix("volume=").unwrap_or(volume);
    let named = |(storage, name): (&str, &str)| {
        let may = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        storage.starts_with(|c: char| c.is_ascii_alphabetic())
            && storage.bytes().all(may)
            && !name.is_empty()
            && !name.starts_with("//")
            && !name.contains(char::is_whitespace)
    };
    volume.starts_with('/') || volume.split_once(':').is_some_and(named)
}

/// A truth value of Proxmox.
fn truth(text: &str) -> Option<bool> {
    let is = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["1", "on", "yes", "true"]) {
        Some(true)
    } else {
        is(["0", "off", "no", "false"]).then_some(false)
    }
}

/// The lines that are in force; of each key, the last one counts.
struct Pve<'t> {
    lines: Vec<LxcLine<'t>>,
}

impl<'t> Pve<'t> {
    fn last(&self, key: &str) -> Option<&LxcLine<'t>> {
        self.lines.iter().rfind(|line| line.key == key)
    }

    fn has_raw(&self, key: &str) -> bool {
        self.lines.iter().any(|line| line.key == key)
    }

    /// A feature, which is off where it is not named.
    fn feature(&self, wanted: &str) -> Option<bool> {
        let Some(line) = self.last(FEATURES) else { return Some(false) };
        let mut pairs = line.value.split(',').filter_map(|part| part.trim().split_once('='));
        match pairs.rfind(|(key, _)| *key == wanted) {
            Some((_, value)) => truth(value),
            None => Some(false),
        }
    }
}

/// The configuration that is made of a file.
///
/// # Errors
/// When Proxmox does not accept a value.
pub(super) fn planned(input: Input<'_>, index: &Index<'_>) -> Result<LxcFile, BadInput> {
    let pve = Pve { lines: lines(input.text).collect() };
    let start = index.of_file(0..0);
    let place = |key: &str| pve.last(key).map_or(start, |line| index.of_file(line.range.clone()));
    let switch = |key: &str, value: Option<bool>| {
        let why = format!("{key} is neither 0 nor 1");
        value.ok_or_else(|| BadInput::at(place(key), why))
    };
    let unprivileged = pve.last("unprivileged").map(|line| truth(line.value));
    let unprivileged = switch("unprivileged", unprivileged.unwrap_or(Some(false)))?;
    let own_map = pve.has_raw("lxc.idmap");
    let unprivileged_place = if own_map { place("lxc.idmap") } else { place("unprivileged") };
    let [nesting, keyctl] = [NESTING, "keyctl"].map(|name| switch(FEATURES, pve.feature(name)));
    let (nesting, keyctl) = (nesting?, keyctl?);
    let features = place(FEATURES);
    let mut made = Made { entries: vec![] };
    let ostype = pve.last("ostype").map_or("", |line| line.value);
    let stem = if included::has(ostype) { format!("{ostype}.") } else { String::new() };
    let common = if stem.is_empty() { COMMON.to_owned() } else { format!("{stem}common.conf") };
    made.add("lxc.include", &format!("{DIRECTORY}{common}"), place("ostype"));
    if unprivileged || own_map {
        made.add("lxc.include", &format!("{DIRECTORY}{stem}userns.conf"), unprivileged_place);
        if !pve.has_raw("lxc.seccomp.profile") {
            let filter = if keyctl { included::SECCOMP } else { SECCOMP };
            let at = if keyctl { features } else { unprivileged_place };
            made.add("lxc.seccomp.profile", &format!("{DIRECTORY}{filter}"), at);
        }
    }
    made.apparmor(&pve, nesting, features);
    if unprivileged && !own_map {
        for kind in ["u", "g"] {
            made.add("lxc.idmap", &format!("{kind} 0 100000 65536"), unprivileged_place);
        }
    }
    if let Some(line) = pve.last("entrypoint") {
        made.add("lxc.init.cmd", line.value, place("entrypoint"));
    }
    for line in pve.lines.iter().filter(|line| line.key.starts_with(config::PREFIX)) {
        made.add(line.key, line.value, index.of_file(line.range.clone()));
    }
    let hostname = pve.last("hostname").map(|line| line.value.to_owned());
    let number = read::stem(input.path).filter(|stem| stem.bytes().all(|b| b.is_ascii_digit()));
    let has_profile = pve.has_raw(PROFILE);
    let by_features = &super::PROXMOX;
    Ok(LxcFile {
        dialect: if has_profile { &super::PROXMOX_WITH_PROFILE } else { by_features },
        name: hostname.or(number.map(|number| format!("CT{number}"))),
        entries: made.entries,
        passed_over: (has_profile && nesting).then_some(features),
        ..LxcFile::of(by_features, start)
    })
}

/// The configuration that Proxmox writes.
struct Made {
    entries: Vec<LxcEntry>,
}

impl Made {
    fn add(&mut self, key: &str, value: &str, place: Place) {
        self.entries.push(LxcEntry::new(key, value, place));
    }

    /// make_apparmor_config: a profile that the file names takes precedence over every feature.
    fn apparmor(&mut self, pve: &Pve<'_>, nesting: bool, place: Place) {
        if pve.has_raw(PROFILE) {
            return;
        }
        self.add(PROFILE, "generated", place);
        // Without nesting nothing may be mounted over /proc, and with it everything, and a user
        // namespace be made.
        self.add("lxc.apparmor.raw", "allow userns,", place);
        if nesting {
            self.add("lxc.apparmor.allow_nesting", "1", place);
        }
    }
}
