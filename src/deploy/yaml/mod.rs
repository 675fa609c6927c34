//! YAML, within bounds: it is somebody else's file. [`tree`] has what a file says and where each
//! node stands, [`build`] makes it of the parser's events, [`flow`] reads what the parser alone
//! would refuse.

mod build;
mod data;
mod flow;
mod json;
pub(crate) mod patch;
mod query;
mod tree;

use std::borrow::Cow;
use std::rc::Rc;

use super::place::{BadInput, FileId, Lines, Place};
use build::Builder;
pub(crate) use data::{ADD_TO_IT, Data};
pub(crate) use json::{commented, strict, string, string_in};
pub(crate) use tree::{Node, Scalar, Value, is_radix};

/// The largest file that is read, in bytes.
pub(crate) const MOST_BYTES: usize = 16 << 20;
/// How often what the parser refuses is mended; more than once is seldom needed.
const MOST_MENDS: usize = 32;

/// Refuses a file that is larger than [`MOST_BYTES`], whatever its kind.
///
/// # Errors
/// When it is.
pub(crate) fn within_bounds(text: &str) -> Result<(), BadInput> {
    if text.len() > MOST_BYTES {
        Err(BadInput::whole(format!("larger than {} MiB", MOST_BYTES >> 20)))
    } else {
        Ok(())
    }
}

/// Every document of a file.
///
/// # Errors
/// When it is no YAML, has a key twice in one mapping, or goes beyond the bounds.
pub(crate) fn parse(file: FileId, text: &str) -> Result<Vec<Rc<Node>>, BadInput> {
    parse_part(file, text, (0, 0), false)
}

/// As [`parse`], for a part of a file: so many lines and bytes stand before it. Whether of two keys
/// of one name the last one wins, as for who reads the file with Ruby, or they are an error.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_part(
    file: FileId,
    text: &str,
    before: (usize, usize),
    last_wins: bool,
) -> Result<Vec<Rc<Node>>, BadInput> {
    within_bounds(text)?;
    let text = &*commented(text);
    let build = |lines: Lines<'_>, given: &str, mended| {
        Builder::new(lines.after(before.0, before.1), mended).last_wins(last_wins).run(given)
    };
    // A byte order mark is no content; the parser counts it as a character.
    let mut result = build(Lines::new(file, text), text, false);
    let mut given = Cow::Borrowed(text);
    // Each is a reading of the whole: a large file gets fewer.
    for _ in 0..MOST_MENDS.min(8 * MOST_BYTES / text.len().max(1)) {
        let Err(BadInput { place: Some(place), message, .. }) = &result else { break };
        let at = text.get(..place.start - before.1).map_or(0, |before| before.chars().count());
        let Some(mended) = flow::mended(&given, message, at) else { break };
        given = Cow::Owned(mended);
        result = build(Lines::counting(file, text), &given, true);
    }
    result
}

