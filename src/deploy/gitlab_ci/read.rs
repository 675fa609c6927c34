//! The containers of a pipeline. What a job takes over from others is looked up, not put together:
//! `extends`, `default` and `!reference` (docs.gitlab.com, "YAML optimization").

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use super::{DEFAULT, DIALECT, IMAGE, SERVICES, is_job};
use crate::deploy::command;
use crate::deploy::command::isolating::{Isolating, isolating};
use crate::deploy::command::settings::user;
use crate::deploy::command::yaml_scripts::written;
use crate::deploy::container::{Container, Engine, WrittenAt};
use crate::deploy::dialect::Candidate;
use crate::deploy::place::{At, BadInput, Index, Place};
use crate::deploy::read::{Deployment, Surroundings};
use crate::deploy::setting::{Setting, Settings};
use crate::deploy::yaml::{self, Node, string};
use crate::findings::{Finding, catalogue};

/// How deep jobs may extend others, and lists of commands lie in others (both as GitLab has it).
const MOST_DEPTH: usize = 11;

/// How many commands are looked at.
const MOST_COMMANDS: usize = 100_000;

/// What runs in the container of a job, in that order.
const SCRIPTS: &[&str] = &["before_script", "script", "after_script"];

/// Why what a job may do is not known.
const RUNNER: &str = "the runner decides: `privileged`, `security_opt` and `cap_add` stand in the \
    [runners.docker] of its config.toml";

/// The same of a job that names no image.
const RUNNER_IMAGE: &str = "the runner decides: without an `image` the job runs in the one that \
    its config.toml names, or in none (`executor`), with what that says of `privileged`, \
    `security_opt` and `cap_add`";

/// Reads a pipeline.
///
/// # Errors
/// When the image or the services of a job are none.
pub(super) fn read(
    file: &Candidate<'_>,
    surroundings: &mut dyn Surroundings,
) -> Result<Deployment, BadInput> {
    let mut deployment = command::read_held(file, surroundings)?;
    deployment.dialect = &DIALECT;
    deployment.findings.extend(repeated(file));
    let documents = file.documents()?;
    // What stands before is a header of inputs.
    let root = documents.last().ok_or_else(|| BadInput::whole("no document"))?;
    let index = Index::new(file.input.file, file.input.text);
    let pipeline = Pipeline::new(root, file.input.text, &index);
    let containers = &mut deployment.containers;
    let whole = [Some(&**root), root.get(DEFAULT).map(|default| &**default)];
    for node in whole.into_iter().flatten() {
        pipeline.services(node, containers)?;
    }
    for (name, key, job) in pipeline.jobs() {
        containers.push(pipeline.job(name, key.place, job)?);
        pipeline.services(job, containers)?;
    }
    // Of a template that jobs extend, the services are its own.
    for (name, _, template) in root.entries() {
        if name.starts_with('.') && template.is_map() {
            pipeline.services(template, containers)?;
        }
    }
    Ok(deployment)
}

/// A key that is given twice, of which GitLab takes the last (Psych) and says nothing.
fn repeated(file: &Candidate<'_>) -> Option<Finding> {
    // It was read as GitLab does: what else is refused is that.
    let bad = yaml::parse(file.input.file, file.input.text).err()?;
    let detail = "GitLab takes the last of them; what the one before says counts for nothing, and \
        is not judged.";
    Some(catalogue::PIPELINE_KEY_REPEATED.at(bad.place?, bad.message, detail))
}

/// Whether a document has a job with a script.
pub(super) fn has_job(root: &Node) -> bool {
    let script = |job: &Node| job.is_map() && job.get("script").is_some_and(|s| !s.is_map());
    root.entries().into_iter().any(|(name, _, job)| is_job(name) && script(job))
}

struct Pipeline<'a> {
    root: &'a Rc<Node>,
    /// What stands in it, by name.
    names: HashMap<&'a str, &'a Rc<Node>>,
    text: &'a str,
    index: &'a Index<'a>,
    /// How many more commands are looked at: many jobs may have the same.
    left: Cell<usize>,
}

impl<'a> Pipeline<'a> {
    fn new(root: &'a Rc<Node>, text: &'a str, index: &'a Index<'a>) -> Self {
        let given = root.entries().into_iter().filter(|(.., node)| !node.is_null());
        let names = given.map(|(name, _, node)| (name, node)).collect();
        Self { root, names, text, index, left: Cell::new(MOST_COMMANDS) }
    }

