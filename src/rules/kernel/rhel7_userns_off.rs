use crate::rules::prelude::*;
use crate::rules::texts::Reported;

pub(crate) static RULE: Rule = Rule {
    id: "rhel7-userns-off",
    steps: &[Step::Unshare],
    errnos: &[Errno::EINVAL, Errno::ENOSPC],
    title: "RHEL 7 disables user namespaces by default",
    since: "0.1.0",
    docs: include_str!("rhel7_userns_off.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::Unshare, &[Errno::EINVAL, Errno::EPERM, Errno::ENOSPC])],
        marks: &[
            "user_namespace.enable",
            // runc of that time, which tells in which line of its own it gave up.
            OF_RUNC,
        ],
        hints: &["3.10.0"],
        places: &[Sign::Rhel7],
        never: &[
            Sign::UbuntuRestricting,
            Sign::UbuntuOld,
            Sign::Debian,
            Sign::Arch,
            Sign::Android,
            Sign::Wsl,
        ],
        ask: ask(
            "cat /sys/module/user_namespace/parameters/enable /proc/sys/user/max_user_namespaces",
            "N, or 0",
        ),
        confirm: "`uname -r` has el7, and user_namespace.enable is N or max_user_namespaces is 0",
        weigh,
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::sysctl::RHEL7_BOOT_PARAMETER, &remedy::sysctl::SYSCTL_MAX_USER_NAMESPACES],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Unshare, Some(EINVAL), |f| {
        f.os.release = known(parse::release::parse(b"3.10.0-514.el7.x86_64").unwrap());
        f.sysctl.rhel7_userns_enable = known(false);
    })
    .dark(|f| f.os.release = denied())],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let release = &facts.os.release;
    match release.value() {
        _ if !plan.new_user() => Gate::NotApplicable,
        None => Gate::Unobservable,
        Some(r) if !r.text.contains(".el7") => Gate::NotApplicable,
        Some(r) => {
            let kernel = Evidence::at(release, &r.text);
            let enable = &facts.sysctl.rhel7_userns_enable;
            if enable.value() == Some(&false) {
                return Gate::shut(Errno::EINVAL, vec![kernel, Evidence::of(enable)]);
            }
            limits::of(facts, "user", |limit, fact| match limit {
                0 => Gate::shut(Errno::ENOSPC, vec![kernel, Evidence::of(fact)]),
                _ => Gate::Open,
            })
        }
    }
}

const OF_RUNC: &str = "running exec setns process for init";

fn weigh(text: &Pasted, outright: bool) -> Option<i32> {
    // It gives up for other reasons too.
    if text.has(OF_RUNC) && !(text.is(Sign::Rhel7) && text.is(Sign::UserNamespaceRemap)) {
        return None;
    }
    let points = texts::of_user_namespaces(text, outright)?;
    // Root makes a mount namespace without one.
    if text.is(Sign::Root) && text.is(Sign::Docker) && text.has("mount namespace") && !outright {
        return Some(-20);
    }
    match text.kernel {
        Some(kernel) if kernel != (3, 10) => None,
        _ if text.is(Sign::Rhel7) => Some(15),
        // So it answers where it is built in.
        _ if text.values("config_user_ns").any(|value| value == Reported::Is(1))
            && text.errno == Some(Errno::EINVAL) =>
        {
            Some(points + 12)
        }
        // Docker with userns-remap is what was tried there.
        _ if text.by == Some(Teller::Runc) && text.errno != Some(Errno::ENOSPC) => Some(points + 6),
        // What computing centres have run on it.
        _ if matches!(text.by, Some(Teller::Apptainer | Teller::Charliecloud | Teller::Podman))
            && text.errno == Some(Errno::EINVAL) =>
        {
            Some(points + 12)
        }
        // It has looked whether they are built in.
        _ if text.has("mount a new user namespace") && text.errno == Some(Errno::EINVAL) => {
            Some(points + 12)
        }
        _ => Some(points - 4),
    }
}
