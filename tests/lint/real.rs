//! What files of real projects showed.

use super::*;

/// The names and the verdicts of the containers of a file.
fn verdicts(dir: &Path, file: &str) -> Vec<(String, String)> {
    let (_, report) = json(dir, &["--all", file]);
    let containers = report["files"][0]["containers"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    containers.map(|it| (text(&it["name"]), text(&it["verdict"]))).collect()
}

/// zabbix-docker: a variable of `.env` has the value `server`, as the service is called, and the
/// file had its name taken apart.
#[test]
fn what_a_file_says_itself_is_not_concealed() {
    let text = "services:\n  server:\n    image: i\n    environment: [\"A=${ALLOWED}\", \
        \"B=${TOKEN}\", \"C=${NAME}\"]\n    volumes: [\"gone:${TOKEN}\"]\n";
    let env = "ALLOWED=server\nNAME=compose-components\nTOKEN=server-hunter22\n";
    let dir = files("lint-conceal", &[("compose_components.yaml", text), (".env", env)]);
    let (_, report) = json(&dir, &["--all", "--no-env", "compose_components.yaml"]);
    let container = &report["files"][0]["containers"][0];
    assert_eq!(container["name"], "server");
    let cause = &container["mechanisms"][0]["cause"];
    assert_eq!(cause["path"], "compose_components.yaml");
    assert!(!report.to_string().contains("hunter"), "{report}");
    let (_, out, _) = lint(&dir, &["--all", "--fix", "--diff", "compose_components.yaml"]);
    assert!(!out.contains("hunter22\"; ") && !out.contains("${ALLOWED}:"), "{out}");
}

/// GNOME and openQA: what stands before the engine, and how the engine is named.
#[test]
fn commands_behind_run0_are_seen() {
    let text = "run0 podman run --rm --privileged a\nrun0 -u x --unit=b docker run b\n";
    let dir = files("lint-run0", &[("a.sh", text)]);
    let names: Vec<_> = verdicts(&dir, "a.sh").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "b"]);
}

/// An executor plugin is a sidecar of the agent's pod, of which Argo says that it is confined.
#[test]
fn executor_plugins_of_argo() {
    let plugin = |context: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: ExecutorPlugin\nmetadata: {{name: p}}\n\
             spec:\n  sidecar:\n    container:\n      name: plugin\n      image: i\n      \
             securityContext: {{{context}}}\n"
        )
    };
    let (own, open) = (plugin(""), plugin("seccompProfile: {type: Unconfined}"));
    let workflow = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec:\n  templates: \
        [{name: t, container: {image: i}}]\n  executorPlugins:\n  - spec: {sidecar: {container: \
        {name: plugin, image: i}}}\n";
    let dir =
        files("lint-plugin", &[("own.yaml", &own), ("open.yaml", &open), ("w.yaml", workflow)]);
    let cause = |file: &str, at: usize| {
        let (_, report) = json(&dir, &["--all", file]);
        report["files"][0]["containers"][at]["mechanisms"][0]["cause"]["id"].clone()
    };
    assert_eq!([cause("own.yaml", 0), cause("open.yaml", 0)], ["seccomp-unshare", "proc-masked"]);
    assert_eq!([cause("w.yaml", 0), cause("w.yaml", 1)], ["proc-masked", "seccomp-unshare"]);
}

/// A manifest of Datadog: `/proc` was said to be read-only, and the map of ids to be in doubt.
#[test]
fn what_may_be_in_sight_leaves_the_mount_in_doubt() {
    let spec = "containers: [{name: c, image: i, volumeMounts: [{name: r, mountPath: /host/run, \
        readOnly: true}]}]\n  volumes: [{name: r, hostPath: {path: /var/run}}]";
    let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  {spec}\n");
    let run = "docker run --privileged --runtime nvidia --gpus all i\n";
    let dir = files("lint-in-sight", &[("pod.yaml", &text), ("run.sh", run)]);
    for (file, why) in [
        ("pod.yaml", "a procfs that nothing covers may be in sight at or below /host/run"),
        ("run.sh", "the runtime nvidia mounts over /proc/driver/nvidia"),
    ] {
        let (_, report) = json(&dir, &["--all", file]);
        let mechanism = &report["files"][0]["containers"][0]["mechanisms"][0];
        let prediction = &mechanism["prediction"];
        assert_eq!(
            (&prediction["verdict"], &prediction["step"], &prediction["cause"]),
            (&"unknown".into(), &"mount-proc".into(), &"proc-masked".into()),
            "{file}"
        );
        let (_, out, _) = lint(&dir, &["--all", file]);
        assert!(out.split_whitespace().collect::<Vec<_>>().join(" ").contains(why), "{out}");
    }
}

