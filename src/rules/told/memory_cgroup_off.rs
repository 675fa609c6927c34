use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "memory-cgroup-off",
    steps: &[Step::Exec],
    errnos: &[Errno::ENOENT],
    title: "the kernel was started without the memory controller of control groups",
    docs: include_str!("memory_cgroup_off.md"),
    texts: Texts {
        common: 5,
        marks: &[
            // k3s, which names the kernel's parameters.
            "find memory cgroup",
            "cgroup_enable=memory",
            "cgroup_disable=memory",
            // kubeadm and the kubelet.
            "cgroups_memory: missing",
            "missing required cgroups: memory",
            "missing cgroups: memory",
            "cgroup subsystem not mounted: [memory",
            "cgroup subsystems not mounted: [memory",
            "missing required cgroup subsystem: memory",
            // Docker.
            "not support memory limit capabilities",
            "not support cgroup memory limit",
            "memory cgroup is disabled",
            "memory cgroup not available",
            // crun.
            "`memory.max` for writing: no such file",
            "/memory.max: no such file",
        ],
        hints: &["raspberry", "raspbian", "rpi", "pi", "cmdline.txt", "armv7l", "aarch64"],
        ask: ask(
            "grep memory /proc/cgroups /sys/fs/cgroup/cgroup.controllers",
            "0 at the end, or nothing",
        ),
        // Docker goes on without the limit, so what else its log tells counts more; and a group
        // that a user was not given lacks the file, too.
        weigh: |text, _| {
            let rootless = text.has("rootless") || text.has("/user.slice");
            let ends = ["find memory", "missing", "not mounted"].iter().any(|word| text.has(word));
            let pi = ["raspberry", "raspbian", "cmdline.txt"].iter().any(|word| text.has(word));
            (!rootless).then_some(match (text.step.is_some(), ends || pi) {
                (true, _) => -40,
                (false, true) => 20,
                (false, false) => -20,
            })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
