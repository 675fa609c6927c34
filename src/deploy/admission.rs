//! Pod Security admission: what the levels of the Pod Security Standards forbid, for the settings
//! that bear on isolation (<https://kubernetes.io/docs/concepts/security/pod-security-standards/>;
//! `k8s.io/pod-security-admission/policy`). Host ports, host paths and other volumes, sysctls,
//! probes and Windows options are not looked at.

use super::place::{At, Place};
use super::setting::{Label, Masks, Profile, Settings, User, Userns};

/// A level of the standards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Level {
    /// Everything goes.
    Privileged,
    /// No known escalation.
    Baseline,
    /// Hardened.
    Restricted,
}

impl Level {
    /// The level of this name, as a namespace's label gives it.
    #[must_use]
    pub(crate) fn of(name: &str) -> Option<Self> {
        [Self::Privileged, Self::Baseline, Self::Restricted]
            .into_iter()
            .find(|level| level.name() == name)
    }

    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// What a namespace enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Admission {
    pub level: Level,
    /// The minor version 1.N of the standards; `None` is that of the cluster.
    pub minor: Option<u32>,
}

/// A control that forbids a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The control, as the admission plugin names it.
    pub control: &'static str,
    /// What would have to be, in terms of the file.
    pub must: String,
    /// The setting, where it is one that is set.
    pub place: Option<Place>,
    /// Whether every version of Kubernetes says so; else it depends on the cluster.
    pub always: bool,
}

/// The capabilities that `baseline` lets a container add.
const BASELINE_ADD: &[&str] = &[
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
    "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
];

/// What the namespace refuses in these settings.
#[must_use]
pub(crate) fn violations(settings: &Settings, admission: Admission) -> Vec<Violation> {
    let mut found = Violations { all: vec![] };
    if admission.level >= Level::Baseline {
        baseline(settings, admission, &mut found);
    }
    if admission.level == Level::Restricted {
        restricted(settings, admission, &mut found);
    }
    found.all
}

struct Violations {
    all: Vec<Violation>,
}

impl Violations {
    fn add(&mut self, control: &'static str, must: impl Into<String>, place: Option<Place>) {
        self.all.push(Violation { control, must: must.into(), place, always: true });
    }

    /// A boolean that must not be true.
    fn not_true(&mut self, control: &'static str, name: &str, setting: Option<&At<bool>>) {
        if let Some(at) = setting.filter(|at| at.value) {
            self.add(control, format!("{name} must not be true"), Some(at.place));
        }
    }
}

fn baseline(settings: &Settings, admission: Admission, found: &mut Violations) {
    let restricted = admission.level == Level::Restricted;
    found.not_true("host namespaces", "hostNetwork", settings.host_network.as_ref());
    found.not_true("host namespaces", "hostPID", settings.host_pid.as_ref());
    found.not_true("host namespaces", "hostIPC", settings.host_ipc.as_ref());
    found.not_true("privileged", "securityContext.privileged", settings.privileged.as_ref());
    if !restricted {
        for add in settings.cap_add.iter().filter(|add| !BASELINE_ADD.contains(&add.value.as_str()))
        {
            found.add(
                "non-default capabilities",
                format!("capabilities.add must not have {}", short(&add.value)),
                Some(add.place),
            );
        }
    }
    if let Some(At { value: Profile::Unconfined, place }) = &settings.apparmor {
        found.add(
            "forbidden AppArmor profile",
            "the AppArmor profile must be RuntimeDefault or Localhost",
            Some(*place),
        );
    }
    // The last one since 1.31.
    let engine = |name: &str| {
        name == "container_engine_t" && admission.minor.is_none_or(|minor| minor >= 31)
    };
    if let Some(At { value: Label::Type(name), place }) = &settings.selinux
        && !["", "container_t", "container_init_t", "container_kvm_t"].contains(&name.as_str())
        && !engine(name)
    {
        found.add(
            "seLinuxOptions",
            format!("seLinuxOptions.type must not be {}", short(name)),
            Some(*place),
        );
    }
    if let Some(At { value: Masks::None, place }) = &settings.masks {
        let own = own_userns(settings);
        // Since 1.35 the baseline level lets a pod with a user namespace of its own have it.
        let relaxed = own && !restricted && admission.minor.is_none_or(|minor| minor >= 35);
        let must = match (own, restricted) {
            (true, false) => "procMount must be Default before Kubernetes 1.35",
            _ => "procMount must be Default",
        };
        found.all.push(Violation {
            control: "procMount",
            must: must.into(),
            place: Some(*place),
            always: !relaxed,
        });
    }
    if let Some(At { value: Profile::Unconfined, place }) = &settings.seccomp {
        found.add(
            "seccompProfile",
            "seccompProfile.type must be RuntimeDefault or Localhost",
            Some(*place),
        );
    }
}

