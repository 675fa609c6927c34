//! Taking out of a report what is accepted, whoever accepts it.

use crate::deploy::Place;
use crate::report::FindingReport;
use crate::report::lint::{Accepted, ContainerReport, File, starts_with};
use crate::verdict::Verdict;

/// Something that is said of a file, and may be accepted.
pub(crate) struct Subject<'a> {
    /// The id of the rule or the finding.
    pub rule: &'static str,
    /// The file, as it was given.
    pub file: &'a str,
    pub container: Option<&'a str>,
    /// The mechanism and the verdict on it; none of a finding.
    pub verdict: Option<(&'a str, Verdict)>,
    /// Where it is, and where the container begins.
    pub places: Vec<Place>,
}

/// Why something is accepted, if it is.
pub(crate) type Accepts<'a> = &'a dyn Fn(&Subject<'_>) -> Option<String>;

/// Takes out of the entry of a file what is accepted.
pub(crate) fn of_file(entry: &mut File, accepts: Accepts<'_>) {
    let (path, accepted) = (std::rc::Rc::clone(&entry.path), &mut entry.accepted);
    of_findings(&mut entry.findings, &path, None, accepts, accepted);
    for mechanism in &mut entry.mechanisms {
        let Some(cause) = mechanism.cause.as_ref().filter(|_| mechanism.required) else { continue };
        let subject = Subject {
            rule: cause.id,
            file: &path,
            container: None,
            verdict: Some((mechanism.id, mechanism.verdict)),
            places: cause.location.iter().map(|at| at.place).collect(),
        };
        if let Some(reason) = accepts(&subject) {
            accepted.push(Accepted::new(cause.id, None, &reason));
            mechanism.required = false;
        }
    }
    for container in &mut entry.containers {
        of_container(container, &path, accepts, accepted);
    }
}

/// Takes out of the entry of a container what is accepted. Once everything is that counted, it
/// does not count any more; its verdict stays what it is.
pub(crate) fn of_container(
    entry: &mut ContainerReport,
    file: &str,
    accepts: Accepts<'_>,
    accepted: &mut Vec<Accepted>,
) {
    let (before, begins) = (accepted.len(), entry.location.place);
    let name = entry.name.as_str();
    of_findings(&mut entry.findings, file, Some((name, begins)), accepts, accepted);
    for mechanism in entry.mechanisms.iter_mut().filter(|m| m.required && entry.required) {
        let Some(cause) = &mechanism.cause else { continue };
        let decides = cause.location.as_ref().map_or(begins, |at| at.place);
        let subject = Subject {
            rule: cause.id,
            file,
            container: Some(name),
            verdict: Some((mechanism.id, mechanism.verdict)),
            places: vec![decides, begins],
        };
        if let Some(reason) = accepts(&subject) {
            accepted.push(Accepted::new(cause.id, Some(name), &reason));
            mechanism.required = false;
        }
    }
    if accepted.len() > before {
        let starts = starts_with(&entry.findings);
        let verdicts: Vec<Verdict> = entry.asked().map(|mechanism| mechanism.verdict).collect();
        entry.required &= starts != Verdict::Supported || !verdicts.is_empty();
        if entry.required && starts != Verdict::Unsupported {
            entry.verdict = Verdict::all(verdicts.into_iter().chain([starts]));
        }
    }
}

fn of_findings(
    findings: &mut Vec<FindingReport>,
    file: &str,
    within: Option<(&str, Place)>,
    accepts: Accepts<'_>,
    accepted: &mut Vec<Accepted>,
) {
    let (name, begins) = (within.map(|(name, _)| name), within.map(|(_, begins)| begins));
    findings.retain(|finding| {
        let at = finding.location.as_ref().map(|at| at.place);
        let subject = Subject {
            rule: finding.rule,
            file,
            container: name,
            verdict: None,
            places: at.into_iter().chain(begins).collect(),
        };
        let reason = accepts(&subject);
        let said = reason.as_ref().map(|reason| Accepted::new(finding.rule, name, reason));
        accepted.extend(said);
        reason.is_none()
    });
}
