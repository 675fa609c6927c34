//! AWS Fargate starts no privileged container, none with an added capability but SYS_PTRACE, and
//! none with a device of the host (AWS documentation, "Fargate task definition differences"; EKS: "AWS Fargate considerations").

use super::Case;
use crate::deploy::Setting;
use crate::findings::{Finding, catalogue};

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let platform =
        case.host().facts.env.platform.get("AWS_EXECUTION_ENV").and_then(|fact| fact.value());
    platform.filter(|name| name.contains("FARGATE"))?;
    let settings = &case.container.settings;
    let privileged = settings
        .privileged
        .as_ref()
        .filter(|at| at.value)
        .map(|at| ("a privileged container".to_owned(), at.place));
    let refused = |name: &str| name.trim_start_matches("CAP_") != "SYS_PTRACE";
    let added = || {
        let add = settings.cap_add.iter().find(|add| refused(&add.value.to_ascii_uppercase()))?;
        Some((format!("the capability {}", add.value), add.place))
    };
    let device = || Some(("a device of the host".to_owned(), settings.place(Setting::Devices)?));
    let (what, place) = privileged.or_else(added).or_else(device)?;
    let detail = "remove the setting; isolation in a container needs another launch type than \
        Fargate: EC2, or nodes of your own";
    Some(catalogue::FARGATE_REFUSES.at(place, format!("Fargate refuses {what}"), detail))
}
