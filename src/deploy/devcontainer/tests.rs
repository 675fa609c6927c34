use super::*;
use crate::deploy::container::Container;
use crate::deploy::place::BadInput;
use crate::deploy::read::Input;
use crate::deploy::setting::{Change, Masks, Profile, Setting, User};
use crate::deploy::tests::{self, Beside, SYS_ADMIN, UNCONFINED};
use crate::facts::Caps;

fn read_beside(
    text: &str,
    files: &'static [(&'static str, &'static str)],
) -> Result<Container, BadInput> {
    let path = ".devcontainer/devcontainer.json";
    let candidate = Candidate::new(Input { file: 0, path, text });
    assert_eq!((DIALECT.recognises)(&candidate), Sure::Yes, "{text}");
    let mut containers = (DIALECT.read)(&candidate, &mut Beside(files))?.containers;
    assert_eq!(containers.len(), 1, "{text}");
    Ok(containers.remove(0))
}

fn container(text: &str) -> Container {
    read_beside(text, &[]).unwrap_or_else(|why| panic!("{why:?}\n{text}"))
}

fn user(container: &Container) -> Option<User> {
    container.settings.user.as_ref().map(|user| user.value.clone())
}

/// As code.visualstudio.com and containers.dev show such files.
const FULL: &str = "// For format details, see https://aka.ms/devcontainer.json.\n{\n\t\
    \"name\": \"C++\",\n\t\
    \"build\": {\n\t\t\"dockerfile\": \"Dockerfile\"\n\t},\n\n\t// Debuggers\n\t\"runArgs\": \
    [\"--cap-drop=SETFCAP\", \"--security-opt\", \"seccomp=unconfined\"],\n\n\t\"containerEnv\": \
    { \"A\": \"${localEnv:A}\" },\n\t\"capAdd\": [\"SYS_PTRACE\"], // one\n\n\t// \"remoteUser\": \
    \"root\"\n\t\"remoteUser\": \"vscode\", /* who works */\n}\n";

#[test]
fn the_keys() {
    let devcontainer = read_beside(FULL, &[("Dockerfile", "FROM debian:12\nUSER 5\n")]).unwrap();
    let settings = &devcontainer.settings;
    assert_eq!((devcontainer.name.as_str(), devcontainer.place.line), ("C++", 2));
    assert_eq!(user(&devcontainer), Some(User::Named("vscode".into())));
    let place = settings.user.as_ref().unwrap().place;
    assert_eq!((place.line, &FULL[place.start..place.end]), (15, "\"vscode\""));
    assert_eq!(settings.seccomp.as_ref().unwrap().value, Profile::Unconfined);
    assert_eq!(settings.cap_add[0].value, "SYS_PTRACE");
    assert_eq!(settings.cap_drop[0].value, "SETFCAP");
    assert_eq!(settings.env[0].1, None);
    assert!(settings.unknown.is_empty() && settings.image.is_none());
    for (text, is) in [
        ("{\"image\": \"x\", \"privileged\": true}", true),
        ("{\"image\": \"x\", \"privileged\": false, \"runArgs\": [\"--privileged\"]}", true),
        ("{\"dockerFile\": \"x\", \"runArgs\": [\"--init\"]}", false),
        ("{\"image\": \"x\", \"features\": {\"docker-in-docker\": {}}}", true),
        (
            "{\"image\": \"x\", \"features\": {\"ghcr.io/devcontainers/features/git:1\": \"os\"}}",
            false,
        ),
    ] {
        let container = read_beside(text, &[("x", "FROM x")]).unwrap();
        assert_eq!(container.settings.is_privileged(), is, "{text}");
        assert!(container.settings.unknown.is_empty(), "{text}");
    }
}

