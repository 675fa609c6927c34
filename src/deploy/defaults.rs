//! What a container's settings make of what its runtime gives by default.

use super::container::Engine;
use super::place::At;
use super::runtime::{Defaults, Runtime};
use super::setting::{Profile, Settings};
use crate::errno::Errno;
use crate::facts::{Answers, Caps, Fact, Question, Reply};
use crate::plan::Plan;
pub(crate) use crate::plan::capability::{CAPABILITIES, capability, name};

impl Engine {
    /// The program that starts a container by hand.
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Kubernetes => "kubectl",
            Self::Systemd => "systemctl",
            Self::Lxc => "lxc-start",
        }
    }
}

/// Whether it stands for every capability. No engine has another word for them (moby
/// `oci/caps/utils.go`, containers/common `pkg/capabilities`).
pub(crate) fn is_all(name: &str) -> bool {
    name.eq_ignore_ascii_case("ALL")
}

/// The capabilities that a runtime takes these names for.
fn bits(runtime: Runtime, names: &[At<String>]) -> u64 {
    let prefixes = runtime.defaults().prefixes;
    let means_one = |name: &&At<String>| !prefixes || !is_prefixed(&name.value);
    let bits = names.iter().filter(means_one).filter_map(|name| capability(&name.value));
    bits.fold(0, |bits, bit| bits | 1 << bit)
}

/// Whether the name of a capability is written with `CAP_`.
pub(crate) fn is_prefixed(name: &str) -> bool {
    name.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case("CAP_"))
}

/// The capability bounding set of the container, which for root is the effective one too.
#[must_use]
pub(crate) fn bounding(runtime: Runtime, settings: &Settings) -> Caps {
    if settings.is_privileged() {
        return Caps::ALL;
    }
    let (add, drop) = (&settings.cap_add, &settings.cap_drop);
    let bits = |names: &[At<String>]| bits(runtime, names);
    let [all, none] = [add, drop].map(|names| names.iter().any(|name| is_all(&name.value)));
    let Defaults { capabilities: Caps(given), drops_last, .. } = *runtime.defaults();
    if drops_last {
        let first = match (all, none) {
            (_, true) => 0,
            (true, false) => Caps::ALL.0,
            (false, false) => given,
        };
        return Caps((first | bits(add)) & !bits(drop));
    }
    let dropped = if none { 0 } else { given & !bits(drop) };
    // What is dropped by name stays dropped when ALL is added.
    if all { Caps(Caps::ALL.0 & !bits(drop)) } else { Caps(dropped | bits(add)) }
}

/// The capabilities that a user has in effect, given the bounding set.
#[must_use]
pub(crate) fn effective(runtime: Runtime, settings: &Settings, uid: u64, bounding: Caps) -> Caps {
    if uid == 0 {
        return bounding;
    }
    let add = &settings.cap_add;
    let all = add.iter().any(|name| is_all(&name.value));
    let added = if all { Caps::ALL.0 } else { bits(runtime, add) };
    Caps(if runtime.defaults().adds_for_users { added & bounding.0 } else { 0 })
}

/// Where the filter of a container comes from that has a profile of its own.
pub(crate) const OWN_PROFILE: &str = "seccomp profile of the container's own";

/// What is known of the filter in a container.
pub(crate) struct Filter {
    pub mode: Fact<u64>,
    /// Whether it is known to stay as it is when capabilities are added.
    pub own: bool,
    /// The answers that it lets the kernel give for a plan.
    pub answers: Answers,
}

impl Filter {
    fn new(mode: u64, own: bool, answers: Answers) -> Self {
        let source = if own { OWN_PROFILE } else { "seccomp profile" };
        Self { mode: Fact::known(mode, source), own, answers }
    }
}

/// What a machine is taken for that does not say what it is.
pub(crate) const USUAL: &str = "x86_64";

/// The filter in a container, as far as it bears on a plan, on this machine.
#[must_use]
pub(crate) fn seccomp(
    runtime: Runtime,
    settings: &Settings,
    caps: Caps,
    machine: &Fact<String>,
    plan: &Plan,
) -> Filter {
    let unknown = || Filter::new(2, true, Answers::default());
    if !settings.keeps_filter(runtime) {
        return Filter::new(0, false, Answers::default());
    }
    // Kubernetes leaves containers unconfined unless the kubelet's seccompDefault says otherwise.
    let by_default =
        if runtime.defaults().filters { Profile::Default } else { Profile::Unconfined };
    match settings.seccomp.as_ref().map_or(&by_default, |profile| &profile.value) {
        Profile::Unconfined => Filter::new(0, false, Answers::default()),
        Profile::Default => {
            let open = runtime.defaults().filter_is_open;
            Filter::new(2, false, of_default(plan, open, caps))
        }
        Profile::Named(_, Some(text)) => match super::profile::read(text) {
            Ok(profile) => {
                let profile = profile.on(machine.value().map_or(USUAL, String::as_str));
                let given = Caps(caps.0 | 1 << Caps::SYS_ADMIN);
                let open = Question::about(plan)
                    .iter()
                    .all(|question| profile.refuses(question, given).is_none());
                let answers = answers(plan, |question| profile.refuses(question, caps));
                Filter::new(2, !open, answers)
            }
            Err(_) => unknown(),
        },
        Profile::Named(_, None) => unknown(),
    }
}

/// The answers under the default profile of Docker and containerd for these capabilities.
#[must_use]
pub(crate) fn of_docker(plan: &Plan, caps: Caps) -> Answers {
    of_default(plan, false, caps)
}

