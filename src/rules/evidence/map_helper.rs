//! The programs that write maps of more than one id for an unprivileged user.

use crate::facts::{Fact, Facts, Tool};
use crate::plan::{Plan, Program, Step};

/// What is known of the one that writes the map of this step, newuidmap(1) or newgidmap(1); `None`
/// where none does.
pub(crate) fn of<'f>(facts: &'f Facts, plan: &Plan, step: Step) -> Option<&'f Fact<Tool>> {
    // Root writes the ranges itself (util-linux 2.40).
    if !plan.external_maps() || facts.process.euid.value() == Some(&0) {
        return None;
    }
    let program = if step == Step::UidMap { &Program::NEWUIDMAP } else { &Program::NEWGIDMAP };
    Some(facts.tools.get(program))
}
