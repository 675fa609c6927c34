//! The code blocks of a Markdown file (CommonMark 4.4, 4.5), and the command lines and deployment
//! files in them.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::settings::Places;
use super::shell::{Until, Walker};
use super::{PROGRAMS, collect, has_extension, refused_command};
use crate::deploy::container::{Container, WrittenAt};
use crate::deploy::dialect::{Candidate, DIALECTS};
use crate::deploy::place::{FileId, Index, Place};
use crate::deploy::read::{Deployment, Input, Surroundings};
use crate::findings::{Finding, catalogue};

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
    blocks(text).iter().any(|block| looks_deployed(text, block))
}

/// Whether a block may be in a dialect of files: it is in a language of its blocks, and one of its
/// lines begins as theirs do.
fn looks_deployed(text: &str, block: &Block) -> bool {
    let begins = |line: &Range<usize>, starts: &[&str]| {
        text.get(line.clone()).is_some_and(|line| {
            let line = line.trim_start_matches([' ', '\t', '{']);
            starts.iter().any(|start| line.starts_with(start))
        })
    };
    DIALECTS.iter().filter_map(|dialect| dialect.blocks.as_ref()).any(|blocks| {
        blocks.languages.contains(&block.language.as_str())
            && block.lines.iter().any(|line| begins(line, blocks.lines))
    })
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
    let (mut blocks, inside) = fenced(text);
    let overlaps = |block: &Block| {
        let lines = |range: &Range<usize>| {
            block.lines.iter().any(|line| line.start < range.end && range.start < line.end)
        };
        inside.iter().any(lines)
    };
    let fences = blocks.len();
    blocks.extend(indented(text).into_iter().filter(|block| !overlaps(block)));
    if blocks.len() > fences {
        blocks.sort_by_key(|block| block.lines.first().map(|line| line.start));
    }
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

/// The first word of an info string (`yaml title=x`, `{.yaml}`), in small letters.
fn language(info: &str) -> String {
    let info = info.trim_start_matches(['{', '.', ' ']);
    let in_word = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | '+');
    info.chars().take_while(in_word).collect::<String>().to_ascii_lowercase()
}

/// The indented blocks.
fn indented(text: &str) -> Vec<Block> {
    let mut blocks = vec![];
    let mut open: Option<Block> = None;
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                open = Some(Block { language: String::new(), lines: vec![] });
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            Event::Text(_) => {
                let (Some(block), Some(code)) = (&mut open, text.get(range.clone())) else {
                    continue;
                };
                let mut begin = range.start;
                for line in code.split_inclusive('\n') {
                    let end = begin + line.trim_end_matches(['\r', '\n']).len();
                    if end > begin {
                        block.lines.push(begin..end);
                    }
                    begin += line.len();
                }
            }
            _ => {}
        }
    }
    blocks
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

/// How lines go on in a language of command lines: the last byte; `None`: it is no such language.
fn goes_on(language: &str) -> Option<u8> {
    match language {
        "" | "sh" | "bash" | "zsh" | "ksh" | "dash" | "ash" | "fish" | "shell" | "console"
        | "shell-session" | "shellsession" | "sh-session" | "bash-session" | "shellscript"
        | "shell-script" | "terminal" | "term" | "text" | "txt" | "plain" | "plaintext"
        | "none" | "code" | "docker" | "command" | "commandline" | "cli" | "linux" => Some(b'\\'),
        "cmd" | "bat" | "batch" | "dos" => Some(b'^'),
        "powershell" | "ps1" | "pwsh" | "ps" => Some(b'`'),
        _ => None,
    }
}

/// The lines of a block that are commands, joined, and where they come from.
struct Commands {
    text: String,
    /// Where each line begins in the text and in the file.
    map: Vec<(usize, usize)>,
}

