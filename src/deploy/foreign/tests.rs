use super::*;
use crate::deploy::dialect::Recognised;

/// What a file of this name is called.
fn called(path: &str, text: &str) -> Option<&'static str> {
    match Candidate::new(Input { file: 0, path, text }).kind() {
        Recognised::Foreign(kind) => Some(kind.name),
        Recognised::Read(dialect) => Some(dialect.id),
        Recognised::Unknown => None,
    }
}

#[test]
fn rows_are_whole() {
    let mut names = std::collections::BTreeSet::new();
    for kind in kinds::ALL {
        assert!(names.insert(kind.name), "{kind:?} is there twice");
        assert!(!kind.paths.is_empty() || !kind.signs.is_empty(), "{kind:?} is never found");
        assert!(kind.signs.iter().all(|signs| !signs.is_empty()), "{kind:?}: a list of no signs");
        let article = kind.name.split(' ').next();
        assert!(matches!(article, Some("a" | "an" | "the")), "{kind:?}");
    }
}

/// By their content alone, as their documentation has them.
#[test]
fn kinds_are_told_by_their_content() {
    for (text, name) in [
        ("on: push\njobs:\n  a:\n    runs-on: x\n    container: {image: y}\n", "github-workflow"),
        (
            "on: push\njobs:\n  a:\n    runs-on: x\n    services: {redis: {image: redis}}\n",
            "github-workflow",
        ),
        (
            "on: {workflow_call: }\njobs:\n  a:\n    uses: o/r/.github/workflows/x.yml@v1\n",
            "a GitHub workflow",
        ),
        ("#!/usr/bin/env python3\nprint('docker run x')\n", "a script that no shell reads"),
        ("name: x\nruns:\n  using: docker\n  image: Dockerfile\n", "a GitHub action"),
        (
            "build:\n  image: docker\n  services: [docker:dind]\n  script:\n    - docker build .\n",
            "gitlab-ci",
        ),
        (
            "stages: [test]\ndefault: {image: alpine}\nt:\n  stage: test\n  script: make\n",
            "gitlab-ci",
        ),
        ("stages: [test]\nt:\n  stage: test\n  script: make\n", "gitlab-ci"),
        ("version: 2.1\njobs:\n  b:\n    docker:\n      - image: cimg/go\n", "a CircleCI pipeline"),
        ("pool: {vmImage: u}\nsteps:\n- script: make\n", "an Azure pipeline"),
        (
            "resources:\n  containers:\n  - container: u\n    image: ubuntu\nsteps: []\n",
            "an Azure pipeline",
        ),
        (
            "image: node\npipelines:\n  default:\n    - step: {script: [make]}\n",
            "a Bitbucket pipeline",
        ),
        (
            "kind: pipeline\ntype: docker\nname: d\nsteps:\n- name: a\n  image: golang\n",
            "a Drone pipeline",
        ),
        (
            "pipeline:\n  build:\n    image: golang\n    commands: [go build]\nservices:\n  db:\n    \
                image: postgres\n",
            "a Drone pipeline",
        ),
        (
            "steps:\n  build:\n    image: golang\n    commands: [go build]\nservices:\n  db:\n    \
                image: postgres\n    privileged: true\n",
            "a Woodpecker pipeline",
        ),
        (
            "version: 0.2\nphases:\n  build:\n    commands: [make]\n  post_build:\n    commands: [x]\n",
            "an AWS CodeBuild buildspec",
        ),
        ("- hosts: all\n  tasks:\n  - name: x\n    command: y\n", "an Ansible playbook"),
        (
            "- name: run it\n  community.docker.docker_container:\n    name: x\n    image: y\n    \
                privileged: true\n",
            "a list of Ansible tasks",
        ),
        ("openapi: 3.0.0\ninfo: {title: x}\npaths: {}\n", "an OpenAPI description"),
        ("#cloud-config\npackages: [docker.io]\n", "a configuration of cloud-init"),
        (
            "// why\n{\n  \"image\": \"x\",\n  \"runArgs\": [\"--privileged\"], // why\n}\n",
            "devcontainer",
        ),
        ("{\"image\": \"x\", \"features\": {}, \"privileged\": true}", "devcontainer"),
        (
            "{\"family\": \"t\", \"containerDefinitions\": [{\"name\": \"a\", \"image\": \"b\"}]}",
            "ecs",
        ),
        (
            "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  T:\n    Type: \
                AWS::ECS::TaskDefinition\n",
            "a CloudFormation template",
        ),
        ("job \"x\" {\n  group \"g\" {\n    task \"t\" {\n      driver = \"docker\"\n", "nomad"),
        ("job \"x\" {\n  group \"g\" {\n", "a Nomad job"),
        ("{\"Job\": {\"ID\": \"x\", \"TaskGroups\": [{\"Name\": \"g\"}]}}", "a Nomad job"),
        (
            "group \"default\" {\n  targets = [\"a\"]\n}\ntarget \"a\" {\n  tags = [\"x\"]\n}\n",
            "a bake file of Docker",
        ),
        ("{\"name\": \"x\", \"scripts\": {\"start\": \"node y\"}}", "a package.json"),
        ("apiVersion: v2\nname: x\nversion: 1.0.0\n", "the description of a Helm chart"),
        (
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n",
            "a kustomization",
        ),
        ("resources: [a.yaml]\npatches: [{path: b.yaml}]\n", "a kustomization"),
        (
            "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: {{ .Values.n }}\n",
            "a template that is not rendered",
        ),
        (
            "{{- if .Values.a }}\napiVersion: v1\nkind: Pod\n{{- end }}\n",
            "a template that is not rendered",
        ),
        ("groups:\n- name: a\n  rules:\n  - alert: x\n    expr: y\n", "a rule file of Prometheus"),
        (
            "apiVersion: v1\nkind: Config\nclusters: [{name: a}]\nusers: [{name: b}]\n",
            "a kubeconfig",
        ),
        ("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": []}", "a seccomp profile"),
        (
            "{\"ociVersion\": \"1.0.2\", \"process\": {\"args\": [\"sh\"]}}",
            "an OCI runtime configuration",
        ),
        (
            "# syntax=x\nFROM alpine\nRUN apk add docker\nCMD [\"docker\", \"run\", \"x\"]\n",
            "a Dockerfile",
        ),
        ("services:\n- type: web\n  name: x\n  env: docker\n", "a Render blueprint"),
        ("language: go\nservices: docker\nscript: make\n", "a Travis CI pipeline"),
    ] {
        assert_eq!(called("x", text), Some(name), "{text}");
    }
}

