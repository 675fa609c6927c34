//! A config.toml to containers. The runner hands its settings to the daemon itself, not to the
//! `docker` command, which does more with some of them.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{CAP_ADD, CAP_DROP, DEVICES, DIALECT, ENVIRONMENT, PRIVILEGED, SECURITY, ULIMIT, USER};
use crate::deploy::command::settings;
use crate::deploy::command::word::Argument;
use crate::deploy::container::{Container, Engine, WrittenAt};
use crate::deploy::dialect::Candidate;
use crate::deploy::place::{BadInput, Index};
use crate::deploy::read::{Deployment, Surroundings};
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::yaml;

/// A value and where it stands.
pub(super) type TomlNode<'t> = Spanned<DeValue<'t>>;

/// What is wrong, and where.
type TomlMistake = (Range<usize>, String);

/// The executors that start containers of Docker with these settings.
const EXECUTORS: &[&str] = &["docker", "docker+machine", "docker-autoscaler", "docker-ssh"];

/// The keys that are strings, and those that are lists of strings, and their options.
const STRINGS: &[(&str, &str)] = &[
    (USER, "--user="),
    ("userns_mode", "--userns="),
    ("network_mode", "--network="),
    ("runtime", "--runtime="),
];
const LISTS: &[(&str, &str)] = &[
    (CAP_ADD, "--cap-add="),
    (CAP_DROP, "--cap-drop="),
    ("volumes", "--volume="),
    (DEVICES, "--device="),
    ("device_cgroup_rules", "--device-cgroup-rule="),
];

/// Reads a file.
///
/// # Errors
/// When it is no TOML, or the daemon would refuse the containers.
pub(super) fn read(
    file: &Candidate<'_>,
    surroundings: &mut dyn Surroundings,
) -> Result<Deployment, BadInput> {
    let text = file.input.text;
    yaml::within_bounds(text)?;
    let index = Index::new(file.input.file, text);
    let bad = |(range, why): TomlMistake| BadInput::at(index.of_file(range), why);
    let root = parse(text).map_err(bad)?;
    let mut deployment = Deployment::of(&DIALECT);
    for (number, runner) in runners(&root).map_err(bad)?.into_iter().enumerate() {
        let Some(docker) = docker(runner).map_err(bad)? else { continue };
        let words = words(runner, &docker).map_err(bad)?;
        let made = settings::of_words(&words, &index, surroundings)?;
        let Some((mut settings, findings)) = made else { continue };
        // The daemon gets them as they are.
        let sysctls = docker.table.get("sysctls").and_then(|table| table.get_ref().as_table());
        for (name, value) in sysctls.into_iter().flatten() {
            let text = value.get_ref().as_str();
            settings.set_sysctl(name.get_ref(), text, index.of_file(value.span()));
        }
        deployment.on_next(findings);
        let name = runner.get("name").and_then(|name| name.get_ref().as_str());
        deployment.containers.push(Container {
            name: name.map_or_else(|| format!("runners[{number}]"), str::to_owned),
            engine: Engine::Docker,
            dialect: &DIALECT,
            place: index.of_file(docker.at.clone()),
            spot: WrittenAt::Text { at: docker.at.start },
            settings,
        });
    }
    Ok(deployment)
}

pub(super) fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, TomlMistake> {
    DeTable::parse(text).map_err(|why| {
        (why.span().unwrap_or(0..0), format!("not TOML: {}", why.message().replace('\n', ", ")))
    })
}

pub(super) fn runners<'a, 't>(
    root: &'a Spanned<DeTable<'t>>,
) -> Result<Vec<&'a DeTable<'t>>, TomlMistake> {
    let Some(all) = root.get_ref().get("runners") else { return Ok(vec![]) };
    let wrong = |at: &TomlNode<'_>| (at.span(), "runners is not written as [[runners]]".to_owned());
    let items = all.get_ref().as_array().ok_or_else(|| wrong(all))?;
    items.iter().map(|item| item.get_ref().as_table().ok_or_else(|| wrong(item))).collect()
}

/// The settings of a runner's containers.
pub(super) struct DockerTable<'a, 't> {
    /// Where its key stands.
    pub at: Range<usize>,
    /// What it says.
    pub table: &'a DeTable<'t>,
}

