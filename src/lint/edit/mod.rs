//! Settings written into the very file that a container comes from, its comments and formatting kept.

pub mod compose;
pub mod kubernetes;

use std::ops::Range;

/// A piece of the text to replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes to replace; an empty range inserts.
    pub range: Range<usize>,
    /// What to put there.
    pub text: String,
}

/// A setting to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An option of `docker run` or `podman run`, and the compose key and value that mean the same; the values of
    /// `security_opt`, `cap_add` and the like are added to what is there.
    Option {
        /// The option, e.g. `--security-opt seccomp=unconfined`.
        option: String,
        /// The key in a compose service.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// A line of the pod's spec, e.g. `hostUsers: false`.
    Pod(String),
    /// A line of the container's securityContext, e.g. `seccompProfile: {type: Unconfined}` or `capabilities: {add: [SYS_ADMIN]}`.
    SecurityContext(String),
    /// An environment variable.
    Variable {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: String,
    },
}

/// The text with the edits made; they must not overlap.
#[must_use]
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let (mut result, mut at) = (String::with_capacity(text.len()), 0);
    for edit in sorted {
        result.push_str(text.get(at..edit.range.start).unwrap_or(""));
        result.push_str(&edit.text);
        at = edit.range.end;
    }
    result.push_str(text.get(at..).unwrap_or(""));
    result
}

/// The edits that make changes to a container, by the kind of its file.
///
/// # Errors
/// When it cannot be done safely; the text says why.
pub fn edits(_text: &str, _container: &crate::workload::Container, _changes: &[Change]) -> Result<Vec<Edit>, String> {
    Err("this kind of file cannot be edited".to_owned())
}
