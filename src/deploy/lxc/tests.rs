use super::*;
use crate::deploy::Runtime;
use crate::deploy::container::{Container, Engine};
use crate::deploy::place::BadInput;
use crate::deploy::read::{Deployment, Input, Nothing};
use crate::deploy::setting::{Change, Masks, Profile, Setting, User, Userns};
use crate::deploy::simulate::{self, Felt};
use crate::deploy::tests::changed;
use crate::diagnosis::predict;
use crate::facts::{Caps, Fact, Facts};
use crate::mechanisms::unshare;
use crate::rules::tests::healthy;
use crate::verdict::Verdict;

fn deployment(path: &str, text: &str) -> Result<Deployment, BadInput> {
    let candidate = Candidate::new(Input { file: 0, path, text });
    assert_eq!((DIALECT.recognises)(&candidate), Sure::Yes, "{text}");
    (DIALECT.read)(&candidate, &mut Nothing)
}

fn container(text: &str) -> Container {
    let read = deployment("/var/lib/lxc/web/config", text);
    read.unwrap_or_else(|why| panic!("{why:?}\n{text}")).containers.remove(0)
}

const A: &str = "--user --map-root-user --pid --fork --mount-proc";
const B: &str = "--user --map-root-user --pid --fork";
const C: &str = "--pid --fork --mount-proc";
const D: &str = "--mount";

/// What becomes of a plan in a container on this host: `ok`, `?`, or the step that is refused;
/// `start` where nothing is started.
fn says_on(host: &Facts, container: &Container, flags: &str) -> &'static str {
    if container.settings.obstacles.iter().any(|at| at.value.is_sure) {
        return "start";
    }
    let felt = Felt::of(container, Runtime::Lxc, host);
    let (uid, gid) = felt.ids(host);
    let plan = unshare::plan(&unshare::split(flags), None, (Some(uid), Some(gid)));
    let prediction = predict(&simulate::facts(host, None, &felt, &plan), &plan);
    match prediction.verdict {
        Verdict::Supported => "ok",
        Verdict::Unknown => "?",
        Verdict::Unsupported => prediction.step.map_or("", |step| step.id()),
    }
}

fn says(text: &str) -> [&'static str; 4] {
    let container = container(text);
    [A, B, C, D].map(|flags| says_on(&healthy(), &container, flags))
}

const MIXED: &str = "lxc.mount.auto = proc:mixed\n";
const MAP: &str = "lxc.idmap = u 0 100000 65536\nlxc.idmap = g 0 100000 65536\n";
/// Nesting, and an entry, without which LXC makes no mounts for it.
const NESTED: &str = "lxc.mount.auto = proc:mixed\nlxc.apparmor.allow_nesting = 1\n\
    lxc.mount.entry = t tmp tmpfs rw 0 0\n";
const COMMON: &str = "lxc.include = /usr/share/lxc/config/common.conf\n";
const USERNS: &str = "lxc.include = /usr/share/lxc/config/userns.conf\n";
const MASKED: [&str; 4] = ["mount-proc", "ok", "ok", "ok"];
const OPEN: [&str; 4] = ["ok"; 4];
const NO_START: [&str; 4] = ["start"; 4];

