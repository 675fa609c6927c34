//! What copying and logging do to a text: escapes, entities and quotation marks of the page that it
//! was taken from, marks before each line, lines that were parted or put together.

use crate::errno::Errno;
use crate::parse::message;

/// The narrowest and the widest lines that are parted where the next word has no room.
const WIDTHS: [usize; 2] = [60, 132];

/// The widest terminal whose lines are put together again.
const WIDEST_TERMINAL: usize = 250;

/// The text without escape sequences and control characters, with the line ends that JSON logs
/// escape, the quotation marks of ASCII, and a line for each record.
pub(super) fn clean(text: &str) -> String {
    let text = &listed(spelled_out(text));
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\x1b', Some('[')) => {
                chars.next();
                while chars.next_if(|c| c.is_ascii_digit() || matches!(c, ';' | '?')).is_some() {}
                chars.next_if(char::is_ascii_alphabetic);
            }
            ('\\', Some('n')) => {
                chars.next();
                out.push('\n');
            }
            ('\\', Some('t')) => {
                chars.next();
                out.push(' ');
            }
            // Quotes and escapes that were escaped again.
            ('\\', Some('"' | '\'' | '\\' | '\u{201c}' | '\u{201d}')) => {}
            ('\n', _) => out.push('\n'),
            ('\u{2018}' | '\u{2019}', _) => out.push('\''),
            ('\u{201c}' | '\u{201d}', _) => out.push('"'),
            // Of no width.
            ('\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}', _) => {}
            (c, _) if c.is_control() || c == '\u{a0}' => out.push(' '),
            (c, _) => out.push(c),
        }
    }
    let mut lines = String::with_capacity(out.len());
    for line in without_questions(&out) {
        for record in records(bare(line)) {
            lines.push_str(record);
            lines.push('\n');
        }
    }
    lines
}

/// The lines of a text without the questions of a form that somebody answered with no: what they
/// ask for is not said.
fn without_questions(text: &str) -> Vec<&str> {
    const NO: &[&str] = &["no", "none", "n/a", "_no response_", "no response"];
    let mut lines: Vec<&str> = vec![];
    for line in text.lines() {
        let is_no = NO.iter().any(|no| line.trim().eq_ignore_ascii_case(no));
        let asked = || lines.iter().rposition(|line| !line.trim().is_empty());
        let heading = |at: &usize| lines.get(*at).is_some_and(|line| line.starts_with('#'));
        match is_no.then(asked).flatten().filter(heading) {
            Some(at) => lines.truncate(at),
            None => lines.push(line),
        }
    }
    lines
}

/// The text with the characters that HTML, JSON and logs of terminals write otherwise, and without
/// the colours whose escape character was lost on the way.
fn spelled_out(text: &str) -> String {
    const SPELLED: &[(&str, &str)] = &[
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
        // Go's JSON.
        ("\\u003c", "<"),
        ("\\u003e", ">"),
        ("\\u0026", "&"),
        ("\\u001b[", "\x1b["),
        ("\\x1b[", "\x1b["),
        ("\\033[", "\x1b["),
        ("^[[", "\x1b["),
        ("<pre>", ""),
        ("</pre>", ""),
        ("<code>", ""),
        ("</code>", ""),
        ("<br>", "\n"),
        ("<br/>", "\n"),
        ("<br />", "\n"),
    ];
    let mut text = text.to_owned();
    for (spelled, character) in SPELLED {
        if text.contains(spelled) {
            text = text.replace(spelled, character);
        }
    }
    without_colours(&text)
}

