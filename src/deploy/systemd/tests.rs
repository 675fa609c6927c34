use super::*;
use crate::deploy::container::{Container, Engine, WrittenAt};
use crate::deploy::read::Input;
use crate::deploy::setting::Setting;

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
    for text in
        ["[Service]\nExecStart=/usr/bin/bwrap true\n", "[Unit]\nA=docker run\n", "docker run"]
    {
        let candidate = Candidate::new(Input { file: 0, path: "a.service", text });
        assert_eq!((DIALECT.recognises)(&candidate), Sure::No, "{text}");
    }
}
