//! The environment variables that count.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::Fact;

/// The variables by what they are for.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Env {
    /// Where programs are looked for.
    pub path: Fact<String>,
    /// Who the user is said to be.
    pub user: Fact<String>,
    /// Libraries that every dynamically linked program loads first.
    pub ld_preload: Fact<String>,
    /// `container`, set by several container managers for pid 1.
    pub container: Fact<String>,
    /// The variables that mark a platform, and whether they are set.
    pub platform: BTreeMap<&'static str, Fact<String>>,
    /// Those that a worker of Windmill reads.
    #[serde(serialize_with = "in_lower_case")]
    pub worker: BTreeMap<&'static str, Fact<String>>,
}

impl Env {
    /// The value of a variable that marks a platform, if it is set.
    #[must_use]
    pub(crate) fn of_platform(&self, name: &str) -> Option<&str> {
        self.platform.get(name)?.value().map(String::as_str)
    }

    /// Whether this is a task of AWS Fargate, which lends no host.
    #[must_use]
    pub(crate) fn is_fargate(&self) -> bool {
        self.of_platform("AWS_EXECUTION_ENV").is_some_and(|name| name.contains("FARGATE"))
    }

    /// The value of a variable of the worker, if it is set.
    #[must_use]
    pub(crate) fn of_worker(&self, name: &str) -> Option<&str> {
        self.worker.get(name)?.value().map(String::as_str)
    }
}

/// The names as in the report.
fn in_lower_case<S: Serializer>(
    variables: &BTreeMap<&'static str, Fact<String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(variables.iter().map(|(name, fact)| (name.to_lowercase(), fact)))
}