/// The text with a line for each line that Ansible lists: `"stderr_lines": ["one", "two"]`.
fn listed(text: String) -> String {
    const LIST: &str = "_lines\": [\"";
    if !text.contains(LIST) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, list)) = rest.split_once(LIST) {
        let (lines, after) = list.split_once("\"]").unwrap_or((list, ""));
        for part in [before, LIST, "\n", &lines.replace("\", \"", "\n"), "\n"] {
            out.push_str(part);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The text without `[31m` and `[0m`.
fn without_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('[') {
        out.push_str(before);
        let inner = behind.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        let digits = behind.len() - inner.len();
        match inner.strip_prefix('m') {
            Some(after) if digits > 0 && !before.ends_with('\x1b') => rest = after,
            _ => {
                out.push('[');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Whether Docker Compose wrote the lines of a text: `app-1  | `, `app_1  | `.
pub(super) fn is_of_compose(text: &str) -> bool {
    let service = |line: &str| {
        let (service, _) = line.split_once(" | ")?;
        let (_, number) = service.trim().rsplit_once(['-', '_'])?;
        Some(!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    };
    text.lines().filter_map(service).any(|numbered| numbered)
}

/// A line without what was put before it: the service of a compose file, the mark of a quotation,
/// the marks of code, a frame.
fn bare(line: &str) -> &str {
    let name = |text: &str| {
        let text = text.trim_end();
        !text.is_empty()
            && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    let line = match line.split_once("| ") {
        Some((service, rest)) if name(service) => rest,
        _ => line,
    };
    let marks = ["> ", "\u{2502} ", "\u{2503} ", "| "];
    let line = std::iter::successors(Some(line), |line| {
        marks.iter().find_map(|mark| line.strip_prefix(mark))
    })
    .last()
    .unwrap_or(line);
    let line = line.trim_end_matches([' ', '\u{2502}', '\u{2503}']);
    let code = line.trim().strip_prefix('`').and_then(|line| line.strip_suffix('`'));
    code.filter(|code| !code.contains('`')).unwrap_or(line)
}

/// The records of a line: those of Chromium, logrus and rootlesskit, of which each begins with
/// where or when it was written, and which forms and other logs put on one line.
fn records(line: &str) -> Vec<&str> {
    const BEGIN: &[&str] =
        &["time=\"2", "ERRO[", "WARN[", "INFO[", "DEBU[", "FATA[", "[rootlesskit:", "[E][", "[W]["];
    let begins =
        |rest: &str| BEGIN.iter().any(|word| rest.starts_with(word)) || is_record_of_chromium(rest);
    let mut records = vec![];
    let mut start = 0;
    for (space, _) in line.match_indices(' ') {
        let (at, before) = (space + 1, line.get(start..space).unwrap_or_default());
        // What a program says of another's record stays with it.
        if !before.ends_with([':', '=']) && line.get(at..).is_some_and(begins) {
            records.push(before);
            start = at;
        }
    }
    records.push(line.get(start..).unwrap_or_default());
    records
}

/// `[55:55:1209/101635.594608:FATAL:...`, or without the two numbers.
fn is_record_of_chromium(rest: &str) -> bool {
    let Some((head, _)) = rest.strip_prefix('[').and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    head.len() >= 4 && head.bytes().all(|b| b.is_ascii_digit() || b == b':')
}

/// The text with lines put together that were parted, where there are any: indented ones, as opam
/// wraps what it tells, and those before which the next word had no room.
pub(super) fn unwrap(text: &str) -> Option<String> {
    let [narrow, wide] = WIDTHS;
    let width = |line: &str| line.chars().count();
    let widest = text.lines().map(width).filter(|width| *width <= wide).max()?;
    let mut out = String::with_capacity(text.len());
    let mut before = "";
    let mut parted = false;
    for line in text.lines() {
        let word = line.split_whitespace().next().map_or(0, width);
        let so_far = width(before);
        let full = (narrow..=wide).contains(&so_far) && so_far + 1 + word > widest.max(narrow + 10);
        let joined = (full && goes_on(before, line)) || (line.starts_with(' ') && so_far > 0);
        out.push(if joined { ' ' } else { '\n' });
        out.push_str(line.trim());
        parted |= joined;
        before = line;
    }
    parted.then_some(out)
}

/// A text with lines put together that a terminal cut at its width, wherever that was in a word.
pub(super) struct Uncut {
    pub text: String,
    /// An error is whole only there, so they were cut for sure.
    pub sure: bool,
}

pub(super) fn uncut(text: &str) -> Option<Uncut> {
    let [narrow, _] = WIDTHS;
    let width = |line: &str| line.chars().count();
    let widest =
        text.lines().map(width).max().filter(|w| (narrow..=WIDEST_TERMINAL).contains(w))?;
    let mut lines: Vec<String> = vec![];
    let mut before = "";
    let (mut any, mut sure) = (false, false);
    for line in text.lines() {
        let cut = width(before) == widest && goes_on(before, line);
        match lines.last_mut().filter(|_| cut) {
            Some(whole) => {
                whole.push_str(line);
                any = true;
                let parts = [before, line].map(message::errno_in);
                sure |= parts == [None, None]
                    && message::errno_in(&format!("{before}{line}")).is_some();
            }
            None => lines.push(line.to_owned()),
        }
        before = line;
    }
    any.then(|| Uncut { text: lines.join("\n"), sure })
}

/// The longest text that is taken for one whose line ends were lost.
const LONGEST_PASTE: usize = 20_000;

/// A text that lost its line ends, as titles and forms take them away, with a line for each
/// message: one ends behind the words of an error, and one begins with a prompt or with the name of
/// the program that was typed. `None`: nothing parts it.
pub(super) fn parted(text: &str) -> Option<String> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let (line, None) = (lines.next()?, lines.next()) else { return None };
    if line.len() > LONGEST_PASTE {
        return None;
    }
    let lower = line.to_ascii_lowercase();
    let errors: Vec<String> = Errno::all().map(|(_, text)| text.to_ascii_lowercase()).collect();
    let ends = |said: &str| {
        let said = said.trim_end_matches(['.', ')', ']', '"', '\'', '`']);
        errors.iter().any(|error| said.ends_with(error.as_str()))
    };
    let mut out = String::with_capacity(line.len());
    let mut start = 0;
    for (space, _) in line.match_indices(' ') {
        let (before, rest) = (lower.get(start..space)?, lower.get(space + 1..)?);
        if (ends(before) && !goes_on_with(rest)) || begins_message(before, rest) {
            out.push_str(line.get(start..space)?);
            out.push('\n');
            start = space + 1;
        }
    }
    out.push_str(line.get(start..)?);
    (start > 0).then_some(out)
}

/// Whether a sentence goes on behind the words of an error: `permission denied while connecting`.
fn goes_on_with(rest: &str) -> bool {
    const WORDS: &[&str] = &[
        // LXC's, which says what failed behind it.
        "-", "and", "as", "at", "because", "but", "by", "error", "for", "from", "if", "in", "is",
        "of", "on", "or", "to", "was", "when", "while", "with",
    ];
    let word = rest.split(' ').next().unwrap_or_default();
    word.starts_with('(') || WORDS.contains(&word)
}

/// Whether a message or a command begins behind what was said.
fn begins_message(before: &str, rest: &str) -> bool {
    let mut words = rest.split(' ');
    let (word, next) = (words.next().unwrap_or_default(), words.next());
    let sign = |word: &str| word.ends_with(['$', '#', '%']);
    let prompt = sign(word) && (word.len() == 1 || word.contains('@'));
    let wide = word.contains('@') && next.is_some_and(sign);
    if (prompt || wide) && next.is_some() {
        return true;
    }
    let Some(program) = word.strip_suffix(':').filter(|name| !name.is_empty()) else {
        return false;
    };
    let typed = |word: &str| word.rsplit('/').next() == Some(program);
    !before.ends_with([':', '=', '"']) && before.split(' ').any(typed)
}

/// Whether a line can go on with what the line before it says: lines of one log have one beginning.
fn goes_on(before: &str, line: &str) -> bool {
    let first = line.split_whitespace().next();
    first.is_some() && !begins(line) && first != before.split_whitespace().next()
}

/// Whether a line begins something of its own: a prompt, a point of a list, a time, a unit.
fn begins(line: &str) -> bool {
    let prompt = line.split(' ').next().is_some_and(|word| word.contains('@'));
    let mark = |c: char| c.is_ascii_digit() || matches!(c, '$' | '#' | '-' | '*' | '[' | '>');
    let busybox = line.starts_with("~ # ") || line.starts_with("/ # ");
    prompt || busybox || line.starts_with(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_or_a_log_put_around_a_line_goes() {
        for text in [
            "crun: mount `proc` to `/proc`: Operation not permitted",
            "worker-1  | crun: mount `proc` to `/proc`: Operation not permitted",
            "> crun: mount `proc` to `/proc`: Operation not permitted",
            "> > crun: mount `proc` to `/proc`: Operation not permitted",
            "\u{2502} crun: mount `proc` to `/proc`: Operation not permitted   \u{2502}",
            "\u{200b}crun: mount `proc` to `/proc`: Operation not permitted",
            "\u{1b}[31mcrun: mount `proc` to `/proc`: Operation not permitted\u{1b}[0m",
            "[1;31mcrun: mount `proc` to `/proc`: Operation not permitted[0m",
            "^[[31mcrun: mount `proc` to `/proc`: Operation not permitted^[[0m",
            "\\u001b[31mcrun: mount `proc` to `/proc`: Operation not permitted\\u001b[0m",
            "<pre>crun: mount `proc` to `/proc`: Operation not permitted</pre>",
        ] {
            assert_eq!(clean(text), "crun: mount `proc` to `/proc`: Operation not permitted\n");
        }
        let said = "E: unshare 'x' \"y\" <z>: & failed\n";
        for text in [
            "`E: unshare 'x' \"y\" <z>: & failed`",
            "E: unshare \u{2018}x\u{2019} \u{201c}y\u{201d} <z>: & failed",
            "E: unshare &#39;x&#x27; &quot;y&#34; &lt;z&gt;: &amp; failed",
            "E: unshare 'x' \\&quot;y\\&quot; &lt;z&gt;: &amp; failed",
            "E: unshare 'x' \\\\\u{201c}y\\\\\u{201d} \\u003cz\\u003e: \\u0026 failed",
        ] {
            assert_eq!(clean(text), said, "{text}");
        }
    }

    #[test]
    fn a_question_that_is_answered_with_no_says_nothing() {
        let text = "### Podman in a container\n\nNo\n\n### Privileged Or Rootless\n\nRootless\n";
        let said = "\n### Privileged Or Rootless\n\nRootless\n";
        assert_eq!(clean(text), said);
        assert_eq!(clean(&text.replace("No\n", "Yes\n")).lines().count(), 7);
    }

    #[test]
    fn records_on_one_line_are_parted() {
        let text = "failed: errno = Operation not permitted [55:55:1209/101635.5:FATAL:x.cc(207)] \
            No such file [1209/101635.6:WARNING:y.cc(95)] time=\"2024-01-01\" msg=\"x\"";
        assert_eq!(clean(text).lines().count(), 4);
        assert_eq!(clean("logged: time=\"2024\" x").lines().count(), 1);
    }

    #[test]
    fn lost_line_ends_are_found_again() {
        for text in [
            "$ unshare -U true|unshare: unshare failed: Operation not permitted|$ id",
            "me@host:~$ mount -o bind /dev dev/|mount: permission denied",
            "[me@host dir]$ bwrap --bind / / id|bwrap: unshare user ns: No space left on device",
            "cannot clone: Operation not permitted|Error: cannot re-exec process",
            "open(\"/x\") = -1 EPERM (Operation not permitted)|close(3) = 0",
        ] {
            let lost = text.replace('|', " ");
            assert_eq!(parted(&lost), Some(text.replace('|', "\n")), "{text}");
        }
        for text in [
            "permission denied while trying to connect to the daemon",
            "mount failed: Operation not permitted (os error 1)",
            "lxc_spawn: 1730 Operation not permitted - Failed to clone",
            "error running newuidmap: exit status 1: newuidmap: write to uid_map failed",
            "two lines: Permission denied\nas they are",
        ] {
            assert_eq!(parted(text), None, "{text}");
        }
    }

    #[test]
    fn what_ansible_lists_are_lines() {
        let text = r#"{"rc": 1, "stderr_lines": ["sh: one", "bwrap: \"two\""], "stdout": ""}"#;
        let lines = clean(text);
        assert_eq!(lines.lines().nth(1), Some("sh: one"), "{lines}");
        assert_eq!(lines.lines().nth(2), Some("bwrap: \"two\""), "{lines}");
    }

    #[test]
    fn parted_lines_are_put_together() {
        let parted = "bwrap: Creating new namespace failed, likely because the kernel does not support\n\
            user namespaces.\nroot@host:/# id";
        let whole = unwrap(parted).unwrap_or_default();
        assert!(whole.contains("support user namespaces.\nroot@host"), "{whole}");
        assert_eq!(unwrap("short\nlines\nof their own"), None);
        assert!(unwrap("one thing\n    and the rest").is_some());
        let text = "crun: mount `proc` to `/proc` of a container that somebody started: Operat\n\
            ion not permitted\nroot@host:/# id";
        let Some(Uncut { text: whole, sure: true }) = uncut(text) else { panic!("{text}") };
        assert!(whole.contains(": Operation not permitted\nroot@host"), "{whole}");
        assert!(uncut("short\nlines\nof their own").is_none());
    }
}
