//! Kubernetes manifests: objects of every kind that has pods, several to a file, as YAML or JSON.
//!
//! What the API server refuses outright is an error at its place (`pkg/apis/core/validation` of
//! Kubernetes); what depends on the cluster is a finding.

pub(super) mod edit;
pub(super) mod fields;
mod kinds;
pub(super) mod pod;
pub(super) mod security;
pub(super) mod spell;

use std::collections::HashMap;
use std::rc::Rc;

use super::Engine;
use super::dialect::{Blocks, Dialect, Sure};
use super::read::{Deployment, Input};
use crate::deploy::admission::{Admission, Level};
use crate::deploy::container::Key;
use crate::deploy::place::{At, BadInput, Place};
use crate::deploy::yaml::{Node, Value};
use crate::findings::{Finding, catalogue};
use kinds::Sort;
use pod::{ConfigMaps, Found, Pod};
pub(crate) use security::{NO_ESCALATION, contradicts_no_escalation};

/// How deep lists may be nested.
const MOST_LISTS: usize = 8;

/// Whether these documents are manifests, or what becomes part of some: one has `kind` and
/// `apiVersion`, or is a patch.
#[must_use]
pub(crate) fn recognises(documents: &[Rc<Node>]) -> bool {
    let object =
        |node: &Node| node.is_map() && node.get("kind").is_some_and(|kind| kind.text().is_some());
    let group = |node: &Node| node.get("apiVersion").is_some();
    documents.iter().any(|node| {
        object(node) && (group(node) || node.get("metadata").is_some()) || is_patch(node)
    })
}

/// A container of a pod in a manifest, written or rendered.
pub(super) static DIALECT: Dialect = Dialect {
    id: "kubernetes",
    name: "a manifest",
    blocks: Some(Blocks {
        languages: &["", "yaml", "yml", "json", "kubernetes", "k8s"],
        lines: &["kind:", "\"kind\":"],
    }),
    engines: &[Engine::Kubernetes],
    recognises: |file| match file.documents() {
        Ok(documents) => Sure::yes_if(recognises(documents)),
        Err(_) if is_template(file.input.text) => Sure::Unlikely,
        Err(_) => Sure::No,
    },
    read: |file, _| match file.documents() {
        Ok(documents) => of_documents(file.input, documents),
        Err(_) => Err(not_rendered(file.input)),
    },
    spell: spell::lines,
    edit: edit::plan,
};

/// A JSON patch (RFC 6902), or a strategic merge patch without a kind.
fn is_patch(node: &Node) -> bool {
    let operation = |item: &Rc<Node>| item.get("op").is_some() && item.get("path").is_some();
    match &node.value {
        Value::List(items) => !items.is_empty() && items.iter().all(operation),
        Value::Map(_) => {
            let template = node.get("spec").is_some_and(|spec| {
                spec.get("template").is_some() || spec.get("containers").is_some()
            });
            template && node.get("services").is_none()
        }
        Value::Scalar(_) => false,
    }
}

/// Whether a text looks like a template of a Helm chart, which is YAML by chance at best.
#[must_use]
pub(crate) fn is_template(text: &str) -> bool {
    text.contains("{{")
        && text.lines().any(|line| line.starts_with("kind:") || line.starts_with("apiVersion:"))
}

/// The error of a template that is not rendered, where its first `{{` stands.
#[must_use]
pub(crate) fn not_rendered(input: Input<'_>) -> BadInput {
    let at = input.text.find("{{").unwrap_or(0);
    let place = crate::deploy::place::Lines::new(input.file, input.text)
        .of_bytes(at..(at + 2).min(input.text.len()));
    BadInput::at(
        place,
        "a template of a Helm chart that is not rendered: run `helm template RELEASE CHART | \
            isodoc lint -`",
    )
}

/// Reads the documents of a file.
///
/// # Errors
/// When the API server would refuse an object of it.
pub(crate) fn of_documents(
    input: Input<'_>,
    documents: &[Rc<Node>],
) -> Result<Deployment, BadInput> {
    let mut objects = Objects::default();
    let template = is_template(input.text);
    for (number, document) in
        documents.iter().enumerate().filter(|(_, document)| !document.is_null())
    {
        if template && has_template(document) {
            return Err(not_rendered(input));
        }
        objects.collect(document, number, vec![], 0)?;
    }
    let Objects { pods, namespaces, config, mut found } = objects;
    for planned in &pods {
        let namespace = planned.namespace.unwrap_or("default");
        let pod = Pod {
            annotations: pod::annotations(planned.metadata)?,
            spec: planned.spec,
            document: planned.document,
            path: planned.path.clone(),
            admission: namespaces.get(namespace).cloned(),
            config: config.get(namespace),
            bare: planned.bare,
        };
        pod::read(&pod, planned.place, &mut found)?;
    }
    Ok(Deployment {
        daemon: None,
        dialect: &DIALECT,
        containers: found.containers,
        findings: found.findings,
    })
}

