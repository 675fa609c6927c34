//! What is mounted in the containers of a pod.

use std::collections::HashSet;

use super::fields::{self, refused};
use super::pod::Pod;
use crate::deploy::host_proc::{Below, BindOptions};
use crate::deploy::mounts::{MountSource, clean};
use crate::deploy::place::{At, BadInput};
use crate::deploy::setting::Settings;
use crate::deploy::yaml::Node;

/// What a path of the host may be said to be (`supportedHostPathTypes`).
const HOST_TYPES: &[&str] = &[
    "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate",
    "Socket",
];

/// What is a directory on every node.
const DIRECTORIES: &[&str] =
    &["/", "/dev", "/etc", "/proc", "/run", "/sys", "/tmp", "/usr", "/var", "/var/lib", "/var/log"];

/// Looks at the mounts of a container as `ValidateVolumeMounts` in pkg/apis/core/validation does;
/// which volumes there are, templates of claims say too. Of a StatefulSet the API server asks for
/// them where it makes the pods.
///
/// # Errors
/// When the API server would refuse them.
pub(super) fn check(pod: &Pod<'_>, item: &Node, settings: &Settings) -> Result<(), BadInput> {
    let mut paths = HashSet::new();
    let volumes = pod.spec.get("volumes").and_then(|volumes| volumes.items()).unwrap_or_default();
    let names = volumes.iter().filter_map(|volume| volume.get("name")?.text());
    let names: HashSet<&str> = names.chain(pod.claims.iter().flatten().copied()).collect();
    let patched = |node: &Node| node.get("$patch").is_some();
    let whole = pod.claims.is_some() && !volumes.iter().any(|volume| patched(volume));
    for mount in item.get("volumeMounts").and_then(|mounts| mounts.items()).unwrap_or_default() {
        let required = |key: &str| {
            let given = fields::string(mount, key)?.filter(|at| !at.value.is_empty());
            given.ok_or_else(|| refused(mount.place, format!("a volume mount has no `{key}`")))
        };
        // A patch finds what it changes by its path.
        if item.get("image").is_some() && !patched(mount) {
            let name = required("name")?;
            if whole && !names.contains(name.value) {
                return Err(refused(name.place, "the pod has no volume of this name"));
            }
        }
        let path = required("mountPath")?;
        if !paths.insert(path.value) {
            return Err(refused(path.place, "a second volume is mounted at this path"));
        }
        let read_only = fields::boolean(mount, "readOnly")?.is_some_and(|at| at.value);
        let below = [fields::string(mount, "subPath")?, fields::string(mount, "subPathExpr")?];
        let mut below = below.iter().flatten().filter(|at| !at.value.is_empty());
        match (below.next(), below.next()) {
            (Some(at), None) => no_steps_out(at)?,
            (Some(_), Some(other)) => {
                return Err(refused(other.place, "`subPath` and `subPathExpr` exclude each other"));
            }
            (None, _) => {}
        }
        propagation(mount, read_only, settings.is_privileged())?;
    }
    for host in volumes.iter().filter_map(|volume| volume.get("hostPath")) {
        let path = fields::string(host, "path")?.filter(|at| !at.value.is_empty());
        let path = path.ok_or_else(|| refused(host.place, "a `hostPath` has no `path`"))?;
        if path.value.split('/').any(|part| part == "..") {
            return Err(refused(path.place, "the path has `..` in it"));
        }
        one_of(host, "type", HOST_TYPES)?;
    }
    Ok(())
}

/// A path below a volume.
fn no_steps_out(at: &At<&str>) -> Result<(), BadInput> {
    match at.value {
        path if path.starts_with('/') => Err(refused(at.place, "the path is not relative")),
        path if path.split('/').any(|part| part == "..") => {
            Err(refused(at.place, "the path has `..` in it"))
        }
        _ => Ok(()),
    }
}

/// How a mount goes to other places, and what the runtimes make of that.
const WAYS: [(&str, Option<&str>); 3] =
    [("None", None), ("HostToContainer", Some("rslave")), ("Bidirectional", Some("rshared"))];

