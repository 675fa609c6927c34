//! The code blocks of a Markdown file (CommonMark 4.4, 4.5) and of reStructuredText, and the
//! command lines and deployment files in them.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::embedded::Embedded;
use super::has_extension;
use super::reader::Reader;
use super::transcript::{self, Shell, Transcript};
use crate::deploy::place::Index;
use crate::deploy::read::{Deployment, Surroundings};
use crate::findings::catalogue;

/// A code block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The first word of its info string, in small letters; empty where there is none.
    pub language: String,
    /// Its lines as bytes of the file, without what the surrounding list or quotation puts before
    /// them, and without the ends of line.
    pub lines: Vec<Range<usize>>,
}

/// Whether a text is Markdown: it has a fenced block; the ending of the name decides where it has
/// none.
#[must_use]
pub(crate) fn recognises(path: &str, text: &str) -> bool {
    !text.starts_with("#!")
        && !has_extension(path, super::SCRIPTS)
        && (is_named(path) || text.lines().any(|line| fence(line).is_some()))
}

/// Whether the name of a file says that it is a document.
pub(super) fn is_named(path: &str) -> bool {
    has_extension(path, &["md", "markdown", "mdown", "mdx", "mkd", "rst"])
}

/// Whether one of the blocks looks like a deployment file.
pub(super) fn has_manifest(text: &str) -> bool {
    blocks(text).iter().any(|block| block.embedded(text).looks_deployed(Some(&block.language)))
}

impl Block {
    /// What it may be as a file of its own.
    fn embedded<'t>(&'t self, around: &'t str) -> Embedded<'t> {
        Embedded { around, lines: self.lines.clone(), said: &self.language, is_shown: true }
    }
}

/// A line that opens a fenced block: the fence, and where the info string begins.
struct Fence<'a> {
    /// How many bytes stand before it.
    indent: usize,
    /// How many `>` stand before it.
    quotes: usize,
    mark: u8,
    length: usize,
    info: &'a str,
}

impl Fence<'_> {
    /// Whether this line closes the block that another opened.
    fn closes(&self, opened: &Self) -> bool {
        self.mark == opened.mark && self.length >= opened.length && self.info.is_empty()
    }
}

fn fence(line: &str) -> Option<Fence<'_>> {
    let bytes = line.as_bytes();
    let (mut at, mut quotes) = (0, 0);
    loop {
        match bytes.get(at)? {
            b' ' | b'\t' => at += 1,
            b'>' => (at, quotes) = (at + 1, quotes + 1),
            // The first line of a list item.
            b'-' | b'*' | b'+' if bytes.get(at + 1) == Some(&b' ') => at += 2,
            b'0'..=b'9' => {
                let digits = bytes.get(at..)?.iter().take_while(|b| b.is_ascii_digit()).count();
                if digits > 9
                    || !matches!(bytes.get(at + digits), Some(b'.' | b')'))
                    || bytes.get(at + digits + 1) != Some(&b' ')
                {
                    return None;
                }
                at += digits + 2;
            }
            _ => break,
        }
    }
    let mark = *bytes.get(at).filter(|b| matches!(b, b'`' | b'~'))?;
    let length = bytes.get(at..)?.iter().take_while(|b| **b == mark).count();
    let info = line.get(at + length..)?.trim();
    let is_fence = length >= 3 && !(mark == b'`' && info.contains('`'));
    is_fence.then_some(Fence { indent: at, quotes, mark, length, info })
}

/// The code blocks of a text, fenced and indented, in their order.
///
/// Fences are found line by line: pasted output that is not indented ends the list around its
/// fence, and by CommonMark the rest of such a file is code where it should be prose, and the other
/// way round. Which indented lines are code depends on all that is around them: pulldown-cmark
/// knows.
#[must_use]
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let (mut blocks, mut inside) = fenced(text);
    for mut more in [directives(text), indented(text)] {
        more.retain(|block| {
            let within = |line: &Range<usize>| {
                inside.iter().any(|range| line.start < range.end && range.start < line.end)
            };
            !block.lines.iter().any(within)
        });
        inside.extend(more.iter().flat_map(|block| block.lines.iter().cloned()));
        blocks.extend(more);
    }
    blocks.sort_by_key(|block| block.lines.first().map(|line| line.start));
    blocks
}

/// The fenced blocks, and the bytes from each fence to the one that closes it.
fn fenced(text: &str) -> (Vec<Block>, Vec<Range<usize>>) {
    let (mut blocks, mut inside) = (vec![], vec![]);
    let mut open: Option<(Fence<'_>, Block, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let begin = at;
        at += line.len();
        let line = line.trim_end_matches(['\r', '\n']);
        match (&mut open, fence(line)) {
            (Some((opened, ..)), Some(fence)) if fence.closes(opened) => {
                if let Some((_, block, start)) = open.take() {
                    blocks.push(block);
                    inside.push(start..at);
                }
            }
            (Some((opened, block, _)), _) => {
                let skip = prefix(line, opened);
                block.lines.push(begin + skip..begin + line.len());
            }
            (None, Some(fence)) => {
                let block = Block { language: language(fence.info), lines: vec![] };
                open = Some((fence, block, begin));
            }
            (None, None) => {}
        }
    }
    if let Some((_, block, start)) = open {
        blocks.push(block);
        inside.push(start..at);
    }
    (blocks, inside)
}

