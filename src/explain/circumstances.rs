//! The circumstances that a text tells of: where it happened, on which kernel, when, and the named
//! values, maps and mounts that stand in it.

use crate::parse::searched::Searched;
use crate::rules::texts::{Mapped, Pasted, RELEASES, Reported, SIGNS, Sign, Teller};

/// Reads them from what was kept of a text, line by line and as a whole.
pub(super) fn read(said: &mut Pasted) {
    let text = std::mem::take(&mut said.text);
    let refused = Searched::from(refused_there(&text));
    signs(&refused).into_iter().for_each(|sign| add(said, sign));
    let helping = parts(&text).filter(helps).map(|part| Searched::from(part.to_owned()));
    said.helps = helping.flat_map(|part| signs(&part)).collect();
    if said.helps.iter().any(|sign| OF_CONTAINERS.contains(sign)) {
        add(said, Sign::Container);
    }
    // Nobody sets it to make something work.
    if signs(&text).contains(&Sign::UserNamespaceRemap) {
        add(said, Sign::UserNamespaceRemap);
    }
    let mut asked = None;
    let mut account = OwnRanges::default();
    let mut written = false;
    for line in text.lines() {
        account.line(line);
        value(said, line, &mut asked);
        mount(said, line);
        system(said, line);
        match map(line) {
            Some(map) => {
                said.map = map;
                // strace(1) shows the ends of its lines, at which the text was parted.
                written = line.matches('"').count() == 1;
            }
            None if written => {
                let more = extents(line.split('"').next().unwrap_or_default());
                written = !more.is_empty();
                said.map.extend(more);
            }
            None => {}
        }
        said.owner = said.owner.max(owner(line));
        said.year = said.year.or_else(|| year(line));
        if line.split('/').any(is_remapped_root) {
            add(said, Sign::UserNamespaceRemap);
        }
        if small_process_id(line) || is_of_manifest(line) {
            add(said, Sign::Container);
        }
        prompt(said, line);
    }
    // What linux-hardened is built with is what its parameter reads until somebody sets it.
    for (name, _) in &mut said.values {
        if name == "config_user_ns_unprivileged" {
            "unprivileged_userns_clone".clone_into(name);
        }
    }
    release(said, &refused);
    known_places(said, &text, &refused);
    // The kernel is the host's; another system's name is that of an image.
    if said.is(Sign::Rhel7) && said.kernel == Some((3, 10)) {
        said.signs.retain(|sign| !OF_IMAGES.contains(sign));
    }
    if let Some(privileged) = account.helper {
        said.values.push(("newuidmap".to_owned(), Reported::Is(i64::from(privileged))));
    }
    if said.map.is_empty() {
        said.map = account.map();
    }
    // Inside, not `flatpak run` on a host.
    if said.is(Sign::Flatpak) || said.in_container() {
        said.signs.retain(|sign| *sign != Sign::Desktop);
    }
    // What the daemon answers happened on its side, not inside what it was to run.
    let daemon =
        matches!(said.by, Some(Teller::Runc | Teller::Runsc | Teller::Crun | Teller::Dockerd));
    if daemon && text.contains("response from daemon") {
        said.signs.retain(|sign| !matches!(sign, Sign::Docker | Sign::Container));
    }
    // To these the word is what they make, not where they are.
    if matches!(said.by, Some(Teller::Apptainer | Teller::Charliecloud)) {
        said.signs.retain(|sign| *sign != Sign::Container);
    }
    said.text = text;
}

/// What the place is known by, or is not though its word is there.
fn known_places(said: &mut Pasted, text: &Searched, refused: &str) {
    // Where GitHub's runners work; `ubuntu-latest` has been 24.04 since the turn of 2025.
    let runner = ["/home/runner/", "/opt/hostedtoolcache/"].iter().any(|word| text.has(word));
    if runner && said.year >= Some(2025) && !said.is(Sign::UbuntuOld) {
        add(said, Sign::UbuntuRestricting);
    }
    // What chroot(1) is run by is not in it yet.
    let enters = |line: &str| !line.contains("chroot") || line.contains("unshare -");
    if said.is(Sign::Chroot) && text.has("unshare -") && refused.lines().all(enters) {
        said.signs.retain(|sign| *sign != Sign::Chroot);
    }
}

/// The parts of a text, as far as one can refuse what the next one allows.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split(" but ")).flat_map(|part| part.split("; "))
}

