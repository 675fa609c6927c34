//! The formats for other programs, each held by a reader that is not isodoc's: valid for every
//! capture and for files with hostile names, and with the exit code of the other formats.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::type_complexity,
    reason = "a test that cannot go on has failed"
)]
#![cfg(unix)]

mod common;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use common::{CAPTURES, capture, directory, isodoc, parts, said};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::{Value, json};

const ALL: &[&str] = &["junit", "github", "gitlab", "markdown", "html", "prometheus", "nfd", "npd"];
const OF_LINT: &[&str] = &["junit", "github", "gitlab", "markdown", "html"];

/// What breaks out of some syntax: of a terminal, XML, a workflow command, a table, code, HTML, a
/// quoted text; and what no XML can hold.
const HOSTILE: &str = "w\u{1b}[2J\n::error::x\r]]> | ``` `b` <img src=x> @someone %0A & \" ' , : \u{85}\u{202e}\u{fffe}\u{7f}";

/// A directory with a file that has everything: what fails, what passes, what nobody asked about,
/// warnings, notes, and what cannot be read; with hostile names throughout.
fn hostile() -> (PathBuf, Vec<String>) {
    /// Made once: the tests run at the same time, and each would make it anew under the others.
    static MADE: OnceLock<(PathBuf, Vec<String>)> = OnceLock::new();
    MADE.get_or_init(make_hostile).clone()
}

fn make_hostile() -> (PathBuf, Vec<String>) {
    let dir = directory("formats-hostile");
    let name = serde_json::to_string(HOSTILE).unwrap();
    let services = format!(
        "services:\n  {name}:\n    image: {name}\n    command: unshare -r true\n    privilegd: true\n  \
        quiet:\n    image: {name}\n  works:\n    command: unshare -r true\n    \
        privileged: true\n    security_opt: [\"seccomp=unconfined\"]\n"
    );
    let broken = format!("services: {{w: {{cap_add: [{name}]}}}}\n");
    let files = [
        ("a ::error::x,y:z%0A.yml", services.as_str()),
        ("\u{1b}[31m\n]]>`|`@x.yml", &services),
        ("broken`|`.yml", &broken),
    ];
    for (file, text) in files {
        std::fs::write(dir.join(file), text).unwrap();
    }
    (dir, files.iter().map(|(file, _)| format!("./{file}")).chain(["gone.yml".into()]).collect())
}

/// What `lint` says of them, and its exit code.
fn lint(format: &str) -> (i32, String) {
    let (dir, files) = hostile();
    let mut command = isodoc(&["lint", "--assume", "ubuntu-24.04", "--format", format]);
    let (code, out, err) = parts(command.args(files).current_dir(dir).output().unwrap());
    assert_eq!(err, "");
    (code, out)
}

/// What `check` says of every capture, with more than one thing required.
fn checks(format: &str) -> Vec<(&'static str, String)> {
    let more = ["--require", "unshare", "--require", "mount-proc", "--require", "userns-remap"];
    let of = |name: &'static str| {
        let path = capture(name);
        let base = ["check", "--snapshot", path.to_str().unwrap(), "--format", format];
        (name, said(&[&base[..], &more].concat()).1)
    };
    CAPTURES.iter().map(|(name, ..)| of(name)).collect()
}

/// A judge that may not be installed: whether it takes the text.
fn judge(program: &str, args: &[&str], text: &str) {
    let command = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = command else {
        return println!("skipped: {program} is not installed");
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].map(|b| String::from_utf8_lossy(&b).into_owned());
    assert!(output.status.success(), "{program}: {said:?}\n{text}");
    assert!(program != "promtool" || said.concat().is_empty(), "{program}: {said:?}\n{text}");
}

