use crate::facts::Tool;
use crate::mechanisms::bubblewrap;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "bwrap-setuid-bounding-set",
    steps: &[Step::Start],
    errnos: &[Errno::EPERM],
    title: "bubblewrap is setuid root, and the bounding set does not hold what it needs",
    since: "0.1.0",
    docs: include_str!("bwrap_setuid_bounding_set.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::Start, &[Errno::EPERM])],
        marks: &["capset failed"],
        hints: &["bwrap", "setuid"],
        confirm: "`ls -l $(command -v bwrap)` shows an s, and bit 21 of CapBnd is clear",
        ..Texts::NONE
    },
    decided_by: &[Setting::Capabilities],
    check,
    remedies: &[&remedy::programs::BWRAP_WITHOUT_SETUID],
    #[cfg(test)]
    cases: tests::CASES,
};

/// What acquire_privs() in bubblewrap.c keeps: it asks for these with capset(2), which gives none
/// beyond the bounding set.
const NEEDED: u64 = 1 << Caps::SYS_ADMIN
    | 1 << Caps::SYS_CHROOT
    | 1 << Caps::NET_ADMIN
    | 1 << Caps::SETUID
    | 1 << Caps::SETGID
    | 1 << 19;

/// Whether it becomes root. Where privilege is not gained by an execve(2) it is an ordinary
/// program.
pub(super) fn is_setuid(facts: &Facts, plan: &Plan) -> bool {
    let gains = |tool: &&Tool| tool.mode & 0o4000 != 0 && tool.uid == 0 && !tool.nosuid;
    let process = &facts.process;
    process.no_new_privs.value() != Some(&true)
        && process.euid.value() != Some(&0)
        && facts.tools.get(plan.by).value().filter(gains).is_some()
}

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let process = &facts.process;
    let Some(tool) = facts.tools.get(plan.by).value().filter(|_| plan.by == &bubblewrap::PROGRAM)
    else {
        return Gate::NotApplicable;
    };
    if !is_setuid(facts, plan) {
        return Gate::NotApplicable;
    }
    match process.cap_bnd.value() {
        Some(set) if set.0 & NEEDED == NEEDED => Gate::Open,
        Some(_) => {
            let bounding = Evidence::of(&process.cap_bnd);
            Gate::shut(Errno::EPERM, vec![Evidence::new(&tool.path, "setuid root"), bounding])
        }
        None => Gate::undecided(&process.cap_bnd),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::bubblewrap;

    fn setuid(facts: &mut Facts) {
        facts.tools.set(&bubblewrap::PROGRAM, tool(0o4755));
    }

    pub(super) const CASES: &[Case] = &[case(BUBBLEWRAP, Start, Some(EPERM), |f| {
        setuid(f);
        f.process.cap_bnd = known(Caps(0xa804_25fb));
    })
    .dark(|f| {
        setuid(f);
        f.process.cap_bnd = denied();
    })];
}
