//! Services of systemd whose commands isolate: each was started by systemd 262 on Linux 6.18, and
//! so was each with what is expected to help.

use super::*;

const UNSHARE: &str = "unshare --user --map-root-user --pid --fork --mount-proc true";
const PIDS: &str = "unshare --user --map-root-user --pid --fork true";
const AS_ROOT: &str = "unshare --pid --fork --mount-proc true";
const BWRAP: &str = "bwrap --ro-bind / / --unshare-user --unshare-pid true";
const NSJAIL: &str = "nsjail -Mo -R / -- /bin/true";
const NAMED: &str = "bwrap --ro-bind / / --unshare-user --unshare-uts --hostname x true";
const ROOTLESSKIT: &str = "rootlesskit --net=slirp4netns --disable-host-loopback true";
const ALL: &str = "bwrap --ro-bind / / --proc /proc --dev /dev --unshare-all true";

/// A command; the lines of the unit; the cause of the refusal, empty where it worked; the line that
/// decides; and the drop-in that let it work, where one does.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    (UNSHARE, "", "", "", ""),
    (UNSHARE, "User=daemon", "", "", ""),
    (UNSHARE, "RestrictNamespaces=yes", "seccomp-unshare", "RestrictNamespaces=yes",
        "RestrictNamespaces=user mnt pid"),
    (UNSHARE, "User=daemon\nRestrictNamespaces=user mnt", "seccomp-unshare",
        "RestrictNamespaces=user mnt", "RestrictNamespaces=pid"),
    (UNSHARE, "RestrictNamespaces=~net ipc", "", "", ""),
    (UNSHARE, "RestrictNamespaces=yes\nRestrictNamespaces=", "", "", ""),
    // Without SystemCallErrorNumber= the filter kills.
    (UNSHARE, "SystemCallFilter=@system-service", "seccomp-kill",
        "SystemCallFilter=@system-service", "SystemCallFilter=mount"),
    (UNSHARE, "SystemCallFilter=@system-service\nSystemCallErrorNumber=EPERM", "seccomp-mount",
        "SystemCallFilter=@system-service", "SystemCallFilter=mount"),
    (UNSHARE, "SystemCallFilter=@system-service @mount", "", "", ""),
    (UNSHARE, "SystemCallFilter=~@mount:ENOSYS", "seccomp-mount", "SystemCallFilter=~@mount:ENOSYS",
        "SystemCallFilter=mount"),
    (UNSHARE, "SystemCallFilter=~unshare\nSystemCallErrorNumber=EACCES", "seccomp-unshare",
        "SystemCallFilter=~unshare", "SystemCallFilter=unshare"),
    (UNSHARE, "SystemCallFilter=~@privileged @resources", "", "", ""),
    (UNSHARE, "SystemCallFilter=~@mount\nSystemCallFilter=", "", "", ""),
    (PIDS, "SystemCallFilter=@system-service", "", "", ""),
    // The kernel mounts no procfs that shows what the one here hides.
    (UNSHARE, "ProtectKernelTunables=yes", "proc-masked", "ProtectKernelTunables=yes",
        "ProtectKernelTunables=no"),
    (UNSHARE, "ProtectKernelLogs=yes", "proc-masked", "ProtectKernelLogs=yes",
        "ProtectKernelLogs=no"),
    (UNSHARE, "InaccessiblePaths=/proc/cpuinfo", "proc-masked", "InaccessiblePaths=/proc/cpuinfo",
        ""),
    // A mount of its own, whatever it is for.
    (UNSHARE, "ReadWritePaths=/proc/sys", "proc-masked", "ReadWritePaths=/proc/sys", ""),
    (UNSHARE, "ExecPaths=/proc/sys", "proc-masked", "ExecPaths=/proc/sys", ""),
    (UNSHARE, "ReadWritePaths=/proc /var", "", "", ""),
    (PIDS, "ReadOnlyPaths=/\nReadWritePaths=/proc", "", "", ""),
    (PIDS, "ReadOnlyPaths=/", "proc-readonly", "ReadOnlyPaths=/", ""),
    (AS_ROOT, "ReadOnlyPaths=/", "", "", ""),
    (AS_ROOT, "ProtectKernelTunables=yes", "", "", ""),
    (PIDS, "ProtectKernelTunables=yes", "", "", ""),
    (UNSHARE, "ProtectProc=invisible\nProtectSystem=strict\nPrivateDevices=yes", "", "", ""),
    (UNSHARE, "ProtectKernelTunables=yes\nRestrictNamespaces=yes", "seccomp-unshare",
        "RestrictNamespaces=yes",
        "RestrictNamespaces=user mnt pid\nProtectKernelTunables=no"),
    // To map root, root needs CAP_SETFCAP; a user maps only itself.
    (UNSHARE, "CapabilityBoundingSet=~CAP_SETFCAP", "setfcap-missing",
        "CapabilityBoundingSet=~CAP_SETFCAP", "CapabilityBoundingSet=CAP_SETFCAP"),
    (UNSHARE, "User=daemon\nCapabilityBoundingSet=", "", "", ""),
    (AS_ROOT, "User=daemon", "no-cap-sys-admin", "User=daemon", "User=root"),
    (AS_ROOT, "RestrictNamespaces=yes", "seccomp-unshare", "RestrictNamespaces=yes",
        "RestrictNamespaces=mnt pid"),
    (UNSHARE, "User=daemon\nLimitNPROC=1", "rlimit-nproc", "LimitNPROC=1", "LimitNPROC=1025"),
    (UNSHARE, "LimitNPROC=1", "", "", ""),
    (UNSHARE, "PrivateUsers=yes", "", "", ""),
    (UNSHARE, "NoNewPrivileges=yes\nRestrictSUIDSGID=yes\nLockPersonality=yes", "", "", ""),
    (BWRAP, "", "", "", ""),
    // Releases of bwrap mount by different calls: 0.13 needs more of the group than 0.8.
    (BWRAP, "SystemCallFilter=~@privileged\nSystemCallErrorNumber=EPERM", "seccomp-pivot-root",
        "SystemCallFilter=~@privileged", "SystemCallFilter=@mount capset"),
    (BWRAP, "User=daemon\nAmbientCapabilities=CAP_CHOWN", "bwrap-unexpected-capabilities",
        "AmbientCapabilities=CAP_CHOWN", "AmbientCapabilities="),
    // bwrap reads /proc/sys/kernel/overflowuid.
    (BWRAP, "ProcSubset=pid", "proc-sys-unreadable", "ProcSubset=pid", "ProcSubset=all"),
    (ALL, "RestrictNamespaces=user pid mnt", "seccomp-clone", "RestrictNamespaces=user pid mnt",
        "RestrictNamespaces=uts ipc cgroup net"),
];

