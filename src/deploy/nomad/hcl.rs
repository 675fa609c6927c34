//! HCL as jobs are written in it (github.com/hashicorp/hcl, "HCL Native Syntax Specification"):
//! blocks and attributes with the place of each. Of expressions, literal values are read; what has
//! to be evaluated is passed over.

use std::collections::HashSet;
use std::ops::Range;

/// How deep blocks, lists and objects may be nested.
const MOST_DEPTH: usize = 40;

/// What is wrong, and where.
pub(super) type HclMistake = (Range<usize>, String);

/// The inside of a block, or of a file.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub attributes: Vec<Attribute>,
    pub blocks: Vec<HclBlock>,
    /// Its bytes, between the braces.
    pub inside: Range<usize>,
}

/// A name that is set.
#[derive(Debug)]
pub(super) struct Attribute {
    pub name: String,
    /// Where that stands.
    pub at: Range<usize>,
    pub value: Expression,
}

#[derive(Debug)]
pub(super) struct HclBlock {
    pub kind: String,
    /// Its names.
    pub labels: Vec<String>,
    /// Where it begins.
    pub at: Range<usize>,
    pub body: Body,
}

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Expression {
    /// Its bytes.
    pub range: Range<usize>,
    pub value: HclValue,
}

/// What an expression is.
#[derive(Debug)]
pub(super) enum HclValue {
    /// A string; so many of its bytes are sure, up to the first that is filled in.
    Text(String, usize),
    /// A number, as written.
    Number(String),
    /// A truth value.
    Bool(bool),
    List(Vec<Expression>),
    Object(Vec<Attribute>),
    /// What has to be evaluated.
    Other,
}

impl Body {
    /// The same, where no name is set twice.
    fn with_each_once(self) -> Read<Self> {
        let mut known = HashSet::new();
        match self.attributes.iter().find(|one| !known.insert(&one.name)) {
            Some(again) => Err((again.at.clone(), format!("{:?} is set twice", again.name))),
            None => Ok(self),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Expression> {
        self.attributes.iter().rev().find(|one| one.name == name).map(|one| &one.value)
    }

    pub(super) fn all<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b HclBlock> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }
}

/// Reads a text.
///
/// # Errors
/// When it is no HCL, or nested too deep.
pub(super) fn parse(text: &str) -> Result<Body, HclMistake> {
    let at = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut reader = HclReader { text, at };
    let body = reader.body(0, None)?;
    Ok(body)
}

struct HclReader<'t> {
    text: &'t str,
    at: usize,
}

type Read<T> = Result<T, HclMistake>;

