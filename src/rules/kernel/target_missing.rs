use crate::errno::Errno;
use crate::facts::{Evidence, Facts};
use crate::plan::{Plan, Step};
use crate::remedy;
use crate::rules::texts::Texts;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "target-missing",
    steps: &[Step::ChangeRoot, Step::NewRoot, Step::MountProc],
    errnos: &[Errno::ENOENT, Errno::ENOTDIR, Errno::EACCES],
    title: "a file or directory named in the flags cannot be used",
    since: "0.1.0",
    docs: include_str!("target_missing.md"),
    texts: Texts {
        common: 4,
        refuses: &[
            (Step::ChangeRoot, &[Errno::ENOENT]),
            (Step::NewRoot, &[Errno::ENOENT, Errno::ENOTDIR]),
            // systemd's: a path of ReadWritePaths= and the like.
            (Step::Propagation, &[Errno::ENOENT]),
            (Step::MountProc, &[Errno::ENOENT, Errno::ENOTDIR]),
        ],
        hints: &["--root", "--wd", "--mount-proc="],
        confirm: "`ls -ld` of the directory",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::flags::OTHER_DIRECTORY],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if step == Step::NewRoot {
        return match [Errno::ENOENT, Errno::ENOTDIR]
            .into_iter()
            .find(|e| facts.refused_at(step, *e))
        {
            Some(errno) if !plan.binds.is_empty() => {
                Gate::shut(errno, vec![Evidence::new(plan.binds.join(", "), errno)])
            }
            _ => Gate::NotApplicable,
        };
    }
    let other = |dir: &Option<String>, usual| dir.as_deref().is_some_and(|dir| dir != usual);
    let at_step = match step {
        Step::MountProc => other(&plan.mount_proc, "/proc"),
        _ => other(&plan.wd, "/"),
    };
    // Every system has these where they are.
    if !at_step && !other(&plan.root, "/") {
        return Gate::NotApplicable;
    }
    let dir = match step {
        Step::MountProc => &plan.mount_proc,
        _ if other(&plan.root, "/") => &plan.root,
        _ => &plan.wd,
    };
    let dir = dir.as_deref().unwrap_or("/");
    let met = [Errno::ENOENT, Errno::ENOTDIR, Errno::EACCES]
        .into_iter()
        .find(|e| facts.refused_at(step, *e));
    match met {
        Some(errno) => Gate::shut(errno, vec![Evidence::new(dir.to_owned(), errno)]),
        None => {
            let what = "whether this directory is there; without --no-probe it is tried";
            Gate::Undecided(vec![Evidence::new(dir.to_owned(), what)])
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::errno::Errno::ENOENT;
    use crate::facts::Reply;
    use crate::plan::Step::{ChangeRoot, NewRoot};
    use crate::rules::tests::{Case, case, met};

    pub(super) const CASES: &[Case] = &[case("-Ur --root=/none", ChangeRoot, Some(ENOENT), |f| {
        f.trial = met(ChangeRoot, ENOENT, Reply::Ok, None)
    })
    .dark(|_| {})];

    /// As `bwrap --ro-bind /none /mnt` says: `Can't find source path /none`.
    #[test]
    fn what_is_bound_has_to_be_there() {
        let words = ["--ro-bind", "/none", "/mnt"].map(str::to_owned);
        let plan = crate::mechanisms::bubblewrap::plan(&words, None, (Some(5), Some(5)));
        let mut facts = crate::rules::tests::healthy();
        assert_eq!((super::RULE.check)(&facts, &plan, NewRoot), crate::rules::Gate::NotApplicable);
        facts.trial = met(NewRoot, ENOENT, Reply::Ok, None);
        let gate = (super::RULE.check)(&facts, &plan, NewRoot);
        assert!(matches!(gate, crate::rules::Gate::Shut { .. }), "{gate:?}");
    }
}
