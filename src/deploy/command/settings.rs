//! What the options of a command line set (docker/cli `cli/command/container/opts.go`, moby
//! `daemon/daemon_unix.go`, podman `pkg/specgenutil/specgen.go`, docker-run(1), podman-run(1)).

mod limits;
mod security;

use std::ops::Range;

use super::line::{self, GivenOption, Line, LineError, short};
use super::options::{Grammar, long};
use super::word::Argument;
use crate::deploy::container::Engine;
use crate::deploy::mounts::{self, MountSource};
use crate::deploy::place::{At, BadInput, FileId, Place};
use crate::deploy::podman;
use crate::deploy::read::Surroundings;
use crate::deploy::security_opt::parse_bool;
use crate::deploy::setting::{Joined, Setting, Settings, User, Userns};
use crate::deploy::sysctl;
use crate::findings::{Finding, catalogue};

/// Places in the file of what stands in the text that was walked.
pub(crate) trait Places {
    fn place(&self, range: &Range<usize>) -> Place;
    fn file(&self) -> FileId;
}

/// The settings that a command of these words makes, and what was noticed; `None` where it starts
/// no container.
///
/// # Errors
/// When the program, or its daemon, would refuse it.
pub(in crate::deploy) fn of_words(
    words: &[Argument],
    places: &dyn Places,
    surroundings: &mut dyn Surroundings,
) -> Result<Option<(Settings, Vec<Finding>)>, BadInput> {
    let bad = |refusal: LineError| BadInput::at(places.place(&refusal.range), refusal.message);
    let Some(line) = line::parse(&[], words).map_err(bad)? else { return Ok(None) };
    of(&line, places, surroundings).map(Some).map_err(bad)
}

/// The settings that a line makes, and what was noticed.
///
/// # Errors
/// When the program, or its daemon, would refuse the line.
pub(crate) fn of(
    line: &Line,
    places: &dyn Places,
    surroundings: &mut dyn Surroundings,
) -> Result<(Settings, Vec<Finding>), LineError> {
    let mut reader = LineReader {
        line,
        places,
        surroundings,
        settings: Settings::default(),
        findings: vec![],
        unmask: vec![],
        mask: vec![],
        mounted: vec![],
    };
    let mut from_files = vec![];
    for option in &line.options {
        reader.option(option, &mut from_files)?;
    }
    // What --env says takes precedence over files, wherever it stands.
    from_files.append(&mut reader.settings.env);
    reader.settings.env = from_files;
    reader.added_and_dropped()?;
    reader.exclusions();
    reader.maps();
    reader.log();
    reader.masks();
    reader.unclear();
    reader.command();
    reader.of_service();
    Ok((reader.settings, reader.findings))
}

struct LineReader<'a> {
    line: &'a Line,
    places: &'a dyn Places,
    surroundings: &'a mut dyn Surroundings,
    settings: Settings,
    findings: Vec<Finding>,
    unmask: Vec<At<String>>,
    mask: Vec<At<String>>,
    /// What mounts something, and where.
    mounted: Vec<(String, String)>,
}

const EVERY: &[Setting] = &[
    Setting::Privileged,
    Setting::Capabilities,
    Setting::Seccomp,
    Setting::AppArmor,
    Setting::Masks,
    Setting::User,
    Setting::Userns,
    Setting::Devices,
];

