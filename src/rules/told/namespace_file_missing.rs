use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "namespace-file-missing",
    steps: &[Step::Exec],
    errnos: &[Errno::ENOENT],
    title: "the namespace to be joined has no file: its process is not seen here, or Linux is older than 3.8",
    docs: include_str!("namespace_file_missing.md"),
    texts: Texts {
        common: 4,
        marks: &[
            // nsenter(1) of each release, busybox's, runc's and podman's.
            "open /proc/\u{2026}/ns/pid: no such file",
            "open /proc/\u{2026}/ns/mnt: no such file",
            "open /proc/\u{2026}/ns/user: no such file",
            "stat /proc/\u{2026}/ns/pid: no such file",
            "stat /proc/\u{2026}/ns/mnt: no such file",
            "stat /proc/\u{2026}/ns/user: no such file",
            "open '/proc/\u{2026}/ns/pid': no such file",
            "open '/proc/\u{2026}/ns/mnt': no such file",
            "open '/proc/\u{2026}/ns/user': no such file",
        ],
        hints: &["nsenter", "docker-enter", "hostpid", "lxc-attach"],
        ask: ask("ls /proc/PID/ns; uname -r", "no such process, no such kind, or less than 3.8"),
        // What bubblewrap and unshare(1) open is their own.
        weigh: |text, _| (text.step.is_none() && !text.has("/proc/self/")).then_some(10),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
