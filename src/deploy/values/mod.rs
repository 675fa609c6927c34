//! The values of Helm charts: those of the Windmill worker's chart, whose template is known, and
//! those of others, of which nothing is claimed.
//!
//! Source: windmill-labs/windmill-helm-charts, charts/windmill/templates/worker-groups.yaml (chart
//! 4.0).

mod edit;
mod spell;

use std::rc::Rc;

use super::dialect::{Dialect, Sure};
use super::kubernetes::examine::examine;
use super::kubernetes::pod::{self, Common, Found, Pod};
use super::kubernetes::variables;
use super::kubernetes::{fields, security, short};
use super::read::Deployment;
use crate::deploy::container::{Container, Engine, Key, WrittenAt, way};
use crate::deploy::place::{At, BadInput, Place};
use crate::deploy::setting::{Setting, Settings};
use crate::deploy::yaml::{Node, Value};
use crate::findings::catalogue;

/// Keys that values of charts have and other files do not; those of `helm create` among them.
const TELLING: &[&str] = &[
    "affinity", "autoscaling", "fullnameOverride", "global", "image", "imagePullSecrets", "images",
    "ingress", "nameOverride", "networkPolicies", "networkPolicy", "nodeSelector", "persistence",
    "podAnnotations", "podLabels", "podSecurityContext", "rbac", "replicaCount", "replicas",
    "resources", "securityContext", "serviceAccount", "serviceAccounts", "serviceMonitor",
    "tolerations",
];

/// Keys of the worker's chart under `windmill`.
const WINDMILL: &[&str] =
    &["workerGroups", "disableUnsharePid", "baseDomain", "databaseUrl", "appReplicas"];

/// How sure it is that these documents are values of a chart: one mapping that is no manifest and
/// no compose file, with telling keys or under a telling name.
#[must_use]
pub(crate) fn recognises(path: &str, documents: &[Rc<Node>]) -> Sure {
    let mut documents = documents.iter().filter(|document| !document.is_null());
    let (Some(root), None) = (documents.next(), documents.next()) else { return Sure::No };
    let Value::Map(entries) = &root.value else { return Sure::No };
    if ["kind", "apiVersion", "services"].iter().any(|key| root.get(key).is_some()) {
        return Sure::No;
    }
    let telling = |node: &Node| TELLING.iter().filter(|key| node.entry(key).is_some()).count();
    let below = || entries.iter().map(|(_, value)| telling(value)).max().unwrap_or(0);
    let file = path.rsplit('/').next().unwrap_or(path);
    let named =
        file.starts_with("values") || file.ends_with("values.yaml") || file.ends_with("values.yml");
    match windmill(root).is_some() || named {
        true => Sure::Yes,
        false if telling(root) >= 2 || below() >= 2 => Sure::Perhaps,
        false => Sure::No,
    }
}

/// A worker group in the values of the worker's chart, or a container that they add.
pub(super) static DIALECT: Dialect = Dialect {
    id: "helm-values",
    name: "values of a chart",
    files: &["*.yml", "*.yaml"],
    blocks: None,
    engines: &[],
    recognises: |file| match file.documents() {
        Ok(documents) => recognises(file.input.path, documents),
        Err(_) => Sure::No,
    },
    read: |file, _| of_documents(file.documents()?),
    spell: spell::lines,
    edit: edit::plan,
};

/// The `windmill` mapping of values of the worker's chart.
fn windmill(root: &Node) -> Option<&Rc<Node>> {
    root.get("windmill").filter(|node| WINDMILL.iter().any(|key| node.entry(key).is_some()))
}

/// Reads the documents of a file.
///
/// # Errors
/// When the chart or the API server would refuse it.
pub(crate) fn of_documents(documents: &[Rc<Node>]) -> Result<Deployment, BadInput> {
    let mut found = Found::default();
    let values = documents.iter().enumerate().find(|(_, document)| !document.is_null());
    match values.and_then(|(number, root)| Some((number, root, windmill(root)?))) {
        Some((number, root, windmill)) => {
            Chart::of(root, windmill)?.groups(number, windmill, &mut found)?
        }
        None => {
            let place = values.map_or(Place::default(), |(_, root)| Place {
                end: root.place.start,
                ..root.place
            });
            let detail = "only the templates of a chart say which containers it makes of its \
                values: run \
                `helm template RELEASE CHART -f THIS | isodoc lint -`";
            let title = "values of a Helm chart, which is not rendered";
            found.add(catalogue::VALUES_NOT_RENDERED.at(place, title, detail));
        }
    }
    Ok(Deployment {
        containers: found.containers,
        findings: found.findings,
        ..Deployment::of(&DIALECT)
    })
}

