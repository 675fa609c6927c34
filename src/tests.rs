//! What the tests of several folders share.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// How long this thread computes: what else the machine does meanwhile does not count.
pub(crate) fn cpu_time(run: impl FnOnce()) -> Duration {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let start = now();
    run();
    now() - start
}