/// Whether a part tells where it does work.
fn works(part: &&str) -> bool {
    let not = ["nothing works", "no longer works", "only works", "not sure"];
    ["works", "worked", "succeeds"].iter().any(|word| stands_alone(part, word))
        && !not.iter().any(|word| part.contains(word))
}

/// Whether a part tells what makes it work.
fn helps(part: &&str) -> bool {
    const HELPS: &[&str] = &["works", "fixes", "fixed", "solves", "solved", "resolves", "helps"];
    let not = ["nothing", "no longer", "not ", "n't ", "neither"];
    let said = HELPS.iter().any(|word| stands_alone(part, word)) || part.contains("solution: ");
    said && !not.iter().any(|word| part.contains(word))
}

/// The text without the parts that tell where it does work.
fn refused_there(text: &str) -> String {
    parts(text).filter(|part| !works(part)).flat_map(|part| [part, "\n"]).collect()
}

/// What the words of a text say of the place.
fn signs(text: &Searched) -> Vec<Sign> {
    let stands =
        |words: &[&str]| words.iter().any(|word| text.may_have(word) && stands_alone(text, word));
    SIGNS.iter().filter(|(_, words)| stands(words)).map(|(sign, _)| *sign).collect()
}

/// The systems whose images run anywhere.
const OF_IMAGES: &[Sign] = &[
    Sign::Ubuntu,
    Sign::UbuntuOld,
    Sign::UbuntuRestricting,
    Sign::Debian,
    Sign::DebianOld,
    Sign::Arch,
];

/// What is set for a container, and for nothing else.
const OF_CONTAINERS: &[Sign] =
    &[Sign::SeccompOff, Sign::AppArmorOff, Sign::Privileged, Sign::SysAdmin];

fn add(said: &mut Pasted, sign: Sign) {
    if !said.is(sign) {
        said.signs.push(sign);
    }
}

/// Whether a word stands in a text with nothing around it that would make it another word, or the
/// opposite.
pub(super) fn stands_alone(text: &str, word: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || c == '_';
    let starts = word.starts_with(inner);
    let ends = word.ends_with(inner);
    text.match_indices(word).any(|(at, _)| {
        let lead = text.get(..at).unwrap_or_default();
        if lead.ends_with("without ") {
            return false;
        }
        let before = lead.chars().next_back();
        let mut after = text.get(at + word.len()..).unwrap_or_default().chars();
        let next = after.next();
        let free_before = !starts
            || before.is_none_or(|c| !inner(c) && !matches!(c, '-' | '+' | '=' | '/' | '.'));
        let free_after = !ends
            || match next {
                Some(':') => !after.next().is_some_and(|c| c == ' ' || c.is_ascii_digit()),
                Some(c) => !inner(c) && c != '-',
                None => true,
            };
        free_before && free_after
    })
}

/// The names whose values decide something, as the last part of a path or of a dotted name.
const NAMES: &[&str] = &[
    "unprivileged_userns_clone",
    "max_user_namespaces",
    "max_pid_namespaces",
    "max_mnt_namespaces",
    "apparmor_restrict_unprivileged_userns",
    "config_user_ns_unprivileged",
    "config_user_ns",
    "config_pid_ns",
    "config_ipc_ns",
    "user_namespace.enable",
    "user_namespace/parameters/enable",
    "nonewprivs",
    "allowprivilegeescalation",
    "seccomp",
];