/// The length of a prompt at the beginning of a line, blanks included: `$ `, `user@host:~$ `,
/// `[root@host ~]# `.
fn prompt(line: &str) -> Option<usize> {
    const LONGEST: usize = 80;
    let start = line.len() - line.trim_start().len();
    let rest = line.get(start..)?;
    for sign in ["$ ", "% ", "\u{276f} ", "\u{279c} "] {
        if rest.starts_with(sign) {
            return Some(start + sign.len());
        }
    }
    let before_sign = |sign: char| {
        let head: String = rest.chars().take(LONGEST).collect();
        let at = head.find(&format!("{sign} "))?;
        let before = head.get(..at)?;
        let bracketed = before.starts_with('[') && before.ends_with(']') && before.contains('@');
        let named = before.contains('@')
            && !before.contains(['"', '\'', '=', '/'])
            && !before.trim_end().contains(' ');
        let placed = before.contains('@')
            && before.contains(':')
            && !before.contains(['"', '\'', '='])
            && !before.trim_end().contains(' ');
        let shell = before.starts_with("bash-")
            || before.starts_with("sh-")
            || (before == "/ " && sign == '#');
        let windows = sign == '>' && (before.starts_with("PS ") || before.get(1..3) == Some(":\\"));
        (bracketed || named || placed || shell || windows)
            .then_some(start + at + sign.len_utf8() + 1)
    };
    ['$', '#', '%', '>'].into_iter().filter_map(before_sign).min()
}

/// Whether a line is one of our commands, as it stands.
fn is_ours(line: &str) -> bool {
    let first = line.trim_start().strip_prefix("sudo ").unwrap_or(line.trim_start());
    PROGRAMS.iter().any(|name| first.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')))
}

/// The commands of a block.
fn commands(text: &str, block: &Block, last: u8) -> Commands {
    let line_of = |range: &Range<usize>| text.get(range.clone()).unwrap_or("");
    let prompted = block.lines.iter().any(|line| prompt(line_of(line)).is_some());
    // A `#` is the prompt of root only where nothing says that it begins a comment.
    let first = block.lines.iter().map(&line_of).find(|line| !line.trim().is_empty()).unwrap_or("");
    let sign = |sign: &str| first.trim_start().strip_prefix(sign).is_some_and(is_ours);
    let console = matches!(
        block.language.as_str(),
        "" | "console" | "shell-session" | "shellsession" | "sh-session" | "bash-session"
    );
    let other = match () {
        () if prompted => None,
        () if sign("# ") && console => Some("# "),
        () if sign("> ") => Some("> "),
        () => None,
    };
    let mut commands = Commands { text: String::new(), map: vec![] };
    let mut goes_on = false;
    for range in &block.lines {
        let line = line_of(range);
        let skip = if goes_on {
            // The second prompt.
            if (prompted || other.is_some()) && line.starts_with("> ") { 2 } else { 0 }
        } else if prompted {
            match prompt(line) {
                Some(length) => length,
                None => continue,
            }
        } else if let Some(sign) = other {
            match line.trim_start().starts_with(sign) {
                true => line.len() - line.trim_start().len() + sign.len(),
                false => continue,
            }
        } else {
            0
        };
        let line = line.get(skip..).unwrap_or("");
        commands.map.push((commands.text.len(), range.start + skip));
        goes_on = line.as_bytes().last() == Some(&last);
        if goes_on && last != b'\\' {
            commands.text.push_str(line.get(..line.len() - 1).unwrap_or(""));
            commands.text.push('\\');
        } else {
            commands.text.push_str(line);
        }
        commands.text.push('\n');
    }
    commands
}

impl Commands {
    /// Where the logical line that begins here ends.
    fn logical_end(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while let Some(length) = memchr::memchr(b'\n', bytes.get(at..).unwrap_or(&[])) {
            at += length;
            if at == from || bytes.get(at - 1) != Some(&b'\\') {
                return at;
            }
            at += 1;
        }
        self.text.len()
    }
}

/// Places of the commands of a block in the file.
struct Mapped<'a> {
    commands: &'a Commands,
    index: &'a Index<'a>,
}