/// What the real unshare(1) did in containers of LXC 5.0.2 with these configurations (Linux 6.18,
/// without AppArmor, control groups of version 1); `?` where isodoc leaves it open.
#[test]
fn as_in_containers_of_lxc() {
    let procfs = "lxc.mount.entry = proc proc proc nodev,noexec,nosuid 0 0\n";
    let beside = "lxc.mount.entry = proc dev/.lxc/proc proc create=dir,optional 0 0\n";
    let table: &[(String, [&str; 4])] = &[
        (MIXED.to_owned(), MASKED),
        ("lxc.mount.auto = proc\n".into(), MASKED),
        // The boot id.
        ("lxc.mount.auto = proc:rw\n".into(), MASKED),
        (format!("{MIXED}lxc.mount.auto = proc:rw\n"), MASKED),
        (format!("lxc.mount.auto = proc:rw sys:rw\n{MIXED}"), MASKED),
        (format!("{MIXED}lxc.mount.auto =\n{procfs}"), MASKED),
        (procfs.to_owned(), MASKED),
        (procfs.replace("nodev,", "ro,nodev,"), ["uid-map", "uid-map", "ok", "ok"]),
        ("lxc.mount.auto = proc:rw\nlxc.autodev = 0\n".into(), OPEN),
        (format!("{procfs}lxc.autodev = 0\n"), OPEN),
        // Without an entry, nesting mounts nothing.
        (format!("{MIXED}lxc.apparmor.allow_nesting = 1\n"), MASKED),
        (NESTED.to_owned(), OPEN),
        (format!("{NESTED}lxc.mount.entry =\n"), MASKED),
        (format!("{NESTED}lxc.apparmor.allow_nesting = 0\n"), MASKED),
        (NESTED.replace("= 1", "= \"1\""), OPEN),
        (NESTED.replace(" = ", "=").replace("lxc.m", "  lxc.m"), OPEN),
        (NESTED.replace('\n', "\r\n"), OPEN),
        (NESTED.replace("proc:mixed", "proc:rw"), OPEN),
        (format!("{MIXED}{beside}"), OPEN),
        (format!("{MIXED}{beside}lxc.apparmor.allow_nesting = 1\n"), OPEN),
        (format!("{MIXED}lxc.mount.entry = proc tmp/p proc create=dir 0 0\n"), OPEN),
        (format!("{MIXED}lxc.mount.entry = proc tmp/p proc create=dir,ro 0 0\n"), MASKED),
        (
            "lxc.mount.auto = proc:rw\nlxc.autodev = 0\n\
                lxc.mount.entry = /dev/null proc/uptime none bind 0 0\n"
                .into(),
            MASKED,
        ),
        (format!("{NESTED}lxc.mount.entry = /dev/null proc/uptime none bind 0 0\n"), OPEN),
        (COMMON.to_owned(), MASKED),
        (format!("{COMMON}lxc.apparmor.allow_nesting = 1\n"), OPEN),
        (format!("{COMMON}lxc.include = /usr/share/lxc/config/nesting.conf\n"), OPEN),
        (format!("{COMMON}{USERNS}{MAP}"), MASKED),
        (format!("{COMMON}{USERNS}{MAP}lxc.apparmor.allow_nesting = 1\n"), OPEN),
        (format!("{MIXED}{MAP}"), MASKED),
        (format!("lxc.mount.auto = proc:rw\nlxc.autodev = 0\n{MAP}"), OPEN),
        (format!("{NESTED}{MAP}"), OPEN),
        (
            format!(
                "{NESTED}lxc.idmap = u 0 100000 1000\nlxc.idmap = u 1000 1000000 1\n\
                    lxc.idmap = u 1001 101001 64535\nlxc.idmap = g 0 100000 65536\n"
            ),
            OPEN,
        ),
        (format!("{MIXED}lxc.idmap = u 1 100000 1000\nlxc.idmap = g 1 100000 1000\n"), NO_START),
        (format!("{MIXED}lxc.idmap = g 0 100000 65536\n"), NO_START),
        (format!("{MIXED}lxc.idmap = u 0 100000\n"), NO_START),
        (format!("{NESTED}{MAP}{MAP}"), NO_START),
        (format!("{NESTED}{MAP}lxc.idmap = u 70000 100005 9\n"), NO_START),
        // A procfs over the one of which a part is read-only.
        (format!("{procfs}lxc.autodev = 0\n{MIXED}"), OPEN),
        (
            format!(
                "lxc.autodev = 0\nlxc.mount.entry = /dev/null proc/uptime none bind 0 0\n\
                    {procfs}{MIXED}"
            ),
            OPEN,
        ),
        (
            format!(
                "lxc.autodev = 0\n{procfs}lxc.mount.entry = /dev/null proc/uptime none bind 0 0\n"
            ),
            MASKED,
        ),
        (format!("{NESTED}lxc.cap.drop = sys_admin\n"), ["ok", "ok", "unshare", "unshare"]),
        (format!("{NESTED}lxc.cap.drop = setfcap\n"), ["uid-map", "uid-map", "ok", "ok"]),
        (format!("{NESTED}lxc.cap.drop = 31\n"), ["uid-map", "uid-map", "ok", "ok"]),
        (format!("{NESTED}lxc.cap.drop = setfcap\nlxc.cap.drop =\n"), OPEN),
        (format!("{NESTED}lxc.cap.drop = CAP_SETFCAP\n"), NO_START),
        (format!("{NESTED}lxc.cap.drop = SETFCAP\n"), NO_START),
        (format!("{NESTED}lxc.cap.drop = banana\n"), NO_START),
        (format!("{NESTED}lxc.cap.keep = none\n"), ["uid-map", "uid-map", "unshare", "unshare"]),
        (format!("{NESTED}lxc.cap.keep = sys_admin setfcap setuid setgid\n"), OPEN),
        (
            format!("{NESTED}lxc.cap.keep = sys_admin setuid setgid\n"),
            ["uid-map", "uid-map", "ok", "ok"],
        ),
        (format!("{MIXED}lxc.cap.drop = sys_time\nlxc.cap.keep = sys_admin\n"), NO_START),
        (format!("{NESTED}{MAP}lxc.cap.drop = sys_admin\n"), ["ok", "ok", "unshare", "unshare"]),
        (format!("{NESTED}{MAP}lxc.cap.drop = setfcap\n"), ["uid-map", "uid-map", "ok", "ok"]),
        (format!("{NESTED}lxc.no_new_privs = 1\n"), OPEN),
        (format!("{NESTED}lxc.no_new_privs = 2\n"), NO_START),
        (
            format!("{NESTED}lxc.init.uid = 1000\nlxc.init.gid = 1000\n"),
            ["ok", "ok", "unshare", "unshare"],
        ),
        (format!("{NESTED}{MAP}lxc.prlimit.nproc = 1\n"), ["?", "?", "?", "ok"]),
        (format!("{NESTED}lxc.prlimit.nproc = 1\n"), OPEN),
        (format!("{NESTED}lxc.prlimit.nproc = banana\n"), NO_START),
        (format!("{NESTED}lxc.seccomp.profile = /usr/share/lxc/config/common.seccomp\n"), OPEN),
        (format!("{COMMON}lxc.apparmor.allow_nesting = 1\nlxc.seccomp.profile =\n"), OPEN),
        (format!("{NESTED}lxc.seccomp.profile = own.seccomp\n"), ["?"; 4]),
        (format!("{NESTED}lxc.sysctl.net.ipv4.ip_forward = 1\n"), OPEN),
        (format!("{NESTED}{MAP}lxc.sysctl.user.max_user_namespaces = 0\n"), ["?"; 4]),
        (format!("{NESTED}lxc.proc.oom_score_adj = 10\n"), OPEN),
        (format!("{NESTED}lxc.namespace.keep = user\n"), ["?"; 4]),
        (format!("{NESTED}lxc.environment = ENABLE_UNSHARE_PID=true\n"), OPEN),
        (format!("{MIXED}lxc.banana = 1\n"), NO_START),
        (format!("{MIXED}lxc.aa_profile = unconfined\n"), NO_START),
        ("lxc.mount.auto = proc:ro\n".into(), NO_START),
        (format!("{} # yes\n", MIXED.trim_end()), NO_START),
        ("lxc.apparmor.allow_nesting = yes\n".into(), NO_START),
        (format!("{MIXED}lxc.mount.entry = banana\n"), NO_START),
        // Its init may mount what LXC does not.
        ("lxc.uts.name = bare\n".into(), ["?"; 4]),
        ("lxc.include = /nope/x.conf\n".into(), ["?"; 4]),
        (
            "lxc.include = /usr/share/lxc/config/archlinux.common.conf\n\
                lxc.apparmor.allow_nesting = 1\n"
                .into(),
            ["uid-map", "uid-map", "ok", "ok"],
        ),
        (
            "lxc.include = /usr/share/lxc/config/alpine.common.conf\n\
                lxc.apparmor.allow_nesting = 1\n"
                .into(),
            OPEN,
        ),
    ];
    for (text, expected) in table {
        assert_eq!(says(text), *expected, "{text}");
    }
}

