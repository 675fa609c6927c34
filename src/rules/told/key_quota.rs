use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "key-quota",
    steps: &[Step::Exec],
    errnos: &[Errno::EDQUOT],
    title: "the user has as many keys as kernel.keys.maxkeys and maxbytes allow; containers share it",
    docs: include_str!("key_quota.md"),
    texts: Texts {
        common: 7,
        marks: &["disk quota exceeded", "join keyctl"],
        hints: &["maxkeys", "maxbytes"],
        ask: ask("cat /proc/key-users", "a user whose keys/limit are equal, mostly 200/200"),
        weigh: |text, _| {
            let key = ["keyring", "session key", "keyctl"].iter().any(|word| text.has(word));
            (key && text.has("quota")).then_some(4)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
