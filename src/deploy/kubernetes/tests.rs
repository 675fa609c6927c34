use super::*;
use crate::deploy::container::{Container, WrittenAt};
use crate::deploy::read::{Input, NotRead, Nothing};
use crate::deploy::setting::{Masks, Profile, Setting, User, Userns};
use crate::findings::Finding;
use crate::tests::cpu_time;
use crate::verdict::Severity;

fn read_text(text: &str) -> Result<Deployment, BadInput> {
    let input = Input { file: 0, path: "-", text };
    crate::deploy::read::read(&[input], &mut Nothing).map_err(|why| why.bad().unwrap().clone())
}

fn deployment(text: &str) -> Deployment {
    read_text(text).unwrap()
}

/// A Pod with these lines in its spec and one container `c`, then these lines in the container.
fn pod(spec: &str, container: &str) -> String {
    let indent =
        |text: &str, by: &str| text.lines().map(|line| format!("{by}{line}\n")).collect::<String>();
    let (spec, container) = (indent(spec, "  "), indent(container, "    "));
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n{spec}  containers:\n  - name: \
            c\n{container}"
    )
}

fn one(spec: &str, container: &str) -> Container {
    let mut read = deployment(&pod(spec, container));
    assert_eq!(read.containers.len(), 1);
    read.containers.remove(0)
}

fn rules(deployment: &Deployment) -> Vec<&'static str> {
    deployment.findings.iter().map(|finding| finding.info.id).collect()
}

fn rules_of(spec: &str, container: &str) -> Vec<&'static str> {
    rules(&deployment(&pod(spec, container)))
        .into_iter()
        .filter(|rule| *rule != "seccomp-not-set")
        .collect()
}

fn line_of_error(text: &str) -> usize {
    let error = read_text(text).unwrap_err();
    assert!(error.message.len() < 300, "{}", error.message);
    error.place.unwrap_or_else(|| panic!("{}", error.message)).line
}

#[test]
fn every_kind_with_pods() {
    let template = |indent: &str| {
        format!(
            "{indent}template:\n{indent}  spec:\n{indent}    containers:\n{indent}    - name: c\n"
        )
    };
    let plain = template("  ");
    for (api, kind, body, steps) in [
        ("apps/v1", "Deployment", format!("spec:\n{plain}"), 3),
        ("apps/v1", "StatefulSet", format!("spec:\n{plain}"), 3),
        ("apps/v1", "DaemonSet", format!("spec:\n{plain}"), 3),
        ("apps/v1", "ReplicaSet", format!("spec:\n{plain}"), 3),
        ("v1", "ReplicationController", format!("spec:\n{plain}"), 3),
        ("batch/v1", "Job", format!("spec:\n{plain}"), 3),
        ("apps.openshift.io/v1", "DeploymentConfig", format!("spec:\n{plain}"), 3),
        (
            "batch/v1",
            "CronJob",
            format!("spec:\n  jobTemplate:\n    spec:\n{}", template("      ")),
            5,
        ),
        ("v1", "PodTemplate", template(""), 2),
        ("v1", "Pod", "spec:\n  containers:\n  - name: c\n".to_owned(), 1),
    ] {
        let text = format!("apiVersion: {api}\nkind: {kind}\n{body}");
        let read = deployment(&text);
        assert_eq!(read.containers.len(), 1, "{kind}");
        let container = &read.containers[0];
        let WrittenAt::Yaml { document: 0, path, pod } = &container.spot else { panic!("{kind}") };
        assert_eq!((container.name.as_str(), *pod, path.len()), ("c", steps, steps + 2), "{kind}");
        assert_eq!(container.place.line, text.lines().count(), "{kind}");
    }
}