/// Whoever a Dockerfile that nobody read names as its user, it need not be root.
#[test]
fn the_user_of_a_dockerfile_that_is_not_read_is_doubted() {
    let files = &[("Empty", "# nothing\n"), ("D", "FROM x\n")];
    for (text, doubted) in [
        ("{\"build\": {\"dockerfile\": \"../gone\"}, \"privileged\": true}", true),
        ("{\"dockerFile\": \"gone\", \"privileged\": true}", true),
        ("{\"dockerFile\": \"Empty\"}", true),
        ("{\"build\": {\"dockerfile\": \"D\", \"target\": \"gone\"}}", true),
        ("{\"dockerFile\": \"D\"}", false),
        ("{\"dockerFile\": \"gone\", \"containerUser\": \"root\"}", false),
        ("{\"dockerFile\": \"gone\", \"remoteUser\": \"root\"}", false),
        ("{\"dockerFile\": \"gone\", \"runArgs\": [\"-u\", \"0\"]}", false),
    ] {
        let settings = read_beside(text, files).unwrap().settings;
        let doubt = settings.doubt(Setting::User);
        assert_eq!(doubt.is_some(), doubted, "{text}");
        assert!(doubt.is_none_or(|doubt| doubt.value.why.contains("Dockerfile")), "{doubt:?}");
    }
}

/// devcontainers/cli reads the label of the image that a Dockerfile is built upon, and of one that
/// was built before; whether that is so nobody says.
#[test]
fn what_the_label_of_a_dockerfile_asks_for_is_doubted() {
    for (label, doubted) in [
        ("devcontainer.metadata='[{\"privileged\": true}]'", Some(Setting::Privileged)),
        ("devcontainer.metadata='{\"capAdd\": [\"SYS_ADMIN\"]}'", Some(Setting::Capabilities)),
        (
            "a=b \"devcontainer.metadata\"=\"[{\\\"containerUser\\\": \\\"me\\\"}]\"",
            Some(Setting::User),
        ),
        ("devcontainer.metadata='[{\"securityOpt\": [\"seccomp=x\"]}]'", Some(Setting::Seccomp)),
        ("devcontainer.metadata=\"$X\"", Some(Setting::Privileged)),
        ("devcontainer.metadata='[{\"privileged\": false, \"init\": true}]'", None),
        ("devcontainer.metadata='not JSON'", None),
        ("other='[{\"privileged\": true}]'", None),
    ] {
        let text = format!("FROM debian\nLABEL {label}\n");
        let files: &'static [(&str, &str)] = vec![("D", &*text.leak())].leak();
        let settings = read_beside("{\"dockerFile\": \"D\"}", files).unwrap().settings;
        let first = settings.unknown.first().map(|doubt| doubt.value.about);
        assert_eq!(first, doubted, "{label}: {:?}", settings.unknown);
    }
}

/// The tools are started by `docker exec -u`, whoever the container itself is started as.
#[test]
fn who_works_in_it() {
    let ids = |uid| Some(User::Ids { uid, gid: None });
    let named = |name: &str| Some(User::Named(name.to_owned()));
    for (text, who) in [
        ("{\"image\": \"x\"}", None),
        ("{\"image\": \"x\", \"containerUser\": \"dev\"}", named("dev")),
        ("{\"image\": \"x\", \"containerUser\": \"dev\", \"remoteUser\": \"root\"}", ids(0)),
        ("{\"image\": \"x\", \"containerUser\": \"dev\", \"runArgs\": [\"-u\", \"7\"]}", ids(7)),
        ("{\"image\": \"mcr.microsoft.com/devcontainers/base:debian\"}", named("vscode")),
        ("{\"image\": \"mcr.microsoft.com/devcontainers/go:1\", \"remoteUser\": \"root\"}", ids(0)),
        ("{\"build\": {\"dockerfile\": \"D\"}}", named("app")),
        ("{\"build\": {\"dockerfile\": \"D\", \"target\": \"b\"}}", named("node")),
    ] {
        let files = &[(
            "D",
            "FROM mcr.microsoft.com/devcontainers/typescript-node:1 AS b\nFROM x\nUSER app\n",
        )];
        assert_eq!(user(&read_beside(text, files).unwrap()), who, "{text}");
    }
    let go = container("{\"image\": \"mcr.microsoft.com/devcontainers/go:1\"}");
    assert_eq!(go.settings.seccomp.unwrap().value, Profile::Unconfined);
}

