//! `--format sarif`: valid against the schema of the standard, complete, and where code scanning
//! looks for it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]
#![cfg(unix)]

mod common;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use common::{CAPTURES, capture, directory, isodoc, json, parts, report, said};
use serde_json::Value;

/// What the schema refuses in a log.
fn faults(log: &Value) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schemas/sarif-2.1.0.json");
    let mut schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    // Its pattern has a bracket too many, which not every engine takes.
    for of in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][of]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern").unwrap();
    }
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft7)
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let fault =
        |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    validator.iter_errors(log).map(fault).collect()
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    let found = value.pointer(path).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no {path} in {value}"))
}

fn results(log: &Value) -> &[Value] {
    list(log, "/runs/0/results")
}

/// Parses a log, and holds what has to hold of every one.
fn sound(said: &str) -> Value {
    assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{said:?}");
    let log: Value = serde_json::from_str(said).unwrap_or_else(|why| panic!("{why}\n{said}"));
    assert_eq!(faults(&log), Vec::<String>::new());
    let mut fingerprints = BTreeSet::new();
    for result in results(&log) {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        let rule = &list(&log, "/runs/0/tool/driver/rules")[index];
        assert_eq!(rule["id"], result["ruleId"]);
        let message = text(result, "/message/text");
        assert!(!message.contains(|c: char| c.is_control() && c != '\n'), "{message:?}");
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["region"]["startLine"].as_u64().unwrap() > 0);
        match place["artifactLocation"]["uriBaseId"].as_str() {
            None => assert!(text(place, "/artifactLocation/uri").starts_with("file:///")),
            Some(base) => assert!(log["runs"][0]["originalUriBaseIds"][base].is_object()),
        }
        let fingerprint = text(result, "/partialFingerprints/isodoc~1v1");
        assert!(fingerprints.insert(fingerprint), "{fingerprint} is there twice");
    }
    log
}

fn check(args: &[&str]) -> (i32, Value) {
    let (code, out, err) = said(&[&["check", "--format", "sarif"], args].concat());
    assert_eq!(err, "");
    (code, sound(&out))
}

fn lint(dir: &Path, args: &[&OsStr]) -> (i32, Value) {
    let (code, out, _) = parts(
        isodoc(&["lint", "--assume", "ubuntu-24.04", "--format", "sarif"])
            .args(args)
            .current_dir(dir)
            .output()
            .unwrap(),
    );
    (code, sound(&out))
}

fn uri(result: &Value) -> &str {
    text(result, "/locations/0/physicalLocation/artifactLocation/uri")
}

/// What a URI says, byte by byte (RFC 3986, section 2.1).
fn decoded(uri: &str) -> Vec<u8> {
    let (mut bytes, mut from) = (vec![], uri.bytes());
    while let Some(byte) = from.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [from.next().unwrap(), from.next().unwrap()];
                u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    bytes
}

#[test]
fn the_schema_is_at_work() {
    let (_, mut log) = check(&["--no-probe"]);
    log["runs"][0]["results"][0]["level"] = "fatal".into();
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] =
        "a b".into();
    assert_eq!(faults(&log).len(), 2, "{:?}", faults(&log));
}

#[test]
fn the_table_has_every_rule_and_every_finding() {
    let (_, log) = check(&["--no-probe"]);
    let table = list(&log, "/runs/0/tool/driver/rules");
    let ids: Vec<&str> = table.iter().map(|rule| text(rule, "/id")).collect();
    let known = json(&["rules", "--format", "json"]);
    let of = |kind| list(&known, kind).iter().map(|known| text(known, "/id"));
    let findings: Vec<&str> = of("/findings").collect();
    let rules = of("/rules").filter(|id| !findings.contains(id));
    assert_eq!(ids, rules.chain(findings.iter().copied()).collect::<Vec<_>>());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id names one of them");
    for rule in table {
        // GitHub takes no more than 1024 characters of either.
        for path in ["/shortDescription/text", "/fullDescription/text"] {
            assert!((1..=1024).contains(&text(rule, path).chars().count()), "{path}: {rule}");
        }
        assert!(text(rule, "/help/markdown").starts_with("## What\n"), "{rule}");
        let level = text(rule, "/defaultConfiguration/level");
        assert!(["error", "warning", "note"].contains(&level), "{rule}");
    }
}

