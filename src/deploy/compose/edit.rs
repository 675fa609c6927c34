//! Changes to a service, as patches of its compose file.

use std::rc::Rc;

use super::spell::{self, DEVICES, ServiceChange};
use crate::deploy::container::{Key, way};
use crate::deploy::defaults::capability;
use crate::deploy::edit::{EditError, EditRequest, PlannedEdits, YamlSpot, are_about_one};
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::Change;
use crate::deploy::yaml::patch::{Layout, Op, Patch, without};
use crate::deploy::yaml::{Data, Node};

/// The key that says how many tasks a service may have; `deploy.resources.limits.pids` says it too,
/// and must not say otherwise.
const PIDS: &str = "pids_limit";
const LIMITS: [&str; 4] = ["deploy", "resources", "limits", "pids"];
/// The list of which one entry about each thing counts.
const SECURITY: &str = "security_opt";
const ENVIRONMENT: &str = "environment";
const CAP_DROP: &str = "cap_drop";

/// The edits that make the changes to a service.
///
/// # Errors
/// When it cannot be done safely: what is to change stands elsewhere, or others share it.
pub(super) fn plan(request: EditRequest<'_>) -> Result<PlannedEdits, EditError> {
    let EditRequest { source, container, changes, .. } = request;
    let YamlSpot { document, root, path, node: service } = request.yaml()?;
    let mut patches = vec![];
    for change in changes {
        if let Change::KeepCapability(bit) = change {
            let way = path.iter().cloned().chain([Key::Name(CAP_DROP.to_owned())]);
            patches.extend(without(root, &way.collect::<Vec<_>>(), |item| {
                capability(item) == Some(*bit)
            })?);
            continue;
        }
        let entry = spell::entry(container.engine, change);
        let of_entry = of_entry(service, entry.ok_or("a compose file has no such setting")?);
        patches.extend(
            of_entry
                .into_iter()
                .map(|(way, op)| Patch { path: path.iter().cloned().chain(way).collect(), op }),
        );
    }
    let layout = Layout { long: &[path.len()], after: &["image", "container_name", "build"] };
    let mut planned = PlannedEdits::patched(source, document, patches, layout)?;
    planned.inherits = service.get("extends").is_some();
    Ok(planned)
}

/// The way from the service, and what is done there.
type OfService = (Vec<Key>, Op);

fn of_entry(service: &Node, entry: ServiceChange) -> Vec<OfService> {
    match entry {
        ServiceChange::Item(key, value) => {
            let about_it = |text: &str| are_about_one(key, text, &value);
            if let Some(at) = long_device(service, &value).filter(|_| key == DEVICES) {
                return vec![item(key, Some(at), &value)];
            }
            match last(service, key, about_it) {
                Some((_, text)) if key == SECURITY && says(text, &value) => vec![],
                Some(_) if ![SECURITY, DEVICES].contains(&key) => vec![],
                found => vec![item(key, found.map(|(index, _)| index), &value)],
            }
        }
        ServiceChange::Value(PIDS, value) => pids(service, value),
        ServiceChange::Value(key, value) => vec![set(&[key], value)],
        ServiceChange::Part(ENVIRONMENT, name, value) => vec![variable(service, name, &value)],
        ServiceChange::Part(key, name, value) => {
            match service.get(key).and_then(|map| map.get(name)) {
                Some(limits) if limits.is_map() => of_limits(key, name, limits, &value),
                _ => vec![set(&[key, name], value)],
            }
        }
    }
}

/// The last item of a list that is about something, and its number.
fn last<'n>(
    service: &'n Node,
    key: &str,
    about_it: impl Fn(&str) -> bool,
) -> Option<(usize, &'n str)> {
    let texts = service.get(key)?.items()?.iter().map(|item| item.text()).enumerate();
    texts.filter_map(|(index, text)| Some((index, text?))).filter(|(_, text)| about_it(text)).last()
}

/// The number of the device in the long form that a path is of.
fn long_device(service: &Node, path: &str) -> Option<usize> {
    let is_it = |item: &Rc<Node>| {
        let target = item.get("target").or(item.get("source"))?;
        Some(target.text() == Some(path))
    };
    service.get(DEVICES)?.items()?.iter().rposition(|item| is_it(item) == Some(true))
}