/// What hides something may be done by a hook, what shows it by a file that is not read.
#[test]
fn what_is_not_known_of_proc() {
    let open = "lxc.mount.auto = proc:rw\nlxc.autodev = 0\n";
    for more in [
        "lxc.hook.mount = /usr/share/lxcfs/lxc.mount.hook\n",
        "lxc.include = /usr/share/lxc/config/common.conf.d/\n",
        "lxc.mount.fstab = /var/lib/lxc/web/fstab\n",
        "lxc.mount.entry = /proc host none bind,create=dir 0 0\n",
    ] {
        assert_eq!(says(&format!("{open}{more}"))[0], "?", "{more}");
    }
    assert_eq!(says(&format!("{NESTED}lxc.hook.mount = /x\n")), OPEN);
}

/// LXC 5.0.2 started none; whether others do is not known.
#[test]
fn a_map_that_is_cleared_and_set_again() {
    let obstacles = |text: &str| container(text).settings.obstacles;
    let again = format!("{MIXED}{MAP}lxc.idmap =\n{MAP}");
    assert!(matches!(obstacles(&again).as_slice(), [one] if !one.value.is_sure));
    assert!(obstacles(&format!("{MIXED}{MAP}lxc.idmap =\n")).is_empty());
    assert!(obstacles(&format!("{MIXED}lxc.idmap =\n{MAP}")).is_empty());
}

