//! The `securityContext` of a pod or a container, and the annotations that came before its fields.

use super::fields::{self, refused};
use super::short;
use crate::deploy::place::{At, BadInput, Faults};
use crate::deploy::setting::{Label, Masks, Profile, Settings};
use crate::deploy::sysctl::KernelParameter;
use crate::deploy::yaml::Node;

/// What a security context sets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    pub privileged: Option<At<bool>>,
    pub add: Vec<At<String>>,
    pub drop: Vec<At<String>>,
    pub escalation: Option<At<bool>>,
    pub user: Option<At<u64>>,
    pub group: Option<At<u64>>,
    pub non_root: Option<At<bool>>,
    pub read_only: Option<At<bool>>,
    pub seccomp: Option<At<Profile>>,
    pub apparmor: Option<At<Profile>>,
    pub masks: Option<At<Masks>>,
    pub selinux: Option<At<Label>>,
    /// Of a pod: the kernel parameters.
    pub sysctls: Vec<At<KernelParameter>>,
}

impl Context {
    /// This one where it sets something, else the other, e.g. the container's over the pod's.
    pub(crate) fn over(self, other: &Self) -> Self {
        fn lists<T: Clone>(own: Vec<At<T>>, other: &[At<T>]) -> Vec<At<T>> {
            if own.is_empty() { other.to_vec() } else { own }
        }
        Self {
            privileged: self.privileged.or_else(|| other.privileged.clone()),
            add: lists(self.add, &other.add),
            drop: lists(self.drop, &other.drop),
            escalation: self.escalation.or_else(|| other.escalation.clone()),
            user: self.user.or_else(|| other.user.clone()),
            group: self.group.or_else(|| other.group.clone()),
            non_root: self.non_root.or_else(|| other.non_root.clone()),
            read_only: self.read_only.or_else(|| other.read_only.clone()),
            seccomp: self.seccomp.or_else(|| other.seccomp.clone()),
            apparmor: self.apparmor.or_else(|| other.apparmor.clone()),
            masks: self.masks.or_else(|| other.masks.clone()),
            selinux: self.selinux.or_else(|| other.selinux.clone()),
            sysctls: lists(self.sysctls, &other.sysctls),
        }
    }

    /// As settings of a container; the user and group are left out.
    pub(crate) fn settings(self) -> Settings {
        Settings {
            privileged: self.privileged,
            cap_add: self.add,
            cap_drop: self.drop,
            no_new_privs: self.escalation.map(|at| at.map(|allowed| !allowed)),
            masks: self.masks,
            read_only: self.read_only,
            seccomp: self.seccomp,
            apparmor: self.apparmor,
            selinux: self.selinux,
            non_root: self.non_root,
            sysctls: self.sysctls,
            ..Settings::default()
        }
    }
}

/// What both a pod and a container can set.
pub(crate) fn shared(node: &Node) -> Result<Context, BadInput> {
    let mut faults = Faults::default();
    let context = Context {
        user: faults.without(fields::id(node, "runAsUser")),
        group: faults.without(fields::id(node, "runAsGroup")),
        non_root: faults.without(fields::boolean(node, "runAsNonRoot")),
        seccomp: faults.without(profile(node, "seccompProfile")),
        apparmor: faults.without(profile(node, "appArmorProfile")),
        selinux: faults.without(selinux(node)),
        ..Context::default()
    };
    faults.or(context)
}

/// What a pod can set.
pub(crate) fn of_pod(node: &Node) -> Result<Context, BadInput> {
    let mut faults = Faults::default();
    let mut sysctls = vec![];
    for item in faults.without(fields::list(node, "sysctls")) {
        if let Some(name) = faults.without(fields::string(item, "name")) {
            let value = faults.without(fields::string(item, "value")).map(|at| at.value);
            sysctls.push(name.map(|name| KernelParameter::new(name, value)));
        }
    }
    let context = Context { sysctls, ..faults.without(shared(node)) };
    faults.or(context)
}

