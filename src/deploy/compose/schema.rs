//! What may stand in a compose file, by the schema that compose holds it against (compose-go
//! `schema/compose-spec.json`, without its descriptions, and with each `type` as a list).

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer};

use super::project::quoted;
use super::service::is_string;
use crate::deploy::place::Place;
use crate::deploy::yaml::{Node, Value};
use crate::parse::spelling;

static SCHEMA: LazyLock<ComposeSchema> =
    LazyLock::new(|| serde_json::from_str(include_str!("compose-spec.json")).unwrap_or_default());

/// The schema: what a file may have, and what is referred to by name.
#[derive(Default, Deserialize)]
struct ComposeSchema {
    #[serde(borrow)]
    properties: BTreeMap<&'static str, Schema>,
    #[serde(rename = "$defs")]
    definitions: BTreeMap<&'static str, Schema>,
}

/// What a value may be. What a schema does not say holds for every value.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Schema {
    /// It is that of another name.
    #[serde(rename = "$ref", deserialize_with = "last_part")]
    reference: Option<&'static str>,
    /// It is one of these.
    one_of: Vec<Schema>,
    #[serde(rename = "type")]
    types: Vec<Type>,
    #[serde(rename = "enum", borrow)]
    words: Vec<&'static str>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    /// What each entry of a list is.
    items: Option<Box<Schema>>,
    unique_items: bool,
    properties: BTreeMap<&'static str, Schema>,
    pattern_properties: BTreeMap<&'static str, Schema>,
    /// What the schema says of other keys is that there are none.
    additional_properties: Option<bool>,
    required: Vec<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    Null,
}

impl Type {
    fn name(self) -> &'static str {
        match self {
            Self::Object => "a mapping",
            Self::Array => "a list",
            Self::String => "a string",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Null => "null",
        }
    }
}

/// The name of `#/$defs/NAME`.
fn last_part<D: Deserializer<'static>>(from: D) -> Result<Option<&'static str>, D::Error> {
    Ok(<&str>::deserialize(from)?.rsplit('/').next())
}

/// What is wrong with a value, where, and how deep in what was looked at.
#[derive(Clone, Debug)]
pub(super) struct Misfit {
    pub place: Place,
    pub why: String,
    /// Whether it is a key that nobody knows.
    pub is_unknown: bool,
    depth: usize,
}

impl Misfit {
    fn at(place: Place, why: String, depth: usize) -> Self {
        Self { place, why, is_unknown: false, depth }
    }
}

/// The last key that leads to a value, where it stands, and how deep.
struct SchemaWay<'a> {
    name: &'a str,
    /// Whether it leads on to an entry of a list there.
    is_entry: bool,
    /// Where the key stands, or the entry of a list.
    place: Place,
    depth: usize,
}

/// All that is wrong with a value that is one of these definitions.
pub(super) fn misfits(definition: &str, name: &str, key: Place, value: &Node) -> Vec<Misfit> {
    let way = SchemaWay { name, is_entry: false, place: key, depth: 0 };
    SCHEMA.definitions.get(definition).map_or_else(Vec::new, |schema| unlike(schema, value, &way))
}

/// What is wrong with a file beside its services.
pub(super) fn of_file(document: &Node) -> Vec<Misfit> {
    let of_key = |(name, key, value): (&str, &Node, &Rc<Node>)| {
        let own = SchemaWay { name, is_entry: false, place: key.place, depth: 0 };
        match (name, SCHEMA.properties.get(name)) {
            ("services" | "include", _) => {
                let named = value.entries().into_iter().filter(|_| name == "services");
                let bad =
                    named.map(|(name, key, _)| (name, key)).filter(|(name, _)| !is_name(name));
                let why = |name| format!("no service can be called {}", quoted(name));
                bad.map(|(name, key)| Misfit::at(key.place, why(name), 1)).collect()
            }
            (_, Some(schema)) => {
                let unlike = unlike(schema, value, &own);
                if unlike.is_empty() { contradicts(name, value) } else { unlike }
            }
            (_, None) if name.starts_with("x-") => vec![],
            (_, None) => {
                let why = format!("a compose file has no key {}", quoted(name));
                vec![Misfit { is_unknown: true, ..Misfit::at(key.place, why, 0) }]
            }
        }
    };
    document.entries().into_iter().flat_map(of_key).collect()
}