/// LXC 5.0.2 started none where something was to be mounted on what was not there.
#[test]
fn what_is_mounted_before_there_is_a_procfs() {
    let over = "lxc.mount.entry = /dev/null proc/uptime none bind 0 0\n";
    let procfs = "lxc.mount.entry = proc proc proc nodev 0 0\n";
    let may_not = |text: String| !container(&text).settings.obstacles.is_empty();
    assert!(may_not(format!("{over}{procfs}")));
    assert!(!may_not(format!("{procfs}{over}")) && !may_not(format!("{MIXED}{over}{procfs}")));
    let optional = over.replace("bind", "bind,optional");
    assert!(!may_not(format!("{optional}{procfs}")));
}

#[test]
fn settings_have_the_place_of_their_line() {
    let text = format!(
        "# web\nlxc.uts.name = site\n{NESTED}{MAP}lxc.cap.drop = sys_time mknod\n\
            lxc.init.uid = 7\nlxc.init.gid = 8\nlxc.init.cmd = /usr/bin/unshare -Ur true\n\
            lxc.environment = A=b\nlxc.environment = HOME\nlxc.no_new_privs = 1\n\
            lxc.prlimit.nproc = 100:200\nlxc.selinux.context = u:r:container_t:s0\n\
            lxc.seccomp.profile = own\n"
    );
    let Container { name, settings, engine, place, .. } = container(&text);
    assert_eq!((name.as_str(), engine, place.line), ("site", Engine::Lxc, 1));
    assert_eq!(
        settings.masks.as_ref().map(|at| (&at.value, at.place.line)),
        Some((&Masks::Beside, 4))
    );
    assert_eq!(
        settings.userns.as_ref().map(|at| (&at.value, at.place.line)),
        Some((&Userns::Own, 6))
    );
    assert_eq!(
        (settings.cap_drop[1].value.as_str(), settings.cap_drop[1].place.line),
        ("MKNOD", 8)
    );
    assert_eq!(settings.user.as_ref().unwrap().value, User::Ids { uid: 7, gid: Some(8) });
    assert_eq!(settings.command[0].value, "/usr/bin/unshare -Ur true");
    let values: Vec<Option<&str>> =
        settings.env.iter().map(|(_, value)| value.as_deref()).collect();
    assert_eq!(values, [Some("b"), None]);
    assert_eq!((settings.no_new_privs.unwrap().value, settings.nproc.unwrap().value), (true, 100));
    assert_eq!(settings.seccomp.unwrap().value, Profile::Named("own".into(), None));
    // Without a name of its own it has that of its directory.
    assert_eq!(container("lxc.rootfs.path = dir:/x\n").name, "web");
    let by_file = deployment("web.conf", "lxc.rootfs.path = dir:/x\n").unwrap();
    assert_eq!(by_file.containers[0].name, "web");
}

/// Hosts that have AppArmor: what the profiles say that LXC and Proxmox come with.
#[test]
fn under_apparmor() {
    let mut host = healthy();
    host.lsm.list = Fact::known(vec!["apparmor".into()], "test");
    host.lsm.apparmor = Fact::known(true, "test");
    let said = |text: &str| says_on(&host, &container(text), A);
    // lxc-container-default-cgns lets no mount be made private.
    assert_eq!(said(NESTED), "propagation");
    assert_eq!(said(&format!("{NESTED}lxc.apparmor.profile = unconfined\n")), "ok");
    assert_eq!(said(&format!("{NESTED}lxc.apparmor.profile = mine\n")), "?");
    assert_eq!(said(&format!("{NESTED}lxc.apparmor.profile = unchanged\n")), "?");
    // It has no rule for user namespaces.
    let made = format!("{NESTED}lxc.apparmor.profile = generated\n");
    assert_eq!(said(&made), "?");
    assert_eq!(said(&format!("{made}lxc.apparmor.raw = userns,\n")), "ok");
    assert_eq!(said(&format!("{COMMON}lxc.include = /usr/share/lxc/config/nesting.conf\n")), "?");
    for (features, expected) in
        [("nesting=1", "ok"), ("nesting=0", "mount-proc"), ("fuse=1", "mount-proc")]
    {
        assert_eq!(said(&proxmox(&format!("features: {features}\n"))), expected, "{features}");
    }
}

