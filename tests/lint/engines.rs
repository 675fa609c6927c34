//! What compose and LXC make of a file that looks right.

use crate::{files, findings, json, json_on, lint};

/// compose refuses a service that has neither, but another file may give it one, by `-f`, by
/// `COMPOSE_FILE`, or as `dockerComposeFile` of a dev container; and one of a profile is left out.
#[test]
fn a_service_without_an_image_may_have_one_in_another_file() {
    let none = "services:\n  a:\n    command: unshare -Ur true\n    security_opt: \
                [seccomp=unconfined]\n";
    let dir = files("no-image", &[(".devcontainer/docker-compose.yml", none)]);
    let (code, out, _) = lint(&dir, &[".devcontainer/docker-compose.yml"]);
    assert!(code == 0 && !out.contains("error:"), "{out}");
}

/// As the daemon of Docker 20.10.24 answered what compose sends for such a network; `warning`:
/// releases since 25 refuse it.
#[test]
fn the_addresses_of_a_network() {
    for (config, severity) in [
        ("{subnet: 10.200.0.0/24}", ""),
        ("{subnet: 10.200.0.0/24, gateway: 10.200.0.1, ip_range: 10.200.0.128/25}", ""),
        ("{subnet: 10.200.0.0/24, aux_addresses: {a: 10.200.0.9}}", ""),
        ("{subnet: \"fd00::/64\"}, {subnet: 10.200.0.0/24}", ""),
        ("{subnet: \"${NET}\"}", ""),
        ("{subnet: banana}", "error"),
        ("{subnet: 10.200.0.0}", "error"),
        ("{subnet: 10.200.0.0/33}", "error"),
        ("{gateway: 10.200.0.1}", "error"),
        ("{ip_range: 10.200.0.0/25}", "error"),
        ("{subnet: 10.200.0.0/24, gateway: 10.201.0.1}", "error"),
        ("{subnet: 10.200.0.0/24, gateway: banana}", "error"),
        ("{subnet: 10.200.0.0/24, aux_addresses: {a: 10.201.0.9}}", "error"),
        ("{subnet: 10.200.0.0/24}, {subnet: 10.200.0.0/25}", "error"),
        ("{subnet: 10.200.0.0/24}, {subnet: 10.201.0.0/24}", "error"),
        ("{subnet: 10.200.0.5/24}", "warning"),
        ("{subnet: 10.200.0.0/24, ip_range: 10.201.0.0/25}", "warning"),
    ] {
        let text = format!(
            "services:\n  a:\n    image: i\n    command: unshare -Ur true\n    networks: [n]\n\
             networks:\n  n:\n    ipam:\n      config: [{config}]\n"
        );
        let dir = files("ipam", &[("compose.yml", &text)]);
        let (_, report) = json(&dir, &["--all", "compose.yml"]);
        let all = report["files"][0]["containers"][0]["findings"].as_array().unwrap();
        let found = all.iter().find(|one| one["rule"] == "container-may-not-start");
        let found = found.map_or("", |one| one["severity"].as_str().unwrap());
        assert_eq!(found, severity, "{config}");
    }
}

/// liblxc 5.0.2 passes over the first line of a file with a byte order mark: with
/// `lxc.nosuch = 1` there it loads the file.
#[test]
fn files_of_lxc() {
    let config = "lxc.uts.name = x\nlxc.init.cmd = unshare -Urpf --mount-proc true\n\
                  lxc.mount.auto = proc\n";
    let default = "lxc.net.0.type = veth\nlxc.apparmor.profile = generated\n\
                   lxc.apparmor.allow_nesting = 1\n";
    let dir = files(
        "lxc-kinds",
        &[
            ("bom.conf", &format!("\u{feff}{config}")),
            ("plain.conf", config),
            ("etc/lxc/default.conf", default),
            ("own.conf", default),
        ],
    );
    let told = |name: &str, id: &str| {
        let (_, report) = json(&dir, &["--all", name]);
        assert_eq!(report["files"][0]["containers"].as_array().unwrap().len(), 1, "{name}");
        findings(&report).iter().any(|(found, _)| found == id)
    };
    assert!(told("bom.conf", "misplaced-setting") && !told("plain.conf", "misplaced-setting"));
    assert!(told("etc/lxc/default.conf", "lxc-template") && !told("own.conf", "lxc-template"));
    // With common.conf there are entries, so nesting has its mounts.
    let verdict = |host: &str| {
        let (_, report) = json_on(host, &dir, &["--all", "etc/lxc/default.conf"]);
        report["files"][0]["containers"][0]["mechanisms"][0]["verdict"].clone()
    };
    assert_eq!(verdict("plain-linux"), "supported");
    let (_, out, _) = crate::lint_on("ubuntu-24.04", &dir, &["--all", "etc/lxc/default.conf"]);
    assert!(out.contains("lxc.apparmor.raw"), "{out}");
}
