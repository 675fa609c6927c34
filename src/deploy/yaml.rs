//! YAML to a tree that knows where each node stands, within bounds: it is somebody else's file.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::place::{At, BadInput, FileId, Lines, Place};

/// The largest file that is read, in bytes.
pub(crate) const MOST_BYTES: usize = 16 << 20;
/// How deep nodes may stand in each other.
const MOST_DEPTH: usize = 100;
/// How many nodes a file may have once its aliases are followed: a small file can say "a billion
/// laughs".
const MOST_NODES: usize = 2_000_000;

/// How often a text is read again with a line break less.
const MOST_JOINS: usize = 8;
/// What the parser says of a flow collection that goes on too far left.
const TOO_FAR_LEFT: &str = "invalid indentation";
/// What the parser says of a tab between a key's colon and its value, which YAML allows (1.2.2,
/// 6.2) and Go's parsers take.
const TAB_AFTER_COLON: &str = "':' must be followed by a valid YAML whitespace";

/// A node of a document.
#[derive(Debug)]
pub(crate) struct Node {
    /// Where it stands; what an alias leads to stands at its anchor.
    pub place: Place,
    /// What it is.
    pub value: Value,
    /// Its local tag, e.g. `!reset` of compose files, without the `!`.
    pub tag: Option<String>,
    /// Whether it is written in flow style, `{...}` or `[...]`.
    pub flow: bool,
    /// How many nodes it has, itself among them, aliases followed.
    nodes: usize,
    /// How deep it is, aliases followed.
    depth: usize,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum Value {
    /// A scalar.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Rc<Node>>),
    /// A mapping, in the order of the file; `<<` is a key like any other here.
    Map(Vec<(Rc<Node>, Rc<Node>)>),
}

/// A scalar as it is written.
#[derive(Debug)]
pub(crate) struct Scalar {
    /// Its text, escapes undone.
    pub text: String,
    /// Whether it is neither quoted nor a block: only then can it be anything but a string.
    pub plain: bool,
}

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
    parse_part(file, text, (0, 0))
}

/// As [`parse`], for a part of a file: so many lines and bytes stand before it.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_part(
    file: FileId,
    text: &str,
    before: (usize, usize),
) -> Result<Vec<Rc<Node>>, BadInput> {
    within_bounds(text)?;
    // A byte order mark is no content; the parser counts it as a character.
    let build = |lines: Lines<'_>, given: &str| {
        let lines = lines.after(before.0, before.1);
        Builder { lines, documents: vec![], open: vec![], anchors: HashMap::new() }.run(given)
    };
    let mut result = build(Lines::new(file, text), text);
    let mut given = String::new();
    if let Err(BadInput { message, .. }) = &result
        && message.ends_with(TAB_AFTER_COLON)
    {
        // As many characters as before, so that places stay what they are.
        given = super::indent::untabbed(text);
        result = build(Lines::new(file, text), &given);
    }
    // Each round takes another line break out; more than one is seldom needed.
    for _ in 0..MOST_JOINS {
        let Err(BadInput { place: Some(place), message }) = &result else { break };
        if !message.ends_with(TOO_FAR_LEFT) {
            break;
        }
        let at = text.get(..place.start - before.1).map_or(0, |before| before.chars().count());
        let Some(joined) = super::indent::joined(if given.is_empty() { text } else { &given }, at)
        else {
            break;
        };
        given = joined;
        result = build(Lines::counting(file, text), &given);
    }
    result
}

/// A list or mapping whose end has not been met.
struct Open {
    place: Place,
    tag: Option<String>,
    anchor: usize,
    map: bool,
    flow: bool,
    children: Vec<Rc<Node>>,
}

struct Builder<'a> {
    lines: Lines<'a>,
    documents: Vec<Rc<Node>>,
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
}

