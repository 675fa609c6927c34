//! The files below the new root that bubblewrap makes, as far as its command line tells: an option
//! that needs something there which may be missing is not sure to work.

use super::bubblewrap::Written;
use crate::plan::{DEVICES, UsualKind, usual};

/// What an option puts at a path.
#[derive(Clone, Copy)]
enum Put<'a> {
    /// A tmpfs, in which everything can be made.
    Fresh,
    /// What is at a path outside, if there is something.
    Bound { outside: &'a str, writable: bool, sure: bool },
    /// A mount of which nobody knows what is in it.
    Other,
    /// A file or directory of the mount that is there.
    Made(UsualKind),
    /// A link to this path.
    Link(&'a str),
}

/// What is known of a path.
#[derive(Clone, Copy, PartialEq)]
enum Seen<'a> {
    There(UsualKind),
    Link(&'a str),
    /// Nothing; it can be made.
    Missing,
    Unknown,
}

/// What was put at which path, the later over the earlier.
struct NewRoot<'a> {
    puts: Vec<(String, Put<'a>)>,
    /// Whether something is made that outlasts the sandbox.
    lasting: bool,
    /// What else would, where it is not there.
    makes: Vec<String>,
}

/// What is left of a path below another. What a shell fills in is somewhere below the root.
pub(super) fn below<'a>(path: &'a str, above: &str) -> Option<&'a str> {
    if above == "/" && !path.starts_with('/') {
        return Some(path);
    }
    let rest = path.strip_prefix(above.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// A path from the new root.
fn from_root(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if path.starts_with('$') { parts.join("/") } else { format!("/{}", parts.join("/")) }
}

/// The path outside of what is below a directory that is bound.
pub(super) fn behind(outside: &str, rest: &str) -> String {
    let path = format!("{}{rest}", outside.trim_end_matches('/'));
    if path.is_empty() { "/".to_owned() } else { path }
}

/// The directory that a path is in.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("/", |(dir, _)| if dir.is_empty() { "/" } else { dir })
}

impl Put<'_> {
    /// Whether it is what is at this path outside, or leaves it as it is.
    fn shows(&self, path: &str) -> bool {
        match self {
            Put::Bound { outside, .. } => *outside == path,
            Put::Made(UsualKind::Directory) | Put::Link(_) => true,
            Put::Made(UsualKind::File) | Put::Fresh | Put::Other => false,
        }
    }
}

