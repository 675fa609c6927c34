//! A pod's spec to containers.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::fields;
use super::security::{self, Context};
use crate::deploy::admission::{self, Admission};
use crate::deploy::container::{Container, Engine, Key, WrittenAt};
use crate::deploy::defaults::capability;
use crate::deploy::mounts::MountSource;
use crate::deploy::place::{At, BadInput, Place};
use crate::deploy::setting::{Doubt, Masks, Profile, Setting, Settings, User, Userns};
use crate::deploy::yaml::Node;
use crate::findings::{Finding, catalogue};
use crate::verdict::Severity;

/// A pod, or the template of one.
pub(crate) struct Pod<'n> {
    /// The annotations that name profiles.
    pub annotations: HashMap<&'n str, At<&'n str>>,
    pub spec: &'n Rc<Node>,
    pub document: usize,
    /// The way to its spec.
    pub path: Vec<Key>,
    /// What its namespace enforces.
    pub admission: Option<At<Admission>>,
    /// The variables in the ConfigMaps of its namespace that are in the input.
    pub config: Option<&'n ConfigMaps>,
    /// Whether it is a Pod and not the template of one.
    pub bare: bool,
    /// Where its containers stand in its spec (`Node::visit`).
    pub containers: &'static [&'static str],
    /// What its containers have in common, as a container has it.
    pub common: Option<&'n Node>,
    /// What says something for the whole pod, beside its spec.
    pub around: Option<&'n Node>,
    /// What a change of it may be written to.
    pub edits: Edits,
}

/// Whether `--fix` may write to a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edits {
    /// To its containers and to what it says for all of them: it is a pod of Kubernetes' own kinds,
    /// which is also held to what the API server wants of one.
    Pod,
    /// To its containers alone: what the kind takes for all of them is its own.
    Containers,
    /// Nowhere: where it stands was guessed.
    Nothing,
}

/// By the name of a ConfigMap: its variables that count.
pub(crate) type ConfigMaps = HashMap<String, HashMap<String, String>>;

/// Where containers stand in the spec of a pod.
pub(crate) const CONTAINERS: &[&str] =
    &["initContainers[]", "containers[]", "ephemeralContainers[]"];

/// Settings of a container's securityContext that are looked for where they have no effect.
const OF_CONTEXT: &[&str] =
    &["privileged", "capabilities", "allowPrivilegeEscalation", "procMount"];
const OF_BOTH: &[&str] =
    &["seccompProfile", "appArmorProfile", "runAsUser", "runAsNonRoot", "seLinuxOptions"];
const OF_POD: &[&str] = &["hostUsers", "hostPID", "hostNetwork", "hostIPC"];

/// Where containers and findings go.
#[derive(Default)]
pub(crate) struct Found {
    pub containers: Vec<Container>,
    pub findings: Vec<Finding>,
}

impl Found {
    /// Adds a finding on what is no container.
    pub(crate) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Adds a finding on the container that comes next.
    pub(crate) fn on_next(&mut self, finding: Finding) {
        self.findings.push(finding.about(self.containers.len()));
    }
}

/// What the pod says for all of its containers.
#[derive(Default)]
pub(crate) struct Common {
    /// Its securityContext.
    pub context: Context,
    userns: Option<At<Userns>>,
    host_pid: Option<At<bool>>,
    host_network: Option<At<bool>>,
    host_ipc: Option<At<bool>>,
    runtime: Option<At<String>>,
}

impl Common {
    /// That of a pod of which only the securityContext is known.
    pub(crate) fn of(context: Context) -> Self {
        Self { context, ..Self::default() }
    }

    /// This one where it sets something, else the other.
    fn over(self, other: Self) -> Self {
        Self {
            context: self.context.over(&other.context),
            userns: self.userns.or(other.userns),
            host_pid: self.host_pid.or(other.host_pid),
            host_network: self.host_network.or(other.host_network),
            host_ipc: self.host_ipc.or(other.host_ipc),
            runtime: self.runtime.or(other.runtime),
        }
    }
}

