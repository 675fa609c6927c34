//! Daemons and configurations, and the state of the remapping under them.

use super::*;
use crate::diagnosis::{Verdict, predict};
use crate::mechanisms::unshare;
use crate::mechanisms::userns_remap::plan;
use crate::parse::daemon_json;
use crate::parse::dockerd::DaemonFlags;
use crate::parse::subid;

const JSON: &str = "/etc/docker/daemon.json";
const ASK: &str = "GET /info of unix:///var/run/docker.sock";

/// A host with Docker whose daemon does not run: everything was seen.
pub(crate) fn host(json: &str) -> Facts {
    let mut facts = crate::assume::plain((6, 12));
    let absent = |source: &'static str| Fact::absent(source);
    facts.docker.installed = Fact::known(true, "/etc/docker");
    facts.docker.config =
        Fact::known(json.as_bytes().to_vec(), JSON).parse(|b| daemon_json::parse(&b));
    facts.docker.live_flags = Fact::absent("/run/docker.pid");
    facts.docker.unit_flags = Fact::absent("/etc/default/docker");
    facts.docker.info = Fact::absent(ASK);
    facts.docker.mapped_roots = absent("/var/lib/docker").map(|(): ()| vec![]);
    accounts(
        &mut facts,
        "root:x:0:\ndockremap:x:102:\nme:x:1000:\n",
        "dockremap:100000:65536\nme:165536:65536\n",
    );
    facts
}

pub(crate) fn accounts(facts: &mut Facts, users: &'static str, ranges: &str) {
    let list =
        |source: &'static str| Fact::known(users, source).parse(|t| subid::accounts(t.as_bytes()));
    facts.accounts.users = list("/etc/passwd");
    facts.accounts.groups = list("/etc/group");
    let parse = |source: &'static str| {
        Fact::known(ranges.to_owned(), source).parse(|t| subid::parse(t.as_bytes()))
    };
    facts.accounts.subuid = parse("/etc/subuid");
    facts.accounts.subgid = parse("/etc/subgid");
}

pub(crate) fn says(facts: &mut Facts, options: &[&str], root: &str) {
    let info = DockerInfo {
        security_options: options.iter().map(|o| (*o).to_owned()).collect(),
        docker_root_dir: root.into(),
        server_version: "27.0.1".into(),
        ..DockerInfo::default()
    };
    facts.docker.info = Fact::known(info, ASK);
}

fn state(facts: &Facts) -> RemapState {
    assess(facts).state
}

fn cause(facts: &Facts) -> (Verdict, Option<&'static str>) {
    let prediction = predict(facts, &plan());
    (prediction.verdict, prediction.cause.map(|rule| rule.id))
}

pub(crate) const DEFAULT: &str = r#"{"userns-remap": "default"}"#;

#[test]
fn what_the_daemon_says_decides() {
    let mut on = host(DEFAULT);
    says(
        &mut on,
        &["name=seccomp,profile=builtin", "name=userns"],
        "/var/lib/docker/100000.100000",
    );
    assert_eq!(assess(&on).effective, Effective::On(Some((100_000, 100_000))));
    assert_eq!((state(&on), cause(&on)), (RemapState::On, (Verdict::Supported, None)));
    let mut pending = host(DEFAULT);
    says(&mut pending, &["name=seccomp,profile=builtin"], "/var/lib/docker");
    assert_eq!(state(&pending), RemapState::PendingRestart);
    assert_eq!(cause(&pending), (Verdict::Unsupported, Some("docker-remap-pending-restart")));
    let mut off = host("{}");
    says(&mut off, &[], "/var/lib/docker");
    assert_eq!(
        (state(&off), cause(&off)),
        (RemapState::Off, (Verdict::Unsupported, Some("docker-remap-not-configured")))
    );
    // It runs; that the file is broken by now shows at the next start.
    let mut broken = host("{");
    says(&mut broken, &["name=userns"], "/var/lib/docker/1.1");
    assert_eq!(state(&broken), RemapState::On);
    let mut rootless = host("{}");
    says(&mut rootless, &["name=rootless"], "/home/me/.local/share/docker");
    assert_eq!(state(&rootless), RemapState::Off);
    let mut rootless = host(DEFAULT);
    says(&mut rootless, &["name=rootless"], "/home/me/.local/share/docker");
    assert_eq!(
        (state(&rootless), cause(&rootless).1),
        (RemapState::Misconfigured, Some("remap-in-rootless"))
    );
}

