//! Units to containers. A `.container` is the command line that podman's generator makes of it
//! (podman `pkg/systemd/quadlet/quadlet.go`), and that line is read as any other.

use std::ops::Range;

use super::{CONTAINER, KUBE, POD, QUADLET};
use crate::deploy::command::line::{self, Line};
use crate::deploy::command::settings::{self, Places};
use crate::deploy::command::word::Argument;
use crate::deploy::container::{Container, Engine, WrittenAt};
use crate::deploy::dialect::{Candidate, Sure};
use crate::deploy::kubernetes;
use crate::deploy::place::{At, BadInput, FileId, Index, Place};
use crate::deploy::read::{Deployment, Input, Surroundings};
use crate::deploy::setting::{Doubt, Profile, Setting, Settings};
use crate::deploy::systemd::ServiceSurroundings;
use crate::deploy::systemd::unit::{NotAUnit, Splitting, UnitEntry, UnitFile, UnitWord};
use crate::findings::{Finding, Info, catalogue};
use crate::verdict::Severity;

/// How a key becomes options.
enum Becomes {
    Last,
    Each,
    /// Each name of its values.
    Names,
    /// Each word of its values.
    Words,
    /// Each name of its values; one that may be missing has a dash before it.
    Devices,
    /// Each; what a unit makes has the name of that.
    Volumes,
    /// Each; the network of a container is that of its unit.
    Networks,
    /// A switch, on or off.
    Switch,
    /// Nothing, unless it is on.
    On,
}
use Becomes::{Devices, Each, Last, Names, Networks, On, Switch, Volumes, Words};

/// The keys that become options of `podman run`, and how these begin.
const OPTIONS: &[(&str, Becomes, &str)] = &[
    ("ContainerName", Last, "--name="),
    ("LogDriver", Last, "--log-driver="),
    ("LogOpt", Names, "--log-opt="),
    ("CgroupsMode", Last, "--cgroups="),
    ("Entrypoint", Last, "--entrypoint="),
    ("Timezone", Last, "--tz="),
    ("PidsLimit", Last, "--pids-limit="),
    ("ShmSize", Last, "--shm-size="),
    ("WorkingDir", Last, "--workdir="),
    ("IP", Last, "--ip="),
    ("IP6", Last, "--ip6="),
    ("HostName", Last, "--hostname="),
    ("StopSignal", Last, "--stop-signal="),
    ("StopTimeout", Last, "--stop-timeout="),
    ("Pull", Last, "--pull="),
    ("Memory", Last, "--memory="),
    ("Retry", Last, "--retry="),
    ("RetryDelay", Last, "--retry-delay="),
    ("NetworkAlias", Each, "--network-alias="),
    ("Ulimit", Each, "--ulimit="),
    ("DNS", Each, "--dns="),
    ("DNSOption", Each, "--dns-option="),
    ("DNSSearch", Each, "--dns-search="),
    ("GroupAdd", Each, "--group-add="),
    ("AddHost", Each, "--add-host="),
    ("Tmpfs", Each, "--tmpfs="),
    ("RunInit", Switch, "--init"),
    ("EnvironmentHost", Switch, "--env-host"),
    ("HttpProxy", Switch, "--http-proxy"),
    ("ReadOnlyTmpfs", Switch, "--read-only-tmpfs"),
    ("Network", Networks, "--network="),
    ("NoNewPrivileges", On, "--security-opt=no-new-privileges"),
    ("SecurityLabelDisable", On, "--security-opt=label=disable"),
    ("SecurityLabelNested", On, "--security-opt=label=nested"),
    ("SecurityLabelType", Last, "--security-opt=label=type:"),
    ("SecurityLabelFileType", Last, "--security-opt=label=filetype:"),
    ("SecurityLabelLevel", Last, "--security-opt=label=level:"),
    ("AppArmor", Last, "--security-opt=apparmor="),
    ("AddDevice", Devices, "--device="),
    ("SeccompProfile", Last, "--security-opt=seccomp="),
    ("DropCapability", Names, "--cap-drop="),
    ("AddCapability", Names, "--cap-add="),
    ("Sysctl", Names, "--sysctl="),
    ("ReadOnly", Switch, "--read-only"),
    ("Volume", Volumes, "--volume="),
    ("ExposeHostPort", Each, "--expose="),
    ("PublishPort", Each, "--publish="),
    ("Environment", Words, "--env="),
    ("Label", Words, "--label="),
    ("Annotation", Words, "--annotation="),
    ("Mask", Words, "--security-opt=mask="),
    ("Unmask", Words, "--security-opt=unmask="),
    ("EnvironmentFile", Words, "--env-file="),
    ("Secret", Words, "--secret="),
    ("Mount", Words, "--mount="),
    ("HealthCmd", Last, "--health-cmd="),
    ("HealthInterval", Last, "--health-interval="),
    ("HealthOnFailure", Last, "--health-on-failure="),
    ("HealthLogDestination", Last, "--health-log-destination="),
    ("HealthMaxLogCount", Last, "--health-max-log-count="),
    ("HealthMaxLogSize", Last, "--health-max-log-size="),
    ("HealthRetries", Last, "--health-retries="),
    ("HealthStartPeriod", Last, "--health-start-period="),
    ("HealthTimeout", Last, "--health-timeout="),
    ("HealthStartupCmd", Last, "--health-startup-cmd="),
    ("HealthStartupInterval", Last, "--health-startup-interval="),
    ("HealthStartupRetries", Last, "--health-startup-retries="),
    ("HealthStartupSuccess", Last, "--health-startup-success="),
    ("HealthStartupTimeout", Last, "--health-startup-timeout="),
];

