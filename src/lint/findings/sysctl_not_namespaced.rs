//! A container sets only those parameters of the kernel that belong to a namespace of its own
//! ([`crate::deploy::sysctl`]).

use super::Case;
use crate::deploy::setting::{Joined, Userns};
use crate::deploy::sysctl::{self, Namespace};
use crate::deploy::{At, Engine, runtime};
use crate::findings::{Finding, catalogue};
use crate::verdict::Severity;

/// Why the container does not start with a parameter.
enum SysctlRefusal {
    Surely(String),
    /// Or why that cannot be told.
    Perhaps(String),
}

pub(super) fn check(case: &Case<'_>) -> Option<Finding> {
    let settings = &case.container.settings;
    if let Some(given) = settings.refused_sysctls.first() {
        let title = format!("docker and podman take no --sysctl {}", given.value);
        let detail = "they take NAME=VALUE, with dots in the name, and no name but those of an ipc \
            or network namespace (net.*, fs.mqueue.*, kernel.shm*, kernel.msg*, kernel.sem); a \
            parameter of the host is set on the host";
        return Some(catalogue::SYSCTL_NOT_NAMESPACED.at(given.place, title, detail));
    }
    // A kernel of its own may have them all.
    if settings.runtime.as_ref().is_some_and(|at| runtime::unlike_runc(&at.value).is_some()) {
        return None;
    }
    let named = || settings.sysctls.iter().map(|at| At::new(&at.value.name, at.place));
    let refused = || named().filter_map(|at| refusal(case, at.value).map(|refused| (at, refused)));
    let surely = refused().find_map(|(name, refused)| match refused {
        SysctlRefusal::Surely(why) => Some((name, why)),
        SysctlRefusal::Perhaps(_) => None,
    });
    if let Some((name, why)) = surely {
        let title = format!("no runtime sets {} for a container: {why}", name.value);
        let detail = "the container does not start; remove the setting, and set the parameter on \
            the host where that is meant";
        return Some(catalogue::SYSCTL_NOT_NAMESPACED.at(name.place, title, detail));
    }
    let perhaps = refused().find_map(|(name, refused)| match refused {
        SysctlRefusal::Perhaps(why) => {
            Some((format!("whether {} can be set hangs on this: {why}", name.value), name.place))
        }
        SysctlRefusal::Surely(_) => None,
    });
    let hidden = || {
        let hidden = settings.hidden_sysctls.first()?;
        Some((
            format!("which kernel parameter is set is not known: {}", hidden.value),
            hidden.place,
        ))
    };
    let (title, place) = perhaps.or_else(hidden)?;
    let detail =
        "the container does not start where a parameter belongs to no namespace of its own";
    let finding = Finding::new(&catalogue::SYSCTL_NOT_NAMESPACED, title, detail);
    Some(finding.at(place).severity(Severity::Warning))
}

/// Why a parameter is refused, by its name.
fn refusal(case: &Case<'_>, name: &str) -> Option<SysctlRefusal> {
    let settings = &case.container.settings;
    let is_on = |setting: &Option<At<bool>>| setting.as_ref().is_some_and(|at| at.value);
    let surely = |why: &str| Some(SysctlRefusal::Surely(why.to_owned()));
    let perhaps = |why| Some(SysctlRefusal::Perhaps(why));
    match sysctl::namespace(name) {
        Some(Namespace::Uts) if name == "kernel.hostname" => {
            surely("a container's host name is set as such")
        }
        Some(Namespace::Uts) if case.container.engine != Engine::Docker => {
            surely("podman and the kubelet refuse it")
        }
        Some(Namespace::Uts) => {
            is_on(&settings.host_uts).then_some(())?;
            surely("the container has the host's names")
        }
        Some(Namespace::Ipc) if is_on(&settings.host_ipc) => {
            surely("the container has the host's ipc namespace")
        }
        // That of another container will do, though it be the host's.
        Some(Namespace::Ipc) => match settings.joins_ipc.as_ref().map(|at| &at.value) {
            Some(Joined::Unknown(why)) => perhaps(why.clone()),
            _ => of_its_own(case, name),
        },
        Some(Namespace::Network) if is_on(&settings.host_network) => {
            surely("the container has the host's network")
        }
        Some(Namespace::Network) => match settings.joins_network.as_ref().map(|at| &at.value) {
            // crun takes it, runc does not; who starts podman's containers nobody said.
            Some(Joined::Host(of)) if case.container.engine == Engine::Docker => {
                surely(&format!("the container is in the network of {of}, which is the host's"))
            }
            Some(Joined::Host(of)) => {
                perhaps(format!("the container is in the network of {of}, which is the host's"))
            }
            Some(Joined::Of(of)) => {
                perhaps(format!("the container is in the network of {of}, which may be the host's"))
            }
            Some(Joined::Unknown(why)) => perhaps(why.clone()),
            None => of_its_own(case, name),
        },
        None => surely("it belongs to no namespace that a container has of its own"),
    }
}

/// Why a parameter is refused in a namespace that the container has for itself.
fn of_its_own(case: &Case<'_>, name: &str) -> Option<SysctlRefusal> {
    let userns = case.container.settings.userns.as_ref().map(|at| &at.value);
    let remapped = case.host().remap.is_some() && userns != Some(&Userns::Host);
    // Nobody says whether podman is rootless.
    let users = match case.container.engine {
        Engine::Podman => true,
        Engine::Docker => remapped,
        _ => userns == Some(&Userns::Own),
    };
    let at_least = |major, minor| case.host().facts.kernel_at_least(major, minor);
    match sysctl::can_be_set(name, at_least, users) {
        Some(true) => None,
        Some(false) => Some(SysctlRefusal::Surely("only the host's network has it".into())),
        None => Some(SysctlRefusal::Perhaps("not every kernel lets a container set it".into())),
    }
}