#[test]
fn documents_lists_and_json() {
    let text = "---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  spec: \
        {containers: [{name: a}]}\n- apiVersion: v1\n  kind: Service\n\
                ---\n# nothing\n---\napiVersion: v1\nkind: Pod\nspec:\n  initContainers:\n  - \
                name: i\n  containers:\n  - image: x\n    name: b\n";
    let read = deployment(text);
    let seen: Vec<_> = read.containers.iter().map(|c| (c.name.as_str(), c.place.line)).collect();
    assert_eq!(seen, [("a", 7), ("i", 17), ("b", 19)]);
    let WrittenAt::Yaml { document, path, pod } = &read.containers[0].spot else { panic!() };
    assert_eq!((*document, *pod), (0, 3));
    let name = |name: &str| Key::Name(name.into());
    assert_eq!(
        *path,
        [name("items"), Key::Item(0), name("spec"), name("containers"), Key::Item(0)]
    );
    let json = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n \"spec\": {\"containers\": \
        [{\"name\": \"j\", \"securityContext\": {\"privileged\": true}}]}}";
    assert!(deployment(json).containers[0].settings.is_privileged());
}

#[test]
fn the_container_goes_before_the_pod() {
    let spec = "hostPID: true\nsecurityContext:\n  runAsUser: 1\n  runAsGroup: 2\n  \
        seccompProfile: {type: Unconfined}\n  appArmorProfile: {type: RuntimeDefault}";
    let over = one(spec, "securityContext: {runAsUser: 0, seccompProfile: {type: RuntimeDefault}}")
        .settings;
    assert_eq!(
        over.user.as_ref().map(|at| at.value.clone()),
        Some(User::Ids { uid: 0, gid: Some(2) })
    );
    assert_eq!(over.seccomp.map(|at| at.value), Some(Profile::Default));
    assert_eq!(over.apparmor.map(|at| (at.value, at.place.line)), Some((Profile::Default, 11)));
    assert_eq!(over.host_pid.map(|at| at.value), Some(true));
    let under = one(spec, "image: x").settings;
    assert_eq!(
        under.user.map(|at| (at.value, at.place.line)),
        Some((User::Ids { uid: 1, gid: Some(2) }, 8))
    );
    assert_eq!(under.seccomp.map(|at| at.value), Some(Profile::Unconfined));
}

#[test]
fn isolation_in_a_user_namespace() {
    let settings = one(
        "hostUsers: false",
        "securityContext: {procMount: Unmasked, allowPrivilegeEscalation: false}",
    )
    .settings;
    assert_eq!(settings.userns.as_ref().map(|at| at.value.clone()), Some(Userns::Own));
    assert_eq!(settings.masks.as_ref().map(|at| at.value.clone()), Some(Masks::None));
    assert_eq!(settings.no_new_privs.as_ref().map(|at| at.value), Some(true));
    assert!(settings.unknown.is_empty());
    assert_eq!(one("hostUsers: true", "").settings.userns.map(|at| at.value), Some(Userns::Host));
    assert_eq!(rules_of("hostUsers: false", ""), ["host-users-needs-runtime"]);
    let without = one("", "securityContext: {procMount: Unmasked}").settings;
    assert!(without.doubt(Setting::Masks).is_some());
    assert_eq!(rules_of("", "securityContext: {procMount: Unmasked}"), ["unmasked-without-userns"]);
}

#[test]
fn profiles_that_are_not_in_the_files_are_in_doubt() {
    let context = "securityContext:\n  seccompProfile: {type: Localhost, localhostProfile: \
        p.json}\n  appArmorProfile: {type: Localhost, localhostProfile: mine}";
    let settings = one("", context).settings;
    assert_eq!(
        settings.seccomp.as_ref().map(|at| at.value.clone()),
        Some(Profile::Named("p.json".into(), None))
    );
    assert!(
        settings.doubt(Setting::Seccomp).is_some() && settings.doubt(Setting::AppArmor).is_some()
    );
    // A privileged container gets no filter.
    let privileged =
        one("", &context.replace("securityContext:", "securityContext:\n  privileged: true"))
            .settings;
    assert!(privileged.unknown.is_empty());
}

