use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "image-id-beyond-map",
    steps: &[Step::SetIds],
    errnos: &[Errno::EINVAL],
    title: "a file of the image belongs to an id that is not in the container's id map",
    docs: include_str!("image_id_beyond_map.md"),
    texts: Texts {
        common: 4,
        marks: &[
            "cannot be mapped to a host id",
            "cannot be mapped to a container id",
            // LXD's.
            "failed to change ownership of: /var/",
            "enough ids available in the namespace",
            "insufficient uids or gids available",
            "insufficient uids available",
            "failed to lchown",
            "changing ownership of",
            "cannot change ownership\u{2026}invalid argument",
        ],
        confirm: "`cat /proc/self/uid_map` inside: the id lies in no line",
        ask: ask("podman unshare cat /proc/self/uid_map", "no line that holds the id"),
        refuses: &[(Step::SetIds, &[Errno::EINVAL])],
        weigh: |text, outright| {
            let chown = outright || text.has("chown");
            let denied = text.has("operation not permitted") || text.has("permission denied");
            let refused = denied && !text.has("invalid argument");
            (chown && !refused).then_some(match text.owner {
                _ if texts::map_was_refused(text) => -60,
                Some(65536..) => 20,
                _ => -10,
            })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
