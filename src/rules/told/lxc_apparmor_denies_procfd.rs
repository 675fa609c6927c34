use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "lxc-apparmor-denies-procfd",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES],
    title: "the AppArmor profile of LXC refuses files that runc opens through /proc/self/fd",
    docs: include_str!("lxc_apparmor_denies_procfd.md"),
    texts: Texts {
        common: 9,
        marks: &["reopen fd", "ip_unprivileged_port_start file"],
        places: &[Sign::Lxc],
        ask: ask("runc --version; systemd-detect-virt -c", "1.2.8, 1.3.3 or later, and lxc"),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
