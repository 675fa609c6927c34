//! What a remedy looks like where it applies: its commands are made for the place, so a page about
//! the remedy shows them for the first place that has some.

use crate::assume;
use crate::facts::{Fact, Facts};
use crate::mechanisms::{DEFAULT, MECHANISMS};
use crate::plan::Plan;
use crate::platform::{Vantage, VantageId};
use crate::remedy::{self, Form, Remedy, Solution};
use crate::verdict::Advice;

/// The places, most likely first.
const PLACES: &[(VantageId, &str)] = &[
    (VantageId::Host, "on a host"),
    (VantageId::Docker, "in a Docker container"),
    (VantageId::Kubernetes, "in a Kubernetes pod"),
    (VantageId::Podman, "in a podman container"),
    (VantageId::Lxc, "in an LXC container"),
    (VantageId::Wsl, "under WSL"),
    (VantageId::Gvisor, "under gVisor"),
    (VantageId::SystemdNspawn, "under systemd-nspawn"),
    (VantageId::Other, "elsewhere"),
];

/// Flags that need what the usual ones do not.
const FLAGS: &[&str] =
    &["--user --map-auto --pid --fork --mount-proc", "--pid --fork --mount-proc"];

/// A remedy as it is carried out at a place, and the place in words.
#[must_use]
pub(crate) fn of(remedy: &'static Remedy) -> Option<(&'static str, Advice)> {
    let as_user = |uid: u64| {
        let mut facts = assume::plain((6, 12));
        facts.process.euid = Fact::known(uid, "assumed");
        facts.process.egid = Fact::known(uid, "assumed");
        facts
    };
    let told = |facts: &Facts, plan: &Plan, (id, name): &(VantageId, &'static str)| {
        let vantage = Vantage { id: *id, name, evidence: vec![] };
        let how = (remedy.how)(facts, plan, &vantage)?;
        // Flags are told as they are afterwards.
        let mut plan = plan.clone();
        (remedy.apply)(&mut facts.clone(), &mut plan);
        let (parts, cost) = (vec![(remedy, how)], remedy.cost);
        let solution = Solution { parts, cost, plan };
        let form = Form::Anywhere { engine: remedy::engine(&vantage), worker: false };
        Some((*name, solution.advice(form)))
    };
    for uid in [1000, 0] {
        let facts = as_user(uid);
        let words = |flags: &str| flags.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let of = MECHANISMS.iter().map(|mechanism| (*mechanism, mechanism.flags));
        let other = FLAGS.iter().map(|flags| (DEFAULT, *flags));
        let mut plans = of.chain(other).map(|(mechanism, flags)| {
            (mechanism.plan)(&words(flags), None, (Some(uid), Some(uid)))
        });
        let at_some_place = |plan: Plan| PLACES.iter().find_map(|place| told(&facts, &plan, place));
        if let Some(found) = plans.find_map(at_some_place) {
            return Some(found);
        }
    }
    None
}
