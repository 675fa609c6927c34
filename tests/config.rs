//! `isodoc.toml`, baselines and `diff`: used well, and used wrongly.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]
#![cfg(unix)]

mod common;

use std::path::{Path, PathBuf};

use common::{capture, changed, directory, isodoc, parts, said};
use serde_json::{Value, json};

/// A directory with these files.
fn with(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let dir = directory(name);
    for (path, text) in files {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

/// Runs isodoc in a directory.
fn run(dir: &Path, args: &[&str]) -> (i32, String, String) {
    parts(isodoc(args).current_dir(dir).output().unwrap())
}

/// What it says as JSON, and its exit code.
fn report(dir: &Path, args: &[&str]) -> (i32, Value) {
    let (code, out, err) = run(dir, &[args, &["--format", "json"]].concat());
    (code, serde_json::from_str(&out).unwrap_or_else(|why| panic!("{args:?}: {why}\n{out}{err}")))
}

/// A service that Docker's default seccomp profile keeps from isolating, and one that asks nothing.
const COMPOSE: &str = "services:\n  w:\n    image: acme/w\n    command: unshare -r true\n  other:\n    image: acme/other\n";

#[test]
fn the_nearest_above_counts_and_the_command_line_goes_first() {
    let dir = with(
        "config-found",
        &[
            ("isodoc.toml", "assume = [\"debian-12\"]\n"),
            ("deploy/compose.yml", COMPOSE),
            ("repo/.git/HEAD", ""),
            ("repo/compose.yml", COMPOSE),
            ("named.toml", "assume = [\"rhel-9\"]\n"),
        ],
    );
    let host = |place: &str, args: &[&str]| {
        let args = [&["lint", "compose.yml"], args].concat();
        report(&dir.join(place), &args).1["host"].as_str().unwrap().to_owned()
    };
    assert_eq!(host("deploy", &[]), "debian-12");
    assert_eq!(host("deploy", &["--assume", "ubuntu-24.04"]), "ubuntu-24.04");
    assert_eq!(host("deploy", &["--config", "../named.toml"]), "rhel-9");
    let snapshot = capture("seccomp-eperm");
    assert_eq!(host("deploy", &["--snapshot", snapshot.to_str().unwrap()]), "snapshot");
    assert_eq!(host("repo", &[]), "this-host", "a repository ends the search");
    let (code, out, _) = run(&dir.join("deploy"), &["lint", "--print-config"]);
    assert_eq!((code, out.lines().last()), (0, Some("assume = [\"debian-12\"]")), "{out}");
    let (code, out, _) = run(&dir.join("repo"), &["check", "--print-config"]);
    assert_eq!((code, out.as_str()), (0, "# no isodoc.toml\n"));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, why) in [
        ("\nasume = []\n", "isodoc.toml:2:1: unknown key `asume`; the nearest is `assume`"),
        ("assume = [\"debian-12\"\n", "isodoc.toml:"),
        ("[[accept]]\nrule = \"chrot\"\n", "isodoc.toml:"),
        ("[images]\n\"*\" = \"unsher\"\n", "isodoc.toml:2:7: unknown mechanism `unsher`"),
    ] {
        let dir = with("config-wrong", &[("isodoc.toml", text), ("compose.yml", COMPOSE)]);
        for command in [&["lint", "compose.yml"][..], &["check"]] {
            let (code, out, err) = run(&dir, command);
            assert_eq!((code, out.as_str()), (2, ""), "{text}");
            assert!(err.contains(why), "{text}: {err}");
        }
    }
    let (code, _, err) = said(&["check", "--config", "/no/such.toml"]);
    assert!(code == 2 && err.contains("/no/such.toml"), "{err}");
}

#[test]
fn the_schema_takes_what_isodoc_takes() {
    let (_, text, _) = said(&["schema", "config"]);
    let schema: Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let good = json!({
        "require": ["unshare"], "assume": ["debian-12"], "flags": "--user",
        "images": {"*": "nsjail"},
        "containers": [{"files": ["deploy/*"], "mechanism": "unshare"}],
        "accept": [{"rule": "chroot", "files": ["*"], "reason": "x", "until": "2030-01-31"}],
    });
    assert!(validator.is_valid(&good));
    for wrong in [
        json!({"asume": []}),
        json!({"assume": ["debian"]}),
        json!({"accept": [{"rule": "chroot", "files": ["*"], "until": "2030-01-31"}]}),
        json!({"containers": [{"files": ["*"], "mechanism": "userns-remap"}]}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn what_a_project_requires_of_its_files() {
    let config = "assume = [\"ubuntu-24.04\"]\n[[containers]]\nfiles = [\"deploy/*.yml\"]\n\
        mechanism = \"bubblewrap\"\n[images]\n\"acme/other\" = \"unshare\"\n";
    let quiet = COMPOSE.replace("    command: unshare -r true\n", "");
    let dir = with(
        "config-require",
        &[("isodoc.toml", config), ("deploy/a.yml", &quiet), ("b.yml", &quiet)],
    );
    let asked = |dir: &Path, path: &str| {
        let (_, report) = report(dir, &["lint", path]);
        let containers = report["files"][0]["containers"].as_array().unwrap().clone();
        let of = |container: &Value| {
            let all = container["mechanisms"].as_array().unwrap().iter();
            let required = all.filter(|mechanism| mechanism["required"] == true);
            required.map(|m| m["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
        };
        containers.iter().filter(|c| c["required"] == true).map(of).collect::<Vec<_>>()
    };
    assert_eq!(asked(&dir, "deploy/a.yml"), ["bubblewrap", "unshare bubblewrap"]);
    assert_eq!(asked(&dir.join("deploy"), "a.yml"), ["bubblewrap", "unshare bubblewrap"]);
    assert_eq!(asked(&dir, "b.yml"), ["unshare"]);
    let config = "require = [\"userns\", \"mount-proc\"]\nflags = \"--user --pid --fork\"\n";
    std::fs::write(dir.join("isodoc.toml"), config).unwrap();
    let path = capture("proc-masked-docker");
    let check = ["check", "--snapshot", path.to_str().unwrap()];
    let (code, of_project) = report(&dir, &check);
    assert_eq!(code, 1);
    let ids: Vec<_> = of_project["required"].as_array().unwrap().iter().map(|r| &r["id"]).collect();
    assert_eq!(ids, ["userns", "mount-proc"]);
    let (_, named) = report(&dir, &[&check[..], &["--require", "unshare"]].concat());
    assert_eq!(named["required"][0]["id"], "unshare");
    assert_eq!(named["mechanisms"][0]["flags"], json!(["--user", "--pid", "--fork"]));
}

#[test]
fn what_is_accepted_holds_until_its_day() {
    let config = |until: &str, container: &str, files: &str| {
        format!(
            "assume = [\"ubuntu-24.04\"]\n\n[[accept]]\nrule = \"seccomp-unshare\"\nfiles = [\"{files}\"]\n\
            container = \"{container}\"\nreason = \"our own profile\"\nuntil = {until}\n"
        )
    };
    let dir = with("config-accept", &[("old/compose.yml", COMPOSE)]);
    let lint = |text: &str| {
        std::fs::write(dir.join("isodoc.toml"), text).unwrap();
        report(&dir, &["lint", "old/compose.yml"])
    };
    let (code, said) = lint(&config("9999-12-31", "w", "old/*"));
    assert_eq!((code, said["verdict"].as_str()), (0, Some("supported")));
    assert_eq!(
        said["files"][0]["accepted"],
        json!([{"rule": "seccomp-unshare", "container": "w", "reason": "our own profile"}])
    );
    assert_eq!(said["files"][0]["containers"][0]["verdict"], "unsupported");
    for (container, files) in [("other", "old/*"), ("w", "new/*")] {
        let (code, said) = lint(&config("9999-12-31", container, files));
        assert_eq!((code, said["files"].as_array().unwrap().len()), (1, 1));
    }
    let (code, said) = lint(&config("2001-02-03", "w", "old/*"));
    assert_eq!((code, said["files"][0].get("accepted")), (1, None));
    let entry = &said["files"][1];
    assert_eq!(
        (entry["path"].as_str(), entry["kind"].as_str()),
        (Some("isodoc.toml"), Some("config"))
    );
    let finding = &entry["findings"][0];
    assert_eq!(
        (finding["rule"].as_str(), finding["line"].as_u64()),
        (Some("acceptance-expired"), Some(3))
    );
    assert!(finding["title"].as_str().unwrap().contains("2001-02-03"));
    // It fails by itself, too: somebody has to decide.
    let (code, said) =
        lint(&config("2001-02-03", "w", "new/*").replace("seccomp-unshare", "chroot"));
    assert_eq!((code, said["verdict"].as_str()), (1, Some("unsupported")));
    let (_, out, _) = run(&dir, &["lint", "old/compose.yml"]);
    assert!(out.contains("--> isodoc.toml:3:1") && out.contains("[[accept]]"), "{out}");
}

#[test]
fn a_baseline_fails_what_became_worse() {
    let dir = with("baseline-lint", &[("compose.yml", COMPOSE)]);
    let lint = ["lint", "--assume", "ubuntu-24.04", "compose.yml"];
    let base = |args: &[&str]| run(&dir, &[&lint[..], args].concat());
    assert_eq!(base(&["--format", "json", "-o", "was.json"]).0, 1);
    let (code, out, _) = base(&["--baseline", "was.json"]);
    assert_eq!(code, 0, "{out}");
    // One more that fails.
    let more = format!("{COMPOSE}  fresh:\n    command: unshare -r true\n");
    std::fs::write(dir.join("compose.yml"), more).unwrap();
    let (code, out, _) = base(&["--baseline", "was.json"]);
    assert_eq!(code, 1);
    assert!(out.contains("fresh: ") && !out.contains("w: isolation"), "{out}");
    for (text, why) in
        [("{}", "not a report of `isodoc lint --format json`"), ("x", "not a report of")]
    {
        std::fs::write(dir.join("wrong.json"), text).unwrap();
        let (code, out, err) = base(&["--baseline", "wrong.json"]);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.contains("wrong.json") && err.contains(why), "{err}");
    }
    assert_eq!(base(&["--baseline", "gone.json"]).0, 2);

    let [bad, good] = ["seccomp-eperm", "host-nobody"].map(capture);
    let check = |path: &Path, args: &[&str]| {
        run(&dir, &[&["check", "--snapshot", path.to_str().unwrap()], args].concat())
    };
    check(&bad, &["--format", "json", "-o", "bad.json"]);
    check(&good, &["--format", "json", "-o", "good.json"]);
    for (now, before, code) in [
        (&bad, "bad.json", 0),
        (&good, "bad.json", 0),
        (&bad, "good.json", 1),
        (&good, "good.json", 0),
    ] {
        let (got, out, _) = check(now, &["--baseline", before]);
        assert_eq!(got, code, "{before}: {out}");
        assert_eq!(out, check(now, &[]).1, "the answer is what it is");
    }
    assert_eq!(
        check(&bad, &["--require", "userns", "--baseline", "bad.json"]).0,
        1,
        "not asked then"
    );
    assert_eq!(check(&bad, &["--baseline", "was.json"]).0, 2, "of another command");
}

#[test]
fn diff_finds_the_fact_that_decided() {
    let good = capture("host-nobody");
    let zero = changed("host-nobody", |capture| {
        capture["files"]["/proc/sys/user/max_user_namespaces"] = json!({"Ok": "0\n"});
        capture["env"]["HOME"] = json!({"Ok": "/elsewhere"});
    });
    let diff = |a: &Path, b: &Path, args: &[&str]| {
        said(&[&["diff", a.to_str().unwrap(), b.to_str().unwrap()], args].concat())
    };
    let (code, out, err) = diff(&good, &zero, &["--format", "json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let report: Value = serde_json::from_str(&out).unwrap();
    let change = &report["mechanisms"][0];
    assert_eq!(change["before"]["verdict"], "supported");
    assert_eq!(change["after"]["cause"], "max-user-namespaces-zero");
    assert_eq!(change["decided_by"], json!(["/proc/sys/user/max_user_namespaces"]));
    assert_eq!(report["facts"].as_array().unwrap().len(), 2);
    let (_, out, _) = diff(&good, &zero, &[]);
    for text in [
        "supported -> unsupported at unshare (ENOSPC)",
        "This decided it:",
        "Also different: $HOME",
    ] {
        assert!(out.contains(text), "{text}: {out}");
    }
    // The numbers of processes stand in the same file, before the line that decides.
    let filtered = changed("host-nobody", |capture| {
        let status = &mut capture["files"]["/proc/self/status"]["Ok"];
        let text = status.as_str().unwrap().replace("Tgid:\t", "Tgid:\t9");
        *status = text.replace("Seccomp:\t0", "Seccomp:\t2").into();
    });
    let (_, out, _) = diff(&good, &filtered, &[]);
    assert!(out.contains("after: Seccomp: 2") && !out.contains("Tgid"), "{out}");
    let (_, out, _) = diff(&good, &good, &[]);
    assert!(out.contains("supported, as before"), "{out}");
    // Two reports have no facts to try again, but say which differ.
    let dir = directory("diff-reports");
    let reports = [(&good, "a.json"), (&zero, "b.json")].map(|(path, name)| {
        let to = dir.join(name);
        let args = ["check", "--snapshot", path.to_str().unwrap(), "--format", "json", "-o"];
        said(&[&args[..], &[to.to_str().unwrap()]].concat());
        to
    });
    let (code, out, _) = diff(&reports[0], &reports[1], &[]);
    assert_eq!(code, 0);
    assert!(out.contains("unshare: supported -> unsupported"), "{out}");
    assert!(out.contains("sysctl.max_namespaces.user.value"), "{out}");
    // Wrong use.
    for (a, b, why) in [
        (&good, &reports[0], "one is a snapshot and the other a report"),
        (&good, &dir.join("none"), "none"),
        (&good, &Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"), "Cargo.toml"),
        (
            &good,
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/lint-v1.schema.json"),
            "neither",
        ),
    ] {
        let (code, out, err) = diff(a, b, &[]);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.contains(why), "{why}: {err}");
    }
}

#[test]
fn what_is_not_theirs_is_passed_over_in_silence() {
    let dir = with(
        "skip-unread",
        &[
            (
                "workflow.yml",
                "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: a/b@v1\n",
            ),
            ("map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: b}\n"),
            ("pipeline.yml", "stages: [a]\nbuild:\n  stage: a\n  script: [make]\n"),
            ("values.yaml", "replicas: 2\n"),
            ("notes.txt", "nothing\n"),
            ("binary.yml", "a\0b"),
            ("compose.yml", COMPOSE),
            ("quiet.yml", "services: {a: {image: x}}\n"),
            ("broken.yml", "services:\n  a: [\n"),
        ],
    );
    let lint = |files: &[&str]| {
        run(&dir, &[&["lint", "--assume", "ubuntu-24.04", "--skip-unread"], files].concat())
    };
    let others = ["workflow.yml", "map.yaml", "values.yaml", "notes.txt", "binary.yml"];
    for file in others {
        assert_eq!(lint(&[file]), (0, String::new(), String::new()), "{file}");
    }
    assert_eq!(lint(&others), (0, String::new(), String::new()));
    assert_eq!(lint(&[&others[..], &["compose.yml"]].concat()).1, lint(&["compose.yml"]).1);
    assert_eq!(lint(&["compose.yml", "map.yaml"]).0, 1);
    // Theirs, and nothing in it isolates.
    assert_eq!((lint(&["quiet.yml"]).0, lint(&["pipeline.yml"]).0), (0, 0));
    // What cannot be read at all, or is theirs and broken, still is.
    assert_eq!(lint(&["gone.yml"]).0, 2);
    assert_eq!(lint(&["broken.yml"]).0, 2);
    // Without it, nothing judged is not known to work.
    assert_eq!(run(&dir, &["lint", "--assume", "ubuntu-24.04", "map.yaml"]).0, 3);
}
