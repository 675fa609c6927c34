//! Kubernetes manifests: objects of every kind that has pods, several to a file, as YAML or JSON.
//!
//! What the API server refuses outright is an error at its place (`pkg/apis/core/validation` of
//! Kubernetes); what depends on the cluster is a finding.

mod annotations;
mod custom;
pub(super) mod edit;
pub(super) mod examine;
pub(super) mod fields;
mod keys;
mod kinds;
pub(super) mod pod;
pub(super) mod security;
pub(super) mod spell;
pub(super) mod variables;
mod volume_mounts;

use std::collections::HashMap;
use std::rc::Rc;

use super::dialect::{Blocks, Candidate, Dialect, Sure};
use super::read::{Deployment, Surroundings};
use super::{Engine, Runtime, command};
use crate::deploy::admission::{Admission, Level};
use crate::deploy::container::Key;
use crate::deploy::place::{At, BadInput, Place};
use crate::deploy::yaml::{Node, Value};
use crate::findings::catalogue;
use custom::{Holds, OwnPod};
use kinds::{Sort, is_openshift};
use pod::{Edits, Found, Pod};
use variables::ConfigMaps;

pub(super) use keys::is_key_but_for_case;
pub(crate) use security::{NO_ESCALATION, contradicts_no_escalation};

/// How deep lists may be nested.
const MOST_LISTS: usize = 8;
/// Why what has no kind is not judged.
const NO_OBJECT: &str = "it is not a Kubernetes object, so there is nothing to judge; lint what is \
    deployed, e.g. `kustomize build | isodoc lint -`";

/// Whether these documents are manifests, or what becomes part of some: one has `kind` and
/// `apiVersion`, or is a patch.
#[must_use]
pub(crate) fn recognises(documents: &[Rc<Node>]) -> bool {
    let text = |node: &Node, key| node.get(key).and_then(|value| value.text()).map(str::to_owned);
    // What kustomize, Skaffold and kubectl read themselves has a kind as well.
    let theirs = |api: &str, kind: &str| {
        api.starts_with("kustomize.config.k8s.io/")
            || api.starts_with("skaffold/")
            || api == "builtin"
            || (api, kind) == ("v1", "Config")
    };
    let object = |node: &Node| {
        let api = text(node, "apiVersion").unwrap_or_default();
        text(node, "kind").is_some_and(|kind| !theirs(&api, &kind))
    };
    let group = |node: &Node| node.get("apiVersion").is_some();
    documents.iter().any(|node| {
        object(node) && (group(node) || node.get("metadata").is_some()) || is_patch(node)
    })
}