/// Keys that exclude each other (compose-go `validation/`).
fn contradicts(kind: &str, all: &Node) -> Vec<Misfit> {
    let sources: &[&str] = match kind {
        "secrets" => &["file", "environment"],
        "configs" => &["file", "environment", "content"],
        "volumes" => &[],
        _ => return vec![],
    };
    let of_one = |(name, key, one): (&str, &Node, &Rc<Node>)| {
        let given = sources.iter().filter(|source| one.get(source).is_some()).count();
        let has = |part: &str| one.get(part).is_some();
        let external = one.get("external").and_then(|on| on.boolean()) == Some(true);
        let own = |(part, ..): &(&str, &Node, &Rc<Node>)| {
            !matches!(*part, "name" | "external") && !part.starts_with("x-")
        };
        let why = match sources {
            [] if external && one.entries().iter().any(own) => {
                "is `external`, so it may have no other key than `name`"
            }
            [] => return None,
            _ if given > 1 => "comes from more than one place",
            _ if given == 0 && !has("driver") && !has("external") => match kind {
                "configs" => "has no source: `file`, `environment` or `content`",
                _ => "has no source: `file` or `environment`",
            },
            _ => return None,
        };
        Some(Misfit::at(key.place, format!("`{name}` of `{kind}` {why}"), 1))
    };
    all.entries().into_iter().filter_map(of_one).collect()
}

fn unlike(schema: &Schema, node: &Node, way: &SchemaWay<'_>) -> Vec<Misfit> {
    // A tag (`!reset`, `!override`) is resolved by the merge; the value is not checked here.
    if node.tag.is_some() {
        return vec![];
    }
    if let Some(name) = &schema.reference {
        let named = SCHEMA.definitions.get(name);
        return named.map_or_else(Vec::new, |schema| unlike(schema, node, way));
    }
    if !schema.one_of.is_empty() {
        return unlike_all(&schema.one_of, node, way);
    }
    if !schema.types.is_empty() && !schema.allows(node) {
        return vec![way.wrong_type(node, &schema.types)];
    }
    match &node.value {
        Value::Scalar(_) => scalar(schema, node, way).into_iter().collect(),
        Value::List(items) => list(schema, items, way),
        Value::Map(_) => mapping(schema, node, way),
    }
}

/// What is wrong with a value that is none of these.
fn unlike_all(all: &[Schema], node: &Node, way: &SchemaWay<'_>) -> Vec<Misfit> {
    // The one of its type fits, nearly always; no message is made for the others.
    let likely = all.iter().filter(|one| one.types.is_empty() || one.allows(node));
    if likely.into_iter().any(|one| unlike(one, node, way).is_empty()) {
        return vec![];
    }
    // What is wrong with the kind that it is says more than that it is of no other.
    let misfits = all.iter().map(|one| (one.allows(node), unlike(one, node, way)));
    let misfits = misfits.filter(|(_, misfits)| !misfits.is_empty());
    let deepest = |misfits: &[Misfit]| misfits.iter().map(|misfit| misfit.depth).max();
    let best = misfits.max_by_key(|(kind, misfits)| (*kind, deepest(misfits)));
    let Some((of_kind, best)) = best else { return vec![] };
    let is_told = of_kind || deepest(&best) > Some(way.depth);
    match is_told {
        true => best,
        false => vec![way.wrong_type(node, all.iter().flat_map(|one| &one.types))],
    }
}

