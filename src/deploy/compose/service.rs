//! What a service sets.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use super::built;
use super::dotenv;
use super::interpolation::{Filled, Scope, fill, names};
use super::networks;
use super::project::{Base, Layer, Loader, Service, quoted};
use super::references::{self, Declared};
use super::schema::{self, Misfit};
use super::words;
use crate::deploy::container::{Container, Engine, WrittenAt};
use crate::deploy::defaults::capability;
use crate::deploy::devices::DeviceRights;
use crate::deploy::dockerfile::{self, MadeImage, Named};
use crate::deploy::limits::{self, TMPFS};
use crate::deploy::mounts::{self, MountSource};
use crate::deploy::place::{At, BadInput, FileId, Place};
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::{
    Doubt, Joined, Label, Masks, Profile, Setting, Settings, StartObstacle, User, Userns,
};
use crate::deploy::yaml::{Node, Scalar, Value, is_radix};
use crate::findings::{Finding, catalogue};
use crate::mechanisms::MECHANISMS;
use crate::verdict::Severity;

/// Whether words of a command run a program that isolates.
fn isolates(words: &[At<String>]) -> bool {
    let programs = || MECHANISMS.iter().filter(|m| !m.daemon).map(|m| m.program.name);
    words.iter().flat_map(|word| word.value.split_whitespace()).any(|word| {
        let name = word.rsplit('/').next().unwrap_or(word);
        name == "bwrap" || programs().any(|program| program == name)
    })
}

/// The largest uid and gid that Docker and podman take.
const MOST_ID: u64 = 2_147_483_647;

/// The keys that are read, in the order of [`ServiceKey`].
const KEYS: &[&str] = &[
    "privileged", "cap_add", "cap_drop", "security_opt", "user", "userns_mode", "pid",
    "network_mode", "ipc", "read_only", "runtime", "pids_limit", "deploy", "ulimits",
    "environment", "env_file", "command", "entrypoint", "image", "net", "pre_start", "post_start",
    "pre_stop", "volumes", "tmpfs", "sysctls", "uts", "build", "configs", "secrets", "devices",
    "device_cgroup_rules",
];

#[derive(Clone, Copy)]
enum ServiceKey {
    Privileged,
    CapAdd,
    CapDrop,
    SecurityOpt,
    User,
    UsernsMode,
    Pid,
    NetworkMode,
    Ipc,
    ReadOnly,
    Runtime,
    PidsLimit,
    Deploy,
    Ulimits,
    Environment,
    EnvFile,
    Command,
    Entrypoint,
    Image,
    /// `network_mode` in format 1.
    Net,
    PreStart,
    PostStart,
    PreStop,
    Volumes,
    Tmpfs,
    Sysctls,
    Uts,
    Build,
    Configs,
    Secrets,
    Devices,
    DeviceCgroupRules,
}

