use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "security-module-missing",
    steps: &[Step::Exec],
    errnos: &[Errno::EINVAL, Errno::ENOENT],
    title: "a profile or label is asked for, and its security module is not there",
    docs: include_str!("security_module_missing.md"),
    texts: Texts {
        common: 4,
        marks: &[
            "apparmor not supported",
            "apparmor is not supported",
            "apparmor is not enabled on th",
            "apparmor is disabled on the host",
            "built without apparmor support",
            "incomplete apparmor support",
            "apparmor requested, but is not enabled",
            "selinux requested, but is not enabled",
            "selinux is disabled or not supported",
            "apparmor is not initialized",
            "selinux is not initialized",
            "apparmor profile: not enabled",
            "selinux label: not enabled",
            "labeling not supported on this system",
            "built without selinux support",
            "apparmor not enabled",
        ],
        hints: &["apparmor", "selinux", "lxc.apparmor.profile"],
        ask: ask("cat /sys/kernel/security/lsm", "neither apparmor nor selinux"),
        // Where something was refused later, that is what the text is about.
        weigh: |text, _| Some(if text.step.is_some() { -40 } else { 4 }),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