/// Reads the named value of a line: `kernel.x = 1`, `CONFIG_X=y`, `# CONFIG_X is not set`, `x: 1`,
/// `x is set to 1`; and of two, where a command asks and the next line answers. A command that
/// *sets* a value tells nothing of what it was.
fn value(said: &mut Pasted, line: &str, asked: &mut Option<&'static str>) {
    let lone = line.trim();
    if let (Some(name), Some(number)) = (*asked, number(lone)) {
        said.values.push((name.to_owned(), Reported::Is(number)));
        *asked = None;
        return;
    }
    if let Some((name, value)) = checkconfig(lone) {
        return said.values.push((name.to_owned(), Reported::Is(value)));
    }
    let Some((name, at)) = NAMES.iter().find_map(|name| Some((*name, line.find(name)?))) else {
        return;
    };
    let before = line.get(..at).unwrap_or_default();
    let after = line.get(at + name.len()..).unwrap_or_default();
    if ["no such file", "unknown key", "cannot stat"].iter().any(|word| line.contains(word)) {
        said.values.push((name.to_owned(), Reported::Absent));
        return;
    }
    // A pod's word for it.
    if let Some((_, allowed)) = line.split_once("allowprivilegeescalation: ") {
        let denied = i64::from(allowed.starts_with("false"));
        return said.values.push(("nonewprivs".to_owned(), Reported::Is(denied)));
    }
    // podman says so of a file that reads 0.
    if before.contains("not enabled in ") {
        said.values.push((name.to_owned(), Reported::Is(0)));
        return;
    }
    if name == "seccomp" && !(before.trim().is_empty() && after.starts_with(':')) {
        return;
    }
    let rest = after.trim_start_matches(['`', '\'', '"', ')', '*']);
    let sets = rest.starts_with('=')
        && ["sysctl", "echo", "set ", "setting", "add ", "with ", "--args"]
            .iter()
            .any(|word| before.contains(word));
    let given = rest
        .trim_start_matches([' ', '=', ':', '\t', '`', '\'', '"'])
        .trim_start_matches("is ")
        .trim_start_matches("set to ")
        .trim_start_matches("reads ");
    let word = given.split([' ', ',', ';', ')', '\'', '"', '`', '.']).next().unwrap_or_default();
    match number(word) {
        _ if given.starts_with("not set") => said.values.push((name.to_owned(), Reported::Is(0))),
        Some(number) if rest != given => {
            // A command that helps tells what it was before; one that forbids, what it is.
            let permits = (number == 0) == (name == "apparmor_restrict_unprivileged_userns");
            let was = match (sets, permits) {
                (false, _) | (true, false) => number,
                (true, true) if helps(&line) => i64::from(number == 0),
                (true, true) => return,
            };
            said.values.push((name.to_owned(), Reported::Is(was)));
        }
        None if rest.trim().is_empty() && asks(before) => *asked = Some(name),
        _ => {}
    }
}

/// What lxc-checkconfig(1) says of the kernel's configuration.
fn checkconfig(line: &str) -> Option<(&'static str, i64)> {
    let (what, state) = line.split_once(": ")?;
    let name = match what {
        "user namespace" => "config_user_ns",
        "pid namespace" => "config_pid_ns",
        "ipc namespace" => "config_ipc_ns",
        _ => return None,
    };
    match state {
        "enabled" => Some((name, 1)),
        "missing" | "required" => Some((name, 0)),
        _ => None,
    }
}

/// Whether what stands before a name asks for its value.
fn asks(before: &str) -> bool {
    ["cat ", "sysctl ", "more ", "less "].iter().any(|word| before.contains(word))
}

fn number(word: &str) -> Option<i64> {
    match word.trim() {
        "y" | "yes" | "enabled" | "m" => Some(1),
        "n" | "no" | "missing" | "disabled" => Some(0),
        digits => digits.parse().ok(),
    }
}

/// A line of mount(8), findmnt(8) or fstab(5): what is mounted below /proc, and options that
/// matter.
fn mount(said: &mut Pasted, line: &str) {
    if line.contains("hidepid=") && !line.contains("hidepid=0") {
        add(said, Sign::Hidepid);
    }
    let line = line
        .trim_start_matches([' ', '|', '`', '-', '\u{251c}', '\u{2500}', '\u{2514}', '\u{2502}']);
    let words: Vec<&str> = line.split_whitespace().collect();
    let listed =
        words.windows(3).find(|w| matches!(w, ["on", place, "type"] if place.starts_with('/')));
    let (place, options) = match (listed, words.as_slice()) {
        (Some([_, place, _]), _) => (*place, line),
        // /proc/mounts and fstab(5)
        (_, [_, place, _, options, "0", _]) if place.starts_with('/') => (*place, *options),
        // findmnt(8)
        (_, [place, _, _, options]) if place.starts_with("/proc") && options.contains(',') => {
            (*place, *options)
        }
        _ => return,
    };
    // These are empty for ever, and hide nothing.
    const EMPTY: &[&str] = &["/proc/sys/fs/binfmt_misc"];
    match place {
        "/proc" if options.contains("noatime") || options.contains("strictatime") => {
            add(said, Sign::ProcAtime);
        }
        below if below.starts_with("/proc/") && !EMPTY.contains(&below) => {
            add(said, Sign::ProcSubmounts);
        }
        "/" | "/usr" | "/usr/bin" | "/nix" | "/home" if options.contains("nosuid") => {
            add(said, Sign::Nosuid);
        }
        _ => {}
    }
}