impl Builder<'_> {
    fn run(mut self, given: &str) -> Result<Vec<Rc<Node>>, BadInput> {
        for event in Parser::new_from_str(given) {
            let (event, span) = event.map_err(|e| {
                let mark = e.marker();
                let place =
                    self.lines.place(mark.line(), mark.col() + 1, mark.index()..mark.index());
                BadInput::at(place, format!("not YAML: {}", e.info()))
            })?;
            self.event(event, span)?;
        }
        Ok(self.documents)
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), BadInput> {
        let mut place = self.lines.place(
            span.start.line(),
            span.start.col() + 1,
            span.start.index()..span.end.index(),
        );
        let local =
            |tag: Option<std::borrow::Cow<'_, saphyr_parser::Tag>>| tag.map(|t| t.suffix.clone());
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let tag = local(tag);
                if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
                    place.end = end_of_quoted(self.lines.rest(place.start), place);
                }
                let plain = style == ScalarStyle::Plain && tag.as_deref() != Some("str");
                let value = Value::Scalar(Scalar { text: value.into_owned(), plain });
                self.done(Node { place, value, tag, flow: false, nodes: 1, depth: 1 }, anchor)
            }
            Event::SequenceStart(anchor, tag) => self.begin(place, local(tag), anchor, false),
            Event::MappingStart(anchor, tag) => self.begin(place, local(tag), anchor, true),
            Event::SequenceEnd | Event::MappingEnd => self.end(place),
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => {
                    let node = Rc::clone(node);
                    self.add(node)
                }
                None => Err(BadInput::at(place, "this alias leads to the node it stands in")),
            },
            Event::DocumentStart(_) => {
                self.anchors.clear();
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(
        &mut self,
        place: Place,
        tag: Option<String>,
        anchor: usize,
        map: bool,
    ) -> Result<(), BadInput> {
        if self.open.len() >= MOST_DEPTH {
            return Err(BadInput::at(place, format!("nested deeper than {MOST_DEPTH} levels")));
        }
        // An anchor and a tag count as part of the node.
        let mut rest = self.lines.rest(place.start);
        while rest.starts_with(['&', '!']) {
            rest = rest
                .trim_start_matches(|c: char| !c.is_whitespace())
                .trim_start_matches([' ', '\t']);
        }
        let flow = rest.starts_with(if map { '{' } else { '[' });
        self.open.push(Open { place, tag, anchor, map, flow, children: vec![] });
        Ok(())
    }

    fn end(&mut self, end: Place) -> Result<(), BadInput> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let Open { mut place, tag, anchor, map, flow, children } = open;
        // A block list that does not stand in from its key begins with its first item, after the
        // dash.
        let flow = flow && children.first().is_none_or(|first| first.place.start > place.start);
        // A block ends where its last child does; what the parser calls its end is the next token.
        // Of a bracket's token the parser counts the comment that follows as part.
        place.end = if flow {
            end.end.min(end.start + 1)
        } else {
            children.last().map_or(end.start, |last| last.place.end)
        }
        .max(place.start);
        let nodes = children.iter().fold(1, |sum: usize, child| sum.saturating_add(child.nodes));
        // Each alias may lead as deep again as nodes may stand.
        let depth = 1 + children.iter().map(|child| child.depth).max().unwrap_or(0);
        if depth > MOST_DEPTH {
            return Err(BadInput::at(
                place,
                format!("nested deeper than {MOST_DEPTH} levels once the aliases are followed"),
            ));
        }
        let value = if map {
            let mut children = children.into_iter();
            let mut entries = vec![];
            let mut keys = HashSet::new();
            while let (Some(key), Some(value)) = (children.next(), children.next()) {
                if let Value::Scalar(Scalar { text, .. }) = &key.value
                    && !keys.insert(text.clone())
                {
                    return Err(BadInput::at(
                        key.place,
                        format!("the key {text:?} is given twice"),
                    ));
                }
                entries.push((key, value));
            }
            Value::Map(entries)
        } else {
            Value::List(children)
        };
        self.done(Node { place, value, tag, flow, nodes, depth }, anchor)
    }

    fn done(&mut self, node: Node, anchor: usize) -> Result<(), BadInput> {
        let node = Rc::new(node);
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.add(node)
    }

    fn add(&mut self, node: Rc<Node>) -> Result<(), BadInput> {
        if node.nodes > MOST_NODES {
            return Err(BadInput::at(
                node.place,
                format!("more than {MOST_NODES} nodes once the aliases are followed"),
            ));
        }
        match self.open.last_mut() {
            Some(open) => open.children.push(node),
            None => self.documents.push(node),
        }
        Ok(())
    }
}

/// Where a quoted scalar ends: the parser counts the comment that follows it as part.
fn end_of_quoted(rest: &str, place: Place) -> usize {
    let Some(written) = rest.as_bytes().get(..place.end - place.start) else { return place.end };
    let Some((&quote, inner)) = written.split_first() else { return place.end };
    let mut bytes = inner.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match *byte {
            b'\\' if quote == b'"' => _ = bytes.next(),
            b if b == quote && quote == b'\'' && inner.get(at + 1) == Some(&quote) => {
                _ = bytes.next()
            }
            b if b == quote => return place.start + at + 2,
            _ => {}
        }
    }
    place.end
}

impl Node {
    /// Its entries, those that `<<` merges in last, each key once
    /// (<https://yaml.org/type/merge.html>).
    #[must_use]
    pub(crate) fn entries(&self) -> Vec<(&str, &Node, &Rc<Node>)> {
        let Value::Map(own) = &self.value else { return vec![] };
        let mut all = Vec::with_capacity(own.len());
        all.extend(own.iter().filter_map(|(key, value)| {
            key.text().filter(|name| *name != "<<").map(|name| (name, &**key, value))
        }));
        // Keys are not given twice in one mapping; those of others may be.
        if all.len() < own.len() {
            let mut known: HashSet<&str> = all.iter().map(|(name, ..)| *name).collect();
            self.merged(&mut all, &mut known, 0);
        }
        all
    }

