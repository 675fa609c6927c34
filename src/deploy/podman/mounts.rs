//! What podman refuses of volumes, mounts and tmpfs: podman `pkg/specgen/volumes.go`,
//! `pkg/specgenutil/volumes.go`, `pkg/util/mount_opts.go`, containers/common `pkg/parse/parse.go`.

use super::Why;
use crate::deploy::formats;
use crate::deploy::mounts::{clean, is_name, is_source};

/// Options of which only one may be given, and only once.
type Alternatives = &'static [&'static str];

const EXEC: Alternatives = &["noexec", "exec"];
const DEV: Alternatives = &["nodev", "dev"];
const SUID: Alternatives = &["nosuid", "suid"];
const WRITE: Alternatives = &["rw", "ro"];
const COPY: Alternatives = &["copy", "nocopy"];
const PROPAGATION: Alternatives =
    &["private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable"];

/// The options of a volume.
const OF_VOLUME: &[Alternatives] = &[
    EXEC,
    DEV,
    SUID,
    WRITE,
    COPY,
    PROPAGATION,
    &["z", "Z", "O"],
    &["U"],
    &["bind", "rbind"],
    &["no-dereference"],
];

/// Those of a tmpfs.
const OF_TMPFS: &[Alternatives] = &[
    EXEC,
    DEV,
    SUID,
    WRITE,
    COPY,
    PROPAGATION,
    &["size"],
    &["mode"],
    &["U"],
    &["noswap"],
    &["tmpcopyup", "notmpcopyup"],
    &["no-dereference"],
];

/// Those that may be repeated.
const AGAIN_IN_VOLUME: &[&str] = &["cached", "delegated"];
const AGAIN_IN_TMPFS: &[&str] = &["consistency", "noatime"];

const NO_OPTION: &str = "has an option that there is not";
const TWICE: &str = "has options of which only one can be given";

/// What is wrong with options: `once` are those of which one may be given, `again` those that may
/// be repeated.
fn refused(options: &[&str], once: &[Alternatives], again: &[&str]) -> Why {
    let group = |option: &str| once.iter().position(|names| names.contains(&option));
    let unknown = |option: &&str| group(option).is_none() && !again.contains(option);
    let twice = |at: usize| options.iter().filter(|option| group(option) == Some(at)).count() > 1;
    match options {
        _ if options.iter().any(unknown) => Some(NO_OPTION),
        _ if (0..once.len()).any(twice) => Some(TWICE),
        _ => None,
    }
}

/// A path in the container.
fn target(path: &str) -> Why {
    match path {
        "" => Some("names no path in the container"),
        path if !path.starts_with('/') => Some("has a path in the container that is not absolute"),
        _ => None,
    }
}

/// The same of what is mounted from elsewhere.
fn covered(path: &str) -> Why {
    let root = path.starts_with('/') && clean(path) == "/";
    target(path).or(root.then_some("covers the root directory of the container"))
}

/// `SOURCE:TARGET[:OPTIONS]` or `TARGET`.
pub(crate) fn volume(text: &str) -> Why {
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        ["", _, ..] => Some("has no source"),
        [source, _, ..] if !is_source(source) => {
            Some("has a source that is neither a path nor a name")
        }
        [path] | [_, path] => covered(path),
        [source, path, options] => covered(path).or_else(|| options_of_volume(source, options)),
        _ => Some("is not SOURCE:TARGET:OPTIONS"),
    }
}

fn options_of_volume(source: &str, options: &str) -> Why {
    let (mut upper, mut work, mut plain) = (0, 0, vec![]);
    for option in options.split(',') {
        match option {
            _ if option.contains("upperdir") => upper += 1,
            _ if option.contains("workdir") => work += 1,
            _ if option.starts_with("idmap") => {}
            _ => plain.push(option),
        }
    }
    let fits = match (plain.contains(&"O"), upper, work) {
        _ if !source.starts_with(['/', '.']) => true,
        (false, upper, work) => upper + work == 0,
        (true, 0, 0) => plain.len() == 1 || plain.len() == 2 && plain.contains(&"U"),
        (true, 1, 1) => plain.len() == 1,
        _ => false,
    };
    refused(&plain, OF_VOLUME, AGAIN_IN_VOLUME)
        .or((!fits).then_some("has options that go with no overlay, or with one alone"))
}

