use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "selinux-label",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES, Errno::EPERM],
    title: "SELinux keeps the container from files that do not carry its label",
    docs: include_str!("selinux_label.md"),
    texts: Texts {
        common: 5,
        marks: &[
            ": permission denied",
            "relro protection failed",
            // Of `:z`, on files of another owner.
            "lsetxattr(label=\u{2026}operation not permitted",
        ],
        hints: &[":z", "--privileged", "volume", "-v", "bind"],
        places: &[Sign::SeLinux, Sign::RedHat],
        cured: &[Sign::SeLinux, Sign::Privileged],
        ask: ask("ausearch -m avc -ts recent", "a denial for container_t"),
        weigh: of_labels,
        ..Texts::NONE
    },
    ..Rule::TOLD
};

/// Of files within a container that runs where SELinux does.
fn of_labels(text: &Pasted, _: bool) -> Option<i32> {
    let engine = text.is(Sign::Podman) || text.in_container();
    let labels = text.is(Sign::SeLinux) || text.is(Sign::RedHat);
    let brought = [
        "-v ", "volume", ":z", "bind", "can't open", "cannot open", "cannot access", "can't stat",
        "cannot stat", "can't create", "relro",
    ];
    let file = text.step.is_none() && brought.iter().any(|word| text.has(word));
    let relabelling = text.has("lsetxattr(label=");
    let denial = relabelling || text.has("avc:") && text.has("container_t");
    (denial || engine && labels && file).then_some(if denial { 0 } else { -20 })
}
