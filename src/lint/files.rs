//! Files in the report: what was found in each, and the verdict on all of them.

use std::rc::Rc;

use super::{Judged, Paths};
use crate::deploy::BadInput;
use crate::deploy::read::{Deployment, NotRead};
use crate::findings::{Finding, catalogue};
use crate::report::lint as report;
use crate::report::{FindingReport, Location, Severity};
use crate::verdict::Verdict;

/// The verdict on a container, by its number, with what the reader found: what is refused
/// outright isolates nothing.
#[must_use]
pub(crate) fn with_findings(verdict: Verdict, number: usize, read: &Deployment) -> Verdict {
    let of_it = read.findings.iter().filter(|found| found.container == Some(number));
    Verdict::all([verdict, report::starts(of_it.map(|found| (found.info.id, found.severity)))])
}

/// The entry of a file in the report.
#[must_use]
pub(crate) fn file(
    path: Rc<str>,
    read: &Result<Deployment, NotRead>,
    judged: Vec<Judged>,
    at: Option<Location>,
    paths: Paths<'_>,
) -> report::File {
    let containers: Vec<report::ContainerReport> =
        judged.into_iter().map(|judged| judged.report).collect();
    let error = |bad: &BadInput, at: Option<Location>| report::FileError {
        line: at.as_ref().map(|l| l.line),
        column: at.as_ref().map(|l| l.column),
        message: bad.message.clone(),
        location: at,
    };
    match read {
        Err(NotRead::Foreign(kind)) => {
            let detail = "Nothing in it was judged, and `--fix` leaves it alone.";
            let finding = Finding::new(&catalogue::KIND_NOT_READ, kind.said(), detail);
            let findings = vec![FindingReport::in_file(finding, at)];
            report::File { findings, ..report::File::empty(path, report::NOT_READ) }
        }
        Err(NotRead::Broken(bad) | NotRead::Unknown(bad)) => report::File {
            error: Some(error(bad, at)),
            findings: refused_too(bad, paths).collect(),
            ..report::File::empty(path, "unknown")
        },
        Ok(deployment) => {
            let mut containers = containers;
            for (number, container) in containers.iter_mut().enumerate() {
                container.verdict = with_findings(container.verdict, number, deployment);
            }
            let mut findings = vec![];
            for found in &deployment.findings {
                let location = found.place.map(|place| Location::new(paths(place), place));
                let finding = FindingReport::in_file(found.clone(), location);
                match found.container.and_then(|number| containers.get_mut(number)) {
                    Some(container) => container.findings.push(finding),
                    None => findings.push(finding),
                }
            }
            // What keeps a container from starting says more than the note on the same setting.
            let graver = |noted: &FindingReport| {
                containers
                    .iter()
                    .flat_map(|container| &container.findings)
                    .any(|finding| finding.rule == noted.rule && finding.location == noted.location)
            };
            findings.retain(|noted| !graver(noted));
            findings.extend(deployment.broken.iter().flat_map(|bad| refused_too(bad, paths)));
            // An error is what the exit code tells of.
            for container in containers.iter_mut().filter(|container| !container.required) {
                let least = |finding: &mut FindingReport| {
                    finding.severity = finding.severity.max(Severity::Warning);
                };
                container.findings.iter_mut().for_each(least);
            }
            report::File {
                error: deployment.broken.as_ref().map(|bad| error(bad, at)),
                containers,
                findings,
                incomplete: deployment.incomplete,
                ..report::File::empty(path, deployment.dialect.id)
            }
        }
    }
}

/// What else is wrong with a file.
fn refused_too<'b>(
    bad: &'b BadInput,
    paths: Paths<'b>,
) -> impl Iterator<Item = FindingReport> + use<'b> {
    bad.more.iter().map(move |bad| {
        let finding = Finding::new(&catalogue::REFUSED_TOO, bad.message.clone(), "");
        FindingReport::in_file(finding, bad.place.map(|place| Location::new(paths(place), place)))
    })
}

/// What becomes of nothing.
#[derive(Clone, Copy)]
pub(crate) struct OfNone {
    /// Whether some container has to count.
    pub required: bool,
    /// Whether all is well where there is no container at all.
    pub at_all: bool,
}

/// The verdict on everything that counts. Where there is no container at all, nobody can say that
/// it will work; whether that holds as well where there is none that counts is for the asker to
/// say.
#[must_use]
pub(crate) fn verdict_of_all(files: &[report::File], none: OfNone) -> Verdict {
    let containers = files.iter().flat_map(|file| &file.containers);
    let daemons = files.iter().flat_map(|file| &file.mechanisms).filter(|m| m.required);
    let counts = |container: &report::ContainerReport| container.required || !none.required;
    if !containers.clone().any(counts) && daemons.clone().next().is_none() {
        let any = containers.clone().next().is_some();
        if any || !none.at_all {
            return Verdict::Unknown;
        }
    }
    // What was not read may hold a container that fails.
    let unread = files.iter().filter(|file| file.incomplete).map(|_| Verdict::Unknown);
    let containers = containers.filter(|c| c.required).map(|c| c.verdict);
    Verdict::all(containers.chain(daemons.map(|m| m.verdict)).chain(unread))
}
