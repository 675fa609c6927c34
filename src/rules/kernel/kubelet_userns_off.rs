use crate::mechanisms::kubernetes_userns::RUNTIME;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "kubelet-userns-off",
    steps: &[Step::Start],
    errnos: &[],
    title: "the kubelet's feature gate UserNamespacesSupport is off",
    since: "0.1.0",
    docs: include_str!("kubelet_userns_off.md"),
    texts: Texts {
        common: 4,
        marks: &[
            "the feature gate \"usernamespacessupport\" is disabled",
            "usernamespacessupport\" is disabled",
        ],
        hints: &["usernamespacessupport", "can't set spec.hostusers"],
        confirm: "UserNamespacesSupport in the kubelet's configuration, or a kubelet before 1.33",
        ask: ask("grep UserNamespacesSupport /var/lib/kubelet/config.yaml", "false"),
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::node::OPEN_GATE],
    #[cfg(test)]
    cases: &[
        case(NODE, Start, None, |f| f.node.gate = known(false)).dark(|f| f.node.gate = denied()),
        case(NODE, Start, None, |f| f.node.kubelet = release("1.32.4"))
            .dark(|f| f.node.kubelet = denied()),
    ],
};

/// On by default since Kubernetes 1.33, and locked since 1.36 (pkg/features/kube_features.go).
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if plan.by != &RUNTIME {
        return Gate::NotApplicable;
    }
    let (gate, kubelet) = (&facts.node.gate, &facts.node.kubelet);
    let at_least = |minor| kubelet.value().map(|version| version.at_least(1, minor));
    match gate.value() {
        _ if at_least(36) == Some(true) => Gate::Open,
        Some(true) => Gate::Open,
        Some(false) => Gate::shut_silently(vec![Evidence::of(gate)]),
        None if gate.is_undecided() => Gate::undecided(gate),
        None => match at_least(33) {
            Some(true) => Gate::Open,
            Some(false) => {
                let version = kubelet.value().map_or("", |version| version.text.as_str());
                Gate::shut_silently(vec![Evidence::at(kubelet, version)])
            }
            None if kubelet.is_absent() => Gate::NotApplicable,
            None => Gate::undecided(kubelet),
        },
    }
}
