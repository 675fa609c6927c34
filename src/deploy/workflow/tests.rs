use super::*;
use crate::deploy::BadInput;
use crate::deploy::container::Container;
use crate::deploy::read::{Deployment, Input, Nothing};
use crate::deploy::setting::{Masks, Setting, User};
use crate::deploy::tests::{self, SYS_ADMIN, UNCONFINED};
use crate::facts::Caps;

fn read(text: &str) -> Result<Deployment, BadInput> {
    let candidate = Candidate::new(Input { file: 0, path: ".github/workflows/ci.yml", text });
    assert_eq!((DIALECT.recognises)(&candidate), Sure::Yes, "{text}");
    (DIALECT.read)(&candidate, &mut Nothing)
}

fn containers(text: &str) -> Vec<Container> {
    read(text).unwrap_or_else(|why| panic!("{why:?}\n{text}")).containers
}

/// A job with this container.
fn job(container: &str) -> String {
    format!(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    container{container}\n    \
            steps: []\n"
    )
}

/// As docs.github.com shows them, "Workflow syntax" and "About service containers".
const FULL: &str = r#"name: CI
on:
  push:
    branches: [ main ]
jobs:
  container-test-job:
    runs-on: ubuntu-latest
    container:
      image: node:18
      env:
        NODE_ENV: development
      ports:
        - 80
      volumes:
        - my_docker_volume:/volume_mount
      options: --cpus 1 # one
    services:
      redis:
        image: redis
        # Set health checks
        options: >-
          --health-cmd "redis-cli ping"
          --health-interval 10s
          --privileged
    steps:
      - run: |
          echo x
          bwrap --unshare-all true
      - run: docker run --name d img
"#;

#[test]
fn jobs_and_services() {
    let all = containers(FULL);
    let names: Vec<&str> = all.iter().map(|container| container.name.as_str()).collect();
    assert_eq!(names, ["d", "container-test-job", "redis"]);
    let [command, own, redis] = all.as_slice() else { panic!() };
    assert_eq!((command.dialect.id, own.dialect.id), ("docker-run", "github-workflow"));
    assert_eq!((own.place.line, redis.place.line), (8, 18));
    assert_eq!(own.settings.env[0].1.as_deref(), Some("development"));
    assert_eq!(own.settings.command[0].value, "bwrap");
    assert_eq!(own.settings.host.as_ref().unwrap().value, "ubuntu-24.04");
    let privileged = redis.settings.privileged.as_ref().unwrap();
    assert_eq!((privileged.place.line, privileged.value), (24, true));
    assert!(redis.settings.unknown.is_empty() && own.settings.unknown.is_empty());
}

#[test]
fn options_as_the_runner_hands_them_on() {
    for (options, caps) in [
        ("--cap-add SYS_ADMIN", 1),
        ("\"--cap-add=SYS_ADMIN --cap-add \\\"NET_ADMIN\\\"\"", 2),
        ("'--health-cmd \"a --cap-add b\" --cap-add CHOWN'", 1),
        (">\n        --cap-add SYS_ADMIN\n        --cap-add CHOWN", 2),
        ("--user ${{ inputs.user }} --cap-add CHOWN", 1),
    ] {
        let text = job(&format!(":\n      image: x\n      options: {options}"));
        let container = containers(&text).remove(0);
        assert_eq!(container.settings.cap_add.len(), caps, "{text}");
    }
}

#[test]
fn what_is_filled_in_later_is_doubted() {
    let doubt = |text: &str, about| containers(text)[0].settings.doubt(about).is_some();
    for text in [
        ": ${{ matrix.container }}",
        ":\n      image: x\n      options: ${{ inputs.options }}",
        ":\n      image: x\n      options: --init ${{ inputs.options }}",
    ] {
        assert!(doubt(&job(text), Setting::Privileged), "{text}");
        assert!(doubt(&job(text), Setting::Capabilities), "{text}");
    }
    let text = job(":\n      image: x\n      options: --user ${{ inputs.user }}");
    assert!(doubt(&text, Setting::User) && !doubt(&text, Setting::Privileged));
    // Images alone.
    let matrix =
        "\n    strategy:\n      matrix:\n        image: [a, b]\n        include: [{image: c}]";
    let text = job(&format!(": ${{{{ matrix.image }}}}{matrix}"));
    assert!(!doubt(&text, Setting::Privileged));
    assert!(doubt(&text.replace("image: c", "image: {image: c}"), Setting::Privileged));
}