    fn get(&self, name: &str) -> Option<&'a Rc<Node>> {
        self.names.get(name).copied()
    }

    /// The jobs that run something.
    fn jobs(&self) -> impl Iterator<Item = (&'a str, &'a Node, &'a Rc<Node>)> {
        let all = self.root.entries().into_iter();
        all.filter(|(name, _, job)| {
            let own = is_job(name) && !name.starts_with('.') && job.is_map();
            // What triggers another pipeline runs nothing.
            own && job.get("trigger").is_none()
                && SCRIPTS.iter().any(|key| self.of_job(job, key).next().is_some())
        })
    }

    /// The job, and what it extends, the nearest first.
    fn chain(&self, job: &'a Rc<Node>) -> Vec<&'a Rc<Node>> {
        let mut chain = vec![];
        self.extend(job, 0, &mut chain);
        chain
    }

    fn extend(&self, job: &'a Rc<Node>, depth: usize, chain: &mut Vec<&'a Rc<Node>>) {
        if depth > MOST_DEPTH || chain.len() > MOST_DEPTH * MOST_DEPTH {
            return;
        }
        chain.push(job);
        let Some(extends) = job.get("extends") else { return };
        let all = extends.items().unwrap_or(std::slice::from_ref(extends));
        // The last one overrides those before.
        for name in all.iter().rev().filter_map(|name| name.text()) {
            if let Some(other) = self.get(name).filter(|other| other.is_map()) {
                self.extend(other, depth + 1, chain);
            }
        }
    }

    /// What a job has for a key: its own, that of what it extends, else the default. The nearest
    /// counts; mappings are put together.
    fn of_job(&self, job: &'a Rc<Node>, key: &'a str) -> impl Iterator<Item = &'a Rc<Node>> {
        let chain = self.chain(job);
        let inherits = chain.iter().find_map(|job| job.get("inherit")?.get(DEFAULT));
        let takes = inherits.is_none_or(|inherits| match inherits.items() {
            Some(keys) => keys.iter().any(|known| known.text() == Some(key)),
            None => inherits.boolean() != Some(false),
        });
        let own: Vec<&Rc<Node>> = chain.into_iter().filter_map(|job| job.get(key)).collect();
        let default = || self.get(DEFAULT).and_then(|own| own.get(key)).or_else(|| self.get(key));
        let default = if own.is_empty() && takes { default() } else { None };
        own.into_iter().chain(default)
    }

    /// The commands of a job that isolate.
    fn command(&self, job: &'a Rc<Node>) -> Option<Isolating> {
        let mut lines = vec![];
        for script in SCRIPTS.iter().filter_map(|key| self.of_job(job, key).next()) {
            self.lines(script, 0, &mut lines);
        }
        isolating(lines.iter().filter_map(|line| written(self.text, line)), self.index)
    }

    /// The commands of a script: lists in lists are one, and `!reference` takes those of another.
    fn lines(&self, node: &'a Rc<Node>, depth: usize, lines: &mut Vec<&'a Node>) {
        if depth > MOST_DEPTH || self.left.get() == 0 {
            return;
        }
        match node.items() {
            None => {
                self.left.set(self.left.get() - 1);
                lines.push(node)
            }
            Some([job, key]) if node.tag.as_deref() == Some("reference") => {
                let job = job.text().and_then(|name| self.get(name));
                let key = key.text().unwrap_or_default();
                let other =
                    job.and_then(|job| self.chain(job).into_iter().find_map(|j| j.get(key)));
                if let Some(other) = other {
                    self.lines(other, depth + 1, lines);
                }
            }
            Some(items) => items.iter().for_each(|item| self.lines(item, depth + 1, lines)),
        }
    }

    /// The container of a job.
    fn job(&self, name: &str, place: Place, job: &'a Rc<Node>) -> Result<Container, BadInput> {
        let mut settings = Settings::default();
        let images: Vec<&Rc<Node>> = self.of_job(job, IMAGE).collect();
        self.described(&images, IMAGE, &mut settings)?;
        if let Some(command) = self.command(job) {
            command.put_into(&mut settings);
        }
        let why = if images.is_empty() { RUNNER_IMAGE } else { RUNNER };
        Ok(container(name, place, settings, why))
    }

    fn services(&self, node: &Node, containers: &mut Vec<Container>) -> Result<(), BadInput> {
        let Some(services) = node.get(SERVICES) else { return Ok(()) };
        let items = services.items().ok_or_else(|| services.wrong(SERVICES, "a list"))?;
        for item in items {
            // Services of another job.
            if item.items().is_some() {
                continue;
            }
            let mut settings = Settings::default();
            self.described(&[item], "a service", &mut settings)?;
            let words = [item.get("entrypoint"), item.get("command")].into_iter().flatten();
            let words = words.flat_map(|list| list.items().unwrap_or_default());
            let word = |word: &Rc<Node>| Some(At::new(word.text()?.to_owned(), word.place));
            settings.command = words.filter_map(word).collect();
            let text = |key| item.get(key).and_then(|name| name.text());
            let name = text("alias").or(text("name")).or(item.text()).unwrap_or("service");
            containers.push(container(name, item.place, settings, RUNNER));
        }
        Ok(())
    }

    /// What nodes say of an image: its name, or that and who runs in it; the first goes before the
    /// others.
    fn described(
        &self,
        nodes: &[&Rc<Node>],
        what: &str,
        settings: &mut Settings,
    ) -> Result<(), BadInput> {
        for node in nodes {
            let name = match node.is_map() {
                true => string(node, "name")?,
                false => Some(&***node),
            };
            let image = name.map(|name| name.string(what)).transpose()?;
            let sure = image.filter(|image| !image.value.contains('$'));
            settings.image = settings.image.take().or(sure.map(|image| image.map(str::to_owned)));
            let docker = node.get("docker").filter(|docker| docker.is_map());
            let named = match docker {
                Some(docker) if settings.user.is_none() => string(docker, "user")?,
                _ => None,
            };
            if let Some(named) = named {
                let text = named.text().unwrap_or_default();
                if text.contains('$') {
                    let why = format!("`user` depends on {}", command::line::short(text));
                    settings.leave_open(Setting::User, named.place, why);
                }
                let known = user(text).filter(|_| !text.contains('$'));
                settings.user = known.map(|user| At::new(user, named.place));
            }
            if !node.is_map() {
                break;
            }
        }
        Ok(())
    }
}

fn container(name: &str, place: Place, mut settings: Settings, why: &str) -> Container {
    settings.leave_open(Setting::Privileged, place, why);
    Container {
        name: name.to_owned(),
        engine: Engine::Docker,
        dialect: &DIALECT,
        place,
        spot: WrittenAt::None,
        settings,
    }
}