impl Schema {
    /// Whether it names a type that a value is of.
    fn allows(&self, node: &Node) -> bool {
        self.types.iter().any(|kind| is(*kind, node))
    }
}

/// Whether a value is of a type, as Go's parser has it; what a variable becomes is a string, which
/// compose takes for what it should be.
fn is(kind: Type, node: &Node) -> bool {
    let Value::Scalar(scalar) = &node.value else {
        return matches!(
            (kind, &node.value),
            (Type::Array, Value::List(_)) | (Type::Object, Value::Map(_))
        );
    };
    let is_number = || !is_string(scalar) && node.boolean().is_none() && !node.is_null();
    match kind {
        Type::Null => node.is_null(),
        Type::String => is_string(scalar),
        Type::Boolean => {
            scalar.text.contains('$') || !is_string(scalar) && node.boolean().is_some()
        }
        Type::Integer => scalar.text.contains('$') || is_number() && is_whole(&scalar.text),
        Type::Number => scalar.text.contains('$') || is_number(),
        Type::Array | Type::Object => false,
    }
}

/// Whether a number is none with a fraction.
fn is_whole(text: &str) -> bool {
    text.parse::<f64>().ok().is_none_or(|number| number.fract() == 0.0)
}

/// Where compose does otherwise than its schema says.
#[derive(PartialEq, Eq)]
enum Otherwise {
    /// An integer in a string is a size, with a unit (compose-go `types/bytes.go`).
    IsSize,
    /// An entry given twice is refused here; in other lists compose drops it while merging
    /// (compose-go `override/uncity.go`).
    RefusesDuplicates,
}
use Otherwise::{IsSize, RefusesDuplicates};

/// The keys that are not as the schema alone has them.
const OTHERWISE: &[(&str, Otherwise)] = &[
    ("device_cgroup_rules", RefusesDuplicates),
    ("external_links", RefusesDuplicates),
    ("group_add", RefusesDuplicates),
    ("mem_swappiness", IsSize),
    ("rate", IsSize),
    ("security_opt", RefusesDuplicates),
    ("shm_size", IsSize),
    ("size", IsSize),
    ("volumes_from", RefusesDuplicates),
    ("weight", IsSize),
];

fn is_string_of(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar(scalar) if is_string(scalar))
}

fn scalar(schema: &Schema, node: &Node, way: &SchemaWay<'_>) -> Option<Misfit> {
    let text = node.text().filter(|text| !text.contains('$'))?;
    let words = &schema.words;
    if !words.is_empty() && !words.contains(&text) {
        return Some(way.with(node, format!("is {}, not {}", quoted(text), words.join(" or "))));
    }
    let number = || text.parse::<f64>().ok();
    let out = |bound: Option<f64>, is: fn(&f64, &f64) -> bool| {
        bound.is_some_and(|bound| number().is_some_and(|number| is(&number, &bound)))
    };
    if out(schema.minimum, f64::lt) || out(schema.maximum, f64::gt) {
        return Some(way.with(node, format!("is {text}, which is out of range")));
    }
    // Where the first type is integer and the value is no size, a string has to hold an
    // integer too.
    let first = schema.types.first();
    let whole = first == Some(&Type::Integer) && !OTHERWISE.contains(&(way.name, IsSize));
    if whole && text.parse::<i64>().is_err() && is_string_of(node) {
        return Some(way.with(node, format!("is {}, not an integer", quoted(text))));
    }
    // What is a boolean first is one in a string too (compose-go `loader/interpolate.go`).
    let boolean = ["true", "false", "y", "yes", "on", "n", "no", "off"];
    let is_boolean = || boolean.iter().any(|word| word.eq_ignore_ascii_case(text));
    if first == Some(&Type::Boolean) && !is_boolean() {
        return Some(way.with(node, format!("is {}, not a boolean", quoted(text))));
    }
    None
}

