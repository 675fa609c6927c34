//! The keys that a pod may have where isodoc reads it (kubernetes/api `core/v1/types.go`, 1.37, and
//! what releases before it had). kubectl refuses any other (`--validate=strict` is its default);
//! clients that do not ask for validation have the API server leave it out.

use std::slice;

use super::short;
use crate::deploy::yaml::Node;
use crate::findings::{Finding, catalogue};
use crate::parse::spelling;

/// What may stand in a mapping.
pub(super) struct PodKeys {
    called: &'static str,
    /// Its keys, with a blank between them.
    names: &'static str,
    /// What its keys hold, or each entry of their lists.
    below: &'static [(&'static str, &'static PodKeys)],
}

impl PodKeys {
    fn has(&self, name: &str) -> bool {
        self.names.split(' ').any(|key| key == name)
    }
}

/// What a key can be meant for that is written elsewhere.
const HOLDERS: &[&PodKeys] = &[&POD, &POD_CONTEXT, &CONTAINER, &CONTEXT];

/// The spec of a pod, without its containers: each of them is held against its own.
pub(super) static POD: PodKeys = PodKeys {
    called: "the pod's spec",
    names: "activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig \
        dnsPolicy enableServiceLinks ephemeralContainers evictionResponders hostAliases \
        hostIPC hostNetwork hostPID hostUsers hostname hostnameOverride imagePullSecrets \
        initContainers nodeName nodeSelector os overhead preemptionPolicy priority \
        priorityClassName readinessGates resourceClaims resources restartPolicy \
        runtimeClassName schedulerName schedulingGates schedulingGroup securityContext \
        serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain \
        terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes \
        workloadRef",
    below: &[("securityContext", &POD_CONTEXT), ("volumes", &VOLUME)],
};

static POD_CONTEXT: PodKeys = PodKeys {
    called: "the pod's securityContext",
    names: "appArmorProfile fsGroup fsGroupChangePolicy runAsGroup runAsNonRoot runAsUser \
        seLinuxChangePolicy seLinuxOptions seccompProfile supplementalGroups \
        supplementalGroupsPolicy sysctls windowsOptions",
    below: &[
        ("appArmorProfile", &PROFILE),
        ("seLinuxOptions", &LABEL),
        ("seccompProfile", &PROFILE),
        ("sysctls", &SYSCTL),
    ],
};

static VOLUME: PodKeys = PodKeys {
    called: "a volume",
    names: "awsElasticBlockStore azureDisk azureFile cephfs cinder configMap csi downwardAPI \
        emptyDir ephemeral fc flexVolume flocker gcePersistentDisk gitRepo glusterfs hostPath \
        image iscsi name nfs persistentVolumeClaim photonPersistentDisk portworxVolume \
        projected quobyte rbd scaleIO secret storageos vsphereVolume",
    below: &[("hostPath", &HOST_PATH)],
};

static HOST_PATH: PodKeys = PodKeys { called: "a hostPath", names: "path type", below: &[] };

/// A container of any of the three lists.
pub(super) static CONTAINER: PodKeys = PodKeys {
    called: "a container",
    names: "args command env envFrom image imagePullPolicy lifecycle livenessProbe name \
        ports readinessProbe resizePolicy resources restartPolicy restartPolicyRules \
        securityContext startupProbe stdin stdinOnce targetContainerName \
        terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts \
        workingDir",
    below: &[
        ("env", &VARIABLE),
        ("envFrom", &VARIABLES),
        ("resources", &RESOURCES),
        ("securityContext", &CONTEXT),
        ("volumeMounts", &MOUNT),
    ],
};

static CONTEXT: PodKeys = PodKeys {
    called: "a container's securityContext",
    names: "allowPrivilegeEscalation appArmorProfile capabilities privileged procMount \
        readOnlyRootFilesystem runAsGroup runAsNonRoot runAsUser seLinuxOptions seccompProfile \
        windowsOptions",
    below: &[
        ("appArmorProfile", &PROFILE),
        ("capabilities", &CAPABILITIES),
        ("seLinuxOptions", &LABEL),
        ("seccompProfile", &PROFILE),
    ],
};

