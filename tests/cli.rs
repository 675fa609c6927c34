//! The outside contract of the program: arguments, exit codes, what goes where.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::path::PathBuf;
use std::process::Stdio;

use common::{CAPTURES, capture, changed, directory, isodoc, json, parts, report, run, said};
use serde_json::{Value, json};

#[test]
fn exit_code_is_the_verdict_in_every_format() {
    for (name, verdict, cause, code) in CAPTURES {
        let path = capture(name);
        for format in ["human", "json"] {
            let (got, out, err) =
                said(&["check", "--format", format, "--snapshot", path.to_str().unwrap()]);
            assert_eq!((got, err.as_str()), (*code, ""), "{name} {format}");
            let answer = match *verdict {
                "supported" => "Isolation should work here",
                "unsupported" => "Isolation will not work here",
                _ => "Cannot tell whether isolation works here",
            };
            assert!(format == "json" || out.starts_with(answer), "{name}: {out}");
        }
        let report = report(name, &[]);
        assert_eq!(report["verdict"], *verdict, "{name}");
        assert_eq!(report["mechanisms"][0]["cause"]["id"].as_str(), *cause, "{name}");
        assert_eq!(report["mechanisms"][0]["prediction"]["cause"].as_str(), *cause, "{name}");
    }
}

#[test]
fn nothing_captured_is_unknown() {
    let root = directory("empty");
    let args = ["check", "--format", "json", "--root", root.to_str().unwrap()];
    let (code, ..) = said(&args);
    let report = json(&args);
    assert_eq!((code, report["verdict"].as_str()), (3, Some("unknown")));
    assert_eq!(report["mechanisms"][0]["probe"]["status"], "skipped");
    // The same tree as a whole host has no unshare(1).
    let whole =
        json(&["check", "--format", "json", "--complete", "--root", root.to_str().unwrap()]);
    assert_eq!(whole["mechanisms"][0]["cause"]["id"], "unshare-missing");
}

#[test]
fn a_malformed_file_is_a_fact() {
    let root = directory("malformed");
    std::fs::create_dir_all(root.join("proc/sys/user/max_user_namespaces")).unwrap();
    let args = ["check", "--format", "json", "--root", root.to_str().unwrap()];
    let (code, ..) = said(&args);
    assert_eq!(code, 3);
    let findings = json(&args)["findings"].clone();
    let of_file = |f: &&Value| f["evidence"][0]["source"] == "/proc/sys/user/max_user_namespaces";
    let finding = findings.as_array().unwrap().iter().find(of_file).unwrap();
    assert_eq!(
        (finding["rule"].as_str(), finding["severity"].as_str()),
        (Some("malformed-fact"), Some("note"))
    );
}

#[test]
fn wrong_usage_is_2_and_says_what_to_do() {
    let old = changed("host-root", |s| s["snapshot_version"] = json!(99));
    let garbage = directory("garbage").join("file");
    std::fs::write(&garbage, "not json").unwrap();
    let newer = directory("newer").join("file");
    std::fs::write(&newer, "{\"snapshot_version\": 99, \"facts\": []}").unwrap();
    let newer = newer.to_str().unwrap();
    let (old, garbage) = (old.to_str().unwrap(), garbage.to_str().unwrap());
    let cases: &[(&[&str], &[&str])] = &[
        (&["chekc"], &["check"]),
        (&["check", "--root", "/", "--snapshot", "x"], &["--root", "--snapshot"]),
        (&["check", "--complete"], &["--root"]),
        (&["check", "--timeout", "0"], &["from 1 to 3600"]),
        (
            &["check", "--require", "usersn"],
            &["unshare", "nsjail", "userns-remap", "mount-proc", "'userns'"],
        ),
        (&["explain", "max-user-namespaces-zeroo"], &["'max-user-namespaces-zero'"]),
        (&["explain", "proc-masked", "--error", "-"], &["--error"]),
        (&["explain", "proc-masked", "--here"], &["--here"]),
        (&["explain", "-"], &["`isodoc explain --error -`"]),
        (&["explain", "Cargo.toml"], &["`isodoc explain --error Cargo.toml`"]),
        (&["explain", "--error", "a b", "--here", "--root", "/"], &["--here", "--root"]),
        (&["explain", "--error", "a b", "--flags=--user"], &["--flags", "--here"]),
        (
            &["check", "--root", "/nonexistent"],
            &["isodoc: /nonexistent: No such file or directory"],
        ),
        (
            &["check", "--root", "/etc/passwd"],
            &["isodoc: /etc/passwd: Not a directory", "--snapshot"],
        ),
        (&["check", "--complete", "--snapshot", "x"], &["--complete", "--snapshot"]),
        (
            &["check", "--snapshot", "/nonexistent"],
            &["isodoc: /nonexistent: No such file or directory"],
        ),
        (
            &["check", "--snapshot", garbage],
            &["not an isodoc snapshot", "line 1 column", "isodoc snapshot"],
        ),
        (&["check", "--snapshot", old], &["snapshot_version is 99"]),
        (&["check", "--snapshot", newer], &["snapshot_version is 99"]),
        (&["check", "--snapshot", "/"], &["isodoc: /: ", "--root"]),
        #[cfg(target_os = "linux")]
        (&["check", "--snapshot", "/dev/zero"], &["isodoc: /dev/zero: larger than 64 MiB"]),
        (
            &["snapshot", "--output", "/nonexistent/file"],
            &["isodoc: /nonexistent/file: No such file or directory"],
        ),
    ];
    for (args, texts) in cases {
        let (code, out, err) = said(args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}: {err}");
        for text in *texts {
            assert!(err.contains(text), "{args:?} does not say {text}: {err}");
        }
    }
}