impl LineReader<'_> {
    fn is_podman(&self) -> bool {
        self.line.engine == Engine::Podman
    }

    /// Whether options of podman say which ids are mapped.
    fn maps_ids(&self) -> bool {
        self.line.options.iter().any(|option| {
            matches!(option.name.as_str(), "uidmap" | "gidmap" | "subuidname" | "subgidname")
        })
    }

    fn at<T>(&self, value: T, range: &Range<usize>) -> At<T> {
        At::new(value, self.places.place(range))
    }

    fn doubt(&mut self, about: Setting, range: &Range<usize>, why: impl Into<String>) {
        self.settings.leave_open(about, self.places.place(range), why);
    }

    fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each option")]
    fn option(
        &mut self,
        option: &GivenOption,
        from_files: &mut Vec<(At<String>, Option<String>)>,
    ) -> Result<(), LineError> {
        let Some(value) = &option.value else {
            self.switch(option, true);
            return Ok(());
        };
        let hangs = || format!("--{} depends on {}", option.name, short(&value.text));
        if value.is_sure() {
            self.limit(option, value);
        }
        match option.name.as_str() {
            name @ ("privileged" | "read-only" | "help" | "rm" | "init" | "interactive" | "tty"
            | "detach") => {
                if value.is_sure() {
                    let on = parse_bool(&value.text).ok_or_else(|| {
                        let text = short(&value.text);
                        let why = format!("--{name} is either true or false, not {text:?}");
                        LineError::of(value, why)
                    })?;
                    self.switch(option, on);
                    return Ok(());
                }
                if name == "privileged" {
                    self.doubt(Setting::Privileged, &value.range, hangs());
                }
            }
            "cap-add" | "cap-drop" => self.capabilities(option, value)?,
            "security-opt" => self.security(value)?,
            "user" => {
                let ids: Vec<&str> = value.text.split(':').collect();
                let odd = ids.len() > 2 || value.text.contains(char::is_whitespace);
                if value.is_sure() && (odd || ids.iter().any(|id| !is_id(id))) {
                    let why = format!("--user {:?}: there is no such id", short(&value.text));
                    self.refuse(&value.range, why);
                }
                // The last one counts.
                self.settings.settles(&[Setting::User, Setting::Uid]);
                self.settings.user = None;
                match user(&value.text).filter(|_| value.is_sure()) {
                    Some(user) => self.settings.user = Some(self.at(user, &value.range)),
                    None if value.text.is_empty() => {}
                    None if is_whoever(&value.text) => {
                        self.doubt(Setting::Uid, &value.range, hangs());
                    }
                    None => self.doubt(Setting::User, &value.range, hangs()),
                }
            }
            "userns" => self.userns(value, &hangs())?,
            "uidmap" | "subuidname" if self.settings.userns.is_none() => {
                self.settings.userns = Some(self.at(Userns::Own, &value.range));
            }
            "pid" if value.is_sure() && !self.is_namespace(&value.text) => {
                let why = format!("there is no mode {:?} of --pid", short(&value.text));
                return Err(LineError::of(value, why));
            }
            "pid" => {
                self.settings.host_pid =
                    value.is_sure().then(|| self.at(value.text == "host", &value.range))
            }
            "ipc" => {
                let (host, joined) = (value.text == "host", self.joined(value, hangs()));
                self.settings.joins_ipc = joined;
                self.settings.host_ipc = value.is_sure().then(|| self.at(host, &value.range));
            }
            "net" | "network" => self.network(value, hangs())?,
            "workdir" if value.is_sure() => {
                self.settings.workdir = Some(self.at(value.text.clone(), &value.range));
            }
            "runtime" => {
                self.settings.set_runtime(self.at(value.text.clone(), &value.range));
            }
            "ulimit" => self.ulimit(value)?,
            "sysctl" => self.sysctl(value, hangs()),
            name @ ("volume" | "mount") => self.mount(name, value),
            "device" | "device-cgroup-rule" if !value.is_sure() => {
                self.doubt(Setting::Devices, &value.range, hangs());
            }
            "device" => self.settings.give_device(&value.text, self.places.place(&value.range)),
            "device-cgroup-rule" => {
                self.settings.rules_device(&value.text, self.places.place(&value.range));
            }
            "group-add" if value.is_sure() && !is_id(&value.text) => {
                let why = format!("--group-add {:?}: there is no such id", short(&value.text));
                self.refuse(&value.range, why);
            }
            "tmpfs" if value.is_sure() => {
                if let Some(why) = self.refused_mount("tmpfs", &value.text) {
                    self.refuse(&value.range, format!("--tmpfs {:?}: {why}", short(&value.text)));
                }
                let target = value.text.split(':').next().unwrap_or_default();
                let place = self.places.place(&value.range);
                self.settings.mounts(target, MountSource::Tmpfs, false, place);
            }
            "pids-limit" | "limit-pids" if value.is_sure() => {
                let limit: i64 = value.text.parse().map_err(|_| {
                    let text = short(&value.text);
                    LineError::of(value, format!("--pids-limit is a number, not {text:?}"))
                })?;
                let limit = u64::try_from(limit).ok().filter(|limit| *limit > 0);
                self.settings.pids_limit = limit.map(|limit| self.at(limit, &value.range));
            }
            "env" => self.env(value)?,
            "env-file" => self.env_file(value, from_files),
            _ => {}
        }
        Ok(())
    }

    fn mount(&mut self, option: &str, value: &Argument) {
        let text = value.text.as_str();
        // A path of Windows has a colon of its own, and quotes hold commas.
        let plain = value.is_sure() && !text.contains(['\\', '"']);
        if plain && let Some(why) = self.refused_mount(option, text) {
            return self.refuse(&value.range, format!("--{option} {:?}: {why}", short(text)));
        }
        let place = self.places.place(&value.range);
        match option {
            "mount" => self.settings.mounts_named(text, place),
            _ => self.settings.mounts_volume(text, place),
        }
    }

    /// Why the program takes no such volume, mount or tmpfs, beside those before it.
    fn refused_mount(&mut self, option: &str, text: &str) -> Option<&'static str> {
        let (refused, clash): (_, fn(_, _) -> bool) = match (self.line.grammar, option) {
            (Grammar::Podman, "tmpfs") => (None, podman::mounts::clash),
            (Grammar::Podman, "mount") => (podman::mounts::mount(text), podman::mounts::clash),
            (Grammar::Podman, _) => (podman::mounts::volume(text), podman::mounts::clash),
            (Grammar::Docker, "tmpfs") => {
                let target = text.split(':').next().unwrap_or_default();
                (mounts::refused_target(target), mounts::clash)
            }
            (Grammar::Docker, "mount") => (mounts::refused_mount(text), mounts::clash),
            (Grammar::Docker, _) => (mounts::refused_volume(text), mounts::clash),
            _ => return None,
        };
        let again = self.mounted.iter().any(|(other, there)| clash((other, there), (option, text)));
        self.mounted.push((option.to_owned(), text.to_owned()));
        refused.or(again.then_some("something is mounted there already"))
    }

    /// Whose namespace a mode says that it is in, where that is another's.
    fn joined(&self, mode: &Argument, hangs: String) -> Option<At<Joined>> {
        let known = mode.known();
        let of = ["container:", "ns:"].iter().any(|kind| known.starts_with(kind));
        let joined = match (mode.is_sure(), of) {
            (_, true) => Joined::Of(mode.text.clone()),
            (true, false) => return None,
            (false, false) => Joined::Unknown(hangs),
        };
        Some(self.at(joined, &mode.range))
    }

    /// The network of the host goes with no other (docker/cli `container/opts.go`, podman
    /// `pkg/specgen/namespaces.go`).
    fn network(&mut self, value: &Argument, hangs: String) -> Result<(), LineError> {
        // Docker has a long form, `name=host,alias=web`.
        let named = |part: &str| {
            part.split_once('=')
                .filter(|(key, _)| key.trim() == "name")
                .map(|(_, name)| name.trim() == "host")
        };
        let long = value.text.split(',').find_map(named).filter(|_| !self.is_podman());
        let host = value.is_sure() && long.unwrap_or(value.text == "host");
        let before = self.settings.host_network.as_ref().map(|at| at.value);
        let alone = self.line.grammar != Grammar::Service;
        if alone && before.is_some_and(|before| before || host) {
            let why = "the host's network goes with no other --network";
            return Err(LineError::of(value, why));
        }
        self.settings.joins_network = self.joined(value, hangs);
        self.settings.host_network = value.is_sure().then(|| self.at(host, &value.range));
        Ok(())
    }

    /// docker and podman look at a parameter before the engine does, and take fewer.
    fn sysctl(&mut self, value: &Argument, hangs: String) {
        let known = value.known();
        let (name, set) = known.split_once('=').unzip();
        if name.is_none() && !value.is_sure() {
            let hidden = self.at(hangs, &value.range);
            return self.settings.hidden_sysctls.push(hidden);
        }
        let looks = matches!(self.line.grammar, Grammar::Docker | Grammar::Podman | Grammar::Pod);
        let place = self.places.place(&value.range);
        if looks && !name.is_some_and(sysctl::is_an_option) {
            self.settings.refused_sysctls.push(At::new(short(known), place));
        } else {
            let set = set.filter(|_| value.is_sure());
            self.settings.set_sysctl(name.unwrap_or(known), set, place);
        }
    }

    /// Whether a mode of a namespace is one: docker/cli `opts.go` (`PidMode.Valid`), podman
    /// `pkg/specgen/namespaces.go`.
    fn is_namespace(&self, mode: &str) -> bool {
        let podman = mode == "private" || mode == "pod" || mode.starts_with("ns:");
        matches!(mode, "" | "host") || mode.starts_with("container:") || self.is_podman() && podman
    }

    fn switch(&mut self, option: &GivenOption, on: bool) {
        let value = Some(self.at(on, &option.word));
        match option.name.as_str() {
            "privileged" => {
                self.settings.settles(&[Setting::Privileged]);
                self.settings.privileged = value;
            }
            "read-only" => self.settings.read_only = value,
            "init" => self.settings.init = on,
            _ => {}
        }
    }

    fn userns(&mut self, value: &Argument, hangs: &str) -> Result<(), LineError> {
        self.settings.settles(&[Setting::Userns]);
        self.settings.userns = None;
        if !value.is_sure() {
            self.doubt(Setting::Userns, &value.range, hangs);
            return Ok(());
        }
        let mode = value.text.split(':').next().unwrap_or("");
        let userns = match (mode, self.is_podman()) {
            ("", _) => return Ok(()),
            (_, true) if self.maps_ids() && value.text != "private" => {
                let why = "--userns and the options that map ids exclude each other";
                return Err(LineError::of(value, why));
            }
            ("host", _) if value.text == "host" => Userns::Host,
            ("auto", true) => Userns::Own,
            ("private", true) if self.maps_ids() => Userns::Own,
            ("private", true) => {
                let why = "--userns=private needs --uidmap or --subuidname";
                return Err(LineError::of(value, why));
            }
            ("keep-id" | "nomap" | "container" | "ns", true) => Userns::Other(value.text.clone()),
            _ => {
                let text = short(&value.text);
                let why = format!("there is no user namespace mode {text:?} of --userns");
                return Err(LineError::of(value, why));
            }
        };
        self.settings.userns = Some(self.at(userns, &value.range));
        Ok(())
    }

    /// Notes what the program or its daemon refuses of a line that is one.
    fn refuse(&mut self, range: &Range<usize>, why: String) {
        let place = self.places.place(range);
        self.settings.refuse(why, place);
    }

    fn env(&mut self, value: &Argument) -> Result<(), LineError> {
        let (name, content) = match value.text.split_once('=') {
            Some((name, content)) if name.len() < value.sure || value.is_sure() => {
                (name, Some(content))
            }
            _ => (value.text.as_str(), None),
        };
        if name.is_empty() && value.is_sure() {
            let bare = self.is_podman() && value.text.is_empty();
            let refusal = LineError::of(value, "a variable without a name");
            return if bare { Ok(()) } else { Err(refusal) };
        }
        let content = match content {
            Some(content) => value.is_sure().then(|| content.to_owned()),
            // From the environment in which it runs.
            None => self.surroundings.variable(name),
        };
        let name = self.at(name.to_owned(), &value.range);
        self.settings.env.push((name, content));
        Ok(())
    }

    fn env_file(&mut self, value: &Argument, from_files: &mut Vec<(At<String>, Option<String>)>) {
        let text = match beside(&value.text) {
            None => Err("its name is not known".to_owned()),
            Some(path) => self.surroundings.open(&path, self.places.file()).map(|(_, text)| text),
        };
        match text {
            Ok(text) => {
                for line in text.lines() {
                    let line = line.trim_start();
                    if line.is_empty() || line.starts_with('#') {
                        continue;
                    }
                    let (name, content) =
                        line.split_once('=').map_or((line.trim_end(), None), |(name, content)| {
                            (name, Some(content.to_owned()))
                        });
                    let content = content.or_else(|| self.surroundings.variable(name));
                    self.surroundings.conceal(name, content.as_deref().unwrap_or_default());
                    from_files.push((self.at(name.to_owned(), &value.range), content));
                }
            }
            Err(why) => {
                let (file, why) = (short(&value.text), short(&why));
                let title = format!("the variables of {file} are not known: {why}");
                let place = self.places.place(&value.range);
                let detail = "They may ask for isolation.";
                self.add(catalogue::ENV_FILE_MISSING.at(place, title, detail));
            }
        }
    }

    fn unclear(&mut self) {
        let own = self.settings.seccomp.is_some() || self.settings.is_privileged();
        if let Some(range) = self.line.either.as_ref().filter(|_| !own) {
            // What else they do by themselves makes no difference here.
            let why = "a condition in the script decides which engine runs it, and docker and \
                podman have other seccomp profiles";
            self.doubt(Setting::Seccomp, range, why.to_owned());
        }
        for unclear in &self.line.unclear {
            let other = match self.line.grammar {
                Grammar::Docker => Some(Grammar::Podman),
                Grammar::Podman => Some(Grammar::Docker),
                _ => None,
            };
            let name = unclear.option.as_deref().map(|option| option.trim_start_matches('-'));
            let of_other = name.zip(other).is_some_and(|(name, other)| long(other, name).is_some());
            if let Some(name) = name.filter(|_| of_other) {
                let program = self.line.engine.program();
                let why = format!("{program} has no option --{}", short(name));
                let place = self.places.place(&unclear.range);
                self.settings.refuse(why, place);
            }
            let (title, why) = match &unclear.option {
                Some(option) => (
                    format!("the option {} is not known", short(option)),
                    "isodoc has to guess whether the next word is its value or the image; the \
                        other options are judged as written.",
                ),
                None => {
                    let text = short(&unclear.text);
                    for about in EVERY {
                        self.doubt(*about, &unclear.range, format!("options may come from {text}"));
                    }
                    continue;
                }
            };
            self.add(catalogue::UNKNOWN_OPTION.at(self.places.place(&unclear.range), title, why));
        }
    }

    /// What a compose file says of the service that is run here is judged there.
    fn of_service(&mut self) {
        if self.line.grammar != Grammar::ComposeRun {
            return;
        }
        self.settings.image = None;
        let name = self.line.image.as_ref().map_or("", |service| service.text.as_str());
        let why = format!("the compose file says the rest of the service {}", short(name));
        let user_given = self.settings.user.is_some();
        for about in EVERY.iter().filter(|about| !(user_given && **about == Setting::User)) {
            self.doubt(*about, &self.line.verb, why.as_str());
        }
    }

    fn command(&mut self) {
        let text = |word: &Argument| self.at(word.text.clone(), &word.range);
        let entrypoint = self.line.value("entrypoint");
        let entrypoint = entrypoint.filter(|entrypoint| !entrypoint.text.is_empty());
        let command = entrypoint.into_iter().chain(&self.line.command).map(text).collect();
        let image = self.line.image.as_ref().filter(|image| image.is_sure()).map(text);
        (self.settings.command, self.settings.image) = (command, image);
    }
}

