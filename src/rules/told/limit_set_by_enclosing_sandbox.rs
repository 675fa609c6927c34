use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "limit-set-by-enclosing-sandbox",
    steps: &[Step::Unshare],
    errnos: &[Errno::ENOSPC],
    title: "the enclosing sandbox allows no further user namespaces (bwrap --disable-userns)",
    docs: include_str!("limit_set_by_enclosing_sandbox.md"),
    texts: Texts {
        common: 4,
        refuses: &[(Step::Unshare, &[Errno::ENOSPC])],
        hints: &["disable-userns", "--disable-userns"],
        ask: ask("sysctl user.max_user_namespaces", "1, and more outside of the sandbox"),
        weigh: |text, _| {
            let runs_in_bwrap =
                ["pressure-vessel", "umu-proton", "flatpak-spawn", "disable-userns", "steam-run"];
            let within = text.is(Sign::Flatpak)
                || text.is(Sign::Nested)
                || runs_in_bwrap.iter().any(|word| text.has(word));
            within.then_some(14)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
