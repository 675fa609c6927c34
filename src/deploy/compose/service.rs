//! What a service sets.

mod process;
mod resources;
mod security;

use std::rc::Rc;

use super::interpolation::{Filled, Scope, fill};
use super::networks;
use super::project::{Base, Layer, Loader, Service, quoted};
use super::references::{self, Declared};
use super::schema::{self, Misfit};
use crate::deploy::container::{Container, Engine, WrittenAt};
use crate::deploy::dockerfile::MadeImage;
use crate::deploy::limits;
use crate::deploy::place::{At, BadInput, Place};
use crate::deploy::setting::{Setting, Settings, StartObstacle};
use crate::deploy::yaml::{Node, Scalar, Value, is_radix};
use crate::findings::{Finding, catalogue};
use crate::verdict::Severity;

/// Declares the keys that are read: a row is the name of one here, and as it is written.
macro_rules! keys {
    ($($key:ident $name:literal,)*) => {
        #[derive(Clone, Copy)]
        enum ServiceKey {
            $($key,)*
        }

        const KEYS: &[&str] = &[$($name),*];
    };
}

// `net` is `network_mode` in format 1.
keys! {
    Privileged "privileged", CapAdd "cap_add", CapDrop "cap_drop", SecurityOpt "security_opt",
    User "user", UsernsMode "userns_mode", Pid "pid", NetworkMode "network_mode", Ipc "ipc",
    ReadOnly "read_only", Runtime "runtime", PidsLimit "pids_limit", Deploy "deploy",
    Ulimits "ulimits", Environment "environment", EnvFile "env_file", Command "command",
    Entrypoint "entrypoint", Image "image", Net "net", PreStart "pre_start",
    PostStart "post_start", PreStop "pre_stop", Volumes "volumes", Tmpfs "tmpfs",
    Sysctls "sysctls", Uts "uts", Build "build", Configs "configs", Secrets "secrets",
    Devices "devices", DeviceCgroupRules "device_cgroup_rules", Init "init",
}

impl ServiceKey {
    /// As it is written.
    fn name(self) -> &'static str {
        KEYS.get(self as usize).copied().unwrap_or_default()
    }

    /// As messages have it.
    fn quoted(self) -> String {
        format!("`{}`", self.name())
    }
}

/// A string, and the variable that it lacks.
type Interpolated = (At<String>, Option<String>);

/// A value of a key in one layer.
#[derive(Clone, Copy)]
struct LayerValue<'s> {
    key: Place,
    value: &'s Node,
    layer: &'s Layer,
}

/// What the layers say, for each key, the lowest layer first.
type Slots<'s> = [Vec<LayerValue<'s>>; KEYS.len()];

struct ServiceReader<'s, 'l, 'a> {
    number: usize,
    project: &'s Base,
    slots: Slots<'s>,
    settings: Settings,
    engine: Engine,
    loader: &'l mut Loader<'a>,
}

/// The container of a service; `number` is its position among the project's services, `project`
/// where the project's relative paths start, `declared` what the project has.
pub(super) fn read(
    service: &Service,
    number: usize,
    project: &Base,
    declared: &Declared,
    loader: &mut Loader<'_>,
) -> Result<Container, BadInput> {
    let (slots, other) = slots(&service.layers);
    let mut reader = ServiceReader::new(number, project, slots, loader);
    reader.all()?;
    reader.sizes(&other)?;
    reader.formats(&other)?;
    reader.unlike_schema(service);
    reader.lost(&service.lost);
    networks::joins_host(service, &declared.hosts, &mut reader.settings);
    references::check(service, declared, &mut reader.settings);
    references::volumes(service, declared, &mut reader.settings);
    let ServiceReader { settings, engine, .. } = reader;
    let spot = match service.spots.as_slice() {
        [(file, spot)] if *file == service.place.file => spot.clone(),
        spots => WrittenAt::Several(spots.to_vec()),
    };
    Ok(Container {
        name: service.name.clone(),
        engine,
        dialect: &super::DIALECT,
        place: service.place,
        spot,
        settings,
    })
}

