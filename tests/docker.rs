//! isodoc against Docker daemons: real ones where this machine can start them, and sockets that
//! hang or lie.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("isodoc-docker-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The report's `docker.userns_remap`, and the exit code, of a check that requires remapping of the
/// daemon at a socket.
fn check(socket: &Path) -> (Value, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_isodoc"));
    command.args(["check", "--no-probe", "--require", "userns-remap", "--format", "json"]);
    let output = command
        .env("DOCKER_HOST", format!("unix://{}", socket.display()))
        .env_remove("HOME")
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    (report["docker"]["userns_remap"].clone(), output.status.code().unwrap())
}

/// This machine's own configuration would have its say too.
fn configured_here() -> bool {
    Path::new("/etc/docker/daemon.json").exists()
}

/// A daemon that treats its first peer so.
fn fake(dir: &Dir, name: &str, treat: impl FnOnce(UnixStream) + Send + 'static) -> PathBuf {
    let path = dir.0.join(name);
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        if let Ok((stream, _)) = listener.accept() {
            treat(stream);
        }
    });
    path
}

/// A daemon that reads the question and gives this answer.
fn answering(dir: &Dir, name: &str, answer: impl Into<Vec<u8>>) -> PathBuf {
    let answer = answer.into();
    fake(dir, name, move |mut stream| {
        let mut question = [0; 512];
        let n = stream.read(&mut question).unwrap();
        assert!(question[..n].starts_with(b"GET /info HTTP/1.0\r\n"));
        let _ = stream.write_all(&answer);
    })
}

fn http(body: &str) -> String {
    format!(
        "HTTP/1.0 200 OK\r\nServer: Docker/20.10.24 (linux)\r\nContent-Type: \
            application/json\r\n\r\n{body}"
    )
}

const ON: &str = r#"{"SecurityOptions":["name=seccomp,profile=default","name=userns"],"DockerRootDir":"/var/lib/docker/100000.100000","ServerVersion":"20.10.24"}"#;
const OFF: &str = r#"{"SecurityOptions":["name=seccomp,profile=default"],"DockerRootDir":"/var/lib/docker","ServerVersion":"20.10.24"}"#;

#[test]
fn a_plain_answer_decides() {
    let dir = Dir::new("plain");
    let (remap, code) = check(&answering(&dir, "on", http(ON)));
    assert_eq!((&remap["state"], &remap["effective"], code), (&"on".into(), &"on".into(), 0));
    let (remap, code) = check(&answering(&dir, "off", http(OFF)));
    assert_eq!((&remap["effective"], code), (&"off".into(), 1));
    if !configured_here() {
        assert_eq!(remap["state"], "off");
    }
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{ON}\r\n0\r\n\r\n",
        ON.len()
    );
    assert_eq!(check(&answering(&dir, "chunked", chunked)).0["state"], "on");
}

#[test]
fn a_socket_that_lies_is_unknown() {
    let dir = Dir::new("lies");
    let mut endless = http("").into_bytes();
    endless.resize(2 << 20, b'{');
    let answers: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("garbage", b"\x00\xffgarbage".to_vec()),
        ("empty-object", http("{}").into()),
        ("null", http("null").into()),
        ("half", http(&OFF[..OFF.len() / 2]).into()),
        ("cut", format!("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{OFF}").into()),
        ("no-options", http(&OFF.replace("SecurityOptions", "Options")).into()),
        ("contradiction", http(&ON.replace("/100000.100000", "")).into()),
        ("error", format!("HTTP/1.0 500 Internal Server Error\r\n\r\n{OFF}").into()),
        ("podman", http(OFF).replace("Docker/20.10.24", "Libpod/4.3.1").into()),
        ("endless", endless),
    ];
    for (name, answer) in answers {
        let (remap, code) = check(&answering(&dir, name, answer));
        assert_eq!(remap["effective"], "unknown", "{name}");
        if !configured_here() {
            assert_eq!((&remap["state"], code), (&"unknown".into(), 3), "{name}");
        }
    }
}

