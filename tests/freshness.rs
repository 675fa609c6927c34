//! What is generated from the code and committed is what the code generates now.
//!
//! `ISODOC_BLESS=1 cargo test --test freshness` writes the files anew.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use clap::ValueEnum;
use clap_complete::Generator;

fn hold(path: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("ISODOC_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{} is stale; run: ISODOC_BLESS=1 cargo test --test freshness",
        path.display()
    );
}

#[test]
fn completions() {
    let shells = clap_complete::Shell::value_variants();
    for shell in shells {
        hold(
            &format!("completions/{}", shell.file_name("isodoc")),
            &isodoc::commands::completions::script(*shell),
        );
    }
    let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("completions"))
        .unwrap()
        .count();
    assert_eq!(files, shells.len(), "a file in completions/ that no shell has");
}

#[test]
fn manual_page() {
    hold("man/isodoc.1", &isodoc::commands::man::page());
}

#[test]
fn list_of_rules() {
    let mut page = String::from(
        "# Rules\n\nGenerated; do not edit. `isodoc explain ID` prints a page, `isodoc rules \
            --format json` the list.\n\n\
         | id | step | error | refused because |\n| --- | --- | --- | --- |\n",
    );
    for rule in isodoc::rules::RULES {
        let list =
            |words: Vec<&str>| if words.is_empty() { "–".to_owned() } else { words.join(", ") };
        let file = rule.id.replace('-', "_");
        page += &format!(
            "| [{}](../src/rules/{file}.md) | {} | {} | {} |\n",
            rule.id,
            list(rule.steps.iter().map(|s| s.id()).collect()),
            list(rule.errnos.iter().map(|e| e.name()).collect()),
            rule.title
        );
        assert!(
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/rules/{file}.md")).is_file(),
            "{}",
            rule.id
        );
    }
    hold("docs/rules.md", &page);
}

/// The schemas name every step, in the order in which a report can meet them.
#[test]
fn steps_in_the_schemas() {
    let known: Vec<&str> = isodoc::mechanisms::Step::ALL.iter().map(|step| step.id()).collect();
    for file in ["check-v1", "lint-v1"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{file}.schema.json"));
        let schema: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let steps = schema["$defs"]["step"]["enum"].as_array().unwrap();
        assert_eq!(
            steps.iter().filter_map(|step| step.as_str()).collect::<Vec<_>>(),
            known,
            "{file}"
        );
    }
}
