//! The environment variables that count.

use serde::Serialize;

use super::Fact;

/// The variables by what they are for.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Env {
    /// Where programs are looked for.
    pub path: Fact<String>,
    /// Libraries that every dynamically linked program loads first.
    pub ld_preload: Fact<String>,
    /// `container`, set by several container managers for pid 1.
    pub container: Fact<String>,
    /// The variables that mark a platform, and whether they are set.
    pub platform: std::collections::BTreeMap<&'static str, Fact<String>>,
    /// The worker's variables.
    pub worker: Worker,
}

/// The variables that decide how the worker isolates its jobs.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Worker {
    /// `ENABLE_UNSHARE_PID`: isolate, or panic at startup.
    pub enable_unshare_pid: Fact<String>,
    /// `FAVOR_UNSHARE_PID`: isolate if it works, else run without.
    pub favor_unshare_pid: Fact<String>,
    /// `UNSHARE_ISOLATION_FLAGS`, split on white space.
    pub unshare_isolation_flags: Fact<String>,
    /// `UNSHARE_TINI_PATH`.
    pub unshare_tini_path: Fact<String>,
    /// `DISABLE_NSJAIL`: `false` forces nsjail.
    pub disable_nsjail: Fact<String>,
    /// `NSJAIL_PATH`.
    pub nsjail_path: Fact<String>,
    /// `DISABLE_NUSER`: nsjail without a user namespace.
    pub disable_nuser: Fact<String>,
}
