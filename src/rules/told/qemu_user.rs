use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "qemu-user",
    steps: &[Step::Unshare],
    errnos: &[Errno::EINVAL],
    title: "the program is emulated by qemu-user, which cannot start processes in new namespaces",
    docs: include_str!("qemu_user.md"),
    texts: Texts {
        common: 3,
        refuses: &[(Step::Unshare, &[Errno::EINVAL]), (Step::Propagation, &[Errno::EINVAL])],
        // QEMU takes no filter; a kernel that has none does without that line.
        marks: &["load seccomp bpf program: invalid argument"],
        hints: &["binfmt", "binfmt_misc", "emulation", "emulated", "cross-architecture"],
        ask: ask("uname -m; ps -e | grep qemu", "another processor than the host has, and qemu-…"),
        weigh: emulated,
        ..Texts::NONE
    },
    ..Rule::TOLD
};

/// Of images for another processor, which QEMU runs program by program.
fn emulated(text: &Pasted, outright: bool) -> Option<i32> {
    let any = |words: &[&str]| words.iter().any(|word| text.has(word));
    if any(&["qemu-user", "qemu-static", "binfmt", "emulat", "cross-arch", "cross-platform"])
        || any(&["qemu-aarch64", "qemu-arm", "qemu-x86_64", "qemu-i386", "qemu-riscv64"])
    {
        return Some(24);
    }
    let named = any(&["--platform linux/", "--platform=linux/", "--arch=", "--arch "]);
    // WSL 1 and a kernel without namespaces take no filter either.
    let other = text.is(Sign::Wsl) || text.is(Sign::Android) || text.has("/proc/self/ns/user");
    (named || outright && !other).then_some(8)
}
