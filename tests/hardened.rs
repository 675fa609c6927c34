//! What isodoc promises to whoever runs it as root, in a log that others read, or in a place that
//! is short of everything (`docs/security.md`).
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{changed, directory, isodoc, said};
use serde_json::{Value, json};

/// Waits for something, not for long.
fn soon(happened: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        if happened() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

/// Whether a process is there, and no zombie.
fn lives(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// A directory with a program of this name in it.
fn with_program(name: &str, program: &str, script: &str) -> std::path::PathBuf {
    let dir = directory(name);
    let file = dir.join(program);
    fs::write(&file, script).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

/// An unshare that is not util-linux's is run for its answer; however isodoc ends meanwhile, that
/// and what it has started ends too.
#[test]
fn nothing_outlives_isodoc() {
    // Not one that nohup(1) or a shell in the background has had ignored.
    for signal in ["TERM", "USR1", "KILL"] {
        let script = "#!/bin/sh\nsleep 300 & echo $! >\"$0.pids\"; echo $$ >>\"$0.pids\"; wait\n";
        let dir = with_program(&format!("outlives-{signal}"), "unshare", script);
        let mut child = isodoc(&["check", "--trust-path", "--timeout", "60"])
            .env("PATH", format!("{}:/usr/bin:/bin", dir.display()))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let started = dir.join("unshare.pids");
        let pids = || fs::read_to_string(&started).unwrap_or_default();
        assert!(soon(|| pids().lines().count() == 2), "the program was not run");
        let pid = child.id().to_string();
        Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap();
        child.wait().unwrap();
        for pid in pids().lines() {
            assert!(soon(|| !lives(pid)), "SIG{signal}: {pid} lives on");
        }
    }
}

/// Standard output that is closed takes no answer: that is not success.
#[test]
fn a_closed_standard_output_is_an_error() {
    for args in ["check", "rules", "check --format json", "schema", "--version", "lint --help"] {
        let script = format!("exec \"$0\" {args} >&-");
        let mut shell = Command::new("sh");
        let output = shell.args(["-c", &script, env!("CARGO_BIN_EXE_isodoc")]).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args}: {err}");
        assert!(err.contains("standard output"), "{args}: {err}");
    }
}

/// What isodoc opens never takes the number of a standard stream that was closed.
#[test]
fn closed_streams_are_never_written_to_by_mistake() {
    let dir = directory("closed-streams");
    fs::copy(common::capture("host-root"), dir.join("host.json")).unwrap();
    let script = "exec \"$0\" check --snapshot host.json --bogus <&- >&- 2>&-";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_isodoc")]).current_dir(&dir);
    assert_eq!(shell.status().unwrap().code(), Some(2));
    let kept = fs::read(dir.join("host.json")).unwrap();
    assert_eq!(kept, fs::read(common::capture("host-root")).unwrap());
}

/// A pipe that takes nothing for a while, and says so, is waited for.
#[test]
fn a_full_standard_output_is_waited_for() {
    let (read, write) = rustix::pipe::pipe().unwrap();
    rustix::pipe::fcntl_setpipe_size(&write, 4096).unwrap();
    rustix::io::ioctl_fionbio(&write, true).unwrap();
    let mut child =
        isodoc(&["rules", "--format", "json"]).stdout(Stdio::from(write)).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let mut text = String::new();
    fs::File::from(read).read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(text, said(&["rules", "--format", "json"]).1);
}

/// What nobody but the owner of a machine may know.
const CANARY: &str = "c4n4ry";

fn canary(what: &str) -> String {
    format!("{CANARY}-{what}")
}

/// The file systems of the mounts; few of them are known to isodoc.
const FILE_SYSTEMS: &str = "nfs nfs4 cifs smb3 smbfs ceph afs 9p virtiofs lustre fuse.sshfs \
    fuse.glusterfs fuse.s3fs fuse.davfs davfs fuse.rclone fuse.curlftpfs fuse.gcsfuse fuse.encfs \
    fuse.gocryptfs fuse.juicefs fuse.goofys fuse.blobfuse fuse ecryptfs orangefs beegfs gfs2 ocfs2 \
    coda ncpfs overlay tmpfs ext4 xfs btrfs f2fs vfat ntfs3 iso9660 squashfs erofs bcachefs ubifs \
    jffs2 hostfs vboxsf prl_fs fuse.vmhgfs-fuse fuse.grpcfuse fuse.unknown";
/// Their options.
const OPTIONS: &str = "password pass user username credentials secret addr mountaddr domain passwd \
    key ecryptfs_sig mds_namespace token";
/// The variables of which nothing counts but that they are set.
const PRESENCE: &str = "KUBERNETES_SERVICE_HOST WSL_DISTRO_NAME APPTAINER_CONTAINER \
    SINGULARITY_CONTAINER AWS_LAMBDA_FUNCTION_NAME ECS_CONTAINER_METADATA_URI_V4 K_SERVICE DYNO";

/// Lines of mountinfo with a canary in each source and option.
fn mounts_with_secrets() -> String {
    let options: Vec<String> =
        OPTIONS.split_whitespace().map(|name| format!("{name}={}", canary(name))).collect();
    let sources = [
        format!("{}:/export", canary("host")),
        format!("//server/{}", canary("share")),
        format!("user:{}@host:/", canary("password")),
        format!("https://{}/", canary("url")),
        canary("bucket"),
    ];
    let line = |fs: &str, source: &String| {
        let options = options.join(",");
        format!("900 1 0:99 / /mnt/{fs} rw,relatime - {fs} {source} rw,{options}\n")
    };
    let all = FILE_SYSTEMS.split_whitespace();
    all.flat_map(|fs| sources.iter().map(move |source| line(fs, source))).collect()
}

/// Plants secrets wherever one can stand in what isodoc reads, each with a canary of its own.
fn planted(snapshot: &mut Value) {
    let own = snapshot["files"]["/proc/self/mountinfo"]["Ok"].as_str().unwrap();
    let passwd = format!(
        "root:x:0\n{}:x:1001:1001:{}:/home/{}:/bin/sh\n",
        canary("account"),
        canary("gecos"),
        canary("home")
    );
    let cmdline = format!("root={} apparmor=1 token={}", canary("root"), canary("cmdline"));
    let daemon = json!({
        "proxies": { "http-proxy": format!("http://u:{}@proxy", canary("proxy")) },
        "log-opts": { "splunk-token": canary("log-opt") },
        "registry-mirrors": [canary("mirror")],
        "hosts": [format!("tcp://{}:2375", canary("daemon-host"))],
        "data-root": "/var/lib/docker"
    });
    let files = [
        ("/proc/self/mountinfo", format!("{own}{}", mounts_with_secrets())),
        ("/proc/cmdline", cmdline),
        ("/proc/1/environ", format!("TOKEN={}\0container=lxc\0", canary("pid1"))),
        ("/etc/passwd", passwd),
        ("/etc/docker/daemon.json", daemon.to_string()),
    ];
    for (path, text) in files {
        snapshot["files"][path] = json!({ "Ok": text });
    }
    for name in PRESENCE.split_whitespace() {
        snapshot["env"][name] = json!({ "Ok": canary(name) });
    }
    let host = format!("tcp://ada:{}@10.0.0.1:2376", canary("docker-host"));
    snapshot["env"]["DOCKER_HOST"] = json!({ "Ok": host });
}

/// Planted in every place that is read, secrets are in no output of any format.
#[test]
fn secrets_stay_where_they_are() {
    let capture = changed("host-root", planted);
    let path = capture.to_str().unwrap();
    for format in ["human", "json", "sarif"] {
        let (_, out, err) = said(&["check", "--verbose", "--format", format, "--snapshot", path]);
        let said = format!("{out}{err}");
        let lines: Vec<&str> = said.lines().filter(|line| line.contains(CANARY)).collect();
        assert!(lines.is_empty(), "{format}: {lines:#?}");
        assert!(out.len() > 100, "{format}: the test shows nothing");
    }
    // The same from a directory tree, whose files are whole.
    let snapshot: Value = serde_json::from_slice(&fs::read(&capture).unwrap()).unwrap();
    let root = directory("canaries");
    for (path, text) in snapshot["files"].as_object().unwrap() {
        let Some(text) = text["Ok"].as_str() else { continue };
        let file = root.join(path.trim_start_matches('/'));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let root = root.to_str().unwrap();
    for format in ["human", "json", "sarif"] {
        let (_, out, err) = said(&["check", "--verbose", "--format", format, "--root", root]);
        let said = format!("{out}{err}");
        let lines: Vec<&str> = said.lines().filter(|line| line.contains(CANARY)).collect();
        assert!(lines.is_empty(), "{format} of a tree: {lines:#?}");
    }
}

/// The variables of this process: only what counts is told, and of most only that it is set.
#[test]
fn secrets_of_the_environment_stay_in_it() {
    const OTHERS: &str = "XDG_CONFIG_HOME XDG_RUNTIME_DIR HOME AWS_SECRET_ACCESS_KEY GITHUB_TOKEN \
        DATABASE_URL LISTEN_FDS";
    let names = || PRESENCE.split_whitespace().chain(OTHERS.split_whitespace());
    for args in [
        &["check", "-v"][..],
        &["check", "--format", "json"],
        &["check", "--format", "sarif"],
        &["snapshot"],
    ] {
        let mut command = isodoc(args);
        command.envs(names().map(|name| (name, format!("/{}", canary(name)))));
        command.env("DOCKER_HOST", format!("ssh://ada:{}@host", canary("docker")));
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = said.lines().filter(|line| line.contains(CANARY)).collect();
        assert!(lines.is_empty(), "{args:?}: {lines:#?}");
        assert!(said.len() > 100, "{args:?}: the test shows nothing");
    }
}

/// The accounts of a machine are nobody's business, but for those that a range or the daemon names.
#[test]
fn a_snapshot_names_the_accounts_that_count() {
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    let ranges =
        ["/etc/subuid", "/etc/subgid"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let me = rustix::process::geteuid().as_raw().to_string();
    let taken: Value = serde_json::from_str(&said(&["snapshot"]).1).unwrap();
    let kept = taken["files"]["/etc/passwd"]["Ok"].as_str().unwrap();
    let names = |text: &str| {
        text.lines().map(|l| l.split(':').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for line in passwd.lines() {
        let mut fields = line.split(':');
        let (name, id) = (fields.next().unwrap().to_owned(), fields.nth(1).unwrap());
        let counts = id == me
            || name == "dockremap"
            || ranges
                .iter()
                .any(|text| names(text).iter().any(|owner| *owner == name || owner == id));
        if !counts {
            assert!(!names(kept).contains(&name), "{name} is in the snapshot");
        }
    }
    assert!(Path::new("/etc/passwd").exists() && !kept.is_empty());
}
