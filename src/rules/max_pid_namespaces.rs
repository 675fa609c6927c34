use super::{Gate, Rule};
use crate::errno::Errno;
use crate::facts::Facts;
use crate::mechanisms::{Namespaces, Plan, Step};

pub static RULE: Rule = Rule {
    id: "max-pid-namespaces",
    steps: &[Step::Unshare],
    errnos: &[Errno::ENOSPC],
    title: "no more pid namespaces can be made: user.max_pid_namespaces",
    since: "0.1.0",
    docs: include_str!("max_pid_namespaces.md"),
    check,
    remedies: &["sysctl-max-pid-namespaces"],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if !plan.namespaces.has(Namespaces::PID) || super::full_before_pid(facts, plan) {
        return Gate::NotApplicable;
    }
    super::room(facts, plan, step, "pid", |trial| &trial.pid)
}

#[cfg(test)]
mod tests {
    use crate::engine::predict;
    use crate::facts::Fact;
    use crate::mechanisms::unshare;
    use crate::rules::tests::healthy;

    /// Found by the lab: an outer namespace with `user.max_pid_namespaces=0` refuses, whatever ours says.
    #[test]
    fn limits_of_outer_namespaces_are_not_excluded() {
        for (flags, id) in
            [("--user --pid", "max-pid-namespaces"), ("--user --mount", "max-mnt-namespaces"), ("--user --net", "max-other-namespaces")]
        {
            let plan = unshare::plan(&unshare::split(flags), None, (Some(1000), Some(1000)));
            let mut facts = healthy();
            let open = |facts: &crate::facts::Facts| predict(facts, &plan).not_excluded.iter().any(|rule| rule.id == id);
            assert!(!open(&facts), "{id}");
            facts.namespaces.user = Fact::known(4_026_532_000, "test");
            assert!(open(&facts), "{id}");
        }
    }
}
