//! Changes as fields of a pod and its containers.

use crate::deploy::Engine;
use crate::deploy::defaults;
use crate::deploy::setting::{Change, Label, Masks, Profile, User, kept_capabilities};
use crate::deploy::yaml::Data;

/// What a field belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::deploy) enum Level {
    /// The pod's spec.
    Pod,
    Container,
    /// The container's securityContext.
    SecurityContext,
}

/// The field that makes a change: what it belongs to, its name and its value.
pub(in crate::deploy) fn field(change: &Change) -> Option<(Level, &'static str, Data)> {
    let context = |name, want| Some((Level::SecurityContext, name, want));
    let of_type = |name: &str| Data::map([("type", name.into())]);
    let profile = |profile: &Profile| match profile {
        Profile::Default => of_type("RuntimeDefault"),
        Profile::Unconfined => of_type("Unconfined"),
        Profile::Named(name, _) => {
            Data::map([("type", "Localhost".into()), ("localhostProfile", name.as_str().into())])
        }
    };
    match change {
        Change::Privileged(on) => context("privileged", Data::from(*on)),
        Change::AddCapability(bit) => {
            let add = Data::List(vec![defaults::name(*bit)?.into()]);
            context("capabilities", Data::map([("add", add)]))
        }
        Change::Seccomp(value) => context("seccompProfile", profile(value)),
        Change::AppArmor(value) => context("appArmorProfile", profile(value)),
        Change::SeLinux(Label::Disabled) => context("seLinuxOptions", of_type("spc_t")),
        Change::SeLinux(Label::Type(name)) => context("seLinuxOptions", of_type(name)),
        Change::Masks(Masks::None) => context("procMount", "Unmasked".into()),
        Change::Masks(Masks::Default) => context("procMount", "Default".into()),
        Change::NoNewPrivs(on) => context("allowPrivilegeEscalation", Data::from(!on)),
        // Its group is that of the user's account in the image.
        Change::User(User::Ids { uid, .. }) => context("runAsUser", Data::from(*uid)),
        Change::OwnUserns => Some((Level::Pod, "hostUsers", Data::from(false))),
        Change::Variable(name, value) => {
            let variable = Data::map([("name", (*name).into()), ("value", value.as_str().into())]);
            Some((Level::Container, "env", Data::List(vec![variable])))
        }
        // A pod has no limits of these; the kubelet has.
        Change::Nproc(_) | Change::PidsLimit(_) | Change::User(_) | Change::Masks(_) => None,
        Change::KeepCapability(_)
        | Change::Namespaces(_)
        | Change::Calls(_)
        | Change::SocketFamily(_)
        | Change::Hostname
        | Change::NoAmbient
        | Change::Device(_)
        | Change::WholeProc => None,
    }
}

/// The fields, a line each.
pub(in crate::deploy) fn lines(_: Engine, changes: &[&Change]) -> Vec<String> {
    let line = |(level, name, want): (Level, &str, Data)| {
        let place = match level {
            Level::Pod => "in the pod's spec",
            Level::Container => "in the container",
            Level::SecurityContext => "in the container's securityContext",
        };
        // A type that is not of containers (kubernetes.io, "Pod Security Standards").
        let refused = match name {
            "seLinuxOptions" => "; Pod Security admission takes it at the level privileged alone",
            _ => "",
        };
        format!("{name}: {}    # {place}{refused}", want.flow(false))
    };
    let kept = kept_capabilities(changes).map(|name| {
        format!("remove {name} from capabilities.drop    # in the container's securityContext")
    });
    kept.chain(changes.iter().filter_map(|change| field(change)).map(line)).collect()
}
