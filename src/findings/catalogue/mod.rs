//! The catalogue: a row for every finding. Its page is the Markdown file of the same name.
//!
//! To add one, write the page, the row, and its line in [`ALL`]; `docs/findings.md` is generated.

use super::Info;
use crate::verdict::Severity;

/// Those that keep a container from starting even as a warning: with it, nobody knows that it does.
pub(crate) static KEEP_FROM_STARTING: &[&Info] =
    &[&SYSCTL_NOT_NAMESPACED, &UNSAFE_SYSCTL, &SERVICE_MAY_NOT_START];

// `check`: what was predicted and what was seen.

pub(crate) static PREDICTION_DIFFERS: Info = Info {
    id: "prediction-differs",
    severity: Severity::Note,
    title: "the prediction from facts and the kernel's answer differ",
    docs: include_str!("prediction_differs.md"),
};

pub(crate) static BINARY_DIFFERS: Info = Info {
    id: "binary-differs",
    severity: Severity::Warning,
    title: "the real program and isodoc's own test process get different answers",
    docs: include_str!("binary_differs.md"),
};

pub(crate) static PROGRAM_NOT_TRUSTED: Info = Info {
    id: "program-not-trusted",
    severity: Severity::Warning,
    title: "the real program was not run: others can write it, and isodoc is root",
    docs: include_str!("program_not_trusted.md"),
};

pub(crate) static PLATFORM_DIFFERS: Info = Info {
    id: "platform-differs",
    severity: Severity::Note,
    title: "the result differs from what is documented for this platform",
    docs: include_str!("platform_differs.md"),
};

pub(crate) static PROGRAM_NOT_INSTALLED: Info = Info {
    id: "program-not-installed",
    severity: Severity::Note,
    title: "a mechanism was judged whose program is not installed",
    docs: include_str!("program_not_installed.md"),
};

pub(crate) static MALFORMED_FACT: Info = Info {
    id: "malformed-fact",
    severity: Severity::Note,
    title: "something that isodoc read cannot be parsed",
    docs: include_str!("malformed_fact.md"),
};

pub(crate) static UNEXPLAINED: Info = Info {
    id: "unexplained",
    severity: Severity::Error,
    title: "no cause that isodoc knows explains the refusal",
    docs: include_str!("unexplained.md"),
};

pub(crate) static PID_NAMESPACE_SHARED: Info = Info {
    id: "pid-namespace-shared",
    severity: Severity::Warning,
    title: "jobs share the pid namespace of the process that started them",
    docs: include_str!("pid_namespace_shared.md"),
};

pub(crate) static PROC_SHOWS_OUTSIDE: Info = Info {
    id: "proc-shows-outside",
    severity: Severity::Warning,
    title: "the new /proc shows processes from outside",
    docs: include_str!("proc_shows_outside.md"),
};

pub(crate) static ENVIRON_READABLE: Info = Info {
    id: "environ-readable",
    severity: Severity::Warning,
    title: "jobs can read the environment of the process that started them",
    docs: include_str!("environ_readable.md"),
};

// `check`: what a worker would do.

pub(crate) static WORKER_RUNS_UNISOLATED: Info = Info {
    id: "worker-runs-unisolated",
    severity: Severity::Error,
    title: "a worker started here would run jobs without isolation",
    docs: include_str!("worker_runs_unisolated.md"),
};

pub(crate) static WORKER_PANICS: Info = Info {
    id: "worker-panics",
    severity: Severity::Error,
    title: "a worker started here would panic",
    docs: include_str!("worker_panics.md"),
};

pub(crate) static WORKER_JOBS_FAIL: Info = Info {
    id: "worker-jobs-fail",
    severity: Severity::Error,
    title: "a worker started here would fail every job",
    docs: include_str!("worker_jobs_fail.md"),
};

pub(crate) static WORKER_VARIABLE_IGNORED: Info = Info {
    id: "worker-variable-ignored",
    severity: Severity::Warning,
    title: "the worker ignores a variable whose value is neither `true` nor `false`",
    docs: include_str!("worker_variable_ignored.md"),
};

pub(crate) static TINI_MISSING: Info = Info {
    id: "tini-missing",
    severity: Severity::Note,
    title: "tini is not installed",
    docs: include_str!("tini_missing.md"),
};