/// By systemd.exec(5); nsjail 3.4 and bubblewrap 0.8 were started under filters that refuse the
/// same calls.
#[rustfmt::skip]
const SMALL_FILTERS: &[Row] = &[
    (ALL, "RestrictAddressFamilies=AF_UNIX AF_INET", "seccomp-socket",
        "RestrictAddressFamilies=AF_UNIX AF_INET", "RestrictAddressFamilies=AF_NETLINK"),
    (ALL, "RestrictAddressFamilies=AF_NETLINK", "", "", ""),
    // The setting that refuses is shown, not the first that refuses something.
    (ALL, "SystemCallFilter=~@clock\nRestrictAddressFamilies=AF_UNIX", "seccomp-socket",
        "RestrictAddressFamilies=AF_UNIX", "RestrictAddressFamilies=AF_NETLINK"),
    (NSJAIL, "SystemCallFilter=~@clock\nProtectHostname=yes", "seccomp-sethostname",
        "ProtectHostname=yes", "ProtectHostname=no"),
    (NSJAIL, "RestrictAddressFamilies=~AF_NETLINK", "seccomp-socket",
        "RestrictAddressFamilies=~AF_NETLINK", "RestrictAddressFamilies=AF_NETLINK"),
    (NSJAIL, "RestrictAddressFamilies=AF_UNIX AF_NETLINK", "seccomp-socket",
        "RestrictAddressFamilies=AF_UNIX AF_NETLINK", "RestrictAddressFamilies=AF_INET"),
    (NSJAIL, "RestrictAddressFamilies=AF_INET AF_NETLINK", "", "", ""),
    (BWRAP, "RestrictAddressFamilies=AF_UNIX", "", "", ""),
    (BWRAP, "SystemCallFilter=~capset:EPERM", "seccomp-privileges", "SystemCallFilter=~capset:EPERM",
        "SystemCallFilter=capset"),
    (NSJAIL, "ProtectHostname=yes", "seccomp-sethostname", "ProtectHostname=yes",
        "ProtectHostname=no"),
    (BWRAP, "ProtectHostname=yes", "", "", ""),
    (NAMED, "ProtectHostname=yes", "seccomp-sethostname", "ProtectHostname=yes",
        "ProtectHostname=no"),
    // Whether rootlesskit works then is not known: it needs more that is not judged here.
    (ROOTLESSKIT, "RestrictAddressFamilies=AF_UNIX AF_INET", "seccomp-socket",
        "RestrictAddressFamilies=AF_UNIX AF_INET", ""),
    (ROOTLESSKIT, "RestrictAddressFamilies=AF_INET AF_NETLINK", "seccomp-socket",
        "RestrictAddressFamilies=AF_INET AF_NETLINK", ""),
    (ROOTLESSKIT, "SystemCallFilter=~setns:EPERM", "seccomp-setns", "SystemCallFilter=~setns:EPERM",
        ""),
];

