use super::*;
use crate::deploy::read::Deployment;
use crate::deploy::setting::{Masks, Profile, User, Userns};
use crate::deploy::tests::{SYS_ADMIN, UNCONFINED, changed};
use crate::deploy::{kubernetes, values};

fn read(text: &str) -> Deployment {
    let documents = crate::deploy::yaml::parse(0, text).unwrap();
    if kubernetes::recognises(&documents) {
        kubernetes::of_documents(&documents)
    } else {
        values::of_documents(&documents)
    }
    .unwrap()
}

fn edited(text: &str, number: usize, changes: &[Change]) -> Result<String, String> {
    changed(text, &read(text).containers[number], changes)
}

fn user(uid: u64) -> Change {
    Change::User(User::Ids { uid, gid: None })
}

const UNMASKED: Change = Change::Masks(Masks::None);

#[test]
fn a_security_context_where_there_is_none() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  # why\n  containers:\n  - name: c # here\n    \
        image: x # the image\n    args: [a]\n";
    let changes = [Change::OwnUserns, UNMASKED, SYS_ADMIN];
    let expected = "apiVersion: v1\nkind: Pod\nspec:\n  hostUsers: false\n  # why\n  \
        containers:\n  - name: c # here\n    image: x # the image\n    \
                    securityContext:\n      procMount: Unmasked\n      capabilities:\n        \
                    add:\n        - SYS_ADMIN\n    args: [a]\n";
    assert_eq!(edited(text, 0, &changes).unwrap(), expected);
}

#[test]
fn what_is_there_is_kept_or_replaced() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  hostUsers: true  # for now\n  containers:\n    \
        - name: c\n      securityContext:\n        # careful\n        \
                capabilities:\n          add: [NET_SYS_ADMIN]\n          drop:\n            - \
                ALL\n        seccompProfile:\n          type: Localhost # ours\n          \
                localhostProfile: p.json\n        runAsUser: 0\n      image: x\n";
    let changes = [Change::OwnUserns, SYS_ADMIN, UNCONFINED, user(1000), UNMASKED];
    let expected = "apiVersion: v1\nkind: Pod\nspec:\n  hostUsers: false  # for now\n  \
        containers:\n    - name: c\n      securityContext:\n        # careful\n        \
                    capabilities:\n          add: [NET_SYS_ADMIN, SYS_ADMIN]\n          \
                    drop:\n            - ALL\n        seccompProfile:\n          type: Unconfined \
                    # ours\n        \
                    runAsUser: 1000\n        procMount: Unmasked\n      image: x\n";
    assert_eq!(edited(text, 0, &changes).unwrap(), expected);
    let block = text.replace("add: [NET_SYS_ADMIN]", "add:\n            - NET_SYS_ADMIN");
    assert!(
        edited(&block, 0, &[SYS_ADMIN])
            .unwrap()
            .contains("            - NET_SYS_ADMIN\n            - SYS_ADMIN\n          drop:")
    );
    // What is as asked already takes no edit.
    assert_eq!(edited(expected, 0, &changes).unwrap(), expected);
}

#[test]
fn flow_style_and_json() {
    let flow = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: c, securityContext: {}}]}\n";
    let changes = [Change::OwnUserns, UNCONFINED, UNMASKED];
    let expected = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: c, securityContext: \
        {seccompProfile: {type: Unconfined}, procMount: Unmasked}}], hostUsers: false}\n";
    assert_eq!(edited(flow, 0, &changes).unwrap(), expected);
    let json = "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Pod\",\n  \"spec\": \
        {\n    \"containers\": [\n      {\n        \"name\": \"c\"\n      }\n    ]\n  }\n}\n";
    let edited = edited(json, 0, &changes).unwrap();
    let value: serde_json::Value = serde_json::from_str(&edited).unwrap();
    assert_eq!(value["spec"]["hostUsers"], false);
    assert_eq!(
        value["spec"]["containers"][0]["securityContext"]["seccompProfile"]["type"],
        "Unconfined"
    );
    assert!(edited.contains("    ],\n    \"hostUsers\": false\n"), "{edited}");
}