#[test]
fn annotations() {
    let with = |annotation: &str, container: &str| {
        pod("", container).replace("  name: p\n", &format!("  annotations:\n    {annotation}\n"))
    };
    let settings = |text: &str| deployment(text).containers.remove(0).settings;
    let apparmor = "container.apparmor.security.beta.kubernetes.io/c";
    let seen = settings(&with(&format!("{apparmor}: unconfined"), ""));
    assert_eq!(seen.apparmor.map(|at| (at.value, at.place.line)), Some((Profile::Unconfined, 5)));
    let own = "securityContext: {appArmorProfile: {type: RuntimeDefault}}";
    assert_eq!(line_of_error(&with(&format!("{apparmor}: unconfined"), own)), 5);
    assert_eq!(line_of_error(&with(&format!("{apparmor}: none"), "")), 5);
    assert_eq!(line_of_error(&with(&format!("{apparmor}x: unconfined"), "")), 5);
    let old = with("seccomp.security.alpha.kubernetes.io/pod: runtime/default", "");
    assert!(settings(&old).doubt(Setting::Seccomp).is_some());
    assert_eq!(rules(&deployment(&old)), ["seccomp-annotation"]);
    let loose = with("container.seccomp.security.alpha.kubernetes.io/c: unconfined", "");
    assert!(settings(&loose).unknown.is_empty());
}

#[test]
fn who_it_runs_as() {
    let user = |context: &str| {
        one("", &format!("securityContext: {{{context}}}")).settings.user.map(|at| at.value)
    };
    assert_eq!(user(""), None);
    assert_eq!(user("runAsUser: 1000"), Some(User::Ids { uid: 1000, gid: None }));
    assert!(matches!(user("runAsNonRoot: true"), Some(User::Named(_))));
    assert_eq!(user("runAsNonRoot: false"), None);
    assert_eq!(
        rules_of("", "securityContext: {runAsNonRoot: true, runAsUser: 0}"),
        ["run-as-non-root-as-root"]
    );
    assert_eq!(rules_of("", "securityContext: {runAsGroup: 5}"), ["run-as-group-alone"]);
}

#[test]
fn variables() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n  \
        ENABLE_UNSHARE_PID: \"true\"\n  other: x\n---\n"
        .to_owned()
        + &pod(
            "",
            "envFrom:\n- configMapRef: {name: m}\n- secretRef: {name: s}\nenv:\n- {name: A, \
                value: \"1\"}\n- name: B\n  valueFrom: {fieldRef: {fieldPath: x}}\n\
                - name: C\n  valueFrom: {configMapKeyRef: {name: m, key: ENABLE_UNSHARE_PID}}\n- \
                name: D\n- {name: E, value: $(A)}\ncommand: [a, b]\nargs: [c]",
        );
    let settings = deployment(&text).containers.remove(0).settings;
    let value = |name: &str| settings.variable(name).map(str::to_owned);
    assert_eq!(value("ENABLE_UNSHARE_PID"), Some("true".into()));
    assert_eq!(
        (value("A"), value("B"), value("C"), value("D"), value("E")),
        (Some("1".into()), None, Some("true".into()), Some(String::new()), None)
    );
    assert_eq!(
        settings.command.iter().map(|at| at.value.as_str()).collect::<Vec<_>>(),
        ["a", "b", "c"]
    );
    // In another namespace it is another ConfigMap.
    let elsewhere = text.replace("metadata: {name: m}", "metadata: {name: m, namespace: ns}");
    assert_eq!(deployment(&elsewhere).containers[0].settings.variable("ENABLE_UNSHARE_PID"), None);
}

/// `ValidatePodSpec` and the decoder of the API server: each with the line that the message has to
/// point at.
#[test]
fn what_the_api_server_refuses() {
    for (spec, container, line) in [
        ("hostUsers: false\nhostNetwork: true", "", 7),
        ("hostPID: true\nhostUsers: false", "", 6),
        ("hostUsers: false\nhostIPC: true", "", 7),
        ("hostPID: true\nshareProcessNamespace: true", "", 7),
        ("hostUsers: \"false\"", "", 6),
        ("", "securityContext:\n  privileged: \"true\"", 9),
        ("", "securityContext:\n  privileged: true\n  allowPrivilegeEscalation: false", 10),
        ("", "env:\n- {name: A, value: true}", 9),
        ("", "env:\n- {name: A, value: 1}", 9),
        ("", "env:\n- {value: a}", 9),
        ("", "env: {A: b}", 8),
        ("", "env:\n- {name: A, value: a, valueFrom: {fieldRef: {fieldPath: x}}}", 9),
        ("", "command: sleep", 8),
        ("", "image: 1", 8),
        ("hostUsers: false", "volumeDevices:\n- name: x", 9),
        ("initContainers:\n- name: c", "", 9),
        ("initContainers:\n- image: c", "", 7),
        ("ephemeralContainers: {}", "", 6),
        ("initContainers: [x]", "", 6),
    ] {
        assert_eq!(line_of_error(&pod(spec, container)), line, "{spec} {container}");
    }
    assert_eq!(line_of_error("apiVersion: v1\nkind: Pood\nspec: {}\n"), 2);
    assert_eq!(line_of_error("apiVersion: v1\nkind: Deployment\nspec: {}\n"), 2);
    assert_eq!(line_of_error("kind: Pod\nmetadata: {name: x}\n"), 1);
    assert_eq!(line_of_error("apiVersion: v1\nkind: Pod\nspec: []\n"), 3);
    let pood = read_text("apiVersion: v1\nkind: Pood\n").unwrap_err();
    assert!(pood.message.contains("`kind: Pod` of `apiVersion: v1`"), "{}", pood.message);
    let long = format!("apiVersion: v1\nkind: {}\n", "x".repeat(1 << 20));
    assert!(read_text(&long).unwrap_err().message.len() < 300);
}