/// A refused probe without a step was told to have worked, and of a key that was there twice the
/// second counted.
#[test]
fn a_snapshot_that_contradicts_itself_is_refused() {
    let recorded = |verdict: &str, step: Value| json!({"flags": [], "verdict": verdict, "step": step, "errno": null});
    let twice = directory("twice").join("file");
    let text = std::fs::read_to_string(capture("host-root")).unwrap();
    let again = "\"files\": {\"/proc/version\": {\"Err\": \"absent\"},";
    std::fs::write(&twice, text.replacen("\"files\": {", again, 1)).unwrap();
    for (path, says) in [
        (changed("host-root", |s| s["probe"] = recorded("unsupported", Value::Null)), "probe"),
        (changed("host-root", |s| s["probe"] = recorded("supported", json!("unshare"))), "probe"),
        (changed("host-root", |s| s["probe"] = recorded("unknown", Value::Null)), "probe"),
        (twice, "`/proc/version` is there twice at line"),
    ] {
        let (code, out, err) = said(&["check", "--snapshot", path.to_str().unwrap()]);
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains("not an isodoc snapshot") && err.contains(says), "{err}");
    }
}

/// What the probe met is no answer about facts that somebody changed later.
#[test]
fn facts_that_were_changed_are_not_answered_by_the_probe_of_before() {
    let flags = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"];
    let probe = json!({
        "flags": flags, "verdict": "supported", "step": null, "errno": null, "foreseen": true
    });
    let answer = |path: PathBuf| {
        let report =
            common::json(&["check", "--format", "json", "--snapshot", path.to_str().unwrap()]);
        (report["verdict"].clone(), report["mechanisms"][0]["probe"]["status"].clone())
    };
    let as_taken = changed("host-root", |s| s["probe"] = probe.clone());
    assert_eq!(answer(as_taken), (json!("supported"), json!("ran")));
    let zero = changed("host-root", |s| {
        s["probe"] = probe.clone();
        s["files"]["/proc/sys/user/max_user_namespaces"] = json!({"Ok": "0\n"});
    });
    assert_eq!(answer(zero), (json!("unsupported"), json!("failed")));
    let refused = changed("host-root", |s| {
        s["probe"] = probe.clone();
        s["probe"]["verdict"] = json!("unsupported");
        s["probe"]["step"] = json!("unshare");
        s["probe"]["errno"] = json!("ENOSPC");
    });
    assert_eq!(answer(refused), (json!("unknown"), json!("failed")));
}

