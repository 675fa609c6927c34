//! The kinds of the API groups that Kubernetes itself serves
//! (<https://kubernetes.io/docs/reference/kubernetes-api/>).

/// Where the template of a pod stands in a kind that has one, with its `metadata` and `spec`.
pub(super) type Way = &'static str;

const POD: Way = "";
const TEMPLATE: Way = "spec.template";
const CRON: Way = "spec.jobTemplate.spec.template";
const BARE: Way = "template";

/// The group of OpenShift whose DeploymentConfig is a Deployment in all that matters here.
const OPENSHIFT: &str = "apps.openshift.io";

type Row = (&'static str, &'static str, Way, &'static [&'static str], &'static [&'static str]);

/// The kinds with containers: group, kind, the way to the pod, the versions that are served and
/// those that were.
const WORKLOADS: &[Row] = &[
    ("", "Pod", POD, &["v1"], &[]),
    ("", "PodTemplate", BARE, &["v1"], &[]),
    ("", "ReplicationController", TEMPLATE, &["v1"], &[]),
    ("apps", "Deployment", TEMPLATE, &["v1"], &["v1beta1", "v1beta2"]),
    ("apps", "StatefulSet", TEMPLATE, &["v1"], &["v1beta1", "v1beta2"]),
    ("apps", "DaemonSet", TEMPLATE, &["v1"], &["v1beta2"]),
    ("apps", "ReplicaSet", TEMPLATE, &["v1"], &["v1beta2"]),
    ("batch", "Job", TEMPLATE, &["v1"], &[]),
    ("batch", "CronJob", CRON, &["v1"], &["v1beta1", "v2alpha1"]),
    ("extensions", "Deployment", TEMPLATE, &[], &["v1beta1"]),
    ("extensions", "DaemonSet", TEMPLATE, &[], &["v1beta1"]),
    ("extensions", "ReplicaSet", TEMPLATE, &[], &["v1beta1"]),
    (OPENSHIFT, "DeploymentConfig", TEMPLATE, &["v1"], &[]),
    ("", "DeploymentConfig", TEMPLATE, &["v1"], &[]),
];

/// The other kinds of the groups whose kinds are settled. OpenShift 3 served its own kinds as `v1`
/// too.
const OTHERS: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "APIGroup", "APIResource", "APIVersions", "Binding", "BuildConfig", "ComponentStatus",
            "ConfigMap", "Endpoints", "Event", "ImageStream", "LimitRange", "List", "Namespace",
            "Node", "PersistentVolume", "PersistentVolumeClaim", "PodStatusResult", "Project",
            "ProjectRequest", "RangeAllocation", "ResourceQuota", "Role", "RoleBinding", "Route",
            "Secret", "SecurityContextConstraints", "SerializedReference", "Service",
            "ServiceAccount", "Status",
        ],
    ),
    ("apps", &["ControllerRevision", "DeploymentRollback", "Scale"]),
    ("batch", &["ScheduledJob"]),
    (
        "extensions",
        &["DeploymentRollback", "Ingress", "NetworkPolicy", "PodSecurityPolicy", "Scale"],
    ),
    ("autoscaling", &["HorizontalPodAutoscaler", "Scale"]),
    ("policy", &["Eviction", "PodDisruptionBudget", "PodSecurityPolicy"]),
    (
        "networking.k8s.io",
        &["ClusterCIDR", "IPAddress", "Ingress", "IngressClass", "NetworkPolicy", "ServiceCIDR"],
    ),
    ("rbac.authorization.k8s.io", &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]),
    (
        "storage.k8s.io",
        &[
            "CSIDriver", "CSINode", "CSIStorageCapacity", "StorageClass", "VolumeAttachment",
            "VolumeAttributesClass",
        ],
    ),
    ("node.k8s.io", &["RuntimeClass"]),
    ("apiregistration.k8s.io", &["APIService"]),
    ("apiextensions.k8s.io", &["ConversionReview", "CustomResourceDefinition"]),
    ("discovery.k8s.io", &["EndpointSlice"]),
    ("events.k8s.io", &["Event"]),
];

/// Groups of Kubernetes to which kinds are still being added: what they hold has no containers, and
/// is not checked.
const GROWING: &[&str] = &[
    "admission.k8s.io", "admissionregistration.k8s.io", "authentication.k8s.io",
    "authorization.k8s.io", "certificates.k8s.io", "coordination.k8s.io",
    "flowcontrol.apiserver.k8s.io", "imagepolicy.k8s.io", "internal.apiserver.k8s.io",
    "resource.k8s.io", "scheduling.k8s.io", "settings.k8s.io", "storagemigration.k8s.io",
];

/// The kinds that OpenShift 3 served in the core group.
const CORE_OF_OPENSHIFT: &[&str] = &[
    "BuildConfig", "DeploymentConfig", "ImageStream", "Project", "ProjectRequest", "Route",
    "SecurityContextConstraints", "Template",
];

/// Whether a group or the domain of an annotation is OpenShift's.
#[must_use]
pub(super) fn is_openshift(domain: &str) -> bool {
    domain == "openshift.io" || domain.ends_with(".openshift.io")
}

/// Whether OpenShift alone has this kind.
#[must_use]
pub(super) fn of_openshift(group: &str, kind: &str) -> bool {
    is_openshift(group) || group.is_empty() && CORE_OF_OPENSHIFT.contains(&kind)
}

