//! A job to containers: what its tasks say, as the drivers hand it to the engine (hashicorp/nomad
//! `drivers/docker/driver.go`, nomad-driver-podman `driver.go`).

use std::ops::Range;

use super::hcl::{self, Attribute, Body, Expression, HclBlock, HclMistake, HclValue};
use super::schema::{self, MayStand};
use super::{
    CAP_ADD, CAP_DROP, CONFIG, DEVICES, DIALECT, ENV, PIDS_LIMIT, PRIVILEGED, SECURITY, ULIMIT,
    USER, is_json, json,
};
use crate::deploy::command;
use crate::deploy::command::isolating::isolating;
use crate::deploy::command::line::LineError;
use crate::deploy::command::script::Script;
use crate::deploy::command::settings;
use crate::deploy::command::word::Argument;
use crate::deploy::container::{Container, Engine, WrittenAt};
use crate::deploy::defaults::capability;
use crate::deploy::dialect::Candidate;
use crate::deploy::host_proc::BindOptions;
use crate::deploy::mounts::MountSource;
use crate::deploy::place::{At, BadInput, Index};
use crate::deploy::read::{Deployment, Surroundings};
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::{Setting, Settings, StartObstacle};
use crate::deploy::yaml::within_bounds;

const VOLUMES: &str = "volumes";

/// The keys of a driver with one value, and their options.
const VALUES: &[(&str, &str)] = &[
    (PRIVILEGED, "--privileged="),
    ("readonly_rootfs", "--read-only="),
    ("userns_mode", "--userns="),
    ("userns", "--userns="),
    ("pid_mode", "--pid="),
    ("ipc_mode", "--ipc="),
    ("runtime", "--runtime="),
    ("work_dir", "--workdir="),
    ("working_dir", "--workdir="),
    (PIDS_LIMIT, "--pids-limit="),
    // Of podman.
    ("apparmor_profile", "--security-opt=apparmor="),
];
const LISTS: &[(&str, &str)] = &[
    (CAP_ADD, "--cap-add="),
    (CAP_DROP, "--cap-drop="),
    (VOLUMES, "--volume="),
    // Of podman.
    ("selinux_opts", "--security-opt=label="),
];

/// What the Docker driver lets a task add where nobody has told it more (`allow_caps`).
const ALLOWED: &[&str] = &[
    "audit_write", "chown", "dac_override", "fowner", "fsetid", "kill", "mknod",
    "net_bind_service", "setfcap", "setgid", "setpcap", "setuid", "sys_chroot",
];

/// Reads a file.
///
/// # Errors
/// When it is no HCL, or a driver would refuse a task.
pub(super) fn read(
    file: &Candidate<'_>,
    surroundings: &mut dyn Surroundings,
) -> Result<Deployment, BadInput> {
    let text = file.input.text;
    within_bounds(text)?;
    let index = Index::new(file.input.file, text);
    let bad = |(range, why): HclMistake| BadInput::at(index.of_file(range), why);
    let is_json = is_json(text);
    let body = match file.documents() {
        Ok([root, ..]) if is_json => json::body(root),
        _ => hcl::parse(text).map_err(|(range, why)| match is_template(text) {
            true => bad((range, format!("{why}: it is a template; render it first"))),
            false => bad((range, format!("not HCL: {why}"))),
        })?,
    };
    known(&body).map_err(bad)?;
    let mut deployment = Deployment::of(&DIALECT);
    for task in tasks(&body) {
        let mut reader = TaskReader { text, index: &index, task, config: config(task) };
        let (settings, engine, findings) = match reader.container(surroundings) {
            Ok(Some(own)) => own,
            Ok(None) => continue,
            Err(bad) => {
                deployment.broken = BadInput::first(deployment.broken, bad);
                continue;
            }
        };
        deployment.on_next(findings);
        deployment.containers.push(Container {
            name: task.labels.first().map_or("task", String::as_str).to_owned(),
            engine,
            dialect: &DIALECT,
            place: index.of_file(task.at.clone()),
            // What another driver makes of a setting is not known.
            spot: match settings.doubt(Setting::Runtime) {
                None if !is_json => WrittenAt::Text { at: task.at.start },
                _ => WrittenAt::None,
            },
            settings,
        });
    }
    deployment.judged()
}

/// Holds the jobs of a file, and what is in them, against what Nomad knows.
fn known(body: &Body) -> Result<(), HclMistake> {
    for job in body.all("job") {
        schema::check(&job.body, schema::JOB, "a job")?;
        for group in job.body.all("group") {
            schema::check(&group.body, schema::GROUP, "a group")?;
        }
    }
    tasks(body).try_for_each(|task| schema::check(&task.body, schema::TASK, "a task"))
}

