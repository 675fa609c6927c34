//! Pipelines of GitLab, `.gitlab-ci.yml` (docs.gitlab.com, "CI/CD YAML syntax reference"): the
//! containers of jobs and the services beside them, as the Docker executor of a runner makes them.
//! What they may do is said by the configuration of that runner.

mod read;
#[cfg(test)]
mod tests;

use super::dialect::{Candidate, Dialect, Sure};
use super::kubernetes;
use super::yaml::Node;
use crate::parse::glob;

/// What such a file is called.
const NAME: &str = "*.gitlab-ci.yml";

const DEFAULT: &str = "default";
const IMAGE: &str = "image";
const SERVICES: &str = "services";

/// The keys that are no jobs.
const KEYWORDS: &[&str] = &[
    DEFAULT, "include", "stages", "variables", "workflow", IMAGE, SERVICES, "cache",
    "before_script", "after_script", "spec", "types",
];

/// The containers of a pipeline.
pub(crate) static DIALECT: Dialect = Dialect {
    id: "gitlab-ci",
    name: "a GitLab CI pipeline with images",
    files: &["*.yml", "*.yaml"],
    blocks: None,
    engines: &[],
    recognises: |file| Sure::yes_if(recognises(file)),
    read: read::read,
    // What a job may do is not said in its file.
    spell: |_, _| vec![],
    edit: |_| Err("what a job may do is said in the config.toml of its runner".into()),
};

/// Whether a document is a pipeline: jobs with scripts, and something beside them that only such
/// files have.
pub(super) fn is_pipeline(root: &Node) -> bool {
    let jobs = || root.entries().into_iter().filter(|(name, ..)| is_job(name));
    let has = |job: &Node, key: &str| job.is_map() && job.get(key).is_some();
    let script = |job: &Node| job.is_map() && job.get("script").is_some_and(|s| !s.is_map());
    jobs().any(|(_, _, job)| script(job))
        && ([IMAGE, "stages", "before_script", DEFAULT].iter().any(|key| root.get(key).is_some())
            || jobs().any(|(_, _, job)| {
                let own = ["stage", IMAGE, "extends", "rules", "only", "artifacts", "tags"];
                script(job) && own.iter().any(|key| has(job, key))
            }))
}

/// Whether what has this name may be a job, or what one extends.
fn is_job(name: &str) -> bool {
    !KEYWORDS.contains(&name)
}

/// Whether a file is called as pipelines are.
pub(super) fn is_named(path: &str) -> bool {
    glob::ends(path, NAME)
}

fn recognises(file: &Candidate<'_>) -> bool {
    match file.documents() {
        Ok(documents) => documents.last().is_some_and(|root| {
            is_pipeline(root) || is_named(file.input.path) && read::has_job(root)
        }),
        // What is broken is told by its name.
        Err(_) => is_named(file.input.path) && !kubernetes::is_template(file),
    }
}
