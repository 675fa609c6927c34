//! The container asks for isolation by its image alone.

use super::Case;
use crate::findings::{Finding, catalogue};
use crate::lint::asks::asks_for;
use crate::lint::images;
use crate::mechanisms::{MECHANISMS, Mechanism};
use crate::verdict::Severity;

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let asks = |m: &&Mechanism| asks_for(case.container, m);
    if MECHANISMS.iter().any(asks) {
        return None;
    }
    let implied = images::implied(case.container, case.judge.question.images)?;
    let source = implied.source?;
    let image = implied.image;
    let title = match implied.installed {
        true => format!("the image has the package `{}`", image.value),
        false => format!("the image `{}` isolates by {}", image.value, implied.mechanism),
    };
    let found = catalogue::IMAGE_IMPLIES_MECHANISM.at(image.place, title, "");
    Some(if implied.is_judged() {
        let detail = format!(
            "so it is checked, though nothing in the file asks for that ({source}); \
                `--image GLOB=MECHANISM` says otherwise"
        );
        Finding { detail, ..found }
    } else {
        let detail = format!("isodoc cannot check that yet ({source})");
        Finding { detail, ..found }.severity(Severity::Warning)
    })
}