#[test]
fn a_socket_that_hangs_is_unknown_and_soon() {
    let dir = Dir::new("hangs");
    let silent = fake(&dir, "silent", |stream| {
        std::thread::sleep(Duration::from_secs(20));
        drop(stream);
    });
    let drip = fake(&dir, "drip", |mut stream| {
        while stream.write_all(b"H").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    // Nobody accepts, and the backlog is full: a blocking connect(2) would wait for ever.
    let full = dir.0.join("full");
    let _kept = full_backlog(&full);
    for path in [silent, drip, full] {
        let start = Instant::now();
        let (remap, _) = check(&path);
        assert_eq!(remap["effective"], "unknown", "{}", path.display());
        assert_ne!(remap["state"], "off", "{}", path.display());
        // isodoc waits less than a second; these daemons would keep it for twenty, or for ever.
        let took = start.elapsed();
        assert!(took < Duration::from_secs(15), "{} took {took:?}", path.display());
    }
}

/// A socket that nobody accepts from, and on which one connection waits already: all that a backlog
/// of 0 has room for (`unix_recvq_full` in net/unix/af_unix.c).
fn full_backlog(path: &Path) -> [OwnedFd; 2] {
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
    let address = SocketAddrUnix::new(path).unwrap();
    let socket = || {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).unwrap()
    };
    let listener = socket();
    rustix::net::bind(&listener, &address).unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let waiting = socket();
    rustix::net::connect(&waiting, &address).unwrap();
    let one_too_many = rustix::net::connect(socket(), &address);
    assert_eq!(one_too_many, Err(rustix::io::Errno::AGAIN), "the backlog is not full");
    [listener, waiting]
}

#[test]
fn what_is_no_socket_is_left_alone() {
    let dir = Dir::new("odd");
    let file = dir.0.join("file");
    std::fs::write(&file, http(OFF)).unwrap();
    let fifo = dir.0.join("fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    for path in [file, fifo, dir.0.clone()] {
        let (remap, _) = check(&path);
        assert_eq!(remap["effective"], "unknown");
        assert_ne!(remap["state"], "off");
    }
}

/// A daemon of our own, with its own `/etc`, data and sockets.
struct Daemon {
    child: Child,
    socket: PathBuf,
}

impl Daemon {
    /// Starts dockerd; the reason when this machine cannot.
    fn start(dir: &Path, options: &[&str]) -> Result<Self, String> {
        if !rustix::process::geteuid().is_root() {
            return Err("only root can start dockerd".into());
        }
        let missing = ["dockerd", "containerd", "unshare"].into_iter().find(|name| {
            let path = std::env::var("PATH").unwrap_or_default();
            !path.split(':').any(|dir| Path::new(dir).join(name).exists())
        });
        if let Some(name) = missing {
            return Err(format!("there is no {name}"));
        }
        std::fs::create_dir_all(dir).unwrap();
        let at = |name: &str| dir.join(name).display().to_string();
        let copied = Command::new("cp").args(["-a", "/etc", &at("etc")]).status();
        if !copied.is_ok_and(|status| status.success()) {
            return Err("/etc cannot be copied".into());
        }
        let socket = dir.join("sock");
        let mut command = Command::new("unshare");
        // The daemon makes users and ranges: in a copy.
        command.args([
            "--mount",
            "sh",
            "-c",
            "mount --bind \"$0\" /etc && exec dockerd \"$@\"",
            &at("etc"),
        ]);
        command.args([
            "--data-root",
            &at("data"),
            "--exec-root",
            &at("exec"),
            "--pidfile",
            &at("pid"),
        ]);
        command.args(["--iptables=false", "--bridge=none", "--storage-driver=vfs"]);
        command.arg(format!("--host=unix://{}", socket.display())).args(options);
        let log = std::fs::File::create(dir.join("log")).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|e| e.to_string())?;
        let mut daemon = Self { child, socket };
        for _ in 0..200 {
            if let Ok(Some(status)) = daemon.child.try_wait() {
                let log = std::fs::read_to_string(dir.join("log")).unwrap_or_default();
                return Err(format!(
                    "dockerd ended ({status}): {}",
                    log.lines().last().unwrap_or("")
                ));
            }
            // It listens before it is ready.
            if std::fs::read_to_string(dir.join("log"))
                .is_ok_and(|log| log.contains("API listen on"))
            {
                return Ok(daemon);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err("dockerd was not ready in 20 s".into())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // SIGTERM, so that it ends its containerd too.
        if let Some(pid) =
            i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

#[test]
fn a_real_daemon() {
    let dir = Dir::new("real");
    if configured_here() {
        return skip("this machine's /etc/docker/daemon.json would have its say");
    }
    let config = dir.0.join("daemon.json");
    std::fs::write(&config, "{}").unwrap();
    let plain =
        Daemon::start(&dir.0.join("plain"), &["--config-file", &config.display().to_string()]);
    let remapping = Daemon::start(&dir.0.join("remap"), &["--userns-remap=default"]);
    let (plain, remapping) = match (plain, remapping) {
        (Ok(plain), Ok(remapping)) => (plain, remapping),
        (Err(why), _) | (_, Err(why)) => return skip(&why),
    };
    let (remap, code) = check(&remapping.socket);
    assert_eq!(
        (&remap["state"], &remap["configured"], &remap["effective"], code),
        (&"on".into(), &"default".into(), &"on".into(), 0)
    );
    let (remap, code) = check(&plain.socket);
    assert_eq!(
        (&remap["state"], &remap["configured"], &remap["effective"], code),
        (&"off".into(), &Value::Null, &"off".into(), 1)
    );
    std::fs::write(&config, r#"{"userns-remap": "default"}"#).unwrap();
    let (remap, code) = check(&plain.socket);
    assert_eq!(
        (&remap["state"], &remap["configured"], code),
        (&"pending-restart".into(), &"default".into(), 1)
    );
    std::fs::write(&config, r#"{"userns-remap": "root"}"#).unwrap();
    assert_eq!(check(&plain.socket).0["state"], "off");
    std::fs::write(&config, "{\"userns-remap\": \"default\",}").unwrap();
    let (remap, code) = check(&plain.socket);
    assert_eq!((&remap["state"], code), (&"misconfigured".into(), 1));
}

/// Says why nothing was tested, past the test harness, which keeps what a passing test prints to
/// itself.
fn skip(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: a_real_daemon: {why}");
}
