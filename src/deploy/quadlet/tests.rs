use std::collections::HashMap;

use super::*;
use crate::deploy::container::{Container, Engine};
use crate::deploy::dialect::Candidate;
use crate::deploy::place::{BadInput, FileId};
use crate::deploy::read::{Deployment, Input, Surroundings};
use crate::deploy::setting::{Change, Label, Masks, Profile, Setting, User, Userns};
use crate::deploy::tests::{SYS_ADMIN, UNCONFINED, changed};

/// Files beside the unit, by name.
#[derive(Default)]
struct Beside(HashMap<&'static str, &'static str>);

impl Surroundings for Beside {
    fn open(&mut self, path: &str, _: FileId) -> Result<(FileId, String), String> {
        let text = self.0.get(path).ok_or("no such file")?;
        Ok((FileId::try_from(path.len()).unwrap(), (*text).to_owned()))
    }

    fn variable(&self, name: &str) -> Option<String> {
        panic!("a service has no variable {name} of whoever deploys")
    }
}

fn read_with(
    path: &str,
    text: &str,
    files: &[(&'static str, &'static str)],
) -> Result<Deployment, BadInput> {
    let candidate = Candidate::new(Input { file: 0, path, text });
    assert_eq!(candidate.dialect().map(|(dialect, _)| dialect), Some(&DIALECT), "{text}");
    (DIALECT.read)(&candidate, &mut Beside(files.iter().copied().collect()))
}

/// The container of a unit with these lines in its section, and the findings.
fn container(lines: &str) -> (Container, Vec<String>) {
    let text = format!("[Unit]\nDescription=x\n[Container]\nImage=img\n{lines}\n");
    let read = read_with("w.container", &text, &[]).unwrap();
    let found = read.findings.iter().map(|finding| finding.title.clone()).collect();
    (read.containers.into_iter().next().unwrap(), found)
}

fn value<T: Clone>(setting: &Option<crate::deploy::At<T>>) -> Option<T> {
    setting.as_ref().map(|at| at.value.clone())
}

/// As podman-systemd.unit(5) has it, "Referencing other template Quadlets".
#[test]
fn volumes_of_other_units() {
    for (line, refused) in [
        ("Volume=data@.volume:/mnt", false),
        ("Volume=data.volume:/mnt", false),
        ("Volume=/srv/a@b.volume:/mnt", false),
        ("Volume=da@ta:/mnt", true),
    ] {
        assert_eq!(!container(line).0.settings.obstacles.is_empty(), refused, "{line}");
    }
}

