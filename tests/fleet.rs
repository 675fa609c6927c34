//! `isodoc fleet`: what is counted, what frees most hosts first, who is named how, and what bad
//! input costs.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed"
)]
#![cfg(unix)]

mod common;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{CAPTURES, capture, directory, isodoc, parts, said};
use serde_json::{Value, json};

/// A report as `check` writes it, as far as it is counted.
fn host(verdict: &str, cause: Option<&str>, ways: &[(&str, u32)]) -> Value {
    let remedy = |(id, cost): &(&str, u32)| {
        json!({"id": id, "who": "host-admin", "lasts": "for-good", "commands": [format!("do {id}")],
            "weakens": "", "undo": "", "cost": cost, "leads_to": "supported"})
    };
    json!({
        "schema_version": 1, "verdict": verdict,
        "platform": {"id": "linux-bare-metal"}, "vantage": {"id": "host"},
        "mechanisms": [
            {"id": "unshare", "required": true, "verdict": verdict, "cause": cause.map(|id| json!({"id": id})),
                "remedies": ways.iter().map(remedy).collect::<Vec<_>>()},
            {"id": "nsjail", "required": false, "verdict": "unsupported", "cause": {"id": "nsjail-missing"}, "remedies": []},
        ],
        "facts": {"os": {"release": {"state": "known", "source": "x", "value": {"major": 6, "minor": 1, "text": "6.1.0-1"}}}},
    })
}

fn named(name: &str, mut report: Value) -> Value {
    report["host"] = name.into();
    report
}

