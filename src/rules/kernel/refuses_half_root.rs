use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "refuses-half-root",
    steps: &[Step::Start],
    errnos: &[],
    title: "the program refuses a caller whose uid is root's and whose gid is not, or the other way round",
    since: "0.1.0",
    docs: include_str!("refuses_half_root.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::Start, &[])],
        // The lines of 0.31, of the checks of the gid and of the uid.
        marks: &["please report this bug (ch-run.c:523)", "please report this bug (ch-run.c:527)"],
        hints: &["ch-run", "charliecloud", "openshift"],
        confirm: "`id` shows 0 as the uid or as the gid, but not as both",
        ..Texts::NONE
    },
    decided_by: &[Setting::User],
    check,
    remedies: &[&remedy::ids::RUN_AS_USER],
    #[cfg(test)]
    cases: &[case("charliecloud", Start, None, |f| f.process.egid = known(0))
        .dark(|f| f.process.egid = denied())],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if !plan.does(Habit::RefusesHalfRoot) {
        return Gate::NotApplicable;
    }
    let (uid, gid) = (&facts.process.euid, &facts.process.egid);
    match (uid.value(), gid.value()) {
        (Some(0), Some(0)) => Gate::Open,
        (Some(0), Some(_)) | (Some(_), Some(0)) => {
            Gate::shut_silently(vec![Evidence::of(uid), Evidence::of(gid)])
        }
        (Some(_), Some(_)) => Gate::Open,
        (None, _) => Gate::undecided(uid),
        (_, None) => Gate::undecided(gid),
    }
}