#[test]
fn help_and_version() {
    for args in [&["--help"][..], &["check", "--help"], &["explain", "-h"]] {
        let (code, out, err) = said(args);
        assert_eq!((code, err.as_str()), (0, ""), "{args:?}");
        assert!(out.contains("Usage: isodoc") && out.contains("Examples:"), "{args:?}: {out}");
    }
    assert_eq!(
        said(&["--version"]),
        (0, format!("isodoc {}\n", env!("CARGO_PKG_VERSION")), String::new())
    );
    let (code, out, err) = said(&[]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("Usage: isodoc"), "{err}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    for (name, _, _, code) in CAPTURES {
        let path = capture(name);
        let mut child =
            isodoc(&["check", "--format", "json", "--snapshot", path.to_str().unwrap()])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
        drop(child.stdout.take());
        let (got, _, err) = parts(child.wait_with_output().unwrap());
        assert_eq!((got, err.as_str()), (*code, ""), "{name}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn output_that_cannot_be_written_is_an_error() {
    let path = capture("host-root");
    for args in [&["check", "--snapshot", path.to_str().unwrap()][..], &["rules"], &["--help"]] {
        let full = std::fs::File::create("/dev/full").unwrap();
        let output = isodoc(args).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let (code, _, err) = parts(output);
        assert_eq!(code, 2, "{args:?}");
        assert!(
            err.starts_with("isodoc: standard output: No space left on device"),
            "{args:?}: {err}"
        );
    }
}

/// A used-up quota is in no file: only the probe sees it, and the snapshot carries what it saw.
#[test]
#[cfg(target_os = "linux")]
fn a_snapshot_carries_what_the_probe_met() {
    let file = std::env::temp_dir().join(format!("isodoc-snapshot-{}", std::process::id()));
    let path = file.to_str().unwrap();
    let (code, out, err) = said(&["snapshot", "--flags=--user --map-root-user", "-o", path]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
    let here = |more: &[&str]| {
        json(&[&["check", "--format", "json", "--flags=--user --map-root-user"][..], more].concat())
    };
    let (there, now) = (here(&["--snapshot", path]), here(&[]));
    let (there, now) = (&there["mechanisms"][0], &now["mechanisms"][0]);
    assert_eq!(there["probe"]["recorded"], true, "{there}");
    for field in ["verdict", "step", "errno"] {
        assert_eq!(there["probe"][field], now["probe"][field], "{field}");
    }
    assert_eq!(there["verdict"], now["verdict"]);
    let without = here(&["--snapshot", path, "--no-probe"]);
    assert_eq!(without["mechanisms"][0]["probe"]["status"], "skipped");
    std::fs::remove_file(file).unwrap();
}

#[test]
fn what_is_required_decides() {
    let requires = |ids: &[&str]| {
        let args: Vec<&str> = ids.iter().flat_map(|id| ["--require", id]).collect();
        let report = report("proc-masked-docker", &args);
        let required = report["required"].as_array().unwrap().iter();
        let required: Vec<String> = required
            .map(|r| format!("{} {}", r["id"].as_str().unwrap(), r["verdict"].as_str().unwrap()))
            .collect();
        (report["verdict"].as_str().unwrap().to_owned(), required.join(", "))
    };
    let is = |verdict: &str, required: &str| (verdict.to_owned(), required.to_owned());
    assert_eq!(requires(&["userns"]), is("supported", "userns supported"));
    assert_eq!(requires(&["mount-proc"]), is("unsupported", "mount-proc unsupported"));
    assert_eq!(
        requires(&["pid-namespace", "unshare", "pid-namespace"]),
        is("unsupported", "pid-namespace supported, unshare unsupported")
    );
    assert_eq!(requires(&["nsjail"]), is("unsupported", "nsjail unsupported"));
    // Nothing but what was required is among the capabilities.
    assert_eq!(report("host-root", &[])["capabilities"], json!([]));
    assert_eq!(report("host-root", &["--require", "userns"])["mechanisms"][0]["required"], false);
}

#[test]
fn flags_come_from_the_option_then_the_worker_then_the_default() {
    let flags = |report: &Value| {
        report["mechanisms"][0]["flags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f.as_str().unwrap())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        flags(&report("host-root", &[])),
        "--user --map-root-user --pid --fork --mount-proc"
    );
    let path = changed("host-root", |s| {
        s["env"]["UNSHARE_ISOLATION_FLAGS"] = json!({"Ok": " --pid\t--fork\n--mount-proc "})
    });
    let args = ["check", "--format", "json", "--snapshot", path.to_str().unwrap()];
    assert_eq!(flags(&json(&args)), "--pid --fork --mount-proc");
    let with_option = [&args[..], &["--flags", "-Urpf"]].concat();
    assert_eq!(flags(&json(&with_option)), "-Urpf");
}

#[test]
fn the_worker() {
    let worker = |name: &str, env: &[(&str, &str)]| {
        let path = changed(name, |s| {
            for (key, value) in env {
                s["env"][*key] = json!({ "Ok": value });
            }
        });
        let report = json(&["check", "--format", "json", "--snapshot", path.to_str().unwrap()]);
        let rules: Vec<String> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["rule"].as_str().unwrap().to_owned())
            .collect();
        (report["worker"]["outcome"].as_str().unwrap().to_owned(), rules)
    };
    let (outcome, rules) = worker("proc-masked-docker", &[("FAVOR_UNSHARE_PID", "true")]);
    assert_eq!(
        (outcome.as_str(), rules.first().map(String::as_str)),
        ("runs-unisolated", Some("worker-runs-unisolated"))
    );
    let (outcome, rules) = worker("proc-masked-docker", &[("ENABLE_UNSHARE_PID", "true")]);
    assert_eq!(
        (outcome.as_str(), rules.first().map(String::as_str)),
        ("panics", Some("worker-panics"))
    );
    let (outcome, rules) =
        worker("host-root", &[("ENABLE_UNSHARE_PID", "true"), ("DISABLE_NSJAIL", "false")]);
    assert_eq!(
        (outcome.as_str(), rules.first().map(String::as_str)),
        ("jobs-fail", Some("worker-jobs-fail"))
    );
    let (outcome, rules) = worker("host-root", &[("ENABLE_UNSHARE_PID", "yes")]);
    assert_eq!(
        (outcome.as_str(), rules.first().map(String::as_str)),
        ("not-requested", Some("worker-variable-ignored"))
    );
    let (outcome, _) = worker("host-root", &[("FAVOR_UNSHARE_PID", "true")]);
    assert_eq!(outcome, "isolated-by-unshare");
}

#[test]
fn a_snapshot_predicts_what_its_host_predicts() {
    let file = directory("snapshot").join("here.json");
    let (code, out, err) = said(&["snapshot", "--output", file.to_str().unwrap()]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
    let here = json(&["check", "--format", "json", "--no-probe"]);
    let there = json(&["check", "--format", "json", "--snapshot", file.to_str().unwrap()]);
    for field in ["verdict", "required", "vantage", "platform", "docker", "worker"] {
        assert_eq!(here[field], there[field], "{field}");
    }
    for (a, b) in
        here["mechanisms"].as_array().unwrap().iter().zip(there["mechanisms"].as_array().unwrap())
    {
        assert_eq!(a["prediction"]["cause"], b["prediction"]["cause"]);
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for (name, ..) in CAPTURES {
        let path = capture(name);
        for args in [&["--format", "json"][..], &["--verbose"]] {
            let args = [&["check", "--snapshot", path.to_str().unwrap()], args].concat();
            assert_eq!(run(&args).stdout, run(&args).stdout, "{name}");
        }
    }
}

#[test]
fn every_rule_is_explained() {
    let rules = json(&["rules", "--format", "json"]);
    assert_eq!(rules["schema_version"], 1);
    let (_, table, _) = said(&["rules"]);
    for rule in rules["rules"].as_array().unwrap() {
        let id = rule["id"].as_str().unwrap();
        for field in ["title", "since", "docs"] {
            assert!(
                rule[field].as_str().is_some_and(|text| !text.is_empty()),
                "{id} has no {field}"
            );
        }
        assert!(rule["step"].is_string(), "{id}");
        let (code, out, _) = said(&["explain", id]);
        assert_eq!(code, 0, "{id}");
        // Lines are broken elsewhere, and the marks of Markdown are gone.
        let letters =
            |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
        let (title, docs) = (rule["title"].as_str().unwrap(), rule["docs"].as_str().unwrap());
        let (shown, head) = (letters(&out), letters(&format!("{id}: {title}")));
        // An id that names a mechanism too is answered with both.
        let alone = !out.starts_with("RULE");
        let fits = |part: &str, at: bool| if alone { at } else { shown.contains(part) };
        assert!(fits(&head, shown.starts_with(&head)), "{id}: {out}");
        assert!(fits(&letters(docs), shown.ends_with(&letters(docs))), "{id}: {out}");
        let wide = |line: &&str| line.chars().count() > 80 && line.trim_start().contains(' ');
        assert_eq!(
            out.lines()
                .take_while(|line| *line != "MECHANISM")
                .find(|line| wide(line) && !line.starts_with("      ")),
            None,
            "{id}"
        );
        assert!(
            table.lines().any(|line| line.split(' ').next() == Some(id)),
            "{id} is not in the table"
        );
        assert_eq!(json(&["explain", id, "--format", "json"])["rule"], *rule, "{id}");
    }
}

#[test]
fn generated_pages_are_printed() {
    for (shell, mark) in [
        ("bash", "complete -F _isodoc"),
        ("zsh", "#compdef isodoc"),
        ("fish", "complete -c isodoc"),
        ("elvish", "edit:completion"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let (code, out, _) = said(&["completions", shell]);
        assert_eq!(code, 0, "{shell}");
        assert!(out.contains(mark) && out.contains("no-probe"), "{shell}");
    }
    let (code, page, _) = said(&["man"]);
    assert_eq!(code, 0);
    for text in
        [".SH \"EXIT STATUS\"", ".SH RULES", "max\\-user\\-namespaces\\-zero", "\\-\\-no\\-probe"]
    {
        assert!(page.contains(text), "{text} is not in the manual page");
    }
}

/// Findings, remedies, steps and mechanisms have pages as rules have, each under its kind.
#[test]
fn every_id_is_explained() {
    let list = json(&["rules", "--format", "json"]);
    let (_, table, _) = said(&["rules"]);
    for (kinds, kind, least) in [
        ("findings", "finding", 70),
        ("remedies", "remedy", 80),
        ("steps", "step", 15),
        ("mechanisms", "mechanism", 3),
    ] {
        let all = list[kinds].as_array().unwrap();
        assert!(all.len() >= least, "{kinds}: {}", all.len());
        for each in all {
            let id = each["id"].as_str().unwrap();
            assert_eq!(json(&["explain", id, "--format", "json"])[kind], *each, "{id}");
            let (code, out, _) = said(&["explain", id]);
            assert!(code == 0 && out.contains(&format!("{id}: ")), "{id}: {out}");
            assert!(table.lines().any(|line| line.split(' ').next() == Some(id)), "{id}");
        }
    }
    for step in list["steps"].as_array().unwrap() {
        for rule in step["rules"].as_array().unwrap() {
            let rule = json(&["explain", rule.as_str().unwrap(), "--format", "json"]);
            assert!(rule["rule"]["steps"].as_array().unwrap().contains(&step["id"]), "{rule}");
        }
    }
}

#[test]
fn an_id_that_names_several_things_or_was_merged_is_answered() {
    let several = "install-nsjail+sysctl-pid-max";
    let ids: Vec<_> = json(&["explain", several, "--format", "json"])["remedies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|remedy| remedy["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.join("+"), several);
    for (merged, into) in [
        ("relative-profile", "seccomp-profile-relative"),
        ("env-file-unread", "env-file-missing"),
        ("host-users-runtime", "host-users-needs-runtime"),
    ] {
        let answer = json(&["explain", merged, "--format", "json"]);
        assert_eq!(answer["finding"]["id"], into);
        let (_, out, _) = said(&["explain", merged]);
        assert!(out.starts_with(&format!("{merged} is part of {into} now")), "{out}");
    }
}

#[test]
fn an_unknown_id_is_answered_with_the_nearest_few() {
    for (id, near) in [
        ("max-user-namespaces-zeroo", "max-user-namespaces-zero"),
        ("host-user-needs-runtime", "host-users-needs-runtime"),
        ("instal-nsjail", "install-nsjail"),
        ("mount-procc", "mount-proc"),
    ] {
        let (code, out, err) = said(&["explain", id]);
        assert_eq!((code, out.as_str()), (2, ""), "{id}");
        assert!(err.contains(&format!("'{near}'")) && err.contains("isodoc rules"), "{err}");
        assert!(err.len() < 240 && err.lines().count() == 1, "{err}");
    }
    assert_eq!(said(&["explain", "no such thing at all"]).0, 2);
}

/// What `explain --error -` says of a text.
fn explain(text: &[u8], format: &str) -> (i32, String, String) {
    use std::io::Write;
    let mut child = isodoc(&["explain", "--error", "-", "--format", format])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may stop reading before the end.
    let _ = child.stdin.take().unwrap().write_all(text);
    parts(child.wait_with_output().unwrap())
}

#[test]
fn an_error_text_is_explained() {
    let (code, out, err) =
        explain(b"unshare: mount /proc failed: Operation not permitted\n", "json");
    assert_eq!((code, err.as_str()), (0, ""));
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&answer["schema_version"], &answer["step"], &answer["errno"]),
        (&json!(1), &json!("mount-proc"), &json!("EPERM"))
    );
    let ids: Vec<&str> =
        answer["causes"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
    assert!(ids.iter().take(3).any(|id| *id == "proc-masked"), "{ids:?}");
    assert!(answer["causes"][0]["title"].is_string());

    let (code, out, _) =
        explain(b"unshare: mount /proc failed: Operation not permitted\n", "human");
    assert_eq!(code, 0);
    assert!(out.contains("mount-proc") && out.contains("proc-masked"), "{out}");

    for format in ["human", "json"] {
        assert_eq!(explain(b"all is well\n", format).0, 3, "{format}");
        assert_eq!(explain(b"", format).0, 3, "{format}");
        assert_eq!(explain(b"\xff\xfe\x00", format).0, 3, "{format}");
    }
    let (code, out, err) = explain(&vec![b'a'; (1 << 20) + 1], "human");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("larger than 1 MiB") && err.contains("tail"), "{err}");

    let file = directory("error").join("log");
    std::fs::write(&file, "unshare: unshare failed: No space left on device\n").unwrap();
    let answer = json(&["explain", "--format", "json", "--error", file.to_str().unwrap()]);
    assert_eq!(
        (answer["step"].as_str(), answer["errno"].as_str()),
        (Some("unshare"), Some("ENOSPC"))
    );
    assert_eq!(said(&["explain", "--error", "/nonexistent"]).0, 2);
}

/// What a text says is told in words that are true of any program's message, and what is asked next
/// is about what the text is about.
#[test]
fn a_text_is_told_in_words_of_its_own() {
    for (text, words) in [
        ("docker run app\nmount: /mnt: permission denied.", "changing the mounts failed"),
        ("fatal: unable to create thread: Resource temporarily unavailable", "or a thread failed"),
        (
            "# podman run fedora init\nFailed to mount tmpfs at /run: Operation not permitted",
            "mounting a file system failed",
        ),
        ("chown /app/data: operation not permitted\nimage: app:1", "groups or owners failed"),
        ("write x: no space left on device", "nothing to do with isolation"),
        // `isodoc check` does not see what only texts show.
        (
            "/sys/fs/cgroup is not a valid cgroup2 filesystem",
            "What to do about it isodoc explain cgroup-v2-wanted",
        ),
        ("mkdir /run/runc: permission denied", "whether it is so, where it happened isodoc check"),
        // systemd says so where it could.
        (
            "Set hostname to <7f8b>.\nFailed to create /init.scope control group: Permission denied",
            "none is delegated",
        ),
        (
            "Error response from daemon: failed to start shim: fork/exec \
            /usr/bin/containerd-shim: resource temporarily unavailable",
            "isodoc check Read on",
        ),
        (
            "Error response from daemon: cannot share the host's network namespace when user \
            namespaces are enabled\nuserns-remap",
            "isodoc check --for userns-remap",
        ),
    ] {
        let (_, out, _) = explain(text.as_bytes(), "human");
        let flowing = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            flowing.contains(words) && !out.contains("setting the host name"),
            "{words}: {out}"
        );
        let remap = out.contains("--for userns-remap");
        assert_eq!(remap, text.ends_with("userns-remap"), "{out}");
    }
}

/// Root's bubblewrap makes no second user namespace, and what it starts makes one: out of that the
/// old root cannot be unmounted (`umount2(2)`: a locked mount).
#[cfg(target_os = "linux")]
#[test]
fn the_old_root_goes_before_a_sandbox_in_the_sandbox_begins() {
    let report = json(&["check", "--for", "claude-code", "--format", "json"]);
    assert_ne!(report["mechanisms"][0]["probe"]["step"], "pivot-root", "{report}");
}

/// The captures are of real machines: tests/vantage.rs.
#[test]
fn the_place_tells_which_cause_a_text_has() {
    let refused = "unshare: unshare failed: Operation not permitted";
    let ask = |format: &str, name: &str, more: &[&str]| {
        let path = capture(name);
        let start = ["explain", "--format", format, "--snapshot", path.to_str().unwrap()];
        said(&[&start, more].concat())
    };
    let (code, out, _) = ask("json", "seccomp-eperm", &["--error", refused]);
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 0);
    let (first, here) = (&answer["causes"][0], &answer["here"]);
    assert_eq!((&first["id"], &first["here"]), (&json!("seccomp-unshare"), &json!("confirmed")));
    assert_eq!((&here["mechanism"], &here["agrees"]), (&json!("unshare"), &json!(true)));
    assert_eq!((&here["step"], &here["errno"]), (&json!("unshare"), &json!("EPERM")));
    let (_, out, _) = ask("human", "seccomp-eperm", &["--error", refused]);
    for words in ["shown by", "this is what refuses it here", "seccomp-unshare"] {
        assert!(out.contains(words), "{words}: {out}");
    }
    // Where it works, the text is of another place, and isodoc says so.
    let (code, out, _) = ask("human", "host-nobody", &["--error", refused]);
    assert!(code == 0 && out.contains("it works"), "{out}");
    // Another refusal is met there, and is not taken for this one.
    let (_, out, _) = ask("human", "max-user-namespaces-zero", &["--error", refused]);
    assert!(out.contains("not what the text says"), "{out}");
    // The flags and the mechanism are asked about as `check` does.
    let flags = ["--error", refused, "--for", "unshare", "--flags", "--uts"];
    let (_, out, _) = ask("json", "seccomp-eperm", &flags);
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["here"]["command"], "unshare --uts");
}

#[test]
fn the_matrix_marks_this_place() {
    let path = capture("host-root");
    let (code, table, _) = said(&["matrix", "--snapshot", path.to_str().unwrap()]);
    assert_eq!(code, 0);
    let marked: Vec<&str> = table.lines().filter(|line| line.starts_with("> ")).collect();
    assert_eq!(marked.len(), 1, "{table}");
    assert!(marked[0].starts_with("> Linux (bare metal)"), "{table}");
    let matrix = json(&["matrix", "--format", "json", "--snapshot", path.to_str().unwrap()]);
    let rows = matrix["rows"].as_array().unwrap();
    // The six rows of the documentation, in its order, with its verdicts.
    let documented: Vec<&str> = rows.iter().map(|r| r["documented"].as_str().unwrap()).collect();
    assert_eq!(
        documented,
        ["supported", "supported", "supported", "unsupported", "unsupported", "supported"]
    );
    let here: Vec<&str> =
        rows.iter().filter(|r| r["here"] == true).map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(here, ["linux-bare-metal"]);

    // Beyond the documented rows, the place is named.
    let root = directory("matrix");
    let (_, table, _) = said(&["matrix", "--root", root.to_str().unwrap()]);
    assert_eq!(table.lines().filter(|line| line.starts_with("> ")).count(), 1, "{table}");
}

#[test]
fn userns_remap_can_be_required() {
    let root = directory("no-docker");
    let args = [
        "check",
        "--format",
        "json",
        "--complete",
        "--require",
        "userns-remap",
        "--root",
        root.to_str().unwrap(),
    ];
    let report = json(&args);
    assert_eq!(report["docker"]["userns_remap"]["state"], "not-installed");
    assert_eq!(report["verdict"], "unsupported");
    assert_eq!(said(&args).0, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_without_its_interpreter_is_passed_over_as_by_execvp() {
    use std::os::unix::fs::PermissionsExt;
    let dir = std::env::temp_dir().join(format!("isodoc-interpreter-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let script = dir.join("unshare");
    std::fs::write(&script, "#!/nonexistent/interpreter\n").unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    for rest in ["", ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] {
        let path = format!("{}{rest}", dir.display());
        let mut real = std::process::Command::new("unshare");
        let real =
            real.args(["--user", "--map-root-user", "--", "true"]).env("PATH", &path).output();
        let works = real.is_ok_and(|out| out.status.success());
        let code = isodoc(&["check", "--flags", "--user --map-root-user"])
            .env("PATH", &path)
            .output()
            .unwrap()
            .status
            .code();
        assert_eq!(code, Some(i32::from(!works)), "PATH={path}");
    }
    std::fs::remove_dir_all(&dir).unwrap();
}

/// Nothing in a report tells one moment from the next.
#[test]
fn the_same_spot_gives_the_same_bytes() {
    let once = || said(&["check", "--format", "json", "--no-probe"]);
    let (first, second) = (once(), once());
    assert!(first.1.starts_with('{') && first == second);
}

#[test]
fn a_message_in_place_of_an_id_is_told_where_it_goes() {
    let (code, out, err) = said(&["explain", "unshare failed: Operation not permitted"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("isodoc explain --error"), "{err}");
}

/// The profile that is written lets through what it was written for, by the word of `lint`, and
/// nothing else.
#[test]
fn a_written_profile_is_for_one_sandbox() {
    let dir = directory("profile");
    let base = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/seccomp/like-docker.json");
    let file = dir.join("unshare.json");
    let path = file.to_str().unwrap();
    assert_eq!(said(&["profile", "--base", base, "-o", path]).0, 0);
    let script = dir.join("run.sh");
    let verdicts = |profile: &str| {
        let run = format!(
            "docker run --user 7 --security-opt seccomp={profile} --security-opt systempaths=unconfined IMAGE"
        );
        let jobs = [
            "unshare -Ur --pid --fork --mount-proc true",
            "bwrap --unshare-all --ro-bind / / true",
        ];
        std::fs::write(&script, jobs.map(|job| format!("{run} {job}\n")).concat()).unwrap();
        let report = json(&[
            "lint",
            "--format",
            "json",
            "--assume",
            "plain-linux",
            script.to_str().unwrap(),
        ]);
        let all = report["files"][0]["containers"].as_array().unwrap().iter();
        all.map(|one| one["verdict"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(verdicts(base), ["unsupported", "unsupported"]);
    assert_eq!(verdicts(path), ["supported", "unsupported"]);
    assert_eq!(said(&["profile", "--for", "bubblewrap", "--base", base, "-o", path]).0, 0);
    // That needs more than unshare does.
    assert_eq!(verdicts(path), ["supported", "supported"]);
    let chromium = ["profile", "--for", "chromium", "--base", base, "-o", path];
    assert_eq!(said(&chromium).0, 0);
    assert_eq!(verdicts(path), ["unsupported", "unsupported"]);
}

#[test]
fn a_profile_is_made_of_a_profile_and_flags_that_are_understood() {
    let pipe = directory("profile-pipe").join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.to_str().unwrap();
    let base = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/seccomp/like-docker.json");
    for (args, says) in [
        (vec!["--base", "Cargo.toml"], "Cargo.toml: not a seccomp profile"),
        (vec!["--base", "no-such-file"], "no-such-file: No such file"),
        (vec!["--base", pipe], "pipe: not a regular file"),
        (vec!["--base", "/dev/zero"], "/dev/zero: not a regular file"),
        (vec!["--base", base, "--flags", "--no-such-flag"], "--no-such-flag"),
        (vec!["--base", base, "--for", "userns-remap"], "invalid value 'userns-remap'"),
        (vec!["--base", base, "--for", "kvm"], "[possible values: unshare, nsjail, bubblewrap,"),
        (vec!["--base", base, "--for", "seccomp"], "invalid value 'seccomp'"),
        (
            vec!["--base", base, "--flags", "--user --setgroups=allow --map-root-user"],
            "--setgroups",
        ),
        (vec![], "--base <ENGINE|FILE>"),
        (vec!["--apparmor", "bwrap"], "the absolute path of a program"),
        (vec!["--apparmor", "/bin/sh", "--base", base], "cannot be used with"),
    ] {
        let (code, out, err) = said(&[&["profile"], &args[..]].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert!(err.contains(says), "{args:?}: {err}");
    }
}

/// Where only the program knows what it does with a flag, a profile could be one that refuses it:
/// bwrap with `--disable-userns` makes a second user namespace by unshare(2).
#[test]
fn no_profile_is_made_of_flags_that_are_not_followed() {
    for (id, flags, named) in [
        ("bubblewrap", "--unshare-user --disable-userns --ro-bind / /", "--disable-userns"),
        ("bubblewrap", "--userns 4 --ro-bind / /", "--userns 4"),
        ("bubblewrap", "--args 5 --ro-bind / /", "--args 5"),
        ("nsjail", "-C /no/such/file -- /bin/true", "--config /no/such/file"),
        ("unshare", "--user --map-user=nobody", "--map-user=nobody"),
    ] {
        let (code, out, err) =
            said(&["profile", "--for", id, "--flags", flags, "--base", "containerd"]);
        assert_eq!((code, out.as_str()), (2, ""), "{flags}");
        assert!(err.contains(&format!("{id}: {named}: ")), "{flags}: {err}");
    }
}

#[test]
fn the_profiles_of_engines_have_names() {
    for engine in ["docker", "containerd"] {
        let (code, out, err) = said(&["profile", "--for", "bubblewrap", "--base", engine]);
        assert_eq!((code, err.as_str()), (0, ""));
        let profile: Value = serde_json::from_str(&out).unwrap();
        assert!(profile["syscalls"][0]["names"].as_array().unwrap().contains(&"mount".into()));
    }
}

#[test]
fn a_profile_of_apparmor_is_for_the_program_behind_a_link() {
    let dir = directory("apparmor");
    let link = dir.join("link");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_isodoc"), &link).unwrap();
    let (code, out, _) = said(&["profile", "--apparmor", link.to_str().unwrap()]);
    assert_eq!(code, 0);
    let real = std::fs::canonicalize(env!("CARGO_BIN_EXE_isodoc")).unwrap();
    let attached = format!("profile isodoc-isodoc \"{}\" flags=(unconfined) {{", real.display());
    assert!(out.contains(&attached) && out.contains("\n  userns,\n"), "{out}");
}

/// A snapshot answers as its machine did, wherever programs were looked for, and does not say whose
/// home that was.
#[test]
fn programs_below_a_home_are_missing_from_a_snapshot_too() {
    let dir = directory("homes");
    let (file, home) = (dir.join("s.json"), dir.join("ada"));
    let run = |args: &[&str]| {
        let mut command = isodoc(args);
        command.env("HOME", &home).env("PATH", format!("{}/bin:/usr/bin:/bin", home.display()));
        command.output().unwrap()
    };
    let path = file.to_str().unwrap();
    assert!(run(&["snapshot", "--no-probe", "-o", path]).status.success());
    let cause = |args: &[&str]| {
        let args =
            [&["check", "--format", "json", "--no-probe", "--require", "nsjail"], args].concat();
        let report: Value = serde_json::from_slice(&run(&args).stdout).unwrap();
        let all = report["mechanisms"].as_array().unwrap().clone();
        all.iter().find(|entry| entry["id"] == "nsjail").unwrap()["cause"]["id"].clone()
    };
    assert_eq!(cause(&["--snapshot", path]), cause(&[]));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(home.to_str().unwrap()), "{text}");
}

#[test]
fn flags_of_what_is_not_asked_about_are_refused() {
    let (code, _, err) = said(&["check", "--for", "bubblewrap", "--flags", "nsjail=-Mo"]);
    assert_eq!(code, 2);
    assert!(err.contains("add --for nsjail"), "{err}");
    let (code, ..) = said(&["check", "--no-probe", "--flags", "nsjail=-Mo"]);
    assert_ne!(code, 2, "nsjail is always asked about");
}

/// `unshare unshare -Ur true` isolates nothing, and nobody means it.
#[test]
fn what_is_no_flag_of_what_is_asked_about_is_refused() {
    for (about, flags, why) in [
        ("unshare", "unshare -Ur", "leave `unshare` out"),
        ("unshare", "unshare=/usr/bin/unshare -Ur", "leave `/usr/bin/unshare` out"),
        ("codex", "bwrap --ro-bind / /", "leave `bwrap` out"),
        ("userns-remap", "--foo", "userns-remap takes no flags"),
        ("landlock", "--foo", "landlock takes no flags"),
    ] {
        let (code, out, err) = said(&["check", "--no-probe", "--for", about, "--flags", flags]);
        assert_eq!((code, &*out), (2, ""), "{flags}: {err}");
        assert!(err.contains(why), "{flags}: {err}");
    }
    let (code, _, err) = said(&["profile", "--base", "docker", "--flags", "unshare -Ur"]);
    assert_eq!((code, err.contains("leave `unshare` out")), (2, true), "{err}");
    let empty = said(&["check", "--no-probe", "--for", "landlock", "--flags", ""]);
    assert_ne!(empty.0, 2, "{}", empty.2);
}

/// "The system calls of: the kernel" was what the screen said of a device.
#[test]
fn what_is_asked_of_the_kernel_alone_is_said_in_words() {
    for (about, asked) in [
        ("landlock", "restricting itself: landlock_restrict_self(2)"),
        ("kvm", "opening a device: /dev/kvm"),
    ] {
        for how in [&["--no-probe"][..], &["--share"]] {
            let out = said(&[&["check", "--for", about], how].concat()).1;
            assert!(out.contains(asked) && !out.contains("the kernel"), "{about}: {out}");
        }
    }
}

/// `bwrap --unshare-all true` says: execvp true: No such file or directory.
#[test]
fn bubblewrap_finds_no_program_in_an_empty_root() {
    let ask = ["check", "--no-probe", "--for", "bubblewrap", "--format", "json", "--flags"];
    let of = |flags: &str| {
        let path = capture("host-nobody");
        let at = ["--snapshot", path.to_str().unwrap()];
        let report = json(&[&ask, &[flags][..], &at].concat());
        let entries = report["mechanisms"].as_array().unwrap().clone();
        entries.into_iter().find(|entry| entry["id"] == "bubblewrap").unwrap()
    };
    let empty = of("--unshare-all --dev /dev");
    assert_eq!(
        (&empty["verdict"], &empty["cause"]["id"]),
        (&"unsupported".into(), &"program-missing".into())
    );
    assert_eq!(of("--unshare-all --ro-bind / /")["verdict"], "supported");
}
