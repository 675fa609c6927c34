//! How answers look: one screen of text, and JSON that the published schema describes.
//!
//! After a wanted change: `INSTA_UPDATE=always cargo test --test output`, and read the difference.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{CAPTURES, capture, changed, directory, isodoc, json, parts, report, said};
use serde_json::{Value, json};

fn human(name: &str, more: &[&str]) -> String {
    let path = capture(name);
    let args = [&["check", "--snapshot", path.to_str().unwrap()], more].concat();
    said(&args).1
}

#[test]
fn one_page() {
    for (name, ..) in CAPTURES {
        insta::assert_snapshot!(*name, human(name, &[]));
    }
}

#[test]
fn human_verbose() {
    insta::assert_snapshot!(
        "proc-masked-docker-verbose",
        human("proc-masked-docker", &["--verbose"])
    );
}

#[test]
fn human_unknown() {
    let root = directory("nothing");
    insta::assert_snapshot!(
        "nothing-captured",
        said(&["check", "--root", root.to_str().unwrap()]).1
    );
}

#[test]
fn human_worker_at_risk() {
    let path =
        changed("proc-masked-docker", |s| s["env"]["FAVOR_UNSHARE_PID"] = json!({"Ok": "true"}));
    insta::assert_snapshot!(
        "worker-at-risk",
        said(&["check", "--snapshot", path.to_str().unwrap()]).1
    );
}

#[test]
fn json_report() {
    let mut report = report("proc-masked-docker", &["--require", "unshare", "--require", "userns"]);
    // The facts have their own tests; here they would only be long.
    report["facts"] = json!({});
    // These name nearly every rule: a rule more is no change of how a report looks.
    for list in ["/mechanisms", "/capabilities"] {
        for entry in report.pointer_mut(list).and_then(Value::as_array_mut).unwrap() {
            for gates in ["ruled_out", "not_excluded"] {
                entry["prediction"][gates] = json!([]);
            }
        }
    }
    insta::assert_snapshot!(
        "proc-masked-docker-json",
        serde_json::to_string_pretty(&report).unwrap()
    );
}

#[test]
fn rules_table() {
    let (_, table, _) = said(&["rules"]);
    assert!(
        table.lines().any(|line| line.starts_with("proc-masked ")
            && line.contains("mount-proc")
            && line.contains("EPERM")),
        "{table}"
    );
}

/// Text is broken between words; only a word that is longer is not, such as an argument in quotes.
#[test]
fn eighty_columns() {
    let root = directory("columns");
    let mut pages: Vec<String> = CAPTURES.iter().map(|(name, ..)| human(name, &[])).collect();
    pages.extend(CAPTURES.iter().map(|(name, ..)| human(name, &["--verbose"])));
    pages.push(said(&["check", "--root", root.to_str().unwrap()]).1);
    pages.push(said(&["check", "--require", "unshare", "--require", "nsjail", "-v"]).1);
    pages.push(said(&["matrix"]).1);
    pages.push(said(&["explain", "--error", "unshare failed: Operation not permitted"]).1);
    pages.extend(["bubblewrap", "exec"].map(|id| said(&["explain", id]).1));
    for line in pages.iter().flat_map(|page| page.lines()) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn one_screen() {
    let root = directory("screen");
    let mut pages: Vec<String> = CAPTURES.iter().map(|(name, ..)| human(name, &[])).collect();
    pages.push(said(&["check", "--root", root.to_str().unwrap()]).1);
    pages.push(said(&["check"]).1);
    for page in pages {
        assert!(page.lines().count() <= 24, "{page}");
    }
}

/// The published schema; with `sealed`, as it would be if no field could be added.
fn schema(sealed: bool) -> jsonschema::Validator {
    let mut schema = json(&["schema"]);
    if sealed {
        seal(&mut schema);
    }
    jsonschema::draft202012::new(&schema).unwrap()
}

fn seal(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.contains_key("properties")
                && map.get("type") == Some(&json!("object"))
                && !map.contains_key("additionalProperties")
            {
                map.insert("additionalProperties".into(), json!(false));
            }
            map.values_mut().for_each(seal);
        }
        Value::Array(items) => items.iter_mut().for_each(seal),
        _ => {}
    }
}

fn hold(validator: &jsonschema::Validator, report: &Value, what: &str) {
    let errors: Vec<String> =
        validator.iter_errors(report).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}");
}

