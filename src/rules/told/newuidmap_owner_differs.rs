use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "newuidmap-owner-differs",
    steps: &[Step::UidMap, Step::GidMap],
    errnos: &[],
    title: "newuidmap refuses: the process, its user and /etc/passwd do not agree on the ids",
    docs: include_str!("newuidmap_owner_differs.md"),
    texts: Texts {
        common: 6,
        marks: &["owned by a different user"],
        hints: &["newgrp", "sg ", "pw_gid", "st_uid:0"],
        ask: ask("id -u; id -g; getent passwd $(id -un)", "ids that differ"),
        weigh: of_other_ids,
        ..Texts::NONE
    },
    ..Rule::TOLD
};

/// `uid:0 pw_uid:0 st_uid:0, gid:402 pw_gid:0 st_gid:402`; where only the owner of the process
/// differs, it is one that no longer shows its user.
fn of_other_ids(text: &Pasted, _: bool) -> Option<i32> {
    let number = |name: &str| {
        let (_, rest) = text.text.split_once(name)?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u64>().ok()
    };
    let differ = |own, listed| number(own).zip(number(listed)).is_some_and(|(a, b)| a != b);
    let own = differ(" uid:", "pw_uid:") || differ(" gid:", "pw_gid:");
    (text.has("newuidmap") || text.has("newgidmap")).then_some(if own { 10 } else { -30 })
}
