//! Dockerfiles, pipelines of GitLab and jobs of Nomad: judged as the commands of Docker that do the
//! same, on several hosts.

use super::*;

const HOSTS: &[&str] = &["plain-linux", "debian-12", "ubuntu-24.04"];
const BWRAP: &str = "bwrap --unshare-user --ro-bind / / true";

/// The verdict on the first container of a file, and that on each mechanism with its cause.
fn told(dir: &Path, host: &str, file: &str) -> (i32, Value, Vec<(Value, Value)>) {
    let (code, report) = json_on(host, dir, &[file]);
    let container = &report["files"][0]["containers"][0];
    let mechanism = |m: &Value| (m["verdict"].clone(), m["cause"]["id"].clone());
    let all = container["mechanisms"]
        .as_array()
        .map_or(vec![], |all| all.iter().map(mechanism).collect());
    (code, container["verdict"].clone(), all)
}

/// What a Dockerfile says counts where the compose file says nothing else.
#[test]
fn a_service_has_what_its_dockerfile_says() {
    let dir = files("lint-built", &[]);
    for (dockerfile, service, options, command) in [
        ("FROM a\nUSER 5:5\nCMD CC\n", "", "-u 5:5", BWRAP),
        ("FROM a\nARG U=5\nUSER $U:$U\nCMD CC\n", "args: {U: 6}", "-u 6:6", BWRAP),
        ("FROM a AS b\nUSER 5:5\nCMD CC\nFROM c\n", "target: b", "-u 5:5", BWRAP),
        (
            "FROM a\nUSER 5:5\nENTRYPOINT [\"unshare\", \"--pid\"]\nCMD [\"true\"]\n",
            "",
            "-u 5:5",
            "unshare --pid true",
        ),
        ("FROM a\nENV ENABLE_UNSHARE_PID=true\n", "", "-e ENABLE_UNSHARE_PID=true", ""),
    ] {
        let dockerfile = dockerfile.replace("CC", BWRAP);
        let compose = format!("services:\n  w:\n    build: {{context: x, {service}}}\n");
        std::fs::create_dir_all(dir.join("x")).unwrap();
        std::fs::write(dir.join("x/Dockerfile"), &dockerfile).unwrap();
        std::fs::write(dir.join("compose.yaml"), compose).unwrap();
        std::fs::write(dir.join("w.sh"), format!("docker run {options} a {command}\n")).unwrap();
        for host in HOSTS {
            let [built, run] = ["compose.yaml", "w.sh"].map(|file| told(&dir, host, file));
            assert_eq!(built, run, "{host}: {dockerfile}");
        }
    }
    // What it has a package for it is asked about, where it runs nothing else that isolates.
    let compose = "services:\n  w:\n    build: x\n";
    std::fs::write(dir.join("compose.yaml"), compose).unwrap();
    for (more, mechanism, says) in [
        ("", "bubblewrap", true),
        ("CMD unshare -U true\n", "unshare", false),
        ("FROM b\n", "", false),
    ] {
        let text =
            format!("FROM a\nRUN apt-get update && \\\n  apt-get install -y bubblewrap\n{more}");
        std::fs::write(dir.join("x/Dockerfile"), text).unwrap();
        let (_, report) = json(&dir, &["compose.yaml"]);
        let container = &report["files"][0]["containers"][0];
        let required = container["mechanisms"].as_array().unwrap().iter();
        let asked = container["asks_for_isolation"] == true;
        let required: Vec<&str> = required
            .filter(|m| asked && m["required"] == true)
            .map(|m| m["id"].as_str().unwrap())
            .collect();
        assert_eq!(required.join(" "), mechanism, "{more}");
        let found = container["findings"].to_string();
        assert_eq!(found.contains("the package `bubblewrap`"), says, "{found}");
    }
    // The user of the service goes before that of the image, and what is not known is a doubt that
    // stands in the Dockerfile.
    std::fs::write(dir.join("x/Dockerfile"), format!("FROM a\nUSER $U\nCMD {BWRAP}\n")).unwrap();
    let compose = "services:\n  w:\n    build: x\n    security_opt: [seccomp=unconfined]\n";
    std::fs::write(dir.join("compose.yaml"), compose).unwrap();
    let (_, report) = json(&dir, &["compose.yaml"]);
    let container = &report["files"][0]["containers"][0];
    let cause =
        &container["mechanisms"].as_array().unwrap().iter().find(|m| m["id"] == "bubblewrap");
    let cause = &cause.unwrap()["cause"];
    assert_eq!((container["verdict"].as_str(), cause["line"].as_u64()), (Some("unknown"), Some(2)));
    assert_eq!(cause["path"].as_str(), Some("x/Dockerfile"), "{cause}");
    std::fs::write(dir.join("compose.yaml"), format!("{compose}    user: \"7\"\n")).unwrap();
    let (_, report) = json(&dir, &["compose.yaml"]);
    assert_ne!(report["files"][0]["containers"][0]["verdict"], "unknown");
}