/// What a kind is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// It has containers; the way leads to what has `metadata` and `spec` of a pod.
    Workload {
        way: Way,
        /// Whether current API servers still serve this version.
        served: bool,
    },
    /// A list of objects, in `items`.
    List,
    /// It has no containers.
    Other,
    /// Of a group that is not Kubernetes' own.
    Custom,
    /// The group is Kubernetes' own and has no such kind, or not in this version.
    Unknown,
}

/// The group and version of an `apiVersion`.
#[must_use]
pub(super) fn split(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

#[must_use]
pub(super) fn sort(group: &str, version: &str, kind: &str) -> Sort {
    if let Some((_, _, way, now, once)) =
        WORKLOADS.iter().find(|(g, k, ..)| *g == group && *k == kind)
    {
        let served = now.contains(&version);
        return if served || once.contains(&version) {
            Sort::Workload { way, served }
        } else {
            Sort::Unknown
        };
    }
    let others = OTHERS.iter().find(|(g, _)| *g == group).map(|(_, kinds)| *kinds);
    let known = |kind: &str| {
        others.is_some_and(|kinds| kinds.contains(&kind))
            || WORKLOADS.iter().any(|(g, k, ..)| *g == group && *k == kind)
    };
    if others.is_none() && !GROWING.contains(&group) {
        return if kind.ends_with("List") { Sort::List } else { Sort::Custom };
    }
    match kind.strip_suffix("List") {
        Some("") if group.is_empty() => Sort::List,
        Some(of) if known(of) => Sort::List,
        _ if (group, kind) == ("", "Template") => Sort::Custom,
        _ if known(kind) || GROWING.contains(&group) => Sort::Other,
        _ => Sort::Unknown,
    }
}

/// What was probably meant by a kind that is unknown: an `apiVersion` and a kind.
#[must_use]
pub(super) fn meant(kind: &str) -> Option<(String, &'static str)> {
    let full = |group: &str, version: &str| {
        if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
    };
    let workloads = WORKLOADS.iter().filter(|(group, ..)| *group != OPENSHIFT);
    let workloads =
        workloads.filter_map(|(group, kind, _, now, _)| Some((full(group, now.first()?), *kind)));
    let others = OTHERS
        .iter()
        .filter(|(group, _)| group.is_empty())
        .flat_map(|(_, kinds)| kinds.iter().map(|kind| ("v1".to_owned(), *kind)));
    let near = workloads.chain(others).map(|(api, known)| (distance(kind, known), api, known));
    near.filter(|(far, ..)| *far <= 2)
        .min_by_key(|(far, ..)| *far)
        .map(|(_, api, known)| (api, known))
}

/// How many letters differ (Levenshtein), case aside; words longer than any kind are far from all.
fn distance(one: &str, other: &str) -> usize {
    if one.len() > 40 {
        return usize::MAX;
    }
    let other: Vec<char> = other.to_lowercase().chars().collect();
    // For each letter of the other, how far the beginnings are that end before it in either word.
    let mut row: Vec<usize> = (1..=other.len()).collect();
    for (i, c) in one.to_lowercase().chars().enumerate() {
        let (mut diagonal, mut left) = (i, i + 1);
        for (above, d) in row.iter_mut().zip(&other) {
            let change = diagonal + usize::from(c != *d);
            left = change.min(*above + 1).min(left + 1);
            diagonal = std::mem::replace(above, left);
        }
    }
    row.pop().unwrap_or(one.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_groups() {
        let of = |api: &str, kind: &str| {
            let (group, version) = split(api);
            sort(group, version, kind)
        };
        assert_eq!(of("v1", "Pod"), Sort::Workload { way: POD, served: true });
        assert_eq!(of("batch/v1", "CronJob"), Sort::Workload { way: CRON, served: true });
        assert_eq!(
            of("extensions/v1beta1", "DaemonSet"),
            Sort::Workload { way: TEMPLATE, served: false }
        );
        assert_eq!(
            of("apps.openshift.io/v1", "DeploymentConfig"),
            Sort::Workload { way: TEMPLATE, served: true }
        );
        assert_eq!(of("v1", "List"), Sort::List);
        assert_eq!(of("apps/v1", "DeploymentList"), Sort::List);
        assert_eq!(of("v1", "Service"), Sort::Other);
        assert_eq!(of("resource.k8s.io/v1", "ResourceClaim"), Sort::Other);
        assert_eq!(of("argoproj.io/v1alpha1", "Workflow"), Sort::Custom);
        assert_eq!(of("snapshot.storage.k8s.io/v1", "VolumeSnapshot"), Sort::Custom);
        for (api, kind) in [
            ("v1", "Pood"),
            ("v1", "Deployment"),
            ("apps/v2", "Deployment"),
            ("apps/v1", "Pod"),
            ("batch/v1", "Jobs"),
        ] {
            assert_eq!(of(api, kind), Sort::Unknown, "{api} {kind}");
        }
    }

    #[test]
    fn what_was_meant() {
        assert_eq!(meant("Pood"), Some(("v1".into(), "Pod")));
        assert_eq!(meant("deployment"), Some(("apps/v1".into(), "Deployment")));
        assert_eq!(meant("Frobnicator"), None);
        assert_eq!(meant(&"x".repeat(1 << 20)), None);
    }
}
