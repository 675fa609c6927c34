use super::*;
use crate::deploy::Runtime;
use crate::deploy::defaults;
use crate::deploy::setting::{Change, Masks};
use crate::deploy::tests::{Beside, changed};
use crate::facts::Caps;
use crate::plan::Namespaces;
use crate::tests::cpu_time;

/// No files, and variables of whoever deploys.
struct Outside;

impl Surroundings for Outside {
    fn variable(&self, _: &str) -> Option<String> {
        Some("outside".into())
    }
}

fn containers(text: &str) -> Vec<Container> {
    let candidate = Candidate::new(Input { file: 0, path: "a.service", text });
    assert_eq!((DIALECT.recognises)(&candidate), Sure::Yes, "{text}");
    (DIALECT.read)(&candidate, &mut Outside).unwrap().containers
}

fn service(lines: &str) -> Vec<Container> {
    containers(&format!("[Unit]\nDescription=docker run no\n\n[Service]\n{lines}"))
}

fn names(containers: &[Container]) -> Vec<&str> {
    containers.iter().map(|container| container.name.as_str()).collect()
}

/// By systemd.service(5), "Command lines".
#[test]
fn commands_of_a_service() {
    for (lines, name) in [
        ("ExecStart=/usr/bin/docker run --rm a", "a"),
        ("ExecStart=-/usr/bin/docker run \\\n  --rm \\\n# between\n  a", "a"),
        ("ExecStart=@/usr/bin/podman podman run a", "a"),
        ("ExecStartPre=-docker rm a\nExecStart=!!docker run a", "a"),
        ("ExecStart=/usr/bin/docker run --name \"a\" 'x y'", "a"),
        ("ExecStart=/usr/bin/env docker run --name %n x", "%n"),
        ("ExecStart=/bin/sh -c 'exec docker run --name=%p \"$$X\" a'", "%p"),
        ("ExecStart=/bin/bash -ec \"docker run \\\"a\\\"\"", "a"),
        ("Environment=I=a \"O=--rm -i\"\nExecStart=docker run $O ${I}", "a"),
        ("Type=oneshot\nExecStart=docker pull x ; docker run a", "a"),
    ] {
        assert_eq!(names(&service(lines)), [name], "{lines}");
    }
    assert_eq!(service("ExecStart=podman run a")[0].engine, Engine::Podman);
    let text = "[Service]\nExecStart=-/usr/bin/docker run \\\n  --privileged img\n";
    let container = containers(text).remove(0);
    assert_eq!((container.place.line, container.settings.is_privileged()), (2, true));
    let WrittenAt::Text { at } = container.spot else { panic!() };
    assert!(text[at..].starts_with("img"));
}

#[test]
fn what_is_not_in_the_unit_is_doubted() {
    for lines in [
        "ExecStart=docker run $OPTS a",
        "EnvironmentFile=x\nEnvironment=OPTS=--rm\nExecStart=docker run $OPTS a",
    ] {
        let container = service(lines).remove(0);
        assert!(container.settings.doubt(Setting::Privileged).is_some(), "{lines}");
    }
    assert!(service("ExecStart=docker run -u ${U} a")[0].settings.doubt(Setting::User).is_some());
}

#[test]
fn what_is_none_of_ours() {
    let sure = |path, text| (DIALECT.recognises)(&Candidate::new(Input { file: 0, path, text }));
    assert_eq!(sure("a.service", "docker run"), Sure::No);
    assert_eq!(sure("a.service", "[D-BUS Service]\nExec=/usr/bin/bwrap\n"), Sure::No);
    assert_eq!(sure("a.socket", "[Unit]\nA=docker run\n"), Sure::No);
    assert!(containers("[Unit]\nA=docker run\n[Service]\nExecStart=/bin/true bwrap\n").is_empty());
    // Podman of root is not rootless.
    assert!(service("ExecStart=/usr/bin/podman system service\n").is_empty());
}

