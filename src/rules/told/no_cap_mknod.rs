use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "no-cap-mknod",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "the container lacks CAP_MKNOD, without which no device node can be made",
    docs: include_str!("no_cap_mknod.md"),
    texts: Texts {
        common: 4,
        calls: &["mknod", "mknodat"],
        marks: &[
            "mknod\u{2026}not permitted",
            "mknodat\u{2026}not permitted",
            "makedev \u{2026}failed",
            "not permitted - failed to create device node",
            "cap_mknod",
            "cap-add mknod",
            "cap-add=mknod",
        ],
        hints: &["mknod", "--cap-add"],
        places: &[Sign::CapsDropped, Sign::OpenShift],
        ask: ask("grep CapEff /proc/self/status", "no bit 27 (0x8000000)"),
        weigh: of_mknod,
        ..Texts::NONE
    },
    ..Rule::TOLD
};

/// Docker leaves the capability to its containers, podman and CRI-O do not. crun and runc make no
/// nodes in a user namespace: they bind those of the host.
fn of_mknod(text: &Pasted, _: bool) -> Option<i32> {
    let runtime = ["crun: mknod", "creating device nodes"].iter().any(|word| text.has(word));
    let dropped = text.is(Sign::CapsDropped) || text.is(Sign::OpenShift);
    let told = ["cap_mknod", "cap-add mknod", "cap-add=mknod"].iter().any(|word| text.has(word));
    let mapped =
        ["rootless", "user namespace", "userns", "unprivileged"].iter().any(|word| text.has(word));
    let asked = told && text.has("not permitted");
    ((runtime || dropped || asked) && !mapped).then_some(20)
}