impl Mapped<'_> {
    fn byte(&self, at: usize) -> usize {
        let line = self.commands.map.partition_point(|(begin, _)| *begin <= at).saturating_sub(1);
        self.commands.map.get(line).map_or(0, |(begin, file)| file + (at - begin.min(&at)))
    }
}

impl Places for Mapped<'_> {
    fn place(&self, range: &Range<usize>) -> Place {
        let start = self.byte(range.start);
        // The last byte, not the one after it, which may be on another line.
        let end = if range.is_empty() { start } else { self.byte(range.end - 1) + 1 };
        self.index.of_file(start..end)
    }

    fn file(&self) -> FileId {
        self.index.file
    }
}

/// Reads the command lines in the code blocks of a file, and the blocks that are in a dialect of
/// files.
pub(super) fn read(
    text: &str,
    index: &Index<'_>,
    surroundings: &mut dyn Surroundings,
) -> Deployment {
    let mut deployment =
        Deployment { daemon: None, dialect: &super::DIALECT, containers: vec![], findings: vec![] };
    for block in blocks(text) {
        if looks_deployed(text, &block)
            && manifest(text, &block, index, surroundings, &mut deployment)
        {
            continue;
        }
        let Some(last) = goes_on(&block.language) else { continue };
        let commands = commands(text, &block, last);
        if !mentions(&commands.text) {
            continue;
        }
        let places = Mapped { commands: &commands, index };
        let mut walker = Walker::new(&commands.text, true);
        let open = walk(&commands, &mut walker);
        deployment.findings.extend(open.into_iter().map(|at| {
            let title = "a quote or substitution of this command is never closed";
            let detail =
                "The command is judged up to the end of its line; a shell would wait for more.";
            let finding = Finding::new(&catalogue::UNTERMINATED_QUOTE, title, detail);
            finding.at(places.place(&(at..at + 1)))
        }));
        let known = deployment.findings.len();
        // A synopsis such as `docker run [OPTIONS] IMAGE` is no command.
        walker.found.retain(|command| {
            !command
                .words
                .iter()
                .any(|word| is_synopsis(commands.text.get(word.range.clone()).unwrap_or("")))
        });
        let result = collect(&walker, &places, surroundings, &mut deployment, |refusal, place| {
            Ok(refused_command(refusal, place))
        });
        debug_assert!(result.is_ok());
        // A mere mention of `docker run` is not a mistake.
        let mut number = 0;
        deployment.findings.retain(|finding| {
            number += 1;
            number <= known
                || *finding.info != catalogue::COMMAND_REFUSED
                || !finding.title.starts_with("no image")
        });
    }
    deployment
}

