//! What holds for every pair of places that differ in one thing.

use super::predict::settle;
use super::search::carried_out;
use super::*;
use crate::collect::{Need, collect};
use crate::facts::{Caps, Fact, Missing};
use crate::mechanisms::MECHANISMS;
use crate::platform::vantage;
use crate::remedy::Remedy;
use crate::rules::tests::{Case, cases, healthy, of, plan_of};
use crate::rules::{self, Gate, Rule};
use crate::source::Source;
use crate::source::snapshot::{self, Snapshot};

/// The places: a healthy host, changed so that one gate is shut; once for each.
fn places() -> Vec<(Facts, Plan, String)> {
    let place = |(rule, case): (&Rule, &Case)| {
        let mut facts = healthy();
        (case.shut)(&mut facts);
        (facts, plan_of(case), format!("{} at {}", rule.id, case.step))
    };
    cases().map(place).collect()
}

/// What the search asks stops at the first shut gate, and says the same.
#[test]
fn a_settled_plan_is_a_predicted_one() {
    for (facts, _, name) in places() {
        for mechanism in MECHANISMS {
            let plan = of(mechanism);
            let Prediction { verdict, cause, .. } = predict(&facts, &plan);
            assert_eq!(settle(&facts, &plan), (verdict, cause), "{name}, {}", mechanism.id);
        }
    }
}

/// A capability more never takes away what worked.
#[test]
fn a_capability_more_refuses_nothing() {
    let known = [
        Caps::DAC_OVERRIDE,
        Caps::DAC_READ_SEARCH,
        Caps::NET_ADMIN,
        Caps::SETGID,
        Caps::SETUID,
        Caps::SYS_CHROOT,
        Caps::SYS_TIME,
        Caps::SYS_ADMIN,
        Caps::SYS_RESOURCE,
        Caps::SETFCAP,
    ];
    let (mut worked, mut worse) = (0, vec![]);
    for (facts, _, name) in places() {
        for (plan, mechanism) in MECHANISMS.iter().map(|m| (of(m), m)) {
            if predict(&facts, &plan).verdict != Verdict::Supported {
                continue;
            }
            worked += 1;
            for capability in known {
                let mut more = facts.clone();
                let set = more.process.cap_eff.value().map_or(0, |set| set.0);
                more.process.cap_eff = Fact::known(Caps(set | 1 << capability), "test");
                let after = predict(&more, &plan);
                // Root with CAP_SYS_ADMIN is not rootless, and bwrap wants no user with
                // capabilities: that is what these rules are about.
                let own = [
                    &rules::kernel::rootful::RULE,
                    &rules::kernel::bwrap_unexpected_capabilities::RULE,
                ];
                let said = after.cause.is_some_and(|cause| own.contains(&cause));
                if after.verdict != Verdict::Supported && !said {
                    worse.push((name.clone(), mechanism.id, capability, after.cause));
                }
            }
        }
    }
    assert!(worked > 100, "only {worked} plans work in any of these places");
    assert_eq!(worse, vec![]);
}

/// Every part of a solution is needed: the others alone do not lead to `supported`.
#[test]
fn a_solution_has_no_part_too_many() {
    let mut idle = vec![];
    for (facts, plan, name) in places() {
        let vantage = vantage::detect(&facts);
        let Prediction { cause: Some(cause), judged, .. } = predict(&facts, &plan) else {
            continue;
        };
        // A daemon is restarted last, and that settles everything; what is in the dark may be
        // settled by a part that no shut gate needs.
        if plan.via == Via::Daemon || judged.iter().any(|r| matches!(r.gate, Gate::Undecided(_))) {
            continue;
        }
        for solution in solutions(&facts, &plan, &vantage, cause) {
            let parts = solution.parts.iter().map(|(remedy, _)| *remedy);
            for left_out in parts.clone() {
                let others = parts.clone().filter(|remedy| *remedy != left_out);
                if with(&facts, &plan, others) == Some(Verdict::Supported) {
                    idle.push(format!("{name}: {} of {}", left_out.id, solution.id()));
                }
            }
        }
    }
    assert_eq!(idle, Vec::<String>::new());
}

/// The verdict where these remedies have been carried out, one after the other; `None` where one of
/// them cannot be.
fn with(
    facts: &Facts,
    plan: &Plan,
    remedies: impl Iterator<Item = &'static Remedy>,
) -> Option<Verdict> {
    let vantage = vantage::detect(facts);
    let (facts, solution) = carried_out(facts, plan, &vantage, remedies)?;
    Some(predict(&facts, &solution.plan).verdict)
}

/// Where one thing less can be read, the answer is the same or `unknown`.
#[test]
fn what_cannot_be_read_turns_no_answer_into_another() {
    let texts = [
        include_bytes!("../../fixtures/snapshots/host-nobody.json").as_slice(),
        include_bytes!("../../fixtures/snapshots/host-root.json").as_slice(),
        include_bytes!("../../fixtures/snapshots/max-user-namespaces-zero.json").as_slice(),
        include_bytes!("../../fixtures/snapshots/proc-masked-docker.json").as_slice(),
        include_bytes!("../../fixtures/snapshots/seccomp-eperm.json").as_slice(),
    ];
    let mut flips = vec![];
    for whole in texts.map(|text| snapshot::parse(text).unwrap()) {
        let before = verdicts(&whole);
        for (name, less) in one_less(&whole) {
            for ((id, was), (_, is)) in before.iter().zip(verdicts(&less)) {
                if *was != is && is != Verdict::Unknown && *was != Verdict::Unknown {
                    flips.push(format!("{name} denied: {id} {was:?} -> {is:?}"));
                }
            }
        }
    }
    assert_eq!(flips, Vec::<String>::new());
}

fn verdicts(source: &dyn Source) -> Vec<(&'static str, Verdict)> {
    let facts = collect(source, Need::Snapshot);
    let ids = facts.ids();
    let verdict = |mechanism: &&'static Mechanism| {
        let words: Vec<String> = mechanism.flags.split_whitespace().map(str::to_owned).collect();
        (mechanism.id, predict(&facts, &(mechanism.plan)(&words, None, ids)).verdict)
    };
    MECHANISMS.iter().map(verdict).collect()
}

/// The snapshot with one answer denied, for each that it holds.
fn one_less(whole: &Snapshot) -> Vec<(String, Snapshot)> {
    let mut all = vec![];
    macro_rules! each {
        ($($field:ident),*) => {$(
            for key in whole.$field.keys() {
                let mut less = whole.clone();
                less.$field.insert(key.clone(), Err(Missing::Denied));
                all.push((key.clone(), less));
            }
        )*};
    }
    each!(files, links, stats, lists, answers);
    all
}
