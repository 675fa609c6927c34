//! The instructions of a Dockerfile (docs.docker.com, "Dockerfile reference"; BuildKit
//! `frontend/dockerfile/parser/parser.go`).

use std::ops::Range;

use crate::deploy::command::script::Script;
use crate::deploy::place::Extract;
use crate::parse::spelling;

#[derive(Clone, Debug)]
pub(super) struct Instruction {
    /// What it is, in capitals.
    pub verb: String,
    /// Its bytes in the file, without what it holds.
    pub range: Range<usize>,
    /// What follows, on one line.
    pub rest: Extract,
    /// The texts that it holds as here-documents.
    pub held: Vec<Extract>,
}

/// A file, apart.
pub(super) struct Instructions {
    /// The instructions, in order.
    pub all: Vec<Instruction>,
    /// What the next character stands for itself behind: a backslash, or what a directive says.
    pub escape: char,
    /// Where a here-document begins that never ends.
    pub open: Option<Range<usize>>,
}

/// The instructions of a text. Comments are none, also within one that goes on.
pub(super) fn instructions(text: &str) -> Instructions {
    let mut reader = DockerfileLines::new(text);
    let escape = if reader.directive("escape") == Some("`") { '`' } else { '\\' };
    let (mut all, mut open) = (vec![], None);
    while let Some(first) = reader.line() {
        if is_nothing(first.1) {
            continue;
        }
        let (mut whole, mut end) = (Extract::default(), first.0.end);
        let mut next = Some(first);
        while let Some((range, line)) = next.take() {
            let (line, goes_on) = without_mark(line, escape);
            whole.push(line, range.start);
            end = range.start + line.len();
            while goes_on && next.is_none() {
                // An end of file ends it, too.
                let Some(more) = reader.line() else { break };
                next = (!is_nothing(more.1)).then_some(more);
            }
        }
        let mut one = instruction(whole, end);
        let triggered = (one.verb == "ONBUILD").then(|| part(&one).verb);
        let ends = match triggered.as_deref().unwrap_or(&one.verb) {
            "RUN" | "COPY" | "ADD" => here_documents(&one.rest.text),
            _ => vec![],
        };
        for end in ends {
            match reader.here_document(&end) {
                Some(held) => one.held.push(held),
                None => open = open.or(Some(one.range.clone())),
            }
        }
        all.push(one);
    }
    Instructions { all, escape, open }
}

/// The instructions that builders know, with their options (BuildKit
/// `frontend/dockerfile/instructions/parse.go` with those of `labs`; openshift/imagebuilder
/// `dispatchers.go`, whose own `FROM --after` buildah has).
const KNOWN: &[(&str, &str)] = &[
    ("ADD", "checksum chmod chown exclude keep-git-dir link unpack"),
    ("ARG", ""),
    ("CMD", ""),
    ("COPY", "chmod chown exclude from link parents"),
    ("ENTRYPOINT", ""),
    ("ENV", ""),
    ("EXPOSE", ""),
    ("FROM", "after platform"),
    ("HEALTHCHECK", "interval retries start-interval start-period timeout"),
    ("LABEL", ""),
    ("MAINTAINER", ""),
    ("ONBUILD", ""),
    ("RUN", "device mount network security"),
    ("SHELL", ""),
    ("STOPSIGNAL", ""),
    ("USER", ""),
    ("VOLUME", ""),
    ("WORKDIR", ""),
];

/// Why no builder takes an instruction: nobody knows it, or an option of it. Where another program
/// makes the file (a template, `*.in`), or a frontend of somebody else's reads it, nobody can tell.
pub(super) fn refused(one: &Instruction) -> Option<String> {
    let hint =
        |meant: Option<&str>| meant.map_or(String::new(), |it| format!("; did you mean {it}?"));
    let verb = one.verb.as_str();
    let Some((_, options)) = KNOWN.iter().find(|(known, _)| *known == verb) else {
        let known = KNOWN.iter().map(|(known, _)| *known);
        let is_word = !verb.is_empty() && verb.bytes().all(|b| b.is_ascii_alphabetic());
        let hint = hint(spelling::slip(verb, known));
        return is_word
            .then(|| format!("builders refuse the file: there is no instruction {verb}{hint}"));
    };
    // Of the others, an option may be a word of what they run or set.
    let given = flags(&one.rest).0.into_iter().take_while(|flag| *flag != "--");
    let given = given.filter(|_| !options.is_empty());
    let mut names = given.filter_map(|flag| flag.strip_prefix("--")?.split('=').next());
    let unknown = names.find(|name| !options.split(' ').any(|known| known == *name))?;
    let meant = spelling::slip(unknown, options.split(' ')).map(|it| format!("--{it}"));
    Some(format!(
        "builders refuse the file: there is no option --{unknown} of {verb}{}",
        hint(meant.as_deref())
    ))
}

