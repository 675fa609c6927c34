use crate::rules::prelude::*;

/// What version 1 has a directory of its own for.
const CONTROLLERS: &[&str] =
    &["freezer", "memory", "cpuset", "cpu", "cpuacct", "devices", "pids", "blkio"];

pub(crate) static RULE: Rule = Rule {
    id: "cgroup-not-delegated",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES, Errno::EPERM, Errno::EBUSY, Errno::EROFS],
    title: "the program cannot create or enter its control group: none is delegated to it",
    docs: include_str!("cgroup_not_delegated.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "/sys/fs/cgroup\u{2026}permission denied",
            "/sys/fs/cgroup\u{2026}operation not permitted",
            "/sys/fs/cgroup\u{2026}resource busy",
            "/sys/fs/cgroup\u{2026}read-only file system",
            "/sys/fs/cgroup\u{2026}no such file",
            "/sys/fs/cgroup\u{2026}not writable",
            "cgroup.procs\u{2026}permission denied",
            "cgroup.procs\u{2026}operation not permitted",
            "cgroup.procs\u{2026}no such",
            "cgroup.subtree_control",
            "cgroup configuration\u{2026}interactive authentication required",
            "cgroup\u{2026}permission denied",
            "`devices.allow`",
            "opening file `cpu",
            "opening file `memory",
            "opening file `pids",
            "opening file `io.",
            "sd-bus",
            "failed to create cgroup",
            // isolate's, of the group that its service makes and writes down there.
            "open /run/isolate/cgroup",
            "failed creating cgroups",
            "cannot enter cgroupv2",
            "configure rootless cgroup",
            // runc's, of a container that has none.
            "no cgroup mount found",
            // kind, of an engine that has no controllers to give.
            "requires setting systemd property",
            // systemd as the first process of a container.
            "failed to create /\u{2026}control group",
            "failed to allocate manager object",
            "cgroup controller `\u{2026}is not available",
            "controller `\u{2026}is not available under",
            "controller \"\u{2026}not available",
            "could not join or create cgroup",
            "requested controllers unavailable",
            "failed to initialize cgroup driver",
            "failed to enter cgroups",
            "to setup limits for the \"",
            "unable to start unit\u{2026}interactive authentication required",
            "systemd error: interactive authentication required",
            // isolate's, whose service makes the group that it writes there.
            "cannot create subgroup /sys/fs/cgroup",
            "/run/isolate/cgroup: no such file",
            "invalid file system type on `/sys/fs/cgroup",
        ],
        hints: &["rootless", "delegate", "systemd", "cgroupfs", "--cgroup-manager"],
        places: &[Sign::Podman, Sign::Container, Sign::Lxc],
        confirm: "the group in /proc/self/cgroup is not writable for the user",
        ask: ask(
            "cat /proc/self/cgroup; findmnt /sys/fs/cgroup",
            "0::/ or ro, or cgroup without 2",
        ),
        // Where something was refused later, that is what the text is about; nsjail and isolate
        // have causes of their own.
        weigh: |text, _| {
            let nsjail = text.by == Some(Teller::Nsjail) || text.has("nsjail");
            let other = text.step.is_some() || nsjail || text.has("cgroup::");
            // The parameters of a request that the daemon's socket did not take.
            let request = text.has("daemon socket") || text.has("docker.sock");
            let version = text.text.lines().any(of_another_version);
            (!request).then_some(if other || version { -40 } else { 0 })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};

/// Whether a line says that a whole controller is not there: by its name, by a file that each of
/// its groups has, or since no group can be made directly below it.
fn of_another_version(line: &str) -> bool {
    let made = line.contains("mkdir ");
    let of = |name: &str, rest: &str| match rest.strip_prefix('/') {
        Some(below) => {
            let file = below.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
            let name = below.split([':', ' ', '\'', '"']).next();
            file || made && name.is_some_and(|name| !name.contains('/'))
        }
        None => rest.starts_with([':', ')', '\'', '`', '"']),
    };
    let named = |path: &str| {
        CONTROLLERS.iter().any(|name| path.strip_prefix(name).is_some_and(|rest| of(name, rest)))
    };
    line.contains("no such file") && line.split("/sys/fs/cgroup/").skip(1).any(named)
}
