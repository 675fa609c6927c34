//! What is generated from the code and committed is what the code generates now.
//!
//! `ISODOC_BLESS=1 cargo test --test freshness` writes the files anew.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

mod common;

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

/// What isodoc prints.
fn printed(args: &[&str]) -> String {
    let (code, out, err) = common::said(args);
    assert_eq!((code, err.as_str()), (0, ""), "{args:?}");
    out
}

#[test]
fn completions() {
    let shells = clap_complete::Shell::value_variants();
    for shell in shells {
        hold(
            &format!("completions/{}", shell.file_name("isodoc")),
            &printed(&["completions", &shell.to_string()]),
        );
    }
    let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("completions"))
        .unwrap()
        .count();
    assert_eq!(files, shells.len(), "a file in completions/ that no shell has");
}

#[test]
fn manual_page() {
    hold("man/isodoc.1", &printed(&["man"]));
}

/// cargo fmt does not see the modules that the list of rules declares.
#[test]
fn rules_are_formatted() {
    let dirs = ["kernel", "told"]
        .map(|dir| Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules").join(dir));
    let entries = dirs.iter().flat_map(|dir| std::fs::read_dir(dir).unwrap().flatten());
    let files = entries.map(|entry| entry.path());
    let mut rustfmt = std::process::Command::new("rustfmt");
    rustfmt.args(["--edition", "2024"]).args(files.filter(|f| f.extension().unwrap() == "rs"));
    if std::env::var_os("ISODOC_BLESS").is_none() {
        rustfmt.arg("--check");
    }
    // Without rustfmt there is nothing to hold: CI has it.
    let Ok(done) = rustfmt.output() else { return };
    assert!(
        done.status.success(),
        "run: ISODOC_BLESS=1 cargo test --test freshness\n{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}

/// Where the page of a rule stands; those of Docker have no prefix there.
fn page_of(id: &str) -> String {
    let file = id.replace('-', "_");
    let docker = file.strip_prefix("docker_").unwrap_or(&file);
    let paths = ["kernel", "docker", "told"].into_iter().flat_map(|folder| {
        [format!("src/rules/{folder}/{file}.md"), format!("src/rules/{folder}/{docker}.md")]
    });
    let here = |path: &String| Path::new(env!("CARGO_MANIFEST_DIR")).join(path).is_file();
    paths.into_iter().find(here).unwrap_or_else(|| panic!("{id} has no page"))
}

/// A text with this owner wherever it names the repository.
fn owned(text: &str, owner: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let parts: Vec<&str> = text.split("/isodoc").collect();
    let named = |part: &&str| {
        let before = part.trim_end_matches(word);
        let is_repository = ["https://github.com/", "uses: "].iter().any(|m| before.ends_with(m));
        if is_repository { format!("{before}{owner}") } else { (*part).to_owned() }
    };
    let (last, others) = parts.split_last().unwrap();
    others.iter().map(|part| named(part) + "/isodoc").collect::<String>() + last
}

#[test]
fn the_repository_is_that_of_its_owner() {
    let read = |path: &str| {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
    };
    let owner = read("packaging/owner");
    let line = owner.lines().find_map(|line| line.strip_prefix("repository=")).unwrap();
    let name = line.trim_matches('\'').strip_prefix("https://github.com/").unwrap();
    let name = name.strip_suffix("/isodoc").unwrap();
    for path in ["Cargo.toml", "README.md", "docs/lint.md"] {
        hold(path, &owned(&read(path), name));
    }
    assert_eq!(
        owned("uses: a/isodoc@v1, https://github.com/b-c/isodoc/x, d/isodoc", "o"),
        "uses: o/isodoc@v1, https://github.com/o/isodoc/x, d/isodoc"
    );
}

#[test]
fn list_of_rules() {
    let mut page = String::from(
        "# Rules\n\nGenerated; do not edit. `isodoc explain ID` prints a page, `isodoc rules \
            --format json` the list.\n\n\
         | id | step | error | refused because |\n| --- | --- | --- | --- |\n",
    );
    let list = common::json(&["rules", "--format", "json"]);
    for rule in list["rules"].as_array().unwrap() {
        let text = |key: &str| rule[key].as_str().unwrap().to_owned();
        let words = |key: &str| {
            let words = rule[key].as_array().unwrap().iter().filter_map(|word| word.as_str());
            let words: Vec<&str> = words.collect();
            if words.is_empty() { "–".to_owned() } else { words.join(", ") }
        };
        let (id, title) = (text("id"), text("title"));
        let path = page_of(&id);
        page += &format!(
            "| [{id}](../{path}) | {} | {} | {title} |\n",
            words("steps"),
            words("errnos")
        );
    }
    hold("docs/rules.md", &page);
}

#[test]
fn list_of_findings() {
    let mut page = String::from(
        "# Findings\n\nGenerated; do not edit. What `isodoc check` and `isodoc lint` say beside \
            their verdicts, with the id in `findings[].rule`.\n`isodoc explain ID` prints a page, \
            `isodoc rules --format json` the list. What a Docker daemon lacks is said\nunder the \
            ids of its [rules](rules.md).\n\n\
         | id | usually | what it is |\n| --- | --- | --- |\n",
    );
    let list = common::json(&["rules", "--format", "json"]);
    let mut rows: Vec<String> = vec![];
    for finding in list["findings"].as_array().unwrap() {
        let text = |key: &str| finding[key].as_str().unwrap();
        let (id, severity, title) = (text("id"), text("severity"), text("title"));
        rows.push(format!(
            "| [{id}](../src/findings/catalogue/{id}.md) | {severity} | {title} |\n"
        ));
    }
    rows.sort();
    page += &rows.concat();
    hold("docs/findings.md", &page);
}
