use crate::facts::{Evidence, Facts};
use crate::plan::{Plan, Step};
use crate::remedy;
use crate::rules::texts::Texts;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "flags-not-understood",
    steps: &[Step::ParseFlags],
    errnos: &[],
    title: "unshare does not understand the flags",
    since: "0.1.0",
    docs: include_str!("flags_not_understood.md"),
    texts: Texts {
        common: 7,
        refuses: &[(Step::ParseFlags, &[])],
        marks: &["unrecognized option", "unknown option", "unsupported --setgroups"],
        hints: &["busybox", "--map-auto", "--map-users"],
        confirm: "`unshare --help` does not list the flag",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::flags::DEFAULT_FLAGS],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(_: &Facts, plan: &Plan, _: Step) -> Gate {
    match plan.flag_error.as_ref().or(plan.late_flag_error.as_ref()) {
        Some(error) => Gate::shut_silently(vec![Evidence::new(error.word.clone(), &error.why)]),
        // A name, or a number that versions read in their own ways: only the program itself knows.
        None if !plan.beyond.is_empty() => Gate::Unobservable,
        None => Gate::Open,
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::Step::ParseFlags;
    use crate::rules::tests::{Case, case};

    pub(super) const CASES: &[Case] = &[case("--bogus", ParseFlags, None, |_| {})];
}
