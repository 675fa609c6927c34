//! What documents and data mention, and what they leave to be filled in.

use crate::{files, findings, json, lint};

/// `<app>` was "no name that a container can have".
#[test]
fn a_placeholder_in_a_unit_of_a_document_is_no_mistake() {
    let unit = "[Container]\nContainerName=<app>\nImage=quay.io/<user>/<app>:latest\n\
                Exec=unshare -Ur true\n";
    let shown = format!("# How to\n\n```ini\n{unit}```\n");
    let dir = files("placeholders", &[("README.md", &shown), ("own.container", unit)]);
    let (_, report) = json(&dir, &["--all", "README.md"]);
    assert_eq!(report["files"][0]["containers"].as_array().unwrap().len(), 1);
    let told = |report: &serde_json::Value| {
        findings(report).iter().any(|(id, _)| id == "container-may-not-start")
    };
    assert!(!told(&report), "{report:#}");
    // In a unit itself it is what Podman gets.
    assert!(told(&json(&dir, &["--all", "own.container"]).1));
}

#[test]
fn an_apostrophe_in_data_closes_nothing() {
    let prose = "steps:\n  - name: first\n    text: |\n      We use docker run here; it's fine.\n";
    let command = "      docker run --privileged alpine unshare -Ur true\n";
    let both = format!("{prose}{command}");
    let dir = files(
        "prose-in-data",
        &[
            ("a.yaml", prose),
            ("b.yaml", &both),
            ("notes.txt", "You'd use docker run, don't you\ndocker run isn't needed\n"),
            ("run.sh", "echo it's\ndocker run alpine\n"),
        ],
    );
    for name in ["a.yaml", "b.yaml", "notes.txt"] {
        let (code, out, err) = lint(&dir, &["--all", name]);
        assert_ne!(code, 2, "{name}: {out}{err}");
    }
    let (_, report) = json(&dir, &["--all", "b.yaml"]);
    assert_eq!(report["files"][0]["containers"].as_array().unwrap().len(), 1, "{report:#}");
    assert!(findings(&report).iter().all(|(id, _)| id != "unterminated-quote"), "{report:#}");
    assert_eq!(lint(&dir, &["run.sh"]).0, 2);
}

/// Docker 20.10: `unable to find user vscode: no matching entries in passwd file`.
#[test]
fn a_devcontainer_of_a_user_and_a_profile() {
    let user = |image: &str, more: &str| {
        format!(
            "{{\"image\": \"{image}\", \"remoteUser\": \"vscode\", {more}\"securityOpt\": \
             [\"seccomp=${{localWorkspaceFolder}}/s.json\"], \"postCreateCommand\": \"unshare -Ur \
             true\"}}"
        )
    };
    let own = user("mcr.microsoft.com/devcontainers/base:debian", "");
    let dir = files(
        "devcontainer-user",
        &[
            ("s.json", "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}"),
            (".devcontainer/devcontainer.json", &user("debian:12", "")),
            (".devcontainer/b/devcontainer.json", &own),
            (
                ".devcontainer/c/devcontainer.json",
                &user("debian:12", "\"features\": {\"common-utils\": {}}, "),
            ),
            (".devcontainer.json", &own),
        ],
    );
    for (name, lacks) in [
        (".devcontainer/devcontainer.json", true),
        (".devcontainer/b/devcontainer.json", false),
        (".devcontainer/c/devcontainer.json", false),
        (".devcontainer.json", false),
    ] {
        let (_, report) = json(&dir, &["--all", name]);
        let said = findings(&report);
        let may_not = said.iter().any(|(id, _)| id == "container-may-not-start");
        assert_eq!(may_not, lacks, "{name}: {said:?}");
        for id in ["profile-file-missing", "seccomp-profile-relative"] {
            assert!(said.iter().all(|(found, _)| found != id), "{name}: {said:?}");
        }
    }
}