/// Reads a pod.
///
/// # Errors
/// When the API server would refuse it.
pub(crate) fn read(pod: &Pod<'_>, at: Place, found: &mut Found) -> Result<(), BadInput> {
    let spec = pod.spec;
    if let Some(place) = windows(spec)? {
        let title = "a Windows pod: nothing here isolates processes on Windows nodes";
        found.add(catalogue::WINDOWS_POD.at(
            place,
            title,
            "unshare(1) and nsjail are Linux programs; its containers are not judged",
        ));
        return Ok(());
    }
    let mut common = common(spec, found)?;
    if let Some(around) = pod.around {
        common = common.over(self::common(around, found)?);
    }
    let strict = pod.edits == Edits::Pod;
    lists(pod)?;
    let items: Vec<_> = pod.containers.iter().flat_map(|place| spec.all_at(place)).collect();
    let of = |way: &[Key]| way.first() == Some(&Key::Name("containers".to_owned()));
    if strict && !items.iter().any(|(way, _)| of(way)) {
        let place = spec.entry("containers").map_or(at, |(key, _)| key.place);
        let detail = "the API server refuses a pod without containers; if this is a patch, lint \
            what kustomize or helm make of it";
        found.add(catalogue::NO_CONTAINERS.at(place, "this pod has no containers", detail));
    }
    if pod.bare
        && let Some((key, _)) =
            spec.entry("ephemeralContainers").filter(|(_, list)| !list.is_null())
    {
        let detail = "the API server takes them from `kubectl debug` only (the ephemeralcontainers \
            subresource), and refuses a new Pod that has them";
        found.add(catalogue::EPHEMERAL_CONTAINERS_ON_CREATE.at(
            key.place,
            "ephemeral containers cannot be set on creation",
            detail,
        ));
    }
    let mut names = HashSet::new();
    for (way, item) in items {
        let path: Vec<Key> = pod.path.iter().chain(&way).cloned().collect();
        let spot = match pod.edits {
            Edits::Pod => WrittenAt::Yaml { document: pod.document, path, pod: pod.path.len() },
            Edits::Containers => WrittenAt::Yaml { document: pod.document, path, pod: 0 },
            Edits::Nothing => WrittenAt::None,
        };
        let name = match name(item) {
            Err(_) if !strict && item.is_map() => At::new(called(spec, &way), item.place),
            name => name?.map(str::to_owned),
        };
        if !names.insert(name.value.clone()) && strict {
            let message = format!(
                "a second container with the name `{}` in this pod; the API server refuses it",
                super::short(&name.value)
            );
            return Err(BadInput::at(name.place, message));
        }
        container(pod, &common, item, name.value, spot, found)?;
    }
    if strict { annotations_name_containers(pod, &names) } else { Ok(()) }
}

/// Refuses what stands in place of a list of containers.
fn lists(pod: &Pod<'_>) -> Result<(), BadInput> {
    let lists = pod.containers.iter().filter_map(|place| place.strip_suffix("[]"));
    lists.filter(|list| !list.contains('.')).try_for_each(|list| {
        fields::list(pod.spec, list)?;
        Ok(())
    })
}

/// What a container is called that has no name: as what it stands in, or after its place.
fn called(spec: &Node, way: &[Key]) -> String {
    let of_spec = spec.get("name").and_then(|name| name.text());
    of_spec.map_or_else(
        || {
            let part = |key: &Key| match key {
                Key::Name(name) => name.clone(),
                Key::Item(index) => format!("[{index}]"),
            };
            way.iter().map(part).collect()
        },
        str::to_owned,
    )
}

/// `ValidateAppArmorPodAnnotations`.
fn annotations_name_containers(pod: &Pod<'_>, names: &HashSet<String>) -> Result<(), BadInput> {
    let mut annotations: Vec<_> = pod
        .annotations
        .iter()
        .filter_map(|(key, at)| Some((key.strip_prefix(APPARMOR)?, at)))
        .collect();
    annotations.sort_by_key(|(_, at)| at.place.start);
    match annotations.iter().find(|(name, _)| !names.contains(*name)) {
        Some((_, at)) => Err(BadInput::at(
            at.place,
            "this annotation is for a container that the pod does not have; the API server refuses \
                it",
        )),
        None => Ok(()),
    }
}

