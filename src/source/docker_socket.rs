//! Asks a Docker daemon over its unix socket, never for longer than a moment.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno as Raw;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType, connect, recv,
    send, socket_with,
};

use super::{ReadResult, live};
use crate::facts::Missing;
use crate::parse::docker_info;
use crate::parse::dockerd::{self, DaemonFlags};

/// How long connecting, asking and answering may take together. A daemon answers in about 30 ms.
const LIMIT: Duration = Duration::from_millis(400);
/// The largest answer that is read; real ones have some ten kilobytes.
const MAX_ANSWER: usize = 1 << 20;
/// HTTP/1.0, so that the daemon closes the connection after its answer.
const REQUEST: &[u8] = b"GET /info HTTP/1.0\r\nHost: docker\r\n\r\n";

/// The [`docker_info::DockerInfo`] of the daemon at a socket, as JSON with nothing else in it.
/// Absent: nobody listens. Anything odd is malformed.
pub(super) fn info(path: &str) -> ReadResult<String> {
    let malformed = |why: String| Missing::Malformed(why);
    let response = exchange(path).map_err(|error| match error {
        SocketError::Io(Raw::CONNREFUSED | Raw::NOENT | Raw::NOTDIR) => Missing::Absent,
        SocketError::Io(Raw::ACCESS | Raw::PERM) => Missing::Denied,
        SocketError::Io(other) => malformed(format!("not reached: {other}")),
        SocketError::TooLong => malformed(format!("the answer is larger than {MAX_ANSWER} bytes")),
        SocketError::Late => malformed(format!("no answer within {} ms", LIMIT.as_millis())),
    })?;
    let body = docker_info::body(&response).map_err(|why| malformed(why.to_string()))?;
    let info = docker_info::parse(&String::from_utf8_lossy(&body))
        .map_err(|why| malformed(why.to_string()))?;
    serde_json::to_string(&info).map_err(|e| malformed(e.to_string()))
}

/// The options of the dockerd process that listens at a socket, for daemons whose pid file is
/// elsewhere.
pub(super) fn command_line(socket: &str) -> ReadResult<String> {
    let here = format!("unix://{socket}");
    let proc = std::path::Path::new("/proc");
    for process in live::names_in(live::open_dir("/proc")?)?.iter().map(|name| proc.join(name)) {
        if !std::fs::read(process.join("comm")).is_ok_and(|comm| comm.starts_with(b"dockerd")) {
            continue;
        }
        let Ok(bytes) = std::fs::read(process.join("cmdline")) else { continue };
        // Without an option, and with `fd://` of its systemd unit, it listens at the usual place.
        let usual = |flags: &DaemonFlags| {
            socket == dockerd::SOCKET
                && (flags.hosts.is_empty() || flags.hosts.iter().any(|h| h.starts_with("fd:")))
        };
        if dockerd::cmdline(&bytes).is_ok_and(|flags| flags.hosts.contains(&here) || usual(&flags))
        {
            return Ok(dockerd::redact_cmdline(&bytes));
        }
    }
    Err(Missing::Absent)
}

enum SocketError {
    Io(Raw),
    TooLong,
    Late,
}

impl From<Raw> for SocketError {
    fn from(raw: Raw) -> Self {
        Self::Io(raw)
    }
}

fn exchange(path: &str) -> Result<Vec<u8>, SocketError> {
    let deadline = Instant::now() + LIMIT;
    let address = SocketAddrUnix::new(path)?;
    let socket = socket_with(
        AddressFamily::UNIX,
        SocketType::STREAM,
        SocketFlags::NONBLOCK | SocketFlags::CLOEXEC,
        None,
    )?;
    // A blocking connect(2) would wait for a full backlog; this one says EAGAIN.
    connect(&socket, &address)?;
    let mut left = REQUEST;
    while !left.is_empty() {
        // MSG_NOSIGNAL: a peer that hangs up must not kill us.
        match send(&socket, left, SendFlags::NOSIGNAL) {
            Ok(sent) => left = left.get(sent..).unwrap_or_default(),
            Err(Raw::AGAIN) => wait(&socket, PollFlags::OUT, deadline)?,
            Err(Raw::INTR) => {}
            Err(other) => return Err(other.into()),
        }
    }
    let (mut response, mut buffer) = (vec![], [0u8; 8192]);
    loop {
        wait(&socket, PollFlags::IN, deadline)?;
        match recv(&socket, &mut buffer[..], RecvFlags::empty()) {
            Ok((_, 0)) => return Ok(response),
            Ok((_, n)) => response.extend(buffer.iter().take(n)),
            Err(Raw::AGAIN | Raw::INTR) => {}
            Err(other) => return Err(other.into()),
        }
        if response.len() > MAX_ANSWER {
            return Err(SocketError::TooLong);
        }
    }
}

fn wait(socket: &OwnedFd, events: PollFlags, deadline: Instant) -> Result<(), SocketError> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(SocketError::Late);
    }
    let timeout = Timespec { tv_sec: 0, tv_nsec: left.subsec_nanos().into() };
    match poll(&mut [PollFd::new(socket, events)], Some(&timeout)) {
        Ok(0) => Err(SocketError::Late),
        Ok(_) | Err(Raw::INTR) => Ok(()),
        Err(other) => Err(other.into()),
    }
}