fn list(schema: &Schema, items: &[Rc<Node>], way: &SchemaWay<'_>) -> Vec<Misfit> {
    let Some(each) = schema.items.as_deref() else { return vec![] };
    let unlike = items.iter().flat_map(|item| {
        let (name, depth) = (way.name, way.depth + 1);
        let own = SchemaWay { name, is_entry: true, place: item.place, depth };
        unlike(each, item, &own)
    });
    let unlike: Vec<Misfit> = unlike.collect();
    let again = || {
        let twice = items.iter().enumerate().find(|(at, item)| {
            let text = item.text();
            text.is_some() && items.iter().take(*at).any(|before| before.text() == text)
        });
        twice.map(|(_, item)| {
            let entry = quoted(item.text().unwrap_or_default());
            way.with(item, format!("has {entry} twice"))
        })
    };
    let unique = schema.unique_items && OTHERWISE.contains(&(way.name, RefusesDuplicates));
    if !unlike.is_empty() || !unique { unlike } else { again().into_iter().collect() }
}

fn mapping(schema: &Schema, node: &Node, way: &SchemaWay<'_>) -> Vec<Misfit> {
    let entries = node.entries();
    let properties = &schema.properties;
    let of_pattern = |name: &str| {
        let mut all = schema.pattern_properties.iter();
        all.find(|(pattern, _)| fits_pattern(pattern, name)).map(|(_, schema)| schema)
    };
    let closed = schema.additional_properties == Some(false);
    let mut found = vec![];
    for (name, key, value) in &entries {
        let depth = way.depth + 1;
        let own = SchemaWay { name, is_entry: false, place: key.place, depth };
        let known = properties.get(*name).or_else(|| of_pattern(name));
        match known {
            Some(schema) => found.extend(unlike(schema, value, &own)),
            None if closed => {
                let names = properties.keys().copied();
                let meant = spelling::meant(name, names);
                let hint = meant.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
                let why = format!("{} has no key {}{hint}", way.called(), quoted(name));
                found.push(Misfit { is_unknown: true, ..Misfit::at(key.place, why, own.depth) });
            }
            None => {}
        }
    }
    let required = schema.required.iter();
    let lacks = required.filter(|name| !entries.iter().any(|(known, ..)| known == *name));
    found.extend(lacks.map(|name| way.with(node, format!("has no `{name}`"))));
    found
}

/// Whether a name is one that a pattern of the schema is for.
fn fits_pattern(pattern: &str, name: &str) -> bool {
    match pattern {
        "^x-" => name.starts_with("x-"),
        "^[a-z]+$" => !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase()),
        "^[a-zA-Z0-9._-]+$" => is_name(name),
        _ => !name.is_empty(),
    }
}

/// Whether a service, a volume and the like can have a name.
pub(super) fn is_name(name: &str) -> bool {
    let may = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    !name.is_empty() && name.bytes().all(may)
}