/// Gives a text to `isodoc fleet ... -`.
fn fed(args: &[&str], input: &[u8]) -> (i32, String, String) {
    let mut command = isodoc(&[&["fleet"][..], args, &["-"]].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || _ = stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    parts(output)
}

fn counted(args: &[&str], input: &str) -> (i32, Value, String) {
    let (code, out, err) = fed(&[&["--format", "json"], args].concat(), input.as_bytes());
    let report: Value =
        serde_json::from_str(&out).unwrap_or_else(|why| panic!("{why}\n{out}{err}"));
    let schema: Value = serde_json::from_str(&said(&["schema", "fleet"]).1).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator.iter_errors(&report).map(|e| e.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new(), "{out}");
    (code, report, err)
}

fn lines(reports: &[Value]) -> String {
    reports.iter().map(|report| format!("{report}\n")).collect()
}

#[test]
fn the_way_that_frees_most_comes_first_and_the_next_is_counted_on_the_rest() {
    let refused = |name: &str, ways: &[(&str, u32)]| {
        named(name, host("unsupported", Some("max-user-namespaces-zero"), ways))
    };
    let fleet = lines(&[
        refused("e", &[("b", 10), ("a", 1)]),
        refused("d", &[("b", 10)]),
        refused("c", &[("b", 10), ("c", 5)]),
        refused("f", &[("a", 1)]),
        refused("g", &[]),
        named("h", host("supported", None, &[])),
        named("i", host("unknown", Some("landlock"), &[])),
    ]);
    let (code, report, err) = counted(&[], &fleet);
    assert_eq!((code, err.as_str()), (1, ""));
    assert_eq!(report["verdict"], "unsupported");
    assert_eq!(report["hosts"], json!({"supported": 1, "unsupported": 5, "unknown": 1}));
    let steps = report["first"].as_array().unwrap();
    let told: Vec<_> =
        steps.iter().map(|s| (&s["id"], &s["frees"]["first"], &s["alone"])).collect();
    // `a` frees two alone, and only one that `b` does not; `c` frees none that is left.
    assert_eq!(
        told,
        [
            (&json!("b"), &json!(["c", "d", "e"]), &json!(3)),
            (&json!("a"), &json!(["f"]), &json!(2)),
        ]
    );
    assert_eq!((&steps[0]["example"], &steps[0]["commands"]), (&json!("c"), &json!(["do b"])));
    assert_eq!(report["no_remedy"], json!({"count": 1, "first": ["g"]}));
    let unshare = &report["mechanisms"][0];
    assert_eq!(unshare["causes"][0]["hosts"]["count"], 5);
    assert_eq!(report["mechanisms"][1]["others"]["unsupported"], 7);
    assert_eq!(report["mechanisms"][1]["causes"], json!([]), "nobody asked");
    assert_eq!(report["kernels"][0], json!({"id": "6.1.0-1", "verdicts": report["hosts"]}));
    // The order in which hosts are read changes nothing.
    let backwards: Vec<&str> = fleet.lines().rev().collect();
    assert_eq!(counted(&[], &backwards.join("\n")).1, report);
    let (_, screen, _) = fed(&[], fleet.as_bytes());
    assert!(
        screen.starts_with("What is required works on 1 of 7 hosts; 5 are refused, 1 is unknown\n"),
        "{screen}"
    );
    assert!(screen.contains(" 1. frees 3 hosts: b ("), "{screen}");
    assert!(screen.contains(" 2. frees 1 host more (2 if it were the first): a ("), "{screen}");
    assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
}

#[test]
fn what_frees_a_host_frees_all_that_is_refused_there() {
    let mut both = named("a", host("unsupported", Some("x"), &[("one", 1), ("two", 2)]));
    let mut second = both["mechanisms"][0].clone();
    second["id"] = "bubblewrap".into();
    second["remedies"].as_array_mut().unwrap().remove(0);
    both["mechanisms"].as_array_mut().unwrap().push(second);
    // A remedy that was not seen to lead to `supported` is none.
    let mut open = named("b", host("unsupported", Some("x"), &[("one", 1)]));
    open["mechanisms"][0]["remedies"][0]["leads_to"] = "unknown".into();
    let (_, report, _) = counted(&[], &lines(&[both, open]));
    let ids: Vec<_> = report["first"].as_array().unwrap().iter().map(|s| &s["id"]).collect();
    assert_eq!(ids, ["two"]);
    assert_eq!(report["no_remedy"]["first"], json!(["b"]));
}

/// Snapshots are answered as `check --snapshot` answers, and their remedies are those it predicts.
#[test]
fn snapshots_are_predicted_here() {
    let dir = directory("fleet-snapshots");
    let mut verdicts = [0, 0];
    for (name, verdict, ..) in CAPTURES {
        std::fs::copy(capture(name), dir.join(format!("{name}.json"))).unwrap();
        verdicts[usize::from(*verdict != "supported")] += 1;
    }
    let dir = dir.to_str().unwrap();
    let (code, out, err) = said(&["fleet", "--format", "json", dir]);
    assert_eq!((code, err.as_str()), (1, ""));
    let report: Value = serde_json::from_str(&out).unwrap();
    let expected = json!({"supported": verdicts[0], "unsupported": verdicts[1], "unknown": 0});
    assert_eq!(report["hosts"], expected);
    assert_eq!(report["read"], json!({"reports": 0, "snapshots": CAPTURES.len(), "short": 0}));
    assert_eq!(report["named_by"]["file"], CAPTURES.len());
    // The same from the reports of `check` on the same snapshots.
    let reports: Vec<Value> =
        CAPTURES.iter().map(|(name, ..)| named(name, common::report(name, &[]))).collect();
    let (_, of_reports, _) = counted(&[], &lines(&reports));
    for key in ["hosts", "mechanisms", "first", "no_remedy", "platforms", "vantages", "kernels"] {
        assert_eq!(report[key], of_reports[key], "{key}");
    }
    // What is asked about them can be said.
    let (code, out, _) = said(&["fleet", "--format", "json", "--for", "nix", dir]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert!(code < 4 && report["mechanisms"][0]["id"] == "nix", "{out}");
    let (code, _, err) = said(&["fleet", "--for", "nix", "--for", "unshare", "--flags", "-U", dir]);
    assert!(code == 2 && err.contains("--flags"), "{err}");
}

#[test]
fn bad_input_is_told_with_its_place_and_the_rest_is_counted() {
    let good = host("supported", None, &[]).to_string();
    let mut old: Value = serde_json::from_str(&good).unwrap();
    old["schema_version"] = 2.into();
    let bad = [
        "ssh: connect to host web1 port 22: Connection refused",
        "{",
        "{\"schema_version\":1,\"verdict\":\"suppor",
        "[]",
        "null",
        "{}",
        "{\"schema_version\":1,\"verdict\":\"maybe\",\"mechanisms\":[]}",
        "{\"schema_version\":1,\"verdict\":\"supported\",\"mechanisms\":{}}",
        "{\"snapshot_version\":1}",
        "{\"files\":[],\"schema_version\":1,\"verdict\":\"supported\"}",
        &old.to_string(),
        &format!("{{\"a\":{}1{}}}", "[".repeat(9999), "]".repeat(9999)),
        &format!("{good}{good}"),
    ];
    let mut input = vec![];
    for line in bad {
        input.extend_from_slice(format!("{good}\n{line}\n").as_bytes());
    }
    input.extend_from_slice(b"{\"host\":\"\xff\"}\n\x00\n{\"host\":");
    let (code, out, err) = fed(&["--format", "json"], &input);
    assert_eq!(code, 2, "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["hosts"]["supported"], bad.len(), "{err}");
    assert_eq!(report["unreadable"]["count"], bad.len() + 3, "{err}");
    assert_eq!(err.lines().count(), bad.len() + 3, "{err}");
    assert!(err.contains("isodoc: -:2: no JSON object\n"), "{err}");
    assert!(err.contains("isodoc: -:22: schema_version is 2, this isodoc reads 1\n"), "{err}");
    assert!(!err.contains("panicked"), "{err}");
    assert!(fed(&[], &input).1.contains("16 documents could not be read"), "{out}");
    // Of very many, the first are told.
    let (code, out, err) = fed(&["--format", "json"], "x\n".repeat(1000).as_bytes());
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["unreadable"]["count"]), (2, &json!(1000)));
    assert!(err.lines().count() < 30, "{err}");
    // Nothing at all is no success.
    assert_eq!(fed(&[], b"").0, 3);
    let (code, _, err) = said(&["fleet", "no/such", capture("host-root").to_str().unwrap()]);
    assert!(code == 2 && err.contains("no/such: "), "{err}");
    assert_eq!(said(&["fleet"]).0, 2);
}

#[test]
fn hosts_are_named_by_what_says_whose_a_report_is() {
    let dir = directory("fleet-names");
    std::fs::create_dir(dir.join("rack")).unwrap();
    let report = host("supported", None, &[]);
    let write = |name: &str, text: String| std::fs::write(dir.join(name), text).unwrap();
    write("rack/web1.json", serde_json::to_string_pretty(&report).unwrap());
    write("web2.json", named("own", report.clone()).to_string());
    write("many.ndjson", format!("{report}\ndb1: {report}\n"));
    write(".hidden.json", "x".into());
    let mut command = isodoc(&["fleet", "--format", "csv", "."]);
    let (code, out, err) = parts(command.current_dir(&dir).output().unwrap());
    assert_eq!((code, err.as_str()), (0, ""));
    let mut names: Vec<&str> =
        out.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    names.dedup();
    assert_eq!(names, ["./many.ndjson:1", "db1", "rack/web1", "own"]);
    assert!(
        out.contains("\r\ndb1,unshare,true,supported,,linux-bare-metal,host,6.1.0-1,,report,\r\n"),
        "{out}"
    );
}

/// What several programs that gather from hosts write, indented or not.
#[test]
fn what_stands_around_a_report_is_taken_off() {
    let report = host("supported", None, &[]);
    let indented = serde_json::to_string_pretty(&report).unwrap();
    let folded = indented.replace('\n', "\\n");
    let each = indented.replace('\n', "\nweb6: ");
    let input = format!(
        "\u{feff}web{{1}}: {report}\n2026-11-28T19:00:01Z {report}\n\
         web3 | FAILED | rc=1 | (stdout) {folded} (stderr) x\n\
         web4 | CHANGED | rc=0 >>\n{indented}\nweb5: {indented}\nweb6: {each}\n\
         1795892401.5 web7: {report}\nNov 28 19:00:01 web8 isodoc[7]: {report}\n"
    );
    let (code, out, err) = fed(&["--format", "csv"], input.as_bytes());
    assert_eq!((code, err.as_str()), (0, ""));
    let mut names: Vec<&str> =
        out.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    names.dedup();
    let last = input.lines().count();
    let last = format!("'-:{last}");
    assert_eq!(names, ["web{1}", "'-:2", "web3", "web4", "web5", "web6", "web7", &last]);
    // PowerShell's `>`: said once, and the next file is read.
    let dir = directory("fleet-utf16");
    let path = dir.join("a.json");
    let utf16 = indented.encode_utf16().flat_map(u16::to_le_bytes);
    std::fs::write(&path, [0xff, 0xfe].into_iter().chain(utf16).collect::<Vec<u8>>()).unwrap();
    std::fs::write(dir.join("b.json"), &indented).unwrap();
    let (code, out, err) = said(&["fleet", dir.to_str().unwrap()]);
    assert_eq!((code, err.lines().count()), (2, 1), "{err}");
    assert!(err.contains("a.json: UTF-16"), "{err}");
    assert!(out.starts_with("What is required works on the one host\n"), "{out}");
}

/// What a report claims and does not bear out is no success.
#[test]
fn a_report_answers_for_its_verdict() {
    let mut none = host("supported", None, &[]);
    none["mechanisms"][0]["required"] = false.into();
    let mut empty = none.clone();
    empty["mechanisms"] = json!([]);
    let mut other = host("unsupported", Some("landlock"), &[]);
    other["verdict"] = "supported".into();
    for (report, why) in [
        (none, "a report without an answer that was required"),
        (empty, "a report without an answer that was required"),
        (other, "a report whose verdict is supported, and that of its answers unsupported"),
    ] {
        let (code, counted, err) = counted(&[], &lines(&[report]));
        assert_eq!((code, err), (2, format!("isodoc: -:1: {why}\n")));
        assert_eq!(counted["hosts"], json!({"supported": 0, "unsupported": 0, "unknown": 0}));
        assert_eq!(counted["verdict"], "unknown");
    }
}

#[test]
fn what_is_asked_here_is_asked_of_reports_too() {
    let mut told = named("a", host("supported", None, &[]));
    told["mechanisms"][1]["flags"] = json!(["-Mo"]);
    let mut able = named("b", host("unsupported", Some("landlock"), &[]));
    able["mechanisms"][1] = json!({"id": "nsjail", "required": false, "verdict": "supported"});
    let fleet = lines(&[told, able]);
    let hosts = |args: &[&str]| {
        let (code, report, err) = counted(args, &fleet);
        assert_eq!(err, "");
        let of = report["mechanisms"].as_array().unwrap().iter();
        let asked: Vec<_> = of
            .filter(|of| of["required"] != json!({"supported": 0, "unsupported": 0, "unknown": 0}))
            .map(|of| of["id"].clone())
            .collect();
        (code, report["hosts"].clone(), report["read"]["short"].clone(), asked)
    };
    let of = |code, works: u64, refused: u64, open: u64, short: u64, asked: &[&str]| {
        let hosts = json!({"supported": works, "unsupported": refused, "unknown": open});
        (code, hosts, json!(short), asked.iter().map(|id| json!(id)).collect::<Vec<_>>())
    };
    assert_eq!(hosts(&[]), of(1, 1, 1, 0, 0, &["unshare"]));
    assert_eq!(hosts(&["--for", "nsjail"]), of(1, 1, 1, 0, 0, &["nsjail"]));
    // What their hosts were not asked is not known.
    assert_eq!(hosts(&["--for", "nix"]), of(3, 0, 0, 2, 2, &["nix"]));
    assert_eq!(hosts(&["--for", "nsjail", "--flags", "-Mo"]), of(1, 0, 1, 1, 1, &["nsjail"]));
    assert_eq!(hosts(&["--flags", "--user"]), of(3, 0, 0, 2, 2, &["unshare"]));
    let (_, screen, _) = fed(&["--for", "nix"], fleet.as_bytes());
    assert!(
        screen.contains("is unknown for 2 hosts, whose reports answer something else"),
        "{screen}"
    );
    // Nobody has looked for ways there: that none is listed is not that there is none.
    let (_, report, _) = counted(&["--for", "nsjail"], &fleet);
    assert_eq!((&report["first"], &report["no_remedy"]["count"]), (&json!([]), &json!(0)));
}

/// What the kernel would let work is not there for that.
#[test]
fn what_is_not_installed_is_said() {
    let capture = capture("host-root");
    let capture = capture.to_str().unwrap();
    let (code, out, _) = said(&["check", "--for", "nsjail", "--snapshot", capture]);
    let first = out.lines().next().unwrap();
    assert_eq!(
        (code, first),
        (0, "nsjail should work here: predicted, not tried; it is not installed")
    );
    let (code, out, err) = said(&["fleet", "--for", "nsjail", capture]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("On 1 host nsjail counts as working, though not installed"), "{out}");
    let (_, csv, _) = said(&["fleet", "--for", "nsjail", "--format", "csv", capture]);
    assert!(
        csv.lines().any(|l| l.contains(",nsjail,true,supported,") && l.ends_with(",false")),
        "{csv}"
    );
    // The same of its report.
    let (_, report, _) =
        said(&["check", "--for", "nsjail", "--snapshot", capture, "--format", "ndjson"]);
    let (_, report, _) = counted(&[], &report);
    assert_eq!(report["mechanisms"][0]["not_installed"], 1);
}

/// Many hosts are counted by several threads, and what comes of it is the same in every run and
/// with one processor; the rows are in the order of the reports.
#[test]
fn what_comes_of_many_hosts_does_not_depend_on_who_is_faster() {
    let report = |at: u32| {
        let (ways, cause) = ([("a", 3), ("b", at % 5), ("c", 1)], format!("cause-{}", at % 7));
        let verdict = ["supported", "unsupported", "unsupported", "unknown"][at as usize % 4];
        // Names that come again, with commands of their own.
        let mut report = host(verdict, Some(&cause), &ways[at as usize % 3..]);
        report["mechanisms"][0]["remedies"][0]["commands"] = json!([format!("do {at}")]);
        named(&format!("h{}", at % 900), report).to_string()
    };
    let mut input: Vec<String> = (0..3000).map(report).collect();
    input.insert(1500, "web1: no".to_owned());
    input.push("{".to_owned());
    let input = input.join("\n");
    let path = directory("fleet-many").join("all.ndjson");
    std::fs::write(&path, &input).unwrap();
    let path = path.to_str().unwrap();
    for format in ["json", "csv", "html", "human"] {
        let args = ["fleet", "--format", format, path];
        let first = said(&args);
        assert_eq!(said(&args), first, "{format}");
        let mut one = Command::new("taskset");
        one.args(["-c", "0", env!("CARGO_BIN_EXE_isodoc")]).args(args).env_remove("TERM");
        match one.output() {
            Ok(output) => assert!(parts(output) == first, "{format}"),
            Err(why) => println!("skipped: one processor alone, taskset: {why}"),
        }
        assert_eq!((first.0, first.2.lines().count()), (2, 2), "{}", first.2);
        if format == "csv" {
            let names = first.1.lines().skip(1).step_by(2).map(|l| l.split(',').next().unwrap());
            let expected = (0..3000).map(|at| format!("h{}", at % 900));
            assert!(names.eq(expected));
        }
    }
}

/// On a terminal, long work says how far it is; elsewhere it says nothing.
#[test]
fn long_work_says_how_far_it_is_on_a_terminal() {
    let dir = directory("fleet-progress");
    let report = named("h", host("supported", None, &[]));
    std::fs::write(dir.join("all.ndjson"), lines(&vec![report; 600])).unwrap();
    let isodoc = env!("CARGO_BIN_EXE_isodoc");
    let line = format!("(cat all.ndjson; sleep 0.7; cat all.ndjson all.ndjson) | {isodoc} fleet -");
    let run = |program: &str, args: &[&str]| {
        let mut command = Command::new(program);
        command.args(args).current_dir(&dir).env("TERM", "xterm").env_remove("NO_COLOR");
        command.stdin(Stdio::null()).output()
    };
    match run("script", &["-qec", &line, "/dev/null"]) {
        Ok(output) => {
            let (_, out, _) = parts(output);
            let (before, after) = out.split_once(" hosts ...\u{1b}[K").unwrap();
            assert!(before.starts_with('\r'), "{out:?}");
            assert!(after.contains("\r\u{1b}[K"), "it goes away: {out:?}");
        }
        Err(why) => println!("skipped: a terminal, script: {why}"),
    }
    let (code, out, err) = parts(run("sh", &["-c", &line]).unwrap());
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(!out.contains(['\r', '\u{1b}']), "{out:?}");
}

/// What breaks out of some syntax.
const HOSTILE: &str = "=w\u{1b}[2J\n\r</td><script>x\", ',;\u{85}\u{202e}\u{7f}|`";

#[test]
fn names_stay_text_in_every_format() {
    let mut report = named(HOSTILE, host("unsupported", Some(HOSTILE), &[(HOSTILE, 1)]));
    report["platform"]["id"] = HOSTILE.into();
    report["vantage"]["id"] = HOSTILE.into();
    report["mechanisms"][0]["id"] = HOSTILE.into();
    report["mechanisms"][0]["remedies"][0]["who"] = HOSTILE.into();
    report["mechanisms"][0]["remedies"][0]["weakens"] = HOSTILE.into();
    report["mechanisms"][0]["remedies"][0]["commands"] = json!([HOSTILE, HOSTILE]);
    report["facts"]["os"]["release"]["value"]["text"] = HOSTILE.into();
    for format in ["human", "json", "csv", "html"] {
        let (code, out, err) = fed(&["--format", format], lines(&[report.clone()]).as_bytes());
        assert_eq!((code, err.as_str()), (1, ""), "{format}");
        let ends = |c: char| c == '\n' || format == "csv" && c == '\r';
        assert!(!out.contains(|c: char| c.is_control() && !ends(c)), "{format}: {out:?}");
        assert!(!out.contains('\u{202e}'), "{format}: {out:?}");
        match format {
            "csv" => {
                assert_eq!(out.lines().count(), 3, "{out}");
                assert!(
                    out.lines().nth(1).unwrap().starts_with("\"'=w\\x1b[2J\\n\\r</td>"),
                    "{out}"
                );
            }
            "html" => {
                assert_eq!(out.matches("<script").count(), 1, "{out}");
                let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
                roxmltree::Document::parse_with_options(&out, options).unwrap();
            }
            _ => {}
        }
    }
}

/// A command of several lines begins no line of the screen.
#[test]
fn what_a_report_calls_a_command_looks_like_no_answer() {
    let mut report = named("a", host("unsupported", Some("landlock"), &[("x", 1)]));
    let answer = "What is required works on all 7 hosts";
    let command = format!("tee x <<'EOF'\n{answer}\nEOF");
    report["mechanisms"][0]["remedies"][0]["commands"] = json!(["one", command]);
    let (code, out, _) = fed(&[], lines(&[report]).as_bytes());
    assert_eq!(code, 1);
    assert!(!out.lines().any(|line| line.trim().starts_with(answer)), "{out}");
    assert!(out.contains("    tee x <<'EOF'\\n"), "{out}");
}

/// The policy of the page names its script and no other.
#[test]
fn the_page_runs_its_own_script_alone() {
    let reports: Vec<Value> =
        (0..30).map(|at| named(&format!("h{at}"), host("supported", None, &[]))).collect();
    let (code, page, _) = fed(&["--format", "html"], lines(&reports).as_bytes());
    assert_eq!(code, 0);
    let (before, rest) = page.split_once("<script>").unwrap();
    let (script, after) = rest.split_once("</script>").unwrap();
    assert!(!after.contains("<script"));
    assert_eq!(before.matches("<tr>").count(), 2 + 3 * 2 + 31, "the table is there without it");
    let digest = Command::new("openssl")
        .args(["dgst", "-sha256", "-binary"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut digest) = digest else { return };
    digest.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let digest = digest.wait_with_output().unwrap().stdout;
    let policy = format!("script-src 'sha256-{}'", base64(&digest));
    assert!(page.contains(&policy), "the script has changed: {policy}");
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let number =
            chunk.iter().fold(0, |n, byte| n << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * at) & 63) as usize] as char;
            out.push(if at <= chunk.len() { digit } else { '=' });
        }
    }
    out
}

