//! What is to be said of a container's settings by themselves, and what an admission controller
//! says to them.

use super::pod::{Common, Found};
use super::short;
use crate::deploy::admission::{self, Admission};
use crate::deploy::defaults::{capability, is_all, is_prefixed};
use crate::deploy::place::{At, Place};
use crate::deploy::setting::{Doubt, Masks, Profile, Setting, Settings, Userns};
use crate::findings::catalogue;
use crate::verdict::Severity;

/// What is to be said of a container's settings by themselves.
pub(in crate::deploy) fn examine(settings: &mut Settings, place: Place, found: &mut Found) {
    unmasked(settings, found);
    capability_names(settings, found);
    profiles(settings, place, found);
}

/// `procMount: Unmasked` without a user namespace of its own: `ValidateSecurityContext` refuses it
/// where the gate ProcMountType is on (by default from 1.33 on); where it is off, the API server
/// drops the field.
fn unmasked(settings: &mut Settings, found: &mut Found) {
    let userns = matches!(settings.userns, Some(At { value: Userns::Own, .. }));
    if let Some(At { value: Masks::None, place }) = settings.masks.clone()
        && !userns
    {
        let title = "`procMount: Unmasked` needs `hostUsers: false`";
        let detail = "from Kubernetes 1.33 on the API server refuses it without; earlier ones \
            ignore it unless the gate ProcMountType is on";
        found.on_next(catalogue::UNMASKED_WITHOUT_USERNS.at(place, title, detail));
        let why = "`procMount: Unmasked` without `hostUsers: false`, which the API server refuses \
            or ignores";
        settings.leave_open(Setting::Masks, place, why);
    }
}

/// Names of capabilities that the runtime does not take as they are meant.
fn capability_names(settings: &Settings, found: &mut Found) {
    for at in settings.cap_add.iter().chain(&settings.cap_drop) {
        if is_all(&at.value) {
            continue;
        }
        if capability(&at.value).is_none() {
            let title = format!("there is no capability `{}`", short(&at.value));
            let detail = "the runtime ignores it or refuses the container: check the spelling";
            found.on_next(catalogue::UNKNOWN_CAPABILITY.at(at.place, title, detail));
        } else if is_prefixed(&at.value) {
            let title = format!("write `{}` without `CAP_`", short(&at.value));
            let detail = "Kubernetes' names have no prefix: containerd adds one, and so knows no \
                such capability, and the line has no effect there; CRI-O takes both";
            found.on_next(catalogue::CAPABILITY_PREFIX.at(at.place, title, detail));
        }
    }
}

/// Profiles that are not in the files, and the filter that is not there.
fn profiles(settings: &mut Settings, place: Place, found: &mut Found) {
    if settings.is_privileged() {
        return;
    }
    let named = |about, at: Option<&At<Profile>>| match at {
        Some(At { value: Profile::Named(name, _), place }) => {
            let why = format!("the profile `{}` is on the nodes, not in the files", short(name));
            Some(At::new(Doubt { about, why }, *place))
        }
        _ => None,
    };
    let doubts = [
        named(Setting::Seccomp, settings.seccomp.as_ref()),
        named(Setting::AppArmor, settings.apparmor.as_ref()),
    ];
    settings.unknown.extend(doubts.into_iter().flatten());
    if settings.seccomp.is_none() && settings.doubt(Setting::Seccomp).is_none() {
        let detail = "without `seccompProfile` a container runs unconfined, or with \
            RuntimeDefault if the kubelet has seccompDefault";
        found.on_next(catalogue::SECCOMP_NOT_SET.at(place, "no seccomp profile is set", detail));
    }
}

/// What Pod Security admission refuses.
pub(super) fn refused(settings: &Settings, common: &Common, place: Place, found: &mut Found) {
    let Some(admission) = &settings.admission else { return };
    let mut violations = admission::violations(settings, admission.value);
    // The pod's own fields count even where every container overrides them.
    let of_pod = Settings {
        seccomp: common.context.seccomp.clone(),
        apparmor: common.context.apparmor.clone(),
        selinux: common.context.selinux.clone(),
        ..Settings::default()
    };
    let level = Admission {
        level: admission.value.level.min(admission::Level::Baseline),
        ..admission.value
    };
    for violation in admission::violations(&of_pod, level) {
        if !violations.iter().any(|known| known.control == violation.control) {
            violations.push(violation);
        }
    }
    let Some(first) =
        violations.iter().find(|violation| violation.always).or_else(|| violations.first())
    else {
        return;
    };
    let always = first.always;
    let mut controls: Vec<&str> = violations.iter().map(|violation| violation.control).collect();
    controls.dedup();
    let musts: Vec<&str> = violations.iter().map(|violation| violation.must.as_str()).collect();
    let verb = if always { "rejects" } else { "may reject" };
    let title = format!("Pod Security admission {verb} this container: {}", controls.join(", "));
    let line = admission.place.line;
    let detail = format!(
        "its namespace enforces `{}` (line {line}), so: {}",
        admission.value.level.name(),
        musts.join("; ")
    );
    let severity = if always { Severity::Error } else { Severity::Warning };
    found.on_next(
        catalogue::POD_SECURITY_REJECTS
            .at(first.place.unwrap_or(place), title, detail)
            .severity(severity),
    );
}