/// Whether builders read a text as it is.
pub(super) fn is_read_as_it_is(text: &str) -> bool {
    let mut top = DockerfileLines::new(text);
    // `DetectSyntax` looks behind a line for a shell; the file's other directives end there.
    if text.get(top.at..).is_some_and(|text| text.starts_with("#!")) {
        top.line();
    }
    let dockers =
        |named: &str| named.trim_start_matches("docker.io/").starts_with("docker/dockerfile");
    !text.contains("{{") && !text.contains("{%") && top.directive("syntax").is_none_or(dockers)
}

/// The instruction that follows another (`ONBUILD`).
pub(super) fn part(one: &Instruction) -> Instruction {
    instruction(one.rest.clone(), one.range.end)
}

/// A line that is taken for one instruction.
fn instruction(whole: Extract, end: usize) -> Instruction {
    let text = whole.text.as_str();
    let begin = text.len() - text.trim_start().len();
    let verb = text.get(begin..).unwrap_or("").split_ascii_whitespace().next().unwrap_or("");
    let behind = begin + verb.len();
    let rest = text.get(behind..).unwrap_or("");
    let from = behind + rest.len() - rest.trim_start().len();
    let to = from + rest.trim().len();
    Instruction {
        verb: verb.to_ascii_uppercase(),
        range: whole.byte(begin)..end,
        rest: whole.part(from..to),
        held: vec![],
    }
}

/// The flags of a `RUN`, and what follows them.
pub(super) fn flags(rest: &Extract) -> (Vec<&str>, Extract) {
    let text = rest.text.as_str();
    let (mut all, mut at) = (vec![], 0);
    while let Some(behind) = text.get(at..).filter(|behind| behind.starts_with("--")) {
        let word = behind.split_ascii_whitespace().next().unwrap_or(behind);
        all.push(word);
        let next = behind.get(word.len()..).unwrap_or("");
        at += word.len() + next.len() - next.trim_start().len();
    }
    (all, rest.part(at..text.len()))
}

/// What an instruction has a shell run, unless it is words in JSON.
pub(super) fn scripts(one: &Instruction) -> Vec<Script> {
    let own = std::iter::once(flags(&one.rest).1);
    let all = own.chain(one.held.iter().cloned());
    all.map(|extract| Script { extract, ..Script::default() }).collect()
}

/// Whether a line is blank or a comment.
fn is_nothing(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// A line without the mark that it goes on, and whether it has that.
fn without_mark(line: &str, escape: char) -> (&str, bool) {
    match line.trim_end().strip_suffix(escape) {
        Some(rest) if !rest.ends_with(escape) => (rest, true),
        _ => (line, false),
    }
}

/// The word that ends a here-document, and whether tabs before its lines are none of them.
struct EndOfText {
    word: String,
    tabs: bool,
}

/// The here-documents that a line begins.
fn here_documents(line: &str) -> Vec<EndOfText> {
    let of = |word: &str| {
        let mark = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
        let (tabs, word) = mark.strip_prefix('-').map_or((false, mark), |word| (true, word));
        let word: String = word.chars().filter(|c| !matches!(c, '"' | '\'' | '\\')).collect();
        let named = !word.is_empty() && !word.contains('<');
        named.then_some(EndOfText { word, tabs })
    };
    words(line).into_iter().filter_map(|range| of(line.get(range)?)).collect()
}

/// The words of a line, quotes and all.
pub(super) fn words(line: &str) -> Vec<Range<usize>> {
    let (mut found, mut begin, mut quote) = (vec![], None, None);
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if c.is_whitespace() && quote.is_none() && !escaped {
            found.extend(begin.take().map(|from| from..at));
            continue;
        }
        begin.get_or_insert(at);
        match (c, quote) {
            _ if escaped => escaped = false,
            ('\\', None | Some('"')) => escaped = true,
            (_, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            _ => {}
        }
    }
    found.extend(begin.map(|from| from..line.len()));
    found
}

struct DockerfileLines<'t> {
    text: &'t str,
    at: usize,
}