#[test]
fn what_is_nothing_to_judge() {
    for (text, expected) in [
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec:\n  containers: 5\n",
            vec!["custom-resource"],
        ),
        ("- op: add\n  path: /spec\n  value: x\n", vec!["not-a-manifest"]),
        ("spec:\n  template:\n    spec: {}\n", vec!["not-a-manifest"]),
        ("apiVersion: v1\nkind: Service\n", vec![]),
        ("apiVersion: v1\nkind: Pod\nspec:\n  hostAliases: []\n", vec!["no-containers"]),
        ("apiVersion: v1\nkind: Pod\n", vec!["no-containers"]),
        ("apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: 2\n", vec!["no-containers"]),
        (
            "apiVersion: v1\nkind: Pod\nspec:\n  os: {name: windows}\n  containers: [{name: c}]\n",
            vec!["windows-pod"],
        ),
    ] {
        let read = deployment(text);
        assert!(read.containers.is_empty(), "{text}");
        assert_eq!(rules(&read), expected, "{text}");
    }
    let ephemeral =
        deployment("apiVersion: v1\nkind: Pod\nspec:\n  ephemeralContainers:\n  - name: e\n");
    assert_eq!(ephemeral.containers.len(), 1);
    assert!(rules(&ephemeral).starts_with(&["no-containers", "ephemeral-containers-on-create"]));
}

/// `kubectl apply` refuses each of them: `strict decoding error: unknown field "..."`.
#[test]
fn keys_that_a_pod_does_not_have() {
    for (spec, container, says) in [
        ("securityContext: {privileged: true}", "", "belongs in a container's securityContext"),
        ("", "privileged: true", "a container has no key `privileged`; it belongs in"),
        ("", "securityContext: {hostPID: true}", "belongs in the pod's spec"),
        ("image: x", "", "belongs in a container"),
        ("runAsUser: 0", "", "the pod's securityContext or a container's securityContext"),
        ("hostUser: false", "", "the pod's spec has no key `hostUser`; did you mean `hostUsers`?"),
        ("hostpid: true", "", "did you mean `hostPID`?"),
        ("", "securityContext: {priviledged: true}", "did you mean `privileged`?"),
        ("", "securityContext: {capabilites: {add: [A]}}", "did you mean `capabilities`?"),
        ("", "securityContext: {capabilities: {ad: [A]}}", "`capabilities` has no key `ad`"),
        ("", "securityContext: {seccompProfile: {type: Unconfined, t: 1}}", "no key `t`"),
        ("", "volumeMounts: [{name: a, mountPath: /a, readonly: true}]", "`readOnly`?"),
        ("volumes: [{name: a, hostpath: {path: /}}]", "", "did you mean `hostPath`?"),
        ("", "foo: 1", "a container has no key `foo`"),
    ] {
        let read = deployment(&pod(spec, container));
        let found = |finding: &&Finding| finding.info.id == "unknown-field";
        let all: Vec<_> = read.findings.iter().filter(found).collect();
        assert!(matches!(all.as_slice(), [one] if one.container == Some(0)), "{spec}{container}");
        assert!(all[0].title.contains(says), "{}", all[0].title);
    }
    // What is null is not there; what starts with `$` is for who merges a patch.
    assert!(rules_of("hostUser: null", "").is_empty());
    let patch = "securityContext: {$patch: replace}\nvolumeMounts: [{mountPath: /a}]";
    assert!(rules_of("$setElementOrder/containers: [{name: c}]", patch).is_empty());
    let deleted = "image: x\nvolumeMounts: [{$patch: delete, mountPath: /a}]";
    assert!(rules_of("", deleted).is_empty());
}