/// What a container can set.
pub(crate) fn of_container(node: &Node) -> Result<Context, BadInput> {
    let mut faults = Faults::default();
    let capabilities = faults.without(fields::mapping(node, "capabilities"));
    let names = |key| capabilities.map_or(Ok(vec![]), |map| fields::strings(map, key));
    let context = Context {
        privileged: faults.without(fields::boolean(node, "privileged")),
        escalation: faults.without(fields::boolean(node, "allowPrivilegeEscalation")),
        read_only: faults.without(fields::boolean(node, "readOnlyRootFilesystem")),
        masks: faults.without(masks(node)),
        add: faults.without(names("add")),
        drop: faults.without(names("drop")),
        ..faults.without(shared(node))
    };
    let contradiction = contradicts(context.privileged.as_ref(), &context.add);
    if let Some(no) = context.escalation.as_ref().filter(|at| !at.value)
        && let Some(with) = contradiction
    {
        let why = format!(
            "`{NO_ESCALATION}` contradicts {with}; the API server refuses the two together"
        );
        faults.add(BadInput::at(no.place, why));
    }
    faults.or(context)
}

fn masks(node: &Node) -> Result<Option<At<Masks>>, BadInput> {
    let Some(At { value, place }) = fields::string(node, "procMount")? else { return Ok(None) };
    let masks = match value {
        "Default" | "" => Masks::Default,
        "Unmasked" => Masks::None,
        _ => {
            let why = format!("`procMount` is `{}`, not `Default` or `Unmasked`", short(value));
            return Err(refused(place, why));
        }
    };
    Ok(Some(At::new(masks, place)))
}

/// What some settings cannot stand beside.
pub(crate) const NO_ESCALATION: &str = "allowPrivilegeEscalation: false";

/// What the API server refuses beside [`NO_ESCALATION`] (`ValidateSecurityContext` of
/// pkg/apis/core/validation).
fn contradicts(privileged: Option<&At<bool>>, add: &[At<String>]) -> Option<&'static str> {
    if privileged.is_some_and(|at| at.value) {
        Some("`privileged: true`")
    } else if add.iter().any(|add| add.value == "CAP_SYS_ADMIN") {
        Some("the capability CAP_SYS_ADMIN")
    } else {
        None
    }
}

/// What of a container's settings contradicts its own [`NO_ESCALATION`].
pub(crate) fn contradicts_no_escalation(settings: &Settings) -> Option<&'static str> {
    let no_escalation = settings.no_new_privs.as_ref().is_some_and(|no| no.value);
    let privileged = settings.privileged.as_ref();
    no_escalation.then(|| contradicts(privileged, &settings.cap_add)).flatten()
}

/// A profile of seccomp or AppArmor (`validateSeccompProfileField`,
/// `ValidateAppArmorProfileField`).
fn profile(node: &Node, key: &str) -> Result<Option<At<Profile>>, BadInput> {
    let Some(map) = fields::mapping(node, key)? else { return Ok(None) };
    let place = node.entry(key).map_or(map.place, |(key, _)| key.place);
    let kind = fields::string(map, "type")?;
    let file = fields::string(map, "localhostProfile")?;
    let kind = kind.ok_or_else(|| refused(place, format!("`{key}` has no `type`")))?;
    let profile = match (kind.value, &file) {
        ("Localhost", Some(file)) if !file.value.trim().is_empty() => {
            Profile::Named(file.value.to_owned(), None)
        }
        ("Localhost", _) => {
            let why = format!("`{key}` of type Localhost has no `localhostProfile`");
            return Err(refused(kind.place, why));
        }
        ("RuntimeDefault" | "Unconfined", Some(file)) => {
            let kind = kind.value;
            let why =
                format!("`localhostProfile` goes with `type: Localhost` only, not with {kind}");
            return Err(refused(file.place, why));
        }
        ("RuntimeDefault", None) => Profile::Default,
        ("Unconfined", None) => Profile::Unconfined,
        _ => {
            let why = format!(
                "the type of `{key}` is `{}`, not RuntimeDefault, Localhost or Unconfined",
                short(kind.value)
            );
            return Err(refused(kind.place, why));
        }
    };
    Ok(Some(At::new(profile, kind.place)))
}