/// The name of a container.
///
/// # Errors
/// When it has none.
pub(crate) fn name(item: &Node) -> Result<At<&str>, BadInput> {
    if !item.is_map() {
        return Err(BadInput::at(
            item.place,
            format!("a container is {}, not a mapping; the API server refuses it", item.kind()),
        ));
    }
    let name = fields::string(item, "name")?.filter(|name| !name.value.is_empty());
    name.ok_or_else(|| {
        BadInput::at(item.place, "this container has no `name`; the API server refuses it")
    })
}

/// What is mounted in a container.
fn mounts(spec: &Node, item: &Node, settings: &mut Settings) {
    let mounts = item.get("volumeMounts").and_then(|mounts| mounts.items()).unwrap_or_default();
    for mount in mounts {
        let Some(path) = mount.get("mountPath") else { continue };
        let target = path.text().unwrap_or_default();
        let read_only = mount.get("readOnly").and_then(|on| on.boolean()) == Some(true);
        match of_host(spec, mount) {
            None => settings.mounts(target, MountSource::Other, read_only, path.place),
            Some((source, is_device)) => {
                settings.mounts_of(&source, target, read_only, path.place);
                settings.mounted_as_device(is_device);
            }
        }
    }
}

/// The path of the host that a mount of a container is of, and whether it is said to be a device.
fn of_host(spec: &Node, mount: &Node) -> Option<(String, bool)> {
    let volumes = spec.get("volumes").and_then(|volumes| volumes.items()).unwrap_or_default();
    let text = |node: &Node, key: &str| Some(node.get(key)?.text()?.to_owned());
    let name = text(mount, "name");
    let same = volumes.iter().find(|volume| text(volume, "name") == name)?;
    let host = same.get("hostPath")?;
    let below = text(mount, "subPath").unwrap_or_default();
    let is_device = text(host, "type").as_deref() == Some("CharDevice");
    Some((format!("{}/{below}", text(host, "path")?), is_device))
}

/// Where devices come from that no key of the container names: a plugin of the node's kubelet, a
/// claim, or CRI-O, which an annotation tells (`io.kubernetes.cri-o.Devices`).
fn devices(pod: &Pod<'_>, item: &Node, settings: &mut Settings) {
    let resources = item.get("resources");
    let plain = |name: &str| !name.contains('/') || name.starts_with("kubernetes.io/");
    let limits = ["limits", "requests"].into_iter().filter_map(|key| resources?.get(key));
    let limits = limits.flat_map(|limits| limits.entries());
    let plugged = limits.filter(|(name, ..)| !plain(name)).map(|(name, key, _)| (name, key.place));
    let claims = resources.and_then(|resources| resources.entry("claims"));
    let claims = claims.into_iter().map(|(key, _)| ("claims", key.place));
    let annotated = pod.annotations.get(CRI_O_DEVICES).map(|at| (CRI_O_DEVICES, at.place));
    if let Some((name, place)) = plugged.chain(claims).chain(annotated).next() {
        let why = format!("which devices {} stands for, the node says", super::short(name));
        settings.leaves_open(Setting::Devices, place, why);
    }
}

/// The place of what makes it a pod for Windows nodes.
fn windows(spec: &Node) -> Result<Option<Place>, BadInput> {
    let os = match fields::mapping(spec, "os")? {
        Some(os) => fields::string(os, "name")?,
        None => None,
    };
    let selector = fields::mapping(spec, "nodeSelector")?
        .and_then(|selector| selector.get("kubernetes.io/os"));
    let selected = selector.and_then(|node| node.text().map(|text| At::new(text, node.place)));
    Ok(os.or(selected).filter(|at| at.value == "windows").map(|at| at.place))
}