/// Puts the layers together, and the keys that are not read beside them: `!reset` takes away what
/// is below, `!override` replaces it (compose-spec 13-merge.md), null leaves it.
fn slots(layers: &[Layer]) -> (Slots<'_>, Vec<(&str, LayerValue<'_>)>) {
    let mut slots: Slots<'_> = std::array::from_fn(|_| vec![]);
    let mut other = vec![];
    for layer in layers {
        for (name, key, value) in layer.node.entries() {
            let Some(slot) =
                KEYS.iter().position(|known| *known == name).and_then(|at| slots.get_mut(at))
            else {
                other.push((name, LayerValue { key: key.place, value, layer }));
                continue;
            };
            match value.tag.as_deref() {
                Some("reset") => {
                    slot.clear();
                    continue;
                }
                Some("override") => slot.clear(),
                _ => {}
            }
            slot.push(LayerValue { key: key.place, value, layer });
        }
    }
    (slots, other)
}

/// Notes which services make images, and of which names.
pub(super) fn name_images(services: &Rc<[Service]>, project: &Base, loader: &mut Loader<'_>) {
    for (number, service) in services.iter().enumerate() {
        let reader = ServiceReader::new(number, project, slots(&service.layers).0, loader);
        let names = reader.makes();
        reader.loader.images.by_name.extend(names.into_iter().map(|name| (name, number)));
    }
    loader.images.services = Rc::clone(services);
}

/// The image that a service makes.
fn made(number: usize, project: &Base, loader: &mut Loader<'_>) -> Option<Rc<MadeImage>> {
    if let Some(known) = loader.images.by_service.get(&number) {
        return known.clone();
    }
    // In a circle nothing is made.
    loader.images.by_service.insert(number, None);
    let services = Rc::clone(&loader.images.services);
    let (slots, _) = slots(&services.get(number)?.layers);
    let made = ServiceReader::new(number, project, slots, loader).built().ok().flatten();
    loader.images.by_service.insert(number, made.clone());
    made
}

impl<'s, 'l, 'a> ServiceReader<'s, 'l, 'a> {
    fn new(number: usize, project: &'s Base, slots: Slots<'s>, loader: &'l mut Loader<'a>) -> Self {
        let settings = Settings::default();
        Self { number, project, slots, settings, engine: Engine::Docker, loader }
    }

    fn all(&mut self) -> Result<(), BadInput> {
        self.settings.privileged =
            self.boolean(ServiceKey::Privileged, Some(Setting::Privileged))?;
        self.settings.read_only = self.boolean(ServiceKey::ReadOnly, None)?;
        self.settings.init = self.boolean(ServiceKey::Init, None)?.is_some_and(|on| on.value);
        self.settings.cap_add = self.capabilities(ServiceKey::CapAdd)?;
        self.settings.cap_drop = self.capabilities(ServiceKey::CapDrop)?;
        self.security()?;
        self.user()?;
        self.namespaces()?;
        if let Some((name, lacks)) = self.string(ServiceKey::Runtime)? {
            match lacks {
                Some(lacks) => self.settings.leave_open(
                    Setting::Runtime,
                    name.place,
                    unset(ServiceKey::Runtime, &lacks),
                ),
                None => self.settings.set_runtime(name),
            }
        }
        self.settings.image = self.string(ServiceKey::Image).ok().flatten().map(|(text, _)| text);
        let image = self.settings.image.as_ref().filter(|at| !at.value.contains('$'));
        let refused = image.and_then(|at| {
            let why = limits::refused_key("image", &at.value)?;
            Some((format!("`image`: {why}"), at.place))
        });
        if let Some((why, place)) = refused.or_else(|| self.nameless()) {
            self.settings.refuse(why, place);
        }
        self.limits()?;
        let built = match self.values(ServiceKey::Build).next() {
            Some(_) => {
                self.settings.is_built = true;
                self.built()?
            }
            None => self.of_another(),
        };
        let built = built.unwrap_or_default();
        self.env_files()?;
        self.environment()?;
        self.command(&built)?;
        built.put_below(&mut self.settings);
        self.hooks()?;
        self.swarm();
        Ok(())
    }

