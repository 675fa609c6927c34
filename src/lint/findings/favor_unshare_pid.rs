//! `FAVOR_UNSHARE_PID` is a wish: where isolation is refused, the worker runs its jobs without
//! (windmill `worker.rs`).

use super::Case;
use crate::findings::{Finding, catalogue};
use crate::verdict::{Severity, Verdict};

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let settings = &case.container.settings;
    let forced = settings.variable("ENABLE_UNSHARE_PID") == Some("true");
    let (key, _) = settings.env.iter().find(|(key, value)| {
        key.value == "FAVOR_UNSHARE_PID" && value.as_deref() == Some("true")
    })?;
    if forced {
        return None;
    }
    let info = &catalogue::FAVOR_UNSHARE_PID;
    let detail = "ENABLE_UNSHARE_PID=true makes the worker stop at startup instead";
    match case.outcome.prediction.verdict {
        Verdict::Supported => {
            let title =
                "FAVOR_UNSHARE_PID would run jobs without isolation if unshare were refused";
            Some(info.at(key.place, title, detail))
        }
        _ => {
            let title = "FAVOR_UNSHARE_PID: jobs will run WITHOUT isolation here, and only a log \
                line says so";
            Some(info.at(key.place, title, detail).severity(Severity::Warning))
        }
    }
}
