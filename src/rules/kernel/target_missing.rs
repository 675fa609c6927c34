use crate::errno::Errno;
use crate::facts::{Evidence, Facts};
use crate::plan::{Plan, Step};
use crate::remedy;
use crate::rules::texts::Texts;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "target-missing",
    steps: &[Step::ChangeRoot, Step::MountProc],
    errnos: &[Errno::ENOENT, Errno::ENOTDIR, Errno::EACCES],
    title: "the directory named in the flags cannot be used",
    since: "0.1.0",
    docs: include_str!("target_missing.md"),
    texts: Texts {
        common: 4,
        refuses: &[
            (Step::ChangeRoot, &[Errno::ENOENT]),
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
    let named = step == Step::ChangeRoot
        || plan.root.as_ref().is_some_and(|root| root != "/")
        || plan.mount_proc.as_deref().is_some_and(|dir| dir != "/proc");
    if !named {
        return Gate::NotApplicable;
    }
    let dir = if step == Step::MountProc { &plan.mount_proc } else { &plan.root };
    let met = [Errno::ENOENT, Errno::ENOTDIR, Errno::EACCES]
        .into_iter()
        .find(|e| facts.refused_at(step, *e));
    match met {
        Some(errno) => {
            Gate::shut(errno, vec![Evidence::new(dir.as_deref().unwrap_or("--wd"), errno)])
        }
        None => Gate::Unobservable,
    }
}

#[cfg(test)]
mod tests {
    use crate::errno::Errno::ENOENT;
    use crate::facts::Reply;
    use crate::plan::Step::ChangeRoot;
    use crate::rules::tests::{Case, case, met};

    pub(super) const CASES: &[Case] = &[case("-Ur --root=/none", ChangeRoot, Some(ENOENT), |f| {
        f.trial = met(ChangeRoot, ENOENT, Reply::Ok, None)
    })
    .dark(|_| {})];
}
