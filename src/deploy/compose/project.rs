//! The services of a project: files, `include` and `extends` put together (compose-go `loader/`,
//! `override/`). What is put together stays in layers, so that every value keeps its place.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::built::BuiltImages;
use super::dotenv;
use super::interpolation::{ProjectVariables, Scope, fill};
use super::references::Declared;
use super::schema::Misfit;
use crate::deploy::FileId;
use crate::deploy::container::{Key, WrittenAt};
use crate::deploy::place::{At, BadInput, Place};
use crate::deploy::read::Surroundings;
use crate::deploy::yaml::{Node, Value, parse};
use crate::findings::{Finding, catalogue};

/// How many files one project may read, and how deep they may include each other.
const MOST_FILES: usize = 100;
const MOST_INCLUDES: usize = 16;
/// How many services may extend each other in a row.
const MOST_EXTENDS: usize = 50;

/// Where relative paths start.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Base {
    /// In the directory of this file,
    pub file: FileId,
    /// below this.
    pub under: Rc<str>,
}

impl Base {
    /// The directory of a file.
    pub(super) fn of(file: FileId) -> Self {
        Self { file, under: "".into() }
    }

    fn join(&self, path: &str) -> String {
        if self.under.is_empty() || path.starts_with('/') {
            path.to_owned()
        } else {
            format!("{}/{path}", self.under)
        }
    }
}

/// What one file says of a service.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// The mapping.
    pub node: Rc<Node>,
    /// Where its relative paths start.
    pub base: Base,
    pub variables: ProjectVariables,
}

#[derive(Debug)]
pub(super) struct Service {
    pub name: String,
    /// Its key.
    pub place: Place,
    /// Where a fix would be written: in each file that describes it, the later over the earlier.
    pub spots: Vec<(FileId, WrittenAt)>,
    /// What the files say of it; later ones override.
    pub layers: Vec<Layer>,
    /// How many of the layers have had their `extends` followed.
    followed: usize,
    /// The parts of it that cannot be read, and why.
    pub lost: Vec<At<String>>,
}

/// Services by name, in order.
#[derive(Debug, Default)]
pub(super) struct Services {
    pub list: Vec<Service>,
    index: HashMap<String, usize>,
    /// A file that is missing may hold more of them.
    pub incomplete: bool,
}

impl Services {
    fn get(&self, name: &str) -> Option<&Service> {
        self.index.get(name).and_then(|at| self.list.get(*at))
    }

    /// Adds a service, over one of the same name.
    fn put(&mut self, mut service: Service) {
        let tag = |layer: &Layer| layer.node.tag.clone();
        let fresh = service
            .layers
            .iter()
            .rposition(|layer| matches!(tag(layer).as_deref(), Some("reset" | "override")));
        if let Some(at) = fresh {
            service.layers.drain(..at);
            service.followed = service.followed.saturating_sub(at);
        }
        match self.index.get(&service.name).and_then(|at| self.list.get_mut(*at)) {
            Some(known) => {
                if fresh.is_some() {
                    known.layers.clear();
                    known.lost.clear();
                    known.spots.clear();
                }
                known.spots.append(&mut service.spots);
                known.layers.append(&mut service.layers);
                known.lost.append(&mut service.lost);
            }
            None => {
                self.index.insert(service.name.clone(), self.list.len());
                self.list.push(service);
            }
        }
    }

    /// Leaves out what `!reset` took away.
    fn settle(&mut self) {
        let gone = |service: &Service| {
            service.layers.last().is_some_and(|layer| layer.node.tag.as_deref() == Some("reset"))
        };
        if self.list.iter().any(gone) {
            self.list.retain(|service| !gone(service));
            self.index = self
                .list
                .iter()
                .enumerate()
                .map(|(at, service)| (service.name.clone(), at))
                .collect();
        }
    }
}

/// A file and its documents.
pub(super) struct ProjectFile {
    pub file: FileId,
    pub documents: Vec<Rc<Node>>,
}

/// Another file: its number and its text, or why it cannot be read.
pub(super) type Opened = Result<(FileId, Rc<str>), String>;

/// What reading a project goes along with.
pub(super) struct Loader<'a> {
    /// The other files, and variables.
    pub surroundings: &'a mut dyn Surroundings,
    /// What was noticed.
    pub findings: Vec<Finding>,
    /// The files that services extend, by their path and where that starts.
    extended: HashMap<(Base, String), Result<Rc<Services>, String>>,
    /// The files that were opened, by where their path starts and their path.
    opened: HashMap<(FileId, String), Opened>,
    /// The images that its services make.
    pub images: BuiltImages,
    /// What its files declare.
    pub declared: Declared,
    /// The first service that is unlike the schema, by its number, and how.
    pub refused: Option<(usize, Misfit)>,
}