/// Kinds that are not Kubernetes' own may have more than a pod.
#[test]
fn keys_of_custom_resources() {
    let text = |more: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec: {{template: {{spec: {{{more}, \
                image: x, containers: [{{name: c, foo: 1}}]}}}}}}\n"
        )
    };
    let of = |more: &str| rules(&deployment(&text(more)));
    assert_eq!(of("foo: 1"), ["seccomp-not-set"]);
    assert_eq!(of("privileged: true"), ["seccomp-not-set", "misplaced-setting"]);
    let runner = "apiVersion: actions.summerwind.dev/v1alpha1\nkind: Runner\nspec: {privileged: true, \
        hostUsers: false, containers: [{name: c}]}\n";
    let expected = ["host-users-needs-runtime", "seccomp-not-set", "misplaced-setting"];
    assert_eq!(rules(&deployment(runner)), expected);
}

/// Not the first mistake alone: of a pod, of both securityContexts, and beside them.
#[test]
fn every_mistake_of_a_pod_is_told() {
    let spec = "hostPID: maybe\nsecurityContext:\n  runAsUser: root\n  sysctls: [{name: \
        kernel.shm_rmid_forced, value: 1}]\n  seccompProfile: {type: unconfined}";
    let container = "image: 5\nsecurityContext:\n  privileged: \"true\"\n  procMount: \
        unmasked\n  capabilities: {add: SYS_ADMIN, drop: [1]}\n  runAsGroup: -1";
    let error = read_text(&pod(spec, container)).unwrap_err();
    let lines: Vec<usize> = std::iter::once(&error)
        .chain(&error.more)
        .map(|bad| bad.place.map_or(0, |place| place.line))
        .collect();
    assert_eq!(lines, [6, 8, 9, 10, 13, 15, 16, 17, 17, 18], "{error} {:?}", error.more);
}

#[test]
fn what_has_no_effect() {
    assert_eq!(
        rules_of("", "securityContext: {capabilities: {add: [CAP_SYS_ADMIN]}}"),
        ["capability-prefix"]
    );
    assert_eq!(
        rules_of("", "securityContext: {capabilities: {add: [SYS_ADMINN]}}"),
        ["unknown-capability"]
    );
    let old = "apiVersion: extensions/v1beta1\nkind: Deployment\nspec: {template: {spec: \
        {containers: [{name: c}]}}}\n";
    assert_eq!(rules(&deployment(old)), ["removed-api-version", "seccomp-not-set"]);
}

#[test]
fn pod_security_admission() {
    let namespace = |labels: &str| {
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ns\n  labels:\n    {labels}\n---\n"
        )
    };
    let within = |labels: &str, context: &str| {
        let pod = pod("", &format!("securityContext: {{{context}}}"))
            .replace("  name: p\n", "  name: p\n  namespace: ns\n");
        let read = deployment(&(namespace(labels) + &pod));
        let found =
            read.findings.into_iter().find(|finding| finding.info.id == "pod-security-rejects");
        found.map(|finding| {
            (
                finding.severity,
                finding.title.split_once(": ").unwrap().1.to_owned(),
                finding.place.unwrap().line,
            )
        })
    };
    let enforce = "pod-security.kubernetes.io/enforce: baseline";
    assert_eq!(
        within(enforce, "privileged: true"),
        Some((Severity::Error, "privileged".into(), 16))
    );
    assert_eq!(within(enforce, "privileged: false"), None);
    assert_eq!(within("pod-security.kubernetes.io/warn: baseline", "privileged: true"), None);
    let restricted = within(
        "pod-security.kubernetes.io/enforce: restricted",
        "capabilities: {drop: [ALL]}, runAsNonRoot: true",
    )
    .unwrap();
    assert_eq!(restricted.1, "allowPrivilegeEscalation != false, seccompProfile");
    // The namespace is another one.
    let other = namespace(enforce) + &pod("", "securityContext: {privileged: true}");
    assert!(!rules(&deployment(&other)).contains(&"pod-security-rejects"));
}

