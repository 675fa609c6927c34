//! What liblxc does with a configuration, entry by entry (lxc `src/lxc/confile.c`), and what that
//! makes of the container (`src/lxc/conf.c`).

use super::read::{LxcEntry, entries};
use super::{config, included, keys, proxmox};
use crate::deploy::defaults::{capability, name};
use crate::deploy::mounts::MountSource;
use crate::deploy::place::{At, FileId, Index, Place};
use crate::deploy::read::Surroundings;
use crate::deploy::setting::{
    Doubt, Label, Masks, Profile, Setting, Settings, StartObstacle, User, Userns,
};
use crate::parse::path;

/// How deep includes may be nested; anything deeper is taken to go round in circles.
const MOST: usize = 64;

/// How many includes are followed in all; what lies beyond them is in doubt.
const MOST_INCLUDED: usize = 256;

/// As many tasks as a container has when it has just started, and a few more.
const FEW: u64 = 64;

/// What is mounted by `lxc.mount.entry`: a line of fstab(5).
struct MountLine {
    source: String,
    target: String,
    kind: String,
    options: Vec<String>,
}

impl MountLine {
    /// `None` where the text is no such line. The target is below the container's root.
    fn of(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace().map(str::to_owned);
        let (source, target, kind) = (words.next()?, words.next()?, words.next()?);
        let options = words.next().unwrap_or_default();
        let options = options.split(',').map(str::to_owned).collect();
        Some(Self { source, target: format!("/{}", target.trim_matches('/')), kind, options })
    }

    fn has(&self, option: &str) -> bool {
        self.options.iter().any(|known| known == option)
    }

    fn is_over_proc(&self) -> bool {
        path::below(&self.target, "/proc").is_some()
    }

    /// Whether it mounts a procfs that hides nothing.
    fn is_whole_proc(&self) -> bool {
        let less = ["ro", "noatime", "nodiratime", "strictatime", "subset=pid"];
        self.kind == "proc" && !less.iter().any(|option| self.has(option))
    }

    /// Whether it binds the host's procfs, or a part of it.
    fn shows_proc(&self) -> bool {
        path::below(&self.source, "/proc").is_some()
    }
}

/// A map of ids: the first inside, the first of the host, and how many.
type MappedIds = (u64, u64, u64);

/// What a configuration says, as liblxc has it before it starts the container.
#[derive(Default)]
pub(super) struct LxcConfig {
    /// Where it begins.
    start: Place,
    settings: Settings,
    /// `lxc.uts.name`.
    pub name: Option<String>,
    /// The procfs of `lxc.mount.auto`, and whether a part of it is read-only.
    proc: Option<At<bool>>,
    /// `lxc.autodev = 0`.
    no_autodev: bool,
    mounts: Vec<At<MountLine>>,
    fstab: Option<Place>,
    /// A program that may mount something before the container's own starts.
    hook: Option<Place>,
    nesting: Option<At<bool>>,
    /// Whether the listed capabilities are kept, not dropped; and the list.
    caps: (bool, Vec<At<String>>),
    uids: Vec<MappedIds>,
    gids: Vec<MappedIds>,
    idmap: Option<Place>,
    /// Whether a map was cleared.
    remaps: bool,
    profile: Option<At<String>>,
    /// Whether a line that is added to a generated profile allows user namespaces.
    allows_userns: bool,
    sysctls: Vec<At<String>>,
    ids: (Option<At<u64>>, Option<u64>),
    /// How many files of others were included.
    included: usize,
}

impl LxcConfig {
    /// Where nesting is asked for, but LXC makes no mounts for it.
    pub(super) fn nests_nothing(&self) -> Option<Place> {
        let asked = self.nesting.as_ref().filter(|at| at.value && self.mounts.is_empty());
        asked.map(|at| at.place)
    }

    /// An empty one, for a file that begins there.
    pub(super) fn new(start: Place) -> Self {
        Self { start, ..Self::default() }
    }

    /// Takes entries one after the other.
    pub(super) fn read(
        &mut self,
        entries: &[LxcEntry],
        file: FileId,
        surroundings: &mut dyn Surroundings,
        depth: usize,
    ) {
        for entry in entries {
            if let Some(why) = keys::refused(&entry.key) {
                self.settings.refuse(why, entry.place);
            } else if entry.key == "lxc.include" {
                self.include(entry, file, surroundings, depth);
            } else if self.set(entry).is_none() {
                let why = format!("liblxc does not accept this value of {}", entry.key);
                self.settings.refuse(why, entry.place);
            }
        }
    }