/// A Dockerfile outside of the project is not read, and nothing that a special file has.
#[cfg(target_os = "linux")]
#[test]
fn a_dockerfile_is_a_file_of_the_project() {
    let name = format!("isodoc-built-{}", std::process::id());
    let around = std::env::temp_dir().join(name);
    let project = around.join("p");
    std::fs::create_dir_all(&project).unwrap();
    let dockerfile = format!("FROM a\nCMD {BWRAP}\n");
    std::fs::write(around.join("Dockerfile"), &dockerfile).unwrap();
    let made = Command::new("mkfifo").arg(project.join("Dockerfile")).status();
    std::os::unix::fs::symlink(around.join("Dockerfile"), project.join("link")).unwrap();
    for build in ["..", ".", "{context: ., dockerfile: link}", "https://x.y/z.git", "/proc/self"] {
        let compose = format!("services:\n  w:\n    build: {build}\n");
        std::fs::write(project.join("compose.yaml"), compose).unwrap();
        let (code, report) = json(&project, &["compose.yaml"]);
        let asks = &report["files"][0]["containers"][0]["asks_for_isolation"];
        assert_eq!((code, asks.as_bool()), (0, Some(false)), "{build}: {made:?}");
    }
    std::fs::write(project.join("compose.yaml"), "services:\n  w:\n    build: ..\n").unwrap();
    let (_, report) = json(&project, &["--allow-outside", "compose.yaml"]);
    assert_eq!(report["files"][0]["containers"][0]["asks_for_isolation"], true);
    std::fs::remove_dir_all(around).unwrap();
}

/// An instruction of a build runs as `docker run` does it: see the measurement in docs/lint.md.
#[test]
fn an_instruction_that_isolates_is_judged_as_a_container() {
    let dir = files("lint-dockerfile", &[]);
    for (before, options) in [("", ""), ("USER 5:5\n", "-u 5:5")] {
        std::fs::write(dir.join("Dockerfile"), format!("FROM a\n{before}RUN {BWRAP}\n")).unwrap();
        std::fs::write(dir.join("Containerfile"), format!("FROM a\n{before}RUN {BWRAP}\n"))
            .unwrap();
        for (engine, file) in [("docker", "Dockerfile"), ("podman", "Containerfile")] {
            std::fs::write(dir.join("w.sh"), format!("{engine} run {options} a {BWRAP}\n"))
                .unwrap();
            for host in HOSTS {
                let [built, run] = [file, "w.sh"].map(|file| told(&dir, host, file));
                assert_eq!(built, run, "{host}: {file} {before}");
            }
        }
    }
    // Nothing here says more to a builder.
    let before = std::fs::read_to_string(dir.join("Dockerfile")).unwrap();
    let (code, out, _) = lint(&dir, &["--fix", "Dockerfile"]);
    assert_eq!(code, 1, "{out}");
    assert_eq!(std::fs::read_to_string(dir.join("Dockerfile")).unwrap(), before);
}

