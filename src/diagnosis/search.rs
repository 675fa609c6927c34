//! The search for the cheapest set of remedies that leads to `supported`.

use super::of_caller;
use super::predict::settle;
use crate::facts::Facts;
use crate::plan::{Namespaces, Plan, Via};
use crate::platform::Vantage;
use crate::remedy::{How, Remedy, Solution};
use crate::rules::Rule;
use crate::verdict::Verdict;

/// How many remedies one solution may take.
const DEPTH: usize = 4;

/// Every way to `supported` from a cause, cheapest first, none of which contains another.
#[must_use]
pub(crate) fn solutions(
    facts: &Facts,
    plan: &Plan,
    vantage: &Vantage,
    cause: &'static Rule,
) -> Vec<Solution> {
    let mut found = vec![];
    extend(facts, plan, vantage, cause, &mut vec![], &mut found);
    let mut found: Vec<Solution> = Solution::cheapest(found)
        .into_iter()
        .map(|solution| no_part_too_many(solution, facts, plan, vantage))
        .collect();
    found.iter_mut().for_each(|solution| told_for_its_flags(solution, facts, plan, vantage));
    Solution::cheapest(found)
}

/// The solution without the parts that a later one makes needless: root needs no room on the limit
/// for users.
fn no_part_too_many(
    mut solution: Solution,
    facts: &Facts,
    plan: &Plan,
    vantage: &Vantage,
) -> Solution {
    // A daemon is restarted last, and predicted to have taken up what is written by then.
    let mut at = if plan.via == Via::Daemon { solution.parts.len() } else { 0 };
    while solution.parts.len() > 1 && at < solution.parts.len() {
        let parts = solution.parts.iter().enumerate().filter(|(i, _)| *i != at);
        let others = parts.map(|(_, (remedy, _))| *remedy);
        match together(facts, plan, vantage, others) {
            Some(fewer) => solution = fewer,
            None => at += 1,
        }
    }
    solution
}

/// These remedies as a solution, if they are one. The trial stays as it was, so that what it alone
/// shows is not taken for lifted.
fn together(
    facts: &Facts,
    plan: &Plan,
    vantage: &Vantage,
    remedies: impl Iterator<Item = &'static Remedy>,
) -> Option<Solution> {
    let (facts, solution) = carried_out(facts, plan, vantage, remedies)?;
    (settle(&facts, &solution.plan).0 == Verdict::Supported).then_some(solution)
}

/// The facts, and the remedies with their plan, where these have been carried out, one after the
/// other; `None` where one of them cannot be.
pub(super) fn carried_out(
    facts: &Facts,
    plan: &Plan,
    vantage: &Vantage,
    remedies: impl Iterator<Item = &'static Remedy>,
) -> Option<(Facts, Solution)> {
    let (mut facts, mut plan, mut parts) = (facts.clone(), plan.clone(), vec![]);
    for remedy in remedies {
        let how = (remedy.how)(&facts, &plan, vantage)?;
        runs_here(&how, &facts).then_some(())?;
        parts.push((remedy, how));
        (remedy.apply)(&mut facts, &mut plan);
        plan = of_caller(&plan, &facts);
    }
    let cost = parts.iter().map(|(remedy, _)| remedy.cost).sum();
    Some((facts, Solution { parts, cost, plan }))
}

/// Whether the command of a remedy works itself, as far as the facts go: the trial was one of
/// another plan.
fn runs_here(how: &How, facts: &Facts) -> bool {
    how.runs.as_ref().is_none_or(|own| {
        let facts = Facts { trial: None, ..facts.clone() };
        settle(&facts, own).0 == Verdict::Supported
    })
}

/// What was to be done before the flags changed is told again for those that there are in the end:
/// a profile is one for flags.
fn told_for_its_flags(solution: &mut Solution, facts: &Facts, plan: &Plan, vantage: &Vantage) {
    if solution.plan.flags == plan.flags {
        return;
    }
    let mut facts = facts.clone();
    for (remedy, how) in &mut solution.parts {
        // What changes the flags has nothing to do behind them.
        if let Some(again) = (remedy.how)(&facts, &solution.plan, vantage) {
            *how = again;
        }
        (remedy.apply)(&mut facts, &mut solution.plan.clone());
    }
}

