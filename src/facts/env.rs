//! The environment variables that count. No other variable is ever read, so none can leak into a
//! snapshot.

use serde::Serialize;

use super::Fact;
use crate::source::{Source, fact};

/// How a variable may be carried in a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carry {
    /// With its value.
    Value,
    /// Only that it is set.
    Presence,
}

/// Every variable that is asked for.
pub const NAMES: &[(&str, Carry)] = &[
    ("PATH", Carry::Value),
    ("LD_PRELOAD", Carry::Value),
    ("container", Carry::Value),
    ("KUBERNETES_SERVICE_HOST", Carry::Presence),
    ("WSL_DISTRO_NAME", Carry::Presence),
    ("FLATPAK_ID", Carry::Value),
    ("SNAP_NAME", Carry::Value),
    ("APPTAINER_CONTAINER", Carry::Presence),
    ("SINGULARITY_CONTAINER", Carry::Presence),
    ("AWS_EXECUTION_ENV", Carry::Value),
    ("AWS_LAMBDA_FUNCTION_NAME", Carry::Presence),
    ("ECS_CONTAINER_METADATA_URI_V4", Carry::Presence),
    ("K_SERVICE", Carry::Presence),
    ("DYNO", Carry::Presence),
    ("XDG_CONFIG_HOME", Carry::Presence),
    ("XDG_RUNTIME_DIR", Carry::Presence),
    ("HOME", Carry::Presence),
    ("DOCKER_HOST", Carry::Value),
    ("ENABLE_UNSHARE_PID", Carry::Value),
    ("FAVOR_UNSHARE_PID", Carry::Value),
    ("UNSHARE_ISOLATION_FLAGS", Carry::Value),
    ("UNSHARE_TINI_PATH", Carry::Value),
    ("DISABLE_NSJAIL", Carry::Value),
    ("NSJAIL_PATH", Carry::Value),
    ("DISABLE_NUSER", Carry::Value),
];

/// The variables by what they are for.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Env {
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
pub struct Worker {
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

/// Reads the variables.
pub fn collect(source: &dyn Source) -> Env {
    let get = |name: &'static str| fact(source.env(name), format!("${name}"));
    let platform =
        NAMES.iter().map(|(name, _)| *name).skip_while(|n| *n != "KUBERNETES_SERVICE_HOST");
    Env {
        path: get("PATH"),
        ld_preload: get("LD_PRELOAD"),
        container: get("container"),
        platform: platform
            .take_while(|n| *n != "ENABLE_UNSHARE_PID")
            .map(|name| (name, get(name)))
            .collect(),
        worker: Worker {
            enable_unshare_pid: get("ENABLE_UNSHARE_PID"),
            favor_unshare_pid: get("FAVOR_UNSHARE_PID"),
            unshare_isolation_flags: get("UNSHARE_ISOLATION_FLAGS"),
            unshare_tini_path: get("UNSHARE_TINI_PATH"),
            disable_nsjail: get("DISABLE_NSJAIL"),
            nsjail_path: get("NSJAIL_PATH"),
            disable_nuser: get("DISABLE_NUSER"),
        },
    }
}