#[test]
fn what_only_others_know_is_doubted() {
    let all = [Setting::Privileged, Setting::Capabilities, Setting::Seccomp, Setting::AppArmor];
    for (text, about) in [
        ("{\"image\": \"x\", \"features\": {\"ghcr.io/a/b/c:1\": {}}}", &all[..]),
        ("{\"image\": \"x\", \"features\": {\"./gone\": {}}}", &all),
        ("{\"image\": \"x\", \"features\": {\"./needs\": {}}}", &all),
        ("{\"image\": \"mcr.microsoft.com/vscode/devcontainers/go:0\"}", &all),
        ("{\"image\": \"${localEnv:IMAGE}\"}", &all),
        ("{\"image\": \"mcr.microsoft.com/vscode/devcontainers/go:0\"}", &[Setting::User]),
        ("{\"image\": \"x\", \"remoteUser\": \"${localEnv:USER}\"}", &[Setting::User]),
        (
            "{\"image\": \"x\", \"runArgs\": [\"--security-opt\", \
                \"seccomp=${localWorkspaceFolder}/s.json\"]}",
            &[Setting::Seccomp],
        ),
        ("{\"image\": \"x\", \"runArgs\": [\"${localEnv:ARGS}\"]}", &all),
        ("{\"image\": \"x\", \"runArgs\": [\"--init\", \"${localEnv:A}${localEnv:B}\"]}", &all),
    ] {
        let files =
            &[("./needs/devcontainer-feature.json", "{\"dependsOn\": {\"ghcr.io/a/b\": {}}}")];
        let container = read_beside(text, files).unwrap();
        for about in about {
            assert!(container.settings.doubt(*about).is_some(), "{text}: {about:?}");
        }
    }
    // The value of an option is no option.
    let text = "{\"image\": \"x\", \"runArgs\": [\"--name\", \"${localEnv:N}\", \"--privileged\"]}";
    let settings = container(text).settings;
    assert!(settings.is_privileged() && settings.unknown.is_empty());
    // An option after one that is not known still counts.
    let text = "{\"image\": \"x\", \"runArgs\": [\"${localEnv:A}\", \"--privileged\"]}";
    assert!(container(text).settings.is_privileged());
    // What is said for certain is not doubted.
    let text = "{\"image\": \"x\", \"privileged\": true, \"features\": {\"ghcr.io/a/b/c:1\": {}}, \
        \"securityOpt\": [\"seccomp=unconfined\"]}";
    let settings = container(text).settings;
    assert!(settings.doubt(Setting::Privileged).or(settings.doubt(Setting::Seccomp)).is_none());
}

#[test]
fn a_feature_beside_the_file_says_it_itself() {
    let text = "{\"image\": \"x\", \"features\": {\"./mine\": {}}}";
    let feature = "// c\n{\"id\": \"mine\", \"capAdd\": [\"SYS_ADMIN\"],}";
    let files: &'static [_] = Box::leak(Box::new([("./mine/devcontainer-feature.json", feature)]));
    let settings = read_beside(text, files).unwrap().settings;
    let capability = &settings.cap_add[0];
    assert_eq!((capability.value.as_str(), capability.place.file), ("SYS_ADMIN", 0));
    assert!(text[capability.place.start..].starts_with("\"./mine\""));
}

#[test]
fn a_service_of_compose() {
    let compose = "services:\n  db:\n    image: d\n    privileged: true\n  app:\n    build: .\n    \
        security_opt: [seccomp=unconfined, 'apparmor:a']\n    user: '7'\n";
    let files: &'static [_] = Box::leak(Box::new([("../compose.yaml", compose)]));
    let text = "{\"dockerComposeFile\": \"../compose.yaml\", \"service\": \"app\", \"capAdd\": \
        [\"SYS_ADMIN\"], \"securityOpt\": [\"apparmor=unconfined\"], \"runArgs\": \
        [\"--privileged\"]}";
    let app = read_beside(text, files).unwrap();
    assert_eq!(
        (app.name.as_str(), app.place.file, app.settings.is_privileged()),
        ("app", 0, false)
    );
    assert_eq!(user(&app), Some(User::Ids { uid: 7, gid: None }));
    assert_eq!(app.settings.cap_add[0].value, "SYS_ADMIN");
    assert_eq!(app.settings.seccomp.unwrap().place.file, 1);
    assert_eq!(app.settings.apparmor.unwrap().value, Profile::Unconfined);
    for (text, why) in [
        ("{\"dockerComposeFile\": \"gone.yaml\", \"service\": \"app\"}", "gone.yaml: not there"),
        ("{\"dockerComposeFile\": \"../compose.yaml\"}", "no service is named"),
        ("{\"dockerComposeFile\": [\"../compose.yaml\"], \"service\": \"x\"}", "no service \"x\""),
        ("{\"dockerComposeFile\": []}", "no compose file is named"),
    ] {
        let bad = read_beside(text, files).unwrap_err();
        assert!(bad.message.contains(why) && bad.place.is_some(), "{bad:?}");
    }
}