/// Whether something is to be filled in outside of strings as well.
fn is_template(text: &str) -> bool {
    text.lines()
        .any(|line| line.trim_start().starts_with("[[") || line.trim_start().starts_with("{{"))
}

/// The tasks of the jobs of a file.
pub(super) fn tasks(body: &Body) -> impl Iterator<Item = &HclBlock> {
    body.all("job").flat_map(|job| {
        let groups = job.body.all("group").flat_map(|group| group.body.all("task"));
        job.body.all("task").chain(groups)
    })
}

/// What a task tells its driver.
pub(super) fn config(task: &HclBlock) -> Option<&Body> {
    task.body.all(CONFIG).next().map(|block| &block.body)
}

/// What has names in a body: a block, an object, or a list of them.
pub(super) fn named<'b>(body: &'b Body, name: &'b str) -> impl Iterator<Item = &'b Attribute> {
    fn objects(expression: &Expression) -> Vec<&Attribute> {
        match &expression.value {
            HclValue::Object(entries) => entries.iter().collect(),
            HclValue::List(items) => items.iter().flat_map(objects).collect(),
            _ => vec![],
        }
    }
    let of_block = body.all(name).flat_map(|block| &block.body.attributes);
    of_block.chain(body.get(name).into_iter().flat_map(objects))
}

/// The objects of a list, or blocks: what each of them has.
fn objects<'b>(body: &'b Body, name: &'b str) -> impl Iterator<Item = &'b [Attribute]> {
    fn of(expression: &Expression) -> Vec<&[Attribute]> {
        match &expression.value {
            HclValue::Object(entries) => vec![entries],
            HclValue::List(items) => items.iter().flat_map(of).collect(),
            _ => vec![],
        }
    }
    let blocks = body.all(name).map(|block| block.body.attributes.as_slice());
    blocks.chain(body.get(name).into_iter().flat_map(of))
}

pub(super) fn items(expression: &Expression) -> Option<&[Expression]> {
    if let HclValue::List(items) = &expression.value { Some(items) } else { None }
}

/// The items of a list; what has to be evaluated is one that is not known.
fn list<'b>(config: &'b Body, key: &str) -> &'b [Expression] {
    config.get(key).map_or(&[], |value| items(value).unwrap_or(std::slice::from_ref(value)))
}

struct TaskReader<'a> {
    text: &'a str,
    index: &'a Index<'a>,
    task: &'a HclBlock,
    config: Option<&'a Body>,
}

type OfTask = (Settings, Engine, Vec<crate::findings::Finding>);

