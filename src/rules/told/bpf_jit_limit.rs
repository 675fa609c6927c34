use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "bpf-jit-limit",
    steps: &[Step::Restrict],
    title: "the filters of all containers fill the memory that net.core.bpf_jit_limit allows",
    docs: include_str!("bpf_jit_limit.md"),
    texts: Texts {
        common: 6,
        marks: &["errno 524", "error 524"],
        hints: &["bpf_jit_limit", "seccomp"],
        ask: ask(
            "sysctl net.core.bpf_jit_limit; sudo grep bpf_jit /proc/vmallocinfo",
            "sizes that add up to about the limit",
        ),
        weigh: |text, _| (text.has("seccomp") || text.has("bpf")).then_some(10),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