fn restricted(settings: &Settings, admission: Admission, found: &mut Violations) {
    let from = |minor: u32| admission.minor.is_none_or(|pinned| pinned >= minor);
    if from(8) && !matches!(settings.no_new_privs, Some(At { value: true, .. })) {
        found.add(
            "allowPrivilegeEscalation != false",
            "securityContext.allowPrivilegeEscalation must be false",
            None,
        );
    }
    if from(22) {
        if !settings.cap_drop.iter().any(|drop| drop.value == "ALL") {
            found.add("unrestricted capabilities", "capabilities.drop must have ALL", None);
        }
        for add in settings.cap_add.iter().filter(|add| add.value != "NET_BIND_SERVICE") {
            found.add(
                "unrestricted capabilities",
                format!("capabilities.add must not have {}", short(&add.value)),
                Some(add.place),
            );
        }
    }
    if from(19) && settings.seccomp.is_none() {
        found.add(
            "seccompProfile",
            "seccompProfile.type must be RuntimeDefault or Localhost",
            None,
        );
    }
    // Clusters may relax these two for pods with a user namespace of their own (KEP-127).
    let always = !own_userns(settings);
    if !matches!(settings.non_root, Some(At { value: true, .. })) {
        let place = settings.non_root.as_ref().map(|at| at.place);
        found.all.push(Violation {
            control: "runAsNonRoot != true",
            must: "runAsNonRoot must be true".into(),
            place,
            always,
        });
    }
    if let Some(At { value: User::Ids { uid: 0, .. }, place }) =
        settings.user.as_ref().filter(|_| from(23))
    {
        found.all.push(Violation {
            control: "runAsUser=0",
            must: "runAsUser must not be 0".into(),
            place: Some(*place),
            always,
        });
    }
}

fn own_userns(settings: &Settings) -> bool {
    matches!(settings.userns, Some(At { value: Userns::Own, .. }))
}

/// A name from the file, cut where it is long.
fn short(name: &str) -> String {
    if name.chars().count() <= 40 {
        name.to_owned()
    } else {
        name.chars().take(40).chain("...".chars()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<T>(value: T) -> At<T> {
        At::new(value, Place::default())
    }

    fn names(list: &[&str]) -> Vec<At<String>> {
        list.iter().map(|name| at((*name).to_owned())).collect()
    }

    fn controls(
        settings: &Settings,
        level: Level,
        minor: Option<u32>,
    ) -> Vec<(&'static str, bool)> {
        violations(settings, Admission { level, minor })
            .iter()
            .map(|v| (v.control, v.always))
            .collect()
    }

    /// The example of the documentation of the restricted level passes it; what it lacks is what
    /// the plugin lists.
    #[test]
    fn restricted_wants_what_the_documentation_says() {
        let hardened = Settings {
            no_new_privs: Some(at(true)),
            cap_drop: names(&["ALL"]),
            seccomp: Some(at(Profile::Default)),
            non_root: Some(at(true)),
            user: Some(at(User::Ids { uid: 1000, gid: None })),
            ..Settings::default()
        };
        assert_eq!(controls(&hardened, Level::Restricted, None), []);
        let bare: Vec<_> = controls(&Settings::default(), Level::Restricted, None)
            .into_iter()
            .map(|(c, _)| c)
            .collect();
        let expected = [
            "allowPrivilegeEscalation != false",
            "unrestricted capabilities",
            "seccompProfile",
            "runAsNonRoot != true",
        ];
        assert_eq!(bare, expected);
        assert_eq!(controls(&Settings::default(), Level::Baseline, None), []);
        // The plugin compares with "ALL", not without regard to case.
        let lower = Settings { cap_drop: names(&["all"]), ..hardened };
        assert_eq!(
            controls(&lower, Level::Restricted, None),
            [("unrestricted capabilities", true)]
        );
    }

    #[test]
    fn baseline_refuses_what_isolation_asks_for() {
        let asked = Settings {
            privileged: Some(at(true)),
            host_pid: Some(at(true)),
            cap_add: names(&["SYS_ADMIN", "SETFCAP"]),
            seccomp: Some(at(Profile::Unconfined)),
            apparmor: Some(at(Profile::Unconfined)),
            selinux: Some(at(Label::Type("spc_t".into()))),
            ..Settings::default()
        };
        let said: Vec<_> =
            controls(&asked, Level::Baseline, None).into_iter().map(|(c, _)| c).collect();
        let expected = [
            "host namespaces", "privileged", "non-default capabilities",
            "forbidden AppArmor profile", "seLinuxOptions", "seccompProfile",
        ];
        assert_eq!(said, expected);
        assert_eq!(controls(&asked, Level::Privileged, None), []);
    }

    /// `check_procMount_baseline.go`: relaxed for pods with a user namespace from version 1.35 of
    /// the policy on.
    #[test]
    fn unmasked_proc_depends_on_the_version() {
        let settings = Settings {
            masks: Some(at(Masks::None)),
            userns: Some(at(Userns::Own)),
            ..Settings::default()
        };
        assert_eq!(controls(&settings, Level::Baseline, None), [("procMount", false)]);
        assert_eq!(controls(&settings, Level::Baseline, Some(35)), [("procMount", false)]);
        assert_eq!(controls(&settings, Level::Baseline, Some(34)), [("procMount", true)]);
        let of_host = Settings { userns: None, ..settings };
        assert_eq!(controls(&of_host, Level::Baseline, None), [("procMount", true)]);
    }
}
