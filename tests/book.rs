//! The documentation as a book: a page for each rule, finding, mechanism, dialect and format, made
//! of what the program says and of `docs/`. Its source is written to `target/book/src`, which
//! `mdbook build` makes a book of, and every link in it leads somewhere.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on has failed"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

mod common;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::Value;

/// The pages that are written by hand, in the order of the book.
const BY_HAND: &[&str] = &[
    "README.md", "docs/lint.md", "docs/fleet.md", "docs/config.md", "docs/exit-codes.md",
    "docs/formats.md", "docs/rules.md", "docs/findings.md", "docs/accuracy.md",
    "docs/performance.md", "docs/security.md", "docs/architecture.md", "CONTRIBUTING.md",
    "RELEASING.md", "SECURITY.md", "CHANGELOG.md",
];

/// The pages by their names in the book, and the lines of its list of contents.
#[derive(Default)]
struct Book {
    pages: BTreeMap<String, String>,
    contents: String,
}

impl Book {
    fn chapter(&mut self, name: &str) {
        self.contents += &format!("\n# {name}\n\n");
    }

    fn page(&mut self, name: String, title: &str, text: String) {
        self.contents += &format!("- [{title}]({name})\n");
        assert!(self.pages.insert(name.clone(), text).is_none(), "two pages {name}");
    }

    /// A page for each entry of a list.
    fn of_list(&mut self, folder: &str, list: &Value, text: impl Fn(&Value) -> String) {
        let capital = folder[..1].to_uppercase() + &folder[1..];
        self.chapter(&capital);
        for entry in list.as_array().unwrap() {
            let id = word(entry, "id");
            let text = format!("# {id}\n\n{}\n", text(entry));
            self.page(format!("{folder}/{id}.md"), id, text);
        }
    }

    /// A page for each row of a table, whose name is in its first cell.
    fn of_table(&mut self, name: &str, folder: &str, rows: &[Vec<String>], more: &str) {
        self.chapter(name);
        for row in rows {
            let title = row[0].replace(['`', '*'], "");
            let file = title.replace([' ', ',', '.'], "-").replace("--", "-").to_lowercase();
            let section = section(more, &title);
            let text = format!("# {title}\n\n{}\n{section}", row[1..].join("\n\n"));
            self.page(format!("{folder}/{file}.md"), &title, up(&text));
        }
    }
}

fn word<'a>(entry: &'a Value, key: &str) -> &'a str {
    entry[key].as_str().unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The name that a file of the repository has in the book.
fn in_book(path: &str) -> String {
    path.strip_prefix("docs/").unwrap_or(path).to_owned()
}

/// The rows of the first table with this heading, without its rule.
fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let rows = text.lines().skip_while(|line| !line.starts_with(heading)).skip(2);
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim_matches('|').replace("\\|", "\u{1}");
        line.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect()
    };
    rows.take_while(|line| line.starts_with('|')).map(cells).collect()
}

/// What stands below the heading of this name.
fn section(text: &str, name: &str) -> String {
    let Some((_, rest)) = text.split_once(&format!("\n## {name}\n")) else { return String::new() };
    rest.split("\n## ").next().unwrap().to_owned()
}

/// A text of the top folder, for a folder of the book.
fn up(text: &str) -> String {
    links(text)
        .into_iter()
        .filter(|link| !is_elsewhere(link))
        .fold(text.to_owned(), |text, link| {
            text.replace(&format!("]({link})"), &format!("](../{link})"))
        })
}

fn is_elsewhere(link: &str) -> bool {
    link.contains("://") || link.starts_with('#') || link.starts_with("mailto:")
}

fn links(text: &str) -> BTreeSet<String> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.into_string())
            }
            _ => None,
        })
        .collect()
}

/// The anchors of a page, as mdBook and GitHub make them of headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let (mut found, mut heading) = (BTreeSet::new(), None::<String>);
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => found.extend(heading.take().map(|heading| {
                let kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
                heading.chars().filter(kept).collect::<String>().to_lowercase().replace(' ', "-")
            })),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    found
}

/// A path without `.` and `..`; `None` where it leaves the folder.
fn resolved(path: &Path) -> Option<PathBuf> {
    let mut resolved = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => resolved.pop().then_some(())?,
            Component::CurDir => {}
            part => resolved.push(part),
        }
    }
    Some(resolved)
}

