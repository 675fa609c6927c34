use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "rlimit-above-hard-limit",
    steps: &[Step::Exec, Step::Restrict],
    errnos: &[Errno::EPERM],
    title: "a higher limit (ulimit) is asked for than whoever starts it may grant",
    since: "0.1.0",
    docs: include_str!("rlimit_above_hard_limit.md"),
    texts: Texts {
        common: 5,
        calls: &["setrlimit"],
        marks: &[
            "setting rlimit\u{2026}not permitted",
            "rlimit\u{2026}not permitted",
            "resource limits\u{2026}not permitted",
            "cannot modify limit\u{2026}not permitted",
            "resource limit rlimit_\u{2026}not permitted",
            "not permitted - failed to set limit",
        ],
        hints: &["ulimit", "default_ulimits", "nofile", "limits.conf"],
        places: &[Sign::Podman],
        ask: ask("ulimit -Hn; ulimit -Hu", "less than --ulimit or default_ulimits asks for"),
        weigh: |_, _| Some(10),
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::limits::RAISE_HARD_LIMIT],
    #[cfg(test)]
    cases: tests::CASES,
};

/// do_prlimit() in kernel/sys.c.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if step != Step::Restrict || plan.limits.is_empty() {
        return Gate::NotApplicable;
    }
    let limits = &facts.process.hard_limits;
    // Where no file shows them, the probe does.
    if limits.value().is_none() {
        return match facts.refused_at(step, Errno::EPERM) {
            true => Gate::shut(Errno::EPERM, vec![evidence::flags(plan)]),
            false => Gate::Unobservable,
        };
    }
    let Some((limit, wanted, most)) = facts.process.beyond_hard_limits(&plan.limits).next() else {
        return Gate::Open;
    };
    let (name, by) = (limit.name(), plan.by.name);
    let wanted = if wanted == u64::MAX { "no limit".to_owned() } else { wanted.to_string() };
    let shown = format!("{name} is {most} at most, and {by} sets {wanted}");
    Gate::shut(Errno::EPERM, vec![Evidence::at(limits, shown)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_files(f: &mut Facts, most: u64) {
        f.process.hard_limits = known([("Max open files".to_owned(), most)].into());
    }

    /// As nsjail of 2026 says: `util::setrlimit(0, RLIMIT_NOFILE, 32): Operation not permitted`.
    pub(super) const CASES: &[Case] = &[case(NSJAIL, Restrict, Some(EPERM), |f| open_files(f, 20))
        .dark(|f| f.process.hard_limits = denied())];

    #[test]
    fn what_its_options_set() {
        let gate = |flags: &str| {
            let mut facts = healthy();
            open_files(&mut facts, 100);
            let flags: Vec<String> = flags.split(' ').map(str::to_owned).collect();
            let plan = crate::mechanisms::nsjail::plan(&flags, None, (Some(5), Some(5)));
            check(&facts, &plan, Restrict)
        };
        for flags in ["--rlimit_nofile 101", "--rlimit_nofile inf"] {
            assert!(matches!(gate(flags), Gate::Shut(_)), "{flags}");
        }
        for flags in ["-Mo", "--rlimit_nofile 100", "--rlimit_nofile max"] {
            assert_eq!(gate(flags), Gate::Open, "{flags}");
        }
        assert_eq!(gate("--rlimit_nofile 101 --disable_rlimits"), Gate::NotApplicable);
    }
}
