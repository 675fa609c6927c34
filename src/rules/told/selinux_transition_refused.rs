use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "selinux-transition-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES],
    title: "SELinux does not allow the program to give its child, or its keys, another label",
    docs: include_str!("selinux_transition_refused.md"),
    texts: Texts {
        common: 4,
        marks: &[
            "attr/keycreate\u{2026}permission denied",
            "attr/keycreate\u{2026}operation not permitted",
            "set process label\u{2026}permission denied",
            "setexeccon(",
            "change selinux context\u{2026}permission denied",
            "label_exec",
            "attr/exec`: permission denied",
        ],
        hints: &["container_t", "container-selinux", "selinux"],
        places: &[Sign::SeLinux, Sign::RedHat],
        never: &[Sign::SeLinuxOff],
        cured: &[Sign::SeLinux],
        ask: ask(
            "id -Z; ausearch -m avc -ts recent",
            "a denial of setexec, setkeycreate or transition",
        ),
        weigh: |text, _| (!text.has("apparmor")).then_some(10),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