#[test]
fn the_exit_code_is_the_verdict_and_no_terminal_obeys() {
    for format in ALL {
        for (name, .., code) in CAPTURES {
            let path = capture(name);
            let args = ["check", "--format", format, "--snapshot", path.to_str().unwrap()];
            let (got, out, err) = said(&args);
            assert_eq!((got, err.as_str()), (*code, ""), "{name} {format}");
            assert!(out.ends_with('\n'), "{name} {format}: {out:?}");
        }
    }
    for format in OF_LINT {
        let (code, out) = lint(format);
        assert_eq!(code, 2, "{format}: a file cannot be read");
        assert!(!out.contains(|c: char| c.is_control() && c != '\n'), "{format}: {out:?}");
        assert!(!out.contains('\u{202e}'), "{format}: {out:?}");
    }
    for format in ALL.iter().filter(|format| !OF_LINT.contains(format)) {
        let (code, out, err) = said(&["lint", "--format", format, "x.yml"]);
        assert_eq!((code, out.as_str()), (2, ""), "{format}");
        assert!(err.contains("possible values: human, json, sarif, junit"), "{err}");
    }
}

fn number(node: &roxmltree::Node<'_, '_>, name: &str) -> usize {
    node.attribute(name).unwrap().parse().unwrap()
}

/// Parses a report, and holds what has to hold of every one: the counts are those of the tests.
fn junit(text: &str) -> Vec<(String, String, String, Option<String>)> {
    let document = roxmltree::Document::parse(text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    let mut tests = vec![];
    for suite in document.root_element().children().filter(|node| node.has_tag_name("testsuite")) {
        let cases: Vec<_> = suite.children().filter(|n| n.has_tag_name("testcase")).collect();
        let ended = |case: &roxmltree::Node<'_, '_>| {
            case.first_element_child().map(|how| how.tag_name().name().to_owned())
        };
        assert_eq!(number(&suite, "tests"), cases.len());
        for (how, count) in [("failure", "failures"), ("error", "errors"), ("skipped", "skipped")] {
            let these = cases.iter().filter(|case| ended(case).as_deref() == Some(how));
            assert_eq!(number(&suite, count), these.count(), "{how}\n{text}");
        }
        let of = |node: &roxmltree::Node<'_, '_>, name| node.attribute(name).unwrap().to_owned();
        tests.extend(cases.iter().map(|case| {
            (of(&suite, "name"), of(case, "classname"), of(case, "name"), ended(case))
        }));
    }
    tests
}

#[test]
fn junit_is_valid_and_has_a_test_for_each_question() {
    for (name, text) in checks("junit") {
        let tests = junit(&text);
        for id in ["unshare", "mount-proc", "userns-remap"] {
            let of = |test: &&(_, _, String, _)| test.2 == id;
            assert_eq!(tests.iter().filter(of).count(), 1, "{name} {id}: {text}");
        }
        let verdict = CAPTURES.iter().find(|(known, ..)| *known == name).unwrap().1;
        let unshare = tests.iter().find(|test| test.2 == "unshare").unwrap();
        let wanted = (verdict != "supported").then(|| "failure".to_owned());
        assert_eq!(unshare.3, wanted, "{name}");
    }
    let tests = junit(&lint("junit").1);
    let has = |class: &str, name: &str, how: Option<&str>| {
        let is = |test: &&(String, String, String, Option<String>)| {
            test.1.starts_with(class) && test.2 == name && test.3.as_deref() == how
        };
        assert_eq!(tests.iter().filter(is).count(), 2, "{class} {name} {how:?}: {tests:?}");
    };
    has("works", "unshare", None);
    has("quiet", "isolation", Some("skipped"));
    has("w\\x1b[2J\\n::error::x\\r]]> | ``` `b` <img", "unshare", Some("failure"));
    // The broken file, the one that is gone, and the two whose service's name compose refuses.
    let unreadable = tests.iter().filter(|test| test.2 == "unreadable-file");
    assert_eq!(unreadable.map(|test| test.3.as_deref()).collect::<Vec<_>>(), [Some("error"); 4]);
    // What is not known is no failure.
    let root = directory("formats-empty");
    let (code, out, _) = said(&["check", "--format", "junit", "--root", root.to_str().unwrap()]);
    assert_eq!((code, junit(&out)[0].3.as_deref()), (3, Some("error")));
}

/// A line as GitHub's runner reads it (`ActionCommand.TryParseV2`): command, properties, message.
fn command(line: &str) -> Option<(&str, Vec<(&str, String)>, String)> {
    let (head, message) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let plain = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let properties = properties.split(',').filter_map(|pair| pair.split_once('='));
    let value = |text: &str| plain(&text.replace("%3A", ":").replace("%2C", ","));
    Some((name, properties.map(|(key, text)| (key, value(text))).collect(), plain(message)))
}

#[test]
fn github_reads_one_command_a_line() {
    let (_, out) = lint("github");
    let (commands, others): (Vec<_>, Vec<_>) = out.lines().partition(|line| line.starts_with("::"));
    let [last] = others[..] else { panic!("{others:?}") };
    assert!(last.starts_with("isodoc lint: isolation fails in "), "{last}");
    assert!(!out.contains("Seen: :"), "{out}");
    let mut files = BTreeSet::new();
    for line in commands {
        let (name, properties, message) = command(line).unwrap();
        assert!(["error", "warning", "notice"].contains(&name), "{line}");
        let keys: Vec<_> = properties.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, ["file", "line", "col", "title"], "{line}");
        assert!(properties[1].1.parse::<u32>().unwrap() > 0);
        assert!(properties[3].1.starts_with("isodoc: "), "{line}");
        assert!(!message.is_empty());
        files.insert(properties[0].1.clone());
    }
    let known =
        ["a ::error::x,y:z%0A.yml", "\\x1b[31m\\n]]>`|`@x.yml", "broken`|`.yml", "gone.yml"];
    assert_eq!(files, known.map(str::to_owned).into());
    for (name, text) in checks("github") {
        let last = text.lines().last().unwrap();
        assert!(last.starts_with("isodoc check: "), "{name}: {text}");
        let commands = text.lines().filter(|line| command(line).is_some());
        assert_eq!(commands.count() + 1, text.lines().count(), "{name}: {text}");
    }
}

