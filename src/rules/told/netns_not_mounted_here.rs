use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "netns-not-mounted-here",
    steps: &[Step::Unshare],
    errnos: &[Errno::EINVAL],
    title: "the file of the network namespace is an empty file here: its mount is elsewhere, or gone",
    docs: include_str!("netns_not_mounted_here.md"),
    texts: Texts {
        common: 5,
        marks: &[
            // CNI's and podman's.
            "unknown fs magic on \"",
            // iproute2's.
            "setting the network namespace \"\u{2026}failed: invalid argument",
            "peer netns reference is invalid",
        ],
        hints: &["/run/netns", "1021994", "multus", "nomad", "privatemounts", "mountpropagation"],
        ask: ask(
            "stat -f -c %T /run/netns/NAME; findmnt -o TARGET,PROPAGATION -T /run/netns",
            "tmpfs instead of nsfs, and private",
        ),
        weigh: |text, _| Some(if text.step.is_some() { -40 } else { 4 }),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