/// The kernel's release in a line, and what its name tells of the system.
fn system(said: &mut Pasted, line: &str) {
    const OF_SYSTEMS: &[(&str, Sign)] = &[
        ("el7", Sign::Rhel7),
        ("el8", Sign::RedHat),
        ("el9", Sign::RedHat),
        ("el10", Sign::RedHat),
        ("fc", Sign::RedHat),
        ("arch", Sign::Arch),
        ("hardened", Sign::Hardened),
        ("pve", Sign::Lxc),
        ("microsoft", Sign::Wsl),
        ("stab", Sign::OpenVz),
        ("vz7", Sign::OpenVz),
        ("android", Sign::Android),
        ("deb9u", Sign::DebianOld),
        ("deb10u", Sign::DebianOld),
        ("amd64", Sign::Debian),
    ];
    const OF_UBUNTU: &[&str] = &["generic", "azure", "lowlatency", "oem", "raspi"];
    for word in line.split([' ', '/', '"', '`', '\'', ',', '(', ')', ';']) {
        let Some((release, rest)) = kernel_release(word) else { continue };
        let linux = rest.contains(['-', '.']) && rest.contains(|c: char| c.is_ascii_alphabetic());
        // Before it, or it is the number of something else: `CentOS 7.4.1708, kernel 3.10.0`.
        let before = line.split(word).next().unwrap_or_default();
        let named = ["linux ", "kernel", "uname"].iter().any(|word| before.contains(word))
            && !line.contains("linux release");
        if !linux && !named {
            continue;
        }
        for (part, sign) in OF_SYSTEMS {
            if rest.split(['-', '.', '_']).any(|piece| {
                piece.starts_with(part)
                    || (piece.ends_with(part) || (*part == "stab" && piece.contains(part)))
            }) {
                add(said, *sign);
            }
        }
        let ubuntu = line.contains("ubuntu") || rest.contains("-generic");
        if ubuntu && rest.split('-').any(|piece| OF_UBUNTU.contains(&piece)) {
            // `~22.04.1-Ubuntu` is a newer kernel on an older release.
            let older = line.contains("~2") || release < (6, 5);
            add(said, if older { Sign::UbuntuOld } else { Sign::UbuntuRestricting });
        }
        // 5.10 is the first that allows them to users.
        if rest.starts_with(".0-") && rest.ends_with("-amd64") && release < (5, 10) {
            add(said, Sign::DebianOld);
        }
        if said.kernel.is_none() && (linux || named) {
            said.kernel = Some(release);
        }
    }
}

/// `5.10.0-34-generic`: the version and what follows it.
fn kernel_release(word: &str) -> Option<((u32, u32), &str)> {
    let (major, rest) = word.split_once('.')?;
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    let (minor, rest) = (rest.get(..end)?, rest.get(end..)?);
    let release = (major.parse().ok()?, minor.parse().ok()?);
    let patched = rest.strip_prefix(['.', '-'])?.starts_with(|c: char| c.is_ascii_digit());
    // `5.0.0~alpha1-0ubuntu8.3` is a package.
    let package = rest.contains('~') || rest.contains("ubuntu");
    (patched && !package && (2..=9).contains(&release.0)).then_some((release, rest))
}

/// Releases by name and number.
fn release(said: &mut Pasted, text: &str) {
    for release in RELEASES {
        // Of what it says, the first row decides: Ubuntu is either the one or the other.
        let other = release.sign == Sign::UbuntuOld && said.is(Sign::UbuntuRestricting);
        let [first, last] = release.numbers;
        let is = |number| first <= number && number <= last;
        let named = |system: &&str| {
            text.contains(system)
                && (release.names.iter().any(|name| stands_alone(text, name))
                    || numbers(text, system).any(is))
        };
        if !other && release.systems.iter().any(named) {
            add(said, release.sign);
        }
    }
}