// `lint`: settings of one container that contradict each other, or the host.

pub(crate) static PRIVILEGED_WITH_USERNS_REMAP: Info = Info {
    id: "privileged-with-userns-remap",
    severity: Severity::Error,
    title: "privileged, or a host namespace, under a Docker daemon with userns-remap",
    docs: include_str!("privileged_with_userns_remap.md"),
};

pub(crate) static FARGATE_REFUSES: Info = Info {
    id: "fargate-refuses",
    severity: Severity::Error,
    title: "a setting that AWS Fargate refuses",
    docs: include_str!("fargate_refuses.md"),
};

pub(crate) static SYSCTL_NOT_NAMESPACED: Info = Info {
    id: "sysctl-not-namespaced",
    severity: Severity::Error,
    title: "a kernel parameter that a container cannot have for itself",
    docs: include_str!("sysctl_not_namespaced.md"),
};

pub(crate) static UNSAFE_SYSCTL: Info = Info {
    id: "unsafe-sysctl",
    severity: Severity::Warning,
    title: "a kernel parameter that the kubelet refuses unless it is told otherwise",
    docs: include_str!("unsafe_sysctl.md"),
};

pub(crate) static SERVICE_MAY_NOT_START: Info = Info {
    id: "service-may-not-start",
    severity: Severity::Warning,
    title: "a setting with which systemd may not start the command",
    docs: include_str!("service_may_not_start.md"),
};

pub(crate) static FAVOR_UNSHARE_PID: Info = Info {
    id: "favor-unshare-pid",
    severity: Severity::Note,
    title: "FAVOR_UNSHARE_PID lets jobs run without isolation where unshare is refused",
    docs: include_str!("favor_unshare_pid.md"),
};

pub(crate) static NON_ROOT_USER_NEEDS_USER_NAMESPACE: Info = Info {
    id: "non-root-user-needs-user-namespace",
    severity: Severity::Warning,
    title: "the flags need root, and the container runs as another user",
    docs: include_str!("non_root_user_needs_user_namespace.md"),
};

pub(crate) static POD_SECURITY_REJECTS_FIX: Info = Info {
    id: "pod-security-rejects-fix",
    severity: Severity::Warning,
    title: "Pod Security admission of the namespace would reject the remedy",
    docs: include_str!("pod_security_rejects_fix.md"),
};

pub(crate) static HOST_USERS_NEEDS_RUNTIME: Info = Info {
    id: "host-users-needs-runtime",
    severity: Severity::Note,
    title: "`hostUsers: false` needs a recent kernel and runtime on the nodes",
    docs: include_str!("host_users_needs_runtime.md"),
};

pub(crate) static RUNTIME_DECIDES: Info = Info {
    id: "runtime-decides",
    severity: Severity::Warning,
    title: "CRI-O would answer otherwise than containerd",
    docs: include_str!("runtime_decides.md"),
};

pub(crate) static RUNNER_DECIDES: Info = Info {
    id: "runner-decides",
    severity: Severity::Warning,
    title: "the configuration of the runner decides",
    docs: include_str!("runner_decides.md"),
};

pub(crate) static PRIVILEGED_MAKES_MOOT: Info = Info {
    id: "privileged-makes-moot",
    severity: Severity::Warning,
    title: "settings that a privileged container ignores",
    docs: include_str!("privileged_makes_moot.md"),
};

pub(crate) static PRIVILEGED_WITHOUT_NEED: Info = Info {
    id: "privileged-without-need",
    severity: Severity::Note,
    title: "isolation needs less than privileged",
    docs: include_str!("privileged_without_need.md"),
};

pub(crate) static PROC_STAYS_MASKED: Info = Info {
    id: "proc-stays-masked",
    severity: Severity::Note,
    title: "namespaces can be created, but no new /proc can be mounted",
    docs: include_str!("proc_stays_masked.md"),
};

pub(crate) static FURTHER_GATE: Info = Info {
    id: "further-gate",
    severity: Severity::Note,
    title: "isolation fails for another reason once the first is fixed",
    docs: include_str!("further_gate.md"),
};