#[test]
fn check_says_what_its_json_says() {
    let more: &[&str] = &["--require", "unshare", "--require", "userns", "--require", "mount-proc"];
    for (name, .., code) in CAPTURES {
        let path = capture(name);
        let (got, log) = check(&[&["--snapshot", path.to_str().unwrap()], more].concat());
        assert_eq!(got, *code, "{name}");
        let report = report(name, more);
        let judged = list(&report, "/mechanisms").iter().chain(list(&report, "/capabilities"));
        let mechanisms = judged.filter(|m| m["verdict"] != "supported").map(|m| {
            let level = if m["required"] == true { "error" } else { "note" };
            (text(m, "/cause/id"), level, text(m, "/verdict"))
        });
        let findings =
            list(&report, "/findings").iter().map(|f| (text(f, "/rule"), text(f, "/severity"), ""));
        let wanted: Vec<_> = mechanisms.chain(findings).collect();
        let verdict = |r: &'_ Value| r.pointer("/properties/verdict").is_some();
        let said: Vec<_> = results(&log)
            .iter()
            .map(|r| {
                let verdict = if verdict(r) { text(r, "/properties/verdict") } else { "" };
                (text(r, "/ruleId"), text(r, "/level"), verdict)
            })
            .collect();
        assert_eq!(said, wanted, "{name}");
        for result in results(&log) {
            assert_eq!(decoded(uri(result)), format!("file://{}", path.display()).as_bytes());
        }
    }
}

#[test]
fn what_is_unknown_is_a_warning_that_says_so() {
    let root = directory("sarif-empty");
    let (code, log) = check(&["--root", root.to_str().unwrap()]);
    assert_eq!(code, 3);
    let first = &results(&log)[0];
    assert_eq!((text(first, "/level"), text(first, "/properties/verdict")), ("warning", "unknown"));
    assert!(uri(first).starts_with(&format!("file://{}", root.display())), "{first}");
}

#[test]
fn a_check_of_this_machine_names_its_files() {
    let (_, log) = check(&["--no-probe", "--require", "nsjail", "--require", "userns-remap"]);
    for result in results(&log) {
        assert!(uri(result).starts_with("file:///"), "{result}");
    }
    let captured =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(OsStr::from_bytes(b"sarif \xff.json"));
    std::fs::copy(capture("seccomp-eperm"), &captured).unwrap();
    let mut command = isodoc(&["check", "--format", "sarif", "--snapshot"]);
    let (code, out, _) = parts(command.arg(&captured).output().unwrap());
    let log = sound(&out);
    let path = [b"file://", captured.as_os_str().as_bytes()].concat();
    assert_eq!((code, decoded(uri(&results(&log)[0]))), (1, path));
    assert!(uri(&results(&log)[0]).ends_with("sarif%20%FF.json"));
}

#[test]
fn lint_points_to_the_setting_in_utf_16() {
    let line = "  w: {environment: {ENABLE_UNSHARE_PID: \"true\"}, x-é: \"😀字\", \
        security_opt: [\"no-new-privileges:true\"]}";
    let dir = directory("sarif-columns");
    std::fs::write(dir.join("compose.yml"), format!("services:\n{line}\n")).unwrap();
    let (code, log) = lint(&dir, &[OsStr::new("./compose.yml")]);
    assert_eq!(code, 1);
    let units = |text: &str| text.encode_utf16().count();
    let start = 1 + units(line.split("\"no-new").next().unwrap());
    let end = start + units("\"no-new-privileges:true\"");
    let of = |id| results(&log).iter().find(|result| result["ruleId"] == id);
    let result = of("no-new-privileges-harmless").unwrap();
    assert_eq!(uri(result), "compose.yml");
    let region = &result["locations"][0]["physicalLocation"]["region"];
    let number = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
    assert_eq!((number("startLine"), number("startColumn")), (2, start));
    assert_eq!((number("endLine"), number("endColumn")), (2, end));
    let container = &result["locations"][0]["logicalLocations"][0];
    assert_eq!(container["name"], "w");
    assert_eq!(result["level"], "note");
    let refused = of("seccomp-unshare").unwrap();
    assert_eq!(
        (text(refused, "/level"), refused["properties"]["verdict"].as_str()),
        ("error", Some("unsupported"))
    );
    assert!(text(refused, "/message/text").contains("security_opt"), "what helps: {refused}");
}