/// Reads what the pod's spec says for all containers.
///
/// # Errors
/// When the API server would refuse it.
pub(crate) fn common(spec: &Node, found: &mut Found) -> Result<Common, BadInput> {
    let context = match fields::mapping(spec, "securityContext")? {
        None => Context::default(),
        Some(node) => {
            misplaced(
                node,
                "the pod's securityContext",
                &[(OF_CONTEXT, "the containers' securityContext"), (OF_POD, "the pod's spec")],
                found,
            );
            security::of_pod(node)?
        }
    };
    misplaced(
        spec,
        "the pod's spec",
        &[(OF_CONTEXT, "the containers' securityContext"), (OF_BOTH, "a securityContext")],
        found,
    );
    let users = fields::boolean(spec, "hostUsers")?;
    let own = users.as_ref().is_some_and(|at| !at.value);
    let [host_pid, host_network, host_ipc] =
        ["hostPID", "hostNetwork", "hostIPC"].map(|key| fields::boolean(spec, key));
    let (host_pid, host_network, host_ipc) = (host_pid?, host_network?, host_ipc?);
    // `validateHostUsers` of pkg/apis/core/validation.
    for (key, setting) in
        [("hostNetwork", &host_network), ("hostPID", &host_pid), ("hostIPC", &host_ipc)]
    {
        if let Some(at) = setting.as_ref().filter(|at| at.value && own) {
            let message = format!(
                "`{key}: true` contradicts `hostUsers: false`; the API server refuses the two \
                    together: drop one of them"
            );
            return Err(BadInput::at(at.place, message));
        }
    }
    let shared = fields::boolean(spec, "shareProcessNamespace")?;
    if let (Some(At { value: true, place }), Some(At { value: true, .. })) = (&shared, &host_pid) {
        return Err(BadInput::at(
            *place,
            "`shareProcessNamespace` contradicts `hostPID`; the API server refuses the two \
                together",
        ));
    }
    let runtime = fields::string(spec, "runtimeClassName")?
        .filter(|at| !at.value.is_empty())
        .map(|at| at.map(str::to_owned));
    if let Some(at) = users.as_ref().filter(|at| !at.value) {
        let detail = "it needs Kubernetes 1.33 (or the gate UserNamespacesSupport), containerd 2.0 \
            or CRI-O 1.25, runc 1.2 or crun 1.9, and Linux 6.3 with file systems that take idmapped \
            mounts; containerd 1.6 and older ignore it silently";
        found.add(catalogue::HOST_USERS_NEEDS_RUNTIME.at(
            at.place,
            "`hostUsers: false` needs a recent runtime on the nodes",
            detail,
        ));
    }
    let userns = users.map(|at| at.map(|host| if host { Userns::Host } else { Userns::Own }));
    Ok(Common { context, userns, host_pid, host_network, host_ipc, runtime })
}

/// Keys that have no effect where they stand.
fn misplaced(node: &Node, here: &str, keys: &[(&[&str], &str)], found: &mut Found) {
    for (names, there) in keys {
        for name in *names {
            if let Some((key, _)) = node.entry(name).filter(|(_, value)| !value.is_null()) {
                let title = format!("`{name}` has no effect in {here}");
                let detail = format!(
                    "it belongs in {there}; the API server ignores it here, and kubectl refuses it \
                        unless --validate is off"
                );
                found.add(catalogue::MISPLACED_SETTING.at(key.place, title, detail));
            }
        }
    }
}

/// The securityContext of a container, over what the containers have in common.
fn context(pod: &Pod<'_>, item: &Node, found: &mut Found) -> Result<Context, BadInput> {
    let own = match fields::mapping(item, "securityContext")? {
        None => Context::default(),
        Some(node) => {
            misplaced(node, "a container's securityContext", &[(OF_POD, "the pod's spec")], found);
            security::of_container(node)?
        }
    };
    let common = pod.common.map(|node| fields::mapping(node, "securityContext")).transpose()?;
    Ok(match common.flatten() {
        Some(node) => own.over(&security::of_container(node)?),
        None => own,
    })
}

