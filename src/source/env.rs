//! The environment variables that count. No other variable is ever read, so none can leak into a
//! snapshot.

/// How a variable may be carried in a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Carry {
    /// With its value.
    Value,
    /// Only that it is set.
    Presence,
}

/// Those that decide how programs are found and started, and the `container` of pid 1.
const GENERAL: &[(&str, Carry)] =
    &[("PATH", Carry::Value), ("LD_PRELOAD", Carry::Value), ("container", Carry::Value)];

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
    ("DOCKER_HOST", Carry::Value),
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

/// How a variable may be carried, if it counts.
#[must_use]
pub(crate) fn carry(name: &str) -> Option<Carry> {
    let mut all = [GENERAL, PLATFORM, WORKER].into_iter().flatten();
    all.find(|(known, _)| *known == name).map(|(_, carry)| *carry)
}