pub(crate) static FLAGS_IN_QUOTES: Info = Info {
    id: "flags-in-quotes",
    severity: Severity::Warning,
    title: "the flags have quotes in them that nobody takes away",
    docs: include_str!("flags_in_quotes.md"),
};

pub(crate) static NO_NEW_PRIVILEGES_HARMLESS: Info = Info {
    id: "no-new-privileges-harmless",
    severity: Severity::Note,
    title: "no-new-privileges is not what blocks isolation",
    docs: include_str!("no_new_privileges_harmless.md"),
};

pub(crate) static USERNS_HOST_WITHOUT_REMAP: Info = Info {
    id: "userns-host-without-remap",
    severity: Severity::Note,
    title: "`userns_mode: host` has no effect without userns-remap",
    docs: include_str!("userns_host_without_remap.md"),
};

pub(crate) static IMAGE_IMPLIES_MECHANISM: Info = Info {
    id: "image-implies-mechanism",
    severity: Severity::Note,
    title: "the image is known to isolate what it runs",
    docs: include_str!("image_implies_mechanism.md"),
};

pub(crate) static IMAGE_USER_DECIDES: Info = Info {
    id: "image-user-decides",
    severity: Severity::Note,
    title: "the answer depends on the user of the image",
    docs: include_str!("image_user_decides.md"),
};

// `lint`: a daemon.json.

pub(crate) static USERNS_REMAP_NOT_ASKED: Info = Info {
    id: "userns-remap-not-asked",
    severity: Severity::Note,
    title: "daemon.json does not set userns-remap",
    docs: include_str!("userns_remap_not_asked.md"),
};

pub(crate) static DAEMON_KEY_REPEATED: Info = Info {
    id: "daemon-key-repeated",
    severity: Severity::Warning,
    title: "daemon.json has a key twice",
    docs: include_str!("daemon_key_repeated.md"),
};

pub(crate) static USERNS_REMAP_USER_UNKNOWN: Info = Info {
    id: "userns-remap-user-unknown",
    severity: Severity::Note,
    title: "cannot tell whether the host has the user of userns-remap",
    docs: include_str!("userns_remap_user_unknown.md"),
};

// `lint`: compose files and command lines.

pub(crate) static SWARM_IGNORES: Info = Info {
    id: "swarm-ignores",
    severity: Severity::Note,
    title: "a setting that `docker stack deploy` ignores",
    docs: include_str!("swarm_ignores.md"),
};

pub(crate) static COMPOSE_FORMAT_1: Info = Info {
    id: "compose-format-1",
    severity: Severity::Warning,
    title: "a compose file without `services`",
    docs: include_str!("compose_format_1.md"),
};

pub(crate) static INCLUDE_MISSING: Info = Info {
    id: "include-missing",
    severity: Severity::Warning,
    title: "an included compose file cannot be read",
    docs: include_str!("include_missing.md"),
};

pub(crate) static EXTENDS_MISSING: Info = Info {
    id: "extends-missing",
    severity: Severity::Warning,
    title: "`extends` names a service that does not exist",
    docs: include_str!("extends_missing.md"),
};

pub(crate) static MISSPELT_KEY: Info = Info {
    id: "misspelt-key",
    severity: Severity::Warning,
    title: "an unknown compose key that looks like a misspelt one",
    docs: include_str!("misspelt_key.md"),
};

pub(crate) static ENV_FILE_MISSING: Info = Info {
    id: "env-file-missing",
    severity: Severity::Note,
    title: "a file of environment variables cannot be read",
    docs: include_str!("env_file_missing.md"),
};

pub(crate) static SECCOMP_PROFILE_RELATIVE: Info = Info {
    id: "seccomp-profile-relative",
    severity: Severity::Note,
    title: "a seccomp profile with a relative path",
    docs: include_str!("seccomp_profile_relative.md"),
};

pub(crate) static PROFILE_FILE_MISSING: Info = Info {
    id: "profile-file-missing",
    severity: Severity::Warning,
    title: "a seccomp profile whose file cannot be read",
    docs: include_str!("profile_file_missing.md"),
};

pub(crate) static SECCOMP_PROFILE_BROKEN: Info = Info {
    id: "seccomp-profile-broken",
    severity: Severity::Error,
    title: "a seccomp profile that the engine refuses",
    docs: include_str!("seccomp_profile_broken.md"),
};

