//! A pod's spec to containers.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::annotations::{self, CRI_O_DEVICES, KATA};
use super::custom::Given;
use super::examine;
use super::fields::{self, refused};
use super::keys;
use super::security::{self, Context};
use super::variables::{self, ConfigMaps};
use super::volume_mounts;
use crate::deploy::admission::Admission;
use crate::deploy::container::{Container, Engine, Key, WrittenAt};
use crate::deploy::place::{At, BadInput, Faults, Place};
use crate::deploy::setting::{Doubt, Setting, Settings, User, Userns};
use crate::deploy::yaml::Node;
use crate::findings::{Finding, catalogue};

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
    /// What its controller says of it.
    pub given: Given,
    /// The volumes that its object claims for it; `None` where that may be a patch, and other
    /// volumes are in what is patched.
    pub claims: Option<Vec<&'n str>>,
    /// What a change of it may be written to.
    pub edits: Edits,
}

impl<'n> Pod<'n> {
    /// What has containers like a pod, with nothing around it; it may be edited in these alone.
    pub(crate) fn of(spec: &'n Rc<Node>, document: usize) -> Self {
        Self {
            annotations: HashMap::new(),
            spec,
            document,
            path: vec![],
            admission: None,
            config: None,
            bare: false,
            containers: CONTAINERS,
            common: None,
            around: None,
            given: Given::Nothing,
            claims: None,
            edits: Edits::Containers,
        }
    }
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

/// Where containers stand in the spec of a pod.
pub(crate) const CONTAINERS: &[&str] =
    &["initContainers[]", "containers[]", "ephemeralContainers[]"];

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
        let detail = "unshare(1) and nsjail are Linux programs; its containers are not judged";
        found.add(catalogue::WINDOWS_POD.at(place, title, detail));
        return Ok(());
    }
    let mut faults = Faults::default();
    let mut common = faults.without(common(spec, found));
    if let Some(around) = pod.around {
        common = common.over(faults.without(self::common(around, found)));
    }
    common = common.over(Common::of(pod.given.context(at)));
    let strict = pod.edits == Edits::Pod;
    faults.without(lists(pod));
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
        let title = "ephemeral containers cannot be set on creation";
        found.add(catalogue::EPHEMERAL_CONTAINERS_ON_CREATE.at(key.place, title, detail));
    }
    let mut names = HashSet::new();
    let first = found.containers.len();
    for (way, item) in items {
        let path: Vec<Key> = pod.path.iter().chain(&way).cloned().collect();
        let spot = match pod.edits {
            Edits::Pod => WrittenAt::Yaml { document: pod.document, path, pod: pod.path.len() },
            Edits::Containers => WrittenAt::Yaml { document: pod.document, path, pod: 0 },
            Edits::Nothing => WrittenAt::None,
        };
        let name = match name(item) {
            Err(_) if !strict && item.is_map() => At::new(called(spec, &way), item.place),
            Ok(name) => name.map(str::to_owned),
            Err(bad) => {
                faults.add(bad);
                continue;
            }
        };
        if !names.insert(name.value.clone()) && strict {
            let why = format!(
                "a second container with the name `{}` in this pod",
                super::short(&name.value)
            );
            faults.add(refused(name.place, why));
        }
        faults.without(container(pod, &common, item, name.value, spot, found));
    }
    faults.or(())?;
    // What is wrong with a pod is wrong with each of its containers.
    let around = pod.around.into_iter().chain([&**spec]);
    for finding in around.flat_map(|node| keys::unknown(node, &keys::POD, strict)) {
        match first..found.containers.len() {
            none if none.is_empty() => found.add(finding),
            all => found.findings.extend(all.map(|number| finding.clone().about(number))),
        }
    }
    if strict { annotations::name_containers(pod, &names) } else { Ok(()) }
}

