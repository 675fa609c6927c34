use crate::deploy::Setting;
use crate::errno::Errno;
use crate::facts::Facts;
use crate::plan::{Plan, Step, Via};
use crate::remedy;
use crate::rules::evidence::seccomp;
use crate::rules::texts::Texts;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-clone",
    steps: &[Step::Unshare],
    errnos: &[Errno::EPERM, Errno::ENOSYS],
    title: "a seccomp filter blocks clone(2) with namespace flags",
    since: "0.1.0",
    docs: include_str!("seccomp_clone.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::Unshare, &[Errno::EPERM, Errno::ENOSYS])],
        hints: &["nsjail", "clone(", "isolate", "docker"],
        confirm: "`Seccomp: 2` in /proc/self/status, and nsjail or a clone(2) caller is refused",
        weigh: |text, _| Some(if text.clone { 8 } else { 0 }),
        ..Texts::NONE
    },
    decided_by: &[Setting::Seccomp],
    check,
    remedies: &[
        &remedy::container::SECCOMP_UNCONFINED,
        &remedy::container::CAP_ADD_SYS_ADMIN,
        &remedy::container::PRIVILEGED,
        &remedy::host::SYSTEMD_ALLOW_NAMESPACES,
    ],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.via != Via::Clone {
        return Gate::NotApplicable;
    }
    seccomp::namespaces(facts, plan)
}

#[cfg(test)]
mod tests {
    use crate::errno::Errno::EPERM;
    use crate::facts::{Question, Reply};
    use crate::plan::Namespaces;
    use crate::plan::Step::Unshare;
    use crate::rules::tests::{Case, NSJAIL, answer, case, known};

    pub(super) const CASES: &[Case] = &[case(NSJAIL, Unshare, Some(EPERM), |f| {
        answer(f, &Question::Clone(Namespaces::USER), Reply::Refused(EPERM))
    })
    .dark(|f| f.process.seccomp = known(2))];
}