/// A container of a pod in a manifest, written or rendered.
pub(super) static DIALECT: Dialect = Dialect {
    id: "kubernetes",
    name: "a manifest",
    files: &["*.yml", "*.yaml", "*.json"],
    blocks: Some(Blocks {
        languages: &["", "yaml", "yml", "json", "kubernetes", "k8s"],
        lines: &["kind:", "\"kind\":"],
    }),
    engines: &[Engine::Kubernetes],
    recognises: |file| match file.documents() {
        Ok(documents) => Sure::yes_if(recognises(documents) && !is_template(file)),
        Err(_) => Sure::No,
    },
    read: |file, surroundings| {
        let documents = file.documents()?;
        let mut read = of_documents(documents)?;
        if file.block.is_none() {
            held(file, documents, surroundings, &mut read);
        }
        Ok(read)
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

/// Whether a file is a template, of a Helm chart or like one: it is YAML by chance at best.
#[must_use]
pub(super) fn is_template(file: &Candidate<'_>) -> bool {
    let text = file.input.text;
    let places = |line: &str| {
        let line = line.trim_start();
        line.starts_with("{{") || line.contains(": {{")
    };
    text.contains("{{")
        && match file.documents() {
            Ok(documents) => documents.iter().any(|document| has_template(document)),
            Err(_) => text.lines().any(places),
        }
}

/// Reads the documents of a file.
///
/// # Errors
/// When the API server would refuse an object of it.
pub(crate) fn of_documents(documents: &[Rc<Node>]) -> Result<Deployment, BadInput> {
    let mut objects = Objects::default();
    // The API server takes the objects one by one.
    let mut broken = None;
    for (document, node) in documents.iter().enumerate().filter(|(_, node)| !node.is_null()) {
        let object = Object { node, document, path: vec![], depth: 0, of_list: None };
        if let Err(bad) = objects.collect(&object) {
            broken = BadInput::first(broken, bad);
        }
    }
    let Objects { pods, namespaces, config, openshift, mut found } = objects;
    for planned in pods {
        let namespace = planned.namespace.unwrap_or("default");
        let known = (found.containers.len(), found.findings.len());
        let (spec, edits) = (planned.pod.spec, planned.pod.edits);
        let read = annotations::of(planned.metadata).and_then(|annotations| {
            let admission = namespaces.get(namespace).cloned();
            let config = config.get(namespace);
            let pod = Pod { annotations, admission, config, ..planned.pod };
            pod::read(&pod, planned.place, &mut found)
        });
        if let Err(bad) = read {
            found.containers.truncate(known.0);
            found.findings.truncate(known.1);
            // kubectl tells of its keys before it asks the API server.
            let misspelt = (edits == Edits::Pod).then(|| pod::misspelt(spec));
            for bad in std::iter::once(bad).chain(misspelt.into_iter().flatten()) {
                broken = BadInput::first(broken, bad);
            }
        }
    }
    let read = Deployment {
        containers: found.containers,
        findings: found.findings,
        pods: openshift.then_some(Runtime::CriO),
        broken,
        ..Deployment::of(&DIALECT)
    };
    read.judged()
}

/// Reads the deployment files that the ConfigMaps and Secrets of a file hold: what mounts one
/// starts what stands in it.
fn held(
    file: &Candidate<'_>,
    documents: &[Rc<Node>],
    surroundings: &mut dyn Surroundings,
    deployment: &mut Deployment,
) {
    let holds = |document: &&Rc<Node>| {
        let kind = document.get("kind").and_then(|kind| kind.text());
        matches!(kind, Some("ConfigMap" | "Secret"))
    };
    let places = ["data.*", "stringData.*"];
    for document in documents.iter().filter(holds) {
        for (_, node) in places.iter().flat_map(|place| document.all_at(place)) {
            command::file_in_scalar(file.input, node, surroundings, deployment);
        }
    }
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

/// Whether an annotation or a label is of OpenShift's domain.
fn marked_by_openshift(metadata: &Node) -> bool {
    let domain = |key: &str| key.split_once('/').is_some_and(|(domain, _)| is_openshift(domain));
    ["annotations", "labels"]
        .iter()
        .filter_map(|key| metadata.get(key))
        .any(|map| map.is_map() && map.entries().iter().any(|(key, ..)| domain(key)))
}

/// A pod before the namespaces are known.
struct PlannedPod<'n> {
    metadata: Option<&'n Node>,
    place: Place,
    namespace: Option<&'n str>,
    pod: Pod<'n>,
}

/// The objects of a file that count.
#[derive(Default)]
struct Objects<'n> {
    pods: Vec<PlannedPod<'n>>,
    namespaces: HashMap<&'n str, At<Admission>>,
    config: HashMap<&'n str, ConfigMaps>,
    /// Whether something of it is OpenShift's alone.
    openshift: bool,
    found: Found,
}

/// An object of a file.
struct Object<'n> {
    node: &'n Rc<Node>,
    /// Where it stands.
    document: usize,
    path: Vec<Key>,
    /// How many lists it is in.
    depth: usize,
    /// The `apiVersion` and kind that the items of a typed list have.
    of_list: Option<(&'n str, &'n str)>,
}

impl<'n> Objects<'n> {
    fn collect(&mut self, object: &Object<'n>) -> Result<(), BadInput> {
        let node = object.node;
        let kind = match object.of_list {
            Some((_, kind)) if node.is_map() && node.get("kind").is_none() => {
                At::new(kind, first(node))
            }
            _ if !node.is_map() || node.get("kind").is_none() => {
                self.without_kind(object);
                return Ok(());
            }
            _ => match fields::string(node, "kind")? {
                Some(kind) => kind,
                None => return Ok(()),
            },
        };
        let own = fields::string(node, "apiVersion")?;
        let Some(api) = own.or(object.of_list.map(|(api, _)| At::new(api, kind.place))) else {
            let hint = kinds::meant(kind.value)
                .map_or(String::new(), |(api, _)| format!(": write `apiVersion: {api}`"));
            let why =
                format!("this object has no `apiVersion`, so the API server refuses it{hint}");
            return Err(BadInput::at(kind.place, why));
        };
        let (group, version) = kinds::split(api.value);
        self.openshift |= kinds::of_openshift(group, kind.value)
            || node.get("metadata").is_some_and(|metadata| marked_by_openshift(metadata));
        match kinds::sort(group, version, kind.value) {
            Sort::Workload { way, served } => {
                if !served {
                    let title = format!("`{}` is no longer served", short(api.value));
                    let detail = "API servers since 1.16 (1.25 for batch/v1beta1) do not serve \
                        this version of the kind: use apps/v1 or batch/v1";
                    self.found.add(catalogue::REMOVED_API_VERSION.at(api.place, title, detail));
                }
                self.workload(object, way, kind.place)?;
            }
            Sort::List => {
                let of = kind.value.strip_suffix("List").filter(|of| !of.is_empty());
                self.objects(object, "items[]", of.map(|of| (api.value, of)))?;
            }
            Sort::Other if group.is_empty() && kind.value == "Namespace" => self.namespace(node)?,
            Sort::Other if group.is_empty() && kind.value == "ConfigMap" => self.config_map(node),
            Sort::Other => {}
            Sort::Custom => self.custom(object, group, kind)?,
            Sort::Unknown => {
                let (kind, api) = (kind.map(short), api.map(short));
                let hint = match kinds::meant(&kind.value) {
                    Some((api, known)) => {
                        format!(": probably `kind: {known}` of `apiVersion: {api}` is meant")
                    }
                    None => ": check the spelling of both".to_owned(),
                };
                let why = format!("`apiVersion: {}` has no kind `{}`{hint}", api.value, kind.value);
                return Err(BadInput::at(kind.place, why));
            }
        }
        Ok(())
    }

