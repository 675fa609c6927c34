use crate::errno::Errno;
use crate::facts::Evidence;
use crate::facts::Facts;
use crate::plan::{Plan, Step};
use crate::remedy;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "newuidmap-missing",
    steps: &[Step::UidMap, Step::GidMap],
    errnos: &[Errno::ENOENT],
    title: "newuidmap and newgidmap are not installed",
    since: "0.1.0",
    docs: include_str!("newuidmap_missing.md"),
    check,
    remedies: &[&remedy::host::INSTALL_UIDMAP, &remedy::flags::MAP_ONE_ID],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    // Root writes the ranges itself (util-linux 2.40).
    if !plan.external_maps() || facts.process.euid.value() == Some(&0) {
        return Gate::NotApplicable;
    }
    let tool = if step == Step::UidMap { &facts.tools.newuidmap } else { &facts.tools.newgidmap };
    if tool.is_absent() {
        return Gate::shut(Errno::ENOENT, vec![Evidence::of_state(tool)]);
    }
    if tool.is_undecided() { Gate::Unobservable } else { Gate::Open }
}
