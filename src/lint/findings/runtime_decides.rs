//! A manifest does not say which runtime makes its pods, and CRI-O gives them other capabilities
//! and another filter than containerd, for which it is judged where nothing says otherwise.

use super::super::decides;
use super::Case;
use crate::deploy::{Engine, Runtime};
use crate::findings::{Finding, catalogue};
use crate::verdict::Verdict;

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let container = case.container;
    let open = container.engine == Engine::Kubernetes && case.host().pods.is_none();
    (open && case.required).then_some(())?;
    let there = case.made_by(Runtime::CriO);
    let (here, there) = (&case.outcome.prediction, &there.prediction);
    ((here.verdict, here.cause) != (there.verdict, there.cause)).then_some(())?;
    let cause = there.cause.map_or("", |rule| rule.title);
    let answer = match there.verdict {
        Verdict::Supported => "there it works".to_owned(),
        Verdict::Unsupported => format!("there it does not work: {cause}"),
        Verdict::Unknown => format!("there it cannot be told: {cause}"),
    };
    let detail = "the answer is for containerd (EKS, GKE, AKS, k3s, kind); OpenShift has CRI-O. \
        `--assume containerd` or `--assume cri-o` says which it is";
    let title = match (here.verdict, there.verdict) {
        (Verdict::Unsupported, Verdict::Unsupported) => {
            format!("under CRI-O it fails too, for another reason: {cause}")
        }
        _ => format!("CRI-O would answer otherwise: {answer}"),
    };
    let finding = Finding::new(&catalogue::RUNTIME_DECIDES, title, detail);
    Some(finding.at(decides(container, there.cause)))
}