#[test]
fn silence_is_never_off() {
    for silence in [
        Err(Missing::Denied),
        Err(Missing::Malformed("no answer within 400 ms".into())),
        Err(Missing::NotProbed),
    ] {
        for json in ["{}", DEFAULT] {
            let mut facts = host(json);
            facts.docker.info = Fact::new(silence.clone(), ASK);
            assert_eq!(state(&facts), RemapState::Unknown, "{silence:?} {json}");
            assert_eq!(cause(&facts), (Verdict::Unknown, Some("docker-remap-unverified")));
        }
    }
    let mut root = host(r#"{"userns-remap":"root"}"#);
    root.docker.info = Fact::new(Err(Missing::Denied), ASK);
    assert_eq!(state(&root), RemapState::Unknown);
}

#[test]
fn a_daemon_that_does_not_run() {
    assert_eq!(state(&host("{}")), RemapState::Off);
    assert_eq!(state(&host(DEFAULT)), RemapState::PendingRestart);
    let mut none = Facts::default();
    none.docker.installed = Fact::known(false, "dockerd in $PATH");
    assert_eq!(state(&none), RemapState::NotInstalled);
    none.os.family = Fact::known("linux".into(), "uname(2)");
    assert_eq!(cause(&none), (Verdict::Unsupported, Some("docker-not-installed")));
    assert_eq!(state(&Facts::default()), RemapState::Unknown);
}

#[test]
fn root_is_off() {
    for spec in ["root", "root:root", "0", "0:0", "root:me"] {
        let facts = host(&format!(r#"{{"userns-remap":"{spec}"}}"#));
        assert_eq!(
            (state(&facts), cause(&facts).1),
            (RemapState::Off, Some("docker-remap-root")),
            "{spec}"
        );
        assert_eq!(assess(&facts).configured(), Some(spec));
    }
}

#[test]
fn faults_of_the_file() {
    let malformed = host("# x\n{}");
    assert_eq!(
        (state(&malformed), cause(&malformed).1),
        (RemapState::Misconfigured, Some("docker-config-malformed"))
    );
    for flag in ["default", ""] {
        let mut twice = host(DEFAULT);
        twice.docker.unit_flags = Fact::known(
            DaemonFlags::parse(&[format!("--userns-remap={}", flag)]),
            "docker.service",
        );
        assert_eq!(
            (state(&twice), cause(&twice).1),
            (RemapState::Misconfigured, Some("docker-config-conflict"))
        );
    }
    let mut flag = host("{}");
    flag.docker.unit_flags =
        Fact::known(DaemonFlags::parse(&["--userns-remap=default".into()]), "docker.service");
    assert_eq!(
        (state(&flag), assess(&flag).configured()),
        (RemapState::PendingRestart, Some("default"))
    );
    let store = host(r#"{"userns-remap":"default","features":{"containerd-snapshotter":true}}"#);
    assert_eq!(
        (state(&store), cause(&store).1),
        (RemapState::Misconfigured, Some("docker-remap-containerd-store"))
    );
    let mut old = store.clone();
    says(&mut old, &[], "/var/lib/docker");
    if let Ok(info) = &mut old.docker.info.seen {
        info.server_version = "20.10.24+dfsg1".into();
    }
    assert_eq!(state(&old), RemapState::PendingRestart);
}

#[test]
fn users_and_groups() {
    let of = |spec: &str| cause(&host(&format!(r#"{{"userns-remap":"{spec}"}}"#))).1;
    let (fine, missing) = (Some("docker-remap-pending-restart"), Some("docker-remap-user-missing"));
    for spec in ["default", "me", "me:me", "1000", "1000:1000", "me:1000", "1000:me"] {
        let mut facts = host(&format!(r#"{{"userns-remap":"{spec}"}}"#));
        let ids = "root:x:0:\ndockremap:x:102:\nme:x:1000:\n";
        accounts(&mut facts, ids, "dockremap:100000:65536\nme:165536:65536\n");
        assert_eq!(cause(&facts).1, fine, "{spec}");
    }
    for spec in ["nosuch", "4242", "me:nosuch", "me:4242", "me:", " default "] {
        assert_eq!(of(spec), missing, "{spec}");
    }
    assert_eq!(of("a:b:c"), Some("docker-config-malformed"));
    // A directory service may know more users than the file.
    let mut ldap = host(r#"{"userns-remap":"nosuch"}"#);
    ldap.docker.users_in_files_only = Fact::known(false, "/etc/nsswitch.conf");
    assert_eq!(cause(&ldap).1, fine);
    // The daemon makes the user of `default`, with ranges.
    let mut fresh = host(DEFAULT);
    accounts(&mut fresh, "root:x:0:\n", "");
    assert_eq!(cause(&fresh).1, fine);
    // Lines of that user that are there already it takes as they are.
    for (line, expected) in [
        ("dockremap:100000:65536\n", fine),
        ("dockremap:100000\n", Some("docker-subid-malformed")),
        ("dockremap:0:65536\n", Some("docker-subid-root")),
        ("me:1\n", Some("docker-config-unsettled")),
    ] {
        accounts(&mut fresh, "root:x:0:\n", line);
        assert_eq!(cause(&fresh).1, expected, "{line}");
    }
}

#[test]
fn subordinate_ids() {
    let of = |ranges: &str| {
        let mut facts = host(DEFAULT);
        accounts(&mut facts, "root:x:0:\ndockremap:x:102:\n", ranges);
        cause(&facts).1
    };
    assert_eq!(of("dockremap:100000:65536\n"), Some("docker-remap-pending-restart"));
    assert_eq!(of("102:100000:65536\n"), Some("docker-remap-pending-restart"));
    assert_eq!(
        of("dockremap:100000:60000\ndockremap:200000:5536\n"),
        Some("docker-remap-pending-restart")
    );
    assert_eq!(of(""), Some("docker-subid-missing"));
    assert_eq!(of("me:100000:65536\n"), Some("docker-subid-missing"));
    assert_eq!(of("dockremap:100000:1000\n"), Some("docker-subid-too-few"));
    assert_eq!(of("dockremap:100000:65536\nme:165535:65536\n"), Some("docker-subid-overlap"));
    assert_eq!(of("dockremap:x:65536\n"), Some("docker-subid-malformed"));
    // As dockerd 20.10.24 and runc 1.1.5 did.
    assert_eq!(of("dockremap:4294901759:65536\n"), Some("docker-remap-pending-restart"));
    for beyond in ["4294901760:65536", "4294960000:65536", "5000000000:65536", "1:5000000000"] {
        assert_eq!(of(&format!("dockremap:{beyond}\n")), Some("docker-subid-beyond"), "{beyond}");
    }
    assert_eq!(of("dockremap:0:65536\n"), Some("docker-subid-root"));
    assert_eq!(of("dockremap:100000:65536\ndockremap:0:65536\n"), Some("docker-subid-root"));
    let mut only_one = host(DEFAULT);
    only_one.accounts.subgid = Fact::absent("/etc/subgid");
    assert_eq!(cause(&only_one).1, Some("docker-subid-missing"));
    // Too few ids do not stop a daemon; they break its containers.
    let mut runs = host(DEFAULT);
    accounts(&mut runs, "dockremap:x:102:\n", "dockremap:100000:1000\n");
    says(&mut runs, &["name=userns"], "/var/lib/docker/100000.100000");
    assert_eq!(state(&runs), RemapState::On);
}

/// Captures hold only the file: it is reported, and proves nothing of the daemon.
#[test]
fn captures() {
    let mut facts = Facts::default();
    facts.docker.config = Fact::known(DEFAULT, JSON).parse(|t| daemon_json::parse(t.as_bytes()));
    facts.docker.installed = Fact::known(true, "/etc/docker");
    assert_eq!(
        (state(&facts), assess(&facts).configured()),
        (RemapState::Unknown, Some("default"))
    );
    facts.docker.config = Fact::known("{}", JSON).parse(|t| daemon_json::parse(t.as_bytes()));
    assert_eq!((state(&facts), assess(&facts).configured()), (RemapState::Unknown, None));
    facts.docker.config = Fact::known("x", JSON).parse(|t| daemon_json::parse(t.as_bytes()));
    assert_eq!(state(&facts), RemapState::Misconfigured);
}

#[test]
fn inside_a_container() {
    let mut facts = Facts::default();
    facts.docker.installed = Fact::known(false, "dockerd in $PATH");
    facts.docker.info = Fact::absent(ASK);
    facts.markers.paths.insert("/.dockerenv", Fact::known(true, "/.dockerenv"));
    facts.namespaces.pid = Fact::known(4_026_532_001, "/proc/self/ns/pid");
    let map = |text: &str| {
        Fact::known(text.to_owned(), "/proc/self/uid_map")
            .parse(|t| crate::parse::idmap::parse(t.as_bytes()))
    };
    facts.mounts.list = Fact::known(vec![], "/proc/self/mountinfo");
    facts.process.uid_map = map("0 231072 65536\n");
    assert_eq!(
        (state(&facts), assess(&facts).effective),
        (RemapState::On, Effective::On(Some((231_072, 231_072))))
    );
    facts.process.uid_map = map("0 1000 1\n1 100000 65536\n");
    assert_eq!(state(&facts), RemapState::Unknown);
    facts.process.uid_map = map("0 0 4294967295\n");
    assert_eq!(state(&facts), RemapState::Off);
    // `--userns=host` leaves the ids of the image's files as the daemon remapped them.
    let tool = |uid| crate::facts::Tool {
        uid,
        ..crate::facts::Tool::installed("/usr/bin/unshare", 0o755)
    };
    facts.tools.set(&unshare::PROGRAM, Fact::known(tool(100_000), "/usr/bin/unshare"));
    assert_eq!(
        (state(&facts), assess(&facts).effective),
        (RemapState::On, Effective::On(Some((100_000, 100_000))))
    );
    facts.tools.set(&unshare::PROGRAM, Fact::known(tool(1000), "/usr/bin/unshare"));
    assert_eq!(state(&facts), RemapState::Off);
    // The marker alone, left over in the initial namespaces, is no container.
    facts.namespaces.pid = Fact::known(0xEFFF_FFFC, "/proc/self/ns/pid");
    assert_eq!(state(&facts), RemapState::NotInstalled);
    // `--pid=host` shares that namespace; the cgroup and a /dev of its own show the container.
    facts.cgroup.of_self = Fact::known(
        "0::/docker/f13d7b52df203c62ed630f188cae003f2452118d50b7b11f35fceb7ba756d46b\n",
        "/proc/self/cgroup",
    )
    .parse(|t| crate::parse::cgroup::parse(t.as_bytes()));
    let mounts = |text: &str| crate::parse::mountinfo::parse(text.as_bytes()).unwrap();
    facts.mounts.list = Fact::known(
        mounts("73 71 0:41 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755\n"),
        "/proc/self/mountinfo",
    );
    assert_eq!(state(&facts), RemapState::Off);
    // With nsenter(1) the cgroup stays, but /dev is the host's.
    facts.mounts.list = Fact::known(
        mounts("73 71 0:6 / /dev rw,nosuid - devtmpfs udev rw\n"),
        "/proc/self/mountinfo",
    );
    assert_eq!(state(&facts), RemapState::NotInstalled);
    facts.namespaces.pid = Fact::known(4_026_532_001, "/proc/self/ns/pid");
    facts.process.uid_map = map("0 231072 65536\n");
    facts.mounts.list = Fact::not_probed("/proc/self/mountinfo");
    assert_eq!(state(&facts), RemapState::Unknown);
}

/// A running daemon that remaps, on a host where something else keeps its containers from
/// starting.
fn running() -> Facts {
    let mut facts = host(DEFAULT);
    says(&mut facts, &["name=userns"], "/var/lib/docker/100000.100000");
    facts
}

fn mounts(text: &str) -> Fact<Vec<crate::parse::mountinfo::Mount>> {
    let proc = "22 27 0:21 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n";
    Fact::known(
        crate::parse::mountinfo::parse(format!("{proc}{text}").as_bytes()).unwrap(),
        "/proc/self/mountinfo",
    )
}

#[test]
fn a_daemon_may_run_where_no_remapped_container_starts() {
    let unsupported = |id| (Verdict::Unsupported, Some(id));
    assert_eq!(cause(&running()), (Verdict::Supported, None));
    let mut zero = running();
    zero.sysctl.max_namespaces.insert("user", Fact::known(0, "max_user_namespaces"));
    assert_eq!(cause(&zero), unsupported("max-user-namespaces-zero"));
    let mut net = running();
    net.sysctl.max_namespaces.insert("net", Fact::known(0, "max_net_namespaces"));
    assert_eq!(cause(&net), unsupported("max-other-namespaces"));
    let mut none = running();
    none.namespaces.user = Fact::absent("/proc/self/ns/user");
    none.process.uid_map = Fact::absent("/proc/self/uid_map");
    assert_eq!(cause(&none), unsupported("userns-not-built"));
    // Of isodoc's own rights nothing follows for the daemon.
    let mut user = running();
    user.process.euid = Fact::known(1000, "euid");
    user.process.cap_eff = Fact::known(crate::facts::Caps(0), "CapEff");
    user.process.seccomp = Fact::known(2, "Seccomp");
    user.sysctl.unprivileged_userns_clone = Fact::known(0, "unprivileged_userns_clone");
    assert_eq!(cause(&user), (Verdict::Supported, None));
}

/// moby#26070, NVIDIA/nvidia-docker#1638, flatpak#538: a mount below /proc, which hides something
/// unless the kernel keeps the directory empty.
#[test]
fn mounts_below_proc_of_the_daemon() {
    let on = |kernel, at: &str| {
        let mut facts = running();
        let (major, minor) = kernel;
        let text = format!("{major}.{minor}.0");
        facts.os.release =
            Fact::known(crate::parse::release::Release { major, minor, text }, "osrelease");
        facts.mounts.list = mounts(&format!("41 22 0:36 / {at} rw,relatime - x none rw\n"));
        cause(&facts)
    };
    let masked = (Verdict::Unsupported, Some("proc-masked"));
    let perhaps = (Verdict::Unknown, Some("proc-masked"));
    let fine = (Verdict::Supported, None);
    assert_eq!(on((6, 12), "/proc/driver/nvidia"), masked);
    assert_eq!(on((6, 12), "/proc/xen"), fine);
    assert_eq!(on((4, 9), "/proc/xen"), perhaps);
    for dir in ["/proc/fs/nfsd", "/proc/sys/fs/binfmt_misc"] {
        assert_eq!(on((4, 2), dir), fine, "{dir}");
        assert_eq!(on((3, 16), dir), perhaps, "{dir}");
    }
    // What counts is what the daemon sees, else what pid 1 sees.
    let mut apart = running();
    apart.mounts.list = mounts("41 22 0:36 / /proc/kcore rw,relatime - tmpfs none rw\n");
    assert_eq!(cause(&apart), masked);
    apart.mounts.of_pid1 = mounts("");
    assert_eq!(cause(&apart), fine);
    apart.docker.mounts = apart.mounts.list.clone();
    assert_eq!(cause(&apart), masked);
}

#[test]
fn the_way_to_the_data_root() {
    let with = |mode, uid, gid, is_root| {
        let mut facts = host(DEFAULT);
        facts.docker.data_root = Fact::known(
            vec![crate::facts::docker::Directory { path: "/data".into(), mode, uid, gid, is_root }],
            "/data/docker",
        );
        facts
    };
    let pending = Some("docker-remap-pending-restart");
    let closed = Some("remap-path-not-traversable");
    assert_eq!(cause(&with(0o711, 0, Some(0), false)).1, pending);
    assert_eq!(cause(&with(0o750, 0, Some(0), false)).1, closed);
    assert_eq!(cause(&with(0o750, 0, Some(100_000), false)).1, pending);
    assert_eq!(cause(&with(0o700, 100_000, None, false)).1, pending);
    // The daemon opens the data root itself when it starts, and not after that.
    let mut root = with(0o700, 0, Some(0), true);
    assert_eq!(cause(&root).1, pending);
    says(&mut root, &["name=userns"], "/data/docker/100000.100000");
    assert_eq!((state(&root), cause(&root).1), (RemapState::On, closed));
    // A daemon that runs may have other accounts than we see, and says whom it maps root to.
    let mut apart = with(0o710, 0, Some(100_000), true);
    accounts(&mut apart, "root:x:0:\n", "");
    says(&mut apart, &["name=userns"], "/data/docker/100000.100000");
    assert_eq!((state(&apart), cause(&apart).1), (RemapState::On, None));
    // Nobody looked.
    let unseen = |path: &'static str| {
        let mut facts = host(DEFAULT);
        facts.docker.data_root = Fact::not_probed(path);
        (state(&facts), cause(&facts).0)
    };
    assert_eq!(unseen("/var/lib/docker").0, RemapState::PendingRestart);
    assert_eq!(unseen("/mnt/disk/docker").0, RemapState::PendingRestart);
    for path in ["/root/docker", "/home/me/docker", "/data/a/docker"] {
        assert_eq!(unseen(path), (RemapState::Unknown, Verdict::Unknown), "{path}");
    }
}

/// moby#42003.
#[test]
fn a_user_called_by_its_number() {
    let with = |version: Option<&str>| {
        let mut facts = host(r#"{"userns-remap": "10426"}"#);
        accounts(&mut facts, "root:x:0:\n10426:x:10426:\n", "10426:10426000:65536\n");
        if let Some(version) = version {
            says(&mut facts, &["name=userns"], "/var/lib/docker/10426000.10426000");
            facts.docker.info.seen.as_mut().unwrap().server_version = version.into();
        }
        cause(&facts)
    };
    assert_eq!(with(Some("20.10.3")), (Verdict::Unsupported, Some("remap-numeric-name-doubled")));
    assert_eq!(with(Some("20.10.4")), (Verdict::Supported, None));
    assert_eq!(with(Some("28.5.2+dfsg4")), (Verdict::Supported, None));
    assert_eq!(with(None).0, Verdict::Unknown);
}

/// What dockerd 20.10.24 and 28.5.2 make of /etc/subuid.
#[test]
fn lines_that_are_no_ranges() {
    const MALFORMED: Option<&str> = Some("docker-subid-malformed");
    const FINE: Option<&str> = Some("docker-remap-pending-restart");
    let with = |version: Option<&str>, line: &str| {
        let mut facts = host(DEFAULT);
        accounts(
            &mut facts,
            "root:x:0:\ndockremap:x:102:\n",
            &format!("{line}\ndockremap:100000:65536\n"),
        );
        if let Some(version) = version {
            says(&mut facts, &[], "/var/lib/docker");
            facts.docker.info.seen.as_mut().unwrap().server_version = version.into();
        }
        cause(&facts).1
    };
    for (line, old, today, unsure) in [
        ("oops", MALFORMED, FINE, Some("docker-config-unsettled")),
        ("me:1:2:3", MALFORMED, FINE, Some("docker-config-unsettled")),
        ("me:x:5", FINE, FINE, FINE),
        // moby/sys/user, which 28 has, looks at three fields.
        ("dockremap:300000:65536:x", MALFORMED, FINE, Some("docker-config-unsettled")),
        ("dockremap:5", MALFORMED, MALFORMED, MALFORMED),
        ("dockremap:x:5", MALFORMED, MALFORMED, MALFORMED),
        ("# oops", FINE, FINE, FINE),
    ] {
        assert_eq!(with(Some("20.10.24"), line), old, "{line}");
        assert_eq!(with(Some("28.5.2"), line), today, "{line}");
        assert_eq!(with(None, line), unsure, "{line}");
    }
}

#[test]
fn a_daemon_of_another_host_is_unknown() {
    for (value, away) in [
        ("tcp://10.0.0.7:2376", true),
        ("ssh://me@build", true),
        ("npipe:////./pipe/docker", true),
        ("unix:///run/user/1000/docker.sock", false),
        ("", false),
    ] {
        let mut facts = running();
        facts.env.platform.insert("DOCKER_HOST", Fact::known(value.into(), "$DOCKER_HOST"));
        let remap = assess(&facts);
        assert_eq!(remap.state == RemapState::Unknown, away, "{value}");
        assert_eq!(cause(&facts).0 == Verdict::Unknown, away, "{value}");
        assert_eq!(remap.configured().is_none(), away, "{value}");
        assert!(remap.doubts.iter().all(|doubt| !doubt.value.contains("me@")));
    }
}

#[test]
fn a_user_that_nothing_makes() {
    let mut fresh = host(DEFAULT);
    accounts(&mut fresh, "root:x:0:\n", "");
    fresh.docker.makes_users = Fact::known(false, "adduser or useradd, and usermod");
    assert_eq!(cause(&fresh), (Verdict::Unsupported, Some("docker-remap-no-useradd")));
    fresh.docker.makes_users = Fact::known(true, "adduser or useradd, and usermod");
    assert_eq!(cause(&fresh).1, Some("docker-remap-pending-restart"));
}
