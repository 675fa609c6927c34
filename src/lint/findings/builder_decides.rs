//! What an instruction of a Dockerfile may do is said to the builder: whether one that is told to
//! lets it work.

use super::Case;
use crate::deploy::setting::{Change, Setting};
use crate::deploy::{Engine, dockerfile};
use crate::facts::Caps;
use crate::findings::{Finding, catalogue};
use crate::verdict::Verdict;

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let container = case.container;
    let refused = case.outcome.prediction.verdict == Verdict::Unsupported;
    (*container.dialect == dockerfile::DIALECT && case.required && refused).then_some(())?;
    let (change, does, told) = match container.engine {
        Engine::Podman => (
            Change::AddCapability(Caps::SYS_ADMIN),
            "`podman build --cap-add SYS_ADMIN`",
            "It has no option that unmasks /proc.",
        ),
        _ => (
            Change::Privileged(true),
            "`RUN --security=insecure`",
            "BuildKit runs it like a privileged container where the builder may (`docker buildx \
                create --buildkitd-flags '--allow-insecure-entitlement security.insecure'`) and is \
                told to (`docker buildx build --allow security.insecure`).",
        ),
    };
    let with = case.suppose("a builder that is told to", |container| {
        container.settings.unknown.retain(|doubt| doubt.value.about != Setting::Privileged);
        container.settings.apply(&change, container.place);
    });
    let title = match with.prediction.verdict {
        Verdict::Supported => format!("{does} lets it work"),
        Verdict::Unsupported | Verdict::Unknown => {
            "no option of the builder is known to let it work".to_owned()
        }
    };
    let detail = format!(
        "What a build may do is said to its builder, not here. {told} Or isolate in a container of \
            the image, not while it is built."
    );
    Some(catalogue::BUILDER_DECIDES.at(container.place, title, detail))
}