/// A container of Proxmox with more lines.
fn proxmox(more: &str) -> String {
    format!(
        "#a note%3A with words\narch: amd64\ncores: 2\nhostname: web\nmemory: 512\n\
            net0: name=eth0,bridge=vmbr0,ip=dhcp,type=veth\nostype: debian\n\
            rootfs: local-lvm:vm-101-disk-0,size=8G\nswap: 512\n{more}"
    )
}

#[test]
fn containers_of_proxmox() {
    let read = deployment("/etc/pve/lxc/101.conf", &proxmox("unprivileged: 1\n")).unwrap();
    assert_eq!((read.dialect.id, read.containers[0].name.as_str()), ("proxmox", "web"));
    let settings = &read.containers[0].settings;
    assert_eq!(
        settings.userns.as_ref().map(|at| (&at.value, at.place.line)),
        Some((&Userns::Own, 10))
    );
    let caps = |more: &str| {
        crate::deploy::defaults::bounding(Runtime::Lxc, &container(&proxmox(more)).settings)
    };
    // common.conf drops it, and userns.conf takes that back.
    assert!(!caps("").has(16) && caps("unprivileged: 1\n").has(16), "SYS_MODULE");
    let table: &[(&str, [&str; 4])] = &[
        ("", MASKED),
        ("unprivileged: 1\n", MASKED),
        ("features: nesting=1\n", OPEN),
        ("unprivileged: 1\nfeatures: keyctl=1,nesting=1\n", OPEN),
        ("features: nesting=on\n", OPEN),
        ("features: nesting=0\n", MASKED),
        ("features: nesting=1\nfeatures: fuse=1\n", MASKED),
        // Proxmox passes over features where the file names a profile.
        ("features: nesting=1\nlxc.apparmor.profile: unconfined\n", MASKED),
        ("lxc.apparmor.profile: unconfined\nlxc.apparmor.allow_nesting = 1\n", OPEN),
        ("features: nesting=1\nlxc.cap.drop: setfcap\n", ["uid-map", "uid-map", "ok", "ok"]),
        ("features: nesting=1\nlxc.idmap: u 0 100000 65536\nlxc.idmap: g 0 100000 65536\n", OPEN),
        // What waits, and what was, is not in force.
        ("\n[pve:pending]\nfeatures: nesting=1\n", MASKED),
        ("\n[before]\nfeatures: nesting=1\nsnaptime: 1700000000\n", MASKED),
    ];
    for (more, expected) in table {
        assert_eq!(says(&proxmox(more)), *expected, "{more}");
    }
    let number = proxmox("").replace("hostname: web\n", "");
    assert_eq!(deployment("lxc/101.conf", &number).unwrap().containers[0].name, "CT101");
    for bad in ["features: nesting=perhaps\n", "unprivileged: 2\n"] {
        let why = deployment("lxc/101.conf", &proxmox(bad)).unwrap_err();
        assert_eq!(why.place.map(|place| place.line), Some(10), "{bad}");
    }
}

/// pve-userns.seccomp: no keyrings for who is unprivileged, without `keyctl`.
#[test]
fn keyrings_in_containers_of_proxmox() {
    let filter = |more: &str| match container(&proxmox(more)).settings.seccomp.unwrap().value {
        Profile::Named(_, Some(text)) => text.contains("keyctl"),
        other => panic!("{other:?}"),
    };
    assert!(!filter("") && filter("unprivileged: 1\n"));
    assert!(!filter("unprivileged: 1\nfeatures: keyctl=1\n"));
}