/// What is mounted over a part of /proc covers it, whoever mounts it (seen with devcontainers/cli
/// 0.89: no procfs can be mounted in such a container).
#[test]
fn what_is_mounted_over_proc_is_seen() {
    let feature = "{\"mounts\": [{\"type\": \"bind\", \"source\": \"/e\", \"target\": \
        \"/proc/stat\"}, \"type=bind,src=/e,dst=/x\"]}";
    let compose = "services:\n  a:\n    image: x\n    volumes: ['/e:/proc/stat:ro']\n";
    let files: &'static [_] =
        Box::leak(Box::new([("./mine/devcontainer-feature.json", feature), ("c.yaml", compose)]));
    let service = "{\"dockerComposeFile\": \"c.yaml\", \"service\": \"a\", ";
    for (keys, targets) in [
        ("\"mounts\": [\"source=/e,target=/proc/stat,type=bind\"]}", &["/proc/stat"][..]),
        ("\"mounts\": [\"type=bind,src=/e,dst=/x\", \"dst=/proc/a/../stat\"]}", &["/proc/stat"]),
        (
            "\"mounts\": [{\"source\": \"/e\", \"target\": \"/proc/stat\", \"type\": \"bind\"}]}",
            &["/proc/stat"],
        ),
        ("\"mounts\": [\"src=${localEnv:E},dst=/proc/stat,type=bind\"]}", &["/proc/stat"]),
        ("\"mounts\": [\"type=volume,target=/data\", \"${localEnv:M}\"]}", &[]),
        ("\"features\": {\"./mine\": {}}}", &["/proc/stat"]),
        // What is said last of a place counts.
        (
            "\"features\": {\"./mine\": {}}, \"mounts\": [\"src=/f,dst=/proc/stat,type=bind\"]}",
            &["/proc/stat"],
        ),
    ] {
        for start in ["{\"image\": \"x\", ", service] {
            let text = format!("{start}{keys}");
            let settings = read_beside(&text, files).unwrap().settings;
            let seen: Vec<_> = settings.over_proc.iter().map(|at| &*at.value.target).collect();
            let of_compose = (start == service).then_some("/proc/stat");
            let all = targets.iter().copied().chain(of_compose.filter(|_| targets.is_empty()));
            assert_eq!(seen, all.collect::<Vec<_>>(), "{text}");
            // What the file says, not the service.
            let first = settings.over_proc.first().filter(|_| !targets.is_empty());
            assert!(first.is_none_or(|at| at.place.file == 0 && !at.value.read_only), "{text}");
        }
    }
    let workspace = "\"workspaceMount\": \"source=/e,target=/proc/stat,type=bind\"}";
    let own = container(&format!("{{\"image\": \"x\", {workspace}")).settings;
    assert_eq!(own.over_proc[0].value.target, "/proc/stat");
    // Compose mounts what the service says.
    let place = read_beside(&format!("{service}{workspace}"), files).unwrap().settings.over_proc;
    assert_eq!((place.len(), place[0].place.file != 0), (1, true));
    container("{\"image\": \"x\", \"workspaceMount\": \"\"}");
}

