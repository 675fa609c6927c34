//! Imports go down the list of layers in `docs/architecture.md`, and the inner layers do no I/O.

#![allow(clippy::expect_used, reason = "this is a test")]

use std::fs;
use std::path::Path;

/// The rooms of `src/`, from the ground up: each may name the rooms before it, and no other.
const ORDER: &[&str] = &[
    "errno",
    "verdict",
    "place",
    "sys",
    "plan",
    "mechanisms",
    "parse",
    "facts",
    "findings",
    "probe",
    "source",
    "collect",
    "deploy",
    "assume",
    "platform",
    "remedy",
    "rules",
    "diagnosis",
    "windmill",
    "explain",
    "report",
    "checks",
    "lint",
    "cli",
    "output",
    "exit",
    "commands",
    "lib",
    "main",
];

/// What touches the machine. `std::path` and `std::net::IpAddr` are only values.
const IO: &[&str] = &[
    "std::fs",
    "std::process",
    "std::env",
    "std::io",
    "std::os",
    "std::net",
    "rustix",
    "libc",
    "crate::sys",
    "std::thread",
    "std::time",
];

/// Where there is none of it.
const PURE: &[&str] = &[
    "errno",
    "verdict",
    "place",
    "parse",
    "plan",
    "rules",
    "diagnosis",
    "remedy",
    "platform",
    "explain",
    "windmill",
    "findings",
    "checks",
    "report",
    "deploy",
    "lint",
];

/// The source files: layer, path, code without comments and without tests (at the end, or in a file
/// `tests.rs`).
fn sources() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = vec![];
    walk(&root, &root, &mut found);
    found.sort();
    assert!(found.len() > 20, "the sources were not found");
    found
}

fn walk(root: &Path, dir: &Path, found: &mut Vec<(String, String, String)>) {
    for entry in fs::read_dir(dir).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(root, &path, found);
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
            let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
            let layer = name.split(['/', '.']).next().unwrap_or_default().to_owned();
            found.push((layer, name, code(&fs::read_to_string(&path).expect("text"))));
        }
    }
}

/// Line comments cut off (a `//` in a string costs the rest of that line, which no path begins
/// with), tests too.
fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    before_tests
        .lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Every `head::name` in a text, `head::{a, b::c}` included: the names.
fn named(text: &str, head: &str) -> Vec<String> {
    let word =
        |s: &str| s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = vec![];
    for (at, _) in text.match_indices(&format!("{head}::")) {
        let rest = &text[at + head.len() + 2..];
        match rest.strip_prefix('{') {
            None => names.push(word(rest)),
            Some(group) => {
                let (mut depth, mut item) = (0, String::new());
                for c in group.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => names.push(word(std::mem::take(&mut item).trim())),
                        _ if depth == 0 => item.push(c),
                        _ => {}
                    }
                }
                names.push(word(item.trim()));
            }
        }
    }
    names.retain(|n| !n.is_empty());
    names
}

#[test]
fn grouped_imports_are_read() {
    assert_eq!(
        named(
            "use crate::facts::Fact;\nuse crate::{errno::Errno, rules::{self, Gate}, verdict};",
            "crate"
        ),
        ["facts", "errno", "rules", "verdict"]
    );
    assert_eq!(code("a // crate::x\n#[cfg(test)]\nmod tests { crate::y }"), "a ");
}

#[test]
fn imports_go_down() {
    let floor = |room: &str| ORDER.iter().position(|known| *known == room);
    let mut wrong = vec![];
    for (room, path, text) in sources() {
        let Some(own) = floor(&room) else {
            panic!("src/{path} is in no room: say in ORDER where it belongs");
        };
        for name in named(&text, "crate") {
            if floor(&name).is_some_and(|other| other > own) {
                wrong.push(format!("src/{path} names crate::{name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "imports that go up:\n{}", wrong.join("\n"));
}

#[test]
fn inner_layers_do_no_io() {
    let mut wrong = vec![];
    for (_, path, text) in
        sources().into_iter().filter(|(layer, ..)| PURE.contains(&layer.as_str()))
    {
        let of_std = named(&text, "std").into_iter().map(|name| format!("std::{name}"));
        let other = ["rustix", "libc", "crate::sys"]
            .into_iter()
            .filter(|head| text.contains(&format!("{head}::")))
            .map(str::to_owned);
        for name in of_std.chain(other).filter(|name| IO.contains(&name.as_str())) {
            wrong.push(format!("src/{path} names {name}"));
        }
    }
    assert!(wrong.is_empty(), "I/O where there must be none:\n{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_is_in_one_module() {
    let unsafe_in: Vec<String> = sources()
        .into_iter()
        .filter(|(_, _, text)| text.contains("unsafe ") || text.contains("allow(unsafe_code"))
        .map(|(_, path, _)| path)
        .collect();
    assert_eq!(unsafe_in, ["sys.rs"]);
}