#[test]
fn what_is_a_configuration() {
    let sure =
        |text: &str| (DIALECT.recognises)(&Candidate::new(Input { file: 0, path: "x.conf", text }));
    for text in [
        "lxc.uts.name=a\n",
        "# old\n\nlxc.utsname = a\nlxc.network.type = veth\n",
        &proxmox(""),
        &proxmox("\n[snap]\nsnaptime: 1\n"),
    ] {
        assert_eq!(sure(text), Sure::Yes, "{text}");
    }
    for text in [
        "",
        "# lxc.uts.name = a\n",
        "lxc.uts.name = a\nserver { }\n",
        // LXC's own defaults, and a virtual machine.
        "lxc.lxcpath = /srv/lxc\n",
        "ostype: l26\nscsi0: local:vm-1-disk-0\narch: x86_64\n",
        "rootfs: x\nservices:\n  a:\n    image: b\n",
        // Others that have these words.
        "rootfs: overlay\narch: amd64\nname: x\n",
        "rootfs: https://example.org/a.tar\narch: amd64\n",
        "#!/bin/sh\nlxc.uts.name = a\n",
    ] {
        assert_eq!(sure(text), Sure::No, "{text}");
    }
    let why = deployment("config", "lxc.uts.name = a\nlxc.mount.auto proc\n").unwrap_err();
    assert_eq!(why.place.map(|place| place.line), Some(2));
}

#[test]
fn profiles_are_known_by_their_keys() {
    for text in [
        "config:\n  security.nesting: 'true'\ndescription: ''\n",
        "config:\n  limits.cpu: '2'\n  cluster.evacuate: auto\ndevices: {}\nname: p\nused_by: []\n",
        "config:\n  ubuntu_pro.guest_attach: 'on'\n  raw.lxc: lxc.apparmor.profile=unconfined\n",
    ] {
        let candidate = Candidate::new(Input { file: 0, path: "x.yaml", text });
        assert_eq!((DIALECT.recognises)(&candidate), Sure::Yes, "{text}");
    }
    for rootfs in ["/dev/vg/x,size=8G", "volume=local:101/x.raw,size=8G", "ceph-1:vm-1-disk-0"] {
        let text = format!("arch: amd64\nrootfs: {rootfs}\n");
        let candidate = Candidate::new(Input { file: 0, path: "101.conf", text: &text });
        assert_eq!((DIALECT.recognises)(&candidate), Sure::Yes, "{text}");
    }
}

/// Files that include others many times over: ten to the power of twelve.
#[test]
fn includes_are_bounded() {
    struct Chain;
    impl crate::deploy::read::Surroundings for Chain {
        fn open(&mut self, path: &str, _: u32) -> Result<(u32, String), String> {
            let depth: u32 = path.parse().unwrap();
            let next = format!("lxc.include = {}\n", depth + 1).repeat(10);
            Ok((depth, if depth < 12 { next } else { "lxc.no_new_privs = 1\n".to_owned() }))
        }
    }
    let text = "lxc.uts.name = a\nlxc.include = 1\n";
    let candidate = Candidate::new(Input { file: 0, path: "config", text });
    let read = (DIALECT.read)(&candidate, &mut Chain).unwrap();
    let settings = &read.containers[0].settings;
    // Twelve files in a row are none that include one another.
    assert!(settings.obstacles.is_empty() && settings.no_new_privs.is_some());
    assert!(settings.doubt(Setting::Runtime).is_some());
}

/// Files that nobody wrote.
#[test]
fn hostile_files() {
    let many = "lxc.idmap = u 18446744073709551615 0 18446744073709551615\n".repeat(2000);
    let deep = "lxc.cap.drop = ".to_owned() + &"setfcap ".repeat(20_000);
    for text in [
        many.as_str(),
        &deep,
        "lxc.uts.name = \u{202e}\u{0}\n",
        "lxc.uts.name = \"\n",
        "lxc.idmap = u -1 0 1\nlxc.init.uid = 99999999999999999999\n",
        "lxc.net =\n\u{feff}",
    ] {
        let candidate = Candidate::new(Input { file: 0, path: "config", text });
        if (DIALECT.recognises)(&candidate) == Sure::Yes {
            let _ = (DIALECT.read)(&candidate, &mut Nothing);
        }
    }
}

/// A file that is edited says afterwards what was asked for, and nothing else of it has changed.
fn edited(text: &str, changes: &[Change]) -> String {
    changed(text, &container(text), changes).unwrap_or_else(|why| panic!("{why}\n{text}"))
}