/// Those of a runner, where it starts containers of Docker.
pub(super) fn docker<'a, 't>(
    runner: &'a DeTable<'t>,
) -> Result<Option<DockerTable<'a, 't>>, TomlMistake> {
    let executor = match runner.get("executor") {
        Some(executor) => Some(string(executor, "executor")?),
        None => None,
    };
    let Some((key, value)) = runner.get_key_value("docker") else { return Ok(None) };
    let table = value.get_ref().as_table();
    let table = table.ok_or_else(|| (value.span(), "docker is no table".to_owned()))?;
    let is_docker = executor.is_none_or(|executor| EXECUTORS.contains(&executor));
    Ok(is_docker.then_some(DockerTable { at: key.span(), table }))
}

pub(super) fn string<'a>(value: &'a TomlNode<'_>, what: &str) -> Result<&'a str, TomlMistake> {
    let text = value.get_ref().as_str();
    text.ok_or_else(|| (value.span(), format!("{what} is not a string")))
}

/// The items of a list.
pub(super) fn strings<'a, 't>(
    table: &'a DeTable<'t>,
    key: &str,
) -> Result<Vec<(&'a str, Range<usize>)>, TomlMistake> {
    let Some(value) = table.get(key) else { return Ok(vec![]) };
    let items = value.get_ref().as_array();
    let items = items.ok_or_else(|| (value.span(), format!("{key} is not a list of strings")))?;
    items.iter().map(|item| Ok((string(item, key)?, item.span()))).collect()
}

/// The words of the command that the settings are like.
fn words(runner: &DeTable<'_>, docker: &DockerTable<'_, '_>) -> Result<Vec<Argument>, TomlMistake> {
    let table = docker.table;
    let fixed = |text: &str| Argument::of(text, text.len(), docker.at.clone());
    let mut words = vec![fixed("docker"), fixed("create")];
    let mut word = |text: String, range| words.push(Argument::of(&text, text.len(), range));
    for (item, range) in strings(runner, ENVIRONMENT)? {
        word(format!("--env={item}"), range);
    }
    if let Some(value) = table.get(PRIVILEGED) {
        let on = value.get_ref().as_bool();
        let on = on.ok_or_else(|| (value.span(), format!("{PRIVILEGED} is not a boolean")))?;
        word(format!("--privileged={on}"), value.span());
    }
    for (key, option) in STRINGS {
        let Some(value) = table.get(*key) else { continue };
        let text = string(value, key)?;
        if !text.is_empty() {
            word(format!("{option}{text}"), value.span());
        }
    }
    for (key, option) in LISTS {
        for (item, range) in strings(table, key)? {
            word(format!("{option}{item}"), range);
        }
    }
    if let Some(limits) = table.get(ULIMIT) {
        let entries = limits.get_ref().as_table();
        let entries = entries.ok_or_else(|| (limits.span(), format!("{ULIMIT} is no table")))?;
        for (name, value) in entries {
            let text = string(value, ULIMIT)?;
            word(format!("--ulimit={}={text}", name.get_ref()), value.span());
        }
    }
    for (item, range) in strings(table, SECURITY)? {
        words.push(security(item, range)?);
    }
    match table.get("image") {
        Some(image) => {
            let text = string(image, "image")?;
            words.push(Argument::of(text, text.len(), image.span()));
        }
        // That of the job.
        None => words.push(fixed("image")),
    }
    Ok(words)
}

/// An entry of `security_opt`, which the daemon gets as it is.
fn security(item: &str, range: Range<usize>) -> Result<Argument, TomlMistake> {
    const OPTION: &str = "--security-opt=";
    let text = format!("{OPTION}{item}");
    match SecurityOpt::parse(item) {
        SecurityOpt::SystemPaths(_) => {
            let why = "systempaths is an option of the docker command, which the runner does not \
                use: the daemon refuses it";
            Err((range, why.to_owned()))
        }
        SecurityOpt::Seccomp(profile) if profile.starts_with('{') => {
            let sure = text.len() - profile.len();
            Ok(Argument::of(&text, sure, range))
        }
        SecurityOpt::Seccomp(profile) if !matches!(&*profile, "unconfined" | "builtin" | "") => {
            let why = "the daemon takes a seccomp profile itself here, not the path of one";
            Err((range, why.to_owned()))
        }
        _ => Ok(Argument::of(&text, text.len(), range)),
    }
}
