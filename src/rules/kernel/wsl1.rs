use crate::errno::Errno;
use crate::facts::{Evidence, Facts};
use crate::plan::{Plan, Step};
use crate::remedy;
use crate::rules::texts::{Sign, Texts};
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "wsl1",
    steps: &[Step::Unshare],
    errnos: &[Errno::EINVAL],
    title: "WSL 1 has no user namespaces",
    since: "0.1.0",
    docs: include_str!("wsl1.md"),
    texts: Texts {
        common: 2,
        refuses: &[(Step::Unshare, &[Errno::EINVAL])],
        hints: &["wsl1"],
        places: &[Sign::Wsl],
        weigh: |text, _| text.is(Sign::Wsl).then_some(if text.has("wsl2") { -12 } else { 12 }),
        confirm: "/proc/version says `Microsoft` with a capital M",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::host::WSL_SET_VERSION_2],
    #[cfg(test)]
    cases: tests::CASES,
};

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

#[cfg(test)]
mod tests {
    use crate::errno::Errno::EINVAL;
    use crate::plan::Step::Unshare;
    use crate::rules::tests::{Case, DEFAULT_FLAGS, case, denied, known};

    pub(super) const CASES: &[Case] = &[case(DEFAULT_FLAGS, Unshare, Some(EINVAL), |f| {
        f.os.version = known(
            "Linux version \
            4.4.0-19041-Microsoft"
                .into(),
        )
    })
    .dark(|f| f.os.version = denied())];
}
