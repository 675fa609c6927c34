use super::*;
use crate::deploy::container::Container;
use crate::deploy::place::BadInput;
use crate::deploy::setting::{Change, Masks, Profile, Setting, User};
use crate::deploy::tests::{self, SYS_ADMIN, UNCONFINED};
use crate::facts::Caps;

fn read(text: &str) -> Result<Vec<Container>, BadInput> {
    tests::read(&DIALECT, "config.toml", text)
}

fn containers(text: &str) -> Vec<Container> {
    read(text).unwrap_or_else(|why| panic!("{why:?}\n{text}"))
}

/// As docs.gitlab.com shows it, "Advanced configuration".
const FULL: &str = r#"concurrent = 4 # jobs
log_level = "warning"

[session_server]
  session_timeout = 1800

[[runners]]
  name = "first"
  url = "https://gitlab.example.com/"
  token = "x"
  executor = "docker"
  environment = ["ENV=value", "LC_ALL=en_US.UTF-8"]
  [runners.docker]
    host = ""
    image = "ruby:3.3"
    privileged = false # no
    userns_mode = "host"
    cap_drop = [
      "SETFCAP", # why
      "DAC_OVERRIDE",
    ]
    user = "5:5"
    security_opt = ["apparmor:unconfined"]
    volumes = ["/data"]
    [runners.docker.ulimit]
      "nproc" = "1024:2048"
    [runners.docker.sysctls]
      "net.ipv4.ip_forward" = "1"

[[runners]]
  name = "shell"
  executor = "shell"

[[runners]]
  executor = "docker-autoscaler"

  [runners.docker]
    image = "x"
    privileged = true
"#;

#[test]
fn runners_of_docker() {
    let all = containers(FULL);
    let names: Vec<&str> = all.iter().map(|container| container.name.as_str()).collect();
    assert_eq!(names, ["first", "runners[2]"]);
    let first = &all[0].settings;
    assert_eq!((all[0].place.line, first.is_privileged()), (13, false));
    assert_eq!(first.privileged.as_ref().unwrap().place.line, 16);
    assert_eq!(first.user.as_ref().unwrap().value, User::Ids { uid: 5, gid: Some(5) });
    assert_eq!(first.apparmor.as_ref().unwrap().value, Profile::Unconfined);
    assert_eq!(first.nproc.as_ref().unwrap().value, 1024);
    assert_eq!(first.cap_drop[0].place.line, 19);
    assert_eq!((first.env.len(), first.unknown.len()), (2, 0));
    assert_eq!(first.sysctls[0].value.name, "net.ipv4.ip_forward");
    assert!(all[1].settings.is_privileged());
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    let docker = |line: &str| format!("[[runners]]\n[runners.docker]\n{line}\n");
    for (text, line, why) in [
        (docker("privileged = \"yes\""), 3, "not a boolean"),
        (docker("privileged = yes"), 3, "not TOML"),
        (docker("cap_add = \"SYS_ADMIN\""), 3, "not a list of strings"),
        (docker("cap_add = [7]"), 3, "cap_add is not a string"),
        (docker("cap_add = [\"NO_SUCH\"]"), 3, "no capability"),
        (docker("user = 7"), 3, "user is not a string"),
        (docker("userns_mode = \"keep-id\""), 3, "no user namespace mode"),
        (docker("ulimit = [\"nproc=1\"]"), 3, "no table"),
        (docker("security_opt = [\"systempaths=unconfined\"]"), 3, "the daemon refuses it"),
        (docker("security_opt = [\"seccomp=/a.json\"]"), 3, "not the path of one"),
        (docker("privileged = 9e999999"), 3, "not a boolean"),
        (docker("x = [[[[["), 3, "not TOML"),
        ("[[runners]]\ndocker = 7\n".to_owned(), 2, "no table"),
        ("[[runners]]\nexecutor = 7\n".to_owned(), 2, "not a string"),
        ("[[runners]]\n[runners.docker]\n[[runners\n".to_owned(), 3, "not TOML"),
    ] {
        tests::assert_refused(read, &text, line, why);
    }
    assert!(read(&docker(&format!("x = {}", "[".repeat(50_000)))).is_err());
    // What it holds is known to whoever reads it.
    let inline = docker("security_opt = ['seccomp={\"defaultAction\": \"SCMP_ACT_ALLOW\"}']");
    assert!(containers(&inline)[0].settings.doubt(Setting::Seccomp).is_some());
}

