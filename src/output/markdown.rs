//! The pages of `explain`, which are written in Markdown, as text for a terminal: headings stand
//! out, paragraphs are broken between words, code is kept as it is.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::page::Page;
use super::style::{Style, is_on};

/// How far the text under a heading is indented.
const INDENT: usize = 2;
/// How far code is.
const CODE: usize = 6;

/// Adds a text in Markdown to a page.
pub(super) fn render(page: &mut Page, text: &str) {
    let mut paragraph = Paragraph::default();
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                paragraph.finish(page);
                page.gap();
                paragraph.style = Style::Bold;
            }
            Event::End(TagEnd::Heading(_)) => {
                paragraph.indent = Some(0);
                paragraph.finish(page);
                paragraph = Paragraph::default();
            }
            Event::Start(Tag::CodeBlock(_)) => {
                paragraph.finish(page);
                paragraph.code = true;
            }
            Event::End(TagEnd::CodeBlock) => paragraph.code = false,
            Event::Start(Tag::List(_)) => {
                paragraph.finish(page);
                paragraph.items += 1;
            }
            Event::End(TagEnd::List(_)) => {
                paragraph.finish(page);
                paragraph.items = paragraph.items.saturating_sub(1);
            }
            Event::Start(Tag::Item) => {
                paragraph.finish(page);
                paragraph.push(Style::Dim, "- ");
            }
            Event::Start(Tag::Strong | Tag::Emphasis) => paragraph.style = Style::Bold,
            Event::End(TagEnd::Strong | TagEnd::Emphasis) => paragraph.style = Style::Plain,
            Event::End(TagEnd::Paragraph) => {
                paragraph.finish(page);
                page.gap();
            }
            Event::End(TagEnd::Item) => paragraph.finish(page),
            Event::Text(code) if paragraph.code => {
                code.lines().for_each(|line| page.line(CODE, &[(Style::Plain, line)]));
            }
            Event::Text(text) => paragraph.push(paragraph.style, text),
            // Without colours the marks have to do.
            Event::Code(code) if is_on() => paragraph.push(Style::Code, code),
            Event::Code(code) => paragraph.push(Style::Plain, format!("`{code}`")),
            Event::SoftBreak | Event::HardBreak => paragraph.push(Style::Plain, " "),
            _ => {}
        }
    }
    paragraph.finish(page);
}

/// A paragraph, an item of a list or a heading that is being read.
struct Paragraph {
    pieces: Vec<(Style, String)>,
    style: Style,
    code: bool,
    /// How many lists are open.
    items: usize,
    /// Where it starts, if not where its lists say.
    indent: Option<usize>,
}

impl Default for Paragraph {
    fn default() -> Self {
        Self { pieces: vec![], style: Style::Plain, code: false, items: 0, indent: None }
    }
}

impl Paragraph {
    fn push(&mut self, style: Style, text: impl Into<String>) {
        self.pieces.push((style, text.into()));
    }

    fn finish(&mut self, page: &mut Page) {
        if self.pieces.is_empty() {
            return;
        }
        let indent = self.indent.unwrap_or(INDENT + 2 * self.items.saturating_sub(1));
        let hang = indent + 2 * usize::from(self.items > 0);
        let pieces: Vec<(Style, &str)> =
            self.pieces.iter().map(|(style, text)| (*style, text.as_str())).collect();
        page.wrapped(indent, hang, &pieces);
        self.pieces.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page() {
        let mut page = Page::of_width(40);
        let text = "## What\nOne `--pid --fork` two three four five six\nseven.\n\n## Fix\n- first \
            item, which is longer than the line\n- second:\n```\nabi <x>,\n  y { z }\n```\n\n## \
            Sources\n- https://example.org/a_b_c\n";
        render(&mut page, text);
        assert_eq!(
            page.finish(),
            "What\n  One `--pid --fork` two three four five\n  six seven.\n\n\
                Fix\n  - first item, which is longer than the\n    line\n  - second:\n      \
                abi <x>,\n        y { z }\n\nSources\n  - https://example.org/a_b_c\n"
        );
    }
}
