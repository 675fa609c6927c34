//! Changes as fields of a pod and its containers.

use crate::deploy::Engine;
use crate::deploy::defaults;
use crate::deploy::setting::{Change, Label, Masks, Profile, User};
use crate::deploy::spelling::Want;

/// What a field belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::deploy) enum Level {
    /// The pod's spec.
    Pod,
    /// The container.
    Container,
    /// The container's securityContext.
    SecurityContext,
}

/// The field that makes a change: what it belongs to, its name and its value.
pub(in crate::deploy) fn field(change: &Change) -> Option<(Level, &'static str, Want)> {
    let context = |name, want| Some((Level::SecurityContext, name, want));
    let map = |key: &str, value: &str| vec![(key.to_owned(), Want::word(value))];
    let profile = |profile: &Profile| match profile {
        Profile::Default => Want::Map(map("type", "RuntimeDefault")),
        Profile::Unconfined => Want::Map(map("type", "Unconfined")),
        Profile::Named(name, _) => {
            let mut entries = map("type", "Localhost");
            entries.push(("localhostProfile".into(), Want::text(name)));
            Want::Map(entries)
        }
    };
    match change {
        Change::Privileged(on) => context("privileged", Want::plain(on)),
        Change::AddCapability(bit) => {
            let add = Want::List(vec![Want::word(defaults::name(*bit)?)]);
            context("capabilities", Want::Map(vec![("add".into(), add)]))
        }
        Change::Seccomp(value) => context("seccompProfile", profile(value)),
        Change::AppArmor(value) => context("appArmorProfile", profile(value)),
        Change::SeLinux(Label::Disabled) => {
            context("seLinuxOptions", Want::Map(map("type", "spc_t")))
        }
        Change::SeLinux(Label::Type(name)) => {
            context("seLinuxOptions", Want::Map(map("type", name)))
        }
        Change::Masks(Masks::None) => context("procMount", Want::word("Unmasked")),
        Change::Masks(Masks::Default) => context("procMount", Want::word("Default")),
        Change::NoNewPrivs(on) => context("allowPrivilegeEscalation", Want::plain(!on)),
        // Its group is that of the user's account in the image.
        Change::User(User::Ids { uid, .. }) => context("runAsUser", Want::plain(uid)),
        Change::OwnUserns => Some((Level::Pod, "hostUsers", Want::plain(false))),
        Change::Variable(name, value) => {
            let mut variable = map("name", name);
            variable.push(("value".into(), Want::text(value)));
            Some((Level::Container, "env", Want::List(vec![Want::Map(variable)])))
        }
        // A pod has no limits of these; the kubelet has.
        Change::Nproc(_) | Change::PidsLimit(_) | Change::User(_) | Change::Masks(_) => None,
    }
}

/// The fields, a line each.
pub(in crate::deploy) fn lines(_: Engine, changes: &[&Change]) -> Vec<String> {
    let line = |(level, name, want): (Level, &str, Want)| {
        let place = match level {
            Level::Pod => "in the pod's spec",
            Level::Container => "in the container",
            Level::SecurityContext => "in the container's securityContext",
        };
        format!("{name}: {}    # {place}", want.flow(false))
    };
    changes.iter().filter_map(|change| field(change)).map(line).collect()
}
