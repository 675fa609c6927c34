//! The environment variables that count. No other variable is ever read, so none can leak into a
//! snapshot.

/// How a variable may be carried in a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Carry {
    Value,
    /// Only that it is set.
    Presence,
}

/// Those that decide how programs are found and started, whose ranges of ids podman takes, and the
/// `container` of pid 1.
const GENERAL: &[(&str, Carry)] = &[
    ("PATH", Carry::Value),
    ("LD_PRELOAD", Carry::Value),
    ("USER", Carry::Value),
    ("container", Carry::Value),
];

/// Which daemon docker(1) talks to.
const DOCKER_HOST: &str = "DOCKER_HOST";

/// Those that mark a platform.
pub(crate) const PLATFORM: &[(&str, Carry)] = &[
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
    (DOCKER_HOST, Carry::Value),
];

/// Those that a worker of Windmill reads; what they mean is in [`crate::windmill`].
pub(crate) const WORKER: &[(&str, Carry)] = &[
    ("ENABLE_UNSHARE_PID", Carry::Value),
    ("FAVOR_UNSHARE_PID", Carry::Value),
    ("UNSHARE_ISOLATION_FLAGS", Carry::Value),
    ("UNSHARE_TINI_PATH", Carry::Value),
    ("DISABLE_NSJAIL", Carry::Value),
    ("NSJAIL_PATH", Carry::Value),
    ("DISABLE_NUSER", Carry::Value),
];

/// What stands in the place of a value that is not told.
const SET: &str = "(set)";

/// What may be told of the value of a variable: of most only that it is set, and of an address that
/// may hold an account only its scheme.
#[must_use]
pub(crate) fn shown(name: &str, value: String) -> String {
    if value.is_empty() || (carry(name) == Some(Carry::Value) && name != DOCKER_HOST) {
        return value;
    }
    if name != DOCKER_HOST {
        return SET.into();
    }
    match value.split_once("://") {
        Some(("unix" | "fd", _)) => value,
        Some((scheme, _)) => format!("{scheme}://{SET}"),
        None => format!("tcp://{SET}"),
    }
}

/// What stands in paths for the directory that a variable names, in a snapshot.
pub(crate) fn home(name: &str) -> Option<&'static str> {
    match name {
        "HOME" => Some("$HOME"),
        "XDG_CONFIG_HOME" => Some("$XDG_CONFIG_HOME"),
        _ => None,
    }
}

/// The directory that a variable names: in a snapshot, what stands for it.
pub(crate) fn directory(name: &str, value: String) -> Option<String> {
    if value == SET {
        home(name).map(str::to_owned)
    } else {
        Some(value).filter(|v| v.starts_with('/'))
    }
}

/// How a variable may be carried, if it counts.
#[must_use]
pub(crate) fn carry(name: &str) -> Option<Carry> {
    let mut all = [GENERAL, PLATFORM, WORKER].into_iter().flatten();
    all.find(|(known, _)| *known == name).map(|(_, carry)| *carry)
}
