//! The recipes of a makefile as the shell gets them (GNU make manual, "Recipe Syntax", "How
//! Variables Get Their Values"; POSIX make), and those of a justfile (just manual, "Recipes").

use std::collections::HashMap;
use std::ops::Range;

use super::PROGRAMS;
use super::script::Script;

/// How deep variables of variables are looked up.
const MOST_LEVELS: usize = 8;
/// The longest value that is put in.
const MOST_VALUE: usize = 4_000;

/// Whether the name of a file is that of a makefile.
pub(super) fn is_named(path: &str) -> bool {
    let name = base(path);
    let begins = ["Makefile", "makefile", "GNUmakefile"].iter().any(|known| {
        name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
    });
    begins || super::has_extension(path, &["mk", "mak", "make"])
}

/// Whether the name of a file is that of a justfile.
pub(super) fn is_justfile(path: &str) -> bool {
    base(path).trim_start_matches('.').eq_ignore_ascii_case("justfile")
        || super::has_extension(path, &["just"])
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a text is a makefile: a rule, and a line of its recipe behind a tab.
pub(super) fn looks_like_one(text: &str) -> bool {
    let rule = |line: &str| {
        let target = line.split_once(':').map_or("", |(target, rest)| match rest.chars().next() {
            Some('=' | '/') => "",
            _ => target,
        });
        let named = |c: char| c.is_alphanumeric() || "._-/%$() ".contains(c);
        !target.is_empty() && !target.starts_with(' ') && target.chars().all(named)
    };
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if rule(line) && lines.peek().is_some_and(|next| next.starts_with('\t')) {
            return true;
        }
    }
    false
}

/// The scripts of a makefile: each line of a recipe gets a shell of its own.
pub(super) fn scripts(text: &str) -> Vec<Script> {
    let mut makefile = Makefile { text, ..Makefile::default() };
    let (mut at, mut rule) = (0, false);
    while at < text.len() {
        let end = logical_end(text, at);
        makefile.line(at..end, &mut rule);
        at = end + 1;
    }
    makefile.recipes.iter().map(|recipe| makefile.script(recipe.clone())).collect()
}

pub(super) fn of_justfile(text: &str) -> Vec<Script> {
    let (mut scripts, mut at) = (vec![], 0);
    while at < text.len() {
        let mut end = logical_end(text, at);
        if text.get(at..end).is_some_and(|line| line.starts_with([' ', '\t'])) {
            let begin = at + prefix(text.get(at..end).unwrap_or(""));
            // A recipe that names its interpreter is one script.
            if text.get(begin..end).is_some_and(|line| line.starts_with("#!")) {
                let more = |at: usize| {
                    text.get(at..).is_some_and(|rest| rest.starts_with([' ', '\t', '\n']))
                };
                while more(end + 1) {
                    end = logical_end(text, end + 1);
                }
            }
            let line = text.get(begin..end).unwrap_or("");
            let mut script = Script::whole(line, begin);
            script.holes = super::script::between(line, "{{", "}}");
            scripts.push(script);
        }
        at = end + 1;
    }
    scripts
}

/// Where the line that begins here ends, with those that it goes on in.
fn logical_end(text: &str, mut from: usize) -> usize {
    loop {
        let rest = text.get(from..).unwrap_or("");
        let Some(length) = rest.find('\n') else { return text.len() };
        let line = rest.get(..length).unwrap_or("");
        let line = line.strip_suffix('\r').unwrap_or(line);
        let backslashes = line.len() - line.trim_end_matches('\\').len();
        if backslashes % 2 == 0 {
            return from + length;
        }
        from += length + 1;
    }
}

/// How long the marks before a command are: blanks, `@`, `-`, `+`.
fn prefix(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t', '@', '-', '+']).len()
}

#[derive(Default)]
struct Makefile<'t> {
    text: &'t str,
    /// What each variable is set to, wherever that stands; `None`: under a condition, or for one
    /// target alone.
    variables: HashMap<&'t str, Vec<Option<MakeValue<'t>>>>,
    /// The bytes of each line of a recipe.
    recipes: Vec<Range<usize>>,
    /// How many conditions are open.
    conditions: usize,
    /// Whether lines belong to a `define`.
    defining: bool,
}

#[derive(Clone, Copy)]
struct MakeValue<'t> {
    text: &'t str,
    /// Whether it is put behind what was there.
    adds: bool,
    /// Whether the environment takes precedence over it.
    weak: bool,
}