#[test]
fn what_is_none_of_it() {
    // The values of its chart, and a document about it.
    let values = "runners:\n  config: |\n    [[runners]]\n      [runners.docker]\n";
    let document = "# Runners\n\nWrite:\n\n    [[runners]]\n";
    for text in ["[runners]\n", "title = \"x\"\n", "{\"runners\": []}", values, document] {
        assert_eq!(tests::recognised(&DIALECT, "config.toml", text), Sure::No, "{text}");
    }
}

fn edited(text: &str, at: usize, changes: &[Change]) -> Result<String, String> {
    tests::edited(text, changes, |text| containers(text).remove(at))
}

#[test]
fn changes_are_written_and_the_rest_stays() {
    let all = [
        Change::Privileged(true),
        SYS_ADMIN,
        UNCONFINED,
        Change::AppArmor(Profile::Named("mine".into(), None)),
        Change::User(User::Ids { uid: 0, gid: None }),
        Change::Nproc(1025),
    ];
    for text in [FULL.to_owned(), FULL.replace('\n', "\r\n"), FULL.replace("    ", "\t")] {
        for at in [0, 1] {
            for change in &all {
                edited(&text, at, std::slice::from_ref(change)).unwrap();
            }
            let result = edited(&text, at, &all).unwrap();
            assert_eq!(result.matches('#').count(), text.matches('#').count(), "{result}");
            assert_eq!(result.matches('\r').count() > 0, text.contains('\r'), "{result}");
        }
    }
    let variable = Change::Variable("UNSHARE_ISOLATION_FLAGS", "--pid".into());
    assert!(
        edited(FULL, 0, std::slice::from_ref(&variable))
            .unwrap()
            .contains(", \"UNSHARE_ISOLATION_FLAGS=--pid\"]")
    );
    assert!(edited(FULL, 1, &[variable]).is_err());
}

#[test]
fn the_formatting_is_kept() {
    let docker =
        |lines: &str| format!("[[runners]]\n  executor = \"docker\"\n  [runners.docker]\n{lines}");
    for (before, changes, after) in [
        (
            "    image = \"x\" # why\n",
            &[SYS_ADMIN, Change::AddCapability(Caps::SETFCAP), UNCONFINED][..],
            "    cap_add = [\"SYS_ADMIN\", \"SETFCAP\"]\n    security_opt = \
                [\"seccomp=unconfined\"]\n    image = \"x\" # why\n",
        ),
        (
            "    cap_add = [\n      \"CHOWN\", # one\n    ]\n    image = \"x\"\n",
            &[SYS_ADMIN],
            "    cap_add = [\n      \"CHOWN\", \"SYS_ADMIN\", # one\n    ]\n    image = \"x\"\n",
        ),
        (
            "    image = \"x\"\n    privileged = true # why\n",
            &[Change::Privileged(false)],
            "    image = \"x\"\n    privileged = false # why\n",
        ),
        (
            "    cap_drop = [\"SETFCAP\", \"MKNOD\"]\n",
            &[Change::KeepCapability(Caps::SETFCAP)],
            "    cap_drop = [\"MKNOD\"]\n",
        ),
    ] {
        assert_eq!(edited(&docker(before), 0, changes), Ok(docker(after)));
    }
    assert!(edited(FULL, 0, &[Change::Masks(Masks::None)]).is_err());
    let inline = "[[runners]]\ndocker = { image = \"x\" }\n";
    assert!(edited(inline, 0, &[SYS_ADMIN]).unwrap_err().contains("inline"));
}
