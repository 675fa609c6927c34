//! Reduced cases of what real files have, in `fixtures/deploy/`: what is expected stands in each of
//! them.

use super::*;

/// A file; how it exits; each container, with a mechanism, the verdict on it, and the step or the
/// cause where one is expected; and what is said: ids or words of findings and errors.
type Row = (
    &'static str,
    i32,
    &'static [(&'static str, &'static str, &'static str, &'static str)],
    &'static [&'static str],
);

const UNSHARE: &str = "unshare";
const BWRAP: &str = "bubblewrap";
const YES: &str = "supported";
const NO: &str = "unsupported";
const OPEN: &str = "unknown";

/// On plain Linux, with `--all`. What cannot hold a comment has its statement here.
#[rustfmt::skip]
const CASES: &[Row] = &[
    ("Dockerfile.jail", 3, &[], &["a Dockerfile; it starts no container"]),
    ("Dockerfile.run", 3, &[], &["a Dockerfile; it starts no container"]),
    ("Dockerfile.sandbox", 1, &[
        ("RUN unshare", UNSHARE, NO, "seccomp-unshare"),
        ("RUN bwrap", BWRAP, NO, "seccomp-clone"),
    ], &[]),
    ("Makefile.make-dollar", 0, &[("$(IMG)", UNSHARE, YES, "")], &[]),
    ("alias.sh", 0, &[("xx", UNSHARE, YES, "")], &[]),
    ("buildspec.yml", 3, &[], &["an AWS CodeBuild buildspec; isodoc does not read these"]),
    ("bwrap-noproc.sh", 1, &[("gg", BWRAP, YES, ""), ("hh", BWRAP, NO, "mount-proc")], &[]),
    ("bwrap-pivot.sh", 1, &[
        ("kk", BWRAP, NO, "seccomp-pivot-root"), ("ll", BWRAP, YES, ""),
        ("nn", "nsjail", NO, "seccomp-pivot-root"),
        ("mm", BWRAP, NO, "setfcap-missing"),
    ], &[]),
    ("cloud-init.yml", 0, &[("c1", UNSHARE, YES, "")], &[]),
    ("commands.sh", 1, &[
        ("c1", UNSHARE, YES, ""), ("c2", UNSHARE, YES, ""), ("c3", UNSHARE, YES, ""),
        ("c4", UNSHARE, YES, ""),
        ("c5", UNSHARE, NO, ""), ("c6", UNSHARE, YES, ""), ("c7", UNSHARE, YES, ""),
        ("c8", UNSHARE, YES, ""),
        ("c9", UNSHARE, YES, ""),
    ], &[]),
    ("comment.sh", 0, &[("qq", BWRAP, YES, ""), ("nn", UNSHARE, YES, "")], &[]),
    ("compose-bool-priv.yml", 0, &[("a", UNSHARE, YES, ""), ("b", UNSHARE, YES, ""),
        ("c", UNSHARE, YES, "")], &[]),
    ("compose-build-priv.yml", 1, &[("a", UNSHARE, NO, "")], &[]),
    ("compose-cgroup-init.yml", 1, &[
        ("a", UNSHARE, NO, "cgroup-pids-max"), ("b", UNSHARE, NO, "fork"),
        ("c", UNSHARE, YES, ""), ("d", UNSHARE, YES, ""),
        ("e", UNSHARE, YES, ""),
    ], &[]),
    ("compose-features.yml", 1, &[
        ("a", UNSHARE, YES, ""), ("b", UNSHARE, YES, ""), ("c", UNSHARE, YES, ""),
        ("d", UNSHARE, YES, ""),
        ("e", UNSHARE, NO, ""), ("f", UNSHARE, NO, ""), ("g", UNSHARE, YES, ""),
        ("h", UNSHARE, YES, ""),
    ], &[]),
    ("compose-include-missing.yml", 3, &[("a", UNSHARE, YES, "")], &["include-missing"]),
    ("compose-jail.yml", 1, &[("jail", "nsjail", YES, ""),
        ("sandbox", BWRAP, NO, "seccomp-clone"), ("other", BWRAP, OPEN, "")], &["pwn.red/jail"]),
    ("compose-pre_start.yml", 1, &[("a", UNSHARE, NO, "")], &[]),
    ("compose-reset-base.yml", 0, &[("w", UNSHARE, YES, "")], &[]),
    ("compose-reset.yml", 1, &[("w", UNSHARE, NO, "")], &[]),
    ("compose-setfcap-line.yml", 1, &[("worker", UNSHARE, NO, "setfcap-missing")], &[]),
    ("compose-tab.yml", 2, &[], &["tab"]),
    ("crd-arc.yaml", 1, &[("runner", UNSHARE, NO, ""), ("dind", UNSHARE, YES, "")], &[]),
    ("crd-argo.yaml", 1, &[("a", UNSHARE, NO, ""), ("dind", UNSHARE, YES, "")], &[]),
    ("crd-keda.yaml", 1, &[("c", UNSHARE, NO, "")], &[]),
    ("crd-knative.yaml", 1, &[("containers[0]", UNSHARE, NO, "setfcap-missing")], &[]),
    ("crd-kruise.yaml", 1, &[("c", UNSHARE, NO, "")], &[]),
    ("crd-openshift.yaml", 1, &[("c", UNSHARE, NO, "")], &[]),
    ("crd-rollout.yaml", 1, &[("c", UNSHARE, NO, "")], &[]),
    ("crd-sandbox.yaml", 0, &[("c1", UNSHARE, YES, "")], &[]),
    ("crd-summerwind.yaml", 3, &[("runner", UNSHARE, YES, ""),
        ("step", UNSHARE, OPEN, "")], &["runtime-class"]),
    ("crd-tekton.yaml", 1, &[("build", UNSHARE, NO, "")], &[]),
    ("dc.json", 0, &[("mcr.microsoft.com/devcontainers/base:debian", UNSHARE, YES, "")], &[]),
    ("ecs.json", 1, &[("a", UNSHARE, YES, ""), ("b", UNSHARE, NO, "mount-proc")], &[]),
    ("env-file.yml", 2, &[("a", UNSHARE, NO, ""),
        ("b", UNSHARE, OPEN, "")], &["`cap_add` is a string"]),
    ("exec-array.sh", 0, &[("a1", UNSHARE, YES, ""), ("a2", UNSHARE, YES, ""),
        ("a3", UNSHARE, YES, "")], &[]),
    ("fix-anchor-privileged.yml", 1, &[("b", UNSHARE, NO, "")], &[]),
    ("fix-ubuntu-sysadmin.yml", 0, &[("w", UNSHARE, YES, "")], &[]),
    ("gitlab-ci.yml", 3, &[("g1", UNSHARE, YES, ""), ("g2", UNSHARE, YES, ""),
        ("build", UNSHARE, OPEN, ""), ("docker:dind", UNSHARE, OPEN, "")], &["runner decides"]),
    ("gitlab-ci2.yml", 3, &[("gg", UNSHARE, YES, ""), ("build-job", UNSHARE, OPEN, ""),
        ("test-job", UNSHARE, OPEN, ""), ("docker:24-dind", UNSHARE, OPEN, "")], &["gitlab-ci"]),
    ("gitlab-ci3.yml", 3, &[("extends", BWRAP, OPEN, ""), ("refers", BWRAP, OPEN, ""),
        ("itself", UNSHARE, OPEN, "")], &["on a privileged one it works"]),
    ("heredoc-compose.sh", 0, &[("w", UNSHARE, YES, "")], &[]),
    ("heredoc-kubectl.sh", 1, &[("k1", UNSHARE, NO, ""), ("k2", UNSHARE, NO, "")], &[]),
    ("heredoc.sh", 0, &[("h1", UNSHARE, YES, ""), ("h2", UNSHARE, YES, "")], &[]),
    // A privileged container in a recipe.
    ("images.yml", 1, &[
        ("worker", UNSHARE, NO, ""), ("lsp", UNSHARE, NO, ""),
        ("bare", "chromium", NO, "seccomp-clone"),
        ("documented", "chromium", YES, ""), ("root", UNSHARE, NO, ""),
        ("pw", "chromium", NO, "seccomp-clone"),
    ], &["image-implies-mechanism"]),
    ("justfile", 0, &[("j1", UNSHARE, YES, "")], &[]),
    ("k8s-configmap-embedded.yaml", 3, &[], &[]),
    ("k8s-configmap-manifest.yaml", 1, &[("helper", UNSHARE, NO, ""),
        ("worker", UNSHARE, YES, "")], &[]),
    ("k8s-features.yaml", 0, &[("sidecar", UNSHARE, YES, ""), ("main", UNSHARE, YES, ""),
        ("priv", UNSHARE, YES, "")], &[]),
    ("k8s-fix-hostpid.yaml", 1, &[("one", UNSHARE, NO, "")], &[]),
    ("k8s-fix-init.yaml", 1, &[("init", UNSHARE, NO, ""), ("main", UNSHARE, NO, "")], &[]),
    ("k8s-fix-init2.yaml", 1, &[("one", UNSHARE, NO, ""), ("two", UNSHARE, NO, ""),
        ("three", UNSHARE, NO, "")], &[]),
    ("k8s-jenkins-nokind.yaml", 1, &[("jnlp", UNSHARE, NO, ""),
        ("kaniko", UNSHARE, YES, "")], &["without `kind`"]),
    // A list in JSON: one container.
    ("k8s-json-list.json", 1, &[("c", UNSHARE, NO, "")], &[]),
    ("k8s-list.yaml", 1, &[("c1", UNSHARE, NO, ""), ("c2", UNSHARE, NO, ""),
        ("c3", UNSHARE, NO, "")], &[]),
    ("k8s-one-bad.yaml", 2, &[("c1", UNSHARE, NO, ""),
        ("c3", UNSHARE, NO, "")], &["`privileged` is a string"]),
    ("k8s-podtemplate.yaml", 1, &[("c1", UNSHARE, NO, "")], &[]),
    ("k8s-restricted.yaml", 1, &[("c", UNSHARE, NO, "")], &[]),
    ("k8s-runtimeclass.yaml", 3, &[("c", UNSHARE, OPEN, "")], &["runtime-class"]),
    ("k8s-sysadmin-bwrap.yaml", 1, &[
        ("c", UNSHARE, YES, ""), ("c", BWRAP, NO, "seccomp-pivot-root"),
        ("c", "nsjail", NO, "seccomp-pivot-root"),
    ], &[]),
    ("k8s-typedlist.yaml", 1, &[("c1", UNSHARE, NO, "")], &[]),
    ("kubectl-run.sh", 1, &[
        ("a", UNSHARE, YES, ""), ("b", UNSHARE, NO, ""), ("c", UNSHARE, OPEN, ""),
        ("d", UNSHARE, YES, ""),
    ], &["`--overrides` is not known here"]),
    // A matrix of a pipeline: nothing that is read.
    ("matrix.json", 2, &[], &["of no kind that isodoc reads"]),
    ("md-cmd-caret.md", 0, &[("ww", UNSHARE, YES, "")], &[]),
    ("md-compose-fragment.md", 3, &[], &["compose-fragment"]),
    ("md-heredoc.md", 0, &[("hh", UNSHARE, YES, "")], &[]),
    ("md-indented-apostrophe.md", 3, &[], &[]),
    ("md-list-heredoc.md", 0, &[("hh", UNSHARE, YES, "")], &[]),
    ("md-powershell.md", 0, &[("ww", UNSHARE, YES, "")], &[]),
    ("md-prompts.md", 0, &[
        ("p1", UNSHARE, YES, ""), ("p2", UNSHARE, YES, ""), ("p3", UNSHARE, YES, ""),
        ("p4", UNSHARE, YES, ""),
        ("p5", UNSHARE, YES, ""), ("p6", UNSHARE, YES, ""),
    ], &[]),
    ("md-service-nokey.md", 3, &[], &["compose-fragment"]),
    ("nsjail-sysadmin.yml", 1, &[("worker", "nsjail", NO, "seccomp-pivot-root")], &[]),
    // d and e are asked for by their own flags.
    ("opts.sh", 1, &[
        ("aa", UNSHARE, YES, ""), ("bb", UNSHARE, YES, ""), ("cc", UNSHARE, YES, ""),
        ("dd", UNSHARE, YES, ""),
        ("ee", UNSHARE, YES, ""), ("ff", BWRAP, NO, "unshare"), ("gg", BWRAP, YES, ""),
        ("hh", UNSHARE, NO, "seccomp-unshare"),
        ("ii", UNSHARE, YES, ""), ("jj", UNSHARE, NO, "seccomp-unshare"), ("kk", UNSHARE, YES, ""),
        ("ll", UNSHARE, YES, ""),
    ], &[]),
    // A privileged container in a script of it.
    ("package.json", 0, &[("pj", UNSHARE, YES, "")], &[]),
    ("plain.service", 0, &[("plain.service", UNSHARE, YES, "")], &[]),
    // Of podman a, c, e, f; d is as Docker has it.
    ("pod.sh", 1, &[
        ("aa", UNSHARE, NO, "proc-masked"), ("bb", UNSHARE, YES, ""), ("cc", UNSHARE, YES, ""),
        ("dd", UNSHARE, NO, "seccomp-unshare"),
        ("ee", UNSHARE, NO, "proc-masked"), ("ff", UNSHARE, NO, "setfcap-missing"),
    ], &[]),
    ("quad.container", 0, &[("quad", UNSHARE, YES, "")], &[]),
    ("rootless.yaml", 3, &[("buildkitd", UNSHARE, NO, "")], &["image-implies-mechanism"]),
    ("runtime-compose.yml", 3, &[("a", UNSHARE, OPEN, ""),
        ("b", UNSHARE, OPEN, "")], &["runtime-class"]),
    ("runtime-docker.sh", 3, &[("aa", UNSHARE, OPEN, ""), ("bb", UNSHARE, OPEN, ""),
        ("cc", UNSHARE, OPEN, "")], &["runtime-class"]),
    ("sandbox.nomad.hcl", 1, &[
        ("plain", BWRAP, NO, "seccomp-clone"), ("open", BWRAP, YES, ""),
        ("privileged", BWRAP, OPEN, ""), ("host", BWRAP, OPEN, ""), ("pod", BWRAP, YES, ""),
    ], &["allow_privileged"]),
    ("swarm-stack.yml", 0, &[("a", UNSHARE, YES, "")], &["swarm-ignores"]),
    ("unit-podman.service", 1, &[("ww", UNSHARE, NO, "mount-proc")], &[]),
    ("unit.service", 0, &[("ww", UNSHARE, YES, "")], &[]),
    ("user-names.yml", 1, &[("a", UNSHARE, NO, "no-cap-sys-admin"), ("b", UNSHARE, OPEN, "")], &[]),
    ("workflow-apostrophe.yml", 0, &[("cri", UNSHARE, YES, "")], &[]),
    // bwrap: execvp true: No such file or directory, since nothing is bound into its root.
    ("workflow-container.yml", 1, &[("flatpak", BWRAP, NO, "program-missing")], &["runner-known"]),
    ("workflow-heredoc.yml", 0, &[("hh", UNSHARE, YES, ""), ("h2", UNSHARE, YES, "")], &[]),
    ("workflow-run.yml", 1, &[("dmoj/runtimes", UNSHARE, NO, ""),
        ("moby/buildkit", UNSHARE, YES, "")], &[]),
    ("workflow-services.yml", 1, &[("redis", UNSHARE, NO, "unshare")], &["runner-known"]),
    ("workflow-windows.yml", 1, &[("xx", UNSHARE, NO, "")], &[]),
    ("yaml-lone-dash.yml", 0, &[("c", UNSHARE, YES, "")], &[]),
    ("yaml-quoted-indent-compose.yml", 1, &[("c", UNSHARE, NO, "")], &[]),
    ("yaml-quoted-indent.yaml", 1, &[("c", UNSHARE, NO, "")], &[]),
    ("ytt.yaml", 1, &[("c", UNSHARE, NO, "")], &[]),
    ("unit-agent.service", 0, &[("unit-agent.service", BWRAP, YES, "")], &["User=agent"]),
    ("unit-hardened.service", 1, &[("unit-hardened.service", BWRAP, NO, "seccomp-clone")], &[]),
    ("unit-mount.service", 1, &[("unit-mount.service", UNSHARE, NO, "no-cap-sys-admin")], &[]),
    ("unit-pid.service", 0, &[("unit-pid.service", UNSHARE, YES, "")],
        &["EnvironmentFile=/etc/proxy.env"]),
    ("unit-uts.service", 0, &[("unit-uts.service", UNSHARE, YES, "")], &[]),
];