/// Whether a template shows in the tree: `{{ ... }}` is a mapping with a mapping as its key.
fn has_template(node: &Node) -> bool {
    match &node.value {
        Value::Map(entries) => entries
            .iter()
            .any(|(key, value)| key.is_map() && key.flow && node.flow || has_template(value)),
        Value::List(items) => items.iter().any(|item| has_template(item)),
        Value::Scalar(scalar) => {
            scalar.plain
                && scalar.text.contains("{{")
                && (scalar.text.contains("{{ .Values") || scalar.text.contains("{{- "))
        }
    }
}

/// A pod before the namespaces are known.
struct PlannedPod<'n> {
    metadata: Option<&'n Node>,
    spec: &'n Node,
    place: Place,
    document: usize,
    path: Vec<Key>,
    namespace: Option<&'n str>,
    bare: bool,
}

/// The objects of a file that count.
#[derive(Default)]
struct Objects<'n> {
    pods: Vec<PlannedPod<'n>>,
    namespaces: HashMap<&'n str, At<Admission>>,
    config: HashMap<&'n str, ConfigMaps>,
    found: Found,
}

impl<'n> Objects<'n> {
    #[expect(clippy::too_many_lines, reason = "an arm for each sort of objects")]
    fn collect(
        &mut self,
        node: &'n Rc<Node>,
        document: usize,
        path: Vec<Key>,
        depth: usize,
    ) -> Result<(), BadInput> {
        let detail = "it is not a Kubernetes object, so there is nothing to judge; lint what is \
            deployed, e.g. `kustomize build | isodoc lint -`";
        if !node.is_map() || node.get("kind").is_none() {
            let what = if node.items().is_some() {
                "a list of patches"
            } else {
                "a document without `kind`"
            };
            self.found.add(Finding::new(&catalogue::NOT_A_MANIFEST, what, detail).at(first(node)));
            return Ok(());
        }
        let Some(kind) = fields::string(node, "kind")? else { return Ok(()) };
        let Some(api) = fields::string(node, "apiVersion")? else {
            let hint = kinds::meant(kind.value)
                .map_or(String::new(), |(api, _)| format!(": write `apiVersion: {api}`"));
            return Err(BadInput::at(
                kind.place,
                format!("this object has no `apiVersion`, so the API server refuses it{hint}"),
            ));
        };
        let (group, version) = kinds::split(api.value);
        match kinds::sort(group, version, kind.value) {
            Sort::Workload { way, served } => {
                if !served {
                    let title = format!("`{}` is no longer served", short(api.value));
                    let detail = "API servers since 1.16 (1.25 for batch/v1beta1) do not serve \
                        this version of the kind: use apps/v1 or batch/v1";
                    self.found.add(
                        Finding::new(&catalogue::REMOVED_API_VERSION, title, detail).at(api.place),
                    );
                }
                self.workload(node, way, kind.place, document, path)?;
            }
            Sort::List => {
                for (index, item) in fields::list(node, "items")?.iter().enumerate() {
                    if depth >= MOST_LISTS {
                        return Err(BadInput::at(
                            item.place,
                            format!("lists nested more than {MOST_LISTS} deep"),
                        ));
                    }
                    let mut way = path.clone();
                    way.extend([Key::Name("items".to_owned()), Key::Item(index)]);
                    self.collect(item, document, way, depth + 1)?;
                }
            }
            Sort::Other if group.is_empty() && kind.value == "Namespace" => self.namespace(node)?,
            Sort::Other if group.is_empty() && kind.value == "ConfigMap" => self.config_map(node),
            Sort::Other => {}
            Sort::Custom => {
                let title =
                    format!("`{}` of `{}` is a custom resource", short(kind.value), short(group));
                let detail =
                    "what its controller makes of it is not known, so there is nothing to judge";
                self.found
                    .add(Finding::new(&catalogue::CUSTOM_RESOURCE, title, detail).at(kind.place));
            }
            Sort::Unknown => {
                let (kind, api) = (kind.map(short), api.map(short));
                let hint = match kinds::meant(&kind.value) {
                    Some((api, known)) => {
                        format!(": probably `kind: {known}` of `apiVersion: {api}` is meant")
                    }
                    None => ": check the spelling of both".to_owned(),
                };
                return Err(BadInput::at(
                    kind.place,
                    format!("`apiVersion: {}` has no kind `{}`{hint}", api.value, kind.value),
                ));
            }
        }
        Ok(())
    }