/// The path of a file beside the one that is read, where that can be told: absolute, or relative to
/// the current directory.
fn beside(path: &str) -> Option<String> {
    let inside = ["$(pwd)", "${PWD}", "$PWD", "`pwd`"]
        .iter()
        .find_map(|here| path.strip_prefix(here)?.strip_prefix('/'));
    let path = inside.unwrap_or(path);
    let fixed = !path.is_empty() && !path.contains(['$', '`', '<']) && !path.starts_with('~');
    fixed.then(|| path.to_owned())
}

/// Whether a text is the number of whoever runs the command, and maybe that of the group.
fn is_whoever(text: &str) -> bool {
    const NUMBERS: &[&str] = &[
        "$(id -u)", "$(id -g)", "`id -u`", "`id -g`", "$UID", "${UID}", "$EUID", "$GID", "${GID}",
    ];
    text.split(':').all(|part| NUMBERS.contains(&part) || part.parse::<u32>().is_ok())
}

/// Whether a number is one that a user or a group can have; a name may be anything.
fn is_id(text: &str) -> bool {
    text.parse::<i64>().ok().is_none_or(|id| (0..=i64::from(i32::MAX)).contains(&id))
}

/// `--user NAME|UID[:GROUP|GID]`; `None` for an empty one.
pub(in crate::deploy) fn user(text: &str) -> Option<User> {
    let (name, group) =
        text.split_once(':').map_or((text, None), |(name, group)| (name, Some(group)));
    let gid = match group {
        Some("root") => Some(0),
        Some(group) => group.parse().ok(),
        None => None,
    };
    match name {
        "" if group.is_none() => None,
        "" | "root" => Some(User::Ids { uid: 0, gid }),
        name => Some(
            name.parse()
                .map_or_else(|_| User::Named(name.to_owned()), |uid| User::Ids { uid, gid }),
        ),
    }
}

/// What a container takes over from its pod (podman `libpod/container_config.go`, InfraInherit).
/// What the pod sets takes precedence over what the container does.
pub(in crate::deploy) fn inherit(settings: &mut Settings, pod: Settings) {
    settings.userns = settings.userns.take().or(pod.userns);
    settings.seccomp = pod.seccomp.or(settings.seccomp.take());
    settings.apparmor = pod.apparmor.or(settings.apparmor.take());
    settings.selinux = pod.selinux.or(settings.selinux.take());
    settings.no_new_privs = pod.no_new_privs.or(settings.no_new_privs.take());
    settings.devices.extend(pod.devices);
    settings.unknown.extend(pod.unknown);
}