impl<'a> NewRoot<'a> {
    fn seen(&self, path: &str) -> Seen<'a> {
        let mut leads_on = false;
        for (at, put) in self.puts.iter().rev().filter(|_| !path.contains("..")) {
            let Some(rest) = below(path, at) else {
                let sure = !matches!(put, Put::Bound { sure: false, .. });
                leads_on |= sure && below(at, path).is_some();
                continue;
            };
            let here = rest.trim_matches('/').is_empty();
            return match put {
                Put::Made(kind) if here => Seen::There(*kind),
                Put::Link(to) if here => Seen::Link(to),
                Put::Made(UsualKind::Directory) => continue,
                Put::Bound { sure: false, .. } | Put::Made(UsualKind::File) | Put::Link(_) => {
                    Seen::Unknown
                }
                _ if leads_on => Seen::There(UsualKind::Directory),
                Put::Bound { outside, .. } => {
                    usual(&behind(outside, rest)).map_or(Seen::Unknown, Seen::There)
                }
                Put::Fresh | Put::Other if here => Seen::There(UsualKind::Directory),
                Put::Fresh => Seen::Missing,
                Put::Other => Seen::Unknown,
            };
        }
        Seen::Unknown
    }

    /// Whether a directory is there, or is made where it is not.
    fn can_have(&self, path: &str) -> bool {
        match self.seen(path) {
            Seen::Missing => self.can_have(parent(path)),
            seen => seen == Seen::There(UsualKind::Directory),
        }
    }

    /// Where what is made at this path is made outside, too.
    fn outside(&self, path: &str) -> Option<String> {
        let mounts = self.puts.iter().rev();
        let mut mounts = mounts.filter(|(_, put)| !matches!(put, Put::Made(_) | Put::Link(_)));
        mounts.find_map(|(at, put)| match (below(path, at)?, put) {
            (rest, Put::Bound { outside, writable: true, .. }) => Some(Some(behind(outside, rest))),
            _ => Some(None),
        })?
    }

    /// Carries an option out; whether it is sure to work.
    fn carry_out(&mut self, (name, own): Written<'a>) -> bool {
        const DIRECTORY: UsualKind = UsualKind::Directory;
        let kind = name.strip_suffix("-try").unwrap_or(name);
        let Some(place) = own.last().map(|at| from_root(at)) else { return true };
        let seen = self.seen(&place);
        let (put, sure) = match (kind, own) {
            ("bind" | "dev-bind" | "ro-bind", [source, _]) => {
                let sure = match (usual(source), seen) {
                    (_, Seen::Missing) => self.can_have(&place),
                    (Some(kind), there) => there == Seen::There(kind),
                    (None, _) => false,
                };
                let there = kind == name || usual(source).is_some();
                let writable = kind != "ro-bind";
                (Put::Bound { outside: source, writable, sure: there }, sure)
            }
            ("tmpfs" | "dev", _) => (Put::Fresh, self.can_have(&place)),
            ("proc" | "mqueue", _) => (Put::Other, self.can_have(&place)),
            ("dir", _) => (Put::Made(DIRECTORY), self.can_have(&place)),
            ("symlink", [to, _]) => {
                let made = seen == Seen::Missing && !to.is_empty() && self.can_have(&place);
                (Put::Link(to), made || seen == Seen::Link(to))
            }
            // These are written anew, whatever is there.
            ("file" | "bind-data" | "ro-bind-data" | "chmod" | "overlay", _) => {
                self.lasting |= name == "overlay" || self.outside(&place).is_some();
                (Put::Made(UsualKind::File), true)
            }
            ("remount-ro", _) => {
                let mut mounts = self.puts.iter_mut().rev();
                let at = mounts.find(|(at, _)| below(&place, at).is_some());
                return match at {
                    Some((at, put @ (Put::Fresh | Put::Bound { sure: true, .. } | Put::Other)))
                        if *at == place =>
                    {
                        if let Put::Fresh = put {
                            *put = Put::Other;
                        }
                        true
                    }
                    _ => false,
                };
            }
            _ => return true,
        };
        self.makes.extend(self.outside(&place).filter(|_| !matches!(seen, Seen::There(_))));
        self.puts.push((place.clone(), put));
        if name == "dev" {
            self.make_devices(&place);
        }
        sure
    }

    /// What is in a directory that `--dev` makes.
    fn make_devices(&mut self, dev: &str) {
        let mut make = |name: &str, put| self.puts.push((format!("{dev}/{name}"), put));
        for device in DEVICES.iter().filter_map(|path| path.strip_prefix("/dev/")) {
            make(device, Put::Made(UsualKind::File));
        }
        for link in ["stdin", "stdout", "stderr", "fd", "core", "ptmx"] {
            make(link, Put::Link(""));
        }
        for directory in ["shm", "pts"] {
            make(directory, Put::Made(UsualKind::Directory));
        }
    }

    /// Whether a directory of programs or libraries is the one outside, and all that is in it.
    fn is_as_outside(&self, path: &str) -> bool {
        let covers = |(at, put): &(String, Put<'_>)| {
            below(path, at).is_some() && !matches!(put, Put::Made(UsualKind::Directory))
        };
        match self.puts.iter().rev().find(|put| covers(put)) {
            Some((at, Put::Bound { outside, sure: true, .. })) => {
                behind(outside, below(path, at).unwrap_or_default()) == path
            }
            Some((at, Put::Link(to))) if at == path && !to.starts_with('/') => {
                let to = behind(parent(at), &format!("/{to}"));
                to != path && self.is_as_outside(&to)
            }
            Some((at, Put::Link(to))) => at == path && *to != path && self.is_as_outside(to),
            _ => false,
        }
    }

    /// Whether something else has been put over a directory, or over a part of it.
    fn is_covered(&self, path: &str) -> bool {
        let root = self.puts.iter().rposition(|(at, _)| at == "/").map_or(0, |at| at + 1);
        self.puts.iter().skip(root).any(|(at, put)| {
            (below(path, at).is_some() || below(at, path).is_some()) && !put.shows(at)
        })
    }
}

/// What every program needs to be loaded: its own directory, and that of the loader. On some
/// systems one is a link into another.
const NEEDED: &[(&str, &[&str])] =
    &[("/usr", PROGRAMS), ("/lib", &["/lib"]), ("/lib64", &["/lib64"])];

/// Where every system has programs.
const PROGRAMS: &[&str] = &["/usr/bin", "/bin"];

/// Where these may lead.
const BEHIND: &[&str] = &["/usr/lib", "/usr/lib64"];

/// What is not sure to work.
pub(super) struct Unsure {
    /// The options, and what may be missing for a program to run.
    pub what: Vec<String>,
    /// Whether it leaves something behind.
    pub lasting: bool,
    /// What it leaves behind where it is not there.
    pub makes: Vec<String>,
}

