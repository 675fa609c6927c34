//! Command lines as docker(1), podman(1) and a shell take them.

use super::*;
use crate::deploy::container::{Container, Engine};
use crate::deploy::setting::{Label, Masks, Profile, Setting, User, Userns};
use crate::tests::cpu_time;

/// Files beside the script, and no variables.
struct Files(&'static [(&'static str, &'static str)]);

impl Surroundings for Files {
    fn open(&mut self, path: &str, _: FileId) -> Result<(FileId, String), String> {
        let found = self.0.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| (1, (*text).to_owned())).ok_or_else(|| "no such file".into())
    }

    fn variable(&self, name: &str) -> Option<String> {
        (name == "SET").then(|| "outside".into())
    }
}

fn try_read(path: &str, text: &str) -> Result<Deployment, BadInput> {
    let mut files = Files(&[
        ("vars.env", "# c\nA=1\nSET\nB=x=y\n"),
        ("p.json", r#"{"defaultAction": "SCMP_ACT_ALLOW"}"#),
    ]);
    read(Input { file: 0, path, text }, &mut files)
}

fn script(text: &str) -> Deployment {
    try_read("run.sh", text).unwrap_or_else(|e| panic!("{text}: {e:?}"))
}

fn names(deployment: &Deployment) -> Vec<(&str, usize)> {
    deployment.containers.iter().map(|c| (c.name.as_str(), c.place.line)).collect()
}

fn one(text: &str) -> Container {
    let mut deployment = script(text);
    assert_eq!(deployment.containers.len(), 1, "{text}");
    deployment.containers.remove(0)
}

fn fault(text: &str) -> (usize, usize, String) {
    let fault = try_read("run.sh", text).map(|d| names(&d).len()).expect_err(text);
    let place = fault.place.unwrap();
    (place.line, place.column, fault.message)
}

#[test]
fn the_image_is_found() {
    let table = [
        ("docker run img", "img", vec![]),
        ("docker run -it --rm img sh -c x", "img", vec!["sh", "-c", "x"]),
        (
            "docker run -itd -eA=1 -p80:80 -v /a:/b -w/x img --privileged",
            "img",
            vec!["--privileged"],
        ),
        ("docker run -ite A=1 img", "img", vec![]),
        ("docker run --name=n --network host img", "n", vec![]),
        ("docker run --rm=false -i=true img -x", "img", vec!["-x"]),
        ("docker run -- img -x", "img", vec!["-x"]),
        ("docker -H tcp://x:1 --tls -l debug container run img", "img", vec![]),
        ("podman --runtime crun --log-level=debug create --replace --tz local img", "img", vec![]),
        ("/usr/bin/podman container create --rootfs /srv/tree sh", "/srv/tree", vec!["sh"]),
        ("sudo -u me -E docker run img", "img", vec![]),
        ("sudo env -u X A=1 nice -n 5 docker run img", "img", vec![]),
        ("A=1 B=\"x y\" exec docker run img", "img", vec![]),
        ("time timeout -k 5 10 nohup docker run img", "img", vec![]),
        ("ssh -p 22 me@host docker run img", "img", vec![]),
        ("docker run --entrypoint /bin/x img a", "img", vec!["/bin/x", "a"]),
        ("docker run --entrypoint '' img a", "img", vec!["a"]),
    ];
    for (text, name, command) in table {
        let container = one(text);
        let words: Vec<&str> =
            container.settings.command.iter().map(|word| word.value.as_str()).collect();
        assert_eq!((container.name.as_str(), words), (name, command), "{text}");
    }
    assert_eq!(one("podman run i").engine, Engine::Podman);
}

#[test]
fn what_starts_no_container() {
    for text in [
        "docker ps",
        "docker build -t run .",
        "docker compose run img",
        "docker-compose run img",
        "docker exec c docker run img",
        "docker run --help",
        "echo docker run img",
        "echo 'docker run img'",
        "# docker run img",
        "cat <<EOF\ndocker run img\nEOF",
        "cat <<-'E O'\ndocker run img\n\tE O",
        "x='\ndocker run img\n'",
        "podman pod create x",
        "mydocker run img",
        "(( docker run ))",
    ] {
        assert_eq!(names(&script(text)), [], "{text}");
    }
}

#[test]
fn wherever_it_stands() {
    let table = [
        "x=$(docker run img)",
        "x=\"$(docker run img \"$y\")\" || exit 1",
        "x=`docker run img`",
        "if ! docker run img; then :; fi",
        "while true; do docker run img & done",
        "f() { docker run img; }",
        "function f {\n docker run img\n}",
        "case $1 in\n a|b) docker run img ;;\n *) echo ;;\nesac",
        "case $1 in (a) docker run img;; esac",
        "(cd x; docker run img) | grep 'x'",
        "[[ $x =~ ^(a|b)$ && -n $y ]] && docker run img",
        "x=(a b 'c'\n d) ; docker run img",
        "[ -t 0 ] || docker run img 2>&1 >/dev/null <in",
        "echo $((1 << 2)) ${x:-'}'} ${#x} $'it\\'s' && docker run img",
        "(( x << 2 )); docker run img",
        "bash -c 'docker run img'",
        "sudo sh -euc \"docker run img\"",
        "ssh host 'cd x && docker run img'",
        "bash <<EOF\ndocker run img\nEOF",
        "cat <<EOF | sh\ndocker run img\nEOF",
        "cat <<A <<'B' && docker run img\n'\nA\n\"\nB",
        "diff <(docker run img) x",
        "docker run i\\\nmg",
        "for i in a b; do docker run img $i; done",
        "eval \"docker run img\"",
    ];
    for text in table {
        assert_eq!(one(text).name, "img", "{text}");
    }
}

#[test]
fn places() {
    let text = "#!/bin/sh\n# é\n  cd x && \\\n    docker run --rm \\\n      --security-opt \
        seccomp=unconfined \\\n      img\nU=é sudo docker run img2\n";
    let deployment = script(text);
    assert_eq!(names(&deployment), [("img", 3), ("img2", 7)]);
    let seccomp = deployment.containers[0].settings.seccomp.as_ref().unwrap().place;
    assert_eq!(
        (seccomp.line, seccomp.column, &text[seccomp.start..seccomp.end]),
        (5, 22, "seccomp=unconfined")
    );
    let WrittenAt::Text { at } = deployment.containers[0].spot else { panic!() };
    assert!(text[at..].starts_with("img\n"));
}

/// Found in kubevirtci's scripts: no container was seen.
#[test]
fn a_condition_decides_which_engine_runs_it() {
    let either = |run: &str| {
        one(&format!("if podman ps; then E=podman; else E=docker; fi\nC=\"$E run\"\n{run}"))
    };
    let unknown = |run: &str| either(run).settings.doubt(Setting::Seccomp).is_some();
    assert!(unknown("$E run img") && unknown("$C img"));
    // What makes no difference is no doubt.
    assert!(!unknown("$E run --privileged img"));
    assert!(!unknown("$E run --security-opt seccomp=unconfined img"));
    let same = one("if x; then E=podman; else E=/usr/bin/podman; fi\n$E run img");
    assert!(same.name == "img" && same.engine == Engine::Podman);
    let other = "if x; then E=podman; else E=$1; fi\n$E run img";
    assert!(script(other).containers.is_empty());
}

#[test]
fn variables_where_they_are_sure() {
    let name = |text: &str| one(text).name;
    assert_eq!(name("I=a/b:1\ndocker run $I x"), "a/b:1");
    assert_eq!(name("export I=b\nJ=\"a/${I}\"\ndocker run \"$J\" x"), "a/b");
    assert_eq!(name("D='sudo docker'\n$D run img"), "img");
    assert_eq!(name("C=\"docker run --rm\"\n$C img"), "img");
    assert_eq!(name("${DOCKER:-docker} run img"), "img");
    assert_eq!(name("$DOCKER_CMD run img"), "img");
    assert_eq!(name("E=${E:-podman}\n\"$E\" run img"), "img");
    assert_eq!(name("E=\"${E:-\"podman\"}\"\n$E run img"), "img");
    // getopt(1) sets the parameters of the script, and no variable.
    assert_eq!(name("E=podman\neval set -- \"$(getopt a \"$@\")\"\n$E run img"), "img");
    assert_eq!(name("C='docker run img'; eval $C x"), "img");
    assert_eq!(name("set -- --name n; docker run \"$@\" img"), "n");
    assert_eq!(name("declare -a A=(--name n); docker run \"${A[@]}\" img"), "n");
    assert!(one("set -- a; f() { docker run \"$@\" i; }").settings.doubt(Setting::User).is_some());
    // In order, where all of it is at the level of the script.
    assert_eq!(name("I=a; I=b\ndocker run $I"), "b");
    assert_eq!(name("I=a\nI+=:1\nif x; then y; fi\ndocker run $I"), "a:1");
    assert_eq!(name("I=a; I=b-$I\ndocker run $I"), "b-a");
    assert!(
        one("A=(-e A=1)\nA+=(--privileged)\ndocker run \"${A[@]}\" i").settings.is_privileged()
    );
    assert_eq!(name("I=a; I=b\nf() { docker run $I; }"), "$I");
    // Under a condition, by somebody else, later, or somewhere else: as written.
    for before in [
        "[ x ] && I=a", "if x; then I=a; fi", "read I", "I=a; . ./env", "(I=a)", "f() { I=a; }",
        "I=$(x)", "I=a | x", "I=a &", "I=a; for I in b; do x; done",
    ] {
        assert_eq!(name(&format!("{before}\ndocker run $I")), "$I", "{before}");
    }
    assert_eq!(name("docker run \"$1\" -i\nI=a"), "\"$1\"");
    assert_eq!(name("docker run --name \"$N\" img"), "\"$N\"");
    assert_eq!(name("docker run --name=x-$N img"), "x-$N");

    let container =
        one("O='--privileged --rm'\nA=(-u 5 \"-e\" A=1)\ndocker run $O \"${A[@]}\" img");
    assert!(container.settings.is_privileged());
    assert_eq!(container.settings.user.unwrap().value, User::Ids { uid: 5, gid: None });
    assert_eq!((container.name.as_str(), container.settings.unknown.len()), ("img", 0));
}

#[test]
fn what_hides_is_doubted() {
    for options in ["$OPTS", "\"${args[@]}\"", "\"$@\"", "${X} --rm", "$(opts) --rm"] {
        let container = one(&format!("docker run {options} img x"));
        // A substitution may be the image itself; only then nothing is doubted.
        if container.name == "img" {
            assert!(container.settings.doubt(Setting::Privileged).is_some(), "{options}");
            assert!(container.settings.doubt(Setting::Seccomp).is_some(), "{options}");
        } else {
            assert!(options.starts_with("$("), "{options}");
        }
    }
    let doubt = |options: &str, about| {
        one(&format!("docker run {options} img")).settings.doubt(about).is_some()
    };
    assert!(doubt("--privileged=$P", Setting::Privileged));
    assert!(doubt("--cap-add \"$C\"", Setting::Capabilities));
    assert!(doubt("-u $(id -u):$(id -g)", Setting::Uid) && doubt("-u $(whoami)", Setting::User));
    assert!(doubt("--security-opt $S", Setting::Masks));
    assert!(doubt("--security-opt seccomp=$S", Setting::Seccomp));
    assert!(doubt("--security-opt apparmor=$S", Setting::AppArmor));
    assert!(doubt("--userns=$S", Setting::Userns));
    assert!(!doubt("-e A=$B -v $C:/x", Setting::Privileged));
    assert_eq!(
        one("docker run -e A=$B -e C='$D' img")
            .settings
            .env
            .iter()
            .map(|(_, v)| v.clone())
            .collect::<Vec<_>>(),
        [None, Some("$D".into())]
    );
}

#[test]
fn settings() {
    let text = "docker run --privileged=true --privileged=0 --cap-add SYS_ADMIN --cap-drop=all \
        --security-opt=seccomp=unconfined \
        --security-opt apparmor:x --security-opt label=type:spc_t --security-opt no-new-privileges \
        --security-opt systempaths=unconfined \
        -u 1000:5 --userns=host --pid host --net=host --ipc=host --read-only --ulimit nproc=7:9 \
        --pids-limit 100 --runtime runsc \
        --env-file vars.env -e B=2 -e SET -e UNSET img";
    let s = one(text).settings;
    assert_eq!((s.is_privileged(), s.privileged.is_some()), (false, true));
    assert_eq!((s.cap_add[0].value.as_str(), s.cap_drop[0].value.as_str()), ("SYS_ADMIN", "all"));
    assert_eq!(s.seccomp.as_ref().unwrap().value, Profile::Unconfined);
    assert_eq!(s.apparmor.as_ref().unwrap().value, Profile::Named("x".into(), None));
    assert_eq!(s.selinux.as_ref().unwrap().value, Label::Type("spc_t".into()));
    assert!(s.no_new_privs.as_ref().unwrap().value && s.read_only.as_ref().unwrap().value);
    assert_eq!(s.masks.as_ref().unwrap().value, Masks::None);
    assert_eq!(s.user.as_ref().unwrap().value, User::Ids { uid: 1000, gid: Some(5) });
    assert_eq!(s.userns.as_ref().unwrap().value, Userns::Host);
    assert!(
        s.host_pid.as_ref().unwrap().value
            && s.host_network.as_ref().unwrap().value
            && s.host_ipc.as_ref().unwrap().value
    );
    assert_eq!((s.nproc.as_ref().unwrap().value, s.pids_limit.as_ref().unwrap().value), (7, 100));
    assert_eq!(s.runtime.as_ref().unwrap().value, "runsc");
    // What --env says goes before the file.
    assert_eq!(
        (s.variable("A"), s.variable("B"), s.variable("SET"), s.variable("UNSET")),
        (Some("1"), Some("2"), Some("outside"), None)
    );
    assert_eq!(s.image.as_ref().unwrap().value, "img");

    let podman =
        one("podman run --cap-add=sys_admin,CAP_CHOWN --security-opt unmask=/proc/a:/proc/b \
            --userns keep-id -u nobody img")
        .settings;
    assert_eq!(podman.cap_add.len(), 2);
    assert_eq!(
        podman.masks.unwrap().value,
        Masks::Without(vec!["/proc/a".into(), "/proc/b".into()])
    );
    assert_eq!(podman.userns.unwrap().value, Userns::Other("keep-id".into()));
    assert_eq!(podman.user.unwrap().value, User::Named("nobody".into()));

    // The default, for podman; docker refuses it.
    assert!(one("podman run --security-opt seccomp= img").settings.seccomp.is_none());
    assert_eq!(one("podman run --uidmap 0:1:5 img").settings.userns.unwrap().value, Userns::Own);

    let profile =
        |path: &str| one(&format!("docker run --security-opt seccomp={path} img")).settings;
    assert!(matches!(
        profile("$(pwd)/p.json").seccomp.unwrap().value,
        Profile::Named(_, Some(text)) if text.contains("SCMP_ACT_ALLOW")
    ));
    assert!(profile("gone.json").doubt(Setting::Seccomp).is_some());
    assert_eq!(profile("builtin").seccomp.unwrap().value, Profile::Default);
}

/// Seen with the client of docker 28.2 and with podman 4.3; what only a docker daemon refuses is
/// from moby `daemon/daemon_unix.go` (`parseSecurityOpt`) and `oci/caps/utils.go`.
#[test]
fn what_the_program_refuses() {
    for (text, column) in [
        ("docker run --rm", 1),
        ("docker run img; docker run --name", 28),
        ("docker run --privileged=perhaps img", 12),
        ("docker run --cap-add A,B img", 22),
        ("docker run --security-opt nonsense=1 img", 27),
        ("docker run --security-opt unmask=ALL img", 27),
        ("docker run --security-opt systempaths:unconfined img", 27),
        ("podman run --security-opt systempaths=no img", 27),
        ("docker run --security-opt seccomp= img", 27),
        ("docker run --userns=private img", 12),
        ("docker run --ulimit nproc=9:7 img", 21),
        ("docker run --pids-limit many img", 25),
        ("docker run -e =x img", 15),
        ("docker run --pid=nonsense img", 12),
        ("docker run --security-opt no-new-privileges=perhaps img", 27),
        ("podman run --security-opt nonsense=1 img", 27),
        ("podman run --security-opt unmask img", 27),
        ("podman run --cap-add CHOWN --cap-drop ALL --cap-drop CHOWN,KILL img", 54),
        ("podman run --userns=nonsense img", 12),
        ("podman run --userns=private img", 12),
        ("podman run --userns=host --uidmap 0:1:5 img", 12),
    ] {
        let (line, at, message) = fault(text);
        assert_eq!((line, at), (1, column), "{text}: {message}");
        assert!(message.len() < 200, "{message}");
    }
}

#[test]
fn unknown_options_are_said() {
    let deployment = script("docker run --brand-new x --privileged img");
    assert_eq!(
        (deployment.containers[0].name.as_str(), deployment.containers[0].settings.is_privileged()),
        ("img", true)
    );
    assert_eq!(
        (deployment.findings[0].info.id, deployment.findings[0].container),
        ("unknown-option", Some(0))
    );
    assert_eq!(one("docker run --brand-new --rm img").name, "img");
    assert_eq!(one("docker run --brand-new img").name, "img");
    assert_eq!(one("docker run --brand-new=x img y").name, "img");
}

#[test]
fn what_never_ends() {
    assert_eq!(fault("#!/bin/sh\ndocker run \"img\n\nx").0, 2);
    assert_eq!((fault("a\nb 'c\nd").0, fault("a\nb 'c\nd").1), (2, 3));
    assert_eq!(fault("a\nx=$(b\nc").0, 2);
    assert_eq!(fault("a\nx=`b\nc").0, 2);
    assert_eq!(fault("a\nx=${b\nc").0, 2);
    assert!(fault(&"$(".repeat(100_000)).2.contains("deep"));
    assert!(try_read("run.sh", "docker run \0 img").is_err());
}

#[test]
fn markdown() {
    let text = "# It's a title\n\nUse `docker run inline`.\n\n```bash\n$ docker run \\\n>  a\nit's \
        output\n$ sudo docker run b\n```\n\n\
        ```console\n# docker run c\nout\n```\n\n```bash\n# docker run comment\ndocker run d && \
        echo \"open\ndocker run e\n```\n\n\
        ```yaml\nservices:\n  x: docker run no\n```\n\n1. List\n\n   ~~~sh\n   docker run \\\n     \
        <image name> x\n   ~~~\n\n\
        > ```\n> docker run --rm \\\n>   f\n> ```\n\n    docker run g\n\n```\nme@host:~/x$ docker \
        run h\ndocker run output\n```\n\n\
        ```cmd\ndocker run ^\n  --rm i\n```\n\n```sh\ndocker run [OPTIONS] IMAGE\ndocker \
        run\ndocker run --userns=nope j\ndocker run ... k\n```\n\
        ```sh\ndocker run l sh -c '\n  docker run no\n'\n```\n\n\
        ```\n# systemctl start x\n# docker run \\\n  m\n```\n";
    let deployment = try_read("README.md", text).unwrap();
    let expected = [
        ("a", 6),
        ("b", 9),
        ("c", 13),
        ("d", 19),
        ("e", 20),
        ("<image name>", 31),
        ("f", 36),
        ("g", 40),
        ("h", 43),
        ("i", 48),
        ("k", 56),
        ("l", 59),
        ("m", 66),
    ];
    assert_eq!(names(&deployment), expected);
    let rules: Vec<(&str, usize)> =
        deployment.findings.iter().map(|r| (r.info.id, r.place.unwrap().line)).collect();
    // `x: docker run no` is no service.
    assert_eq!(
        rules,
        [("unterminated-quote", 19), ("code-block-broken", 25), ("command-refused", 55)]
    );
    assert!(
        deployment.containers[10].settings.doubt(Setting::Privileged).is_some(),
        "what `...` leaves out"
    );
    for container in &deployment.containers {
        let WrittenAt::Text { at } = container.spot else { panic!("{}", container.name) };
        assert!(text[at..].starts_with(&container.name), "{}", container.name);
    }
}

#[test]
fn several_documents_in_a_block_of_a_list() {
    let document = |name: &str| {
        format!(
            "   apiVersion: v1\n   kind: Pod\n   metadata: {{name: {name}}}\n   spec:\n     \
                containers:\n     - name: {name}\n       image: i\n"
        )
    };
    let text = format!(
        "1. First:\n\n   ```yaml\n{}   ---\n   # Nothing yet.\n   --- \n{}   ```\n",
        document("a"),
        document("b")
    );
    let deployment = try_read("README.md", &text).unwrap();
    assert_eq!(names(&deployment), [("a", 9), ("b", 19)]);
    assert!(
        deployment.findings.iter().all(|finding| finding.info.id != "code-block-broken"),
        "{:?}",
        deployment.findings
    );
}

#[test]
fn by_content() {
    assert!(recognises("-", "set -e\nsudo docker run img\n"));
    assert!(recognises("-", "#!/bin/sh\n"));
    assert!(recognises("notes", "Text\n```\ndocker run x\n```\n"));
    assert!(recognises("a.md", "Text\n\n    docker run x\n"));
    assert!(recognises("a.md", "Text\n"), "nothing to judge, and no error");
    assert!(!recognises("a", "Text\n"));
    assert!(recognises("-", "Text\n\n```yaml\nservices:\n```\n"));
    assert!(!recognises("-", "#!/usr/bin/python3\ndocker run x"));
    assert!(!recognises("-", "services:\n  a:\n    image: x\n"));
    assert!(!recognises("-", ""));
}

#[test]
fn arguments() {
    let words: Vec<String> = [
        "docker", "run", "--security-opt", "seccomp=unconfined", "-e", "A=it's", "img", "sh", "-c",
        "a; b",
    ]
    .map(String::from)
    .into();
    let deployment = of_arguments(0, &words, &mut Files(&[])).unwrap();
    let container = &deployment.containers[0];
    assert_eq!((container.name.as_str(), container.spot.clone()), ("img", WrittenAt::None));
    assert_eq!(container.settings.variable("A"), Some("it's"));
    assert_eq!(container.settings.command.last().unwrap().value, "a; b");
    let place = container.settings.seccomp.as_ref().unwrap().place;
    assert_eq!(&joined(&words)[place.start..place.end], "seccomp=unconfined");
    assert!(of_arguments(0, &["docker".into(), "ps".into()], &mut Files(&[])).is_err());
    assert!(of_arguments(0, &[], &mut Files(&[])).is_err());
    assert!(
        of_arguments(0, &["docker".into(), "run".into(), "&&".into(), "x".into()], &mut Files(&[]))
            .is_ok(),
        "a word is a word"
    );
}

/// Nothing costs more than a few passes, whatever it is.
#[test]
fn odd_input_is_cheap() {
    let long = 40_000;
    let nested = format!(
        "a0=xx\n{}docker run $a30\n",
        (1..31)
            .map(|i| format!("a{i}=\"{}\"\n", format!("$a{} ", i - 1).repeat(50)))
            .collect::<String>()
    );
    for text in [
        "(".repeat(long),
        "((".repeat(long),
        "`'\"$(".repeat(long),
        "docker run ".repeat(long),
        "docker run a;".repeat(long / 10),
        "é docker run a;docker run b;".repeat(long / 20),
        "docker run $((".repeat(long / 10),
        "<<a ".repeat(long),
        "docker x ".repeat(long),
        "1. docker\\\n".repeat(long / 10),
        "x=(".repeat(long),
        "eval x;I=a;docker run $I\n".repeat(long / 20),
        "case x in ".repeat(long),
        "\\\n".repeat(long),
        "docker run 'a\n".repeat(long / 10),
        nested,
    ] {
        let took = cpu_time(|| {
            let _ = try_read("a.sh", &text);
            let _ = try_read("a.md", &format!("```\n{text}\n```\n"));
            let _ = recognises("a", &text);
        });
        assert!(took.as_secs() < 20, "{:?} took {took:?}", &text[..20.min(text.len())]);
    }
}

fn held(path: &str, text: &str) -> Deployment {
    let candidate = Candidate::new(Input { file: 0, path, text });
    let (dialect, _) = candidate.dialect().unwrap_or_else(|| panic!("{path} is of no kind"));
    (dialect.read)(&candidate, &mut Files(&[])).unwrap_or_else(|why| panic!("{path}: {why:?}"))
}

/// What a shell would get as arguments was seen with `bash -x` and a `docker` that prints its own.
#[test]
fn strings_that_another_shell_runs() {
    for text in [
        "bash -c \"docker run -e X=\\\"\\$Y\\\" img\"",
        "sh -c 'docker run '\"$O\"' --rm img'",
        "bash <<< 'docker run img'",
        "echo 'docker run img' | sudo sh",
        "printf \"docker run img\\n\" | ssh host",
        "ssh host \"cd x && docker run \\\n  img\"",
        "eval docker run --rm img",
        "eval \"docker run\" img",
        "su - me -c 'docker run img'",
        "sudo su <<E\ndocker run img\nE",
        "vagrant ssh -c 'docker run img'",
        "sshpass -p x ssh -p 22 me@host <<'E'\n  docker run img\nE",
        "chroot /mnt /bin/bash <<E\ndocker run img\nE",
        "cat > run.sh <<E\ndocker run img\nE",
        "cat > run <<E\n#!/bin/sh\ndocker run img\nE",
        "bash -c 'bash -c \"docker run img\"'",
        "flock /tmp/x docker run img",
        "C='docker run'; bash -c \"$C img\"",
    ] {
        assert_eq!(one(text).name, "img", "{text}");
    }
    // What is only said is not run.
    for text in ["echo 'docker run img'; sh", "echo 'docker run img' | tee x", "echo x | sh"] {
        assert_eq!(names(&script(text)), [], "{text}");
    }
    let place =
        one("a\nssh h \"\\\ndocker run --privileged \\\"i\\\"\"").settings.privileged.unwrap();
    assert_eq!((place.place.line, place.place.column), (3, 12));
}

#[test]
fn aliases() {
    let table: &[(&str, &[(&str, usize)])] = &[
        ("alias d='docker run --rm'", &[]),
        ("alias d='docker run --rm img'", &[("img", 1)]),
        ("alias d='docker run --rm img'\nd sh", &[("img", 1)]),
        ("alias d=\"docker run --privileged\" e=x\nd img", &[("img", 1)]),
        ("alias d=docker\nd run img", &[("img", 1)]),
    ];
    for (text, expected) in table {
        assert_eq!(names(&script(text)), *expected, "{text}");
    }
    assert!(
        script("alias d='docker run --privileged'\nd img").containers[0].settings.is_privileged()
    );
}

#[test]
fn files_in_here_documents() {
    let text = "#!/bin/sh\ncat > docker-compose.yml <<-'EOF'\n\tservices:\n\t  a:\n\t    image: x\n\
        \t    privileged: true\n\tEOF\nkubectl apply -f - <<EOF\nkind: Pod\napiVersion: v1\n\
        spec:\n  containers: [{name: b, image: i}]\n---\nkind: Pod\napiVersion: v1\nspec:\n  \
        containers: [{name: c, image: i}]\nEOF\nsudo tee /etc/systemd/system/d.service >/dev/null \
        <<EOF\n[Service]\nExecStart=/usr/bin/docker run --privileged d\nEOF\ncat > x <<EOF\n\
        FROM i\nRUN docker run no\nEOF\ncat > run.yml <<EOF\nservices:\n  e: {image: [}\nEOF\n\
        docker run f\n";
    let deployment = script(text);
    assert_eq!(names(&deployment), [("f", 31), ("a", 4), ("b", 12), ("c", 17), ("d", 21)]);
    let broken: Vec<_> =
        deployment.findings.iter().map(|f| (f.info.id, f.place.unwrap().line)).collect();
    assert!(broken.contains(&("code-block-broken", 29)), "{broken:?}");
    let spot = &deployment.containers[2].spot;
    let WrittenAt::Block { range: Some(range), .. } = spot else { panic!("{spot:?}") };
    assert!(text[range.clone()].starts_with("kind: Pod"));
}

#[test]
fn prompts() {
    for prompt in [
        "$ ", "$", "% ", "root@host:~# ", "root@host:~#", "[root@host ~]# ", "core@vm ~ $ ",
        "PS> ", "PS>", "PS C:\\x> ", "C:\\> ", "bash-5.1$ ", "sh-4.2# ", "(venv) me@host:~/x$ ",
        "~ $ ", "~/src$ ", "/ # ", "/app # ", "host# ", "node1:~$ ", "\u{276f} ", "\u{279c} ", "!",
        "> ", ">", "# ", "#", "me@host> ",
    ] {
        let text = format!("x\n\n```console\n{prompt}docker run --rm a\noutput 'is\n```\n");
        assert_eq!(names(&try_read("a.md", &text).unwrap()), [("a", 4)], "{prompt:?}");
    }
    for line in
        ["git clone git@host:x # docker run a", "cat /x # docker run a", "x=$(docker ps) > a"]
    {
        let text = format!("```console\n{line}\ndocker run b\n```\n");
        assert_eq!(names(&try_read("a.md", &text).unwrap()), [("b", 3)], "{line:?}");
    }
}

#[test]
fn transcripts() {
    let text = "```console\nsudo docker run a\n$ cat > x <<EOF\nit's\nEOF\n$ docker run b\ndocker run no\n\
        $ cat <<'E' > y\n> $ docker run no\n> E\nout\n$ docker run \\\n> --rm c\n```\n\n\
        ```powershell\n& docker run -d `\n  -v \"C:\\x`:y\\\" @dockerArgs d\n```\n\n\
        ```bat\nrem docker run no\ndocker run -v %CD%:/x ^\n  -e \"A=it's $1\" e\n```\n\n\
        `docker run --rm f`\n\n- `docker run g`\n\nUse `docker run no`, or `docker run -it no sh`.\n";
    let deployment = try_read("a.md", text).unwrap();
    assert_eq!(
        names(&deployment),
        [("a", 2), ("b", 6), ("c", 12), ("d", 17), ("e", 23), ("f", 27), ("g", 29)]
    );
    assert_eq!(deployment.findings, []);
    assert!(deployment.containers[3].settings.doubt(Setting::Privileged).is_some(), "@dockerArgs");
}

#[test]
fn files_that_hold_scripts() {
    let makefile = "IMG ?= x\nDOCKER_RUN = docker run --privileged\nrun: all\n\t@-$(DOCKER_RUN) -u $$(id -u) \
        -v $$(pwd):/w \\\n\t  $(IMG) true\n";
    let deployment = held("Makefile", makefile);
    assert_eq!(names(&deployment), [("$(IMG)", 4)]);
    let settings = &deployment.containers[0].settings;
    assert!(settings.is_privileged() && settings.doubt(Setting::Uid).is_some());
    assert!(settings.doubt(Setting::Privileged).is_none(), "{settings:?}");
    assert_eq!(names(&held("-", makefile)), [("$(IMG)", 4)]);
    assert_eq!(names(&held("justfile", "a x:\n  @docker run {{x}}\n")), [("{{x}}", 2)]);

    let workflow = include_str!("../../../fixtures/scripts/workflow.yml");
    let deployment = held("ci.yml", workflow);
    assert_eq!(
        names(&deployment),
        [("a", 7), ("b", 12), ("c", 15), ("d", 17), ("e", 19), ("f", 24), ("g", 27)]
    );
    assert_eq!(deployment.findings, []);
    let spots: Vec<bool> =
        deployment.containers.iter().map(|c| c.spot != WrittenAt::None).collect();
    assert_eq!(spots, [true, true, true, false, true, true, true]);
    assert!(deployment.containers[4].settings.doubt(Setting::Privileged).is_some());

    let cloud = "#cloud-config\nruncmd:\n  - docker run a\n  - [sh, -c, \"docker run b; x\"]\n  - [docker, run, c, it's]\n";
    assert_eq!(names(&held("user-data", cloud)), [("a", 3), ("b", 4), ("c", 5)]);
    let package = r#"{"name": "x", "scripts": {"start": "a && docker run -e \"A=1\" p"}}"#;
    assert_eq!(names(&held("package.json", package)), [("p", 1)]);
    let task = "version: '3'\ntasks:\n  a: docker run a\n  b:\n    cmds: [docker run b, {cmd: 'docker run {{.C}}'}]\n";
    assert_eq!(names(&held("Taskfile.yml", task)), [("a", 3), ("b", 5), ("{{.C}}", 5)]);
}

/// CommonMark 4.4: an indented line in a list is a paragraph of its item, not code.
#[test]
fn prose_in_a_list_is_no_code() {
    let prose = "-   a\n\n    -   This differs from when the daemon's mounts come into\n        \
                 the container's root (see `docker run`).\n";
    assert_eq!(markdown::blocks(prose), []);
    let code = "-   a\n\n        docker run alpine\n\nText\n\n    docker run debian\n\n    exit\n";
    let lines = |block: &markdown::Block| {
        block.lines.iter().map(|line| code.get(line.clone()).unwrap()).collect::<Vec<_>>()
    };
    let found: Vec<_> = markdown::blocks(code).iter().map(lines).collect();
    assert_eq!(found, [vec!["docker run alpine"], vec!["docker run debian", "exit"]]);
}

/// Each with the options of its own program (docker/cli 29, podman 6, nerdctl 2).
#[test]
fn every_command_that_makes_a_container() {
    let table: &[(&str, &[&str])] = &[
        (
            "docker service create --name a --limit-pids 5 --replicas 2 --cap-add SYS_ADMIN i",
            &["a"],
        ),
        ("docker -H x service create --mode global i sh", &["i"]),
        ("docker service update --cap-add SYS_ADMIN a", &[]),
        ("nerdctl --namespace k run --umask 022 --cap-add A,B i", &[]),
        ("nerdctl -n k run --umask 022 --cap-add CHOWN,KILL i", &["i"]),
        ("lima nerdctl run i", &["i"]),
        ("podman pod create --name p --userns auto", &[]),
        ("docker compose -f x run --rm web sh", &[]),
        ("docker compose run -T --cap-add SYS_ADMIN web sh", &["web"]),
        ("docker-compose -p x run -u 0 web", &["web"]),
        ("podman run --override-os linux --healthcheck-command x i", &["i"]),
    ];
    for (text, expected) in table {
        let found: Vec<String> = try_read("a.sh", text).map_or(vec![], |deployment| {
            deployment.containers.into_iter().map(|container| container.name).collect()
        });
        assert_eq!(found, *expected, "{text}");
    }
    let of_service = one("docker compose run -u 0 --cap-add SYS_ADMIN web");
    assert!(of_service.settings.doubt(Setting::Privileged).is_some());
    assert_eq!(of_service.settings.user.unwrap().value, User::Ids { uid: 0, gid: None });
    let service = one("docker service create --limit-pids 9 --cap-add SYS_ADMIN i");
    assert_eq!(
        (service.settings.pids_limit.unwrap().value, service.dialect.id),
        (9, "docker-service")
    );
}

#[test]
fn containers_in_a_pod() {
    let pod =
        "podman pod create -p 80:80 --security-opt seccomp=unconfined --userns=auto --name p\n";
    let settings = one(&format!("{pod}podman run --pod p i")).settings;
    assert_eq!(settings.userns.unwrap().value, Userns::Own);
    assert_eq!(settings.seccomp.unwrap().value, Profile::Unconfined);
    assert_eq!(one(&format!("{pod}podman run --pod=new:q i")).settings.userns, None);
    assert!(one(&format!("{pod}podman run --pod q i")).settings.doubt(Setting::Userns).is_some());
}

#[test]
fn what_is_no_whole_file_is_said() {
    let found = |text: &str| {
        let deployment = try_read("a.md", text).unwrap();
        let findings = deployment.findings.iter().map(|f| (f.info.id, f.place.unwrap().line));
        findings.collect::<Vec<_>>()
    };
    let block = |lines: &str| format!("```yaml\n{lines}```\n");
    let service = "  web:\n    image: x\n    privileged: true\n";
    assert_eq!(found(&block(&format!("...\n  a:\n    ...\n{service}"))), [("compose-fragment", 5)]);
    assert_eq!(
        found(&block("web:\n  build: .\n  environment:\n    - A=1\n")),
        [("compose-fragment", 2)]
    );
    for other in [
        "build:\n  image: docker\n  script: [a]\n",
        "worker:\n  image:\n    repository: x\n  env: []\n",
        "image: x\nprivileged: true\n",
    ] {
        assert_eq!(found(&block(other)), [], "{other}");
    }
}

/// Whatever is put together from what means something to one of the readers is read, or refused, in
/// no time. `ISODOC_FUZZ` is how often.
#[test]
fn no_text_is_too_odd() {
    const PIECES: &[&str] = &[
        "docker run ", "podman pod create ", "docker service create ", "--privileged ",
        "--name x ", "-e A=1 ", "img ", "$(", ")", "`", "\"", "'", "\\", "\n", "\n\t", "\n  ",
        "$X ", "${A[@]}", "$$", "<<EOF", "<<-'E'", "\nEOF\n", "\nE\n", "<<<", "<a b>", "${{ x }}",
        "{{ y }}", "%i ", "%X%", "alias d=", "eval ", "sh -c ", "| sh", "ssh h ", "A=(", "A+=(",
        "A=", "((", "))", "[[ ", "]] ", "case x in ", "esac", ";;", "&&", "|", "&", ";", "{", "}",
        "f() ", "function ", "if ", "fi ", "# ", "$ ", "> ", "PS> ", "```sh\n", "\n```\n", "~~~",
        "[Service]\n", "ExecStart=", "t: d\n\t", "X := ", "define X\n", "endef\n", "$(shell ",
        "services:\n", "  w:\n    image: x\n", "jobs:\n", "on: push\n", "  - run: |\n",
        "    steps:\n", "runcmd:\n", "kind: Pod\n", "^\n", "@a ", "\u{e9}", "\u{1f433}", "\r\n",
        "\u{feff}", "$'", "\0", "--", "-", "=", "echo ", "printf ", "`\n", "tee x ",
    ];
    const NAMES: &[&str] =
        &["a.sh", "a.md", "Makefile", "justfile", "a.service", "ci.yml", "package.json", "-"];
    let count = std::env::var("ISODOC_FUZZ").ok().and_then(|count| count.parse().ok());
    let mut seed: u64 = 88_172_645_463_325_252;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap()
    };
    for _ in 0..count.unwrap_or(300) {
        let length = 1 + random(40);
        let text: String = (0..length).map(|_| PIECES[random(PIECES.len())]).collect();
        let start = std::time::Instant::now();
        for path in NAMES {
            let candidate = Candidate::new(Input { file: 0, path, text: &text });
            let Some((dialect, _)) = candidate.dialect() else { continue };
            let Ok(read) = (dialect.read)(&candidate, &mut Files(&[])) else { continue };
            for container in read.containers {
                let place = container.place;
                assert!(place.start <= place.end && place.end <= text.len(), "{path}: {text:?}");
                let change = [crate::deploy::setting::Change::Privileged(true)];
                let source = crate::deploy::edit::SourceText::new(&text);
                let _ = crate::deploy::edit::plan(crate::deploy::edit::EditRequest::of(
                    &source, &container, &change,
                ));
            }
        }
        assert!(start.elapsed().as_secs() < 5, "{text:?} took {:?}", start.elapsed());
    }
}