impl<'a> Loader<'a> {
    /// A loader.
    pub(super) fn new(surroundings: &'a mut dyn Surroundings) -> Self {
        Self {
            surroundings,
            findings: vec![],
            extended: HashMap::new(),
            opened: HashMap::new(),
            images: BuiltImages::default(),
            declared: Declared::default(),
            refused: None,
        }
    }

    /// The services of files that are given together, `extends` and `include` followed.
    ///
    /// # Errors
    /// When compose would refuse them.
    pub(super) fn project(
        &mut self,
        sources: &[ProjectFile],
        base: &Base,
        variables: &ProjectVariables,
        depth: usize,
    ) -> Result<Services, BadInput> {
        let mut project = Services::default();
        for source in sources {
            for (number, document) in
                source.documents.iter().enumerate().filter(|(_, document)| !document.is_null())
            {
                let raw = self.raw(document, source.file, number, base, variables, Some(depth))?;
                project.incomplete |= raw.incomplete;
                let raw = Rc::new(raw);
                for service in &raw.list {
                    let expanded = self.expand(&raw, service)?;
                    project.put(expanded);
                }
            }
        }
        project.settle();
        Ok(project)
    }

    /// The services of one document; `include` is followed where a depth is given, `extends` is
    /// not.
    fn raw(
        &mut self,
        document: &Rc<Node>,
        file: FileId,
        number: usize,
        base: &Base,
        variables: &ProjectVariables,
        depth: Option<usize>,
    ) -> Result<Services, BadInput> {
        if !document.is_map() {
            return Err(document.wrong("a compose file", "a mapping with `services`"));
        }
        if depth.is_some() {
            self.declared.add(document);
        }
        let mut services = Services::default();
        let mut own = vec![];
        let mut put = |name: &str, key: &Node, value: &Rc<Node>, path: Vec<Key>| {
            let place = Place { file, ..key.place };
            if !value.is_map() && !matches!(value.tag.as_deref(), Some("reset")) {
                let why =
                    format!("the service {} is {}, not a mapping", quoted(name), value.kind());
                let scalar = matches!(value.value, Value::Scalar(_)) && !value.is_null();
                return Err(BadInput::at(if scalar { value.place } else { place }, why));
            }
            let layer =
                Layer { node: Rc::clone(value), base: base.clone(), variables: variables.clone() };
            let spot = WrittenAt::Yaml { document: number, path, pod: 0 };
            own.push(Service {
                name: name.to_owned(),
                place,
                spots: vec![(file, spot)],
                layers: vec![layer],
                followed: 0,
                lost: vec![],
            });
            Ok(())
        };
        if let Some((key, value)) = document.entry("services") {
            if value.is_map() {
                for (name, key, value) in value.entries() {
                    put(
                        name,
                        key,
                        value,
                        vec![Key::Name("services".into()), Key::Name(name.to_owned())],
                    )?;
                }
            } else if !value.is_null() || document.entry("include").is_none() {
                let why = format!("`services` is {}, not a mapping of services", value.kind());
                return Err(BadInput::at(key.place, why));
            }
        } else if super::is_format_1(document) {
            for (name, key, value) in document.entries() {
                put(name, key, value, vec![Key::Name(name.to_owned())])?;
            }
            if let Some(first) = own.first() {
                let title = "compose file format 1: there is no `services` key";
                let detail = "`docker compose` refuses such a file; docker-compose 1 reads it. Put \
                    the services under `services:`.";
                let finding = Finding::new(&catalogue::COMPOSE_FORMAT_1, title, detail);
                self.findings.push(finding.at(first.place));
            }
        }
        if let (Some(depth), Some(include)) = (depth, document.get("include")) {
            let included = self.includes(include, base, variables, depth)?;
            services.incomplete |= included.incomplete;
            put_below(&mut own, included);
        }
        own.into_iter().for_each(|service| services.put(service));
        Ok(services)
    }

