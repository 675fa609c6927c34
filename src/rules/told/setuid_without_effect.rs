use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "setuid-without-effect",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "no_new_privs or nosuid keeps a setuid program such as sudo from taking effect",
    docs: include_str!("setuid_without_effect.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "\"no new privileges\" flag is set",
            "effective uid is not 0, is ",
            "effective uid is not 0. is ",
            OF_CHROMIUM,
        ],
        hints: &["no-new-privileges", "nonewprivileges", "allowprivilegeescalation", "nosuid"],
        ask: ask(
            "grep NoNewPrivs /proc/self/status; findmnt -n -o OPTIONS -T \"$(command -v sudo)\"",
            "1, or nosuid",
        ),
        // Where something was refused later, that is what the text is about.
        weigh: |text, _| {
            let chromium = text.has(OF_CHROMIUM);
            Some(if chromium { -14 } else { -40 * i32::from(text.step.is_some()) })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};

/// Its helper, which is asked where user namespaces are refused, and goes on to be refused as well.
const OF_CHROMIUM: &str = "setuid sandbox is not running as root";