/// A key, and its value, where a Go template takes that as true.
fn given<'n>(map: &'n Node, key: &str) -> Option<(&'n Rc<Node>, &'n Rc<Node>)> {
    map.entry(key).filter(|(_, node)| match &node.value {
        Value::Map(entries) => !entries.is_empty(),
        Value::List(items) => !items.is_empty(),
        Value::Scalar(scalar) => match node.boolean() {
            Some(value) => value,
            None if scalar.plain => scalar.text.parse() != Ok(0.0),
            None => !scalar.text.is_empty(),
        },
    })
}

/// Where that value stands.
fn on(map: &Node, key: &str) -> Option<Place> {
    given(map, key).map(|(_, node)| node.place)
}

/// A worker group.
struct WorkerGroup<'n> {
    name: String,
    /// As messages have it.
    what: String,
    /// Where it begins.
    place: Place,
    node: &'n Rc<Node>,
    /// The number of its document, and the way to it.
    document: usize,
    path: Vec<Key>,
}

/// What the values say for all worker groups.
struct Chart {
    /// `enterprise.enabled`, and where, if it is on.
    enterprise: Option<Place>,
    /// `enterprise.nsjail`, and where, if it is on.
    nsjail: Option<Place>,
    /// `windmill.disableUnsharePid`, if it is on.
    disabled: Option<Place>,
}

impl Chart {
    fn of(root: &Node, windmill: &Node) -> Result<Self, BadInput> {
        let enterprise = fields::mapping(root, "enterprise")?;
        Ok(Self {
            enterprise: enterprise.and_then(|map| on(map, "enabled")),
            nsjail: enterprise.and_then(|map| on(map, "nsjail")),
            disabled: on(windmill, "disableUnsharePid"),
        })
    }

    /// Reads the worker groups, a list or a mapping by name.
    fn groups(&self, document: usize, windmill: &Node, found: &mut Found) -> Result<(), BadInput> {
        if let (Some(place), None) = (self.nsjail, self.enterprise) {
            let detail = "DISABLE_NSJAIL=false is rendered only with `enterprise.enabled: true`: \
                without it workers are privileged and isolate nothing";
            let title = "`enterprise.nsjail` only makes workers privileged";
            found.add(catalogue::NSJAIL_WITHOUT_ENTERPRISE.at(place, title, detail));
        }
        let Some((key, groups)) =
            windmill.entry("workerGroups").filter(|(_, groups)| !groups.is_null())
        else {
            let place = Place { end: windmill.place.start, ..windmill.place };
            let detail = "the chart's own groups count: `default` is privileged, `native` is not; \
                render the chart to have them judged";
            let title = "these values have no `workerGroups`";
            found.add(catalogue::WORKER_GROUPS_OF_THE_CHART.at(place, title, detail));
            return Ok(());
        };
        let all: Vec<(Key, &str, Place, &Rc<Node>)> = match &groups.value {
            Value::List(items) => {
                let items = items.iter().enumerate();
                items.map(|(at, group)| (Key::Item(at), "?", group.place, group)).collect()
            }
            Value::Map(_) => {
                let entries = groups.entries().into_iter();
                let named = |name: &str| Key::Name(name.to_owned());
                entries.map(|(name, key, group)| (named(name), name, key.place, group)).collect()
            }
            Value::Scalar(_) => {
                let why = "`workerGroups` is neither a list nor a mapping; the chart refuses it";
                return Err(BadInput::at(key.place, why));
            }
        };
        for (step, name, place, node) in all {
            let name = node.get("name").and_then(|name| name.text()).unwrap_or(name).to_owned();
            let mut path = way(&[], &["windmill", "workerGroups"]);
            path.push(step);
            let what = short(&name);
            self.group(WorkerGroup { name, what, place, node, document, path }, found)?;
        }
        Ok(())
    }