pub(crate) static SECCOMP_PROFILE_INLINE: Info = Info {
    id: "seccomp-profile-inline",
    severity: Severity::Error,
    title: "a seccomp profile written into the compose file",
    docs: include_str!("seccomp_profile_inline.md"),
};

pub(crate) static SECURITY_OPT_COLON: Info = Info {
    id: "security-opt-colon",
    severity: Severity::Note,
    title: "`key:value` in security_opt, where `key=value` is meant",
    docs: include_str!("security_opt_colon.md"),
};

pub(crate) static SECURITY_OPT_PODMAN_ONLY: Info = Info {
    id: "security-opt-podman-only",
    severity: Severity::Warning,
    title: "a security option that only podman has",
    docs: include_str!("security_opt_podman_only.md"),
};

pub(crate) static USERNS_MODE_PODMAN_ONLY: Info = Info {
    id: "userns-mode-podman-only",
    severity: Severity::Warning,
    title: "a userns_mode that only podman has",
    docs: include_str!("userns_mode_podman_only.md"),
};

pub(crate) static USER_FROM_ENVIRONMENT: Info = Info {
    id: "user-from-environment",
    severity: Severity::Note,
    title: "the user comes from an environment variable",
    docs: include_str!("user_from_environment.md"),
};

pub(crate) static USER_GID_UID_SWAPPED: Info = Info {
    id: "user-gid-uid-swapped",
    severity: Severity::Warning,
    title: "a user written as GID:UID",
    docs: include_str!("user_gid_uid_swapped.md"),
};

pub(crate) static COMMAND_REFUSED: Info = Info {
    id: "command-refused",
    severity: Severity::Error,
    title: "the engine refuses this command line",
    docs: include_str!("command_refused.md"),
};

pub(crate) static UNKNOWN_OPTION: Info = Info {
    id: "unknown-option",
    severity: Severity::Warning,
    title: "a command-line option that isodoc does not know",
    docs: include_str!("unknown_option.md"),
};

pub(crate) static UNTERMINATED_QUOTE: Info = Info {
    id: "unterminated-quote",
    severity: Severity::Note,
    title: "an unclosed quote or substitution in a command of a document",
    docs: include_str!("unterminated_quote.md"),
};

pub(crate) static COMPOSE_FRAGMENT: Info = Info {
    id: "compose-fragment",
    severity: Severity::Note,
    title: "a code block looks like services of a compose file without `services`",
    docs: include_str!("compose_fragment.md"),
};

pub(crate) static RUNNER_KNOWN: Info = Info {
    id: "runner-known",
    severity: Severity::Note,
    title: "the file says on which host it runs, and that host is known",
    docs: include_str!("runner_known.md"),
};

pub(crate) static CODE_BLOCK_BROKEN: Info = Info {
    id: "code-block-broken",
    severity: Severity::Warning,
    title: "a code block that looks like a manifest or compose file and cannot be read",
    docs: include_str!("code_block_broken.md"),
};

// `lint`: Kubernetes manifests.

pub(crate) static NOT_A_MANIFEST: Info = Info {
    id: "not-a-manifest",
    severity: Severity::Note,
    title: "a document that is not a Kubernetes object",
    docs: include_str!("not_a_manifest.md"),
};

pub(crate) static REMOVED_API_VERSION: Info = Info {
    id: "removed-api-version",
    severity: Severity::Warning,
    title: "an API version that is no longer served",
    docs: include_str!("removed_api_version.md"),
};

pub(crate) static POD_PLACE_GUESSED: Info = Info {
    id: "pod-place-guessed",
    severity: Severity::Note,
    title: "what is taken for the pods of a custom resource is a guess",
    docs: include_str!("pod_place_guessed.md"),
};

pub(crate) static CUSTOM_RESOURCE: Info = Info {
    id: "custom-resource",
    severity: Severity::Note,
    title: "a custom resource, which is not judged",
    docs: include_str!("custom_resource.md"),
};

pub(crate) static QUADLET_REFUSED: Info = Info {
    id: "quadlet-refused",
    severity: Severity::Error,
    title: "podman makes no service of this unit",
    docs: include_str!("quadlet_refused.md"),
};

