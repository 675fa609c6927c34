#[cfg(test)]
use crate::mechanisms::bubblewrap;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "bwrap-unexpected-capabilities",
    steps: &[Step::Start],
    errnos: &[],
    title: "bwrap was given capabilities as a user, and refuses to run with them",
    since: "0.1.0",
    docs: include_str!("bwrap_unexpected_capabilities.md"),
    texts: Texts {
        common: 6,
        marks: &["unexpected capabilities but not setuid"],
        confirm: "CapEff in /proc/self/status is not 0 there, or `getcap $(which bwrap)` says something",
        ask: ask(
            "getcap $(which bwrap); grep Cap /proc/self/status",
            "a capability, and CapAmb not 0",
        ),
        ..Texts::NONE
    },
    decided_by: &[Setting::Ambient, Setting::User],
    check,
    remedies: &[
        &remedy::ids::DROP_AMBIENT_CAPABILITIES,
        &remedy::programs::REMOVE_FILE_CAPABILITIES,
    ],
    #[cfg(test)]
    cases: &[
        case(BUBBLEWRAP, Start, None, |f| f.process.cap_eff = known(Caps(1 << Caps::SYS_ADMIN)))
            .dark(|f| f.process.cap_eff = denied()),
        case(BUBBLEWRAP, Start, None, |f| {
            let mut bwrap = tool(0o755);
            if let Ok(bwrap) = &mut bwrap.seen {
                bwrap.file_caps = true;
            }
            f.tools.set(&bubblewrap::PROGRAM, bwrap);
        }),
    ],
};

/// What a user has behind an execve(2) is ambient, or comes from the file.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let (euid, caps) = (&facts.process.euid, &facts.process.cap_eff);
    if !plan.does(Habit::RefusesCapabilities)
        || super::bwrap_setuid_bounding_set::is_setuid(facts, plan)
    {
        return Gate::NotApplicable;
    }
    let tool = facts.tools.get(plan.by).value();
    let no_new_privs = facts.process.no_new_privs.value() == Some(&true);
    let of_file = tool.filter(|tool| tool.file_caps && !tool.nosuid && !no_new_privs);
    match (euid.value(), caps.value(), of_file) {
        (Some(0), ..) => Gate::Open,
        (Some(_), _, Some(tool)) => {
            let of_file = Evidence::new(&tool.path, "has file capabilities");
            Gate::shut_silently(vec![Evidence::of(euid), of_file])
        }
        (Some(_), Some(set), None) if set.0 == 0 => Gate::Open,
        (Some(_), Some(_), None) => {
            Gate::shut_silently(vec![Evidence::of(euid), Evidence::of(caps)])
        }
        (Some(_), None, None) => Gate::undecided(caps),
        (None, ..) => Gate::undecided(euid),
    }
}
