//! The lines of a configuration, as liblxc splits them (lxc `src/lxc/confile.c`, parse_line).

use std::ops::Range;

/// How every key begins; liblxc ignores a line that begins otherwise.
pub(super) const PREFIX: &str = "lxc.";

/// An assignment; a key alone where the line has none, which liblxc refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LxcLine<'t> {
    pub key: &'t str,
    pub value: &'t str,
    /// The assignment itself, without the blanks around it.
    pub range: Range<usize>,
    /// The whole line, with its line ending.
    pub whole: Range<usize>,
}

impl LxcLine<'_> {
    /// Whether there is more than a key.
    pub(super) fn assigns(&self) -> bool {
        self.range.len() > self.key.len()
    }
}

/// The lines of a text, each with where it begins.
pub(super) fn all(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        at += line.len();
        (at - line.len(), line)
    })
}

/// The assignments of a text.
pub(super) fn lines(text: &str) -> impl Iterator<Item = LxcLine<'_>> {
    all(text).filter_map(|(at, line)| {
        let said = line.trim();
        let begin = at + line.len() - line.trim_start().len();
        said.starts_with(PREFIX).then(|| {
            let (key, value) = said.split_once('=').unwrap_or((said, ""));
            let (key, value) = (key.trim_end(), unquoted(value.trim_start()));
            LxcLine { key, value, range: begin..begin + said.len(), whole: at..at + line.len() }
        })
    })
}

/// A value without the quotation marks around it.
fn unquoted(value: &str) -> &str {
    let inner = |mark| value.strip_prefix(mark)?.strip_suffix(mark);
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}

/// Whether a text has nothing but assignments, among them one of a container.
pub(super) fn recognises(text: &str) -> bool {
    let known = |line: &LxcLine<'_>| line.assigns() && super::keys::are_of_container(line.key);
    let plain = |line: &str| line.is_empty() || line.starts_with('#') || line.starts_with(PREFIX);
    let text = text.trim_start_matches(MARK);
    text.lines().all(|line| plain(line.trim())) && lines(text).any(|line| known(&line))
}

/// A byte order mark. liblxc takes it for a part of the first line, which it then passes over like
/// any that does not begin with `lxc.`.
const MARK: char = '\u{feff}';

/// The assignment behind a byte order mark.
pub(super) fn passed_over(text: &str) -> Option<Range<usize>> {
    let behind = text.trim_start_matches(MARK);
    let mark = text.len() - behind.len();
    let line = lines(behind).next().filter(|line| mark > 0 && line.whole.start == 0)?;
    Some(mark + line.range.start..mark + line.range.end)
}
