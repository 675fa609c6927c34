use crate::plan::Propagation;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "landlock",
    steps: &[
        Step::UidMap,
        Step::TimeOffsets,
        Step::Setgroups,
        Step::GidMap,
        Step::Propagation,
        Step::NewRoot,
        Step::MountProc,
    ],
    errnos: &[Errno::EPERM, Errno::EACCES],
    title: "this process runs under Landlock, which denies mounting",
    since: "0.1.0",
    docs: include_str!("landlock.md"),
    texts: Texts {
        common: 3,
        refuses: &[
            (Step::Propagation, &[Errno::EPERM]),
            (Step::UidMap, &[Errno::EACCES]),
            (Step::Setgroups, &[Errno::EACCES]),
            (Step::MountProc, &[Errno::EPERM]),
            (Step::ChangeRoot, &[Errno::EPERM]),
            (Step::NewRoot, &[Errno::EPERM]),
            (Step::PivotRoot, &[Errno::EPERM]),
        ],
        hints: &["landlock", "codex", "landrun"],
        confirm: "the same works outside of the tool that started it",
        weigh,
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::lsm::OUTSIDE_LANDLOCK, &remedy::flags::WITHOUT_MOUNT_PROC],
    #[cfg(test)]
    cases: tests::CASES,
};

fn weigh(text: &Pasted, outright: bool) -> Option<i32> {
    // An engine's filter, which refuses mounts too, has refused these before.
    let sandbox = matches!(text.by, Some(Teller::Bubblewrap | Teller::Nsjail | Teller::Nix));
    let first = i32::from(sandbox && text.step == Some(Step::Propagation)) * 4;
    // mount(8) is hardly run in a sandbox.
    let tool = i32::from(text.by.is_none() && text.has("mount: ") && !text.has("landlock")) * 10;
    texts::of_opening_the_map(text, outright).map(|points| points + first - tool)
}

/// No file shows it: it is what is left when mount(2) reaches the kernel and capabilities hold
/// (Documentation/userspace-api/landlock.rst: a sandboxed thread cannot change the mount topology).
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    // It refuses every mount(2): where propagation is changed, a later one is not reached.
    let later = |step| {
        plan.propagation != Propagation::Unchanged && !plan.asks_first(step, Step::Propagation)
    };
    if matches!(step, Step::MountProc | Step::NewRoot) && later(step) {
        return Gate::NotApplicable;
    }
    if facts.lsm.list.value().is_some_and(|list| !list.iter().any(|m| m == "landlock"))
        || facts.kernel_at_least(5, 13) == Some(false)
    {
        return Gate::NotApplicable;
    }
    let writing = step.writes_own_files();
    let errno = if writing { Errno::EACCES } else { Errno::EPERM };
    let Some(trial) = facts.trial.as_ref().filter(|_| facts.refused_at(step, errno)) else {
        return Gate::Unobservable;
    };
    // Capabilities are asked about before room is (kernel/nsproxy.c, kernel/utsname.c).
    let capable =
        matches!(trial.inner_uts.value(), None | Some(Reply::Ok | Reply::Refused(Errno::ENOSPC)));
    let dumpable =
        facts.process.dumpable.value() == Some(&1) || trial.own_files.value() == Some(&Reply::Ok);
    if capable && (dumpable || !writing) {
        let inner = trial.inner_uts.value().map(|reply| {
            Evidence::new("unshare(CLONE_NEWUTS) in a new user namespace", reply.name())
        });
        // That the list cannot be seen, as in a container, shows nothing.
        let list = Some(&facts.lsm.list).filter(|list| list.value().is_some() || inner.is_none());
        return Gate::shut(errno, inner.into_iter().chain(list.map(Evidence::of_list)).collect());
    }
    Gate::Unobservable
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const CASES: &[Case] = &[
        case(DEFAULT_FLAGS, Propagation, Some(EPERM), |f| {
            f.trial = met(Propagation, EPERM, Reply::Ok, Some(Reply::Ok))
        })
        .dark(|_| {}),
        case(DEFAULT_FLAGS, UidMap, Some(EACCES), |f| {
            f.trial = met(UidMap, EACCES, Reply::Ok, Some(Reply::Ok))
        })
        .dark(|_| {}),
        case("-m --propagation=unchanged --mount-proc", MountProc, Some(EPERM), |f| {
            f.trial = met(MountProc, EPERM, Reply::Ok, None)
        }),
    ];

    /// As in a container, where the list is out of sight.
    #[test]
    fn a_list_shows_something_where_it_is_seen() {
        let shown = |list: Fact<Vec<String>>| {
            let mut facts = healthy();
            facts.lsm.list = list;
            facts.trial = met(Propagation, EPERM, Reply::Ok, Some(Reply::Ok));
            match (super::RULE.check)(&facts, &plan(DEFAULT_FLAGS), Propagation) {
                Gate::Shut(shut) => shut.evidence.into_iter().map(|e| e.value).collect(),
                gate => vec![format!("{gate:?}")],
            }
        };
        assert_eq!(shown(absent()), ["ok"]);
        assert_eq!(shown(known(vec!["yama".into(), "landlock".into()])), ["ok", "yama,landlock"]);
    }
}