/// What a job may do is said by its runner: that is said, with what becomes of it under two.
#[test]
fn a_job_of_gitlab_hangs_on_its_runner() {
    let text = format!(
        "image: a\nw:\n  stage: test\n  script:\n    - {BWRAP}\nb:\n  stage: test\n  script: make\n"
    );
    let dir = files("lint-gitlab", &[(".gitlab-ci.yml", &text)]);
    let (code, report) = json(&dir, &[".gitlab-ci.yml"]);
    let file = &report["files"][0];
    assert_eq!((code, file["kind"].as_str()), (3, Some("gitlab-ci")));
    let [w, b] = file["containers"].as_array().unwrap().as_slice() else { panic!("{file}") };
    assert_eq!((w["verdict"].as_str(), w["required"].as_bool()), (Some("unknown"), Some(true)));
    assert_eq!((b["required"].as_bool(), w["line"].as_u64()), (Some(false), Some(2)));
    let found: Vec<&str> =
        w["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect();
    assert!(found.contains(&"runner-decides"), "{found:?}");
    let title = w["findings"][0]["title"].as_str().unwrap();
    assert!(title.contains("not privileged it fails") && title.ends_with("it works"), "{title}");
    let (code, out, _) = lint(&dir, &["--fix", ".gitlab-ci.yml"]);
    assert_eq!(code, 3, "{out}");
    assert_eq!(std::fs::read_to_string(dir.join(".gitlab-ci.yml")).unwrap(), text);
    for text in ["w:\n  stage: x\n  script: [y]\n  image: [z]\n", "a: [\nimage: x\n"] {
        std::fs::write(dir.join(".gitlab-ci.yml"), text).unwrap();
        let (code, report) = json(&dir, &[".gitlab-ci.yml"]);
        assert!(code == 2 && report["files"][0]["error"]["line"].is_u64(), "{report}");
    }
}

/// What no runner and no client can change is no doubt: who is not root makes no namespace without
/// a user namespace, be the container privileged or not.
#[test]
fn what_fails_either_way_fails() {
    let unshare = "unshare --pid --fork true";
    let gitlab = |user: &str| {
        format!(
            "a:\n  stage: x\n  image: {{name: i, docker: {{user: {user}}}}}\n  script: [{unshare}]\n"
        )
    };
    let nomad = |user: &str, config: &str| {
        format!(
            "job \"j\" {{\n  task \"w\" {{\n    driver = \"docker\"\n    user = \"{user}\"\n    \
             config {{\n      image = \"i\"\n      command = \"unshare\"\n      \
             args = [\"--pid\", \"--fork\", \"true\"]\n      {config}\n    }}\n  }}\n}}\n"
        )
    };
    let dir = files("lint-either", &[]);
    for (name, text, expected) in [
        ("x.gitlab-ci.yml", gitlab("'1000'"), "unsupported"),
        ("x.gitlab-ci.yml", gitlab("root"), "unknown"),
        ("w.nomad.hcl", nomad("1000", "privileged = true"), "unsupported"),
        ("w.nomad.hcl", nomad("1000", "cap_add = [\"sys_admin\"]"), "unsupported"),
        ("w.nomad.hcl", nomad("0", "privileged = true"), "unknown"),
        ("w.nomad.hcl", nomad("0", "cap_add = [\"sys_admin\"]"), "unknown"),
    ] {
        std::fs::write(dir.join(name), &text).unwrap();
        assert_eq!(told(&dir, "plain-linux", name).1, expected, "{text}");
    }
}

/// A task is judged as the container that its driver makes, and fixed; a second fix changes
/// nothing.
#[test]
fn a_job_of_nomad_is_judged_as_its_command_line_and_fixed() {
    let dir = files("lint-nomad", &[]);
    let job = |driver: &str, task: &str, config: &str| {
        format!(
            r#"job "j" {{
  group "g" {{
    task "w" {{
      driver = "{driver}"
      {task}
      config {{ # why
        image = "a"
        command = "bwrap"
        args = ["--unshare-user", "--ro-bind", "/", "/", "true"]
        {config}
      }}
    }}
  }}
}}
"#
        )
    };
    for (engine, task, config, options) in [
        ("docker", "", "", ""),
        (
            "docker",
            "user = \"5:5\"",
            "security_opt = [\"seccomp=unconfined\"]",
            "-u 5:5 --security-opt seccomp=unconfined",
        ),
        ("docker", "", "cap_drop = [\"setfcap\"]", "--cap-drop setfcap"),
        ("docker", "", "ulimit { nproc = \"1\" }", "--ulimit nproc=1"),
        (
            "docker",
            "env { ENABLE_UNSHARE_PID = \"true\" }",
            "pids_limit = 2",
            "-e ENABLE_UNSHARE_PID=true --pids-limit 2",
        ),
        ("podman", "", "privileged = true", "--privileged"),
        ("podman", "user = \"5\"", "", "-u 5"),
        ("podman", "", "apparmor_profile = \"unconfined\"", "--security-opt apparmor=unconfined"),
    ] {
        std::fs::write(dir.join("w.nomad.hcl"), job(engine, task, config)).unwrap();
        std::fs::write(dir.join("w.sh"), format!("{engine} run {options} a {BWRAP}\n")).unwrap();
        for host in HOSTS {
            let [own, run] = ["w.nomad.hcl", "w.sh"].map(|file| told(&dir, host, file));
            assert_eq!(own, run, "{host}: {task} {config}");
        }
    }
    // What the client has to allow first is not known.
    std::fs::write(dir.join("w.nomad.hcl"), job("docker", "", "privileged = true")).unwrap();
    assert_eq!(told(&dir, "plain-linux", "w.nomad.hcl").1, "unknown");
    let text = job("docker", "", "");
    std::fs::write(dir.join("w.nomad.hcl"), &text).unwrap();
    let (code, out, err) = lint(&dir, &["--fix", "w.nomad.hcl"]);
    let fixed = std::fs::read_to_string(dir.join("w.nomad.hcl")).unwrap();
    assert_eq!(code, 0, "{out}{err}");
    let line = "        security_opt = [\"seccomp=unconfined\"]\n";
    assert_eq!(fixed.replace(line, ""), text);
    let (code, _, _) = lint(&dir, &["--fix", "w.nomad.hcl"]);
    assert_eq!((code, std::fs::read_to_string(dir.join("w.nomad.hcl")).unwrap()), (0, fixed));
    for text in
        ["job \"a\" {\n  task \"b\" {\n", "job \"a\" {\n  task \"b\" {\n  driver = \"x\n  }\n}\n"]
    {
        std::fs::write(dir.join("w.nomad.hcl"), text).unwrap();
        let (code, report) = json(&dir, &["w.nomad.hcl"]);
        assert!(code == 2 && report["files"][0]["error"]["line"].is_u64(), "{report}");
    }
}