    /// An image without a name, where none is built (compose-go `loader/validate.go`). What a
    /// variable is elsewhere is not known.
    fn nameless(&self) -> Option<(String, Place)> {
        let found = self.value(ServiceKey::Image)?;
        let is_empty = found.value.text()?.is_empty() && found.value.tag.is_none();
        let why = "`image` names none, and there is no `build`".to_owned();
        let alone = self.values(ServiceKey::Build).next().is_none();
        (is_empty && alone).then_some((why, found.value.place))
    }

    /// The values of a key, null too.
    fn layers(&self, key: ServiceKey) -> &[LayerValue<'s>] {
        self.slots.get(key as usize).map_or(&[], Vec::as_slice)
    }

    /// The values of a key that are not null.
    fn values(&self, key: ServiceKey) -> impl DoubleEndedIterator<Item = LayerValue<'s>> + use<'s> {
        let found: Vec<LayerValue<'s>> =
            self.layers(key).iter().copied().filter(|found| !found.value.is_null()).collect();
        found.into_iter()
    }

    /// The value of a key that holds one; the highest layer decides.
    fn value(&self, key: ServiceKey) -> Option<LayerValue<'s>> {
        self.layers(key).iter().rev().copied().find(|found| !found.value.is_null())
    }

    fn fill(&self, text: &'s str, place: Place, layer: &Layer) -> Result<Filled<'s>, BadInput> {
        let scope = Scope { surroundings: self.loader.surroundings, own: &layer.variables };
        fill(text, scope).map_err(|why| BadInput::at(place, why.to_string()))
    }

    /// A scalar with its variables replaced.
    fn scalar(
        &self,
        found: LayerValue<'s>,
        node: &'s Node,
        what: &str,
    ) -> Result<Filled<'s>, BadInput> {
        let text = node.text().ok_or_else(|| wrong(found.key, node, what, "a string"))?;
        self.fill(text, node.place, found.layer)
    }

    /// A scalar that has to be a string.
    fn words_of(
        &self,
        found: LayerValue<'s>,
        node: &'s Node,
        what: &str,
    ) -> Result<Filled<'s>, BadInput> {
        match &node.value {
            Value::Scalar(scalar) if is_string(scalar) => self.scalar(found, node, what),
            _ => Err(wrong(found.key, node, what, "a string")),
        }
    }

    /// A key with a string, and the variable that it lacks.
    fn string(&self, key: ServiceKey) -> Result<Option<Interpolated>, BadInput> {
        let Some(found) = self.value(key) else { return Ok(None) };
        let filled = self.words_of(found, found.value, &key.quoted())?;
        Ok(Some((At::new(filled.text.into_owned(), found.value.place), filled.unset)))
    }

    fn boolean(
        &mut self,
        key: ServiceKey,
        about: Option<Setting>,
    ) -> Result<Option<At<bool>>, BadInput> {
        let Some(found) = self.value(key) else { return Ok(None) };
        let node = found.value;
        if let Value::Scalar(scalar) = &node.value
            && !is_string(scalar)
            && node.boolean().is_none()
        {
            return Err(wrong(found.key, node, &key.quoted(), "true or false"));
        }
        let filled = self.scalar(found, node, &key.quoted())?;
        if let Some(name) = filled.unset {
            if let Some(about) = about {
                self.settings.leave_open(about, node.place, unset(key, &name));
            }
            return Ok(None);
        }
        // What compose makes of a string: loader/interpolate.go, toBoolean.
        match filled.text.to_ascii_lowercase().as_str() {
            "true" | "y" | "yes" | "on" => Ok(Some(At::new(true, node.place))),
            "false" | "n" | "no" | "off" => Ok(Some(At::new(false, node.place))),
            _ => Err(BadInput::at(
                node.place,
                format!("{} is {}, not true or false", key.quoted(), quoted(&filled.text)),
            )),
        }
    }

    /// The items of a list of strings.
    fn list(&self, key: ServiceKey) -> Result<Vec<(Filled<'s>, &'s Node)>, BadInput> {
        let mut all = vec![];
        for found in self.values(key) {
            let items = found
                .value
                .items()
                .ok_or_else(|| wrong(found.key, found.value, &key.quoted(), "a list"))?;
            for item in items {
                all.push((
                    self.words_of(found, item, &format!("an entry of {}", key.quoted()))?,
                    &**item,
                ));
            }
        }
        Ok(all)
    }

    /// Puts a value over those that a key has.
    fn slot(&mut self, key: ServiceKey, value: LayerValue<'s>) {
        if let Some(slot) = self.slots.get_mut(key as usize) {
            slot.push(value);
        }
    }

    /// A service that is written for a swarm: `docker stack deploy` leaves out some settings
    /// (docs.docker.com, "docker stack deploy"; `UnsupportedProperties` of docker/cli).
    fn swarm(&mut self) {
        let of_swarm = |key: &str| {
            let mut deploys = self.values(ServiceKey::Deploy);
            deploys.any(|deploy| deploy.value.get(key).is_some())
        };
        if !["mode", "placement", "endpoint_mode", "update_config"].into_iter().any(of_swarm) {
            return;
        }
        for key in [ServiceKey::Privileged, ServiceKey::SecurityOpt, ServiceKey::UsernsMode] {
            let Some(found) = self.value(key) else { continue };
            let title = format!("`docker stack deploy` ignores `{}`", key.name());
            let detail = "`deploy` of this service is written for a swarm. It is judged as \
                `docker compose up` starts it; a swarm honours `cap_add` and `cap_drop`, but not \
                `privileged`, `security_opt` and `userns_mode`.";
            self.add(catalogue::SWARM_IGNORES.at(found.key, title, detail));
        }
    }

    /// What is not as the schema has it: `docker compose` refuses the file, podman-compose does not
    /// look. Format 1 had another.
    fn unlike_schema(&mut self, service: &Service) {
        for misfit in misfits(service) {
            let finding = refuse(&misfit, self.engine, &mut self.settings);
            finding.into_iter().for_each(|finding| self.add(finding));
            if self.engine == Engine::Docker {
                self.loader.refused.get_or_insert((self.number, misfit));
            }
        }
    }

    /// What is in files that cannot be read could set anything.
    fn lost(&mut self, lost: &[At<String>]) {
        for reason in lost {
            let detail = "What it sets is unknown, and so is how the container runs.";
            self.add(catalogue::EXTENDS_MISSING.at(reason.place, reason.value.clone(), detail));
            let settings = &self.settings;
            let mut open = vec![Setting::Capabilities, Setting::Masks, Setting::Devices];
            let given = [
                (Setting::Privileged, settings.privileged.is_some()),
                (Setting::Seccomp, settings.seccomp.is_some()),
                (Setting::AppArmor, settings.apparmor.is_some()),
                (Setting::User, settings.user.is_some()),
                (Setting::Userns, settings.userns.is_some()),
            ];
            open.extend(given.iter().filter(|(_, given)| !given).map(|(about, _)| *about));
            open.into_iter().for_each(|about| {
                self.settings.leave_open(about, reason.place, reason.value.clone())
            });
        }
    }

    /// Adds a finding on this service.
    fn add(&mut self, finding: Finding) {
        self.loader.findings.push(finding.about(self.number));
    }
}

