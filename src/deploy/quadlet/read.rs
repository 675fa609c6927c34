//! Units to containers. A `.container` is the command line that podman's generator makes of it
//! (podman `pkg/systemd/quadlet/quadlet.go`), and that line is read as any other.

use std::ops::Range;

use super::{CONTAINER, KUBE, POD, QUADLET};
use crate::deploy::command::line::{self, Line, LineError};
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

/// How a key becomes an option.
enum Becomes {
    Last,
    Each,
    /// Each name of its values.
    Names,
    /// Each word of its values.
    Words,
    /// A switch, on or off.
    Switch,
    /// Nothing, unless it is on.
    On,
}

/// The keys that set what decides about isolation, and how the options that they become begin, in
/// the order of the generator.
const OPTIONS: &[(&str, Becomes, &str)] = &[
    ("Entrypoint", Becomes::Last, "--entrypoint="),
    ("PidsLimit", Becomes::Last, "--pids-limit="),
    ("Ulimit", Becomes::Each, "--ulimit="),
    ("RunInit", Becomes::Switch, "--init"),
    ("Network", Becomes::Each, "--network="),
    ("NoNewPrivileges", Becomes::On, "--security-opt=no-new-privileges"),
    ("SecurityLabelDisable", Becomes::On, "--security-opt=label=disable"),
    ("SecurityLabelNested", Becomes::On, "--security-opt=label=nested"),
    ("SecurityLabelType", Becomes::Last, "--security-opt=label=type:"),
    ("SecurityLabelFileType", Becomes::Last, "--security-opt=label=filetype:"),
    ("SecurityLabelLevel", Becomes::Last, "--security-opt=label=level:"),
    ("AppArmor", Becomes::Last, "--security-opt=apparmor="),
    ("SeccompProfile", Becomes::Last, "--security-opt=seccomp="),
    ("DropCapability", Becomes::Names, "--cap-drop="),
    ("AddCapability", Becomes::Names, "--cap-add="),
    ("Sysctl", Becomes::Words, "--sysctl="),
    ("ReadOnly", Becomes::Switch, "--read-only"),
    ("Environment", Becomes::Words, "--env="),
    ("Mask", Becomes::Words, "--security-opt=mask="),
    ("Unmask", Becomes::Words, "--security-opt=unmask="),
    ("EnvironmentFile", Becomes::Words, "--env-file="),
    ("Tmpfs", Becomes::Each, "--tmpfs="),
    ("AddDevice", Becomes::Each, "--device="),
    ("Volume", Becomes::Each, "--volume="),
    ("Mount", Becomes::Each, "--mount="),
];

/// The other keys of a container that the generator of podman 5.8 knows. It refuses all others.
const OTHERS: &[&str] = &[
    "AddHost", "Annotation", "AutoUpdate", "CgroupsMode", "ContainerName", "ContainersConfModule",
    "DNS", "DNSOption", "DNSSearch", "EnvironmentHost", "Exec", "ExposeHostPort", "GIDMap",
    "GlobalArgs", "Group", "GroupAdd", "HealthCmd", "HealthInterval", "HealthLogDestination",
    "HealthMaxLogCount", "HealthMaxLogSize", "HealthOnFailure", "HealthRetries",
    "HealthStartPeriod", "HealthStartupCmd", "HealthStartupInterval", "HealthStartupRetries",
    "HealthStartupSuccess", "HealthStartupTimeout", "HealthTimeout", "HostName", "HttpProxy", "IP",
    "IP6", "Image", "Label", "LogDriver", "LogOpt", "Memory", "NetworkAlias", "Notify", "Pod",
    "PodmanArgs", "PublishPort", "Pull", "ReadOnlyTmpfs", "ReloadCmd", "ReloadSignal", "RemapGid",
    "RemapUid", "RemapUidSize", "RemapUsers", "Retry", "RetryDelay", "Rootfs", "Secret",
    "ServiceName", "ShmSize", "StartWithPod", "StopSignal", "StopTimeout", "SubGIDMap",
    "SubUIDMap", "Timezone", "UIDMap", "User", "UserNS", "VolatileTmp", "WorkingDir",
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
    let mut command = PodmanRun::new(&header);
    command.global(unit);
    command.options(unit);
    command.user(unit).unwrap_or_else(|why| refused.push(why));
    command.mappings(unit, CONTAINER).unwrap_or_else(|why| refused.push(why));
    command.arguments(unit, CONTAINER);
    let image = image(unit, &header).unwrap_or_else(|why| {
        refused.push(why);
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
    let optional = unit.all(CONTAINER, "AddDevice").into_iter().map(|entry| entry.whole());
    let optional = optional.filter(|word| word.text.starts_with('-'));
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
        Finding::new(&catalogue::QUADLET_REFUSED, why, detail).at(places.place(&range))
    });
    let findings = findings.into_iter().chain(refused).map(|finding| finding.about(number));
    deployment.findings.extend(findings);
    let name = unit.value(CONTAINER, "ContainerName").map(|word| word.text);
    let name = name.or_else(|| stem(file.input.path)).or_else(|| image.map(|word| word.text));
    deployment.containers.push(Container {
        name: name.unwrap_or_default(),
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
            let words = match becomes {
                Becomes::Last => unit.value(CONTAINER, key).into_iter().collect(),
                Becomes::Each => {
                    unit.all(CONTAINER, key).iter().map(|entry| entry.whole()).collect()
                }
                Becomes::Names => unit.words(CONTAINER, key, Splitting::Names),
                Becomes::Words => unit.words(CONTAINER, key, Splitting::Arguments),
                Becomes::Switch | Becomes::On => {
                    let Some((on, range)) = unit.switch(CONTAINER, key) else { continue };
                    match (becomes, on) {
                        (_, true) => self.fixed(option, &range),
                        (Becomes::Switch, false) => self.fixed(&format!("{option}=false"), &range),
                        _ => {}
                    }
                    continue;
                }
            };
            words.into_iter().for_each(|mut word| {
                // It may be left out.
                if *key == "AddDevice" {
                    word.text = word.text.trim_start_matches('-').to_owned();
                }
                // What a unit makes has the name of that, of a template too.
                if *key == "Volume"
                    && !word.text.starts_with(['/', '.'])
                    && let Some((unit, rest)) = word.text.split_once(".volume:")
                    && let Some((template, instance)) = unit.split_once('@')
                {
                    word.text = format!("systemd-{template}-{instance}.volume:{rest}");
                }
                self.word(option, &word);
            });
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
        let bad = |refusal: LineError| places.bad(&refusal.range, refusal.message);
        let line = line::parse(&[], &self.words).map_err(bad)?;
        let line = line.ok_or_else(|| {
            let args = "podman starts no container with these GlobalArgs= and PodmanArgs=";
            places.bad(header, args)
        })?;
        settings::of(&line, places, surroundings).map_err(bad)
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
        deployment.findings.extend(findings.map(|finding| Finding {
            container: finding.container.map(|at| at + number),
            ..finding
        }));
        let containers = read.containers.into_iter();
        deployment.containers.extend(containers.map(|container| played(container, &pods)));
    }
    Ok(())
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
