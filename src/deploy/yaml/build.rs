//! The parser's events to a tree.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::flow::{DASH_STANDS_AS, end_of_quoted};
use super::tree::{Node, Scalar, Value};
use crate::deploy::place::{BadInput, Lines, Place};

/// How deep nodes may be nested.
pub(super) const MOST_DEPTH: usize = 100;
/// How many nodes a file may have once its aliases are followed: a small file can say "a billion
/// laughs".
const MOST_NODES: usize = 2_000_000;

/// A list or mapping whose end has not been met.
struct Open {
    place: Place,
    body: usize,
    tag: Option<String>,
    anchor: usize,
    map: bool,
    flow: bool,
    children: Vec<Rc<Node>>,
}

pub(super) struct Builder<'a> {
    lines: Lines<'a>,
    mended: bool,
    documents: Vec<Rc<Node>>,
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    last_wins: bool,
}

impl<'a> Builder<'a> {
    /// `mended` is said where the parser is given another text than that of the lines.
    pub(super) fn new(lines: Lines<'a>, mended: bool) -> Self {
        let (documents, open, anchors) = (vec![], vec![], HashMap::new());
        Self { lines, mended, documents, open, anchors, last_wins: false }
    }

    /// The same, where of two keys of one name in a mapping the last one counts or neither does.
    pub(super) fn last_wins(self, last_wins: bool) -> Self {
        Self { last_wins, ..self }
    }

    /// The documents of a text; `lines` say where in the file its characters stand.
    pub(super) fn run(mut self, given: &str) -> Result<Vec<Rc<Node>>, BadInput> {
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
        let local = |tag: Option<Cow<'_, saphyr_parser::Tag>>| tag.map(|t| t.suffix.clone());
        match event {
            Event::Scalar(mut value, style, anchor, tag) => {
                let tag = local(tag);
                let body = if is_block(style) { place.start } else { self.body(place) };
                if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
                    // The parser counts the comment that follows as part of it.
                    let most = place.end.saturating_sub(body);
                    let written = self.lines.rest(body).get(..most).unwrap_or_default();
                    let written = end_of_quoted(written).and_then(|end| written.get(..end));
                    if let Some(written) = written {
                        place.end = body + written.len();
                        // What was put on one line says what it said on several.
                        if self.mended && written.contains('\n') {
                            value = folded(written).map_or(value, Cow::Owned);
                        }
                    }
                }
                if self.mended && value == DASH_STANDS_AS && self.lines.rest(body).starts_with('-')
                {
                    value = Cow::Borrowed("-");
                }
                let plain = style == ScalarStyle::Plain && tag.as_deref() != Some("str");
                let value = Value::Scalar(Scalar { text: value.into_owned(), plain, style });
                let shared = Cell::new(false);
                let node =
                    Node { place, value, tag, flow: false, body, shared, nodes: 1, depth: 1 };
                self.done(node, anchor)
            }
            Event::SequenceStart(anchor, tag) => self.begin(place, local(tag), anchor, false),
            Event::MappingStart(anchor, tag) => self.begin(place, local(tag), anchor, true),
            Event::SequenceEnd | Event::MappingEnd => self.end(place),
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => {
                    let node = Rc::clone(node);
                    node.shared.set(true);
                    self.add(node)
                }
                None => Err(BadInput::at(place, "this alias refers to a node that contains it")),
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
        let body = self.body(place);
        let rest = self.lines.rest(body);
        let flow = rest.starts_with(if map { '{' } else { '[' });
        self.open.push(Open { place, body, tag, anchor, map, flow, children: vec![] });
        Ok(())
    }

    /// Where a node begins after its anchor and tag, which count as part of it.
    fn body(&self, place: Place) -> usize {
        let all = self.lines.rest(place.start);
        let mut rest = all;
        while rest.starts_with(['&', '!']) {
            rest = rest
                .trim_start_matches(|c: char| !c.is_whitespace())
                .trim_start_matches([' ', '\t']);
        }
        place.start + all.len() - rest.len()
    }

    /// The first dash of a list in block style. The parser places a list that is not indented from
    /// its key after the dash, and one with an anchor or a tag before it.
    fn dash(&self, start: usize) -> usize {
        let mut at = start;
        loop {
            let rest = self.lines.rest(at);
            let content = rest.trim_start();
            at += rest.len() - content.len();
            match content.find('\n') {
                Some(newline) if content.starts_with('#') => at += newline,
                _ => break,
            }
        }
        let is_dash = |text: &str| {
            text.strip_prefix('-').is_some_and(|rest| rest.starts_with([' ', '\n', '\r']))
        };
        if is_dash(self.lines.rest(at)) {
            return at;
        }
        let before = self.lines.until(start);
        let dash = before.trim_end().strip_suffix('-');
        start - dash.map_or(0, |margin| before.len() - margin.len())
    }

    fn end(&mut self, end: Place) -> Result<(), BadInput> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let Open { mut place, body, tag, anchor, map, flow, children } = open;
        // A block list that is not indented from its key begins with its first item, after the
        // dash.
        let flow = flow && children.first().is_none_or(|first| first.place.start != place.start);
        let body = match children.first() {
            _ if flow => body,
            Some(first) if map => first.place.start,
            _ => self.dash(body),
        };
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
            let why =
                format!("nested deeper than {MOST_DEPTH} levels once the aliases are followed");
            return Err(BadInput::at(place, why));
        }
        let value = if map {
            let mut children = children.into_iter();
            let mut entries = vec![];
            let mut keys = HashMap::new();
            while let (Some(key), Some(value)) = (children.next(), children.next()) {
                if let Value::Scalar(Scalar { text, .. }) = &key.value
                    && let Some(known) = keys.insert(text.clone(), entries.len())
                {
                    if !self.last_wins {
                        let why = format!("the key {text:?} is given twice");
                        return Err(BadInput::at(key.place, why));
                    }
                    entries.get_mut(known).and_then(Option::take);
                }
                entries.push(Some((key, value)));
            }
            Value::Map(entries.into_iter().flatten().collect())
        } else {
            Value::List(children)
        };
        let shared = Cell::new(false);
        self.done(Node { place, value, tag, flow, body, shared, nodes, depth }, anchor)
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
            let why = format!("more than {MOST_NODES} nodes once the aliases are followed");
            return Err(BadInput::at(node.place, why));
        }
        match self.open.last_mut() {
            Some(open) => open.children.push(node),
            None => self.documents.push(node),
        }
        Ok(())
    }
}

/// What a quoted scalar says, where it stands alone.
fn folded(written: &str) -> Option<String> {
    Parser::new_from_str(written).find_map(|event| match event {
        Ok((Event::Scalar(text, ..), _)) => Some(Some(text.into_owned())),
        Ok(_) => None,
        Err(_) => Some(None),
    })?
}

/// Whether a scalar is in block style, `|` or `>`.
pub(super) fn is_block(style: ScalarStyle) -> bool {
    matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
}