#[test]
fn services_as_systemd_starts_them() {
    for (number, (command, lines, cause, line, drop_in)) in
        ROWS.iter().chain(SMALL_FILTERS).enumerate()
    {
        let text = format!("[Service]\nType=oneshot\nExecStart=/usr/bin/{command}\n{lines}\n");
        let dir = files(&format!("lint-service-{number}"), &[("a.service", &text)]);
        let (code, report) = json(&dir, &["a.service"]);
        let mechanism = report["files"][0]["containers"][0]["mechanisms"].as_array().unwrap();
        let mechanism = mechanism.iter().find(|m| m["required"] == true).unwrap();
        assert_eq!(mechanism["cause"]["id"].as_str().unwrap_or(""), *cause, "{lines}");
        assert_eq!(code, i32::from(!cause.is_empty()), "{lines}");
        if cause.is_empty() {
            continue;
        }
        let at = mechanism["cause"]["line"].as_u64().unwrap() as usize;
        assert_eq!(text.lines().nth(at - 1), Some(*line), "{lines}");
        let remedies = mechanism["remedies"].as_array().unwrap().iter();
        let printed = |remedy: &Value| -> Vec<String> {
            serde_json::from_value(remedy["commands"].clone()).unwrap()
        };
        let first = remedies.map(printed).find(|lines| lines[0] == "[Service]");
        assert_eq!(
            first.unwrap_or_default().get(1..).unwrap_or(&[]).join("\n"),
            *drop_in,
            "{lines}"
        );
        if drop_in.is_empty() {
            continue;
        }
        // The drop-in beside the unit, and the unit fixed, both pass.
        let beside = dir.join("a.service.d");
        std::fs::create_dir_all(&beside).unwrap();
        std::fs::write(beside.join("isodoc.conf"), format!("[Service]\n{drop_in}\n")).unwrap();
        assert_eq!(json(&dir, &["a.service"]).0, 0, "{lines}");
        std::fs::remove_dir_all(&beside).unwrap();
        assert_eq!(lint(&dir, &["--fix", "a.service"]).0, 0, "{lines}");
        assert_eq!(json(&dir, &["a.service"]).0, 0, "{lines}");
    }
}

/// What nobody can tell is said: other releases of bwrap and systemd, what they fill in.
#[test]
fn services_that_stay_open() {
    for (command, lines, why) in [
        (BWRAP, "RestrictSUIDSGID=yes", "refuses openat2(2), which bwrap calls"),
        (BWRAP, "DynamicUser=yes", "refuses openat2(2), which bwrap calls"),
        (
            UNSHARE,
            "SystemCallFilter=~@process @mount\nSystemCallFilter=mount unshare",
            "SystemCallFilter= refuses clone(2), which unshare calls",
        ),
        (
            "unshare --user --keep-caps true",
            "SystemCallFilter=~capget",
            "SystemCallFilter= refuses capget(2), which unshare calls",
        ),
        (AS_ROOT, "User=%i", "User=%i"),
        (UNSHARE, "InaccessiblePaths=/proc", "covers /proc itself"),
        (UNSHARE, "RootDirectory=/srv/tree", "root directory"),
    ] {
        let text = format!("[Service]\nExecStart={command}\n{lines}\n");
        let dir = files("lint-service-open", &[("a.service", &text)]);
        let (code, out, _) = lint(&dir, &["a.service"]);
        let said = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(code == 3 && said.contains(why), "{lines}: {out}");
    }
}