#[test]
fn variables() {
    let change = |value: &str| Change::Variable("FLAGS", value.into());
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: c\n    env:\n    - \
        name: A\n      value: \"1\" # one\n    ports: []\n";
    let added = edited(text, 0, &[change("--pid --fork")]).unwrap();
    assert_eq!(
        added,
        text.replace("# one\n", "# one\n    - name: FLAGS\n      value: \"--pid --fork\"\n")
    );
    assert_eq!(edited(&added, 0, &[change("-x")]).unwrap(), added.replace("--pid --fork", "-x"));
    let flow = text.replace("- name: A\n      value: \"1\" # one", "- {name: A, value: \"1\"}");
    assert!(
        edited(&flow, 0, &[change("-x")])
            .unwrap()
            .contains("    - {name: A, value: \"1\"}\n    - {name: FLAGS, value: \"-x\"}\n")
    );
    let none = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: x\n    name: c\n";
    assert_eq!(
        edited(none, 0, &[change("-x")]).unwrap(),
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: x\n    env:\n    - name: \
            FLAGS\n      value: \"-x\"\n    name: c\n"
    );
    let elsewhere = text
        .replace("value: \"1\" # one", "valueFrom: {fieldRef: {fieldPath: x}}")
        .replace("name: A", "name: FLAGS");
    assert!(edited(&elsewhere, 0, &[change("x")]).unwrap_err().contains("valueFrom"));
}

#[test]
fn line_ends_stay_as_they_are() {
    let text =
        "apiVersion: v1\r\nkind: Pod\r\nspec:\r\n  containers:\r\n  - name: c\r\n    image: x";
    let changes = [Change::OwnUserns, UNCONFINED];
    let expected = "apiVersion: v1\r\nkind: Pod\r\nspec:\r\n  hostUsers: false\r\n  \
        containers:\r\n  - name: c\r\n    image: x\r\n    securityContext:\r\n      \
                    seccompProfile:\r\n        type: Unconfined";
    assert_eq!(edited(text, 0, &changes).unwrap(), expected);
}

#[test]
fn what_is_shared_is_left_alone() {
    let pods = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  spec: &s\n    \
        containers:\n    - name: c\n- apiVersion: v1\n  kind: Pod\n  spec: *s\n";
    assert!(edited(pods, 0, &[UNCONFINED]).unwrap_err().contains("anchor"));
    let merged = "apiVersion: v1\nkind: Pod\nmetadata: {annotations: {x: y}}\nspec:\n  \
        containers:\n  - name: a\n    securityContext: &ctx {runAsUser: 1}\n  - &b\n    name: \
        b\n    \
                  securityContext: *ctx\n  - name: c\n    securityContext:\n      <<: *ctx\n  - \
                  name: d\n";
    let error = edited(merged, 0, &[user(5)]).unwrap_err();
    assert!(error.contains("securityContext"), "{error}");
    // An alias gives way to what it stands for, changed.
    let dropped = "spec: {containers: [{name: c, securityContext: &c {runAsUser: 1}}, {name: d, \
        securityContext: *c}]}\napiVersion: v1\nkind: Pod\n";
    let own = dropped.replace("*c", "{<<: *c, runAsUser: 5}");
    assert_eq!(edited(dropped, 1, &[user(5)]), Ok(own));
    // An own key goes before what `<<` brings.
    let own = merged.replace("      <<: *ctx", "      runAsUser: 5\n      <<: *ctx");
    assert_eq!(edited(merged, 2, &[user(5)]), Ok(own));
    assert!(edited(merged, 3, &[user(5)]).is_ok());
    let dropped = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: c\n    \
        securityContext:\n      capabilities: {drop: [SYS_ADMIN]}\n";
    assert!(edited(dropped, 0, &[SYS_ADMIN]).unwrap_err().contains("drop"));
}

#[test]
fn worker_groups() {
    let text = "windmill:\n  workerGroups:\n    - name: default # ours\n      replicas: 1\n      \
        privileged: true\n";
    let less = [Change::Privileged(false), UNCONFINED, Change::Variable("FLAGS", "-x".into())];
    let expected = "windmill:\n  workerGroups:\n    - name: default # ours\n      \
        containerSecurityContext:\n        seccompProfile:\n          type: Unconfined\n      \
                    extraEnv:\n        - name: FLAGS\n          value: \"-x\"\n      replicas: \
                    1\n      privileged: false\n";
    assert_eq!(edited(text, 0, &less).unwrap(), expected);
    assert!(edited(text, 0, &[UNCONFINED]).unwrap_err().contains("privileged: false"));
    assert!(edited(text, 0, &[Change::OwnUserns]).unwrap_err().contains("hostUsers"));
}

