use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "apparmor-change-profile-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES],
    title: "what starts the container runs under an AppArmor profile that it may not exchange",
    docs: include_str!("apparmor_change_profile_refused.md"),
    texts: Texts {
        common: 3,
        marks: &["attr/exec: permission denied", "attr/apparmor/exec: permission denied"],
        hints: &["failed to apply profile", "change_onexec"],
        places: &[Sign::AppArmor],
        ask: ask("sudo dmesg | grep -e change_onexec -e change_profile", "apparmor=\"DENIED\""),
        weigh: |_, _| Some(20),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