/// What keeps a command from starting is said, and whether it does so everywhere: each that is sure
/// failed under systemd 262, as did each that is open on some host.
#[test]
fn services_that_may_not_start() {
    const SETPRIV: &str = "/usr/bin/setpriv --no-new-privs unshare --user true";
    for (command, lines, code, why) in [
        (UNSHARE, "LimitNOFILE=0", 1, "LimitNOFILE=0"),
        (UNSHARE, "LimitNOFILE=3:1024", 1, "LimitNOFILE=3:1024"),
        (UNSHARE, "LimitNOFILE=16", 3, "LimitNOFILE=16"),
        (UNSHARE, "LimitNOFILE=1024", 0, ""),
        (UNSHARE, "LimitNOFILE=infinity", 0, ""),
        (UNSHARE, "LimitAS=64K", 1, "LimitAS=64K"),
        (UNSHARE, "LimitAS=8M", 3, "LimitAS=8M"),
        (UNSHARE, "LimitAS=2G", 0, ""),
        (UNSHARE, "LimitSTACK=0", 1, "LimitSTACK=0"),
        (UNSHARE, "MemoryMax=100K", 3, "MemoryMax=100K"),
        (UNSHARE, "MemoryMax=1G", 0, ""),
        (UNSHARE, "MemoryMax=80%", 0, ""),
        (UNSHARE, "WorkingDirectory=/srv/app", 0, "WorkingDirectory=/srv/app"),
        (UNSHARE, "WorkingDirectory=-/srv/app", 0, ""),
        (UNSHARE, "WorkingDirectory=/var/lib/app\nStateDirectory=other app/data", 0, ""),
        (UNSHARE, "WorkingDirectory=%S/app\nStateDirectory=app", 0, ""),
        (UNSHARE, "WorkingDirectory=/var/lib/app\nStateDirectory=application", 0, "/var/lib/app"),
        (UNSHARE, "WorkingDirectory=~", 0, ""),
        (UNSHARE, "WorkingDirectory=~\nUser=nobody", 0, "WorkingDirectory=~"),
        (UNSHARE, "WorkingDirectory=/tmp", 0, ""),
        (UNSHARE, "NoExecPaths=/usr/bin/unshare", 1, "NoExecPaths= covers /usr/bin/unshare"),
        (UNSHARE, "NoExecPaths=/bin", 1, "NoExecPaths= covers /usr/bin"),
        (UNSHARE, "NoExecPaths=/usr/lib", 3, "NoExecPaths= covers /usr/lib"),
        (UNSHARE, "NoExecPaths=/", 1, "NoExecPaths= covers /"),
        (UNSHARE, "NoExecPaths=/\nExecPaths=/usr", 0, ""),
        (UNSHARE, "NoExecPaths=/\nExecPaths=/usr/bin/unshare", 3, "NoExecPaths= covers /"),
        (UNSHARE, "NoExecPaths=/\nNoExecPaths=", 0, ""),
        (UNSHARE, "NoExecPaths=/var /tmp\nInaccessiblePaths=/usr/share", 0, ""),
        (UNSHARE, "InaccessiblePaths=-/usr/bin", 1, "InaccessiblePaths= covers /usr/bin"),
        (UNSHARE, "TemporaryFileSystem=/usr", 3, "TemporaryFileSystem= covers /usr"),
        (UNSHARE, "BindReadOnlyPaths=/opt/tools:/usr/bin", 3, "BindReadOnlyPaths= covers /usr/bin"),
        (UNSHARE, "ProtectHome=yes\nPrivateTmp=yes", 0, ""),
        (UNSHARE, "LimitCPU=0", 3, "LimitCPU=0"),
        (UNSHARE, "TasksMax=0", 0, ""),
        (UNSHARE, "NoExecPaths=/usr/bin/true", 3, "NoExecPaths= covers /usr/bin/true"),
        (SETPRIV, "NoExecPaths=/bin/unshare", 3, "NoExecPaths= covers /usr/bin/unshare"),
        (UNSHARE, "Environment=PATH=/opt/tools", 3, "looked for in /opt/tools"),
        (UNSHARE, "Environment=A=b \"PATH=/opt/tools:/bin\"", 0, ""),
        (UNSHARE, "ExecSearchPath=/opt/tools", 3, "looked for in /opt/tools"),
        (UNSHARE, "NetworkNamespacePath=/run/netns/a", 3, "NetworkNamespacePath=/run/netns/a"),
        (UNSHARE, "CPUAffinity=99", 3, "CPUAffinity=99"),
        (UNSHARE, "RestrictFileSystems=ext4 tmpfs", 3, "RestrictFileSystems="),
        (UNSHARE, "User=nosuch", 0, "User=nosuch"),
        (UNSHARE, "User=12345", 0, "User=12345"),
        (UNSHARE, "User=daemon\nGroup=nosuch", 0, "Group=nosuch"),
        (UNSHARE, "SupplementaryGroups=kvm nosuch", 0, "SupplementaryGroups=nosuch"),
        (UNSHARE, "SupplementaryGroups=kvm video", 0, ""),
        (UNSHARE, "User=nobody", 0, ""),
        (UNSHARE, "ReadWritePaths=/nosuch", 0, "ReadWritePaths=/nosuch"),
        (UNSHARE, "ReadWritePaths=-/nosuch", 0, ""),
        (UNSHARE, "ReadWritePaths=/nosuch\nReadWritePaths=", 0, ""),
        (UNSHARE, "ReadOnlyPaths=/etc /nosuch", 0, "ReadOnlyPaths=/nosuch"),
        (UNSHARE, "ReadWritePaths=/var/lib/a\nStateDirectory=a", 0, ""),
        (UNSHARE, "InaccessiblePaths=/nosuch", 0, "InaccessiblePaths=/nosuch"),
        (UNSHARE, "NoExecPaths=/nosuch", 0, "NoExecPaths=/nosuch"),
        (UNSHARE, "BindPaths=/nosuch:/mnt", 0, "BindPaths=/nosuch:/mnt"),
        (UNSHARE, "BindPaths=-/nosuch:/mnt", 0, ""),
        (UNSHARE, "BindReadOnlyPaths=/srv:/mnt/x", 0, ""),
        (UNSHARE, "EnvironmentFile=/nosuch", 0, "EnvironmentFile=/nosuch"),
        (UNSHARE, "EnvironmentFile=-/nosuch", 0, ""),
        (UNSHARE, "EnvironmentFile=nosuch", 0, ""),
        (UNSHARE, "LoadCredential=a:/nosuch", 0, "LoadCredential=a:/nosuch"),
        (UNSHARE, "LoadCredential=a:nosuch", 0, ""),
        (UNSHARE, "StandardInput=file:/nosuch", 0, "StandardInput=file:/nosuch"),
        (UNSHARE, "StandardOutput=append:/nosuch/x", 0, "StandardOutput=append:/nosuch/x"),
        (UNSHARE, "StandardOutput=append:/var/log/x", 0, ""),
        (UNSHARE, "OpenFile=/nosuch", 0, "OpenFile=/nosuch"),
        (UNSHARE, "OpenFile=/nosuch:x:graceful", 0, ""),
        (UNSHARE, "TemporaryFileSystem=/nosuch", 0, ""),
        ("+/usr/bin/unshare --user true", "User=nosuch", 0, "User=nosuch"),
        (SETPRIV, "SystemCallFilter=~@privileged", 3, "capset(2), which setpriv calls"),
        (SETPRIV, "SystemCallFilter=~@clock", 0, ""),
    ] {
        // A command may be an absolute path.
        let text = format!("[Service]\nExecStart={command}\n{lines}\n");
        let dir = files("lint-service-start", &[("a.service", &text)]);
        let (got, out, _) = lint(&dir, &["a.service"]);
        let said = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(got == code && said.contains(why), "{lines}: {out}");
        let (_, report) = json(&dir, &["a.service"]);
        let found = findings(&report).iter().any(|(id, _)| id == "service-may-not-start");
        assert_eq!(found, !why.is_empty(), "{lines}: {report}");
    }
    let home = "[Service]\nExecStart=/home/x/bwrap --ro-bind / / true\nProtectHome=tmpfs\n";
    let dir = files("lint-service-start", &[("a.service", home)]);
    assert_eq!(lint(&dir, &["a.service"]).0, 1);
}

