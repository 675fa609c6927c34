//! The programs that write maps of more than one id for an unprivileged user.

use crate::facts::{Caps, Fact, Facts, Tool};
use crate::mechanisms::unshare;
use crate::plan::{Flavour, Plan, Program, Step};

/// What is known of the one that writes the map of this step, newuidmap(1) or newgidmap(1); `None`
/// where none does.
pub(crate) fn of<'f>(facts: &'f Facts, plan: &Plan, step: Step) -> Option<&'f Fact<Tool>> {
    if !plan.external_maps() || unshare_writes(facts, plan) {
        return None;
    }
    let program = if step == Step::UidMap { &Program::NEWUIDMAP } else { &Program::NEWGIDMAP };
    Some(facts.tools.get(program))
}

/// Whether root has already what the helper would gain by its setuid bit or file capabilities: a
/// program that it executes keeps what the caller has (capabilities(7)).
pub(crate) fn needs_no_gain(facts: &Facts, step: Step) -> bool {
    let needed = if step == Step::UidMap { Caps::SETUID } else { Caps::SETGID };
    let held = facts.process.cap_eff.value().is_some_and(|set| set.has(needed));
    facts.process.euid.value() == Some(&0) && held
}

/// Whether unshare(1) writes the ranges itself: as root, since util-linux 2.40.
pub(crate) fn unshare_writes(facts: &Facts, plan: &Plan) -> bool {
    let flavour = facts.tools.get(plan.by).value().and_then(|tool| tool.flavour.as_ref());
    let older = matches!(flavour, Some(Flavour::UtilLinux { major: 2, minor: ..40 }));
    plan.by == &unshare::PROGRAM && facts.process.euid.value() == Some(&0) && !older
}
