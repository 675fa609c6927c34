use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "openvz",
    steps: &[Step::Unshare],
    errnos: &[Errno::EPERM, Errno::EINVAL],
    title: "this is an OpenVZ container, whose kernel gives it no namespaces of its own",
    docs: include_str!("openvz.md"),
    texts: Texts {
        common: 3,
        marks: &[
            "openvz",
            "virtuozzo",
            "inappropriate ioctl for device",
            "devices cgroup doesn't match target mode",
        ],
        refuses: &[(Step::Unshare, &[Errno::EPERM, Errno::EINVAL, Errno::ENOSYS])],
        ask: ask("uname -r; ls -d /proc/vz", "stab in the first line"),
        weigh: |text, _| text.is(Sign::OpenVz).then_some(20),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