/// The pages by hand, their links leading to the pages of the book, or to the repository.
fn by_hand(book: &mut Book, pages: &BTreeMap<PathBuf, String>) {
    let owner = read("packaging/owner");
    let repository = owner.lines().find_map(|line| line.strip_prefix("repository=")).unwrap();
    let repository =
        format!("{}/blob/v{}", repository.trim_matches('\''), env!("CARGO_PKG_VERSION"));
    book.chapter("isodoc");
    for path in BY_HAND {
        let mut text = read(path);
        for link in links(&text).iter().filter(|link| !is_elsewhere(link)) {
            let (file, anchor) = link.split_once('#').map_or((link.as_str(), ""), |(f, a)| (f, a));
            let from = Path::new(path).parent().unwrap();
            let file = resolved(&from.join(file)).unwrap_or_else(|| panic!("{path}: {link}"));
            assert!(root().join(&file).exists(), "{path}: {link} leads nowhere");
            let mut to = match pages.get(&file) {
                Some(page) => page.clone(),
                None => format!("{repository}/{}", file.display()),
            };
            if !anchor.is_empty() {
                to += &format!("#{anchor}");
            }
            text = text.replace(&format!("]({link})"), &format!("]({to})"));
        }
        let title = text.lines().next().unwrap().trim_start_matches("# ").to_owned();
        book.page(in_book(path), &title, text);
    }
}

/// The whole book.
fn book() -> Book {
    let list = common::json(&["rules", "--format", "json"]);
    let mut book = Book { contents: "# Summary\n".to_owned(), ..Book::default() };
    let mut pages: BTreeMap<PathBuf, String> =
        BY_HAND.iter().map(|path| (PathBuf::from(path), in_book(path))).collect();
    // The pages of rules and findings are linked to as the files that they are made of.
    for (folder, pages_of) in [("rules", "docs/rules.md"), ("findings", "docs/findings.md")] {
        for row in table(&read(pages_of), "| id |") {
            let (id, file) = row[0].trim_matches(['[', ')']).split_once("](").unwrap();
            let file = resolved(&Path::new("docs").join(file)).unwrap();
            pages.insert(file, format!("{folder}/{id}.md"));
        }
    }
    by_hand(&mut book, &pages);
    let mechanism = |entry: &Value| {
        let steps = entry["steps"].as_array().unwrap().iter().map(|step| {
            let step = step.as_str().unwrap();
            let said = list["steps"].as_array().unwrap().iter().find(|row| word(row, "id") == step);
            let said = said.unwrap_or_else(|| panic!("no step {step}"));
            let rules = said["rules"].as_array().unwrap().iter().map(|rule| rule.as_str().unwrap());
            let rules: Vec<String> =
                rules.map(|rule| format!("[{rule}](../rules/{rule}.md)")).collect();
            format!("| `{step}` | {} | {} |\n", word(said, "title"), rules.join(", "))
        });
        format!(
            "Its program is `{}`, asked about with `{}` unless other flags are given.\n\n\
             | step | what it is | refused by |\n| --- | --- | --- |\n{}",
            word(entry, "program"),
            word(entry, "flags"),
            steps.collect::<String>()
        )
    };
    book.of_list("mechanisms", &list["mechanisms"], mechanism);
    let lint = read("docs/lint.md");
    book.of_table("Dialects", "dialects", &table(&lint, "| input |"), "");
    let formats = read("docs/formats.md");
    book.of_table("Formats", "formats", &table(&formats, "| format |"), &formats);
    let told = |entry: &Value| format!("*{}*\n\n{}", word(entry, "title"), word(entry, "docs"));
    book.of_list("rules", &list["rules"], told);
    book.of_list("findings", &list["findings"], told);
    book
}

#[test]
fn every_page_is_made_and_every_link_leads_somewhere() {
    let book = book();
    for (name, text) in &book.pages {
        for link in links(text).iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').map_or((link.as_str(), ""), |(f, a)| (f, a));
            let to = Path::new(name).parent().unwrap().join(file);
            let to = if file.is_empty() { PathBuf::from(name) } else { resolved(&to).unwrap() };
            let page = book.pages.get(to.to_str().unwrap());
            let page = page.unwrap_or_else(|| panic!("{name}: {link} leads to no page"));
            assert!(
                anchor.is_empty() || anchors(page).contains(anchor),
                "{name}: {link} leads to no heading"
            );
        }
    }
    let dir = root().join("target/book/src");
    let _ = std::fs::remove_dir_all(&dir);
    let contents = [("SUMMARY.md".to_owned(), book.contents)];
    for (name, text) in book.pages.into_iter().chain(contents) {
        let file = dir.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
}

/// Each list of the program has its pages, and each page of a format its format.
#[test]
fn nothing_is_left_out() {
    let book = book();
    let list = common::json(&["rules", "--format", "json"]);
    for kind in ["rules", "findings", "mechanisms"] {
        for entry in list[kind].as_array().unwrap() {
            assert!(book.pages.contains_key(&format!("{kind}/{}.md", word(entry, "id"))));
        }
    }
    let (_, help, _) = common::said(&["check", "--help"]);
    let formats = help.split_once("The output format").unwrap().1;
    let formats = formats.split_once("Possible values:").unwrap().1;
    let formats = formats.split_once("[default").unwrap().0.lines();
    let formats: Vec<&str> = formats
        .filter_map(|line| line.trim().strip_prefix("- ")?.split_once(':'))
        .map(|(name, _)| name)
        .collect();
    assert!(formats.len() >= 8, "{formats:?}");
    for format in formats {
        assert!(book.pages.contains_key(&format!("formats/{format}.md")), "{format}");
    }
}
