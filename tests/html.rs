//! The pages of `--format html`, held by a reader of XML: self-contained, headings in order, tables
//! whose heads say what they head, links that lead somewhere, colours of enough contrast.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on has failed"
)]
#![cfg(unix)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{CAPTURES, capture, directory, isodoc, parts, said};
use roxmltree::{Document, Node, ParsingOptions};

fn parse(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..Default::default() };
    Document::parse_with_options(page, options).unwrap_or_else(|why| panic!("{why}\n{page}"))
}

fn all<'a>(document: &'a Document<'a>, tag: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(move |node| node.has_tag_name(tag))
}

fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter(|n| n.is_text()).filter_map(|n| n.text()).collect()
}

/// What has to hold of every page.
fn holds(page: &str) {
    assert!(
        page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>")
    );
    let document = parse(page);
    let ids: BTreeSet<_> = document.descendants().filter_map(|n| n.attribute("id")).collect();
    let mut level = 0;
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        assert!(!["script", "link", "img", "iframe", "object", "form"].contains(&name), "{node:?}");
        for attribute in node.attributes() {
            let (key, value) = (attribute.name(), attribute.value());
            assert!(!key.starts_with("on") && !["src", "style"].contains(&key), "{node:?}");
            let within = value.strip_prefix('#').is_some_and(|id| ids.contains(id));
            assert!(key != "href" || within, "{node:?}");
        }
        // Headings go down by one.
        if let Some(deep) = name.strip_prefix('h').and_then(|n| n.parse::<u32>().ok()) {
            assert!(deep <= level + 1, "h{deep} after h{level}: {}", text(node));
            assert!(!text(node).trim().is_empty());
            level = deep;
        }
        if name == "th" {
            let of = if node.ancestors().any(|n| n.has_tag_name("thead")) { "col" } else { "row" };
            assert_eq!(node.attribute("scope"), Some(of));
        }
        if name == "dl" {
            let first = node.first_element_child();
            assert!(first.is_none_or(|n| n.has_tag_name("dt")), "{page}");
        }
    }
    for one in ["main", "h1", "title", "style"] {
        assert_eq!(all(&document, one).count(), 1, "{one}");
    }
    let policy = all(&document, "meta").find(|n| n.attribute("http-equiv").is_some()).unwrap();
    let policy = policy.attribute("content").unwrap();
    assert_eq!(policy, "default-src 'none'; style-src 'unsafe-inline'");
    assert!(!page.contains("://"), "it names no other place");
}

fn checked(name: &str) -> (i32, String) {
    let path = capture(name);
    let args = ["check", "--format", "html", "--snapshot", path.to_str().unwrap()];
    let more = ["--require", "unshare", "--require", "mount-proc"];
    let (code, page, err) = said(&[&args[..], &more].concat());
    assert_eq!(err, "");
    (code, page)
}

#[test]
fn a_page_says_the_verdict_the_cause_and_what_helps() {
    for (name, verdict, cause, code) in CAPTURES {
        let (got, page) = checked(name);
        assert_eq!(got, *code, "{name}");
        holds(&page);
        let document = parse(&page);
        let answer = text(all(&document, "h1").next().unwrap());
        let said = if *verdict == "supported" { " here" } else { "not work here: " };
        assert!(answer.contains(said), "{name}: {answer}");
        assert_eq!(all(&document, "section").count() > 0, cause.is_some(), "{name}");
        if let Some(cause) = cause {
            assert!(answer.ends_with(&format!(" [{cause}]")), "{name}: {answer}");
        }
    }
    // The blocks of commands are those of the report, in its order.
    let (_, page) = checked("max-user-namespaces-zero");
    let report = common::report("max-user-namespaces-zero", &[]);
    let commands = &report["mechanisms"][0]["remedies"][0]["commands"];
    let lines: Vec<&str> =
        commands.as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
    let document = parse(&page);
    let first = all(&document, "pre").next().unwrap();
    let (command, note) = lines[0].split_once("    # ").unwrap_or((lines[0], ""));
    assert!(text(first).contains(command) && text(first).contains(note), "{lines:?}\n{page}");
}

#[test]
fn a_page_of_files_marks_what_decides() {
    let dir = directory("html-lint");
    let compose = "services:\n  web:\n    image: a\n    environment:\n      TOKEN: not-for-others\n    \
        command: unshare -Ur --pid --fork --mount-proc true\n    cap_drop: [ALL]\n";
    std::fs::write(dir.join("compose.yml"), compose).unwrap();
    std::fs::write(dir.join("broken.yml"), "services: {a: {cap_add: [x]}\n").unwrap();
    let mut command = isodoc(&["lint", "--assume", "ubuntu-24.04", "--format", "html"]);
    let output = command.args(["compose.yml", "broken.yml"]).current_dir(&dir).output().unwrap();
    let (code, page, err) = parts(output);
    assert_eq!((code, err.as_str()), (2, ""));
    holds(&page);
    let document = parse(&page);
    let titles: Vec<String> = all(&document, "h2").map(text).collect();
    assert_eq!(titles, ["What was asked", "compose.yml", "broken.yml"]);
    let rows = all(&document, "tbody").flat_map(|body| body.children().filter(Node::is_element));
    assert_eq!(rows.count(), 1);
    assert!(all(&document, "figure").count() >= 2, "{page}");
    assert!(!page.contains("not-for-others"), "a line that decides nothing is nobody's business");
    // With the whole of Docker's default profile nothing else is wrong than what the file says.
    assert!(all(&document, "b").any(|number| text(number).trim() == "2 |"), "{page}");
}

/// The relative luminance of a colour (WCAG 2.2).
fn luminance(colour: &str) -> f64 {
    let hex = colour.strip_prefix('#').unwrap();
    let hex =
        if hex.len() == 3 { hex.chars().flat_map(|c| [c, c]).collect() } else { hex.to_owned() };
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

#[test]
fn both_schemes_have_contrast() {
    let (_, page) = checked("host-root");
    let schemes: Vec<BTreeMap<&str, &str>> = page
        .split(":root{")
        .skip(1)
        .map(|rest| {
            let pairs = rest.split('}').next().unwrap().split(';');
            pairs.filter_map(|pair| pair.trim().strip_prefix("--")?.split_once(':')).collect()
        })
        .collect();
    assert_eq!(schemes.len(), 2);
    for scheme in schemes {
        let contrast = |one: &str, other: &str| {
            let (a, b) = (luminance(scheme[one]), luminance(scheme[other]));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        };
        for ink in ["ink", "soft", "good", "bad", "warn", "link"] {
            for ground in ["paper", "box"] {
                let got = contrast(ink, ground);
                assert!(got >= 4.5, "{ink} on {ground}: {got}");
            }
        }
        assert!(contrast("ink", "mark") >= 4.5);
    }
}