/// The other keys of a container that the generator of podman 5.8 knows. It refuses all others.
const OTHERS: &[&str] = &[
    "AutoUpdate", "ContainersConfModule", "Exec", "GIDMap", "GlobalArgs", "Group", "Image",
    "Notify", "Pod", "PodmanArgs", "ReloadCmd", "ReloadSignal", "RemapGid", "RemapUid",
    "RemapUidSize", "RemapUsers", "Rootfs", "ServiceName", "StartWithPod", "SubGIDMap",
    "SubUIDMap", "UIDMap", "User", "UserNS", "VolatileTmp",
];

/// What only an API server or a kubelet would say to a manifest.
const OF_CLUSTERS: &[&Info] = &[
    &catalogue::CAPABILITY_PREFIX,
    &catalogue::HOST_USERS_NEEDS_RUNTIME,
    &catalogue::POD_SECURITY_LEVEL_UNKNOWN,
    &catalogue::POD_SECURITY_REJECTS,
    &catalogue::REMOVED_API_VERSION,
    &catalogue::RUN_AS_NON_ROOT_AS_ROOT,
    &catalogue::SECCOMP_ANNOTATION,
    &catalogue::SECCOMP_NOT_SET,
    &catalogue::UNMASKED_WITHOUT_USERNS,
];

/// What the engine would say to a unit that it makes no service of, and where.
type UnitRefusal = (Range<usize>, String);

/// Places in a unit, which may be a block of a document.
struct InUnit<'a>(Index<'a>);

impl<'a> InUnit<'a> {
    fn new(input: Input<'a>, block: Option<(usize, usize)>) -> Self {
        Self(Index::new(input.file, input.text).after(block.unwrap_or_default()))
    }

    fn bad(&self, range: &Range<usize>, why: impl Into<String>) -> BadInput {
        BadInput::at(self.place(range), why)
    }

    fn parse(&self, text: &str) -> Result<UnitFile, BadInput> {
        UnitFile::parse(text).map_err(|NotAUnit { range, why, .. }| self.bad(&range, why))
    }
}

impl Places for InUnit<'_> {
    fn place(&self, range: &Range<usize>) -> Place {
        self.0.place(range)
    }

    fn file(&self) -> FileId {
        self.0.file
    }
}