/// `TARGET[:OPTIONS]`.
pub(super) fn tmpfs(text: &str) -> Why {
    let mut parts = text.split(':');
    let path = parts.next().unwrap_or_default();
    let options: Vec<&str> = parts.next().into_iter().flat_map(|list| list.split(',')).collect();
    let key = |option: &&'_ str| option.split('=').next().unwrap_or_default().to_owned();
    let keys: Vec<String> = options.iter().map(key).collect();
    let any_value = |key: &&str| key.starts_with("subpath") || key.starts_with("idmap");
    let keys: Vec<&str> = keys.iter().map(String::as_str).filter(|key| !any_value(key)).collect();
    target(path)
        .or_else(|| refused(&keys, OF_TMPFS, AGAIN_IN_TMPFS))
        .or(options.iter().any(|option| !has_value(option)).then_some(NO_OPTION))
}

/// Whether the kernel takes the value of an option of a tmpfs.
fn has_value(option: &str) -> bool {
    match option.contains('=') {
        true => formats::is_option(option) != Some(false),
        false => !["size", "mode"].contains(&option),
    }
}

/// What a part of the value of `--mount` is.
#[derive(Clone, Copy)]
enum Part {
    /// A switch, or one with a value that does not matter.
    Plain,
    /// Its value matters: `None` where it has none.
    Valued(fn(Option<&str>) -> bool),
}
use Part::{Plain, Valued};

const MOST: &[&str] = &["bind", "volume", "tmpfs", "ramfs", "glob"];
const MAPPED: &[&str] = &["bind", "volume", "ramfs", "glob"];
const IMAGES: &[&str] = &["image", "artifact"];
const ALL: &[&str] = &["bind", "volume", "tmpfs", "ramfs", "glob", "devpts", "image", "artifact"];

fn any(value: Option<&str>) -> bool {
    value.is_some()
}

fn path(value: Option<&str>) -> bool {
    value.is_some_and(|path| path.starts_with('/'))
}

fn size(value: Option<&str>) -> bool {
    value.is_some_and(|value| has_value(&format!("size={value}")))
}

fn mode(value: Option<&str>) -> bool {
    value.is_some_and(|value| has_value(&format!("mode={value}")))
}

fn on(value: Option<&str>) -> bool {
    let value = value.unwrap_or_default();
    value.is_empty() || ["true", "false"].iter().any(|on| value.eq_ignore_ascii_case(on))
}

/// The parts: names that mean the same, what it is, and the types of mounts that have it. Each may
/// be given once.
const PARTS: &[(&[&str], Part, &[&str])] = &[
    (&["bind-nonrecursive"], Plain, &["bind"]),
    (
        &["bind-propagation"],
        Valued(|value| PROPAGATION.contains(&value.unwrap_or_default())),
        &["bind"],
    ),
    (&["consistency"], Plain, &["bind", "volume", "tmpfs", "ramfs", "glob", "image"]),
    (&["idmap"], Plain, MOST),
    (&["readonly", "ro", "rw"], Plain, MOST),
    (&["rw", "readwrite"], Valued(|value| matches!(value, Some("true" | "false"))), &["image"]),
    (DEV, Plain, MOST),
    (EXEC, Plain, MOST),
    (SUID, Plain, MOST),
    (&["noswap"], Plain, &["tmpfs", "ramfs"]),
    (&["relabel"], Valued(|value| matches!(value, Some("private" | "shared"))), MAPPED),
    (PROPAGATION, Plain, MOST),
    (&["Z", "z"], Plain, MAPPED),
    (&["no-dereference"], Plain, MOST),
    (&["src", "source"], Valued(|value| value.is_some_and(|path| !path.is_empty())), MAPPED),
    (&["src", "source"], Valued(any), IMAGES),
    (&["target", "dst", "dest", "destination"], Valued(path), ALL),
    (&["subpath", "volume-subpath"], Valued(any), &["volume"]),
    (&["subpath"], Valued(path), &["image"]),
    (&["tmpcopyup", "notmpcopyup"], Plain, &["tmpfs"]),
    (&["tmpfs-mode"], Valued(mode), &["tmpfs"]),
    (&["tmpfs-size"], Valued(size), &["tmpfs"]),
    (&["U", "chown"], Valued(on), MOST),
    (&["volume-opt"], Valued(volume_option), &["volume"]),
    (&["uid", "gid", "mode", "ptmxmode", "newinstance", "max"], Plain, &["devpts"]),
    (&["title", "digest", "name"], Valued(any), &["artifact"]),
];