impl TaskReader<'_> {
    /// What the task sets; `None` where it starts no container and isolates nothing.
    fn container(
        &mut self,
        surroundings: &mut dyn Surroundings,
    ) -> Result<Option<OfTask>, BadInput> {
        let driver = self.task.body.get("driver");
        let driver = match driver.map(|driver| &driver.value) {
            Some(HclValue::Text(driver, sure)) if *sure == driver.len() => driver.as_str(),
            _ => return Ok(None),
        };
        let (engine, known) = match driver {
            "docker" => (Engine::Docker, schema::DOCKER),
            "podman" => (Engine::Podman, schema::PODMAN),
            other => return Ok(self.of_other(other).map(|own| (own, Engine::Docker, vec![]))),
        };
        let bad =
            |refusal: LineError| BadInput::at(self.index.of_file(refusal.range), refusal.message);
        self.known(known, driver).map_err(bad)?;
        let words = self.words(engine).map_err(bad)?;
        let made = settings::of_words(&words, self.index, surroundings)?;
        let Some((mut settings, findings)) = made else { return Ok(None) };
        let config = self.config.unwrap_or(&self.task.body);
        for entry in named(config, "sysctl") {
            let value = match &entry.value.value {
                HclValue::Text(text, sure) if *sure == text.len() => Some(text.as_str()),
                _ => None,
            };
            settings.set_sysctl(&entry.name, value, self.index.of_file(entry.at.clone()));
        }
        for mount in ["mount", "mounts"].into_iter().flat_map(|kind| objects(config, kind)) {
            let get = |name: &str| mount.iter().find(|part| part.name == name);
            let text = |name: &str| match &get(name)?.value.value {
                HclValue::Text(text, _) => Some(text.as_str()),
                _ => None,
            };
            let (Some(target), Some(at)) = (text("target"), get("target")) else { continue };
            let place = self.index.of_file(at.value.range.clone());
            settings.mounts(target, MountSource::Unknown, false, place);
            if let Some(source) = text("source").filter(|_| text("type") == Some("bind")) {
                let on = get("readonly").map(|on| &on.value.value);
                let read_only = matches!(on, Some(HclValue::Bool(true)));
                let how = BindOptions { read_only, ..BindOptions::default() };
                settings.show_host(source, target, how, place);
            }
        }
        settings.command = self.command();
        if engine == Engine::Docker {
            self.allowed(&mut settings);
        }
        Ok(Some((settings, engine, findings)))
    }

    /// Holds what the task tells its driver against what that takes.
    fn known(&self, known: MayStand, driver: &str) -> Result<(), LineError> {
        let nothing = Body::default();
        let config = self.config.unwrap_or(&nothing);
        let what = format!("the driver {driver:?}, which would not start the task,");
        schema::check(config, known, &what).map_err(|(at, why)| LineError::at(&at, why))?;
        let why = format!("the driver {driver:?} does not start a task without an `image`");
        config.get("image").map(|_| ()).ok_or_else(|| LineError::at(&self.task.at, why))
    }

    /// What a task of another driver isolates with, of which only its driver knows in what.
    fn of_other(&self, driver: &str) -> Option<Settings> {
        let words = self.command();
        let first = words.first()?.place;
        let plain: Vec<String> = words.iter().map(|word| word.value.clone()).collect();
        let script = Script::whole(&command::joined(&plain), 0);
        let index = Index::new(self.index.file, &script.extract.text);
        let mut settings = Settings::default();
        isolating([&script].into_iter(), &index)?.within(first).put_into(&mut settings);
        let why = format!("the driver {driver:?} decides, which isodoc does not know");
        settings.leave_open(Setting::Runtime, first, why);
        Some(settings)
    }

    /// The words of the entrypoint and the command.
    fn command(&self) -> Vec<At<String>> {
        let Some(config) = self.config else { return vec![] };
        let of = |key: &str| match config.get(key) {
            Some(expression) => match items(expression) {
                Some(items) => items.iter().collect(),
                None => vec![expression],
            },
            None => vec![],
        };
        let all = ["entrypoint", "command", "args"].into_iter().flat_map(of);
        let word = |expression: &Expression| match &expression.value {
            HclValue::Text(text, _) => text.clone(),
            _ => self.raw(expression).to_owned(),
        };
        all.map(|one| At::new(word(one), self.index.of_file(one.range.clone()))).collect()
    }

    fn raw(&self, expression: &Expression) -> &str {
        self.text.get(expression.range.clone()).unwrap_or("")
    }

    /// A word with the value of an expression behind an option.
    fn word(
        &self,
        option: &str,
        key: &str,
        expression: &Expression,
    ) -> Result<Argument, LineError> {
        let (text, sure) = match &expression.value {
            HclValue::Text(text, sure) => (text.clone(), *sure),
            HclValue::Number(number) => (number.clone(), number.len()),
            HclValue::Bool(on) => (on.to_string(), on.to_string().len()),
            HclValue::Other => (self.raw(expression).to_owned(), 0),
            HclValue::List(_) | HclValue::Object(_) => {
                return Err(LineError::at(&expression.range, format!("{key} is not one value")));
            }
        };
        let text = format!("{option}{text}");
        Ok(Argument::of(&text, option.len() + sure, expression.range.clone()))
    }

    /// The words of the command that the task is like.
    fn words(&self, engine: Engine) -> Result<Vec<Argument>, LineError> {
        let at = self.task.at.clone();
        let fixed = |text: &str| Argument::of(text, text.len(), at.clone());
        let mut words = vec![fixed(engine.program()), fixed("create")];
        for entry in named(&self.task.body, ENV) {
            words.push(self.word(&format!("--env={}=", entry.name), ENV, &entry.value)?);
        }
        if let Some(user) = self.task.body.get(USER) {
            words.push(self.word("--user=", USER, user)?);
        }
        let Some(config) = self.config else { return Ok(words) };
        for (key, option) in VALUES {
            let empty = |value: &&Expression| self.raw(value) == "\"\"";
            let Some(value) = config.get(key).filter(|value| !empty(value)) else { continue };
            words.push(self.word(option, key, value)?);
        }
        let network = config.get("network_mode");
        if network.is_some_and(|mode| self.raw(mode) == "\"host\"") {
            words
                .extend(network.map(|mode| Argument::of("--network=host", 14, mode.range.clone())));
        }
        for (key, option) in LISTS {
            for item in list(config, key) {
                // A source that is no path from the root on is one below the task's directory.
                let below = matches!(&item.value, HclValue::Text(text, _)
                    if key == &VOLUMES && text.contains(':') && !text.starts_with(['/', '$']));
                let option = if below { "--volume=./" } else { option };
                words.push(self.word(option, key, item)?);
            }
        }
        for device in objects(config, DEVICES) {
            words.push(self.device(device)?);
        }
        for item in list(config, DEVICES) {
            if !matches!(item.value, HclValue::Object(_)) {
                words.push(self.word("--device=", DEVICES, item)?);
            }
        }
        for entry in named(config, ULIMIT) {
            words.push(self.word(&format!("--ulimit={}=", entry.name), ULIMIT, &entry.value)?);
        }
        for item in list(config, SECURITY) {
            self.takes_security(item, engine)?;
            words.push(self.word("--security-opt=", SECURITY, item)?);
        }
        if let Some(image) = config.get("image") {
            words.push(self.word("", "image", image)?);
        }
        Ok(words)
    }

    /// A device as an option has it.
    fn device(&self, parts: &[Attribute]) -> Result<Argument, LineError> {
        const PARTS: [&str; 3] = ["host_path", "container_path", "cgroup_permissions"];
        let at = parts.first().map_or(self.task.at.clone(), |part| part.at.clone());
        let part = |name: &str| parts.iter().rev().find(|part| part.name == name);
        let word = |name: &str| part(name).map(|part| self.word("", name, &part.value)).transpose();
        let [source, target, rights] = [word(PARTS[0])?, word(PARTS[1])?, word(PARTS[2])?];
        let sure = [&source, &target, &rights].into_iter().flatten().all(Argument::is_sure);
        let text = |word: Option<Argument>| word.map(|word| word.text).filter(|t| !t.is_empty());
        let source = text(source).unwrap_or_default();
        let target = text(target).unwrap_or_else(|| source.clone());
        let rights = text(rights).unwrap_or_else(|| "rwm".into());
        const OPTION: &str = "--device=";
        let text = format!("{OPTION}{source}:{target}:{rights}");
        Ok(Argument::of(&text, if sure { text.len() } else { OPTION.len() }, at))
    }

    /// What only the docker command understands, Nomad hands on as it is.
    fn takes_security(&self, item: &Expression, engine: Engine) -> Result<(), LineError> {
        let HclValue::Text(text, sure) = &item.value else { return Ok(()) };
        let client = matches!(SecurityOpt::parse(text), SecurityOpt::SystemPaths(_));
        if client && engine == Engine::Docker && *sure == text.len() {
            let why = "systempaths is an option of the docker command, which Nomad does not use: \
                the daemon refuses it";
            return Err(LineError::at(&item.range, why));
        }
        Ok(())
    }

    /// What a client has to allow before the Docker driver starts the task.
    fn allowed(&self, settings: &mut Settings) {
        let mut doubt = |about, what: &str, range: &Range<usize>| {
            let why = format!("the client decides: {what} of its plugin \"docker\"");
            settings.leave_open(about, self.index.of_file(range.clone()), why);
        };
        let Some(config) = self.config else { return };
        let is_on = |value: &&Expression| match &value.value {
            HclValue::Bool(on) => *on,
            HclValue::Text(text, sure) => {
                *sure == text.len() && !matches!(text.as_str(), "" | "false" | "0")
            }
            _ => false,
        };
        let privileged = [PRIVILEGED, "pid_mode", "ipc_mode", "userns_mode", "uts_mode"];
        if let Some(value) = privileged.iter().find_map(|key| config.get(key).filter(is_on)) {
            doubt(Setting::Privileged, "`allow_privileged`", &value.range);
        }
        let more = |item: &&Expression| match &item.value {
            HclValue::Text(text, sure) if *sure == text.len() => {
                !ALLOWED.iter().any(|known| capability(known) == capability(text))
            }
            _ => false,
        };
        let added = config.get(CAP_ADD).and_then(items).unwrap_or_default();
        if let Some(item) = added.iter().find(more) {
            doubt(Setting::Capabilities, "`allow_caps`", &item.range);
        }
        // What is below the task's own directory is always mounted (`containerBinds`).
        if let Some(place) = settings.of_host() {
            let why = "the client decides: `volumes.enabled` of its plugin \"docker\", without \
                       which the driver mounts no path of the host";
            settings.obstacles.push(At::new(StartObstacle::new(false, why.to_owned()), place));
        }
    }
}