/// Reads a container of a pod.
///
/// # Errors
/// When the API server would refuse it.
pub(crate) fn container(
    pod: &Pod<'_>,
    common: &Common,
    item: &Node,
    name: String,
    spot: WrittenAt,
    found: &mut Found,
) -> Result<(), BadInput> {
    let own = context(pod, item, found)?;
    misplaced(
        item,
        "a container",
        &[
            (OF_CONTEXT, "its securityContext"),
            (OF_BOTH, "its securityContext"),
            (OF_POD, "the pod's spec"),
        ],
        found,
    );
    let (own_apparmor, own_seccomp) = (own.apparmor.clone(), own.seccomp.clone());
    let context = own.over(&common.context);
    let (uid, gid) = (context.user.clone(), context.group.clone());
    let mut settings = Settings {
        userns: common.userns.clone(),
        host_pid: common.host_pid.clone(),
        host_network: common.host_network.clone(),
        host_ipc: common.host_ipc.clone(),
        admission: pod.admission.clone(),
        image: fields::string(item, "image")?.map(|at| at.map(str::to_owned)),
        ..context.settings()
    };
    if let Some(runtime) = common.runtime.clone() {
        settings.filter_in_guest = runtime.value.contains("kata")
            && pod.annotations.get(KATA).is_some_and(|at| at.value == "false");
        settings.set_runtime(runtime);
    }
    for key in ["command", "args"] {
        settings.command.extend(fields::strings(item, key)?);
    }
    user(uid, gid, &mut settings, found);
    annotated_profiles(
        pod,
        &name,
        own_apparmor.as_ref(),
        own_seccomp.as_ref(),
        &mut settings,
        found,
    )?;
    environment(pod.config, item, "env", &mut settings)?;
    settings.unknown.extend(patched(pod));
    mounts(pod.spec, item, &mut settings);
    devices(pod, item, &mut settings);
    let userns = matches!(settings.userns, Some(At { value: Userns::Own, .. }));
    if userns
        && let Some((key, _)) = item
            .entry("volumeDevices")
            .filter(|(_, list)| list.items().is_some_and(|items| !items.is_empty()))
    {
        return Err(BadInput::at(
            key.place,
            "`volumeDevices` contradicts `hostUsers: false`; the API server refuses the two \
                together",
        ));
    }
    examine(&mut settings, item.place, found);
    refused(&settings, common, item.place, found);
    found.containers.push(Container {
        name,
        engine: Engine::Kubernetes,
        dialect: &super::DIALECT,
        place: item.place,
        spot,
        settings,
    });
    Ok(())
}

/// What is to be said of a container's settings by themselves.
pub(crate) fn examine(settings: &mut Settings, place: Place, found: &mut Found) {
    unmasked(settings, found);
    capability_names(settings, found);
    profiles(settings, place, found);
}

/// Whom the program runs as.
pub(crate) fn user(
    uid: Option<At<u64>>,
    gid: Option<At<u64>>,
    settings: &mut Settings,
    found: &mut Found,
) {
    let non_root = settings.non_root.clone().filter(|at| at.value);
    match (uid, gid, non_root) {
        (Some(uid), gid, non_root) => {
            if uid.value == 0 && non_root.is_some() {
                let detail = "the kubelet does not start such a container \
                    (CreateContainerConfigError): change one of the two";
                found.on_next(catalogue::RUN_AS_NON_ROOT_AS_ROOT.at(
                    uid.place,
                    "`runAsUser: 0` contradicts `runAsNonRoot: true`",
                    detail,
                ));
            }
            settings.user =
                Some(At::new(User::Ids { uid: uid.value, gid: gid.map(|at| at.value) }, uid.place));
        }
        (None, gid, non_root) => {
            if let Some(gid) = gid {
                let detail = "container runtimes refuse a group without a user: set runAsUser too";
                found.on_next(catalogue::RUN_AS_GROUP_ALONE.at(
                    gid.place,
                    "`runAsGroup` without `runAsUser`",
                    detail,
                ));
            }
            // The kubelet starts it only if the image's user is not root.
            settings.user =
                non_root.map(|at| at.map(|_| User::Named("that of the image, not root".into())));
        }
    }
}

