use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "setns-refused",
    steps: &[Step::Unshare],
    errnos: &[Errno::EPERM],
    title: "the namespace to be joined belongs to another user namespace",
    docs: include_str!("setns_refused.md"),
    texts: Texts {
        common: 6,
        calls: &["setns"],
        marks: &[
            "cannot setns",
            "failed to setns",
            "setns(\u{2026}not permitted",
            "setting the network namespace\u{2026}not permitted",
            // nsenter(1) of util-linux, in each release.
            "cannot open /proc/\u{2026}/ns/\u{2026}denied",
            "failed to open /proc/\u{2026}/ns/\u{2026}denied",
            "join network namespace",
            "enter the namespace of\u{2026}not permitted",
            "reassociate to namespace",
            // runsc's.
            "restoring namespace\u{2026}not permitted",
            "/ns/net: permission denied",
            "setns `",
            "setns to target",
            "failed to join {",
            "joining specified user namespace failed",
            "joining the specified user namespace failed",
            "setting userns2 failed",
            "setting pidns failed",
            "failed to attach to \u{2026} namespace of",
            "attach to namespace",
            "attaching to namespace",
            "join namespace",
            "joining namespace",
            "join the network namespace",
            "joining the network namespace",
            "enter namespace of",
            "entering namespace of",
            "cannot join netns",
            "failed to enter in \u{2026} namespace",
            "entering sandbox mount namespace",
            "entering sandbox user namespace",
            "cannot open network namespace\u{2026}permission denied",
            "setting namespace of type",
        ],
        hints: &["--userns", "--uidmap", "--private-users", "nsenter"],
        ask: ask("readlink /proc/self/ns/user /proc/PID/ns/user", "two that differ"),
        weigh: |text, _| {
            let path = [
                "cannot open /proc/",
                "failed to open /proc/",
                "/ns/net: permission denied",
                "cannot open network namespace",
                "might not be a descendant",
            ];
            let told = text.call.is_some() || text.has("operation not permitted");
            let refused = told || path.iter().any(|p| text.has(p));
            refused.then_some(if text.has("setns(") || text.call.is_some() { 24 } else { 4 })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};

/// Words of a line that is about a namespace to be joined, beside the marks.
const JOINING: &[&str] = &[
    "setns ",
    "setns(",
    "joining specified",
    "joining the specified",
    "to join the existing",
    "failed to enter in ",
    "entering sandbox",
    "setting the network namespace",
];

/// Whether a line is about a namespace that is to be joined, which no step of making one is.
pub(crate) fn joins(lower: &str) -> bool {
    RULE.texts.marks.iter().chain(JOINING).any(|word| lower.contains(word))
}
