//! What `check` and `snapshot` ask about.

use crate::cli::CheckArgs;
use crate::diagnosis;
use crate::facts::Facts;
use crate::mechanisms::{self, DEFAULT, Mechanism, unshare};
use crate::plan::Plan;
use crate::windmill;

/// The flags in force: those given for it, else the worker's, else the default ones.
pub(super) fn flags(given: Option<&str>, facts: &Facts, mechanism: &Mechanism) -> Vec<String> {
    given
        .map(unshare::split)
        .or_else(|| windmill::flags(mechanism, |name| facts.env.of_worker(name)))
        .unwrap_or_else(|| unshare::split(mechanism.flags))
}

/// What is asked about one of the ids: a program that is only asked about need not be here.
pub(super) fn plan(args: &CheckArgs, facts: &Facts, id: &str) -> Plan {
    let mechanism = mechanisms::find(id).unwrap_or(DEFAULT);
    let given = mechanisms::capability(id).or(args.flags_of(mechanism));
    let plan = diagnosis::plan(mechanism, &flags(given, facts, mechanism), facts);
    let named = |ids: &[String]| ids.iter().any(|named| named == id);
    if named(&args.about) && !named(&args.require) { plan.of_the_kernel() } else { plan }
}