    /// Reads a group: its worker, and what else runs in its pods.
    fn group(&self, group: WorkerGroup<'_>, found: &mut Found) -> Result<(), BadInput> {
        let WorkerGroup { node, place, .. } = group;
        let replicas = node.get("replicas");
        let positive = |(_, node): (_, &Rc<Node>)| node.text().is_none_or(|t| !t.starts_with('-'));
        let some = given(node, "replicas").is_some_and(positive);
        if !some && given(node, "autoscalingManaged").is_none() {
            let at = replicas.map_or(place, |node| node.place);
            let detail = "the chart renders a group only if its `replicas` are 1 or more, or \
                `autoscalingManaged` is set";
            let title = format!("the worker group `{}` is not rendered", group.what);
            found.add(catalogue::WORKER_GROUP_NOT_RENDERED.at(at, title, detail));
            return Ok(());
        }
        if !node.is_map() {
            return Err(node.wrong("a worker group", "a mapping"));
        }
        let common = match fields::mapping(node, "podSecurityContext")? {
            Some(node) => Common::of(security::shared(node)?),
            None => Common::default(),
        };
        group.others(&common, found)?;
        let asked = self.asked_privileged(&group, found);
        let by_group = asked.as_ref().is_none_or(|at| at.value);
        let privileged = self.nsjail.is_some() || by_group;
        let context = group.context(privileged, found)?;
        let pod_context = context.over(&common.context);
        let (uid, gid) = (pod_context.user.clone(), pod_context.group.clone());
        let mut settings = pod_context.settings();
        if privileged {
            settings.privileged =
                Some(At::new(true, self.nsjail.or(asked.map(|at| at.place)).unwrap_or(place)));
        }
        pod::user(uid, gid, &mut settings, found);
        settings.image = fields::string(node, "image")?
            .filter(|at| !at.value.is_empty())
            .map(|at| at.map(str::to_owned));
        settings.command = fields::strings(node, "command")?;
        variables::environment(None, node, "extraEnv", &mut settings)?;
        self.variables(&group, by_group, &mut settings, found);
        group.isolation_security(&mut settings, found);
        examine(&mut settings, place, found);
        let WorkerGroup { name, document, path, .. } = group;
        let spot = WrittenAt::Yaml { document, path, pod: 0 };
        found.containers.push(Container {
            name,
            engine: Engine::Kubernetes,
            dialect: &DIALECT,
            place,
            spot,
            settings,
        });
        Ok(())
    }

    /// What a group says of `privileged`; the chart takes what is no boolean for `true`.
    fn asked_privileged(&self, group: &WorkerGroup<'_>, found: &mut Found) -> Option<At<bool>> {
        let WorkerGroup { what, place, node, .. } = group;
        let said = node.get("privileged");
        let asked = said.and_then(|node| Some(At::new(node.boolean()?, node.place)));
        if asked.is_none() {
            let (at, how) = match said {
                Some(node) => (node.place, "is no boolean"),
                None => (*place, "is absent"),
            };
            let detail = "the chart then renders `privileged: true`: write `privileged: false` \
                where that is not wanted";
            let title = format!("`privileged` of the worker group `{what}` {how}");
            found.on_next(catalogue::WORKER_PRIVILEGED_BY_DEFAULT.at(at, title, detail));
        }
        if let (Some(at), Some(_)) = (asked.as_ref().filter(|at| !at.value), self.nsjail) {
            let title = format!("`privileged: false` of the worker group `{what}` has no effect");
            let detail = "`enterprise.nsjail: true` makes every worker privileged";
            found.on_next(catalogue::NSJAIL_MAKES_PRIVILEGED.at(at.place, title, detail));
        }
        asked
    }

    /// The variables that the chart adds to those of the group, and whether they ask for what was
    /// meant.
    fn variables(
        &self,
        WorkerGroup { what, place, node, .. }: &WorkerGroup<'_>,
        by_group: bool,
        settings: &mut Settings,
        found: &mut Found,
    ) {
        let disabled = on(node, "disableUnsharePid").or(self.disabled);
        let mut add = |name: &str, value: &str, at: Place| {
            settings.env.push((At::new(name.to_owned(), at), Some(value.to_owned())))
        };
        match (self.enterprise, self.nsjail, disabled) {
            (Some(_), Some(nsjail), _) => add("DISABLE_NSJAIL", "false", nsjail),
            (Some(_), None, Some(at)) => {
                let title = format!("jobs of the worker group `{what}` are not isolated");
                let detail = "`disableUnsharePid` keeps FAVOR_UNSHARE_PID from its workers";
                found.on_next(catalogue::ISOLATION_DISABLED.at(at, title, detail));
            }
            (Some(enterprise), None, None) if by_group => {
                add("FAVOR_UNSHARE_PID", "true", enterprise)
            }
            (Some(_), None, None) => {}
            (None, _, Some(at)) => {
                let title = "`disableUnsharePid` has no effect here";
                let detail = "the chart renders FAVOR_UNSHARE_PID only with `enterprise.enabled: \
                    true`, so there is nothing to switch off";
                found.on_next(catalogue::DISABLE_UNSHARE_WITHOUT_EFFECT.at(at, title, detail));
            }
            (None, _, None) => {
                let asks = ["ENABLE_UNSHARE_PID", "FAVOR_UNSHARE_PID", "DISABLE_NSJAIL"];
                let set = settings.env.iter().any(|(name, _)| asks.contains(&name.value.as_str()));
                if by_group && !set {
                    let title = format!(
                        "jobs of the worker group `{what}` are not isolated, though it is \
                            privileged"
                    );
                    let detail = "the chart renders FAVOR_UNSHARE_PID only with \
                        `enterprise.enabled: true`: else set ENABLE_UNSHARE_PID in `extraEnv`, \
                                  or `job_isolation` in the instance settings; without isolation \
                                  `privileged: false` is enough";
                    found.on_next(catalogue::UNSHARE_NOT_RENDERED.at(*place, title, detail));
                }
            }
        }
    }
}