/// The queries of docs/fleet.md run, where DuckDB is installed.
#[test]
fn the_queries_of_the_documentation_run() {
    let python = std::env::var_os("ISODOC_DUCKDB_PYTHON").map(PathBuf::from);
    let python = python.unwrap_or_else(|| "python3".into());
    let has = Command::new(&python).args(["-c", "import duckdb"]).stderr(Stdio::null()).status();
    if !has.is_ok_and(|status| status.success()) {
        return;
    }
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/fleet.md"))
        .unwrap();
    let queries: Vec<&str> =
        page.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(queries.len() >= 3);
    let dir = directory("fleet-duckdb");
    let reports: Vec<Value> =
        CAPTURES.iter().map(|(name, ..)| named(name, common::report(name, &[]))).collect();
    std::fs::write(dir.join("reports.ndjson"), lines(&reports)).unwrap();
    let (_, csv, _) = fed(&["--format", "csv"], lines(&reports).as_bytes());
    std::fs::write(dir.join("fleet.csv"), csv).unwrap();
    for query in queries {
        let script = "import duckdb, sys\nrows = duckdb.sql(sys.argv[1]).fetchall()\nassert rows, sys.argv[1]\nprint(rows)";
        let output =
            Command::new(&python).args(["-c", script, query]).current_dir(&dir).output().unwrap();
        let (code, out, err) = parts(output);
        assert_eq!(code, 0, "{query}\n{out}{err}");
    }
}