impl<'t> Makefile<'t> {
    fn line(&mut self, range: Range<usize>, rule: &mut bool) {
        let line = self.text.get(range.clone()).unwrap_or("");
        let trimmed = line.trim_start();
        if line.starts_with('\t') && *rule || self.defining {
            match trimmed.trim_end() {
                "endef" => self.defining = false,
                _ => self.recipes.push(range.start + prefix(line)..range.end),
            }
            return;
        }
        match trimmed.split_ascii_whitespace().next() {
            None => return,
            Some("ifeq" | "ifneq" | "ifdef" | "ifndef") => {
                self.conditions += 1;
                return;
            }
            Some("endif") => {
                self.conditions = self.conditions.saturating_sub(1);
                return;
            }
            Some("define") => {
                self.defining = true;
                *rule = false;
                return;
            }
            Some(word) if word.starts_with('#') => return,
            Some(_) => {}
        }
        if self.assigns(trimmed) {
            *rule = false;
        } else if let Some((target, rest)) = line.split_once(':') {
            *rule = true;
            // `target: VARIABLE = value` holds there alone.
            let known = self.conditions;
            self.conditions += 1;
            if !self.assigns(rest.trim_start_matches(':').trim_start())
                && let Some(at) = rest.find(';')
            {
                let begin = range.start + target.len() + 1 + at + 1;
                let command = self.text.get(begin..range.end).unwrap_or("");
                self.recipes.push(begin + prefix(command)..range.end);
            }
            self.conditions = known;
        }
    }

    /// Notes what a line sets, if it sets a variable.
    fn assigns(&mut self, line: &'t str) -> bool {
        let words = ["export ", "override ", "private ", "unexport "];
        let line = words.iter().fold(line, |line, word| line.strip_prefix(word).unwrap_or(line));
        let Some((before, value)) = line.split_once('=') else { return false };
        let name = before.trim_end_matches(['?', ':', '+', '!']);
        let operator = before.get(name.len()..).unwrap_or("");
        let name = name.trim();
        if name.is_empty() || name.contains([':', ' ', '\t', '$', '"', '\'']) {
            return false;
        }
        let comment = value.find(" #").or_else(|| value.find("\t#")).unwrap_or(value.len());
        let text = value.get(..comment).unwrap_or(value).trim();
        let value = MakeValue { text, adds: operator == "+", weak: operator == "?" };
        let sure = self.conditions == 0 && operator != "!" && !text.contains('\n');
        self.variables.entry(name).or_default().push(sure.then_some(value));
        true
    }

    /// A line of a recipe as the shell gets it.
    fn script(&self, range: Range<usize>) -> Script {
        let mut script = Script::default();
        let text = self.text.get(range.clone()).unwrap_or("");
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let here = range.start + at;
            let Some(dollar) = rest.find(['$', '\n']) else {
                script.extract.push(rest, here);
                break;
            };
            script.extract.push(rest.get(..dollar).unwrap_or(""), here);
            let rest = rest.get(dollar..).unwrap_or("");
            let here = here + dollar;
            at += dollar;
            if rest.starts_with('\n') {
                // The tab of a line that goes on is make's.
                script.extract.push("\n", here);
                at += if rest.starts_with("\n\t") { 2 } else { 1 };
                continue;
            }
            let length = reference(rest);
            let raw = rest.get(..length).unwrap_or("");
            if raw == "$$" {
                script.extract.push("$", here + 1);
            } else if let Some(value) = name_of(raw).and_then(|name| self.value(name, 0)) {
                // Each of it stands where the variable does.
                for c in value.chars() {
                    script.extract.push(c.encode_utf8(&mut [0; 4]), here);
                }
            } else if length > 1 {
                script.push_hole(raw, here);
            } else {
                script.extract.push(raw, here);
            }
            at += length;
        }
        script
    }

    /// The value of a variable, where the makefile alone says it.
    fn value(&self, name: &str, level: usize) -> Option<String> {
        let all: Vec<MakeValue<'_>> =
            self.variables.get(name)?.iter().copied().collect::<Option<_>>()?;
        let (first, more) = all.split_first()?;
        // Which of several is meant depends on the order of reading.
        if level == MOST_LEVELS || more.iter().any(|value| !value.adds) {
            return None;
        }
        // The environment may say something else; which program is meant it hardly does.
        let program = first.text.split_ascii_whitespace().next_back().unwrap_or("");
        if first.weak && !PROGRAMS.contains(&program) {
            return None;
        }
        let mut value = String::new();
        for part in &all {
            if !value.is_empty() {
                value.push(' ');
            }
            let mut rest = part.text;
            while let Some((before, _)) = rest.split_once('$') {
                value.push_str(before);
                let found = rest.get(before.len()..)?;
                let length = reference(found);
                match found.get(..length)? {
                    "$$" => value.push('$'),
                    // What only make knows (`$(CURDIR)`, `$(shell pwd)`) reads as the shell's.
                    raw => match name_of(raw).filter(|name| self.variables.contains_key(name)) {
                        Some(name) => value.push_str(&self.value(name, level + 1)?),
                        None => value.push_str(raw),
                    },
                }
                if value.len() > MOST_VALUE {
                    return None;
                }
                rest = found.get(length..)?;
            }
            value.push_str(rest);
        }
        (value.len() <= MOST_VALUE).then_some(value)
    }
}

