//! `/etc/subuid` and `/etc/subgid` (subuid(5)), and the one thing needed of `/etc/passwd`
//! (passwd(5)).

use serde::Serialize;

use super::ParseError;

/// A range of subordinate ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SubIdRange {
    /// A user name, or a uid in decimal.
    pub owner: String,
    /// The first id.
    pub start: u64,
    /// How many ids.
    pub count: u64,
    /// The line it stands on, counted from 1.
    pub line: usize,
}

impl SubIdRange {
    /// The first id behind it.
    pub(crate) fn end(&self) -> u64 {
        self.start.saturating_add(self.count)
    }
}

/// What such a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SubIds {
    pub ranges: Vec<SubIdRange>,
    /// The lines that are none, which shadow and unshare(1) pass over, and dockerd may not.
    pub broken: Vec<BrokenLine>,
}

/// A line that is not `owner:start:count`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BrokenLine {
    /// What stands before the first colon.
    pub owner: String,
    /// Whether it has three fields all the same.
    pub has_fields: bool,
    /// The range of its first three fields, where it has more.
    pub longer: Option<SubIdRange>,
    /// Which one it is, counted from 1.
    pub line: usize,
}

/// What is wrong with these lines.
pub(crate) fn no_ranges(lines: &[BrokenLine]) -> String {
    let lines: Vec<String> = lines.iter().map(|broken| broken.line.to_string()).collect();
    format!("line {}: not `owner:start:count`", lines.join(", "))
}

impl std::ops::Deref for SubIds {
    type Target = Vec<SubIdRange>;

    fn deref(&self) -> &Self::Target {
        &self.ranges
    }
}

impl<'a> IntoIterator for &'a SubIds {
    type Item = &'a SubIdRange;
    type IntoIter = std::slice::Iter<'a, SubIdRange>;

    fn into_iter(self) -> Self::IntoIter {
        self.ranges.iter()
    }
}

/// A report has the ranges.
impl Serialize for SubIds {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.ranges.serialize(to)
    }
}

/// Parses a subordinate id file. Comments and blank lines are passed over.
///
/// # Errors
/// Never; the type is that of the other parsers.
#[expect(clippy::unnecessary_wraps, reason = "the type of the other parsers")]
pub(crate) fn parse(bytes: &[u8]) -> Result<SubIds, ParseError> {
    let text = super::text(bytes);
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let mut file = SubIds::default();
    for (at, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        match range(at, line) {
            Ok(range) => file.ranges.push(range),
            Err(broken) => file.broken.push(broken),
        }
    }
    Ok(file)
}

fn range(line: usize, text: &str) -> Result<SubIdRange, BrokenLine> {
    let fields: Vec<&str> = text.split(':').collect();
    let owner = fields.first().copied().unwrap_or_default().to_owned();
    let number = |at: usize| fields.get(at)?.trim().parse().ok();
    let range = number(1).zip(number(2)).map(|(start, count)| {
        let owner = owner.clone();
        SubIdRange { owner, start, count, line }
    });
    match range {
        Some(range) if fields.len() == 3 => Ok(range),
        longer => Err(BrokenLine { owner, has_fields: fields.len() == 3, longer, line }),
    }
}

/// The ranges that a user has, by name or by uid, as far as these are known.
pub(crate) fn of<'a>(
    ranges: &'a [SubIdRange],
    name: Option<&str>,
    uid: Option<u64>,
) -> impl Iterator<Item = &'a SubIdRange> {
    let owners = [name.map(str::to_owned), uid.map(|uid| uid.to_string())];
    ranges.iter().filter(move |range| owners.iter().flatten().any(|owner| *owner == range.owner))
}

/// The range that unshare(1) takes for a user: the first line whose name is the user's, or begins
/// with its number as strtoul(3) reads it. So any line that begins with no number is root's
/// (read_subid_range() in unshare.c).
pub(crate) fn first_for_unshare<'a>(
    ranges: &'a [SubIdRange],
    name: &str,
    uid: u64,
) -> Option<&'a SubIdRange> {
    let number = |owner: &str| {
        let digits = owner.trim_start().bytes().take_while(u8::is_ascii_digit);
        digits.fold(0_u64, |n, digit| n.saturating_mul(10).saturating_add((digit - b'0').into()))
    };
    ranges.iter().find(|range| range.owner == name || number(&range.owner) == uid)
}

