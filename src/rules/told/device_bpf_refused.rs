use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "device-bpf-refused",
    steps: &[Step::Exec],
    errnos: &[Errno::EINVAL, Errno::EPERM, Errno::ENOSYS],
    title: "the kernel does not take the BPF program that says which devices a container may use",
    docs: include_str!("device_bpf_refused.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "bpf_cgroup_device",
            "bpf_prog_query",
            "prochooks process\u{2026}load program: ",
            // LXC's and crun's.
            "failed to load bpf program",
            "bpf create ",
            "bpf attach: ",
            "ebpf device filter",
            "device control bpf program",
        ],
        hints: &["no-cgroups", "nvidia", "cgroup v2", "cgroup2"],
        places: &[Sign::Lxc, Sign::Container, Sign::Docker],
        confirm: "`zgrep CGROUP_BPF /proc/config.gz` is not y, or the kernel is older than 4.15; \
            with EPERM the engine is not root of the host",
        ask: ask(
            "uname -r; zgrep CGROUP_BPF /proc/config.gz",
            "below 4.15, or no CONFIG_CGROUP_BPF=y",
        ),
        // Others load programs as well.
        weigh: |text, _| {
            let engines = ["cgroup", "lxc", "runc", "crun", "oci runtime", "prochooks"];
            // systemd goes on without; what was refused besides is what the text is about.
            let besides = i32::from(text.has("device control bpf") && text.step.is_some());
            engines.iter().any(|engine| text.has(engine)).then_some(-40 * besides)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
