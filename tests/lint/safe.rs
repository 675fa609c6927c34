//! What `lint` may do to the machine that it runs on: what it reads, writes and tells of it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

/// A file of more than one block that `--fix` changes.
fn long() -> String {
    format!("{WORKER}{}", "# nothing\n".repeat(1000))
}

/// Runs `lint --fix` in a shell that does something first.
fn fixed_after(dir: &Path, first: &str) -> (Option<i32>, String, String) {
    let script = format!("{first}; exec \"$0\" lint --assume plain-linux --fix compose.yaml");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script, env!("CARGO_BIN_EXE_isodoc")]).current_dir(dir);
    let output = shell.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// What is left of a file that could not be written whole, be it that the disk is full or that the
/// program is killed, is the file as it was.
#[test]
fn a_file_is_never_lost() {
    let text = long();
    for (name, limit, killed) in
        [("full", "trap '' XFSZ; ulimit -f 2", false), ("killed", "ulimit -c 0; ulimit -f 2", true)]
    {
        let dir = files(&format!("lint-{name}"), &[("compose.yaml", &text)]);
        let (code, out, err) = fixed_after(&dir, limit);
        assert_eq!(fs::read_to_string(dir.join("compose.yaml")).unwrap(), text, "{name}: {err}");
        assert!(!out.contains("fixed"), "{name}: {out}");
        if killed {
            assert_eq!(code, None);
        } else {
            assert_eq!(code, Some(2), "{out}{err}");
            assert_eq!(fs::read_dir(&dir).unwrap().count(), 1, "nothing is left beside it");
        }
    }
    // A directory that takes no new file; root may write to it all the same.
    let dir = files("lint-read-only", &[("compose.yaml", &text), ("more.yaml", WORKER)]);
    fs::hard_link(dir.join("compose.yaml"), dir.join("other-name.yaml")).unwrap();
    let (code, out, _) = lint(&dir, &["--fix", "compose.yaml", "more.yaml"]);
    assert!(code == 2 && out.contains("compose.yaml: it has other names"), "{out}");
    assert_eq!(fs::read_to_string(dir.join("other-name.yaml")).unwrap(), text);
    let more = fs::read_to_string(dir.join("more.yaml")).unwrap();
    assert!(more.contains("seccomp=unconfined"), "the other file is written: {more}");
}

/// Its mode, the link that leads to it, its line ends and its byte order mark stay; so does what
/// stands beside it.
#[test]
fn what_is_written_stays_what_it_was() {
    let text = format!("\u{feff}{}", WORKER.replace('\n', "\r\n"));
    let dir = files("lint-kept", &[("real/compose.yaml", &text), ("there/x", "")]);
    let real = dir.join("real/compose.yaml");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o4751)).unwrap();
    symlink("../real/compose.yaml", dir.join("there/link.yaml")).unwrap();
    symlink("there/link.yaml", dir.join("compose.yaml")).unwrap();
    let (code, out, err) = lint(&dir, &["--fix", "compose.yaml"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let after = fs::read_to_string(&real).unwrap();
    assert!(after.starts_with('\u{feff}') && after.contains("seccomp=unconfined\r\n"), "{after}");
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o7777, 0o4751);
    assert_eq!(fs::read_link(dir.join("compose.yaml")).unwrap(), Path::new("there/link.yaml"));
    assert_eq!(fs::read_dir(dir.join("real")).unwrap().count(), 1);
}

/// What is printed goes where it is wanted, also into what is no regular file.
#[test]
fn a_snapshot_is_whole_or_not_there() {
    let dir = files("snapshot-whole", &[("old.json", "old")]);
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" snapshot -o old.json";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_isodoc")]).current_dir(&dir);
    assert_eq!(shell.output().unwrap().status.code(), Some(2));
    assert_eq!(fs::read_to_string(dir.join("old.json")).unwrap(), "old");
    let (code, _, err) =
        parts(isodoc(&["snapshot", "-o", "new.json"]).current_dir(&dir).output().unwrap());
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(fs::read_to_string(dir.join("new.json")).unwrap().ends_with("}\n"));
    let (code, out, _) =
        parts(isodoc(&["snapshot", "-o", "/dev/stdout"]).current_dir(&dir).output().unwrap());
    assert!(code == 0 && out.ends_with("}\n"), "{out}");
}

