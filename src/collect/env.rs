//! The environment variables, by what they are for.

use crate::facts::env::{Env, Worker};
use crate::source::env::NAMES;
use crate::source::{Source, fact};

/// Reads the variables.
pub(crate) fn collect(source: &dyn Source) -> Env {
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