/// As `systemd-analyze verify` says: a value that systemd cannot read is left out, or keeps it from
/// loading the unit.
#[test]
fn values_that_systemd_does_not_understand() {
    for (lines, code, left_out) in [
        ("NoNewPrivileges=maybe", 0, vec![3]),
        ("PrivateUsers=yess", 0, vec![3]),
        ("PrivateUsers=self", 0, vec![]),
        ("ProtectKernelTunables=yes # why", 0, vec![3]),
        ("ProtectKernelTunables=yes\nProtectKernelTunables=noo", 1, vec![4]),
        ("ProtectKernelTunables=yes\nProtectKernelTunables=no", 0, vec![]),
        ("ProcSubset=pid\nProcSubset=pids", 0, vec![4]),
        ("TasksMax=1\nTasksMax=5k", 1, vec![4]),
        ("LimitNPROC=1k\nTasksMax=200%", 0, vec![3, 4]),
        ("RestrictNamespaces=\"user\" mnt", 0, vec![]),
        ("RestrictNamespaces=user mnt", 1, vec![]),
        ("DynamicUser=x", 1, vec![]),
        ("User=1:2", 1, vec![]),
        ("RootDirectory=rel", 1, vec![]),
    ] {
        let text = format!(
            "# A unit.\n[Service]\n{lines}\nExecStart=/usr/bin/unshare --user --map-root-user --pid \
                --fork --mount-proc true\n"
        );
        let dir = files("lint-service-values", &[("a.service", &text)]);
        let (found, report) = json(&dir, &["a.service"]);
        let findings = report["files"][0]["findings"].as_array().unwrap().iter();
        let of_values = findings.filter(|finding| finding["rule"] == "unit-value-left-out");
        let told: Vec<_> = of_values.map(|finding| finding["line"].as_u64().unwrap()).collect();
        assert_eq!((found, told), (code, left_out), "{lines}: {report}");
    }
}