    /// Takes the entries of another file, placed where that is included.
    fn include(
        &mut self,
        entry: &LxcEntry,
        file: FileId,
        surroundings: &mut dyn Surroundings,
        depth: usize,
    ) {
        let path = entry.value.as_str();
        let name = path.strip_prefix(included::DIRECTORY);
        if path.is_empty() || name == Some("userns.conf.d/") {
            return;
        }
        if name.is_some_and(|name| name.starts_with(included::MORE)) {
            self.hook = self.hook.or(Some(entry.place));
        } else if depth == MOST {
            self.settings.refuse("files include one another".to_owned(), entry.place);
        } else if let Some(text) = included::text(path) {
            let here = |line: config::LxcLine<'_>| LxcEntry::new(line.key, line.value, entry.place);
            let entries: Vec<LxcEntry> = config::lines(&text).map(here).collect();
            self.read(&entries, file, surroundings, depth + 1);
        } else {
            self.included += 1;
            let few = self.included <= MOST_INCLUDED;
            let read = few
                .then(|| surroundings.open(path, file).ok())
                .flatten()
                .and_then(|(id, text)| Some((id, entries(&text, &Index::new(id, &text)).ok()?)));
            match read {
                Some((id, entries)) => self.read(&entries, id, surroundings, depth + 1),
                None => {
                    let why = format!("lxc.include = {path}: what it sets was not read");
                    self.doubt(Setting::Runtime, entry.place, why);
                }
            }
        }
    }

    fn doubt(&mut self, about: Setting, place: Place, why: impl Into<String>) {
        self.settings.unknown.push(At::new(Doubt { about, why: why.into() }, place));
    }

    /// Takes one entry; `None` where liblxc does not accept its value.
    fn set(&mut self, LxcEntry { key, value, place }: &LxcEntry) -> Option<()> {
        let (value, place) = (value.as_str(), *place);
        let at = || Some(At::new(value.to_owned(), place)).filter(|at| !at.value.is_empty());
        match key.as_str() {
            "lxc.apparmor.allow_nesting" => self.nesting = switch(value, place)?,
            "lxc.apparmor.profile" => self.profile = at(),
            "lxc.apparmor.raw" => {
                let rule = value.trim().trim_end_matches(',');
                self.allows_userns |= ["userns", "allow userns"].contains(&rule);
            }
            "lxc.autodev" => self.no_autodev = value == "0",
            "lxc.cap.drop" | "lxc.cap.keep" => return self.capabilities(key, value, place),
            "lxc.environment" | "lxc.environment.runtime" => self.environment(value, place),
            "lxc.init.cmd" | "lxc.execute.cmd" => {
                self.settings.command = at().into_iter().collect()
            }
            "lxc.hook.pre-mount"
            | "lxc.hook.mount"
            | "lxc.hook.autodev"
            | "lxc.hook.start"
            | "lxc.hook.start-host" => self.hook = at().map(|at| at.place),
            "lxc.idmap" => return self.map(value, place),
            "lxc.init.uid" => self.ids.0 = Some(At::new(number(value)?, place)),
            "lxc.init.gid" => self.ids.1 = Some(number(value)?),
            "lxc.mount.auto" => return self.automatic(value, place),
            "lxc.mount.entry" => match value {
                "" => self.mounts.clear(),
                line => self.mounts.push(At::new(MountLine::of(line)?, place)),
            },
            "lxc.mount.fstab" => self.fstab = at().map(|at| at.place),
            "lxc.no_new_privs" => self.settings.no_new_privs = switch(value, place)?,
            "lxc.prlimit.nproc" => return self.limit(value, place),
            "lxc.seccomp.profile" => self.settings.seccomp = at().map(|at| at.map(filter)),
            "lxc.selinux.context" => {
                let kind = value.split(':').nth(2).map(|kind| Label::Type(kind.to_owned()));
                self.settings.selinux = kind.map(|kind| At::new(kind, place));
            }
            "lxc.uts.name" => self.name = at().map(|at| at.value),
            key if key.starts_with("lxc.namespace.") && !value.is_empty() => {
                let why = format!("{key}: whose namespaces it is in");
                self.doubt(Setting::Runtime, place, why);
            }
            key if key.starts_with("lxc.cgroup") && key.ends_with(".pids.max") => {
                self.tasks(value, place);
            }
            key => {
                let name = key.strip_prefix("lxc.sysctl.");
                self.sysctls.extend(name.map(|name| At::new(name.to_owned(), place)));
            }
        }
        Some(())
    }