impl WorkerGroup<'_> {
    /// The containers that the values add to a group's pods as they are.
    fn others(&self, common: &Common, found: &mut Found) -> Result<(), BadInput> {
        let pod = Pod::of(self.node, self.document);
        for key in ["initContainers", "extraContainers"] {
            for (index, item) in fields::list(self.node, key)?.iter().enumerate() {
                let name = pod::name(item)?.value.to_owned();
                let mut path = way(&self.path, &[key]);
                path.push(Key::Item(index));
                let spot = WrittenAt::Yaml { document: self.document, path, pod: 0 };
                pod::container(&pod, common, item, name, spot, found)?;
                if let Some(container) = found.containers.last_mut() {
                    container.dialect = &DIALECT;
                }
            }
        }
        Ok(())
    }

    /// The security context of a worker, which the chart renders only where it is not privileged.
    fn context(&self, privileged: bool, found: &mut Found) -> Result<security::Context, BadInput> {
        let mut context = security::Context::default();
        for key in ["securityContext", "containerSecurityContext"] {
            let Some((at, node)) = given(self.node, key) else { continue };
            if privileged {
                let title = format!("`{key}` of the worker group `{}` has no effect", self.what);
                let detail = "the chart renders it only for workers that are not privileged: set \
                    `privileged: false`, which must be a boolean";
                found.on_next(catalogue::SECURITY_CONTEXT_IGNORED.at(at.place, title, detail));
            } else if node.is_map() {
                context = security::of_container(node)?.over(&context);
            } else {
                return Err(node.wrong(&format!("`{key}`"), "a mapping"));
            }
        }
        Ok(context)
    }

    fn isolation_security(&self, settings: &mut Settings, found: &mut Found) {
        let Some((key, node)) = given(self.node, "isolationSecurity") else { return };
        let what = &self.what;
        let title = format!(
            "`isolationSecurity` of the worker group `{what}` depends on the chart's version"
        );
        let detail = "newer charts turn it into capabilities or a user namespace with profiles \
            for nsjail, older ones ignore it: render the chart";
        found.on_next(catalogue::ISOLATION_SECURITY.at(key.place, title, detail));
        let why = "`isolationSecurity`, which only newer charts know";
        for about in
            [Setting::Privileged, Setting::Seccomp, Setting::Masks, Setting::Userns, Setting::User]
        {
            settings.leave_open(about, node.place, why);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(text: &str) -> Deployment {
        let documents = crate::deploy::yaml::parse(0, text).unwrap();
        assert!(recognises("-", &documents) > Sure::No, "{text}");
        of_documents(&documents).unwrap()
    }

    /// A group with these lines, and these lines at the top.
    fn group(top: &str, lines: &str) -> Deployment {
        let lines: String = lines.lines().map(|line| format!("      {line}\n")).collect();
        deployment(&format!(
            "{top}windmill:\n  workerGroups:\n    - name: g\n      replicas: 1\n{lines}"
        ))
    }

    fn rules(deployment: &Deployment) -> Vec<&'static str> {
        deployment
            .findings
            .iter()
            .map(|finding| finding.info.id)
            .filter(|rule| *rule != "seccomp-not-set")
            .collect()
    }

    const EE: &str = "enterprise: {enabled: true}\n";

    /// `ternary $v.privileged true (and (hasKey ..) (kindIs "bool" ..))`.
    #[test]
    fn what_is_no_boolean_is_privileged() {
        for (lines, privileged, remark) in [
            ("", true, true),
            ("privileged: \"false\"", true, true),
            ("privileged:", true, true),
            ("privileged: true", true, false),
            ("privileged: false", false, false),
        ] {
            let read = group(EE, lines);
            assert_eq!(read.containers[0].settings.is_privileged(), privileged, "{lines}");
            assert_eq!(rules(&read).contains(&"worker-privileged-by-default"), remark, "{lines}");
        }
    }

    #[test]
    fn the_edition_decides_on_the_variables() {
        let value = |read: &Deployment, name: &str| {
            read.containers[0].settings.variable(name).map(str::to_owned)
        };
        let ee = group(EE, "privileged: true");
        assert_eq!((value(&ee, "FAVOR_UNSHARE_PID"), rules(&ee)), (Some("true".into()), vec![]));
        let ce = group("", "privileged: true");
        assert_eq!(
            (value(&ce, "FAVOR_UNSHARE_PID"), rules(&ce)),
            (None, vec!["unshare-not-rendered"])
        );
        let asks = group(
            "",
            "privileged: true\nextraEnv:\n  - {name: ENABLE_UNSHARE_PID, value: \"true\"}",
        );
        assert_eq!(
            (value(&asks, "ENABLE_UNSHARE_PID"), rules(&asks)),
            (Some("true".into()), vec![])
        );
        let off = group(EE, "privileged: true\ndisableUnsharePid: true");
        assert_eq!(
            (value(&off, "FAVOR_UNSHARE_PID"), rules(&off)),
            (None, vec!["isolation-disabled"])
        );
        assert_eq!(
            rules(&group("", "privileged: true\ndisableUnsharePid: true")),
            ["disable-unshare-without-effect"]
        );
        let jail = group("enterprise: {enabled: true, nsjail: true}\n", "privileged: false");
        assert_eq!(
            (value(&jail, "DISABLE_NSJAIL"), rules(&jail)),
            (Some("false".into()), vec!["nsjail-makes-privileged"])
        );
        assert!(jail.containers[0].settings.is_privileged());
        let unlicensed = group("enterprise: {nsjail: true}\n", "privileged: true");
        assert_eq!(value(&unlicensed, "DISABLE_NSJAIL"), None);
        assert!(rules(&unlicensed).contains(&"nsjail-without-enterprise"));
    }

    #[test]
    fn security_contexts_count_only_without_privileged() {
        let context = "podSecurityContext: {runAsUser: 1000}\ncontainerSecurityContext: \
            {capabilities: {add: [SYS_ADMIN]}}";
        let ignored = group(EE, &format!("privileged: true\n{context}"));
        assert_eq!(rules(&ignored), ["security-context-ignored"]);
        assert!(ignored.containers[0].settings.cap_add.is_empty());
        let rendered = group(EE, &format!("privileged: false\n{context}"));
        let settings = &rendered.containers[0].settings;
        assert_eq!(
            (settings.cap_add[0].value.as_str(), settings.is_root(), rules(&rendered)),
            ("SYS_ADMIN", false, vec![])
        );
    }

    #[test]
    fn groups_by_name_and_those_not_rendered() {
        let text = "windmill:\n  workerGroups:\n    a:\n      replicas: 2\n      privileged: \
            false\n      extraContainers: [{name: side}]\n    b: {replicas: 0}\n    c: \
            {autoscalingManaged: true}\n    d:\n";
        let read = deployment(text);
        let seen: Vec<_> =
            read.containers.iter().map(|c| (c.name.as_str(), c.place.line)).collect();
        assert_eq!(seen, [("side", 6), ("a", 3), ("c", 8)]);
        assert_eq!(
            rules(&read).iter().filter(|rule| **rule == "worker-group-not-rendered").count(),
            2
        );
        assert_eq!(
            rules(&deployment("windmill:\n  baseDomain: x\n")),
            ["worker-groups-of-the-chart"]
        );
    }

    #[test]
    fn other_charts_are_not_judged() {
        let read =
            deployment("image: {tag: x}\nreplicaCount: 1\nsecurityContext: {privileged: true}\n");
        assert!(read.containers.is_empty());
        assert_eq!(rules(&read), ["values-not-rendered"]);
        let is = |path: &str, text: &str| {
            recognises(path, &crate::deploy::yaml::parse(0, text).unwrap()) > Sure::No
        };
        assert!(is("charts/x/values.yaml", "a: 1\n"));
        assert!(is("-", "web:\n  replicas: 1\n  resources: {}\n"));
        for text in [
            "a: 1\n",
            "services: {web: {image: x}}\n",
            "apiVersion: v1\nkind: Pod\nimage: x\nreplicas: 1\n",
            "- image\n- replicas\n",
            "",
        ] {
            assert!(!is("-", text), "{text}");
        }
    }
}
