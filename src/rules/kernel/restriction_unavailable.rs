use crate::plan::Restriction;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "restriction-unavailable",
    steps: &[Step::Restrict],
    errnos: &[Errno::ENOSYS, Errno::EOPNOTSUPP, Errno::EINVAL, Errno::EPERM],
    title: "the kernel lacks Landlock or seccomp, or a filter keeps this process from using it",
    since: "0.1.0",
    docs: include_str!("restriction_unavailable.md"),
    texts: Texts {
        common: 2,
        refuses: &[(Step::Restrict, &[])],
        marks: &["seccomp\u{2026}function not implemented"],
        hints: &["landlock", "seccomp"],
        confirm: "`cat /sys/kernel/security/lsm` lacks landlock, or the kernel is too old",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::container::SECCOMP_UNCONFINED],
    #[cfg(test)]
    cases: &[
        case("landlock", Restrict, Some(EOPNOTSUPP), |f| f.lsm.list = known(vec!["bpf".into()]))
            .dark(|f| f.os.release = denied()),
        case("seccomp-notify", Restrict, Some(EINVAL), |f| {
            f.os.release = known(crate::parse::release::parse(b"4.19.0").unwrap());
        }),
    ],
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let Some(block) = plan.block else { return Gate::NotApplicable };
    let met = facts.trial_at(step).and_then(|trial| trial.errno);
    if let Some(errno) = met.filter(|errno| RULE.errnos.contains(errno)) {
        return Gate::shut(errno, vec![Evidence::new(block.call(), errno)]);
    }
    let release = &facts.os.release;
    let (major, minor) = block.since();
    match facts.kernel_at_least(major, minor) {
        Some(false) => {
            let text = release.value().map_or("", |release| release.text.as_str());
            let shown = Evidence::at(release, text);
            return Gate::shut(block.lacking(), vec![shown]);
        }
        None => return Gate::undecided(release),
        Some(true) => {}
    }
    let modules = &facts.lsm.list;
    match (block, modules.value()) {
        (Restriction::Landlock, Some(list)) if !list.iter().any(|module| module == "landlock") => {
            Gate::shut(Errno::EOPNOTSUPP, vec![Evidence::of_list(modules)])
        }
        // A filter may refuse the call itself; every default profile lets it pass.
        _ => Gate::Unobservable,
    }
}