/// The options of the driver `local` (podman `libpod/runtime_volume_common.go`).
const LOCAL: &[&str] =
    &["device", "o", "type", "uid", "gid", "size", "inodes", "noquota", "copy", "nocopy"];

fn volume_option(option: Option<&str>) -> bool {
    let name = option.and_then(|option| option.split('=').next()).unwrap_or_default();
    LOCAL.contains(&name.to_ascii_lowercase().as_str())
}

/// Parts of which only one may be given, and only once.
const ONCE: &[Alternatives] = &[
    &["readonly", "ro", "rw"],
    DEV,
    EXEC,
    SUID,
    &["noswap"],
    &["relabel", "z", "Z"],
    &[
        "bind-propagation", "private", "rprivate", "shared", "rshared", "slave", "rslave",
        "unbindable", "runbindable",
    ],
    &["tmpcopyup", "notmpcopyup"],
    &["U", "chown"],
];

const SOURCE: &[&str] = &["src", "source"];
const TARGET: &[&str] = &["target", "dst", "dest", "destination"];

/// `type=...,source=...,target=...`.
pub(crate) fn mount(text: &str) -> Why {
    let split = |part| match str::split_once(part, '=') {
        Some((key, value)) => (key, Some(value)),
        None => (part, None),
    };
    let mut parts: Vec<(&str, Option<&str>)> = text.split(',').map(split).collect();
    let typed = parts.iter().position(|(key, value)| *key == "type" && value.is_some());
    let of = typed.and_then(|at| parts.remove(at).1).unwrap_or("volume");
    if !ALL.contains(&of) {
        return Some("there is no such type");
    }
    for (key, value) in &parts {
        let of_key = |row: &&(&[&str], Part, &[&str])| row.0.contains(key) && row.2.contains(&of);
        match PARTS.iter().find(of_key) {
            None => return Some("there is no such part of it"),
            Some((_, Valued(fits), _)) if !fits(*value) => {
                return Some("a part of it has no such value");
            }
            Some(_) => {}
        }
    }
    let given = |keys: &[&str]| parts.iter().rev().find(|(key, _)| keys.contains(key))?.1;
    let again = |keys: &&[&str]| parts.iter().filter(|(key, _)| keys.contains(key)).count() > 1;
    let of_host = ["bind", "volume"].contains(&of);
    match (given(SOURCE), given(TARGET)) {
        (_, None) if of != "glob" => Some("it has no path in the container"),
        (None, _) if IMAGES.contains(&of) => Some("it has no source"),
        (Some(name), _) if of == "volume" && !is_name(name) => Some("the source is no name"),
        (_, Some(path)) if of_host && clean(path) == "/" => covered(path),
        _ => ONCE.iter().any(again).then_some(TWICE),
    }
}

/// What an option puts somewhere in a container.
struct PutAt<'t> {
    /// Whether it comes from `--mount`, which may be given only once for each place.
    named: bool,
    kind: &'t str,
    source: &'t str,
    path: &'t str,
    options: &'t str,
}