#[test]
fn hostile_names_stay_names() {
    let dir = directory("sarif-hostile");
    let service = "services:\n  \"w\\e[2J\\n[a](b){0}\\u202e\":\n    command: unshare -r true\n    \
        privilegd: true\n  quiet:\n    image: \"[a](http://b){0}\"\n    privilegd: true\n";
    let names = ["a b:c%é.yml", "\u{1b}[31m\n\u{202e}.yml", "-?#[]@!$&'()*+,;=.yml"];
    for name in names {
        std::fs::write(dir.join(name), service).unwrap();
    }
    let paths: Vec<_> = names.iter().map(|name| format!("./{name}")).collect();
    let paths: Vec<&OsStr> = paths.iter().map(OsStr::new).collect();
    let (code, log) = lint(&dir, &paths);
    assert_eq!(code, 2, "compose takes no service of that name");
    let named: BTreeSet<_> = results(&log).iter().map(|result| decoded(uri(result))).collect();
    assert_eq!(named, names.iter().map(|name| name.as_bytes().to_vec()).collect());
    let refused = |result: &&Value| result["properties"]["verdict"] == "unsupported";
    let result = results(&log).iter().find(refused).unwrap();
    let message = text(result, "/message/text");
    assert!(
        message.starts_with("w\\x1b\\[2J\\n\\[a](b){{0}}\\u202e: unshare is refused"),
        "{message}"
    );
    let container = &result["locations"][0]["logicalLocations"][0];
    assert_eq!(container["name"], "w\u{1b}[2J\n[a](b){0}\u{202e}");
}

#[test]
fn what_cannot_be_judged_is_no_result() {
    let dir = directory("sarif-broken");
    std::fs::write(dir.join("broken.yml"), "services: [\n").unwrap();
    std::fs::write(dir.join("good.yml"), "services: {w: {command: unshare -r true}}\n").unwrap();
    let names = ["broken.yml", "good.yml", "missing.yml"].map(OsStr::new);
    let (code, log) = lint(&dir, &names);
    assert_eq!(code, 2);
    let run = &log["runs"][0]["invocations"][0];
    assert_eq!(run["executionSuccessful"], false);
    let errors = list(run, "/toolExecutionNotifications");
    assert_eq!(errors.iter().map(uri).collect::<Vec<_>>(), ["broken.yml", "missing.yml"]);
    assert!(results(&log).iter().all(|result| uri(result) == "good.yml"));
    assert!(!results(&log).is_empty());
}

#[test]
fn the_examples_of_the_documentation() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["README.md", "docs/lint.md", "examples/pre-install-job.yaml"].map(OsStr::new);
    for host in ["plain-linux", "debian-12"] {
        let args = [&["--all", "--assume", host].map(OsStr::new), &files[..]].concat();
        let mut command = isodoc(&["lint", "--format"]);
        let of = |command: &mut std::process::Command, format| {
            parts(command.arg(format).args(&args).current_dir(here).output().unwrap())
        };
        let (code, out, _) = of(&mut command, "sarif");
        sound(&out);
        assert_eq!(code, of(&mut isodoc(&["lint", "--format"]), "json").0);
    }
    let words = ["--", "docker", "run", "-e", "ENABLE_UNSHARE_PID=true", "worker"];
    let (_, log) = lint(here, &words.map(OsStr::new));
    assert!(results(&log).iter().all(|result| uri(result) == "command%20line"));
}

#[test]
fn other_commands_have_none() {
    for args in [["rules", "--format"], ["matrix", "--format"]] {
        let (code, out, err) = said(&[&args[..], &["sarif"]].concat());
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.contains("possible values: human, json"), "{err}");
    }
    let (code, ..) = said(&["lint", "--list-assumptions", "--format", "sarif"]);
    assert_eq!(code, 2);
}
