//! The kinds, one row each. A sign is what the kind's own documentation demands, or what no other
//! kind has at that place; of two that show in a file the first counts.

use super::Kind;
use super::Mark::{At, Line, Template};
use crate::deploy::dockerfile;

const NOT_READ: &str = "isodoc does not read these";
const NO_CONTAINER: &str = "it starts no container";
const NOT_RENDERED: &str =
    "only what it becomes can be checked: `helm template RELEASE CHART | isodoc lint -`";

pub(super) static ALL: &[&Kind] = &[
    // Pipelines.
    &Kind {
        name: "a GitHub workflow",
        paths: &[".github/workflows/*.yml", ".github/workflows/*.yaml"],
        signs: &[
            &[At("jobs.*.runs-on")],
            &[At("jobs.*.steps"), At("on")],
            &[At("jobs.*.uses"), At("on")],
        ],
        why: NOT_READ,
    },
    &Kind { name: "a GitHub action", paths: &[], signs: &[&[At("runs.using")]], why: NOT_READ },
    &Kind {
        name: "a Dependabot configuration",
        paths: &[".github/dependabot.yml"],
        signs: &[&[At("updates[].package-ecosystem")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a GitLab CI pipeline",
        paths: &[".gitlab-ci.yml", "*.gitlab-ci.yml", ".gitlab-ci.yaml", "*.gitlab-ci.yaml"],
        signs: &[
            &[At("*.script[]")],
            &[At("*.script"), At("*.stage")],
            &[At("*.script"), At("stages")],
            &[At("*.script"), At("*.image")],
            &[At("*.trigger"), At("*.stage")],
            &[At("workflow.rules")],
            &[At("*.extends"), At("*.stage")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a CircleCI pipeline",
        paths: &[".circleci/*.yml", ".circleci/*.yaml"],
        signs: &[
            &[At("jobs.*.docker[].image")],
            &[At("jobs.*.machine"), At("jobs.*.steps")],
            &[At("jobs.*.executor"), At("jobs.*.steps")],
            &[At("executors.*.docker")],
            &[At("orbs"), At("version")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a configuration of Packit",
        paths: &[".packit.yaml", "packit.yaml", ".packit.yml"],
        signs: &[&[At("jobs[].job"), At("jobs[].trigger")], &[At("specfile_path")]],
        why: NOT_READ,
    },
    &Kind {
        name: "an Azure pipeline",
        paths: &["azure-pipelines*.yml", "azure-pipelines*.yaml", ".azure-pipelines/*.yml"],
        signs: &[
            &[At("stages[].jobs")],
            &[At("jobs[].job")],
            &[At("jobs[].deployment")],
            &[At("jobs[].template")],
            &[At("steps[].task")],
            &[At("steps[].script"), At("pool")],
            &[At("steps[].script"), At("trigger")],
            &[At("steps[].bash")],
            &[At("resources.containers[].container")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a Bitbucket pipeline",
        paths: &["bitbucket-pipelines.yml"],
        signs: &[
            &[At("pipelines.default[]")],
            &[At("pipelines.branches")],
            &[At("pipelines.pull-requests")],
            &[At("pipelines.custom")],
            &[At("pipelines.tags")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a Drone pipeline",
        paths: &[".drone.yml", ".drone.yaml"],
        signs: &[
            &[At("kind=pipeline"), At("steps")],
            &[At("kind=pipeline"), At("type")],
            &[At("pipeline.*.image")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a Woodpecker pipeline",
        paths: &[".woodpecker.yml", ".woodpecker.yaml", ".woodpecker/*.yml", ".woodpecker/*.yaml"],
        signs: &[
            &[At("steps.*.image")],
            &[At("steps[].image"), At("steps[].commands")],
            &[At("steps[].image"), At("when")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a Google Cloud Build configuration",
        paths: &["cloudbuild*.yaml", "cloudbuild*.yml", "cloudbuild*.json"],
        signs: &[
            &[At("steps[].name"), At("steps[].args")],
            &[At("steps[].name"), At("steps[].entrypoint")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a Buildkite pipeline",
        paths: &[".buildkite/*.yml", ".buildkite/*.yaml"],
        signs: &[
            &[At("steps[].command")],
            &[At("steps[].commands"), At("steps[].label")],
            &[At("steps[].plugins")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "an AWS CodeBuild buildspec",
        paths: &["buildspec*.yml", "buildspec*.yaml"],
        signs: &[&[At("phases.*.commands")], &[At("phases.*.run-as")]],
        why: NOT_READ,
    },
    &Kind {
        name: "an AWS CodeDeploy appspec",
        paths: &["appspec.yml", "appspec.yaml"],
        signs: &[&[At("Resources[].*.Type"), At("version")], &[At("hooks.*[].location")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a Travis CI pipeline",
        paths: &[".travis.yml"],
        signs: &[
            &[At("language"), At("script")],
            &[At("language"), At("install")],
            &[At("language"), At("before_install")],
            &[At("dist"), At("script")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "an AppVeyor pipeline",
        paths: &["appveyor.yml", ".appveyor.yml"],
        signs: &[&[At("build_script")], &[At("test_script")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a Cirrus CI pipeline",
        paths: &[".cirrus.yml", ".cirrus.star"],
        signs: &[&[At("task")], &[At("*.*_script")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a Concourse pipeline",
        paths: &[],
        signs: &[
            &[At("jobs[].plan")],
            &[At("image_resource"), At("run")],
            &[At("platform"), At("run.path")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a Semaphore pipeline",
        paths: &[".semaphore/*.yml"],
        signs: &[&[At("blocks[].task")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a Zuul configuration",
        paths: &[".zuul.yaml", "zuul.yaml"],
        signs: &[&[At("[].job.name")], &[At("[].project.check")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a Codefresh pipeline",
        paths: &["codefresh.yml"],
        signs: &[&[At("steps.*.type=freestyle")], &[At("steps.*.type=build")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a Jenkinsfile",
        paths: &["Jenkinsfile", "*.jenkinsfile"],
        signs: &[&[Line("pipeline {"), Line("agent ")], &[Line("node("), Line("stage(")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a configuration of Jenkins",
        paths: &[],
        signs: &[&[At("jenkins.clouds")], &[At("jenkins.securityRealm")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a pre-commit configuration",
        paths: &[".pre-commit-config.yaml"],
        signs: &[&[At("repos[].hooks")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a Taskfile",
        paths: &["Taskfile.yml", "Taskfile.yaml", "Taskfile.dist.yml"],
        signs: &[&[At("tasks.*.cmds")], &[At("tasks.*.cmd")]],
        why: NOT_READ,
    },
    // Development environments.
    &Kind {
        name: "a Feature of dev containers",
        paths: &["devcontainer-feature.json", "devcontainer-template.json"],
        signs: &[&[At("id"), At("version"), At("installsAfter")]],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a Gitpod configuration",
        paths: &[".gitpod.yml"],
        signs: &[&[At("tasks[].init")], &[At("ports[].onOpen")]],
        why: NOT_READ,
    },
    // Other ways to run containers.
    &Kind {
        name: "an ECS task definition",
        paths: &[],
        signs: &[&[At("ContainerDefinitions[]")]],
        why: NOT_READ,
    },
    &Kind {
        name: "an AWS Batch job definition",
        paths: &[],
        signs: &[&[At("containerProperties.image")], &[At("jobDefinitionName")]],
        why: NOT_READ,
    },
    &Kind {
        name: "an Elastic Beanstalk configuration",
        paths: &["Dockerrun.aws.json"],
        signs: &[&[At("AWSEBDockerrunVersion")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a CloudFormation template",
        paths: &[],
        signs: &[&[At("AWSTemplateFormatVersion")], &[At("Resources.*.Type")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a Nomad job",
        paths: &["*.nomad", "*.nomad.hcl", "*.nomad.json"],
        signs: &[
            &[Line("job \""), Line("group \"")],
            &[Line("job \""), Line("task \"")],
            &[At("Job.TaskGroups")],
            &[At("job.*.group")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a bake file of Docker",
        paths: &["docker-bake.hcl", "docker-bake.json", "docker-bake.override.hcl"],
        signs: &[
            &[Line("target \""), Line("group \"")],
            &[Line("target \""), Line("tags")],
            &[At("target.*.dockerfile")],
            &[At("target.*.tags")],
        ],
        why: "it builds images and starts no container",
    },
    &Kind {
        name: "a Terraform configuration",
        paths: &["*.tf", "*.tf.json"],
        signs: &[&[Line("resource \"")], &[Line("terraform {")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a Render blueprint",
        paths: &["render.yaml"],
        signs: &[
            &[At("services[].type"), At("services[].env")],
            &[At("services[].type"), At("services[].runtime")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a specification of DigitalOcean's App Platform",
        paths: &[".do/*.yaml"],
        signs: &[
            &[At("services[].instance_size_slug")],
            &[At("services[].github"), At("name")],
            &[At("services[].dockerfile_path")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a configuration of Kamal",
        paths: &[],
        signs: &[&[At("service"), At("image"), At("servers")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a configuration of the Serverless Framework",
        paths: &["serverless.yml", "serverless.yaml"],
        signs: &[&[At("provider.name"), At("functions")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a configuration of App Engine",
        paths: &[],
        signs: &[&[At("runtime"), At("handlers[]")], &[At("runtime"), At("env=flex")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a Score workload",
        paths: &["score.yaml"],
        signs: &[&[At("apiVersion=score.dev/v1b1")]],
        why: NOT_READ,
    },
    &Kind {
        name: "the output of `docker inspect`",
        paths: &[],
        signs: &[&[At("[].HostConfig"), At("[].Config")]],
        why: NOT_READ,
    },
    &Kind {
        name: "an OCI runtime configuration",
        paths: &[],
        signs: &[&[At("ociVersion")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a seccomp profile",
        paths: &[],
        signs: &[&[At("defaultAction"), At("syscalls")]],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a Dockerfile",
        paths: dockerfile::NAMES,
        signs: &[
            &[Line("FROM "), Line("RUN ")],
            &[Line("FROM "), Line("CMD ")],
            &[Line("FROM "), Line("ENTRYPOINT ")],
            &[Line("FROM "), Line("COPY ")],
        ],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a unit of systemd",
        paths: &["*.service", "*.socket", "*.timer", "*.path", "*.target", "*.mount", "*.slice"],
        signs: &[&[Line("[Unit]"), Line("Description=")], &[Line("[Service]"), Line("Exec")]],
        why: NO_CONTAINER,
    },
    // The set-up of machines.
    &Kind {
        name: "an Ansible playbook",
        paths: &[],
        signs: &[
            &[At("[].hosts")],
            &[At("[].import_playbook")],
            &[At("[].ansible*import_playbook")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a list of Ansible tasks",
        paths: &["tasks/*.yml", "tasks/*.yaml", "handlers/*.yml", "handlers/*.yaml"],
        signs: &[
            &[At("[].block[]")],
            &[At("[].include_tasks")],
            &[At("[].import_tasks")],
            &[At("[].name"), At("[].become")],
            &[At("[].name"), At("[].register")],
            &[At("[].name"), At("[].when")],
            &[At("[].name"), At("[].notify")],
            &[At("[].name"), At("[].tags")],
            &[At("[].name"), At("[].shell")],
            &[At("[].name"), At("[].command")],
            &[At("[].name"), At("[].docker_container")],
            &[At("[].name"), At("[].ansible*")],
            &[At("[].name"), At("[].community*")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "an Ansible inventory",
        paths: &["inventory.yml", "inventory.yaml", "hosts.yml", "hosts.yaml"],
        signs: &[&[At("all.hosts")], &[At("all.children")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a variable file of Ansible",
        paths: &[
            "group_vars/*.yml", "host_vars/*.yml", "group_vars/*/*.yml", "host_vars/*/*.yml",
            "defaults/main.yml", "vars/main.yml",
        ],
        signs: &[],
        why: NOT_READ,
    },
    &Kind {
        name: "a configuration of cloud-init",
        paths: &[],
        signs: &[&[Line("#cloud-config")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a Butane configuration",
        paths: &["*.bu"],
        signs: &[&[At("variant=fcos")], &[At("variant=flatcar")], &[At("ignition.version")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a Flatpak manifest",
        paths: &[],
        signs: &[
            &[At("app-id"), At("runtime"), At("sdk")],
            &[At("id"), At("runtime"), At("sdk"), At("modules")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a snapcraft project",
        paths: &["snapcraft.yaml"],
        signs: &[&[At("parts.*.plugin"), At("name")]],
        why: NOT_READ,
    },
    // What goes into a cluster by way of something else.
    &Kind {
        name: "a template that is not rendered",
        paths: &[],
        signs: &[&[Template]],
        why: NOT_RENDERED,
    },
    &Kind {
        name: "the description of a Helm chart",
        paths: &["Chart.yaml", "Chart.yml", "Chart.lock"],
        signs: &[&[At("apiVersion=v2"), At("version")], &[At("apiVersion=v1"), At("appVersion")]],
        why: NOT_RENDERED,
    },
    &Kind {
        name: "a helmfile",
        paths: &["helmfile.yaml", "helmfile.d/*.yaml"],
        signs: &[&[At("releases[].chart")]],
        why: NOT_RENDERED,
    },
    &Kind {
        name: "a kustomization",
        paths: &["kustomization.yaml", "kustomization.yml", "Kustomization"],
        signs: &[
            &[At("kind=Kustomization")],
            &[At("apiVersion=builtin")],
            &[At("apiVersion=kustomize.config.k8s.io/v1alpha1")],
            &[At("resources[]"), At("patches[]")],
            &[At("resources[]"), At("patchesStrategicMerge[]")],
            &[At("bases[]"), At("patchesStrategicMerge[]")],
        ],
        why: "only what it becomes can be checked: `kustomize build | isodoc lint -`",
    },
    &Kind {
        name: "a configuration of Skaffold",
        paths: &["skaffold.yaml"],
        signs: &[&[At("apiVersion"), At("build.artifacts[]")]],
        why: NOT_READ,
    },
    &Kind {
        name: "a kubeconfig",
        paths: &["kubeconfig"],
        signs: &[&[At("kind=Config"), At("clusters"), At("users")]],
        why: NO_CONTAINER,
    },
    // What has nothing to do with containers, and is in many repositories.
    &Kind {
        name: "a rule file of Prometheus",
        paths: &[],
        signs: &[&[At("groups[].rules")]],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a configuration of Prometheus",
        paths: &["prometheus.yml", "prometheus.yaml"],
        signs: &[&[At("scrape_configs")]],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a configuration of Alertmanager",
        paths: &["alertmanager.yml", "alertmanager.yaml"],
        signs: &[&[At("route"), At("receivers")]],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a configuration of an OpenTelemetry collector",
        paths: &[],
        signs: &[&[At("receivers"), At("exporters"), At("service.pipelines")]],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a Grafana dashboard",
        paths: &[],
        signs: &[&[At("panels[]"), At("schemaVersion")]],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a configuration of Traefik",
        paths: &["traefik.yml", "traefik.yaml"],
        signs: &[&[At("entryPoints")], &[At("http.routers")]],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "an OpenAPI description",
        paths: &[],
        signs: &[&[At("openapi")], &[At("swagger")]],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "an AsyncAPI description",
        paths: &[],
        signs: &[&[At("asyncapi")]],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a JSON Schema",
        paths: &[],
        signs: &[&[At("$schema"), At("properties")], &[At("$schema"), At("$defs")]],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a package.json",
        paths: &["package.json"],
        signs: &[
            &[At("scripts"), At("dependencies")],
            &[At("scripts"), At("devDependencies")],
            &[At("scripts"), At("name")],
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a lock file",
        paths: &[
            "package-lock.json", "pnpm-lock.yaml", "composer.lock", "pubspec.lock",
            "packages.lock.json",
        ],
        signs: &[&[At("lockfileVersion")]],
        why: NO_CONTAINER,
    },
    &Kind { name: "a composer.json", paths: &["composer.json"], signs: &[], why: NO_CONTAINER },
    &Kind {
        name: "a TypeScript configuration",
        paths: &["tsconfig*.json"],
        signs: &[&[At("compilerOptions")]],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a Conda environment",
        paths: &[],
        signs: &[&[At("channels[]"), At("dependencies[]")]],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a configuration of MkDocs",
        paths: &["mkdocs.yml", "mkdocs.yaml"],
        signs: &[&[At("site_name")]],
        why: NO_CONTAINER,
    },
];
