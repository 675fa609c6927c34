//! The kinds, one row each. A sign is what the kind's own documentation demands, or what no other
//! kind has at that place; of two that show in a file the first counts.

use super::{Kind, OTHER_SCRIPT, TEMPLATE};
use crate::deploy::dockerfile;

const NOT_READ: &str = "isodoc does not read these";
const NO_CONTAINER: &str = "it starts no container";
const NOT_RENDERED: &str =
    "only what it becomes can be checked: `helm template RELEASE CHART | isodoc lint -`";

pub(super) static ALL: &[&Kind] = &[
    &Kind {
        name: "a script that no shell reads",
        paths: &["*.ps1", "*.psm1", "*.bat", "*.cmd"],
        signs: &[OTHER_SCRIPT],
        why: "put its commands into a code block of a Markdown file",
    },
    // Pipelines.
    &Kind {
        name: "a GitHub workflow",
        paths: &[".github/workflows/*.yml", ".github/workflows/*.yaml"],
        signs: &["jobs.*.runs-on", "jobs.*.steps & on", "jobs.*.uses & on"],
        why: NOT_READ,
    },
    &Kind { name: "a GitHub action", paths: &[], signs: &["runs.using"], why: NOT_READ },
    &Kind {
        name: "a Dependabot configuration",
        paths: &[".github/dependabot.yml"],
        signs: &["updates[].package-ecosystem"],
        why: NOT_READ,
    },
    &Kind {
        name: "a GitLab CI pipeline",
        paths: &[".gitlab-ci.yml", "*.gitlab-ci.yml", ".gitlab-ci.yaml", "*.gitlab-ci.yaml"],
        signs: &[
            "*.script[]", "*.script & *.stage", "*.script & stages", "*.script & *.image",
            "*.trigger & *.stage", "workflow.rules", "*.extends & *.stage",
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a CircleCI pipeline",
        paths: &[".circleci/*.yml", ".circleci/*.yaml"],
        signs: &[
            "jobs.*.docker[].image",
            "jobs.*.machine & jobs.*.steps",
            "jobs.*.executor & jobs.*.steps",
            "executors.*.docker",
            "orbs & version",
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a configuration of Packit",
        paths: &[".packit.yaml", "packit.yaml", ".packit.yml"],
        signs: &["jobs[].job & jobs[].trigger", "specfile_path"],
        why: NOT_READ,
    },
    &Kind {
        name: "an Azure pipeline",
        paths: &["azure-pipelines*.yml", "azure-pipelines*.yaml", ".azure-pipelines/*.yml"],
        signs: &[
            "stages[].jobs",
            "jobs[].job",
            "jobs[].deployment",
            "jobs[].template",
            "steps[].task",
            "steps[].script & pool",
            "steps[].script & trigger",
            "steps[].bash",
            "resources.containers[].container",
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a Bitbucket pipeline",
        paths: &["bitbucket-pipelines.yml"],
        signs: &[
            "pipelines.default[]", "pipelines.branches", "pipelines.pull-requests",
            "pipelines.custom", "pipelines.tags",
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a Drone pipeline",
        paths: &[".drone.yml", ".drone.yaml"],
        signs: &["kind=pipeline & steps", "kind=pipeline & type", "pipeline.*.image"],
        why: NOT_READ,
    },
    &Kind {
        name: "a Woodpecker pipeline",
        paths: &[".woodpecker.yml", ".woodpecker.yaml", ".woodpecker/*.yml", ".woodpecker/*.yaml"],
        signs: &[
            "steps.*.image",
            "steps[].image & steps[].commands",
            "steps[].image & when",
            "services.*.backend_options",
            "services[].backend_options",
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a Google Cloud Build configuration",
        paths: &["cloudbuild*.yaml", "cloudbuild*.yml", "cloudbuild*.json"],
        signs: &["steps[].name & steps[].args", "steps[].name & steps[].entrypoint"],
        why: NOT_READ,
    },
    &Kind {
        name: "a Buildkite pipeline",
        paths: &[".buildkite/*.yml", ".buildkite/*.yaml"],
        signs: &["steps[].command", "steps[].commands & steps[].label", "steps[].plugins"],
        why: NOT_READ,
    },
    &Kind {
        name: "an AWS CodeBuild buildspec",
        paths: &["buildspec*.yml", "buildspec*.yaml"],
        signs: &["phases.*.commands", "phases.*.run-as"],
        why: NOT_READ,
    },
    &Kind {
        name: "an AWS CodeDeploy appspec",
        paths: &["appspec.yml", "appspec.yaml"],
        signs: &["Resources[].*.Type & version", "hooks.*[].location"],
        why: NOT_READ,
    },
    &Kind {
        name: "a Travis CI pipeline",
        paths: &[".travis.yml"],
        signs: &[
            "language & script", "language & install", "language & before_install", "dist & script",
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "an AppVeyor pipeline",
        paths: &["appveyor.yml", ".appveyor.yml"],
        signs: &["build_script", "test_script"],
        why: NOT_READ,
    },
    &Kind {
        name: "a Cirrus CI pipeline",
        paths: &[".cirrus.yml", ".cirrus.star"],
        signs: &["task", "*.*_script"],
        why: NOT_READ,
    },
    &Kind {
        name: "a Concourse pipeline",
        paths: &[],
        signs: &["jobs[].plan", "image_resource & run", "platform & run.path"],
        why: NOT_READ,
    },
    &Kind {
        name: "a Semaphore pipeline",
        paths: &[".semaphore/*.yml"],
        signs: &["blocks[].task"],
        why: NOT_READ,
    },
    &Kind {
        name: "a Zuul configuration",
        paths: &[".zuul.yaml", "zuul.yaml"],
        signs: &["[].job.name", "[].project.check"],
        why: NOT_READ,
    },
    &Kind {
        name: "a Codefresh pipeline",
        paths: &["codefresh.yml"],
        signs: &["steps.*.type=freestyle", "steps.*.type=build"],
        why: NOT_READ,
    },
    &Kind {
        name: "a Jenkinsfile",
        paths: &["Jenkinsfile", "*.jenkinsfile"],
        signs: &["^pipeline { & ^agent ", "^node( & ^stage("],
        why: NOT_READ,
    },
    &Kind {
        name: "a configuration of Jenkins",
        paths: &[],
        signs: &["jenkins.clouds", "jenkins.securityRealm"],
        why: NOT_READ,
    },
    &Kind {
        name: "a pre-commit configuration",
        paths: &[".pre-commit-config.yaml"],
        signs: &["repos[].hooks"],
        why: NOT_READ,
    },
    &Kind {
        name: "a Taskfile",
        paths: &["Taskfile.yml", "Taskfile.yaml", "Taskfile.dist.yml"],
        signs: &["tasks.*.cmds", "tasks.*.cmd"],
        why: NOT_READ,
    },
    // Development environments.
    &Kind {
        name: "a Feature of dev containers",
        paths: &["devcontainer-feature.json", "devcontainer-template.json"],
        signs: &["id & version & installsAfter"],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a Gitpod configuration",
        paths: &[".gitpod.yml"],
        signs: &["tasks[].init", "ports[].onOpen"],
        why: NOT_READ,
    },
    // Other ways to run containers.
    &Kind {
        name: "an ECS task definition",
        paths: &[],
        signs: &["ContainerDefinitions[]"],
        why: NOT_READ,
    },
    &Kind {
        name: "an AWS Batch job definition",
        paths: &[],
        signs: &["containerProperties.image", "jobDefinitionName"],
        why: NOT_READ,
    },
    &Kind {
        name: "an Elastic Beanstalk configuration",
        paths: &["Dockerrun.aws.json"],
        signs: &["AWSEBDockerrunVersion"],
        why: NOT_READ,
    },
    &Kind {
        name: "a CloudFormation template",
        paths: &[],
        signs: &["AWSTemplateFormatVersion", "Resources.*.Type"],
        why: NOT_READ,
    },
    &Kind {
        name: "a Nomad job",
        paths: &["*.nomad", "*.nomad.hcl", "*.nomad.json"],
        signs: &["^job \" & ^group \"", "^job \" & ^task \"", "Job.TaskGroups", "job.*.group"],
        why: NOT_READ,
    },
    &Kind {
        name: "a bake file of Docker",
        paths: &["docker-bake.hcl", "docker-bake.json", "docker-bake.override.hcl"],
        signs: &[
            "^target \" & ^group \"", "^target \" & ^tags", "target.*.dockerfile", "target.*.tags",
        ],
        why: "it builds images and starts no container",
    },
    &Kind {
        name: "a Terraform configuration",
        paths: &["*.tf", "*.tf.json"],
        signs: &["^resource \"", "^terraform {"],
        why: NOT_READ,
    },
    &Kind {
        name: "a Render blueprint",
        paths: &["render.yaml"],
        signs: &["services[].type & services[].env", "services[].type & services[].runtime"],
        why: NOT_READ,
    },
    &Kind {
        name: "a specification of DigitalOcean's App Platform",
        paths: &[".do/*.yaml"],
        signs: &[
            "services[].instance_size_slug",
            "services[].github & name",
            "services[].dockerfile_path",
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "a configuration of Kamal",
        paths: &[],
        signs: &["service & image & servers"],
        why: NOT_READ,
    },
    &Kind {
        name: "a configuration of the Serverless Framework",
        paths: &["serverless.yml", "serverless.yaml"],
        signs: &["provider.name & functions"],
        why: NOT_READ,
    },
    &Kind {
        name: "a configuration of App Engine",
        paths: &[],
        signs: &["runtime & handlers[]", "runtime & env=flex"],
        why: NOT_READ,
    },
    &Kind {
        name: "a Score workload",
        paths: &["score.yaml"],
        signs: &["apiVersion=score.dev/v1b1"],
        why: NOT_READ,
    },
    &Kind {
        name: "the output of `docker inspect`",
        paths: &[],
        signs: &["[].HostConfig & [].Config"],
        why: NOT_READ,
    },
    &Kind {
        name: "an OCI runtime configuration",
        paths: &[],
        signs: &["ociVersion"],
        why: NOT_READ,
    },
    &Kind {
        name: "a seccomp profile",
        paths: &[],
        signs: &["defaultAction & syscalls"],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a Dockerfile",
        paths: dockerfile::NAMES,
        signs: &["^FROM  & ^RUN ", "^FROM  & ^CMD ", "^FROM  & ^ENTRYPOINT ", "^FROM  & ^COPY "],
        why: "it starts no container: lint what runs its image, as with `isodoc lint -- docker run \
            IMAGE`",
    },
    &Kind {
        name: "a unit of systemd",
        paths: &["*.service", "*.socket", "*.timer", "*.path", "*.target", "*.mount", "*.slice"],
        signs: &["^[Unit] & ^Description=", "^[Service] & ^Exec"],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a drop-in of a unit of systemd",
        paths: &["*.service.d/*.conf", "service.d/*.conf"],
        signs: &[
            "^[Service] & ^CapabilityBoundingSet=",
            "^[Service] & ^Environment=",
            "^[Service] & ^NoNewPrivileges=",
            "^[Service] & ^PrivateTmp=",
            "^[Service] & ^ProtectSystem=",
            "^[Service] & ^RestrictNamespaces=",
            "^[Service] & ^SystemCallFilter=",
            "^[Service] & ^User=",
        ],
        why: "lint the unit that it is for, with this in a directory UNIT.d beside it",
    },
    // The set-up of machines.
    &Kind {
        name: "an Ansible playbook",
        paths: &[],
        signs: &["[].hosts", "[].import_playbook", "[].ansible*import_playbook"],
        why: NOT_READ,
    },
    &Kind {
        name: "a list of Ansible tasks",
        paths: &["tasks/*.yml", "tasks/*.yaml", "handlers/*.yml", "handlers/*.yaml"],
        signs: &[
            "[].block[]",
            "[].include_tasks",
            "[].import_tasks",
            "[].name & [].become",
            "[].name & [].register",
            "[].name & [].when",
            "[].name & [].notify",
            "[].name & [].tags",
            "[].name & [].shell",
            "[].name & [].command",
            "[].name & [].docker_container",
            "[].name & [].ansible*",
            "[].name & [].community*",
        ],
        why: NOT_READ,
    },
    &Kind {
        name: "an Ansible inventory",
        paths: &["inventory.yml", "inventory.yaml", "hosts.yml", "hosts.yaml"],
        signs: &["all.hosts", "all.children"],
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
        signs: &["^#cloud-config"],
        why: NOT_READ,
    },
    &Kind {
        name: "a Butane configuration",
        paths: &["*.bu"],
        signs: &["variant=fcos", "variant=flatcar", "ignition.version"],
        why: NOT_READ,
    },
    &Kind {
        name: "a Flatpak manifest",
        paths: &[],
        signs: &["app-id & runtime & sdk", "id & runtime & sdk & modules"],
        why: NOT_READ,
    },
    &Kind {
        name: "a snapcraft project",
        paths: &["snapcraft.yaml"],
        signs: &["parts.*.plugin & name"],
        why: NOT_READ,
    },
    // What goes into a cluster by way of something else.
    &Kind {
        name: "a template that is not rendered",
        paths: &[],
        signs: &[TEMPLATE],
        why: NOT_RENDERED,
    },
    &Kind {
        name: "the description of a Helm chart",
        paths: &["Chart.yaml", "Chart.yml", "Chart.lock"],
        signs: &["apiVersion=v2 & version", "apiVersion=v1 & appVersion"],
        why: NOT_RENDERED,
    },
    &Kind {
        name: "a helmfile",
        paths: &["helmfile.yaml", "helmfile.d/*.yaml"],
        signs: &["releases[].chart"],
        why: NOT_RENDERED,
    },
    &Kind {
        name: "a kustomization",
        paths: &["kustomization.yaml", "kustomization.yml", "Kustomization"],
        signs: &[
            "kind=Kustomization",
            "apiVersion=builtin",
            "apiVersion=kustomize.config.k8s.io/v1alpha1",
            "resources[] & patches[]",
            "resources[] & patchesStrategicMerge[]",
            "bases[] & patchesStrategicMerge[]",
        ],
        why: "only what it becomes can be checked: `kustomize build | isodoc lint -`",
    },
    &Kind {
        name: "a configuration of Skaffold",
        paths: &["skaffold.yaml"],
        signs: &["apiVersion & build.artifacts[]"],
        why: NOT_READ,
    },
    &Kind {
        name: "a kubeconfig",
        paths: &["kubeconfig"],
        signs: &["kind=Config & clusters & users"],
        why: NO_CONTAINER,
    },
    // What has nothing to do with containers, and is in many repositories.
    &Kind {
        name: "a rule file of Prometheus",
        paths: &[],
        signs: &["groups[].rules"],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a configuration of Prometheus",
        paths: &["prometheus.yml", "prometheus.yaml"],
        signs: &["scrape_configs"],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a configuration of Alertmanager",
        paths: &["alertmanager.yml", "alertmanager.yaml"],
        signs: &["route & receivers"],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a configuration of an OpenTelemetry collector",
        paths: &[],
        signs: &["receivers & exporters & service.pipelines"],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a Grafana dashboard",
        paths: &[],
        signs: &["panels[] & schemaVersion"],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a configuration of Traefik",
        paths: &["traefik.yml", "traefik.yaml"],
        signs: &["entryPoints", "http.routers"],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "an OpenAPI description",
        paths: &[],
        signs: &["openapi", "swagger"],
        why: NO_CONTAINER,
    },
    &Kind { name: "an AsyncAPI description", paths: &[], signs: &["asyncapi"], why: NO_CONTAINER },
    &Kind {
        name: "a JSON Schema",
        paths: &[],
        signs: &["$schema & properties", "$schema & $defs"],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a package.json",
        paths: &["package.json"],
        signs: &["scripts & dependencies", "scripts & devDependencies", "scripts & name"],
        why: NOT_READ,
    },
    &Kind {
        name: "a lock file",
        paths: &[
            "package-lock.json", "pnpm-lock.yaml", "composer.lock", "pubspec.lock",
            "packages.lock.json",
        ],
        signs: &["lockfileVersion"],
        why: NO_CONTAINER,
    },
    &Kind { name: "a composer.json", paths: &["composer.json"], signs: &[], why: NO_CONTAINER },
    &Kind {
        name: "a TypeScript configuration",
        paths: &["tsconfig*.json"],
        signs: &["compilerOptions"],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a Conda environment",
        paths: &[],
        signs: &["channels[] & dependencies[]"],
        why: NO_CONTAINER,
    },
    &Kind {
        name: "a configuration of MkDocs",
        paths: &["mkdocs.yml", "mkdocs.yaml"],
        signs: &["site_name"],
        why: NO_CONTAINER,
    },
];