/// By systemd.service(5): the commands of a service that isolate.
#[test]
fn processes_of_a_service() {
    for lines in [
        "ExecStart=/usr/bin/unshare -r true",
        "ExecStart=-@/usr/bin/bwrap sandbox --ro-bind / / true",
        "ExecStart=/bin/sh -c 'cd / && exec bwrap true'",
        "ExecStart=/usr/bin/env X=1 nsjail -- true",
        "User=worker\nExecStart=/usr/bin/podman system service",
        "ExecStart=/bin/true\nExecStart=\nExecStart=unshare -r \\\n  true",
    ] {
        let all = service(lines);
        assert_eq!((names(&all), all[0].engine), (vec!["a.service"], Engine::Systemd), "{lines}");
    }
    let other = service("ExecStart=unshare -r true\nExecStart=\nExecStart=/bin/true a");
    assert_eq!(other[0].settings.command[0].value, "/bin/true");
    for key in ["ExecCondition", "ExecReload", "ExecStop", "ExecStopPost"] {
        let lines = format!("ExecStart=/bin/true\n{key}=unshare -r true");
        assert_eq!(names(&service(&lines)), ["a.service"], "{key}");
    }
    // The words of systemd: an empty one is one, what stays open is none.
    let words = |lines: &str| {
        let all = service(lines);
        let words = all.iter().flat_map(|one| one.settings.command.iter());
        words.map(|word| word.value.clone()).collect::<Vec<_>>().join("|")
    };
    assert_eq!(
        words("ExecStart=bwrap --setenv A '' \\\n --unshare-net b"),
        "bwrap|--setenv|A||--unshare-net|b"
    );
    assert_eq!(words("ExecStart=bwrap a\\\n b\\\n\nUser=x"), "bwrap|a|b");
    assert_eq!(words("ExecStart=bwrap 'a"), "");
    assert_eq!(words("ExecStart=bwrap \\; a ';' b"), "bwrap|;|a|;|b");
}

/// With full privileges nothing of it holds; behind `!` the user does not (systemd.service(5),
/// "Special executable prefixes").
#[test]
fn prefixes_lift_settings() {
    let of = |marks: &str| {
        let lines = format!("User=worker\nNoNewPrivileges=yes\nExecStart={marks}unshare -r true");
        let settings = service(&lines).remove(0).settings;
        (settings.user.is_some(), settings.no_new_privs.is_some())
    };
    assert_eq!(of(""), (true, true));
    assert_eq!(of("+"), (false, false));
    assert_eq!(of("!"), (false, true));
    assert_eq!(of("!!"), (true, true));
}

fn settings(lines: &str) -> Settings {
    service(&format!("{lines}\nExecStart=/usr/bin/unshare -r true\n")).remove(0).settings
}

/// The bounding sets that root had in services of systemd 262, as `/proc/self/status` shows them;
/// the first is the manager's own.
#[test]
fn bounding_sets_of_services() {
    const ALL: u64 = Caps::ALL.0;
    for (lines, set) in [
        ("", ALL),
        ("CapabilityBoundingSet=CAP_CHOWN CAP_FOO\nCapabilityBoundingSet=CAP_KILL", 0x21),
        ("CapabilityBoundingSet=~CAP_CHOWN\nCapabilityBoundingSet=~CAP_KILL", ALL & !0x21),
        ("CapabilityBoundingSet=CAP_CHOWN CAP_KILL\nCapabilityBoundingSet=~CAP_KILL", 1),
        ("CapabilityBoundingSet=~CAP_KILL\nCapabilityBoundingSet=CAP_KILL", ALL),
        ("CapabilityBoundingSet=", 0),
        ("CapabilityBoundingSet=CAP_KILL\nCapabilityBoundingSet=", 0),
        ("CapabilityBoundingSet=~", ALL),
        ("CapabilityBoundingSet=CAP_CHOWN\nAmbientCapabilities=CAP_SYS_ADMIN", 1),
        ("ProtectKernelLogs=yes", ALL & !(1 << 34)),
        ("ProtectClock=yes", ALL & !(1 << 25 | 1 << 35)),
        ("ProtectKernelModules=1\nPrivateDevices=on", ALL & !(1 << 16 | 1 << 17 | 1 << 27)),
    ] {
        let bounding = defaults::bounding(Runtime::Systemd, &settings(lines));
        assert_eq!(bounding.0, set, "{lines}");
    }
    let ambient = "User=daemon\nAmbientCapabilities=CAP_SYS_ADMIN";
    let of = |lines: &str| {
        let settings = settings(lines);
        let bounding = defaults::bounding(Runtime::Systemd, &settings);
        defaults::effective(Runtime::Systemd, &settings, 1, bounding).0
    };
    assert_eq!(of(ambient), 1 << 21);
    assert_eq!(of(&format!("{ambient}\nCapabilityBoundingSet=CAP_CHOWN")), 0);
}