#[test]
fn gitlab_has_what_its_documentation_asks_for() {
    let schema = json!({"type": "array", "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "pattern": "^[a-z0-9-]+$"},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    // Relative to the repository, without `./`.
                    "path": {"type": "string", "not": {"pattern": "^\\./"}},
                    "lines": {"required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                },
            },
        },
    }});
    let validator = jsonschema::validator_for(&schema).unwrap();
    let lint = ("lint", lint("gitlab").1);
    for (name, text) in checks("gitlab").into_iter().chain([lint]) {
        let violations: Value = serde_json::from_str(&text).unwrap();
        let faults: Vec<String> =
            validator.iter_errors(&violations).map(|e| e.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new(), "{name}");
        let all = violations.as_array().unwrap();
        let fingerprints: BTreeSet<_> = all.iter().map(|v| v["fingerprint"].as_str()).collect();
        assert_eq!(fingerprints.len(), all.len(), "{name}: a fingerprint is there twice");
    }
}

/// What a Markdown parser finds: rows of the table, and text that is not in code.
fn rendered(text: &str) -> (Vec<Vec<String>>, String) {
    let (mut rows, mut cell, mut code, mut bare) = (vec![], None, false, String::new());
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::TableRow) => rows.push(vec![]),
            Event::Start(Tag::TableCell) => cell = Some(String::new()),
            Event::End(TagEnd::TableCell) => {
                let cell = cell.take().unwrap();
                rows.last_mut().into_iter().for_each(|row: &mut Vec<_>| row.push(cell.clone()));
            }
            Event::Code(text) => cell.iter_mut().for_each(|cell| cell.push_str(&text)),
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            Event::Text(_) if code => {}
            Event::Text(text) => {
                cell.iter_mut().for_each(|cell| cell.push_str(&text));
                bare.push_str(&text);
            }
            Event::Html(html) | Event::InlineHtml(html) => bare.push_str(&html),
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => panic!("a link: {text}"),
            _ => {}
        }
    }
    (rows, bare)
}

#[test]
fn markdown_keeps_names_in_code() {
    let (_, text) = lint("markdown");
    let (rows, bare) = rendered(&text);
    assert!(rows.len() > 8 && rows.iter().all(|row| row.len() == 4), "{rows:#?}");
    for word in ["@someone", "<img", "]]>", "::error"] {
        assert!(!bare.contains(word), "{word} in {bare}");
    }
    let name = "w\\x1b[2J\\n::error::x\\r]]> | ``` `b` <img src=x> @someone";
    assert!(rows.iter().any(|row| row[2].contains(name)), "{rows:#?}");
    assert!(rows.iter().any(|row| row[1].starts_with("\\x1b[31m\\n]]>`|`@x.yml:")), "{rows:#?}");
    for (name, text) in checks("markdown") {
        let (rows, _) = rendered(&text);
        assert!(rows.iter().all(|row| row.len() == 4), "{name}: {rows:#?}");
        assert!(text.starts_with("### isodoc check: "), "{name}: {text}");
    }
}