/// The annotations in a pod's metadata that name profiles, or say whether one is in force.
///
/// # Errors
/// When one is no string.
pub(crate) fn annotations(metadata: Option<&Node>) -> Result<HashMap<&str, At<&str>>, BadInput> {
    let Some(metadata) = metadata else { return Ok(HashMap::new()) };
    let Some(node) = fields::mapping(metadata, "annotations")? else { return Ok(HashMap::new()) };
    let profiles = node.entries().into_iter().filter(|(key, ..)| {
        key.starts_with(APPARMOR)
            || key.starts_with(SECCOMP)
            || [SECCOMP_POD, KATA, CRI_O_DEVICES].contains(key)
    });
    profiles.map(|(key, _, value)| Ok((key, fields::text(value, "annotations")?))).collect()
}

const APPARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP: &str = "container.seccomp.security.alpha.kubernetes.io/";
const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
/// Which devices CRI-O gives the containers of a pod, where the node allows it.
const CRI_O_DEVICES: &str = "io.kubernetes.cri-o.Devices";
/// `false` puts the container's filter into the guest (kata-containers
/// `docs/how-to/how-to-set-sandbox-config-kata.md`).
const KATA: &str = "io.katacontainers.config.runtime.disable_guest_seccomp";

/// The profiles that annotations name. That of AppArmor still counts where the container has no
/// field of its own; those of seccomp have been ignored since Kubernetes 1.27.
fn annotated_profiles(
    pod: &Pod<'_>,
    name: &str,
    own_apparmor: Option<&At<Profile>>,
    own_seccomp: Option<&At<Profile>>,
    settings: &mut Settings,
    found: &mut Found,
) -> Result<(), BadInput> {
    let mismatch = |place| {
        BadInput::at(
            place,
            "this annotation and the container's field name different profiles; the API server \
                refuses it",
        )
    };
    if let Some(at) =
        pod.annotations.get(format!("{APPARMOR}{name}").as_str()).filter(|at| !at.value.is_empty())
    {
        let Some(profile) = security::annotated(at.value).filter(|_| at.value != "docker/default")
        else {
            let message = "this is not runtime/default, unconfined or localhost/NAME; the API \
                server refuses it";
            return Err(BadInput::at(at.place, message));
        };
        match own_apparmor {
            Some(field) if field.value != profile => return Err(mismatch(at.place)),
            Some(_) => {}
            None => settings.apparmor = Some(At::new(profile, at.place)),
        }
    }
    let of_container = pod.annotations.get(format!("{SECCOMP}{name}").as_str());
    if let Some(at) = of_container.or_else(|| pod.annotations.get(SECCOMP_POD)) {
        let named = security::annotated(at.value);
        if own_seccomp.is_some_and(|field| Some(&field.value) != named.as_ref())
            && of_container.is_some()
        {
            return Err(mismatch(at.place));
        }
        if settings.seccomp.is_none() {
            let detail = "seccomp annotations have had no effect since Kubernetes 1.27: set \
                `seccompProfile` in the securityContext";
            found.on_next(catalogue::SECCOMP_ANNOTATION.at(
                at.place,
                "this annotation has no effect any more",
                detail,
            ));
            if named != Some(Profile::Unconfined) {
                let why = "a seccomp annotation, which has an effect only before Kubernetes 1.27";
                settings.leaves_open(Setting::Seccomp, at.place, why);
            }
        }
    }
    Ok(())
}

/// The variables that count, which are carried from ConfigMaps.
pub(crate) fn counts(variable: &str) -> bool {
    crate::source::env::carry(variable).is_some()
}

