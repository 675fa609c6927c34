use crate::mechanisms::kubernetes_userns::RUNTIME;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "oci-runtime-too-old",
    steps: &[Step::Start],
    errnos: &[],
    title: "runc or crun is too old for the id-mapped mounts that a pod's files need",
    since: "0.1.0",
    docs: include_str!("oci_runtime_too_old.md"),
    texts: Texts {
        common: 7,
        marks: &[
            "failed to validate oci runtime features",
            "idmap mounts not supported",
            "`mountextensions.idmap`",
        ],
        confirm: "`runc --version` below 1.2, or `crun --version` below 1.9",
        ask: ask("runc --version; crun --version", "runc below 1.2, or crun below 1.9"),
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::node::UPGRADE_RUNC],
    #[cfg(test)]
    cases: &[
        case(NODE, Start, None, |f| f.node.oci = [("runc".into(), release("1.1.5+ds1"))].into())
            .dark(|f| f.node.oci = [("runc".into(), denied())].into()),
        case(NODE, Start, None, |f| f.node.oci = [("/opt/crun".into(), release("1.8.7"))].into())
            .dark(|f| f.node.oci = [("kata-runtime".into(), release("3.0.0"))].into()),
        case(NODE, Start, None, |f| {
            f.node.oci = ["runc", "crun"].map(|name| (name.into(), release("1.1.0"))).into();
        })
        .dark(|f| {
            f.node.oci = ["runc", "crun"].map(|name| (name.into(), release("1.8.0"))).into();
        }),
        case(NODE, Start, None, |f| f.node.oci = [("crun".into(), release("0.17"))].into())
            .dark(|f| f.node.oci.clear()),
    ],
};

/// The version that it needs; nothing is known of others, such as Kata's or gVisor's.
pub(crate) fn needs(name: &str) -> Option<(u32, u32)> {
    match name.rsplit('/').next()? {
        "runc" => Some((1, 2)),
        "crun" => Some((1, 9)),
        _ => None,
    }
}

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.by != &RUNTIME {
        return Gate::NotApplicable;
    }
    let node = &facts.node;
    let gate =
        node::versions(node.oci.iter().map(|(name, version)| (&**name, version, needs(name))));
    // Without a runtime there may be none of these yet.
    let none_yet = node.containerd.is_absent() && node.crio.is_absent();
    if gate == Gate::NotApplicable && !none_yet {
        return Gate::Undecided(vec![Evidence::new("runc and crun in $PATH", "not found")]);
    }
    gate
}