/// A unit that asks for nothing of the kind counts for nobody who asks for nothing.
#[test]
fn services_that_isolate_nothing() {
    let text = "[Unit]\nDescription=a\n\n[Service]\nExecStart=/usr/sbin/sshd -D\n";
    let dir = files("lint-service-none", &[("a.service", text)]);
    let (code, out, err) = lint(&dir, &["--skip-unread", "a.service"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let (_, report) = json(&dir, &["a.service"]);
    assert_eq!(report["files"][0]["containers"][0]["required"], false);
    let timer = files("lint-timer", &[("a.timer", "[Timer]\nOnCalendar=daily\n")]);
    assert_eq!(lint(&timer, &["--skip-unread", "a.timer"]).0, 0);
}

/// systemd passes over a key that it does not know, and one in another section; and services are no
/// containers.
#[test]
fn keys_that_systemd_passes_over() {
    let unit = format!(
        "[Unit]\nProtectKernelTunables=yes\nAfter=x.service\n[Service]\nRestrictNamespacs=yes\n\
            X-RestrictNamespacs=yes\nExecStart={UNSHARE}\n"
    );
    let dir = files("unit-keys", &[("a.service", &unit)]);
    let (code, out, err) = lint(&dir, &["a.service"]);
    assert_eq!(code, 0, "{err}{out}");
    let told = out.lines().filter(|line| line.starts_with("warning: ")).collect::<Vec<_>>();
    assert_eq!(told.len(), 2, "{out}");
    let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        out.contains("systemd knows no RestrictNamespacs: RestrictNamespaces is meant"),
        "{out}"
    );
    assert!(out.contains("ProtectKernelTunables in [Unit]: it belongs into [Service]"), "{out}");
    assert!(out.contains("1 service checked, assuming plain-linux: it passes."), "{out}");
}

/// What its program does by itself, the command line does not tell: a service is asked about what
/// somebody names, and about what the variables of a worker ask for.
#[test]
fn services_of_other_programs() {
    let unit = "[Service]\nExecStart=/usr/local/bin/windmill worker\nProtectKernelTunables=yes\n";
    let asks = unit.to_owned() + "Environment=MODE=worker ENABLE_UNSHARE_PID=true\n";
    let dir = files("unit-programs", &[("a.service", unit), ("b.service", &asks)]);
    let (code, out, _) = lint(&dir, &["a.service"]);
    assert!(code == 0 && out.starts_with("No container asks for isolation"), "{out}");
    let works = "a.service: isolation should work in it";
    for (args, code, said) in [
        (&["a.service", "--for", "bubblewrap"], 1, "ProtectKernelTunables=no"),
        (&["a.service", "--all", "--flags", "--user --map-root-user --pid --fork"], 0, works),
        (&["b.service"], 1, "[proc-masked]"),
    ] as [(&[&str], i32, &str); 3]
    {
        let (exit, out, err) = lint(&dir, args);
        assert!(exit == code && out.contains(said), "{args:?}: {exit}\n{out}{err}");
    }
}
