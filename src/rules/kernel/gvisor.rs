use crate::facts::Os;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "gvisor",
    steps: &[Step::Unshare, Step::Propagation, Step::MountProc],
    errnos: &[Errno::EPERM, Errno::EINVAL],
    title: "gVisor does not support what was asked for",
    since: "0.1.0",
    docs: include_str!("gvisor.md"),
    texts: Texts {
        common: 0,
        refuses: &[
            (Step::Propagation, &[Errno::EPERM]),
            (Step::Unshare, &[Errno::EPERM, Errno::EINVAL, Errno::ENOSYS]),
            // That file it does not have, or had not.
            (Step::Setgroups, &[Errno::ENOENT]),
        ],
        marks: &["sun jan 10 15:06:54 pst 2016", "starting gvisor"],
        places: &[Sign::Gvisor],
        weigh: |text, outright| (outright || text.is(Sign::Gvisor)).then_some(12),
        confirm: "dmesg says `Starting gVisor`",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[
        &remedy::container::NEWER_GVISOR,
        &remedy::container::CLOUD_RUN_GEN2,
        &remedy::flags::WITHOUT_MOUNT_PROC,
    ],
    #[cfg(test)]
    cases: &[
        case(DEFAULT_FLAGS, Propagation, Some(EPERM), |f| {
            f.os.version = known("Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016".into());
            f.trial = met(Propagation, EPERM, Reply::Ok, None);
        })
        .dark(|f| f.os.version = denied()),
        case("--pid --fork --mount-proc", Propagation, Some(EINVAL), |f| {
            f.process.cap_eff = known(Caps(1 << Caps::SYS_ADMIN));
            f.os.version = known("Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016".into());
            f.trial = met(Propagation, EINVAL, Reply::Ok, None);
        })
        .dark(|f| f.os.version = denied()),
    ],
};

/// What gVisor grants has changed from release to release; only the probe tells. The sandbox of
/// 2022 knows no private propagation: EPERM for whom the mount namespace does not obey, EINVAL for
/// whom it does.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let version = &facts.os.version;
    let errno = RULE.errnos.iter().copied().find(|errno| facts.refused_at(step, *errno));
    match (version.value(), errno) {
        (Some(text), _) if !text.contains(Os::GVISOR_BUILD) => Gate::NotApplicable,
        (Some(_), Some(Errno::EINVAL)) if step != Step::Propagation => Gate::Unobservable,
        (Some(text), Some(errno)) => Gate::shut(errno, vec![Evidence::at(version, text)]),
        _ if step == Step::Unshare && !plan.new_user() => Gate::NotApplicable,
        _ => Gate::Unobservable,
    }
}
