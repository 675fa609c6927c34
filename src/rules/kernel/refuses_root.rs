use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "refuses-root",
    steps: &[Step::Start],
    errnos: &[],
    title: "the program refuses to make its sandbox as root",
    since: "0.1.0",
    docs: include_str!("refuses_root.md"),
    texts: Texts {
        common: 7,
        refuses: &[(Step::Start, &[])],
        marks: &["running as root without --no-sandbox"],
        hints: &["chrome", "chromium", "puppeteer", "playwright"],
        confirm: "`id -u` says 0",
        ..Texts::NONE
    },
    decided_by: &[Setting::User],
    check,
    remedies: &[&remedy::ids::RUN_AS_USER],
    #[cfg(test)]
    cases: &[case(CHROMIUM, Start, None, |f| f.process.euid = known(0))
        .dark(|f| f.process.euid = denied())],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let euid = &facts.process.euid;
    match euid.value() {
        _ if !plan.does(Habit::RefusesRoot) => Gate::NotApplicable,
        Some(0) => Gate::shut_silently(vec![Evidence::of(euid)]),
        Some(_) => Gate::Open,
        None => Gate::undecided(euid),
    }
}