#[test]
fn blocks_of_restructured_text() {
    let text = "Title\n=====\n\n.. code-block:: bash\n   :linenos:\n\n   docker run --name a \\\n     \
        img\n\n   docker run --name b img\n\nLike so::\n\n  docker run --name c img\n\n.. note:: \
        not this\n\n   docker run --name no img\n\n.. code:: yaml\n\n   services:\n     d: {image: \
        x}\n\n```{code-block} sh\ndocker run --name e img\n```\n";
    let found = try_read("x.rst", text).unwrap().containers;
    let names: Vec<_> = found.iter().map(|container| container.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
}

#[test]
fn a_value_that_a_document_tells_in_a_sentence() {
    let text =
        "```sh\ndocker run -e REGION=<optional, a region. Default is 'eu'> --name n img\n```\n";
    assert_eq!(names(&try_read("x.md", text).unwrap()), [("n", 2)]);
}

/// As docker 28.5.2 and 20.10.24, and podman 5.8.6 and 4.3.1 answered.
#[test]
fn options_that_exclude_each_other() {
    for (line, expected) in [
        ("docker run --health-cmd=true img", false),
        ("docker run --no-healthcheck --health-interval=0s img", false),
        ("docker run --no-healthcheck=false --health-cmd=true img", false),
        ("docker run --no-healthcheck --health-cmd=true img", true),
        ("docker run --no-healthcheck --health-retries=1 img", true),
        ("podman run --no-healthcheck --health-interval=10s img", false),
        ("podman run --no-healthcheck --health-cmd=none img", true),
        ("podman run --rm --restart=on-failure img", false),
        ("podman run --rm --restart=always img", true),
        ("docker run --rm --restart=on-failure img", true),
        ("docker run --network=un --ip=10.0.0.9 img", false),
        ("docker run --network=$N --ip=10.0.0.9 img", false),
        ("docker run --network=bridge --ip= img", false),
        ("docker run --ip=10.0.0.9 img", true),
        ("docker run --net host --network-alias=a img", true),
        ("podman run --ip=10.88.0.9 img", false),
        ("podman run --network=none --ip=10.88.0.9 img", true),
        ("podman run --network=ns:/x --mac-address=02:42:00:00:00:09 img", true),
        ("docker run --log-driver=json-file --log-opt max-size=10m img", false),
        ("docker run --log-driver=json-file --log-opt foo=bar img", true),
        ("docker run --log-driver=none --log-opt max-size=10m img", true),
        ("docker run --log-driver=$D --log-opt foo=bar img", false),
        ("docker run --log-opt foo=bar img", false),
        ("docker run -v /a:/x -v /a:/x img", false),
        ("docker run -v /a:/x -v /b:/x img", true),
        ("docker run -v v:/x -v w:/x img", false),
        ("docker run --tmpfs /x -v /a:/x img", true),
        ("docker run --tmpfs /x -v vol:/x/ img", true),
        ("docker run --tmpfs /x/ -v /a:/x img", false),
        ("docker run --tmpfs /x -v /x img", false),
        ("docker run --tmpfs /x --mount type=bind,src=/a,dst=/x img", false),
        ("docker run --mount type=bind,src=/a,dst=/x -v /a:/x img", true),
        ("docker run --mount type=volume,src=a/b,dst=/x img", true),
        ("docker run --mount type=bind,src=/a,dst=/x,tmpfs-size=1m img", true),
        ("docker run --network container:x --hostname h img", true),
        ("docker run --network container:x -p 80:80 img", true),
        ("docker run --network container:x --link y img", true),
        ("docker run --network host --link y img", true),
        ("docker run --network host --hostname h -p 80:80 img", false),
        ("docker run --uts host --hostname h img", true),
        ("docker run --uts host --hostname '' img", false),
        ("docker run --cpus 1.5 --cpu-quota 10000 img", true),
        ("docker run --cpus 2 --cpu-quota 0 img", false),
        ("docker run --cpus 0 --cpu-period 10000 img", false),
        ("docker run -d -a stdout img", true),
        ("docker run -d=false -a stdout img", false),
        ("docker run --cpus $N --cpu-quota 10000 img", false),
        ("docker run -v x img", false),
        ("podman run --tmpfs /x --mount type=bind,src=/a,dst=/x img", true),
        ("podman run -v /a:/x -v /a:/x img", false),
    ] {
        let refused = !one(line).settings.obstacles.is_empty();
        assert_eq!(refused, expected, "{line}");
    }
}