#[test]
fn the_host_is_that_of_githubs_runner() {
    let host = |label: &str| {
        let text = job(": x").replace("ubuntu-24.04", label);
        containers(&text)[0].settings.host.as_ref().map(|host| host.value.clone())
    };
    for label in ["ubuntu-latest", "ubuntu-24.04", "[ubuntu-latest]"] {
        assert_eq!(host(label).as_deref(), Some("ubuntu-24.04"), "{label}");
    }
    for label in ["self-hosted", "[self-hosted, ubuntu-24.04]", "${{ matrix.os }}", "{group: x}"] {
        assert_eq!(host(label), None, "{label}");
    }
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    for (container, why) in [
        (": []", "a list, not a string"),
        (":\n      options: --privileged", "names no image"),
        (":\n      image: x\n      options: [--privileged]", "options is a list"),
        (":\n      image: x\n      options: --cap-add NO_SUCH", "no capability"),
        (":\n      image: x\n      env: [A]", "not a mapping"),
        (":\n      image: x\n      volumes: [{a: b}]", "a volume is a mapping"),
    ] {
        let bad = read(&job(container)).unwrap_err();
        assert!(bad.message.contains(why) && bad.place.is_some(), "{bad:?}\n{container}");
        assert!(bad.place.unwrap().line >= 5, "{bad:?}");
    }
    for none in [": ''", ":", ": ~"] {
        let text =
            format!("{}      x: {{image: y}}\n", job(none).replace("steps: []", "services:"));
        assert_eq!(containers(&text).len(), 1, "{text}");
    }
}

#[test]
fn what_has_no_container_is_none_of_it() {
    for text in [
        "on: push\njobs: {a: {runs-on: x, steps: [{run: docker run y}]}}\n",
        "jobs: {a: {container: x}}\n",
        "on: push\njobs: x\n",
    ] {
        assert_eq!(tests::recognised(&DIALECT, "a.yml", text), Sure::No, "{text}");
    }
}

/// Steps outside of any container are not judged, and that is said where they isolate.
#[test]
fn steps_on_the_runner_are_told() {
    let steps = "    runs-on: ubuntu-24.04\n    steps:\n    - run: |\n        echo x\n        sudo \
        bwrap --unshare-all true\n    - run: unshare -Ur true\n";
    let within = job(": img").replace("jobs:\n", &format!("jobs:\n  b:\n{steps}"));
    for (text, count) in [(format!("on: push\njobs:\n  b:\n{steps}"), 0), (within, 1)] {
        let read = read(&text).unwrap();
        assert_eq!(read.containers.len(), count);
        let told = read.findings.iter().filter(|found| found.info.id == "runs-on-the-runner");
        let told: Vec<_> = told.map(|f| (f.title.as_str(), f.place.unwrap().line)).collect();
        assert_eq!(told, [("job b runs bwrap on the runner itself", 8)], "{text}");
    }
    let inside = job(": img").replace("steps: []", "steps: [{run: bwrap --unshare-all true}]");
    assert!(read(&inside).unwrap().findings.iter().all(|f| f.info.id != "runs-on-the-runner"));
}

fn edited(text: &str, changes: &[Change]) -> Result<String, String> {
    tests::edited(text, changes, |text| containers(text).remove(0))
}

#[test]
fn changes_are_written_and_the_rest_stays() {
    let all = [
        SYS_ADMIN,
        UNCONFINED,
        Change::Masks(Masks::None),
        Change::User(User::Ids { uid: 0, gid: None }),
        Change::Nproc(1025),
        Change::Variable("UNSHARE_ISOLATION_FLAGS", "--pid".into()),
        Change::Privileged(true),
    ];
    for container in [
        ": node:18 # why",
        ":\n      image: x # why",
        ":\n      image: x\n      options: --init # why",
        ": {image: x, options: \"--init\"} # why",
        ":\n      image: x\n      options: >- # why\n        --init\n        --user 5",
        ":\n      image: x # why\n      options: '--ulimit nproc=4 --security-opt seccomp=s.json'",
        ":\n      env: {A: b}\n      image: x\n      options: '' # why",
    ] {
        let text = job(container);
        for change in &all {
            edited(&text, std::slice::from_ref(change))
                .unwrap_or_else(|why| panic!("{why}\n{text}"));
        }
        let result = edited(&text, &all).unwrap_or_else(|why| panic!("{why}\n{text}"));
        assert!(result.contains("# why") && result.ends_with("    steps: []\n"), "{result}");
    }
}

#[test]
fn the_formatting_is_kept() {
    for (before, changes, after) in [
        (": node:18", &[SYS_ADMIN][..], ": {image: \"node:18\", options: \"--cap-add SYS_ADMIN\"}"),
        (
            ":\n      image: x # why\n      ports: [1]",
            &[SYS_ADMIN],
            ":\n      image: x # why\n      options: \"--cap-add SYS_ADMIN\"\n      ports: [1]",
        ),
        (
            ":\n      image: x\n      options: >-\n        --init\n        --cap-drop SETFCAP \
                --tty",
            &[Change::KeepCapability(Caps::SETFCAP), UNCONFINED],
            ":\n      image: x\n      options: >-\n        --init\n        --tty --security-opt \
                seccomp=unconfined",
        ),
        (
            ":\n      image: x\n      options: --user 5 --init # why",
            &[Change::User(User::Ids { uid: 0, gid: None })],
            ":\n      image: x\n      options: --user 0 --init # why",
        ),
    ] {
        assert_eq!(edited(&job(before), changes), Ok(job(after)));
    }
    let by_hand = job(":\n      image: x\n      options: \"--init \\\"--tty\\\"\"");
    assert!(edited(&by_hand, &[SYS_ADMIN]).is_err());
}
