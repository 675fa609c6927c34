use super::{Evidence, Gate, Rule};
use crate::errno::Errno;
use crate::facts::{Facts, Os};
use crate::mechanisms::{Plan, Step};

pub static RULE: Rule = Rule {
    id: "gvisor",
    steps: &[Step::Unshare, Step::Propagation, Step::MountProc],
    errnos: &[Errno::EPERM],
    title: "gVisor does not offer what the mechanism asks for",
    since: "0.1.0",
    docs: include_str!("gvisor.md"),
    check,
    remedies: &["newer-gvisor", "cloud-run-gen2"],
};

/// What gVisor grants has changed from release to release; only the probe tells.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let version = &facts.os.version;
    match version.value() {
        Some(text) if !text.contains(Os::GVISOR_BUILD) => Gate::NotApplicable,
        Some(text) if facts.refused_at(step, Errno::EPERM) => Gate::shut(Errno::EPERM, vec![Evidence::new(version.source.as_ref(), text)]),
        _ if step == Step::Unshare && !plan.new_user() => Gate::NotApplicable,
        _ => Gate::Unobservable,
    }
}
