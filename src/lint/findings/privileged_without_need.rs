//! A container that passes only because it is privileged: what less would do.

use std::rc::Rc;

use super::Case;
use crate::findings::{Finding, catalogue};
use crate::lint::asks::asks_for_isolation;
use crate::remedy::container::PRIVILEGED;
use crate::verdict::{Advice, Severity, Verdict};

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let settings = &case.container.settings;
    let privileged = settings.privileged.as_ref().filter(|p| p.value)?;
    // Who does not ask for isolation is privileged for another reason, as is a daemon of Docker.
    let daemon = settings.images().any(|image| runs_a_daemon(&image.value));
    (asks_for_isolation(case.container) && !daemon).then_some(())?;
    (case.outcome.prediction.verdict == Verdict::Supported).then_some(())?;
    let without = case.suppose("not privileged", |container| container.settings.privileged = None);
    if without.prediction.verdict == Verdict::Supported {
        let detail = "isolation works without it as well: remove the setting";
        return Some(
            catalogue::PRIVILEGED_WITHOUT_NEED
                .at(privileged.place, "isolation does not need privileged here", detail)
                .severity(Severity::Warning),
        );
    }
    let cheaper: Rc<[Advice]> = without
        .entry()
        .remedies
        .iter()
        .filter(|remedy| remedy.cost < PRIVILEGED.cost)
        .cloned()
        .collect();
    cheaper.first()?;
    let detail = "these settings are enough, and give up less";
    let title = "isolation needs less than privileged";
    let finding = Finding::new(&catalogue::PRIVILEGED_WITHOUT_NEED, title, detail);
    Some(finding.at(privileged.place).helped_by(cheaper))
}

/// Whether an image runs a Docker daemon of its own: Docker's and those named like it.
fn runs_a_daemon(image: &str) -> bool {
    let name = image.split('@').next().unwrap_or(image).rsplit('/').next().unwrap_or(image);
    let (name, tag) = name.split_once(':').unwrap_or((name, ""));
    let words = |text: &str| text.split(['-', '_', '.']).any(|word| word == "dind");
    let is_docker = name == "docker" && !tag.split('-').any(|word| word == "cli");
    is_docker || words(name) || words(tag) || name.contains("docker-in-docker")
}
