//! Which devices of the host a container can open: what docker 20.10 and 28.5, podman 4.3, runc 1.1
//! and 1.3 gave theirs.

use super::*;

/// The verdict on /dev/fuse, and the id of the cause.
fn fuse(dir: &Path, host: &str, file: &str) -> (i32, Value, Value) {
    let (code, report) = json_on(host, dir, &["--for", "fuse", file]);
    let all = &report["files"][0]["containers"][0]["mechanisms"];
    let own = |one: &&Value| one["id"] == "fuse";
    let prediction = &all.as_array().unwrap().iter().find(own).unwrap()["prediction"];
    (code, prediction["errno"].clone(), prediction["cause"].clone())
}

/// A container in each dialect, with what is to stand in it, and how that names the device.
const DIALECTS: &[(&str, &str, &str)] = &[
    ("compose.yaml", "services:\n  a:\n    image: x\n    @\n", "devices: [/dev/fuse]"),
    ("run.sh", "docker run --rm @ x true\n", "--device /dev/fuse"),
    ("podman.sh", "podman run --rm @ x true\n", "--device=/dev/fuse"),
    ("a.container", "[Container]\nImage=x\n@\n", "AddDevice=/dev/fuse"),
    (
        ".devcontainer/devcontainer.json",
        "{\n  \"image\": \"x\",\n  \"runArgs\": [\"--init\"@]\n}\n",
        ", \"--device=/dev/fuse\"",
    ),
    (
        "task.json",
        "{\"containerDefinitions\": [{\"name\": \"a\", \"image\": \"x\"@}]}\n",
        ", \"linuxParameters\": {\"devices\": [{\"hostPath\": \"/dev/fuse\"}]}",
    ),
    (
        "config.toml",
        "[[runners]]\n  executor = \"docker\"\n  [runners.docker]\n    image = \"x\"\n    @\n",
        "devices = [\"/dev/fuse\"]",
    ),
    (
        "a.nomad",
        "job \"j\" {\n  task \"a\" {\n    driver = \"docker\"\n    config {\n      image = \"x\"\n\
             @\n    }\n  }\n}\n",
        "      devices = [{ host_path = \"/dev/fuse\" }]",
    ),
    (
        "p.nomad",
        "job \"j\" {\n  task \"a\" {\n    driver = \"podman\"\n    config {\n      image = \"x\"\n\
             @\n    }\n  }\n}\n",
        "      devices = [\"/dev/fuse\"]",
    ),
    (
        ".github/workflows/w.yml",
        "on: push\njobs:\n  a:\n    runs-on: self-hosted\n    container:\n      image: x\n      \
            options: --init @\n    steps: [{run: make}]\n",
        "--device /dev/fuse",
    ),
];

#[test]
fn what_is_given_is_there_and_what_lacks_is_given() {
    for (file, text, device) in DIALECTS {
        let with = text.replace('@', device);
        let dir = files("lint-devices", &[(file, &*with)]);
        assert_eq!(fuse(&dir, "plain-linux", file), (0, Value::Null, Value::Null), "{with}");
        // Nobody knows whether this host has it.
        assert_eq!(fuse(&dir, "docker-desktop", file).0, 3, "{with}");
        let without = text.replace('@', "");
        let dir = files("lint-devices", &[(file, &*without)]);
        let expected = (1, "ENOENT".into(), "device-missing".into());
        assert_eq!(fuse(&dir, "plain-linux", file), expected, "{without}");
        let (code, out, err) = lint(&dir, &["--for", "fuse", "--fix", file]);
        let fixed = std::fs::read_to_string(dir.join(file)).unwrap();
        assert_eq!(code, 0, "{out}{err}{fixed}");
        assert!(fixed.contains("/dev/fuse") && !fixed.contains("privileged"), "{fixed}");
    }
}

/// A control group lets what is given be used as it says, and nothing that is only mounted.
#[test]
fn what_a_control_group_refuses() {
    let refused = (1, "EPERM".into(), "device-missing".into());
    for (lines, expected) in [
        ("devices: [/dev/fuse:/dev/fuse:r]", refused.clone()),
        ("devices: [{source: /dev/fuse, target: /dev/fuse, permissions: r}]", refused.clone()),
        ("volumes: [/dev/fuse:/dev/fuse]", refused.clone()),
        ("volumes: [{type: bind, source: /dev, target: /dev}]", refused),
    ] {
        let text = format!("services:\n  a:\n    image: x\n    {lines}\n");
        let dir = files("lint-devices-refused", &[("compose.yaml", &text)]);
        assert_eq!(fuse(&dir, "plain-linux", "compose.yaml"), expected, "{lines}");
        let (code, out, err) = lint(&dir, &["--for", "fuse", "--fix", "compose.yaml"]);
        let fixed = std::fs::read_to_string(dir.join("compose.yaml")).unwrap();
        assert_eq!(code, 0, "{out}{err}{fixed}");
        assert_eq!(fixed.matches("/dev/fuse:r").count(), 0, "{fixed}");
    }
    for (lines, code) in [
        ("volumes: [/dev/fuse:/dev/fuse]\n    device_cgroup_rules: [c 10:229 rwm]", 0),
        ("privileged: true", 0),
        ("devices: [\"${NO_SUCH_DEVICE}\"]", 3),
        // Some releases of compose take the second part for a path.
        ("devices: [/dev/fuse:rwm]", 3),
        ("devices: [/dev/fuse]\n    user: '1000'", 0),
        ("devices: [fuse]", 1),
        ("device_cgroup_rules: [banana]", 1),
    ] {
        let text = format!("services:\n  a:\n    image: x\n    {lines}\n");
        let dir = files("lint-devices-rules", &[("compose.yaml", &text)]);
        assert_eq!(fuse(&dir, "plain-linux", "compose.yaml").0, code, "{lines}");
    }
    // A podman that is not root's has no such control group.
    let dir = files("lint-devices-podman", &[("r.sh", "podman run --device /dev/fuse:r x true\n")]);
    assert_eq!(fuse(&dir, "plain-linux", "r.sh").0, 3);
}

/// A manifest has no key for a device: what it mounts its control group refuses, but for tun.
#[test]
fn a_pod_has_the_devices_of_its_node_only_where_it_is_privileged() {
    let pod = |rest: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  volumes:\n  - {{name: v, \
                hostPath: {{path: /dev/fuse, type: CharDevice}}}}\n  containers:\n  - name: a\n    \
                image: x\n    {rest}\n"
        )
    };
    for (rest, code) in [
        ("", 1),
        ("volumeMounts: [{name: v, mountPath: /dev/fuse}]", 1),
        ("securityContext: {privileged: true}", 0),
        ("resources: {limits: {github.com/fuse: 1}}", 3),
        ("resources: {limits: {cpu: 1, memory: 1Gi}}", 1),
    ] {
        let dir = files("lint-devices-pod", &[("pod.yaml", &pod(rest))]);
        assert_eq!(fuse(&dir, "plain-linux", "pod.yaml").0, code, "{rest}");
    }
    // As `podman kube play` has it.
    let mounted = pod("volumeMounts: [{name: v, mountPath: /dev/fuse}]");
    let unit = "[Kube]\nYaml=pod.yaml\n";
    let dir = files("lint-devices-kube", &[("pod.yaml", &*mounted), ("p.kube", unit)]);
    assert_eq!(fuse(&dir, "plain-linux", "p.kube").0, 0);
}