/// The variables of a container, in the list of this key and in `envFrom`.
pub(crate) fn environment(
    config: Option<&ConfigMaps>,
    item: &Node,
    key: &str,
    settings: &mut Settings,
) -> Result<(), BadInput> {
    for source in fields::list(item, "envFrom")? {
        if !source.is_map() {
            return Err(source.wrong("an item of `envFrom`", "a mapping"));
        }
        let prefix = fields::string(source, "prefix")?.map_or("", |at| at.value);
        for (key, what) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
            let Some(reference) = fields::mapping(source, key)? else { continue };
            let Some(name) = fields::string(reference, "name")? else { continue };
            let known =
                config.filter(|_| what == "ConfigMap").and_then(|maps| maps.get(name.value));
            if let Some(variables) = known {
                let mut sorted: Vec<_> = variables.iter().collect();
                sorted.sort();
                settings.env.extend(sorted.into_iter().map(|(key, value)| {
                    (At::new(format!("{prefix}{key}"), name.place), Some(value.clone()))
                }));
            }
        }
    }
    for entry in fields::list(item, key)? {
        if !entry.is_map() {
            return Err(entry.wrong(&format!("an item of `{key}`"), "a mapping"));
        }
        let Some(name) = fields::string(entry, "name")?.filter(|name| !name.value.is_empty())
        else {
            return Err(BadInput::at(
                entry.place,
                "this variable has no `name`; the API server refuses it",
            ));
        };
        let value = fields::string(entry, "value")?;
        let from = fields::mapping(entry, "valueFrom")?;
        if let (Some(value), Some(_)) =
            (value.as_ref().filter(|value| !value.value.is_empty()), from)
        {
            return Err(BadInput::at(
                value.place,
                "this variable has both `value` and `valueFrom`; the API server refuses it",
            ));
        }
        let value = match from {
            Some(from) => from.get("configMapKeyRef").and_then(|reference| {
                let variables = config?.get(reference.get("name")?.text()?)?;
                variables.get(reference.get("key")?.text()?).cloned()
            }),
            None => Some(value.map_or(String::new(), |value| value.value.to_owned())),
        };
        // The kubelet puts other variables in place of $(NAME).
        settings.env.push((name.map(str::to_owned), value.filter(|value| !value.contains("$("))));
    }
    Ok(())
}

/// What Argo's `podSpecPatch` may say otherwise: a text that is merged into the finished pod, with
/// parameters in it that are filled in before.
fn patched(pod: &Pod<'_>) -> Vec<At<Doubt>> {
    const DECIDING: &[(&str, Setting)] = &[
        ("privileged", Setting::Privileged),
        ("capabilities", Setting::Capabilities),
        ("seccompProfile", Setting::Seccomp),
        ("appArmorProfile", Setting::AppArmor),
        ("procMount", Setting::Masks),
        ("runAsUser", Setting::User),
        ("hostUsers", Setting::Userns),
        ("runtimeClassName", Setting::Runtime),
    ];
    let around = [Some(&**pod.spec), pod.around].into_iter().flatten();
    let patches = around.filter_map(|node| node.get("podSpecPatch"));
    let doubts = patches.flat_map(|patch| {
        let text = patch.text().unwrap_or_default();
        DECIDING.iter().filter(move |(key, _)| text.contains(key)).map(|(key, about)| {
            let why = format!("`podSpecPatch` says something of `{key}`, and is not read");
            At::new(Doubt { about: *about, why }, patch.place)
        })
    });
    doubts.collect()
}

/// `procMount: Unmasked` without a user namespace of its own: `ValidateSecurityContext` refuses it
/// where the gate ProcMountType is on (by default from 1.33 on); where it is off, the API server
/// drops the field.
fn unmasked(settings: &mut Settings, found: &mut Found) {
    let userns = matches!(settings.userns, Some(At { value: Userns::Own, .. }));
    if let Some(At { value: Masks::None, place }) = settings.masks.clone()
        && !userns
    {
        let title = "`procMount: Unmasked` needs `hostUsers: false`";
        let detail = "from Kubernetes 1.33 on the API server refuses it without; earlier ones \
            ignore it unless the gate ProcMountType is on";
        found.on_next(catalogue::UNMASKED_WITHOUT_USERNS.at(place, title, detail));
        let why = "`procMount: Unmasked` without `hostUsers: false`, which the API server refuses \
            or ignores";
        settings.leaves_open(Setting::Masks, place, why);
    }
}

