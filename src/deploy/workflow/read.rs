//! The containers of a workflow: each is the `docker create` that the runner makes of it
//! (actions/runner `src/Runner.Worker/Container/DockerCommandManager.cs`).

use super::options::{self, HOLE};
use super::{CONTAINER, DIALECT, ENV, IMAGE, JOBS, OPTIONS, SERVICES};
use crate::deploy::command;
use crate::deploy::command::isolating::{Isolating, isolating};
use crate::deploy::command::settings;
use crate::deploy::command::word::Argument;
use crate::deploy::command::yaml_scripts::written;
use crate::deploy::container::{Container, Engine, Key, WrittenAt, way};
use crate::deploy::dialect::Candidate;
use crate::deploy::place::{At, BadInput, Index};
use crate::deploy::read::{Deployment, Surroundings, runner_known};
use crate::deploy::yaml::Node;
use crate::findings::catalogue;

/// The labels of GitHub's own runners whose host is known, and that host.
const RUNNERS: &[(&[&str], &str)] = &[(&["ubuntu-latest", "ubuntu-24.04"], "ubuntu-24.04")];

/// How many steps lead to the container of a job; those beside it have one more.
const OF_JOB: usize = 3;

/// Reads a workflow.
///
/// # Errors
/// When a container of it is none.
pub(super) fn read(
    file: &Candidate<'_>,
    surroundings: &mut dyn Surroundings,
) -> Result<Deployment, BadInput> {
    let mut deployment = command::read_held(file, surroundings)?;
    deployment.dialect = &DIALECT;
    let index = Index::new(file.input.file, file.input.text);
    let root = file.documents()?.first().ok_or_else(|| BadInput::whole("no document"))?;
    let mut reader = WorkflowReader {
        text: file.input.text,
        index: &index,
        surroundings,
        deployment: &mut deployment,
    };
    for (id, _, job) in root.get(JOBS).map_or(vec![], |jobs| jobs.entries()) {
        let of_job = |more: &[&str]| way(&way(&[], &[JOBS, id]), more);
        match job.entry(CONTAINER).filter(|(_, node)| !is_none(node)) {
            Some((key, node)) => reader.container(id, job, (key, node), of_job(&[CONTAINER]))?,
            None => reader.outside(id, job),
        }
        for (name, key, node) in job.get(SERVICES).map_or(vec![], |all| all.entries()) {
            if !is_none(node) {
                reader.container(name, job, (key, node), of_job(&[SERVICES, name]))?;
            }
        }
    }
    Ok(deployment)
}

/// Whether what stands in place of a container is none.
fn is_none(node: &Node) -> bool {
    node.is_null() || node.text() == Some("")
}

/// Whether the steps of a job isolate, and no container is around them.
pub(super) fn isolates_outside(file: &Candidate<'_>, root: &Node) -> bool {
    let index = Index::new(file.input.file, file.input.text);
    let outside = |job: &Node| job.get(CONTAINER).is_none_or(|node| is_none(node));
    let jobs = root.get(JOBS).map_or(vec![], |jobs| jobs.entries());
    jobs.iter().any(|(.., job)| outside(job) && steps(job, file.input.text, &index).is_some())
}

struct WorkflowReader<'a> {
    text: &'a str,
    index: &'a Index<'a>,
    surroundings: &'a mut dyn Surroundings,
    deployment: &'a mut Deployment,
}

