use crate::facts::MANY_NAMESPACES;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "pidns-depth",
    steps: &[Step::Unshare, Step::InnerNamespaces],
    errnos: &[Errno::ENOSPC],
    title: "pid namespaces are nested as deep as the kernel allows",
    since: "0.1.0",
    docs: include_str!("pidns_depth.md"),
    texts: Texts {
        common: 0,
        refuses: &[(Step::Unshare, &[Errno::ENOSPC])],
        places: &[Sign::Nested],
        confirm: "`NSpid:` in /proc/self/status has 33 numbers",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::limits::FEWER_LAYERS],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Unshare, Some(ENOSPC), |f| {
        f.namespaces.pid = known(4_026_532_001);
        f.process.ns_pids = known(vec![1; 33]);
    })
    .dark(|f| f.namespaces.pid = known(4_026_532_001))],
};

/// MAX_PID_NS_LEVEL is 32: `NSpid:` has 33 numbers in the deepest one, seen from the outermost
/// procfs.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if !plan.made_at(step).has(Namespaces::PID)
        || limits::exhausted_before_pid(facts, plan.made_at(step))
        || facts.in_initial_pidns() == Some(true)
    {
        return Gate::NotApplicable;
    }
    let pids = &facts.process.ns_pids;
    match pids.value() {
        Some(numbers) if numbers.len() >= 33 => Gate::shut(
            Errno::ENOSPC,
            vec![Evidence::new("/proc/self/status", format!("NSpid: {} numbers", numbers.len()))],
        ),
        // A procfs of an inner namespace hides the outer levels.
        _ if no_limit_can_be_full(facts, plan, step) => {
            Gate::shut(Errno::ENOSPC, vec![Evidence::new("unshare(2)", Errno::ENOSPC)])
        }
        _ => Gate::Unobservable,
    }
}

/// Whether the depth is all that is left: no pid namespace can be made, and the limit on their
/// number is one that nobody reaches. No other limit counts in the initial user namespace.
pub(crate) fn no_limit_can_be_full(facts: &Facts, plan: &Plan, step: Step) -> bool {
    limits::exhausted(facts, plan, step, |trial| &trial.pid).is_some()
        && facts.in_initial_userns() == Some(true)
        && facts.in_initial_pidns() == Some(false)
        && facts.sysctl.limit("pid").is_some_and(|limit| limit >= MANY_NAMESPACES)
}