/// A line of passwd(5) or group(5): a name and its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Account {
    pub name: String,
    /// The uid or gid.
    pub id: u64,
}

/// What stands in a capture before the names that were looked for, where accounts were left out.
const LOOKED_FOR: &str = "# accounts that do not count are left out; looked for:";

/// A capture's copy of passwd(5) or group(5): the accounts that count, and what was looked for.
#[must_use]
pub(crate) fn kept(text: &str, asked: &[String], counts: impl Fn(&Account) -> bool) -> String {
    let lines = text.lines().filter(|line| account(line).is_some_and(|account| counts(&account)));
    let mut kept =
        [&[LOOKED_FOR], &*asked.iter().map(String::as_str).collect::<Vec<_>>()].concat().join(" ")
            + "\n";
    lines.for_each(|line| kept.extend([line, "\n"]));
    kept
}

/// The names that were looked for, where a capture has left accounts out.
#[must_use]
pub(crate) fn looked_for(bytes: &[u8]) -> Option<Vec<String>> {
    let text = super::text(bytes);
    let names = text.lines().next()?.strip_prefix(LOOKED_FOR)?.split_whitespace();
    Some(names.map(str::to_owned).collect())
}

fn account(line: &str) -> Option<Account> {
    let mut fields = line.split(':');
    let (name, id) = (fields.next()?, fields.nth(1)?);
    Some(Account { name: name.to_owned(), id: id.parse().ok()? })
}

/// Parses passwd(5) or group(5), whose third field is the id; lines of another shape are passed
/// over.
///
/// # Errors
/// Never; the type is that of the other parsers.
pub(crate) fn accounts(bytes: &[u8]) -> Result<Vec<Account>, ParseError> {
    let text = super::text(bytes);
    Ok(text.lines().filter_map(account).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let ranges = parse(b"# ranges\n\ndockremap:165536:65536\n1000:100000:10\n").unwrap();
        assert_eq!(
            ranges[0],
            SubIdRange { owner: "dockremap".into(), start: 165_536, count: 65_536, line: 3 }
        );
        assert_eq!(of(&ranges, Some("me"), Some(1000)).count(), 1);
        assert_eq!(of(&ranges, Some("dockremap"), None).count(), 1);
        assert_eq!(of(&ranges, None, Some(7)).count(), 0);
    }

    /// Seen with unshare 2.38.1, 2.41.5 and 2.42.4 as root, beside one line for another user.
    #[test]
    fn root_is_who_has_no_number() {
        let ranges = parse(b"7:1:1\nrepro:100000:10\n1000abc:5:1\n").unwrap();
        let start = |name, uid| first_for_unshare(&ranges, name, uid).map(|range| range.start);
        assert_eq!(
            (start("root", 0), start("repro", 9), start("me", 7)),
            (Some(100_000), Some(100_000), Some(1))
        );
        assert_eq!((start("me", 1000), start("me", 8)), (Some(5), None));
    }

    #[test]
    fn broken_lines_are_named() {
        let file = parse(b"a:1:2\nb:1\na:x:2\na:1:2:3\n").unwrap();
        assert_eq!(file.len(), 1);
        let broken = |line: &BrokenLine| (line.owner.clone(), line.has_fields, line.line);
        let longer = file.broken.iter().map(|line| line.longer.as_ref().map(|range| range.count));
        assert_eq!(longer.collect::<Vec<_>>(), [None, None, Some(2)]);
        let broken: Vec<_> = file.broken.iter().map(broken).collect();
        assert_eq!(broken, [("b".into(), false, 2), ("a".into(), true, 3), ("a".into(), false, 4)]);
    }

    #[test]
    fn account_lines() {
        let list = accounts(b"root:x:0:0:root:/root:/bin/sh\nbroken\nme:x:1000:1000::/:/bin/sh\n")
            .unwrap();
        assert_eq!(
            list,
            [Account { name: "root".into(), id: 0 }, Account { name: "me".into(), id: 1000 }]
        );
    }
}
