//! The remedy would be refused by Pod Security admission in the container's namespace
//! (kubernetes.io, "Pod Security Standards").

use super::Case;
use crate::deploy::Place;
use crate::deploy::admission::violations;
use crate::deploy::setting::Settings;
use crate::findings::{Finding, catalogue};
use crate::remedy::Solution;
use crate::verdict::Verdict;

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let settings = &case.container.settings;
    let admission = settings.admission.as_ref()?;
    (case.outcome.prediction.verdict == Verdict::Unsupported).then_some(())?;
    let now = violations(settings, admission.value);
    let refusing = |solution: &Solution| {
        let then = violations(&with(settings, solution, case.container.place), admission.value);
        then.into_iter()
            .find(|violation| !now.iter().any(|known| known.control == violation.control))
    };
    // A solution without settings is made by somebody else, and admission has no say.
    let solutions: Vec<&Solution> =
        case.outcome.solutions().iter().filter(|solution| !solution.changes().is_empty()).collect();
    let first = refusing(solutions.first()?)?;
    let level = admission.value.level.name();
    // What the standards allow depends on the version of the cluster.
    let verb = if first.always { "would" } else { "may" };
    let title = format!("Pod Security admission {verb} reject the fix: {}", first.control);
    let other = solutions.iter().find(|solution| refusing(solution).is_none());
    let detail = match other {
        Some(other) => format!("the namespace enforces `{level}`; {} passes it", other.id()),
        None => {
            format!("the namespace enforces `{level}`: deploy to a namespace that enforces less")
        }
    };
    Some(catalogue::POD_SECURITY_REJECTS_FIX.at(admission.place, title, detail))
}

/// The settings with those of the solution.
fn with(settings: &Settings, solution: &Solution, place: Place) -> Settings {
    let mut settings = settings.clone();
    for change in solution.changes() {
        settings.apply(change, place);
    }
    settings
}