#[test]
fn prometheus_takes_the_metrics() {
    for (name, text) in checks("prometheus") {
        judge("promtool", &["check", "metrics"], &text);
        assert!(text.contains(&format!(
            "isodoc_build_info{{version=\"{}\"}} 1\n",
            env!("CARGO_PKG_VERSION")
        )));
        let value = |metric: &str, labels: &str, verdict: &str| {
            text.contains(&format!("{metric}{{{labels}verdict=\"{verdict}\"}} 1\n"))
        };
        let verdict = CAPTURES.iter().find(|(known, ..)| *known == name).unwrap().1;
        let labels = "mechanism=\"unshare\",required=\"true\",";
        assert!(value("isodoc_mechanism_verdict", labels, verdict), "{name}: {text}");
        assert!(text.contains("isodoc_capability_verdict{capability=\"mount-proc\""), "{text}");
        // Each thing has one verdict.
        let sum: usize =
            text.lines().filter(|l| l.contains("verdict=") && l.ends_with(" 1")).count();
        let all = text.lines().filter(|line| line.contains("verdict=\"unknown\"")).count();
        assert_eq!(sum, all, "{text}");
    }
}

#[test]
fn node_feature_discovery_takes_the_labels() {
    for (name, text) in checks("nfd") {
        let is_word = |word: &str| {
            let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            // The name and the value of a label of Kubernetes.
            word.len() <= 63
                && ends(word.chars().next())
                && ends(word.chars().last())
                && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        let mut names = BTreeSet::new();
        for line in text.lines() {
            let (label, value) = line.split_once('=').unwrap();
            assert!(is_word(label) && is_word(value) && names.insert(label), "{name}: {line}");
        }
        let verdict = CAPTURES.iter().find(|(known, ..)| *known == name).unwrap().1;
        assert!(text.contains(&format!("isodoc.unshare={verdict}\n")), "{name}: {text}");
    }
}

#[test]
fn node_problem_detector_gets_a_line_that_it_keeps_whole() {
    for (name, text) in checks("npd") {
        let line = text.strip_suffix('\n').unwrap();
        assert!(line.len() <= 80 && !line.contains('\n') && line.is_ascii(), "{name}: {text:?}");
    }
    let (name, .., cause, _) = CAPTURES[3];
    let path = capture(name);
    let (_, out, _) = said(&["check", "--format", "npd", "--snapshot", path.to_str().unwrap()]);
    assert_eq!(out, format!("unsupported: unshare [{}] at mount-proc\n", cause.unwrap()));
}

#[test]
fn one_run_writes_every_report_that_is_asked_for() {
    let dir = directory("formats-files");
    let path = capture("proc-masked-docker");
    let path = path.to_str().unwrap();
    let run = |args: &[&str]| {
        let base = ["check", "--snapshot", path];
        parts(isodoc(&[&base[..], args].concat()).current_dir(&dir).output().unwrap())
    };
    let text = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap();
    let (code, screen, _) = run(&[]);
    assert_eq!(code, 1);
    let more = ["--report", "sarif=a.sarif", "--report", "junit=b.xml"];
    assert_eq!(run(&more), (1, screen.clone(), String::new()));
    assert_eq!(text("a.sarif"), run(&["--format", "sarif"]).1);
    assert_eq!(text("b.xml"), run(&["--format", "junit"]).1);
    assert_eq!(run(&["-o", "c.txt"]), (1, String::new(), String::new()));
    assert_eq!(text("c.txt"), screen);
    assert_eq!(run(&["-q", "--report", "json=d.json"]), (1, String::new(), String::new()));
    assert_eq!(text("d.json"), run(&["--format", "json"]).1);
    // Wrong use writes nothing at all.
    for (args, why) in [
        (&["-o", "e", "--report", "json=e"][..], "e: named for two reports"),
        (&["--report", "e"], "give FORMAT=FILE, where FORMAT is one of: human, json, sarif"),
        (&["--report", "xml=e"], "give FORMAT=FILE"),
        (&["--report", "json="], "give FORMAT=FILE"),
        (&["-q", "-o", "e"], "--quiet"),
        (&["--share", "--format", "json"], "--share"),
        (&["--min-severity", "fatal"], "error, warning, note"),
    ] {
        let (code, out, err) = run(args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert!(err.contains(why), "{args:?}: {err}");
        assert!(!dir.join("e").exists(), "{args:?}");
    }
    let (code, out, err) = run(&["-o", "no/such"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("no/such") && err.contains("nothing was written"), "{err}");
    let (code, _, err) = said(&["lint", "--fix", "-o", "e", "x.yml"]);
    assert!(code == 2 && err.contains("--fix"), "{err}");
}

#[test]
fn what_is_less_grave_is_left_out_and_the_verdict_stays() {
    let (dir, files) = hostile();
    let severities = |level: &str| {
        let mut command = isodoc(&["lint", "--assume", "ubuntu-24.04", "--format", "json"]);
        let command = command.args(["--min-severity", level]).args(&files).current_dir(&dir);
        let (code, out, _) = parts(command.output().unwrap());
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((code, report["verdict"].as_str()), (2, Some("unsupported")));
        let of = |node: &Value| node["findings"].as_array().unwrap().clone();
        let files = report["files"].as_array().unwrap();
        let own = files.iter().flat_map(of);
        let containers = files.iter().flat_map(|file| file["containers"].as_array().unwrap());
        let all: BTreeSet<String> = own
            .chain(containers.flat_map(of))
            .map(|finding| finding["severity"].as_str().unwrap().to_owned())
            .collect();
        all.into_iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(severities("note"), "error note warning");
    assert_eq!(severities("warning"), "error warning");
    assert_eq!(severities("error"), "error");
}

#[test]
fn what_is_shared_names_nobody() {
    let secret = "acme-vault.corp";
    let path = common::changed("seccomp-eperm", |capture| {
        let files = capture["files"].as_object_mut().unwrap();
        for text in files.values_mut().filter_map(|file| file.get_mut("Ok")) {
            let told = text.as_str().unwrap().replace("overlay", &format!("/home/alice/{secret}"));
            *text = format!("{told}\n").into();
        }
        files.insert("/etc/subuid".into(), json!({"Ok": "alice:100000:65536\n"}));
        files.insert("/etc/hostname".into(), json!({"Ok": secret}));
        files.insert(
            "/etc/os-release".into(),
            json!({"Ok": format!("ID=debian\nVERSION_ID=12\nPRETTY_NAME=\"{secret}\"\n")}),
        );
        let id = "0::/kubepods/pod0b5c2bfe-9d0d-4c6e-8a53-2f7d4f6d8a11/a3f9c1d2e4b5\n";
        files.insert("/proc/self/cgroup".into(), json!({"Ok": id}));
        let release = json!({"Ok": format!("6.1.0-{secret}\n")});
        files.insert("/proc/sys/kernel/osrelease".into(), release);
        capture["answers"]["uname(2)"] = json!({"Ok": format!("Linux 6.1.0-{secret} x86_64")});
    });
    let flags =
        format!("--user --map-root-user --pid --fork --root=/home/alice/{secret} --mount-proc");
    let args = ["check", "--share", "--snapshot", path.to_str().unwrap(), "--flags", &flags];
    let (_, out, err) = said(&args);
    assert_eq!(err, "");
    for told in ["alice", "acme", "vault", "corp", "0b5c2bfe", "a3f9c1", path.to_str().unwrap()] {
        assert!(!out.contains(told), "{told}: {out}");
    }
    for kept in ["unshare --user --map-root-user", "--root=[...]", "Linux 6.1.0;", "debian 12"] {
        assert!(out.contains(kept), "{kept}: {out}");
    }
    for (name, _, cause, code) in CAPTURES {
        let path = capture(name);
        let (got, out, _) = said(&["check", "--share", "--snapshot", path.to_str().unwrap()]);
        assert_eq!(got, *code);
        assert!(out.lines().count() <= 24, "{name}: one screen\n{out}");
        assert!(out.contains(cause.unwrap_or("isodoc")), "{name}: {out}");
    }
}
