use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "fuse-mount-of-other-user",
    steps: &[Step::Binds],
    errnos: &[Errno::EACCES],
    title: "a FUSE mount (sshfs, rclone, a portal) lets in nobody but the user who made it",
    docs: include_str!("fuse_mount_of_other_user.md"),
    texts: Texts {
        common: 4,
        marks: &[
            // Flatpak's portal of documents, and GVfs.
            "/run/user/\u{2026}/doc\u{2026}permission denied",
            "/run/user/\u{2026}/doc\u{2026}operation not permitted",
            "/run/user/\u{2026}/gvfs\u{2026}permission denied",
            "/.gvfs\u{2026}permission denied",
            "/.cache/doc\u{2026}permission denied",
            // Docker's, which cannot look at what is there.
            "mount source path\u{2026}mkdir \u{2026}: file exists",
            "response from daemon: mkdir \u{2026}: file exists",
            "find source path\u{2026}permission denied",
        ],
        hints: &["sshfs", "rclone", "s3fs", "gocryptfs", "encfs", "gcsfuse", "allow_other", "fuse"],
        ask: ask("findmnt -n -o FSTYPE,OPTIONS -T DIR", "fuse, and no allow_other"),
        weigh: of_fuse,
        ..Texts::NONE
    },
    ..Rule::TOLD
};

/// Of a mount that is somebody's own by its place or by the program that made it; what Docker says
/// is of nothing else.
fn of_fuse(text: &Pasted, _: bool) -> Option<i32> {
    let own = ["/run/user/", "/.gvfs", "/.cache/doc"].iter().any(|place| text.has(place));
    let program = [
        "sshfs", "rclone", "s3fs", "gocryptfs", "encfs", "gcsfuse", "allow_other", "mergerfs",
        "fuse mount", "fuse.",
    ];
    let unseen = text.has("mkdir ") && text.has(": file exists");
    (own || unseen || program.iter().any(|word| text.has(word))).then_some(30)
}