impl SchemaWay<'_> {
    fn with(&self, node: &Node, why: String) -> Misfit {
        let scalar = matches!(node.value, Value::Scalar(_)) && !node.is_null();
        let place = if scalar { node.place } else { self.place };
        Misfit::at(place, format!("{} {why}", self.called()), self.depth)
    }

    fn called(&self) -> String {
        format!("{}`{}`", if self.is_entry { "an entry of " } else { "" }, self.name)
    }

    /// What was found, and what is expected. That nothing could stand there helps nobody.
    fn wrong_type<'s>(&self, node: &Node, expected: impl IntoIterator<Item = &'s Type>) -> Misfit {
        let expected = expected.into_iter().filter(|kind| **kind != Type::Null);
        let mut names: Vec<&str> = expected.map(|kind| kind.name()).collect();
        names.dedup();
        let is_word = names.contains(&Type::String.name()) && node.text().is_some();
        let advice = if is_word && !node.is_null() { "; put it in quotes" } else { "" };
        self.with(node, format!("is {}, not {}{advice}", node.kind(), names.join(" or ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::yaml::parse;

    /// What is wrong with a service of these lines.
    fn of(lines: &str) -> Option<String> {
        let root = parse(0, lines).unwrap().remove(0);
        let misfits = misfits("service", "a", root.place, &root).into_iter();
        misfits.max_by_key(|misfit| misfit.depth).map(|misfit| misfit.why)
    }

    /// As `docker compose config` 2.40 answers.
    #[test]
    fn what_compose_takes_and_what_it_refuses() {
        for taken in [
            "x-foo: bar",
            "environment: [A, B=1]",
            "environment: {A: null}",
            "labels: [a=b]",
            "env_file: [{path: nosuch.env, required: false}]",
            "tty: 'yes'",
            "read_only: 'true'",
            "deploy: {resources: {limits: {cpus: 0.5}}}",
            "healthcheck: {test: 'true', retries: 3}",
            "group_add: [1000]",
            "cap_add: [SYS_ADMIN, SYS_ADMIN]",
            "networks: {back: }",
            "command:",
            "shm_size: 64m",
            "scale: 2",
            "ports: [80, '81:81', {target: 82}]",
            "privileged: $P",
            "ulimits: {nofile: $N}",
        ] {
            assert_eq!(of(taken), None, "{taken}");
        }
        for (refused, says) in [
            ("foo: bar", "`a` has no key \"foo\""),
            ("privilege: true", "did you mean `privileged`?"),
            ("user: 1000", "`user` is a number, not a string"),
            ("environment:", "`environment` is null, not a mapping or a list"),
            ("ports:", "`ports` is null, not a list"),
            ("environment: {A: [1]}", "`A` is a list"),
            ("env_file: [{path: x, foo: 1}]", "no key \"foo\""),
            ("tty: banana", "not a boolean"),
            ("init: 1", "`init` is a number"),
            ("healthcheck: {test: true}", "`test` is a boolean"),
            ("healthcheck: {foo: 1}", "no key \"foo\""),
            ("deploy: {resources: {limits: {memory: 64}}}", "`memory` is a number, not a string"),
            ("deploy: {update_config: {order: banana}}", "not start-first or stop-first"),
            ("deploy: {replicas: banana}", "not an integer"),
            ("security_opt: [a=b, a=b]", "`security_opt` has \"a=b\" twice"),
            ("oom_score_adj: 5000", "out of range"),
            (
                "command: [1, 2]",
                "an entry of `command` is a number, not a string; put it in quotes",
            ),
            ("command: true", "`command` is a boolean, not a string or a list; put it in quotes"),
            ("volumes: [{source: /etc, target: /x}]", "has no `type`"),
            ("ulimits: {nofile: {soft: 1}}", "has no `hard`"),
            ("ulimits: {nofile: banana}", "not an integer"),
        ] {
            let why = of(refused).unwrap_or_else(|| panic!("{refused} is taken"));
            assert!(why.contains(says), "{refused}: {why}");
        }
    }

    #[test]
    fn what_stands_beside_the_services() {
        let of = |text: &str| {
            let text = format!("services: {{}}\n{text}\n");
            of_file(&parse(0, &text).unwrap()[0]).into_iter().next().map(|misfit| misfit.why)
        };
        for taken in [
            "version: '3'",
            "networks: {a: }",
            "networks: {a: {external: true, driver: bridge}}",
            "configs: {c: {external: true}}",
            "secrets: {c: {file: x}}",
            "x-y: 1",
        ] {
            assert_eq!(of(taken), None, "{taken}");
        }
        for refused in [
            "version: 3",
            "networks: [a]",
            "networks: {a: {foo: 1}}",
            "volumes: {'bad name': }",
            "volumes: {a: {external: true, driver: local}}",
            "secrets: {c: }",
            "secrets: {c: {}}",
            "configs: {c: {content: a, file: b}}",
            "networks: {a: {external: banana}}",
            "foo: bar",
        ] {
            assert!(of(refused).is_some(), "{refused}");
        }
    }
}
