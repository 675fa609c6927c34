use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "multithreaded",
    steps: &[Step::Unshare, Step::SecondUserns],
    errnos: &[Errno::EINVAL],
    title: "the process has more than one thread, and unshare(CLONE_NEWUSER) allows only one",
    since: "0.1.0",
    docs: include_str!("multithreaded.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::Unshare, &[Errno::EINVAL])],
        marks: &["unexpected multithreading found"],
        hints: &["ld_preload", "thread", "threads", "python", "java", "jvm"],
        ask: ask("grep Threads: /proc/self/status", "more than 1"),
        weigh: |text, outright| {
            // Programs that isolate for a living do it before they start a thread.
            let alone = text.by.is_some_and(|by| by != Teller::Unshare) && !outright;
            texts::of_user_namespaces(text, outright).map(|points| points - i32::from(alone) * 8)
        },
        confirm: "`Threads:` in /proc/self/status, or LD_PRELOAD is set",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::process::DROP_LD_PRELOAD],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Unshare, Some(EINVAL), |f| {
        f.env.ld_preload = known("/x.so".into());
        f.trial = met(Unshare, EINVAL, Reply::Ok, None).map(|t| Trial { binary_only: true, ..t });
    })
    .dark(|f| f.env.ld_preload = known("/x.so".into()))],
};

/// A static program such as isodoc loads nothing that could start a thread: only the real one shows
/// this.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let by_unshare = if step == Step::SecondUserns {
        plan.does(Habit::Reexecs)
    } else {
        plan.via == Via::Unshare
    };
    if !plan.new_user() || !by_unshare {
        return Gate::NotApplicable;
    }
    let preload = &facts.env.ld_preload;
    match preload.value() {
        // Only the program that executes itself anew has the library's threads; it was tried.
        Some(library) if step == Step::SecondUserns && !library.trim().is_empty() => {
            if facts.refused_at(step, Errno::EINVAL) {
                Gate::shut(Errno::EINVAL, vec![Evidence::of(preload)])
            } else {
                Gate::Unobservable
            }
        }
        Some(library) if !library.trim().is_empty() => {
            // Our own child has one thread: it passed where the program did not, or met another
            // error in the trial.
            let waiting = facts.namespaces.pid.value() != facts.namespaces.pid_for_children.value();
            let alone = facts.trial.as_ref().is_some_and(|t| {
                t.binary_only
                    || !waiting
                        && t.user
                            .value()
                            .is_some_and(|reply| *reply != Reply::Refused(Errno::EINVAL))
            });
            if alone && facts.refused_at(Step::Unshare, Errno::EINVAL) {
                Gate::shut(Errno::EINVAL, vec![Evidence::of(preload)])
            } else {
                Gate::Unobservable
            }
        }
        Some(_) => Gate::Open,
        None if preload.is_absent() => Gate::Open,
        None => Gate::Unobservable,
    }
}
