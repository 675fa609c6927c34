use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "userns-not-built",
    steps: &[Step::Unshare],
    errnos: &[Errno::EINVAL, Errno::EPERM],
    title: "the kernel was built without user namespaces",
    since: "0.1.0",
    docs: include_str!("userns_not_built.md"),
    texts: Texts {
        common: 5,
        refuses: &[
            (Step::Unshare, &[Errno::EINVAL, Errno::EPERM, Errno::ENOSYS]),
            // The file of a process that asked for none.
            (Step::UidMap, &[Errno::ENOENT]),
            (Step::Setgroups, &[Errno::ENOENT]),
            (Step::GidMap, &[Errno::ENOENT]),
        ],
        marks: &[
            "user namespaces are not supported",
            "user namespaces aren't enabled",
            "user namespace not supported",
            "user namespaces not available in the current kernel",
            "user namespaces unavailable",
            "namespace newuser is not supported",
            "/proc/self/ns/user: no such file",
            "/proc/self/ns/user does not exist",
            // LXC's, which asks for a pid namespace besides.
            "invalid argument (includes clone_newuser)",
        ],
        hints: &[
            "2.6.32",
            "synology",
            "raspberry",
            "kernel namespaces that are required for sandboxing",
        ],
        places: &[Sign::Android, Sign::OpenVz, Sign::ChromeOs],
        elsewhere: &[Sign::UbuntuRestricting, Sign::Ubuntu, Sign::Debian],
        value: Deciding::zero("config_user_ns"),
        ask: ask("ls /proc/self/ns/user", "No such file"),
        confirm: "/proc/self/ns/user is absent",
        weigh,
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::flags::WITHOUT_USER_NAMESPACE, &remedy::system::OTHER_KERNEL],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, Unshare, Some(EINVAL), |f| f.namespaces.user = absent())
        .dark(|f| f.namespaces.user = denied())],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let ns = &facts.namespaces.user;
    if !plan.new_user() {
        return Gate::NotApplicable;
    }
    if ns.value().is_some() {
        return Gate::Open;
    }
    if !ns.is_absent() {
        return Gate::undecided(ns);
    }
    match facts.mounts.proc.value() {
        Some(ProcDir::Proc) => {
            // The Debian patch looks at privilege before it finds that there is nothing to make.
            let errno = if facts.refused_at(Step::Unshare, Errno::EPERM) {
                Errno::EPERM
            } else {
                Errno::EINVAL
            };
            Gate::shut(errno, vec![Evidence::at(ns, "absent")])
        }
        _ => Gate::Unobservable,
    }
}

fn weigh(text: &Pasted, outright: bool) -> Option<i32> {
    let points = texts::of_user_namespaces(text, outright)?;
    // Firejail looks for /proc/self/ns/user first, and goes on without it (its main.c,
    // check_user_namespace()).
    if text.has("mount a new user namespace") && !outright {
        return None;
    }
    if matches!(text.step, Some(Step::UidMap | Step::Setgroups | Step::GidMap)) {
        return (text.has("/proc/self/") && text.by != Some(Teller::Unshare)).then_some(14);
    }
    Some(match (text.kernel, text.errno) {
        // Linux has them since 3.8.
        (Some(kernel), _) if kernel < (3, 8) => 30,
        // Only patched kernels say so, and to users only; where a filter may, it is that.
        (_, Some(Errno::EPERM)) if text.in_container() => -20,
        (_, Some(Errno::EPERM)) => -6,
        (_, Some(Errno::ENOSYS)) if text.in_container() => -14,
        _ => points,
    })
}
