//! Imports go down the list of folders in `docs/architecture.md`, and the inner folders do no I/O.

#![allow(clippy::string_slice, clippy::expect_used, reason = "this is a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The folders of `src/`, from the ground up: each may name the folders before it, and no other.
fn order() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let page = fs::read_to_string(page).expect("the page");
    let table = page.lines().skip_while(|line| *line != "| folder | what is in it |").skip(2);
    let folder = |row: &str| Some(row.strip_prefix("| `")?.split(['/', '.']).next()?.to_owned());
    let folders = table.map_while(folder);
    folders.chain(["lib", "main"].map(str::to_owned)).collect()
}

/// What touches the machine. `std::path` and `std::net::IpAddr` are only values.
const IO: &[&str] = &[
    "std::fs", "std::process", "std::env", "std::io", "std::os", "std::net", "rustix", "libc",
    "crate::sys", "std::thread", "std::time",
];

/// Where there is none of it.
const PURE: &[&str] = &[
    "named", "errno", "verdict", "place", "shared", "parse", "plan", "rules", "diagnosis",
    "remedy", "platform", "explain", "config", "windmill", "findings", "checks", "report",
    "deploy", "lint", "fleet",
];

/// Every Rust file of the repository: its path and its text.
fn rust_files() -> Vec<(String, String)> {
    fn collect(root: &Path, dir: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(dir).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() {
                collect(root, &path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).expect("text")));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![];
    for dir in ["src", "tests", "benches"] {
        collect(root, &root.join(dir), &mut found);
    }
    found.sort();
    found
}

/// The source files: folder, path, code without comments and without tests (at the end, or in a
/// file `tests.rs`).
fn sources() -> Vec<(String, String, String)> {
    let found: Vec<_> = rust_files()
        .into_iter()
        .filter(|(path, _)| !path.ends_with("/tests.rs"))
        .filter_map(|(path, text)| {
            let path = path.strip_prefix("src/")?;
            let folder = path.split(['/', '.']).next().unwrap_or_default();
            Some((folder.to_owned(), path.to_owned(), code(&text)))
        })
        .collect();
    assert!(found.len() > 20, "the sources were not found");
    found
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
    let order = order();
    let floor = |folder: &str| order.iter().position(|known| known == folder);
    let mut wrong = vec![];
    for (folder, path, text) in sources() {
        let Some(own) = floor(&folder) else {
            panic!("src/{path} is in no folder: say in docs/architecture.md where it belongs");
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
fn inner_folders_do_no_io() {
    let mut wrong = vec![];
    for (_, path, text) in
        sources().into_iter().filter(|(folder, ..)| PURE.contains(&folder.as_str()))
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

/// The most columns of a line, as in rustfmt.toml.
const COLUMNS: usize = 100;

/// How long a line is without what stands in string literals: data may be longer. A line may begin
/// within a literal, which its quotes tell when their number is odd.
fn columns_of_code(line: &str) -> usize {
    if line.contains("r#\"") {
        return 0;
    }
    let count = |mut within: bool| {
        let (mut columns, mut escaped, mut quotes) = (0, false, 0);
        for c in line.chars() {
            let quote = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            quotes += usize::from(quote);
            columns += usize::from(quote || !within);
            within ^= quote;
        }
        (columns, quotes)
    };
    match count(false) {
        (columns, quotes) if quotes % 2 == 0 => columns,
        (columns, _) => columns.min(count(true).0),
    }
}

#[test]
fn lines_fit_a_hundred_columns() {
    let a = |n: usize| "a".repeat(n);
    assert_eq!(columns_of_code(&a(101)), 101);
    assert_eq!(columns_of_code(&format!("f(\"{}\", x)", a(101))), 8);
    assert_eq!(columns_of_code(&format!("{}\", x)", a(101))), 5);
    let mut wrong = vec![];
    for (path, text) in rust_files() {
        for (number, line) in text.lines().enumerate() {
            if line.chars().count() > COLUMNS && columns_of_code(line) > COLUMNS {
                wrong.push(format!("{path}:{}", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "lines of more than {COLUMNS} columns:\n{}", wrong.join("\n"));
}

#[test]
fn one_name_means_one_thing() {
    let mut defined = BTreeMap::<String, BTreeSet<String>>::new();
    for (_, path, text) in sources() {
        for line in text.lines() {
            // An alias that is indented belongs to a trait.
            let alias = !line.starts_with(' ');
            let line = line.trim_start();
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').peekable();
            if words.next_if_eq(&"pub").is_some() && line.starts_with("pub(") {
                // `crate` or `super`, and nothing between the parenthesis and the blank.
                words.next();
                words.next();
            }
            if let Some(kind) = words.next()
                && (matches!(kind, "struct" | "enum" | "trait" | "union")
                    || kind == "type" && alias)
                && let Some(name) = words.next()
            {
                defined.entry(name.to_owned()).or_default().insert(path.clone());
            }
        }
    }
    assert!(defined.len() > 100, "the types were not found");
    let twice = defined.iter().filter(|(_, paths)| paths.len() > 1);
    let twice: Vec<String> = twice.map(|(name, paths)| format!("{name}: {paths:?}")).collect();
    assert!(twice.is_empty(), "{} names:\n{}", twice.len(), twice.join("\n"));
}

#[test]
fn commands_are_a_page_each() {
    let wrong: Vec<String> = rust_files()
        .into_iter()
        .filter(|(path, _)| path.starts_with("src/commands/"))
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > 100)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert!(wrong.is_empty(), "commands are glue:\n{}", wrong.join("\n"));
}