/// As `/proc/self/status` shows it in services of systemd 262.
#[test]
fn no_new_privileges_of_a_dynamic_user() {
    for (lines, on) in [
        ("DynamicUser=yes", Some(true)),
        ("DynamicUser=yes\nNoNewPrivileges=no", Some(true)),
        ("DynamicUser=no\nNoNewPrivileges=no", Some(false)),
        ("", None),
    ] {
        assert_eq!(settings(lines).no_new_privs.map(|at| at.value), on, "{lines}");
    }
}

/// By systemd.exec(5): a list that is given again adds up, behind `~` it is taken out, and an empty
/// one takes back.
#[test]
fn namespaces_that_are_left() {
    let (user, pid, mnt) = (Namespaces::USER, Namespaces::PID, Namespaces::MNT);
    for (lines, left) in [
        ("RestrictNamespaces=no", None),
        ("RestrictNamespaces=yes", Some(0)),
        ("RestrictNamespaces=user pid", Some(user | pid)),
        ("RestrictNamespaces=user\nRestrictNamespaces=mnt", Some(user | mnt)),
        ("RestrictNamespaces=~user", Some(filter::ALL_KINDS & !user)),
        ("RestrictNamespaces=user pid\nRestrictNamespaces=~user", Some(pid)),
        ("RestrictNamespaces=yes\nRestrictNamespaces=user", Some(user)),
        ("RestrictNamespaces=yes\nRestrictNamespaces=", None),
        ("RestrictNamespaces=user\nRestrictNamespaces=no", None),
        // Logged, and left out as a whole.
        ("RestrictNamespaces=yes\nRestrictNamespaces=user bogus", Some(0)),
        ("RestrictNamespaces=yes # not a comment", None),
    ] {
        let namespaces = settings(lines).restricts.namespaces.map(|at| at.value);
        assert_eq!(namespaces, left, "{lines}");
    }
}

/// By systemd.exec(5): what the filter refuses of these, by the groups of systemd 262.
#[test]
fn calls_that_are_refused() {
    const CALLS: &[&str] = &["unshare", "mount", "capset", "openat", "execve"];
    for (lines, refused) in [
        ("SystemCallFilter=@system-service", "mount"),
        ("SystemCallFilter=@system-service\nSystemCallFilter=@mount", ""),
        ("SystemCallFilter=@system-service @mount\nSystemCallFilter=~@privileged", "capset"),
        ("SystemCallFilter=@mount", "unshare capset openat"),
        ("SystemCallFilter=~@mount @process", "unshare mount"),
        ("SystemCallFilter=~@mount\nSystemCallFilter=mount", ""),
        ("SystemCallFilter=~@mount\nSystemCallFilter=", ""),
        ("SystemCallFilter=~mount:EACCES @clock", "mount"),
        ("SystemCallFilter=@known", ""),
    ] {
        assert_eq!(settings(lines).restricts.refused(CALLS).join(" "), refused, "{lines}");
    }
}

/// What only runs tell, or only later releases.
#[test]
fn what_decides_and_is_not_known() {
    for (lines, about) in [
        ("User=%i", Some(Setting::User)),
        ("User=worker\nRestrictRealtime=yes", Some(Setting::NoNewPrivs)),
        ("RootDirectory=/srv/tree", Some(Setting::Runtime)),
        ("InaccessiblePaths=-/proc", Some(Setting::Runtime)),
        ("PrivateUsers=managed", Some(Setting::Userns)),
        ("SystemCallArchitectures=x86", Some(Setting::Seccomp)),
        ("SecureBits=noroot", Some(Setting::Capabilities)),
        ("User=worker\nRestrictRealtime=yes\nNoNewPrivileges=yes", None),
        ("RestrictRealtime=yes\nRootDirectory=/\nReadOnlyPaths=/etc", None),
    ] {
        let doubts: Vec<Setting> =
            settings(lines).unknown.iter().map(|doubt| doubt.value.about).collect();
        assert_eq!(doubts, Vec::from_iter(about), "{lines}");
    }
}

