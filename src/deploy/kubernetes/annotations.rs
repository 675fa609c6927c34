//! The annotations of a pod that name profiles, or say whether one is in force.

use std::collections::{HashMap, HashSet};

use super::fields::{self, refused};
use super::pod::{Found, Pod};
use super::security;
use crate::deploy::place::{At, BadInput};
use crate::deploy::setting::{Profile, Setting, Settings};
use crate::deploy::yaml::Node;
use crate::findings::catalogue;

const APPARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP: &str = "container.seccomp.security.alpha.kubernetes.io/";
const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
/// Which devices CRI-O gives the containers of a pod, where the node allows it.
pub(super) const CRI_O_DEVICES: &str = "io.kubernetes.cri-o.Devices";
/// `false` puts the container's filter into the guest (kata-containers
/// `docs/how-to/how-to-set-sandbox-config-kata.md`).
pub(super) const KATA: &str = "io.katacontainers.config.runtime.disable_guest_seccomp";

/// The annotations in a pod's metadata that name profiles, or say whether one is in force.
///
/// # Errors
/// When one is no string.
pub(super) fn of(metadata: Option<&Node>) -> Result<HashMap<&str, At<&str>>, BadInput> {
    let Some(metadata) = metadata else { return Ok(HashMap::new()) };
    let Some(node) = fields::mapping(metadata, "annotations")? else { return Ok(HashMap::new()) };
    let profiles = node.entries().into_iter().filter(|(key, ..)| {
        key.starts_with(APPARMOR)
            || key.starts_with(SECCOMP)
            || [SECCOMP_POD, KATA, CRI_O_DEVICES].contains(key)
    });
    profiles.map(|(key, _, value)| Ok((key, fields::text(value, "annotations")?))).collect()
}

/// `ValidateAppArmorPodAnnotations`.
pub(super) fn name_containers(pod: &Pod<'_>, names: &HashSet<String>) -> Result<(), BadInput> {
    let mut annotations: Vec<_> = pod
        .annotations
        .iter()
        .filter_map(|(key, at)| Some((key.strip_prefix(APPARMOR)?, at)))
        .collect();
    annotations.sort_by_key(|(_, at)| at.place.start);
    match annotations.iter().find(|(name, _)| !names.contains(*name)) {
        Some((_, at)) => {
            Err(refused(at.place, "this annotation is for a container that the pod does not have"))
        }
        None => Ok(()),
    }
}

/// The profiles that annotations name. That of AppArmor still counts where the container has no
/// field of its own; those of seccomp have been ignored since Kubernetes 1.27.
pub(super) fn profiles(
    pod: &Pod<'_>,
    name: &str,
    own_apparmor: Option<&At<Profile>>,
    own_seccomp: Option<&At<Profile>>,
    settings: &mut Settings,
    found: &mut Found,
) -> Result<(), BadInput> {
    let mismatch =
        |place| refused(place, "this annotation and the container's field name different profiles");
    if let Some(at) =
        pod.annotations.get(format!("{APPARMOR}{name}").as_str()).filter(|at| !at.value.is_empty())
    {
        let Some(profile) = security::annotated(at.value).filter(|_| at.value != "docker/default")
        else {
            let why = "this is not runtime/default, unconfined or localhost/NAME";
            return Err(refused(at.place, why));
        };
        match own_apparmor {
            Some(field) if field.value != profile => return Err(mismatch(at.place)),
            Some(_) => {}
            None => settings.apparmor = Some(At::new(profile, at.place)),
        }
    }
    let of_container = pod.annotations.get(format!("{SECCOMP}{name}").as_str());
    if let Some(at) = of_container.or_else(|| pod.annotations.get(SECCOMP_POD)) {
        let named = security::annotated(at.value);
        if own_seccomp.is_some_and(|field| Some(&field.value) != named.as_ref())
            && of_container.is_some()
        {
            return Err(mismatch(at.place));
        }
        if settings.seccomp.is_none() {
            let detail = "seccomp annotations have had no effect since Kubernetes 1.27: set \
                `seccompProfile` in the securityContext";
            let title = "this annotation has no effect any more";
            found.on_next(catalogue::SECCOMP_ANNOTATION.at(at.place, title, detail));
            if named != Some(Profile::Unconfined) {
                let why = "a seccomp annotation, which has an effect only before Kubernetes 1.27";
                settings.leave_open(Setting::Seccomp, at.place, why);
            }
        }
    }
    Ok(())
}