/// How long the reference is that begins with this `$`: `$$`, `$@`, `$(NAME)`, `$(shell x)`.
fn reference(text: &str) -> usize {
    let close = match text.as_bytes().get(1) {
        Some(b'(') => b')',
        Some(b'{') => b'}',
        Some(_) => return 1 + text.chars().nth(1).map_or(0, char::len_utf8),
        None => return 1,
    };
    let (open, mut depth) = (text.as_bytes().get(1).copied(), 0usize);
    for (at, byte) in text.bytes().enumerate().skip(1) {
        if Some(byte) == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        } else if byte == b'\n' {
            break;
        }
    }
    1
}

/// The name in a reference to a variable.
fn name_of(reference: &str) -> Option<&str> {
    let inner = reference.strip_prefix('$')?;
    let bare = inner.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
    let bare = bare.or_else(|| inner.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')));
    let name = bare.unwrap_or(inner);
    let is_name = |c: char| c.is_alphanumeric() || "_.-".contains(c);
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        scripts(text).into_iter().map(|script| script.extract.text).collect()
    }

    /// As `make -n` of GNU make 4.3 prints them, but for what depends on the environment, and the
    /// line after `not`, at which it stops.
    #[test]
    fn recipes_as_the_shell_gets_them() {
        let text = "A = one\nB := $(A) two\nB += three\nE ?= env\nCT ?= podman\n\
            ifdef X\nC = c\nendif\nt: D = d\nt: dep ; @echo $(B)\n\t@-echo \"$$HOME\" $@ \\\n\
            \t  $(C)$(D) $E\n\t# comment\n\n\t+$(CT) run x # c\nnot = \ta\n\techo no\n\
            define recipe\necho $(1)\nendef\n";
        let expected = [
            "echo one two three",
            "echo \"$HOME\" $@ \\\n  $(C)$(D) $E",
            "# comment",
            "podman run x # c",
            "echo $(1)",
        ];
        assert_eq!(texts(text), expected);
        let script = &scripts(text)[1];
        let holes: Vec<&str> =
            script.holes.iter().map(|hole| &script.extract.text[hole.clone()]).collect();
        assert_eq!(holes, ["$@", "$(C)", "$(D)", "$E"]);
        let at = script.extract.text.find("HOME").unwrap();
        assert_eq!(&text[script.extract.range(at..at + 4)], "HOME");
    }

    /// As `make -n` of GNU make 4.3 prints them, but for what make fills in itself.
    #[test]
    fn a_command_in_a_variable_may_hold_what_make_fills_in() {
        let text = "DOCKER ?= docker\nRUN = $(DOCKER) run -v $(CURDIR):/w\nt:\n\t$(RUN) x $(Y)\n";
        assert_eq!(texts(text), ["docker run -v $(CURDIR):/w x $(Y)"]);
    }

    #[test]
    fn nothing_is_put_in_for_ever() {
        let nested: String = (1..40).map(|i| format!("A{i} = $(A{0})$(A{0})\n", i - 1)).collect();
        assert_eq!(texts(&format!("A0 = xxxx\n{nested}t:\n\techo $(A39)\n")), ["echo $(A39)"]);
        assert_eq!(texts("A = $(A)\nt:\n\techo $(A) $( $(\n"), ["echo $(A) $( $("]);
    }

    #[test]
    fn by_name_or_by_content() {
        for name in ["Makefile", "x/GNUmakefile", "rules.mk", "Makefile.docker"] {
            assert!(is_named(name), "{name}");
        }
        assert!(!is_named("makefiles.md") && is_justfile("a/Justfile") && is_justfile(".justfile"));
        assert!(looks_like_one("A := b\nall: x y\n\tdocker run z\n"));
        assert!(!looks_like_one("a:\n  b\n") && !looks_like_one("http://x\n\ty\n"));
    }

    #[test]
    fn lines_of_a_justfile() {
        let text = "img := \"x\"\nrun arg='1': build\n    @docker run {{ img }} \\\n      a\n\
            \nall:\n\t#!/bin/bash\n\tX=1\n\n\tdocker run $X\nset shell\n";
        let found: Vec<_> =
            of_justfile(text).into_iter().map(|script| script.extract.text).collect();
        assert_eq!(
            found,
            ["docker run {{ img }} \\\n      a", "#!/bin/bash\n\tX=1\n\n\tdocker run $X"]
        );
    }
}
