use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "not-linux",
    steps: &[Step::FindBinary],
    errnos: &[],
    title: "this is not Linux: there are no namespaces here",
    since: "0.1.0",
    docs: include_str!("not_linux.md"),
    texts: Texts {
        common: 0,
        refuses: &[(Step::FindBinary, &[Errno::ENOENT])],
        marks: &["'unshare' is not recognized"],
        hints: &["darwin", "macos", "mac os", "zsh"],
        confirm: "`uname -s` does not say Linux",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::system::RUN_IN_LINUX_VM],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, FindBinary, None, |f| f.os.family = known("macos".into()))
        .dark(|f| f.os.family = denied())],
};

fn check(facts: &Facts, _: &Plan, _: Step) -> Gate {
    let family = &facts.os.family;
    match family.value().map(String::as_str) {
        Some("linux") => Gate::Open,
        Some(_) => Gate::shut_silently(vec![Evidence::of(family)]),
        None if family.is_absent() => Gate::NotApplicable,
        None => Gate::undecided(family),
    }
}