/// The numbers of a system's releases in a text: those behind its name, and those that
/// os-release(5) and lsb_release(1) give on a line of their own.
fn numbers(text: &str, system: &str) -> impl Iterator<Item = (u32, u32)> {
    const BETWEEN: &[&str] =
        &["linux", "gnu", "release", "server", "enterprise", "workstation", "lts", "images", "v"];
    let behind = text.match_indices(system).filter_map(move |(at, _)| {
        let line = text.get(at + system.len()..)?.lines().next()?;
        // `ubuntu:24.04` is an image, and may stand on any host.
        let digit = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
        if line.strip_prefix(':').is_some_and(digit) {
            return None;
        }
        // `Debian 4.19.181-1` is a kernel.
        let mut words = line
            .split([' ', '/', '(', ')', ':', '=', '"', '_', ',', '`', '*'])
            .take_while(|word| kernel_release(word).is_none() || !word.contains('-'))
            .flat_map(|word| word.split('-'))
            .filter(|word| !word.is_empty() && !BETWEEN.contains(word));
        let (number, next) = (words.next()?, words.next());
        // `centos 7 container`: that image.
        (!matches!(next, Some("container" | "image"))).then_some(number)
    });
    let own = text.lines().filter_map(|line| {
        let (name, value) = line.trim().split_once(['=', ':'])?;
        let asked = match name {
            "version_id" | "version" => line.contains('='),
            _ => name == "release",
        };
        value.split([' ', '"', '\'', '\t']).find(|word| asked && !word.is_empty())
    });
    behind.chain(own).filter_map(|word| {
        let mut parts = word.trim_end_matches('.').split('.');
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next().map_or(Some(0), |minor| minor.parse().ok())?;
        Some((major, minor))
    })
}

/// The year of a time stamp, as programs write it: `2018-05-30T`, `2022/03/04 `.
fn year(line: &str) -> Option<u16> {
    let bytes = line.as_bytes();
    let dated = |part: &[u8]| match part {
        [y @ .., sep @ (b'-' | b'/'), m1, m2, sep2, d1, d2] => {
            sep == sep2 && y.iter().chain([m1, m2, d1, d2]).all(u8::is_ascii_digit)
        }
        _ => false,
    };
    let at = bytes.windows(10).position(dated)?;
    let year: u16 = line.get(at..at + 4)?.parse().ok()?;
    (2008..2100).contains(&year).then_some(year)
}

/// The map of a line: `newuidmap 42 [0 1000 1 1 100000 65536]`, `newuidmap 42 0 1000 1`,
/// `0 0 4294967295` written to a map.
fn map(line: &str) -> Option<Vec<Mapped>> {
    let rest = match line.split_once("newuidmap").or_else(|| line.split_once("newgidmap")) {
        Some((_, rest)) => rest,
        None if line.contains("id_map") || line.contains("write(") => line.split_once('"')?.1,
        None => return None,
    };
    // The first number that newuidmap is given is a process.
    let rest = if rest.len() < line.len() && line.contains("idmap ") {
        let digit = |c: char| c.is_ascii_digit();
        rest.trim_start_matches(|c| !digit(c)).trim_start_matches(digit)
    } else {
        rest
    };
    let extents = extents(rest);
    (!extents.is_empty()).then_some(extents)
}

/// The lines of a map, three numbers each.
fn extents(text: &str) -> Vec<Mapped> {
    let numbers: Vec<u64> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|word| !word.is_empty())
        .map_while(|word| word.parse().ok())
        .collect();
    numbers
        .chunks_exact(3)
        .filter_map(|part| match part {
            [inner, outer, count] => Some(Mapped { inner: *inner, outer: *outer, count: *count }),
            _ => None,
        })
        .collect()
}

/// What id(1) and the lines of subuid(5) say of an account, from which its map is made, and what
/// is told of its helper.
#[derive(Default)]
struct OwnRanges {
    name: String,
    own: Option<u64>,
    ranges: Vec<Mapped>,
    /// Whether newuidmap(1) is setuid or has its capability, as ls(1) and getcap(8) tell.
    helper: Option<bool>,
}

impl OwnRanges {
    fn line(&mut self, line: &str) {
        if let Some((id, rest)) = line.strip_prefix("uid=").and_then(|rest| rest.split_once('(')) {
            self.own = id.parse().ok();
            self.name = rest.split(')').next().unwrap_or_default().to_owned();
        }
        let lists = line.starts_with("-rw") && line.ends_with("/newuidmap");
        let capable = ["newuidmap = cap_setuid", "newuidmap cap_setuid", "security.capability="];
        if capable.iter().any(|word| line.contains(word)) || (lists && line.starts_with("-rws")) {
            self.helper = Some(true);
        } else if lists {
            self.helper.get_or_insert(false);
        }
        let mut parts = line.trim().split(':');
        let named = parts.next().is_some_and(|name| name == self.name) && self.own.is_some();
        let (Some(Ok(outer)), Some(Ok(count)), true) =
            (parts.next().map(str::parse), parts.next().map(str::parse), named)
        else {
            return;
        };
        // The files of users and of groups have the same lines, mostly.
        let range = Mapped { inner: 1, outer, count };
        if !self.ranges.contains(&range) {
            self.ranges.push(range);
        }
    }

