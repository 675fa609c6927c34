//! What compose and LXC make of a file that looks right.

use crate::{files, findings, json, json_on, lint};

/// compose refuses a service that has neither, but another file may give it one, by `-f`, by
/// `COMPOSE_FILE`, or as `dockerComposeFile` of a dev container; and one of a profile is left out.
#[test]
fn a_service_without_an_image_may_have_one_in_another_file() {
    let none = "services:\n  a:\n    command: unshare -Ur true\n    security_opt: \
                [seccomp=unconfined]\n";
    let dir = files("no-image", &[(".devcontainer/docker-compose.yml", none)]);
    let (code, out, _) = lint(&dir, &[".devcontainer/docker-compose.yml"]);
    assert!(code == 0 && !out.contains("error:"), "{out}");
}

/// As the daemon of Docker 20.10.24 answered what compose sends for such a network; `warning`:
/// releases since 25 refuse it.
#[test]
fn the_addresses_of_a_network() {
    for (config, severity) in [
        ("{subnet: 10.200.0.0/24}", ""),
        ("{subnet: 10.200.0.0/24, gateway: 10.200.0.1, ip_range: 10.200.0.128/25}", ""),
        ("{subnet: 10.200.0.0/24, aux_addresses: {a: 10.200.0.9}}", ""),
        ("{subnet: \"fd00::/64\"}, {subnet: 10.200.0.0/24}", ""),
        ("{subnet: \"${NET}\"}", ""),
        ("{subnet: banana}", "error"),
        ("{subnet: 10.200.0.0}", "error"),
        ("{subnet: 10.200.0.0/33}", "error"),
        ("{gateway: 10.200.0.1}", "error"),
        ("{ip_range: 10.200.0.0/25}", "error"),
        ("{subnet: 10.200.0.0/24, gateway: 10.201.0.1}", "error"),
        ("{subnet: 10.200.0.0/24, gateway: banana}", "error"),
        ("{subnet: 10.200.0.0/24, aux_addresses: {a: 10.201.0.9}}", "error"),
        ("{subnet: 10.200.0.0/24}, {subnet: 10.200.0.0/25}", "error"),
        ("{subnet: 10.200.0.0/24}, {subnet: 10.201.0.0/24}", "error"),
        ("{subnet: 10.200.0.5/24}", "warning"),
        ("{subnet: 10.200.0.0/24, ip_range: 10.201.0.0/25}", "warning"),
    ] {
        let text = format!(
            "services:\n  a:\n    image: i\n    command: unshare -Ur true\n    networks: [n]\n\
             networks:\n  n:\n    ipam:\n      config: [{config}]\n"
        );
        let dir = files("ipam", &[("compose.yml", &text)]);
        let (_, report) = json(&dir, &["--all", "compose.yml"]);
        let all = report["files"][0]["containers"][0]["findings"].as_array().unwrap();
        let found = all.iter().find(|one| one["rule"] == "container-may-not-start");
        let found = found.map_or("", |one| one["severity"].as_str().unwrap());
        assert_eq!(found, severity, "{config}");
    }
}

/// liblxc 5.0.2 passes over the first line of a file with a byte order mark: with
/// `lxc.nosuch = 1` there it loads the file.
#[test]
fn files_of_lxc() {
    let config = "lxc.uts.name = x\nlxc.init.cmd = unshare -Urpf --mount-proc true\n\
                  lxc.mount.auto = proc\n";
    let default = "lxc.net.0.type = veth\nlxc.apparmor.profile = generated\n\
                   lxc.apparmor.allow_nesting = 1\n";
    let dir = files(
        "lxc-kinds",
        &[
            ("bom.conf", &format!("\u{feff}{config}")),
            ("plain.conf", config),
            ("etc/lxc/default.conf", default),
            ("own.conf", default),
        ],
    );
    let told = |name: &str, id: &str| {
        let (_, report) = json(&dir, &["--all", name]);
        assert_eq!(report["files"][0]["containers"].as_array().unwrap().len(), 1, "{name}");
        findings(&report).iter().any(|(found, _)| found == id)
    };
    assert!(told("bom.conf", "misplaced-setting") && !told("plain.conf", "misplaced-setting"));
    assert!(told("etc/lxc/default.conf", "lxc-template") && !told("own.conf", "lxc-template"));
    // With common.conf there are entries, so nesting has its mounts.
    let verdict = |host: &str| {
        let (_, report) = json_on(host, &dir, &["--all", "etc/lxc/default.conf"]);
        report["files"][0]["containers"][0]["mechanisms"][0]["verdict"].clone()
    };
    assert_eq!(verdict("plain-linux"), "supported");
    let (_, out, _) = crate::lint_on("ubuntu-24.04", &dir, &["--all", "etc/lxc/default.conf"]);
    assert!(out.contains("lxc.apparmor.raw"), "{out}");
}

