//! Task definitions of Amazon ECS (AWS documentation, "Amazon ECS task definition parameters"), as
//! they are registered, and the list of container definitions alone, as Terraform takes it.

mod edit;
mod read;
mod spell;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use super::container::Key;
use super::dialect::{Candidate, Dialect, Sure};
use super::yaml::Node;

const ADD: [&str; 3] = ["linuxParameters", "capabilities", "add"];
const DROP: [&str; 3] = ["linuxParameters", "capabilities", "drop"];
const DEVICES: [&str; 2] = ["linuxParameters", "devices"];
const ENVIRONMENT: &str = "environment";
const PRIVILEGED: &str = "privileged";
const SECURITY: &str = "dockerSecurityOptions";
const ULIMITS: &str = "ulimits";
const USER: &str = "user";

/// The containers of a task.
pub(super) static DIALECT: Dialect = Dialect {
    id: "ecs",
    name: "a task definition of ECS",
    files: &["*.json", "*.yml", "*.yaml"],
    blocks: None,
    engines: &[],
    recognises: |file| Sure::yes_if(recognises(file)),
    read: read::read,
    spell: spell::lines,
    edit: edit::plan,
};

const LISTS: &[&str] = &["containerDefinitions", "taskDefinition.containerDefinitions"];

/// What a list of container definitions has that no other list of things with an image does.
const OWN: &[&str] = &["essential", "portMappings", "linuxParameters", "logConfiguration"];

fn recognises(file: &Candidate<'_>) -> bool {
    let Ok([root]) = file.documents() else { return false };
    let is_task = LISTS.iter().any(|list| !root.all_at(&format!("{list}[]")).is_empty());
    is_task || !containers(root).is_empty()
}

/// The container definitions, and the way to each.
fn containers(root: &Rc<Node>) -> Vec<(Vec<Key>, &Rc<Node>)> {
    if root.items().is_none() {
        return LISTS.iter().flat_map(|list| root.all_at(&format!("{list}[]"))).collect();
    }
    let all = root.all_at("[]");
    let is_one = |node: &Node| {
        let has = |key: &&str| node.get(key).is_some();
        node.get("name").is_some() && node.get("image").is_some() && OWN.iter().any(has)
    };
    if all.iter().all(|(_, node)| is_one(node)) { all } else { vec![] }
}
