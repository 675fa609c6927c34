//! `/proc/PID/mountinfo` (proc_pid_mountinfo(5)), line by line; docs/architecture.md says why not
//! with procfs's parser.

use serde::Serialize;

use super::ParseError;
use super::path::below;
use crate::shared::Shared;

/// A mount of a list. Facts are copied much more often than one of their mounts is changed.
pub(crate) type Mount = Shared<MountEntry>;

/// One mount of the mount namespace, as far as it is visible from our root directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct MountEntry {
    /// The id of the mount.
    pub id: i64,
    /// The id of the mount it stands on.
    pub parent: i64,
    /// The directory of the file system that is the root of this mount.
    pub root: String,
    /// Where it is mounted, relative to our root directory.
    pub target: String,
    /// Per-mount options, e.g. `ro`, `nosuid`, `relatime`.
    pub options: Vec<String>,
    /// Optional fields, e.g. `shared:5`.
    pub propagation: Vec<String>,
    /// The type of the file system.
    pub fs_type: String,
    /// What was mounted.
    pub source: String,
    /// Options of the superblock, e.g. `ro`, `subset=pid`.
    pub super_options: Vec<String>,
}

/// Parses a mountinfo file; lines that are no mounts are left out.
///
/// # Errors
/// When not one line is a mount.
pub(crate) fn parse(bytes: &[u8]) -> Result<Vec<Mount>, ParseError> {
    let text = super::text(bytes);
    let mounts: Vec<_> = text.lines().filter_map(parse_line).collect();
    if mounts.is_empty() { Err("not one line describes a mount".into()) } else { Ok(mounts) }
}

/// Parses a table of mounts in the form of fstab(5), `/proc/PID/mounts` (proc_pid_mounts(5)). It
/// has neither the directories that are the roots of mounts nor what propagates, and the options of
/// a mount and of its file system are one list.
///
/// # Errors
/// When not one line is a mount.
pub(crate) fn parse_table(bytes: &[u8]) -> Result<Vec<Mount>, ParseError> {
    let text = super::text(bytes);
    let mounts: Vec<_> = text.lines().filter_map(table_line).collect();
    if mounts.is_empty() { Err("not one line describes a mount".into()) } else { Ok(mounts) }
}

fn table_line(line: &str) -> Option<Mount> {
    let mut words = line.split_whitespace();
    let (source, target, fs_type) = (words.next()?, words.next()?, words.next()?.to_owned());
    let options: Vec<String> =
        words.next()?.split(',').map(|option| unescape(shown(option))).collect();
    words.next()?.parse::<u32>().ok()?;
    let mount = MountEntry {
        id: 0,
        parent: 0,
        root: "/".to_owned(),
        target: unescape(target),
        options: options.clone(),
        propagation: vec![],
        source: unescape(shown_source(&fs_type, source)),
        fs_type,
        super_options: options,
    };
    target.starts_with('/').then(|| mount.into())
}

/// The mount that holds a path: the deepest, and of those on one directory the topmost.
#[must_use]
pub(crate) fn holding<'a>(mounts: &'a [Mount], path: &str) -> Option<&'a Mount> {
    let holds = |target: &str| target == "/" || below(path, target).is_some();
    mounts.iter().filter(|m| holds(&m.target)).max_by_key(|m| m.target.len())
}

fn parse_line(line: &str) -> Option<Mount> {
    let mut words = line.split(' ');
    let (id, parent) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let (root, target) = (unescape(words.nth(1)?), unescape(words.next()?));
    let options = words.next()?.split(',').map(unescape).collect();
    // The optional fields end at a dash.
    let propagation = words.by_ref().take_while(|word| *word != "-").map(str::to_owned).collect();
    let fs_type = words.next()?.to_owned();
    let source = unescape(shown_source(&fs_type, words.next()?));
    let super_options = words.next()?.split(',').map(|option| unescape(shown(option))).collect();
    let mount = MountEntry {
        id,
        parent,
        root,
        target,
        options,
        propagation,
        fs_type,
        source,
        super_options,
    };
    Some(mount.into())
}

/// Where the optional fields end.
fn dash(words: &[&str]) -> Option<usize> {
    Some(words.iter().skip(6).position(|word| *word == "-")? + 6)
}

/// What may be told of a line: the server, the share and the account of a network mount, and what
/// opens an encrypted one, are nobody's business.
#[must_use]
pub(crate) fn redact(line: &str) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    let Some(dash) = dash(&words) else { return String::new() };
    let Some(&[fs_type, source, options]) = words.get(dash + 1..dash + 4) else {
        return String::new();
    };
    let options: Vec<&str> = options.split(',').map(shown).collect();
    let options = options.join(",");
    words.truncate(dash + 2);
    words.extend([shown_source(fs_type, source), &options]);
    words.join(" ") + "\n"
}