    /// Adds what `<<` merges in.
    fn merged<'n>(
        &'n self,
        all: &mut Vec<(&'n str, &'n Node, &'n Rc<Node>)>,
        known: &mut HashSet<&'n str>,
        depth: usize,
    ) {
        let Value::Map(entries) = &self.value else { return };
        if depth > 0 {
            for (key, value) in entries {
                if let Some(name) = key.text().filter(|name| *name != "<<")
                    && known.insert(name)
                {
                    all.push((name, key, value));
                }
            }
        }
        for (_, merged) in
            entries.iter().filter(|(key, _)| key.text() == Some("<<") && depth < MOST_DEPTH)
        {
            match &merged.value {
                Value::List(maps) => maps.iter().for_each(|map| map.merged(all, known, depth + 1)),
                _ => merged.merged(all, known, depth + 1),
            }
        }
    }

    /// The value of a key, merged ones too; `None` where it is absent or null.
    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<&Rc<Node>> {
        self.find(name, 0).map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// The key itself and its value, null or not.
    #[must_use]
    pub(crate) fn entry(&self, name: &str) -> Option<(&Rc<Node>, &Rc<Node>)> {
        self.find(name, 0)
    }

    fn find(&self, name: &str, depth: usize) -> Option<(&Rc<Node>, &Rc<Node>)> {
        let Value::Map(entries) = &self.value else { return None };
        let own = entries.iter().find(|(key, _)| key.text() == Some(name));
        own.map(|(key, value)| (key, value)).or_else(|| {
            let merged =
                entries.iter().filter(|(key, _)| key.text() == Some("<<") && depth < MOST_DEPTH);
            merged.into_iter().find_map(|(_, merged)| match &merged.value {
                Value::List(maps) => maps.iter().find_map(|map| map.find(name, depth + 1)),
                _ => merged.find(name, depth + 1),
            })
        })
    }

    /// Whether it is a mapping.
    #[must_use]
    pub(crate) fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// Its items, where it is a list.
    #[must_use]
    pub(crate) fn items(&self) -> Option<&[Rc<Node>]> {
        if let Value::List(items) = &self.value { Some(items) } else { None }
    }

    /// Its text, where it is a scalar.
    #[must_use]
    pub(crate) fn text(&self) -> Option<&str> {
        if let Value::Scalar(scalar) = &self.value { Some(&scalar.text) } else { None }
    }

    /// Whether it is null (YAML 1.2, 10.2.1.1).
    #[must_use]
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(Scalar { text, plain: true }) if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Its truth value as Go's parsers read it (YAML 1.1 words among them), which compose and
    /// Kubernetes use.
    #[must_use]
    pub(crate) fn boolean(&self) -> Option<bool> {
        let Value::Scalar(Scalar { text, plain: true }) = &self.value else { return None };
        match text.as_str() {
            "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
                Some(true)
            }
            "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n"
            | "N" => Some(false),
            _ => None,
        }
    }

    /// What kind of node it is, in a word for messages.
    #[must_use]
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Map(_) => "a mapping",
            Value::List(_) => "a list",
            Value::Scalar(_) if self.is_null() => "null",
            Value::Scalar(Scalar { plain: false, .. }) => "a string",
            Value::Scalar(_) if self.boolean().is_some() => "a boolean",
            // Rust takes words such as `nan` for numbers; YAML does not.
            Value::Scalar(Scalar { text, .. })
                if text.contains(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok() =>
            {
                "a number"
            }
            Value::Scalar(Scalar { text, .. }) if is_radix(text) => "a number",
            Value::Scalar(_) => "a string",
        }
    }

    /// Its text and place.
    ///
    /// # Errors
    /// When it is no scalar.
    pub(crate) fn string(&self, what: &str) -> Result<At<&str>, BadInput> {
        self.text()
            .map(|text| At::new(text, self.place))
            .ok_or_else(|| self.wrong(what, "a string"))
    }

    /// The error of a node of the wrong type.
    #[must_use]
    pub(crate) fn wrong(&self, what: &str, expected: &str) -> BadInput {
        BadInput::at(self.place, format!("{what} is {}, not {expected}", self.kind()))
    }
}

/// Whether a plain scalar is a whole number in another radix than ten (YAML 1.2, 10.3.2; Go's
/// parsers take `0b` too).
#[must_use]
pub(crate) fn is_radix(text: &str) -> bool {
    let of = |prefix: &str, radix| {
        text.strip_prefix(prefix).is_some_and(|digits| u64::from_str_radix(digits, radix).is_ok())
    };
    of("0x", 16) || of("0o", 8) || of("0b", 2)
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

    #[test]
    fn documents_are_apart() {
        let documents = parse(0, "a: &x 1\n---\nb: 2\n").unwrap();
        assert_eq!(documents.len(), 2);
        assert!(parse(0, "a: &x 1\n---\nb: *x\n").is_err());
        assert!(parse(0, "").unwrap().is_empty());
        assert_eq!(parse(0, "\u{feff}a: 1\n").unwrap()[0].get("a").unwrap().place.start, 6);
    }
}
