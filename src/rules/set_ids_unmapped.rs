use super::{Evidence, Gate, Rule};
use crate::errno::Errno;
use crate::facts::Facts;
use crate::mechanisms::{IdMapping, Plan, Step};

pub static RULE: Rule = Rule {
    id: "set-ids-unmapped",
    steps: &[Step::SetIds],
    errnos: &[Errno::EINVAL, Errno::EPERM],
    title: "the id to change to is not mapped in the new user namespace",
    since: "0.1.0",
    docs: include_str!("set_ids_unmapped.md"),
    check,
    remedies: &["map-that-id"],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if !plan.new_user() {
        return Gate::Unobservable;
    }
    // setgroups(2) is denied along with a map of our own gid, and --setgid drops groups first.
    if plan.setgid.is_some() && matches!(plan.gid_map, IdMapping::Single(_)) {
        return Gate::shut(Errno::EPERM, vec![Evidence::new("--setgid", "setgroups(2) is denied in this namespace")]);
    }
    let unmapped = |id: Option<u32>, map: &IdMapping| match (id, map) {
        (None, _) | (_, IdMapping::Ranges(_)) => false,
        (Some(_), IdMapping::None) => true,
        (Some(id), IdMapping::Single(mapped)) => id != *mapped,
    };
    if unmapped(plan.setuid, &plan.uid_map) || unmapped(plan.setgid, &plan.gid_map) {
        return Gate::shut(Errno::EINVAL, vec![Evidence::new("flags", plan.flags.join(" "))]);
    }
    if facts.refused_at(step, Errno::EINVAL) { Gate::Unobservable } else { Gate::Open }
}
