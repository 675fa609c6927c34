use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "chown-refused",
    steps: &[Step::SetIds],
    errnos: &[Errno::EPERM],
    title: "files of other users are unpacked, and the container is not allowed to chown them",
    docs: include_str!("chown_refused.md"),
    texts: Texts {
        common: 6,
        refuses: &[(Step::SetIds, &[Errno::EPERM])],
        marks: &[
            "chown: ",
            ": chmod ",
            "chmod: ",
            "cannot change ownership\u{2026}not permitted",
            "changing ownership of\u{2026}not permitted",
            "filesystem from image: open \u{2026}permission denied",
            "open /kaniko/\u{2026}permission denied",
            "chown(\"\u{2026}not permitted",
            "chown failed: ",
            // Node's.
            "eperm: operation not permitted, chown",
            "eperm: operation not permitted, lchown",
            "eperm: operation not permitted, fchown",
            "cpio: chown",
        ],
        places: &[Sign::CapsDropped, Sign::Kubernetes, Sign::OpenShift],
        hints: &["kaniko", "filesystem from image", "drop"],
        ask: ask("id -u; grep CapEff /proc/self/status", "not 0, or no bits 0, 1 and 3 (0xb)"),
        weigh: of_chown,
        ..Texts::NONE
    },
    ..Rule::TOLD
};

/// Of files that are given away or changed where a container, or what builds an image, may not; on
/// a host it is no matter of isolation.
fn of_chown(text: &Pasted, _: bool) -> Option<i32> {
    let inside = text.in_container()
        || [Sign::OpenShift, Sign::CapsDropped, Sign::Podman].iter().any(|sign| text.is(*sign))
        || ["error building", "filesystem from image"].iter().any(|word| text.has(word));
    let by_program = text.step == Some(Step::SetIds) && text.has("chown");
    let refused = text.has("operation not permitted") || text.has("cpio: chown");
    let kaniko = text.has("filesystem from image: open") || text.has("open /kaniko/");
    let refused = refused || kaniko && text.has("permission denied");
    let alone = text.step.is_none() && refused && (inside || kaniko);
    (by_program || alone).then_some(6)
}
