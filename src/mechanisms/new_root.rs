//! The files below the new root that bubblewrap makes, as far as its command line tells: an option
//! that needs something there which may be missing is not sure to work.

use super::bubblewrap::Written;
use crate::plan::is_usual;

/// What is below a path of the new root.
#[derive(Clone, Copy)]
enum Content<'a> {
    /// A tmpfs, in which everything can be made.
    Fresh,
    /// What is at this path outside.
    Bound(&'a str),
    /// Nobody knows.
    Other,
}

/// What is mounted at which path, and what is made, the later over the earlier; of what is made
/// also how many mounts there were.
struct NewRoot<'a> {
    mounts: Vec<(&'a str, Content<'a>)>,
    made: Vec<(&'a str, usize)>,
}

/// What is left of a path below another.
fn below<'a>(path: &'a str, above: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(above.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

impl<'a> NewRoot<'a> {
    /// The number of the mount that a path is in, and what is left of the path there. What a shell
    /// fills in is somewhere below the root.
    fn mount(&self, path: &'a str) -> (usize, &'a str) {
        let mounts = || self.mounts.iter().enumerate().rev();
        let found = mounts().find_map(|(number, (at, _))| Some((number, below(path, at)?)));
        found.unwrap_or_else(|| {
            (mounts().find(|(_, (at, _))| *at == "/").map_or(0, |(number, _)| number), path)
        })
    }

    fn content(&self, path: &'a str) -> Content<'a> {
        self.mounts.get(self.mount(path).0).map_or(Content::Other, |(_, content)| *content)
    }

    /// Whether a path is sure to be there.
    fn has(&self, path: &'a str) -> bool {
        let (number, rest) = self.mount(path);
        let is_made =
            |(made, mounts): &(&str, usize)| *mounts > number && below(made, path).is_some();
        let outside = match self.content(path) {
            Content::Bound(outside) => outside.trim_end_matches('/'),
            Content::Fresh | Content::Other => "?",
        };
        matches!(rest, "" | "/")
            || is_usual(&format!("{outside}{rest}"))
            || self.made.iter().any(is_made)
    }

    /// Whether a path is there, or is made where it is not.
    fn can_have(&self, path: &'a str) -> bool {
        matches!(self.content(path), Content::Fresh) || self.has(path)
    }

    /// Carries an option out; whether it is sure to work.
    fn carry_out(&mut self, (name, own): Written<'a>) -> bool {
        let kind = name.strip_suffix("-try").unwrap_or(name);
        let (at, content, sure) = match (kind, own) {
            ("bind" | "dev-bind" | "ro-bind", [source, at]) => {
                let same = source == at && matches!(self.content(at), Content::Bound("/"));
                (at, Some(Content::Bound(source)), self.can_have(at) || same)
            }
            ("tmpfs" | "dev", [at]) => (at, Some(Content::Fresh), self.can_have(at)),
            ("proc" | "mqueue", [at]) => (at, Some(Content::Other), self.can_have(at)),
            ("dir", [at]) => (at, None, self.can_have(at)),
            // It may not be there before.
            ("symlink" | "file" | "bind-data" | "ro-bind-data", [_, at]) => {
                (at, None, matches!(self.content(at), Content::Fresh))
            }
            ("remount-ro", [at]) => {
                let number = self.mount(at).0;
                if let Some((_, content @ Content::Fresh)) = self.mounts.get_mut(number) {
                    *content = Content::Other;
                }
                return true;
            }
            _ => return true,
        };
        self.made.push((at, self.mounts.len()));
        self.mounts.extend(content.map(|content| (at.as_str(), content)));
        sure
    }
}

/// What every program needs to be loaded: its own directory, and that of the loader, which on some
/// systems is a link into the other.
const NEEDED: &[&[&str]] = &[&["/usr", "/bin"], &["/lib"], &["/lib64"]];

/// The options that are not sure to work, and what may be missing for a program to run.
pub(super) fn unsure(options: &[Written<'_>]) -> Vec<String> {
    let mut root = NewRoot { mounts: vec![("/", Content::Fresh)], made: vec![] };
    let mut unsure = vec![];
    let written = |(name, own): &Written<'_>| format!("--{name} {}", own.join(" "));
    let brings = |(name, _): &Written<'_>| name.contains("bind") || *name == "file";
    for option in options {
        if !root.carry_out(*option) {
            unsure.push(written(option));
        }
    }
    let last = options.iter().rev().find(|(name, _)| *name == "chdir");
    if let Some(option @ (_, [dir])) = last
        && !root.has(dir)
    {
        unsure.push(written(option));
    }
    let missing = NEEDED.iter().filter(|any| !any.iter().any(|path| root.has(path)));
    let missing: Vec<&str> = missing.filter_map(|any| any.first().copied()).collect();
    if !missing.is_empty() && options.iter().any(brings) {
        unsure.push(format!("a new root without {}", missing.join(", ")));
    }
    unsure
}

#[cfg(test)]
mod tests {
    use crate::mechanisms::bubblewrap::MECHANISM;
    use crate::mechanisms::tests::planned;

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
            ("--ro-bind / / --cap-drop SYS_ADMIN", Some("--cap-drop SYS_ADMIN")),
            ("--ro-bind / / --cap-drop ALL --cap-add CAP_SYS_ADMIN", None),
            ("--ro-bind / / --seccomp 9", Some("--seccomp 9")),
            ("--ro-bind / / --chmod 0700 /tmp", Some("--chmod /tmp")),
        ] {
            let plan = planned(&MECHANISM, flags, 1000);
            assert_eq!(plan.beyond, unsure.into_iter().collect::<Vec<_>>(), "{flags}");
        }
        for (more, unsure) in [
            ("--dir /a --chdir /a", None),
            ("--remount-ro / --dir /x", Some("--dir /x")),
            ("--dir /usr/nosuch", Some("--dir /usr/nosuch")),
            ("--tmpfs /usr/local", None),
            ("--chdir /nosuch", Some("--chdir /nosuch")),
        ] {
            let plan = planned(&MECHANISM, &format!("{USR} {more}"), 1000);
            assert_eq!(plan.beyond, unsure.into_iter().collect::<Vec<_>>(), "{more}");
        }
    }
}