/// As podman 5.8.6 answered to the line that its generator made of the unit.
#[test]
fn what_podman_refuses_of_a_line() {
    for (taken, refused) in [
        ("AddDevice=/dev/null /dev/zero", "AddDevice=/dev/null:/dev/x:banana"),
        ("AddHost=a:1.1.1.1", "AddHost=a=1.1.1.1"),
        ("Annotation=a=b c=d", "Annotation=a=b c"),
        ("CgroupsMode=enabled", "CgroupsMode=banana"),
        ("ContainerName=a-%i b", "ContainerName=a b"),
        ("DNS=none", "DNS=banana"),
        ("DNS=\"1.1.1.1\"", "DNS=1.1.1"),
        ("DNSSearch=.", "DNSSearch=a b"),
        ("ExposeHostPort=80-90", "ExposeHostPort=90-80"),
        ("HealthCmd=true\nHealthInterval=5s", "HealthCmd=true\nHealthInterval=5"),
        ("HealthOnFailure=kill", "HealthOnFailure=banana"),
        ("HealthStartupRetries=3", "HealthStartupRetries=-1"),
        (
            "HostName=a_b",
            "HostName=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ),
        ("IP=10.88.1.2", "IP=banana"),
        ("IP6=", "IP6=10.88.1.300"),
        ("Label=a", "Label==b"),
        ("LogDriver=k8s-file", "LogDriver=banana"),
        ("LogOpt=a=b c=d", "LogOpt=a=b c"),
        ("Memory=64m", "Memory=banana"),
        ("Mount=type=tmpfs,dst=/x type=tmpfs,dst=/y", "Mount=type=tmpfs,dst=/x type=tmpfs,dst=/x"),
        ("Mount=type=bind,src=/tmp,dst=/x", "Mount=type=bind,src=/tmp,dst=x"),
        ("Network=bridge:ip=10.88.9.9", "Network=bridge:ip=banana"),
        ("PublishPort=8080:80", "PublishPort=80:banana"),
        ("Pull=Never", "Pull=banana"),
        ("Retry=3", "Retry=-1"),
        ("RetryDelay=5s", "RetryDelay=5"),
        ("Secret=a,type=env", "Secret=a,x=y"),
        ("StopSignal=64", "StopSignal=65"),
        ("StopTimeout=0", "StopTimeout=-1"),
        ("Sysctl=\"net.ipv4.ping_group_range=0 1\"", "Sysctl=banana"),
        ("Tmpfs=/x:U", "Tmpfs=/x:uid=0"),
        ("Tmpfs=/x\nVolume=/tmp:/y", "Tmpfs=/x\nVolume=/tmp:/x"),
        ("Ulimit=host", "Ulimit=banana=1"),
        ("Volume=:/x", "Volume=/tmp:x"),
        ("Volume=/tmp:/x:ro,z", "Volume=/tmp:/x:ro,rw"),
    ] {
        let refuses = |lines| !container(lines).0.settings.obstacles.is_empty();
        let sysctls = |lines| !container(lines).0.settings.refused_sysctls.is_empty();
        assert!(!refuses(taken) && !sysctls(taken), "{taken}");
        assert!(refuses(refused) || sysctls(refused), "{refused}");
    }
}

#[test]
fn which_files_are_units() {
    let is = |path: &str, text: &str| recognises(path, text);
    assert!(is("a/w.container", "Image=img"));
    assert!(is("-", "# c\n[Unit]\nA=b\n[Container]\nImage=x\n") && is("w.txt", "[Kube]\nYaml=a"));
    assert!(is("p.pod", "[Pod]\n") && is("v.volume", "; c\n[Volume]\n"));
    // Units of systemd alone, other files with these endings, and what only mentions a section.
    assert!(!is("w.service", "[Unit]\n[Service]\nExecStart=podman run img\n"));
    assert!(!is("manual.pod", "=head1 NAME\n") && !is("x.image", "\u{1}\u{2}"));
    assert!(!is("README.md", "# Unit\n```ini\n[Container]\nImage=x\n```\n"));
    assert!(!is("c.yaml", "services:\n  a: [Container]\n"));
}

/// Each key as `podman run` with its option: podman `test/e2e/quadlet/*.container`.
#[test]
fn each_key() {
    let of = |lines: &str| container(lines).0.settings;
    let s = of("SeccompProfile=unconfined\nNoNewPrivileges=YES\nReadOnly=1\nPidsLimit=100\n\
        SecurityLabelDisable=true\nUlimit=nofile=1:2\nUlimit=nproc=5:6\nNetwork=host\nAppArmor=mine");
    assert_eq!(value(&s.seccomp), Some(Profile::Unconfined));
    assert_eq!((value(&s.no_new_privs), value(&s.read_only)), (Some(true), Some(true)));
    assert_eq!((value(&s.pids_limit), value(&s.nproc)), (Some(100), Some(5)));
    assert_eq!(value(&s.selinux), Some(Label::Disabled));
    assert_eq!((value(&s.host_network), value(&s.image)), (Some(true), Some("img".into())));
    assert_eq!(value(&s.apparmor), Some(Profile::Named("mine".into(), None)));

    let s = of("NoNewPrivileges=on\nNoNewPrivileges=false\nSecurityLabelType=spc_t\nReadOnly=off");
    assert_eq!((value(&s.no_new_privs), value(&s.read_only)), (None, Some(false)));
    assert_eq!(value(&s.selinux), Some(Label::Type("spc_t".into())));

    let names = |list: &[crate::deploy::At<String>]| {
        list.iter().map(|name| name.value.clone()).collect::<Vec<_>>()
    };
    let s = of("AddCapability=CHOWN\nAddCapability=\nAddCapability=sys_admin CAP_KILL\n\
        DropCapability=all");
    assert_eq!(
        (names(&s.cap_add), names(&s.cap_drop)),
        (vec!["sys_admin".into(), "CAP_KILL".into()], vec!["all".into()])
    );

    let user = |lines: &str| value(&of(lines).user);
    assert_eq!(user("User=1000"), Some(User::Ids { uid: 1000, gid: None }));
    assert_eq!(user("User=0\nGroup=5"), Some(User::Ids { uid: 0, gid: Some(5) }));
    assert_eq!(user("User=worker\nGroup=worker"), Some(User::Named("worker".into())));

    let userns = |lines: &str| value(&of(lines).userns);
    assert_eq!(userns("UserNS=auto:size=10"), Some(Userns::Own));
    assert_eq!(userns("UserNS=host"), Some(Userns::Host));
    assert_eq!(userns("UserNS=keep-id:uid=1"), Some(Userns::Other("keep-id:uid=1".into())));
    assert_eq!(userns("UIDMap=0:1:2 3:4:5\nGIDMap=0:1:2"), Some(Userns::Own));
    assert_eq!(userns("SubUIDMap=containers"), Some(Userns::Own));
    assert_eq!(userns("RemapUsers=auto\nRemapUidSize=9"), Some(Userns::Own));
    assert_eq!(userns("RemapUsers=manual\nRemapUid=0:1:2"), Some(Userns::Own));
    assert_eq!(userns("RemapUsers=keep-id"), Some(Userns::Other("keep-id".into())));

    let masks = |lines: &str| value(&of(lines).masks);
    assert_eq!(masks("Unmask=ALL"), Some(Masks::None));
    assert_eq!(
        masks("Unmask=/proc/a:/proc/b"),
        Some(Masks::Without(vec!["/proc/a".into(), "/proc/b".into()]))
    );
    assert_eq!(masks("Mask=/proc/sys/foo"), Some(Masks::And(vec!["/proc/sys/foo".into()])));

    let s = of("Entrypoint=/init\nExec=sh -c \"unshare -U true\" a\\x20b 100%%");
    assert_eq!(names(&s.command), ["/init", "sh", "-c", "unshare -U true", "a b", "100%"]);
}

#[test]
fn variables() {
    let (container, _) = container(
        "Environment=A=1 \"B=two words\" 'C=it is' D\nEnvironment=A=2 E=100%% F=$$x G=${H} I=%i",
    );
    let variable = |name: &str| container.settings.variable(name).map(str::to_owned);
    let expected = [
        ("A", Some("2")),
        ("B", Some("two words")),
        ("C", Some("it is")),
        ("D", None),
        ("E", Some("100%")),
        ("F", Some("$x")),
        ("G", None),
        ("I", None),
    ];
    for (name, value) in expected {
        assert_eq!(variable(name).as_deref(), value, "{name}");
    }
    let text = "[Container]\nImage=i\nEnvironment=A=1\nEnvironmentFile=./vars more\n";
    let read =
        read_with("w.container", text, &[("./vars", "A=0\nB=1 2\n# c\nC\n"), ("more", "B=3\n")]);
    let read = read.unwrap();
    let variable = |name: &str| read.containers[0].settings.variable(name);
    assert_eq!((variable("A"), variable("B"), variable("C")), (Some("1"), Some("3"), None));
}

#[test]
fn options_as_on_a_command_line_come_last() {
    let (container, found) = container(
        "PodmanArgs=--privileged -u 7:8 --security-opt=\"seccomp=unconfined\"\nUser=1\n\
         SeccompProfile=/p.json\nGlobalArgs=--log-level=debug\nPodmanArgs=--cap-add CHOWN,kill",
    );
    let settings = container.settings;
    assert_eq!(value(&settings.seccomp), Some(Profile::Unconfined));
    assert_eq!(value(&settings.user), Some(User::Ids { uid: 7, gid: Some(8) }));
    assert_eq!((settings.is_privileged(), settings.cap_add.len()), (true, 2));
    assert_eq!(settings.user.unwrap().place.line, 5);
    // The profile that does not count is not there.
    assert_eq!((settings.unknown.len(), found.len()), (0, 1));
}

#[test]
fn what_cannot_be_known_is_a_doubt() {
    let doubts = |lines: &str| {
        let settings = container(lines).0.settings;
        settings
            .unknown
            .iter()
            .map(|doubt| (doubt.value.about, doubt.place.line))
            .collect::<Vec<_>>()
    };
    assert_eq!(doubts("SeccompProfile=%h/p.json"), [(Setting::Seccomp, 5)]);
    assert_eq!(doubts("User=%U"), [(Setting::User, 5)]);
    assert_eq!(doubts("AddCapability=${CAPS}"), [(Setting::Capabilities, 5)]);
    assert_eq!(doubts("\nUserNS=%i"), [(Setting::Userns, 6)]);
    assert!(doubts("PodmanArgs=$OPTIONS --rm").contains(&(Setting::Privileged, 5)));
    // What does not decide leaves no doubt.
    assert_eq!(doubts("HostName=%H\nVolume=%h:/x\nExec=echo %n"), []);
    assert_eq!(doubts("Pod=p.pod"), [(Setting::Userns, 5)]);
}

#[test]
fn the_container_is_the_units() {
    let text =
        "# c\n\n[Container]\nImage=docker.io/a\n[Service]\nLimitNPROC=1\nCapabilityBoundingSet=\n";
    let read = read_with("dir/my.worker.container", text, &[]).unwrap();
    let [container] = read.containers.as_slice() else { panic!() };
    assert_eq!((container.name.as_str(), container.engine), ("my.worker", Engine::Podman));
    assert_eq!((container.place.line, container.place.column), (3, 1));
    assert_eq!((container.settings.nproc.as_ref(), read.findings.len()), (None, 0));
    let named =
        read_with("w.container", &text.replace("[Service]", "ContainerName=n\n[Service]"), &[]);
    assert_eq!(named.unwrap().containers[0].name, "n");
    assert_eq!(read_with("-", text, &[]).unwrap().containers[0].name, "docker.io/a");
}

/// The words of the generator, podman `quadlet.go`.
#[test]
fn what_the_generator_refuses() {
    let refused = |text: &str| {
        let read = read_with("w.container", text, &[]).unwrap();
        let is_error = |f: &&crate::findings::Finding| {
            f.severity == crate::verdict::Severity::Error && f.container == Some(0)
        };
        let all = read.findings.iter().filter(is_error);
        all.map(|f| (f.title.clone(), f.place.unwrap().line)).collect::<Vec<_>>()
    };
    let one = |title: &str, line| vec![(title.to_owned(), line)];
    assert_eq!(
        refused("[Container]\nImage=a\nSecompProfile=x\n"),
        one("unsupported key 'SecompProfile' in group 'Container'", 3)
    );
    assert_eq!(
        refused("[Container]\nPrivileged=true\nImage=a"),
        one("unsupported key 'Privileged' in group 'Container'", 2)
    );
    assert_eq!(
        refused("[Quadlet]\nX=1\n[Container]\nImage=a"),
        one("unsupported key 'X' in group 'Quadlet'", 2)
    );
    assert_eq!(refused("\n[Container]\nExec=a\n"), one("no Image or Rootfs key specified", 2));
    assert_eq!(refused("[Container]\nImage=\"\""), one("no Image or Rootfs key specified", 1));
    assert_eq!(
        refused("[Container]\nImage=a\nRootfs=/b"),
        one("Image and Rootfs are specified together", 3)
    );
    assert_eq!(refused("[Container]\nImage=a\nGroup=1"), one("Group is set without User", 3));
    assert_eq!(
        refused("[Container]\nImage=a\nRemapUsers=some"),
        one("unsupported RemapUsers 'some'", 3)
    );
    assert_eq!(refused("[Container]\nImage=a\nUserNS=auto\nRemapUsers=auto").len(), 1);
    assert_eq!(refused("[Container]\nImage=a\nPod=mine").len(), 1);
    assert_eq!(
        refused("[Container]\nImage=a\n[Service]\nType=simple"),
        one("invalid Type 'simple' of the service", 4)
    );
    assert_eq!(
        refused("[Container]\nImage=a\nExposeHostPort=80/tcp\nExposeHostPort=80/sctp"),
        one("invalid port format '80/sctp'", 4)
    );
    assert_eq!(
        refused("[Container]\nImage=a\nMount=type=bind,dst=/x type=bind,src=/,dst=/y"),
        one("the mount has no source 'type=bind,dst=/x'", 3)
    );
    assert_eq!(refused("[Container]\nImage=a\nReloadCmd=a\nReloadSignal=HUP").len(), 1);
    assert_eq!(
        refused("[Container]\nRootfs=/b\n[X-Container]\nFoo=1\n[Service]\nType=oneshot"),
        []
    );
}

#[test]
fn bad_input_has_its_place() {
    let bad = |path: &str, text: &str| {
        let bad = read_with(path, text, &[]).unwrap_err();
        bad.place.map(|place| (place.line, place.column))
    };
    assert_eq!(bad("w.container", "Image=a\n"), Some((1, 1)));
    assert_eq!(bad("w.container", "[Container]\nImage=a\n  what\n"), Some((3, 3)));
    assert_eq!(bad("w.container", "[Container]\nImage=a\0\n"), Some((2, 8)));
    assert_eq!(bad("w.container", "[Unit]\nA=b\n"), None);
    // What podman itself would refuse.
    assert_eq!(
        bad("w.container", "[Container]\nImage=a\nAddCapability=CHOWN NOPE\n"),
        Some((3, 21))
    );
    assert_eq!(bad("w.container", "[Container]\nImage=a\nPidsLimit=many\n"), Some((3, 11)));
    assert_eq!(bad("w.container", "[Container]\nImage=a\nUlimit=nproc=9:1\n"), Some((3, 8)));
    let goes_on = "[Container]\nImage=a\nPodmanArgs=--rm \\\n --userns=mine\n";
    assert_eq!(bad("w.container", goes_on), Some((4, 2)));
    assert_eq!(bad("k.kube", "[Kube]\nYaml=gone.yaml\n"), Some((2, 6)));
    assert_eq!(bad("k.kube", "[Kube]\nNetwork=a\n"), Some((1, 1)));
}

#[test]
fn hostile_input_ends() {
    let long = "A".repeat(1 << 20);
    let many = "[Container]\nImage=i\n".to_owned() + &"AddCapability=CHOWN \\\n".repeat(20_000);
    for text in [
        format!("[Container]\nImage={long}\n{long}={long}\n"),
        "[Container]\n".repeat(50_000) + "Image=i",
        many,
        "[Container]\nImage=i\nExec=".to_owned() + &"\\x41 \"".repeat(50_000),
        "[Container]\nImage=%\nExec=$ ${ \\\n%".to_owned(),
        "[Container]\nImage=é\u{85}\u{a0}\nExec=\"é\\u00e9\u{2028}'".to_owned(),
    ] {
        let _ = read_with("w.container", &text, &[]);
    }
}

/// A pod's user namespace is that of its containers, and its options go before theirs.
#[test]
fn containers_of_a_pod() {
    let text = "[Container]\nImage=i\nPod=p.pod\nSeccompProfile=unconfined\n";
    let with = |pod: &'static str| {
        read_with("w.container", text, &[("p.pod", pod)]).unwrap().containers.remove(0).settings
    };
    let s = with("[Pod]\nUserNS=auto\nPodmanArgs=--security-opt apparmor=mine --infra-name x\n");
    assert_eq!(value(&s.userns), Some(Userns::Own));
    assert_eq!(s.userns.unwrap().place.file, 5, "in the file of the pod");
    assert_eq!(value(&s.apparmor), Some(Profile::Named("mine".into(), None)));
    assert_eq!((value(&s.seccomp), s.unknown.len()), (Some(Profile::Unconfined), 0));
    assert_eq!(with("[Pod]\nUserNS=%i\n").unknown.len(), 1);
    assert_eq!(with("broken").unknown.len(), 1);
    let alone = read_with("p.pod", "[Pod]\nUserNS=auto\n", &[]).unwrap();
    assert_eq!(
        (alone.containers.len(), alone.findings[0].title.as_str()),
        (0, "a .pod unit describes no container")
    );
    let volume = read_with("v.volume", "[Volume]\n", &[]).unwrap();
    assert_eq!(volume.findings[0].title, "a .volume unit describes no container");
}

