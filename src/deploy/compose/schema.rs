//! What may stand in a compose file, by the schema that compose holds it against (compose-go
//! `schema/compose-spec.json`, without its descriptions).

use std::rc::Rc;
use std::sync::LazyLock;

use serde_json::Value as Schema;

use super::project::quoted;
use super::service::is_string;
use crate::deploy::place::Place;
use crate::deploy::yaml::{Node, Value};
use crate::parse::spelling;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| serde_json::from_str(include_str!("compose-spec.json")).unwrap_or_default());

/// What is wrong with a value, where, and how deep in what was looked at.
#[derive(Debug)]
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

/// What a value is called in messages: the keys that lead to it.
struct SchemaWay<'a> {
    name: &'a str,
    /// Where its key stands, or itself.
    place: Place,
    depth: usize,
}

/// What is wrong with a value that is one of these definitions; `None`: nothing.
pub(super) fn misfit(definition: &str, name: &str, key: Place, value: &Node) -> Option<Misfit> {
    let schema = SCHEMA.get("$defs")?.get(definition)?;
    unlike(schema, value, &SchemaWay { name, place: key, depth: 0 })
}

/// What is wrong with a file beside its services.
pub(super) fn of_file(document: &Node) -> Option<Misfit> {
    let properties = SCHEMA.get("properties")?;
    document.entries().into_iter().find_map(|(name, key, value)| {
        let own = SchemaWay { name, place: key.place, depth: 0 };
        match (name, properties.get(name)) {
            ("services" | "include", _) => {
                let named = value.entries().into_iter().filter(|_| name == "services");
                let bad = named.map(|(name, key, _)| (name, key)).find(|(name, _)| !is_name(name));
                let why = |name| format!("no service can be called {}", quoted(name));
                bad.map(|(name, key)| Misfit::at(key.place, why(name), 1))
            }
            (_, Some(schema)) => unlike(schema, value, &own).or_else(|| contradicts(name, value)),
            (_, None) if name.starts_with("x-") => None,
            (_, None) => {
                let why = format!("a compose file has no key {}", quoted(name));
                Some(Misfit { is_unknown: true, ..Misfit::at(key.place, why, 0) })
            }
        }
    })
}

/// What goes together with nothing else (compose-go `validation/`).
fn contradicts(kind: &str, all: &Node) -> Option<Misfit> {
    let sources: &[&str] = match kind {
        "secrets" => &["file", "environment"],
        "configs" => &["file", "environment", "content"],
        "volumes" => &[],
        _ => return None,
    };
    all.entries().into_iter().find_map(|(name, key, one)| {
        let given = sources.iter().filter(|source| one.get(source).is_some()).count();
        let has = |part: &str| one.get(part).is_some();
        let external = one.get("external").and_then(|on| on.boolean()) == Some(true);
        let own = |(part, ..): &(&str, &Node, &Rc<Node>)| {
            !matches!(*part, "name" | "external") && !part.starts_with("x-")
        };
        let why = match sources {
            [] if external && one.entries().iter().any(own) => "is `external`, and more than that",
            [] => return None,
            _ if given > 1 => "comes from more than one place",
            _ if given == 0 && !has("driver") && !has("external") => "comes from nowhere",
            _ => return None,
        };
        Some(Misfit::at(key.place, format!("`{name}` of `{kind}` {why}"), 1))
    })
}