/// What Proxmox and Incus make of a file is a configuration of LXC, and judged as that; each is
/// fixed in its own words, and a second fix changes nothing.
#[test]
fn containers_of_lxc_are_judged_as_one_and_fixed() {
    let dir = files("lint-lxc", &[]);
    let run = "unshare --user --map-root-user --pid --fork --mount-proc true";
    let map = "lxc.idmap = u 0 100000 65536\nlxc.idmap = g 0 100000 65536\n";
    let config = |more: &str| {
        format!(
            "# of web\nlxc.include = /usr/share/lxc/config/debian.common.conf\n\
             lxc.include = /usr/share/lxc/config/debian.userns.conf\n{map}\
             lxc.apparmor.profile = generated\nlxc.apparmor.raw = userns,\n{more}\
             lxc.execute.cmd = {run}\n"
        )
    };
    let proxmox = |more: &str| {
        format!(
            "#of web\narch: amd64\nentrypoint: {run}\n{more}hostname: web\nostype: debian\n\
             rootfs: local:1\nunprivileged: 1\n\n[before]\nfeatures: nesting=1\n"
        )
    };
    let incus = |more: &str| {
        format!("config: # of web\n{more}  raw.lxc: |\n    lxc.execute.cmd = {run}\nname: web\n")
    };
    let kinds = [
        ("config", "lxc", config(""), config("lxc.apparmor.allow_nesting = 1\n")),
        ("101.conf", "proxmox", proxmox(""), proxmox("features: nesting=1\n")),
        ("web.yaml", "incus", incus(""), incus("  security.nesting: \"true\"\n")),
    ];
    for host in HOSTS {
        let mut answers = vec![];
        for (name, _, without, nested) in &kinds {
            for text in [without, nested] {
                std::fs::write(dir.join(name), text).unwrap();
                answers.push(told(&dir, host, name));
            }
        }
        let [a, b, rest @ ..] = answers.as_slice() else { panic!("{answers:?}") };
        assert_eq!((a.0, a.1.as_str(), b.1.as_str()), (1, Some("unsupported"), Some("supported")));
        assert!(rest.chunks(2).all(|two| two == [a.clone(), b.clone()]), "{host}: {answers:?}");
    }
    for (name, kind, without, _) in &kinds {
        std::fs::write(dir.join(name), without).unwrap();
        let (code, report) = json(&dir, &[name]);
        let file = &report["files"][0];
        let one = &file["containers"][0];
        assert_eq!((code, file["kind"].as_str()), (1, Some(*kind)));
        assert_eq!(one["mechanisms"][0]["prediction"]["cause"], "proc-masked", "{one}");
        let (code, out, err) = lint(&dir, &["--fix", name]);
        let fixed = std::fs::read_to_string(dir.join(name)).unwrap();
        assert_eq!(code, 0, "{out}{err}");
        let kept = |line: &&str| fixed.lines().any(|new| new == *line);
        assert!(without.lines().filter(|line| !line.is_empty()).all(|line| kept(&line)), "{fixed}");
        assert!(fixed.len() > without.len(), "{fixed}");
        let (code, _, _) = lint(&dir, &["--fix", name]);
        assert_eq!((code, std::fs::read_to_string(dir.join(name)).unwrap()), (0, fixed));
    }
    // What liblxc refuses is at its line, and an unfinished file at its.
    std::fs::write(dir.join("config"), config("lxc.aa_profile = unconfined\n")).unwrap();
    let (code, report) = json(&dir, &["config"]);
    let finding = &report["files"][0]["containers"][0]["findings"][0];
    assert_eq!((code, finding["rule"].as_str()), (1, Some("container-may-not-start")));
    assert_eq!(finding["line"], 8);
    std::fs::write(dir.join("config"), config("lxc.mount.auto\n")).unwrap();
    let (code, report) = json(&dir, &["config"]);
    assert_eq!((code, &report["files"][0]["error"]["line"]), (2, &Value::from(8)));
}

