use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "sysfs-refused",
    steps: &[Step::MountProc],
    errnos: &[Errno::EPERM],
    title: "a container can mount a sysfs of its own only where it owns its network namespace",
    docs: include_str!("sysfs_refused.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "mounting \"sysfs\"",
            "mount sysfs",
            "mount `sysfs`",
            "mount 'sysfs'",
            "mount \"sysfs\"",
            "sysfs on /sys:",
            "mount of /sys failed",
            "mounting \"/sys\" to rootfs\u{2026}not permitted",
            "mounting sysfs",
            "mount: /sys: permission denied",
        ],
        hints: &["--net=host", "--network=host", "--network host", "network_mode: host"],
        confirm: "it works with a network of its own, or with /sys bound from outside",
        ask: ask("findmnt --submounts /sys", "ro, or mounts below it"),
        weigh: |text, _| {
            let refused = matches!(text.errno, None | Some(Errno::EPERM | Errno::EACCES));
            refused.then_some(0)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
