//! What the options of a command line set (docker/cli `cli/command/container/opts.go`, moby
//! `daemon/daemon_unix.go`, podman `pkg/specgenutil/specgen.go`, docker-run(1), podman-run(1)).

use std::ops::Range;

use super::line::{GivenOption, Line, LineError, short};
use super::options::{Grammar, long};
use super::word::Argument;
use crate::deploy::container::Engine;
use crate::deploy::defaults;
use crate::deploy::limits;
use crate::deploy::logs;
use crate::deploy::mounts::{self, MountSource};
use crate::deploy::place::{At, FileId, Place};
use crate::deploy::podman;
use crate::deploy::read::Surroundings;
use crate::deploy::security_opt::{SecurityOpt, parse_bool};
use crate::deploy::setting::{Joined, Label, Masks, Profile, Setting, Settings, User, Userns};
use crate::deploy::sysctl;
use crate::findings::{Finding, catalogue};

/// Places in the file of what stands in the text that was walked.
pub(crate) trait Places {
    fn place(&self, range: &Range<usize>) -> Place;
    fn file(&self) -> FileId;
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
    // What --env says goes before what files say, wherever it stands.
    from_files.append(&mut reader.settings.env);
    reader.settings.env = from_files;
    reader.added_and_dropped()?;
    reader.exclusions();
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
        self.settings.leaves_open(about, self.places.place(range), why);
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
        let Some(value) = option.value.clone() else {
            return self.switch(option, true);
        };
        let hangs = || format!("--{} depends on {}", option.name, short(&value.text));
        if value.is_sure() {
            self.limit(option, &value);
        }
        match option.name.as_str() {
            name @ ("privileged" | "read-only" | "help" | "rm" | "init" | "interactive" | "tty"
            | "detach") => {
                if value.is_sure() {
                    let on = parse_bool(&value.text).ok_or_else(|| {
                        LineError::at(
                            &value.range,
                            format!(
                                "--{name} is either true or false, not {:?}",
                                short(&value.text)
                            ),
                        )
                    })?;
                    return self.switch(option, on);
                }
                if name == "privileged" {
                    self.doubt(Setting::Privileged, &value.range, hangs());
                }
            }
            "cap-add" | "cap-drop" => self.capabilities(option, &value)?,
            "security-opt" => self.security(&value)?,
            "user" => {
                let ids: Vec<&str> = value.text.split(':').collect();
                let odd = ids.len() > 2 || value.text.contains(char::is_whitespace);
                if value.is_sure() && (odd || ids.iter().any(|id| !is_id(id))) {
                    let why = format!("--user {:?}: there is no such id", short(&value.text));
                    self.refuse(&value.range, why);
                }
                // The last one counts.
                let is_user = |about| matches!(about, Setting::User | Setting::Uid);
                self.settings.unknown.retain(|doubt| !is_user(doubt.value.about));
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
            "userns" => self.userns(&value, &hangs())?,
            "uidmap" | "subuidname" if self.settings.userns.is_none() => {
                self.settings.userns = Some(self.at(Userns::Own, &value.range));
            }
            "pid" if value.is_sure() && !self.is_namespace(&value.text) => {
                return Err(LineError::at(
                    &value.range,
                    format!("there is no mode {:?} of --pid", short(&value.text)),
                ));
            }
            "pid" => {
                self.settings.host_pid =
                    value.is_sure().then(|| self.at(value.text == "host", &value.range))
            }
            "ipc" => {
                let (host, joined) = (value.text == "host", self.joined(&value, hangs()));
                self.settings.joins_ipc = joined;
                self.settings.host_ipc = value.is_sure().then(|| self.at(host, &value.range));
            }
            "net" | "network" => self.network(&value, hangs())?,
            "runtime" => {
                self.settings.set_runtime(self.at(value.text.clone(), &value.range));
            }
            "ulimit" => self.ulimit(&value)?,
            "sysctl" => self.sysctl(&value, hangs()),
            name @ ("volume" | "mount") => self.mount(name, &value),
            "device" | "device-cgroup-rule" if !value.is_sure() => {
                self.doubt(Setting::Devices, &value.range, hangs());
            }
            "device" => self.settings.gives_device(&value.text, self.places.place(&value.range)),
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
                self.settings.mounts(target, MountSource::Other, false, place);
            }
            "pids-limit" | "limit-pids" if value.is_sure() => {
                let limit: i64 = value.text.parse().map_err(|_| {
                    LineError::at(
                        &value.range,
                        format!("--pids-limit is a number, not {:?}", short(&value.text)),
                    )
                })?;
                self.settings.pids_limit = u64::try_from(limit)
                    .ok()
                    .filter(|limit| *limit > 0)
                    .map(|limit| self.at(limit, &value.range));
            }
            "env" => self.env(&value)?,
            "env-file" => self.env_file(&value, from_files),
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
            return Err(LineError::at(&value.range, why));
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
            self.settings.sets_sysctl(name.unwrap_or(known), set, place);
        }
    }

    /// Whether a mode of a namespace is one: docker/cli `opts.go` (`PidMode.Valid`), podman
    /// `pkg/specgen/namespaces.go`.
    fn is_namespace(&self, mode: &str) -> bool {
        let podman = mode == "private" || mode == "pod" || mode.starts_with("ns:");
        matches!(mode, "" | "host") || mode.starts_with("container:") || self.is_podman() && podman
    }

    fn switch(&mut self, option: &GivenOption, on: bool) -> Result<(), LineError> {
        let value = Some(self.at(on, &option.word));
        match option.name.as_str() {
            "privileged" => {
                self.settings.unknown.retain(|doubt| doubt.value.about != Setting::Privileged);
                self.settings.privileged = value;
            }
            "read-only" => self.settings.read_only = value,
            _ => {}
        }
        Ok(())
    }

    fn capabilities(&mut self, option: &GivenOption, value: &Argument) -> Result<(), LineError> {
        // podman and nerdctl take lists with commas, docker takes the word as one name.
        let lists = matches!(self.line.grammar, Grammar::Podman | Grammar::Nerdctl);
        let names: Vec<&str> = if lists {
            value.text.split(',').map(str::trim).collect()
        } else {
            vec![value.text.as_str()]
        };
        if !value.is_sure() {
            self.doubt(
                Setting::Capabilities,
                &value.range,
                format!("--{} depends on {}", option.name, short(&value.text)),
            );
            return Ok(());
        }
        for name in names {
            let all = name.eq_ignore_ascii_case("ALL") || name.eq_ignore_ascii_case("CAP_ALL");
            if !all && defaults::capability(name).is_none() {
                let hint =
                    if name.contains(',') { "; docker takes one name for each option" } else { "" };
                return Err(LineError::at(
                    &value.range,
                    format!("there is no capability {:?}{hint}", short(name)),
                ));
            }
            let entry = self.at(name.to_owned(), &value.range);
            if option.name == "cap-add" {
                self.settings.cap_add.push(entry)
            } else {
                self.settings.cap_drop.push(entry)
            }
        }
        Ok(())
    }

    /// podman refuses to both add and drop a capability (containers/common `pkg/capabilities`).
    fn added_and_dropped(&self) -> Result<(), LineError> {
        if !self.is_podman() {
            return Ok(());
        }
        let bits = |names: &[At<String>]| {
            names
                .iter()
                .filter_map(|name| defaults::capability(&name.value))
                .fold(0u64, |bits, bit| bits | 1 << bit)
        };
        let both = bits(&self.settings.cap_add) & bits(&self.settings.cap_drop);
        let mut options = self
            .line
            .options
            .iter()
            .filter(|option| option.name == "cap-drop")
            .filter_map(|option| option.value.as_ref());
        let is_it = |value: &&Argument| {
            value.text.split(',').any(|name| {
                defaults::capability(name.trim()).is_some_and(|bit| both & 1 << bit != 0)
            })
        };
        match options.find(is_it) {
            Some(value) => Err(LineError::at(
                &value.range,
                format!("{:?} is both added and dropped", short(&value.text)),
            )),
            None => Ok(()),
        }
    }

    fn userns(&mut self, value: &Argument, hangs: &str) -> Result<(), LineError> {
        self.settings.unknown.retain(|doubt| doubt.value.about != Setting::Userns);
        self.settings.userns = None;
        if !value.is_sure() {
            self.doubt(Setting::Userns, &value.range, hangs);
            return Ok(());
        }
        let mode = value.text.split(':').next().unwrap_or("");
        let userns = match (mode, self.is_podman()) {
            ("", _) => return Ok(()),
            (_, true) if self.maps_ids() && value.text != "private" => {
                return Err(LineError::at(
                    &value.range,
                    "--userns and the options that map ids exclude each other",
                ));
            }
            ("host", _) if value.text == "host" => Userns::Host,
            ("auto", true) => Userns::Own,
            ("private", true) if self.maps_ids() => Userns::Own,
            ("private", true) => {
                return Err(LineError::at(
                    &value.range,
                    "--userns=private needs --uidmap or --subuidname",
                ));
            }
            ("keep-id" | "nomap" | "container" | "ns", true) => Userns::Other(value.text.clone()),
            _ => {
                return Err(LineError::at(
                    &value.range,
                    format!("there is no user namespace mode {:?} of --userns", short(&value.text)),
                ));
            }
        };
        self.settings.userns = Some(self.at(userns, &value.range));
        Ok(())
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each option of --security-opt")]
    fn security(&mut self, value: &Argument) -> Result<(), LineError> {
        let text = value.text.as_str();
        let invalid = |why: &str| {
            LineError::at(&value.range, format!("--security-opt {:?}: {why}", short(text)))
        };
        let separator = SecurityOpt::separator(text);
        let sure = value.is_sure();
        if !sure && separator.is_none_or(|at| at >= value.sure) {
            for about in [Setting::Seccomp, Setting::AppArmor, Setting::Masks] {
                self.doubt(
                    about,
                    &value.range,
                    format!("--security-opt depends on {}", short(text)),
                );
            }
            return Ok(());
        }
        let (key, content) = match separator.and_then(|at| text.split_at_checked(at)) {
            Some((key, rest)) => (key, rest.get(1..)),
            None => (text, None),
        };
        let colon = separator.is_some_and(|at| text.as_bytes().get(at) == Some(&b':'));
        if colon && !matches!(key, "label" | "") {
            self.add(catalogue::SECURITY_OPT_COLON.at(
                self.places.place(&value.range),
                format!("--security-opt {} uses the deprecated `:` separator", short(text)),
                "Write NAME=VALUE: the colon has been deprecated since Docker 17.04.",
            ));
        }
        let hangs = || format!("--security-opt {key} depends on {}", short(content.unwrap_or("")));
        let podman = self.is_podman();
        match SecurityOpt::parse(text) {
            SecurityOpt::NoNewPrivileges(on) => {
                if on.is_none() && sure {
                    return Err(invalid("it is either true or false"));
                }
                self.settings.no_new_privs =
                    on.filter(|_| sure).map(|on| self.at(on, &value.range));
            }
            SecurityOpt::Bare("privileged-without-host-devices" | "writable-cgroups")
                if self.line.grammar == Grammar::Nerdctl => {}
            SecurityOpt::Bare(_) => return Err(invalid("a value is missing")),
            _ if content == Some("") && !podman => return Err(invalid("a value is missing")),
            // The default.
            SecurityOpt::Seccomp(profile) | SecurityOpt::AppArmor(profile)
                if profile.is_empty() => {}
            SecurityOpt::Seccomp(profile) => {
                self.settings.unknown.retain(|doubt| doubt.value.about != Setting::Seccomp);
                self.seccomp(&profile, &value.range);
            }
            SecurityOpt::AppArmor(profile) => {
                self.settings.unknown.retain(|doubt| doubt.value.about != Setting::AppArmor);
                self.settings.apparmor = None;
                if !sure {
                    self.doubt(Setting::AppArmor, &value.range, hangs());
                    return Ok(());
                }
                let profile = match &*profile {
                    "unconfined" => Profile::Unconfined,
                    "docker-default" if !podman => Profile::Default,
                    name => Profile::Named(name.to_owned(), None),
                };
                self.settings.apparmor = Some(self.at(profile, &value.range));
            }
            SecurityOpt::Label(label) => {
                let kind = label.strip_prefix("type:").map(|name| Label::Type(name.to_owned()));
                let label = if label == "disable" { Some(Label::Disabled) } else { kind };
                if let Some(label) = label {
                    self.settings.selinux = Some(self.at(label, &value.range));
                }
            }
            // docker takes this in the client, and there only with the equals sign.
            SecurityOpt::SystemPaths(paths) => {
                if paths != "unconfined" && sure || !podman && colon {
                    return Err(invalid("it is systempaths=unconfined or nothing"));
                }
                if sure {
                    self.unmask.push(self.at("ALL".into(), &value.range));
                } else {
                    self.doubt(Setting::Masks, &value.range, hangs());
                }
            }
            SecurityOpt::Mask(_) | SecurityOpt::Unmask(_) if podman && !sure => {
                self.doubt(Setting::Masks, &value.range, hangs())
            }
            SecurityOpt::Mask(paths) if podman => {
                let paths: Vec<_> =
                    paths.split(':').map(|path| self.at(path.to_owned(), &value.range)).collect();
                self.mask.extend(paths);
            }
            SecurityOpt::Unmask(paths) if podman => {
                let paths: Vec<_> =
                    paths.split(':').map(|path| self.at(path.to_owned(), &value.range)).collect();
                self.unmask.extend(paths);
            }
            SecurityOpt::Other("proc-opts") if podman => {}
            SecurityOpt::Other("writable-cgroups") if !podman => {
                if sure && content.is_some_and(|on| parse_bool(on).is_none()) {
                    return Err(invalid("it is either true or false"));
                }
            }

            // What is not known at all may be anything.
            SecurityOpt::Other("") if !sure => self.doubt(Setting::Seccomp, &value.range, hangs()),
            _ => {
                let program = self.line.engine.program();
                return Err(invalid(&format!("{program} knows no option of this name")));
            }
        }
        Ok(())
    }

    fn seccomp(&mut self, profile: &str, range: &Range<usize>) {
        self.settings.seccomp = None;
        let value = match profile {
            "unconfined" => Profile::Unconfined,
            "builtin" if !self.is_podman() => Profile::Default,
            path => {
                if !path.starts_with('/') {
                    self.add(catalogue::SECCOMP_PROFILE_RELATIVE.at(
                        self.places.place(range),
                        format!(
                            "the seccomp profile {} is looked for in the current \
                            directory",
                            short(path)
                        ),
                        "The engine resolves the path against the directory that it is started \
                            in; isodoc looks beside this file.",
                    ));
                }
                let text = match beside(path) {
                    None => {
                        Err(format!("the path of the seccomp profile depends on {}", short(path)))
                    }
                    Some(beside) => {
                        self.surroundings.open(&beside, self.places.file()).map(|(_, text)| text)
                    }
                };
                match text {
                    Ok(text) => {
                        if let Err(why) = crate::deploy::profile::read(&text) {
                            self.doubt(Setting::Seccomp, range, format!("{}: {why}", short(path)));
                        }
                        Profile::Named(path.to_owned(), Some(text))
                    }
                    Err(why) => {
                        let title = format!(
                            "the seccomp profile {} cannot be read: {}",
                            short(path),
                            short(&why)
                        );
                        let detail = "The answer depends on it, and the engine does not start the \
                            container without it.";
                        self.add(catalogue::PROFILE_FILE_MISSING.at(
                            self.places.place(range),
                            title.clone(),
                            detail,
                        ));
                        self.doubt(Setting::Seccomp, range, title);
                        Profile::Named(path.to_owned(), None)
                    }
                }
            }
        };
        self.settings.seccomp = Some(self.at(value, range));
    }

    fn ulimit(&mut self, value: &Argument) -> Result<(), LineError> {
        if !value.is_sure() {
            return Ok(());
        }
        if self.is_podman() && value.text == "host" {
            return Ok(());
        }
        let lower = value.text.to_ascii_lowercase();
        let bare = lower.strip_prefix("rlimit_").unwrap_or(&lower);
        let text = if self.is_podman() { bare } else { &value.text };
        let (name, limit) = text.split_once('=').unwrap_or((text, ""));
        let Some((soft, _)) = limits::ulimit(limit).filter(|_| limits::is_ulimit(name)) else {
            let why = "is not NAME=SOFT[:HARD], the soft limit the lower one";
            let why = format!("--ulimit {:?} {why}", short(&value.text));
            if name == "nproc" {
                return Err(LineError::at(&value.range, why));
            }
            self.refuse(&value.range, why);
            return Ok(());
        };
        if name == "nproc" {
            self.settings.nproc = u64::try_from(soft).ok().map(|soft| self.at(soft, &value.range));
        }
        let starves = limits::starves(name, soft).map(|why| self.at(why, &value.range));
        self.settings.obstacles.extend(starves);
        Ok(())
    }

    /// Notes what the program or its daemon refuses of a line that is one.
    fn refuse(&mut self, range: &Range<usize>, why: String) {
        let place = self.places.place(range);
        self.settings.is_refused(why, place);
    }

    /// A limit, and what it says together with the others.
    fn limit(&mut self, option: &GivenOption, value: &Argument) {
        let engine = match self.line.grammar {
            Grammar::Docker => Some(Engine::Docker),
            Grammar::Podman => Some(Engine::Podman),
            _ => None,
        };
        let given = |name: &str| {
            let mut options = self.line.options.iter().rev().filter(|other| other.name == name);
            options.next()?.value.as_ref()
        };
        let says = |name: &str| given(name).is_some_and(|value| !value.text.is_empty());
        if let Some(why) = limits::refused(&option.name, &value.text, engine, says) {
            self.settings.obstacles.push(self.at(why, &value.range));
            return;
        }
        let size = |name: &str| limits::size(&given(name).filter(|value| value.is_sure())?.text);
        let open = given("memory").is_some_and(|memory| !memory.is_sure());
        let together =
            limits::memory(size("memory"), size("memory-swap"), size("memory-reservation"));
        let is_of_memory = option.name.starts_with("memory") && !open && engine.is_some();
        if let Some(why) = together.filter(|_| is_of_memory) {
            self.refuse(&value.range, why);
        }
    }

    /// The log of Docker: a driver and options for it.
    fn log(&mut self) {
        let line = self.line;
        let given = |name: &'static str| {
            let of_name = line.options.iter().filter(move |option| option.name == name);
            of_name.filter_map(|option| option.value.as_ref())
        };
        let driver = given("log-driver").next_back().filter(|driver| driver.is_sure());
        let Some(driver) = driver.filter(|_| line.grammar == Grammar::Docker) else { return };
        let options: Vec<_> = given("log-opt").collect();
        let Some(last) = options.last() else { return };
        let parts = options.iter().map(|option| {
            let known = option.known();
            let (key, value) = known.split_once('=').unwrap_or((known, ""));
            (key, option.is_sure().then_some(value))
        });
        let parts: Vec<_> = parts.collect();
        // The client takes none for it.
        let none = (driver.text == "none").then(|| "the log none takes no options".to_owned());
        let named = options.iter().all(|option| option.is_sure() || option.known().contains('='));
        if let Some(why) = none.or_else(|| logs::refused(&driver.text, &parts)).filter(|_| named) {
            self.refuse(&last.range, why);
        }
    }

    /// Options that exclude each other.
    fn exclusions(&mut self) {
        let engine = match self.line.grammar {
            Grammar::Docker => Engine::Docker,
            Grammar::Podman => Engine::Podman,
            _ => return,
        };
        let line = self.line;
        let on = |name: &str| {
            line.options.iter().any(|option| {
                let value = option.value.as_ref();
                let on = value.is_none_or(|value| parse_bool(&value.text) == Some(true));
                option.name == name && on
            })
        };
        let is_network = |option: &&GivenOption| ["net", "network"].contains(&&*option.name);
        let networks: Vec<&GivenOption> = line.options.iter().filter(is_network).collect();
        let network = match networks.as_slice() {
            [] => Some(""),
            [one] => one.value.as_ref().filter(|at| at.is_sure()).map(|at| at.text.as_str()),
            _ => None,
        };
        for option in line.options.iter().filter(|option| !option.text().is_empty()) {
            let other =
                |network: &&str| limits::is_for_other_networks(engine, &option.name, network);
            if network.filter(other).is_some() {
                let why = format!("--{} is for other networks than that one", option.name);
                self.refuse(&option.word, why);
            }
            let excluded = |switch: &&'static str| {
                on(switch) && limits::excludes(engine, switch, &option.name, option.text())
            };
            if let Some(switch) = ["rm", "no-healthcheck"].into_iter().find(excluded) {
                let why = format!("--{} and --{switch} exclude each other", option.name);
                self.refuse(&option.word, why);
            }
        }
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
            let refusal = LineError::at(&value.range, "a variable without a name");
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
            Err(why) => self.add(catalogue::ENV_FILE_MISSING.at(
                self.places.place(&value.range),
                format!("the variables of {} are not known: {}", short(&value.text), short(&why)),
                "They may ask for isolation.",
            )),
        }
    }

    fn masks(&mut self) {
        let paths =
            |list: &[At<String>]| list.iter().map(|path| path.value.clone()).collect::<Vec<_>>();
        let masks = match (self.unmask.first(), self.mask.first()) {
            (None, None) => return,
            (Some(_), Some(mask)) => {
                let why = "both mask and unmask are given";
                return self.settings.leaves_open(Setting::Masks, mask.place, why);
            }
            (None, Some(first)) => At::new(Masks::And(paths(&self.mask)), first.place),
            (Some(first), None) => {
                let all = self.unmask.iter().find(|path| path.value.eq_ignore_ascii_case("all"));
                all.map_or_else(
                    || At::new(Masks::Without(paths(&self.unmask)), first.place),
                    |all| At::new(Masks::None, all.place),
                )
            }
        };
        self.settings.masks = Some(masks);
    }

    fn unclear(&mut self) {
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
                self.settings.is_refused(why, place);
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
        let entrypoint = self
            .line
            .options
            .iter()
            .rev()
            .find(|option| option.name == "entrypoint")
            .and_then(|option| option.value.as_ref());
        let entrypoint = entrypoint.filter(|entrypoint| !entrypoint.text.is_empty());
        let words = entrypoint.into_iter().chain(&self.line.command);
        self.settings.command = words.map(|word| self.at(word.text.clone(), &word.range)).collect();
        self.settings.image = self
            .line
            .image
            .as_ref()
            .filter(|image| image.is_sure())
            .map(|image| self.at(image.text.clone(), &image.range));
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
/// What the pod sets goes before what the container does.
pub(in crate::deploy) fn inherit(settings: &mut Settings, pod: Settings) {
    settings.userns = settings.userns.take().or(pod.userns);
    settings.seccomp = pod.seccomp.or(settings.seccomp.take());
    settings.apparmor = pod.apparmor.or(settings.apparmor.take());
    settings.selinux = pod.selinux.or(settings.selinux.take());
    settings.no_new_privs = pod.no_new_privs.or(settings.no_new_privs.take());
    settings.devices.extend(pod.devices);
    settings.unknown.extend(pod.unknown);
}