#[test]
fn what_docker_does_not_mount_starts_nothing() {
    for (keys, why) in [
        ("\"mounts\": [\"/a:/b\"]", "no such part"),
        ("\"mounts\": [\"src=/a,dst=/b\"]", "the source is no name"),
        ("\"mounts\": [{\"source\": \"/a\", \"target\": \"/b\"}]", "the source is no name"),
        ("\"workspaceMount\": \"a:/b\"", "no such part"),
        (
            "\"workspaceMount\": \"src=a0,dst=/b\", \"mounts\": [\"src=b0,dst=/b\"]",
            "mounted there already",
        ),
    ] {
        let obstacles = container(&format!("{{\"image\": \"x\", {keys}}}")).settings.obstacles;
        assert!(obstacles.iter().any(|at| at.value.why.contains(why)), "{keys}: {obstacles:?}");
    }
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    let deep = format!("{{\"image\": \"x\", \"a\": {}", "[".repeat(5000));
    for (text, line, why) in [
        ("{\"image\": \"x\",\n\"privileged\": \"yes\"}", 2, "a string, not a boolean"),
        ("{\"image\": \"x\",\n\"runArgs\": \"--privileged\"}", 2, "not a list of strings"),
        ("{\"image\": \"x\",\n\"runArgs\": [7]}", 2, "a number, not a string"),
        (
            "{\"image\": \"x\",\n\"runArgs\": [\"--init\",\n\"--security-opt seccomp=unconfined\"]}",
            3,
            "make two strings of it",
        ),
        ("{\"image\": \"x\",\n\"runArgs\": [\"--rm -it\"]}", 2, "make two strings of it"),
        ("{\"image\": \"x\",\n\"runArgs\": [\"-it --rm\"]}", 2, "make two strings of it"),
        ("{\"image\": \"x\",\n\"runArgs\": [\"-u 1000\"]}", 2, "make two strings of it"),
        ("{\"image\": \"x\",\n\"capAdd\": {\"a\": 1}}", 2, "not a list"),
        ("{\"image\": \"x\",\n\"capAdd\": [\"SYS_ADMON\"]}", 2, "no capability"),
        ("{\"image\": \"x\",\n\"securityOpt\": [\"seccomp\"]}", 2, "a value is missing"),
        ("{\"image\": \"x\",\n\"features\": [\"go\"]}", 2, "not an object"),
        ("{\"image\": \"x\",\n\"mounts\": {}}", 2, "not a list"),
        ("{\"image\": \"x\",\n\"remoteUser\": 1e999}", 2, "a number, not a string"),
        ("{\n\"image\": {}}", 2, "not a string"),
        ("{\"image\": \"x\",\n\"privileged\": yes}", 2, "not JSON"),
        ("{\"image\": \"x\",\n'privileged': true}", 2, "not JSON"),
        ("{\"image\": \"x\",\n\"image\": \"y\"}", 2, "given twice"),
        ("{\n\"build\": {\"context\": \".\"}}", 2, "it starts no container"),
        ("[1]", 1, "not an object"),
        ("{\"image\": \"x\"\n", 2, ""),
        (deep.as_str(), 1, "recursion limit"),
    ] {
        let bad = read_beside(text, &[]).unwrap_err();
        assert_eq!(bad.place.map(|place| place.line), Some(line), "{bad:?}\n{text}");
        assert!(bad.message.contains(why), "{bad:?}\n{text}");
    }
}

/// A blank in a value is one of the value.
#[test]
fn values_may_have_blanks() {
    for args in [
        "\"--label=a b\"", "\"--label\", \"-a b\"", "\"-v/a b:/c\"", "\"-e A=b\"",
        "\"-e\", \"A=--b c\"", "\"--new=a b\"",
    ] {
        container(&format!("{{\"image\": \"x\", \"runArgs\": [{args}]}}"));
    }
}

#[test]
fn what_names_no_container_has_none() {
    let text = "{\"postAttachCommand\": \"true\"}";
    let candidate = Candidate::new(Input { file: 0, path: "devcontainer.json", text });
    assert_eq!((DIALECT.read)(&candidate, &mut Beside(&[])).unwrap().containers.len(), 0);
}

#[test]
fn what_is_none() {
    for text in ["{\"image\": \"x\"}", "image: x\nfeatures: {}\n", "{\"features\": {}}", "{}"] {
        assert_eq!(tests::recognised(&DIALECT, "x.json", text), Sure::No, "{text}");
    }
}

fn edited(text: &str, changes: &[Change]) -> Result<String, String> {
    let files = &[("Dockerfile", "FROM x"), ("c.yaml", "services: {a: {image: x}}")];
    tests::edited(text, changes, |text| {
        read_beside(text, files).unwrap_or_else(|why| panic!("{why:?}\n{text}"))
    })
}