/// A container has to stand every command that isolates, not the first alone: of those of one
/// mechanism the one that fares worst decides, and is named; a fix lets all of them work.
#[test]
fn every_command_that_isolates_counts() {
    let (plain, mounts) = ("unshare -Ur true", "unshare -Urpf --mount-proc true");
    let bwrap = "bwrap --ro-bind / / --proc /proc --unshare-all true";
    let steps = |all: &[&str]| -> String {
        all.iter().map(|run| format!("      - run: {run}\n")).collect()
    };
    let job = |all: &[&str]| {
        let open = "{image: debian, options: --security-opt seccomp=unconfined}";
        let steps = steps(all);
        format!(
            "on: push\njobs:\n  j:\n    runs-on: self-hosted\n    container: {open}\n    \
             steps:\n{steps}"
        )
    };
    let service = |text: &str| {
        format!(
            "services:\n  w:\n    image: debian\n    security_opt: [seccomp=unconfined]\n    \
             command: [sh, -c, {text:?}]\n"
        )
    };
    let run = |text: &str| {
        format!("docker run --security-opt seccomp=unconfined debian sh -c '{text}'\n")
    };
    let devcontainer = |first: &str, next: &str| {
        format!(
            "{{\"image\": \"debian\", \"runArgs\": [\"--security-opt\", \"seccomp=unconfined\"], \
             \"postCreateCommand\": \"{first}\", \"postStartCommand\": \"{next}\"}}"
        )
    };
    let dir = files("lint-every-command", &[]);
    std::fs::create_dir_all(dir.join(".github/workflows")).unwrap();
    std::fs::create_dir_all(dir.join(".devcontainer")).unwrap();
    let (workflow, compose, sh) = (".github/workflows/a.yml", "compose.yaml", "w.sh");
    let (needs_proc, works) = ("proc-masked", "");
    let own = "--mount-proc";
    for (path, text, flags, cause) in [
        (workflow, job(&[plain, bwrap]), "--unshare-all", needs_proc),
        (workflow, job(&["make", plain, mounts]), own, needs_proc),
        (workflow, job(&[mounts, plain]), own, needs_proc),
        (workflow, job(&[plain, "unshare -U true"]), "-Ur", works),
        (compose, service(&format!("{plain}; {mounts}")), own, needs_proc),
        (compose, service(&format!("set -e\n{plain}\n{mounts}\n")), own, needs_proc),
        (compose, service(&format!("{plain} && {mounts}")), own, needs_proc),
        // What runs only where the other does not work, what a comment says, what is isolated.
        (compose, service(&format!("{plain} || {mounts}")), "-Ur", works),
        (compose, service(&format!("{plain}\n# {mounts}")), "-Ur", works),
        (compose, service(&format!("unshare -Ur sh -c '{mounts}; true'")), "-Ur", works),
        (sh, run(&format!("{plain}; {mounts}")), own, needs_proc),
        (".devcontainer/devcontainer.json", devcontainer(plain, mounts), own, needs_proc),
    ] {
        std::fs::write(dir.join(path), &text).unwrap();
        let (_, report) = json(&dir, &[path]);
        let container = &report["files"][0]["containers"][0];
        let all = container["mechanisms"].as_array().unwrap().iter();
        let mut asked = all.filter(|m| m["required"] == true);
        let told = asked.clone().find(|m| m["cause"].is_object());
        let told = told.or_else(|| asked.next()).unwrap();
        assert_eq!(told["cause"]["id"].as_str().unwrap_or(""), cause, "{text}");
        assert!(told["flags"].as_array().unwrap().iter().any(|flag| flag == flags), "{text}");
        let verdict = if cause.is_empty() { "supported" } else { "unsupported" };
        assert_eq!(container["verdict"], verdict, "{text}");
        let (code, out, _) = lint(&dir, &["--fix", path]);
        assert_eq!(code, 0, "{text}: {out}");
    }
}

