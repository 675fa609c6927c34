use super::*;
use crate::deploy::BadInput;
use crate::deploy::container::{Container, Engine, WrittenAt};
use crate::deploy::read::{Input, Nothing};
use crate::deploy::setting::{Change, Profile, Setting, User};
use crate::deploy::tests::{self, SYS_ADMIN, UNCONFINED};
use crate::facts::Caps;

fn read(text: &str) -> Result<Vec<Container>, BadInput> {
    tests::read(&DIALECT, "x.nomad.hcl", text)
}

fn containers(text: &str) -> Vec<Container> {
    read(text).unwrap_or_else(|why| panic!("{why:?}\n{text}"))
}

/// As the documentation of Nomad shows them: "Job Specification", "Docker Driver".
const FULL: &str = r#"variable "tag" {
  type = string
}
job "docs" {
  datacenters = ["dc1"]
  group "example" {
    network {
      port "http" { to = 80 }
    }
    task "server" {
      driver = "docker"
      user   = "5:5"
      # why
      config {
        image    = "hashicorp/http-echo:${var.tag}"
        command  = "bwrap"
        args     = ["--unshare-all", "true"]
        cap_drop = ["setfcap", "mknod"]
        security_opt = [
          "apparmor=mine", # one
        ]
        ulimit {
          nproc  = "1024"
          nofile = "2048:4096"
        }
        sysctl = {
          "net.core.somaxconn" = "16384"
        }
      }
      env {
        A = "b"
      }
      template {
        data = <<EOH
{{ range service "x" }}task "y" {
EOH
        destination = "local/x"
      }
    }
    task "other" {
      driver = "podman"
      config { image = "x" }
    }
    task "plain" {
      driver = "raw_exec"
      config {
        command = "/bin/sh"
        args = ["-c", "sudo unshare --pid true"]
      }
    }
    task "java" {
      driver = "java"
      config {
        jar_path = "x"
      }
    }
  }
}
"#;

#[test]
fn tasks_of_a_job() {
    let all = containers(FULL);
    let names: Vec<(&str, Engine)> =
        all.iter().map(|container| (container.name.as_str(), container.engine)).collect();
    assert_eq!(
        names,
        [("server", Engine::Docker), ("other", Engine::Podman), ("plain", Engine::Docker)]
    );
    let s = &all[0].settings;
    assert_eq!((all[0].place.line, all[0].place.column), (10, 5));
    assert_eq!(s.user.as_ref().unwrap().value, User::Ids { uid: 5, gid: Some(5) });
    assert_eq!(s.apparmor.as_ref().unwrap().value, Profile::Named("mine".into(), None));
    assert_eq!((s.nproc.as_ref().unwrap().value, s.cap_drop[0].place.line), (1024, 18));
    let words: Vec<&str> = s.command.iter().map(|word| word.value.as_str()).collect();
    assert_eq!(words, ["bwrap", "--unshare-all", "true"]);
    assert_eq!((s.env[0].0.value.as_str(), s.env.len()), ("A", 1));
    assert_eq!((s.sysctls[0].value.name.as_str(), s.image.is_none()), ("net.core.somaxconn", true));
    assert!(s.unknown.is_empty());
    let plain = &all[2].settings;
    assert!(plain.doubt(Setting::Runtime).is_some() && plain.command[0].value == "unshare");
    assert_eq!(all[2].spot, WrittenAt::None);
}

fn task(lines: &str) -> String {
    format!(
        "job \"a\" {{\ntask \"b\" {{\ndriver = \"docker\"\nconfig {{\n  image = \"i\"\n{lines}\n}}\n}}\n}}\n"
    )
}

/// developer.hashicorp.com/nomad, "Docker Driver", "Plugin Options".
#[test]
fn what_a_client_has_to_allow_is_doubted() {
    let doubts = |lines: &str| -> Vec<Setting> {
        let container = containers(&task(lines)).remove(0);
        container.settings.unknown.iter().map(|doubt| doubt.value.about).collect()
    };
    assert_eq!(doubts("privileged = true"), [Setting::Privileged]);
    assert_eq!(doubts("privileged = false\ncap_add = [\"setfcap\"]"), []);
    assert_eq!(doubts("cap_add = [\"sys_admin\"]"), [Setting::Capabilities]);
    assert_eq!(doubts("cap_add = [\"ALL\"]"), [Setting::Capabilities]);
    assert_eq!(doubts("userns_mode = \"host\""), [Setting::Privileged]);
    assert_eq!(doubts("privileged = var.x"), [Setting::Privileged]);
    assert_eq!(doubts("cap_add = var.x"), [Setting::Capabilities]);
    assert_eq!(doubts("security_opt = [\"seccomp=unconfined\"]"), []);
    assert_eq!(doubts("runtime = \"runsc\""), [Setting::Runtime]);
    // hashicorp/nomad `drivers/docker/driver.go`, containerBinds.
    let obstacles = |lines: &str| containers(&task(lines)).remove(0).settings.obstacles.len();
    for (lines, count) in [
        ("volumes = [\"/srv:/h\"]", 1),
        ("volumes = [\"local/x:/h\"]", 0),
        ("volumes = [\"${NOMAD_TASK_DIR}/x:/h\"]", 0),
        ("mount {\n  type = \"bind\"\n  source = \"/srv\"\n  target = \"/h\"\n}", 1),
        ("mount {\n  type = \"volume\"\n  source = \"x\"\n  target = \"/h\"\n}", 0),
    ] {
        assert_eq!(obstacles(lines), count, "{lines}");
        if lines.starts_with("volumes") {
            let podman = task(lines).replace("docker", "podman");
            assert_eq!(containers(&podman)[0].settings.obstacles.len(), 0, "{lines}");
        }
    }
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    for (lines, line, why) in [
        ("privileged = \"yes\"", 6, "not a boolean"),
        ("privileged = [true]", 6, "not a boolean"),
        ("privileged { }", 6, "no block"),
        ("cap_add = \"SYS_ADMIN\"", 6, "not a list"),
        ("cap_add = [[\"SYS_ADMIN\"]]", 6, "not a list"),
        ("ulimit = \"nproc=5\"", 6, "not a block or an object"),
        ("Privileged = true", 6, "did you mean `privileged`?"),
        ("security_opts = []", 6, "did you mean `security_opt`?"),
        ("privilege = true", 6, "did you mean `privileged`?"),
        ("seccomp = \"unconfined\"", 6, "takes no \"seccomp\""),
        ("\"privileged\" = true", 6, "not quoted"),
        ("a.b = true", 6, "no `=`"),
        ("privileged = false\nprivileged = true", 7, "set twice"),
        ("ulimit { nproc = 5, nofile = 6 }", 6, "on one line"),
        ("image = \"j\"", 6, "set twice"),
        ("cap_add = [\"NO_SUCH\"]", 6, "no capability"),
        ("userns_mode = \"keep-id\"", 6, "no user namespace mode"),
        ("security_opt = [\"systempaths=unconfined\"]", 6, "the daemon refuses it"),
        ("security_opt = [\"nonsense\"]", 6, "a value is missing"),
        ("command = \"a", 6, "never closed"),
        ("command = ", 6, "a value is missing"),
        ("[[ if .x ]]", 6, "render it first"),
    ] {
        tests::assert_refused(read, &task(lines), line, why);
    }
}

/// What Nomad itself refuses of a task or a group, and what the driver cannot do without.
#[test]
fn what_stands_at_another_place_is_refused() {
    let job = |group: &str, task: &str| {
        format!(
            "job \"a\" {{\ngroup \"b\" {{\n{group}\ntask \"c\" {{\ndriver = \"docker\"\n{task}\n}}\n}}\n}}\n"
        )
    };
    let image = "config { image = \"x\" }";
    assert_eq!(containers(&job("count = 2\nmeta = { a = 1 }", image)).len(), 1);
    for (group, task, line, why) in [
        ("", "config { image = \"x\" }\nprivileged = true", 7, "takes no \"privileged\""),
        ("", "config = { image = \"x\" }", 6, "no `=` stands before its brace"),
        ("", "config { image = \"x\" }\nconfig { command = \"x\" }", 7, "there twice"),
        ("user = \"root\"", image, 3, "takes no \"user\""),
        ("", "config { command = \"x\" }", 4, "without an `image`"),
        ("", "user = \"root\"", 4, "without an `image`"),
        ("", "env { A = 1 }\nenv { B = 2 }\nconfig { image = \"x\" }", 7, "there twice"),
    ] {
        tests::assert_refused(read, &job(group, task), line, why);
    }
    // The driver of one task alone refuses it.
    let two = FULL
        .replace("config { image = \"x\" }", "config { image = \"x\"}")
        .replace("cap_drop = [\"setfcap\", \"mknod\"]", "cap_drops = [\"setfcap\", \"mknod\"]");
    let candidate = Candidate::new(Input { file: 0, path: "x.nomad.hcl", text: &two });
    let read = (DIALECT.read)(&candidate, &mut Nothing).unwrap();
    assert_eq!((read.containers.len(), read.broken.unwrap().place.unwrap().line), (2, 18));
}

/// A block may begin on any line, and lists of objects are blocks.
#[test]
fn what_is_written_otherwise_is_the_same() {
    let one = "job \"a\" {\n  group \"b\" {\n task \"c\" {\n  driver = \"docker\"\n  config {\n image = \
        \"x\"\n ulimit = [{ nproc = 7 }]\n mounts = [{ target = \"/proc/x\" }]\n privileged = \"1\"\n}\n}\n}\n}\n";
    let s = &containers(one)[0].settings;
    assert_eq!(s.nproc.as_ref().unwrap().value, 7);
    assert_eq!((s.over_proc[0].value.target.as_str(), s.is_privileged()), ("/proc/x", true));
    // In one line Nomad refuses it, and so it is said.
    let all = "job \"a\" { task \"c\" { driver = \"docker\" } }\n";
    assert!(read(all).unwrap_err().message.contains("on one line"));
}

/// HCL's form of JSON, and that of the API (developer.hashicorp.com/nomad, "JSON Job Specification").
#[test]
fn jobs_in_json() {
    let config = r#"{"image": "x", "privileged": true, "cap_add": ["sys_admin"], "args": ["a"],
        "ulimit": [{"nproc": "7"}], "command": "${NOMAD_TASK_DIR}/x"}"#;
    let task =
        format!(r#"{{"driver": "docker", "user": "5", "env": {{"A": "b"}}, "config": {config}}}"#);
    let api = format!(
        r#"{{"Name": "c", "Driver": "docker", "User": "5", "Env": {{"A": "b"}}, "Config": {config},
            "Resources": null}}"#
    );
    let groups = format!(r#"{{"TaskGroups": [{{"Name": "b", "Tasks": [{api}]}}]}}"#);
    for text in [
        format!(r#"{{"job": {{"a": {{"group": {{"b": {{"task": {{"c": {task}}}}}}}}}}}}}"#),
        format!(r#"{{"job": [{{"a": [{{"group": [{{"b": {{"task": {{"c": [{task}]}}}}}}]}}]}}]}}"#),
        format!(r#"{{"job": {{"a": {{"task": {{"c": {task}}}}}}}}}"#),
        format!(r#"{{"Job": {groups}}}"#),
        groups,
    ] {
        let all = containers(&text);
        let s = &all[0].settings;
        assert_eq!((all.len(), all[0].name.as_str(), &all[0].spot), (1, "c", &WrittenAt::None));
        assert_eq!((s.is_privileged(), s.cap_add.len(), s.nproc.is_some()), (true, 1, true));
        assert_eq!(s.user.as_ref().unwrap().value, User::Ids { uid: 5, gid: None });
        assert_eq!((s.env[0].0.value.as_str(), s.command.len()), ("A", 2));
        let misspelt = text.replace("\"privileged\"", "\"privilege\"");
        let bad = read(&misspelt).unwrap_err();
        assert!(bad.message.contains("did you mean `privileged`?") && bad.place.is_some());
    }
}

#[test]
fn what_is_none_of_it() {
    for text in [
        "job \"a\" {\n  group \"b\" {\n  }\n}\n",
        "resource \"x\" \"y\" {\n}\n",
        "task \"a\" {\n}\n",
        "plugin \"docker\" {\n  config {\n  }\n}\n",
        "{\"job\": {\"a\": 1}}",
        "{\"job\": {\"a\": {\"group\": {}}}}",
        "{\"Job\": {\"TaskGroups\": []}}",
    ] {
        assert_eq!(tests::recognised(&DIALECT, "x.nomad.hcl", text), Sure::No, "{text}");
    }
}

fn edited(text: &str, at: usize, changes: &[Change]) -> Result<String, String> {
    tests::edited(text, changes, |text| containers(text).remove(at))
}

#[test]
fn changes_are_written_and_the_rest_stays() {
    let all = [
        SYS_ADMIN,
        UNCONFINED,
        Change::AppArmor(Profile::Unconfined),
        Change::User(User::Ids { uid: 0, gid: None }),
        Change::Nproc(1025),
        Change::PidsLimit(9),
        Change::Variable("UNSHARE_ISOLATION_FLAGS", "--pid \"${x}\"".into()),
    ];
    for text in [FULL.to_owned(), FULL.replace('\n', "\r\n"), FULL.replace("  ", "\t")] {
        for at in [0, 1] {
            for change in all.iter().filter(|change| at == 0 || !matches!(change, Change::User(_)))
            {
                edited(&text, at, std::slice::from_ref(change)).unwrap();
            }
        }
        let result = edited(&text, 0, &all).unwrap();
        assert_eq!(result.matches('#').count(), text.matches('#').count(), "{result}");
        assert_eq!(result.matches("\r\n").count(), result.matches('\r').count());
        assert_eq!(result.contains('\r'), text.contains('\r'), "{result}");
    }
}

#[test]
fn the_formatting_is_kept() {
    for (before, changes, after) in [
        (
            "  tty = true # why",
            &[UNCONFINED, Change::NoNewPrivs(false)][..],
            "  tty = true # why\n  security_opt = [\"seccomp=unconfined\", \
                \"no-new-privileges=false\"]",
        ),
        (
            "  security_opt = [\n    \"apparmor=x\", # one\n  ]",
            &[UNCONFINED],
            "  security_opt = [\n    \"apparmor=x\", \"seccomp=unconfined\", # one\n  ]",
        ),
        (
            "  cap_drop = [\"setfcap\", \"MKNOD\"]",
            &[Change::KeepCapability(Caps::SETFCAP)],
            "  cap_drop = [\"MKNOD\"]",
        ),
        (
            "  ulimit {\n    nproc = \"5\" # why\n  }",
            &[Change::Nproc(9)],
            "  ulimit {\n    nproc = \"9\" # why\n  }",
        ),
        ("  ulimit = { nproc = 5 }", &[Change::Nproc(9)], "  ulimit = { nproc = \"9\" }"),
    ] {
        assert_eq!(edited(&task(before), 0, changes), Ok(task(after)));
    }
    let one = "job \"a\" {\n  task \"b\" {\n    driver = \"docker\"\n    config { image = \"x\" \
        }\n  }\n}\n";
    assert_eq!(
        edited(one, 0, &[UNCONFINED]),
        Ok(one.replace(
            "{ image = \"x\" }",
            "{\n      image = \"x\"\n      security_opt = [\"seccomp=unconfined\"]\n    }"
        ))
    );
    assert!(edited(&task("cap_drop = var.x"), 0, &[Change::KeepCapability(31)]).is_err());
    assert!(edited(FULL, 0, &[Change::Masks(crate::deploy::setting::Masks::None)]).is_err());
}