/// Nobody writes to a pipe that a file names, and what a device gives has no end.
#[test]
fn nothing_that_a_file_names_keeps_lint_waiting() {
    let service = |key: &str| format!("services:\n  a:\n    image: i\n    {key}\n");
    let mut inputs = vec![
        ("extends.yaml", service("extends: {file: PIPE, service: b}")),
        ("env.yaml", service("env_file: [PIPE]")),
        ("label.yaml", service("label_file: PIPE")),
        ("seccomp.yaml", service("security_opt: [seccomp=PIPE]")),
        ("include.yaml", format!("include: [PIPE]\n{}", service("user: '0'"))),
        ("included.yaml", format!("include: [{{path: in.yaml, env_file: PIPE}}]\n{}", service(""))),
        ("run.sh", "docker run --env-file PIPE --security-opt seccomp=PIPE i\n".to_owned()),
        (
            "a.container",
            "[Container]\nImage=i\nEnvironmentFile=PIPE\nSeccompProfile=PIPE\nPod=p.pod\n"
                .to_owned(),
        ),
        ("k.kube", "[Kube]\nYaml=PIPE\n".to_owned()),
        ("daemon.json", "{\"userns-remap\": \"default\"}\n".to_owned()),
    ];
    inputs.push(("in.yaml", service("user: '0'")));
    for target in ["pipe", "/dev/zero", "/dev/tty", "."] {
        let texts: Vec<(&str, String)> =
            inputs.iter().map(|(name, text)| (*name, text.replace("PIPE", target))).collect();
        let all: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, &**text)).collect();
        let dir = files("lint-pipes", &all);
        for name in ["pipe", ".env", "subuid", "subgid", "p.pod"] {
            assert!(Command::new("mkfifo").arg(dir.join(name)).status().unwrap().success());
        }
        for (name, _) in &all {
            let mut command = Command::new("timeout");
            command.args(["20", env!("CARGO_BIN_EXE_isodoc"), "lint", "--assume", "plain-linux"]);
            command.args(["--all", "--allow-outside", name]).current_dir(&dir);
            let code = command.output().unwrap().status.code();
            assert!(code.is_some_and(|code| code <= 3), "{name} with {target}: {code:?}");
        }
    }
}