/// Judges the options, and whether this program is found behind them; `None`: one that every system
/// has.
pub(super) fn unsure(options: &[Written<'_>], program: Option<&str>) -> Unsure {
    let puts = vec![("/".to_owned(), Put::Fresh)];
    let mut root = NewRoot { puts, lasting: false, makes: vec![] };
    let mut what = vec![];
    let written = |(name, own): &Written<'_>| format!("--{name} {}", own.join(" "));
    let brings = |(name, _): &Written<'_>| name.contains("bind") || *name == "file";
    for option in options {
        if !root.carry_out(*option) {
            what.push(written(option));
        }
    }
    let last = |name: &str| options.iter().rev().find(|(option, _)| *option == name);
    if let Some(option @ (_, [dir])) = last("chdir") {
        // A user may not enter the home of root.
        let there = root.seen(&from_root(dir)) == Seen::There(UsualKind::Directory);
        if !there || dir.is_empty() || from_root(dir) == "/root" {
            what.push(written(option));
        }
    }
    let missing = |(_, any): &&(&str, &[&str])| {
        !any.iter().any(|path| root.is_as_outside(path))
            || any.iter().any(|path| root.is_covered(path))
    };
    let mut missing: Vec<&str> = NEEDED.iter().filter(missing).map(|(name, _)| *name).collect();
    missing.extend(BEHIND.iter().filter(|path| root.is_covered(path)));
    if !missing.is_empty() && options.iter().any(brings) {
        what.push(format!("a new root without {}", missing.join(", ")));
    }
    let found = match program {
        Some(path) if path.contains('/') => root.is_as_outside(path),
        _ => true,
    };
    what.extend(program.filter(|_| !found).map(str::to_owned));
    if let Some(option) = path_variable(options) {
        what.push(written(option));
    }
    Unsure { what, lasting: root.lasting, makes: root.makes }
}

/// The option that has programs looked for where they need not be.
fn path_variable<'a>(options: &'a [Written<'a>]) -> Option<&'a Written<'a>> {
    let about = options.iter().rev().find(|(name, own)| {
        let names_it = own.first().is_some_and(|variable| variable == "PATH");
        *name == "clearenv" || names_it && name.ends_with("setenv")
    });
    let usual =
        |value: &String| value.split(':').any(|dir| PROGRAMS.contains(&dir.trim_end_matches('/')));
    about.filter(|(_, own)| matches!(own, [_, value] if !usual(value)))
}

#[cfg(test)]
mod tests {
    use crate::mechanisms::bubblewrap::MECHANISM;
    use crate::mechanisms::tests::planned;

    fn told(plan: &crate::plan::Plan) -> String {
        plan.untold().cloned().collect::<Vec<_>>().join("; ")
    }

    /// Each was tried with bubblewrap 0.8.0 as a user of Debian 12: what is not sure failed there.
    #[test]
    fn what_may_be_missing_below_the_new_root() {
        const USR: &str = "--ro-bind /usr /usr --symlink usr/lib /lib --symlink usr/lib64 /lib64";
        for (flags, unsure) in [
            ("--ro-bind / /", None),
            ("--ro-bind / / --chdir /nosuch", Some("--chdir /nosuch")),
            ("--ro-bind / / --chdir /tmp", None),
            ("--ro-bind / / --tmpfs /nosuch", Some("--tmpfs /nosuch")),
            ("--ro-bind / / --tmpfs /mnt", None),
            ("--ro-bind / / --dir /nosuch", Some("--dir /nosuch")),
            ("--ro-bind / / --dir /tmp", None),
            ("--ro-bind / / --symlink a /nosuch", Some("--symlink a /nosuch")),
            ("--ro-bind / / --symlink usr/lib64 /lib64", Some("--symlink usr/lib64 /lib64")),
            ("--ro-bind / / --bind /tmp /nosuch", Some("--bind /tmp /nosuch")),
            ("--ro-bind / / --bind /srv /srv", None),
            ("--ro-bind / / --proc /nosuch", Some("--proc /nosuch")),
            ("--ro-bind / / --dev /nosuch", Some("--dev /nosuch")),
            ("--bind / / --dir /nosuch", Some("--dir /nosuch")),
            ("--ro-bind / / --tmpfs /tmp --dir /tmp/a --bind /usr /tmp/b/c", None),
            ("--ro-bind / / --tmpfs /tmp --symlink x /tmp/d/e --chdir /tmp/d", None),
            ("--ro-bind / / --tmpfs /tmp --chdir /tmp/x", Some("--chdir /tmp/x")),
            ("--ro-bind / / --bind $PWD $PWD --chdir $PWD", None),
            ("--ro-bind /usr /usr", Some("a new root without /lib, /lib64")),
            ("--ro-bind /usr /usr --ro-bind /lib64 /lib64", Some("a new root without /lib")),
            ("--ro-bind /bin /bin --ro-bind /lib64 /lib64 --ro-bind /lib /lib", None),
            ("--tmpfs / --ro-bind /usr /usr", Some("a new root without /lib, /lib64")),
            // Refused for its argument, or for a descriptor that is not open.
            ("--ro-bind / / --cap-drop ALL --cap-add CAP_SYS_ADMIN", None),
            ("--ro-bind / / --seccomp 9", Some("--seccomp 9")),
            ("--ro-bind / / --chmod 0700 /tmp", Some("--chmod /tmp")),
            ("--ro-bind / / --cap-drop CAP_BOGUS", Some("--cap-drop CAP_BOGUS")),
            ("--ro-bind / / --cap-add cap_net_admin --cap-drop 63 --cap-drop all", None),
            ("--ro-bind / / --info-fd 9", Some("--info-fd 9")),
            // What covers the programs.
            ("--ro-bind / / --tmpfs /usr", Some("a new root without /usr, /usr/lib, /usr/lib64")),
            ("--ro-bind / / --tmpfs /bin", Some("a new root without /usr")),
            ("--ro-bind / / --dev-bind / /lib64", Some("a new root without /lib64")),
            ("--ro-bind / / --ro-bind /usr /usr --ro-bind-try /lib /lib", None),
            ("--ro-bind / / --bind /opt .", Some("a new root without /usr, /lib, /lib64")),
            // A file is no directory.
            ("--ro-bind / / --tmpfs /dev/null", Some("--tmpfs /dev/null")),
            ("--ro-bind / / --dev /dev --bind /usr /dev/tty", Some("--bind /usr /dev/tty")),
            ("--ro-bind / / --bind /dev/null /mnt", Some("--bind /dev/null /mnt")),
            ("--ro-bind / / --bind /dev/null /dev/tty", None),
            ("--ro-bind / / --tmpfs /tmp --bind /dev/null /tmp/a", None),
            ("--ro-bind / / --bind /srv/a /mnt", Some("--bind /srv/a /mnt")),
            ("--ro-bind / / --chdir /dev/null", Some("--chdir /dev/null")),
            ("--ro-bind / / --chdir /root", Some("--chdir /root")),
            // Only what is mounted is mounted anew.
            ("--ro-bind / / --remount-ro /nosuch", Some("--remount-ro /nosuch")),
            ("--ro-bind / / --remount-ro /mnt", Some("--remount-ro /mnt")),
            ("--ro-bind / / --tmpfs /mnt --remount-ro /mnt --remount-ro /", None),
            // Where programs are looked for.
            ("--ro-bind / / --setenv PATH /nosuch", Some("--setenv PATH /nosuch")),
            ("--ro-bind / / --setenv PATH /nosuch:/usr/bin/", None),
            ("--ro-bind / / --setenv PATH /nosuch --clearenv", None),
            ("--ro-bind / / --setenv PATH /nosuch --unsetenv PATH", None),
            ("--ro-bind / / --tmpfs /opt /opt/a", Some("/opt/a")),
        ] {
            let plan = planned(&MECHANISM, flags, 1000);
            assert_eq!(told(&plan), unsure.unwrap_or_default(), "{flags}");
        }
        for (more, unsure) in [
            ("--symlink usr/lib /lib --bind-try /nosuch /a/b", None),
            ("--bind-try /nosuch /a/b --chdir /a", Some("--chdir /a")),
            ("--dir /a --chdir /a", None),
            ("--remount-ro / --dir /x", Some("--dir /x")),
            ("--dir /usr/nosuch", Some("--dir /usr/nosuch")),
            ("--tmpfs /usr/local", None),
            ("--chdir /nosuch", Some("--chdir /nosuch")),
        ] {
            let plan = planned(&MECHANISM, &format!("{USR} {more}"), 1000);
            assert_eq!(told(&plan), unsure.unwrap_or_default(), "{more}");
        }
    }

    /// As seen with bubblewrap 0.8.0: what is made in a directory that can be written to stays.
    #[test]
    fn what_is_left_behind() {
        let of = |flags: &str| {
            let plan = planned(&MECHANISM, flags, 0);
            (plan.lasting, plan.makes.join(" "))
        };
        for (flags, left) in [
            ("--dev-bind / / --tmpfs /mnt", ""),
            ("--bind / / --dir /a/b", "/a/b"),
            ("--bind / / --ro-bind /usr /a", "/a"),
            ("--bind /srv / --tmpfs /mnt", "/srv/mnt"),
            ("--ro-bind / / --dir /a", ""),
            ("--bind / / --tmpfs /tmp --dir /tmp/a", ""),
        ] {
            assert_eq!(of(flags), (false, left.to_owned()), "{flags}");
        }
        for flags in ["--bind / / --file 9 /etc/passwd", "--overlay /a /b /c"] {
            assert!(of(flags).0, "{flags}");
        }
        assert!(!of("--ro-bind / / --bind-data 9 /etc/passwd").0);
    }
}
