//! Expected values come from the compose specification (12-interpolation.md, 13-merge.md,
//! 05-services.md) and from what compose-go and docker/compose do with such files.

use crate::tests::cpu_time;
use std::collections::HashMap;

use super::*;
use crate::deploy::Container;
use crate::deploy::container::Engine;
use crate::deploy::place::{At, FileId};
use crate::deploy::setting::{Label, Masks, Profile, Setting, User, Userns};

/// Files by path, all in one directory, and variables.
#[derive(Default)]
pub(super) struct Files {
    files: HashMap<&'static str, String>,
    opened: Vec<(String, FileId)>,
    variables: HashMap<&'static str, String>,
}

impl Files {
    pub(super) fn with_variables(variables: &[(&'static str, &str)]) -> Self {
        Self {
            variables: variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            ..Self::default()
        }
    }
}

impl Surroundings for Files {
    fn open(&mut self, path: &str, from: FileId) -> Result<(FileId, String), String> {
        self.opened.push((path.to_owned(), from));
        let text = self.files.get(path).ok_or("no such file")?;
        Ok((100 + FileId::try_from(self.opened.len()).unwrap(), text.clone()))
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}

fn files(files: &[(&'static str, &str)]) -> Files {
    Files {
        files: files.iter().map(|(path, text)| (*path, (*text).to_owned())).collect(),
        ..Files::default()
    }
}

fn given(texts: &[&str], surroundings: &mut Files) -> Result<Deployment, BadInput> {
    let inputs: Vec<Input<'_>> = texts
        .iter()
        .zip(0..)
        .map(|(text, file)| Input { file, path: "compose.yaml", text })
        .collect();
    read_project(&inputs, surroundings)
}

fn deployment(text: &str) -> Deployment {
    given(&[text], &mut Files::default()).unwrap_or_else(|e| panic!("{e:?}\n{text}"))
}

/// A service `web` with these lines.
fn web(lines: &[&str]) -> Container {
    deployment(&text_of(lines)).containers.remove(0)
}

fn text_of(lines: &[&str]) -> String {
    format!(
        "services:\n  web:\n    image: x\n{}",
        lines.iter().map(|line| format!("    {line}\n")).collect::<String>()
    )
}

fn bad(text: &str) -> (usize, String) {
    let error = given(&[text], &mut Files::default()).unwrap_err();
    (error.place.map_or(0, |place| place.line), error.message)
}

fn rules(deployment: &Deployment) -> Vec<&'static str> {
    deployment.findings.iter().map(|finding| finding.info.id).collect()
}

fn words(list: &[At<String>]) -> Vec<&str> {
    list.iter().map(|at| at.value.as_str()).collect()
}

fn at<T: Clone>(value: &Option<At<T>>) -> Option<(T, usize)> {
    value.as_ref().map(|at| (at.value.clone(), at.place.line))
}

fn recognised(text: &str) -> bool {
    recognises(&parse(0, text).unwrap()) > Sure::Unlikely
}

#[test]
fn recognised_by_content() {
    assert!(recognised("services:\n  web: {image: x}\n"));
    assert!(recognised("version: '3'\nservices: []\n"));
    assert!(recognised("include: [a.yaml]\n"));
    assert!(recognised("web:\n  image: x\ndb:\n  build: .\n"));
    assert!(recognised("other: 1\nservices:\n  web: {build: .}\n"));
    assert!(!recognised("apiVersion: v1\nkind: Pod\nspec: {}\n"));
    assert!(!recognised("apiVersion: x/v1\nkind: Thing\nservices: {a: {image: x}}\n"));
    // Helm values, and GitLab's CI.
    assert!(!recognised("services:\n  web:\n    image: {repository: x}\nreplicas: 1\n"));
    assert!(!recognised("image: x\nservices: [docker:dind]\nbuild: {script: [make]}\n"));
    assert!(!recognised("web:\n  image: {repository: x}\n"));
    assert!(!recognised("just text\n"));
}

#[test]
fn settings_and_their_lines() {
    let web = web(&[
        "privileged: 'yes'",                 // 4
        "cap_add: [SYS_ADMIN, cap_setfcap]", // 5
        "cap_drop:",                         // 6
        "- ALL",                             // 7
        "security_opt: ['seccomp:unconfined', apparmor=mine, label:type:spc_t, \
            no-new-privileges:true]", // 8
        "user: 1000:1000",                   // 9
        "userns_mode: host",                 // 10
        "pid: host",                         // 11
        "network_mode: host",                // 12
        "ipc: host",                         // 13
        "read_only: true",                   // 14
        "runtime: runsc",                    // 15
        "pids_limit: 100",                   // 16
        "ulimits: {nproc: {soft: 10, hard: 20}}", // 17
        "entrypoint: tini --",               // 18
        "command: [unshare, --pid, $$HOME]", // 19
    ]);
    let s = &web.settings;
    assert_eq!(
        (web.name.as_str(), web.place.line, web.place.column, web.engine),
        ("web", 2, 3, Engine::Docker)
    );
    assert_eq!(at(&s.privileged), Some((true, 4)));
    assert_eq!((words(&s.cap_add), s.cap_add[0].place.line), (vec!["SYS_ADMIN", "cap_setfcap"], 5));
    assert_eq!((words(&s.cap_drop), s.cap_drop[0].place.line), (vec!["ALL"], 7));
    assert_eq!(at(&s.seccomp), Some((Profile::Unconfined, 8)));
    assert_eq!(at(&s.apparmor), Some((Profile::Named("mine".into(), None), 8)));
    assert_eq!(at(&s.selinux), Some((Label::Type("spc_t".into()), 8)));
    assert_eq!(at(&s.no_new_privs), Some((true, 8)));
    assert_eq!(at(&s.user), Some((User::Ids { uid: 1000, gid: Some(1000) }, 9)));
    assert_eq!(at(&s.userns), Some((Userns::Host, 10)));
    assert_eq!(
        (at(&s.host_pid), at(&s.host_network), at(&s.host_ipc)),
        (Some((true, 11)), Some((true, 12)), Some((true, 13)))
    );
    assert_eq!((at(&s.read_only), at(&s.runtime)), (Some((true, 14)), Some(("runsc".into(), 15))));
    assert_eq!((at(&s.pids_limit), at(&s.nproc)), (Some((100, 16)), Some((10, 17))));
    assert_eq!(words(&s.command), ["tini", "--", "unshare", "--pid", "$HOME"]);
    let doubts: Vec<Setting> = s.unknown.iter().map(|doubt| doubt.value.about).collect();
    assert_eq!(doubts, [Setting::Runtime]);
}

#[test]
fn users() {
    let user = |text: &str| web(&[&format!("user: {text}")]).settings.user.map(|at| at.value);
    assert_eq!(user("'1000'"), Some(User::Ids { uid: 1000, gid: None }));
    assert_eq!(user("root"), Some(User::Ids { uid: 0, gid: None }));
    assert_eq!(user("postgres:postgres"), Some(User::Named("postgres".into())));
    assert_eq!(user("'5:mail'"), Some(User::Ids { uid: 5, gid: None }));
    assert_eq!(user("''"), None);
    assert!(bad(&text_of(&["user: '-1'"])).1.contains("from 0 to 2147483647"));
}

#[test]
fn types_are_those_of_the_schema() {
    for (line, expected) in [
        ("privileged: 1", "not true or false"),
        ("privileged: maybe", "not true or false"),
        ("privileged: [true]", "is a list, not a string"),
        ("cap_add: SYS_ADMIN", "not a list"),
        ("cap_add: [1]", "is a number, not a string"),
        ("cap_add: [SYSADMIN]", "not a capability"),
        ("security_opt: {seccomp: unconfined}", "not a list"),
        ("security_opt: [seccomp]", "refused"),
        ("security_opt: ['systempaths:unconfined']", "refused"),
        ("user: 1000", "is a number, not a string; put it in quotes"),
        ("userns_mode: {}", "not a string"),
        ("pids_limit: many", "not a whole number"),
        ("ulimits: [nproc]", "not a mapping"),
        ("environment: A=1", "is a string, not a mapping or a list"),
        ("environment: [1]", "not a string"),
        ("command: 'a \"b'", "not closed"),
        ("user: ${", "not closed"),
        ("volumes: ['${']", "not closed"),
        ("tmpfs: '/x:${'", "not closed"),
    ] {
        let (at, message) = bad(&text_of(&[line]));
        assert!(at == 4 && message.contains(expected), "{line}: {at}: {message}");
    }
    // The key's line where the value is a block.
    assert_eq!(bad(&text_of(&["user:", "  - a"])).0, 4);
    for text in [
        "", "# nothing\n", "services:\n", "services: []\n", "- a\n", "services:\n  web:\n",
        "services:\n  web: x\n",
    ] {
        assert!(given(&[text], &mut Files::default()).is_err(), "{text:?}");
    }
    assert_eq!(bad("services:\n  web:\n    image: x\n  db: 3\n").0, 4);
    // Limits that contradict each other.
    let (line, message) =
        bad(&text_of(&["pids_limit: 5", "deploy: {resources: {limits: {pids: 6}}}"]));
    assert!(line == 5 && message.contains("two values"), "{message}");
}

#[test]
fn null_leaves_the_default_and_limits_have_two_homes() {
    let s = web(&[
        "privileged:",
        "cap_add:",
        "user: ~",
        "deploy: {resources: {limits: {pids: 6}}}",
        "ulimits: {nproc: -1}",
    ])
    .settings;
    assert!(
        s.privileged.is_none() && s.cap_add.is_empty() && s.user.is_none() && s.nproc.is_none()
    );
    assert_eq!(at(&s.pids_limit), Some((6, 7)));
    assert!(web(&["pids_limit: -1"]).settings.pids_limit.is_none());
}

#[test]
fn what_a_variable_decides_is_a_doubt() {
    let doubts = |line: &str| -> Vec<Setting> {
        web(&[line]).settings.unknown.iter().map(|doubt| doubt.value.about).collect()
    };
    assert_eq!(doubts("user: $GID:$UID"), [Setting::User]);
    assert_eq!(doubts("user: ${UID:-1000}"), []);
    assert_eq!(doubts("privileged: ${PRIVILEGED}"), [Setting::Privileged]);
    assert_eq!(doubts("cap_add: ['${CAP:?which}']"), [Setting::Capabilities]);
    assert_eq!(doubts("security_opt: ['seccomp=${P}']"), [Setting::Seccomp]);
    assert_eq!(
        doubts("security_opt: ['$OPT']"),
        [Setting::Seccomp, Setting::AppArmor, Setting::Masks]
    );
    assert_eq!(doubts("userns_mode: $U"), [Setting::Userns]);
    // A later profile takes the place of the one that is not known.
    assert_eq!(doubts("security_opt: ['seccomp=${P}', seccomp=unconfined]"), []);
    assert!(web(&["privileged: ${P:-true}"]).settings.is_privileged());

    let mut vars = Files::with_variables(&[("U", "7:8"), ("P", "on")]);
    let s = given(&[&text_of(&["user: $U", "privileged: '${P}'"])], &mut vars)
        .unwrap()
        .containers
        .remove(0)
        .settings;
    assert_eq!(
        (s.user.unwrap().value, s.privileged.unwrap().value),
        (User::Ids { uid: 7, gid: Some(8) }, true)
    );
}

#[test]
fn findings() {
    let of = |line: &str| rules(&deployment(&text_of(&[line])));
    assert_eq!(
        of("security_opt: ['seccomp:unconfined', 'no-new-privileges:true']"),
        ["security-opt-colon"]
    );
    assert_eq!(
        of("security_opt: [seccomp=./a.json]"),
        ["seccomp-profile-relative", "profile-file-missing"]
    );
    assert_eq!(of("security_opt: ['seccomp={}']"), ["seccomp-profile-inline"]);
    assert_eq!(of("user: $GID:$UID"), ["user-gid-uid-swapped", "user-from-environment"]);
    assert_eq!(
        of("user: '${PGID:-1}:${PUID:-1}'"),
        ["user-gid-uid-swapped", "user-from-environment"]
    );
    assert_eq!(of("user: ${UID}:${GID}"), ["user-from-environment"]);
    assert_eq!(of("userns_mode: keep-id"), ["userns-mode-podman-only"]);
    assert_eq!(of("env_file: [{path: a.env, required: false}, b.env]"), ["env-file-missing"]);
    assert!(of("user: 1000:1000").is_empty());

    let web = web(&["security_opt: [unmask=ALL]"]);
    assert_eq!((web.engine, web.settings.masks.unwrap().value), (Engine::Podman, Masks::None));
}

#[test]
fn profiles_are_read_from_the_projects_directory() {
    let profile = r#"{"defaultAction": "SCMP_ACT_ALLOW"}"#;
    let mut surroundings = files(&[("./p.json", profile), ("broken.json", "{")]);
    let of = |text: &str, surroundings: &mut Files| {
        given(&["services: {web: {image: x}}", text], surroundings).unwrap()
    };
    let read = of("services:\n  web:\n    security_opt: [seccomp=./p.json]\n", &mut surroundings);
    assert_eq!(
        at(&read.containers[0].settings.seccomp),
        Some((Profile::Named("./p.json".into(), Some(profile.into())), 3))
    );
    // The first file's directory, also for what the second one says.
    assert_eq!(surroundings.opened, [("./p.json".to_owned(), 0)]);
    let read =
        of("services:\n  web:\n    security_opt: [seccomp=broken.json]\n", &mut surroundings);
    assert_eq!(rules(&read), ["seccomp-profile-relative", "seccomp-profile-broken"]);
    assert!(read.containers[0].settings.doubt(Setting::Seccomp).is_some());
}

#[test]
fn environment_from_files_maps_and_lists() {
    let mut surroundings = files(&[("a.env", "A=file\nB=file\nC=$SET\n")]);
    surroundings.variables = [("SET", "set".to_owned())].into();
    for environment in [
        "environment: {A: 1, D: , SET: , E: $NONE, F: true}",
        "environment: [A=1, D, SET, 'E=$NONE', F=true]",
    ] {
        let text = text_of(&["env_file: a.env", environment]);
        let s = given(&[&text], &mut surroundings).unwrap().containers.remove(0).settings;
        let value = |name| s.variable(name).map(str::to_owned);
        assert_eq!(
            (value("A"), value("B"), value("C")),
            (Some("1".into()), Some("file".into()), Some("set".into()))
        );
        assert_eq!(
            (value("D"), value("SET"), value("E"), value("F")),
            (None, Some("set".into()), None, Some("true".into()))
        );
        assert_eq!(s.env.iter().find(|(name, _)| name.value == "D").unwrap().0.place.line, 5);
    }
}

#[test]
fn anchors_and_merged_keys() {
    let read = deployment(
        "x-base: &base\n  privileged: true\n  cap_add: &caps [NET_RAW]\nservices:\n  web:\n    <<: \
            *base\n    cap_drop: *caps\n  db:\n    <<: [*base]\n    privileged: false\n",
    );
    let [web, db] = &read.containers[..] else { panic!() };
    assert_eq!(
        (at(&web.settings.privileged), web.settings.cap_drop[0].place.line),
        (Some((true, 2)), 3)
    );
    assert_eq!(at(&db.settings.privileged), Some((false, 10)));
}

#[test]
fn files_are_merged_as_compose_does() {
    let base = "services:\n  web:\n    image: a\n    privileged: true\n    cap_add: [NET_RAW]\n    \
        command: a b\n    environment: {A: 1, B: 1}\n    security_opt: [seccomp=unconfined, \
        apparmor=x]\n";
    let over = "services:\n  new: {image: n}\n  web:\n    image: b\n    cap_add: [NET_ADMIN]\n    \
        command: [c]\n    environment: [A=2]\n    security_opt: [apparmor=y]\n";
    let read = given(&[base, over], &mut Files::default()).unwrap();
    let [web, new] = &read.containers[..] else { panic!() };
    assert_eq!(
        (web.name.as_str(), web.place.file, new.name.as_str(), new.place.file),
        ("web", 0, "new", 1)
    );
    let s = &web.settings;
    assert_eq!((at(&s.image), at(&s.privileged)), (Some(("b".into(), 4)), Some((true, 4))));
    assert_eq!((words(&s.cap_add), s.cap_add[1].place.file), (vec!["NET_RAW", "NET_ADMIN"], 1));
    assert_eq!(
        (words(&s.command), s.variable("A"), s.variable("B")),
        (vec!["c"], Some("2"), Some("1"))
    );
    assert_eq!(
        (at(&s.seccomp), at(&s.apparmor)),
        (Some((Profile::Unconfined, 8)), Some((Profile::Named("y".into(), None), 8)))
    );

    // compose-spec 13-merge.md: `!reset` and `!override`.
    let over = "services:\n  web:\n    privileged: !reset null\n    cap_add: !override \
        [CHOWN]\n    security_opt: !reset []\n    environment: {A: !reset null}\n";
    let s = given(&[base, over], &mut Files::default()).unwrap().containers.remove(0).settings;
    assert!(s.privileged.is_none() && s.seccomp.is_none() && s.apparmor.is_none());
    assert_eq!(
        (words(&s.cap_add), s.variable("A"), s.variable("B")),
        (vec!["CHOWN"], None, Some("1"))
    );
    let over = "services:\n  web: !override\n    image: z\n";
    let s = given(&[base, over], &mut Files::default()).unwrap().containers.remove(0).settings;
    assert!(s.privileged.is_none() && at(&s.image) == Some(("z".into(), 3)));
    let over = "services:\n  web: !reset null\n  other: {image: x}\n";
    assert_eq!(given(&[base, over], &mut Files::default()).unwrap().containers.len(), 1);
}

#[test]
fn extends() {
    let text = "services:\n  a:\n    extends: b\n    cap_add: [NET_RAW]\n  b:\n    extends: \
        {service: c}\n    privileged: true\n  c:\n    image: c\n    cap_add: [CHOWN]\n    user: \
        '5'\n";
    let read = deployment(text);
    let a = &read.containers[0].settings;
    assert_eq!((at(&a.privileged), at(&a.image)), (Some((true, 7)), Some(("c".into(), 9))));
    assert_eq!((words(&a.cap_add), read.containers[0].place.line), (vec!["CHOWN", "NET_RAW"], 2));
    assert!(read.containers[2].settings.privileged.is_none());

    // From another file, whose own paths start in its directory.
    let mut surroundings = files(&[(
        "common/base.yaml",
        "services:\n  base:\n    extends: root\n    env_file: b.env\n  root: {privileged: true}\n",
    )]);
    let read = given(
        &["services:\n  web:\n    extends:\n      file: common/base.yaml\n      service: base\n"],
        &mut surroundings,
    )
    .unwrap();
    let privileged = read.containers[0].settings.privileged.as_ref().unwrap();
    assert_eq!((privileged.value, privileged.place.file, privileged.place.line), (true, 101, 5));
    assert_eq!(surroundings.opened[1], ("b.env".to_owned(), 101));

    assert_eq!(bad("services:\n  a:\n    extends: none\n").0, 3);
    let (line, message) =
        bad("services:\n  a:\n    extends:\n      service: b\n  b:\n    extends: a\n");
    assert!(line == 3 && message.contains("circle"), "{line} {message}");
    assert_eq!(bad("services:\n  x: {}\n  a:\n    extends: a\n").0, 4);
    let chain: String = (0..1000).map(|n| format!("  s{n}: {{extends: s{}}}\n", n + 1)).collect();
    assert!(
        given(&[&format!("services:\n{chain}  s1000: {{}}\n")], &mut Files::default()).is_err()
    );
    // Files that extend each other.
    let mut surroundings =
        files(&[("a.yaml", "services: {s: {extends: {file: a.yaml, service: s}}}")]);
    assert!(
        given(&["services: {s: {extends: {file: a.yaml, service: s}}}"], &mut surroundings)
            .is_err()
    );
}

#[test]
fn what_a_missing_file_sets_is_not_known() {
    let text = "services:\n  web:\n    extends: {file: gone.yaml, service: x}\n    user: '5'\n    \
        privileged: false\n";
    let read = deployment(text);
    assert_eq!(rules(&read), ["extends-missing"]);
    let s = &read.containers[0].settings;
    assert!(
        s.doubt(Setting::Seccomp).is_some()
            && s.doubt(Setting::Capabilities).is_some()
            && s.doubt(Setting::Masks).is_some()
    );
    assert!(s.doubt(Setting::Privileged).is_none() && s.doubt(Setting::User).is_none());
}

#[test]
fn include() {
    let mut surroundings = files(&[
        (
            "db/compose.yaml",
            "services:\n  db:\n    user: $DB_USER\n    env_file: d.env\n  web: {privileged: true, \
                user: '1'}\n",
        ),
        (".env", "DB_USER=70\n"),
        ("loop.yaml", "include: [loop.yaml]\nservices: {a: {}}\n"),
    ]);
    let text =
        "include:\n  - db/compose.yaml\nservices:\n  web: {user: '2'}\n  api: {extends: db}\n";
    let read = given(&[text], &mut surroundings).unwrap();
    let [web, api, db] = &read.containers[..] else { panic!("{read:?}") };
    assert_eq!((web.name.as_str(), api.name.as_str(), db.name.as_str()), ("web", "api", "db"));
    assert_eq!((web.place.file, db.place.file), (0, 101));
    assert_eq!(at(&web.settings.user), Some((User::Ids { uid: 2, gid: None }, 4)));
    assert!(web.settings.is_privileged());
    for service in [api, db] {
        assert_eq!(at(&service.settings.user), Some((User::Ids { uid: 70, gid: None }, 3)));
    }
    let missing = given(
        &["include: [{path: gone.yaml}]\nservices: {web: {extends: of_gone}}\n"],
        &mut surroundings,
    )
    .unwrap();
    assert_eq!(rules(&missing), ["include-missing", "extends-missing"]);
    assert!(missing.containers[0].settings.doubt(Setting::Privileged).is_some());
    let error = given(&["include: [loop.yaml]\n"], &mut surroundings).unwrap_err();
    assert!(error.message.contains("circle"), "{}", error.message);
}

#[test]
fn format_1() {
    let read =
        deployment("web:\n  image: x\n  net: host\n  cap_add: [SYS_ADMIN]\ndb: {build: .}\n");
    assert_eq!(
        read.containers.iter().map(|c| (c.name.as_str(), c.place.line)).collect::<Vec<_>>(),
        [("web", 1), ("db", 5)]
    );
    assert_eq!(
        (at(&read.containers[0].settings.host_network), rules(&read)),
        (Some((true, 3)), vec!["compose-format-1"])
    );
}

/// Reading costs less than parsing: it is looked at with a wide margin, since other work shares the
/// machine.
#[test]
fn the_cost_of_services_is_linear() {
    use std::time::Duration;
    let service = |n: usize| {
        format!(
            "  s{n}:\n    image: registry.example/app:${{TAG:-{n}}}\n    restart: always\n    \
                user: \"1000:1000\"\n    cap_drop: [ALL]\n    cap_add:\n      - CHOWN\n    \
                security_opt:\n      - no-new-privileges:true\n      - seccomp=unconfined\n    \
                environment:\n      - MODE=worker\n      - \
                DATABASE_URL=postgres://u:${{PASSWORD}}@db/x\n    command: \
                [\"run\", \"--n\", \"{n}\"]\n    deploy:\n      resources:\n        limits: \
                {{memory: 64M, pids: 100}}\n    ports:\n      - \"80:80\"\n    volumes:\n      - \
                data:/data\n    depends_on: [s0]\n"
        )
    };
    let cost = |count: usize| -> Duration {
        let text = format!("services:\n{}", (0..count).map(service).collect::<String>());
        let once = || {
            cpu_time(|| {
                let documents = parse(0, &text).unwrap();
                let read = read_documents(&[(0, documents)], true, &mut Files::default()).unwrap();
                assert_eq!(read.containers.len(), count);
            })
        };
        (0..3).map(|_| once()).min().unwrap()
    };
    // Ten times the services: ten times the cost, where a cost per pair would be a hundred. The
    // best of three runs, and room for a busy machine.
    let (some, many) = (cost(100), cost(1000));
    assert!(many < some * 40, "100 services in {some:?}, 1000 in {many:?}");
}

/// A mapping with very many keys, and a value with very many variables.
#[test]
fn large_input_stays_fast() {
    let many: String = (0..50_000).map(|n| format!("      K{n}: $X\n")).collect();
    let text = format!(
        "services:\n  web:\n    environment:\n{many}    command: '{}'\n",
        "$A${B:-${C}}".repeat(50_000)
    );
    let took = cpu_time(|| {
        let web = deployment(&text).containers.remove(0);
        assert_eq!(web.settings.env.len(), 50_000);
    });
    assert!(took.as_secs() < 10, "{took:?}");
}

#[test]
fn keys_that_are_nearly_right() {
    let of = |line: &str| rules(&deployment(&text_of(&[line])));
    for line in [
        "priviledged: true", "Privileged: true", "capadd: [SYS_ADMIN]", "cap-add: [SYS_ADMIN]",
        "securityOpt: []", "security_opts: []", "pirvileged: true", "usernsmode: host",
    ] {
        assert_eq!(of(line), ["misspelt-key"], "{line}");
    }
    // compose-spec.json has these, or anybody may.
    for line in [
        "x-privileged: true", "uts: host", "develop: {}", "expose: []", "cpu_count: 1",
        "networks: []", "secrets: []", "post_start: []", "ports: []", "annotations: {}",
        "pids_limit: 5",
    ] {
        assert_eq!(of(line), Vec::<&str>::new(), "{line}");
    }
}

#[test]
fn numbers_in_another_radix_are_no_strings() {
    assert_eq!(
        bad(&text_of(&["user: 0x10"])),
        (4, "`user` is a number, not a string; put it in quotes".to_owned())
    );
}

/// YAML 1.2.2, 6.2: blanks and tabs separate; docker compose (go-yaml) reads such a file.
#[test]
fn a_tab_may_come_after_a_colon() {
    let text =
        "services:\n  web:\n    image:\tx\n    privileged: \ttrue\t# why\n    user:\t\t\"a:\tb\"\n";
    let web = deployment(text).containers.remove(0);
    let user = web.settings.user.as_ref().unwrap();
    assert_eq!((web.settings.is_privileged(), user.place.line, user.place.column), (true, 5, 12));
    assert_eq!(user.value, User::Named("a".into()));
}

/// compose-spec `schema/compose-spec.json`, of June 2026.
#[test]
fn every_key_of_a_service_is_known() {
    let keys = "annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command \
        configs container_name cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period \
        cpu_rt_runtime cpu_shares cpus cpuset credential_spec depends_on deploy develop \
        device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file \
        environment expose extends external_links extra_hosts gpus group_add healthcheck hostname \
        image init ipc isolation label_file labels links logging mac_address mem_limit \
        mem_reservation mem_swappiness memswap_limit models network_mode networks oom_kill_disable \
        oom_score_adj pid pids_limit platform ports post_start pre_start pre_stop privileged \
        profiles provider pull_policy pull_refresh_after read_only restart runtime scale secrets \
        security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs \
        tty ulimits use_api_socket user userns_mode uts volumes volumes_from working_dir";
    for key in keys.split_whitespace() {
        assert!(service::is_key(key), "{key}");
    }
}

#[test]
fn what_a_provider_manages_is_no_container() {
    let read = deployment(
        "services:\n  a: {image: x}\n  db:\n    provider: {type: cloud, options: {type: mysql}}\n  \
            b: {image: y, depends_on: [db]}\n",
    );
    let names: Vec<_> = read.containers.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let only = deployment("services:\n  db: {provider: {type: cloud}}\n");
    assert!(only.containers.is_empty());
    // What is said of a container is said of the right one.
    let read = deployment(
        "services:\n  db: {provider: {type: cloud}}\n  b: {image: x, user: '${GID}:${UID}'}\n",
    );
    assert!(read.findings.iter().all(|finding| finding.container == Some(0)), "{read:?}");
}

#[test]
fn the_command_of_a_hook_counts_where_it_isolates() {
    let web = web(&["post_start:", "- {command: [unshare, --user, 'true'], user: '1000'}"]);
    let words: Vec<_> = web.settings.command.iter().map(|word| word.value.as_str()).collect();
    assert_eq!(words, ["unshare", "--user", "true"]);
    assert_eq!(at(&web.settings.user), Some((User::Ids { uid: 1000, gid: None }, 5)));
    // All capabilities, under the container's profiles.
    let exec = self::web(&["pre_stop:", "- {command: bwrap true, privileged: true}"]);
    assert!(exec.settings.privileged.is_none());
    assert!(exec.settings.doubt(Setting::Capabilities).is_some());
    // A container of its own.
    let init = self::web(&["pre_start:", "- {command: nsjail -- x, privileged: true}"]);
    assert!(init.settings.is_privileged());
    let other = self::web(&["command: sleep 1", "post_start: [{command: make, privileged: true}]"]);
    assert_eq!(other.settings.command[0].value, "sleep");
    assert!(other.settings.unknown.is_empty());
}

#[test]
fn a_swarm_leaves_settings_out() {
    let of = |lines: &str| rules(&deployment(&format!("services:\n  a:\n    image: x\n{lines}")));
    assert_eq!(
        of("    privileged: true\n    deploy: {mode: global}\n    cap_add: [CHOWN]\n"),
        ["swarm-ignores"]
    );
    assert!(of("    privileged: true\n    deploy: {replicas: 2}\n").is_empty());
    assert!(of("    cap_add: [CHOWN]\n    deploy: {placement: {}}\n").is_empty());
}

#[test]
fn what_is_for_the_build_is_not_for_the_container() {
    let web = web(&["build: {context: ., privileged: true, entitlements: [security.insecure]}"]);
    assert!(!web.settings.is_privileged());
}

/// docs.docker.com, "Compose Build Specification": `image` names what is built, `tags` too, and
/// `additional_contexts` says what a name in a Dockerfile stands for.
#[test]
fn an_image_that_another_service_makes_is_known_from_its_dockerfile() {
    let dockerfiles = [
        ("a/Dockerfile", "FROM debian:12\nRUN apt-get install -y bubblewrap\nUSER 7\n"),
        ("b/Dockerfile", "FROM made\nENV B=1\n"),
        ("c/Dockerfile", "FROM other\n"),
        ("d/Dockerfile", "FROM c\nUSER 8\n"),
        ("e/Dockerfile", "FROM nginx\n"),
    ];
    const MADE: &str = "  a: {build: a, image: made}\n";
    for (services, user, base) in [
        ("  w: {image: made}\n", Some(7), "debian:12"),
        ("  w: {image: \"docker.io/library/made:latest\"}\n", Some(7), "debian:12"),
        ("  w: {image: made, user: \"9\"}\n", Some(9), "debian:12"),
        ("  w: {image: \"made:2\"}\n", None, ""),
        ("  w: {build: b}\n", Some(7), "debian:12"),
        (
            "  w: {build: {context: c, additional_contexts: {other: \"service:a\"}}}\n",
            Some(7),
            "debian:12",
        ),
        (
            "  w: {build: {context: c, additional_contexts: [\"other=docker-image://x\"]}}\n",
            None,
            "x",
        ),
        ("  w: {build: c}\n", None, "other"),
        (
            "  w: {image: tagged}\n  x: {build: {context: a, tags: [tagged]}}\n",
            Some(7),
            "debian:12",
        ),
        // What is made of the registry's image of the same name.
        ("  w: {build: e, image: nginx}\n", None, "nginx"),
        (
            "  w: {image: d}\n  d: {build: d, image: d}\n  c: {build: c, image: c}\n",
            Some(8),
            "other",
        ),
    ] {
        let text = format!("services:\n{services}{MADE}");
        let read = given(&[&text], &mut files(&dockerfiles)).unwrap();
        let w = &read.containers.iter().find(|one| one.name == "w").unwrap().settings;
        let uid = w.user.as_ref().map(|user| match &user.value {
            User::Ids { uid, .. } => *uid,
            User::Named(name) => panic!("{name}"),
        });
        let from = w.base.as_ref().map_or("", |base| &base.value);
        assert_eq!((uid, from), (user, base), "{text}");
        assert_eq!(w.installs.len(), usize::from(from == "debian:12"), "{text}");
    }
    // Where nobody knows how it is made, it may have any user.
    for services in [
        "  w: {build: {context: c, additional_contexts: {other: \"https://x.y/z.git\"}}}\n",
        "  w: {build: {context: c, additional_contexts: {other: \"service:g\"}}}\n  \
            g: {build: gone, image: g}\n",
    ] {
        let text = format!("services:\n{services}{MADE}");
        let read = given(&[&text], &mut files(&dockerfiles)).unwrap();
        assert!(read.containers[0].settings.doubt(Setting::User).is_some(), "{text}");
    }
}

/// Each makes its image from the other's.
#[test]
fn images_that_are_made_in_a_circle() {
    let dockerfiles = [("a/Dockerfile", "FROM b\n"), ("b/Dockerfile", "FROM a\n")];
    let text = "services:\n  a: {build: a, image: a}\n  b: {build: b, image: b}\n";
    let read = given(&[text], &mut files(&dockerfiles)).unwrap();
    assert_eq!(read.containers.len(), 2);
}

/// Whether the one service of a project is refused; `None`: that is not sure.
fn refused(text: &str) -> Option<bool> {
    let obstacles = &deployment(text).containers[0].settings.obstacles;
    match obstacles.iter().map(|at| at.value.is_sure).max() {
        Some(false) => None,
        sure => Some(sure.is_some()),
    }
}

/// As docker compose 2.40.3 with Docker 28.5.2 and 20.10.24 answered.
#[test]
fn addresses_in_networks() {
    let own = "{ipam: {config: [{subnet: 10.50.0.0/24}]}}";
    let both = "{ipam: {config: [{subnet: 10.50.0.0/24}, {subnet: 'fd00:50::/64'}]}}";
    let gateway = "{ipam: {config: [{subnet: 10.50.0.0/24, gateway: 10.50.0.5}]}}";
    for (network, address, expected) in [
        (own, "ipv4_address: 10.50.0.5", false),
        (own, "ipv4_address: ''", false),
        (own, "ipv4_address: 10.50.0.254", false),
        (own, "ipv4_address: $UNSET", false),
        (own, "ipv4_address: 10.51.0.5", true),
        (own, "ipv4_address: 10.50.0.0", true),
        (own, "ipv4_address: 10.50.0.1", true),
        (own, "ipv4_address: 10.50.0.255", true),
        (own, "ipv4_address: 10.50.0.300", true),
        (own, "ipv4_address: 'fd00::1'", true),
        (own, "ipv6_address: 'fd00:50::9'", true),
        (both, "ipv6_address: 'fd00:50::9'", false),
        (both, "ipv6_address: 'fd00:51::9'", true),
        (both, "ipv6_address: 10.50.0.9", true),
        (gateway, "ipv4_address: 10.50.0.5", true),
        (gateway, "ipv4_address: 10.50.0.1", false),
        ("{}", "ipv4_address: 10.50.0.5", true),
        ("", "ipv4_address: 10.50.0.5", true),
        ("{ipam: {config: []}}", "ipv4_address: 10.50.0.5", true),
        ("{ipam: {config: [{subnet: 10.50.0.0/30}]}}", "ipv4_address: 10.50.0.5", true),
        ("{external: true}", "ipv4_address: 10.50.0.5", false),
        ("{driver: macvlan}", "ipv4_address: 10.50.0.5", false),
    ] {
        let text = format!(
            "services:\n  a:\n    image: x\n    networks:\n      n: {{{address}}}\n\
             networks:\n  n: {network}\n"
        );
        assert_eq!(refused(&text), Some(expected), "{text}");
    }
}

/// As docker compose 2.40.3 with Docker 28.5.2 answered; what 2.26 may take is not sure.
#[test]
fn what_a_service_cannot_have() {
    for (lines, expected) in [
        ("logging: {driver: json-file, options: {max-size: 10m}}", Some(false)),
        ("logging: {driver: json-file, options: {max-size: $UNSET}}", Some(false)),
        ("logging: {driver: none, options: {foo: bar}}", Some(false)),
        ("logging: {options: {foo: bar}}", Some(false)),
        ("logging: {driver: json-file, options: {max-size: banana}}", Some(true)),
        ("logging: {driver: json-file, options: {max-file: 0}}", Some(true)),
        ("logging: {driver: local, options: {tag: x}}", Some(true)),
        ("volumes: ['/tmp:/x']\n    tmpfs: /y", Some(false)),
        ("volumes: ['/tmp:/x']\n    tmpfs: /x/", Some(false)),
        ("volumes: ['/tmp:/x/y']\n    tmpfs: /x", Some(false)),
        ("volumes: ['/tmp:/x:ro']\n    tmpfs: /x", Some(true)),
        ("volumes: ['/tmp:/x/']\n    tmpfs: ['/x:size=1m']", Some(true)),
        ("volumes: [{type: bind, source: /tmp, target: /x}]\n    tmpfs: /x", Some(true)),
        ("volumes: [/x]\n    tmpfs: /x", None),
        ("volumes: [{type: tmpfs, target: /x}]\n    tmpfs: /x", None),
    ] {
        let text = format!("services:\n  a:\n    image: x\n    {lines}\n");
        assert_eq!(refused(&text), expected, "{text}");
    }
    for (image, expected) in [
        ("image: ''", true),
        ("image: ''\n    build: .", false),
        ("image: $UNSET", false),
        ("image:", true),
    ] {
        let text = format!("services:\n  a:\n    {image}\n");
        assert_eq!(refused(&text), Some(expected), "{text}");
    }
}

/// As `docker compose config` of 2.40.3 answered; a name alone says nothing of a project.
#[test]
fn projects_without_services() {
    for text in ["services: {}", "networks: {a: {}}", "x-a: 1\nvolumes: {v: {}}"] {
        assert!(deployment(text).containers.is_empty(), "{text}");
    }
    for text in ["version: '3'", "include: []", "services:", "services: []", "netwroks: {a: {}}"] {
        assert!(given(&[text], &mut Files::default()).is_err(), "{text}");
    }
}