#[test]
fn edits_of_a_configuration() {
    let nesting = [Change::Masks(Masks::Beside)];
    let before = "# web\nlxc.uts.name = a\n\nlxc.mount.auto = proc:mixed   \n# end\n";
    let after = "# web\nlxc.uts.name = a\n\nlxc.mount.auto = proc:mixed   \n\
        lxc.apparmor.allow_nesting = 1\n\
        lxc.mount.entry = proc dev/.lxc/proc proc create=dir,optional 0 0\n# end\n";
    assert_eq!(edited(before, &nesting), after);
    assert_eq!(says(after), OPEN);
    // In the place of what says otherwise, and with the file's own ends of lines.
    let before = "lxc.mount.auto = proc\r\nlxc.apparmor.allow_nesting=0\r\nlxc.uts.name = a";
    let after = "lxc.mount.auto = proc\r\nlxc.apparmor.allow_nesting=1\r\nlxc.uts.name = a\r\n\
        lxc.mount.entry = proc dev/.lxc/proc proc create=dir,optional 0 0";
    assert_eq!(edited(before, &nesting), after);
    assert_eq!(says(after), OPEN);
    let keep = [Change::KeepCapability(Caps::SETFCAP)];
    let before = format!("{NESTED}lxc.cap.drop = sys_time setfcap mknod\nlxc.cap.drop=31\n");
    assert_eq!(edited(&before, &keep), format!("{NESTED}lxc.cap.drop = sys_time mknod\n"));
    let add = [Change::AddCapability(Caps::SETFCAP)];
    let before = format!("{NESTED}lxc.cap.keep = sys_admin # no\n").replace(" # no", "");
    assert_eq!(edited(&before, &add), format!("{NESTED}lxc.cap.keep = sys_admin setfcap\n"));
    let open = [Change::Seccomp(Profile::Unconfined), Change::NoNewPrivs(false)];
    let before = "lxc.seccomp.profile = own\nlxc.no_new_privs = 1\n";
    assert_eq!(edited(before, &open), "lxc.seccomp.profile = \nlxc.no_new_privs = 0\n");
}

#[test]
fn edits_of_a_file_of_proxmox() {
    let nesting = [Change::Masks(Masks::Beside)];
    let snapshot = "\n[before]\nfeatures: nesting=0\n";
    let table = [
        ("", "features: nesting=1\n"),
        ("features: keyctl=1\n", "features: keyctl=1,nesting=1\n"),
        ("features: nesting=0,fuse=1\n", "features: fuse=1,nesting=1\n"),
        (
            "lxc.apparmor.profile: unconfined\n",
            "lxc.apparmor.profile: unconfined\nlxc.apparmor.allow_nesting: 1\n\
                lxc.mount.entry: proc dev/.lxc/proc proc create=dir,optional 0 0\n",
        ),
    ];
    for (before, after) in table {
        let (before, after) = (proxmox(before) + snapshot, proxmox(after) + snapshot);
        assert_eq!(edited(&before, &nesting), after);
        assert_eq!(says(&after), OPEN, "{after}");
    }
}

/// What LXC has no words for is said of nothing.
#[test]
fn what_cannot_be_written() {
    for change in [Change::Privileged(true), Change::OwnUserns, Change::Masks(Masks::None)] {
        assert!((DIALECT.spell)(Engine::Lxc, &[&change]).is_empty(), "{change:?}");
    }
    let text = "lxc.include = /usr/share/lxc/config/archlinux.common.conf\n";
    let container = container(text);
    assert!(changed(text, &container, &[Change::KeepCapability(Caps::SETFCAP)]).is_err());
    assert!(container.settings.doubt(Setting::Runtime).is_none());
}

fn instance(config: &str, more: &str) -> String {
    format!(
        "name: web\nconfig: # of web\n  boot.autostart: \"true\"\n{config}devices: {{}}\n{more}"
    )
}