/// Every document of a text that is made of what stands at this place.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_at(place: Place, text: &str) -> Result<Vec<Rc<Node>>, BadInput> {
    within_bounds(text)?;
    Builder::new(Lines::made_of(place), false).run(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Rc<Node> {
        let mut documents = parse(0, text).unwrap();
        assert_eq!(documents.len(), 1);
        documents.remove(0)
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "# é\nservices:\n  web:\n    image: \"nginx\"\n    privileged: yes\n";
        let root = one(text);
        let web = root.get("services").unwrap().get("web").unwrap();
        let (key, value) = web.entry("privileged").unwrap();
        assert_eq!(
            (key.place.line, key.place.column, &text[value.place.start..value.place.end]),
            (5, 5, "yes")
        );
        assert_eq!(value.boolean(), Some(true));
        assert_eq!(web.get("image").unwrap().boolean(), None);
        assert_eq!(&text[web.place.start..web.place.end], "image: \"nginx\"\n    privileged: yes");
    }

    #[test]
    fn merged_keys_yield_to_own_ones() {
        let root = one("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  <<: [*a, *b]\n  x: 0\n");
        let c = root.get("c").unwrap();
        let text = |k: &str| c.get(k).and_then(|n| n.text().map(str::to_owned));
        assert_eq!(
            (text("x"), text("y"), text("z")),
            (Some("0".into()), Some("2".into()), Some("4".into()))
        );
        assert_eq!(c.entries().iter().map(|(k, ..)| *k).collect::<Vec<_>>(), ["x", "y", "z"]);
        assert!(root.get("c").unwrap().get("none").is_none());
        // Anchors stand within the place; what is in flow style ends with its bracket.
        let a = root.get("a").unwrap();
        let items = one("a:\n- [x]\n- {y: 1}\n");
        let items = items.get("a").unwrap();
        assert!(!items.flow && items.items().unwrap().iter().all(|item| item.flow));
        assert!(a.flow && a.place.end - a.place.start == "&a {x: 1, y: 2}".len());
    }

    #[test]
    fn a_key_given_twice_is_an_error_at_the_second() {
        let error = parse(0, "a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!(error.place.unwrap().line, 3);
        assert!(error.message.contains("\"a\" is given twice"), "{}", error.message);
        let root = &parse_part(0, "a: 1\nb: 2\na: 3\n", (0, 0), true).unwrap()[0];
        let all = root.entries();
        let all: Vec<_> = all.iter().map(|(key, _, value)| (*key, value.text())).collect();
        assert_eq!(all, [("b", Some("2")), ("a", Some("3"))]);
    }

    #[test]
    fn what_is_no_yaml_is_an_error_with_its_line() {
        let error = parse(0, "services:\n\tweb:\n").unwrap_err();
        assert_eq!(error.place.unwrap().line, 2);
        assert!(error.message.starts_with("not YAML"), "{}", error.message);
    }

    #[test]
    fn bombs_are_refused_within_bounds() {
        let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let items = vec![format!("*a{}", level - 1); 10].join(", ");
            laughs.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        let error = parse(0, &laughs).unwrap_err();
        assert!(error.message.contains("nodes once the aliases"), "{}", error.message);
        let deep = "[".repeat(20_000);
        assert!(parse(0, &deep).is_err());
        let block: String = (0..20_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
        assert!(parse(0, &block[..200_000]).is_err());
        assert!(parse(0, "a: &a [*a]\n").is_err());
        // Deep through aliases, each level of which is shallow.
        let mut chain = "a0: &a0 [x]\n".to_owned();
        for level in 1..60_000 {
            chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
        }
        let error = parse(0, &chain).unwrap_err();
        assert!(error.message.contains("deeper than 100 levels"), "{}", error.message);
    }

    #[test]
    fn comments_are_no_part_of_scalars_and_lists() {
        let text = "a: 'it''s' # 'x'\nb: \"\\\"\\\\\" # \"y\"\nc: [1] # z\nd: [\"e\"]\n";
        let root = one(text);
        let written =
            |key: &str| root.get(key).map(|node| &text[node.place.start..node.place.end]).unwrap();
        assert_eq!(
            (written("a"), written("b"), written("c"), written("d")),
            ("'it''s'", "\"\\\"\\\\\"", "[1]", "[\"e\"]")
        );
    }

    /// As compose files have them; Go's parser takes them.
    #[test]
    fn flow_collections_may_close_further_left() {
        let text =
            "s:\n  a:\n    c: [\n      \"x\", # é\n    ] # end\n    d: {\n  k: 1,\n}\n    e: yes\n";
        let root = one(text);
        let a = root.get("s").unwrap().get("a").unwrap();
        let e = a.get("e").unwrap();
        assert_eq!(
            (e.place.line, e.place.column, &text[e.place.start..e.place.end]),
            (9, 8, "yes")
        );
        let c = a.get("c").unwrap();
        assert_eq!(
            (c.items().unwrap().len(), &text[c.place.start..c.place.end]),
            (1, "[\n      \"x\", # é\n    ]")
        );
        assert_eq!(a.get("d").unwrap().get("k").unwrap().place.line, 7);
        assert!(parse(0, "a: {\n b: [\n]\n").is_err());
    }

    /// As Go's parsers and PyYAML read them.
    #[test]
    fn what_goes_on_too_far_left_is_read() {
        let lines: String = (0..100).map(|number| format!(" x{number}, # [\n")).collect();
        let cases = [
            ("s:\n  a: \"x\n y\"\n  b: z\n", "x y"),
            ("s:\n  a: 'it''s\n\n x' # c\n  b: z\n", "it's\nx"),
            ("s:\n  a: \"x \\\n y\"\n  b: \"z\"\n", "x y"),
            ("s:\r\n  a: \"x\\\r\n y\"\r\n  b: z\r\n", "xy"),
            ("s:\n  a: {k: \"x\n y\",\n k2: [\n z ]}\n  b: z\n", ""),
            ("s:\n  a: [\n  x\n  y,\n  z\n  ]\n  b: z\n", ""),
            (&format!("s:\n  a: [\n{lines} ]\n  b: z\n"), ""),
        ];
        for (text, says) in cases {
            let root = one(text);
            let s = root.get("s").unwrap();
            assert_eq!(s.get("a").unwrap().text().unwrap_or(""), says, "{text}");
            let b = s.get("b").unwrap();
            assert_eq!(&text[b.place.start..b.place.end].trim_matches('"'), &"z", "{text}");
            assert_eq!(b.place.line, text.lines().count(), "{text}");
        }
        let many: String = (0..20).map(|number| format!("- k{number}: \"x\ny\"\n")).collect();
        assert_eq!(one(&many).items().unwrap().len(), 20);
    }

    #[test]
    fn documents_are_apart() {
        let documents = parse(0, "a: &x 1\n---\nb: 2\n").unwrap();
        assert_eq!(documents.len(), 2);
        assert!(parse(0, "a: &x 1\n---\nb: *x\n").is_err());
        assert!(parse(0, "").unwrap().is_empty());
        assert_eq!(parse(0, "\u{feff}a: 1\n").unwrap()[0].get("a").unwrap().place.start, 6);
    }
}