/// The fix of several commands is what they need together and no more. What holds for one of them
/// alone, `sudo` or the user of a hook, leaves a doubt.
#[test]
fn what_lets_one_command_work_is_not_all_that_the_next_needs() {
    let dir = files("lint-next-command", &[]);
    let command = "unshare -Ur true; bwrap --ro-bind / / --proc /proc --unshare-all true";
    let service =
        format!("services:\n  w:\n    image: debian\n    command: [sh, -c, '{command}']\n");
    std::fs::write(dir.join("compose.yaml"), service).unwrap();
    let (code, out, _) = lint(&dir, &["--fix", "compose.yaml"]);
    let fixed = std::fs::read_to_string(dir.join("compose.yaml")).unwrap();
    assert!(code == 0 && !fixed.contains("privileged"), "{out}{fixed}");
    for (command, hook, expected) in [
        ("unshare -Ur true", "{command: unshare -Urpf --mount-proc true}", "unsupported"),
        ("sleep 1", "{command: unshare -Ur true}, {command: unshare -m true}", "unsupported"),
        ("unshare -Ur true", "{command: unshare -Ur true, user: '5'}", "unknown"),
        ("unshare -Ur true", "{command: unshare -U true}", "supported"),
        ("unshare -Ur true", "{command: make, privileged: true}", "supported"),
        ("unshare -Ur true", "{command: gosu x unshare -m true}", "unknown"),
        // Words are not cut at blanks, nor are those of a shell.
        ("[bwrap, --unshare-all, --setenv, A, x y, --proc, /proc, a]", "", "unsupported"),
        ("[sh, -c, unshare -Urpf --mount-proc true, unshare]", "", "unsupported"),
        ("[sh, -c, unshare -Ur true, unshare]", "", "supported"),
        ("sh -c 'unshare -Ur; unshare -U'", "", "supported"),
        ("sh -c 'my-wrapper unshare -m x; unshare -Ur; unshare -U y'", "", "unsupported"),
    ] {
        let service = format!(
            "services:\n  w:\n    image: debian\n    security_opt: [seccomp=unconfined]\n    \
             command: {command}\n    post_start: [{hook}]\n"
        );
        std::fs::write(dir.join("compose.yaml"), &service).unwrap();
        assert_eq!(told(&dir, "plain-linux", "compose.yaml").1, expected, "{service}");
    }
    let job = |first: &str, next: &str| {
        format!(
            "a:\n  stage: x\n  image: {{name: i, docker: {{user: '1000'}}}}\n  \
             before_script: [{first}]\n  script: [{next}]\n"
        )
    };
    for (first, next, expected) in [
        ("unshare -U true", "unshare --pid --fork true", "unsupported"),
        ("unshare --pid --fork true", "unshare -U true", "unsupported"),
        ("sudo unshare --pid --fork true", "unshare --pid --fork true", "unknown"),
        ("unshare -U true", "unshare -U true", "unknown"),
    ] {
        std::fs::write(dir.join("x.gitlab-ci.yml"), job(first, next)).unwrap();
        let said = told(&dir, "plain-linux", "x.gitlab-ci.yml").1;
        assert_eq!(said, expected, "{first}; {next}");
    }
}