/// An item in the place of another, or one more.
fn item(key: &str, index: Option<usize>, value: &str) -> OfService {
    let mut way = vec![Key::Name(key.to_owned())];
    way.extend(index.map(Key::Item));
    let value = Data::from(value);
    (way, if index.is_some() { Op::Set(value) } else { Op::AddTo(vec![value]) })
}

fn set(names: &[&str], value: Data) -> OfService {
    (way(&[], names), Op::Set(value))
}

/// Sets the limit of tasks wherever the service says it.
fn pids(service: &Node, value: Data) -> Vec<OfService> {
    let said = LIMITS.iter().try_fold(service, |node, key| node.get(key).map(Rc::as_ref));
    let mut all = vec![];
    if said.is_some() {
        all.push(set(&LIMITS, value.clone()));
    }
    if said.is_none() || service.own(PIDS).is_some() {
        all.push(set(&[PIDS], value));
    }
    all
}

/// Sets a variable, in a mapping or in a list of `NAME=value`.
fn variable(service: &Node, name: &str, value: &Data) -> OfService {
    let value = value.text().replace('$', "$$");
    if service.get(ENVIRONMENT).is_some_and(|node| node.items().is_some()) {
        let of_it = |text: &str| text.split('=').next() == Some(name);
        let index = last(service, ENVIRONMENT, of_it).map(|(index, _)| index);
        item(ENVIRONMENT, index, &format!("{name}={value}"))
    } else {
        set(&[ENVIRONMENT, name], Data::Text(value))
    }
}

/// Sets a limit that is written as a soft and a hard one: neither may be lower.
fn of_limits(key: &str, name: &str, limits: &Node, value: &Data) -> Vec<OfService> {
    let number = |text: &str| text.parse::<i64>().ok().filter(|limit| *limit >= 0);
    let is_low = |which: &str| {
        let limit = limits.get(which).and_then(|limit| limit.text());
        limit.and_then(number) < number(value.text())
    };
    let all = ["soft", "hard"].into_iter().filter(|which| *which == "soft" || is_low(which));
    all.map(|which| set(&[key, name, which], value.clone())).collect()
}

