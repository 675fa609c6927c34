//! The profiles to begin with: those of the engines.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Calls;
use crate::deploy::Runtime;
use crate::parse::ParseError;

/// Docker's. It is compiled into the daemon; this is the file that it is made of: of Docker 28.5,
/// `seccomp/default.json` of moby/profiles, seccomp/v0.1.0, under the Apache License 2.0.
const DOCKER: &str = include_str!("docker.json");

/// Where Podman and CRI-O have theirs (containers/common `pkg/seccomp`); the first that is there
/// counts.
const PODMAN: &[&str] = &["/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json"];

/// Where the profile of an engine comes from.
pub(crate) enum BaseProfile {
    /// It is known.
    Text(String),
    /// The first of these files that is there.
    Files(&'static [&'static str]),
}

impl BaseProfile {
    /// The names of those that are known.
    pub(crate) const DOCKER: &str = "docker";
    /// That of containerd, in the form that it reads.
    pub(crate) const CONTAINERD: &str = "containerd";
    /// That of Podman and CRI-O.
    pub(crate) const PODMAN: &str = "podman";

    /// That of an engine, on this machine.
    ///
    /// # Errors
    /// When our copy is no profile.
    pub(crate) fn of(engine: &str, machine: &str) -> Option<Result<Self, ParseError>> {
        match engine {
            Self::DOCKER => Some(Ok(Self::Text(DOCKER.into()))),
            Self::CONTAINERD => Some(without_conditions(DOCKER, machine).map(Self::Text)),
            Self::PODMAN => Some(Ok(Self::Files(PODMAN))),
            _ => None,
        }
    }
}

/// What is in force of a profile in a container with the default capabilities, on this machine.
/// containerd reads the form of the runtime specification, and so passes over every condition but
/// those on arguments (`contrib/seccomp/seccomp.go`): what Docker allows with CAP_SYS_ADMIN would
/// be allowed to everybody.
fn without_conditions(profile: &str, machine: &str) -> Result<String, ParseError> {
    let wrong = |e| ParseError::by("not a seccomp profile", e);
    let mut profile: Value = serde_json::from_str(profile).map_err(wrong)?;
    let native = match machine {
        "x86_64" => json!(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]),
        "aarch64" => json!(["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]),
        // Its own alone.
        _ => json!([]),
    };
    let caps = Runtime::Containerd.defaults().capabilities;
    if let Some(rules) = profile.get_mut("syscalls").and_then(Value::as_array_mut) {
        rules.retain(|rule| {
            Calls::deserialize(rule)
                .is_ok_and(|calls| calls.is_for(machine) && calls.is_in_force(caps))
        });
        for rule in rules.iter_mut().filter_map(Value::as_object_mut) {
            rule.retain(|key, _| !["includes", "excludes", "comment"].contains(&key.as_str()));
        }
    }
    if let Some(profile) = profile.as_object_mut() {
        profile.remove("archMap");
        profile.insert("architectures".into(), native);
    }
    Ok(profile.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::{SeccompProfile, read};
    use super::*;
    use crate::facts::{Caps, Question};
    use crate::plan::NameCall;

    fn text(engine: &str, machine: &str) -> String {
        match BaseProfile::of(engine, machine).unwrap().unwrap() {
            BaseProfile::Text(text) => text,
            BaseProfile::Files(_) => panic!("{engine} is known"),
        }
    }

    /// What the engine's own readers pass over is not there to be passed over: as they read it, the
    /// profile refuses a container without CAP_SYS_ADMIN what Docker's does.
    #[test]
    fn containerd_reads_no_conditions() {
        let (docker, flat) =
            (text(BaseProfile::DOCKER, "x86_64"), text(BaseProfile::CONTAINERD, "x86_64"));
        for key in ["includes", "excludes", "archMap"] {
            assert!(docker.contains(key) && !flat.contains(key), "{key}");
        }
        let parsed = |text: &str| -> SeccompProfile { read(text).unwrap().on("x86_64") };
        let questions = [
            Question::Unshare(0),
            Question::Clone(0),
            Question::Clone(0x1000_0000),
            Question::Clone3,
            Question::MountNowhere(0),
            Question::PivotNowhere,
            Question::NameNothing(NameCall::Sethostname),
            Question::JoinNowhere,
            Question::ChrootNowhere,
            Question::UmountNowhere,
            Question::KeyctlNothing,
        ];
        let given = Runtime::Containerd.defaults().capabilities;
        for question in questions {
            let refusal = parsed(&docker).refuses(&question, given);
            assert_eq!(parsed(&flat).refuses(&question, Caps(0)), refusal, "{question:?}");
        }
        // With CAP_SYS_CHROOT, which is one of the default ones; the other one is not.
        assert!(flat.contains(r#""chroot""#) && !flat.contains(r#""open_by_handle_at""#));
        let arm = text(BaseProfile::CONTAINERD, "aarch64");
        assert!(arm.contains("SCMP_ARCH_AARCH64") && !arm.contains("arch_prctl"), "{arm}");
    }
}
