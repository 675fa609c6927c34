//! What a job of GitLab may do is said by the runner that takes it: what becomes of it under one as
//! it is registered, and under a privileged one.

use super::Case;
use crate::deploy::{At, Setting, gitlab_ci};
use crate::findings::{Finding, catalogue};
use crate::verdict::Verdict;

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let container = case.container;
    (*container.dialect == gitlab_ci::DIALECT && case.required).then_some(())?;
    let on = |what, privileged| {
        case.suppose(what, |container| {
            let open = &mut container.settings.unknown;
            open.retain(|doubt| doubt.value.about != Setting::Privileged);
            container.settings.privileged = Some(At::new(privileged, container.place));
        })
    };
    let plain = on("a runner as it is registered", false);
    let privileged = on("a privileged runner", true);
    let (now, then) = (&plain.prediction, &privileged.prediction);
    (now.verdict != then.verdict).then_some(())?;
    let said = |verdict| match verdict {
        Verdict::Supported => "works",
        Verdict::Unsupported => "fails",
        Verdict::Unknown => "may work",
    };
    let cause = now.cause.map_or(String::new(), |rule| format!(" ({})", rule.title));
    let title = format!(
        "on a runner that is not privileged it {}{cause}, on a privileged one it {}",
        said(now.verdict),
        said(then.verdict)
    );
    let detail = "The Docker executor makes the container as the [runners.docker] of the runner's \
        config.toml says; `isodoc lint config.toml` judges that.";
    Some(catalogue::RUNNER_DECIDES.at(container.place, title, detail))
}