fn with_drop_ins(path: &str, text: &str, beside: &'static [(&str, &str)]) -> Vec<Container> {
    let candidate = Candidate::new(Input { file: 0, path, text });
    read(&candidate, &mut Beside(beside)).unwrap().containers
}

/// The drop-ins beside a unit, in the order of their names.
#[test]
fn drop_ins_go_over_the_unit() {
    let text = "[Service]\nUser=unit\nExecStart=unshare -r true\n";
    let beside = &[
        ("a.service.d/10-a.conf", "[Service]\nUser=a\nTasksMax=9\n"),
        ("a.service.d/20-b.conf", "[Service]\nUser=b\n"),
        ("a.service.d/README", "[Service]\nUser=c\n"),
    ];
    let settings = with_drop_ins("etc/a.service", text, beside).remove(0).settings;
    let (user, tasks) = (settings.user.unwrap(), settings.pids_limit.unwrap());
    assert_eq!((user.value, user.place.file), (User::Named("b".into()), 2));
    assert_eq!((tasks.value, tasks.place.file, tasks.place.line), (9, 1, 3));
}

/// By systemd.unit(5): those of all services, of beginnings of the name and of the template; of two
/// with one name that in the more specific directory counts. What systemd cannot read of one it
/// passes over.
#[test]
fn drop_ins_of_more_than_one_unit() {
    let user = |path: &str, beside: &'static [(&str, &str)]| {
        let text = "[Service]\nExecStart=unshare -r true\n[Install]\nAlias=alias.service b.timer\n";
        with_drop_ins(path, text, beside).remove(0).settings.user.map(|at| match at.value {
            User::Named(name) => name,
            other => panic!("{other:?}"),
        })
    };
    const A: &str = "[Service]\nUser=a\n";
    const B: &str = "[Service]\nUser=b\n";
    for (path, beside, expected) in [
        ("x-y-z.service", &[("service.d/1.conf", A)][..], Some("a")),
        ("x-y-z.service", &[("x-.service.d/1.conf", A)], Some("a")),
        ("x-y-z.service", &[("x-y-.service.d/1.conf", A)], Some("a")),
        ("x-y-z.service", &[("x-y.service.d/1.conf", A)], None),
        ("x-y-z.service", &[("x.service.d/1.conf", A)], None),
        ("x-y-z.service", &[("x-.service.d/2.conf", A), ("x-y-z.service.d/1.conf", B)], Some("a")),
        ("x-y-z.service", &[("x-.service.d/1.conf", A), ("x-y-.service.d/1.conf", B)], Some("b")),
        ("x-y-z.service", &[("service.d/1.conf", A), ("x-.service.d/1.conf", "")], None),
        ("x@i.service", &[("x@.service.d/1.conf", A)], Some("a")),
        ("x@i.service", &[("x@.service.d/1.conf", A), ("x@i.service.d/1.conf", B)], Some("b")),
        ("x@.service", &[("x@.service.d/1.conf", A)], Some("a")),
        ("x@.service", &[("x.service.d/1.conf", A)], None),
        ("x-y@i-j.service", &[("x-@.service.d/1.conf", A)], Some("a")),
        ("x-y@i-j.service", &[("x-.service.d/1.conf", A)], Some("a")),
        ("x-y@i.service", &[("x-.service.d/1.conf", A), ("x-@.service.d/1.conf", B)], Some("a")),
        ("x-y@i.service", &[("x-y-@.service.d/1.conf", A)], None),
        ("x.service", &[("alias.service.d/1.conf", A)], Some("a")),
        ("x.service", &[("alias.timer.d/1.conf", A)], None),
        ("x.service", &[("alias.service.d/1.conf", A), ("x.service.d/2.conf", B)], Some("b")),
        ("x.service", &[("service.d/1.conf", "\u{feff}[Service]\nUser=a\n")], Some("a")),
        ("x.service", &[("service.d/1.conf", "junk\n[Service]\njunk\nUser=a\n")], Some("a")),
        ("x.service", &[("service.d/1.conf", "[Service]\nUser=a\n[Unit\nUser=b\n")], Some("a")),
    ] {
        assert_eq!(user(path, beside).as_deref(), expected, "{path}: {beside:?}");
    }
}

