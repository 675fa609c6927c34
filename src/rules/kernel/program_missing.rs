use crate::errno::Errno;
use crate::facts::{Evidence, Facts};
use crate::mechanisms::unshare;
use crate::plan::Program;
use crate::plan::{Plan, Step};
use crate::remedy;
use crate::rules::texts::Texts;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "program-missing",
    steps: &[Step::Exec],
    errnos: &[Errno::ENOENT],
    title: "the program that tests the isolation is not in PATH",
    since: "0.1.0",
    docs: include_str!("program_missing.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::Exec, &[Errno::ENOENT, Errno::EACCES])],
        marks: &["failed to execute"],
        hints: &["tini", "execvp"],
        confirm: "`command -v` of the program",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::host::INSTALL_TRUE],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.by != &unshare::PROGRAM {
        return Gate::NotApplicable;
    }
    let tool = facts.tools.get(&Program::TRUE);
    match &plan.program {
        Some(_) => Gate::Unobservable,
        None if tool.value().is_some() => Gate::Open,
        None if tool.is_absent() && plan.root.is_none() => {
            Gate::shut(Errno::ENOENT, vec![Evidence::of_state(tool)])
        }
        None => Gate::Unobservable,
    }
}

#[cfg(test)]
mod tests {
    use crate::errno::Errno::ENOENT;
    use crate::facts::Fact;
    use crate::plan::Program;
    use crate::plan::Step::Exec;
    use crate::rules::tests::{Case, DEFAULT_FLAGS, absent, case};

    pub(super) const CASES: &[Case] =
        &[case(DEFAULT_FLAGS, Exec, Some(ENOENT), |f| f.tools.set(&Program::TRUE, absent()))
            .dark(|f| f.tools.set(&Program::TRUE, Fact::default()))];
}
