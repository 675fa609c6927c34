//! `isodoc lint` from outside: exit codes, errors, the report, `--fix`, what is shown in
//! `docs/lint.md`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "a test that cannot go on has failed"
)]
#![cfg(unix)]

mod common;
#[path = "lint/devices.rs"]
mod devices;
#[path = "lint/dialects.rs"]
mod dialects;
#[path = "lint/engines.rs"]
mod engines;
#[path = "lint/files.rs"]
mod files_read;
#[path = "lint/host_proc.rs"]
mod host_proc;
#[path = "lint/prose.rs"]
mod prose;
#[path = "lint/real.rs"]
mod real;
#[path = "lint/reduced.rs"]
mod reduced;
#[path = "lint/safe.rs"]
mod safe;
#[path = "lint/services.rs"]
mod services;
#[path = "lint/starts.rs"]
mod starts;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::{directory, isodoc, parts};
use serde_json::Value;

const WORKER: &str = "services:\n  worker: # runs jobs\n    image: worker\n    environment:\n      \
    ENABLE_UNSHARE_PID: \"true\"\n";

/// A directory with files in it.
fn files(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let dir = directory(name);
    for (path, text) in files {
        std::fs::create_dir_all(dir.join(path).parent().unwrap()).unwrap();
        std::fs::write(dir.join(path), text).unwrap();
    }
    dir
}

fn lint_on(host: &str, dir: &Path, args: &[&str]) -> (i32, String, String) {
    parts(isodoc(&["lint", "--assume", host]).args(args).current_dir(dir).output().unwrap())
}

fn lint(dir: &Path, args: &[&str]) -> (i32, String, String) {
    lint_on("plain-linux", dir, args)
}

fn json_on(host: &str, dir: &Path, args: &[&str]) -> (i32, Value) {
    let (code, out, err) = parts(
        isodoc(&["lint", "--assume", host, "--format", "json"])
            .args(args)
            .current_dir(dir)
            .output()
            .unwrap(),
    );
    (code, serde_json::from_str(&out).unwrap_or_else(|why| panic!("{args:?}: {why}\n{out}{err}")))
}

fn json(dir: &Path, args: &[&str]) -> (i32, Value) {
    json_on("plain-linux", dir, args)
}

/// What `lint` says, and how many seconds of processor time it takes: unlike the time of day, that
/// does not grow with what else the machine does.
fn timed(dir: &Path, args: &[&str]) -> (f64, String) {
    let isodoc = isodoc(&["lint", "--assume", "plain-linux"]);
    let output = Command::new("sh")
        .args(["-c", "\"$@\"; times >&2", "sh"])
        .arg(isodoc.get_program())
        .args(isodoc.get_args())
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap();
    let (_, out, err) = parts(output);
    let seconds = |time: &str| {
        let (minutes, seconds) = time.trim_end_matches('s').split_once('m').unwrap();
        minutes.parse::<f64>().unwrap() * 60.0 + seconds.parse::<f64>().unwrap()
    };
    // The last line is that of the children: user and system.
    (err.lines().last().unwrap().split(' ').map(seconds).sum(), out)
}

