use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "kubelet-in-userns",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM, Errno::ENOENT, Errno::EACCES],
    title: "the kubelet runs in a user namespace or in LXC, and needs what only a host has",
    docs: include_str!("kubelet_in_userns.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "open /dev/kmsg: ",
            "kubeletinusernamespace",
            "nf_conntrack_max: permission denied",
            "create an oomwatcher",
            "/proc/sys/vm/overcommit_memory: permission denied",
        ],
        hints: &["kubelet", "k3s", "kind", "minikube", "rootless", "oomwatcher"],
        places: &[Sign::Lxc, Sign::Podman],
        ask: ask(
            "cat /proc/self/uid_map; ls -l /dev/kmsg",
            "not `0 0 4294967295`, or no such file",
        ),
        weigh: of_a_kubelet,
        ..Texts::NONE
    },
    ..Rule::TOLD
};

/// Others read the kernel's log and set parameters as well.
fn of_a_kubelet(text: &Pasted, _: bool) -> Option<i32> {
    let programs = [
        "kube", "k3s", "k3d", "k0s", "kind ", "minikube", "microk8s", "oomwatcher", "oom watcher",
        "containermanager",
    ];
    let named = programs.iter().any(|program| text.has(program));
    // cAdvisor goes on without.
    let goes_on = text.has("disabling oom events");
    (named && !goes_on).then_some(if text.has("kmsg") { 20 } else { 0 })
}
