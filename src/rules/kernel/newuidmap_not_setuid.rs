use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "newuidmap-not-setuid",
    steps: &[Step::UidMap, Step::GidMap],
    errnos: &[Errno::EPERM],
    title: "newuidmap or newgidmap is not setuid, and has no file capability",
    since: "0.1.0",
    docs: include_str!("newuidmap_not_setuid.md"),
    texts: Texts {
        common: 6,
        refuses: &[(Step::UidMap, &[Errno::EPERM]), (Step::GidMap, &[Errno::EPERM])],
        marks: &[
            "should have setuid or have filecaps setuid",
            "could not set caps",
            "newuidmap is lacking necessary",
            "newgidmap is lacking necessary",
        ],
        hints: &["setuid", "cap_setuid"],
        elsewhere: &[Sign::NoNewPrivs, Sign::Container, Sign::Nosuid, Sign::CapsDropped],
        value: Deciding::zero("newuidmap"),
        ask: ask(
            "ls -l $(command -v newuidmap); getcap $(command -v newuidmap)",
            "neither an s nor cap_setuid",
        ),
        confirm: "`ls -l` and `getcap` of newuidmap",
        weigh: texts::of_newuidmap,
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::programs::SETUID_NEWUIDMAP, &remedy::flags::MAP_ONE_ID],
    #[cfg(test)]
    cases: &[case("--map-auto", GidMap, Some(EPERM), |f| {
        f.tools.set(&Program::NEWGIDMAP, tool(0o755))
    })
    .dark(|f| f.tools.set(&Program::NEWGIDMAP, Fact::default()))],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let Some(tool) = map_helper::of(facts, plan, step) else { return Gate::NotApplicable };
    if map_helper::needs_no_gain(facts, step) {
        return Gate::NotApplicable;
    }
    if let Some(found) = tool.value()
        && !found.file_caps
        && found.mode & 0o4000 == 0
    {
        let mode = Evidence::new(found.path.as_str(), format!("mode {:04o}", found.mode));
        // Git, and tar(1) and cp(1) of a user, leave setuid bits and capabilities behind: a copy of
        // a part of a host does not show that they were missing.
        return match facts.complete {
            true => Gate::shut(Errno::EPERM, vec![mode]),
            false => Gate::Undecided(vec![mode]),
        };
    }
    if tool.is_undecided() { Gate::Unobservable } else { Gate::Open }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_may_have_lost_the_setuid_bit() {
        let mut facts = healthy();
        facts.tools.set(&Program::NEWUIDMAP, tool(0o555));
        let plan = plan("--map-auto");
        assert!(matches!(super::check(&facts, &plan, UidMap), Gate::Shut(_)));
        facts.complete = false;
        assert!(matches!(super::check(&facts, &plan, UidMap), Gate::Undecided(_)));
    }
}