fn unlike(schema: &Schema, node: &Node, way: &SchemaWay<'_>) -> Option<Misfit> {
    // What a merge does with it, and what it becomes.
    if node.tag.is_some() {
        return None;
    }
    if let Some(name) = schema.get("$ref").and_then(Schema::as_str) {
        let definition = SCHEMA.get("$defs")?.get(name.rsplit('/').next()?)?;
        return unlike(definition, node, way);
    }
    if let Some(all) = schema.get("oneOf").and_then(Schema::as_array) {
        let each: Vec<Option<Misfit>> = all.iter().map(|one| unlike(one, node, way)).collect();
        if each.iter().any(Option::is_none) {
            return None;
        }
        // What is wrong with the kind that it is says more than that it is of no other.
        let of_kind = |one: &Schema| types(one).iter().any(|kind| is(kind, node));
        let misfits =
            all.iter().zip(each).filter_map(|(one, misfit)| Some((of_kind(one), misfit?)));
        let (of_kind, best) = misfits.max_by_key(|(kind, misfit)| (*kind, misfit.depth))?;
        let is_told = of_kind || best.depth > way.depth;
        let types = || words(all.iter().flat_map(types));
        return Some(if is_told { best } else { way.is_not(node, &types()) });
    }
    let types = types(schema);
    if !types.is_empty() && !types.iter().any(|kind| is(kind, node)) {
        return Some(way.is_not(node, &words(types)));
    }
    match &node.value {
        Value::Scalar(_) => scalar(schema, node, way),
        Value::List(items) => list(schema, items, way),
        Value::Map(_) => mapping(schema, node, way),
    }
}

/// The types that a schema names.
fn types(schema: &Schema) -> Vec<&str> {
    match schema.get("type") {
        Some(Schema::String(kind)) => vec![kind],
        Some(Schema::Array(all)) => all.iter().filter_map(Schema::as_str).collect(),
        _ => vec![],
    }
}

fn words<'s>(types: impl IntoIterator<Item = &'s str>) -> String {
    let name = |kind| match kind {
        "object" => "a mapping",
        "array" => "a list",
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "a boolean",
        other => other,
    };
    let mut names: Vec<&str> = types.into_iter().map(name).collect();
    names.dedup();
    names.join(" or ")
}

/// Whether a value is of a type, as Go's parser has it; what a variable becomes is a string, which
/// compose takes for what it should be.
fn is(kind: &str, node: &Node) -> bool {
    let Value::Scalar(scalar) = &node.value else {
        return matches!(
            (kind, &node.value),
            ("array", Value::List(_)) | ("object", Value::Map(_))
        );
    };
    let is_number = || !is_string(scalar) && node.boolean().is_none() && !node.is_null();
    match kind {
        "null" => node.is_null(),
        "string" => is_string(scalar),
        "boolean" => scalar.text.contains('$') || !is_string(scalar) && node.boolean().is_some(),
        "integer" => scalar.text.contains('$') || is_number() && is_whole(&scalar.text),
        "number" => scalar.text.contains('$') || is_number(),
        _ => false,
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
    /// A list of which each entry is unique is looked at as it is written: what a merge puts
    /// together in others (compose-go `override/uncity.go`) stays in this one.
    KeepsTwice,
}
use Otherwise::{IsSize, KeepsTwice};

/// The keys that are not as the schema alone has them.
const OTHERWISE: &[(&str, Otherwise)] = &[
    ("device_cgroup_rules", KeepsTwice),
    ("external_links", KeepsTwice),
    ("group_add", KeepsTwice),
    ("mem_swappiness", IsSize),
    ("rate", IsSize),
    ("security_opt", KeepsTwice),
    ("shm_size", IsSize),
    ("size", IsSize),
    ("volumes_from", KeepsTwice),
    ("weight", IsSize),
];

fn first_type(schema: &Schema) -> Option<&str> {
    types(schema).first().copied()
}

fn is_string_of(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar(scalar) if is_string(scalar))
}

fn scalar(schema: &Schema, node: &Node, way: &SchemaWay<'_>) -> Option<Misfit> {
    let text = node.text().filter(|text| !text.contains('$'))?;
    let listed = schema.get("enum").and_then(Schema::as_array);
    let words: Option<Vec<&str>> =
        listed.map(|all| all.iter().filter_map(Schema::as_str).collect());
    if let Some(words) = words.filter(|words| !words.contains(&text)) {
        return Some(way.with(node, format!("is {}, not {}", quoted(text), words.join(" or "))));
    }
    let number = text.parse::<f64>().ok();
    let bound = |key| schema.get(key).and_then(Schema::as_f64);
    if bound("minimum").zip(number).is_some_and(|(least, number)| number < least)
        || bound("maximum").zip(number).is_some_and(|(most, number)| number > most)
    {
        return Some(way.with(node, format!("is {text}, which is out of range")));
    }
    // So is what is an integer first, and no size.
    let first = first_type(schema);
    let whole = first == Some("integer") && !OTHERWISE.contains(&(way.name, IsSize));
    if whole && text.parse::<i64>().is_err() && is_string_of(node) {
        return Some(way.with(node, format!("is {}, not an integer", quoted(text))));
    }
    // What is a boolean first is one in a string too (compose-go `loader/interpolate.go`).
    let boolean = ["true", "false", "y", "yes", "on", "n", "no", "off"];
    let is_boolean = boolean.contains(&text.to_ascii_lowercase().as_str());
    if first == Some("boolean") && !is_boolean {
        return Some(way.with(node, format!("is {}, not a boolean", quoted(text))));
    }
    None
}

