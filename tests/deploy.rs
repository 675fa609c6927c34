//! What `deploy/` offers, held by the programs that it is for. What is not installed is said by its
//! name, and skipped.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed"
)]
#![cfg(unix)]

mod common;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{CAPTURES, capture, directory, isodoc, parts, said};
use serde_json::Value;

fn deploy(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(deploy(path)).unwrap()
}

/// What a program says, its exit code before that; none where it is not installed.
fn program(name: &str, args: &[&str], dir: &Path) -> Option<(i32, String)> {
    match Command::new(name).args(args).current_dir(dir).output() {
        Ok(output) => {
            let (code, out, err) = parts(output);
            Some((code, out + &err))
        }
        Err(why) => {
            println!("skipped: {name}: {why}");
            None
        }
    }
}

fn accepts(name: &str, args: &[&str], dir: &Path) -> String {
    let Some((code, said)) = program(name, args, dir) else { return String::new() };
    assert_eq!(code, 0, "{name} {args:?}: {said}");
    said
}

/// An `isodoc` in a directory of its own that answers for a capture, whatever the machine is.
fn standing_in(dir: &Path, name: &str) -> PathBuf {
    let path = dir.join("isodoc");
    let (isodoc, capture) = (env!("CARGO_BIN_EXE_isodoc"), capture(name));
    let script = format!("#!/bin/sh\nexec {isodoc} \"$@\" --snapshot {}\n", capture.display());
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn isodoc_lints_its_own() {
    let mut command = isodoc(&["lint", "--assume", "plain-linux", "--format", "json", "."]);
    let (code, out, err) = parts(command.current_dir(deploy("")).output().unwrap());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let files = report["files"].as_array().unwrap();
    let paths: Vec<&str> = files.iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&"helm/manifests/daemonset.yaml"), "{paths:?}");
    assert!(files.iter().all(|file| file["error"].is_null()), "{out}");
}

#[test]
fn systemd_takes_the_units() {
    let dir = directory("deploy-systemd");
    for name in ["isodoc.service", "isodoc.timer"] {
        let unit = text(&format!("systemd/{name}"));
        std::fs::write(
            dir.join(name),
            unit.replace("/usr/bin/isodoc", env!("CARGO_BIN_EXE_isodoc")),
        )
        .unwrap();
    }
    let args = ["verify", "--man=no", "./isodoc.service", "./isodoc.timer"];
    assert_eq!(accepts("systemd-analyze", &args, &dir), "");
}

#[test]
fn prometheus_takes_the_alerts_and_has_their_metrics() {
    let dir = deploy("prometheus");
    accepts("promtool", &["check", "rules", "isodoc.rules.yml"], &dir);
    accepts("promtool", &["test", "rules", "isodoc.test.yml"], &dir);
    let path = capture("host-root");
    let args = ["check", "--format", "prometheus", "--snapshot", path.to_str().unwrap()];
    let (_, metrics, _) = said(&args);
    let rules = text("prometheus/isodoc.rules.yml");
    let asked: Vec<&str> =
        rules.lines().filter_map(|l| l.trim().strip_prefix("expr: isodoc")).collect();
    assert_eq!(asked.len(), 2);
    for expression in asked {
        let (name, rest) = expression.split_once('{').unwrap();
        let labels = rest.split_once('}').unwrap().0.split(", ");
        let has = |line: &str| {
            line.starts_with(&format!("isodoc{name}{{")) && labels.clone().all(|l| line.contains(l))
        };
        assert!(metrics.lines().any(has), "{expression}\n{metrics}");
    }
}

