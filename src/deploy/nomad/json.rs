//! Jobs in JSON: HCL's own form of it (github.com/hashicorp/hcl, "HCL JSON Syntax Specification"),
//! and what Nomad's API takes and gives (`nomad job inspect`).

use std::rc::Rc;

use super::hcl::{Attribute, Body, Expression, HclBlock, HclValue};
use super::read::tasks;
use super::{CONFIG, ENV, USER};
use crate::deploy::yaml::Node;

/// The blocks of a kind that are looked into, with their labels.
const LABELLED: &[&str] = &["job", "group", "task"];

/// What the API calls the parts of a task.
const OF_API: &[(&str, &str)] =
    &[("Driver", "driver"), ("User", USER), ("Env", ENV), ("Config", CONFIG)];

/// The groups of a job of the API.
fn api_groups(root: &Node) -> Option<&Rc<Node>> {
    root.get("Job").map_or(root, |job| &**job).get("TaskGroups")
}

/// Whether a document is a job with tasks.
pub(super) fn is_job(root: &Rc<Node>) -> bool {
    (root.get("job").is_some() || api_groups(root).is_some())
        && tasks(&body(root)).any(|task| task.body.get("driver").is_some())
}

/// The blocks of a document.
pub(super) fn body(root: &Rc<Node>) -> Body {
    let Some(groups) = api_groups(root) else { return inside(root) };
    let mut tasks = vec![];
    for (_, task) in groups.all_at("[].Tasks[]") {
        let mut body = Body::default();
        for (theirs, ours) in OF_API {
            let Some(node) = task.get(theirs) else { continue };
            match *ours {
                CONFIG => body.blocks.push(block(CONFIG, vec![], node)),
                name => body.attributes.push(attribute(name, node, node)),
            }
        }
        let name = task.get("Name").and_then(|name| name.text()).unwrap_or("task");
        let own = HclBlock { body, ..block("task", vec![name.to_owned()], task) };
        tasks.push(own);
    }
    let job = HclBlock {
        body: Body { blocks: tasks, ..Body::default() },
        ..block("job", vec![String::new()], root)
    };
    Body { blocks: vec![job], ..Body::default() }
}

/// What stands in an object, or in several as one.
fn inside(node: &Rc<Node>) -> Body {
    let mut body = Body::default();
    for (name, key, value) in each(node).flat_map(|object| object.entries()) {
        if LABELLED.contains(&name) {
            let labelled = each(value).flat_map(|object| object.entries());
            body.blocks.extend(labelled.flat_map(|(label, _, inner)| {
                each(inner).map(move |inner| block(name, vec![label.to_owned()], inner))
            }));
        } else if name == CONFIG {
            body.blocks.extend(each(value).map(|value| block(CONFIG, vec![], value)));
        } else if !value.is_null() && name != "//" {
            body.attributes.push(attribute(name, key, value));
        }
    }
    body
}

fn each(node: &Rc<Node>) -> impl Iterator<Item = &Rc<Node>> {
    node.items().unwrap_or(std::slice::from_ref(node)).iter()
}

fn block(kind: &str, labels: Vec<String>, node: &Rc<Node>) -> HclBlock {
    let at = node.place.start..node.place.start + 1;
    HclBlock { kind: kind.to_owned(), labels, at, body: inside(node) }
}

fn attribute(name: &str, key: &Node, value: &Rc<Node>) -> Attribute {
    let at = key.place.start..key.place.end;
    Attribute { name: name.to_owned(), at, value: expression(value) }
}

fn expression(node: &Rc<Node>) -> Expression {
    let value = if let Some(items) = node.items() {
        HclValue::List(items.iter().map(expression).collect())
    } else if let Some(text) = node.text() {
        match node.kind() {
            "a boolean" => HclValue::Bool(text == "true"),
            "a number" => HclValue::Number(text.to_owned()),
            "null" => HclValue::Other,
            _ => {
                let filled = ["${", "%{"].iter().filter_map(|mark| text.find(mark)).min();
                HclValue::Text(text.to_owned(), filled.unwrap_or(text.len()))
            }
        }
    } else {
        let entries = node.entries();
        HclValue::Object(
            entries.iter().map(|(name, key, value)| attribute(name, key, value)).collect(),
        )
    };
    Expression { range: node.place.start..node.place.end, value }
}
