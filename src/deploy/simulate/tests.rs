use super::*;
use crate::deploy::container::{Container, WrittenAt};
use crate::deploy::place::Place;
use crate::deploy::runtime::Runtime;
use crate::deploy::setting::{Settings, User};
use crate::diagnosis::predict;
use crate::mechanisms::unshare;
use crate::rules::tests::healthy;

const A: &str = "--user --map-root-user --pid --fork --mount-proc";
const B: &str = "--user --map-root-user --pid --fork";
const C: &str = "--pid --fork --mount-proc";
const D: &str = "--pid --fork";

fn at<T>(value: T) -> At<T> {
    At::new(value, Place::default())
}

fn names(list: &[&str]) -> Vec<At<String>> {
    list.iter().map(|name| at((*name).to_owned())).collect()
}

fn says(runtime: Runtime, settings: Settings, flags: &str) -> String {
    let mut host = healthy();
    host.process.euid = known(0);
    says_on(&host, runtime, settings, flags)
}

fn says_on(host: &Facts, runtime: Runtime, settings: Settings, flags: &str) -> String {
    let engine = match runtime {
        Runtime::Docker => Engine::Docker,
        Runtime::Podman => Engine::Podman,
        Runtime::Containerd | Runtime::CriO => Engine::Kubernetes,
        Runtime::Systemd => Engine::Systemd,
        Runtime::Lxc => Engine::Lxc,
    };
    let container = Container {
        name: "c".into(),
        engine,
        dialect: &crate::deploy::command::DIALECT,
        place: Place::default(),
        spot: WrittenAt::None,
        settings,
    };
    let container = Felt::of(&container, runtime, host);
    let ids = |f: &Facts| (f.process.euid.value().copied(), f.process.egid.value().copied());
    let draft = facts(host, None, &container, &unshare::planned(flags, 0));
    let plan = unshare::plan(&unshare::split(flags), None, ids(&draft));
    let prediction = predict(&facts(host, None, &container, &plan), &plan);
    match prediction.cause {
        None => "ok".into(),
        Some(rule) => rule.id.to_owned(),
    }
}

fn in_docker(settings: Settings) -> Container {
    Container {
        name: "c".into(),
        engine: Engine::Docker,
        dialect: &crate::deploy::command::DIALECT,
        place: Place::default(),
        spot: WrittenAt::None,
        settings,
    }
}

/// A host's /dev/fuse was said to be open in every container.
#[test]
fn the_devices_of_the_host_are_not_in_a_container() {
    let of = |settings: Settings| {
        let felt = Felt::of(&in_docker(settings), Runtime::Docker, &healthy());
        let plan = unshare::planned(A, 0);
        let devices = facts(&healthy(), None, &felt, &plan).devices;
        ["/dev/null", "/dev/fuse"].map(|path| devices[path].value().is_some())
    };
    assert_eq!(of(Settings::default()), [true, false]);
    let privileged = Some(at(true));
    assert_eq!(of(Settings { privileged, ..Settings::default() }), [true, true]);
}

/// The limits of whoever lints, and a host without `/tmp`, were taken for those of the container.
#[test]
fn the_hard_limits_and_the_directories_of_the_host_are_not_those_of_a_container() {
    use crate::mechanisms::{bubblewrap, nsjail};
    use crate::plan::Step;
    let mut host = healthy();
    host.process.hard_limits = known([("Max open files".to_owned(), 20)].into());
    host.mounts.tmp = known(false);
    let felt = Felt::of(&in_docker(Settings::default()), Runtime::Docker, &host);
    let gate = |id, plan: Plan, step| {
        let inside = facts(&host, None, &felt, &plan);
        (crate::rules::find(id).unwrap().check)(&inside, &plan, step)
    };
    let ids = (Some(5), Some(5));
    let limits = gate("rlimit-above-hard-limit", nsjail::plan(&[], None, ids), Step::Restrict);
    assert_eq!(limits, crate::rules::Gate::Unobservable);
    let plan = bubblewrap::plan(&[], None, ids);
    let tmp = gate("new-root-directory-missing", plan, Step::NewRoot);
    assert_eq!(tmp, crate::rules::Gate::Open);
}

/// Only Debian's kernels have kernel.unprivileged_userns_clone, and /proc/sys is a procfs in a
/// container too: there is nothing that could hide it.
#[test]
fn a_parameter_that_the_host_lacks_is_no_doubt_in_a_container() {
    let mut host = healthy();
    host.process.euid = known(0);
    host.sysctl.unprivileged_userns_clone = Fact {
        seen: Err(Missing::Absent),
        source: "/proc/sys/kernel/unprivileged_userns_clone".into(),
    };
    let settings = || Settings { seccomp: Some(at(Profile::Unconfined)), ..Settings::default() };
    assert_eq!(says_on(&host, Runtime::Docker, settings(), B), "ok");
    assert_eq!(says_on(&host, Runtime::Docker, settings(), A), "proc-masked");
}

