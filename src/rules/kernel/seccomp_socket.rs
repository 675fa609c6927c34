#[cfg(test)]
use crate::plan::SocketFamily;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "seccomp-socket",
    steps: &[Step::Sockets],
    errnos: &[Errno::EAFNOSUPPORT, Errno::EPERM, Errno::ENOSYS],
    title: "a seccomp filter blocks a family of sockets that it needs: socket(2)",
    since: "0.1.0",
    docs: include_str!("seccomp_socket.md"),
    texts: Texts {
        common: 6,
        refuses: &[(Step::Sockets, &[])],
        marks: &["slirp4netns failed: \"cannot create socket"],
        hints: &["restrictaddressfamilies", "address family not supported"],
        cured: &[Sign::SeccompOff],
        confirm: "the unit has `RestrictAddressFamilies=` without the family, often AF_NETLINK",
        ask: ask(
            "systemctl show -p RestrictAddressFamilies UNIT",
            "a list without AF_NETLINK, or with it behind `~`",
        ),
        ..Texts::NONE
    },
    decided_by: &[Setting::Call("socket"), Setting::Seccomp],
    check: |facts, plan, step| seccomp::refused(facts, plan, step, &["socket"]),
    remedies: &[
        &remedy::systemd::SYSTEMD_ALLOW_SOCKETS,
        &remedy::flags::KEEP_NETWORK,
        &remedy::container::SECCOMP_UNCONFINED,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[case(NSJAIL, Sockets, Some(EAFNOSUPPORT), |f| {
        answer(f, &Question::Socket(SocketFamily::Netlink), Reply::Refused(EAFNOSUPPORT));
    })
    .dark(|f| f.process.seccomp = known(2))],
};