/// What a unit starts may stand in a drop-in alone.
#[test]
fn commands_in_drop_ins() {
    let of = |text, beside| {
        let all = with_drop_ins("a.service", text, beside);
        all.into_iter().map(|one| (one.name, one.engine)).collect::<Vec<_>>()
    };
    let process = ("a.service".to_owned(), Engine::Systemd);
    let text = "[Service]\nUser=x\n";
    assert_eq!(
        of(text, &[("a.service.d/1.conf", "[Service]\nExecStart=unshare -r true\n")]),
        std::slice::from_ref(&process)
    );
    let text = "[Service]\nEnvironment=R=run\nExecStart=/bin/true\n";
    let beside =
        &[("a.service.d/1.conf", "[Service]\nExecStart=\nExecStart=docker $R --name b img\n")];
    assert_eq!(of(text, beside), [("b".to_owned(), Engine::Docker)]);
    assert_eq!(with_drop_ins("a.service", text, beside)[0].spot, WrittenAt::None);
    let input = Input { file: 0, path: "a.service", text };
    assert!(crate::deploy::read::read(&[input], &mut Beside(beside)).is_ok());
    let alone = crate::deploy::read::read(&[input], &mut Beside(&[])).unwrap();
    assert_eq!(alone.containers[0].settings.variable("R"), Some("run"));
    let text = "[Service]\nExecStart=unshare $A true\n";
    let beside = &[("a.service.d/1.conf", "[Service]\nEnvironment=A=-r\n")];
    assert_eq!(with_drop_ins("a.service", text, beside)[0].settings.command[1].value, "-r");
    assert_eq!(of(text, beside), [process]);
}

/// Comments and order are kept; a switch gives way, a list gets a line of its own.
#[test]
fn settings_written_into_a_unit() {
    let edited = |lines: &str, change: Change| {
        let text = format!("[Service]\nExecStart=unshare -r true\n{lines}\n[Install]\nX=y\n");
        let text = changed(&text, &containers(&text)[0], &[change]).unwrap();
        let lines = text.strip_prefix("[Service]\nExecStart=unshare -r true\n").unwrap();
        lines.strip_suffix("\n[Install]\nX=y\n").unwrap().to_owned()
    };
    let user = || Change::Namespaces(Namespaces::USER);
    for (lines, change, written) in [
        ("RestrictNamespaces=yes", user(), "RestrictNamespaces=user"),
        (
            "RestrictNamespaces=pid\n# kept\nTasksMax=5",
            user(),
            "RestrictNamespaces=pid\nRestrictNamespaces=user\n# kept\nTasksMax=5",
        ),
        ("# kept\nProcSubset=pid", Change::WholeProc, "# kept\nProcSubset=all"),
        (
            "SystemCallFilter=~@mount \\\n @clock",
            Change::Calls(vec!["mount"]),
            "SystemCallFilter=~@mount \\\n @clock\nSystemCallFilter=mount",
        ),
        ("User=x", Change::Nproc(99), "User=x\nLimitNPROC=99"),
        (
            "ProtectKernelTunables=true",
            Change::Masks(Masks::Without(vec!["/proc/sys".into()])),
            "ProtectKernelTunables=no",
        ),
    ] {
        assert_eq!(edited(lines, change), written, "{lines}");
    }
}

/// By systemd.unit(5), "User Unit Search Path".
#[test]
fn services_of_a_user() {
    let of = |path, text| {
        let candidate = Candidate::new(Input { file: 0, path, text });
        read(&candidate, &mut Outside).unwrap().containers.remove(0).settings
    };
    let text = "[Service]\nExecStart=unshare -r true\n";
    assert!(of("etc/systemd/system/a.service", text).user.is_none());
    assert!(!of(".config/systemd/user/a.service", text).is_root());
    let wanted = format!("{text}[Install]\nWantedBy=default.target\n");
    assert!(of("a.service", &wanted).doubt(Setting::Uid).is_some());
}

/// Each command asks for many keys.
#[test]
fn a_unit_of_thousands_of_commands_is_read_in_time() {
    let text = format!("[Service]\nType=oneshot\n{}", "ExecStart=unshare -r true\n".repeat(5000));
    let took = cpu_time(|| assert_eq!(containers(&text).len(), 5000));
    assert!(took.as_secs() < 10, "{took:?}");
}