pub(crate) static UNIT_WITHOUT_CONTAINER: Info = Info {
    id: "unit-without-container",
    severity: Severity::Note,
    title: "a unit of Quadlet that describes no container",
    docs: include_str!("unit_without_container.md"),
};

pub(crate) static NO_CONTAINERS: Info = Info {
    id: "no-containers",
    severity: Severity::Warning,
    title: "a pod without containers",
    docs: include_str!("no_containers.md"),
};

pub(crate) static WINDOWS_POD: Info = Info {
    id: "windows-pod",
    severity: Severity::Note,
    title: "a pod for Windows",
    docs: include_str!("windows_pod.md"),
};

pub(crate) static EPHEMERAL_CONTAINERS_ON_CREATE: Info = Info {
    id: "ephemeral-containers-on-create",
    severity: Severity::Warning,
    title: "ephemeral containers cannot be set on creation",
    docs: include_str!("ephemeral_containers_on_create.md"),
};

pub(crate) static RUNTIME_CLASS: Info = Info {
    id: "runtime-class",
    severity: Severity::Warning,
    title: "another runtime than runc and crun, which may bring another kernel",
    docs: include_str!("runtime_class.md"),
};

pub(crate) static MISPLACED_SETTING: Info = Info {
    id: "misplaced-setting",
    severity: Severity::Warning,
    title: "a setting in a place where it is ignored",
    docs: include_str!("misplaced_setting.md"),
};

pub(crate) static RUN_AS_NON_ROOT_AS_ROOT: Info = Info {
    id: "run-as-non-root-as-root",
    severity: Severity::Error,
    title: "`runAsUser: 0` beside `runAsNonRoot: true`",
    docs: include_str!("run_as_non_root_as_root.md"),
};

pub(crate) static RUN_AS_GROUP_ALONE: Info = Info {
    id: "run-as-group-alone",
    severity: Severity::Error,
    title: "`runAsGroup` without `runAsUser`",
    docs: include_str!("run_as_group_alone.md"),
};

pub(crate) static UNMASKED_WITHOUT_USERNS: Info = Info {
    id: "unmasked-without-userns",
    severity: Severity::Error,
    title: "`procMount: Unmasked` without `hostUsers: false`",
    docs: include_str!("unmasked_without_userns.md"),
};

pub(crate) static UNKNOWN_CAPABILITY: Info = Info {
    id: "unknown-capability",
    severity: Severity::Warning,
    title: "a capability that Linux does not have",
    docs: include_str!("unknown_capability.md"),
};

pub(crate) static CAPABILITY_PREFIX: Info = Info {
    id: "capability-prefix",
    severity: Severity::Warning,
    title: "a capability written with `CAP_` in a manifest",
    docs: include_str!("capability_prefix.md"),
};

pub(crate) static SECCOMP_ANNOTATION: Info = Info {
    id: "seccomp-annotation",
    severity: Severity::Warning,
    title: "a seccomp annotation, which Kubernetes no longer reads",
    docs: include_str!("seccomp_annotation.md"),
};

pub(crate) static SECCOMP_NOT_SET: Info = Info {
    id: "seccomp-not-set",
    severity: Severity::Note,
    title: "no seccomp profile is set, so the kubelet decides",
    docs: include_str!("seccomp_not_set.md"),
};

pub(crate) static POD_SECURITY_LEVEL_UNKNOWN: Info = Info {
    id: "pod-security-level-unknown",
    severity: Severity::Warning,
    title: "a namespace label with an unknown level of Pod Security",
    docs: include_str!("pod_security_level_unknown.md"),
};

pub(crate) static POD_SECURITY_REJECTS: Info = Info {
    id: "pod-security-rejects",
    severity: Severity::Error,
    title: "Pod Security admission rejects the container as it is",
    docs: include_str!("pod_security_rejects.md"),
};

// `lint`: what is accepted.

pub(crate) static IGNORE_WITHOUT_EFFECT: Info = Info {
    id: "ignore-without-effect",
    severity: Severity::Warning,
    title: "a comment that ignores nothing",
    docs: include_str!("ignore_without_effect.md"),
};

