use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "user-variable-missing",
    steps: &[Step::Start],
    errnos: &[],
    title: "the program does not start without the variable USER",
    since: "0.1.0",
    docs: include_str!("user_variable_missing.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::Start, &[])],
        marks: &["error: $user not set"],
        hints: &["ch-run", "charliecloud"],
        confirm: "`printenv USER` prints nothing",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::process::SET_USER],
    #[cfg(test)]
    cases: &[case("charliecloud", Start, None, |f| f.env.user = absent())
        .dark(|f| f.env.user = Fact::default())],
};

/// What a capture does not hold of the environment is no sign that it lacks the variable.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let user = &facts.env.user;
    match user.value() {
        _ if !plan.does(Habit::WantsUser) => Gate::NotApplicable,
        Some(_) => Gate::Open,
        None if user.is_absent() => Gate::shut_silently(vec![Evidence::of_state(user)]),
        None => Gate::Unobservable,
    }
}