/// Manifests put together from pieces in many styles, each with each change: the edited file says
/// what was asked for, keeps every line that was not about it, and nothing else has changed (which
/// [`edits`] itself makes sure of).
#[test]
fn edits_do_what_they_are_asked_for() {
    let pods = [
        "",
        "hostUsers: true\n",
        "# a comment\nhostPID: false # b\n",
        "securityContext:\n  runAsUser: 1 # c\n",
    ];
    let contexts = [
        "",
        "securityContext:\n",
        "securityContext: {}\n",
        "securityContext: {runAsUser: 3, privileged: false}\n",
        "securityContext:\n  # d\n  privileged: false # e\n",
        "securityContext:\n  capabilities: {add: [CHOWN], drop: [ALL]} # f\n",
        "securityContext:\n  capabilities:\n    drop:\n    - ALL # g\n",
        "securityContext:\n  seccompProfile: {type: RuntimeDefault}\n  allowPrivilegeEscalation: \
            false\n",
        "securityContext:\n  seccompProfile:\n    # h\n    localhostProfile: x\n    type: \
            Localhost\n",
    ];
    let heads = [
        "name: c\nimage: x # i\n",
        "image: |\n  x\nname: c\n",
        "name: c\ncommand:\n- a\n- >-\n  b\n  c\n",
        "args: ['#']\nname: c\n",
    ];
    let all = [
        Change::OwnUserns,
        UNCONFINED,
        UNMASKED,
        SYS_ADMIN,
        Change::AppArmor(Profile::Unconfined),
        user(1000),
        Change::NoNewPrivs(false),
        Change::Variable("FLAGS", "a \"b\"".into()),
    ];
    let indent =
        |text: &str, by: &str| text.lines().map(|line| format!("{by}{line}\n")).collect::<String>();
    let mut done = 0;
    for newline in ["\n", "\r\n"] {
        for pod in pods {
            for own in contexts {
                for head in heads {
                    for last in [true, false] {
                        let container =
                            if last { format!("{head}{own}") } else { format!("{own}{head}") };
                        let container = indent(&container, "    ").replacen("    ", "  - ", 1);
                        let text = format!(
                            "apiVersion: v1\nkind: Pod\nspec:\n{}  containers:\n{container}  - \
                                name: other\n",
                            indent(pod, "  ")
                        );
                        let text = text.replace('\n', newline);
                        let after = edited(&text, 0, &all)
                            .unwrap_or_else(|error| panic!("{error}:\n{text}"));
                        let before = read(&text);
                        let read = read(&after);
                        let settings = &read.containers[0].settings;
                        let value = |at: &Option<crate::deploy::At<Profile>>| {
                            at.as_ref().map(|at| at.value.clone())
                        };
                        assert_eq!(
                            settings.userns.as_ref().map(|at| &at.value),
                            Some(&Userns::Own),
                            "{after}"
                        );
                        assert_eq!(
                            (value(&settings.seccomp), value(&settings.apparmor)),
                            (Some(Profile::Unconfined), Some(Profile::Unconfined))
                        );
                        assert_eq!(settings.masks.as_ref().map(|at| &at.value), Some(&Masks::None));
                        assert!(
                            settings.cap_add.iter().any(|add| add.value == "SYS_ADMIN"),
                            "{after}"
                        );
                        assert_eq!(
                            settings.cap_drop.len(),
                            before.containers[0].settings.cap_drop.len()
                        );
                        assert!(matches!(
                            settings.user,
                            Some(crate::deploy::At { value: User::Ids { uid: 1000, .. }, .. })
                        ));
                        assert_eq!(settings.no_new_privs.as_ref().map(|at| at.value), Some(false));
                        assert_eq!(settings.variable("FLAGS"), Some("a \"b\""));
                        assert_eq!(
                            settings.command.len(),
                            before.containers[0].settings.command.len()
                        );
                        assert_eq!(read.containers[1].settings.seccomp, None);
                        for comment in
                            text.split('#').skip(1).map(|rest| rest.lines().next().unwrap())
                        {
                            assert!(after.contains(&format!("#{comment}")), "{comment}: {after}");
                        }
                        assert_eq!(after.contains('\r'), newline == "\r\n");
                        assert_eq!(
                            after.matches('\n').count(),
                            after.matches(newline).count(),
                            "{after:?}"
                        );
                        assert_eq!(edited(&after, 0, &all), Ok(after.clone()));
                        done += 1;
                    }
                }
            }
        }
    }
    assert_eq!(done, 2 * 4 * 9 * 4 * 2);
}