#[test]
fn the_role_installs_a_local_fact() {
    let dir = directory("deploy-ansible");
    let (play, binary) = (deploy("ansible/isodoc.yml"), directory("deploy-ansible-binary"));
    let run = |name: &str, more: &str| {
        let variables = format!(
            "isodoc_binary={} isodoc_directory={dir} isodoc_facts={dir}/facts \
            ansible_python_interpreter={{{{ansible_playbook_python}}}} {more}",
            standing_in(&binary, name).display(),
            dir = dir.display(),
        );
        let args = ["-i", "localhost,", "-c", "local", "-e", &variables, play.to_str().unwrap()];
        program("ansible-playbook", &args, &dir)
    };
    let Some((code, said)) = run("host-root", "") else { return };
    assert_eq!(code, 0, "{said}");
    let fact = Command::new(dir.join("facts/isodoc.fact")).output().unwrap();
    let fact: Value = serde_json::from_slice(&fact.stdout).unwrap();
    assert_eq!(fact["verdict"], "supported");
    let (_, again) = run("host-root", "").unwrap();
    assert!(again.contains("changed=0"), "{again}");
    let (code, refused) = run("proc-masked-docker", "").unwrap();
    assert!(code != 0 && refused.contains("proc-masked"), "{refused}");
    let (code, said) = run("proc-masked-docker", "isodoc_required=false").unwrap();
    assert_eq!(code, 0, "refused is an answer: {said}");
    let (code, said) = run("host-root", "isodoc_question=--no-such-option").unwrap();
    assert!(code != 0, "that is none: {said}");
}

