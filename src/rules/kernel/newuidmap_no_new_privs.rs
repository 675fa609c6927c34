use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "newuidmap-no-new-privs",
    steps: &[Step::UidMap, Step::GidMap],
    errnos: &[Errno::EPERM],
    title: "no_new_privs or a nosuid mount keeps newuidmap from gaining its privilege",
    since: "0.1.0",
    docs: include_str!("newuidmap_no_new_privs.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::UidMap, &[Errno::EPERM]), (Step::GidMap, &[Errno::EPERM])],
        places: &[Sign::NoNewPrivs, Sign::Nosuid, Sign::OpenShift],
        ask: ask("grep NoNewPrivs /proc/self/status", "1"),
        value: Some(Deciding { name: "nonewprivs", refuses: |value| value == 1 }),
        confirm: "`NoNewPrivs: 1` in /proc/self/status",
        weigh,
        ..Texts::NONE
    },
    decided_by: &[Setting::NoNewPrivs],
    check,
    remedies: &[
        &remedy::capabilities::ALLOW_PRIVILEGE_ESCALATION,
        &remedy::programs::REMOUNT_SUID,
        &remedy::flags::MAP_ONE_ID,
    ],
    #[cfg(test)]
    cases: &[case("--map-auto", UidMap, Some(EPERM), |f| f.process.no_new_privs = known(true))
        .dark(|f| f.process.no_new_privs = denied())],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let Some(tool) = map_helper::of(facts, plan, step) else { return Gate::NotApplicable };
    if map_helper::needs_no_gain(facts, step) {
        return Gate::NotApplicable;
    }
    if facts.process.no_new_privs.is_undecided() {
        return Gate::undecided(&facts.process.no_new_privs);
    }
    if let Some(found) = tool.value() {
        if facts.process.no_new_privs.value() == Some(&true) {
            return Gate::shut(Errno::EPERM, vec![Evidence::of(&facts.process.no_new_privs)]);
        }
        if found.nosuid {
            return Gate::shut(
                Errno::EPERM,
                vec![Evidence::new(found.path.as_str(), "on a nosuid mount")],
            );
        }
    }
    if tool.is_undecided() { Gate::Unobservable } else { Gate::Open }
}

fn weigh(text: &Pasted, _: bool) -> Option<i32> {
    // Many a pod denies escalation; that alone is no refusal.
    let points = texts::of_newuidmap(text, false)?;
    Some(if text.has("could not set caps") { 40 } else { points })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// nsjail 3.4 with `-U 0:100000:65536`, and podman, by setpriv(1) with `--no-new-privs`.
    #[test]
    fn root_gains_nothing_that_it_lacks() {
        let mut facts = healthy();
        facts.process.no_new_privs = known(true);
        let plan = plan("--map-auto");
        assert!(matches!(super::check(&facts, &plan, UidMap), Gate::Shut(_)));
        facts.process.euid = known(0);
        facts.process.cap_eff = known(Caps::ALL);
        facts.tools.set(plan.by, tool(0o755));
        assert_eq!(super::check(&facts, &plan, UidMap), Gate::NotApplicable);
    }
}