/// All that is not as the schema has it; format 1 had another.
fn misfits(service: &Service) -> impl Iterator<Item = Misfit> {
    let is_format_1 = service.spots.iter().any(|(_, spot)| match spot {
        WrittenAt::Yaml { path, .. } => path.len() == 1,
        _ => false,
    });
    let layers = service.layers.iter().filter(move |_| !is_format_1);
    layers.flat_map(|layer: &Layer| {
        schema::misfits("service", &service.name, service.place, &layer.node)
    })
}

/// What keeps a service from being read, and what else is wrong with it. The schema may say the
/// same of a value, in other words.
pub(super) fn all_wrong(service: &Service, bad: BadInput) -> Vec<BadInput> {
    let others = misfits(service).filter(|other| Some(other.place) != bad.place);
    let others =
        others.map(|Misfit { place, why, .. }| BadInput::at(place, why)).collect::<Vec<_>>();
    std::iter::once(bad).chain(others).collect()
}

/// Notes in a service what has compose refuse the file; a finding, where it is a key.
fn refuse(misfit: &Misfit, engine: Engine, settings: &mut Settings) -> Option<Finding> {
    let Misfit { place, why, is_unknown, .. } = misfit;
    let is_docker = engine == Engine::Docker;
    if !is_unknown {
        settings.obstacles.push(At::new(StartObstacle::new(is_docker, why.clone()), *place));
        return None;
    }
    let severity = if is_docker { Severity::Error } else { Severity::Warning };
    let detail = "`docker compose` refuses a file with a key that it does not know; \
        podman-compose ignores the key.";
    let finding = Finding::new(&catalogue::MISSPELT_KEY, why.clone(), detail);
    Some(finding.at(*place).severity(severity))
}