fn fed(args: &[&str], text: &str) -> Output {
    let mut child = isodoc(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// The ids of the findings of the first container and of the first file.
fn findings(report: &Value) -> Vec<(String, String)> {
    let file = &report["files"][0];
    let lists = file["containers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| &c["findings"])
        .chain([&file["findings"]]);
    let all = lists.flat_map(|list| list.as_array().unwrap());
    all.map(|f| {
        (f["rule"].as_str().unwrap().to_owned(), f["severity"].as_str().unwrap().to_owned())
    })
    .collect()
}

#[test]
fn exit_codes() {
    let dir = files(
        "lint-exit",
        &[
            ("good.yaml", &WORKER.replace("    image", "    privileged: true\n    image")),
            ("bad.yaml", WORKER),
            ("admin.yaml", &WORKER.replace("    image", "    cap_add: [SYS_ADMIN]\n    image")),
            ("none.yaml", "services:\n  web:\n    image: nginx\n"),
            ("empty.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
            (
                "unknown.yaml",
                &WORKER.replace(
                    "    image",
                    "    security_opt: [seccomp=gone.json, systempaths=unconfined]\n    image",
                ),
            ),
            ("broken.yaml", "services:\n  web:\n    privileged: [\n"),
        ],
    );
    for (args, code) in [
        (vec!["good.yaml"], 0),
        (vec!["bad.yaml"], 1),
        (vec!["good.yaml", "bad.yaml"], 1),
        (vec!["none.yaml"], 0),
        (vec!["none.yaml", "--all"], 1),
        (vec!["empty.yaml"], 3),
        (vec!["unknown.yaml"], 3),
        (vec!["broken.yaml"], 2),
        (vec!["broken.yaml", "bad.yaml"], 2),
        (vec!["not-there.yaml"], 2),
        (vec!["-f", "not-there.yaml"], 2),
        (vec!["bad.yaml", "--no-such-option"], 2),
        (vec!["bad.yaml", "--diff"], 2),
        (vec![], 2),
        (vec!["admin.yaml"], 1),
        (vec!["admin.yaml", "--flags", "--pid --fork --mount-proc"], 0),
        (vec!["bad.yaml", "--flags", "--no-such-flag"], 1),
    ] {
        let (human, out, err) = lint(&dir, &args);
        assert_eq!(human, code, "{args:?}\n{out}{err}");
        if code != 2 {
            let (same, report) = json(&dir, &args);
            let verdict =
                ["supported", "unsupported", "", "unknown"][usize::try_from(code).unwrap()];
            assert_eq!((same, report["verdict"].as_str()), (code, Some(verdict)), "{args:?}");
        }
        assert!(!out.contains("panicked") && !err.contains("panicked"));
    }
    assert!(lint(&dir, &["empty.yaml"]).1.contains("Nothing was judged"));
    assert!(
        lint(&dir, &["none.yaml"]).1.starts_with("No container asks for isolation, so none was")
    );
}

/// Each container that counts has its line; text is broken between words.
#[test]
fn the_screen_fits_eighty_columns() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - name: w\n      \
        image: w\n      securityContext: {seccompProfile: {type: RuntimeDefault}}\n      \
        env: [{name: ENABLE_UNSHARE_PID, value: \"true\"}, {name: A, value: \"a long \
        value that does not fit on the line\"}]\n";
    let good = WORKER.replace("    image", "    privileged: true\n    image");
    let dir = files(
        "lint-screen",
        &[("bad.yaml", WORKER), ("good.yaml", &good), ("pod.yaml", pod), ("broken.yaml", "a: [")],
    );
    let (_, out, _) = lint(&dir, &["bad.yaml", "good.yaml", "pod.yaml", "broken.yaml"]);
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    assert!(out.starts_with("worker: isolation does not work in it: "), "{out}");
    assert!(out.contains("\nworker: isolation should work in it\n"), "{out}");
    let fixed = "\n    # in the compose service; if it has the key, add to that\n    security_opt: \
        [\"seccomp=isodoc-unshare.json\",";
    assert!(out.contains(fixed) && out.contains("\n    # in the pod's spec\n"), "{out}");
    let end = "\n3 containers checked, assuming plain-linux: 1 passes, 2 fail.\n1 file is not valid, and was not judged.\n";
    assert!(out.contains(end), "{out}");
}

#[test]
fn a_broken_file_is_an_error_at_its_place_and_the_others_are_judged() {
    let dir = files(
        "lint-broken",
        &[
            ("a.yaml", "services:\n  web:\n    image: x\n    image: y\n"),
            ("b.yaml", WORKER),
            ("c.bin", "a\0b"),
        ],
    );
    let (code, report) = json(&dir, &["a.yaml", "b.yaml", "c.bin"]);
    assert_eq!(code, 2);
    let [a, b, c] = report["files"].as_array().unwrap().as_slice() else { panic!("{report}") };
    assert_eq!((a["error"]["line"].as_u64(), a["error"]["column"].as_u64()), (Some(4), Some(5)));
    assert_eq!(
        (b["error"].is_null(), b["containers"][0]["verdict"].as_str()),
        (true, Some("unsupported"))
    );
    assert!(c["error"]["message"].as_str().unwrap().contains("binary"));
    let (_, out, _) = lint(&dir, &["a.yaml", "b.yaml"]);
    assert!(out.contains("a.yaml:4:5") && out.contains("4 |     image: y"), "{out}");
    assert!(
        out.contains("b.yaml:2:3") && out.contains("1 file is not valid, and was not judged"),
        "{out}"
    );
    let (_, out, _) = lint(&dir, &["nosuch.yaml", "b.yaml"]);
    assert!(out.contains("1 file could not be read"), "{out}");
}

#[test]
fn the_report_has_the_fields_of_the_contract() {
    let dir = files(
        "lint-json",
        &[(
            "compose.yaml",
            &WORKER
                .replace("    image", "    security_opt:\n      - seccomp=unconfined\n    image"),
        )],
    );
    let (code, report) = json(&dir, &["compose.yaml"]);
    assert_eq!(
        (code, &report["schema_version"], report["host"].as_str()),
        (1, &Value::from(1), Some("plain-linux"))
    );
    let file = &report["files"][0];
    assert_eq!(
        (file["path"].as_str(), file["kind"].as_str(), file["error"].is_null()),
        (Some("compose.yaml"), Some("compose"), true)
    );
    let worker = &file["containers"][0];
    assert_eq!(
        (worker["name"].as_str(), worker["line"].as_u64(), worker["column"].as_u64()),
        (Some("worker"), Some(2), Some(3))
    );
    assert_eq!(worker["asks_for_isolation"], true);
    let unshare = &worker["mechanisms"][0];
    assert_eq!(
        (unshare["id"].as_str(), unshare["verdict"].as_str()),
        (Some("unshare"), Some("unsupported"))
    );
    // What a real container with this setting does: procfs is refused by mounts that mask it.
    let prediction = &unshare["prediction"];
    assert_eq!(
        (prediction["step"].as_str(), prediction["errno"].as_str(), prediction["cause"].as_str()),
        (Some("mount-proc"), Some("EPERM"), Some("proc-masked"))
    );
    assert_eq!(unshare["remedies"][0]["id"], "systempaths-unconfined");
    assert!(
        unshare["cause"]["line"].is_u64() || unshare["cause"]["location"]["line"].is_u64(),
        "{unshare}"
    );
    let stays = worker["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["rule"] == "proc-stays-masked")
        .unwrap();
    assert_eq!((stays["line"].as_u64(), stays["path"].as_str()), (Some(4), Some("compose.yaml")));
}

#[test]
fn the_schema_describes_the_report() {
    let (code, out, _) = parts(isodoc(&["schema", "lint"]).output().unwrap());
    let schema: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 0);
    // What both reports have is the same in both.
    let (_, check, _) = parts(isodoc(&["schema"]).output().unwrap());
    let check: Value = serde_json::from_str(&check).unwrap();
    for (name, definition) in check["$defs"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| !["report", "mechanism", "finding"].contains(&name.as_str()))
    {
        assert!(schema["$defs"][name].is_null() || schema["$defs"][name] == *definition, "{name}");
    }
    // No field that the schema does not name.
    let mut sealed = schema.clone();
    for definition in sealed["$defs"].as_object_mut().unwrap().values_mut() {
        if definition["type"] == "object" {
            definition["additionalProperties"] = false.into();
        }
    }
    let validator = jsonschema::draft202012::new(&sealed).unwrap();
    let dir = files(
        "lint-schema",
        &[
            ("a.yaml", WORKER),
            ("b.yaml", &format!("{WORKER}    privileged: true\n    cap_add: [NET_RAW]\n")),
            ("broken.yaml", "services: ["),
            ("daemon.json", "{\"log-level\": \"info\"}"),
            ("none.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
        ],
    );
    let (_, report) = json(
        &dir,
        &["a.yaml", "b.yaml", "broken.yaml", "gone.yaml", "daemon.json", "none.yaml", "--all"],
    );
    let errors: Vec<String> =
        validator.iter_errors(&report).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    let mut wrong = report;
    wrong["files"][0]["containers"][0]["line"] = 0.into();
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn a_setting_that_decides_is_named_by_its_line() {
    let dir = files(
        "lint-line",
        &[(
            "compose.yaml",
            &format!(
                "{WORKER}    cap_drop:\n      - ALL\n    cap_add: [SYS_ADMIN]\n    user: \"1000\"\n"
            ),
        )],
    );
    let (_, out, _) = lint(&dir, &["--flags", "--pid --fork", "compose.yaml"]);
    assert!(
        out.contains("[no-cap-sys-admin]\n")
            && out.contains("compose.yaml:9:11")
            && out.contains("9 |     user: \"1000\""),
        "{out}"
    );
}

#[test]
fn assumptions_have_their_source() {
    let (code, out, _) = parts(isodoc(&["lint", "--list-assumptions"]).output().unwrap());
    assert_eq!(code, 0);
    let (_, list, _) =
        parts(isodoc(&["lint", "--list-assumptions", "--format", "json"]).output().unwrap());
    let list: Value = serde_json::from_str(&list).unwrap();
    let hosts = list["assumptions"].as_array().unwrap();
    let kinds: Vec<&Value> = hosts.iter().map(|row| &row["kind"]).collect();
    for kind in ["host", "runtime", "daemon"] {
        assert!(kinds.contains(&&Value::from(kind)), "{kind}");
    }
    for id in [
        "plain-linux", "debian-12", "ubuntu-24.04", "rhel-9", "bottlerocket", "gke-cos",
        "docker-desktop",
    ] {
        let host = hosts.iter().find(|host| host["id"] == id).unwrap_or_else(|| panic!("no {id}"));
        assert!(
            !host["assumes"].as_str().unwrap().is_empty()
                && !host["source"].as_str().unwrap().is_empty()
        );
        assert!(out.contains(&format!("{id}: ")));
    }
    // Bottlerocket has no user namespaces; the container is no different.
    let dir = files("lint-assume", &[("compose.yaml", &format!("{WORKER}    privileged: true\n"))]);
    let cause = |host| {
        json_on(host, &dir, &["compose.yaml"]).1["files"][0]["containers"][0]["mechanisms"][0]["prediction"]["cause"].clone()
    };
    assert_eq!(
        (cause("plain-linux"), cause("bottlerocket")),
        (Value::Null, Value::from("max-user-namespaces-zero"))
    );
    let (code, _, err) = parts(
        isodoc(&["lint", "--assume", "nowhere", "compose.yaml"])
            .current_dir(&dir)
            .output()
            .unwrap(),
    );
    assert!(code == 2 && err.contains("bottlerocket"), "{err}");
}

/// A pod that unshares, with more of its spec, of its container and of its securityContext.
fn pod(spec: &str, context: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n  - name: c\n    \
            image: i\n    command: [unshare, -Ur, \"true\"]\n    securityContext: {{{context}}}\n{spec}"
    )
}

/// What containerd 2.1 and CRI-O 1.36 did, measured; and what a manifest shows of its runtime.
#[test]
fn the_runtime_of_pods() {
    let answer = |assume: &[&str], text: &str| {
        let mut command = isodoc(&["lint", "--format", "json"]);
        if !assume.iter().any(|name| ["rhel-9", "openshift-4"].contains(name)) {
            command.args(["--assume", "plain-linux"]);
        }
        for name in assume {
            command.args(["--assume", name]);
        }
        let (_, out, err) = parts(fed_to(command.arg("-"), text));
        let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
        let container = report["files"][0]["containers"][0].clone();
        let warned = container["findings"].as_array().unwrap().iter();
        let warned = warned.filter(|finding| finding["rule"] == "runtime-decides").count();
        let mechanism = &container["mechanisms"][0];
        (mechanism["prediction"]["step"].as_str().unwrap_or("works").to_owned(), warned)
    };
    let (works, map) = ("works".to_owned(), "uid-map".to_owned());
    let bare = pod("", "");
    assert_eq!(answer(&[], &bare), (works.clone(), 1));
    assert_eq!(answer(&["containerd"], &bare), (works.clone(), 0));
    assert_eq!(answer(&["cri-o"], &bare), (map.clone(), 0));
    assert_eq!(answer(&["openshift-4"], &bare), (map.clone(), 0));
    // With SETFCAP, or without any filter for a user, the two agree.
    assert_eq!(answer(&[], &pod("", "capabilities: {add: [SETFCAP]}")), (works.clone(), 0));
    assert_eq!(answer(&[], &pod("", "runAsUser: 1000")), (works.clone(), 0));
    // containerd puts `CAP_` before a name that has it, which means no capability then.
    let prefixed = pod("", "capabilities: {drop: [ALL], add: [CAP_SETFCAP]}");
    assert_eq!(answer(&[], &prefixed), (map.clone(), 1));
    assert_eq!(answer(&["cri-o"], &prefixed), (works.clone(), 0));
    let dropped = pod("", "capabilities: {drop: [cap_setfcap, CAP_NET_RAW]}");
    assert_eq!(answer(&[], &dropped), (works.clone(), 1));
    assert_eq!(answer(&["cri-o"], &dropped), (map.clone(), 0));
    let default = pod("", "runAsUser: 1000, seccompProfile: {type: RuntimeDefault}");
    assert_eq!(answer(&[], &default), ("unshare".to_owned(), 1));
    assert_eq!(answer(&["cri-o"], &default), (works.clone(), 0));
    // Signs of OpenShift, and what is like one.
    let beside = |other: &str| bare.clone() + "---\n" + other;
    for (sign, is) in [
        ("apiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: r}\n", true),
        ("apiVersion: v1\nkind: BuildConfig\nmetadata: {name: b}\n", true),
        (
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n  annotations:\n    \
                service.beta.openshift.io/serving-cert-secret-name: x\n",
            true,
        ),
        (
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: s\n  labels:\n    \
                openshift.io/cluster-monitoring: \"true\"\n",
            true,
        ),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: openshift.io}\n", false),
        (
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n  annotations:\n    \
                notopenshift.io/x: y\n",
            false,
        ),
    ] {
        let expected = if is { (map.clone(), 0) } else { (works.clone(), 1) };
        assert_eq!(answer(&["rhel-9"], &beside(sign)), expected, "{sign}");
        // A host that has containerd.
        assert_eq!(answer(&[], &beside(sign)), (works.clone(), 1), "{sign}");
        assert_eq!(answer(&["containerd"], &beside(sign)), (works.clone(), 0), "{sign}");
    }
    // Docker's containers are not made by the runtime of pods.
    let service = "services:\n  w:\n    image: i\n    command: unshare -Ur true\n    security_opt: \
        [seccomp=unconfined]\n";
    assert_eq!(answer(&["cri-o"], service), (works, 0));
}

/// Every dialect that can name a runtime; nothing is fixed where it is not like runc.
#[test]
fn another_runtime_decides() {
    let pod = |name: &str| {
        let spec = format!("  runtimeClassName: {name}\n  hostUsers: false\n");
        pod(&spec, "procMount: Unmasked, capabilities: {drop: [ALL]}")
    };
    let service = |name: &str| {
        format!(
            "services:\n  w:\n    image: i\n    command: unshare -Ur true\n    runtime: {name}\n"
        )
    };
    let unit = |name: &str| {
        format!(
            "[Container]\nImage=i\nExec=unshare -Ur true\nDropCapability=all\n\
                GlobalArgs=--runtime {name}\n"
        )
    };
    let line = |program: &str| format!("#!/bin/sh\n{program} i unshare -Ur true\n");
    for (file, other, like) in [
        ("pod.yaml", pod("gvisor"), pod("crun")),
        ("compose.yaml", service("sysbox-runc"), service("runc")),
        ("compose.yaml", service("${RUNTIME}"), service("${RUNTIME:-}")),
        (
            "run.sh",
            line("docker run --runtime=kata"),
            line("docker run --runtime=io.containerd.runc.v2"),
        ),
        ("run.sh", line("docker run --runtime runsc"), line("docker run --runtime nvidia")),
        (
            "run.sh",
            line("podman --runtime=krun run --cap-drop all"),
            line("podman --runtime crun run --cap-drop all"),
        ),
        ("w.container", unit("krun"), unit("crun")),
    ] {
        for (text, verdict) in [(&other, "unknown"), (&like, "unsupported")] {
            let dir = files("lint-runtime", &[(file, text.as_str())]);
            let (_, report) = json(&dir, &[file]);
            let container = &report["files"][0]["containers"][0];
            assert_eq!(container["verdict"], verdict, "{text}");
            let named = container["findings"].as_array().unwrap().iter();
            let named = named.filter(|finding| finding["rule"] == "runtime-class").count();
            assert_eq!(named == 1, verdict == "unknown", "{text}");
            if verdict == "unknown" {
                let (code, _, _) = lint(&dir, &["--fix", file]);
                assert_eq!(
                    (code, &*std::fs::read_to_string(dir.join(file)).unwrap()),
                    (3, text.as_str())
                );
            }
        }
    }
}

/// Kata Containers do not apply the container's filter in their guest, unless they are told to.
#[test]
fn a_filter_in_the_guest_of_kata() {
    let default = "seccompProfile: {type: RuntimeDefault}";
    let of = |value: &str| {
        let annotation = "io.katacontainers.config.runtime.disable_guest_seccomp";
        let pod = pod("  runtimeClassName: kata\n", default).replace(
            "{name: p}",
            &format!("{{name: p, annotations: {{{annotation}: \"{value}\"}}}}"),
        );
        let dir = files("lint-kata", &[("pod.yaml", &pod)]);
        let (_, report) = json(&dir, &["pod.yaml"]);
        let mechanism = &report["files"][0]["containers"][0]["mechanisms"][0];
        mechanism["verdict"].clone()
    };
    assert_eq!((of("false"), of("true")), ("unsupported".into(), "unknown".into()));
}

/// A GPU brings mounts of its own below /proc, and nobody sees whether there is one.
#[test]
fn the_runtime_of_nvidia() {
    let verdict = |options: &str, flags: &str| {
        let command = format!("run --runtime nvidia {options} i unshare {flags} true");
        let words: Vec<&str> =
            ["lint", "--assume", "plain-linux", "--format", "json", "--", "docker"]
                .into_iter()
                .chain(command.split_whitespace())
                .collect();
        let (_, out, _) = parts(isodoc(&words).output().unwrap());
        let report: Value = serde_json::from_str(&out).unwrap();
        report["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict("--privileged", "-Urpf --mount-proc"), "unknown");
    assert_eq!(verdict("--privileged", "-Urpf"), "supported");
    assert_eq!(verdict("--security-opt seccomp=unconfined", "-Urpf --mount-proc"), "unsupported");
}

#[test]
fn assumptions_that_contradict_each_other() {
    for (names, said) in [
        ("debian-12 debian-13", "are two hosts: give one"),
        ("containerd openshift-4", "are two runtimes: give one"),
        ("cri-o talos", "--assume talos has containerd: --assume cri-o contradicts it"),
    ] {
        let mut command = isodoc(&["lint"]);
        names.split(' ').for_each(|name| {
            command.args(["--assume", name]);
        });
        let (code, out, err) = parts(command.arg("compose.yaml").output().unwrap());
        assert!(code == 2 && out.is_empty() && err.contains(said), "{names}: {err}");
    }
    let dir = files("lint-two-hosts", &[("s.json", "{}"), ("compose.yaml", WORKER)]);
    let mut command =
        isodoc(&["lint", "--snapshot", "s.json", "--assume", "debian-12", "compose.yaml"]);
    let (code, _, err) = parts(command.current_dir(&dir).output().unwrap());
    assert!(code == 2 && err.contains("--assume debian-12 and --snapshot are two hosts"), "{err}");
}

#[test]
fn a_snapshot_is_a_host() {
    let dir =
        files("lint-snapshot", &[("compose.yaml", &format!("{WORKER}    privileged: true\n"))]);
    let file = common::capture("max-user-namespaces-zero");
    let output = isodoc(&["lint", "--format", "json", "compose.yaml", "--snapshot"])
        .arg(file)
        .current_dir(&dir)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let worker = &report["files"][0]["containers"][0];
    assert_eq!(
        (report["host"].as_str(), worker["mechanisms"][0]["cause"]["id"].as_str()),
        (Some("snapshot"), Some("max-user-namespaces-zero"))
    );
}

#[test]
fn standard_input_commands_and_projects() {
    let (code, out, _) = parts(fed(&["lint", "--assume", "plain-linux", "-"], WORKER));
    assert!(code == 1 && out.contains("-:2:3"), "{out}");
    let (code, out, _) = lint(
        Path::new("/"),
        &["--", "docker", "run", "--rm", "-e", "ENABLE_UNSHARE_PID=true", "--privileged", "worker"],
    );
    assert_eq!(code, 0, "{out}");
    let (code, report) = json(
        Path::new("/"),
        &["--", "docker", "run", "--rm", "-e", "ENABLE_UNSHARE_PID=true", "worker"],
    );
    assert_eq!((code, report["files"][0]["kind"].as_str()), (1, Some("docker-run")));
    // The second file takes back what the first one sets.
    let dir = files(
        "lint-project",
        &[
            ("a.yaml", &format!("{WORKER}    privileged: true\n")),
            ("b.yaml", "services:\n  worker:\n    privileged: false\n"),
        ],
    );
    assert_eq!(lint(&dir, &["-f", "a.yaml"]).0, 0);
    let (code, report) = json(&dir, &["-f", "a.yaml", "-f", "b.yaml"]);
    assert_eq!((code, report["files"].as_array().unwrap().len()), (1, 1));
    // A shell script and a document.
    let dir = files(
        "lint-text",
        &[
            ("run.sh", "#!/bin/sh\ndocker run \\\n  -e ENABLE_UNSHARE_PID=true worker\n"),
            ("README.md", "# A\n\n```sh\ndocker run --privileged worker unshare -p -f true\n```\n"),
        ],
    );
    let (code, report) = json(&dir, &["run.sh", "README.md"]);
    let line = |file: usize| {
        (
            report["files"][file]["containers"][0]["line"].as_u64(),
            report["files"][file]["containers"][0]["verdict"].clone(),
        )
    };
    assert_eq!(
        (code, line(0), line(1)),
        (1, (Some(2), "unsupported".into()), (Some(4), "supported".into()))
    );
}

#[test]
fn a_fix_is_a_diff_that_applies_and_leads_to_supported() {
    let commented = "# kept\nservices:\n  worker:   # runs jobs\n    image: \"worker\" # ours\n    \
        environment: {ENABLE_UNSHARE_PID: \"true\"}\n  web: {image: nginx}\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: w}\nspec: # of the pod\n  \
        containers:\n    - name: w\n      image: w # ours\n      env: [{name: ENABLE_UNSHARE_PID, \
        value: \"true\"}]\n";
    let script = "#!/bin/sh\n# start\ndocker run -e ENABLE_UNSHARE_PID=true worker\n";
    for (name, text) in [("compose.yaml", commented), ("pod.yaml", pod), ("run.sh", script)] {
        let dir = files("lint-fix", &[(name, text)]);
        assert_eq!(lint(&dir, &[name]).0, 1);
        let (code, diff, err) = lint(&dir, &["--fix", "--diff", name]);
        assert!(
            code == 0 && diff.starts_with(&format!("--- a/{name}\n+++ b/{name}\n")),
            "{diff}{err}"
        );
        assert_eq!(std::fs::read_to_string(dir.join(name)).unwrap(), text, "a diff writes nothing");
        assert!(err.contains(": would be fixed by ") && !err.contains(": fixed by "), "{err}");
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fix-{}.diff", std::process::id()));
        std::fs::write(&path, &diff).unwrap();
        if let Ok(output) =
            Command::new("patch").args(["-p1", "-i"]).arg(&path).current_dir(&dir).output()
        {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
            assert_eq!(lint(&dir, &[name]).0, 0, "{diff}");
        }
        // The same, written.
        let patched = std::fs::read_to_string(dir.join(name)).unwrap();
        std::fs::write(dir.join(name), text).unwrap();
        assert_eq!(lint(&dir, &["--fix", name]).0, 0);
        let fixed = std::fs::read_to_string(dir.join(name)).unwrap();
        assert_eq!(lint(&dir, &[name]).0, 0, "{fixed}");
        assert!(fixed == patched || patched == text, "{fixed}");
        assert_eq!(text.matches('#').count(), fixed.matches('#').count(), "{fixed}");
        // Nothing is left to do.
        assert_eq!(lint(&dir, &["--fix", "--diff", name]), (0, String::new(), String::new()));
    }
}

/// Found by the lab: CAP_SYS_ADMIN opens the default profile of an engine, and not one of the
/// container's own.
#[test]
fn a_capability_opens_no_profile_of_the_containers_own() {
    let profile = |rule: &str| {
        format!(
            r#"{{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{{"names": ["unshare"], "action": "SCMP_ACT_ERRNO"{rule}}}]}}"#
        )
    };
    let text = "services:\n  a:\n    image: a\n    security_opt: [\"seccomp=./p.json\"]\n";
    let by_capability = profile(r#", "excludes": {"caps": ["CAP_SYS_ADMIN"]}"#);
    for (profile, remedy) in [
        (profile(""), "seccomp-unconfined+cap-add-sys-admin"),
        (by_capability, "cap-add-sys-admin"),
    ] {
        let dir = files("lint-own-profile", &[("compose.yaml", text), ("p.json", &profile)]);
        let args = ["--all", "--flags", "--pid --fork --mount-proc", "compose.yaml"];
        let (_, report) = json(&dir, &args);
        let remedies = &report["files"][0]["containers"][0]["mechanisms"][0]["remedies"];
        let printed =
            |id: &str| remedies.as_array().unwrap().iter().any(|printed| printed["id"] == id);
        assert!(
            printed(remedy) && printed("cap-add-sys-admin") == (remedy == "cap-add-sys-admin"),
            "{remedies}"
        );
        let (code, out, _) = lint(&dir, &["--fix", args[0], args[1], args[2], args[3]]);
        assert!(code == 0 && out.contains(&format!("fixed by {remedy}")), "{out}");
        assert_eq!(lint(&dir, &args).0, 0);
    }
}

/// What gives up less and has to be written by hand is named before what the file alone can say,
/// and no file is made to point at it.
#[test]
fn no_profile_is_named_that_is_not_there() {
    let text = "services:\n  a:\n    image: a\n    user: \"1000\"\n";
    let dir = files("lint-profile", &[("compose.yaml", text)]);
    let args = ["--for", "chromium", "compose.yaml"];
    let (code, report) = json(&dir, &args);
    assert_eq!(code, 1);
    let mechanisms = report["files"][0]["containers"][0]["mechanisms"].as_array().unwrap();
    let chromium = mechanisms.iter().find(|entry| entry["id"] == "chromium").unwrap();
    let ids: Vec<&str> = chromium["remedies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids[..2], ["seccomp-profile", "seccomp-unconfined"]);
    let profile = &chromium["remedies"][0]["commands"];
    assert_eq!(profile[0], "isodoc profile --for chromium --base docker > isodoc-chromium.json");
    let (code, out, _) = lint(&dir, &["--fix", args[0], args[1], args[2]]);
    assert!(code == 0 && out.contains("fixed by seccomp-unconfined"), "{out}");
    let fixed = std::fs::read_to_string(dir.join("compose.yaml")).unwrap();
    assert!(fixed.contains("seccomp=unconfined") && !fixed.contains(".json"), "{fixed}");
}

/// The default profiles let chroot(2) through for a container that has CAP_SYS_CHROOT, which
/// Chromium calls in its user namespace, and setns(2) for one that has CAP_SYS_ADMIN (moby
/// `profiles/seccomp/default.json`, containers/common `pkg/seccomp/seccomp.json`). Both were
/// refused to the real programs in the same way.
#[test]
fn calls_that_take_a_capability_of_the_container() {
    let dir = files("lint-chroot", &[]);
    let judged = |asked: &[&str], options: &[&str]| {
        let mut args = vec!["lint", "--assume", "plain-linux", "--format", "json", "--for"];
        args.extend(asked);
        args.push("--");
        args.extend(options);
        let output = isodoc(&args).current_dir(&dir).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mechanisms = report["files"][0]["containers"][0]["mechanisms"].as_array().unwrap();
        mechanisms.iter().find(|m| m["id"] == asked[0]).unwrap().clone()
    };
    let chromium = |options: &[&str]| judged(&["chromium"], options);
    let user = ["podman", "run", "--user", "1000", "--cap-drop", "SYS_CHROOT", "i"];
    let refused = chromium(&user);
    assert_eq!(refused["cause"]["id"], "seccomp-chroot", "{refused}");
    assert_eq!(refused["remedies"][0]["id"], "cap-add-sys-chroot", "{refused}");
    let docker = |drop| {
        ["docker", "run", "--user", "1000", "--cap-drop", drop, "--cap-add", "SYS_ADMIN", "i"]
    };
    assert_eq!(chromium(&docker("ALL"))["cause"]["id"], "seccomp-chroot");
    assert_eq!(chromium(&docker("CHOWN"))["verdict"], "supported");
    assert_eq!(chromium(&["podman", "run", "--user", "1000", "i"])["verdict"], "supported");
    let network = ["rootlesskit", "--flags", "--net=slirp4netns"];
    let of = |capability| {
        let run = ["podman", "run", "--user", "1000", "--cap-add", capability, "i"];
        judged(&network, &run)["cause"]["id"].clone()
    };
    assert_eq!((of("CHOWN"), of("SYS_ADMIN")), ("seccomp-setns".into(), "device-missing".into()));
}

/// `--for` asks about that alone, with its flags, whatever the container's own command asks for.
#[test]
fn a_container_is_judged_by_what_is_named() {
    let text = "services:\n  a:\n    image: a\n    command: unshare --user true\n    user: \"1000\"\n    \
        security_opt: [\"seccomp=unconfined\"]\n";
    let dir = files("lint-for", &[("compose.yaml", text)]);
    let verdict = |args: &[&str]| json(&dir, &[args, &["compose.yaml"]].concat()).0;
    assert_eq!(verdict(&[]), 0);
    assert_eq!(verdict(&["--for", "bubblewrap"]), 1, "/proc is masked");
    let without_proc = "--unshare-user --ro-bind / /";
    assert_eq!(verdict(&["--for", "bubblewrap", "--flags", without_proc]), 0);
    assert_eq!(verdict(&["--for", "bubblewrap", "--for", "chromium"]), 1);
}

/// Each dialect has words of its own for RLIMIT_NPROC: compose and podman were told to use `docker
/// run`, and `--fix` knew of no way.
#[test]
fn a_limit_of_processes_is_raised_in_the_words_of_the_file() {
    let compose = |limit: &str| {
        format!(
            "services:\n  a:\n    image: a\n    user: \"1000:1000\"\n    security_opt: \
                [seccomp=unconfined, systempaths=unconfined]\n    ulimits: {{nproc: {limit}}}\n"
        )
    };
    let podman = |limit: u64| {
        format!("podman run -u 1000 --security-opt unmask=ALL --ulimit nproc={limit} a\n")
    };
    let in_compose =
        "ulimits: {nproc: 1025}    # in the compose service; if it has the key, add to that";
    for (name, text, line, after) in [
        ("compose.yaml", compose("1"), in_compose, compose("1025")),
        (
            "compose.yaml",
            compose("{soft: 1, hard: 5}"),
            in_compose,
            compose("{soft: 1025, hard: 1025}"),
        ),
        (
            "compose.yaml",
            compose("{soft: 1, hard: 5000}"),
            in_compose,
            compose("{soft: 1025, hard: 5000}"),
        ),
        ("run.sh", podman(1), "podman run --ulimit nproc=1025 IMAGE", podman(1025)),
    ] {
        let dir = files("lint-nproc", &[(name, &text)]);
        let (_, report) = json(&dir, &["--all", name]);
        let remedy = &report["files"][0]["containers"][0]["mechanisms"][0]["remedies"][0];
        assert_eq!(
            (&remedy["id"], &remedy["commands"]),
            (&"raise-nproc".into(), &serde_json::json!([line])),
            "{text}"
        );
        assert_eq!(lint(&dir, &["--all", "--fix", name]).0, 0, "{text}");
        assert_eq!(std::fs::read_to_string(dir.join(name)).unwrap(), after);
    }
}

/// Found by the lab: the cheapest way needs `hostUsers: false`, which the pod's own `hostPID`
/// excludes.
#[test]
fn a_fix_that_would_break_the_file_gives_way_to_the_next() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostPID: true\n  \
        containers:\n  - name: c\n    image: i\n";
    let dir = files("lint-next-fix", &[("pod.yaml", pod)]);
    let (code, out, _) = lint(&dir, &["--fix", "--all", "pod.yaml"]);
    assert!(code == 0 && out.contains("c: fixed by privileged"), "{out}");
    assert!(std::fs::read_to_string(dir.join("pod.yaml")).unwrap().contains("privileged: true"));
}

#[test]
fn a_fix_is_refused_where_nothing_helps() {
    let dir = files(
        "lint-no-fix",
        &[("compose.yaml", WORKER), ("b.yaml", &format!("{WORKER}    privileged: true\n"))],
    );
    for file in ["compose.yaml", "b.yaml"] {
        let before = std::fs::read_to_string(dir.join(file)).unwrap();
        let (code, out, _) = lint_on("fargate", &dir, &["--fix", file]);
        assert!(code == 1 && out.contains("worker: not fixed"), "{out}");
        assert_eq!(std::fs::read_to_string(dir.join(file)).unwrap(), before);
    }
    // The reason is named: admission, a variable that nobody has set, a string that is no command
    // line here.
    let pod = "apiVersion: v1\nkind: Namespace\nmetadata: {name: jobs, labels: \
        {pod-security.kubernetes.io/enforce: restricted}}\n---\napiVersion: v1\nkind: \
        Pod\nmetadata: {name: w, namespace: jobs}\nspec:\n  containers:\n    - name: w\n      \
        image: w\n      env: [{name: ENABLE_UNSHARE_PID, value: \"true\"}]\n";
    let unset = WORKER.replace("    image", "    privileged: ${NOBODY_SETS_THIS}\n    image");
    let ssh = "ssh host \"docker run -e ENABLE_UNSHARE_PID=true worker\"\n";
    let dir = files("lint-reasons", &[("pod.yaml", pod), ("unset.yaml", &unset), ("run.sh", ssh)]);
    for (file, code, why) in [
        ("pod.yaml", 1, "Pod Security admission rejects this container"),
        ("unset.yaml", 3, "cannot tell whether it needs a fix"),
        ("run.sh", 1, "the command is inside a string"),
    ] {
        let (same, out, _) = lint(&dir, &["--fix", file]);
        assert!(same == code && out.contains("not fixed: ") && out.contains(why), "{out}");
    }
    // Neither is what others share.
    let shared = "x-a: &a\n  image: worker\n  environment: \
        {ENABLE_UNSHARE_PID: \"true\"}\nservices:\n  a: &s {<<: *a}\n  b: *s\n";
    let dir = files("lint-shared", &[("compose.yaml", shared)]);
    let (code, out, _) = lint(&dir, &["--fix", "compose.yaml"]);
    assert!(code == 1 && out.contains("a: not fixed: `services.a` is shared"), "{out}");
    assert!(out.contains("b: fixed by seccomp-unconfined+systempaths-unconfined"), "{out}");
}

#[test]
fn contradictions_are_findings() {
    let pod = |spec: &str, context: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: w, namespace: jobs}}\nspec:\n{spec}  \
                containers:\n    - name: w\n      image: w\n      securityContext: \
                {{{context}}}\n      env: [{{name: ENABLE_UNSHARE_PID, value: \"true\"}}]\n"
        )
    };
    let compose = |more: &str| format!("{WORKER}{more}");
    let remapped = "{\"userns-remap\": \"default\"}";
    let enforced = "apiVersion: v1\nkind: Namespace\nmetadata: {name: jobs, labels: \
        {pod-security.kubernetes.io/enforce: LEVEL}}\n---\n";
    let seccomp = "seccompProfile: {type: RuntimeDefault}";
    for (text, finding, severity, host) in [
        (compose("    privileged: true\n"), "privileged-without-need", "note", "plain-linux"),
        (compose("    privileged: true\n"), "fargate-refuses", "error", "fargate"),
        (
            compose("    sysctls: [vm.max_map_count=262144]\n"),
            "sysctl-not-namespaced",
            "error",
            "plain-linux",
        ),
        (
            compose("    privileged: true\n    cap_add: [NET_RAW]\n"),
            "privileged-makes-moot",
            "warning",
            "plain-linux",
        ),
        (
            compose("    security_opt: [seccomp=unconfined]\n"),
            "proc-stays-masked",
            "note",
            "plain-linux",
        ),
        (compose("    userns_mode: host\n"), "userns-host-without-remap", "note", "plain-linux"),
        (
            compose("    security_opt: [no-new-privileges=true]\n"),
            "no-new-privileges-harmless",
            "note",
            "plain-linux",
        ),
        (
            compose(
                "      UNSHARE_ISOLATION_FLAGS: --pid --fork\n    user: \"1000\"\n    privileged: \
                    true\n",
            ),
            "non-root-user-needs-user-namespace",
            "warning",
            "plain-linux",
        ),
        (WORKER.replace("ENABLE", "FAVOR"), "favor-unshare-pid", "warning", "plain-linux"),
        (pod("  hostUsers: false\n", ""), "host-users-needs-runtime", "error", "debian-12"),
        (pod("", "procMount: Unmasked"), "unmasked-without-userns", "error", "plain-linux"),
        (pod("", ""), "seccomp-not-set", "note", "plain-linux"),
        (
            enforced.replace("LEVEL", "baseline") + &pod("", "privileged: true"),
            "pod-security-rejects",
            "error",
            "plain-linux",
        ),
        (
            enforced.replace("LEVEL", "baseline") + &pod("", seccomp),
            "pod-security-rejects-fix",
            "warning",
            "plain-linux",
        ),
    ] {
        let dir = files("lint-finding", &[("a.yaml", &text)]);
        let (code, report) = json_on(host, &dir, &["a.yaml"]);
        let found = findings(&report);
        assert!(
            found.contains(&(finding.to_owned(), severity.to_owned())),
            "{finding} {severity}: {found:?}\n{text}"
        );
        assert!(severity != "error" || code == 1, "{finding}");
    }
    // The daemon that is deployed with it remaps.
    for setting in ["privileged: true", "pid: host", "network_mode: host", "ipc: host"] {
        let dir = files(
            "lint-remapped",
            &[("compose.yaml", &compose(&format!("    {setting}\n"))), ("daemon.json", remapped)],
        );
        let (code, report) = json(&dir, &["compose.yaml", "daemon.json"]);
        assert_eq!(code, 1);
        assert!(
            findings(&report).contains(&("privileged-with-userns-remap".into(), "error".into())),
            "{setting}"
        );
    }
    // What the API server refuses is no finding, but an error.
    let dir =
        files("lint-refused", &[("pod.yaml", &pod("  hostUsers: false\n  hostPID: true\n", ""))]);
    assert_eq!(json(&dir, &["pod.yaml"]).0, 2);
}

/// As runc 1.1.5 and 1.3.6 and crun 1.8.1 and 1.28 answered to such bundles.
#[test]
fn a_kernel_parameter_of_no_namespace_keeps_a_container_from_starting() {
    let cases = [
        ("vm.max_map_count", "", true),
        ("user.max_user_namespaces", "", true),
        ("user/max_user_namespaces", "", true),
        ("kernel.pid_max", "", true),
        ("kernel.hostname", "", true),
        ("kernel.shmmax", "", false),
        ("kernel/shmmax", "", false),
        ("kernel.shmmax", "ipc", true),
        ("fs.mqueue.msg_max", "", false),
        ("net.core.somaxconn", "", false),
        ("net.core.somaxconn", "network", true),
        // A kernel of its own.
        ("vm.max_map_count", "kata", false),
    ];
    for (name, host, refused) in cases {
        let (compose, run, pod_key, unit) = match host {
            "ipc" => ("ipc: host", "--ipc=host", "hostIPC: true", "PodmanArgs=--ipc=host"),
            "network" => ("network_mode: host", "--net=host", "hostNetwork: true", "Network=host"),
            "kata" => (
                "runtime: kata", "--runtime=kata", "runtimeClassName: kata",
                "PodmanArgs=--runtime=kata",
            ),
            _ => ("init: true", "--init", "restartPolicy: Never", "RunInit=true"),
        };
        let files = [
            ("list.yaml", format!("{WORKER}    {compose}\n    sysctls: [\"{name}=1\"]\n")),
            ("map.yaml", format!("{WORKER}    {compose}\n    sysctls: {{{name}: 1}}\n")),
            ("run.sh", format!("docker run {run} --sysctl {name}=1 debian:12 unshare -Ur true\n")),
            ("pod.yaml", {
                let context =
                    format!("securityContext: {{sysctls: [{{name: {name}, value: \"1\"}}]}}");
                pod(&format!("  {pod_key}\n  {context}\n"), "")
            }),
            ("a.container", {
                let exec = "Exec=unshare -Ur true";
                format!("[Container]\nImage=debian:12\nSysctl={name}=1\n{unit}\n{exec}\n")
            }),
        ];
        // docker and podman look at the name themselves, whatever starts the container.
        let is_option =
            ["kernel.shm", "fs.mqueue.", "net."].iter().any(|own| name.starts_with(own));
        for (file, text) in files {
            let refused = refused || !is_option && ["run.sh", "a.container"].contains(&file);
            let dir = self::files("lint-sysctl", &[(file, &text)]);
            let (code, report) = json(&dir, &[file]);
            let found =
                findings(&report).contains(&("sysctl-not-namespaced".into(), "error".into()));
            assert_eq!(found, refused, "{name} {host} in {file}: {report}");
            assert!(!refused || code == 1, "{name} {host} in {file}: exit {code}");
        }
    }
}

/// As docker 28.2.2 with dockerd 20.10.24 and runc 1.1.5 answered, and podman 4.3.1.
#[test]
fn whose_network_and_which_parameter_decides_whether_a_container_starts() {
    const SET: &str = "net.ipv4.ip_forward=1";
    let run = |options: &str| {
        format!("docker run {options} --security-opt seccomp=unconfined debian unshare -Ur true\n")
    };
    let compose = |own: &str, more: &str| {
        format!(
            "services:\n  a:\n    image: debian\n    command: unshare -Ur true\n    \
                security_opt: [seccomp=unconfined]\n    sysctls: [{SET}]\n    {own}\n{more}"
        )
    };
    let service = |settings: &str| format!("  b:\n    image: debian\n    {settings}\n");
    const HOST: &str = "networks:\n  h: {external: true, name: host}\n";
    for (file, text, code) in [
        ("run.sh", run(&format!("--network none --sysctl {SET}")), 0),
        ("run.sh", run(&format!("--network name=host --sysctl {SET}")), 1),
        ("run.sh", run(&format!("--network name=host,alias=x --sysctl {SET}")), 1),
        ("run.sh", run(&format!("--network container:b --sysctl {SET}")), 3),
        ("run.sh", run(&format!("--network \"$N\" --sysctl {SET}")), 3),
        ("run.sh", run("--ipc \"$N\" --sysctl kernel.shmmax=1"), 3),
        ("run.sh", run("--sysctl \"$T\""), 3),
        ("run.sh", run("--sysctl net.ipv4.ip_forward=$T"), 0),
        ("run.sh", run("--network none --network host"), 2),
        ("run.sh", run("--network host --network none"), 2),
        ("run.sh", run("--sysctl kernel.domainname=x"), 1),
        ("run.sh", run("--sysctl net/ipv4/ip_forward=1"), 1),
        ("run.sh", run("--sysctl net.ipv4.ip_forward"), 1),
        ("run.sh", run("--sysctl vm.max_map_count=262144"), 1),
        ("c.yml", compose("init: true", ""), 0),
        ("c.yml", compose("network_mode: service:b", &service("init: true")), 0),
        ("c.yml", compose("network_mode: service:b", &service("network_mode: host")), 1),
        (
            "c.yml",
            compose(
                "network_mode: container:x",
                &service("network_mode: host\n    container_name: x"),
            ),
            1,
        ),
        ("c.yml", compose("network_mode: container:x", ""), 3),
        ("c.yml", compose("network_mode: $UNSET_NETWORK", ""), 3),
        (
            "c.yml",
            compose(
                "network_mode: service:b",
                &(service("network_mode: service:c")
                    + "  c:\n    image: d\n    network_mode: host\n"),
            ),
            1,
        ),
        ("c.yml", compose("network_mode: service:b", &service("network_mode: service:a")), 3),
        ("c.yml", compose("networks: [h]", HOST), 1),
        ("c.yml", compose("networks: {h: {}}", HOST), 1),
        ("c.yml", compose("networks: [h]", "networks:\n  h: {name: host}\n"), 0),
        ("c.yml", compose("init: true", "").replace(SET, "net/ipv4/ip_forward=1"), 0),
        ("c.yml", compose("init: true", "").replace(SET, "kernel.domainname=a"), 0),
        ("c.yml", compose("uts: host", "").replace(SET, "kernel.domainname=a"), 1),
        ("c.yml", compose("init: true", "").replace(SET, "\" net.ipv4.ip_forward=1\""), 1),
        ("c.yml", compose("init: true", "").replace(SET, "$UNSET_PARAMETER"), 3),
        ("c.yml", compose("init: true", "").replace(SET, "net.ipv4.ip_forward=$UNSET_VALUE"), 0),
        // What only the initial network namespace has, and what not every one does.
        ("c.yml", compose("init: true", "").replace(SET, "net.core.netdev_max_backlog=9"), 1),
        ("c.yml", compose("init: true", "").replace(SET, "net.core.bpf_jit_enable=1"), 1),
        ("c.yml", compose("init: true", "").replace(SET, "net.nf_conntrack_max=9999"), 1),
        ("c.yml", compose("init: true", "").replace(SET, "net.core.rmem_max=9999"), 1),
        ("c.yml", compose("init: true", "").replace(SET, "net.nosuch=1"), 3),
        ("c.yml", compose("init: true", "").replace(SET, "net.netfilter.nf_conntrack_max=9"), 3),
        ("c.yml", compose("init: true", "").replace(SET, "net.ipv4.conf.all.rp_filter=1"), 0),
        ("c.yml", compose("init: true", "").replace(SET, "net.ipv4.conf.eth7.rp_filter=1"), 3),
        ("c.yml", compose("init: true", "").replace(SET, "net.ipv6.conf.all.disable_ipv6=1"), 0),
        ("c.yml", compose("init: true", "").replace(SET, "fs.mqueue.nosuch=1"), 3),
        ("run.sh", run("--sysctl net.ipv4.tcp_mem=\"1 2 3\""), 1),
        ("run.sh", run("--sysctl net.ipv4.udp_mem=\"1 2 3\""), 1),
    ] {
        let dir = files("lint-network", &[(file, &text)]);
        let (got, report) = json(&dir, &[file]);
        assert_eq!(got, code, "{text}\n{report}");
        let said = lint(&dir, &[file]).1;
        assert!(code != 1 || said.contains(": isolation does not work in it"), "{said}");
    }
}

/// Kubernetes 1.32, `pkg/kubelet/sysctl/safe_sysctls.go`: what the kubelet refuses unless it is
/// told otherwise is open.
#[test]
fn the_kubelet_decides_on_parameters_that_are_not_safe() {
    let pod = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  securityContext: \
                {{sysctls: [{{name: {name}, value: \"1\"}}]}}\n  containers:\n  - {{name: a, \
                image: debian, command: [unshare, -Ur, \"true\"]}}\n"
        )
    };
    for (name, code) in [
        ("net.ipv4.ip_unprivileged_port_start", 0),
        ("net/ipv4/ip_unprivileged_port_start", 0),
        ("net.ipv4.tcp_rmem", 0),
        ("kernel.shm_rmid_forced", 0),
        ("net.core.somaxconn", 3),
        ("kernel.shmmax", 3),
        ("fs.mqueue.msg_max", 3),
        ("vm.max_map_count", 1),
    ] {
        let dir = files("lint-kubelet", &[("pod.yaml", &pod(name))]);
        let (got, report) = json(&dir, &["pod.yaml"]);
        assert_eq!(got, code, "{name}: {report}");
        let found = findings(&report).contains(&("unsafe-sysctl".into(), "warning".into()));
        assert_eq!(found, code == 3, "{name}: {report}");
    }
}

#[test]
fn a_devcontainer_is_asked_for_what_its_commands_run() {
    let open = "\"runArgs\": [\"--security-opt=seccomp=unconfined\"]";
    let image = "\"image\": \"debian\"";
    let dockerfile = "\"build\": {\"dockerfile\": \"gone/Dockerfile\"}";
    let run = "\"postCreateCommand\": \"apt-get update && unshare -Ur true\"";
    for (text, code, asks) in [
        (format!("{{{image}, {run}}}"), 1, true),
        (format!("{{{image}, {open}, {run}}}"), 0, true),
        (
            format!("{{{image}, {open}, \"onCreateCommand\": [\"unshare\", \"-Ur\", \"true\"]}}"),
            0,
            true,
        ),
        (
            format!(
                "{{{image}, {open}, \"postStartCommand\": {{\"a\": \"true\", \"b\": \"unshare -Ur true\"}}}}"
            ),
            0,
            true,
        ),
        (format!("{{{image}, {open}, \"initializeCommand\": \"unshare -Ur true\"}}"), 0, false),
        // The image that the Dockerfile is based on may have a label that says `privileged`.
        (format!("{{{dockerfile}, {run}}}"), 3, true),
    ] {
        let dir = files("lint-dev-commands", &[(".devcontainer/devcontainer.json", &text)]);
        let (got, report) = json(&dir, &[".devcontainer/devcontainer.json"]);
        let container = &report["files"][0]["containers"][0];
        assert_eq!(
            (got, container["asks_for_isolation"].as_bool()),
            (code, Some(asks)),
            "{text}\n{report}"
        );
    }
    let dir = files("lint-dev-commands", &[("devcontainer.json", "{\"image\": \"a\" \"b\"}")]);
    let (code, out, err) = lint(&dir, &["devcontainer.json"]);
    assert!(
        code == 2 && (out.clone() + &err).contains("not JSON") && !out.contains("YAML"),
        "{out}{err}"
    );
}

#[test]
fn a_daemons_configuration_is_judged_and_counts() {
    let broken = "{\n  \"userns-remap\": \"default\",\n}";
    let store = "{\n  \"features\": {\"containerd-snapshotter\": \
        true},\n  \"userns-remap\": \"default\"\n}";
    for (text, code, cause) in [
        ("{\"userns-remap\": \"default\"}", 0, None),
        (store, 1, Some("docker-remap-containerd-store")),
        ("{\"userns-remap\": \"builder\"}", 3, Some("docker-remap-unverified")),
        ("{\"log-level\": \"info\"}", 3, Some("docker-remap-not-configured")),
        (broken, 2, None),
        // Refused by every release, by some, and because of what may be on the host.
        ("{\"userns-remap\": \"default\", \"nosuch\": 1}", 1, Some("docker-config-malformed")),
        ("{\"userns-remap\": \"default\", \"mtu\": \"9\"}", 1, Some("docker-config-malformed")),
        ("{\"userns-remap\": \"default\", \"graph\": \"/a\"}", 3, Some("docker-config-unsettled")),
        ("{\"userns-remap\": \"default\", \"tls\": true}", 3, Some("docker-config-unsettled")),
        (
            "{\"userns-remap\": \"default\", \"storage-driver\": \"overlayfs\"}",
            1,
            Some("docker-remap-storage-driver"),
        ),
        ("{\"userns-remap\": \"root\", \"userns-remap\": \"default\"}", 0, None),
    ] {
        let dir = files("lint-daemon", &[("docker/daemon.json", text)]);
        let (got, report) = json(&dir, &["docker/daemon.json"]);
        let file = &report["files"][0];
        assert_eq!(
            (got, file["mechanisms"][0]["cause"]["id"].as_str()),
            (code, cause),
            "{text}\n{report}"
        );
        assert_eq!(lint(&dir, &["--fix", "docker/daemon.json"]).0, code, "{text}");
        assert_eq!(std::fs::read_to_string(dir.join("docker/daemon.json")).unwrap(), text);
    }
    let dir = files("lint-daemon", &[("daemon.json", "{\"log-level\": \"info\"}")]);
    assert!(lint(&dir, &["daemon.json"]).1.contains("does not set userns-remap"));
    // The ranges that are deployed with it go before those of the host.
    let default = "{\"userns-remap\": \"default\"}";
    let on_host = |ranges: &str| {
        let etc =
            [("etc/docker/daemon.json", default), ("etc/subuid", ranges), ("etc/subgid", ranges)];
        let dir = files("lint-ranges", &etc);
        std::fs::create_dir_all(dir.join(".git")).unwrap();
        let host = common::changed("host-root", |snapshot| {
            for file in ["/etc/passwd", "/etc/group"] {
                snapshot["files"][file] = serde_json::json!({"Ok": "root:x:0\ndockremap:x:102\n"});
            }
        });
        let output = isodoc(&["lint", "--format", "json", "etc/docker/daemon.json", "--snapshot"])
            .arg(host)
            .current_dir(&dir)
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let cause = &report["files"][0]["mechanisms"][0]["cause"];
        (
            report["verdict"].as_str().unwrap().to_owned(),
            cause["id"].as_str().map(str::to_owned),
            cause["line"].clone(),
        )
    };
    assert_eq!(on_host("dockremap:100000:65536\n"), ("supported".into(), None, Value::Null));
    assert_eq!(on_host("other:100000:65536\n").1.as_deref(), Some("docker-subid-missing"));
    assert_eq!(on_host("dockremap:100000:1000\n").1.as_deref(), Some("docker-subid-too-few"));
}

/// What the daemon gives containers that say nothing else.
#[test]
fn defaults_of_the_daemon_are_those_of_every_container() {
    let compose =
        "services:\n  a:\n    image: x\n    command: unshare --user --map-root-user true\n";
    let own = format!("{compose}    security_opt: [\"seccomp:builtin\"]\n");
    let open = "{\"seccomp-profile\": \"unconfined\"}";
    for (daemon, compose, verdict) in [
        ("{}", compose, "unsupported"),
        (open, compose, "supported"),
        (open, &own, "unsupported"),
        ("{\"seccomp-profile\": \"/etc/docker/seccomp.json\"}", compose, "unknown"),
        (
            "{\"default-runtime\": \"x\", \"runtimes\": {\"x\": {\"path\": \"/x\"}}}",
            compose,
            "unknown",
        ),
        (
            "{\"default-runtime\": \"runc\", \"seccomp-profile\": \"builtin\"}",
            compose,
            "unsupported",
        ),
    ] {
        let dir =
            files("lint-defaults", &[("compose.yaml", compose), ("docker/daemon.json", daemon)]);
        let (_, report) = json(&dir, &["docker/daemon.json", "compose.yaml"]);
        let got = &report["files"][1]["containers"][0]["verdict"];
        assert_eq!(got, verdict, "{daemon} {compose}");
    }
}

#[test]
fn a_thousand_services_take_no_time_worth_speaking_of() {
    let mut text = String::from("services:\n");
    for number in 0..1000 {
        text += &format!(
            "  s{number}:\n    image: worker:{number}\n    environment: \
                {{ENABLE_UNSHARE_PID: \"true\", N: \"{number}\"}}\n    security_opt: \
                [seccomp=unconfined]\n"
        );
    }
    let dir = files("lint-thousand", &[("compose.yaml", &text)]);
    let (seconds, out) = timed(&dir, &["--format", "json", "compose.yaml"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["files"][0]["containers"].as_array().unwrap().len(), 1000);
    // Not optimised; what would be quadratic takes minutes.
    assert!(seconds < 10.0, "{seconds}");
}

/// Services without isolation, the one that the next lines describe among them.
fn services(count: usize) -> String {
    let one = |number| {
        format!(
            "  s{number}:\n    image: worker # {number}\n    environment: \
                {{ENABLE_UNSHARE_PID: \"true\", N: \"{number}\"}}\n"
        )
    };
    format!("services:\n{}", (0..count).map(one).collect::<String>())
}

/// Pods, each a document.
fn pods(count: usize) -> String {
    let one = |number| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{number}}}\nspec:\n  containers:\n    - \
                name: w\n      image: w\n      securityContext: {{seccompProfile: {{type: \
                RuntimeDefault}}}}\n      env: [{{name: ENABLE_UNSHARE_PID, \
                value: \"true\"}}]\n---\n"
        )
    };
    (0..count).map(one).collect()
}

#[test]
fn the_time_of_a_fix_grows_with_the_file_and_no_faster() {
    // Those that do not go with the others are no reason to take each by itself.
    let odd = "  odd: &s\n    image: worker\n    environment: {ENABLE_UNSHARE_PID: \"true\"}\n  \
        other: *s\n";
    for (text, name) in [
        (&(|count| services(count) + odd) as &dyn Fn(usize) -> String, "compose.yaml"),
        (&pods, "pods.yaml"),
    ] {
        let time = |count: usize| {
            let dir = files("lint-linear", &[(name, &text(count))]);
            let (seconds, out) = timed(&dir, &["--fix", name]);
            assert!(out.matches(": fixed by ").count() >= count, "{out}");
            seconds
        };
        let (few, many) = (time(100).max(0.01), time(1000));
        // Ten times as many; what is quadratic takes a hundred times as long.
        assert!(many < few * 40.0, "{name}: {few}, {many}");
    }
}

#[test]
fn of_several_files_the_one_that_decides_is_fixed() {
    let base = "services:\n  worker: # base\n    image: worker\n    environment:\n      \
        ENABLE_UNSHARE_PID: \"true\"\n    security_opt:\n      - systempaths=unconfined\n";
    let opt = |value: &str| {
        format!("services:\n  worker: # prod\n    security_opt:\n      - {value} # why\n")
    };
    let both = ["-f", "a.yaml", "-f", "b.yaml"];
    for (a, b, changed) in [
        // Nothing of the service is said in the second file.
        (base.to_owned(), "services:\n  web:\n    image: nginx\n".to_owned(), "a.yaml"),
        // What decides stands in the second file.
        (base.to_owned(), opt("seccomp=profile.json"), "b.yaml"),
        (
            base.to_owned() + "      - seccomp=profile.json\n",
            opt("no-new-privileges=true"),
            "a.yaml",
        ),
    ] {
        let profile = "{\"defaultAction\": \"SCMP_ACT_ERRNO\"}";
        let dir = files("lint-both", &[("a.yaml", &a), ("b.yaml", &b), ("profile.json", profile)]);
        let (code, diff, err) = lint(&dir, &[&["--fix", "--diff"], both.as_slice()].concat());
        assert!(
            code == 0
                && diff.matches("+++").count() == 1
                && diff.contains(&format!("+++ b/{changed}\n")),
            "{diff}{err}"
        );
        let (code, out, _) = lint(&dir, &[&["--fix"], both.as_slice()].concat());
        assert!(code == 0 && out.starts_with(&format!("{changed}: worker: fixed by ")), "{out}");
        assert_eq!(lint(&dir, &both).0, 0);
        for (name, before) in [("a.yaml", &a), ("b.yaml", &b)] {
            let after = std::fs::read_to_string(dir.join(name)).unwrap();
            assert_eq!(after != *before, name == changed, "{name}:\n{after}");
            assert_eq!(after.matches('#').count(), before.matches('#').count(), "{after}");
        }
    }
    // A later file overrides what would be written into an earlier one.
    let privileged =
        base.replace("      - systempaths", "      - seccomp=unconfined\n      - systempaths");
    let dir = files(
        "lint-over",
        &[
            ("a.yaml", &privileged),
            (
                "b.yaml",
                "services:\n  worker:\n    security_opt: !override\n      - \
                    no-new-privileges=true\n",
            ),
        ],
    );
    assert_eq!(lint(&dir, &both).0, 1);
    let (code, out, _) = lint(&dir, &[&["--fix"], both.as_slice()].concat());
    assert!(code == 0 && out.starts_with("b.yaml: worker: fixed by "), "{out}");
    assert_eq!(lint(&dir, &both).0, 0);
    assert_eq!(std::fs::read_to_string(dir.join("a.yaml")).unwrap(), privileged);
    // A file that an included one is in is not touched.
    let dir = files(
        "lint-included",
        &[("a.yaml", "include: [b/compose.yaml]\n"), ("b/compose.yaml", WORKER)],
    );
    let (code, out, _) = lint(&dir, &["--fix", "a.yaml"]);
    assert!(
        code == 1 && out.contains("worker: not fixed: it is in a file that was not given"),
        "{out}"
    );
    assert_eq!(std::fs::read_to_string(dir.join("b/compose.yaml")).unwrap(), WORKER);
}

#[test]
fn each_project_is_fixed_with_its_own_variables() {
    let text = WORKER.replace("image: worker", "image: worker\n    privileged: ${OPEN:-false}");
    let dir = files(
        "lint-dotenv",
        &[
            ("a/compose.yaml", &text),
            ("a/.env", "YES=true\nOPEN=\"${YES}\" # why\n"),
            ("b/compose.yaml", &text),
        ],
    );
    let (code, out, _) = lint(&dir, &["--fix", "a/compose.yaml", "b/compose.yaml"]);
    assert_eq!((code, out.lines().count()), (0, 1), "{out}");
    assert!(out.starts_with("b/compose.yaml: worker: fixed by "), "{out}");
}

#[test]
fn remedies_are_told_in_the_words_of_the_file() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: w}\nspec:\n  containers:\n    - name: \
        w\n      image: w\n      securityContext: {seccompProfile: {type: RuntimeDefault}}\n      \
        env: [{name: ENABLE_UNSHARE_PID, value: \"true\"}]\n";
    let own = "services:\n  job:\n    image: x\n    command: unshare --user --map-root-user --pid \
        --fork --mount-proc true\n";
    let script = "docker run -e ENABLE_UNSHARE_PID=true worker\n";
    let dir = files(
        "lint-words",
        &[("compose.yaml", WORKER), ("pod.yaml", pod), ("run.sh", script), ("own.yaml", own)],
    );
    let [run, compose, manifest] =
        ["docker run ", "# in the compose service; if it has", "# in the container"];
    for (file, says, not) in [
        (
            "compose.yaml",
            vec![compose, "environment: {UNSHARE_ISOLATION_FLAGS: "],
            vec![run, manifest],
        ),
        (
            "pod.yaml",
            vec![manifest, "env: [{name: UNSHARE_ISOLATION_FLAGS, value: "],
            vec![run, compose],
        ),
        ("run.sh", vec![run, "-e UNSHARE_ISOLATION_FLAGS="], vec![compose, manifest]),
        (
            "own.yaml",
            vec![compose, "unshare --pid --fork --mount-proc    # in the command"],
            vec![run, "UNSHARE_ISOLATION_FLAGS"],
        ),
    ] {
        let (_, report) = json(&dir, &[file]);
        let remedies = &report["files"][0]["containers"][0]["mechanisms"][0]["remedies"];
        let all: String = remedies
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|r| r["commands"].as_array().unwrap())
            .map(|c| format!("{c}\n").replace("\\\"", "\""))
            .collect();
        assert!(
            says.iter().all(|words| all.contains(words))
                && !not.iter().any(|words| all.contains(words)),
            "{file}: {all}"
        );
    }
    // What is written by a fix is what nobody remarks on.
    lint(&dir, &["--fix", "compose.yaml"]);
    let (_, report) = json(&dir, &["compose.yaml"]);
    assert_eq!(findings(&report), vec![]);
}

#[test]
fn manifests_in_code_blocks_of_a_document() {
    let text = "# Réadme\n\nText.\n\n```yaml title=\"compose.yaml\"\nservices:\n  web:\n    image: \
        w # é ours\n    environment:\n      - ENABLE_UNSHARE_PID=true\n    user: '1'\n```\n\n1. In \
        a list:\n\n   ~~~yml\n   apiVersion: v1\n   kind: Pod\n   metadata: {name: p}\n   \
        spec:\n     containers:\n       - name: w\n         image: w\n         \
        securityContext:\n           seccompProfile: {type: RuntimeDefault}\n         env: [{name: \
        ENABLE_UNSHARE_PID, value: \"true\"}]\n   ~~~\n\n```sh\n$ docker run -e \
        ENABLE_UNSHARE_PID=true img\n```\n\n```yaml\nname: not ours\n```\n\n```yaml\nservices:\n  \
        broken: [\n```\n\n~~~~json\n{\"services\": {\"j\": {\"image\": \"w\", \"environment\": \
        {\"ENABLE_UNSHARE_PID\": \"true\"}}}}\n~~~~\n";
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        let dir = files("lint-blocks", &[("README.md", &text)]);
        let (code, report) = json(&dir, &["README.md"]);
        let file = &report["files"][0];
        assert_eq!((code, file["error"].is_null()), (1, true), "{file}");
        let containers: Vec<_> = file["containers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| {
                (
                    c["name"].as_str().unwrap(),
                    c["line"].as_u64().unwrap(),
                    c["column"].as_u64().unwrap(),
                )
            })
            .collect();
        assert_eq!(containers, [("web", 7, 3), ("w", 22, 10), ("img", 30, 3), ("j", 43, 15)]);
        let cause = &file["containers"][1]["mechanisms"][0]["cause"];
        assert_eq!(
            (cause["id"].as_str(), cause["line"].as_u64(), cause["column"].as_u64()),
            (Some("seccomp-unshare"), Some(25), Some(35))
        );
        let broken: Vec<_> = file["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| (f["rule"].as_str().unwrap(), f["line"].as_u64().unwrap()))
            .collect();
        assert_eq!(broken, [("code-block-broken", 39)]);
        let (code, out, _) = lint(&dir, &["--fix", "README.md"]);
        assert!(code == 1 && out.contains("w: not fixed: the block is inside a list"), "{out}");
        assert!(out.contains("web: fixed by ") && out.contains("img: fixed by "), "{out}");
        let fixed = std::fs::read_to_string(dir.join("README.md")).unwrap();
        let newline = if text.contains('\r') { "\r\n" } else { "\n" };
        assert!(
            fixed.contains(&format!(
                "    image: w # é ours{newline}    security_opt:{newline}      - \
                seccomp=unconfined{newline}"
            )),
            "{fixed}"
        );
        assert_eq!(
            fixed.matches('\r').count() > 0,
            fixed.matches('\r').count() == fixed.matches('\n').count()
        );
        let (_, report) = json(&dir, &["README.md"]);
        let verdicts: Vec<_> = report["files"][0]["containers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["verdict"].as_str().unwrap())
            .collect();
        assert_eq!(verdicts, ["supported", "unsupported", "supported", "supported"]);
    }
    // A document without any of it is nothing to judge, not an error.
    let dir = files("lint-prose", &[("README.md", "# A title: with a colon\n\n- a: [\n\n\ttab\n")]);
    let (code, out, _) = lint(&dir, &["README.md"]);
    assert!(code == 3 && out.contains("nothing to judge"), "{out}");
}

#[test]
fn a_file_that_many_services_name_is_one_file() {
    let text: String =
        (0..150).map(|n| format!("  s{n}:\n    image: x\n    env_file: .worker\n")).collect();
    let dir = files(
        "lint-env-files",
        &[
            ("compose.yaml", &format!("services:\n{text}")),
            (".worker", "ENABLE_UNSHARE_PID=true\n"),
        ],
    );
    let (code, report) = json(&dir, &["compose.yaml"]);
    let asking = report["files"][0]["containers"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["asks_for_isolation"] == true)
        .count();
    assert_eq!((code, asking), (1, 150));
}

#[test]
fn a_fix_says_no_more_than_it_has_to() {
    // What a service takes over from one that is fixed is not written twice.
    let text = format!(
        "{WORKER}  other:\n    extends: worker\n  third:\n    extends: {{service: worker}}\n    \
            cap_drop: [ALL]\n"
    );
    let dir = files("lint-inherits", &[("compose.yaml", &text)]);
    let (code, out, _) = lint(&dir, &["--fix", "compose.yaml"]);
    assert_eq!(
        (code, out.as_str()),
        (
            0,
            "compose.yaml: worker: fixed by \
                seccomp-unconfined+systempaths-unconfined\ncompose.yaml: third: fixed by \
                run-as-user\n"
        )
    );
    let fixed = std::fs::read_to_string(dir.join("compose.yaml")).unwrap();
    assert_eq!(
        (fixed.matches("seccomp=unconfined").count(), lint(&dir, &["compose.yaml"]).0),
        (1, 0),
        "{fixed}"
    );
    // A file that comes from standard input goes to standard output, and nothing else does.
    let (code, out, err) = parts(fed(&["lint", "--assume", "plain-linux", "--fix", "-"], WORKER));
    assert!(
        code == 0 && out.starts_with("services:\n") && err.starts_with("-: worker: fixed by "),
        "{out}{err}"
    );
}

#[test]
fn what_nobody_knows_is_shown_where_it_stands() {
    let text = WORKER.replace("    image", "    privileged: ${NOBODY_SETS_THIS:?why}\n    image");
    let dir = files("lint-doubt", &[("compose.yaml", &text)]);
    let (code, out, _) = lint(&dir, &["compose.yaml"]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(code, 3);
    assert!(
        lines[..2].concat().contains("NOBODY_SETS_THIS")
            && lines.iter().any(|line| line.ends_with("compose.yaml:3:17")),
        "{out}"
    );
    // A script of Windows would be misread: backticks are its continuation lines.
    let dir = files(
        "lint-windows",
        &[
            ("run.ps1", "docker run `\n  -e ENABLE_UNSHARE_PID=true `\n  worker\n"),
            ("run.py", "#!/usr/bin/env python3\nrun(\"docker run worker\")\n"),
        ],
    );
    for script in ["run.ps1", "run.py"] {
        let (code, out, _) = lint(&dir, &[script]);
        assert!(code == 3 && out.contains("a script that no shell reads"), "{out}");
        // A hook is given whatever has changed.
        let (code, out, err) = lint(&dir, &["--skip-unread", script]);
        assert_eq!((code, &*out, &*err), (0, "", ""), "{script}");
    }
}

#[test]
fn many_containers_are_fixed_in_one_go() {
    let mut text = String::from("services:\n");
    for number in 0..100 {
        text += &format!(
            "  s{number}:\n    image: worker # {number}\n    environment: \
                {{ENABLE_UNSHARE_PID: \"true\"}}\n"
        );
    }
    // One of them cannot be fixed, since another is made of it; the two of a pod share a line.
    text += "  last: &s\n    image: worker\n    environment: {ENABLE_UNSHARE_PID: \"true\"}\n  \
        other: *s\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: w}\nspec:\n  containers:\n    - name: \
        a\n      image: w\n      env: [{name: ENABLE_UNSHARE_PID, value: \"true\"}]\n    - name: \
        b\n      image: w\n      env: [{name: ENABLE_UNSHARE_PID, value: \"true\"}]\n";
    let dir = files("lint-many", &[("compose.yaml", &text), ("pod.yaml", pod)]);
    let (code, out, _) = lint(&dir, &["--fix", "compose.yaml", "pod.yaml"]);
    assert_eq!(
        (code, out.matches(": fixed by ").count(), out.matches("last: not fixed").count()),
        (1, 103, 1),
        "{out}"
    );
    let (_, report) = json(&dir, &["compose.yaml", "pod.yaml"]);
    let verdicts = |file: usize| {
        report["files"][file]["containers"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|c| c["verdict"] == "supported")
            .count()
    };
    assert_eq!((verdicts(0), verdicts(1)), (101, 2));
}

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `PATH` with the isodoc under test first, and what else is in a directory.
fn path_with(dir: &Path) -> String {
    let bin = Path::new(env!("CARGO_BIN_EXE_isodoc")).parent().unwrap();
    format!("{}:{}:{}", dir.display(), bin.display(), std::env::var("PATH").unwrap())
}

#[test]
fn the_pre_commit_hook_names_a_command_that_runs() {
    let text = std::fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let value = |key: &str| {
        text.lines()
            .find_map(|line| line.trim_start_matches(['-', ' ']).strip_prefix(&format!("{key}: ")))
            .unwrap()
            .to_owned()
    };
    assert!(
        std::fs::read_to_string(root().join("docs/lint.md"))
            .unwrap()
            .contains(&format!("- id: {}", value("id")))
    );
    assert_eq!(value("language"), "rust");
    let entry = value("entry");
    let words: Vec<&str> = entry.split(' ').collect();
    assert_eq!(words[0], env!("CARGO_PKG_NAME"));
    let dir = files("lint-hook", &[("docker-compose.yml", WORKER)]);
    let run = |files: &[&str]| {
        isodoc(&words[1..])
            .args(["--assume", "debian-12"])
            .args(files)
            .current_dir(&dir)
            .output()
            .unwrap()
    };
    assert_eq!(run(&["docker-compose.yml"]).status.code(), Some(1));
    // The pattern, as grep -E reads it: pre-commit searches with Python's re.
    let pattern = value("files").replace("(^|/)", "(^|.*/)");
    for (name, taken) in [
        ("docker-compose.yml", true),
        ("deploy/compose.prod.yaml", true),
        ("k8s/worker-deployment.yaml", true),
        (".devcontainer/devcontainer.json", true),
        ("src/main.rs", false),
        ("docs/compose.md", false),
        ("a/b.yaml", false),
    ] {
        let output = fed_to(Command::new("grep").args(["-qE", &pattern]), name);
        assert_eq!(output.status.success(), taken, "{name}");
    }
}

fn fed_to(command: &mut Command, text: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn the_steps_of_the_action_run() {
    let text = std::fs::read_to_string(root().join("action.yml")).unwrap();
    // Each `run:`, on its line or in the block below.
    let mut scripts: Vec<String> = vec![];
    let mut block = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if let Some(script) = line.trim_start().strip_prefix("run: ") {
            block = (script == "|").then_some(indent);
            scripts.push(if script == "|" { String::new() } else { script.to_owned() });
        } else if let (Some(key), Some(script)) = (block, scripts.last_mut()) {
            if indent > key { *script += &format!("{}\n", line.trim()) } else { block = None }
        }
    }
    assert_eq!(scripts.len(), 2, "{scripts:?}");
    let dir = files(
        "lint-action",
        &[
            ("good.yml", &format!("{WORKER}    privileged: true\n")),
            ("bad.yml", WORKER),
            ("workflow.yml", "on: push\njobs: {a: {runs-on: x, steps: [{uses: a/b@v1}]}}\n"),
        ],
    );
    for (arguments, given, code) in [
        ("", "good.yml", 0),
        ("", "good.yml bad.yml", 1),
        (" --all", "good.yml\n", 0),
        ("", "workflow.yml good.yml", 0),
        ("", "*.yml", 2),
    ] {
        for (number, script) in scripts.iter().enumerate() {
            let mut bash = Command::new("bash");
            bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
                .current_dir(&dir)
                .env("PATH", path_with(&dir));
            let output = bash
                .env("SOURCE", "/nonexistent")
                .env("FILES", given)
                .env("ARGUMENTS", arguments)
                .env("ASSUME", "plain-linux  containerd")
                .env("GITHUB_STEP_SUMMARY", dir.join("summary.md"))
                .output()
                .unwrap();
            let expected = if number == 0 { 0 } else { code };
            if number > 0 && code == 1 {
                let said = String::from_utf8_lossy(&output.stdout).into_owned();
                assert!(said.contains("\n::error file=bad.yml,line=2,col=3,"), "{said}");
                let summary = std::fs::read_to_string(dir.join("summary.md")).unwrap();
                assert!(
                    summary.starts_with("### isodoc lint: isolation fails in 1 of "),
                    "{summary}"
                );
            }
            assert_eq!(
                output.status.code(),
                Some(expected),
                "{script}\n{}",
                String::from_utf8_lossy(&output.stdout)
            );
        }
    }
}

#[test]
fn the_helm_script_judges_what_the_chart_renders() {
    use std::os::unix::fs::PermissionsExt;
    let helm = "#!/bin/sh\n[ \"$1 $2\" = 'template release' ] || exit 9\ncat \"$3\"\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: w}\nspec:\n  containers:\n    - {name: \
        w, image: w, securityContext: {privileged: PRIVILEGED}, env: [{name: ENABLE_UNSHARE_PID, \
        value: \"true\"}]}\n";
    let dir = files(
        "lint-helm",
        &[
            ("helm", helm),
            ("good", &pod.replace("PRIVILEGED", "true")),
            ("bad", &pod.replace("PRIVILEGED", "false")),
        ],
    );
    std::fs::set_permissions(dir.join("helm"), std::fs::Permissions::from_mode(0o755)).unwrap();
    for (host, chart, code) in [
        ("plain-linux", "good", 0),
        ("plain-linux", "bad", 1),
        ("bottlerocket", "good", 1),
        ("plain-linux", "gone", 2),
        ("nowhere", "good", 2),
    ] {
        let mut script = Command::new(root().join("examples/helm-lint.sh"));
        let output = script
            .args([host, "release", chart])
            .current_dir(&dir)
            .env("PATH", path_with(&dir))
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(code),
            "{host} {chart}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn the_pre_install_job_is_a_manifest_that_passes_and_runs_a_real_command() {
    let (code, report) = json(root(), &["examples/pre-install-job.yaml"]);
    let container = &report["files"][0]["containers"][0];
    assert_eq!(
        (code, report["files"][0]["kind"].as_str(), container["name"].as_str()),
        (0, Some("kubernetes"), Some("isodoc"))
    );
    let text = std::fs::read_to_string(root().join("examples/pre-install-job.yaml")).unwrap();
    let command = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("command: [isodoc, ")?.strip_suffix(']'))
        .unwrap();
    let words: Vec<&str> = command.split(", ").collect();
    let capture = common::capture("proc-masked-docker");
    assert_eq!(
        isodoc(&words).arg("--snapshot").arg(capture).output().unwrap().status.code(),
        Some(1)
    );
}

/// A name of a pull request's file could speak to the log of its check.
#[test]
fn names_of_files_reach_no_terminal_raw_when_they_are_fixed() {
    let name = "x\n::error title=pwned::hello\n\x1b[31m.yml";
    let container = "services:\n  w:\n    image: x\n    environment:\n      \
                     ENABLE_UNSHARE_PID: \"true\"\n";
    for text in [container, "services: ["] {
        let dir = files("hostile-name", &[(name, text)]);
        for args in [&["--fix", "--diff", name][..], &["--fix", name]] {
            let (_, out, err) = lint(&dir, args);
            for said in [out, err] {
                assert!(!said.contains("\n::error") && !said.contains('\x1b'), "{said:?}");
            }
        }
    }
}

#[test]
fn a_fix_has_no_format_and_says_when_there_is_nothing_to_do() {
    let text = "services:\n  w:\n    image: x\n    privileged: true\n    environment:\n      \
                ENABLE_UNSHARE_PID: \"true\"\n";
    let dir = files("nothing-to-fix", &[("compose.yaml", text)]);
    assert_eq!(
        lint(&dir, &["--fix", "compose.yaml"]),
        (0, "nothing to fix\n".into(), String::new())
    );
    let (code, out, err) = lint(&dir, &["--fix", "--format", "json", "compose.yaml"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("--format"), "{err}");
}

/// A unit of Quadlet is judged as the `podman run` that podman's generator makes of it.
#[test]
fn a_unit_of_quadlet_is_judged_as_its_command_line() {
    let profile = r#"{"defaultAction": "SCMP_ACT_ERRNO"}"#;
    let sets: &[(&str, &str)] = &[
        ("", ""),
        ("PodmanArgs=--privileged", "--privileged"),
        ("User=1000\nGroup=1000", "--user 1000:1000"),
        ("User=1000\nUnmask=ALL", "--user 1000 --security-opt unmask=ALL"),
        ("User=1000\nPodmanArgs=--user 0", "--user 1000 --user 0"),
        ("Unmask=/proc/sys:/proc/keys", "--security-opt unmask=/proc/sys:/proc/keys"),
        ("Mask=/proc/foo", "--security-opt mask=/proc/foo"),
        ("AddCapability=SYS_ADMIN sys_ptrace", "--cap-add SYS_ADMIN --cap-add sys_ptrace"),
        ("DropCapability=all", "--cap-drop all"),
        (
            "DropCapability=all\nAddCapability=sys_admin\nUnmask=ALL",
            "--cap-drop all --cap-add sys_admin --security-opt unmask=ALL",
        ),
        ("SeccompProfile=unconfined", "--security-opt seccomp=unconfined"),
        ("SeccompProfile=./deny.json", "--security-opt seccomp=./deny.json"),
        (
            "SeccompProfile=./deny.json\nAddCapability=SYS_ADMIN",
            "--security-opt seccomp=./deny.json --cap-add SYS_ADMIN",
        ),
        ("SeccompProfile=/none.json", "--security-opt seccomp=/none.json"),
        (
            "SeccompProfile=deny.json\nPodmanArgs=--security-opt seccomp=unconfined",
            "--security-opt seccomp=deny.json --security-opt seccomp=unconfined",
        ),
        ("AppArmor=unconfined", "--security-opt apparmor=unconfined"),
        ("PodmanArgs=--security-opt=apparmor=unconfined", "--security-opt apparmor=unconfined"),
        ("SecurityLabelDisable=true", "--security-opt label=disable"),
        ("SecurityLabelType=spc_t", "--security-opt label=type:spc_t"),
        ("NoNewPrivileges=true", "--security-opt no-new-privileges"),
        ("UserNS=auto", "--userns auto"),
        ("UserNS=keep-id\nUser=1000", "--userns keep-id --user 1000"),
        ("UIDMap=0:10000:10", "--uidmap 0:10000:10"),
        ("ReadOnly=true", "--read-only"),
        ("PidsLimit=2", "--pids-limit 2"),
        ("Ulimit=nproc=1", "--ulimit nproc=1"),
        ("PodmanArgs=--pid host\nNetwork=host", "--pid host --network host"),
        (
            "Environment=ENABLE_UNSHARE_PID=true \"UNSHARE_ISOLATION_FLAGS=--pid --fork\"",
            "-e ENABLE_UNSHARE_PID=true -e 'UNSHARE_ISOLATION_FLAGS=--pid --fork'",
        ),
        ("GlobalArgs=--runtime runsc", ""),
    ];
    let dir = files("quadlet-command", &[("deny.json", profile)]);
    let told = |report: &Value| {
        let container = &report["files"][0]["containers"][0];
        let mechanism = |m: &Value| {
            let remedies = m["remedies"].as_array().unwrap().iter().map(|r| r["id"].clone());
            (
                m["id"].clone(),
                m["flags"].clone(),
                m["verdict"].clone(),
                m["prediction"].clone(),
                m["cause"]["id"].clone(),
                remedies.collect::<Vec<_>>(),
            )
        };
        let all = container["mechanisms"].as_array().unwrap().iter().map(mechanism);
        (container["verdict"].clone(), all.collect::<Vec<_>>(), findings(report))
    };
    for (lines, options) in sets {
        let unit =
            format!("[Container]\nImage=img\n{lines}\nExec=unshare\n[Service]\nLimitNPROC=1\n");
        let global = if lines.starts_with("GlobalArgs") { "--runtime runsc" } else { "" };
        let command = format!("podman {global} run {options} img unshare\n");
        std::fs::write(dir.join("w.container"), unit).unwrap();
        std::fs::write(dir.join("w.sh"), command).unwrap();
        for host in ["plain-linux", "debian-12", "ubuntu-24.04"] {
            let (unit, script) =
                (json_on(host, &dir, &["w.container"]), json_on(host, &dir, &["w.sh"]));
            assert_eq!(unit.0, script.0, "{host}: {lines}");
            assert_eq!(told(&unit.1), told(&script.1), "{host}: {lines}");
        }
    }
}

#[test]
fn units_of_quadlet_are_fixed() {
    let unit = "# jobs\n[Unit]\nDescription=jobs\n\n[Container]\nImage=worker\nDropCapability=ALL\n\
        PidsLimit=100\nExec=unshare --pid --fork true\n\n[Install]\nWantedBy=default.target\n";
    let dir = files("quadlet-fix", &[("w.container", unit)]);
    let (code, report) = json(&dir, &["w.container"]);
    let file = &report["files"][0];
    let container = &file["containers"][0];
    assert_eq!(
        (code, file["kind"].as_str(), container["name"].as_str(), container["line"].as_u64()),
        (1, Some("quadlet"), Some("w"), Some(5)),
    );
    let (code, diff, _) = lint(&dir, &["--fix", "--diff", "w.container"]);
    assert!(code == 0 && diff.contains("\n+AddCapability=SYS_ADMIN\n"), "{code}: {diff}");
    assert_eq!(std::fs::read_to_string(dir.join("w.container")).unwrap(), unit);
    let (code, out, _) = lint(&dir, &["--fix", "w.container"]);
    assert_eq!(code, 0, "{out}");
    let fixed = std::fs::read_to_string(dir.join("w.container")).unwrap();
    assert_eq!(fixed, unit.replace(" true\n", " true\nAddCapability=SYS_ADMIN\n"));
    assert_eq!((json(&dir, &["w.container"]).0, lint(&dir, &["--fix", "w.container"]).0), (0, 0));
    assert_eq!(std::fs::read_to_string(dir.join("w.container")).unwrap(), fixed);
    // What podman refuses cannot be fixed.
    std::fs::write(dir.join("w.container"), unit.replace("PidsLimit", "PidLimit")).unwrap();
    let (code, out, _) = lint(&dir, &["w.container"]);
    assert!(code == 1 && out.contains("unsupported key 'PidLimit' in group 'Container'"), "{out}");
    assert_eq!(lint(&dir, &["--fix", "w.container"]).0, 1);
    // A manifest that a unit refers to is judged, and fixed by itself.
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - name: c\n      \
        image: i\n      command: [unshare, --pid, --fork, 'true']\n";
    let kube = files("quadlet-kube", &[("k.kube", "[Kube]\nYaml=pod.yaml\n"), ("pod.yaml", pod)]);
    let (code, report) = json(&kube, &["k.kube"]);
    let container = &report["files"][0]["containers"][0];
    let cause = &container["mechanisms"][0]["cause"];
    assert_eq!(
        (code, cause["path"].as_str(), cause["line"].as_u64(), container["findings"].as_array()),
        (1, Some("pod.yaml"), Some(6), Some(&vec![]))
    );
    let (code, out, _) = lint(&kube, &["--fix", "k.kube"]);
    assert!(code == 1 && out.contains("fix that file by itself"), "{out}");
}

/// A devcontainer.json is judged as the `docker run` that the dev container CLI makes of it.
#[test]
fn a_devcontainer_is_judged_as_its_command_line_and_fixed() {
    let told = |report: &Value| {
        let container = &report["files"][0]["containers"][0];
        let mechanism = |m: &Value| (m["verdict"].clone(), m["cause"]["id"].clone());
        let all = container["mechanisms"].as_array().unwrap().iter().map(mechanism);
        (container["verdict"].clone(), all.collect::<Vec<_>>())
    };
    let dir = files("devcontainer", &[]);
    let variable = "\"containerEnv\": {\"ENABLE_UNSHARE_PID\": \"true\"}";
    for (keys, options) in [
        ("", ""),
        ("\"privileged\": true,", "--privileged"),
        ("\"capAdd\": [\"SYS_ADMIN\"],", "--cap-add SYS_ADMIN"),
        (
            "\"securityOpt\": [\"seccomp=unconfined\", \"apparmor=unconfined\"],",
            "--security-opt seccomp=unconfined --security-opt apparmor=unconfined",
        ),
        ("\"runArgs\": [\"-u\", \"7:7\", \"--privileged\"],", "-u 7:7 --privileged"),
        ("\"containerUser\": \"root\", \"remoteUser\": \"8\",", "-u 8"),
        ("\"runArgs\": [\"--pids-limit=2\"],", "--pids-limit=2"),
    ] {
        let text = format!("{{\"image\": \"i\", // an image\n{keys}\n{variable},}}\n");
        let command = format!("docker run -e ENABLE_UNSHARE_PID=true {options} i\n");
        std::fs::write(dir.join("devcontainer.json"), text).unwrap();
        std::fs::write(dir.join("w.sh"), command).unwrap();
        for host in ["plain-linux", "debian-12", "ubuntu-24.04"] {
            let (file, script) =
                (json_on(host, &dir, &["devcontainer.json"]), json_on(host, &dir, &["w.sh"]));
            assert_eq!((file.0, told(&file.1)), (script.0, told(&script.1)), "{host}: {keys}");
        }
    }
    let text = "{\n\t\"image\": \"i\", // why\n\t\"containerEnv\": {\"ENABLE_UNSHARE_PID\": \"true\"},\n\t\"capAdd\": \
        [\"SYS_PTRACE\"],\n}\n";
    std::fs::write(dir.join("devcontainer.json"), text).unwrap();
    let (code, out, err) = lint(&dir, &["--fix", "devcontainer.json"]);
    assert_eq!(code, 0, "{out}{err}");
    let fixed = std::fs::read_to_string(dir.join("devcontainer.json")).unwrap();
    assert!(fixed.contains("\"i\", // why\n") && fixed.ends_with(",\n}\n"), "{fixed}");
    let (code, report) = json(&dir, &["devcontainer.json"]);
    assert_eq!((code, report["files"][0]["kind"].as_str()), (0, Some("devcontainer")), "{fixed}");
    // Broken ones are errors at their line.
    for text in ["{\n\"image\": 7}", "{\n\"image\": \"i\",,\n", "{\"a\": \n[[["] {
        std::fs::write(dir.join("devcontainer.json"), text).unwrap();
        let (code, report) = json(&dir, &["devcontainer.json"]);
        let line = report["files"][0]["error"]["line"].as_u64();
        assert!(code == 2 && line.is_some(), "{code}: {text}: {report}");
    }
}

/// The project of what lies in `.devcontainer` is what that lies in, as for the dev container CLI.
#[test]
fn a_devcontainer_names_files_of_the_project_around_it() {
    // Nothing above is a repository.
    let name = format!("isodoc-devcontainer-{}", std::process::id());
    let dir = std::env::temp_dir().join(name);
    let project = dir.join("project");
    std::fs::create_dir_all(project.join(".devcontainer/one")).unwrap();
    std::fs::write(project.join("Dockerfile"), "FROM x\n").unwrap();
    std::fs::write(
        project.join("c.yml"),
        "services:\n  app:\n    image: x\n    privileged: true\n",
    )
    .unwrap();
    std::fs::write(dir.join("c.yml"), "services:\n  app:\n    image: x\n").unwrap();
    let judged = |place: &str, keys: &str| {
        let text = format!("{{{keys}, \"containerEnv\": {{\"ENABLE_UNSHARE_PID\": \"true\"}}}}");
        std::fs::write(project.join(place), text).unwrap();
        json_on("debian-12", &project, &[place]).0
    };
    let dockerfile =
        |path: &str| format!("\"build\": {{\"dockerfile\": \"{path}\"}}, \"privileged\": true");
    let compose = |path: &str| format!("\"dockerComposeFile\": \"{path}\", \"service\": \"app\"");
    for (place, up) in [
        (".devcontainer/devcontainer.json", "../"),
        (".devcontainer/one/devcontainer.json", "../../"),
        (".devcontainer.json", ""),
    ] {
        assert_eq!(judged(place, &dockerfile(&format!("{up}Dockerfile"))), 0, "{place}");
        assert_eq!(judged(place, &compose(&format!("{up}c.yml"))), 0, "{place}");
        // What is around the project is not read.
        assert_eq!(judged(place, &compose(&format!("{up}../c.yml"))), 2, "{place}");
    }
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn units_in_code_blocks_of_a_document() {
    let text = "# Quadlet\n\n```ini\n[Container]\nImage=i\nExec=unshare --pid --fork a\n```\n";
    let dir = files("quadlet-document", &[("README.md", text)]);
    let (code, report) = json(&dir, &["README.md"]);
    let container = &report["files"][0]["containers"][0];
    assert_eq!((code, container["line"].as_u64()), (1, Some(4)));
    assert_eq!(lint(&dir, &["--fix", "README.md"]).0, 0);
    let fixed = std::fs::read_to_string(dir.join("README.md")).unwrap();
    assert_eq!(fixed, text.replace(" a\n", " a\nAddCapability=SYS_ADMIN\n"));
}

/// The edit of the one would be written over that of the other.
#[test]
fn a_file_that_is_given_twice_is_not_fixed() {
    let text = "services:\n  w:\n    image: x\n    environment:\n      \
                ENABLE_UNSHARE_PID: \"true\"\n";
    let dir = files("given-twice", &[("a.yml", text), ("b.yml", text)]);
    std::fs::remove_file(dir.join("b.yml")).unwrap();
    std::os::unix::fs::symlink("a.yml", dir.join("b.yml")).unwrap();
    for args in [["-f", "a.yml", "-f", "./a.yml"], ["-f", "a.yml", "-f", "b.yml"]] {
        let args = [&["--fix"], &args[..]].concat();
        let (code, out, err) = lint(&dir, &args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert!(err.contains("given twice"), "{err}");
    }
    assert_eq!(std::fs::read_to_string(dir.join("a.yml")).unwrap(), text);
}

/// The containers of a pod start together: whatever the others need, all are fixed or none, in one
/// run. On an old kernel `hostUsers: false` is no way out, and nobody is told of it who has not
/// written it.
#[test]
fn the_containers_of_a_pod_are_fixed_in_one_run() {
    let pod = |containers: &str| {
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n{containers}")
    };
    let plain =
        "  - {name: one, image: a}\n  - {name: two, image: a}\n  - {name: three, image: a}\n";
    let init = "  initContainers:\n    - name: init\n      image: b\n  containers:\n    - name: main\n      \
        image: a\n";
    let fixed = [
        pod(&format!("  containers:\n{plain}")),
        pod(init),
        pod(&format!(
            "{init}    - name: side\n      image: c\n      securityContext: \
            {{readOnlyRootFilesystem: true}}\n"
        )),
    ];
    let none = pod(&format!(
        "{init}    - name: strict\n      image: c\n      securityContext: {{allowPrivilegeEscalation: \
            false, capabilities: {{drop: [ALL]}}}}\n"
    ));
    for host in ["debian-12", "debian-13", "ubuntu-24.04", "amazon-linux-2023", "plain-linux"] {
        for text in &fixed {
            let dir = files("pod_fix", &[("p.yaml", text)]);
            let (code, out, err) = lint_on(host, &dir, &["--all", "--fix", "p.yaml"]);
            assert_eq!(code, 0, "{host}\n{out}{err}");
            assert!(!out.contains("not fixed"), "{host}\n{out}");
        }
    }
    let dir = files("pod_fix", &[("p.yaml", &none)]);
    let (code, out, _) = lint_on("debian-12", &dir, &["--all", "--fix", "p.yaml"]);
    assert_eq!((code, std::fs::read_to_string(dir.join("p.yaml")).unwrap()), (1, none));
    assert!(
        out.contains("strict: not fixed: privileged would help, but `privileged: true`"),
        "{out}"
    );
    assert!(out.contains("main: not fixed: strict, in the same pod, cannot be fixed"), "{out}");
    assert!(!out.contains("hostUsers"), "{out}");
}

/// Numbers from a seed, as good as any for this.
struct Dice(u64);

impl Dice {
    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        all[usize::try_from(self.0 >> 33).unwrap() % all.len()]
    }

    /// A pod of some containers.
    fn pod(&mut self) -> String {
        let mut text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n".to_owned();
        text.push_str(self.one_of(&["", "", "  hostUsers: false\n", "  hostPID: true\n"]));
        text.push_str(self.one_of(&["", "  securityContext: {runAsUser: 7}\n"]));
        for (list, most) in [("initContainers", ["", "a"]), ("containers", ["bc", "bcd"])] {
            let names = self.one_of(&most);
            text.push_str(&if names.is_empty() { String::new() } else { format!("  {list}:\n") });
            for name in names.chars() {
                text.push_str(&format!("  - name: {name}\n    image: i\n"));
                text.push_str(
                    self.one_of(&["", "    securityContext:\n      procMount: Default\n"]),
                );
                text.push_str(self.one_of(&[
                    "",
                    "    env: []\n",
                    "    env: [{name: ENABLE_UNSHARE_PID, value: \"true\"}]\n",
                    "    command: [unshare, --user, --pid, --fork, sh]\n",
                ]));
            }
        }
        let context = [
            "",
            "{allowPrivilegeEscalation: false}",
            "{capabilities: {drop: [ALL]}}",
            "{seccompProfile: {type: RuntimeDefault}, runAsUser: 0}",
            "{privileged: false, runAsNonRoot: true}",
        ];
        let context = self.one_of(&context);
        if !context.is_empty() && !text.contains("procMount") {
            text = text.replacen(
                "    image: i\n",
                &format!("    image: i\n    securityContext: {context}\n"),
                1,
            );
        }
        text
    }

    /// A compose file of some services that have to do with each other.
    fn project(&mut self) -> String {
        let base = self.one_of(&[
            "{image: i}",
            "{image: i, security_opt: [no-new-privileges]}",
            "{image: i, cap_drop: [ALL], user: '7'}",
            "{image: i, cap_add: [NET_ADMIN], environment: {A: 1}}",
        ]);
        let mut text = format!("x-b: &b {base}\nx-l: &l [seccomp=unconfined]\nservices:\n");
        for name in "abc".chars() {
            text.push_str(&format!("  {name}:\n"));
            text.push_str(self.one_of(&[
                "    image: i\n",
                "    <<: *b\n",
                "    image: i\n    security_opt: *l\n",
                "    image: i\n    cap_drop: [SETFCAP, MKNOD]\n",
                if name == 'a' { "    image: j\n" } else { "    extends: a\n" },
            ]));
            text.push_str(
                self.one_of(&["", "    cap_add: [SYS_ADMIN]\n", "    privileged: false\n"]),
            );
        }
        text
    }
}

/// A second run finds nothing to change, and what was fixed is fixed.
#[test]
fn a_second_fix_changes_nothing() {
    let mut dice = Dice(11);
    for number in 0..30 {
        let (pod, project) = (dice.pod(), dice.project());
        let host = dice.one_of(&["debian-12", "debian-13", "ubuntu-24.04", "rhel-9", "fargate"]);
        let dir = files("fix_twice", &[("p.yaml", &pod), ("c.yaml", &project)]);
        let fix = || lint_on(host, &dir, &["--all", "--fix", "p.yaml", "c.yaml"]);
        let read =
            || ["p.yaml", "c.yaml"].map(|name| std::fs::read_to_string(dir.join(name)).unwrap());
        let (first, said, err) = fix();
        let after = read();
        let about =
            format!("{number} on {host}:\n{pod}{project}{said}{err}\n{}{}", after[0], after[1]);
        assert!(first <= 1 || first == 3, "{about}");
        let of_pod: Vec<&str> = said.lines().filter(|line| line.starts_with("p.yaml")).collect();
        let fixed = of_pod.iter().filter(|line| line.contains(": fixed by ")).count();
        let not = of_pod
            .iter()
            .filter(|line| line.contains("not fixed") && !line.contains("cannot tell"));
        assert!(fixed == 0 || not.count() == 0, "{about}");
        let (second, said, _) = fix();
        assert_eq!((second, read()), (first, after), "{about}");
        assert!(!said.contains(": fixed by "), "{about}");
    }
}

/// As the real programs did in containers of dockerd 28 (`nsjail`, `bwrap`).
#[test]
fn a_command_that_is_not_unshare_is_judged_as_itself() {
    let file = "\
docker run --security-opt seccomp=unconfined --name a \\
  alpine bwrap --unshare-all --ro-bind / / true
docker run --security-opt seccomp=unconfined --name b \\
  alpine bwrap --unshare-all --ro-bind / / --proc /proc true
docker run --cap-add SYS_ADMIN --security-opt systempaths=unconfined --name c \\
  alpine bwrap --unshare-all --ro-bind / / --proc /proc true
docker run --security-opt systempaths=unconfined --security-opt seccomp=unconfined --name d \\
  alpine bwrap --unshare-all --ro-bind / / --proc /proc true
docker run --cap-add SYS_ADMIN --security-opt systempaths=unconfined --name e \\
  alpine nsjail -Mo --chroot / -- /bin/true
docker run --cap-add SYS_ADMIN --security-opt systempaths=unconfined --name f \\
  alpine nsjail -Mo --chroot / --no_pivotroot --iface_no_lo -- /bin/true
docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined \\
  --cap-drop SETFCAP --name g alpine bwrap --unshare-all --ro-bind / / --proc /proc true
docker run --security-opt seccomp=unconfined --name h \\
  alpine sh -c 'bwrap --unshare-net --dev-bind / / true; echo --proc'
docker run --user 1000 --security-opt seccomp=unconfined --name i \\
  alpine chromium --headless
docker run --security-opt seccomp=unconfined --name j \\
  alpine chromium --headless
";
    let dir = files("programs", &[("run.sh", file)]);
    let (_, report) = json_on("plain-linux", &dir, &["run.sh"]);
    let told: Vec<String> = report["files"][0]["containers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|container| {
            let mechanisms = container["mechanisms"].as_array().unwrap();
            let asked = mechanisms.iter().find(|m| m["required"] == true).unwrap();
            let cause = asked["cause"]["id"].as_str().unwrap_or("works");
            format!(
                "{} {} {cause}",
                container["name"].as_str().unwrap(),
                asked["id"].as_str().unwrap()
            )
        })
        .collect();
    let wanted = [
        "a bubblewrap works",
        "b bubblewrap proc-masked",
        "c bubblewrap seccomp-pivot-root",
        "d bubblewrap works",
        "e nsjail seccomp-pivot-root",
        "f nsjail works",
        "g bubblewrap setfcap-missing",
        // As root without a user namespace.
        "h bubblewrap no-cap-sys-admin",
        "i chromium works",
        "j chromium refuses-root",
    ];
    assert_eq!(told, wanted);
}

/// The call that is named is the one that the program makes.
#[test]
fn a_program_that_clones_is_refused_at_clone() {
    for (command, call) in [
        ("bwrap --unshare-user --ro-bind / / true", "clone(2)"),
        ("nsjail -Mo --chroot / -- /bin/true", "clone(2)"),
        ("unshare --user true", "unshare(2)"),
    ] {
        let dir = files("call", &[("run.sh", &format!("docker run alpine {command}"))]);
        let (_, screen, _) = lint_on("plain-linux", &dir, &["run.sh"]);
        let told = format!("will fail  creating the namespaces: {call}: Operation not permitted");
        assert!(screen.contains(&told), "{command}: {screen}");
    }
}

/// Measured: with a file bound over /proc/cpuinfo, `unshare -Urpf --mount-proc true` fails (EPERM)
/// as root with every capability too (Linux 6.18; the kernel's `mount_too_revealing()`).
#[test]
fn a_volume_below_proc_covers_it() {
    let dir = files(
        "volume-below-proc",
        &[
            (
                "compose.yml",
                "services:\n  a:\n    image: i\n    privileged: true\n    volumes:\n      - \
                 /lxcfs/cpuinfo:/proc/cpuinfo:rw\n  b:\n    image: i\n    privileged: true\n    \
                 volumes: [{type: bind, source: /x, target: /proc/stat}]\n  c:\n    image: i\n    \
                 privileged: true\n    volumes: [/proc:/host/proc:ro]\n  d:\n    image: i\n    \
                 privileged: true\n    tmpfs: /proc/scsi:size=1m\n",
            ),
            (
                "run.sh",
                "docker run --privileged -v /lxcfs/meminfo:/proc/meminfo:ro i\ndocker run \
                 --privileged --mount type=bind,src=/x,dst=/proc/uptime i\ndocker run --privileged \
                 -v /x:/procs i\n",
            ),
            (
                "pod.yml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: \
                 a\n    image: i\n    securityContext: {privileged: true}\n    volumeMounts:\n    \
                 - {name: l, mountPath: /proc/cpuinfo}\n  volumes: [{name: l, hostPath: {path: \
                 /l}}]\n",
            ),
            (
                "q.container",
                "[Container]\nImage=i\nPodmanArgs=--privileged\nVolume=/x:/proc/swaps\n",
            ),
        ],
    );
    let expected = [
        ("compose.yml", vec![Some(6), Some(10), None, Some(18)]),
        ("run.sh", vec![Some(1), Some(2), None]),
        ("pod.yml", vec![Some(10)]),
        ("q.container", vec![Some(4)]),
    ];
    for (name, lines) in expected {
        let (_, report) = json(&dir, &["--all", name]);
        let containers = report["files"][0]["containers"].as_array().unwrap();
        let found: Vec<_> = containers
            .iter()
            .map(|container| {
                let cause = &container["mechanisms"][0]["cause"];
                assert!(cause.is_null() || cause["id"] == "proc-masked", "{name}: {container:#}");
                cause["line"].as_u64()
            })
            .collect();
        assert_eq!(found, lines, "{name}");
    }
    // Docker 28.5.2: `cannot open /proc/self/uid_map: Read-only file system`.
    let dir = files(
        "volume-over-proc",
        &[(
            "run.sh",
            "docker run --privileged -v /proc:/proc:ro i unshare -Urpf --mount-proc true\n",
        )],
    );
    let (_, screen, _) = lint_on("plain-linux", &dir, &["--all", "run.sh"]);
    let screen = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in ["does not work", "/proc is mounted read-only"] {
        assert!(screen.contains(told), "{screen}");
    }
}

/// moby `daemon/seccomp_linux.go` and `daemon/oci_linux.go`, podman
/// `pkg/specgen/generate/security_linux.go`: `--privileged` lifts what the engine gives by default,
/// not what is asked for. containerd and CRI-O drop the filter all the same.
#[test]
fn a_profile_that_is_asked_for_stays_where_it_is_privileged() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: a\n\
        \x20   image: i\n    securityContext: {privileged: true, seccompProfile: {type: \
        Localhost, localhostProfile: shut.json}}\n";
    let dir = files(
        "privileged-profile",
        &[
            ("shut.json", r#"{"defaultAction": "SCMP_ACT_ERRNO"}"#),
            ("open.json", r#"{"defaultAction": "SCMP_ACT_ALLOW"}"#),
            (
                "run.sh",
                "docker run --privileged --security-opt seccomp=shut.json i\npodman run \
                 --privileged --security-opt seccomp=shut.json i\ndocker run --privileged \
                 --security-opt seccomp=open.json i\ndocker run --privileged --security-opt \
                 apparmor=docker-default i\ndocker run --privileged i\n",
            ),
            (
                "compose.yml",
                "services:\n  a:\n    image: i\n    privileged: true\n    security_opt: \
                 [seccomp=shut.json]\n",
            ),
            ("pod.yml", pod),
        ],
    );
    let expected = [
        (
            "run.sh",
            vec![
                Some("seccomp-unshare"),
                Some("seccomp-unshare"),
                None,
                Some("apparmor-deny-mount"),
                None,
            ],
        ),
        ("compose.yml", vec![Some("seccomp-unshare")]),
        ("pod.yml", vec![None]),
    ];
    for (name, causes) in expected {
        let (_, report) = json_on("ubuntu-24.04", &dir, &["--all", name]);
        let containers = report["files"][0]["containers"].as_array().unwrap();
        let found: Vec<_> =
            containers.iter().map(|c| c["mechanisms"][0]["cause"]["id"].as_str()).collect();
        assert_eq!(found, causes, "{name}");
        for container in containers {
            let moot = container["findings"].as_array().unwrap();
            let moot = moot.iter().any(|finding| finding["rule"] == "privileged-makes-moot");
            assert_eq!(moot, name == "pod.yml", "{name}: {container:#}");
        }
    }
}