impl<'t> HclReader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// What stands here, and what is said of it.
    fn wrong<T>(&self, why: impl Into<String>) -> Read<T> {
        let length = self.next().map_or(0, char::len_utf8);
        Err((self.at..self.at + length, why.into()))
    }

    fn takes(&mut self, what: &str) -> bool {
        let is = self.rest().starts_with(what);
        self.at += if is { what.len() } else { 0 };
        is
    }

    /// Past blanks and comments; past the ends of lines where they mean nothing.
    fn blanks(&mut self, lines: bool) -> Read<()> {
        loop {
            let rest = self.rest();
            let blank = |c: char| matches!(c, ' ' | '\t' | '\r') || lines && c == '\n';
            let skipped = rest.len() - rest.trim_start_matches(blank).len();
            self.at += skipped;
            let rest = self.rest();
            if rest.starts_with('#') || rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                match rest.find("*/") {
                    Some(end) => self.at += end + 2,
                    None => return self.wrong("a comment that is never closed"),
                }
            } else if skipped == 0 {
                return Ok(());
            }
        }
    }

    fn identifier(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let end = rest.find(|c| !inner(c)).unwrap_or(rest.len());
        let begins = rest.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let found = rest.get(..end).filter(|_| begins)?;
        self.at += end;
        Some(found)
    }

    /// The inside of a block that begins with the brace at `open`, up to the one that closes it.
    fn body(&mut self, depth: usize, open: Option<usize>) -> Read<Body> {
        if depth > MOST_DEPTH {
            return self.wrong("nested too deep");
        }
        let mut body = Body { inside: self.at..self.at, ..Body::default() };
        if let Some(open) = open {
            self.blanks(false)?;
            if !matches!(self.next(), None | Some('\n' | '}')) {
                self.item(depth, &mut body)?;
                if !body.blocks.is_empty() || self.next() != Some('}') {
                    let why = "a block on one line has one attribute and nothing else";
                    return Err((open..open + 1, why.to_owned()));
                }
            }
        }
        loop {
            self.blanks(true)?;
            body.inside.end = self.at;
            match (self.next(), open) {
                (None, None) => return body.with_each_once(),
                (None, Some(open)) => return Err((open..open + 1, "never closed".to_owned())),
                (Some('}'), Some(_)) => {
                    self.at += 1;
                    return body.with_each_once();
                }
                _ => {
                    self.item(depth, &mut body)?;
                    self.line_ends()?;
                }
            }
        }
    }

    /// An attribute or a block.
    fn item(&mut self, depth: usize, body: &mut Body) -> Read<()> {
        let from = self.at;
        let Some(name) = self.identifier() else {
            return self.wrong(match self.next() {
                Some('"') => "the name of an attribute or a block is not quoted",
                _ => "neither an attribute nor a block",
            });
        };
        let (name, at) = (name.to_owned(), from..self.at);
        self.blanks(false)?;
        if self.takes("=") {
            let value = self.expression(depth)?;
            body.attributes.push(Attribute { name, at, value });
        } else {
            let mut labels = vec![];
            while self.next() != Some('{') {
                labels.push(match self.next() {
                    Some('"') => self.fixed_string()?,
                    _ => match self.identifier() {
                        Some(label) => label.to_owned(),
                        None => return self.wrong("no `=` and no `{` behind a name"),
                    },
                });
                self.blanks(false)?;
            }
            let open = self.at;
            self.at += 1;
            let body_of = self.body(depth + 1, Some(open))?;
            body.blocks.push(HclBlock { kind: name, labels, at, body: body_of });
        }
        self.blanks(false)
    }

    /// The end of the line, behind an attribute or a block.
    fn line_ends(&self) -> Read<()> {
        match self.next() {
            None | Some('\n') => Ok(()),
            Some(_) => self.wrong("more than one thing on a line"),
        }
    }

    /// A value, up to what ends it.
    fn expression(&mut self, depth: usize) -> Read<Expression> {
        self.blanks(false)?;
        let from = self.at;
        let value = self.literal(depth)?;
        let mut end = self.at;
        self.blanks(false)?;
        let ends = matches!(self.next(), None | Some('\n' | ',' | ';' | '}' | ']' | ')'));
        if let Some(value) = value.filter(|_| ends) {
            return Ok(Expression { range: from..end, value });
        }
        self.at = from;
        end = self.skip()?;
        if end == from {
            return self.wrong("a value is missing");
        }
        Ok(Expression { range: from..end, value: HclValue::Other })
    }

    /// A value that needs no evaluation; `None` where something else begins.
    fn literal(&mut self, depth: usize) -> Read<Option<HclValue>> {
        if depth > MOST_DEPTH {
            return self.wrong("nested too deep");
        }
        Ok(Some(match self.next() {
            Some('"') => {
                let (text, sure) = self.string()?;
                HclValue::Text(text, sure)
            }
            Some('<') if self.rest().starts_with("<<") => {
                let text = self.here_document()?;
                let sure = text.find(MARKS).unwrap_or(text.len());
                HclValue::Text(text, sure)
            }
            Some('[') => match self.list(depth)? {
                Some(items) => HclValue::List(items),
                None => return Ok(None),
            },
            Some('{') => match self.object(depth)? {
                Some(entries) => HclValue::Object(entries),
                None => return Ok(None),
            },
            Some(c) if c.is_ascii_digit() || c == '-' => {
                let rest = self.rest();
                let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
                let end = rest.find(|c| !inner(c)).unwrap_or(rest.len());
                let number = rest.get(..end).unwrap_or("");
                if number.parse::<f64>().is_err() {
                    return Ok(None);
                }
                self.at += end;
                HclValue::Number(number.to_owned())
            }
            _ => match self.identifier() {
                Some("true") => HclValue::Bool(true),
                Some("false") => HclValue::Bool(false),
                _ => return Ok(None),
            },
        }))
    }

    /// A list; `None` where it is made of another.
    fn list(&mut self, depth: usize) -> Read<Option<Vec<Expression>>> {
        let open = self.at;
        self.at += 1;
        let mut items = vec![];
        loop {
            self.blanks(true)?;
            if self.takes("]") {
                return Ok(Some(items));
            }
            if items.is_empty() && self.is_for() {
                return Ok(None);
            }
            if self.next().is_none() {
                return Err((open..open + 1, "a list that is never closed".to_owned()));
            }
            items.push(self.expression(depth + 1)?);
            self.blanks(true)?;
            if !self.takes(",") && self.next() != Some(']') {
                if self.next().is_none() {
                    return Err((open..open + 1, "a list that is never closed".to_owned()));
                }
                return self.wrong("no comma between two items of a list");
            }
        }
    }

    /// An object; `None` where it is made of another.
    fn object(&mut self, depth: usize) -> Read<Option<Vec<Attribute>>> {
        let open = self.at;
        self.at += 1;
        let mut entries = vec![];
        loop {
            self.blanks(true)?;
            if self.takes("}") {
                return Ok(Some(entries));
            }
            if entries.is_empty() && self.is_for() {
                return Ok(None);
            }
            let from = self.at;
            let name = match self.next() {
                None => return Err((open..open + 1, "an object that is never closed".to_owned())),
                Some('"') => self.string()?.0,
                // `(var.name) = ...`, `5 = ...`
                _ => match self.identifier() {
                    Some(name) => name.to_owned(),
                    None => return Ok(None),
                },
            };
            let at = from..self.at;
            self.blanks(false)?;
            if !self.takes("=") && !self.takes(":") {
                // `var.name = ...`
                return Ok(None);
            }
            let value = self.expression(depth + 1)?;
            entries.push(Attribute { name, at, value });
            self.blanks(false)?;
            if !self.takes(",") && !matches!(self.next(), Some('\n' | '}') | None) {
                return self.wrong("more than one thing on a line");
            }
        }
    }

    fn is_for(&self) -> bool {
        let rest = self.rest().strip_prefix("for");
        rest.is_some_and(|rest| rest.starts_with([' ', '\t', '\n']))
    }

    /// A string in which nothing is filled in.
    fn fixed_string(&mut self) -> Read<String> {
        let from = self.at;
        let (text, sure) = self.string()?;
        match sure == text.len() {
            true => Ok(text),
            false => Err((from..self.at, "a name in which something is filled in".to_owned())),
        }
    }

    /// A string, and how much of it is sure.
    fn string(&mut self) -> Read<(String, usize)> {
        let open = self.at;
        let closed = || (open..open + 1, "a string that is never closed".to_owned());
        self.at += 1;
        let (mut text, mut sure) = (String::new(), None);
        loop {
            let rest = self.rest();
            let c = rest.chars().next().ok_or_else(closed)?;
            let two: Option<&str> = rest.get(..2);
            match (c, two) {
                ('"', _) => {
                    self.at += 1;
                    let sure = sure.unwrap_or(text.len());
                    return Ok((text, sure));
                }
                ('\n', _) => return Err(closed()),
                ('$' | '%', _) if rest.starts_with("$${") || rest.starts_with("%%{") => {
                    text.push(c);
                    text.push('{');
                    self.at += 3;
                }
                (_, Some("${" | "%{")) => {
                    sure.get_or_insert(text.len());
                    let from = self.at;
                    self.template()?;
                    text.push_str(self.text.get(from..self.at).unwrap_or(""));
                }
                // Levant, Nomad Pack and consul-template fill these in.
                (_, Some("{{" | "[[")) => {
                    sure.get_or_insert(text.len());
                    text.push_str(two.unwrap_or(""));
                    self.at += 2;
                }
                ('\\', _) => self.escape(&mut text)?,
                (c, _) => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Read<()> {
        let code = |at: usize, length: usize| {
            let digits = self.text.get(at..at + length)?;
            char::from_u32(u32::from_str_radix(digits, 16).ok()?)
        };
        let second = self.rest().chars().nth(1);
        let (found, length) = match second {
            Some('n') => (Some('\n'), 2),
            Some('t') => (Some('\t'), 2),
            Some('r') => (Some('\r'), 2),
            Some(c @ ('"' | '\\')) => (Some(c), 2),
            Some('u') => (code(self.at + 2, 4), 6),
            Some('U') => (code(self.at + 2, 8), 10),
            _ => (None, 2),
        };
        let Some(found) = found else { return self.wrong("there is no such escape in a string") };
        text.push(found);
        self.at += length;
        Ok(())
    }

    /// Past `${...}`, in which strings have others.
    fn template(&mut self) -> Read<()> {
        let open = self.at;
        let mut within = vec!['{'];
        self.at += 2;
        while let Some(last) = within.last().copied() {
            let rest = self.rest();
            let Some(c) = rest.chars().next() else {
                return Err((open..open + 2, "what is filled in is never closed".to_owned()));
            };
            let mut length = c.len_utf8();
            match (last, c) {
                ('"', '\\') => length = rest.chars().take(2).map(char::len_utf8).sum(),
                ('"', '"') | ('{', '}') => {
                    within.pop();
                }
                ('"', _) if rest.starts_with("${") || rest.starts_with("%{") => {
                    within.push('{');
                    length = 2;
                }
                ('{', '"' | '{') => within.push(c),
                _ => {}
            }
            self.at += length;
        }
        Ok(())
    }

    /// A here-document, without the blanks before its lines where it begins with `<<-`.
    fn here_document(&mut self) -> Read<String> {
        let open = self.at;
        let bad = || (open..open + 2, "a here-document that never ends".to_owned());
        self.at += 2;
        let flush = self.takes("-");
        let rest = self.rest();
        let (name, _) = rest.split_once('\n').ok_or_else(bad)?;
        self.at += name.len() + 1;
        let name = name.trim();
        if name.is_empty() {
            return Err(bad());
        }
        let mut lines = vec![];
        loop {
            let rest = self.rest();
            let line = rest.split('\n').next().unwrap_or("");
            if rest.is_empty() {
                return Err(bad());
            }
            self.at += line.len();
            if line.trim() == name {
                break;
            }
            self.at += 1;
            self.at = self.at.min(self.text.len());
            lines.push(line.trim_end_matches('\r'));
        }
        let indent = |line: &&str| line.len() - line.trim_start().len();
        let filled = lines.iter().filter(|line| !line.trim().is_empty());
        let margin = if flush { filled.map(indent).min().unwrap_or(0) } else { 0 };
        let own = |line: &&str| format!("{}\n", line.get(margin..).unwrap_or("").to_owned());
        Ok(lines.iter().map(own).collect())
    }

    /// Past an expression; where it ends.
    fn skip(&mut self) -> Read<usize> {
        let open = self.at;
        let (mut depth, mut end) = (0_usize, self.at);
        loop {
            self.blanks(depth > 0)?;
            let rest = self.rest();
            let Some(c) = rest.chars().next() else {
                return match depth {
                    0 => Ok(end),
                    _ => Err((open..end, "an expression that is never closed".to_owned())),
                };
            };
            match c {
                '\n' | ',' | ';' | '}' | ']' | ')' if depth == 0 => return Ok(end),
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                '"' => {
                    self.string()?;
                    end = self.at;
                    continue;
                }
                '<' if rest.starts_with("<<") => {
                    self.here_document()?;
                    end = self.at;
                    continue;
                }
                _ => {}
            }
            self.at += c.len_utf8();
            end = self.at;
        }
    }
}

/// Where something is filled in.
const MARKS: &[char] = &['$', '%', '{', '['];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(expression: &Expression) -> String {
        let entry = |entry: &Attribute| format!("{}={}", entry.name, said(&entry.value));
        let join = |all: Vec<String>| all.join(" ");
        match &expression.value {
            HclValue::Text(text, sure) if *sure == text.len() => format!("{text:?}"),
            HclValue::Text(text, sure) => format!("{:?}?", &text[..*sure]),
            HclValue::Number(number) => number.clone(),
            HclValue::Bool(on) => on.to_string(),
            HclValue::List(items) => format!("[{}]", join(items.iter().map(said).collect())),
            HclValue::Object(all) => format!("{{{}}}", join(all.iter().map(entry).collect())),
            HclValue::Other => "?".to_owned(),
        }
    }

    #[test]
    fn values() {
        for (text, expected) in [
            ("\"a \\\"b\\\" \\u00e9\"", "\"a \\\"b\\\" é\""),
            ("\"a-${var.x[\"y}\"]}-b\"", "\"a-\"?"),
            ("\"$${a} %%{b}\"", "\"${a} %{b}\""),
            ("\"[[ .x ]]\"", "\"\"?"),
            ("-1.5e3", "-1.5e3"),
            ("true", "true"),
            ("[\"a\", 2, # c\n  [true],\n]", "[\"a\" 2 [true]]"),
            ("{ a = 1, \"b\": \"c\"\n d = [] }", "{a=1 b=\"c\" d=[]}"),
            ("var.x", "?"),
            ("1 + 2", "?"),
            ("\"a\" == \"b\" ? {\n} : [\n]", "?"),
            ("[for x in y : x\n]", "?"),
            ("{for k, v in y : k => v}", "?"),
            ("{5 = 1, (var.x) = 2}", "?"),
            ("{ a.b = 1 }", "?"),
            ("f(\"}\", [\n1])", "?"),
            ("<<-EOF\n    a\n      b\n  EOF", "\"a\\n  b\\n\""),
            ("<<EOF\n ${a}\nEOF", "\" \"?"),
            ("null", "?"),
            ("a.b[0] # c", "?"),
            ("/* c */ 1 // d", "1"),
        ] {
            for around in [format!("x = {text}"), format!("x = {text}\ny = 1\n")] {
                let body = parse(&around).unwrap_or_else(|why| panic!("{why:?}\n{around}"));
                assert_eq!(said(body.get("x").unwrap()), expected, "{around}");
                assert_eq!(body.attributes.len(), around.matches("y = 1").count() + 1);
            }
        }
    }

    #[test]
    fn blocks_and_places() {
        let text = "job \"a\" {\n  # b\n  group c {\n d { e = 1 }\n}\n  f = \"g\" # h\n}\n";
        let body = parse(text).unwrap();
        let job = body.all("job").next().unwrap();
        assert_eq!((job.labels[0].as_str(), &text[job.at.clone()]), ("a", "job"));
        assert_eq!(&text[job.body.get("f").unwrap().range.clone()], "\"g\"");
        let inner = &job.body.all("group").next().unwrap().body.blocks[0];
        assert_eq!(&text[inner.body.inside.clone()], " e = 1 ");
        assert_eq!(job.body.attributes[0].name, "f");
    }

    #[test]
    fn what_is_wrong_is_said_at_its_place() {
        for (text, place, why) in [
            ("a {\n b {\n}\n", "{", "never closed"),
            ("a = \"b\n", "\"", "never closed"),
            ("a = [1, 2\n", "[", "never closed"),
            ("a = [1\n2]\n", "2", "comma"),
            ("a = {b = 1\n", "{", "never closed"),
            ("a = \n", "\n", "missing"),
            ("a\n", "\n", "no `=`"),
            ("a = 1 }\n", "}", "more than one"),
            ("a b = 1\n", "=", "no `=` and no `{`"),
            ("a {\n \"b\" = 1\n}\n", "\"", "not quoted"),
            ("\"a\" {\n}\n", "\"", "not quoted"),
            ("a {\n b = 1\n c = 2\n b = 1\n}\n", "b", "set twice"),
            ("a { b = 1, c = 2 }\n", "{", "on one line"),
            ("a { b = 1\n}\n", "{", "on one line"),
            ("a { b { c = 1 } }\n", "{", "on one line"),
            ("a = 1, b = 2\n", ",", "more than one"),
            ("a = 1;\n", ";", "more than one"),
            ("a {} b {}\n", "b", "more than one"),
            ("a.b = 1\n", ".", "no `=` and no `{`"),
            ("= 1\n", "=", "neither"),
            ("a = \"\\q\"\n", "\\", "no such escape"),
            ("a = <<E\nb\n", "<<", "never ends"),
            ("a = \"${b\n", "${", "never closed"),
            ("/* a\n", "/", "never closed"),
            ("a = f(\n", "f(", "never closed"),
            ("a \"a${b}\" {\n}\n", "\"a${b}\"", "filled in"),
        ] {
            let (range, said) = parse(text).unwrap_err();
            assert!(said.contains(why), "{said}: {text}");
            assert_eq!(&text[range.clone()], place, "{range:?}: {text}");
        }
        for deep in ["a {", "a = [", "a = {b = ", "a = (", "a = \"${\"", "a = !", "a = b ? "] {
            let _ = parse(&deep.repeat(50_000));
            let rest = deep.trim_start_matches("a = ");
            let _ = parse(&format!("a = {}", rest.repeat(50_000)));
        }
    }
}