#[test]
fn a_kube_unit_refers_to_its_manifest() {
    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - \
        name: c\n    image: i\n    securityContext: {seccompProfile: {type: Unconfined}, procMount: Unmasked}\n";
    let text = "[Kube]\nYaml=pod.yaml\nUserNS=auto\n";
    let read = read_with("k.kube", text, &[("pod.yaml", POD)]).unwrap();
    let [container] = read.containers.as_slice() else { panic!() };
    assert_eq!((container.name.as_str(), container.engine), ("c", Engine::Podman));
    assert_eq!((container.dialect.id, read.dialect.id), ("kubernetes", "quadlet"));
    assert_eq!((container.place.file, container.place.line), (8, 6));
    // podman takes no profile from the field, but the masks.
    assert_eq!(
        (value(&container.settings.seccomp), value(&container.settings.masks)),
        (None, Some(Masks::None))
    );
    assert_eq!(value(&container.settings.userns), Some(Userns::Own));
    let none = read_with("k.kube", text, &[("pod.yaml", "a: b\n")]).unwrap_err();
    assert_eq!(
        (none.message.as_str(), none.place.unwrap().line),
        ("pod.yaml: no manifest of Kubernetes", 2)
    );
}

fn edited(text: &str, changes: &[Change]) -> Result<String, String> {
    let container = read_with("w.container", text, &[]).unwrap().containers.remove(0);
    let after = changed(text, &container, changes)?;
    // What is written is a unit that podman takes, and asks for no change more.
    let again = read_with("w.container", &after, &[]).map_err(|bad| bad.message)?;
    assert!(again.findings.is_empty(), "{after}\n{:?}", again.findings);
    Ok(after)
}