    /// Objects that another holds, at a place of it.
    fn objects(
        &mut self,
        holder: &Object<'n>,
        place: &str,
        of_list: Option<(&'n str, &'n str)>,
    ) -> Result<(), BadInput> {
        if let Some(list) = place.strip_suffix("[]").filter(|list| !list.contains('.')) {
            fields::list(holder.node, list)?;
        }
        let depth = holder.depth + 1;
        for (way, node) in holder.node.all_at(place) {
            if depth > MOST_LISTS {
                let message = format!("lists nested more than {MOST_LISTS} deep");
                return Err(BadInput::at(node.place, message));
            }
            let path = [&holder.path, &way[..]].concat();
            let document = holder.document;
            self.collect(&Object { node, document, path, depth, of_list })?;
        }
        Ok(())
    }

    /// A document without a kind. What has whole containers where a pod has them is taken for one,
    /// as Jenkins takes it.
    fn without_kind(&mut self, object: &Object<'n>) {
        let node = object.node;
        let whole = |place: &str| {
            let containers = node.all_at(&format!("{place}spec.containers[]"));
            !containers.is_empty() && containers.iter().all(|(_, c)| c.get("image").is_some())
        };
        let known = [("", "a Pod"), ("spec.template", "a template of pods")];
        let is = known.into_iter().find(|(place, _)| match *place {
            "" => whole(""),
            place => whole(&format!("{place}.")),
        });
        let (title, detail) = match is {
            Some((_, what)) => (
                format!("a document without `kind`, which is taken for {what}"),
                "the API server refuses it; what reads such files is told by nothing in it",
            ),
            None if node.items().is_some() => ("a list of patches".to_owned(), NO_OBJECT),
            None => ("a document without `kind`".to_owned(), NO_OBJECT),
        };
        self.found.add(catalogue::NOT_A_MANIFEST.at(first(node), title, detail));
        if let Some((place, _)) = is {
            self.templates(object, place, Edits::Containers, first(node));
        }
    }

    /// An object of Kubernetes' own kinds that has pods.
    fn workload(
        &mut self,
        object: &Object<'n>,
        way: kinds::Way,
        at: Place,
    ) -> Result<(), BadInput> {
        // What is there and no mapping is an error of its own.
        let steps = way.split('.').filter(|step| !step.is_empty()).chain(["spec"]);
        let mut node = Some(object.node);
        for key in steps {
            node = match node {
                Some(node) => fields::mapping(node, key)?,
                None => None,
            };
        }
        fields::mapping(object.node, "metadata")?;
        if !self.templates(object, way, Edits::Pod, at) {
            let title = "this object has no pod spec";
            let detail = "the API server refuses it; if this is a patch, lint what kustomize or \
                helm make of it";
            self.found.add(catalogue::NO_CONTAINERS.at(at, title, detail));
        }
        Ok(())
    }

