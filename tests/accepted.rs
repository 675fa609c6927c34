//! What is accepted, and why: comments in the files.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]
#![cfg(unix)]

mod common;

use std::path::Path;

use common::{directory, isodoc, parts};
use serde_json::Value;

/// What `lint` says of one file, as JSON, with its exit code.
fn lint(dir: &Path, name: &str, text: &str) -> (i32, Value) {
    std::fs::write(dir.join(name), text).unwrap();
    let mut command = isodoc(&["lint", "--assume", "ubuntu-24.04", "--format", "json", name]);
    let (code, out, err) = parts(command.current_dir(dir).output().unwrap());
    (code, serde_json::from_str(&out).unwrap_or_else(|why| panic!("{why}\n{out}{err}")))
}

/// The titles of what an entry says under an id.
fn titles(entry: &Value, id: &str) -> Vec<String> {
    let findings = entry["findings"].as_array().unwrap().iter();
    let own = findings.filter(|finding| finding["rule"] == id);
    own.map(|finding| finding["title"].as_str().unwrap().to_owned()).collect()
}

const UNUSED: &str = "ignore-without-effect";

#[test]
fn a_comment_accepts_a_refusal_in_each_dialect() {
    let dir = directory("accepted-dialects");
    let refused = "seccomp-unshare";
    let files = [
        ("compose.yml", "services:\n  #\n  w:\n    command: unshare -r true\n"),
        (
            "pod.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  #\n  - name: w\n    image: x\n    \
            command: [unshare, --user, --map-root-user, --pid, --fork, --mount-proc, 'true']\n",
        ),
        ("run.sh", "#\ndocker run --rm x unshare -r true\n"),
        (
            "w.container",
            "#\n[Container]\nImage=x\nExec=unshare --user --map-root-user --pid --fork --mount-proc true\n",
        ),
        ("README.md", "```sh\n#\ndocker run --rm x unshare -r true\n```\n"),
    ];
    for (name, text) in files {
        let (code, report) = lint(&dir, name, text);
        let container = &report["files"][0]["containers"][0];
        assert_eq!((code, container["verdict"].as_str()), (1, Some("unsupported")), "{name}");
        let cause = container["mechanisms"][0]["cause"]["id"].as_str().unwrap();
        let accept =
            |id: &str| text.replacen("#\n", &format!("# isodoc: ignore[{id}] tested\n"), 1);
        let (code, report) = lint(&dir, name, &accept(cause));
        let entry = &report["files"][0];
        assert_eq!(code, 0, "{name} {cause}: {report:#}");
        assert_eq!(entry["accepted"][0]["reason"], "tested", "{name}");
        assert_eq!(entry["accepted"][0]["rule"], cause, "{name}");
        // What is refused stays refused: it does not count, and that is all.
        assert_eq!(entry["containers"][0]["verdict"], "unsupported", "{name}");
        assert_eq!(entry["containers"][0]["required"], false, "{name}");
        assert_eq!(titles(entry, UNUSED), Vec::<String>::new(), "{name}");
        // Another id accepts nothing, and is a finding.
        let other = if cause == refused { "proc-masked" } else { refused };
        let (code, report) = lint(&dir, name, &accept(other));
        assert_eq!(code, 1, "{name}");
        let title = format!("nothing is said here that has the id `{other}`");
        assert_eq!(titles(&report["files"][0], UNUSED), [title], "{name}");
    }
}

#[test]
fn a_comment_accepts_a_finding_on_its_line() {
    let dir = directory("accepted-finding");
    let file = |comment: &str| {
        format!(
            "services:\n  w:\n    image: x\n    command: unshare -r true\n    privilegd: true{comment}\n"
        )
    };
    let said = |text: &str| {
        let (_, report) = lint(&dir, "compose.yml", text);
        let entry = report["files"][0].clone();
        let own = [titles(&entry, "misspelt-key"), titles(&entry["containers"][0], "misspelt-key")];
        (own.concat().len(), titles(&entry, UNUSED))
    };
    assert_eq!(said(&file("")), (1, vec![]));
    assert_eq!(said(&file(" # isodoc: ignore[misspelt-key] a joke")), (0, vec![]));
    for (comment, why) in [
        (" # isodoc: ignore[misspelt-key]", "say why"),
        (" # isodoc: ignore[mispelt-key] x", "`misspelt-key`"),
        (" # isodoc: ignore misspelt-key", "ignore[ID] reason"),
    ] {
        let (left, unused) = said(&file(comment));
        assert_eq!((left, unused.len()), (1, 1), "{comment}");
        assert!(unused[0].contains(why), "{comment}: {unused:?}");
    }
}

#[test]
fn fix_leaves_alone_what_is_accepted() {
    let dir = directory("accepted-fix");
    let services = |first: &str| {
        format!(
            "services:\n  {first}\n  a:\n    command: unshare -r true\n  b:\n    command: unshare -r true\n"
        )
    };
    let (_, report) = lint(&dir, "compose.yml", &services("#"));
    let cause = report["files"][0]["containers"][0]["mechanisms"][0]["cause"]["id"].clone();
    let text = services(&format!("# isodoc: ignore[{}] x", cause.as_str().unwrap()));
    std::fs::write(dir.join("compose.yml"), &text).unwrap();
    let mut command = isodoc(&["lint", "--assume", "ubuntu-24.04", "--fix", "compose.yml"]);
    let (code, out, err) = parts(command.current_dir(&dir).output().unwrap());
    assert_eq!(code, 0, "{out}{err}");
    let fixed = std::fs::read_to_string(dir.join("compose.yml")).unwrap();
    let (first, second) = fixed.split_once("  b:\n").unwrap();
    assert_eq!(Some(first), text.split_once("  b:\n").map(|(first, _)| first));
    assert!(second.contains("security_opt"), "{fixed}");
}
