//! The library: what `isodoc check` answers, for a program that starts sandboxes by itself.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::cli::AskArgs;
use crate::collect;
use crate::commands::{asked, check as command, here};
use crate::mechanisms;
use crate::output::{Checked, json};
use crate::verdict::{Advice, Severity, Verdict};

/// What is asked: whether a mechanism works here, with these flags.
#[derive(Clone, Debug)]
pub struct Request(AskArgs);

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
        Ok(Self(AskArgs { about: vec![mechanism.to_owned()], ..AskArgs::default() }))
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
    /// The gate that refuses, which `isodoc explain` knows; `unexplained` where none is known.
    pub cause: Option<&'static str>,
    /// What lets it work, the cheapest first.
    pub remedies: Vec<Advice>,
    /// All of it, as `isodoc check --format json` writes it (`isodoc schema`).
    pub json: String,
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
/// `isodoc.toml`, changes nothing, and leaves no process behind. Any thread may call it; they wait
/// for each other.
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
    // A probe is one of its process.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let args = &request.0;
    let source = here();
    let facts = collect::collect(&*source, asked::need(args));
    let report = command::examine(args, &facts, &*source);
    let checked = Checked { report: &report, input: None, verbose: false, least: Severity::Note };
    let summed = json::summed(&checked);
    let entry = report.entries().find(|entry| entry.required);
    Report {
        verdict: report.verdict,
        json: json::write(&summed),
        summary: summed.summary,
        cause: entry.and_then(|entry| Some(entry.cause.as_ref()?.id)),
        remedies: entry.map_or(vec![], |entry| entry.remedies.to_vec()),
    }
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
        let request = Request::of("unshare").unwrap().flags("--uts").without_probe();
        let report = check(&request);
        let json: serde_json::Value = serde_json::from_str(&report.json).unwrap();
        assert_eq!(json["verdict"], report.verdict.id());
        assert_eq!(json["summary"], report.summary);
        assert_eq!(json["mechanisms"][0]["cause"]["id"].as_str(), report.cause);
        assert_eq!(json["mechanisms"][0]["flags"], serde_json::json!(["--uts"]));
        let remedies = serde_json::to_value(&report.remedies).unwrap();
        assert_eq!(json["mechanisms"][0]["remedies"], remedies);
    }

    #[test]
    fn it_may_be_called_by_any_thread() {
        let ask = || check(&Request::of("unshare").unwrap()).verdict;
        let verdict = ask();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), verdict));
        });
    }
}