static PROFILE: PodKeys =
    PodKeys { called: "a profile", names: "localhostProfile type", below: &[] };

static LABEL: PodKeys = PodKeys { called: "a label", names: "level role type user", below: &[] };

static SYSCTL: PodKeys = PodKeys { called: "a sysctl", names: "name value", below: &[] };

static CAPABILITIES: PodKeys = PodKeys { called: "`capabilities`", names: "add drop", below: &[] };

static VARIABLE: PodKeys =
    PodKeys { called: "a variable", names: "name value valueFrom", below: &[] };

static VARIABLES: PodKeys =
    PodKeys { called: "`envFrom`", names: "configMapRef prefix secretRef", below: &[] };

static RESOURCES: PodKeys =
    PodKeys { called: "`resources`", names: "claims limits requests", below: &[] };

static MOUNT: PodKeys = PodKeys {
    called: "a mount",
    names: "bindMountOptions mountPath mountPropagation name readOnly recursiveReadOnly \
        subPath subPathExpr",
    below: &[],
};

/// The keys of a mapping, and of what is below it, that it cannot have. A kind that is not
/// Kubernetes' own may have more than a pod: of it, only what isolates is known to be misplaced.
pub(super) fn unknown(node: &Node, known: &PodKeys, is_own: bool) -> Vec<Finding> {
    let given = node.entries().into_iter().filter(|(name, _, value)| {
        !value.is_null() && !known.has(name) && (is_own || isolates(name)) && !directs(name)
    });
    let here = given.map(|(name, key, _)| {
        let there: Vec<_> = HOLDERS.iter().filter(|holder| holder.has(name)).collect();
        let meant = || spelling::meant(name, known.names.split(' '));
        let hint = match (there.as_slice(), meant()) {
            ([], None) => String::new(),
            ([], Some(meant)) => format!("; did you mean `{meant}`?"),
            (there, _) => {
                let there: Vec<&str> = there.iter().map(|holder| holder.called).collect();
                format!("; it belongs in {}", there.join(" or "))
            }
        };
        let title = format!("{} has no key `{}`{hint}", known.called, short(name));
        let detail = "kubectl refuses it, unless --validate is off; for a client that does not \
            ask, the API server leaves it out. isodoc knows the keys of Kubernetes up to 1.37.";
        let row = if is_own { &catalogue::UNKNOWN_FIELD } else { &catalogue::MISPLACED_SETTING };
        Finding::new(row, title, detail).at(key.place)
    });
    let places = known.below.iter().filter_map(|(key, known)| Some((node.get(key)?, known)));
    let below = places.flat_map(|(value, known)| {
        let each = value.items().unwrap_or(slice::from_ref(value));
        each.iter().flat_map(|node| unknown(node, known, is_own))
    });
    here.chain(below).collect()
}

/// Whether a key that is none would be one with other capital letters.
pub(in crate::deploy) fn is_key_but_for_case(name: &str) -> bool {
    fn has(keys: &PodKeys, name: &str) -> bool {
        keys.names.split_ascii_whitespace().any(|known| known.eq_ignore_ascii_case(name))
            || keys.below.iter().any(|(_, below)| has(below, name))
    }
    HOLDERS.iter().any(|keys| has(keys, name))
}

/// Whether a key tells kustomize or kubectl how to merge a patch: `$patch`, `$retainKeys` and the
/// like (apimachinery `pkg/util/strategicpatch`).
fn directs(name: &str) -> bool {
    name.starts_with('$')
}

/// Whether a key says how a container is isolated.
fn isolates(name: &str) -> bool {
    CONTEXT.has(name) || ["hostIPC", "hostNetwork", "hostPID", "hostUsers"].contains(&name)
}