/// Whether an entry of `security_opt` says this already.
fn says(text: &str, value: &str) -> bool {
    SecurityOpt::parse(text) == SecurityOpt::parse(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::Container;
    use crate::deploy::compose;
    use crate::deploy::defaults;
    use crate::deploy::read::{Deployment, Input, Nothing};
    use crate::deploy::setting::{Masks, User};
    use crate::deploy::tests::{SYS_ADMIN, UNCONFINED, changed};
    use crate::facts::Caps;

    fn read(text: &str) -> Deployment {
        compose::read_project(&[Input { file: 0, path: "compose.yaml", text }], &mut Nothing)
            .unwrap_or_else(|e| panic!("{e:?}\n{text}"))
    }

    fn edited(text: &str, name: &str, changes: &[Change]) -> Result<String, String> {
        let container = read(text).containers.into_iter().find(|c| c.name == name).unwrap();
        changed(text, &container, changes)
    }

    /// What a service sets, places left out.
    fn said(container: &Container) -> Vec<String> {
        let s = &container.settings;
        let list = |list: &[crate::deploy::At<String>]| {
            list.iter().map(|at| at.value.clone()).collect::<Vec<_>>().join(",")
        };
        vec![
            format!("{:?}", s.privileged.as_ref().map(|at| at.value)),
            list(&s.cap_add),
            list(&s.cap_drop),
            format!("{:?}", s.seccomp.as_ref().map(|at| &at.value)),
            format!("{:?}", s.apparmor.as_ref().map(|at| &at.value)),
            format!("{:?}", s.masks.as_ref().map(|at| &at.value)),
            format!("{:?}", s.no_new_privs.as_ref().map(|at| at.value)),
            format!("{:?}", s.user.as_ref().map(|at| &at.value)),
            format!("{:?}", s.pids_limit.as_ref().map(|at| at.value)),
            format!("{:?}", s.nproc.as_ref().map(|at| at.value)),
            format!(
                "{:?}",
                s.env.iter().map(|(name, value)| (&name.value, value)).collect::<Vec<_>>()
            ),
            list(&s.command),
            format!("{:?}", s.image.as_ref().map(|at| &at.value)),
        ]
    }

    const SETFCAP: Change = Change::AddCapability(Caps::SETFCAP);
    const USER: Change = Change::User(User::Ids { uid: 1000, gid: Some(1000) });

    const CHANGES: &[Change] = &[
        Change::Privileged(true),
        USER,
        Change::PidsLimit(2048),
        Change::Nproc(1025),
        SETFCAP,
        SYS_ADMIN,
        UNCONFINED,
        Change::Masks(Masks::None),
        Change::NoNewPrivs(false),
    ];

    const FILES: &[&str] = &[
        "services:\n  web:\n    image: nginx\n    deploy:\n      resources:\n        limits: \
            {pids: 5, cpus: '1'}\n    pids_limit: 5\n  other:\n    image: x\n",
        "services:\n  web:\n    image: nginx\n    deploy: {resources: {limits: {pids: 5}}}\n  \
            other:\n    image: x\n",
        "services:\n  web:\n    image: nginx # the web\n  other:\n    image: x\n",
        "services:\n  web:\n    image: nginx\n\n    # what it may\n    cap_add:\n      - NET_RAW # \
            raw\n    security_opt: # opts\n      - \"no-new-privileges:true\" # no\n\n  other: \
            {image: x}",
        "services:\n  web:\n    build: .\n    cap_add:\n    - NET_RAW\n    - SETFCAP\n    \
            security_opt: [seccomp=./a.json, 'apparmor:x'] # why\n    user: 'postgres'\n    \
            privileged: no\n  other:\n    image: x\n",
        "services: {web: {image: nginx, cap_add: [A\n]}, other: {image: x}}\n",
        "services: { web: { cap_add: [], environment: {} , security_opt: [ label=disable ] }, \
            other: {image: x}}\n",
        "web:\n    image: nginx\n    cap_drop: [ALL]\n    environment:\n        - A=1\n        \
            - \"B=2\"\nother:\n    image: x\n",
        "services:\n  web:\n    environment:\n      A: 1\n      UNSHARE_ISOLATION_FLAGS: --pid # \
            those\n    build:\n      context: .\n    privileged:\n    cap_add:\n    \
            image: \"x\"\n  other:\n    image: x\n",
        "x: &c\n  image: c\nservices:\n  web:\n    <<: *c\n    command: |\n      a\n      b\n\n  \
            other:\n    image: x\n",
    ];

    #[test]
    fn what_is_asked_is_set_and_nothing_else() {
        for file in FILES {
            let file = file.replace("[A\n]", "[SYS_PTRACE\n]").replace("x: &c", "x-c: &c");
            for text in [file.replace('\n', "\r\n"), file] {
                let all = CHANGES.to_vec();
                let one = all.iter().map(|change| vec![change.clone()]);
                for changes in one.chain([all.clone()]) {
                    let result =
                        edited(&text, "web", &changes).unwrap_or_else(|e| panic!("{e}\n{text}"));
                    let (before, after) = (read(&text), read(&result));
                    let web = &after.containers[0].settings;
                    for change in &changes {
                        let caps = |bit| {
                            let name = defaults::name(bit).unwrap();
                            web.cap_add.iter().filter(|c| c.value == name).count() == 1
                        };
                        let holds = match change {
                            Change::Privileged(_) => web.is_privileged(),
                            Change::PidsLimit(_) => {
                                web.pids_limit.as_ref().is_some_and(|at| at.value == 2048)
                            }
                            Change::Nproc(_) => {
                                web.nproc.as_ref().is_some_and(|at| at.value == 1025)
                            }
                            Change::User(user) => web.user.as_ref().unwrap().value == *user,
                            Change::AddCapability(bit) => caps(*bit),
                            Change::Seccomp(profile) => {
                                web.seccomp.as_ref().unwrap().value == *profile
                            }
                            Change::Masks(masks) => web.masks.as_ref().unwrap().value == *masks,
                            _ => !web.no_new_privs.as_ref().unwrap().value,
                        };
                        assert!(holds, "{change:?}\n{result}");
                    }
                    assert_eq!(said(&before.containers[1]), said(&after.containers[1]));
                    let touched = |change: &Change| match change {
                        Change::Privileged(_) => 0,
                        Change::AddCapability(_) => 1,
                        Change::Seccomp(_) => 3,
                        Change::Masks(_) => 5,
                        Change::NoNewPrivs(_) => 6,
                        Change::User(_) => 7,
                        Change::PidsLimit(_) => 8,
                        _ => 9,
                    };
                    let asked = |at: usize| changes.iter().any(|change| touched(change) == at);
                    for (at, (old, new)) in said(&before.containers[0])
                        .iter()
                        .zip(said(&after.containers[0]))
                        .enumerate()
                    {
                        assert!(asked(at) || *old == new, "{old} became {new}\n{result}");
                    }
                    // Comments and line breaks stay.
                    assert_eq!(
                        text.matches('#').count(),
                        result.matches('#').count(),
                        "{changes:?}\n{text:?}\n{result:?}"
                    );
                    if text.contains('\r') {
                        assert_eq!(
                            result.matches('\n').count(),
                            result.matches("\r\n").count(),
                            "{result:?}"
                        );
                    }
                    // Done again, it changes nothing.
                    let again = edited(&result, "web", &changes).unwrap();
                    assert_eq!(
                        read(&again).containers.iter().map(said).collect::<Vec<_>>(),
                        after.containers.iter().map(said).collect::<Vec<_>>()
                    );
                    assert_eq!(again.lines().count(), result.lines().count(), "{again}");
                }
            }
        }
    }

    #[test]
    fn the_style_is_kept() {
        let cases: &[(&str, Change, &str)] = &[
            (
                "services:\n  web:\n    image: nginx # the web\n    ports: [1]\n",
                UNCONFINED,
                "services:\n  web:\n    image: nginx # the web\n    security_opt:\n      - \
                    seccomp=unconfined\n    ports: [1]\n",
            ),
            (
                "services:\n  web:\n    cap_add:\n    - 'NET_RAW' # raw\n    image: x\n",
                SETFCAP,
                "services:\n  web:\n    cap_add:\n    - 'NET_RAW' # raw\n    - 'SETFCAP'\n    \
                    image: x\n",
            ),
            (
                "services:\n  web:\n    security_opt: [\"no-new-privileges:true\", \
                    seccomp=a.json]\n",
                Change::NoNewPrivs(false),
                "services:\n  web:\n    security_opt: [\"no-new-privileges:false\", \
                    seccomp=a.json]\n",
            ),
            (
                "services: {web: {image: x}}",
                USER,
                "services: {web: {image: x, user: \"1000:1000\"}}",
            ),
            (
                "services: {web: {image: x}}",
                Change::PidsLimit(2048),
                "services: {web: {image: x, pids_limit: 2048}}",
            ),
            (
                "services:\n  web:\n    pids_limit: '5' # few\n    deploy: {resources: {limits: \
                    {pids: 5}}}\n",
                Change::PidsLimit(2048),
                "services:\n  web:\n    pids_limit: 2048 # few\n    deploy: {resources: {limits: \
                    {pids: 2048}}}\n",
            ),
            (
                "services:\n  web:\n    ports:\n    - 1\n    build:\n      context: .\n",
                SETFCAP,
                "services:\n  web:\n    cap_add:\n    - SETFCAP\n    ports:\n    - 1\n    \
                    build:\n      context: .\n",
            ),
        ];
        for (text, change, expected) in cases {
            assert_eq!(edited(text, "web", std::slice::from_ref(change)).as_deref(), Ok(*expected));
        }
    }

    #[test]
    fn variables() {
        let change = [Change::Variable("UNSHARE_ISOLATION_FLAGS", "--pid --fork $X".into())];
        for file in FILES {
            let file = file.replace("[A\n]", "[SYS_PTRACE\n]").replace("x: &c", "x-c: &c");
            let result = edited(&file, "web", &change).unwrap_or_else(|e| panic!("{e}\n{file}"));
            let web = &read(&result).containers[0];
            assert_eq!(
                web.settings.variable("UNSHARE_ISOLATION_FLAGS"),
                Some("--pid --fork $X"),
                "{result}"
            );
            let before = &read(&file).containers[0];
            assert!(
                before.settings.env.iter().all(|(name, _)| web
                    .settings
                    .env
                    .iter()
                    .any(|(n, _)| n.value == name.value)),
                "{result}"
            );
        }
    }

    /// What a service takes over from elsewhere it says itself, and more; nobody else does.
    #[test]
    fn what_is_inherited_is_overridden() {
        let nothing = "x-b: &b {image: i, security_opt: [no-new-privileges], cap_drop: [SETFCAP, \
            MKNOD], environment: [A=1]}\nservices:\n  other: {<<: *b}\n";
        let keep = Change::KeepCapability(Caps::SETFCAP);
        let variable = Change::Variable("UNSHARE_ISOLATION_FLAGS", "--pid".into());
        for web in ["  web: *b\n", "  web:\n    <<: *b\n", "  web: {<<: [*b], user: '0'}\n"] {
            let text = format!("{nothing}{web}");
            let changes = [UNCONFINED, SYS_ADMIN, keep.clone(), variable.clone()];
            let result = edited(&text, "web", &changes).unwrap();
            let (before, after) = (read(&text), read(&result));
            assert_eq!(said(&before.containers[0]), said(&after.containers[0]), "{result}");
            let mut wanted = before.containers[1].clone();
            for change in &changes {
                wanted.settings.apply(change, crate::deploy::Place::default());
            }
            assert_eq!(said(&wanted), said(&after.containers[1]), "{result}");
        }
    }

    /// Where nothing else is in the list, the list goes too; elsewhere a line does.
    #[test]
    fn a_capability_is_dropped_no_longer() {
        let keep = [Change::KeepCapability(Caps::SETFCAP)];
        let file = |rest: &str| format!("services:\n  web:\n    image: x\n{rest}");
        for (before, after) in [
            (
                "    cap_drop:\n      - MKNOD # m\n      - CAP_SETFCAP # s\n",
                "    cap_drop:\n      - MKNOD # m\n",
            ),
            ("    cap_drop: [setfcap, MKNOD]\n", "    cap_drop: [MKNOD]\n"),
            ("    cap_drop: [SETFCAP]\n", ""),
            ("    cap_drop:\n    - SETFCAP\n    tty: true\n", "    tty: true\n"),
        ] {
            assert_eq!(edited(&file(before), "web", &keep), Ok(file(after)));
        }
        assert!(edited(&file(""), "web", &keep).is_err());
    }

    #[test]
    fn what_others_share_is_refused() {
        let sys_admin = [SYS_ADMIN];
        for (text, reason) in [
            ("services:\n  web: &w\n    image: x\n  b: *w\n", "shared"),
            ("services:\n  web: &w\n    image: x\n  b:\n    <<: *w\n", "shared"),
            ("x-c: &c NET_RAW\nservices:\n  web:\n    cap_add: [*c]\n", "anchor"),
        ] {
            assert!(edited(text, "web", &sys_admin).unwrap_err().contains(reason), "{text}");
        }
        let text = "services:\n  web:\n    image: x\n";
        assert!(edited(text, "web", &[Change::OwnUserns]).is_err());
    }

    /// JSON is YAML, but what is written into it has to be JSON again.
    #[test]
    fn json_stays_json() {
        let changes = [
            UNCONFINED,
            SYS_ADMIN,
            Change::Privileged(true),
            Change::Variable("UNSHARE_ISOLATION_FLAGS", "--pid".into()),
        ];
        for service in [
            "{\"image\": \"w\"}",
            "{\"cap_add\": [], \"privileged\": false, \"environment\": {}, \"image\": \"w\"}",
            "{\"cap_add\": [\"CHOWN\"], \"environment\": [\"A=1\"], \"image\": \"w\"}",
        ] {
            let text = format!("{{\"services\":\n {{\"web\": {service}}}}}\n");
            let edited = edited(&text, "web", &changes).unwrap();
            let value: serde_json::Value =
                serde_json::from_str(&edited).unwrap_or_else(|why| panic!("{why}: {edited}"));
            assert_eq!(value["services"]["web"]["privileged"], true);
            assert_eq!(value["services"]["web"]["security_opt"][0], "seccomp=unconfined");
        }
    }

    #[test]
    fn the_dash_of_a_block_scalar_is_no_guide() {
        let text = "services:\n  web:\n    image: x\n    command:\n      - |\n        set \
            -e\n        true\n";
        let edited = edited(text, "web", &[UNCONFINED]).unwrap();
        assert!(edited.contains("    security_opt:\n      - seccomp=unconfined\n"), "{edited}");
    }
}