impl ServiceKey {
    /// As it is written.
    fn name(self) -> &'static str {
        KEYS.get(self as usize).copied().unwrap_or_default()
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

/// Whose namespace a mode says that it is in, where that is another's.
fn joined(key: &str, (mode, lacks): &Interpolated) -> Option<At<Joined>> {
    let joined = match lacks {
        Some(name) => Joined::Unknown(unset(key, name)),
        None => {
            mode.value.strip_prefix("service:").or(mode.value.strip_prefix("container:"))?;
            Joined::Of(mode.value.clone())
        }
    };
    Some(At::new(joined, mode.place))
}

/// The container of a service; `number` is its number, `project` where the project's relative paths
/// start, `declared` what it has.
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
    let mut slots: Slots<'_> = Default::default();
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
            self.boolean(ServiceKey::Privileged, "privileged", Some(Setting::Privileged))?;
        self.settings.read_only = self.boolean(ServiceKey::ReadOnly, "read_only", None)?;
        self.settings.cap_add = self.capabilities(ServiceKey::CapAdd, "cap_add")?;
        self.settings.cap_drop = self.capabilities(ServiceKey::CapDrop, "cap_drop")?;
        self.security()?;
        self.user()?;
        self.namespaces()?;
        if let Some((name, lacks)) = self.string(ServiceKey::Runtime, "runtime")? {
            match lacks {
                Some(lacks) => self.doubt(Setting::Runtime, name.place, unset("runtime", &lacks)),
                None => self.settings.set_runtime(name),
            }
        }
        self.settings.image =
            self.string(ServiceKey::Image, "image").ok().flatten().map(|(text, _)| text);
        let image = self.settings.image.as_ref().filter(|at| !at.value.contains('$'));
        let refused = image.and_then(|at| {
            let why = limits::refused_key("image", &at.value)?;
            Some((format!("`image`: {why}"), at.place))
        });
        if let Some((why, place)) = refused.or_else(|| self.nameless()) {
            self.settings.is_refused(why, place);
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
    fn string(&self, key: ServiceKey, what: &str) -> Result<Option<Interpolated>, BadInput> {
        let Some(found) = self.value(key) else { return Ok(None) };
        let filled = self.words_of(found, found.value, &format!("`{what}`"))?;
        Ok(Some((At::new(filled.text.into_owned(), found.value.place), filled.unset)))
    }

    fn boolean(
        &mut self,
        key: ServiceKey,
        what: &str,
        about: Option<Setting>,
    ) -> Result<Option<At<bool>>, BadInput> {
        let Some(found) = self.value(key) else { return Ok(None) };
        let node = found.value;
        if let Value::Scalar(scalar) = &node.value
            && !is_string(scalar)
            && node.boolean().is_none()
        {
            return Err(wrong(found.key, node, &format!("`{what}`"), "true or false"));
        }
        let filled = self.scalar(found, node, &format!("`{what}`"))?;
        if let Some(name) = filled.unset {
            if let Some(about) = about {
                self.doubt(about, node.place, unset(what, &name));
            }
            return Ok(None);
        }
        // What compose makes of a string: loader/interpolate.go, toBoolean.
        match filled.text.to_ascii_lowercase().as_str() {
            "true" | "y" | "yes" | "on" => Ok(Some(At::new(true, node.place))),
            "false" | "n" | "no" | "off" => Ok(Some(At::new(false, node.place))),
            _ => Err(BadInput::at(
                node.place,
                format!("`{what}` is {}, not true or false", quoted(&filled.text)),
            )),
        }
    }

    /// The items of a list of strings.
    fn list(&self, key: ServiceKey, what: &str) -> Result<Vec<(Filled<'s>, &'s Node)>, BadInput> {
        let mut all = vec![];
        for found in self.values(key) {
            let items = found
                .value
                .items()
                .ok_or_else(|| wrong(found.key, found.value, &format!("`{what}`"), "a list"))?;
            for item in items {
                all.push((self.words_of(found, item, &format!("an entry of `{what}`"))?, &**item));
            }
        }
        Ok(all)
    }

    fn capabilities(&mut self, key: ServiceKey, what: &str) -> Result<Vec<At<String>>, BadInput> {
        let mut names = vec![];
        for (filled, node) in self.list(key, what)? {
            if let Some(name) = filled.unset {
                self.doubt(Setting::Capabilities, node.place, unset(what, &name));
            } else if !filled.text.eq_ignore_ascii_case("ALL") && capability(&filled.text).is_none()
            {
                let message = format!(
                    "{} is not a capability: the engine refuses it (capabilities(7) has their \
                        names)",
                    quoted(&filled.text)
                );
                return Err(BadInput::at(node.place, message));
            } else {
                names.push(At::new(filled.text.into_owned(), node.place));
            }
        }
        Ok(names)
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each option")]
    fn security(&mut self) -> Result<(), BadInput> {
        let mut disabled = false;
        for (filled, node) in self.list(ServiceKey::SecurityOpt, "security_opt")? {
            let place = node.place;
            if let Some(name) = &filled.unset {
                let why = unset("security_opt", name);
                let about: &[Setting] = match filled.text.split(['=', ':']).next() {
                    Some("seccomp") => &[Setting::Seccomp],
                    Some("apparmor" | "label") => &[Setting::AppArmor],
                    Some("systempaths" | "mask" | "unmask") => &[Setting::Masks],
                    Some("no-new-privileges") => &[],
                    _ => &[Setting::Seccomp, Setting::AppArmor, Setting::Masks],
                };
                about.iter().for_each(|about| self.doubt(*about, place, why.clone()));
                continue;
            }
            let text = filled.text.into_owned();
            let opt = SecurityOpt::parse(&text);
            let colon = !text.contains('=') && text.contains(':');
            if let Some(why) = refusal(&opt, colon) {
                return Err(BadInput::at(
                    place,
                    format!("the entry {} of `security_opt` is refused: {why}", quoted(&text)),
                ));
            }
            // `no-new-privileges:true` is how Docker's own documentation writes it.
            if colon && !matches!(opt, SecurityOpt::NoNewPrivileges(_)) {
                let title = "`:` between key and value in `security_opt` is deprecated";
                let detail = "Docker takes it with a warning that it is deprecated; write `=`.";
                self.add(Finding::new(&catalogue::SECURITY_OPT_COLON, title, detail).at(place));
            }
            if matches!(opt, SecurityOpt::Unmask(_) | SecurityOpt::Mask(_)) {
                self.engine = Engine::Podman;
                let title =
                    format!("only podman takes the entry {} of `security_opt`", quoted(&text));
                let detail = "Docker refuses to start the container. For Docker, \
                    `systempaths=unconfined` unmasks /proc.";
                self.add(
                    Finding::new(&catalogue::SECURITY_OPT_PODMAN_ONLY, title, detail).at(place),
                );
            }
            match opt {
                SecurityOpt::Seccomp(profile) => self.seccomp(&profile, place),
                SecurityOpt::AppArmor(name) => {
                    self.settings.apparmor = Some(At::new(apparmor(&name), place))
                }
                SecurityOpt::Label(label) if !disabled => {
                    if label == "disable" {
                        disabled = true;
                        self.settings.selinux = Some(At::new(Label::Disabled, place));
                    } else if let Some(name) = label.strip_prefix("type:") {
                        self.settings.selinux = Some(At::new(Label::Type(name.to_owned()), place));
                    }
                }
                SecurityOpt::Label(_) | SecurityOpt::Other(_) | SecurityOpt::Bare(_) => {}
                SecurityOpt::NoNewPrivileges(on) => {
                    self.settings.no_new_privs = on.map(|on| At::new(on, place))
                }
                SecurityOpt::SystemPaths(_) => {
                    self.settings.masks = Some(At::new(Masks::None, place))
                }
                SecurityOpt::Unmask(paths) if paths.eq_ignore_ascii_case("all") => {
                    self.settings.masks = Some(At::new(Masks::None, place))
                }
                SecurityOpt::Unmask(paths) => {
                    self.settings.masks = Some(At::new(Masks::Without(paths_of(&paths)), place))
                }
                SecurityOpt::Mask(paths) => {
                    self.settings.masks = Some(At::new(Masks::And(paths_of(&paths)), place))
                }
            }
        }
        Ok(())
    }

    /// The last profile is the one that counts.
    fn seccomp(&mut self, profile: &str, place: Place) {
        self.settings.unknown.retain(|doubt| doubt.value.about != Setting::Seccomp);
        let value = match profile {
            "unconfined" => Profile::Unconfined,
            "builtin" => Profile::Default,
            inline if inline.trim_start().starts_with('{') => {
                let title = "the seccomp profile is written into the compose file".to_owned();
                let detail = "compose takes what follows `seccomp=` for the path of a file and \
                    cannot open it; put the profile into a file.";
                self.add(
                    Finding::new(&catalogue::SECCOMP_PROFILE_INLINE, title.clone(), detail)
                        .at(place),
                );
                self.doubt(
                    Setting::Seccomp,
                    place,
                    format!("{title}, which compose takes for a path"),
                );
                Profile::Named("(inline)".into(), Some(inline.to_owned()))
            }
            path => {
                if !path.starts_with('/') {
                    let title =
                        format!("the path of the seccomp profile {} is relative", quoted(path));
                    let detail = "compose takes it from the project's directory (that of the first \
                        compose file), `docker run` from the \
                                  directory it is started in, and an API client sends it as it is.";
                    self.add(
                        Finding::new(&catalogue::SECCOMP_PROFILE_RELATIVE, title, detail).at(place),
                    );
                }
                let text = self.loader.open(path, self.project);
                if let Err(why) = &text {
                    let title =
                        format!("the seccomp profile {} cannot be read: {why}", quoted(path));
                    let detail = "The answer depends on it, and compose does not start the \
                        container without it.";
                    self.add(
                        Finding::new(&catalogue::PROFILE_FILE_MISSING, title.clone(), detail)
                            .at(place),
                    );
                    self.doubt(Setting::Seccomp, place, title);
                }
                let text = text.ok().map(|(_, text)| text.to_string());
                if let Some(why) =
                    text.as_deref().and_then(|text| crate::deploy::profile::read(text).err())
                {
                    let title = format!("the seccomp profile {} cannot be used", quoted(path));
                    self.add(
                        Finding::new(
                            &catalogue::SECCOMP_PROFILE_BROKEN,
                            title.clone(),
                            why.to_string(),
                        )
                        .at(place),
                    );
                    self.doubt(Setting::Seccomp, place, title);
                }
                Profile::Named(path.to_owned(), text)
            }
        };
        self.settings.seccomp = Some(At::new(value, place));
    }

    fn user(&mut self) -> Result<(), BadInput> {
        let Some(found) = self.value(ServiceKey::User) else { return Ok(()) };
        let place = found.value.place;
        let filled = self.words_of(found, found.value, "`user`")?;
        let written = found.value.text().unwrap_or("");
        if let Some((first, second)) = written.split_once("}:").or_else(|| written.split_once(':'))
        {
            let is = |part: &str, what: &str| {
                names(&format!("{part}}}"))
                    .first()
                    .is_some_and(|name| name.to_ascii_uppercase().ends_with(what))
            };
            if is(first, "GID") && is(second, "UID") {
                let title = "`user` has uid and gid the wrong way round".to_owned();
                let detail = format!(
                    "The form is UID:GID; {} gives the gid where the uid belongs.",
                    quoted(written)
                );
                self.add(Finding::new(&catalogue::USER_GID_UID_SWAPPED, title, detail).at(place));
            }
        }
        let from_outside = names(written);
        if let Some(name) = from_outside.first() {
            let title = format!("`user` comes from the environment ({})", quoted(written));
            let (severity, detail) = match &filled.unset {
                Some(unset) => (
                    Severity::Warning,
                    format!(
                        "${unset} is not set: compose leaves it empty, and the container runs as \
                            root or as the image's user. \
                         Shells do not export $UID and $GID; write them into `.env` or give a \
                         default, `${{{name}:-1000}}`."
                    ),
                ),
                None => (
                    Severity::Note,
                    "If it is set to something else, or not at all, the container runs as another \
                        user."
                        .into(),
                ),
            };
            self.add(
                Finding::new(&catalogue::USER_FROM_ENVIRONMENT, title, detail)
                    .at(place)
                    .severity(severity),
            );
        }
        if let Some(name) = &filled.unset {
            self.doubt(Setting::User, place, unset("user", name));
            return Ok(());
        }
        self.account(&filled.text, place)
    }

    /// Who a text says that the program runs as.
    fn account(&mut self, text: &str, place: Place) -> Result<(), BadInput> {
        let (user, group) =
            text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
        let user = match user.parse::<i64>() {
            Ok(uid) => {
                let uid = u64::try_from(uid).ok().filter(|uid| *uid <= MOST_ID);
                let uid = uid.ok_or_else(|| {
                    BadInput::at(place, format!("`user`: the engine takes ids from 0 to {MOST_ID}"))
                })?;
                let gid = group.and_then(|group| group.parse().ok()).filter(|gid| *gid <= MOST_ID);
                Some(User::Ids { uid, gid })
            }
            Err(_) if user.is_empty() => None,
            Err(_) if user == "root" => {
                Some(User::Ids { uid: 0, gid: group.and_then(|group| group.parse().ok()) })
            }
            Err(_) => Some(User::Named(user.to_owned())),
        };
        if text.contains(char::is_whitespace) || text.matches(':').count() > 1 {
            let why = format!("`user`: there is no account {}", quoted(text));
            self.settings.is_refused(why, place);
        }
        self.settings.user = user.map(|user| At::new(user, place));
        Ok(())
    }

    fn namespaces(&mut self) -> Result<(), BadInput> {
        if let Some((mode, lacks)) = self.string(ServiceKey::UsernsMode, "userns_mode")? {
            if let Some(name) = lacks {
                self.doubt(Setting::Userns, mode.place, unset("userns_mode", &name));
            } else if !mode.value.is_empty() {
                let kind = mode.value.split(':').next().unwrap_or("");
                if matches!(kind, "auto" | "keep-id" | "nomap" | "ns" | "container") {
                    self.engine = Engine::Podman;
                    let title = format!("only podman takes `userns_mode: {kind}`");
                    let detail =
                        "Docker knows only `host`; anything else leaves the daemon's choice.";
                    self.add(
                        Finding::new(&catalogue::USERNS_MODE_PODMAN_ONLY, title, detail)
                            .at(mode.place),
                    );
                }
                let value = match kind {
                    "host" => Userns::Host,
                    "auto" => Userns::Own,
                    _ => Userns::Other(mode.value.clone()),
                };
                self.settings.userns = Some(At::new(value, mode.place));
            }
        }
        let host =
            |(text, _): Interpolated| (text.value == "host").then(|| At::new(true, text.place));
        self.settings.host_pid = self.mode(ServiceKey::Pid, "pid")?.and_then(host);
        self.settings.host_uts = self.mode(ServiceKey::Uts, "uts")?.and_then(host);
        let ipc = self.mode(ServiceKey::Ipc, "ipc")?;
        self.settings.joins_ipc = ipc.as_ref().and_then(|ipc| joined("ipc", ipc));
        self.settings.host_ipc = ipc.and_then(host);
        let network = match self.mode(ServiceKey::NetworkMode, "network_mode")? {
            None => self.string(ServiceKey::Net, "net")?,
            mode => mode,
        };
        self.settings.joins_network =
            network.as_ref().and_then(|mode| joined("network_mode", mode));
        self.settings.host_network = network.and_then(host);
        Ok(())
    }

    /// The mode of a namespace.
    fn mode(&mut self, key: ServiceKey, what: &str) -> Result<Option<Interpolated>, BadInput> {
        let mode = self.string(key, what)?;
        let known = mode.as_ref().filter(|(_, lacks)| lacks.is_none()).map(|(mode, _)| mode);
        // podman has more of them.
        let podman = |text: &str| matches!(text, "private" | "pod") || text.starts_with("ns:");
        let known = known.filter(|mode| !podman(&mode.value));
        let refused = known.and_then(|mode| {
            let why = limits::refused_key(what, &mode.value)?;
            Some((format!("`{what}`: {why}"), mode.place))
        });
        if let Some((why, place)) = refused {
            self.settings.is_refused(why, place);
        }
        Ok(mode)
    }

    fn limits(&mut self) -> Result<(), BadInput> {
        let own = match self.value(ServiceKey::PidsLimit) {
            Some(found) => self.number(found, found.value, "`pids_limit`")?,
            None => None,
        };
        let mut of_deploy = None;
        for found in self.values(ServiceKey::Deploy) {
            let Some(limit) = found
                .value
                .get("resources")
                .and_then(|r| r.get("limits"))
                .and_then(|l| l.get("pids"))
            else {
                continue;
            };
            of_deploy =
                self.number(found, limit, "`pids` of `deploy.resources.limits`")?.or(of_deploy);
        }
        if let (Some(own), Some(other)) = (&own, &of_deploy)
            && own.value != other.value
            && own.value != 0
        {
            let message = format!(
                "`pids_limit` is {}, and `pids` of `deploy.resources.limits` {}: compose refuses \
                    two values",
                own.value, other.value
            );
            return Err(BadInput::at(other.place, message));
        }
        let positive = |limit: At<i64>| {
            u64::try_from(limit.value).ok().filter(|n| *n > 0).map(|n| At::new(n, limit.place))
        };
        self.settings.pids_limit = of_deploy.and_then(positive).or_else(|| own.and_then(positive));
        self.mounts();
        self.devices()?;
        self.sysctls()?;
        self.ulimits()
    }

    /// The limits of processes: one number, or `soft` and `hard`.
    fn ulimits(&mut self) -> Result<(), BadInput> {
        let mut soft: HashMap<&'s str, At<i64>> = HashMap::new();
        for found in self.values(ServiceKey::Ulimits) {
            if !found.value.is_map() {
                return Err(wrong(found.key, found.value, "`ulimits`", "a mapping"));
            }
            for (name, key, limit) in found.value.entries() {
                let what = format!("`{name}`");
                if !limits::is_ulimit(name) {
                    let why = format!("`ulimits`: there is no limit {what}");
                    self.settings.is_refused(why, key.place);
                    continue;
                }
                let part = |part: &str| match limit.is_map() {
                    true => limit.get(part).map(|node| &**node).ok_or_else(|| {
                        BadInput::at(limit.place, format!("{what} has no `{part}`"))
                    }),
                    false => Ok(&**limit),
                };
                let (low, high) = (part("soft")?, part("hard")?);
                let (own, hard) =
                    (self.number(found, low, &what)?, self.number(found, high, &what)?);
                let (Some(own), Some(hard)) = (own, hard) else { continue };
                if limits::ulimit(&format!("{}:{}", own.value, hard.value)).is_none() {
                    let why = format!("{what}: the soft limit is above the hard one");
                    self.settings.is_refused(why, low.place);
                    continue;
                }
                soft.insert(name, own);
            }
        }
        for (name, limit) in &soft {
            let starves = limits::starves(name, limit.value);
            self.settings.obstacles.extend(starves.map(|why| At::new(why, limit.place)));
        }
        // -1 is no limit.
        let nproc = soft.get("nproc");
        self.settings.nproc =
            nproc.and_then(|limit| Some(At::new(u64::try_from(limit.value).ok()?, limit.place)));
        Ok(())
    }

    /// The limits that decide nothing but whether the engine takes them.
    fn sizes(&mut self, other: &[(&'s str, LayerValue<'s>)]) -> Result<(), BadInput> {
        let deploys: Vec<_> = self.values(ServiceKey::Deploy).collect();
        let resources = deploys.into_iter().flat_map(|found| {
            let part = |part: &str, name: &str| {
                found.value.get("resources")?.get(part)?.get(name).map(|node| &**node)
            };
            [
                ("mem_limit", part("limits", "memory")),
                ("cpus", part("limits", "cpus")),
                ("mem_reservation", part("reservations", "memory")),
            ]
            .map(move |(name, value)| Some((name, LayerValue { value: value?, ..found })))
        });
        let mut sizes: HashMap<&str, (u64, Place)> = HashMap::new();
        for (name, found) in other.iter().copied().chain(resources.flatten()) {
            if found.value.is_null() || found.value.text().is_none() {
                continue;
            }
            let filled = self.scalar(found, found.value, &format!("`{name}`"))?;
            if filled.unset.is_some() {
                continue;
            }
            let place = found.value.place;
            if let Some(why) = limits::refused_key(name, &filled.text) {
                self.settings.is_refused(format!("`{name}`: {why}"), place);
            }
            sizes.extend(limits::size(&filled.text).map(|bytes| (name, (bytes, place))));
        }
        let bytes = |name| sizes.get(name).map(|(bytes, _)| *bytes);
        let [memory, swap, aside] = ["mem_limit", "memswap_limit", "mem_reservation"].map(bytes);
        let of_memory =
            ["memswap_limit", "mem_reservation"].iter().find_map(|name| sizes.get(name));
        if let (Some(why), Some((_, place))) = (limits::memory(memory, swap, aside), of_memory) {
            self.settings.is_refused(why, *place);
        }
        Ok(())
    }

    /// Values that stand in lists and mappings, and that the engine parses.
    fn formats(&mut self, other: &[(&'s str, LayerValue<'s>)]) -> Result<(), BadInput> {
        let mut all: Vec<(&str, LayerValue<'s>, String, Place)> = vec![];
        let tmpfs: Vec<_> = self.values(ServiceKey::Tmpfs).map(|found| (TMPFS, found)).collect();
        let own = other.iter().filter(|(name, _)| ["dns", "extra_hosts", "ports"].contains(name));
        for (name, found) in own.copied().chain(tmpfs) {
            let items = found.value.items().unwrap_or_default().iter().map(|item| &**item);
            for item in items.chain(found.value.text().map(|_| found.value)) {
                let text = item.text().map(str::to_owned);
                all.extend(text.map(|text| (name, found, text, item.place)));
            }
            for (host, _, value) in found.value.entries().into_iter().filter(|_| name != "ports") {
                let text = value.text().map(|ip| format!("{host}:{ip}"));
                all.extend(text.map(|text| (name, found, text, value.place)));
            }
        }
        let deploys: Vec<_> = self.values(ServiceKey::Deploy).collect();
        let policies = ["restart_policy", "update_config", "rollback_config"];
        let policies = deploys.into_iter().flat_map(|found| {
            policies.into_iter().filter_map(move |key| Some((found.value.get(key)?, found)))
        });
        let health = other.iter().filter(|(name, _)| *name == "healthcheck");
        let health = health.map(|(_, found)| (found.value, *found));
        for (node, found) in health.chain(policies.map(|(node, found)| (&**node, found))) {
            for (name, _, value) in node.entries() {
                let text = value.text().map(str::to_owned);
                all.extend(text.map(|text| (name, found, text, value.place)));
            }
        }
        for (name, found, text, place) in all {
            let scope =
                Scope { surroundings: self.loader.surroundings, own: &found.layer.variables };
            let filled = fill(&text, scope).map_err(|why| BadInput::at(place, why.to_string()))?;
            let why = limits::refused_key(name, &filled.text).filter(|_| filled.unset.is_none());
            if let Some(why) = why {
                self.settings.is_refused(format!("`{name}`: {why}"), place);
            }
        }
        Ok(())
    }

    /// What is mounted over /proc or below it, and where nothing is mounted.
    fn mounts(&mut self) {
        let keys =
            [ServiceKey::Volumes, ServiceKey::Tmpfs, ServiceKey::Configs, ServiceKey::Secrets];
        for key in keys {
            for found in self.values(key) {
                let items = found.value.items().unwrap_or_default().iter().map(|item| &**item);
                items.chain(found.value.text().map(|_| found.value)).for_each(|item| {
                    self.mount(key, found, item);
                });
            }
        }
    }

    fn mount(&mut self, key: ServiceKey, found: LayerValue<'s>, item: &'s Node) {
        let own = |node: &'s Node| {
            let written = node.text()?;
            let filled = self.fill(written, node.place, found.layer).ok()?;
            // What is not known stands for itself.
            Some(filled.unset.map_or(filled.text, |_| Cow::Borrowed(written)))
        };
        let part = |name: &str| own(item.get(name)?);
        let place = item.get("target").map_or(item, |target| &**target).place;
        let (text, kind) = (own(item), part("type"));
        let (target, source) = (part("target"), part("source"));
        let read_only = item.get("read_only").and_then(|on| on.boolean()) == Some(true);
        let bound = kind.as_deref() == Some("bind");
        let of_drive = |volume: &str| volume.contains('\\') || volume.find(':') == Some(1);
        let at = match (key, &text) {
            (ServiceKey::Volumes, Some(volume)) if of_drive(volume) => None,
            (ServiceKey::Volumes, Some(volume)) => {
                let mut parts = volume.split(':');
                let first = parts.next();
                parts.next().or(first)
            }
            (ServiceKey::Tmpfs, Some(tmpfs)) => tmpfs.split(':').next(),
            (ServiceKey::Volumes, None) => Some(target.as_deref().unwrap_or_default()),
            _ => None,
        };
        let refused = at.filter(|at| !at.contains(['$', '\\'])).and_then(mounts::refused_target);
        let propagation = item.get("bind").and_then(|bind| own(bind.get("propagation")?));
        let size = item.get("tmpfs").and_then(|tmpfs| own(tmpfs.get("size")?));
        let parts = [("propagation", propagation), ("tmpfs-size", size)];
        let refused = refused.or_else(|| {
            let given = parts.iter().filter_map(|(key, value)| Some((key, value.as_ref()?)));
            let mut known = given.filter(|(_, value)| !value.contains('$'));
            known.find_map(|(key, value)| mounts::refused_part(key, value))
        });
        let sourceless = (bound && source.is_none()).then_some("it is of no path of the host");
        let settings = &mut self.settings;
        if let Some(why) = refused.or(sourceless) {
            settings.is_refused(format!("an entry of `{}`: {why}", key.name()), place);
        }
        match (key, &text, target) {
            (.., Some(target)) => match source.filter(|_| bound) {
                Some(path) => settings.mounts_of(&path, &target, read_only, place),
                None => settings.mounts(&target, MountSource::Other, read_only, place),
            },
            (ServiceKey::Volumes, Some(volume), None) => settings.mounts_volume(volume, place),
            (ServiceKey::Tmpfs, Some(tmpfs), None) => {
                let target = tmpfs.split(':').next().unwrap_or_default();
                settings.mounts(target, MountSource::Other, false, place);
            }
            _ => {}
        }
    }

    /// A device as an option has it, and the variable that it lacks.
    fn device(
        &self,
        found: LayerValue<'s>,
        item: &'s Node,
    ) -> Result<(String, Option<String>), BadInput> {
        if !item.is_map() {
            let filled = self.words_of(found, item, "an entry of `devices`")?;
            return Ok((filled.text.into_owned(), filled.unset));
        }
        let part = |name: &str| -> Result<(String, Option<String>), BadInput> {
            let Some(node) = item.get(name) else { return Ok((String::new(), None)) };
            let filled = self.words_of(found, node, &format!("`{name}`"))?;
            Ok((filled.text.into_owned(), filled.unset))
        };
        let (source, target, rights) = (part("source")?, part("target")?, part("permissions")?);
        let at = if target.0.is_empty() { &source.0 } else { &target.0 };
        let may = if rights.0.is_empty() { "rwm" } else { &rights.0 };
        Ok((format!("{}:{at}:{may}", source.0), source.1.or(target.1).or(rights.1)))
    }

    /// The devices that it is given, and the rules of its control group.
    fn devices(&mut self) -> Result<(), BadInput> {
        for found in self.values(ServiceKey::Devices) {
            let items = found.value.items();
            let items =
                items.ok_or_else(|| wrong(found.key, found.value, "`devices`", "a list"))?;
            for item in items {
                let (text, lacks) = self.device(found, item)?;
                // compose-go `transform/device.go` takes any second part for a path, docker/cli
                // does not, which compose used before 2.24.
                let second = text.split_once(':').map_or("", |(_, rest)| rest);
                let unclear = DeviceRights::parse(second).map(|_| {
                    let of = "is a path for some releases of compose, and rights for others";
                    format!("{} {of}", quoted(second))
                });
                match lacks.map(|name| unset("devices", &name)).or(unclear) {
                    Some(why) => self.doubt(Setting::Devices, item.place, why),
                    None => self.settings.gives_device(&text, item.place),
                }
            }
        }
        for (filled, node) in self.list(ServiceKey::DeviceCgroupRules, "device_cgroup_rules")? {
            match filled.unset {
                Some(name) => {
                    let why = unset("device_cgroup_rules", &name);
                    self.doubt(Setting::Devices, node.place, why);
                }
                None => self.settings.rules_device(&filled.text, node.place),
            }
        }
        Ok(())
    }

    /// The kernel parameters, a mapping or a list of `NAME=VALUE`.
    fn sysctls(&mut self) -> Result<(), BadInput> {
        for found in self.values(ServiceKey::Sysctls) {
            if let Value::Map(_) = found.value.value {
                for (name, key, value) in found.value.entries() {
                    self.settings.sysctls.retain(|known| known.value.name != name);
                    if value.tag.as_deref() != Some("reset") {
                        let filled = self.scalar(found, value, "a value of `sysctls`")?;
                        let text = match &value.value {
                            Value::Scalar(scalar) if !is_string(scalar) => as_number(&filled.text),
                            _ => filled.text,
                        };
                        let value = filled.unset.is_none().then_some(&*text);
                        self.settings.sets_sysctl(name, value, key.place);
                    }
                }
                continue;
            }
            let items = found.value.items();
            let items = items
                .ok_or_else(|| wrong(found.key, found.value, "`sysctls`", "a mapping or a list"))?;
            for item in items {
                let filled = self.words_of(found, item, "an entry of `sysctls`")?;
                let written = item.text().unwrap_or_default();
                let (name, value) = filled.text.split_once('=').unwrap_or((&filled.text, ""));
                match &filled.unset {
                    Some(lacks) if written.split('=').next().unwrap_or_default().contains('$') => {
                        let why = unset("sysctls", lacks);
                        self.settings.hidden_sysctls.push(At::new(why, item.place));
                    }
                    lacks => {
                        let value = lacks.is_none().then_some(value);
                        self.settings.sets_sysctl(name, value, item.place);
                    }
                }
            }
        }
        Ok(())
    }

    /// A whole number; `None` where a variable lacks its value.
    fn number(
        &self,
        found: LayerValue<'s>,
        node: &'s Node,
        what: &str,
    ) -> Result<Option<At<i64>>, BadInput> {
        let filled = self.scalar(found, node, what)?;
        if filled.unset.is_some() {
            return Ok(None);
        }
        let number = filled.text.parse::<i64>().ok();
        number.map(|number| Some(At::new(number, node.place))).ok_or_else(|| {
            BadInput::at(
                node.place,
                format!("{what} is {}, not a whole number", quoted(&filled.text)),
            )
        })
    }

    fn env_files(&mut self) -> Result<(), BadInput> {
        for found in self.values(ServiceKey::EnvFile) {
            let items: Vec<&Node> = match &found.value.value {
                Value::List(items) => items.iter().map(|item| &**item).collect(),
                Value::Scalar(_) => vec![found.value],
                Value::Map(_) => {
                    return Err(wrong(found.key, found.value, "`env_file`", "a string or a list"));
                }
            };
            for item in items {
                let path = match item.is_map() {
                    true => item.get("path").ok_or_else(|| {
                        BadInput::at(item.place, "this entry of `env_file` has no `path`")
                    })?,
                    false => item,
                };
                let required = item.get("required").and_then(|node| node.boolean()) != Some(false);
                let filled = self.words_of(found, path, "an entry of `env_file`")?;
                match self.loader.open(&filled.text, &found.layer.base) {
                    Ok((_, text)) => {
                        let scope = Scope {
                            surroundings: self.loader.surroundings,
                            own: &found.layer.variables,
                        };
                        let variables = dotenv::read(&text, scope);
                        for (name, value) in &variables {
                            let value = value.as_deref().unwrap_or_default();
                            self.loader.surroundings.conceal(name, value);
                        }
                        self.settings.env.extend(
                            variables
                                .into_iter()
                                .map(|(name, value)| (At::new(name, path.place), value)),
                        );
                    }
                    Err(why) if required => {
                        let title = format!(
                            "the environment file {} cannot be read: {why}",
                            quoted(&filled.text)
                        );
                        let detail = "What it sets is not known here, and compose does not start \
                            the container without it.";
                        self.add(
                            Finding::new(&catalogue::ENV_FILE_MISSING, title, detail)
                                .at(path.place),
                        );
                    }
                    Err(_) => {}
                }
            }
        }
        Ok(())
    }

    fn environment(&mut self) -> Result<(), BadInput> {
        for found in self.values(ServiceKey::Environment) {
            match &found.value.value {
                Value::Map(_) => {
                    for (name, key, value) in found.value.entries() {
                        if value.tag.as_deref() == Some("reset") {
                            self.settings.env.retain(|(known, _)| known.value != name);
                            continue;
                        }
                        let given = match value.is_null() {
                            true => self.variable(name, found.layer),
                            false => {
                                let filled =
                                    self.scalar(found, value, "a value of `environment`")?;
                                filled.unset.is_none().then(|| filled.text.into_owned())
                            }
                        };
                        self.settings.env.push((At::new(name.to_owned(), key.place), given));
                    }
                }
                Value::List(items) => {
                    for item in items {
                        let filled = self.words_of(found, item, "an entry of `environment`")?;
                        let (name, value) = match filled.text.split_once('=') {
                            Some((name, value)) => {
                                (name.to_owned(), filled.unset.is_none().then(|| value.to_owned()))
                            }
                            None => {
                                (filled.text.to_string(), self.variable(&filled.text, found.layer))
                            }
                        };
                        self.settings.env.push((At::new(name, item.place), value));
                    }
                }
                Value::Scalar(_) => {
                    return Err(wrong(
                        found.key, found.value, "`environment`", "a mapping or a list",
                    ));
                }
            }
        }
        Ok(())
    }

    fn variable(&self, name: &str, layer: &Layer) -> Option<String> {
        Scope { surroundings: self.loader.surroundings, own: &layer.variables }.get(name)
    }

    fn command(&mut self, built: &MadeImage) -> Result<(), BadInput> {
        let own = |key| {
            // Null overrides here.
            let last = self.layers(key).last().filter(|found| !found.value.is_null());
            last.map(|found| self.command_words(*found, found.value)).transpose()
        };
        let (entrypoint, command) = (own(ServiceKey::Entrypoint)?, own(ServiceKey::Command)?);
        // The command of an image is for its own entrypoint (moby `daemon/commit.go`, merge).
        let other = entrypoint.as_ref().is_some_and(|words| !words.is_empty());
        let of_image = built.command.clone().filter(|_| !other);
        let entrypoint = entrypoint.or_else(|| built.entrypoint.clone()).unwrap_or_default();
        let command = command.filter(|words| !words.is_empty()).or(of_image).unwrap_or_default();
        self.settings.command = [entrypoint, command].concat();
        Ok(())
    }

    /// The names of the images that it makes.
    fn makes(&self) -> Vec<String> {
        let tags = self.values(ServiceKey::Build).filter_map(|found| found.value.get("tags"));
        let tags = tags.flat_map(|tags| tags.items().unwrap_or_default());
        let tags = tags.filter_map(|tag| tag.text()).map(str::to_owned);
        let own = self.string(ServiceKey::Image, "image").ok().flatten();
        let own = own.map(|(name, _)| name.value);
        let makes = self.values(ServiceKey::Build).next().is_some();
        own.into_iter().chain(tags).filter(|_| makes).map(|name| built::full(&name)).collect()
    }

    /// The image of this name, where another service makes it.
    fn of_another(&mut self) -> Option<Rc<MadeImage>> {
        let name = built::full(&self.settings.image.as_ref()?.value);
        let maker = *self.loader.images.by_name.get(&name)?;
        self.settings.is_built = true;
        made(maker, self.project, self.loader)
    }

    /// What the contexts are that have names.
    fn contexts(&self) -> Result<Vec<(String, String)>, BadInput> {
        let mut all = vec![];
        for found in self.values(ServiceKey::Build) {
            let Some(contexts) = found.value.get("additional_contexts") else { continue };
            for (name, _, value) in contexts.entries() {
                let filled = self.scalar(found, value, "an entry of `additional_contexts`")?;
                all.push((built::full(name), filled.text.into_owned()));
            }
            for item in contexts.items().unwrap_or_default() {
                let filled = self.scalar(found, item, "an entry of `additional_contexts`")?;
                let (name, value) = filled.text.split_once('=').unwrap_or((&filled.text, ""));
                all.push((built::full(name), value.to_owned()));
            }
        }
        Ok(all)
    }

    /// What a Dockerfile makes.
    fn from(
        &mut self,
        file: (FileId, &str),
        target: Option<&str>,
        args: &[(String, Option<String>)],
    ) -> Result<Option<MadeImage>, BadInput> {
        let contexts = self.contexts()?;
        let (number, project, loader) = (self.number, self.project, &mut *self.loader);
        let mut named = |name: &str| {
            let name = built::full(name);
            let context = contexts.iter().rev().find(|(known, _)| *known == name);
            let Some((_, context)) = context else {
                // What it makes itself is made from that of a registry.
                let maker = *loader.images.by_name.get(&name).filter(|maker| **maker != number)?;
                return Some(Named::Made(made(maker, project, loader)));
            };
            if let Some(image) = context.strip_prefix("docker-image://") {
                return Some(Named::Image(image.to_owned()));
            }
            let other = context.strip_prefix("service:").and_then(|other| {
                loader.images.services.iter().position(|service| service.name == other)
            });
            Some(Named::Made(other.and_then(|other| made(other, project, loader))))
        };
        Ok(dockerfile::image(file, target, args, &mut named))
    }

    /// The image that is built, where its Dockerfile is a file of the project.
    fn built(&mut self) -> Result<Option<Rc<MadeImage>>, BadInput> {
        let layers: Vec<LayerValue<'s>> = self.values(ServiceKey::Build).collect();
        if layers.is_empty() {
            return Ok(None);
        }
        let part = |name: &str| {
            let of = |found: &LayerValue<'s>| {
                let whole = (name == "context" && !found.value.is_map()).then_some(found.value);
                let value = found.value.get(name).map(|node| &**node).or(whole)?;
                Some((*found, value))
            };
            layers.iter().rev().find_map(of)
        };
        let text = |name: &str| {
            let Some((found, node)) = part(name) else { return Ok(None) };
            let filled = self.words_of(found, node, &format!("`{name}` of `build`"))?;
            Ok(Some((found, node.place, filled)))
        };
        let (context, file) = (text("context")?, text("dockerfile")?);
        let (inline, target) = (text("dockerfile_inline")?, text("target")?);
        let known = |filled: &Filled<'_>| filled.unset.is_none();
        let all = [&context, &file, &inline, &target];
        if !all.into_iter().flatten().all(|(.., filled)| known(filled)) {
            return Ok(None);
        }
        let target = target.as_ref().map(|(.., filled)| &*filled.text);
        let args = self.build_args(&layers)?;
        if let Some((_, place, filled)) = inline {
            let image = self.from((place.file, &filled.text), target, &args)?;
            return Ok(image.map(|image| Rc::new(image.within(place))));
        }
        let base = context.as_ref().or(file.as_ref()).map(|(found, ..)| &found.layer.base);
        let Some(base) = base.or(layers.first().map(|found| &found.layer.base)) else {
            return Ok(None);
        };
        let context = context.as_ref().map_or(".", |(.., filled)| &*filled.text);
        let file = file.as_ref().map_or("Dockerfile", |(.., filled)| &*filled.text);
        let path = match file.starts_with('/') {
            true => file.to_owned(),
            false => format!("{}/{file}", context.trim_end_matches('/')),
        };
        // What is not there, or elsewhere, tells nothing.
        let Ok((id, text)) = self.loader.open(&path, base) else { return Ok(None) };
        let own = layers.iter().any(|found| found.value.get("additional_contexts").is_some());
        let build = (id, target.map(str::to_owned), args);
        if let Some(known) = self.loader.images.by_build.get(&build).filter(|_| !own) {
            return Ok(known.clone());
        }
        let made = self.from((id, &text), target, &build.2)?.map(Rc::new);
        if !own {
            self.loader.images.by_build.insert(build, made.clone());
        }
        Ok(made)
    }

    fn build_args(
        &self,
        layers: &[LayerValue<'s>],
    ) -> Result<Vec<(String, Option<String>)>, BadInput> {
        let mut all = vec![];
        for found in layers {
            let Some(args) = found.value.get("args") else { continue };
            for (name, _, value) in args.entries() {
                let given = match value.is_null() {
                    true => self.variable(name, found.layer),
                    false => {
                        let filled = self.scalar(*found, value, "an argument of `build`")?;
                        filled.unset.is_none().then(|| filled.text.into_owned())
                    }
                };
                all.push((name.to_owned(), given));
            }
            for item in args.items().unwrap_or_default() {
                let filled = self.words_of(*found, item, "an entry of `args`")?;
                let (name, value) = match filled.text.split_once('=') {
                    Some((name, value)) => (name, filled.unset.is_none().then(|| value.to_owned())),
                    None => (&*filled.text, self.variable(&filled.text, found.layer)),
                };
                all.push((name.to_owned(), value));
            }
        }
        Ok(all)
    }

    fn command_words(
        &self,
        found: LayerValue<'s>,
        command: &'s Node,
    ) -> Result<Vec<At<String>>, BadInput> {
        match &command.value {
            Value::List(items) => {
                let word = |item: &'s Rc<Node>| {
                    let filled = self.scalar(found, item, "a word of the command")?;
                    Ok(At::new(filled.text.into_owned(), item.place))
                };
                items.iter().map(word).collect()
            }
            Value::Scalar(_) => {
                let filled = self.scalar(found, command, "the command")?;
                let place = command.place;
                let words = words::split(&filled.text)
                    .map_err(|why| BadInput::at(place, why.to_string()))?;
                Ok(words.into_iter().map(|word| At::new(word, place)).collect())
            }
            Value::Map(_) => Err(wrong(found.key, command, "the command", "a string or a list")),
        }
    }

    /// What a hook runs that isolates, where the service's own command does not: it is what the
    /// container is asked for. A `pre_start` step has a container of its own, with the settings of
    /// the service; the others are `docker exec` in the service's (compose-spec 05-services.md).
    fn hooks(&mut self) -> Result<(), BadInput> {
        if isolates(&self.settings.command) {
            return Ok(());
        }
        for key in [ServiceKey::PreStart, ServiceKey::PostStart, ServiceKey::PreStop] {
            for found in self.values(key) {
                for hook in found.value.items().unwrap_or_default() {
                    let Some(command) = hook.get("command") else { continue };
                    let words = self.command_words(found, command)?;
                    if isolates(&words) {
                        self.settings.command = words;
                        return self.hook(key, found, hook);
                    }
                }
            }
        }
        Ok(())
    }

    /// What a hook sets for its command.
    fn hook(
        &mut self,
        key: ServiceKey,
        found: LayerValue<'s>,
        hook: &'s Node,
    ) -> Result<(), BadInput> {
        if let Some(user) = hook.get("user") {
            self.slot(ServiceKey::User, LayerValue { key: user.place, value: user, ..found });
            self.user()?;
        }
        let Some(privileged) = hook.get("privileged") else { return Ok(()) };
        match key {
            ServiceKey::PreStart => {
                let value = LayerValue { key: privileged.place, value: privileged, ..found };
                self.slot(ServiceKey::Privileged, value);
                self.settings.privileged =
                    self.boolean(ServiceKey::Privileged, "privileged", Some(Setting::Privileged))?;
            }
            // `execSetPlatformOpt` of moby's daemon/exec_linux.go: every capability, and the
            // profiles that the container has.
            _ if privileged.boolean() != Some(false) => {
                let why = "`privileged` of a hook, which gives its command every capability and \
                    leaves the container's profiles and masks";
                self.doubt(Setting::Capabilities, privileged.place, why.to_owned());
            }
            _ => {}
        }
        Ok(())
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
        let ignored = [
            (ServiceKey::Privileged, "privileged"),
            (ServiceKey::SecurityOpt, "security_opt"),
            (ServiceKey::UsernsMode, "userns_mode"),
        ];
        for (key, name) in ignored {
            let Some(found) = self.value(key) else { continue };
            let title = format!("`docker stack deploy` ignores `{name}`");
            let detail = "`deploy` of this service is written for a swarm. It is judged as \
                `docker compose up` starts it; in a swarm of these settings only `cap_add` and \
                `cap_drop` count.";
            self.add(Finding::new(&catalogue::SWARM_IGNORES, title, detail).at(found.key));
        }
    }

    /// What is not as the schema has it: `docker compose` refuses the file, podman-compose does not
    /// look. Format 1 had another.
    fn unlike_schema(&mut self, service: &Service) {
        let is_format_1 = service.spots.iter().any(|(_, spot)| match spot {
            WrittenAt::Yaml { path, .. } => path.len() == 1,
            _ => false,
        });
        if is_format_1 {
            return;
        }
        let of_layer =
            |layer: &Layer| schema::misfit("service", &service.name, service.place, &layer.node);
        let Some(misfit) = service.layers.iter().find_map(of_layer) else { return };
        let Misfit { place, why, is_unknown, .. } = misfit;
        let is_docker = self.engine == Engine::Docker;
        if is_unknown {
            let severity = if is_docker { Severity::Error } else { Severity::Warning };
            let detail = "`docker compose` refuses a file with a key that it does not know; \
                podman-compose ignores the key.";
            let finding = Finding::new(&catalogue::MISSPELT_KEY, why, detail);
            return self.add(finding.at(place).severity(severity));
        }
        let obstacle = StartObstacle::new(is_docker, why);
        self.settings.obstacles.push(At::new(obstacle, place));
    }

    /// What is in files that cannot be read could set anything.
    fn lost(&mut self, lost: &[At<String>]) {
        for reason in lost {
            let detail = "What it sets is unknown, and so is how the container runs.";
            self.add(
                Finding::new(&catalogue::EXTENDS_MISSING, reason.value.clone(), detail)
                    .at(reason.place),
            );
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
            open.into_iter()
                .for_each(|about| self.doubt(about, reason.place, reason.value.clone()));
        }
    }

    fn doubt(&mut self, about: Setting, place: Place, why: String) {
        self.settings.unknown.push(At::new(Doubt { about, why }, place));
    }

    /// Adds a finding on this service.
    fn add(&mut self, finding: Finding) {
        self.loader.findings.push(finding.about(self.number));
    }
}

fn unset(key: &str, name: &str) -> String {
    format!("`{key}` depends on ${}, which is not set", quoted(name).trim_matches('"'))
}

/// The error of a value of the wrong type: at the value where it is one word, else at its key.
fn wrong(key: Place, node: &Node, what: &str, expected: &str) -> BadInput {
    let scalar = matches!(node.value, Value::Scalar(_)) && !node.is_null();
    let advice = if scalar && expected == "a string" { "; put it in quotes" } else { "" };
    BadInput::at(
        if scalar { node.place } else { key },
        format!("{what} is {}, not {expected}{advice}", node.kind()),
    )
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
    "gpus", "group_add", "healthcheck", "hostname", "init", "isolation", "label_file", "labels",
    "links", "log_driver", "log_opt", "logging", "mac_address", "mem_limit", "mem_reservation",
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

/// How compose writes a number that is not in quotes, such as 1e3.
fn as_number(text: &str) -> Cow<'_, str> {
    let float = text.contains(['e', 'E', '.']).then(|| text.parse::<f64>().ok()).flatten();
    float.map_or(Cow::Borrowed(text), |number| Cow::Owned(number.to_string()))
}

fn apparmor(name: &str) -> Profile {
    match name {
        "unconfined" => Profile::Unconfined,
        "docker-default" => Profile::Default,
        name => Profile::Named(name.to_owned(), None),
    }
}

/// Why the engine refuses an entry of `security_opt`, where it does.
fn refusal(opt: &SecurityOpt<'_>, colon: bool) -> Option<&'static str> {
    match opt {
        SecurityOpt::Bare(_) => Some("it has no value; write KEY=VALUE"),
        SecurityOpt::NoNewPrivileges(None) => Some("the engine takes only true or false"),
        SecurityOpt::SystemPaths(value) if value != "unconfined" || colon => {
            Some("the engine takes only `systempaths=unconfined`, with `=`")
        }
        SecurityOpt::Other("writable-cgroups" | "proc-opts" | "credentialspec") => None,
        SecurityOpt::Other(_) => Some("no engine knows it"),
        _ => None,
    }
}

fn paths_of(paths: &str) -> Vec<String> {
    paths.split(':').filter(|path| !path.is_empty()).map(str::to_owned).collect()
}
