use super::*;
use crate::deploy::BadInput;
use crate::deploy::container::Container;
use crate::deploy::read::{Input, Nothing};
use crate::deploy::setting::{Setting, User};
use crate::deploy::tests;

fn read(text: &str) -> Result<Vec<Container>, BadInput> {
    tests::read(&DIALECT, ".gitlab-ci.yml", text)
}

/// Name, line, image, user and command of each.
fn said(text: &str) -> Vec<String> {
    let said = |container: Container| {
        let settings = container.settings;
        assert!(settings.doubt(Setting::Privileged).is_some() || container.dialect != &DIALECT);
        let image = settings.image.map_or("-".to_owned(), |image| image.value);
        let words: Vec<&str> = settings.command.iter().map(|word| word.value.as_str()).collect();
        let user = settings.user.map_or(String::new(), |user| match user.value {
            User::Ids { uid, .. } => format!(" as {uid}"),
            User::Named(name) => format!(" as {name}"),
        });
        format!("{}:{} {image}{user} {}", container.name, container.place.line, words.join(" "))
    };
    let all = read(text).unwrap_or_else(|why| panic!("{why:?}\n{text}"));
    all.into_iter().map(|container| said(container).trim_end().to_owned()).collect()
}

/// As docs.gitlab.com shows them, "CI/CD YAML syntax reference" and "YAML optimization".
const FULL: &str = r#"include:
  - local: /templates/x.yml
default:
  image: ruby:3.0
  before_script:
    - bundle install
stages: [build, test]
.common:
  image:
    name: alpine:3
    docker: {user: "1000:1000"}
  script:
    - echo a
    - |
      set -e
      bwrap --unshare-all true
own:
  stage: test
  image: $CI_REGISTRY_IMAGE/x:$TAG
  services:
    - postgres:16
    - name: docker:dind
      alias: docker
      command: ["--tls=false"]
  script: make && docker run --privileged y
takes:
  extends: .common
merged:
  extends: [.other, .common]
  image: {name: debian:12}
referred:
  script:
    - !reference [.common, script]
plain:
  inherit: {default: false}
  script: make
isolates:
  inherit: {default: [before_script]}
  script:
    - [make, [sudo unshare -r true]]
starts:
  stage: build
  trigger: other/project
"#;

#[test]
fn jobs_and_services() {
    let expected = [
        "docker run y:24 y",
        "own:17 -",
        "postgres:16:21 postgres:16",
        "docker:22 docker:dind --tls=false",
        "takes:26 alpine:3 as 1000 bwrap --unshare-all true",
        "merged:28 debian:12 as 1000 bwrap --unshare-all true",
        "referred:31 ruby:3.0 bwrap --unshare-all true",
        "plain:34 -",
        "isolates:37 - as 0 unshare -r true",
    ];
    let all = said(FULL);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(all[1..], expected[1..]);
    assert!(all[0].contains(":25 y"), "{all:?}");
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    let job = |line: &str| format!("a:\n  stage: x\n  script: [y]\n  {line}\n");
    for (line, why) in [
        ("image: [a]", "a list, not a string"),
        ("image: {name: [a]}", "not a string"),
        ("image: {name: a, docker: {user: [b]}}", "not a string"),
        ("services: a", "not a list"),
        ("services: [{name: {a: b}}]", "not a string"),
    ] {
        let bad = read(&job(line)).unwrap_err();
        assert!(bad.message.contains(why), "{bad:?}\n{line}");
        assert_eq!(bad.place.map(|place| place.line), Some(4), "{bad:?}\n{line}");
    }
}

/// Without an image the runner's own holds; so it is where the pipeline says nothing of containers.
#[test]
fn jobs_without_an_image() {
    for text in ["stages: [a]\nb: {script: make}\n", "b:\n  script: [make]\n"] {
        let all = read(text).unwrap();
        let doubt = all[0].settings.doubt(Setting::Privileged).unwrap();
        assert_eq!((all.len(), all[0].name.as_str()), (1, "b"));
        assert!(doubt.value.why.contains("without an `image`"), "{doubt:?}");
    }
    // By its name alone; what is called otherwise says so itself.
    let other = Candidate::new(Input { file: 0, path: "x.yml", text: "b:\n  script: [make]\n" });
    assert_eq!((DIALECT.recognises)(&other), Sure::No);
}

/// As Psych has it.
#[test]
fn of_two_keys_of_one_name_the_last_counts() {
    let text = "a: {image: x, script: [y]}\nb: {image: y, image: z, script: [w]}\na: {image: v, script: [u]}\n";
    assert_eq!(said(text), ["b:2 z", "a:3 v"]);
    let candidate = Candidate::new(Input { file: 0, path: ".gitlab-ci.yml", text });
    let deployment = (DIALECT.read)(&candidate, &mut Nothing).unwrap();
    let found: Vec<_> =
        deployment.findings.iter().map(|one| (one.info.id, one.place.unwrap().line)).collect();
    assert_eq!(found, [("pipeline-key-repeated", 2)]);
}

#[test]
fn what_goes_round_in_circles_ends() {
    let text = "image: x\nstages: [y]\na: {extends: [a, b], script: [!reference [a, script]]}\n\
        b: {extends: [b, a], before_script: [!reference [b, before_script], unshare -r z]}\n";
    assert_eq!(said(text), ["a:3 x unshare -r z", "b:4 x unshare -r z"]);
}

#[test]
fn what_is_none_of_it() {
    for text in [
        "script: [a]\nlanguage: c\nimage: x\n",
        "services: {a: {image: b, command: unshare}}\n",
        "on: push\njobs: {a: {runs-on: x, steps: [{run: unshare}]}}\n",
        "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: a}]}\n",
    ] {
        assert_eq!(tests::recognised(&DIALECT, ".gitlab-ci.yml", text), Sure::No, "{text}");
    }
}
