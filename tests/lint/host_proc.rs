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
    ("-v /proc/self/root:/h", "supported"),
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
    ("-v /proc:/h -w /h/foo", "unsupported"),
    ("--mount TYPE=bind,SRC=/proc,DST=/h", "supported"),
    ("--mount Type=Bind,Source=/proc,Target=/h", "supported"),
    ("--mount '\"type=bind\",\"src=/proc\",\"dst=/h\"'", "supported"),
    ("--mount type=volume,type=bind,src=/proc,dst=/h", "supported"),
    ("--mount type=bind,type=volume,src=abc,dst=/h", "unsupported"),
    ("--mount type=bind,src=/tmp,src=/proc,dst=/h", "supported"),
    ("--mount type=bind,src=/proc,source=/tmp,dst=/h", "unsupported"),
    ("--mount type=bind,src=/proc,dst=/x,target=/h", "supported"),
    ("--mount type=bind,src=/proc,dst=/proc,target=/h", "supported"),
    ("--mount type=bind,src=/proc,dst=/h,target=/proc", "unsupported"),
    ("--mount type=bind,src=/proc,dst=/h,readonly,readonly=false", "supported"),
    ("--mount type=bind,src=/proc,dst=/h,readonly=false,readonly", "unsupported"),
    ("--mount type=bind,src=/proc,dst=/h,readonly=FALSE", "supported"),
    ("--mount type=bind,src=/proc,dst=/h,RO=1", "unsupported"),
    ("--mount type=bind,src=/,dst=/h,bind-nonrecursive=false,bind-nonrecursive", "unsupported"),
    (
        "--mount type=bind,src=/,dst=/h,bind-recursive=disabled,bind-recursive=enabled",
        "unsupported",
    ),
    (
        "--mount type=volume,src=pv,dst=/h,volume-opt=type=none,volume-opt=o=bind,\
         volume-opt=device=/proc",
        "supported",
    ),
    ("--mount type=volume,dst=/h,volume-opt=type=proc,volume-opt=device=proc", "supported"),
    // Where it has the root directories of containers (vfs), and what is above.
    ("-v /var/lib/docker:/h", "supported"),
    ("-v /var/lib/docker:/h:ro", "supported"),
    ("-v /var/lib/docker/vfs:/h", "supported"),
    ("-v /var/lib/docker/volumes:/h", "unsupported"),
    ("-v /var/lib/docker/containers:/h", "unsupported"),
    ("-v /var:/h", "supported"),
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
    ("-v /proc:/h:U", "unsupported"),
    ("-v /var/lib/containers:/h/x", "supported"),
    ("-v /var/lib/containers:/h/x:ro", "supported"),
    ("-v /var/lib/containers:/h/x:bind", "unsupported"),
    ("-v /var/lib/containers/storage/overlay:/h/x", "supported"),
    ("-v /var/lib:/h/x", "supported"),
    // What is mounted before /proc has no procfs yet.
    ("-v /var/lib/containers:/h", "unsupported"),
];