#[test]
fn what_is_read_stays_read() {
    for (path, text, id) in [
        ("x.yml", "services:\n  a:\n    image: x\n", "compose"),
        ("x.yml", "services:\n  a:\n    image: x\nstages: [a]\n", "compose"),
        ("x.yml", "web:\n  build: .\n  links: [db]\ndb:\n  image: postgres\n", "compose"),
        ("x.yml", "apiVersion: v1\nkind: Pod\nspec: {containers: []}\n", "kubernetes"),
        ("values.yaml", "web:\n  image: x\n", "helm-values"),
        ("values.yaml", "initdb:\n  script: x\n  image: y\n", "helm-values"),
        ("README.md", "```\nFROM x\nRUN y\n```\n```\n$ docker run z\n```\n", "docker-run"),
        ("run.sh", "cat > Dockerfile <<E\nFROM x\nRUN y\nE\ndocker run z\n", "docker-run"),
        ("justfile", "run:\n    docker run --rm x\n", "docker-run"),
    ] {
        assert_eq!(called(path, text), Some(id), "{text}");
    }
    // With keys of its own that compose does not have, as docker-compose 1 refused it.
    for text in ["a: 1\n", "web:\n  image: x\n  foo: y\n", "a: {b: c}\n", "- x\n"] {
        assert_eq!(called("x.yml", text), None, "{text}");
    }
}

#[test]
fn a_name_counts_where_nothing_else_is_known() {
    for (path, text, name) in [
        ("a/.gitlab-ci.yml", "include: x.yml\n", "a GitLab CI pipeline"),
        (".github/workflows/x.yml", "name: x\n", "a GitHub workflow"),
        ("azure-pipelines-release.yml", "x: y\n", "an Azure pipeline"),
        ("docker/Dockerfile.dev", "FROM x\n", "a Dockerfile"),
        (".devcontainer/devcontainer.json", "{\"name\": \"x\",}", "devcontainer"),
        ("src/x/devcontainer-feature.json", "{\"id\": \"x\"}", "a Feature of dev containers"),
        ("roles/a/tasks/main.yml", "- a: b\n", "a list of Ansible tasks"),
        (
            "etc/nginx.service.d/hardening.conf",
            "[Service]\nRestrictNamespaces=yes\n",
            "a drop-in of a unit of systemd",
        ),
        (
            "contrib/override-hardened.conf",
            "[Service]\n# x\nPrivateTmp=true\nRestrictNamespaces=true\n",
            "a drop-in of a unit of systemd",
        ),
    ] {
        assert_eq!(called(path, text), Some(name), "{text}");
    }
}

#[test]
fn places_of_signs() {
    let documents = super::super::yaml::parse(0, "a: {b: [{c: 1}, {d: x}]}\n").unwrap();
    for (place, is) in [("a.b[].d", true), ("a.b[].d=x", true), ("a.b[].d=y", false), ("b", false)]
    {
        assert_eq!(is_at(&documents[0], place), is, "{place}");
    }
}
