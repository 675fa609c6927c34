use super::*;
use crate::deploy::container::Container;
use crate::deploy::place::BadInput;
use crate::deploy::setting::{Change, Profile, User};
use crate::deploy::tests::{self, SYS_ADMIN};
use crate::facts::Caps;

fn read(text: &str) -> Result<Vec<Container>, BadInput> {
    tests::read(&DIALECT, "task.json", text)
}

fn containers(text: &str) -> Vec<Container> {
    read(text).unwrap_or_else(|why| panic!("{why:?}\n{text}"))
}

/// As the documentation of AWS shows them, "Example task definitions".
const FULL: &str = r#"{
    "family": "t",
    "requiresCompatibilities": ["EC2"],
    "pidMode": "host", "networkMode": "host",
    "containerDefinitions": [
        {
            "name": "a",
            "image": "alpine",
            "essential": true,
            "entryPoint": ["sh", "-c"],
            "command": ["unshare --pid true"],
            "user": "5:5",
            "privileged": false,
            "linuxParameters": {
                "capabilities": {"add": ["SYS_PTRACE"], "drop": ["SETFCAP", "MKNOD"]},
                "initProcessEnabled": true
            },
            "dockerSecurityOptions": ["no-new-privileges", "apparmor:mine"],
            "ulimits": [{"name": "nproc", "softLimit": 4, "hardLimit": 4096}],
            "environment": [{"name": "A", "value": "b"}],
            "systemControls": [{"namespace": "net.core.somaxconn", "value": "9"}]
        },
        {"name": "b", "image": "x", "privileged": true}
    ]
}
"#;

#[test]
fn the_keys() {
    let all = containers(FULL);
    let names: Vec<&str> = all.iter().map(|container| container.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let s = &all[0].settings;
    assert_eq!((all[0].place.line, all[1].place.line), (6, 23));
    assert_eq!(s.user.as_ref().unwrap().value, User::Ids { uid: 5, gid: Some(5) });
    assert_eq!((s.cap_add[0].value.as_str(), s.cap_add[0].place.line), ("SYS_PTRACE", 15));
    assert_eq!(s.apparmor.as_ref().unwrap().value, Profile::Named("mine".into(), None));
    assert!(s.no_new_privs.as_ref().unwrap().value && s.host_pid.as_ref().unwrap().value);
    assert_eq!((s.nproc.as_ref().unwrap().value, s.env.len(), s.command.len()), (4, 1, 3));
    assert_eq!(s.sysctls[0].value.name, "net.core.somaxconn");
    assert!(s.host_network.as_ref().unwrap().value);
    assert!(all[1].settings.is_privileged() && s.unknown.is_empty() && s.host.is_none());
    // The other shapes that such files have.
    let list = "[{\"name\": \"a\", \"image\": \"x\", \"essential\": true, \"privileged\": true}]";
    assert!(containers(list)[0].settings.is_privileged());
    let described = format!("{{\"taskDefinition\": {FULL}}}");
    assert_eq!(containers(&described).len(), 2);
}

#[test]
fn fargate_is_a_known_host() {
    for (compatible, host) in [
        ("[\"FARGATE\"]", Some("fargate")),
        ("[\"EC2\", \"FARGATE\"]", Some("fargate")),
        ("[]", None),
    ] {
        let text = FULL.replace("[\"EC2\"]", compatible);
        let known = containers(&text)[1].settings.host.as_ref().map(|host| host.value.clone());
        assert_eq!(known.as_deref(), host, "{compatible}");
    }
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    let task = |line: &str| {
        format!("{{\"containerDefinitions\": [{{\"name\": \"a\", \"image\": \"x\",\n{line}}}]}}")
    };
    for (text, why) in [
        (task("\"privileged\": \"yes\""), "a string, not a boolean"),
        (task("\"user\": 7"), "a number, not a string"),
        (task("\"linuxParameters\": []"), "not an object"),
        (task("\"linuxParameters\": {\"capabilities\": {\"add\": \"ALL\"}}"), "not a list"),
        (
            task("\"linuxParameters\": {\"capabilities\": {\"add\": [\"NO_SUCH\"]}}"),
            "no capability",
        ),
        (task("\"ulimits\": [{\"name\": \"nproc\", \"softLimit\": \"x\"}]"), "not a number"),
        (task("\"ulimits\": [7]"), "an object with a name"),
        (
            task("\"ulimits\": [{\"name\": \"nproc\", \"softLimit\": 1e99, \"hardLimit\": 1}]"),
            "nproc",
        ),
        (task("\"environment\": {\"A\": \"b\"}"), "not a list"),
        (task("\"dockerSecurityOptions\": [\"seccomp\"]"), "a value is missing"),
        (task("\"privileged\": yes"), "not JSON"),
    ] {
        tests::assert_refused(read, &text, 2, why);
    }
    assert!(read("{\"containerDefinitions\": [7]}").is_err());
}

#[test]
fn what_is_none_of_it() {
    for text in [
        "[{\"name\": \"a\", \"image\": \"x\"}]",
        "[]",
        "{\"containerDefinitions\": {}}",
        "{\"ContainerDefinitions\": [{\"Name\": \"a\"}]}",
    ] {
        assert_eq!(tests::recognised(&DIALECT, "task.json", text), Sure::No, "{text}");
    }
}

fn edited(text: &str, changes: &[Change]) -> Result<String, String> {
    let result = tests::edited(text, changes, |text| containers(text).remove(0))?;
    assert!(serde_json::from_str::<serde_json::Value>(&result).is_ok(), "{result}");
    Ok(result)
}

#[test]
fn changes_are_written_and_the_rest_stays() {
    let all = [
        Change::Privileged(true),
        SYS_ADMIN,
        Change::KeepCapability(Caps::SETFCAP),
        Change::AppArmor(Profile::Unconfined),
        Change::User(User::Ids { uid: 0, gid: None }),
        Change::Nproc(1025),
        Change::Variable("UNSHARE_ISOLATION_FLAGS", "--pid".into()),
    ];
    for change in &all {
        edited(FULL, std::slice::from_ref(change)).unwrap();
    }
    let result = edited(FULL, &all).unwrap();
    assert!(result.contains("\"hardLimit\": 4096") && result.contains("\"apparmor:unconfined\"]"));
    assert_eq!(
        edited(FULL, &[SYS_ADMIN]).unwrap(),
        FULL.replace("[\"SYS_PTRACE\"]", "[\"SYS_PTRACE\", \"SYS_ADMIN\"]")
    );
    let bare = "{\"containerDefinitions\": [{\"name\": \"a\", \"image\": \"x\"}]}";
    let changes = [SYS_ADMIN, Change::Nproc(9)];
    assert!(edited(bare, &changes).unwrap().contains("\"linuxParameters\": {\"capabilities\": "));
    assert!(edited(FULL, &[Change::Seccomp(Profile::Unconfined)]).is_err());
}