/// The blocks of reStructuredText: what is indented below `.. code-block:: bash`, and below a line
/// that ends with `::`.
fn directives(text: &str) -> Vec<Block> {
    let mut blocks = vec![];
    // The block that is open, the indent of the line before it, and that of its first line.
    let mut open: Option<(Block, usize, Option<usize>)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (begin, content) = (at, line.trim());
        at += line.len();
        let indent = line.len() - line.trim_start().len();
        if content.is_empty() {
            continue;
        }
        if let Some((block, around, own)) = &mut open
            && indent > *around
        {
            // Before the first line: an option, `:linenos:`.
            if own.is_some() || !content.starts_with(':') {
                let own = *own.get_or_insert(indent);
                block.lines.push(begin + own.min(indent)..begin + line.trim_end().len());
            }
            continue;
        }
        blocks.extend(open.take().map(|(block, ..)| block));
        open = opened(content).map(|language| (Block { language, lines: vec![] }, indent, None));
    }
    blocks.extend(open.map(|(block, ..)| block));
    blocks.retain(|block| !block.lines.is_empty());
    blocks
}

/// The language of the block that a line opens in reStructuredText.
fn opened(line: &str) -> Option<String> {
    let Some((name, argument)) = line.strip_prefix(".. ").and_then(|rest| rest.split_once("::"))
    else {
        return (line.ends_with("::") && !line.starts_with("..")).then(String::new);
    };
    ["code-block", "code", "sourcecode", "prompt"]
        .contains(&name)
        .then(|| language(argument.trim()))
}

/// The first word of an info string (`yaml title=x`, `{.yaml}`), in small letters; that behind the
/// directive of MyST (`{code-block} yaml`).
fn language(info: &str) -> String {
    let directive = info.strip_prefix("{code-block}").or_else(|| info.strip_prefix("{code}"));
    let info = directive.unwrap_or(info).trim_start_matches(['{', '.', ' ']);
    let in_word = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | '+');
    info.chars().take_while(in_word).collect::<String>().to_ascii_lowercase()
}

/// The indented blocks, and commands in a line of prose.
fn indented(text: &str) -> Vec<Block> {
    let mut blocks = vec![];
    let mut open: Option<Block> = None;
    let mut is_prose = false;
    let mut paragraph = 0..0;
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::Paragraph | Tag::Item | Tag::TableCell) => paragraph = range,
            Event::Code(code) if transcript::is_ours(&code) => {
                let around = text.get(paragraph.clone()).unwrap_or("");
                let own = text.get(range.clone()).unwrap_or("");
                // What stands among other words mentions a command.
                let alone = around.trim_start_matches(['-', '*', ' ']).trim() == own;
                let inner = own.trim_matches('`');
                if alone && !inner.contains('\n') {
                    let start = range.start + (own.len() - own.trim_start_matches('`').len());
                    let mut block = Block { language: String::new(), lines: vec![] };
                    block.lines.push(start..start + inner.len());
                    blocks.push(block);
                }
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                is_prose = is_below_mark(text.get(..range.start).unwrap_or(""));
                open = Some(Block { language: String::new(), lines: vec![] });
            }
            Event::End(TagEnd::CodeBlock) => {
                blocks.extend(open.take().filter(|block| !block.lines.is_empty()));
            }
            Event::Text(_) => {
                let (Some(block), Some(code)) = (&mut open, text.get(range.clone())) else {
                    continue;
                };
                let mut begin = range.start;
                for line in code.split_inclusive('\n') {
                    let end = begin + line.trim_end_matches(['\r', '\n']).len();
                    let code = match line.strip_prefix("    ").or(line.strip_prefix('\t')) {
                        Some(code) if is_prose => Some(begin + line.len() - code.len()..end),
                        _ => (!is_prose).then_some(begin..end),
                    };
                    block.lines.extend(code.filter(|code| !code.is_empty()));
                    begin += line.len();
                }
            }
            _ => {}
        }
    }
    blocks
}

/// Whether what comes next is indented since it belongs to an admonition, a collapsible block or a
/// tab of MkDocs (`!!! note`, `??? tip`, `=== "Docker"`), so that only what is indented further is
/// code.
fn is_below_mark(before: &str) -> bool {
    let outer = |line: &&str| !line.trim().is_empty() && !line.starts_with("    ");
    let line = before.lines().rev().find(outer);
    let word = line.and_then(|line| line.split_whitespace().next());
    matches!(word, Some("!!!" | "???" | "???+" | "==="))
}

/// How much of a line in a fenced block belongs to the list or quotation around it.
fn prefix(line: &str, fence: &Fence<'_>) -> usize {
    let bytes = line.as_bytes();
    let (mut at, mut quotes) = (0, fence.quotes);
    while at < fence.indent {
        match bytes.get(at) {
            Some(b' ' | b'\t') => at += 1,
            Some(b'>') if quotes > 0 => (at, quotes) = (at + 1, quotes - 1),
            _ => break,
        }
    }
    at
}

/// Reads the command lines in the code blocks of a file, and the blocks that are in a dialect of
/// files.
pub(super) fn read(
    text: &str,
    index: &Index<'_>,
    surroundings: &mut dyn Surroundings,
) -> Deployment {
    let mut deployment = Deployment::of(&super::DIALECT);
    for block in blocks(text) {
        let embedded = block.embedded(text);
        if embedded.looks_deployed(Some(&block.language))
            && embedded.read(index, surroundings, &mut deployment)
        {
            continue;
        }
        if matches!(block.language.as_str(), "yaml" | "yml" | "compose" | "docker-compose") {
            deployment.findings.extend(embedded.lone_service().map(|at| {
                let title = "a block that looks like services of a compose file";
                let detail = "There is no `services:` above them, so they are not judged.";
                catalogue::COMPOSE_FRAGMENT.at(index.of_file(at), title, detail)
            }));
        }
        let Some(shell) = Shell::of_language(&block.language) else { continue };
        let script = Transcript::script(text, &block.lines, &block.language, shell);
        Reader::new(text, index, surroundings, &mut deployment).shown(&script);
    }
    deployment
}