/// The unit of a program whose account only its package makes: nothing was said but that the
/// answer would still be unknown, and the name of the unit twice.
#[test]
fn a_unit_that_is_not_fixed_says_why() {
    let text = "[Service]\nUser=no-such-account\nRestrictNamespaces=yes\nExecStart=unshare -Ur \
        true\n";
    let dir = files(
        "lint-no-account",
        &[
            ("a.service", text),
            ("b.yaml", "services: {b: {image: i, command: unshare -Ur true}}\n"),
        ],
    );
    let fix = |args: &[&str]| {
        parts(isodoc(&["lint", "--fix", "--diff"]).args(args).current_dir(&dir).output().unwrap())
    };
    let (_, _, said) = fix(&["a.service"]);
    let why = "User=no-such-account: the host may have no such account";
    assert_eq!(said, format!("a.service: not fixed: settle this first: {why}\n"));
    // An assumed host is taken to have it.
    let (_, _, said) = fix(&["--assume", "plain-linux", "a.service", "b.yaml"]);
    assert!(said.starts_with("a.service: would be fixed by systemd-allow-namespaces"), "{said}");
    assert!(said.contains("\nb.yaml: b: would be fixed by "), "{said}");
}

/// What gives up less stands first, where whoever deploys can make it.
#[test]
fn the_narrower_profile_comes_first() {
    let compose = "services: {a: {image: i, command: unshare -Ur true}}\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {securityContext: \
        {seccompProfile: {type: RuntimeDefault}}, containers: [{name: c, image: i, command: \
        [unshare, -Ur, \"true\"]}]}\n";
    let dir = files("lint-narrow", &[("a.yaml", compose), ("pod.yaml", pod)]);
    let first = |file: &str| {
        let (_, report) = json(&dir, &[file]);
        let mechanisms = report["files"][0]["containers"][0]["mechanisms"].as_array().unwrap();
        let asked = mechanisms.iter().find(|it| it["required"] == true).unwrap();
        asked["remedies"][0]["id"].clone()
    };
    assert_eq!(first("a.yaml"), "seccomp-profile");
    // On each node, only who runs the cluster can.
    assert_eq!(first("pod.yaml"), "seccomp-unconfined");
    let (_, _, said) = lint(&dir, &["--fix", "--diff", "a.yaml"]);
    assert_eq!(said, "a.yaml: a: would be fixed by seccomp-unconfined\n");
}

/// Nobody was told what to do about a `RUN` that is refused.
#[test]
fn a_build_is_told_to_its_builder() {
    let text = "FROM a\nRUN unshare -Ur true\n";
    let dir = files("lint-builder", &[("Dockerfile", text), ("Containerfile", text)]);
    let said = |file: &str, args: &[&str]| {
        let (_, out, _) = lint(&dir, &[&[file], args].concat());
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let out = said("Dockerfile", &[]);
    assert!(out.contains("`RUN --security=insecure` lets it work [builder-decides]"), "{out}");
    // podman lets everybody unshare.
    assert!(!said("Containerfile", &[]).contains("builder-decides"));
    let out =
        said("Containerfile", &["--flags", "--user --map-root-user --pid --fork --mount-proc"]);
    assert!(out.contains("no option of the builder is known to let it work"), "{out}");
}

/// "judged as on ubuntu-24.04" and then "assuming plain-linux" is one host too many.
#[test]
fn the_host_that_a_workflow_names_is_not_assumed() {
    let job = |name: &str, on: &str| {
        format!(
            "  {name}:\n    runs-on: {on}\n    container: {{image: i, options: --privileged}}\n    \
             steps: [{{run: unshare -Ur true}}]\n"
        )
    };
    let [known, own] = [job("a", "ubuntu-24.04"), job("b", "self-hosted")];
    let (one, both) =
        (format!("on: push\njobs:\n{known}"), format!("on: push\njobs:\n{known}{own}"));
    let at = ".github/workflows/a.yml";
    for (text, said) in [
        (one, "1 container checked: it passes."),
        (both, "2 containers checked, assuming plain-linux where the file names no host: 2 pass."),
    ] {
        let dir = files("lint-runner", &[(at, &text)]);
        let (_, out, _) = lint(&dir, &[at]);
        assert!(out.split_whitespace().collect::<Vec<_>>().join(" ").contains(said), "{out}");
    }
}

/// Documents of MkDocs indent what belongs to an admonition or a tab.
#[test]
fn what_an_admonition_indents_is_prose() {
    let text = "!!! warning \"Heed\"\n\n    docker run --privileged a\n\n        docker run \
        --privileged b\n\nText\n\n    docker run --privileged c\n\n=== \"Tab\"\n\n    docker run d\n";
    let dir = files("lint-admonition", &[("a.md", text)]);
    let names: Vec<_> = verdicts(&dir, "a.md").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["b", "c"]);
}

/// Documents about what is like a file that isodoc reads.
#[test]
fn documents_about_other_programs() {
    let nomad = "# Jobs\n\n```tf\njob \"a\" {\n  group \"g\" {\n    task \"t\" {}\n  }\n}\n```\n";
    let unit = "# Volumes\n\n```\n[Container]\nVolume=a.volume:/b\n```\n";
    let dir = files("lint-documents", &[("README.md", nomad), ("unit.md", unit)]);
    let (_, report) = json(&dir, &["--all", "unit.md"]);
    let found = findings(&report);
    assert!(found.iter().all(|(id, _)| id != "quadlet-refused"), "{report}");
    let (_, report) = json(&dir, &["--all", "README.md"]);
    let file = &report["files"][0];
    assert!(file["error"].is_null() && file["containers"] == Value::Array(vec![]), "{report}");
}