#[test]
fn instances_of_incus() {
    let said = |config: &str, more: &str| says(&instance(config, more));
    let table: &[(&str, &str, [&str; 4])] = &[
        ("", "", MASKED),
        ("  security.nesting: \"true\"\n", "", OPEN),
        ("  security.nesting: \"1\"\n", "", OPEN),
        ("  security.nesting: \"false\"\n", "", MASKED),
        ("  security.privileged: \"true\"\n", "", MASKED),
        ("  security.privileged: \"true\"\n  security.nesting: \"true\"\n", "", OPEN),
        ("  security.nesting: \"true\"\n  raw.lxc: |\n    lxc.cap.drop = setfcap\n", "", {
            ["uid-map", "uid-map", "ok", "ok"]
        }),
        ("  security.nesting: \"true\"\n  raw.lxc: lxc.aa_profile = unconfined\n", "", NO_START),
        ("  security.nesting: \"true\"\n  security.syscalls.deny: unshare\n", "", ["?"; 4]),
        (
            "  security.nesting: \"true\"\n  security.idmap.size: \"1000\"\n",
            "",
            ["?", "?", "ok", "ok"],
        ),
        // A profile may set what the instance does not.
        ("", "profiles: [default]\n", ["?", "?", "?", "ok"]),
        ("", "profiles: []\n", MASKED),
        ("", "profiles: [default]\nexpanded_config: {security.nesting: \"true\"}\n", OPEN),
    ];
    for (config, more, expected) in table {
        assert_eq!(said(config, more), *expected, "{config}{more}");
    }
    let text = instance("  environment.A: b\n  limits.kernel.nproc: \"9\"\n", "");
    let read = deployment("web.yaml", &text).unwrap();
    assert_eq!((read.dialect.id, read.containers[0].name.as_str()), ("incus", "web"));
    let settings = &read.containers[0].settings;
    assert_eq!((settings.env[0].0.value.as_str(), settings.env[0].0.place.line), ("A", 4));
    assert!(settings.doubt(Setting::ProcessLimit).is_some());
}

#[test]
fn what_is_an_instance() {
    let sure =
        |text: &str| (DIALECT.recognises)(&Candidate::new(Input { file: 0, path: "x.yaml", text }));
    assert_eq!(sure(&instance("", "profiles:\n- default\n")), Sure::Yes);
    for text in [
        "config:\n  core.https_address: '[::]'\n",
        "config: {}\ndevices: {}\n",
        &instance("", "type: virtual-machine\n"),
        &instance("", "services: {}\n"),
        "config:\n  a: b\nname: x\n",
        "config:\n  boot.timeout: 5\n",
        "config:\n  security.enabled: 'true'\n  limits.cpu: '2'\ndescription: an app\n",
        "config:\n  user.email: a@b\nname: x\ntype: application\n",
        "config:\n  raw.lxc: a\n  image.tag: b\n  log.level: c\n",
        // A volume and a project of Incus.
        "config:\n  security.shifted: 'true'\n  user.x: y\nname: v\ntype: custom\nused_by: []\n",
        "config:\n  features.images: 'true'\n  limits.instances: '3'\nname: p\nused_by: []\n",
        "- config:\n    security.nesting: 'true'\n",
    ] {
        assert_eq!(sure(text), Sure::No, "{text}");
    }
}

#[test]
fn edits_of_an_instance() {
    let nesting = [Change::Masks(Masks::Beside)];
    let before = instance("  security.nesting: \"false\" # why\n", "");
    let after = instance("  security.nesting: \"true\" # why\n", "");
    assert_eq!(edited(&before, &nesting), after);
    let before = instance("", "");
    let after = instance("  security.nesting: \"true\"\n", "");
    assert_eq!(edited(&before, &nesting), after);
    assert_eq!(says(&after), OPEN);
}

#[test]
fn nesting_that_is_not_had() {
    let found = |path: &str, text: &str| {
        let found = deployment(path, text).unwrap().findings;
        found.first().map(|found| (found.info.id, found.place.unwrap().line))
    };
    let said = Some("nesting-without-effect");
    let config = format!("{MIXED}lxc.apparmor.allow_nesting = 1\n");
    assert_eq!(found("config", &config), said.map(|id| (id, 2)));
    assert_eq!(found("config", NESTED), None);
    assert_eq!(found("config", &config.replace("= 1", "= 0")), None);
    let profile = "features: nesting=1\nlxc.apparmor.profile: unconfined\n";
    assert_eq!(found("1.conf", &proxmox(profile)), said.map(|id| (id, 10)));
    let both = format!("{profile}lxc.apparmor.allow_nesting: 1\n");
    assert_eq!(found("1.conf", &proxmox(&both)), None);
    assert_eq!(found("1.conf", &proxmox("features: nesting=1\n")), None);
}
