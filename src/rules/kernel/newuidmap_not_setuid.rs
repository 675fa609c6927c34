use crate::errno::Errno;
use crate::facts::{Evidence, Facts};
use crate::plan::{Plan, Step};
use crate::remedy;
use crate::rules::evidence::map_helper;
use crate::rules::texts::{self, Sign, Texts, ask};
use crate::rules::{Gate, Rule};

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
        marks: &["should have setuid or have filecaps setuid", "could not set caps"],
        hints: &["setuid", "cap_setuid"],
        elsewhere: &[Sign::NoNewPrivs, Sign::Container, Sign::Nosuid, Sign::CapsDropped],
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
    remedies: &[&remedy::host::SETUID_NEWUIDMAP, &remedy::flags::MAP_ONE_ID],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let Some(tool) = map_helper::of(facts, plan, step) else { return Gate::NotApplicable };
    if let Some(found) = tool.value()
        && !found.file_caps
        && found.mode & 0o4000 == 0
    {
        return Gate::shut(
            Errno::EPERM,
            vec![Evidence::new(found.path.as_str(), format!("mode {:04o}", found.mode))],
        );
    }
    if tool.is_undecided() { Gate::Unobservable } else { Gate::Open }
}

#[cfg(test)]
mod tests {
    use crate::errno::Errno::EPERM;
    use crate::facts::Fact;
    use crate::plan::Program;
    use crate::plan::Step::GidMap;
    use crate::rules::tests::{Case, case, tool};

    pub(super) const CASES: &[Case] = &[case("--map-auto", GidMap, Some(EPERM), |f| {
        f.tools.set(&Program::NEWGIDMAP, tool(0o755))
    })
    .dark(|f| f.tools.set(&Program::NEWGIDMAP, Fact::default()))];
}