pub(crate) static ACCEPTANCE_EXPIRED: Info = Info {
    id: "acceptance-expired",
    severity: Severity::Error,
    title: "what was accepted until a day is accepted no longer",
    docs: include_str!("acceptance_expired.md"),
};

// `lint`: values of Helm charts.

pub(crate) static KIND_NOT_READ: Info = Info {
    id: "kind-not-read",
    severity: Severity::Note,
    title: "a file of a kind that isodoc does not read",
    docs: include_str!("kind_not_read.md"),
};

pub(crate) static VALUES_NOT_RENDERED: Info = Info {
    id: "values-not-rendered",
    severity: Severity::Note,
    title: "values of a Helm chart, which is not rendered",
    docs: include_str!("values_not_rendered.md"),
};

pub(crate) static NSJAIL_WITHOUT_ENTERPRISE: Info = Info {
    id: "nsjail-without-enterprise",
    severity: Severity::Warning,
    title: "`enterprise.nsjail` without `enterprise.enabled`",
    docs: include_str!("nsjail_without_enterprise.md"),
};

pub(crate) static NSJAIL_MAKES_PRIVILEGED: Info = Info {
    id: "nsjail-makes-privileged",
    severity: Severity::Warning,
    title: "`enterprise.nsjail` makes every worker privileged",
    docs: include_str!("nsjail_makes_privileged.md"),
};

pub(crate) static WORKER_GROUPS_OF_THE_CHART: Info = Info {
    id: "worker-groups-of-the-chart",
    severity: Severity::Note,
    title: "values without worker groups: the chart's own apply",
    docs: include_str!("worker_groups_of_the_chart.md"),
};

pub(crate) static WORKER_GROUP_NOT_RENDERED: Info = Info {
    id: "worker-group-not-rendered",
    severity: Severity::Note,
    title: "a worker group that the chart does not render",
    docs: include_str!("worker_group_not_rendered.md"),
};

pub(crate) static WORKER_PRIVILEGED_BY_DEFAULT: Info = Info {
    id: "worker-privileged-by-default",
    severity: Severity::Warning,
    title: "a worker group without `privileged`, which the chart then sets",
    docs: include_str!("worker_privileged_by_default.md"),
};

pub(crate) static SECURITY_CONTEXT_IGNORED: Info = Info {
    id: "security-context-ignored",
    severity: Severity::Warning,
    title: "a security context that the chart does not use",
    docs: include_str!("security_context_ignored.md"),
};

pub(crate) static ISOLATION_SECURITY: Info = Info {
    id: "isolation-security",
    severity: Severity::Note,
    title: "`isolationSecurity`, which only newer charts know",
    docs: include_str!("isolation_security.md"),
};

pub(crate) static ISOLATION_DISABLED: Info = Info {
    id: "isolation-disabled",
    severity: Severity::Note,
    title: "`disableUnsharePid`: jobs are not isolated",
    docs: include_str!("isolation_disabled.md"),
};

pub(crate) static DISABLE_UNSHARE_WITHOUT_EFFECT: Info = Info {
    id: "disable-unshare-without-effect",
    severity: Severity::Note,
    title: "`disableUnsharePid` where there is nothing to switch off",
    docs: include_str!("disable_unshare_without_effect.md"),
};

pub(crate) static UNSHARE_NOT_RENDERED: Info = Info {
    id: "unshare-not-rendered",
    severity: Severity::Warning,
    title: "a privileged worker group that does not isolate its jobs",
    docs: include_str!("unshare_not_rendered.md"),
};