fn selinux(node: &Node) -> Result<Option<At<Label>>, BadInput> {
    let Some(options) = fields::mapping(node, "seLinuxOptions")? else { return Ok(None) };
    let of_type = fields::string(options, "type")?.filter(|at| !at.value.is_empty());
    Ok(of_type.map(|at| at.map(|name| Label::Type(name.to_owned()))))
}

/// The profile that an annotation names: `unconfined`, `runtime/default` (`docker/default` too) or
/// `localhost/NAME`.
pub(crate) fn annotated(text: &str) -> Option<Profile> {
    match text {
        "unconfined" => Some(Profile::Unconfined),
        "runtime/default" | "docker/default" => Some(Profile::Default),
        _ => text
            .strip_prefix("localhost/")
            .filter(|name| !name.is_empty())
            .map(|name| Profile::Named(name.to_owned(), None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::yaml::parse;

    fn read(text: &str) -> Result<Context, BadInput> {
        of_container(&parse(0, text).unwrap()[0])
    }

    #[test]
    fn settings() {
        let text = "privileged: false\ncapabilities: {add: [SYS_ADMIN], drop: [ALL]}\nrunAsUser: \
            1000\nrunAsNonRoot: true\nprocMount: Unmasked\n\
                    seccompProfile: {type: Localhost, localhostProfile: \
                    p.json}\nappArmorProfile:\n  type: Unconfined\nseLinuxOptions: {type: spc_t}\n";
        let context = read(text).unwrap();
        assert_eq!(context.add[0].value, "SYS_ADMIN");
        assert_eq!(context.user.map(|at| (at.value, at.place.line)), Some((1000, 3)));
        assert_eq!(context.masks.map(|at| at.value), Some(Masks::None));
        assert_eq!(context.seccomp.map(|at| at.value), Some(Profile::Named("p.json".into(), None)));
        assert_eq!(
            context.apparmor.map(|at| (at.value, at.place.line)),
            Some((Profile::Unconfined, 8))
        );
        assert_eq!(context.selinux.map(|at| at.value), Some(Label::Type("spc_t".into())));
    }

    /// What `ValidateSecurityContext` of Kubernetes refuses, with the line.
    #[test]
    fn what_the_api_server_refuses() {
        for (text, line) in [
            ("privileged: \"true\"\n", 1),
            ("privileged: true\nallowPrivilegeEscalation: false\n", 2),
            ("allowPrivilegeEscalation: false\ncapabilities: {add: [CAP_SYS_ADMIN]}\n", 1),
            ("runAsNonRoot: true\nrunAsUser: -1\n", 2),
            ("procMount: unmasked\n", 1),
            ("seccompProfile: {type: unconfined}\n", 1),
            ("seccompProfile:\n  type: Localhost\n", 2),
            ("seccompProfile:\n  type: Unconfined\n  localhostProfile: x\n", 3),
            ("seccompProfile: {}\n", 1),
            ("seccompProfile: Unconfined\n", 1),
            ("capabilities: [SYS_ADMIN]\n", 1),
            ("capabilities:\n  add: SYS_ADMIN\n", 2),
        ] {
            assert_eq!(read(text).unwrap_err().place.map(|place| place.line), Some(line), "{text}");
        }
        let found = read("procMount: unmasked\n").unwrap_err();
        assert!(found.message.contains("`procMount` is `unmasked`, not `Default`"), "{found}");
        let found = read("seccompProfile: {type: unconfined}\n").unwrap_err();
        assert!(found.message.contains("is `unconfined`, not RuntimeDefault"), "{found}");
        // Without the prefix the two go together.
        assert!(
            read("allowPrivilegeEscalation: false\ncapabilities: {add: [SYS_ADMIN]}\n").is_ok()
        );
    }

    #[test]
    fn annotations() {
        assert_eq!(annotated("localhost/mine"), Some(Profile::Named("mine".into(), None)));
        assert_eq!(
            (annotated("runtime/default"), annotated("unconfined")),
            (Some(Profile::Default), Some(Profile::Unconfined))
        );
        assert_eq!(
            (annotated(""), annotated("localhost/"), annotated("RuntimeDefault")),
            (None, None, None)
        );
    }
}