/// Reads a block that is in a dialect of files; whether it is one.
fn manifest(
    text: &str,
    block: &Block,
    index: &Index<'_>,
    surroundings: &mut dyn Surroundings,
    deployment: &mut Deployment,
) -> bool {
    let (Some(first), Some(last)) = (block.lines.first(), block.lines.last()) else { return false };
    let line_start = |at: usize| {
        text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
    };
    let own = block.lines.iter().all(|line| line_start(line.start) == line.start);
    // `---` is a mark between documents at the beginning of a line alone, where it does not stand
    // in a list.
    let is_mark =
        |line: &Range<usize>| text.get(line.clone()).is_some_and(|line| line.trim_end() == "---");
    if !own && block.lines.iter().any(is_mark) {
        let documents = block
            .lines
            .split(is_mark)
            .map(|lines| Block { language: block.language.clone(), lines: lines.to_vec() });
        return documents
            .filter(|document| manifest(text, document, index, surroundings, deployment))
            .count()
            > 0;
    }
    let start = line_start(first.start);
    // What stands before the lines becomes blank, so that columns and bytes stay those of the file.
    let mut part = String::with_capacity(last.end - start);
    for line in &block.lines {
        let gap = line.start - start - part.len();
        let ends = text
            .get(start + part.len()..line.start)
            .map_or(0, |gap| gap.rfind('\n').map_or(0, |newline| newline + 1));
        part.push_str(text.get(start + part.len()..start + part.len() + ends).unwrap_or(""));
        part.extend(std::iter::repeat_n(' ', gap - ends));
        part.push_str(text.get(line.clone()).unwrap_or(""));
    }
    let rest = text.get(last.end..).unwrap_or("");
    part.push_str(rest.get(..rest.find('\n').map_or(0, |newline| newline + 1)).unwrap_or(""));
    let before = (index.of_file(start..start).line - 1, start);
    let input = Input { file: index.file, path: "-", text: &part };
    let candidate = Candidate::block(input, before);
    let read = match candidate.dialect() {
        Some(dialect) => (dialect.read)(&candidate, surroundings).map(Some),
        None => candidate.documents().map(|_| None),
    };
    let read = match read {
        Ok(Some(read)) => read,
        Ok(None) => return false,
        Err(bad) => {
            // Documents elide things; what has no language may be anything.
            if !block.language.is_empty() {
                let title = format!("a code block cannot be read: {}", bad.message);
                let detail = "It is not judged.";
                // What is missing at the end is missing after the last line.
                let place = bad.place.filter(|at| at.start < last.end);
                let place = place.unwrap_or_else(|| index.of_file(last.clone()));
                let finding = Finding::new(&catalogue::CODE_BLOCK_BROKEN, title, detail);
                deployment.findings.push(finding.at(place));
            }
            return !block.language.is_empty();
        }
    };
    let range = own.then_some(start..start + part.len());
    let number = deployment.containers.len();
    if number == 0 {
        deployment.dialect = read.dialect;
    }
    deployment.findings.extend(
        read.findings.into_iter().map(|finding| Finding {
            container: finding.container.map(|at| at + number),
            ..finding
        }),
    );
    deployment.containers.extend(read.containers.into_iter().map(|container| {
        let spot = Box::new(container.spot);
        Container { spot: WrittenAt::Block { range: range.clone(), spot }, ..container }
    }));
    true
}

fn is_synopsis(word: &str) -> bool {
    let inner = word.trim_matches(['[', ']', '<', '>', '.']);
    let bracketed = word.starts_with('[') || word.starts_with('<');
    bracketed
        && matches!(
            inner.to_ascii_lowercase().as_str(),
            "options" | "option" | "flags" | "docker-options" | "docker options" | "args"
        )
}

fn mentions(text: &str) -> bool {
    let find = |name: &str| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some();
    PROGRAMS.iter().any(|name| find(name)) || find("DOCKER") || find("PODMAN")
}

/// Goes through the commands line by line, since documents elide and show output among them; where
/// a quote or substitution of a command of ours is never closed.
fn walk(commands: &Commands, walker: &mut Walker<'_>) -> Vec<usize> {
    let mut open = vec![];
    let (mut at, mut elided, end) = (0, false, commands.text.len());
    while at < end {
        let line_end = commands.logical_end(at);
        let line = commands.text.get(at..line_end).unwrap_or("");
        let ours = mentions(line);
        let may_span = !elided && (ours || line.contains("<<") || line.contains("=("));
        let found = walker.found.len();
        let next = match walker.list(at, if may_span { end } else { line_end }, Until::Line) {
            Ok(next) => next,
            Err(fault) => {
                elided |= may_span;
                walker.found.truncate(found);
                if ours {
                    open.push(fault.at);
                    walker.lenient(|walker| walker.list(at, line_end, Until::Line));
                }
                line_end + 1
            }
        };
        // The line itself is done, whatever was in it.
        at = next.max(at + 1).max(if may_span { at + 1 } else { line_end + 1 });
    }
    open
}