    /// `lxc.cap.drop` and `lxc.cap.keep`, which exclude each other; an empty one clears both.
    fn capabilities(&mut self, key: &str, value: &str, place: Place) -> Option<()> {
        let keeps = key == "lxc.cap.keep";
        if value.is_empty() {
            self.caps = (false, vec![]);
            return Some(());
        }
        (self.caps.0 == keeps || self.caps.1.is_empty() && !self.caps.0).then_some(())?;
        self.caps.0 = keeps;
        for word in value.split_whitespace() {
            // Release 5 knows the names in lower case alone.
            let known = capability(word).filter(|_| !word.contains(char::is_uppercase));
            let known = known.filter(|_| !word.starts_with("cap_"));
            let by_number = || word.parse().ok();
            match (known.or_else(by_number), word) {
                (_, "none") if keeps => self.caps.1.clear(),
                (Some(bit), _) => {
                    let named = name(bit).map(str::to_owned);
                    self.caps.1.extend(named.map(|named| At::new(named, place)));
                }
                (None, _) => return None,
            }
        }
        Some(())
    }

    /// `lxc.environment = NAME=VALUE`; a name alone has its value from LXC's own environment.
    fn environment(&mut self, value: &str, place: Place) {
        let (name, value) = match value.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (value, None),
        };
        self.settings.env.push((At::new(name.to_owned(), place), value));
    }

    /// `lxc.idmap = u INSIDE OUTSIDE COUNT`.
    fn map(&mut self, value: &str, place: Place) -> Option<()> {
        if value.is_empty() {
            self.remaps |= self.idmap.is_some();
            (self.idmap, self.uids, self.gids) = (None, vec![], vec![]);
            return Some(());
        }
        let words: Vec<&str> = value.split_whitespace().collect();
        let [kind, inside, outside, count] = words.as_slice() else { return None };
        let ids = (inside.parse().ok()?, outside.parse().ok()?, count.parse().ok()?);
        match *kind {
            "u" => self.uids.push(ids),
            "g" => self.gids.push(ids),
            _ => return None,
        }
        self.idmap = self.idmap.or(Some(place));
        Some(())
    }

    /// `lxc.mount.auto`: the last word for a file system counts, and an empty value clears them.
    fn automatic(&mut self, value: &str, place: Place) -> Option<()> {
        if value.is_empty() {
            self.proc = None;
        }
        for word in value.split_whitespace() {
            match word {
                "proc" | "proc:mixed" => self.proc = Some(At::new(true, place)),
                "proc:rw" => self.proc = Some(At::new(false, place)),
                _ => {
                    let kind = word.split(':').next()?;
                    let known = ["sys", "cgroup", "cgroup2", "cgroup-full", "shmounts"];
                    known.contains(&kind).then_some(())?;
                }
            }
        }
        Some(())
    }

    /// `SOFT:HARD`, or one number for both.
    fn limit(&mut self, value: &str, place: Place) -> Option<()> {
        let soft = value.split(':').next()?.trim();
        self.settings.nproc = match soft {
            "" | "unlimited" => None,
            soft => Some(At::new(soft.parse().ok()?, place)),
        };
        Some(())
    }

    /// A limit of tasks holds where the host has control groups of that version.
    fn tasks(&mut self, value: &str, place: Place) {
        if value.parse().is_ok_and(|most: u64| most < FEW) {
            let why = "whether the host has control groups of this version";
            self.doubt(Setting::TaskLimit, place, why);
        }
    }

    /// The settings of the container that all this amounts to.
    pub(super) fn finish(mut self) -> Settings {
        self.proc();
        self.users();
        let (keeps, caps) = std::mem::take(&mut self.caps);
        match keeps {
            true => {
                let all = caps.first().map_or(self.start, |first| first.place);
                self.settings.cap_drop = vec![At::new("ALL".to_owned(), all)];
                self.settings.cap_add = caps;
            }
            false => self.settings.cap_drop = caps,
        }
        self.parameters();
        self.settings.selinux =
            self.settings.selinux.take().or_else(|| Some(At::new(Label::Disabled, self.start)));
        self.apparmor();
        self.settings
    }

    /// What is mounted at /proc and over it (lxc `src/lxc/conf.c`, lxc_setup).
    fn proc(&mut self) {
        let mounts = std::mem::take(&mut self.mounts);
        // Entries are mounted after what is mounted by itself, and one over /proc covers all that.
        let own = mounts.iter().rposition(|at| at.value.target == "/proc");
        let own_line = own.and_then(|at| mounts.get(at));
        if self.proc.is_none() && own.is_none() {
            let why = "nothing mounts /proc before the container's own init";
            self.doubt(Setting::Runtime, self.start, why);
        }
        if let Some(at) = own_line {
            if at.value.kind != "proc" {
                self.doubt(Setting::Runtime, at.place, "what it mounts over /proc is not known");
            }
            self.settings.mounts("/proc", MountSource::OwnProc, at.value.has("ro"), at.place);
        } else if let Some(at) = self.proc.as_ref().filter(|at| at.value) {
            self.settings.mounts("/proc/sys", MountSource::Proc, true, at.place);
        }
        let made = |line: &MountLine| {
            line.options.iter().any(|option| option == "optional" || option.starts_with("create="))
        };
        let early = mounts.iter().take(own.filter(|_| self.proc.is_none()).unwrap_or(0));
        for at in early.filter(|at| at.value.is_over_proc() && !made(&at.value)) {
            let why = format!("{} is mounted before there is a /proc", at.value.target);
            self.settings.obstacles.push(At::new(StartObstacle::new(false, why), at.place));
        }
        let behind = mounts.iter().skip(own.map_or(0, |at| at + 1));
        for At { value: line, place } in behind.filter(|at| at.value.is_over_proc()) {
            self.settings.mounts(&line.target, MountSource::Other, line.has("ro"), *place);
        }
        // A boot id of its own, where LXC makes /dev (lxc_setup_boot_id).
        if !self.no_autodev {
            let boot_id = "/proc/sys/kernel/random/boot_id";
            self.settings.mounts(boot_id, MountSource::Other, true, self.start);
        }
        self.masks(&mounts);
    }

    /// Whether a procfs with nothing mounted over it is visible.
    fn masks(&mut self, mounts: &[At<MountLine>]) {
        // LXC looks for the mounts of nesting only where there is an entry at all.
        let nested = self.nesting.as_ref().filter(|at| at.value && !mounts.is_empty());
        let beside = mounts.iter().find(|at| at.value.is_whole_proc() && !at.value.is_over_proc());
        let beside = nested.map(|at| at.place).or(beside.map(|at| at.place));
        let shown = mounts.iter().find(|at| at.value.shows_proc() && !at.value.is_over_proc());
        let perhaps = shown.map(|at| at.place).or(self.fstab);
        let odd = mounts.iter().find(|at| at.value.kind == "proc" && !at.value.is_whole_proc());
        let is_masked = self.settings.over_proc.iter().any(|at| !at.value.is_whole());
        if let Some(place) = beside {
            self.settings.masks = Some(At::new(Masks::Beside, place));
        } else if let Some(place) = perhaps {
            self.doubt(Setting::Masks, place, "what it shows of a procfs is not known");
        } else if let Some(at) = odd.filter(|at| !at.value.has("ro")) {
            self.doubt(Setting::Masks, at.place, "its procfs has options of its own");
        } else if let Some(place) = self.hook.filter(|_| !is_masked) {
            let why = "a hook, such as that of LXCFS, may mount something over /proc";
            self.doubt(Setting::Masks, place, why);
        }
    }

    /// The user namespace, and who its program runs as.
    fn users(&mut self) {
        if let Some(place) = self.idmap {
            let has_root =
                |ids: &[MappedIds]| ids.iter().any(|(inside, _, count)| *inside == 0 && *count > 0);
            if !has_root(&self.uids) || !has_root(&self.gids) {
                let why = "LXC starts no container whose root has no id of the host";
                self.settings.refuse(why.to_owned(), place);
            }
            if overlap(&self.uids) || overlap(&self.gids) {
                let why = "the kernel takes no map with an id in it twice";
                self.settings.refuse(why.to_owned(), place);
            }
            // liblxc keeps pointing to the root of a map that it has freed (lxc_clear_idmaps; seen
            // with 5.0.2).
            if self.remaps {
                let why = "LXC may not start a container whose lxc.idmap is cleared and set again";
                let may_not = StartObstacle::new(false, why.to_owned());
                self.settings.obstacles.push(At::new(may_not, place));
            }
            self.settings.userns = Some(At::new(Userns::Own, place));
            if !covers(&mut self.uids) || !covers(&mut self.gids) {
                self.doubt(Setting::Userns, place, "it maps fewer ids than a container has");
            }
            // The kernel counts its processes, root's too, as those of an id of the host.
            if let Some(at) = self.settings.nproc.take_if(|at| at.value < FEW) {
                let why = "how many processes the mapped ids have is not known";
                self.doubt(Setting::ProcessLimit, at.place, why);
            }
        }
        let (uid, gid) = std::mem::take(&mut self.ids);
        self.settings.user =
            uid.filter(|at| at.value != 0).map(|at| at.map(|uid| User::Ids { uid, gid }));
    }

    /// Kernel parameters: one that limits namespaces decides, and one that is read-only by then
    /// keeps the container from starting.
    fn parameters(&mut self) {
        let mixed = self.proc.as_ref().is_some_and(|at| at.value);
        for At { value: name, place } in std::mem::take(&mut self.sysctls) {
            if mixed && !name.starts_with("net.") {
                let why = format!("`proc:mixed` makes {name} read-only before LXC sets it");
                self.settings.obstacles.push(At::new(StartObstacle::new(false, why), place));
            }
            if name.starts_with("user.") || name.contains("userns") {
                self.doubt(Setting::Runtime, place, format!("{name} is set for the container"));
            }
        }
    }

    /// Which profile of AppArmor it gets, where the host has that (lxc `src/lxc/lsm/apparmor.c`).
    fn apparmor(&mut self) {
        let Some(At { value: profile, place }) = self.profile.take() else { return };
        let own = match profile.as_str() {
            "unconfined" => Profile::Unconfined,
            "generated" => Profile::Default,
            other => Profile::Named(format!("{other} (enforce)"), None),
        };
        let why = match profile.as_str() {
            "generated" if !self.allows_userns => {
                "the profile that LXC makes has no rule for user namespaces, and AppArmor may refuse \
                    them: `lxc.apparmor.raw = userns,` adds one"
            }
            "unchanged" => "it keeps the profile of who starts it",
            "lxc-container-default-with-nesting" => {
                "what this profile lets be mounted depends on the release of AppArmor"
            }
            _ => "",
        };
        self.settings.apparmor = Some(At::new(own, place));
        if !why.is_empty() {
            self.doubt(Setting::AppArmor, place, why);
        }
    }
}