/// What is mounted every day is no doubt.
const CERTAIN: &[&str] = &[
    "-v /var/run/docker.sock:/var/run/docker.sock",
    "-v /run/containerd/containerd.sock:/s",
    "-v /var/lib/docker/containers:/var/lib/docker/containers:ro",
    "-v /var/log:/h",
    "-v $PWD:/work",
    "-v /home/me/src:/src",
    "-v data:/var/lib/docker",
    "-v /srv/docker:/h",
    "-v /proc:/h:ro",
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

/// Without a user namespace of its own nobody asks what covers /proc: whoever may mount may mount
/// a procfs.
#[test]
fn without_a_user_namespace_it_leaves_nothing_open() {
    let script: String = ["/proc:/h", "/:/h", "/var/lib/docker:/h"]
        .iter()
        .map(|volume| {
            format!(
                "docker run --cap-add SYS_ADMIN -v {volume} i unshare --pid --fork --mount-proc \
                    true\n"
            )
        })
        .collect();
    let dir = files("host-proc-root", &[("run.sh", &script)]);
    let (code, report) = json(&dir, &["run.sh"]);
    assert_eq!((code, report["files"][0]["containers"].as_array().unwrap().len()), (0, 3));
}

#[test]
fn what_has_no_procfs_leaves_nothing_open() {
    let line = |options: &&str| {
        format!(
            "docker run --security-opt seccomp=unconfined {options} i unshare -Urpf --mount-proc \
             true\n"
        )
    };
    let script: String = CERTAIN.iter().map(line).collect();
    let dir = files("host-proc-none", &[("run.sh", &script)]);
    let (_, report) = json(&dir, &["--all", "run.sh"]);
    let containers = report["files"][0]["containers"].as_array().unwrap();
    for (options, container) in CERTAIN.iter().zip(containers) {
        assert_eq!(container["mechanisms"][0]["verdict"], "unsupported", "{options}");
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
            (
                "volumes.yml",
                "services:\n  a:\n    image: i\n    security_opt: [seccomp=unconfined]\n    \
                 volumes: [p:/host/proc]\n  b:\n    image: i\n    security_opt: \
                 [seccomp=unconfined]\n    volumes: [{type: volume, source: p, target: /h, \
                 read_only: true}]\nvolumes: {p: {driver_opts: {type: none, o: bind, device: \
                 /proc}}}\n",
            ),
            (
                "task.json",
                r#"{"family": "f", "requiresCompatibilities": ["EC2"], "containerDefinitions": [
                {"name": "a", "image": "i", "dockerSecurityOptions": ["seccomp:unconfined"],
                "mountPoints": [{"sourceVolume": "p", "containerPath": "/h"}]},
                {"name": "b", "image": "i", "dockerSecurityOptions": ["seccomp:unconfined"],
                "mountPoints": [{"sourceVolume": "p", "containerPath": "/h", "readOnly": true}]}],
                "volumes": [{"name": "p", "host": {"sourcePath": "/proc"}}]}"#,
            ),
            (
                "job.nomad",
                r#"job "j" {
                group "g" {
                task "a" {
                driver = "docker"
                config {
                image = "i"
                security_opt = ["seccomp=unconfined"]
                mount {
                type = "bind"
                source = "/proc"
                target = "/h"
                }
                }
                }
                task "b" {
                driver = "docker"
                config {
                image = "i"
                security_opt = ["seccomp=unconfined"]
                mount {
                type = "bind"
                source = "/proc"
                target = "/h"
                readonly = true
                }
                }
                }
                }
                }"#,
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
        ("volumes.yml", ["unknown", "unsupported"]),
        ("task.json", ["unknown", "unsupported"]),
        ("job.nomad", ["unknown", "unsupported"]),
    ] {
        let args = ["--all", "--flags", "--user --map-root-user --pid --fork --mount-proc", name];
        let (_, report) = json(&dir, &args);
        let containers = report["files"][0]["containers"].as_array().unwrap();
        let said: Vec<_> = containers.iter().map(|c| &c["mechanisms"][0]["verdict"]).collect();
        assert_eq!(said, expected, "{name}");
    }
}

/// What bubblewrap 0.8 and nsjail 3.4 did in containers of Docker 28.5 with the host's procfs at
/// /proc. They go by the number of their child there, and unshare(1) by `/proc/self`; that a
/// process of the host has that number leaves a doubt about bubblewrap.
#[test]
fn the_numbers_of_the_host_are_not_those_of_the_container() {
    for (options, unshare, bwrap, nsjail) in [
        ("", "supported", "supported", "supported"),
        ("-v /proc:/proc", "supported", "unknown", "unsupported"),
        ("-v /proc:/proc --cap-add SYS_ADMIN", "supported", "unknown", "unsupported"),
        ("-v /proc:/proc -u 1000", "supported", "unknown", "unsupported"),
        ("-v /proc:/proc --pid host", "supported", "supported", "supported"),
        ("-v /proc:/host/proc", "supported", "supported", "supported"),
    ] {
        for (command, verdict) in [
            ("unshare -Urpf --mount-proc true", unshare),
            ("bwrap --ro-bind / / --unshare-user --unshare-pid --proc /proc true", bwrap),
            ("nsjail -Mo --chroot / -- /bin/true", nsjail),
        ] {
            let line = format!(
                "docker run {options} --security-opt seccomp=unconfined --security-opt \
                    systempaths=unconfined img {command}\n"
            );
            let dir = files("lint-host-numbers", &[("run.sh", &line)]);
            let (_, report) = json(&dir, &["run.sh"]);
            assert_eq!(report["verdict"], verdict, "{options} {command}: {report}");
        }
    }
}
