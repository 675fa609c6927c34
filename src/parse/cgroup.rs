//! `/proc/PID/cgroup` (cgroups(7)).

use serde::Serialize;

use super::ParseError;

/// One hierarchy and the path of the process in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Membership {
    /// The controllers of a v1 hierarchy; empty for the v2 one.
    pub controllers: Vec<String>,
    /// The path, relative to the root of the cgroup namespace.
    pub path: String,
}

/// Parses a cgroup file. A line without the two colons counts as a bare path: captures are pasted
/// by hand. An empty file is that of a process in no control group: nothing has mounted a hierarchy
/// since the kernel started (proc_cgroup_show() in kernel/cgroup/cgroup.c), or gVisor has none.
///
/// # Errors
/// When there are lines, and none of them holds a path.
pub(crate) fn parse(bytes: &[u8]) -> Result<Vec<Membership>, ParseError> {
    let text = super::text(bytes);
    let found: Vec<_> = text.lines().filter_map(parse_line).collect();
    match found.is_empty() && !text.trim().is_empty() {
        true => Err("no `id:controllers:/path` line".into()),
        false => Ok(found),
    }
}

fn parse_line(line: &str) -> Option<Membership> {
    let line = line.trim();
    let mut parts = line.splitn(3, ':');
    let (first, controllers, path) = (parts.next()?, parts.next(), parts.next());
    match (controllers, path) {
        (Some(controllers), Some(path)) => Some(Membership {
            controllers: controllers
                .split(',')
                .filter(|c| !c.is_empty())
                .map(str::to_owned)
                .collect(),
            path: path.to_owned(),
        }),
        _ if first.starts_with('/') => {
            Some(Membership { controllers: vec![], path: first.to_owned() })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let v1 = parse(b"9:name=systemd:/\n8:pids:/docker/abc\n0::/x:y\n").unwrap();
        assert_eq!(v1[0].controllers, ["name=systemd"]);
        assert_eq!(v1[1].path, "/docker/abc");
        assert_eq!(v1[2], Membership { controllers: vec![], path: "/x:y".into() });
        assert_eq!(parse(b"junk\n/lxc/lxc_container/\n").unwrap().len(), 1);
        assert!(parse(b"").unwrap().is_empty());
        assert!(parse(b"1:2").is_err());
    }
}