    fn includes(
        &mut self,
        include: &Rc<Node>,
        base: &Base,
        variables: &ProjectVariables,
        depth: usize,
    ) -> Result<Services, BadInput> {
        let Some(items) = include.items() else {
            return Err(include.wrong("`include`", "a list of files"));
        };
        let mut all = Services::default();
        if depth >= MOST_INCLUDES {
            let why = format!(
                "files include each other deeper than {MOST_INCLUDES} levels, or in a circle"
            );
            return Err(BadInput::at(include.place, why));
        }
        for item in items {
            let (paths, env_files, directory) = if item.is_map() {
                let path = item.get("path").ok_or_else(|| {
                    BadInput::at(item.place, "this entry of `include` has no `path`")
                })?;
                let env_files = item
                    .get("env_file")
                    .map(|node| one_or_more(node, "`env_file`"))
                    .transpose()?
                    .unwrap_or_default();
                (one_or_more(path, "`path`")?, env_files, item.get("project_directory").cloned())
            } else {
                (vec![Rc::clone(item)], vec![], None)
            };
            let mut sources = vec![];
            for node in &paths {
                let path = self.text(node, variables, "a path of `include`")?;
                match self.open(&path, base) {
                    Ok((file, text)) => {
                        sources.push(ProjectFile { file, documents: parse(file, &text)? })
                    }
                    Err(why) => {
                        all.incomplete = true;
                        let title =
                            format!("the included file {} cannot be read: {why}", quoted(&path));
                        let detail = "Its services are not judged, and services here may lack \
                            settings from it.";
                        let finding = Finding::new(&catalogue::INCLUDE_MISSING, title, detail);
                        self.findings.push(finding.at(node.place));
                    }
                }
            }
            let Some(first) = sources.first() else { continue };
            let directory = match directory {
                Some(node) => {
                    let under = self.text(&node, variables, "`project_directory`")?;
                    Base { file: base.file, under: base.join(&under).into() }
                }
                None => Base::of(first.file),
            };
            let variables = self.variables_of(&env_files, base, &directory, variables)?;
            let included = self.project(&sources, &directory, &variables, depth + 1)?;
            all.incomplete |= included.incomplete;
            included.list.into_iter().for_each(|service| all.put(service));
        }
        Ok(all)
    }

    /// The variables that an included project adds: those of its `env_file`, else of the `.env` in
    /// its directory.
    fn variables_of(
        &mut self,
        files: &[Rc<Node>],
        base: &Base,
        directory: &Base,
        outer: &ProjectVariables,
    ) -> Result<ProjectVariables, BadInput> {
        let mut texts = vec![];
        for node in files {
            let path = self.text(node, outer, "`env_file`")?;
            texts.extend(self.open(&path, base).ok());
        }
        if files.is_empty() {
            texts.extend(self.open(".env", directory).ok());
        }
        if texts.is_empty() {
            return Ok(outer.clone());
        }
        let mut all: HashMap<String, String> = outer.as_deref().cloned().unwrap_or_default();
        for (_, text) in texts {
            let scope = Scope { surroundings: self.surroundings, own: outer };
            for (name, value) in dotenv::read(&text, scope) {
                if let Some(value) = value {
                    all.entry(name).or_insert(value);
                }
            }
        }
        Ok(Some(Rc::new(all)))
    }

    /// A service with all that it extends.
    fn expand(&mut self, services: &Rc<Services>, service: &Service) -> Result<Service, BadInput> {
        let mut expanded = Service {
            name: service.name.clone(),
            place: service.place,
            spots: service.spots.clone(),
            layers: vec![],
            followed: 0,
            lost: service.lost.clone(),
        };
        let first = extends(service).map(|(key, _)| key.place);
        // From the service to what it extends, and so on.
        let mut chain: Vec<Vec<Layer>> = vec![service.layers.clone()];
        let mut seen: HashSet<(Option<(Base, String)>, String)> = HashSet::new();
        let (mut scope, mut file) = (Rc::clone(services), None);
        let mut name = service.name.clone();
        while let Some((key, value, layer)) = scope.get(&name).and_then(|s| {
            extends(s).map(|(key, value)| (key.place, Rc::clone(value), s.layers.last().cloned()))
        }) {
            let Some(layer) = layer else { break };
            if !seen.insert((file.clone(), name.clone())) || chain.len() > MOST_EXTENDS {
                let why = format!(
                    "the service {} extends itself in a circle, or more than {MOST_EXTENDS} \
                            services in a row",
                    quoted(&service.name)
                );
                return Err(BadInput::at(first.unwrap_or(key), why));
            }
            let (target, path) = self.target(&value, key, &layer.variables)?;
            if let Some(path) = path {
                match self.extended(&path.value, &layer)? {
                    Ok(found) => {
                        scope = found;
                        file = Some((layer.base.clone(), path.value));
                    }
                    Err(why) => {
                        let title = format!(
                            "the file {} that {} extends cannot be read: {why}",
                            quoted(&path.value),
                            quoted(&service.name)
                        );
                        expanded.lost.push(At::new(title, path.place));
                        break;
                    }
                }
            }
            let Some(next) = scope.get(&target.value) else {
                if scope.incomplete {
                    let title = format!(
                        "the service {} that {} extends is in no file that can be read",
                        quoted(&target.value),
                        quoted(&name)
                    );
                    expanded.lost.push(At::new(title, target.place));
                    break;
                }
                let message = format!(
                    "the service {} that {} extends does not exist",
                    quoted(&target.value),
                    quoted(&name)
                );
                return Err(BadInput::at(target.place, message));
            };
            chain.push(next.layers.clone());
            expanded.lost.extend(next.lost.iter().cloned());
            name = target.value;
        }
        expanded.layers = chain.into_iter().rev().flatten().collect();
        expanded.followed = expanded.layers.len();
        Ok(expanded)
    }