/// Reads a unit of the kind that has this section.
///
/// # Errors
/// When it is no unit file, or podman would refuse the options.
pub(super) fn read(
    file: &Candidate<'_>,
    section: Option<&str>,
    surroundings: &mut dyn Surroundings,
) -> Result<Deployment, BadInput> {
    let places = InUnit::new(file.input, file.block);
    if let Some(at) = memchr::memchr(0, file.input.text.as_bytes()) {
        return Err(places.bad(&(at..at + 1), "not text: there is a NUL byte"));
    }
    let unit = places.parse(file.input.text)?;
    let mut deployment = Deployment::of(&super::DIALECT);
    match section {
        Some(CONTAINER) => container(file, &unit, &places, surroundings, &mut deployment)?,
        Some(KUBE) => kube(&unit, &places, surroundings, &mut deployment)?,
        _ => {
            let kind = super::extension(file.input.path).unwrap_or("pod");
            let title = format!("a .{kind} unit describes no container");
            let detail = "The units that use it do: lint the .container and .kube files.";
            let finding = Finding::new(&catalogue::UNIT_WITHOUT_CONTAINER, title, detail);
            deployment.findings.push(finding.at(places.place(&(0..0))));
        }
    }
    Ok(deployment)
}

/// Reads a `.container`.
fn container(
    file: &Candidate<'_>,
    unit: &UnitFile,
    places: &InUnit<'_>,
    surroundings: &mut dyn Surroundings,
    deployment: &mut Deployment,
) -> Result<(), BadInput> {
    let header = unit.section(CONTAINER).ok_or_else(|| {
        BadInput::whole("no [Container] section: podman makes no service of this unit")
    })?;
    let mut refused = unknown_keys(unit);
    refused.extend(service(unit));
    refused.extend(values(unit));
    let mut command = PodmanRun::new(&header);
    command.global(unit);
    command.options(unit);
    command.user(unit).unwrap_or_else(|why| refused.push(why));
    command.mappings(unit, CONTAINER).unwrap_or_else(|why| refused.push(why));
    command.arguments(unit, CONTAINER);
    let image = image(unit, &header).unwrap_or_else(|why| {
        // A block of a document leaves out what the document is not about.
        refused.extend(
            (file.block.is_none() || unit.value(CONTAINER, "Image").is_some()).then_some(why),
        );
        None
    });
    command.image(image.as_ref(), &header);
    if let Some(entry) = unit.last(CONTAINER, "Exec") {
        entry.words(Splitting::Arguments).unwrap_or_default().iter().for_each(|word| {
            command.word("", word);
        });
    }
    let mut of_service = ServiceSurroundings(surroundings);
    let (mut settings, findings) = command.settings(&header, places, &mut of_service)?;
    if image.is_none() {
        settings.image = None;
    }
    let optional = devices(unit).into_iter().filter(|word| word.text.starts_with('-'));
    let optional: Vec<Place> = optional.map(|word| places.place(&word.range)).collect();
    settings.makes_devices_optional(&optional);
    if let Some(pod) = unit.value(CONTAINER, "Pod") {
        match of_pod(&pod, places, &mut of_service) {
            Ok(pod) => settings::inherit(&mut settings, pod),
            Err(why) => refused.push((pod.range, why)),
        }
    }
    let number = deployment.containers.len();
    let refused = refused.into_iter().map(|(range, why)| {
        let detail = "podman's generator makes no service of this unit, so nothing starts.";
        catalogue::QUADLET_REFUSED.at(places.place(&range), why, detail)
    });
    let findings = findings.into_iter().chain(refused).map(|finding| finding.about(number));
    deployment.findings.extend(findings);
    let name = unit.value(CONTAINER, "ContainerName").map(|word| word.text);
    let name = name.or_else(|| stem(file.input.path)).or_else(|| image.map(|word| word.text));
    deployment.containers.push(Container {
        name: name.unwrap_or_else(|| "container".to_owned()),
        engine: Engine::Podman,
        dialect: &super::DIALECT,
        place: places.place(&header),
        spot: WrittenAt::Text { at: header.start },
        settings,
    });
    Ok(())
}

/// The name of a unit by that of its file.
fn stem(path: &str) -> Option<String> {
    let (stem, _) = path.rsplit('/').next()?.rsplit_once('.')?;
    Some(stem.to_owned()).filter(|stem| !stem.is_empty())
}

