use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "privileged-port",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES],
    title: "a rootless container asks for a port of the host below 1024, which only root may open",
    docs: include_str!("privileged_port.md"),
    texts: Texts {
        common: 6,
        marks: &["expose privileged port"],
        hints: &["ip_unprivileged_port_start", "bind: permission denied"],
        places: &[Sign::Podman],
        ask: ask("sysctl net.ipv4.ip_unprivileged_port_start", "a number above the port"),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
