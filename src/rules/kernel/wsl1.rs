use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "wsl1",
    steps: &[Step::Unshare],
    errnos: &[Errno::EINVAL],
    title: "WSL 1 has no user namespaces",
    since: "0.1.0",
    docs: include_str!("wsl1.md"),
    texts: Texts {
        common: 2,
        refuses: &[
            (Step::Unshare, &[Errno::EINVAL, Errno::EACCES]),
            (Step::Propagation, &[Errno::EINVAL]),
        ],
        // fcntl(2), as Singularity asks it, answers so nowhere else.
        marks: &["failed to set o_cloexec flags on image", OF_RUNC],
        hints: &["wsl1", "no loop devices available", "/proc/self/mountinfo"],
        places: &[Sign::Wsl],
        weigh,
        confirm: "/proc/version says `Microsoft` with a capital M",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::system::WSL_SET_VERSION_2],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Unshare, Some(EINVAL), |f| {
        f.os.version = known(
            "Linux version \
            4.4.0-19041-Microsoft"
                .into(),
        )
    })
    .dark(|f| f.os.version = denied())],
};

/// What runc 1.0 says of namespaces that it could not make, whatever the reason.
const OF_RUNC: &str = "running exec setns process for init";

fn weigh(text: &Pasted, outright: bool) -> Option<i32> {
    if text.has(OF_RUNC) && !text.is(Sign::Wsl) {
        return None;
    }
    let named = ["wsl1", "wsl 1", "not wsl2", "to wsl2"].iter().any(|word| text.has(word));
    // It calls itself 4.4.0, and Windows has WSL 2 since build 18917.
    let certain =
        text.kernel == Some((4, 4)) || windows_build(&text.text).is_some_and(|b| b < 18_917);
    (outright || text.is(Sign::Wsl)).then_some(match () {
        () if certain && text.is(Sign::Wsl) => 40,
        () if text.has("wsl2") && !named => -12,
        () => 12,
    })
}

/// The build of `Microsoft Windows [Version 10.0.17763.379]`.
fn windows_build(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("version 10.0.")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if !plan.new_user() {
        return Gate::NotApplicable;
    }
    let version = &facts.os.version;
    match version.value() {
        // WSL 2 says `microsoft`, in lower case.
        Some(text) if text.contains("Microsoft") && !text.contains("microsoft-standard") => {
            Gate::shut(Errno::EINVAL, vec![Evidence::of(version)])
        }
        Some(_) => Gate::Open,
        None => Gate::Unobservable,
    }
}