/// Every way to `supported` that begins with `from`, where that alone was found to lead to another
/// refusal, whose cause is given. `facts` carry the trial of that refusal.
#[must_use]
pub(crate) fn further(
    from: &Solution,
    facts: &Facts,
    vantage: &Vantage,
    cause: &'static Rule,
) -> Vec<Solution> {
    let mut found = vec![];
    let (mut after, mut parts) = (facts.clone(), from.parts.clone());
    for (remedy, _) in &from.parts {
        (remedy.apply)(&mut after, &mut from.plan.clone());
    }
    extend(&after, &from.plan, vantage, cause, &mut parts, &mut found);
    found.iter_mut().for_each(|more| told_for_its_flags(more, facts, &from.plan, vantage));
    found
}

fn extend(
    facts: &Facts,
    plan: &Plan,
    vantage: &Vantage,
    cause: &'static Rule,
    parts: &mut Vec<(&'static Remedy, How)>,
    found: &mut Vec<Solution>,
) {
    if parts.len() >= DEPTH {
        return;
    }
    for &remedy in cause.remedies {
        if parts.iter().any(|(r, _)| r.id == remedy.id) {
            continue;
        }
        let how = (remedy.how)(facts, plan, vantage);
        let Some(how) = how.filter(|how| runs_here(how, facts)) else { continue };
        let (mut facts, before) = (facts.clone(), plan);
        let mut plan = before.clone();
        (remedy.apply)(&mut facts, &mut plan);
        if facts.ids() != plan.ids {
            plan = of_caller(&plan, &facts);
        }
        // What isolates nothing any more is no way to isolate.
        if plan.namespaces == Namespaces(0) && before.namespaces != plan.namespaces {
            continue;
        }
        // What the trial showed was this gate, and that is lifted.
        facts.trial = None;
        parts.push((remedy, how));
        match settle(&facts, &plan) {
            (Verdict::Supported, _) => {
                let cost = parts.iter().map(|(r, _)| r.cost).sum();
                found.push(Solution { parts: parts.clone(), cost, plan });
            }
            // What nobody knows may be settled too: a profile that is not there, by none at all.
            (Verdict::Unsupported | Verdict::Unknown, Some(next)) if next.id != cause.id => {
                extend(&facts, &plan, vantage, next, parts, found)
            }
            _ => {}
        }
        parts.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::{self, unshare};
    use crate::platform::VantageId;
    use crate::remedy::ids::RUN_AS_ROOT;
    use crate::rules;
    use crate::rules::tests::healthy;

    /// Found by the lab: the profile was one for the flags before, which had no user namespace.
    #[test]
    fn a_profile_is_for_the_flags_that_there_are_in_the_end() {
        let mut facts = healthy();
        facts.process.cap_eff = crate::facts::Fact::known(crate::facts::Caps(0), "test");
        facts.process.seccomp = crate::facts::Fact::known(2, "test");
        let refused = crate::facts::Reply::Refused(crate::errno::Errno::EPERM);
        let mount = crate::facts::Question::Unshare(crate::plan::Namespaces::PID);
        crate::rules::tests::answer(&mut facts, &mount, refused);
        let ids = (Some(1000), Some(1000));
        let plan = unshare::plan(&unshare::split("--pid --fork"), None, ids);
        let vantage = Vantage::plain(VantageId::Docker);
        let ways = solutions(&facts, &plan, &vantage, rules::find("seccomp-unshare").unwrap());
        let with_profile = ways.iter().find(|way| way.id() == "seccomp-profile+add-user-namespace");
        let told = format!("{:?}", with_profile.expect("it is a way").parts[0].1);
        assert!(told.contains("--user --map-root-user --pid --fork"), "{told}");
    }

    /// `unshare -Ur` without its user namespace makes none at all.
    #[test]
    fn a_way_leaves_something_of_what_isolates() {
        let mut facts = healthy();
        facts.process.euid = crate::facts::Fact::known(0, "test");
        facts.process.cap_eff = crate::facts::Fact::known(crate::facts::Caps(0), "test");
        facts.process.seccomp = crate::facts::Fact::known(2, "test");
        let ways = |flags: &str| {
            let plan = unshare::plan(&unshare::split(flags), None, (Some(0), Some(0)));
            let vantage = Vantage::plain(VantageId::Docker);
            let ways = solutions(&facts, &plan, &vantage, rules::find("seccomp-unshare").unwrap());
            ways.iter().map(Solution::id).collect::<Vec<_>>()
        };
        let without = |flags: &str| ways(flags).iter().any(|way| way == "cap-add-sys-admin-flags");
        assert!(without("-Urpf") && !without("-Ur"), "{:?}", ways("-Ur"));
    }

    /// Only the flag that nobody knows goes.
    #[test]
    fn the_other_flags_stay() {
        let facts = healthy();
        let ways = |flags: &str| {
            let plan = unshare::plan(&unshare::split(flags), None, (Some(0), Some(0)));
            let rule = rules::find("flags-not-understood").unwrap();
            let ways = solutions(&facts, &plan, &Vantage::plain(VantageId::Host), rule);
            let told = |way: &Solution| format!("{}: {}", way.id(), way.plan.flags.join(" "));
            ways.iter().map(told).collect::<Vec<_>>()
        };
        let default = "default-flags: --user --map-root-user --pid --fork --mount-proc";
        assert_eq!(ways("--user --bogus --net"), ["without-that-flag: --user --net", default]);
        // What follows may be its value, and what begins no option ends the options.
        assert_eq!(ways("--user --bogus 5 --net"), [default]);
        // Nothing would isolate, or what the other letters say would go too.
        for flags in ["--bogus", "-Urz", "-Urz -m", "-z -f"] {
            assert_eq!(ways(flags), [default], "{flags}");
        }
        assert_eq!(ways("-z -Ur"), ["without-that-flag: -Ur", default]);
    }

    /// Found by the lab: `unshare --pid --fork --mount-proc -- COMMAND` where there was no room for
    /// one more process.
    #[test]
    fn the_command_of_a_remedy_has_to_work_as_well() {
        let offered = |room: u64| {
            let mut facts = healthy();
            facts.process.euid = crate::facts::Fact::known(0, "test");
            facts.process.cap_eff = crate::facts::Fact::known(crate::facts::Caps::ALL, "test");
            facts.process.ns_pids = crate::facts::Fact::known(vec![4711, 2], "test");
            let path = "/sys/fs/cgroup/x".into();
            let limit = crate::facts::PidsLimit { path, current: 1, max: Some(1 + room) };
            facts.cgroup.pids = crate::facts::Fact::known(vec![limit], "test");
            let plan = mechanisms::nsjail::plan(
                &unshare::split("-Mo --chroot /"),
                None,
                (Some(0), Some(0)),
            );
            let rule = rules::find("proc-other-pidns").unwrap();
            let ways = solutions(&facts, &plan, &Vantage::plain(VantageId::Host), rule);
            ways.iter().any(|way| way.id() == "mount-own-proc")
        };
        assert!(offered(9));
        assert!(!offered(0));
    }

    /// Found by the lab: `sudo COMMAND`, and a limit raised that root does not have.
    #[test]
    fn what_a_later_part_makes_needless_is_left_out() {
        let mut facts = healthy();
        facts.process.cap_eff = crate::facts::Fact::known(crate::facts::Caps(0), "test");
        facts.process.nproc_limit = crate::facts::Fact::known(Some(1), "test");
        facts.process.nproc_used = crate::facts::Fact::known(1, "test");
        let ids = (Some(1000), Some(1000));
        let flags = unshare::split("--disable_clone_newuser");
        let plan = mechanisms::nsjail::plan(&flags, None, ids);
        let vantage = Vantage::plain(VantageId::Host);
        let ways = solutions(&facts, &plan, &vantage, rules::find("rlimit-nproc").unwrap());
        let ids: Vec<String> = ways.iter().map(Solution::id).collect();
        assert!(ids.contains(&"run-as-root".to_owned()), "{ids:?}");
    }

    /// What the caller is changes what bubblewrap asks for, and not who passes it the flags.
    #[test]
    fn another_caller_asks_by_the_same_mechanism() {
        let facts = healthy();
        let vantage = Vantage::plain(VantageId::Host);
        let before = crate::rules::tests::of(&mechanisms::agents::CLAUDE_CODE);
        let remedies = [&RUN_AS_ROOT].into_iter();
        let (_, after) = carried_out(&facts, &before, &vantage, remedies).unwrap();
        assert_eq!(after.plan.ids.0, Some(0));
        assert_eq!((after.plan.inner, after.plan.by), (before.inner, before.by));
    }

    /// Podman maps the one id of whom nobody granted more, also where the caller is another one.
    #[test]
    fn another_caller_has_the_ids_that_he_is_granted() {
        let mut facts = healthy();
        let none = crate::facts::Fact::known(crate::parse::subid::SubIds::default(), "test");
        (facts.accounts.subuid, facts.accounts.subgid) = (none.clone(), none);
        let vantage = Vantage::plain(VantageId::Host);
        let before = crate::rules::tests::of(&mechanisms::podman_rootless::MECHANISM);
        let (_, after) =
            carried_out(&facts, &before, &vantage, [&RUN_AS_ROOT].into_iter()).unwrap();
        assert!(before.external_maps() && !after.plan.external_maps());
    }

    /// Found by the lab: bubblewrap's flags, which sandbox-runtime passes and does not take.
    #[test]
    fn flags_that_another_program_passes_are_not_changed() {
        let mut facts = healthy();
        let masked = "30 22 0:5 /null /proc/kcore rw,relatime - tmpfs tmpfs rw\n";
        crate::rules::tests::mounts(&mut facts, masked);
        let vantage = Vantage::plain(VantageId::Docker);
        let cause = rules::find("proc-masked").unwrap();
        let ways = |mechanism| {
            let plan = crate::rules::tests::of(mechanism);
            solutions(&facts, &plan, &vantage, cause)
        };
        let changed = |ways: &[Solution]| ways.iter().any(Solution::changes_flags);
        assert!(changed(&ways(&mechanisms::bubblewrap::MECHANISM)));
        let of_flatpak = ways(&mechanisms::agents::FLATPAK);
        assert!(!of_flatpak.is_empty() && !changed(&of_flatpak));
        // It has a setting for it.
        let of_claude = ways(&mechanisms::agents::CLAUDE_CODE);
        let set = of_claude.iter().find(|way| way.id() == "enable-weaker-nested-sandbox").unwrap();
        assert!(!changed(&of_claude) && set.plan.mount_proc.is_none());
        assert_eq!(set.plan.by, mechanisms::bubblewrap::MECHANISM.program);
    }

    #[test]
    fn a_way_that_leads_to_another_refusal_is_gone_on_with() {
        let mut facts = healthy();
        facts.process.cap_eff = crate::facts::Fact::known(crate::facts::Caps(0), "test");
        let plan = unshare::plan(
            &unshare::split("--pid --fork --mount-proc"),
            None,
            (Some(1000), Some(1000)),
        );
        let vantage = Vantage::plain(VantageId::Docker);
        let ways = solutions(&facts, &plan, &vantage, rules::find("no-cap-sys-admin").unwrap());
        let first = &ways[0];
        assert_eq!((first.id().as_str(), first.changes_flags()), ("add-user-namespace", true));
        let landlock = rules::find("landlock").unwrap();
        assert!(!first.lifts(landlock.remedies));
        let more = Solution::cheapest(further(first, &facts, &vantage, landlock));
        let ids: Vec<String> = more.iter().map(Solution::id).collect();
        assert_eq!(
            ids,
            ["add-user-namespace+without-mount-proc", "add-user-namespace+outside-landlock"]
        );
        assert_eq!(more[0].plan.flags.join(" "), "--user --map-root-user --pid --fork");
        assert!(
            !more[0].lifts(landlock.remedies) && more[1].lifts(landlock.remedies),
            "flags are tried again, a sandbox that is left is not"
        );
    }
}