/// The directives at the top of a file; another comment ends them.
const DIRECTIVES: &[&str] = &["check", "escape", "syntax"];

impl<'t> DockerfileLines<'t> {
    /// Those of a file, behind the mark of its encoding.
    fn new(text: &'t str) -> Self {
        Self { text, at: text.len() - text.trim_start_matches('\u{feff}').len() }
    }

    /// The next line, without its end.
    fn line(&mut self) -> Option<(Range<usize>, &'t str)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let line = rest.split('\n').next()?;
        let from = self.at;
        self.at = (from + line.len() + 1).min(self.text.len());
        let line = line.strip_suffix('\r').unwrap_or(line);
        Some((from..from + line.len(), line))
    }

    /// What a directive at the top says; they are comments beside that.
    fn directive(&self, wanted: &str) -> Option<&'t str> {
        let mut top = DockerfileLines { ..*self };
        while let Some((_, line)) = top.line() {
            let said = line.trim_start().strip_prefix('#').and_then(|said| said.split_once('='));
            let (name, value) = said?;
            let name = DIRECTIVES.iter().find(|it| it.eq_ignore_ascii_case(name.trim()))?;
            if *name == wanted {
                return Some(value.trim());
            }
        }
        None
    }

    /// The text up to the line that ends it; `None` where there is none.
    fn here_document(&mut self, end: &EndOfText) -> Option<Extract> {
        let mut held = Extract::default();
        while let Some((range, line)) = self.line() {
            let own = if end.tabs { line.trim_start_matches('\t') } else { line };
            if own == end.word {
                return Some(held);
            }
            let from = range.end - own.len();
            held.push(own, from);
            held.push("\n", range.end);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        let said = |one: &Instruction| {
            let held: Vec<&str> = one.held.iter().map(|held| held.text.as_str()).collect();
            format!("{} {}|{}", one.verb, one.rest.text, held.join("|"))
        };
        instructions(text).all.iter().map(said).collect()
    }

    /// docs.docker.com, "Dockerfile reference": "Format", "escape", "Here-documents".
    #[test]
    fn lines_comments_and_texts() {
        for (text, expected) in [
            ("FROM a\n\n# b\nRun  c \n", &["FROM a|", "RUN c|"][..]),
            ("RUN a \\\n  # no\n\n  b\\  \n c\nUSER d", &["RUN a   b c|", "USER d|"]),
            ("# escape=`\r\nRUN a `\r\n b\\\r\nUSER c\r\n", &["RUN a  b\\|", "USER c|"]),
            ("# a\n# escape=`\nRUN a `\nUSER c\n", &["RUN a `|", "USER c|"]),
            ("RUN a \\\\\nUSER b\n", &["RUN a \\\\|", "USER b|"]),
            ("RUN <<EOF\nUSER b\n# c\nEOF\nUSER d", &["RUN <<EOF|USER b\n# c\n", "USER d|"]),
            (
                "COPY <<-\"A\" <<B /x\n\ta\n\tA\nb\nB\nUSER d",
                &["COPY <<-\"A\" <<B /x|a\n|b\n", "USER d|"],
            ),
            ("RUN cat '<<EOF' <<<x\nUSER d", &["RUN cat '<<EOF' <<<x|", "USER d|"]),
            ("RUN a \\", &["RUN a|"]),
            ("\u{feff}FROM a", &["FROM a|"]),
            ("onbuild run <<\\E\nUSER b\nE\nUSER d", &["ONBUILD run <<\\E|USER b\n", "USER d|"]),
            ("ONBUILD USER <<E\nUSER d", &["ONBUILD USER <<E|", "USER d|"]),
            ("#!x\n# escape=`\nRUN a `\nUSER b", &["RUN a `|", "USER b|"]),
            ("# check=error=true\n# escape=`\nRUN a `\nb", &["RUN a b|"]),
            ("# a=b\n# escape=`\nRUN a `\nUSER b", &["RUN a `|", "USER b|"]),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
        let text = "FROM a\nRUN <<EOF\nUSER b\n";
        assert_eq!(instructions(text).open.map(|range| &text[range]), Some("RUN <<EOF"));
        let text = "\n RUN a \\\n  b\n";
        let one = &instructions(text).all[0];
        assert_eq!(
            (&text[one.range.clone()], &text[one.rest.range(1..5)]),
            ("RUN a \\\n  b", " \\\n  b")
        );
    }
}