fn list(schema: &Schema, items: &[Rc<Node>], way: &SchemaWay<'_>) -> Option<Misfit> {
    let each = schema.get("items")?;
    let unlike = items.iter().find_map(|item| {
        let own = SchemaWay { name: way.name, place: item.place, depth: way.depth + 1 };
        unlike(each, item, &own)
    });
    let again = || {
        let twice = items.iter().enumerate().find(|(at, item)| {
            let text = item.text();
            text.is_some() && items.iter().take(*at).any(|before| before.text() == text)
        });
        twice.map(|(_, item)| way.with(item, "has an entry twice".into()))
    };
    let unique = schema.get("uniqueItems").and_then(Schema::as_bool) == Some(true);
    unlike.or_else(|| again().filter(|_| unique && OTHERWISE.contains(&(way.name, KeepsTwice))))
}

fn mapping(schema: &Schema, node: &Node, way: &SchemaWay<'_>) -> Option<Misfit> {
    let entries = node.entries();
    let properties = schema.get("properties").and_then(Schema::as_object);
    let patterns = schema.get("patternProperties").and_then(Schema::as_object);
    let of_pattern = |name: &str| {
        let mut all = patterns.into_iter().flatten();
        all.find(|(pattern, _)| fits_pattern(pattern, name)).map(|(_, schema)| schema)
    };
    let closed = schema.get("additionalProperties").and_then(Schema::as_bool) == Some(false);
    let mut found: Option<Misfit> = None;
    for (name, key, value) in &entries {
        let own = SchemaWay { name, place: key.place, depth: way.depth + 1 };
        let known = properties.and_then(|all| all.get(*name)).or_else(|| of_pattern(name));
        let misfit = match known {
            Some(schema) => unlike(schema, value, &own),
            None if closed => {
                let names = properties.into_iter().flatten().map(|(name, _)| name.as_str());
                let meant = spelling::meant(name, names);
                let hint = meant.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
                let why = format!("`{}` has no key {}{hint}", way.name, quoted(name));
                Some(Misfit { is_unknown: true, ..Misfit::at(key.place, why, own.depth) })
            }
            None => None,
        };
        if misfit.as_ref().map(|m| m.depth) > found.as_ref().map(|m| m.depth) {
            found = misfit;
        }
    }
    let required = schema.get("required").and_then(Schema::as_array);
    let mut required = required.into_iter().flatten().filter_map(Schema::as_str);
    let lacks = required.find(|name| !entries.iter().any(|(known, ..)| known == name));
    found.or_else(|| lacks.map(|name| way.with(node, format!("has no `{name}`"))))
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
        Misfit::at(place, format!("`{}` {why}", self.name), self.depth)
    }

    fn is_not(&self, node: &Node, expected: &str) -> Misfit {
        self.with(node, format!("is {}, not {expected}", node.kind()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::yaml::parse;

    /// What is wrong with a service of these lines.
    fn of(lines: &str) -> Option<String> {
        let root = parse(0, lines).unwrap().remove(0);
        misfit("service", "a", root.place, &root).map(|misfit| misfit.why)
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
            ("environment:", "not a mapping or a list"),
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
            ("security_opt: [a=b, a=b]", "has an entry twice"),
            ("oom_score_adj: 5000", "out of range"),
            ("command: [1, 2]", "`command` is a number, not a string"),
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
            of_file(&parse(0, &text).unwrap()[0]).map(|misfit| misfit.why)
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
