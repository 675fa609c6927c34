//! The rules, as `isodoc rules --format json` lists them.

use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize;

/// One rule.
#[derive(Deserialize)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// The steps at which it refuses.
    pub steps: Vec<String>,
    /// What shows its cause.
    pub shown_by: ShownBy,
}

/// What shows the cause of a rule.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum ShownBy {
    Facts,
    DaemonConfig,
    Texts,
}

#[derive(Deserialize)]
struct List {
    rules: Vec<Rule>,
}

/// Every rule.
pub fn all() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let output = Command::new(super::run::built())
            .args(["rules", "--format", "json"])
            .output()
            .expect("isodoc runs");
        let list: List = serde_json::from_slice(&output.stdout).expect("a list of rules");
        list.rules
    })
}

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().iter().find(|rule| rule.id == id)
}