    /// A custom resource: what its row says that it holds, or what can be guessed.
    fn custom(&mut self, object: &Object<'n>, group: &str, kind: At<&str>) -> Result<(), BadInput> {
        let before = (self.pods.len(), self.found.findings.len());
        let name = format!("`{}` of `{}`", short(kind.value), short(group));
        for holds in custom::holds(group, kind.value).unwrap_or_default() {
            match holds {
                Holds::Template(place) => {
                    self.templates(object, place, Edits::Containers, kind.place);
                }
                Holds::Spec(place) => {
                    for (way, spec) in object.node.all_at(place) {
                        self.plan(object, None, (spec, way), Edits::Containers, kind.place);
                    }
                }
                Holds::Containers(own) => self.own_pods(object, own, kind.place),
                Holds::Objects(place) => self.objects(object, place, None)?,
            }
        }
        if custom::holds(group, kind.value).is_none()
            && let Some(place) = custom::guessed(object.node)
        {
            self.templates(object, &place, Edits::Nothing, kind.place);
            let title = format!("{name} is a custom resource: `{place}` is taken for its pods");
            let detail = "the place is guessed: what its controller makes of it is not known, and \
                `--fix` leaves it alone";
            self.found.add(catalogue::POD_PLACE_GUESSED.at(kind.place, title, detail));
        }
        if before == (self.pods.len(), self.found.findings.len()) {
            let title = format!("{name} is a custom resource");
            let detail = "no pod stands where one is known to, or could be guessed to stand, so \
                there is nothing to judge";
            self.found.add(catalogue::CUSTOM_RESOURCE.at(kind.place, title, detail));
        }
        Ok(())
    }

    /// The pods of which templates stand at a place of an object; whether there is one.
    fn templates(&mut self, object: &Object<'n>, place: &str, edits: Edits, at: Place) -> bool {
        let mut any = false;
        for (mut way, template) in object.node.all_at(place) {
            let Some(spec) = template.get("spec").filter(|spec| spec.is_map()) else { continue };
            way.push(Key::Name("spec".to_owned()));
            let metadata = template.get("metadata").map(|node| &**node);
            self.plan(object, metadata, (spec, way), edits, at);
            any = true;
        }
        any
    }

    /// Pods that are written in a way of their own.
    fn own_pods(&mut self, object: &Object<'n>, own: &'static OwnPod, at: Place) {
        let node = object.node;
        let around = own.around.iter().find_map(|place| node.all_at(place).into_iter().next());
        for (way, pod) in node.all_at(own.at) {
            self.plan(object, None, (pod, way), Edits::Containers, at);
            if let Some(planned) = self.pods.last_mut() {
                planned.pod.containers = own.containers;
                planned.pod.around = around.as_ref().map(|(_, node)| &***node);
                planned.pod.common = pod.get(own.common).map(|node| &**node);
                planned.pod.given = own.given;
            }
        }
    }

    /// Plans a pod with this spec, which stands at the end of this way.
    fn plan(
        &mut self,
        object: &Object<'n>,
        metadata: Option<&'n Node>,
        (spec, way): (&'n Rc<Node>, Vec<Key>),
        edits: Edits,
        place: Place,
    ) {
        let node = object.node;
        let namespace = node
            .get("metadata")
            .and_then(|metadata| metadata.get("namespace"))
            .and_then(|name| name.text());
        let path = [&object.path, &way[..]].concat();
        let bare = edits == Edits::Pod && path.len() == object.path.len() + 1;
        // What has to have a selector is whole where it has one.
        let whole = bare || !node.all_at("spec.selector").is_empty();
        let claims = whole.then(|| claims(node));
        let pod = Pod { bare, path, claims, edits, ..Pod::of(spec, object.document) };
        self.openshift |= metadata.is_some_and(marked_by_openshift);
        self.pods.push(PlannedPod { metadata, place, namespace, pod });
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
            self.found.add(catalogue::POD_SECURITY_LEVEL_UNKNOWN.at(enforce.place, title, detail));
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
        let counting = entries.iter().filter_map(text).filter(|(key, _)| variables::counts(key));
        let variables = counting.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        self.config.entry(namespace).or_default().insert(name.to_owned(), variables);
    }
}

/// The volumes that an object claims for its pods: of Kubernetes' own kinds, a StatefulSet alone
/// (staging/src/k8s.io/api/apps/v1/types.go); of others nobody knows.
fn claims(object: &Node) -> Vec<&str> {
    let text = |key: &str| object.get(key).and_then(|node| node.text()).unwrap_or_default();
    let version = text("apiVersion");
    let own = matches!(version.split('/').next(), Some("v1" | "apps" | "batch"));
    if own && text("kind") != "StatefulSet" {
        return vec![];
    }
    let claims = object.get("spec").and_then(|spec| spec.get("volumeClaimTemplates")?.items());
    let claims = claims.unwrap_or_default().iter();
    claims.filter_map(|claim| claim.get("metadata")?.get("name")?.text()).collect()
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
