//! Custom resources whose controllers start pods of what stands at a place of theirs. To add one,
//! write its row; the source is the type of its `spec` in the controller's API.

use std::rc::Rc;

use self::Holds::{Containers, Objects, Spec, Template};
use super::security::Context;
use crate::deploy::place::{At, Place};
use crate::deploy::setting::Profile;
use crate::deploy::yaml::Node;

/// What a custom resource holds at some places (`Node::visit`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Templates of pods, with `metadata` and `spec`.
    Template(&'static str),
    /// The specs of pods.
    Spec(&'static str),
    /// Containers of its own, which become those of one pod.
    Containers(&'static OwnPod),
    /// Objects, whole.
    Objects(&'static str),
}

/// A pod that is written in a way of its own.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OwnPod {
    /// Where it stands.
    pub at: &'static str,
    /// Where its containers stand in it.
    pub containers: &'static [&'static str],
    /// What stands for a pod's spec around it: the first of these places that has something.
    pub around: &'static [&'static str],
    /// What its containers have in common, as a container has it.
    pub common: &'static str,
    /// What its controller says of it.
    pub given: Given,
}

/// What a controller says of the pods that it makes, where they do not say it themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::deploy) enum Given {
    /// Nothing.
    Nothing,
    /// That of Argo's agent (`MinimalPodSC` in `workflow/common/security_context.go`).
    ArgoAgent,
}

impl Given {
    /// The securityContext of the pod.
    pub(super) fn context(self, place: Place) -> Context {
        match self {
            Self::Nothing => Context::default(),
            Self::ArgoAgent => Context {
                user: Some(At::new(8737, place)),
                non_root: Some(At::new(true, place)),
                seccomp: Some(At::new(Profile::Default, place)),
                ..Context::default()
            },
        }
    }
}

/// One of which nothing is said yet.
const PLAIN: OwnPod =
    OwnPod { at: "", containers: &[], around: &[], common: "", given: Given::Nothing };

/// A template of an Argo workflow (`pkg/apis/workflow/v1alpha1/workflow_types.go`).
macro_rules! argo {
    ($around:literal) => {
        Containers(&OwnPod {
            at: concat!($around, ".templates[]"),
            containers: &[
                "initContainers[]", "container", "script", "containerSet.containers[]",
                "sidecars[]",
            ],
            around: &[$around],
            ..PLAIN
        })
    };
}

/// An executor plugin of Argo, a sidecar of the agent's pod (`pkg/plugins/spec/plugin_types.go`,
/// `createAgentPod` in `workflow/controller/agent.go`).
macro_rules! plugins {
    ($at:literal) => {
        Containers(&OwnPod {
            at: $at,
            containers: &["sidecar.container"],
            given: Given::ArgoAgent,
            ..PLAIN
        })
    };
}

/// The steps of a Tekton task (`pkg/apis/pipeline/v1/task_types.go`).
macro_rules! tekton {
    ($at:literal, $around:expr) => {
        Containers(&OwnPod {
            at: $at,
            containers: &["steps[]", "sidecars[]"],
            around: $around,
            common: "stepTemplate",
            ..PLAIN
        })
    };
}

/// The pod of a runner (`apis/actions.summerwind.net/v1alpha1/runner_types.go`).
macro_rules! summerwind {
    ($at:literal) => {
        Containers(&OwnPod {
            at: $at,
            containers: &["initContainers[]", "containers[]", "sidecarContainers[]"],
            ..PLAIN
        })
    };
}

/// What the pods of a PipelineRun have in common, in `v1` and in `v1beta1`.
const OF_RUNS: &[&str] = &["spec.taskRunTemplate.podTemplate", "spec.podTemplate"];