#[test]
fn templates_are_to_be_rendered_first() {
    for text in [
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\nspec:\n  containers:\n  \
            - name: c\n",
        "{{- if .Values.on }}\napiVersion: v1\nkind: Pod\n{{- end }}\n",
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: c\n    image: x:{{ .Values.tag \
            }}\n",
    ] {
        let read = crate::deploy::read::read(&[Input { file: 0, path: "-", text }], &mut Nothing);
        let Err(NotRead::Foreign(kind)) = read else { panic!("{text}") };
        assert!(kind.said().contains("helm template"), "{kind:?}");
    }
    // Go templates in a string are none of Helm's.
    let fine = pod("", "args: [\"--format={{.Names}}\", '{{ x }}']");
    assert_eq!(deployment(&fine).containers.len(), 1);
}

#[test]
fn what_is_recognised() {
    let is = |text: &str| recognises(&crate::deploy::yaml::parse(0, text).unwrap());
    assert!(is("apiVersion: v1\nkind: Pod\n"));
    assert!(is("kind: Pod\nmetadata: {}\n"));
    assert!(is("# a\n---\n---\napiVersion: x/v1\nkind: Y\n"));
    assert!(is("- op: add\n  path: /x\n"));
    assert!(is("spec:\n  template: {}\n"));
    for other in [
        "services:\n  web: {}\n",
        "a: 1\n",
        "",
        "[]\n",
        "- a\n",
        "kind: x\n",
        "windmill: {workerGroups: []}\n",
    ] {
        assert!(!is(other), "{other}");
    }
}

/// A pod with a hundred thousand containers and as many annotations takes no longer than its size
/// asks for.
#[test]
fn it_takes_linear_time() {
    let mut text = "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n".to_owned();
    for n in 0..20_000 {
        text.push_str(&format!(
            "    container.apparmor.security.beta.kubernetes.io/c{n}: unconfined\n"
        ));
    }
    text.push_str("spec:\n  containers:\n");
    for n in 0..20_000 {
        text.push_str(&format!("  - name: c{n}\n"));
    }
    let took = cpu_time(|| assert_eq!(deployment(&text).containers.len(), 20_000));
    assert!(took.as_secs() < 20, "{took:?}");
}

/// The containers of a text: their names, and whether they are privileged.
fn seen(text: &str) -> Vec<(String, bool)> {
    let read = deployment(text);
    read.containers.iter().map(|c| (c.name.clone(), c.settings.is_privileged())).collect()
}

