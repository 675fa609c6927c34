//! The library: what `isodoc check` answers, for a program that starts sandboxes by itself.

use std::fmt;

use crate::cli::Question;
use crate::collect;
use crate::commands::{asked, check as command, here};
use crate::mechanisms;
use crate::output::{Checked, json};
use crate::report::MechanismReport;
use crate::verdict::{Severity, Verdict};

/// What is asked: whether a mechanism works here, with these flags.
#[derive(Clone, Debug)]
pub struct Request(Question);

impl Request {
    /// Whether this mechanism would work: an id that `isodoc rules` lists, as `--for` takes it.
    ///
    /// # Errors
    /// When there is no such mechanism.
    pub fn of(mechanism: &str) -> Result<Self, Error> {
        if !mechanisms::ids().any(|id| id == mechanism) {
            let known: Vec<&str> = mechanisms::ids().collect();
            return Err(Error(format!(
                "no mechanism '{mechanism}'; there are {}",
                known.join(", ")
            )));
        }
        Ok(Self(Question { about: vec![mechanism.to_owned()], ..Question::default() }))
    }

    /// With these flags of its program, separated by spaces, instead of the usual ones.
    #[must_use]
    pub fn flags(mut self, flags: &str) -> Self {
        self.0.flags = vec![flags.to_owned()];
        self
    }

    /// By prediction alone: the kernel is not asked, and no process is started.
    #[must_use]
    pub fn without_probe(mut self) -> Self {
        self.0.no_probe = true;
        self
    }
}

/// The answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Whether it works.
    pub verdict: Verdict,
    /// The answer in one line, for a person.
    pub summary: String,
    /// Why, unless it works.
    pub cause: Option<Cause>,
    /// What lets it work, the cheapest first.
    pub remedies: Vec<Remedy>,
    /// All of it, as `isodoc check --format json` writes it (`isodoc schema`).
    pub json: String,
}

/// The one gate that refuses.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Cause {
    /// Its id, which `isodoc explain` knows.
    pub id: &'static str,
    /// What it is, in one line.
    pub title: &'static str,
}

/// A change that lets it work.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Remedy {
    /// Its id; several that belong together are joined by `+`.
    pub id: String,
    /// What is typed or written, line by line.
    pub commands: Vec<String>,
    /// What it gives up.
    pub weakens: String,
    /// How to take it back.
    pub undo: String,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// Answers what is asked, of the machine and for the user that this process has. Reads no
/// `isodoc.toml`, changes nothing, and leaves no process behind.
///
/// ```no_run
/// let request = isodoc::Request::of("bubblewrap")?.flags("--unshare-all --ro-bind / / true");
/// let report = isodoc::check(&request);
/// if report.verdict != isodoc::Verdict::Supported {
///     eprintln!("{}", report.summary);
///     report.remedies.iter().take(1).flat_map(|r| &r.commands).for_each(|line| eprintln!("  {line}"));
/// }
/// # Ok::<(), isodoc::Error>(())
/// ```
#[must_use]
pub fn check(request: &Request) -> Report {
    let args = &request.0;
    let source = here();
    let facts = collect::collect(&*source, asked::need(args));
    let report = command::examine(args, &facts, &*source);
    let checked = Checked { report: &report, input: None, verbose: false, least: Severity::Note };
    let summed = json::summed(&checked);
    let entry = report.mechanisms.iter().chain(&report.capabilities).find(|entry| entry.required);
    Report {
        verdict: report.verdict,
        json: json::write(&summed),
        summary: summed.summary,
        cause: entry.and_then(cause),
        remedies: entry.map(remedies).unwrap_or_default(),
    }
}

fn cause(entry: &MechanismReport) -> Option<Cause> {
    entry.cause.as_ref().map(|cause| Cause { id: cause.id, title: cause.title })
}

fn remedies(entry: &MechanismReport) -> Vec<Remedy> {
    let of = |advice: &crate::verdict::Advice| Remedy {
        id: advice.id.clone(),
        commands: advice.commands.clone(),
        weakens: advice.weakens.clone(),
        undo: advice.undo.clone(),
    };
    entry.remedies.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_mechanism_is_answered_with_the_known_ones() {
        let error = Request::of("bubblewarp").unwrap_err().to_string();
        assert!(error.starts_with("no mechanism 'bubblewarp'; there are unshare"), "{error}");
    }

    #[test]
    fn it_says_what_the_program_says() {
        // No namespace at all is asked for, so that it works wherever tests run.
        let request = Request::of("unshare").unwrap().flags("--uts").without_probe();
        let report = check(&request);
        let json: serde_json::Value = serde_json::from_str(&report.json).unwrap();
        assert_eq!(json["verdict"], report.verdict.id());
        assert_eq!(json["summary"], report.summary);
        assert_eq!(json["mechanisms"][0]["cause"]["id"].as_str(), report.cause.map(|c| c.id));
        assert_eq!(json["mechanisms"][0]["flags"], serde_json::json!(["--uts"]));
        let ids = json["mechanisms"][0]["remedies"].as_array().unwrap();
        assert_eq!(ids.len(), report.remedies.len());
    }
}