/// What a project names elsewhere on the machine is not read, unless it may be.
#[test]
fn nothing_outside_the_project_is_read() {
    let secret = "ENABLE_UNSHARE_PID=true\nOUTER=s3cretcanary\n";
    let profile = "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}";
    // In no repository, as this test otherwise is.
    let dir = std::env::temp_dir().join(format!("isodoc-outside-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    let dir = fs::canonicalize(&dir).unwrap();
    fs::write(dir.join("secret.env"), secret).unwrap();
    fs::write(dir.join("open.json"), profile).unwrap();
    let here = |path: &str| dir.join(path).to_str().unwrap().to_owned();
    let inner = dir.join("repository/deploy");
    fs::create_dir_all(&inner).unwrap();
    symlink(here("open.json"), inner.join("link.json")).unwrap();
    symlink(here("secret.env"), inner.join(".env")).unwrap();
    fs::write(dir.join("repository/open.json"), profile).unwrap();
    let with = |key: &str| format!("services:\n  a:\n    image: i\n    {key}\n");
    let reads = |text: &str, more: &[&str]| {
        fs::write(inner.join("compose.yaml"), text).unwrap();
        let mut args = vec!["--all", "compose.yaml"];
        args.extend(more);
        let (_, report) = json(&inner, &args);
        let container = &report["files"][0]["containers"][0];
        (container["verdict"].as_str().unwrap().to_owned(), report.to_string())
    };
    let profile =
        |path: &str| with(&format!("security_opt: [systempaths=unconfined, 'seccomp={path}']"));
    for path in ["../../open.json", "link.json", &here("open.json")] {
        let (verdict, said) = reads(&profile(path), &[]);
        assert!(
            verdict == "unknown" && said.contains("--allow-outside reads it"),
            "{path}: {said}"
        );
        assert_eq!(reads(&profile(path), &["--allow-outside"]).0, "supported", "{path}");
    }
    // One that is not there is told from one that is, but for here.
    let (_, one) = reads(&profile("/nowhere/a.json"), &[]);
    assert!(one.contains("--allow-outside"), "{one}");
    for path in ["../../secret.env", &here("secret.env"), ".env"] {
        let (_, said) = reads(&with(&format!("env_file: {path}")), &[]);
        assert!(said.contains("--allow-outside"), "{path}: {said}");
    }
    let (_, said) = reads(&with("privileged: ${OUTER}"), &[]);
    assert!(said.contains("OUTER") || said.is_empty(), "{said}");
    // A repository is one project.
    assert_eq!(reads(&profile("../open.json"), &[]).0, "unknown");
    fs::create_dir(dir.join("repository/.git")).unwrap();
    assert_eq!(reads(&profile("../open.json"), &[]).0, "supported");
    assert_eq!(reads(&profile("../../open.json"), &[]).0, "unknown");
    fs::remove_dir_all(&dir).unwrap();
}

/// What the environment and files of variables hold is nobody's business who reads a report: not in
/// any place of a file, in any format.
#[test]
fn values_of_variables_are_never_printed() {
    let values = [
        ("TOKEN", "ghp_canaryABC123xyz"),
        ("DOTENV", "d0tcanary/env value"),
        ("FROM_FILE", "f1lecanary"),
    ];
    let key = |key: &str, value: &str| format!("    {key}: {value}\n");
    let mut services = String::new();
    let mut places = vec![];
    for (name, _) in &values[..2] {
        let var = format!("\"${{{name}}}\"");
        for (place, text) in [
            ("image", key("image", &var)),
            ("privileged", key("privileged", &var)),
            ("cap_add", key("cap_add", &format!("[{var}, \"X_${{{name}}}\"]"))),
            ("cap_drop", key("cap_drop", &format!("[{var}]"))),
            (
                "security_opt",
                key(
                    "security_opt",
                    &format!(
                        "[{var}, \"seccomp=${{{name}}}\", \"apparmor:${{{name}}}\", \"label=type:${{{name}}}\", \"systempaths=${{{name}}}\", \"seccomp={{\\\"${{{name}}}\\\"}}\"]"
                    ),
                ),
            ),
            ("user", key("user", &var)),
            ("userns", key("userns_mode", &var)),
            ("pid", key("pid", &var)),
            ("ipc", key("ipc", &var)),
            ("network", key("network_mode", &var)),
            ("runtime", key("runtime", &var)),
            ("env_file", key("env_file", &format!("[{var}]"))),
            (
                "flags",
                key(
                    "environment",
                    &format!(
                        "{{UNSHARE_ISOLATION_FLAGS: \"--pid --${{{name}}} ${{{name}}}\", ENABLE_UNSHARE_PID: {var}}}"
                    ),
                ),
            ),
            ("command", key("command", &format!("[unshare, --user, {var}, \"--${{{name}}}\"]"))),
            ("command", key("command", &format!("\"unshare --mount-proc=${{{name}}} 'x\""))),
            ("entrypoint", key("entrypoint", &var)),
            ("extends", key("extends", &format!("{{file: {var}, service: x}}"))),
            ("pids", key("pids_limit", &var)),
            ("ulimits", key("ulimits", &format!("{{nproc: {var}}}"))),
            ("read_only", key("read_only", &var)),
            ("error", key("image", &format!("\"${{{name}:?${{{name}}} is wrong}}\""))),
        ] {
            places.push(format!("services:\n  s:\n    container_name: c\n{text}"));
            let _ = place;
        }
        places.push(format!("include: [{var}]\nservices: {{s: {{image: i}}}}\n"));
        places.push(format!(
            "include: [{{path: c.yaml, env_file: {var}, project_directory: {var}}}]\n"
        ));
    }
    services.push_str("services:\n  s:\n    image: i\n    env_file: vars.env\n    environment: [UNSHARE_ISOLATION_FLAGS]\n");
    places.push(services);
    places.push("include: [vars.env]\nservices: {s: {image: i}}\n".to_owned());
    places.push("include: [.env]\nservices: {s: {image: i}}\n".to_owned());
    let vars =
        "UNSHARE_ISOLATION_FLAGS=--f1lecanary\nFROM_FILE=f1lecanary\nENABLE_UNSHARE_PID=true\n";
    for (number, place) in places.iter().enumerate() {
        let dotenv = format!("DOTENV={}\nTWICE: f1lecanary\n", values[1].1);
        let dir = files(
            "lint-secrets",
            &[
                ("compose.yaml", place),
                (".env", &dotenv),
                ("vars.env", vars),
                ("c.yaml", "services: {s: {image: '${DOTENV}', cap_add: ['${DOTENV}']}}\n"),
            ],
        );
        for args in [
            &["--format", "human"][..],
            &["--format", "json"],
            &["--format", "sarif"],
            &["--fix", "--diff"],
        ] {
            let mut command = isodoc(&["lint", "--assume", "plain-linux", "--all", "compose.yaml"]);
            let output =
                command.args(args).env("TOKEN", values[0].1).current_dir(&dir).output().unwrap();
            let all = [output.stdout, output.stderr].concat();
            let all = String::from_utf8(all).unwrap().to_lowercase();
            assert!(!all.contains("canary"), "{number} {args:?}:\n{place}\n{all}");
        }
    }
    // `.env` alone, where the environment is not to be asked.
    let text = "services:\n  s: {image: i, privileged: '${TOKEN:-true}'}\n";
    let dir = files("lint-no-env", &[("compose.yaml", text)]);
    let mut command =
        isodoc(&["lint", "--assume", "plain-linux", "--all", "--no-env", "compose.yaml"]);
    let (code, out, _) = parts(command.env("TOKEN", "no").current_dir(&dir).output().unwrap());
    assert_eq!(code, 0, "{out}");
}

/// No name reaches a terminal or a log as it is, and none keeps the others from being read.
#[test]
fn hostile_names_are_told_as_they_are_spelled() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let dir = files("lint-hostile", &[("good.yaml", WORKER)]);
    let hostile = ["a\n::error::x.yaml", "b\u{200b}\u{202e}.yaml", "c\r\u{1b}[31m.yaml"];
    for name in hostile {
        fs::write(dir.join(name), WORKER).unwrap();
    }
    fs::write(dir.join(OsStr::from_bytes(b"d\xff.yaml")), WORKER).unwrap();
    for args in [
        &["--format", "human"][..],
        &["--format", "json"],
        &["--format", "sarif"],
        &["--fix", "--diff"],
        &["--fix"],
    ] {
        let mut command = isodoc(&["lint", "--assume", "plain-linux"]);
        command.args(args).args(hostile).arg("nowhere\n::error::y");
        command.arg(OsStr::from_bytes(b"d\xff.yaml")).arg("good.yaml");
        let (_, out, err) = parts(command.current_dir(&dir).output().unwrap());
        let all = out + &err;
        let raw = |c: char| matches!(c, '\u{200b}' | '\u{202e}' | '\r' | '\u{1b}');
        assert!(!all.contains(raw) && !all.contains("\n::error"), "{args:?}\n{all}");
        assert!(all.contains("good.yaml"), "{args:?}\n{all}");
    }
}
