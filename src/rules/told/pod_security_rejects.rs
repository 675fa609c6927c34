use crate::findings::catalogue;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: catalogue::POD_SECURITY_REJECTS.id,
    steps: &[Step::Start],
    title: "an admission policy of the cluster rejects the pod's security context",
    docs: include_str!("pod_security_rejects.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "violates podsecurity",
            "would violate podsecurity",
            "against any security context constraint",
            "podsecuritypolicy: unable to",
            "against any pod security policy",
            "pod-security",
            "denied the request\u{2026}privileged",
            "denied the request\u{2026}securitycontext",
            // Kyverno.
            "privileged mode is disallowed",
            "policy 'disallow-",
            // GKE Autopilot.
            "is forbidden: privileged",
        ],
        hints: &["is forbidden", "securitycontext", "admission webhook"],
        confirm: "`kubectl get events` shows `is forbidden`, and no pod was made",
        ask: ask(
            "kubectl get namespace NAMESPACE --show-labels",
            "pod-security.kubernetes.io/enforce=baseline or restricted",
        ),
        // What the kubelet refuses has a cause of its own, whoever names it.
        weigh: |text, _| Some(if text.has("sysctl") { -30 } else { 0 }),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
