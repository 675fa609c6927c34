//! What files of real projects showed.

use super::*;

/// zabbix-docker: a variable of `.env` has the value `server`, as the service is called, and the
/// file had its name taken apart.
#[test]
fn what_a_file_says_itself_is_not_concealed() {
    let text = "services:\n  server:\n    image: i\n    environment: [\"A=${ALLOWED}\", \
        \"B=${TOKEN}\", \"C=${NAME}\"]\n    volumes: [\"gone:${TOKEN}\"]\n";
    let env = "ALLOWED=server\nNAME=compose-components\nTOKEN=server-hunter22\n";
    let dir = files("lint-conceal", &[("compose_components.yaml", text), (".env", env)]);
    let (_, report) = json(&dir, &["--all", "--no-env", "compose_components.yaml"]);
    let container = &report["files"][0]["containers"][0];
    assert_eq!(container["name"], "server");
    let cause = &container["mechanisms"][0]["cause"];
    assert_eq!(cause["path"], "compose_components.yaml");
    assert!(!report.to_string().contains("hunter"), "{report}");
    let (_, out, _) = lint(&dir, &["--all", "--fix", "--diff", "compose_components.yaml"]);
    assert!(!out.contains("hunter22\"; ") && !out.contains("${ALLOWED}:"), "{out}");
}

/// The unit of a program whose account only its package makes: nothing was said but that the
/// answer would still be unknown, and the name of the unit twice.
#[test]
fn a_unit_that_is_not_fixed_says_why() {
    let text = "[Service]\nUser=no-such-account\nRestrictNamespaces=yes\nExecStart=unshare -Ur \
        true\n";
    let dir = files(
        "lint-no-account",
        &[
            ("a.service", text),
            ("b.yaml", "services: {b: {image: i, command: unshare -Ur true}}\n"),
        ],
    );
    let fix = |args: &[&str]| {
        parts(isodoc(&["lint", "--fix", "--diff"]).args(args).current_dir(&dir).output().unwrap())
    };
    let (_, _, said) = fix(&["a.service"]);
    let why = "User=no-such-account: the host may have no such account";
    assert_eq!(said, format!("a.service: not fixed: settle this first: {why}\n"));
    // An assumed host is taken to have it.
    let (_, _, said) = fix(&["--assume", "plain-linux", "a.service", "b.yaml"]);
    assert!(said.starts_with("a.service: would be fixed by systemd-allow-namespaces"), "{said}");
    assert!(said.contains("\nb.yaml: b: would be fixed by "), "{said}");
}
