use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "sandbox-silently-off",
    steps: &[Step::Unshare],
    title: "the program runs, but without its sandbox",
    docs: include_str!("sandbox_silently_off.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "an existing sandbox was detected",
            "will run without any additional sandboxing",
            "sandboxing disabled because",
            "using rootless single mapping into the namespace",
            "falling back to single mapping",
        ],
        confirm: "`/proc/self/ns/user` inside is that of the outside",
        weigh: silently_off,
        ..Texts::NONE
    },
    ..Rule::TOLD
};

/// Where something was refused later, that is what the text is about.
fn silently_off(text: &Pasted, _: bool) -> Option<i32> {
    let firejail = text.by == Some(Teller::Firejail);
    Some(if firejail { 0 } else { -30 })
}