impl WorkflowReader<'_> {
    /// Says of a job without a container that its steps isolate: the runner's own machine is not
    /// judged here.
    fn outside(&mut self, id: &str, job: &Node) {
        let isolating = steps(job, self.text, self.index);
        let Some(program) = isolating.as_ref().and_then(Isolating::first) else { return };
        let title = format!("job {id} runs {} on the runner itself", program.value);
        let detail = "It is in no container, and not judged: `isodoc check` as a step before it \
            says whether it works there.";
        self.deployment
            .findings
            .push(catalogue::RUNS_ON_THE_RUNNER.at(program.place, title, detail));
    }

    /// Reads a container that this node describes.
    fn container(
        &mut self,
        name: &str,
        job: &Node,
        (key, node): (&Node, &Node),
        path: Vec<Key>,
    ) -> Result<(), BadInput> {
        let words = self.words(job, node)?;
        // A word that is filled in later may leave no container at all, or another.
        let made = settings::of_words(&words, self.index, self.surroundings)?;
        let Some((mut settings, findings)) = made else { return Ok(()) };
        if path.len() == OF_JOB
            && let Some(command) = steps(job, self.text, self.index)
        {
            command.put_into(&mut settings);
        }
        settings.host = host(job);
        let runner =
            settings.host.as_ref().map(|at| runner_known(at, "the job runs on GitHub's runner"));
        self.deployment.on_next(findings.into_iter().chain(runner));
        self.deployment.containers.push(Container {
            name: name.to_owned(),
            engine: Engine::Docker,
            dialect: &DIALECT,
            place: key.place,
            spot: WrittenAt::Yaml { document: 0, path, pod: 0 },
            settings,
        });
        Ok(())
    }

    /// The words of the command that the runner starts it with.
    fn words(&self, job: &Node, node: &Node) -> Result<Vec<Argument>, BadInput> {
        let fixed = |text: &str| Argument::of(text, text.len(), node.body..node.body);
        let mut words = vec![fixed("docker"), fixed("create")];
        if !node.is_map() {
            let text = node.string("the container")?.value;
            // An expression may bring options as well as an image.
            if text.starts_with(HOLE) && !is_image(text, job) {
                let all = options::UNKNOWN.iter();
                words.extend(all.map(|option| options::unknown(option, text, node)));
            }
            words.push(options::word("", node));
            return Ok(words);
        }
        let image = node.get(IMAGE);
        let image =
            image.ok_or_else(|| BadInput::at(node.place, "the container names no image"))?;
        image.string("the image")?;
        if let Some(given) = node.get(OPTIONS) {
            given.string("options")?;
            words.extend(options::words(self.text, given));
        }
        if let Some(env) = node.get(ENV).filter(|env| env.text().is_none()) {
            if !env.is_map() {
                return Err(env.wrong(ENV, "a mapping"));
            }
            for (name, _, value) in env.entries() {
                value.string(name)?;
                words.push(options::word(&format!("--env={name}="), value));
            }
        }
        for volume in node.get("volumes").and_then(|all| all.items()).unwrap_or_default() {
            volume.string("a volume")?;
            words.push(options::word("--volume=", volume));
        }
        words.push(options::word("", image));
        Ok(words)
    }
}

/// Whether an expression is one of a list of images that the matrix has.
fn is_image(text: &str, job: &Node) -> bool {
    let name = text.strip_prefix(HOLE).and_then(|rest| rest.trim().strip_suffix("}}"));
    let name = name.and_then(|name| name.trim().strip_prefix("matrix."));
    let Some(name) =
        name.filter(|name| name.chars().all(|c| c.is_alphanumeric() || "_-".contains(c)))
    else {
        return false;
    };
    let Some(matrix) = job.get("strategy").and_then(|strategy| strategy.get("matrix")) else {
        return false;
    };
    let mut all: Vec<&Node> = matrix
        .get(name)
        .and_then(|values| values.items())
        .unwrap_or_default()
        .iter()
        .map(|value| &**value)
        .collect();
    for more in matrix.get("include").and_then(|list| list.items()).unwrap_or_default() {
        all.extend(more.get(name).map(|value| &**value));
    }
    !all.is_empty() && all.iter().all(|value| value.text().is_some_and(|text| !text.contains(HOLE)))
}

/// The host that runs a job, where the file says it.
fn host(job: &Node) -> Option<At<String>> {
    let label = job.get("runs-on")?;
    let one = match label.items() {
        Some([one]) => one,
        Some(_) => return None,
        None => label,
    };
    let text = one.text()?;
    let row = RUNNERS.iter().find(|(labels, _)| labels.contains(&text))?;
    Some(At::new(row.1.to_owned(), one.place))
}

/// The commands of the steps of a job that isolate: they run in its container.
fn steps(job: &Node, text: &str, index: &Index<'_>) -> Option<Isolating> {
    let steps = job.get("steps").and_then(|steps| steps.items()).unwrap_or_default();
    isolating(steps.iter().filter_map(|step| written(text, step.get("run")?)), index)
}