/// Every row, in the order above.
pub(crate) static ALL: &[&Info] = &[
    &PREDICTION_DIFFERS,
    &BINARY_DIFFERS,
    &PROGRAM_NOT_TRUSTED,
    &PLATFORM_DIFFERS,
    &PROGRAM_NOT_INSTALLED,
    &MALFORMED_FACT,
    &UNEXPLAINED,
    &PID_NAMESPACE_SHARED,
    &PROC_SHOWS_OUTSIDE,
    &ENVIRON_READABLE,
    &WORKER_RUNS_UNISOLATED,
    &WORKER_PANICS,
    &WORKER_JOBS_FAIL,
    &WORKER_VARIABLE_IGNORED,
    &TINI_MISSING,
    &PRIVILEGED_WITH_USERNS_REMAP,
    &FARGATE_REFUSES,
    &SYSCTL_NOT_NAMESPACED,
    &UNSAFE_SYSCTL,
    &SERVICE_MAY_NOT_START,
    &FAVOR_UNSHARE_PID,
    &NON_ROOT_USER_NEEDS_USER_NAMESPACE,
    &POD_SECURITY_REJECTS_FIX,
    &HOST_USERS_NEEDS_RUNTIME,
    &RUNTIME_DECIDES,
    &RUNNER_DECIDES,
    &PRIVILEGED_MAKES_MOOT,
    &PRIVILEGED_WITHOUT_NEED,
    &PROC_STAYS_MASKED,
    &FURTHER_GATE,
    &FLAGS_IN_QUOTES,
    &NO_NEW_PRIVILEGES_HARMLESS,
    &USERNS_HOST_WITHOUT_REMAP,
    &IMAGE_IMPLIES_MECHANISM,
    &IMAGE_USER_DECIDES,
    &USERNS_REMAP_NOT_ASKED,
    &DAEMON_KEY_REPEATED,
    &USERNS_REMAP_USER_UNKNOWN,
    &SWARM_IGNORES,
    &COMPOSE_FORMAT_1,
    &INCLUDE_MISSING,
    &EXTENDS_MISSING,
    &MISSPELT_KEY,
    &ENV_FILE_MISSING,
    &SECCOMP_PROFILE_RELATIVE,
    &PROFILE_FILE_MISSING,
    &SECCOMP_PROFILE_BROKEN,
    &SECCOMP_PROFILE_INLINE,
    &SECURITY_OPT_COLON,
    &SECURITY_OPT_PODMAN_ONLY,
    &USERNS_MODE_PODMAN_ONLY,
    &USER_FROM_ENVIRONMENT,
    &USER_GID_UID_SWAPPED,
    &COMMAND_REFUSED,
    &UNKNOWN_OPTION,
    &UNTERMINATED_QUOTE,
    &CODE_BLOCK_BROKEN,
    &COMPOSE_FRAGMENT,
    &RUNNER_KNOWN,
    &QUADLET_REFUSED,
    &UNIT_WITHOUT_CONTAINER,
    &NOT_A_MANIFEST,
    &REMOVED_API_VERSION,
    &POD_PLACE_GUESSED,
    &CUSTOM_RESOURCE,
    &NO_CONTAINERS,
    &WINDOWS_POD,
    &EPHEMERAL_CONTAINERS_ON_CREATE,
    &RUNTIME_CLASS,
    &MISPLACED_SETTING,
    &RUN_AS_NON_ROOT_AS_ROOT,
    &RUN_AS_GROUP_ALONE,
    &UNMASKED_WITHOUT_USERNS,
    &UNKNOWN_CAPABILITY,
    &CAPABILITY_PREFIX,
    &SECCOMP_ANNOTATION,
    &SECCOMP_NOT_SET,
    &POD_SECURITY_LEVEL_UNKNOWN,
    &POD_SECURITY_REJECTS,
    &IGNORE_WITHOUT_EFFECT,
    &ACCEPTANCE_EXPIRED,
    &KIND_NOT_READ,
    &VALUES_NOT_RENDERED,
    &NSJAIL_WITHOUT_ENTERPRISE,
    &NSJAIL_MAKES_PRIVILEGED,
    &WORKER_GROUPS_OF_THE_CHART,
    &WORKER_GROUP_NOT_RENDERED,
    &WORKER_PRIVILEGED_BY_DEFAULT,
    &SECURITY_CONTEXT_IGNORED,
    &ISOLATION_SECURITY,
    &ISOLATION_DISABLED,
    &DISABLE_UNSHARE_WITHOUT_EFFECT,
    &UNSHARE_NOT_RENDERED,
];

/// Ids that were merged into another, which is how `explain` answers them.
pub(crate) static SUCCESSORS: &[(&str, &Info)] = &[
    ("env-file-unread", &ENV_FILE_MISSING),
    ("host-users-runtime", &HOST_USERS_NEEDS_RUNTIME),
    ("relative-profile", &SECCOMP_PROFILE_RELATIVE),
];
