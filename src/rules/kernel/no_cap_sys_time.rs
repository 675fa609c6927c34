use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "no-cap-sys-time",
    steps: &[Step::TimeOffsets],
    errnos: &[Errno::EPERM],
    title: "setting the clocks of a time namespace without a user namespace needs CAP_SYS_TIME",
    since: "0.1.0",
    docs: include_str!("no_cap_sys_time.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::TimeOffsets, &[Errno::EPERM])],
        marks: &["timens_offsets: operation not permitted"],
        hints: &["--monotonic", "--boottime"],
        confirm: "bit 25 of `CapEff` in /proc/self/status is clear, without `--user`",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::flags::ADD_USER_NAMESPACE, &remedy::ids::RUN_AS_ROOT],
    #[cfg(test)]
    cases: &[case("--time --boottime=100", TimeOffsets, Some(EPERM), |f| {
        f.process.cap_eff = known(Caps(1 << Caps::SYS_ADMIN))
    })],
};

/// proc_timens_set_offset() in kernel/time/namespace.c: CAP_SYS_TIME in the user namespace that
/// owns the time namespace.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.new_user() {
        return Gate::NotApplicable;
    }
    evidence::capability(facts, Caps::SYS_TIME)
}