    fn workload(
        &mut self,
        object: &'n Node,
        way: kinds::Way,
        at: Place,
        document: usize,
        mut path: Vec<Key>,
    ) -> Result<(), BadInput> {
        let metadata = fields::mapping(object, "metadata")?;
        let namespace = match metadata {
            Some(metadata) => fields::string(metadata, "namespace")?.map(|at| at.value),
            None => None,
        };
        let mut pod = Some(object);
        for key in way {
            path.push(Key::Name((*key).to_owned()));
            pod = match pod {
                Some(node) => fields::mapping(node, key)?.map(|node| &**node),
                None => None,
            };
        }
        path.push(Key::Name("spec".to_owned()));
        let spec = match pod {
            Some(pod) => fields::mapping(pod, "spec")?,
            None => None,
        };
        let (Some(pod), Some(spec)) = (pod, spec) else {
            let title = "this object has no pod spec";
            let detail = "the API server refuses it; if this is a patch, lint what kustomize or \
                helm make of it";
            self.found.add(Finding::new(&catalogue::NO_CONTAINERS, title, detail).at(at));
            return Ok(());
        };
        let metadata = if way.is_empty() { metadata } else { fields::mapping(pod, "metadata")? };
        let bare = way.is_empty();
        self.pods.push(PlannedPod {
            metadata: metadata.map(|node| &**node),
            spec,
            place: at,
            document,
            path,
            namespace,
            bare,
        });
        Ok(())
    }

    /// The labels of Pod Security admission
    /// (<https://kubernetes.io/docs/concepts/security/pod-security-admission/>).
    fn namespace(&mut self, object: &'n Node) -> Result<(), BadInput> {
        let Some(metadata) = fields::mapping(object, "metadata")? else { return Ok(()) };
        let (Some(name), Some(labels)) =
            (fields::string(metadata, "name")?, fields::mapping(metadata, "labels")?)
        else {
            return Ok(());
        };
        let Some(enforce) = fields::string(labels, "pod-security.kubernetes.io/enforce")? else {
            return Ok(());
        };
        // An unknown level is taken as the strictest (`ParseLevel` fails closed).
        let level = Level::of(enforce.value);
        if level.is_none() {
            let detail = "admission knows privileged, baseline and restricted, refuses any other \
                on creation, and takes it as restricted";
            let title = "this is not a level of the Pod Security Standards";
            self.found.add(
                Finding::new(&catalogue::POD_SECURITY_LEVEL_UNKNOWN, title, detail)
                    .at(enforce.place),
            );
        }
        let version = fields::string(labels, "pod-security.kubernetes.io/enforce-version")?;
        let minor = version
            .and_then(|at| at.value.strip_prefix("v1.").and_then(|minor| minor.parse().ok()));
        let admission = Admission { level: level.unwrap_or(Level::Restricted), minor };
        self.namespaces.insert(name.value, At::new(admission, enforce.place));
        Ok(())
    }

    fn config_map(&mut self, object: &'n Node) {
        let Some(metadata) = object.get("metadata") else { return };
        let Some(name) = metadata.get("name").and_then(|name| name.text()) else { return };
        let namespace = metadata.get("namespace").and_then(|name| name.text()).unwrap_or("default");
        let Some(Value::Map(entries)) = object.get("data").map(|data| &data.value) else { return };
        let text = |(key, value): &'n (Rc<Node>, Rc<Node>)| Some((key.text()?, value.text()?));
        let counting = entries.iter().filter_map(text).filter(|(key, _)| pod::counts(key));
        let variables = counting.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        self.config.entry(namespace).or_default().insert(name.to_owned(), variables);
    }
}

/// The place of the first thing in a node.
fn first(node: &Node) -> Place {
    Place { end: node.place.start, ..node.place }
}

/// A name from the file, cut where it is long.
pub(super) fn short(name: &str) -> String {
    if name.chars().count() <= 60 {
        name.to_owned()
    } else {
        name.chars().take(60).chain("...".chars()).collect()
    }
}

#[cfg(test)]
mod tests;
