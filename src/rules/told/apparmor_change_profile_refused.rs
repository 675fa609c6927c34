use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "apparmor-change-profile-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES],
    title: "the container engine runs under an AppArmor profile that does not let it change profiles",
    docs: include_str!("apparmor_change_profile_refused.md"),
    texts: Texts {
        common: 3,
        marks: &[
            "attr/exec: permission denied",
            "attr/apparmor/exec: permission denied",
            "exec /\u{2026}operation not permitted",
        ],
        hints: &["failed to apply profile", "change_onexec"],
        places: &[Sign::AppArmor],
        ask: ask("sudo dmesg | grep -e change_onexec -e change_profile", "apparmor=\"DENIED\""),
        // A snap's Docker may not, with no_new_privs.
        weigh: |text, _| {
            let any = |words: &[&str]| words.iter().any(|word| text.has(word));
            let snap = text.has("snap") && any(&["no-new-privileges", "no_new_privs"]);
            // What runc calls a label is SELinux's.
            let label = text.has("set process label");
            let change = snap || any(&["attr/", "change_onexec", "change_profile"]);
            (change && !label).then_some(20)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