/// With the shapes that the controllers' own documentation shows.
#[test]
fn custom_resources_with_pods_at_a_known_place() {
    let privileged = "{name: p, image: x, securityContext: {privileged: true}}";
    let spec = format!("spec: {{containers: [{{name: c, image: x}}, {privileged}]}}");
    for (api, kind, body) in [
        ("argoproj.io/v1alpha1", "Rollout", format!("spec: {{template: {{{spec}}}}}")),
        (
            "argoproj.io/v1alpha1",
            "AnalysisTemplate",
            format!(
                "spec: {{metrics: [{{name: m, provider: {{job: {{spec: {{template: \
                    {{{spec}}}}}}}}}}}]}}"
            ),
        ),
        (
            "keda.sh/v1alpha1",
            "ScaledJob",
            format!("spec: {{jobTargetRef: {{template: {{{spec}}}}}}}"),
        ),
        ("serving.knative.dev/v1", "Service", format!("spec: {{template: {{{spec}}}}}")),
        (
            "actions.github.com/v1alpha1",
            "AutoscalingRunnerSet",
            format!("spec: {{template: {{{spec}}}}}"),
        ),
        ("actions.github.com/v1alpha1", "EphemeralRunner", format!("spec: {{{spec}}}")),
        ("apps.kruise.io/v1alpha1", "CloneSet", format!("spec: {{template: {{{spec}}}}}")),
        (
            "apps.kruise.io/v1alpha1",
            "UnitedDeployment",
            format!(
                "spec: {{template: {{statefulSetTemplate: {{spec: {{template: {{{spec}}}}}}}}}}}"
            ),
        ),
        ("apps.kruise.io/v1alpha1", "SidecarSet", spec.clone()),
        (
            "batch.volcano.sh/v1alpha1",
            "Job",
            format!("spec: {{tasks: [{{template: {{{spec}}}}}]}}"),
        ),
        (
            "kubeflow.org/v1",
            "PyTorchJob",
            format!("spec: {{pytorchReplicaSpecs: {{Worker: {{template: {{{spec}}}}}}}}}"),
        ),
        (
            "jobset.x-k8s.io/v1alpha2",
            "JobSet",
            format!("spec: {{replicatedJobs: [{{template: {{spec: {{template: {{{spec}}}}}}}}}]}}"),
        ),
        ("agents.x-k8s.io/v1alpha1", "Sandbox", format!("spec: {{podTemplate: {{{spec}}}}}")),
        (
            "operators.coreos.com/v1alpha1",
            "ClusterServiceVersion",
            format!(
                "spec: {{install: {{spec: {{deployments: [{{spec: {{template: {{{spec}}}}}}}]}}}}}}"
            ),
        ),
        (
            "template.openshift.io/v1",
            "Template",
            format!("objects: [{{apiVersion: v1, kind: Pod, {spec}}}]"),
        ),
        (
            "triggers.tekton.dev/v1beta1",
            "TriggerTemplate",
            format!("spec: {{resourcetemplates: [{{apiVersion: v1, kind: Pod, {spec}}}]}}"),
        ),
    ] {
        let text = format!("apiVersion: {api}\nkind: {kind}\n{body}\n");
        assert_eq!(seen(&text), [("c".to_owned(), false), ("p".to_owned(), true)], "{text}");
        let notes = rules(&deployment(&text));
        assert!(!notes.contains(&"custom-resource"), "{text}");
    }
}

#[test]
fn workflows_of_argo() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec:\n  securityContext: \
        {runAsUser: 7}\n  templates:\n  - name: a\n    container: {image: x}\n    \
        sidecars: [{name: dind, image: w, securityContext: {privileged: true}}]\n  - name: b\n    \
        securityContext: {runAsUser: 8}\n    script: {image: x, source: y}\n  - name: c\n    \
        containerSet: {containers: [{name: d, image: x}]}\n  - name: e\n    steps: []\n";
    let owned = |name: &str, privileged| (name.to_owned(), privileged);
    assert_eq!(
        seen(text),
        [owned("a", false), owned("dind", true), owned("b", false), owned("d", false)]
    );
    let users: Vec<_> = deployment(text)
        .containers
        .iter()
        .map(|c| c.settings.user.as_ref().map(|at| at.value.clone()))
        .collect();
    let id = |uid| Some(User::Ids { uid, gid: None });
    assert_eq!(users, [id(7), id(7), id(8), id(7)]);
    // Nothing of Argo's takes `hostUsers` for one of its templates.
    let read = deployment(text);
    assert!(matches!(read.containers[0].spot, WrittenAt::Yaml { pod: 0, .. }));
    // A patch is merged into the pod later, with parameters in it.
    let patched = |patch: &str| {
        let text = text.replace("- name: a\n", &format!("- name: a\n    podSpecPatch: {patch}\n"));
        let settings = deployment(&text).containers.remove(0).settings;
        (settings.doubt(Setting::Privileged).is_some(), settings.doubt(Setting::Userns).is_some())
    };
    assert_eq!(patched("'{\"hostUsers\": false}'"), (false, true));
    assert_eq!(patched("\"containers: [{securityContext: {privileged: {{x}}}}]\""), (true, false));
    assert_eq!(patched("'containers: [{resources: {limits: {cpu: 1}}}]'"), (false, false));
    let cron = text.replace("kind: Workflow", "kind: CronWorkflow").replace("\n  ", "\n    ");
    let cron = cron.replace("spec:\n", "spec:\n  workflowSpec:\n");
    assert_eq!(seen(&cron).len(), 4, "{cron}");
}