#[test]
fn changes_are_written_and_the_rest_stays() {
    let all = [
        Change::Privileged(true),
        SYS_ADMIN,
        UNCONFINED,
        Change::AppArmor(Profile::Unconfined),
        Change::Masks(Masks::None),
        Change::NoNewPrivs(false),
        Change::User(User::Ids { uid: 0, gid: None }),
        Change::Nproc(1025),
        Change::PidsLimit(2048),
        Change::Variable("UNSHARE_ISOLATION_FLAGS", "--pid \"$X\"".into()),
    ];
    for text in [
        FULL,
        "{\"image\": \"x\"}",
        "{ // all\n  \"image\": \"x\" // last\n  /* end */\n}\n",
        "{\r\n  \"image\": \"x\", // crlf\r\n  \"capAdd\": [],\r\n  \
            \"securityOpt\": [ // none\r\n  ]\r\n}\r\n",
        "{\"image\": \"x\", \"runArgs\": [\"--pids-limit=5\", \"--ulimit\", \"nproc=5\", \
            \"--security-opt=apparmor=a\"], \"privileged\": false}",
    ] {
        for change in &all {
            edited(text, std::slice::from_ref(change))
                .unwrap_or_else(|why| panic!("{why}\n{text}"));
        }
        let result = edited(text, &all).unwrap();
        assert_eq!(result.matches("//").count(), text.matches("//").count(), "{result}");
        assert_eq!(result.matches("/*").count(), text.matches("/*").count(), "{result}");
        assert_eq!(result.contains('\r'), text.contains('\r'), "{result}");
    }
}

#[test]
fn the_formatting_is_kept() {
    let result = edited(FULL, &[SYS_ADMIN, UNCONFINED]).unwrap();
    assert_eq!(result, FULL.replace("[\"SYS_PTRACE\"]", "[\"SYS_PTRACE\", \"SYS_ADMIN\"]"));
    for (before, change, after) in [
        (
            "{\n\t\"image\": \"x\", // why\n\t\"remoteUser\": \"dev\" // who\n}\n",
            Change::Privileged(true),
            "{\n\t\"image\": \"x\", // why\n\t\"remoteUser\": \"dev\", // who\n\t\"privileged\": \
                true\n}\n",
        ),
        (
            "{\"image\": \"x\", \"runArgs\": [\"--security-opt\", \"seccomp=s.json\", \"--init\"]}",
            UNCONFINED,
            "{\"image\": \"x\", \"runArgs\": [\"--security-opt\", \"seccomp=unconfined\", \
                \"--init\"]}",
        ),
        (
            "{\"image\": \"x\", \"runArgs\": [\"--init\", \"--privileged\"]}",
            Change::Privileged(false),
            "{\"image\": \"x\", \"runArgs\": [\"--init\"], \"privileged\": false}",
        ),
        (
            "{\"image\": \"x\", \"runArgs\": [\"--cap-drop\", \"SETFCAP\", \"--init\"]}",
            Change::KeepCapability(Caps::SETFCAP),
            "{\"image\": \"x\", \"runArgs\": [\"--init\"]}",
        ),
    ] {
        assert_eq!(edited(before, &[change]).as_deref(), Ok(after));
    }
}

#[test]
fn what_the_file_cannot_say_is_refused() {
    let compose = "{\"dockerComposeFile\": \"c.yaml\", \"service\": \"a\"}";
    assert!(edited(compose, &[Change::PidsLimit(9)]).unwrap_err().contains("compose file"));
    assert!(edited(compose, &[SYS_ADMIN]).unwrap().contains("\"capAdd\": [\"SYS_ADMIN\"]"));
    assert!(edited("{\"image\": \"x\"}", &[Change::OwnUserns]).is_err());
    assert!(edited("{\"image\": \"x\"}", &[Change::KeepCapability(Caps::SETFCAP)]).is_err());
}

/// `remoteUser` has no group.
#[test]
fn a_user_is_written_without_a_group() {
    let user = |uid, gid| Change::User(User::Ids { uid, gid });
    for (change, written) in [
        (user(1000, Some(1000)), "\"1000\""),
        (user(1000, None), "\"1000\""),
        (user(0, Some(0)), "\"root\""),
        (Change::User(User::Named("dev".into())), "\"dev\""),
    ] {
        let lines = (DIALECT.spell)(crate::deploy::Engine::Docker, &[&change]);
        assert!(lines[0].starts_with(&format!("\"remoteUser\": {written} ")), "{lines:?}");
    }
}
