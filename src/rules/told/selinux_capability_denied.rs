use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "selinux-capability-denied",
    steps: &[Step::Unshare, Step::UidMap],
    errnos: &[Errno::EPERM],
    title: "the SELinux policy denies this domain a capability inside a user namespace",
    docs: include_str!("selinux_capability_denied.md"),
    texts: Texts {
        common: 4,
        marks: &["tclass=cap_userns", "tclass=cap2_userns"],
        places: &[Sign::SeLinux, Sign::RedHat],
        never: &[Sign::SeLinuxOff],
        cured: &[Sign::SeLinux],
        ask: ask("ausearch -m avc | grep _userns", "a denial, with the capability in braces"),
        // What is only recorded, or is pasta's, is none.
        weigh: |text, _| {
            let pasta = text.has(":pasta_t:") || text.has("passt");
            (!text.has("permissive=1") && !pasta).then_some(0)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