/// The cases that say nothing beside the verdicts, where a finding would be a mistake.
const SILENT: &[&str] = &["md-indented-apostrophe.md", "workflow-windows.yml"];

/// A file, and the option that makes every container count; of this one it is the image that says
/// so.
fn args(file: &str) -> Vec<&str> {
    let all = (file != "rootless.yaml").then_some("--all");
    std::iter::once(file).chain(all).collect()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/deploy")
}

#[test]
fn each_gives_what_stands_in_it() {
    let mut wrong = vec![];
    for (file, exit, containers, says) in CASES {
        let (code, report) = json(&fixtures(), &args(file));
        let entry = &report["files"][0];
        let found = entry["containers"].as_array().unwrap();
        let mut names: Vec<&str> = containers.iter().map(|(name, ..)| *name).collect();
        names.dedup();
        let judged: Vec<&str> = found.iter().map(|one| one["name"].as_str().unwrap()).collect();
        if code != *exit || judged != names {
            wrong.push(format!("{file}: exit {code}, {judged:?}: {}", entry["error"]));
        }
        for (name, id, verdict, at) in *containers {
            let container = found.iter().find(|one| one["name"] == *name);
            let mechanisms = container.and_then(|one| one["mechanisms"].as_array());
            let is = mechanisms.and_then(|all| all.iter().find(|one| one["id"] == *id));
            let prediction = is.map_or(&Value::Null, |is| &is["prediction"]);
            let here = at.is_empty() || prediction["step"] == *at || prediction["cause"] == *at;
            if prediction["verdict"] != *verdict || !here {
                wrong.push(format!("{file}: {name}: {id}: {prediction}"));
            }
        }
        let text = entry.to_string();
        wrong.extend(
            says.iter().filter(|what| !text.contains(**what)).map(|w| format!("{file}: no {w}")),
        );
        let noted = found.iter().any(|one| one["findings"].to_string().contains("quote"));
        if SILENT.contains(file) && (noted || !entry["findings"].as_array().unwrap().is_empty()) {
            wrong.push(format!("{file}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // None is left out.
    let mut all: Vec<String> = std::fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    all.sort();
    let mut known: Vec<&str> = CASES.iter().map(|(file, ..)| *file).collect();
    known.sort_unstable();
    assert_eq!(all, known);
}

#[test]
fn what_stands_in_them_of_hosts_and_lines() {
    let of = |host, args: &[&str]| json_on(host, &fixtures(), args).1["files"][0].clone();
    // podman as root, with AppArmor on the host.
    let pod = of("debian-12", &["pod.sh", "--all"]);
    let cause = pod["containers"][0]["mechanisms"][0]["prediction"]["cause"].as_str().unwrap();
    assert!(cause.contains("apparmor"), "{cause}");
    let opts = of("debian-12", &["opts.sh", "--all"]);
    let g = &opts["containers"].as_array().unwrap()[6];
    let bwrap = g["mechanisms"].as_array().unwrap().iter().find(|m| m["id"] == BWRAP).unwrap();
    let cause = bwrap["prediction"]["cause"].as_str().unwrap_or("");
    assert!(cause.contains("apparmor"), "{bwrap}");
    let drop = of("plain-linux", &["compose-setfcap-line.yml", "--all"]);
    assert_eq!(drop["containers"][0]["mechanisms"][0]["cause"]["line"], 9, "{drop}");
    let bad = of("plain-linux", &["env-file.yml", "--all"]);
    assert_eq!(bad["error"]["line"], 12);
    // What a ConfigMap holds is told where it stands.
    let held = of("plain-linux", &["k8s-configmap-manifest.yaml", "--all"]);
    assert_eq!(
        (&held["containers"][0]["line"], &held["containers"][1]["line"]),
        (&14.into(), &18.into())
    );
    let images = of("plain-linux", &["images.yml"]);
    let asks = |one: &&Value| one["asks_for_isolation"] == true;
    let asking = images["containers"].as_array().unwrap().iter().filter(asks);
    let asking: Vec<&str> = asking.map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(asking, ["worker", "bare", "documented", "pw"]);
    let (_, out, _) = lint(&fixtures(), &["rootless.yaml"]);
    assert!(!out.contains("mount-proc"), "{out}");
    // Remedies are those of the program that was typed.
    let (_, out, _) = parts(fed(
        &["lint", "--assume", "plain-linux", "-"],
        "#!/bin/sh\nnerdctl run alpine unshare -Urpf --mount-proc true\n",
    ));
    assert!(out.contains("    nerdctl run --security-opt seccomp=isodoc-unshare.json"), "{out}");
    // One upon the other: `!reset` takes away what stands below it.
    let over = ["-f", "compose-reset-base.yml", "-f", "compose-reset.yml", "--all"];
    let over = of("plain-linux", &over);
    assert_eq!(over["containers"][0]["verdict"], NO, "{over}");
}

/// A copy of a case after `--fix`, and what was said.
fn fixed(host: &str, file: &str) -> (String, String) {
    let before = std::fs::read_to_string(fixtures().join(file)).unwrap();
    let dir = files(&format!("reduced-{file}"), &[(file, &before)]);
    let (_, out, err) = lint_on(host, &dir, &["--fix", "--all", file]);
    (std::fs::read_to_string(dir.join(file)).unwrap(), out + &err)
}

#[test]
fn fixes_are_those_that_stand_in_them() {
    let (text, said) = fixed("plain-linux", "compose-setfcap-line.yml");
    assert!(!text.contains("\n      - SETFCAP") && !text.contains("user:"), "{said}{text}");
    let (text, said) = fixed("plain-linux", "fix-anchor-privileged.yml");
    let own = text.split("services:").nth(1).unwrap();
    let all = ["no-new-privileges", "seccomp=unconfined", "systempaths=unconfined"];
    assert!(
        all.iter().all(|opt| own.contains(opt)) && !own.contains("privileged: true"),
        "{said}{text}"
    );
    // A bare service on Ubuntu arrives at what the file has.
    let dir = files("reduced-ubuntu", &[("a.yml", "services:\n  w:\n    image: alpine\n")]);
    let (code, ..) = lint_on("ubuntu-24.04", &dir, &["--fix", "--all", "a.yml"]);
    let text = std::fs::read_to_string(dir.join("a.yml")).unwrap();
    let all = ["SYS_ADMIN", "apparmor=unconfined", "systempaths=unconfined"];
    assert!(code == 0 && all.iter().all(|opt| text.contains(opt)), "{text}");
    assert!(!text.contains("privileged"), "{text}");
    // All containers of a pod or none, and no key that the file does not have.
    for file in ["k8s-fix-hostpid.yaml", "k8s-fix-init.yaml", "k8s-fix-init2.yaml"] {
        let (text, said) = fixed("debian-12", file);
        let containers = text.matches("- name:").count();
        let changed = text.matches("privileged: true").count();
        assert!([0, containers].contains(&changed) && !said.contains("hostUsers"), "{said}{text}");
    }
    let (_, said) = fixed("debian-12", "k8s-restricted.yaml");
    assert!(said.contains("allowPrivilegeEscalation") && !said.contains("formatted"), "{said}");
}

/// What is not read, and what is refused in part, is left as it is; what was fixed stays so.
#[test]
fn a_second_fix_changes_nothing() {
    for (file, exit, ..) in CASES {
        let before = std::fs::read_to_string(fixtures().join(file)).unwrap();
        let dir = files(&format!("reduced-again-{file}"), &[(file, &before)]);
        let read = || std::fs::read_to_string(dir.join(file)).unwrap();
        lint(&dir, &[&["--fix"], &args(file)[..]].concat());
        let once = read();
        assert!(![2, 3].contains(exit) || once == before || file.contains("md"), "{file}: {once}");
        lint(&dir, &[&["--fix"], &args(file)[..]].concat());
        assert_eq!(read(), once, "{file}");
    }
}