/// The same of a line of `/proc/PID/mounts`.
#[must_use]
pub(crate) fn redact_table(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let Some((&[source, target, fs_type, options], rest)) = words.split_first_chunk() else {
        return String::new();
    };
    let options: Vec<&str> = options.split(',').map(shown).collect();
    let (source, options) = (shown_source(fs_type, source), options.join(","));
    format!("{source} {target} {fs_type} {options} {}\n", rest.join(" "))
}

/// The options of file systems that rules or signs look at, or that help to understand them; of
/// every other one that has a value only the name is kept.
const SHOWN: &[&str] = &[
    "aname", "dentry_cache_limit", "gid", "hidepid", "lowerdir", "mode", "name", "nr_inodes",
    "rfdno", "size", "subset", "subvol", "uid", "upperdir", "wfdno", "workdir",
];

fn shown(option: &str) -> &str {
    match option.split_once('=') {
        Some((name, _)) if !SHOWN.contains(&name) => name,
        _ => option,
    }
}

/// What stands in the place of a source that is not told.
const REDACTED: &str = "redacted";

/// The sources that are told: devices and directories of this machine, names that tell what made
/// the mount, and the data sets of zfs, which tell whose root it is.
fn shown_source<'a>(fs_type: &str, source: &'a str) -> &'a str {
    const NAMES: &[&str] = &[
        "cgroup", "drvfs", "kataShared", "lxcfs", "mqueue", "none", "overlay", "rootfs", "shm",
        "simfs", "sysboxfs", "systemd-1", "tmpfs", "udev",
    ];
    let local = source.starts_with('/') && !source.starts_with("//") && !source.contains('@');
    let known = source == fs_type || NAMES.contains(&source);
    if local || known || fs_type == "zfs" { source } else { REDACTED }
}

/// Undoes the kernel's octal escapes of space, tab, newline and backslash.
fn unescape(text: &str) -> String {
    // Nearly every text.
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        let c;
        (c, rest) = octal(after).unwrap_or(('\\', after));
        out.push_str(before);
        out.push(c);
    }
    out + rest
}

/// The character that three octal digits at the beginning of a text mean, and what follows them.
fn octal(text: &str) -> Option<(char, &str)> {
    let (digits, rest) = text.split_at_checked(3)?;
    let all = digits.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let byte = u8::from_str_radix(digits, 8).ok().filter(|byte| all && byte.is_ascii())?;
    Some((char::from(byte), rest))
}

impl MountEntry {
    /// Whether nothing can be written there, by the mount or by its file system.
    #[must_use]
    pub(crate) fn is_read_only(&self) -> bool {
        self.has("ro") || self.has_super("ro")
    }

    /// Whether a per-mount option is set.
    #[must_use]
    pub(crate) fn has(&self, option: &str) -> bool {
        self.options.iter().any(|o| o == option)
    }

    #[must_use]
    pub(crate) fn has_super(&self, option: &str) -> bool {
        self.super_options.iter().any(|o| o == option)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &[u8] =
        b"22 27 0:21 / /proc rw,relatime shared:5 - proc proc rw,hidepid=invisible\n\
        27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n";

    #[test]
    fn reads_mounts() {
        let mounts = parse(HOST).unwrap();
        assert_eq!(mounts.len(), 2);
        assert_eq!((mounts[0].id, mounts[0].parent), (22, 27));
        assert_eq!(mounts[0].target, "/proc");
        assert!(mounts[0].has("relatime") && !mounts[0].has("ro"));
        assert!(mounts[0].has_super("hidepid=invisible"));
        assert_eq!(mounts[0].propagation, ["shared:5"]);
        assert_eq!(mounts[1].source, "/dev/vda");
    }

    #[test]
    fn tables_of_mounts() {
        let table = b"overlay / overlay rw,relatime,lowerdir=/var/lib/docker/overlay2/l/A 0 0\n\
            junk of five words 1 2\ntmpfs /srv/my\\040data tmpfs rw,size=65536k 0 0\n";
        let mounts = parse_table(table).unwrap();
        assert_eq!(mounts.len(), 2);
        assert!(mounts[0].has_super("lowerdir=/var/lib/docker/overlay2/l/A"));
        assert_eq!((mounts[1].target.as_str(), mounts[1].root.as_str()), ("/srv/my data", "/"));
        assert!(parse_table(HOST).is_err() && parse_table(b"").is_err());
    }

    #[test]
    fn a_source_that_is_none_is_told() {
        let mounts = parse(b"30 22 0:5 / /run rw - tmpfs none rw\n").unwrap();
        assert_eq!(mounts[0].source, "none");
    }

    #[test]
    fn escapes_and_junk() {
        let mounts = parse(b"junk\n59 36 0:50 / /srv/my\\040data\\134 rw - 9p none rw\n").unwrap();
        assert_eq!(mounts[0].target, "/srv/my data\\");
        assert_eq!(unescape("a\\99b\\"), "a\\99b\\");
        assert_eq!(unescape("\\377é"), "\\377é");
        assert!(parse(b"").is_err());
        assert!(parse(b"a b c d e f g - h i j\n").is_err());
    }
}
