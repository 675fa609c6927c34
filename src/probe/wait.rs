//! Waits for children, never without a bound.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, waitpid};

/// How long a process is waited for that was killed: in a system call that hangs, as on a file
/// system whose server is gone, it ends when that does.
const LAST: Duration = Duration::from_secs(1);

/// How a child ends, or has to be ended after this long; `None` where it cannot be waited for.
pub(crate) fn reap(pid: Pid, patience: Duration) -> Option<WaitStatus> {
    let ended_by = |deadline| {
        let mut pause = Duration::from_micros(50);
        loop {
            match waitpid(Some(pid), WaitOptions::NOHANG) {
                Ok(Some((_, status))) => return Some(status),
                Ok(None) if Instant::now() < deadline => sleep(pause),
                Err(rustix::io::Errno::INTR) => {}
                _ => return None,
            }
            pause = (pause * 2).min(Duration::from_millis(5));
        }
    };
    if let Some(status) = ended_by(Instant::now() + patience) {
        return Some(status);
    }
    let _ = kill_process(pid, Signal::KILL);
    ended_by(Instant::now() + LAST)
}

/// Sleeps, or goes on at once where a filter refuses that: std would panic.
pub(crate) fn sleep(pause: Duration) {
    let (tv_sec, tv_nsec) = (pause.as_secs().cast_signed(), pause.subsec_nanos().into());
    let _ = rustix::thread::nanosleep(&rustix::thread::Timespec { tv_sec, tv_nsec });
}