#[test]
fn tasks_of_tekton() {
    let text = "apiVersion: tekton.dev/v1\nkind: Task\nspec:\n  stepTemplate: {securityContext: \
        {privileged: true}}\n  steps:\n  - {name: a, image: x}\n  - {image: w, securityContext: \
        {privileged: false}}\n  sidecars: [{name: s, image: z}]\n";
    let owned = |name: &str, privileged| (name.to_owned(), privileged);
    assert_eq!(seen(text), [owned("a", true), owned("steps[1]", false), owned("s", true)]);
    let run = "apiVersion: tekton.dev/v1\nkind: TaskRun\nspec:\n  podTemplate: {securityContext: \
        {runAsUser: 5}}\n  taskSpec: {steps: [{name: a, image: x}]}\n";
    let read = deployment(run);
    let user = read.containers[0].settings.user.as_ref().map(|at| at.value.clone());
    assert_eq!(user, Some(User::Ids { uid: 5, gid: None }));
    let pipeline = "apiVersion: tekton.dev/v1\nkind: Pipeline\nspec:\n  tasks:\n  - taskSpec: \
        {steps: [{name: a, image: x}]}\n  - taskRef: {name: b}\n  finally:\n  - taskSpec: {steps: \
        [{name: c, image: x}]}\n";
    assert_eq!(seen(pipeline).len(), 2);
}

/// What nobody knows is guessed and said to be; a policy is no workload.
#[test]
fn a_place_that_is_not_known_is_guessed() {
    let head = "apiVersion: x.example/v1\nkind: Thing\nspec:\n";
    for (body, place) in [
        ("  template: {spec: {containers: [{name: c}]}}\n", "spec.template"),
        (
            "  workers:\n    podTemplate: {spec: {containers: [{name: c}]}}\n",
            "spec.workers.podTemplate",
        ),
        (
            "  jobTemplate: {spec: {template: {spec: {containers: [{name: c}]}}}}\n",
            "spec.jobTemplate.spec.template",
        ),
    ] {
        let read = deployment(&format!("{head}{body}"));
        let guess = read.findings.iter().find(|f| f.info.id == "pod-place-guessed");
        let guess = guess.unwrap_or_else(|| panic!("{body}"));
        assert!(guess.title.contains(&format!("`{place}`")), "{}", guess.title);
        assert_eq!(
            (read.containers.len(), &read.containers[0].spot),
            (1, &WrittenAt::None),
            "{body}"
        );
    }
    for body in [
        "  template: {spec: {containers: 5}}\n",
        "  rules: [{template: {spec: {containers: [{name: c}]}}}]\n",
        "  containers: [{name: c}]\n",
    ] {
        let read = deployment(&format!("{head}{body}"));
        assert_eq!((read.containers.len(), rules(&read)), (0, vec!["custom-resource"]), "{body}");
    }
}

#[test]
fn lists_of_one_kind_and_documents_without_any() {
    let pods = "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: p}\n  spec: {containers: \
        [{name: a, image: x}]}\n- {kind: Pod, apiVersion: v1, spec: {containers: [{name: b}]}}\n";
    assert_eq!(seen(pods).len(), 2);
    let deployments = "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- spec: {template: {spec: \
        {containers: [{name: a}]}}}\n";
    assert_eq!(seen(deployments).len(), 1);
    let rollouts = "apiVersion: argoproj.io/v1alpha1\nkind: RolloutList\nitems:\n- spec: {template: \
        {spec: {containers: [{name: a}]}}}\n";
    assert_eq!(seen(rollouts).len(), 1);
    // As Jenkins takes it.
    let bare = "metadata: {labels: {a: b}}\nspec:\n  containers: [{name: j, image: x}, {name: k, \
        image: w, securityContext: {privileged: true}}]\n";
    assert_eq!(seen(bare), [("j".to_owned(), false), ("k".to_owned(), true)]);
    assert!(rules(&deployment(bare)).contains(&"not-a-manifest"));
    // A patch says a part.
    let patch = "spec:\n  template:\n    spec:\n      containers:\n      - name: a\n";
    assert_eq!((seen(patch), rules(&deployment(patch))), (vec![], vec!["not-a-manifest"]));
}