    /// The service that is extended, and the file it is in.
    fn target(
        &self,
        value: &Node,
        key: Place,
        variables: &ProjectVariables,
    ) -> Result<(At<String>, Option<At<String>>), BadInput> {
        if !value.is_map() {
            return Ok((At::new(self.text(value, variables, "`extends`")?, value.place), None));
        }
        let service = value
            .get("service")
            .ok_or_else(|| BadInput::at(key, "`extends` names no `service`"))?;
        let target = At::new(self.text(service, variables, "`service`")?, service.place);
        let file = value
            .get("file")
            .map(|node| Ok(At::new(self.text(node, variables, "`file`")?, node.place)))
            .transpose()?;
        Ok((target, file))
    }

    /// The services of a file that is extended.
    fn extended(
        &mut self,
        path: &str,
        layer: &Layer,
    ) -> Result<Result<Rc<Services>, String>, BadInput> {
        let name = (layer.base.clone(), path.to_owned());
        if let Some(known) = self.extended.get(&name) {
            return Ok(known.clone());
        }
        let found = match self.open(path, &layer.base) {
            Ok((file, text)) => {
                let mut services = Services::default();
                let (base, variables) = (Base::of(file), layer.variables.clone());
                for (number, document) in parse(file, &text)?
                    .iter()
                    .enumerate()
                    .filter(|(_, document)| !document.is_null())
                {
                    let raw = self.raw(document, file, number, &base, &variables, None)?;
                    raw.list.into_iter().for_each(|service| services.put(service));
                }
                Ok(Rc::new(services))
            }
            Err(why) => Err(why),
        };
        self.extended.insert(name, found.clone());
        Ok(found)
    }

    /// Another file.
    pub(super) fn open(&mut self, path: &str, base: &Base) -> Opened {
        if path.contains("://") || path.starts_with("git@") {
            return Err("it is not on this machine".into());
        }
        let name = (base.file, base.join(path));
        if let Some(known) = self.opened.get(&name) {
            return known.clone();
        }
        if self.opened.len() >= MOST_FILES {
            return Err(format!("more than {MOST_FILES} files are read already"));
        }
        let opened =
            self.surroundings.open(&name.1, base.file).map(|(file, text)| (file, text.into()));
        self.opened.insert(name, opened.clone());
        opened
    }

    fn text(
        &self,
        node: &Node,
        variables: &ProjectVariables,
        what: &str,
    ) -> Result<String, BadInput> {
        let text = node.string(what)?;
        let scope = Scope { surroundings: self.surroundings, own: variables };
        let filled = fill(text.value, scope)
            .map_err(|why| BadInput::at(node.place, format!("{what}: {why}")))?;
        Ok(filled.text.into_owned())
    }
}

/// The `extends` of a service that has not been followed.
fn extends(service: &Service) -> Option<(&Rc<Node>, &Rc<Node>)> {
    let layer = service.layers.get(service.followed..)?.last()?;
    layer
        .node
        .entry("extends")
        .filter(|(_, value)| !value.is_null() && value.tag.as_deref() != Some("reset"))
}

/// Puts what is included below what the file itself says; the order is that of the file.
fn put_below(own: &mut Vec<Service>, included: Services) {
    let Services { list, index, .. } = included;
    let mut list: Vec<Option<Service>> = list.into_iter().map(Some).collect();
    for service in &mut *own {
        if let Some(below) =
            index.get(&service.name).and_then(|at| list.get_mut(*at)).and_then(Option::take)
        {
            service.followed = below.layers.len();
            service.layers.splice(..0, below.layers);
            service.spots.splice(..0, below.spots);
            service.lost.splice(..0, below.lost);
        }
    }
    let rest = list.into_iter().flatten();
    own.extend(rest.map(|service| Service { followed: service.layers.len(), ..service }));
}

fn one_or_more(node: &Rc<Node>, what: &str) -> Result<Vec<Rc<Node>>, BadInput> {
    match &node.value {
        Value::List(items) => Ok(items.clone()),
        Value::Scalar(_) => Ok(vec![Rc::clone(node)]),
        Value::Map(_) => Err(node.wrong(what, "a string or a list")),
    }
}

/// A name for a message: quoted, escaped, not too long.
pub(super) fn quoted(name: &str) -> String {
    const MOST: usize = 80;
    match name.char_indices().nth(MOST).and_then(|(end, _)| name.get(..end)) {
        None => format!("{name:?}"),
        Some(start) => format!("{start:?}..."),
    }
}