/// The same under the default profile of any engine: an `open` one lets everybody make namespaces
/// and mount. What it does not name is refused, chroot(2) and others by capabilities (moby
/// `profiles/seccomp/default.json`, containerd `contrib/seccomp/seccomp_default.go`,
/// containers/common `pkg/seccomp/seccomp.json`).
fn of_default(plan: &Plan, open: bool, caps: Caps) -> Answers {
    let admin = caps.has(Caps::SYS_ADMIN);
    let shut = |question: &Question| match question {
        Question::Socket(_) | Question::Unchanged(_) => false,
        Question::ChrootNowhere => !caps.has(Caps::SYS_CHROOT),
        Question::NameNothing(_) | Question::JoinNowhere => !admin,
        Question::PivotNowhere | Question::KeyctlNothing => !open,
        _ => !open && !admin,
    };
    // So that the C library goes back to clone(2).
    let errno = |question: &Question| match question {
        Question::Clone3 => Errno::ENOSYS,
        _ => Errno::EPERM,
    };
    answers(plan, |question| shut(question).then(|| Reply::Refused(errno(question))))
}

/// The answers where the filter lets through what a plan asks for.
#[must_use]
pub(crate) fn open(plan: &Plan) -> Answers {
    answers(plan, |_| None)
}

/// The answers to every question that bears on a plan; the kernel's own where the filter refuses
/// nothing.
fn answers(plan: &Plan, refuses: impl Fn(&Question) -> Option<Reply>) -> Answers {
    let answer = |question: Question| {
        let reply = refuses(&question).unwrap_or_else(|| question.unfiltered());
        (question, Fact::known(reply, "seccomp profile"))
    };
    Answers(Question::about(plan).into_iter().map(answer).collect())
}

#[cfg(test)]
mod tests {
    use super::super::place::Place;
    use super::*;

    fn words(names: &[&str]) -> Vec<At<String>> {
        names.iter().map(|n| At::new((*n).to_owned(), Place::default())).collect()
    }

    #[test]
    fn names_of_capabilities() {
        assert_eq!(
            (capability("SYS_ADMIN"), capability("cap_setfcap"), capability("CAP_CHOWN")),
            (Some(21), Some(31), Some(0))
        );
        assert_eq!((capability("NOPE"), CAPABILITIES.len()), (None, 41));
    }

    /// The sets as seen in `/proc/self/status` of containers of Docker 20.10 and podman 4.3.
    #[test]
    fn bounding_sets() {
        let of = |runtime, add: &[&str], drop: &[&str]| {
            bounding(
                runtime,
                &Settings { cap_add: words(add), cap_drop: words(drop), ..Settings::default() },
            )
            .0
        };
        assert_eq!(of(Runtime::Docker, &[], &[]), 0xa804_25fb);
        assert_eq!(of(Runtime::Docker, &["SYS_ADMIN"], &["all"]), 1 << 21);
        assert_eq!(of(Runtime::Docker, &["ALL"], &["SETFCAP"]), Caps::ALL.0 & !(1 << 31));
        assert_eq!(of(Runtime::Docker, &[], &["CAP_SETFCAP"]), 0x2804_25fb);
        assert_eq!(of(Runtime::Podman, &[], &[]), 0x8004_05fb);
        // Of CRI-O 1.36.
        assert_eq!(of(Runtime::CriO, &[], &[]), 0x5fb);
    }

    /// The effective sets of uid 1000, as seen in containers of Docker 20.10 and podman 4.3.
    #[test]
    fn what_is_added_for_a_user() {
        let of = |runtime, privileged: bool, add: &[&str], drop: &[&str]| {
            let settings = Settings {
                privileged: Some(At::new(privileged, Place::default())),
                cap_add: words(add),
                cap_drop: words(drop),
                ..Settings::default()
            };
            effective(runtime, &settings, 1000, bounding(runtime, &settings)).0
        };
        assert_eq!(of(Runtime::Docker, true, &["SYS_ADMIN"], &[]), 0);
        assert_eq!(of(Runtime::Podman, false, &[], &[]), 0);
        assert_eq!(of(Runtime::Podman, true, &[], &[]), 0);
        assert_eq!(of(Runtime::Podman, false, &["SYS_ADMIN"], &["ALL"]), 1 << 21);
        assert_eq!(of(Runtime::Podman, false, &["CHOWN"], &[]), 1);
        assert_eq!(of(Runtime::Podman, true, &["SYS_ADMIN"], &[]), 1 << 21);
        assert_eq!(of(Runtime::Podman, false, &["ALL"], &[]), Caps::ALL.0);
    }

    /// `WithCapabilities` of containerd's CRI plugin: all are added, then all dropped, then those
    /// by name added, and those by name dropped last.
    #[test]
    fn what_kubernetes_drops_by_name_stays_dropped() {
        let of = |add: &[&str], drop: &[&str]| {
            bounding(
                Runtime::Containerd,
                &Settings { cap_add: words(add), cap_drop: words(drop), ..Settings::default() },
            )
            .0
        };
        assert_eq!(of(&["SETFCAP"], &["SETFCAP"]), 0x2804_25fb);
        assert_eq!(of(&["SETFCAP"], &["ALL"]), 1 << 31);
        assert_eq!(of(&["ALL"], &["ALL"]), 0);
        assert_eq!(of(&["ALL"], &["SETFCAP"]), Caps::ALL.0 & !(1 << 31));
    }
}