/// The keys that the generator refuses.
fn unknown_keys(unit: &UnitFile) -> Vec<UnitRefusal> {
    let known =
        |key: &str| OPTIONS.iter().any(|(known, ..)| *known == key) || OTHERS.contains(&key);
    let refused = |section: &str, entry: &UnitEntry| {
        let key = line::short(&entry.key.text);
        (entry.key.range.clone(), format!("unsupported key '{key}' in group '{section}'"))
    };
    let own = unit.entries(CONTAINER).filter(|entry| !known(&entry.key.text));
    let general = unit.entries(QUADLET).filter(|entry| entry.key.text != "DefaultDependencies");
    own.map(|entry| refused(CONTAINER, entry))
        .chain(general.map(|entry| refused(QUADLET, entry)))
        .collect()
}

/// What the generator refuses of the service around the container.
fn service(unit: &UnitFile) -> Option<UnitRefusal> {
    let given = |key, known: [&str; 2]| {
        let entry = unit.last("Service", key)?;
        let word = entry.whole();
        let why = format!("invalid {key} '{}' of the service", line::short(&word.text));
        (!known.contains(&word.text.as_str())).then_some((entry.key.range.clone(), why))
    };
    given("KillMode", ["mixed", "control-group"]).or_else(|| given("Type", ["notify", "oneshot"]))
}

/// What the generator refuses of the values of keys.
fn values(unit: &UnitFile) -> Vec<UnitRefusal> {
    let port = |word: &UnitWord| {
        let bare = word.text.strip_suffix("/udp").or(word.text.strip_suffix("/tcp"));
        !bare.unwrap_or(&word.text).ends_with(|c: char| c.is_ascii_digit())
    };
    let bad = |word: &UnitWord, why: &str| {
        (word.range.clone(), format!("{why} '{}'", line::short(&word.text)))
    };
    let ports = unit.all(CONTAINER, "ExposeHostPort").into_iter().map(UnitEntry::raw).filter(port);
    let sourceless = |mount: &UnitWord| {
        let has = |what: &[&str]| mount.text.split(',').any(|part| what.contains(&part));
        let source = |part: &str| part.starts_with("src=") || part.starts_with("source=");
        has(&["type=bind", "type=glob", "type=image", "type=artifact"])
            && !mount.text.split(',').any(source)
    };
    let mounts = unit.words(CONTAINER, "Mount", Splitting::Arguments).into_iter();
    let reloads = unit.value(CONTAINER, "ReloadCmd").and(unit.value(CONTAINER, "ReloadSignal"));
    let ports = ports.map(|word| bad(&word, "invalid port format"));
    ports
        .chain(mounts.filter(sourceless).map(|word| bad(&word, "the mount has no source")))
        .chain(reloads.map(|word| bad(&word, "ReloadCmd is set along with ReloadSignal")))
        .collect()
}

/// The image or the root file system.
fn image(unit: &UnitFile, header: &Range<usize>) -> Result<Option<UnitWord>, UnitRefusal> {
    match (unit.value(CONTAINER, "Image"), unit.value(CONTAINER, "Rootfs")) {
        (None, None) => Err((header.clone(), "no Image or Rootfs key specified".into())),
        (Some(_), Some(rootfs)) => {
            Err((rootfs.range, "Image and Rootfs are specified together".into()))
        }
        (image, rootfs) => Ok(image.or(rootfs)),
    }
}

/// The devices that a unit names, those that may be missing with a dash.
fn devices(unit: &UnitFile) -> Vec<UnitWord> {
    unit.words(CONTAINER, "AddDevice", Splitting::Names)
}

/// A volume as the generator passes it on: without a source it is its path alone, and what a
/// template makes has the name of that (podman-systemd.unit(5), "Referencing other template
/// Quadlets").
fn made_volume(volume: &str) -> String {
    let (source, rest) = volume.split_once(':').unwrap_or((volume, ""));
    let template = source.strip_suffix(".volume").filter(|unit| !unit.starts_with(['/', '.']));
    match template.and_then(|unit| unit.split_once('@')) {
        Some((template, instance)) => format!("systemd-{template}-{instance}.volume:{rest}"),
        None if source.is_empty() => rest.split(':').next().unwrap_or_default().to_owned(),
        None => volume.to_owned(),
    }
}