/// How a mount goes to other places, and what becomes of those below it.
fn propagation(mount: &Node, read_only: bool, privileged: bool) -> Result<(), BadInput> {
    let way = one_of(mount, "mountPropagation", &WAYS.map(|(name, _)| name))?;
    if let Some(at) = way.as_ref().filter(|at| at.value == "Bidirectional" && !privileged) {
        return Err(refused(at.place, "`Bidirectional` is for privileged containers"));
    }
    let below = one_of(mount, "recursiveReadOnly", &["Disabled", "IfPossible", "Enabled"])?;
    let Some(below) = below.filter(|at| at.value != "Disabled") else { return Ok(()) };
    if !read_only {
        return Err(refused(
            below.place,
            "`recursiveReadOnly` is for mounts with `readOnly: true`",
        ));
    }
    match way.filter(|at| at.value != "None") {
        Some(at) => Err(refused(at.place, "`recursiveReadOnly` takes no other `mountPropagation`")),
        None => Ok(()),
    }
}

/// A text that has to be one of these.
fn one_of<'n>(map: &'n Node, key: &str, known: &[&str]) -> Result<Option<At<&'n str>>, BadInput> {
    let given = fields::string(map, key)?;
    match given.as_ref().filter(|at| !known.contains(&at.value)) {
        Some(at) => Err(refused(at.place, format!("there is no such `{key}`"))),
        None => Ok(given),
    }
}

/// What is mounted in a container.
pub(super) fn read(spec: &Node, item: &Node, settings: &mut Settings) {
    let mounts = item.get("volumeMounts").and_then(|mounts| mounts.items()).unwrap_or_default();
    for mount in mounts {
        let Some(path) = mount.get("mountPath") else { continue };
        let target = path.text().unwrap_or_default();
        let read_only = mount.get("readOnly").and_then(|on| on.boolean()) == Some(true);
        let below = match mount.get("recursiveReadOnly").and_then(|value| value.text()) {
            Some("Enabled") => Below::ReadOnly,
            _ => Below::Usual,
        };
        match of_host(spec, mount) {
            None => settings.mounts(target, MountSource::Other, read_only, path.place),
            Some((source, is_device)) => {
                refuse_type(spec, mount, settings);
                let way = mount.get("mountPropagation").and_then(|way| way.text());
                let way = WAYS.iter().find(|(name, _)| Some(*name) == way);
                let propagation = way.and_then(|(_, way)| *way);
                let how = BindOptions { read_only, below, propagation };
                settings.mounts_of(&source, target, how, path.place);
                settings.mounted_as_device(is_device);
            }
        }
    }
}

/// What a pod says of the path of the host that a mount of a container is of.
fn host_of<'n>(spec: &'n Node, mount: &Node) -> Option<&'n Node> {
    let volumes = spec.get("volumes").and_then(|volumes| volumes.items()).unwrap_or_default();
    let name = |node: &Node| Some(node.get("name")?.text()?.to_owned());
    let same = volumes.iter().find(|volume| name(volume) == name(mount))?;
    same.get("hostPath").map(|host| &**host)
}

/// The path of the host that a mount of a container is of, and whether it is said to be a device.
fn of_host(spec: &Node, mount: &Node) -> Option<(String, bool)> {
    let host = host_of(spec, mount)?;
    let text = |node: &Node, key: &str| Some(node.get(key)?.text()?.to_owned());
    let below = text(mount, "subPath").unwrap_or_default();
    let is_device = text(host, "type").as_deref() == Some("CharDevice");
    Some((format!("{}/{below}", text(host, "path")?), is_device))
}

/// Notes what the kubelet finds wrong: a directory that is said to be something else.
fn refuse_type(spec: &Node, mount: &Node, settings: &mut Settings) {
    let Some(host) = host_of(spec, mount) else { return };
    let text = |key: &str| host.get(key).and_then(|node| node.text()).unwrap_or_default();
    let said = host.get("type").filter(|_| DIRECTORIES.contains(&&*clean(text("path"))));
    if let Some(said) =
        said.filter(|_| !["", "Directory", "DirectoryOrCreate"].contains(&text("type")))
    {
        let why = "the path of the host is a directory, and said to be something else".to_owned();
        settings.refuse(why, said.place);
    }
}