const ROOT: Change = Change::User(User::Ids { uid: 0, gid: Some(0) });

#[test]
fn edits() {
    let table: &[(&str, &[Change], &str)] = &[
        (
            "[Container]\nImage=i\n",
            &[UNCONFINED],
            "[Container]\nImage=i\nSeccompProfile=unconfined\n",
        ),
        ("[Container]\nImage=i", &[UNCONFINED], "[Container]\nImage=i\nSeccompProfile=unconfined"),
        (
            "[Container]\r\nImage=i\r\n\r\n[Install]\r\nA=b\r\n",
            &[UNCONFINED, Change::Masks(Masks::None)],
            "[Container]\r\nImage=i\r\nSeccompProfile=unconfined\r\nUnmask=ALL\r\n\r\n[Install]\r\nA=b\r\n",
        ),
        (
            "# top\n[Container]\nSeccompProfile=/a \\\n  \n# why\nImage=i # no comment\n; end\n[Service]\n",
            &[Change::NoNewPrivs(false)],
            "# top\n[Container]\nSeccompProfile=/a \\\n  \n# why\nImage=i # no comment\nNoNewPrivileges=false\n; end\n[Service]\n",
        ),
        (
            "[Container]\nUser=1000\n# c\nGroup=5\nImage=i\n",
            &[ROOT],
            "[Container]\nUser=0\n# c\nGroup=0\nImage=i\n",
        ),
        (
            "[Container]\nUser=1\nUser=1000\nImage=i\n",
            &[ROOT],
            "[Container]\nUser=1\nUser=0\nImage=i\nGroup=0\n",
        ),
        (
            "[Container]\nImage=i\nDropCapability=CHOWN cap_sys_admin KILL\n",
            &[SYS_ADMIN],
            "[Container]\nImage=i\nDropCapability=CHOWN KILL\nAddCapability=SYS_ADMIN\n",
        ),
        (
            "[Container]\nDropCapability=sys_admin\nImage=i\nAddCapability=ALL\n",
            &[SYS_ADMIN],
            "[Container]\nImage=i\nAddCapability=ALL\n",
        ),
        (
            "[Container]\nImage=i\nDropCapability=\\\n SYS_ADMIN \\\n CHOWN\n",
            &[SYS_ADMIN],
            "[Container]\nImage=i\nDropCapability=\\\n CHOWN\nAddCapability=SYS_ADMIN\n",
        ),
        (
            "[Container]\nImage=i\nUlimit=nofile=1\nUlimit=nproc=1:2\n",
            &[Change::Nproc(9)],
            "[Container]\nImage=i\nUlimit=nofile=1\nUlimit=nproc=9\n",
        ),
        (
            "[Container]\nImage=i\nEnvironment=A=1 \"V=x y\" B=2\n",
            &[Change::Variable("V", "a \"b\" $c 5%".into())],
            "[Container]\nImage=i\nEnvironment=A=1 \"V=a \\\"b\\\" $$c 5%%\" B=2\n",
        ),
        (
            "[Container]\nImage=i\nPodmanArgs=--privileged=false\n",
            &[Change::Privileged(true)],
            "[Container]\nImage=i\nPodmanArgs=--privileged=false\nPodmanArgs=--privileged\n",
        ),
        (
            "[Container]\nImage=i\nPodmanArgs=--security-opt seccomp=/x\n",
            &[UNCONFINED],
            "[Container]\nImage=i\nPodmanArgs=--security-opt seccomp=/x\nPodmanArgs=--security-opt seccomp=unconfined\n",
        ),
        (
            "[Container]\nImage=i\n",
            &[Change::AppArmor(Profile::Unconfined), Change::OwnUserns, Change::PidsLimit(7)],
            "[Container]\nImage=i\nPodmanArgs=--security-opt apparmor=unconfined\nUserNS=auto\nPidsLimit=7\n",
        ),
    ];
    for (before, changes, after) in table {
        // A profile that is not there, which is said too, is not what this is about.
        if before.contains("/a ") || before.contains("/x") {
            let container = read_with("w.container", before, &[]).unwrap().containers.remove(0);
            assert_eq!(changed(before, &container, changes).as_deref(), Ok(*after));
        } else {
            assert_eq!(edited(before, changes).as_deref(), Ok(*after), "{before}");
        }
    }
}