/// What nsjail 3.4 and bubblewrap 0.8 met in containers of podman 4.3 and 5.8: their profile lets
/// everybody make namespaces, and only CAP_SYS_ADMIN name a host.
#[test]
fn who_may_name_the_host() {
    for (options, command, code) in [
        ("", "nsjail -Mo --chroot / --disable_proc -- /bin/true", 1),
        ("--cap-add SYS_ADMIN", "nsjail -Mo --chroot / --disable_proc -- /bin/true", 0),
        (
            "--security-opt seccomp=unconfined",
            "nsjail -Mo --chroot / --disable_proc -- /bin/true",
            0,
        ),
        ("", "nsjail -Mo --chroot / --disable_proc --disable_clone_newuts -- /bin/true", 0),
        ("", "bwrap --ro-bind / / --unshare-user --unshare-uts --hostname x true", 1),
        ("", "bwrap --ro-bind / / --unshare-user --unshare-uts true", 0),
        ("", "unshare -Ur --uts true", 0),
        ("--security-opt seccomp=p.json", "bwrap --ro-bind / / --unshare-user true", 0),
        ("--security-opt seccomp=p.json", "nsjail -Mo --chroot / --disable_proc -- /bin/true", 1),
    ] {
        let profile = r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
            {"names": ["sethostname"], "action": "SCMP_ACT_ERRNO"}]}"#;
        let line = format!("podman run {options} debian:12 {command}\n");
        let dir = files("lint-beside", &[("w.sh", &line), ("p.json", profile)]);
        assert_eq!(lint(&dir, &["w.sh"]).0, code, "{options} {command}");
    }
}

/// What busybox 1.35 did in containers of Docker 28.2, runc 1.1.5; util-linux 2.38 takes all of
/// these.
#[test]
fn whose_unshare_it_is() {
    let with = "docker run --security-opt seccomp=unconfined";
    let default = "unshare --user --map-root-user --pid --fork";
    for (command, code) in [
        ("debian:12 unshare -Ur -C true", 0),
        ("debian:12 busybox unshare -Ur -C true", 1),
        ("debian:12 /bin/busybox unshare -Ur -m true", 0),
        ("debian:12 sh -c 'exec busybox unshare -Ur --kill-child true'", 1),
        ("debian:12 busybox unshare -Urm --propagation unchanged true", 1),
        (&format!("debian:12 busybox {default} true"), 0),
        ("debian:12 unshare -Ur --setgroups=deny true", 1),
        ("debian:12 busybox unshare -Ur --setgroups=deny true", 0),
        // The name of an image does not tell what else is installed in it.
        ("busybox unshare -Ur -C true", 3),
        ("alpine:3.20 unshare -Ur --kill-child true", 3),
        ("alpine:3.20 unshare -Ur --setgroups=deny true", 3),
        ("node:22-alpine unshare -Ur -C true", 3),
        ("alpine sh -c 'apk add util-linux-misc && unshare -Ur -C true'", 0),
        (&format!("alpine {default} true"), 0),
        ("--privileged --user 0 alpine unshare -Ur -m true", 0),
        ("alpine bwrap --unshare-user --bind / / true", 0),
    ] {
        let dir = files("lint-whose", &[("w.sh", &format!("{with} {command}\n"))]);
        assert_eq!(lint(&dir, &["w.sh"]).0, code, "{command}");
        let words = format!("{with} {command}");
        if !words.contains('\'') {
            let args: Vec<&str> = ["--"].into_iter().chain(words.split(' ')).collect();
            assert_eq!(lint(&dir, &args).0, code, "{command}");
        }
    }
    let refused = |dir: &std::path::Path, file: &str| -> Vec<serde_json::Value> {
        let all = json(dir, &[file]).1["files"][0]["containers"].as_array().unwrap().clone();
        all.iter().map(|c| c["mechanisms"][0]["verdict"].clone()).collect()
    };
    let built = "FROM alpine AS a\nRUN apk add util-linux\nENTRYPOINT unshare -Ur -C true\n";
    let compose = "services:\n  w:\n    build: .\n    security_opt: [seccomp=unconfined]\n";
    let job = "image: alpine\nw:\n  stage: test\n  before_script: [INSTALL]\n  script: [RUN]\n";
    let job = |install: &str| {
        let run = "unshare -Ur -C true";
        job.replace("INSTALL", install).replace("RUN", run)
    };
    let dir = files(
        "lint-whose-built",
        &[
            ("Dockerfile", built),
            ("compose.yaml", compose),
            ("a/Dockerfile", &built.replace("util-linux", "git")),
            ("a/compose.yaml", compose),
            ("with/.gitlab-ci.yml", &job("apk add util-linux")),
            ("without/.gitlab-ci.yml", &job("apk add git")),
        ],
    );
    assert_eq!(refused(&dir, "compose.yaml"), ["supported"]);
    assert_eq!(refused(&dir, "a/compose.yaml"), ["unknown"]);
    let whose =
        |file: &str| json_on("plain-linux", &dir, &[file]).1.to_string().contains("busybox");
    assert!(!whose("with/.gitlab-ci.yml") && whose("without/.gitlab-ci.yml"));
}

/// `kubectl run --dry-run=client` of 1.32 and `podman kube play` of 4.3 leave out what they do not
/// know; podman takes a key whatever its capital letters are.
#[test]
fn who_does_not_look_at_keys() {
    let pod = |key: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n  - name: a\n    \
             image: x\n    {key}: {{privileged: true}}\n    command: [unshare, -Urpf, 'true']\n"
        )
    };
    let unit = |pod: &str| format!("[Kube]\nYaml={pod}\n");
    let run = "kubectl run x --image=i --overrides='{\"spec\":{\"hostPIDD\":true}}' -- unshare -Ur true\n";
    let dir = files(
        "lint-keys",
        &[
            ("foo.yaml", &pod("foo")),
            ("case.yaml", &pod("securitycontext")),
            ("foo.kube", &unit("foo.yaml")),
            ("case.kube", &unit("case.yaml")),
            ("run.sh", run),
        ],
    );
    for (file, code) in [("foo.yaml", 3), ("foo.kube", 0), ("case.kube", 3), ("run.sh", 0)] {
        let (said, report) = json(&dir, &[file]);
        assert!(said == code && report.to_string().contains("unknown-field"), "{file}: {said}");
    }
}