/// The kinds: group, kinds, what they hold.
const CUSTOM: &[(&str, &[&str], &[Holds])] = &[
    // Argo: workflows, rollouts, events.
    (
        "argoproj.io",
        &["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"],
        &[argo!("spec"), plugins!("spec.executorPlugins[].spec")],
    ),
    (
        "argoproj.io",
        &["CronWorkflow"],
        &[argo!("spec.workflowSpec"), plugins!("spec.workflowSpec.executorPlugins[].spec")],
    ),
    ("argoproj.io", &["ExecutorPlugin"], &[plugins!("spec")]),
    ("argoproj.io", &["Rollout"], &[Template("spec.template")]),
    ("argoproj.io", &["Experiment"], &[Template("spec.templates[].template")]),
    (
        "argoproj.io",
        &["AnalysisTemplate", "ClusterAnalysisTemplate", "AnalysisRun"],
        &[Template("spec.metrics[].provider.job.spec.template")],
    ),
    (
        "argoproj.io",
        &["Sensor"],
        &[
            Objects("spec.triggers[].template.k8s.source.resource"),
            Objects("spec.triggers[].template.argoWorkflow.source.resource"),
        ],
    ),
    // Tekton.
    ("tekton.dev", &["Task", "ClusterTask"], &[tekton!("spec", &[])]),
    ("tekton.dev", &["TaskRun"], &[tekton!("spec.taskSpec", &["spec.podTemplate"])]),
    (
        "tekton.dev",
        &["Pipeline"],
        &[tekton!("spec.tasks[].taskSpec", &[]), tekton!("spec.finally[].taskSpec", &[])],
    ),
    (
        "tekton.dev",
        &["PipelineRun"],
        &[
            tekton!("spec.pipelineSpec.tasks[].taskSpec", OF_RUNS),
            tekton!("spec.pipelineSpec.finally[].taskSpec", OF_RUNS),
        ],
    ),
    ("tekton.dev", &["StepAction"], &[Containers(&OwnPod { containers: &["spec"], ..PLAIN })]),
    ("triggers.tekton.dev", &["TriggerTemplate"], &[Objects("spec.resourcetemplates[]")]),
    // Scaling and serving.
    ("keda.sh", &["ScaledJob"], &[Template("spec.jobTargetRef.template")]),
    ("serving.knative.dev", &["Service", "Configuration"], &[Template("spec.template")]),
    ("serving.knative.dev", &["Revision"], &[Spec("spec")]),
    ("sources.knative.dev", &["ContainerSource"], &[Template("spec.template")]),
    ("sinks.knative.dev", &["JobSink"], &[Template("spec.job.spec.template")]),
    (
        "serving.kserve.io",
        &["InferenceService"],
        &[Spec("spec.predictor"), Spec("spec.transformer"), Spec("spec.explainer")],
    ),
    ("serving.kserve.io", &["ServingRuntime", "ClusterServingRuntime"], &[Spec("spec")]),
    (
        "machinelearning.seldon.io",
        &["SeldonDeployment"],
        &[Template("spec.predictors[].componentSpecs[]")],
    ),
    // Runners of pipelines.
    (
        "actions.github.com",
        &["AutoscalingRunnerSet", "AutoscalingListener"],
        &[Template("spec.template")],
    ),
    ("actions.github.com", &["EphemeralRunnerSet"], &[Template("spec.ephemeralRunnerSpec")]),
    ("actions.github.com", &["EphemeralRunner"], &[Template("spec")]),
    ("actions.summerwind.dev", &["Runner"], &[summerwind!("spec")]),
    (
        "actions.summerwind.dev",
        &["RunnerDeployment", "RunnerReplicaSet"],
        &[summerwind!("spec.template.spec")],
    ),
    ("actions.summerwind.dev", &["RunnerSet"], &[Template("spec.template")]),
    // Workloads of other makes.
    (
        "apps.kruise.io",
        &["CloneSet", "StatefulSet", "DaemonSet", "BroadcastJob"],
        &[Template("spec.template")],
    ),
    (
        "apps.kruise.io",
        &["AdvancedCronJob"],
        &[
            Template("spec.template.jobTemplate.spec.template"),
            Template("spec.template.broadcastJobTemplate.spec.template"),
        ],
    ),
    ("apps.kruise.io", &["UnitedDeployment"], &[Template("spec.template.*.spec.template")]),
    ("apps.kruise.io", &["SidecarSet"], &[Spec("spec")]),
    (
        "apps.kruise.io",
        &["EphemeralJob"],
        &[Containers(&OwnPod {
            at: "spec.template",
            containers: &["ephemeralContainers[]"],
            ..PLAIN
        })],
    ),
    ("batch.volcano.sh", &["Job"], &[Template("spec.tasks[].template")]),
    ("batch.volcano.sh", &["CronJob"], &[Template("spec.jobTemplate.spec.tasks[].template")]),
    ("flow.volcano.sh", &["JobTemplate"], &[Template("spec.tasks[].template")]),
    ("jobset.x-k8s.io", &["JobSet"], &[Template("spec.replicatedJobs[].template.spec.template")]),
    (
        "leaderworkerset.x-k8s.io",
        &["LeaderWorkerSet"],
        &[
            Template("spec.leaderWorkerTemplate.leaderTemplate"),
            Template("spec.leaderWorkerTemplate.workerTemplate"),
        ],
    ),
    ("kueue.x-k8s.io", &["Workload"], &[Template("spec.podSets[].template")]),
    ("agones.dev", &["GameServer"], &[Template("spec.template")]),
    ("agones.dev", &["Fleet", "GameServerSet"], &[Template("spec.template.spec.template")]),
    // Sandboxes for agents.
    ("agents.x-k8s.io", &["Sandbox"], &[Template("spec.podTemplate")]),
    ("extensions.agents.x-k8s.io", &["SandboxTemplate"], &[Template("spec.podTemplate")]),
    // Training and data.
    (
        "kubeflow.org",
        &["PyTorchJob", "TFJob", "MPIJob", "XGBoostJob", "PaddleJob", "JAXJob", "MXJob"],
        &[Template("spec.*ReplicaSpecs.*.template")],
    ),
    ("kubeflow.org", &["Notebook"], &[Template("spec.template")]),
    ("kubeflow.org", &["Experiment"], &[Objects("spec.trialTemplate.trialSpec")]),
    (
        "trainer.kubeflow.org",
        &["TrainingRuntime", "ClusterTrainingRuntime"],
        &[Template("spec.template.spec.replicatedJobs[].template.spec.template")],
    ),
    (
        "ray.io",
        &["RayCluster"],
        &[Template("spec.headGroupSpec.template"), Template("spec.workerGroupSpecs[].template")],
    ),
    (
        "ray.io",
        &["RayJob"],
        &[
            Template("spec.rayClusterSpec.headGroupSpec.template"),
            Template("spec.rayClusterSpec.workerGroupSpecs[].template"),
            Template("spec.submitterPodTemplate"),
        ],
    ),
    (
        "ray.io",
        &["RayService"],
        &[
            Template("spec.rayClusterConfig.headGroupSpec.template"),
            Template("spec.rayClusterConfig.workerGroupSpecs[].template"),
        ],
    ),
    (
        "sparkoperator.k8s.io",
        &["SparkApplication"],
        &[Template("spec.driver.template"), Template("spec.executor.template")],
    ),
    (
        "flink.apache.org",
        &["FlinkDeployment"],
        &[
            Template("spec.podTemplate"),
            Template("spec.jobManager.podTemplate"),
            Template("spec.taskManager.podTemplate"),
        ],
    ),
    (
        "kubernetes.dask.org",
        &["DaskCluster"],
        &[Template("spec.scheduler"), Template("spec.worker")],
    ),
    ("kubernetes.dask.org", &["DaskWorkerGroup"], &[Template("spec.worker")]),
    (
        "kubernetes.dask.org",
        &["DaskJob"],
        &[
            Template("spec.job"),
            Template("spec.cluster.spec.scheduler"),
            Template("spec.cluster.spec.worker"),
        ],
    ),
    ("jenkins.io", &["Jenkins"], &[Spec("spec.master")]),
    // What installs or spreads objects.
    (
        "operators.coreos.com",
        &["ClusterServiceVersion"],
        &[Template("spec.install.spec.deployments[].spec.template")],
    ),
    (
        "pkg.crossplane.io",
        &["DeploymentRuntimeConfig"],
        &[Template("spec.deploymentTemplate.spec.template")],
    ),
    ("kubernetes.crossplane.io", &["Object"], &[Objects("spec.forProvider.manifest")]),
    ("work.open-cluster-management.io", &["ManifestWork"], &[Objects("spec.workload.manifests[]")]),
    ("work.karmada.io", &["Work"], &[Objects("spec.workload.manifests[]")]),
    ("template.openshift.io", &["Template"], &[Objects("objects[]")]),
    ("", &["Template"], &[Objects("objects[]")]),
];