/// A network as the generator passes it on.
fn made_network(network: &str) -> String {
    let unit = network.strip_suffix(".container");
    unit.map_or_else(|| network.to_owned(), |unit| format!("container:systemd-{unit}"))
}

/// The words of the command that podman is started with.
struct PodmanRun {
    words: Vec<Argument>,
}

impl PodmanRun {
    /// `podman`; words that stand nowhere are said to stand here.
    fn new(at: &Range<usize>) -> Self {
        let mut command = Self { words: vec![] };
        command.fixed("podman", at);
        command
    }

    fn fixed(&mut self, text: &str, at: &Range<usize>) {
        self.word("", &UnitWord { text: text.to_owned(), range: at.clone() });
    }

    /// A word behind the beginning of an option.
    fn word(&mut self, option: &str, word: &UnitWord) {
        self.words.push(word.argument(option));
    }

    /// The words before `run`, and that.
    fn global(&mut self, unit: &UnitFile) {
        for word in unit.words(CONTAINER, "GlobalArgs", Splitting::Arguments) {
            self.word("", &word);
        }
        self.fixed("run", &self.words.first().map_or(0..0, |word| word.range.clone()));
    }

    fn options(&mut self, unit: &UnitFile) {
        for (key, becomes, option) in OPTIONS {
            let each = || unit.all(CONTAINER, key).into_iter().map(UnitEntry::raw);
            let changed = |words: Vec<UnitWord>, how: fn(&str) -> String| {
                let word = |word: UnitWord| UnitWord { text: how(&word.text), ..word };
                words.into_iter().map(word).collect()
            };
            let words = match becomes {
                Last => unit.value(CONTAINER, key).into_iter().collect(),
                Each => each().collect(),
                Names => unit.words(CONTAINER, key, Splitting::Names),
                Words => unit.words(CONTAINER, key, Splitting::Arguments),
                Devices => changed(devices(unit), |device| {
                    device.strip_prefix('-').unwrap_or(device).to_owned()
                }),
                Volumes => changed(each().collect(), made_volume),
                Networks => changed(each().collect(), made_network),
                Switch | On => {
                    let Some((on, range)) = unit.switch(CONTAINER, key) else { continue };
                    match (becomes, on) {
                        (_, true) => self.fixed(option, &range),
                        (Switch, false) => self.fixed(&format!("{option}=false"), &range),
                        _ => {}
                    }
                    continue;
                }
            };
            words.iter().for_each(|word| self.word(option, word));
        }
    }

    fn user(&mut self, unit: &UnitFile) -> Result<(), UnitRefusal> {
        let group = unit.value(CONTAINER, "Group");
        match (unit.value(CONTAINER, "User"), group) {
            (Some(user), Some(group)) => {
                let text = format!("{}:{}", user.text, group.text);
                self.word("--user=", &UnitWord { text, ..user });
            }
            (Some(user), None) => self.word("--user=", &user),
            (None, Some(group)) => return Err((group.range, "Group is set without User".into())),
            (None, None) => {}
        }
        Ok(())
    }

