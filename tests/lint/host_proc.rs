//! The host's procfs mounted elsewhere in a container: what real containers did.

use crate::{files, json};

/// What `unshare -Urpf --mount-proc` did in containers of Docker 20.10.24, runc 1.1.5, Linux 6.18,
/// on a host that has nothing mounted over its /proc.
const DOCKER: &[(&str, &str)] = &[
    ("", "unsupported"),
    ("-v /proc:/host/proc", "supported"),
    ("-v /proc/:/h", "supported"),
    ("-v /proc:/host/proc:rw,rprivate", "supported"),
    ("-v /proc:/host/proc:ro", "unsupported"),
    ("-v /proc/1:/h", "unsupported"),
    ("-v /proc/sys:/h", "unsupported"),
    ("-v /proc:/proc", "unsupported"),
    ("-v /proc:/host/proc -u 1000", "supported"),
    ("-v /:/host", "supported"),
    ("--mount type=bind,src=/,dst=/host", "supported"),
    ("--mount type=bind,src=/,dst=/host,bind-nonrecursive=true", "unsupported"),
    ("--mount type=bind,src=/,dst=/host,bind-recursive=disabled", "unsupported"),
    ("--mount type=bind,src=/proc,dst=/h,bind-nonrecursive", "supported"),
    ("--mount type=bind,src=/proc,dst=/h,readonly", "unsupported"),
    ("-v /proc:/host/proc -v /tmp:/host/proc/sys", "unsupported"),
    ("-v /proc:/host/proc -v /proc/sys:/host/proc/sys:ro", "unsupported"),
    ("-v /proc:/host/proc --tmpfs /host/proc/sys/fs/binfmt_misc", "supported"),
    ("-v /proc:/host/proc -v /tmp:/host", "supported"),
    ("-v /proc:/tmp/../h", "supported"),
    // Docker 20.10 leaves what is below writable; since 25 it does not.
    ("-v /:/host:ro", "unknown"),
];

/// The same of podman 4.3.1 with runc 1.1.5.
const PODMAN: &[(&str, &str)] = &[
    ("", "unsupported"),
    ("-v /proc:/h", "supported"),
    ("-v /proc:/h:ro", "unsupported"),
    ("-v /proc:/h:bind", "supported"),
    ("-v /proc:/h:noexec,nosuid", "supported"),
    ("-v /:/h", "supported"),
    ("-v /:/h:ro", "supported"),
    ("-v /:/h:bind", "unsupported"),
    ("--mount type=bind,src=/proc,dst=/h", "supported"),
    ("--mount type=bind,src=/,dst=/h,bind-nonrecursive=true", "unsupported"),
    ("--mount type=bind,src=/proc,dst=/h,ro=true", "unsupported"),
    ("-v /proc:/h -v /tmp:/h/sys", "unsupported"),
];

#[test]
fn an_uncovered_procfs_may_let_another_be_mounted() {
    for (engine, table) in [("docker", DOCKER), ("podman", PODMAN)] {
        let line = |options: &str| {
            format!(
                "{engine} run --security-opt seccomp=unconfined {options} i unshare -Urpf \
                 --mount-proc true\n"
            )
        };
        let script: String = table.iter().map(|(options, _)| line(options)).collect();
        let dir = files("host-proc", &[("run.sh", &script)]);
        let (_, report) = json(&dir, &["--all", "run.sh"]);
        let containers = report["files"][0]["containers"].as_array().unwrap();
        assert_eq!(containers.len(), table.len());
        for ((options, did), container) in table.iter().zip(containers) {
            let said = container["mechanisms"][0]["verdict"].as_str().unwrap();
            // What depends on so much is never promised; what was refused may be left open.
            let right = match *did {
                "unsupported" => [did, "unknown"].contains(&said),
                _ => said == "unknown",
            };
            assert!(right, "{engine} {options}: {said}");
        }
    }
}

#[test]
fn it_is_read_in_the_words_of_other_files() {
    let dir = files(
        "host-proc-files",
        &[
            (
                "compose.yml",
                "services:\n  a:\n    image: i\n    security_opt: [seccomp=unconfined]\n    \
                 volumes: [/proc:/host/proc]\n  b:\n    image: i\n    security_opt: \
                 [seccomp=unconfined]\n    volumes: [{type: bind, source: /, target: /h, bind: \
                 {recursive: disabled}}]\n",
            ),
            (
                "pod.yml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: \
                 a\n    image: i\n    volumeMounts: [{name: p, mountPath: /host/proc}]\n  - name: \
                 b\n    image: i\n    volumeMounts: [{name: p, mountPath: /host/proc, readOnly: \
                 true}]\n  volumes: [{name: p, hostPath: {path: /proc}}]\n",
            ),
        ],
    );
    let text = std::fs::read_to_string(dir.join("pod.yml")).unwrap();
    let own_ids = text.replace("spec:\n", "spec:\n  hostUsers: false\n");
    std::fs::write(dir.join("own-ids.yml"), own_ids).unwrap();
    for (name, expected) in [
        ("compose.yml", ["unknown", "unsupported"]),
        ("pod.yml", ["unknown", "unsupported"]),
        ("own-ids.yml", ["unknown", "unsupported"]),
    ] {
        let args = ["--all", "--flags", "--user --map-root-user --pid --fork --mount-proc", name];
        let (_, report) = json(&dir, &args);
        let containers = report["files"][0]["containers"].as_array().unwrap();
        let said: Vec<_> = containers.iter().map(|c| &c["mechanisms"][0]["verdict"]).collect();
        assert_eq!(said, expected, "{name}");
    }
}