/// Names of capabilities that the runtime does not take as they are meant.
fn capability_names(settings: &mut Settings, found: &mut Found) {
    let mut doubts = vec![];
    for at in settings.cap_add.iter().chain(&settings.cap_drop) {
        let upper = at.value.to_ascii_uppercase();
        if upper == "ALL" {
            continue;
        }
        if capability(&at.value).is_none() {
            let title = format!("there is no capability `{}`", super::short(&at.value));
            found.on_next(catalogue::UNKNOWN_CAPABILITY.at(
                at.place,
                title,
                "the runtime ignores it or refuses the container: check the spelling",
            ));
        } else if upper.starts_with("CAP_") {
            let title = format!("write `{}` without `CAP_`", super::short(&at.value));
            let detail = "Kubernetes' names have no prefix: containerd adds one, and so does not \
                know this name; CRI-O takes both";
            found.on_next(catalogue::CAPABILITY_PREFIX.at(at.place, title, detail));
            let why = "a capability written with `CAP_`, which containerd does not know".to_owned();
            doubts.push(At::new(Doubt { about: Setting::Capabilities, why }, at.place));
        }
    }
    settings.unknown.extend(doubts);
}

/// Profiles that are not in the files, and the filter that is not there.
fn profiles(settings: &mut Settings, place: Place, found: &mut Found) {
    if settings.is_privileged() {
        return;
    }
    let named = |about, at: Option<&At<Profile>>| match at {
        Some(At { value: Profile::Named(name, _), place }) => {
            let why =
                format!("the profile `{}` is on the nodes, not in the files", super::short(name));
            Some(At::new(Doubt { about, why }, *place))
        }
        _ => None,
    };
    let doubts = [
        named(Setting::Seccomp, settings.seccomp.as_ref()),
        named(Setting::AppArmor, settings.apparmor.as_ref()),
    ];
    settings.unknown.extend(doubts.into_iter().flatten());
    if settings.seccomp.is_none() && settings.doubt(Setting::Seccomp).is_none() {
        let detail = "without `seccompProfile` a container runs unconfined, or with \
            RuntimeDefault if the kubelet has seccompDefault";
        found.on_next(catalogue::SECCOMP_NOT_SET.at(place, "no seccomp profile is set", detail));
    }
}

/// What Pod Security admission refuses.
fn refused(settings: &Settings, common: &Common, place: Place, found: &mut Found) {
    let Some(admission) = &settings.admission else { return };
    let mut violations = admission::violations(settings, admission.value);
    // The pod's own fields count even where every container overrides them.
    let of_pod = Settings {
        seccomp: common.context.seccomp.clone(),
        apparmor: common.context.apparmor.clone(),
        selinux: common.context.selinux.clone(),
        ..Settings::default()
    };
    let level = Admission {
        level: admission.value.level.min(admission::Level::Baseline),
        ..admission.value
    };
    for violation in admission::violations(&of_pod, level) {
        if !violations.iter().any(|known| known.control == violation.control) {
            violations.push(violation);
        }
    }
    let Some(first) =
        violations.iter().find(|violation| violation.always).or_else(|| violations.first())
    else {
        return;
    };
    let always = first.always;
    let mut controls: Vec<&str> = violations.iter().map(|violation| violation.control).collect();
    controls.dedup();
    let musts: Vec<&str> = violations.iter().map(|violation| violation.must.as_str()).collect();
    let verb = if always { "rejects" } else { "may reject" };
    let title = format!("Pod Security admission {verb} this container: {}", controls.join(", "));
    let line = admission.place.line;
    let detail = format!(
        "its namespace enforces `{}` (line {line}), so: {}",
        admission.value.level.name(),
        musts.join("; ")
    );
    let severity = if always { Severity::Error } else { Severity::Warning };
    found.on_next(
        catalogue::POD_SECURITY_REJECTS
            .at(first.place.unwrap_or(place), title, detail)
            .severity(severity),
    );
}