    /// The user namespace and its maps, with the keys of old (`handleUserMappings`).
    fn mappings(&mut self, unit: &UnitFile, section: &str) -> Result<(), UnitRefusal> {
        let before = self.words.len();
        let names = |key| unit.words(section, key, Splitting::Names);
        let last = |key| unit.value(section, key).into_iter().collect();
        let own: [(&str, Vec<UnitWord>); 5] = [
            ("--userns=", last("UserNS")),
            ("--uidmap=", names("UIDMap")),
            ("--gidmap=", names("GIDMap")),
            ("--subuidname=", last("SubUIDMap")),
            ("--subgidname=", last("SubGIDMap")),
        ];
        for (option, words) in &own {
            words.iter().for_each(|word| self.word(option, word));
        }
        let keys = ["RemapUid", "RemapGid", "RemapUsers"];
        let remap = keys.iter().find_map(|key| unit.last(section, key));
        let Some(remap) = remap else { return Ok(()) };
        let refused = |why: &str| Err((remap.key.range.clone(), why.to_owned()));
        if self.words.len() > before {
            return refused("the deprecated Remap keys are set along with explicit mapping keys");
        }
        let (uids, gids) = (names("RemapUid"), names("RemapGid"));
        let Some(mode) = unit.value(section, "RemapUsers") else {
            let none = uids.is_empty() && gids.is_empty();
            return if none { Ok(()) } else { refused("RemapUid or RemapGid without RemapUsers") };
        };
        match mode.text.as_str() {
            "manual" if section == KUBE => return refused("RemapUsers=manual is not supported"),
            "manual" => {
                uids.iter().for_each(|word| self.word("--uidmap=", word));
                gids.iter().for_each(|word| self.word("--gidmap=", word));
            }
            // How many ids and which is all the same here.
            "auto" => self.word("--userns=", &mode),
            "keep-id" if uids.len() > 1 || gids.len() > 1 => {
                return refused("RemapUsers=keep-id takes a single value of each mapping");
            }
            "keep-id" => self.word("--userns=", &mode),
            other => {
                return refused(&format!("unsupported RemapUsers '{}'", line::short(other)));
            }
        }
        Ok(())
    }

    /// The words that come last of the options.
    fn arguments(&mut self, unit: &UnitFile, section: &str) {
        for word in unit.words(section, "PodmanArgs", Splitting::Arguments) {
            self.word("", &word);
        }
    }

    fn image(&mut self, image: Option<&UnitWord>, header: &Range<usize>) {
        match image {
            Some(image) => self.word("", image),
            // So that its options are read all the same.
            None => self.fixed("image", header),
        }
    }

    /// What the command sets.
    fn settings(
        &self,
        header: &Range<usize>,
        places: &InUnit<'_>,
        surroundings: &mut dyn Surroundings,
    ) -> Result<(Settings, Vec<Finding>), BadInput> {
        settings::of_words(&self.words, places, surroundings)?.ok_or_else(|| {
            let args = "podman starts no container with these GlobalArgs= and PodmanArgs=";
            places.bad(header, args)
        })
    }
}

/// What a pod sets for the containers in it: its user namespace, and what podman's infra container
/// hands on.
///
/// # Errors
/// When there is no such pod for the generator; the text says why.
fn of_pod(
    pod: &UnitWord,
    places: &InUnit<'_>,
    surroundings: &mut dyn Surroundings,
) -> Result<Settings, String> {
    let name = line::short(&pod.text);
    if !pod.text.ends_with(".pod") || pod.text.contains('/') {
        return Err(format!("pod {name} is not Quadlet based: name the .pod unit beside this one"));
    }
    let of_file = surroundings.open(&pod.text, places.file()).and_then(|(file, text)| {
        let places = InUnit::new(Input { file, path: &pod.text, text: &text }, None);
        namespace(&text, POD, &places, surroundings).map_err(|bad| bad.message)
    });
    Ok(of_file.unwrap_or_else(|why| {
        let why = format!("the pod {name} cannot be read: {}", line::short(&why));
        let doubt = At::new(Doubt { about: Setting::Userns, why }, places.place(&pod.range));
        Settings { unknown: vec![doubt], ..Settings::default() }
    }))
}

/// What the user namespace and the options of a unit of pods are.
fn namespace(
    text: &str,
    section: &str,
    places: &InUnit<'_>,
    surroundings: &mut dyn Surroundings,
) -> Result<Settings, BadInput> {
    let unit = places.parse(text)?;
    let header = unit.section(section).unwrap_or(0..0);
    let mut command = PodmanRun::new(&header);
    command.fixed("run", &header);
    command.mappings(&unit, section).map_err(|(range, why)| places.bad(&range, why))?;
    command.arguments(&unit, section);
    command.image(None, &header);
    command.settings(&header, places, surroundings).map(|(settings, _)| settings)
}

