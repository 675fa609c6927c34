use super::*;
use crate::deploy::Runtime;
use crate::deploy::defaults;
use crate::deploy::edit::{SourceText, written};
use crate::deploy::setting::{Change, Masks};
use crate::plan::Namespaces;

struct Nothing;

impl Surroundings for Nothing {
    fn open(&mut self, path: &str, _: u32) -> Result<(u32, String), String> {
        Err(format!("{path}: not there"))
    }

    fn variable(&self, _: &str) -> Option<String> {
        Some("outside".into())
    }
}

fn containers(text: &str) -> Vec<Container> {
    let candidate = Candidate::new(Input { file: 0, path: "a.service", text });
    assert_eq!((DIALECT.recognises)(&candidate), Sure::Yes, "{text}");
    (DIALECT.read)(&candidate, &mut Nothing).unwrap().containers
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
    assert!(service("ExecStart=unshare -r true\nExecStart=\nExecStart=/bin/true").is_empty());
    assert!(service("ExecStop=unshare -r true").is_empty());
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
    const ALL: u64 = defaults::ALL.0;
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

/// The drop-ins beside a unit, in the order of their names.
#[test]
fn drop_ins_go_over_the_unit() {
    struct Beside;
    impl Surroundings for Beside {
        fn open(&mut self, path: &str, _: u32) -> Result<(u32, String), String> {
            match path {
                "a.service.d/10-a.conf" => Ok((1, "[Service]\nUser=a\nTasksMax=9\n".into())),
                "a.service.d/20-b.conf" => Ok((2, "[Service]\nUser=b\n".into())),
                _ => Err("no".into()),
            }
        }

        fn variable(&self, _: &str) -> Option<String> {
            None
        }

        fn names(&self, directory: &str, _: u32) -> Vec<String> {
            assert_eq!(directory, "a.service.d");
            ["20-b.conf", "README", "10-a.conf"].map(str::to_owned).into()
        }
    }
    let text = "[Service]\nUser=unit\nExecStart=unshare -r true\n";
    let candidate = Candidate::new(Input { file: 0, path: "etc/a.service", text });
    let settings = read(&candidate, &mut Beside).unwrap().containers.remove(0).settings;
    let (user, tasks) = (settings.user.unwrap(), settings.pids_limit.unwrap());
    assert_eq!((user.value, user.place.file), (User::Named("b".into()), 2));
    assert_eq!((tasks.value, tasks.place.file, tasks.place.line), (9, 1, 3));
}

/// Comments and order are kept; a switch gives way, a list gets a line of its own.
#[test]
fn settings_written_into_a_unit() {
    let edited = |lines: &str, change: Change| {
        let text = format!("[Service]\nExecStart=unshare -r true\n{lines}\n[Install]\nX=y\n");
        let container = containers(&text).remove(0);
        let source = SourceText::new(&text);
        let planned = (container.dialect.edit)(&source, &container, &container.spot, &[change]);
        let text = written(&source, &[&planned.unwrap()]).unwrap();
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
        read(&candidate, &mut Nothing).unwrap().containers.remove(0).settings
    };
    let text = "[Service]\nExecStart=unshare -r true\n";
    assert!(of("etc/systemd/system/a.service", text).user.is_none());
    assert!(!of(".config/systemd/user/a.service", text).is_root());
    let wanted = format!("{text}[Install]\nWantedBy=default.target\n");
    assert!(of("a.service", &wanted).doubt(Setting::Uid).is_some());
}