/// What node-problem-detector asks of a custom plugin: its own validation, and the codes and the
/// line that a plugin may give.
#[test]
fn node_problem_detector_has_a_plugin() {
    let config: Value = serde_json::from_str(&text("npd/isodoc.json")).unwrap();
    assert_eq!(config["plugin"], "custom");
    let seconds =
        |of: &Value| of.as_str().unwrap().strip_suffix('s').unwrap().parse::<u32>().unwrap();
    for rule in config["rules"].as_array().unwrap() {
        assert!(seconds(&rule["timeout"]) <= seconds(&config["pluginConfig"]["timeout"]));
        let conditions = config["conditions"].as_array().unwrap();
        assert!(conditions.iter().any(|condition| condition["type"] == rule["condition"]));
        assert_eq!(
            (&rule["type"], &rule["path"]),
            (&"permanent".into(), &"/usr/bin/isodoc".into())
        );
        let args: Vec<&str> =
            rule["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()).collect();
        for (name, .., code) in CAPTURES {
            let path = capture(name);
            let (got, out, err) =
                said(&[&args[..], &["--snapshot", path.to_str().unwrap()]].concat());
            assert_eq!((got, err.as_str()), (*code, ""));
            assert!(
                out.len() as u64
                    <= config["pluginConfig"]["max_output_length"].as_u64().unwrap() + 1
            );
        }
    }
}

#[test]
fn node_feature_discovery_has_the_labels_that_the_rule_asks_for() {
    let path = capture("host-root");
    let (_, labels, _) = said(&["check", "--format", "nfd", "--snapshot", path.to_str().unwrap()]);
    let rule = text("nfd/node-feature-rule.yaml");
    let asked = rule.lines().filter_map(|line| line.trim().strip_prefix("isodoc."));
    let asked: Vec<_> = asked.map(|line| line.split_once(": {op: In, value: [").unwrap()).collect();
    assert_eq!(asked.len(), 2);
    for (label, rest) in asked {
        let line = format!("isodoc.{label}={}", rest.trim_end_matches("]}"));
        assert!(labels.lines().any(|known| known == line), "{line}\n{labels}");
    }
}

/// The loops of the DaemonSet, in shells whose `sleep` ends them.
#[test]
fn the_daemonset_writes_labels_and_a_line() {
    let manifest = text("helm/manifests/daemonset.yaml");
    let command = |line: &str| {
        Some(line.trim().strip_prefix("command: [sh, -c, \"")?.strip_suffix("\"]")?.to_owned())
    };
    let commands: Vec<String> = manifest.lines().filter_map(command).collect();
    let [asks, labels] = &commands[..] else { panic!("{commands:?}") };
    for (name, verdict, ..) in CAPTURES {
        let dir = directory("deploy-daemonset");
        standing_in(&dir, name);
        std::fs::write(dir.join("sleep"), "#!/bin/sh\nkill -TERM $PPID\n").unwrap();
        std::fs::set_permissions(dir.join("sleep"), std::fs::Permissions::from_mode(0o755))
            .unwrap();
        for place in ["answers", "features"] {
            std::fs::create_dir(dir.join(place)).unwrap();
        }
        let run = |command: &str| {
            let place = |name: &str| format!("{}/{name}", dir.display());
            let command = command
                .replace("/answers", &place("answers"))
                .replace("/features", &place("features"));
            let path = format!("{}:/usr/bin:/bin", dir.display());
            let output =
                Command::new("sh").args(["-c", &command]).env("PATH", path).output().unwrap();
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
        };
        let (line, err) = run(asks);
        let report: Value =
            serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {err}"));
        assert_eq!(report["verdict"], *verdict);
        assert_eq!(run(labels).1, "");
        let written: Vec<_> = std::fs::read_dir(dir.join("features")).unwrap().collect();
        assert_eq!(written.len(), 1);
        let label = std::fs::read_to_string(dir.join("features/isodoc")).unwrap();
        assert!(label.contains(&format!("isodoc.verdict={verdict}\n")), "{label}");
    }
}

/// The chart is the manifests, with its values in them.
#[test]
fn the_chart_takes_its_values_and_no_others() {
    let chart = deploy("helm");
    let script = r#"
import json, sys, yaml, jsonschema
schema = json.load(open("values.schema.json"))
check = jsonschema.Draft7Validator(schema)
jsonschema.Draft7Validator.check_schema(schema)
values = yaml.safe_load(open("values.yaml"))
check.validate(values)
for wrong in [{"image": "isodoc"}, {"imge": "x:1"}, {"image": "a b:1"}, {"nodeSelector": {"a": 1}}, {"job": "yes"}]:
    assert not check.is_valid({**values, **wrong}), wrong
for right in ["a/b:1", "r.example:5000/isodoc:0.1.0", "a@sha256:" + "0" * 64]:
    check.validate({**values, "image": right})
for name in ["daemonset", "job"]:
    yaml.safe_load(open(f"manifests/{name}.yaml"))
"#;
    // Not only Python, but what it needs.
    match program("python3", &["-c", "import jsonschema, yaml"], &chart) {
        Some((0, _)) => _ = accepts("python3", &["-c", script], &chart),
        _ => println!("skipped: python3 with jsonschema and yaml"),
    }
    accepts("helm", &["lint", "--strict", "."], &chart);
    let values = [
        "--set",
        "image=r.example/isodoc:1",
        "--set",
        "securityContext.privileged=true",
        "--set",
        "nodeSelector.a=b",
    ];
    let args = [&["template", "release", "."], &values[..]].concat();
    let Some((code, rendered)) = program("helm", &args, &chart) else { return };
    assert_eq!(code, 0, "{rendered}");
    assert_eq!(rendered.matches("image: r.example/isodoc:1").count(), 3, "{rendered}");
    assert_eq!(rendered.matches("privileged: true").count(), 2, "{rendered}");
    assert_eq!(rendered.matches("nodeSelector:\n").count(), 2, "{rendered}");
    assert!(rendered.contains("helm.sh/hook: pre-install,pre-upgrade"), "{rendered}");
    let (_, one) =
        program("helm", &["template", "release", ".", "--set", "daemonset=false"], &chart).unwrap();
    assert_eq!((one.matches("kind: Job").count(), one.matches("kind: DaemonSet").count()), (1, 0));
    let (code, why) =
        program("helm", &["template", "release", ".", "--set", "imge=x"], &chart).unwrap();
    assert!(code != 0 && why.contains("imge"), "{why}");
}