/// What is unlike the schema in one service keeps all of them from starting that Docker makes.
pub(super) fn refuse_others(
    (number, misfit): &(usize, Misfit),
    containers: &mut [Container],
    findings: &mut Vec<Finding>,
) {
    for (other, container) in containers.iter_mut().enumerate() {
        if other != *number && container.engine == Engine::Docker {
            let finding = refuse(misfit, container.engine, &mut container.settings);
            findings.extend(finding.map(|finding| finding.about(other)));
        }
    }
}

fn unset(key: ServiceKey, name: &str) -> String {
    let name = quoted(name);
    format!("{} depends on ${}, which is not set", key.quoted(), name.trim_matches('"'))
}

/// The error of a value of the wrong type: at the value where it is one word, else at its key.
fn wrong(key: Place, node: &Node, what: &str, expected: &str) -> BadInput {
    let scalar = matches!(node.value, Value::Scalar(_)) && !node.is_null();
    let advice = if scalar && expected == "a string" { "; put it in quotes" } else { "" };
    let why = format!("{what} is {}, not {expected}{advice}", node.kind());
    BadInput::at(if scalar { node.place } else { key }, why)
}

/// Whether a service may have a key of this name.
pub(in crate::deploy) fn is_key(name: &str) -> bool {
    KEYS.contains(&name) || OTHERS.contains(&name)
}

/// The keys that a service may have besides those that are read (compose-spec
/// `schema/compose-spec.json`, and those of the formats before it).
const OTHERS: &[&str] = &[
    "annotations", "attach", "blkio_config", "cgroup", "cgroup_parent", "container_name",
    "cpu_count", "cpu_percent", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime",
    "cpu_shares", "cpus", "cpuset", "credential_spec", "depends_on", "develop", "dns", "dns_opt",
    "dns_search", "dockerfile", "domainname", "expose", "extends", "external_links", "extra_hosts",
    "gpus", "group_add", "healthcheck", "hostname", "isolation", "label_file", "labels", "links",
    "log_driver", "log_opt", "logging", "mac_address", "mem_limit", "mem_reservation",
    "mem_swappiness", "memswap_limit", "models", "networks", "oom_kill_disable", "oom_score_adj",
    "platform", "ports", "profiles", "provider", "pull_policy", "pull_refresh_after", "restart",
    "scale", "shm_size", "stdin_open", "stop_grace_period", "stop_signal", "storage_opt", "tty",
    "use_api_socket", "volume_driver", "volumes_from", "working_dir",
];

/// Whether Go's YAML parser gives a string: compose checks types after it.
pub(super) fn is_string(scalar: &Scalar) -> bool {
    let Scalar { text, plain, .. } = scalar;
    let boolean = matches!(text.as_str(), "true" | "True" | "TRUE" | "false" | "False" | "FALSE");
    let null = matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL");
    let digits = text.trim_start_matches(['+', '-', '.']).starts_with(|c: char| c.is_ascii_digit());
    let number = digits && (text.parse::<f64>().is_ok() || is_radix(text));
    !plain || !(boolean || null || number)
}