impl<'t> PutAt<'t> {
    fn of((option, text): (&str, &'t str)) -> Option<Self> {
        let mut words = text.splitn(3, ':');
        let mut next = || words.next().unwrap_or_default();
        let put = |kind, source, path, options| Self { named: false, kind, source, path, options };
        if option == "mount" {
            let part = |keys: &[&str]| {
                let mut parts = text.split(',').filter_map(|part| part.split_once('='));
                parts.find(|(key, _)| keys.contains(key)).map(|(_, value)| value)
            };
            let kind = part(&["type"]).unwrap_or("volume");
            let path = part(TARGET).filter(|_| kind != "glob")?;
            let source = part(SOURCE).unwrap_or_default();
            return Some(Self { named: true, ..put(kind, source, path, "") });
        }
        let (first, second, third) = (next(), next(), next());
        Some(match (option, second) {
            ("tmpfs", options) => put("tmpfs", "", first, options),
            (_, "") => put("volume", "", first, ""),
            _ if !first.starts_with(['/', '.']) => put("volume", first, second, third),
            _ if third.split(',').any(|one| one == "O") => put("overlay", first, second, third),
            _ => put("bind", first, second, third),
        })
    }
}

/// Whether podman refuses two options together: they mount different things at one place.
pub(crate) fn clash(first: (&str, &str), second: (&str, &str)) -> bool {
    let (Some(first), Some(second)) = (PutAt::of(first), PutAt::of(second)) else { return false };
    if clean(first.path) != clean(second.path) {
        return false;
    }
    let elsewhere = first.path != second.path;
    let differs = elsewhere || first.options != second.options;
    match (first.named, second.named) {
        (true, true) => true,
        _ if first.kind != second.kind || first.source != second.source => true,
        (false, false) if first.kind == "volume" => elsewhere,
        (false, false) => differs,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As podman 4.3.1 and 5.8.6 answered.
    #[test]
    fn two_at_one_place() {
        let (v, m, t) = ("volume", "mount", "tmpfs");
        let bind = "type=bind,src=/tmp,dst=/x";
        let volume = "type=volume,src=v,dst=/x";
        for (first, second, clash) in [
            ((t, "/x"), (v, "/tmp:/x"), true),
            ((t, "/x"), (v, "v:/x"), true),
            ((t, "/x"), (v, "/x"), true),
            ((t, "/x"), (t, "/x"), false),
            ((t, "/x"), (t, "/x:ro"), true),
            ((t, "/x/"), (t, "/x"), true),
            ((t, "/x:ro"), (m, "type=tmpfs,dst=/x"), false),
            ((t, "/x"), (m, bind), true),
            ((t, "/x"), (m, volume), true),
            ((t, "/x"), (v, "/tmp:/x/y"), false),
            ((v, "/tmp:/x"), (v, "/tmp:/x"), false),
            ((v, "/tmp:/x"), (v, "/etc:/x"), true),
            ((v, "/tmp:/x"), (v, "/tmp:/x:rw"), true),
            ((v, "/tmp:/x"), (v, "/tmp:/x/"), true),
            ((v, "v:/x:ro"), (v, "v:/x"), false),
            ((v, "v:/x"), (v, "w:/x"), true),
            ((v, "v:/x"), (v, "/tmp:/x"), true),
            ((v, "/x"), (v, "/x"), false),
            ((v, "/x"), (v, "v:/x"), true),
            ((v, "/tmp:/x:O"), (v, "/tmp:/x:O"), false),
            ((v, "/tmp:/x:O"), (v, "/tmp:/x"), true),
            ((m, bind), (v, "/tmp:/x"), false),
            ((m, bind), (v, "/etc:/x"), true),
            ((m, bind), (m, bind), true),
            ((m, "type=tmpfs,dst=/x"), (m, "type=tmpfs,dst=/x"), true),
            ((m, volume), (v, "v:/x"), false),
            ((m, volume), (v, "w:/x"), true),
            ((m, "type=volume,dst=/x"), (v, "/x"), false),
            ((m, "type=image,src=bb,dst=/x"), (v, "v:/x"), true),
        ] {
            assert_eq!(super::clash(first, second), clash, "{first:?} {second:?}");
            assert_eq!(super::clash(second, first), clash, "{second:?} {first:?}");
        }
    }

    /// The same of one alone.
    #[test]
    fn what_podman_takes() {
        type Row = (fn(&str) -> Why, &'static [&'static str], &'static [&'static str]);
        let table: &[Row] = &[
            (
                volume,
                &[
                    "/x",
                    "v:/x",
                    "/tmp:/x:ro",
                    "/tmp:/x:O",
                    "/tmp:/x:O,U",
                    "/tmp:/x:noexec,nosuid",
                    "/tmp:/x:delegated,delegated",
                    "v:/x:U",
                    "v:/x:O",
                    "v:/proc",
                    "/tmp:/x:idmap",
                    "/tmp:/x:O,upperdir=/u,workdir=/w",
                ],
                &[
                    "x",
                    "/tmp:x",
                    "/tmp:",
                    ":/x",
                    "/tmp:/x:ro,rw",
                    "/tmp:/x:ro,ro",
                    "/tmp:/x:",
                    "/tmp:/x:z,Z",
                    "/tmp:/x:O,ro",
                    "/tmp:/x:consistent",
                    "/tmp:/x:size=10m",
                    "/tmp:/x:ro:z",
                    "/tmp:/x:RO",
                    "a/b:/x",
                    "v:/",
                    "/tmp:/x/../..",
                    "v@x:/x",
                    "/tmp:/x:O,upperdir=/u",
                    "/tmp:/x:upperdir=/u,workdir=/w",
                    "/tmp:/x: ro",
                ],
            ),
            (
                tmpfs,
                &[
                    "/x", "/x:size=10%", "/x:mode=1777", "/x:ro=1", "/x:U", "/x:noswap",
                    "/x:ro:rw", "/dev", "/", "/x:consistency",
                ],
                &[
                    "x", "/x:", "/x:size=banana", "/x:size", "/x:mode=999", "/x:ro,rw", "/x:uid=0",
                    "/x:nr_inodes=10", "/x:z", "/x:bind", "/x:defaults", "/x:RO", "/x:O",
                    "/x:size=1m,size=1m", "/x:private,shared",
                ],
            ),
            (
                mount,
                &[
                    "type=bind,src=/tmp,dst=/x",
                    "type=bind,dst=/tmp",
                    "dst=/x",
                    "src=v,dest=/x",
                    "type=bind,src=/tmp,dst=/x,ro=1",
                    "type=bind,src=/tmp,dst=/x,relabel=shared",
                    "type=bind,src=/tmp,src=/tmp,dst=/x",
                    "type=tmpfs,dst=/x,tmpfs-size=10m",
                    "type=volume,src=v,dst=/x,volume-opt=O=a=b",
                    "type=devpts,dst=/x,mode=620",
                    "type=image,src=bb,dst=/x,rw=true",
                    "type=glob,src=/tm*",
                    "type=ramfs,dst=/x",
                ],
                &[
                    "type=bind,src=,dst=/x",
                    "type=bind,src,dst=/x",
                    "type=bind,src=/tmp",
                    "type=bind,src=/tmp,dst=x",
                    "type=bind,src=/tmp,dst=/x,ro,rw",
                    "type=bind,src=/tmp,dst=/x,bind-propagation=banana",
                    "type=tmpfs",
                    "type=bind,src=/tmp,dst=/x,propagation=shared",
                    "type=BIND,src=/tmp,dst=/x",
                    "type=bind,src=/tmp,dst=/x,relabel=shared,z",
                    "type=bind,src=/tmp,dst=/",
                    "type=bind,src=/tmp,dst=/x,noswap",
                    "type=bind,src=/tmp,dst=/x,chown=banana",
                    "type=bind,src=/tmp,dst=/x,type=bind",
                    "type,dst=/x",
                    "type=banana,dst=/x",
                    "type=tmpfs,dst=/x,tmpfs-size=banana",
                    "type=tmpfs,dst=/x,tmpfs-mode=999",
                    "type=tmpfs,src=/tmp,dst=/x",
                    "type=tmpfs,dst=/x,z",
                    "type=image,dst=/x",
                    "type=volume,src=/tmp,dst=/x",
                    "type=volume,src=v,dst=/x,volume-nocopy",
                    "type=volume,src=v,dst=/x,volume-opt=a=b",
                    "type=image,src=bb,dst=/x,rw",
                    "type=bind,src=/tmp,dst=/x,",
                ],
            ),
        ];
        for (refuses, taken, refused) in table {
            for text in *taken {
                assert_eq!(refuses(text), None, "{text}");
            }
            for text in *refused {
                assert!(refuses(text).is_some(), "{text}");
            }
        }
    }
}