#[test]
fn the_schema_describes_every_report() {
    let validator = schema(true);
    for (name, ..) in CAPTURES {
        hold(
            &validator,
            &report(name, &["--require", "unshare", "--require", "net-namespace"]),
            name,
        );
    }
    let root = directory("schema");
    hold(
        &validator,
        &json(&["check", "--format", "json", "--root", root.to_str().unwrap()]),
        "an empty tree",
    );
    hold(&validator, &json(&["check", "--format", "json"]), "here");
    hold(
        &validator,
        &json(&["check", "--format", "json", "--flags", "--bogus"]),
        "here, with flags that cannot be parsed",
    );
    hold(
        &validator,
        &json(&[
            "check",
            "--format",
            "json",
            "--flags",
            "--user --map-user=0 --net --mount --propagation shared",
        ]),
        "other flags",
    );
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let validator = schema(false);
    let good = report("proc-masked-docker", &[]);
    assert!(validator.is_valid(&good));
    let wrong: &[(&str, Value)] = &[
        ("/schema_version", json!(2)),
        ("/verdict", json!("yes")),
        ("/required", json!([])),
        ("/vantage/id", json!("moon")),
        ("/platform/documented", json!(true)),
        ("/mechanisms/0/verdict", json!("supported")),
        ("/mechanisms/0/required", json!("true")),
        ("/mechanisms/0/flags", json!("--user")),
        ("/mechanisms/0/prediction/errno", json!(1)),
        ("/mechanisms/0/prediction/step", json!("mount_proc")),
        ("/mechanisms/0/probe/status", json!("ran")),
        ("/mechanisms/0/probe/verdict", json!("supported")),
        ("/mechanisms/0/cause/evidence/0/value", json!(null)),
        ("/mechanisms/0/remedies/0/who", json!("somebody")),
        ("/mechanisms/0/remedies/0/commands", json!([])),
        ("/mechanisms/0/remedies/0/cost", json!("20")),
        ("/docker/userns_remap/state", json!("maybe")),
        ("/findings", json!({})),
        ("/facts", json!([])),
    ];
    for (path, value) in wrong {
        let mut report = good.clone();
        *report.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value.clone();
        assert!(!validator.is_valid(&report), "{path} = {value} is let pass");
    }
    for field in good.as_object().unwrap().keys() {
        let mut report = good.clone();
        report.as_object_mut().unwrap().remove(field);
        assert!(!validator.is_valid(&report), "a report without {field} is let pass");
    }
}

#[test]
fn nothing_from_the_host_steers_the_terminal() {
    let hostile = "\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}txt";
    let path = changed("proc-masked-docker", |s| {
        let mounts = s["files"]["/proc/self/mountinfo"]["Ok"]
            .as_str()
            .unwrap()
            .replace("/proc/acpi", &format!("/proc/{hostile}"));
        s["files"]["/proc/self/mountinfo"] = json!({ "Ok": mounts });
        s["env"]["ENABLE_UNSHARE_PID"] = json!({ "Ok": hostile });
        s["env"]["UNSHARE_ISOLATION_FLAGS"] =
            json!({"Ok": format!("--user --map-root-user --pid --fork --mount-proc --{hostile}")});
    });
    let unsafe_in =
        |text: &str| text.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
    for args in [&["--verbose"][..], &["--format", "json"]] {
        let (_, out, _) = said(&[&["check", "--snapshot", path.to_str().unwrap()], args].concat());
        assert!(out.contains("owned"), "the test shows nothing: {out}");
        assert_eq!(unsafe_in(&out), None, "{args:?}: {out:?}");
    }
    let (_, _, err) = said(&["check", "--root", &format!("/{hostile}")]);
    assert!(err.contains("owned") && unsafe_in(&err).is_none(), "{err:?}");
}

#[test]
fn colour_only_where_it_is_wanted() {
    let path = capture("host-root");
    let coloured = |args: &[&str], env: &[(&str, &str)]| {
        let all = [&["check", "--snapshot", path.to_str().unwrap()], args].concat();
        parts(isodoc(&all).envs(env.iter().copied()).output().unwrap()).1.contains('\u{1b}')
    };
    assert!(!coloured(&[], &[]));
    assert!(coloured(&["--color", "always"], &[]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&["--format", "json", "--color", "always"], &[]));
}
