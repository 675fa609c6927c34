use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "loopback-refused",
    steps: &[Step::Loopback],
    errnos: &[Errno::EPERM],
    title: "setting up the loopback interface without a user namespace needs CAP_NET_ADMIN",
    since: "0.1.0",
    docs: include_str!("loopback_refused.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::Loopback, &[])],
        hints: &["no child processes", "as root", "docker", "container", "--cap-add"],
        confirm: "bit 12 of CapEff in /proc/self/status is clear, and there is no user namespace",
        ..Texts::NONE
    },
    decided_by: &[Setting::Capabilities],
    check,
    remedies: &[
        &remedy::flags::ADD_USER_NAMESPACE,
        &remedy::ids::RUN_AS_USER,
        &remedy::capabilities::CAP_ADD_NET_ADMIN,
        &remedy::container::PRIVILEGED,
    ],
    #[cfg(test)]
    cases: &[
        case(NSJAIL_AS_ROOT, Loopback, Some(EPERM), |_| {}).dark(|f| f.process.cap_eff = denied())
    ],
};

/// devinet_ioctl() in net/ipv4/devinet.c, rtnetlink_rcv_msg() in net/core/rtnetlink.c:
/// CAP_NET_ADMIN in the user namespace that owns the network namespace.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.new_user() {
        return Gate::NotApplicable;
    }
    evidence::capability(facts, Caps::NET_ADMIN)
}