/// What real containers of Docker 20.10, without AppArmor, did with the real unshare(1).
#[test]
fn docker() {
    let unconfined = || Some(at(Profile::Unconfined));
    let unmasked = || Some(at(Masks::None));
    let user = || Some(at(User::Ids { uid: 1000, gid: None }));
    let table: Vec<(Settings, [&str; 4])> = vec![
        (Settings::default(), ["seccomp-unshare"; 4]),
        (Settings { user: user(), ..Settings::default() }, ["seccomp-unshare"; 4]),
        (Settings { masks: unmasked(), ..Settings::default() }, ["seccomp-unshare"; 4]),
        (
            Settings { seccomp: unconfined(), ..Settings::default() },
            ["proc-masked", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
        ),
        (
            Settings { seccomp: unconfined(), masks: unmasked(), ..Settings::default() },
            ["ok", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
        ),
        (
            Settings { cap_add: names(&["SYS_ADMIN"]), ..Settings::default() },
            ["proc-masked", "ok", "ok", "ok"],
        ),
        (
            Settings { cap_add: names(&["SYS_ADMIN"]), user: user(), ..Settings::default() },
            ["proc-masked", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
        ),
        (
            Settings {
                cap_add: names(&["SYS_ADMIN"]),
                cap_drop: names(&["ALL"]),
                ..Settings::default()
            },
            ["setfcap-missing", "setfcap-missing", "ok", "ok"],
        ),
        (
            Settings {
                seccomp: unconfined(),
                masks: unmasked(),
                cap_drop: names(&["ALL"]),
                ..Settings::default()
            },
            ["setfcap-missing", "setfcap-missing", "no-cap-sys-admin", "no-cap-sys-admin"],
        ),
        (
            Settings {
                seccomp: unconfined(),
                masks: unmasked(),
                cap_drop: names(&["ALL"]),
                no_new_privs: Some(at(true)),
                user: user(),
                ..Settings::default()
            },
            ["ok", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
        ),
        (
            Settings { privileged: Some(at(true)), user: user(), ..Settings::default() },
            ["ok", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
        ),
        (Settings { privileged: Some(at(true)), ..Settings::default() }, ["ok"; 4]),
    ];
    for (settings, expected) in table {
        let said = [A, B, C, D].map(|flags| says(Runtime::Docker, settings.clone(), flags));
        assert_eq!(said, expected, "{settings:?}");
    }
}

/// podman's profile lets everybody make namespaces; Kubernetes installs none by default.
#[test]
fn podman_and_kubernetes() {
    for runtime in [Runtime::Podman, Runtime::Containerd] {
        let said = [A, B, C, D].map(|flags| says(runtime, Settings::default(), flags));
        assert_eq!(
            said,
            ["proc-masked", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
            "{runtime:?}"
        );
    }
    let runtime_default = Settings { seccomp: Some(at(Profile::Default)), ..Settings::default() };
    assert_eq!(says(Runtime::Containerd, runtime_default, A), "seccomp-unshare");
}

/// What the real unshare(1) did in pods of CRI-O 1.36.
#[test]
fn cri_o() {
    let user = || Some(at(User::Ids { uid: 1000, gid: None }));
    let own = || (Some(at(Userns::Own)), Some(at(Masks::None)));
    let (userns, masks) = own();
    let unmasked = Settings { userns, masks, ..Settings::default() };
    let table: Vec<(Settings, [&str; 4])> = vec![
        (
            Settings::default(),
            ["setfcap-missing", "setfcap-missing", "no-cap-sys-admin", "no-cap-sys-admin"],
        ),
        (
            Settings { cap_add: names(&["SYS_ADMIN"]), ..Settings::default() },
            ["setfcap-missing", "setfcap-missing", "ok", "ok"],
        ),
        (
            Settings { user: user(), seccomp: Some(at(Profile::Default)), ..Settings::default() },
            ["proc-masked", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
        ),
        (
            Settings { user: user(), ..unmasked.clone() },
            ["ok", "ok", "no-cap-sys-admin", "no-cap-sys-admin"],
        ),
        (unmasked, ["setfcap-missing", "setfcap-missing", "no-cap-sys-admin", "no-cap-sys-admin"]),
    ];
    for (settings, expected) in table {
        let said = [A, B, C, D].map(|flags| says(Runtime::CriO, settings.clone(), flags));
        assert_eq!(said, expected, "{settings:?}");
    }
}