/// Whether two parts of a map have an id in common (user_namespaces(7), "User and group ID
/// mappings").
fn overlap(ids: &[MappedIds]) -> bool {
    let meets = |mut parts: Vec<(u64, u64)>| {
        parts.sort_unstable();
        let next = |two: &[(u64, u64)]| match two {
            [(first, count), (second, _)] => first.saturating_add(*count) > *second,
            _ => false,
        };
        parts.windows(2).any(next)
    };
    meets(ids.iter().map(|(inside, _, count)| (*inside, *count)).collect())
        || meets(ids.iter().map(|(_, outside, count)| (*outside, *count)).collect())
}

/// Whether a map has all the ids that a container has by default.
fn covers(ids: &mut [MappedIds]) -> bool {
    const ALL: u64 = 65_536;
    ids.sort_unstable();
    let end = ids.iter().fold(0, |end, (inside, _, count)| match *inside <= end {
        true => inside.saturating_add(*count).max(end),
        false => end,
    });
    end >= ALL
}

/// `0` or `1`; an empty value is none.
fn switch(value: &str, place: Place) -> Option<Option<At<bool>>> {
    match value {
        "" => Some(None),
        "0" | "1" => Some(Some(At::new(value == "1", place))),
        _ => None,
    }
}

fn number(value: &str) -> Option<u64> {
    if value.is_empty() { Some(0) } else { value.parse().ok() }
}

/// A filter; with what it refuses, where it is one that LXC or Proxmox ships.
fn filter(path: String) -> Profile {
    let known = match path.strip_prefix(included::DIRECTORY) {
        Some(included::SECCOMP) => Some(PLAIN.to_owned()),
        Some(proxmox::SECCOMP) => Some(proxmox::WITHOUT_KEYRINGS.to_owned()),
        _ => None,
    };
    Profile::Named(path, known)
}

/// lxc `config/templates/common.seccomp`: it refuses what no mechanism asks for.
const PLAIN: &str = r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["kexec_load",
    "open_by_handle_at", "init_module", "finit_module", "delete_module"],
    "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}"#;