/// What a kind of a group holds; `None` where that is not known.
#[must_use]
pub(super) fn holds(group: &str, kind: &str) -> Option<&'static [Holds]> {
    let row = CUSTOM.iter().find(|(known, kinds, _)| *known == group && kinds.contains(&kind));
    row.map(|(.., holds)| *holds)
}

/// How deep a template is looked for.
const MOST_DEPTH: usize = 8;

/// Where the template of a pod stands in an object, to judge by its shape: below keys alone, at one
/// that says that it is a template, with a `spec` that has containers.
#[must_use]
pub(super) fn guessed(object: &Node) -> Option<String> {
    fn below(node: &Node, depth: usize) -> Option<String> {
        let entries = node.entries();
        let is = |name: &str, value: &Rc<Node>| {
            name.to_ascii_lowercase().ends_with("template")
                && value.visit("spec.containers[]", &mut vec![], &mut |_, item| item.is_map())
        };
        if let Some((name, ..)) = entries.iter().find(|(name, _, value)| is(name, value)) {
            return Some((*name).to_owned());
        }
        let mut maps = entries.iter().filter(|(name, _, value)| {
            value.is_map() && depth < MOST_DEPTH && !name.contains(['.', '*', '['])
        });
        maps.find_map(|(name, _, value)| Some(format!("{name}.{}", below(value, depth + 1)?)))
    }
    below(object, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_row() {
        let mut seen = std::collections::BTreeSet::new();
        for (group, kinds, holds) in CUSTOM {
            assert!(!holds.is_empty(), "{group}");
            for kind in *kinds {
                assert!(seen.insert((group, kind)), "{group} {kind} is there twice");
            }
        }
    }
}
