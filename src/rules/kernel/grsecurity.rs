use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "grsecurity",
    steps: &[Step::Unshare],
    errnos: &[Errno::EPERM],
    title: "the grsecurity kernel requires privilege for user namespaces",
    since: "0.1.0",
    docs: include_str!("grsecurity.md"),
    texts: Texts {
        common: 0,
        refuses: &[(Step::Unshare, &[Errno::EPERM])],
        hints: &["grsec", "grsecurity", "pax"],
        confirm: "`grsec` in uname -r",
        weigh: texts::of_user_namespaces,
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::system::OTHER_KERNEL],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Unshare, Some(EPERM), |f| {
        f.os.release = known(parse::release::parse(b"4.9.24-grsec").unwrap());
        f.trial = met(Unshare, EPERM, Reply::Refused(EPERM), None);
    })
    .dark(|f| f.os.release = denied())],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let release = &facts.os.release;
    match release.value() {
        _ if !plan.new_user() => Gate::NotApplicable,
        Some(r) if !r.text.contains("grsec") => Gate::NotApplicable,
        Some(r) if facts.refused_at(step, Errno::EPERM) => {
            Gate::shut(Errno::EPERM, vec![Evidence::at(release, &r.text)])
        }
        _ => Gate::Unobservable,
    }
}