#[test]
fn what_is_not_safe_is_refused() {
    for (text, change) in [
        ("[Container]\nImage=i\nPodmanArgs=$OPTIONS -t\n", UNCONFINED),
        ("[Container]\nImage=i\nPodmanArgs=--cap-drop SYS_ADMIN\n", SYS_ADMIN),
        ("[Container]\nImage=i\nPod=p.pod\n", Change::OwnUserns),
        ("[Container]\nImage=i\nPodmanArgs=-e V=1\n", Change::Variable("V", "2".into())),
        ("[Container]\nImage=i \\\n", UNCONFINED),
    ] {
        assert!(edited(text, std::slice::from_ref(&change)).is_err(), "{text}");
    }
}

/// Every change is spelled, and what is spelled is read as the change says.
#[test]
fn spelled_and_read() {
    let paths = || vec!["/proc/a".to_owned(), "/proc/b".to_owned()];
    let changes = [
        Change::Privileged(true),
        SYS_ADMIN,
        UNCONFINED,
        Change::AppArmor(Profile::Named("mine".into(), None)),
        Change::SeLinux(Label::Type("spc_t".into())),
        Change::Masks(Masks::Without(paths())),
        Change::NoNewPrivs(true),
        Change::User(User::Named("me".into())),
        Change::OwnUserns,
        Change::Nproc(5),
        Change::PidsLimit(6),
        Change::Variable("V", "\\ 'a' \"b\"\t${c} %d".into()),
    ];
    for change in &changes {
        let mut wanted = container("").0.settings;
        wanted.apply(change, Default::default());
        let lines = spell::lines(Engine::Podman, &[change]).join("\n");
        let got = container(&lines).0.settings;
        let felt = |settings| {
            let (container, _) = container("");
            let container = Container { settings, ..container };
            (
                crate::deploy::simulate::Felt::of(
                    &container,
                    crate::deploy::Runtime::Podman,
                    &crate::facts::Facts::default(),
                ),
                container
                    .settings
                    .env
                    .iter()
                    .map(|(n, v)| (n.value.clone(), v.clone()))
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(felt(got), felt(wanted), "{lines}");
    }
}
