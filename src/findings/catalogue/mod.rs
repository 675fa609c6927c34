//! The catalogue: a row for every finding. Its page is the Markdown file named after its id.
//!
//! To add one, write the page and the row; `docs/findings.md` is generated.

use super::Info;
use crate::verdict::Severity;

/// Those that keep a container from starting even as a warning: with it, nobody knows that it does.
pub(crate) static KEEP_FROM_STARTING: &[&Info] = &[
    &SYSCTL_NOT_NAMESPACED, &UNSAFE_SYSCTL, &SERVICE_MAY_NOT_START, &CONTAINER_MAY_NOT_START,
    &UNKNOWN_FIELD,
];

/// Declares the rows, and [`ALL`] of them: the name in the code, how grave it usually is, the id,
/// which names the page too, and the title.
macro_rules! catalogue {
    ($($name:ident: $severity:ident $id:literal $title:literal;)*) => {
        $(pub(crate) static $name: Info = Info {
            id: $id,
            severity: Severity::$severity,
            title: $title,
            docs: include_str!(concat!($id, ".md")),
        };)*

        /// Every row, in their order.
        pub(crate) static ALL: &[&Info] = &[$(&$name),*];
    };
}

catalogue! {
    // `check`: what was predicted and what was seen.
    PREDICTION_DIFFERS: Note "prediction-differs"
        "the prediction from facts and the kernel's answer differ";
    BINARY_DIFFERS: Warning "binary-differs"
        "the real program and isodoc's own test process get different answers";
    PROGRAM_NOT_TRUSTED: Warning "program-not-trusted"
        "the real program was not run: others can write it, and isodoc is root";
    PLATFORM_DIFFERS: Note "platform-differs"
        "the result differs from what is documented for this platform";
    PROGRAM_NOT_INSTALLED: Note "program-not-installed"
        "a mechanism was judged whose program is not installed";
    MALFORMED_FACT: Note "malformed-fact" "something that isodoc read cannot be parsed";
    UNEXPLAINED: Error "unexplained" "no cause that isodoc knows explains the refusal";
    PID_NAMESPACE_SHARED: Warning "pid-namespace-shared"
        "jobs share the pid namespace of the process that started them";
    PROC_SHOWS_OUTSIDE: Warning "proc-shows-outside" "the new /proc shows processes from outside";
    ENVIRON_READABLE: Warning "environ-readable"
        "jobs can read the environment of the process that started them";

    // `check`: what a worker would do.
    WORKER_RUNS_UNISOLATED: Error "worker-runs-unisolated"
        "a worker started here would run jobs without isolation";
    WORKER_PANICS: Error "worker-panics" "a worker started here would panic";
    WORKER_JOBS_FAIL: Error "worker-jobs-fail" "a worker started here would fail every job";
    WORKER_VARIABLE_IGNORED: Warning "worker-variable-ignored"
        "the worker ignores a variable whose value is neither `true` nor `false`";
    TINI_MISSING: Note "tini-missing" "tini is not installed";

    // `lint`: settings of one container that contradict each other, or the host.
    PRIVILEGED_WITH_USERNS_REMAP: Error "privileged-with-userns-remap"
        "privileged, or a host namespace, under a Docker daemon with userns-remap";
    FARGATE_REFUSES: Error "fargate-refuses" "a setting that AWS Fargate refuses";
    SYSCTL_NOT_NAMESPACED: Error "sysctl-not-namespaced"
        "a kernel parameter that a container cannot have for itself";
    UNSAFE_SYSCTL: Warning "unsafe-sysctl"
        "a kernel parameter that the kubelet refuses unless it is told otherwise";
    SERVICE_MAY_NOT_START: Warning "service-may-not-start"
        "a setting that may keep systemd from starting the command";
    CONTAINER_MAY_NOT_START: Error "container-may-not-start"
        "a setting that may keep the engine from starting the container";
    FAVOR_UNSHARE_PID: Note "favor-unshare-pid"
        "FAVOR_UNSHARE_PID lets jobs run without isolation where unshare is refused";
    NON_ROOT_USER_NEEDS_USER_NAMESPACE: Warning "non-root-user-needs-user-namespace"
        "the flags need root, and the container runs as another user";
    POD_SECURITY_REJECTS_FIX: Warning "pod-security-rejects-fix"
        "Pod Security admission of the namespace would reject the remedy";
    HOST_USERS_NEEDS_RUNTIME: Note "host-users-needs-runtime"
        "`hostUsers: false` needs a recent kernel and runtime on the nodes";
    RUNTIME_DECIDES: Warning "runtime-decides" "CRI-O would answer differently from containerd";
    RUNNER_DECIDES: Warning "runner-decides" "the configuration of the runner decides";
    PRIVILEGED_MAKES_MOOT: Warning "privileged-makes-moot"
        "settings that a privileged container ignores";
    PRIVILEGED_WITHOUT_NEED: Note "privileged-without-need" "isolation needs less than privileged";
    PROC_STAYS_MASKED: Note "proc-stays-masked"
        "namespaces can be created, but no new /proc can be mounted";
    FURTHER_GATE: Note "further-gate" "isolation fails for another reason once the first is fixed";
    FLAGS_IN_QUOTES: Warning "flags-in-quotes"
        "the flags contain quotes that nothing removes";
    NO_NEW_PRIVILEGES_HARMLESS: Note "no-new-privileges-harmless"
        "no-new-privileges is not what blocks isolation";
    USERNS_HOST_WITHOUT_REMAP: Note "userns-host-without-remap"
        "`userns_mode: host` has no effect without userns-remap";
    IMAGE_IMPLIES_MECHANISM: Note "image-implies-mechanism"
        "the image is known to isolate what it runs";
    IMAGE_USER_DECIDES: Note "image-user-decides" "the answer depends on the user of the image";

    // `lint`: a daemon.json.
    USERNS_REMAP_NOT_ASKED: Note "userns-remap-not-asked" "daemon.json does not set userns-remap";
    PIPELINE_KEY_REPEATED: Warning "pipeline-key-repeated" "a GitLab pipeline has a key twice";
    DAEMON_KEY_REPEATED: Warning "daemon-key-repeated" "daemon.json has a key twice";
    USERNS_REMAP_USER_UNKNOWN: Note "userns-remap-user-unknown"
        "cannot tell whether the host has the user of userns-remap";

    // `lint`: services of systemd.
    UNIT_VALUE_LEFT_OUT: Warning "unit-value-left-out" "a value that systemd does not understand";
    UNIT_KEY_UNKNOWN: Warning "unit-key-unknown" "a key of a unit that systemd passes over";

    // `lint`: LXC containers.
    NESTING_WITHOUT_EFFECT: Warning "nesting-without-effect" "nesting is asked for, without effect";
    LXC_TEMPLATE: Note "lxc-template" "what new LXC containers begin with, not a container";

    // `lint`: compose files and command lines.
    SWARM_IGNORES: Note "swarm-ignores" "a setting that `docker stack deploy` ignores";
    COMPOSE_FORMAT_1: Warning "compose-format-1" "a compose file without `services`";
    INCLUDE_MISSING: Warning "include-missing" "an included compose file cannot be read";
    EXTENDS_MISSING: Warning "extends-missing" "`extends` names a service that does not exist";
    MISSPELT_KEY: Error "misspelt-key" "a key that compose does not know";
    ENV_FILE_MISSING: Note "env-file-missing" "a file of environment variables cannot be read";
    SECCOMP_PROFILE_RELATIVE: Note "seccomp-profile-relative"
        "a seccomp profile with a relative path";
    PROFILE_FILE_MISSING: Warning "profile-file-missing"
        "a seccomp profile whose file cannot be read";
    SECCOMP_PROFILE_BROKEN: Error "seccomp-profile-broken"
        "a seccomp profile that the engine refuses";
    SECCOMP_PROFILE_INLINE: Error "seccomp-profile-inline"
        "a seccomp profile written into the compose file";
    SECURITY_OPT_COLON: Note "security-opt-colon"
        "`key:value` in security_opt, where `key=value` is meant";
    SECURITY_OPT_PODMAN_ONLY: Warning "security-opt-podman-only"
        "a security option that only podman has";
    USERNS_MODE_PODMAN_ONLY: Warning "userns-mode-podman-only" "a userns_mode that only podman has";
    USER_FROM_ENVIRONMENT: Note "user-from-environment"
        "the user comes from an environment variable";
    USER_GID_UID_SWAPPED: Warning "user-gid-uid-swapped" "a user written as GID:UID";
    COMMAND_REFUSED: Error "command-refused" "the engine refuses this command line";
    UNKNOWN_OPTION: Warning "unknown-option" "a command-line option that isodoc does not know";
    UNTERMINATED_QUOTE: Note "unterminated-quote"
        "an unclosed quote or substitution in a command of a document";
    REFUSED_TOO: Error "refused-too" "something else in a file that is refused";
    CODE_BLOCK_BROKEN: Warning "code-block-broken"
        "a code block that looks like a manifest or compose file and cannot be read";
    COMPOSE_FRAGMENT: Note "compose-fragment"
        "a code block looks like services of a compose file without `services`";
    RUNS_ON_THE_RUNNER: Note "runs-on-the-runner"
        "a step of a workflow isolates outside of any container";
    BUILDER_DECIDES: Note "builder-decides"
        "what an instruction of a Dockerfile may do is said to the builder";
    RUNNER_KNOWN: Note "runner-known" "the file says on which host it runs, and that host is known";

    // `lint`: Kubernetes manifests.
    QUADLET_REFUSED: Error "quadlet-refused" "podman makes no service of this unit";
    UNIT_WITHOUT_CONTAINER: Note "unit-without-container"
        "a Quadlet unit that describes no container";
    NOT_A_MANIFEST: Note "not-a-manifest" "a document that is not a Kubernetes object";
    REMOVED_API_VERSION: Warning "removed-api-version" "an API version that is no longer served";
    POD_PLACE_GUESSED: Note "pod-place-guessed"
        "what is taken for the pods of a custom resource is a guess";
    CUSTOM_RESOURCE: Note "custom-resource" "a custom resource, which is not judged";
    NO_CONTAINERS: Warning "no-containers" "a pod without containers";
    WINDOWS_POD: Note "windows-pod" "a pod for Windows";
    EPHEMERAL_CONTAINERS_ON_CREATE: Warning "ephemeral-containers-on-create"
        "ephemeral containers cannot be set on creation";
    RUNTIME_CLASS: Warning "runtime-class"
        "a runtime other than runc and crun, which may bring another kernel";
    UNKNOWN_FIELD: Warning "unknown-field" "a key that a pod does not have";
    MISPLACED_SETTING: Warning "misplaced-setting" "a setting in a place where it is ignored";
    RUN_AS_NON_ROOT_AS_ROOT: Error "run-as-non-root-as-root"
        "`runAsUser: 0` beside `runAsNonRoot: true`";
    RUN_AS_GROUP_ALONE: Error "run-as-group-alone" "`runAsGroup` without `runAsUser`";
    UNMASKED_WITHOUT_USERNS: Error "unmasked-without-userns"
        "`procMount: Unmasked` without `hostUsers: false`";
    UNKNOWN_CAPABILITY: Warning "unknown-capability" "a capability that Linux does not have";
    CAPABILITY_PREFIX: Warning "capability-prefix" "a capability written with `CAP_` in a manifest";
    SECCOMP_ANNOTATION: Warning "seccomp-annotation"
        "a seccomp annotation, which Kubernetes no longer reads";
    SECCOMP_NOT_SET: Note "seccomp-not-set" "no seccomp profile is set, so the kubelet decides";
    POD_SECURITY_LEVEL_UNKNOWN: Warning "pod-security-level-unknown"
        "a namespace label with an unknown Pod Security level";
    POD_SECURITY_REJECTS: Error "pod-security-rejects"
        "Pod Security admission rejects the container as it is";

    // `lint`: what is accepted.
    IGNORE_WITHOUT_EFFECT: Warning "ignore-without-effect" "a comment that ignores nothing";
    ACCEPTANCE_EXPIRED: Error "acceptance-expired"
        "something accepted until a date is no longer accepted";

    // `lint`: values of Helm charts.
    KIND_NOT_READ: Note "kind-not-read" "a file of a kind that isodoc does not read";
    VALUES_NOT_RENDERED: Note "values-not-rendered" "values of a Helm chart, which is not rendered";
    NSJAIL_WITHOUT_ENTERPRISE: Warning "nsjail-without-enterprise"
        "`enterprise.nsjail` without `enterprise.enabled`";
    NSJAIL_MAKES_PRIVILEGED: Warning "nsjail-makes-privileged"
        "`enterprise.nsjail` makes every worker privileged";
    WORKER_GROUPS_OF_THE_CHART: Note "worker-groups-of-the-chart"
        "values without worker groups: the chart's own apply";
    WORKER_GROUP_NOT_RENDERED: Note "worker-group-not-rendered"
        "a worker group that the chart does not render";
    WORKER_PRIVILEGED_BY_DEFAULT: Warning "worker-privileged-by-default"
        "a worker group without `privileged`, which the chart then sets";
    SECURITY_CONTEXT_IGNORED: Warning "security-context-ignored"
        "a security context that the chart does not use";
    ISOLATION_SECURITY: Note "isolation-security"
        "`isolationSecurity`, which only newer charts know";
    ISOLATION_DISABLED: Note "isolation-disabled" "`disableUnsharePid`: jobs are not isolated";
    DISABLE_UNSHARE_WITHOUT_EFFECT: Note "disable-unshare-without-effect"
        "`disableUnsharePid` where there is nothing to switch off";
    UNSHARE_NOT_RENDERED: Warning "unshare-not-rendered"
        "a privileged worker group that does not isolate its jobs";
}

/// Ids that were merged into another, which is how `explain` answers them.
pub(crate) static SUCCESSORS: &[(&str, &Info)] = &[
    ("env-file-unread", &ENV_FILE_MISSING),
    ("host-users-runtime", &HOST_USERS_NEEDS_RUNTIME),
    ("relative-profile", &SECCOMP_PROFILE_RELATIVE),
];