    fn map(self) -> Vec<Mapped> {
        match self.own {
            Some(outer) if !self.ranges.is_empty() => {
                let own = Mapped { inner: 0, outer, count: 1 };
                [vec![own], self.ranges].concat()
            }
            _ => vec![],
        }
    }
}

/// The highest id that a line says a file could not be given.
fn owner(line: &str) -> Option<u64> {
    let after = ["(requested ", "for uid ", "container id ", "host id "]
        .iter()
        .find_map(|word| Some(line.split_once(word)?.1))?;
    after
        .split(' ')
        .take(if line.contains("for uid ") { 3 } else { 1 })
        .flat_map(|word| word.split(|c: char| !c.is_ascii_digit()))
        .filter_map(|digits| digits.parse().ok())
        .max()
}

/// A process id so small that it can only be that of a container's own numbering.
fn small_process_id(line: &str) -> bool {
    const SMALL: u32 = 200;
    let after =
        ["(node:", "newuidmap ", "newgidmap ", "/proc/", "[e][", "[w][", "kill pid "].iter();
    // Chromium's, and Firefox's.
    let browsers = [":fatal:", ":error:", " sandbox: "];
    let browser =
        line.strip_prefix('[').filter(|_| browsers.iter().any(|word| line.contains(word)));
    let nsjail = line.contains("+0") || line.contains("-0");
    after
        .filter_map(|word| line.split_once(word))
        .map(|(_, rest)| rest)
        .chain(browser)
        .chain(line.split("][").nth(2).filter(|_| nsjail))
        .chain(line.split("] [e][").nth(1))
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next())
        .filter(|digits| !digits.is_empty())
        .any(|digits| digits.parse::<u32>().is_ok_and(|id| (2..SMALL).contains(&id)))
}

/// A line of a compose file, a pipeline or a pod that names the image of a container.
fn is_of_manifest(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches("- ");
    let image = line.strip_prefix("image: ").is_some_and(|image| image.contains(['/', ':']));
    image || line.starts_with("container_name: ")
}

/// `231072.231072`: where a Docker daemon with `userns-remap` keeps its files.
fn is_remapped_root(part: &str) -> bool {
    let number = |text: &str| text.len() > 3 && text.bytes().all(|b| b.is_ascii_digit());
    part.split_once('.').is_some_and(|(uid, gid)| number(uid) && number(gid))
}

/// What a shell's prompt tells: `root@75849523300f:/# `.
fn prompt(said: &mut Pasted, line: &str) {
    let line = line.trim_start();
    // busybox's prompt, which has the directory before it.
    if line.starts_with("~ # ") || line.starts_with("/ # ") {
        add(said, Sign::Root);
    }
    if line.starts_with("# ") && line.len() > 2 && line.get(2..).is_some_and(is_command) {
        add(said, Sign::Root);
    }
    let Some((user, rest)) = line.trim_start_matches('[').split_once('@') else { return };
    // Debian's shells begin their prompt with the name of a chroot.
    let user = match user.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
        Some((_, user)) if !user.is_empty() && !user.starts_with(' ') => {
            add(said, Sign::Chroot);
            user
        }
        _ => user,
    };
    if user.contains(' ') || !line.contains(['$', '#', '%']) {
        return;
    }
    let host: &str = rest.split([':', ' ', ']']).next().unwrap_or_default();
    if host.len() == 12 && host.bytes().all(|b| b.is_ascii_hexdigit()) {
        add(said, Sign::Docker);
    }
    if user == "root" {
        add(said, Sign::Root);
    }
}

/// Whether a line behind `# ` is a command, not a remark.
fn is_command(rest: &str) -> bool {
    const COMMANDS: &[&str] = &[
        "unshare", "bwrap", "mount", "nix", "podman", "docker", "buildah", "sysctl", "cat ",
        "nsjail", "flatpak", "sudo ", "isodoc", "runc", "su ",
    ];
    COMMANDS.iter().any(|command| rest.starts_with(command))
}
