use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "newuidmap-missing",
    steps: &[Step::UidMap, Step::GidMap],
    errnos: &[Errno::ENOENT],
    title: "newuidmap and newgidmap are not in PATH",
    since: "0.1.0",
    docs: include_str!("newuidmap_missing.md"),
    texts: Texts {
        common: 6,
        refuses: &[(Step::UidMap, &[Errno::ENOENT]), (Step::GidMap, &[Errno::ENOENT])],
        marks: &[
            "execute newuidmap",
            "execute newgidmap",
            "\"newuidmap\": executable file not found",
            "\"newgidmap\": executable file not found",
            "newuidmap: command not found",
            "newuidmap: not found",
            "install newuidmap",
            "newuidmap binary",
            "mapping tool not present",
            "find newuidmap",
            "find newgidmap",
            "newuidmap\u{2026}not found in ",
            "newgidmap\u{2026}not found in ",
            "newuidmap\u{2026} missing",
            "newgidmap\u{2026} missing",
            "newuidmap\u{2026}not installed",
        ],
        confirm: "`command -v newuidmap` finds nothing",
        weigh,
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[
        &remedy::programs::EXTEND_PATH,
        &remedy::programs::INSTALL_UIDMAP,
        &remedy::flags::MAP_ONE_ID,
    ],
    #[cfg(test)]
    cases: &[case("--map-auto", UidMap, Some(ENOENT), |f| {
        f.tools.set(&Program::NEWUIDMAP, absent())
    })
    .dark(|f| f.tools.set(&Program::NEWUIDMAP, Fact::default()))],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let Some(tool) = map_helper::of(facts, plan, step) else { return Gate::NotApplicable };
    if tool.is_absent() {
        return Gate::shut(Errno::ENOENT, vec![Evidence::of_state(tool)]);
    }
    if tool.is_undecided() { Gate::Unobservable } else { Gate::Open }
}

fn weigh(text: &Pasted, outright: bool) -> Option<i32> {
    let other_error = text.errno.is_some_and(|errno| errno != Errno::ENOENT);
    if other_error && !outright {
        return None;
    }
    // What has an exit status was there.
    let ran =
        i32::from(["newuidmap: exit", "newuidmap\": exit"].iter().any(|word| text.has(word))) * 10;
    texts::of_newuidmap(text, outright).map(|points| points - ran)
}