/// Reads what a `.kube` refers to.
fn kube(
    unit: &UnitFile,
    places: &InUnit<'_>,
    surroundings: &mut dyn Surroundings,
    deployment: &mut Deployment,
) -> Result<(), BadInput> {
    let header = unit.section(KUBE).unwrap_or(0..0);
    let manifests = unit.words(KUBE, "Yaml", Splitting::Names);
    if manifests.is_empty() {
        return Err(places.bad(&header, "no Yaml key specified"));
    }
    let mut command = PodmanRun::new(&header);
    command.fixed("run", &header);
    command.mappings(unit, KUBE).map_err(|(range, why)| places.bad(&range, why))?;
    command.image(None, &header);
    let (pods, _) = command.settings(&header, places, &mut ServiceSurroundings(surroundings))?;
    for manifest in &manifests {
        let path = manifest.text.as_str();
        let bad = |why: &str| {
            places.bad(&manifest.range, format!("{}: {}", line::short(path), line::short(why)))
        };
        if path.starts_with('%') && !path.starts_with("%%") {
            return Err(bad("where it is hangs on the service: lint the manifest itself"));
        }
        let (file, text) = surroundings.open(path, places.file()).map_err(|why| bad(&why))?;
        let candidate = Candidate::new(Input { file, path, text: &text });
        if (kubernetes::DIALECT.recognises)(&candidate) != Sure::Yes {
            return Err(bad("no manifest of Kubernetes"));
        }
        let read = (kubernetes::DIALECT.read)(&candidate, surroundings)?;
        let number = deployment.containers.len();
        let findings = read.findings.into_iter();
        let findings = findings.filter(|finding| !OF_CLUSTERS.contains(&finding.info));
        let findings = findings.map(|finding| match finding.info == &catalogue::UNKNOWN_FIELD {
            true => unknown_to_podman(finding, &text),
            false => finding,
        });
        deployment.findings.extend(findings.map(|finding| Finding {
            container: finding.container.map(|at| at + number),
            ..finding
        }));
        let containers = read.containers.into_iter();
        deployment.containers.extend(containers.map(|container| played(container, &pods)));
    }
    Ok(())
}

/// What podman makes of a key that a pod does not have: it leaves it out, but takes one for that
/// which differs in capital letters alone (seen with podman 4.3: sigs.k8s.io/yaml, encoding/json).
fn unknown_to_podman(finding: Finding, text: &str) -> Finding {
    let key = finding.place.and_then(|place| text.get(place.start..place.end)).unwrap_or_default();
    match kubernetes::is_key_but_for_case(key) {
        true => Finding {
            detail: "podman takes it whatever its capitalisation; isodoc does not.".into(),
            ..finding
        },
        false => Finding {
            severity: Severity::Note,
            detail: "podman leaves it out, and does not say so.".into(),
            ..finding
        },
    }
}

/// A container of a manifest as `podman kube play` starts it (podman `docs/kubernetes_support.md`):
/// it takes no profiles from the fields of a securityContext, and nobody admits it.
fn played(container: Container, pods: &Settings) -> Container {
    let mut settings = container.settings;
    // A profile on the host may still be one that an annotation names.
    settings.seccomp.take_if(|profile| !matches!(profile.value, Profile::Named(..)));
    settings.apparmor = None;
    settings.admission = None;
    settings.set_runtime(At::new(String::new(), Place::default()));
    settings.userns = pods.userns.clone().or(settings.userns);
    settings.gives_mounted_devices();
    settings.unknown.extend(pods.unknown.iter().cloned());
    Container { engine: Engine::Podman, settings, ..container }
}

/// What `PodmanArgs=` of a container gives; `None` where podman would refuse it.
pub(super) fn arguments(unit: &UnitFile) -> Option<Line> {
    let header = unit.section(CONTAINER)?;
    let mut command = PodmanRun::new(&header);
    command.fixed("run", &header);
    command.arguments(unit, CONTAINER);
    command.image(None, &header);
    line::parse(&[], &command.words).ok().flatten()
}
