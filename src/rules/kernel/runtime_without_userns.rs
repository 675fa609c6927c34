use crate::mechanisms::kubernetes_userns::RUNTIME;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "runtime-without-userns",
    steps: &[Step::Start],
    errnos: &[],
    title: "the node's container runtime gives pods no user namespace",
    since: "0.1.0",
    docs: include_str!("runtime_without_userns.md"),
    texts: Texts {
        common: 9,
        marks: &[
            "runtime does not support user namespaces",
            "does not support user namespaces for",
            "user namespaces is not supported by the runtime",
            "user namespaces are not supported by the runtime",
            "user namespaces not supported by runtime",
            "handler\u{2026}does not support user namespaces",
        ],
        confirm: "`containerd --version` below 2.0, or a runtime handler other than runc and crun",
        ask: ask("containerd --version; runc --version", "below 2.0, or runc below 1.2"),
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::node::UPGRADE_CONTAINERD],
    #[cfg(test)]
    cases: &[
        case(NODE, Start, None, |f| f.node.containerd = release("1.7.24"))
            .dark(|f| f.node.containerd = denied()),
        case(NODE, Start, None, |f| {
            (f.node.containerd, f.node.crio) = (absent(), release("1.24.6"));
        })
        .dark(|f| f.node.crio = release("1.24.6")),
    ],
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.by != &RUNTIME {
        return Gate::NotApplicable;
    }
    let node = &facts.node;
    let found = node::versions([
        ("containerd", &node.containerd, Some((2, 0))),
        ("CRI-O", &node.crio, Some((1, 25))),
    ]);
    match found {
        // One that brings its own, such as k3s, or no node.
        Gate::NotApplicable => {
            Gate::Undecided(vec![Evidence::new("containerd, CRI-O", "neither is found")])
        }
        found => found,
    }
}