/// The keys that a pod of Kubernetes' own kinds and its containers cannot have.
pub(super) fn misspelt(spec: &Rc<Node>) -> Vec<BadInput> {
    let containers = CONTAINERS.iter().flat_map(|place| spec.all_at(place));
    let of_containers =
        containers.flat_map(|(_, item)| keys::unknown(item, &keys::CONTAINER, true));
    let all = keys::unknown(spec, &keys::POD, true).into_iter().chain(of_containers);
    let bad = |found: Finding| BadInput { place: found.place, ..BadInput::whole(found.title) };
    all.map(bad).collect()
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

/// The name of a container.
///
/// # Errors
/// When it has none.
pub(crate) fn name(item: &Node) -> Result<At<&str>, BadInput> {
    if !item.is_map() {
        return Err(refused(item.place, format!("a container is {}, not a mapping", item.kind())));
    }
    let name = fields::string(item, "name")?.filter(|name| !name.value.is_empty());
    name.ok_or_else(|| refused(item.place, "this container has no `name`"))
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
        settings.leave_open(Setting::Devices, place, why);
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
    let mut faults = Faults::default();
    let context = faults.without(fields::mapping(spec, "securityContext"));
    let context =
        context.map_or_else(Context::default, |node| faults.without(security::of_pod(node)));
    let users = faults.without(fields::boolean(spec, "hostUsers"));
    let own = users.as_ref().is_some_and(|at| !at.value);
    let [host_pid, host_network, host_ipc] =
        ["hostPID", "hostNetwork", "hostIPC"].map(|key| faults.without(fields::boolean(spec, key)));
    // `validateHostUsers` of pkg/apis/core/validation.
    for (key, setting) in
        [("hostNetwork", &host_network), ("hostPID", &host_pid), ("hostIPC", &host_ipc)]
    {
        if let Some(at) = setting.as_ref().filter(|at| at.value && own) {
            let message = format!(
                "`{key}: true` contradicts `hostUsers: false`; the API server refuses the two \
                    together: drop one of them"
            );
            faults.add(BadInput::at(at.place, message));
        }
    }
    let shared = faults.without(fields::boolean(spec, "shareProcessNamespace"));
    if let (Some(At { value: true, place }), Some(At { value: true, .. })) = (&shared, &host_pid) {
        let why = "`shareProcessNamespace` contradicts `hostPID`; the API server refuses the two \
                together";
        faults.add(BadInput::at(*place, why));
    }
    let runtime = faults
        .without(fields::string(spec, "runtimeClassName"))
        .filter(|at| !at.value.is_empty())
        .map(|at| at.map(str::to_owned));
    if let Some(at) = users.as_ref().filter(|at| !at.value) {
        let detail = "it needs Kubernetes 1.33 (or the gate UserNamespacesSupport), containerd 2.0 \
            or CRI-O 1.25, runc 1.2 or crun 1.9, and Linux 6.3 with file systems that take \
            idmapped mounts; containerd 1.6 and older ignore it silently";
        let title = "`hostUsers: false` needs a recent runtime on the nodes";
        found.add(catalogue::HOST_USERS_NEEDS_RUNTIME.at(at.place, title, detail));
    }
    let userns = users.map(|at| at.map(|host| if host { Userns::Host } else { Userns::Own }));
    faults.or(Common { context, userns, host_pid, host_network, host_ipc, runtime })
}

/// The securityContext of a container, over what the containers have in common.
fn context(pod: &Pod<'_>, item: &Node) -> Result<Context, BadInput> {
    let own = match fields::mapping(item, "securityContext")? {
        None => Context::default(),
        Some(node) => security::of_container(node)?,
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
    let mut faults = Faults::default();
    let own = faults.without(context(pod, item));
    for finding in keys::unknown(item, &keys::CONTAINER, pod.edits == Edits::Pod) {
        found.on_next(finding);
    }
    let (own_apparmor, own_seccomp) = (own.apparmor.clone(), own.seccomp.clone());
    let context = own.over(&common.context);
    let (uid, gid) = (context.user.clone(), context.group.clone());
    let text = |key: &str, faults: &mut Faults| {
        faults.without(fields::string(item, key)).map(|at| at.map(str::to_owned))
    };
    let mut settings = Settings {
        userns: common.userns.clone(),
        host_pid: common.host_pid.clone(),
        host_network: common.host_network.clone(),
        host_ipc: common.host_ipc.clone(),
        admission: pod.admission.clone(),
        image: text("image", &mut faults),
        workdir: text("workingDir", &mut faults),
        ..context.settings()
    };
    if let Some(runtime) = common.runtime.clone() {
        settings.filter_in_guest = runtime.value.contains("kata")
            && pod.annotations.get(KATA).is_some_and(|at| at.value == "false");
        settings.set_runtime(runtime);
    }
    for key in ["command", "args"] {
        settings.command.extend(faults.without(fields::strings(item, key)));
    }
    user(uid, gid, &mut settings, found);
    let (apparmor, seccomp) = (own_apparmor.as_ref(), own_seccomp.as_ref());
    faults.without(annotations::profiles(pod, &name, apparmor, seccomp, &mut settings, found));
    faults.without(variables::environment(pod.config, item, "env", &mut settings));
    settings.unknown.extend(patched(pod));
    if pod.edits == Edits::Pod {
        faults.without(volume_mounts::check(pod, item, &settings));
    }
    volume_mounts::read(pod.spec, item, &mut settings);
    devices(pod, item, &mut settings);
    let userns = matches!(settings.userns, Some(At { value: Userns::Own, .. }));
    if userns
        && let Some((key, _)) = item
            .entry("volumeDevices")
            .filter(|(_, list)| list.items().is_some_and(|items| !items.is_empty()))
    {
        let why = "`volumeDevices` contradicts `hostUsers: false`; the API server refuses the two \
                together";
        faults.add(BadInput::at(key.place, why));
    }
    examine::examine(&mut settings, item.place, found);
    examine::refused(&settings, common, item.place, found);
    found.containers.push(Container {
        name,
        engine: Engine::Kubernetes,
        dialect: &super::DIALECT,
        place: item.place,
        spot,
        settings,
    });
    faults.or(())
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
                let title = "`runAsUser: 0` contradicts `runAsNonRoot: true`";
                found.on_next(catalogue::RUN_AS_NON_ROOT_AS_ROOT.at(uid.place, title, detail));
            }
            settings.user =
                Some(At::new(User::Ids { uid: uid.value, gid: gid.map(|at| at.value) }, uid.place));
        }
        (None, gid, non_root) => {
            if let Some(gid) = gid {
                let detail = "container runtimes refuse a group without a user: set runAsUser too";
                let title = "`runAsGroup` without `runAsUser`";
                found.on_next(catalogue::RUN_AS_GROUP_ALONE.at(gid.place, title, detail));
            }
            // The kubelet starts it only if the image's user is not root.
            settings.user =
                non_root.map(|at| at.map(|_| User::Named("that of the image, not root".into())));
        }
    }
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
