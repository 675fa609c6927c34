//! Options as getopt_long(3) reads them, for programs that are asked for little of what they know.

use crate::plan::FlagError;

/// An option that a program knows.
#[derive(Clone, Copy)]
struct Known {
    /// Its long name.
    name: &'static str,
    /// Its short name.
    letter: Option<char>,
    /// Whether it takes an argument.
    valued: bool,
}

/// Reads a list of options: each is `name`, `name:letter`, and ends in `=` where it takes an
/// argument.
fn known(list: &'static str) -> impl Iterator<Item = Known> + Clone {
    list.split_ascii_whitespace().map(|word| {
        let bare = word.trim_end_matches('=');
        let (name, letter) =
            bare.split_once(':').map_or((bare, None), |(n, l)| (n, l.chars().next()));
        Known { name, letter, valued: word.len() > bare.len() }
    })
}

/// So many words, which a program knows as its options, and the next where that is an option as
/// well: the program refuses it, and is not started without.
pub(super) fn with_refused(words: &[String], known: usize) -> &[String] {
    let known = known.min(words.len());
    let (before, behind) = words.split_at(known);
    let is_option = |word: &&String| word.len() > 1 && word.starts_with('-') && *word != "--";
    let ended = before.last().is_some_and(|word| word == "--");
    let refused = behind.first().filter(is_option).filter(|_| !ended);
    words.get(..known + usize::from(refused.is_some())).unwrap_or(before)
}

/// An option by its long name, with its argument.
pub(super) type ReadOption = (&'static str, String);

/// Splits words into options of a [list](known). Words that are none are passed over, as
/// getopt_long(3) puts them behind the options; `--` ends them.
pub(super) fn read(words: &[String], list: &'static str) -> Result<Vec<ReadOption>, FlagError> {
    let mut given = vec![];
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let error = |why: &str| FlagError::new(word, why);
        let mut next = || words.next().cloned().ok_or(error("the option requires an argument"));
        if word == "--" {
            break;
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v)));
            let option = by_name(list, name).map_err(error)?;
            given.push(match (option.valued, value) {
                (true, Some(value)) => (option.name, value.to_owned()),
                (true, None) => (option.name, next()?),
                (false, None) => (option.name, String::new()),
                (false, Some(_)) => return Err(error("the option doesn't allow an argument")),
            });
        } else if let Some(letters) = word.strip_prefix('-') {
            let mut letters = letters.chars();
            while let Some(letter) = letters.next() {
                let option = known(list).find(|known| known.letter == Some(letter));
                let option = option.ok_or(error("unrecognized option"))?;
                let value = match (option.valued, letters.as_str()) {
                    (false, _) => String::new(),
                    (true, "") => next()?,
                    (true, rest) => rest.to_owned(),
                };
                given.push((option.name, value));
                if option.valued {
                    break;
                }
            }
        }
    }
    Ok(given)
}

/// A long option by its very name, and whether it takes an argument.
pub(super) fn exact(list: &'static str, name: &str) -> Option<(&'static str, bool)> {
    known(list).find(|known| known.name == name).map(|known| (known.name, known.valued))
}

/// Reads the options before the first word that is none, as programs in Go do; with them, that
/// word and what follows it.
pub(super) fn before_operand<'a>(
    words: &'a [String],
    list: &'static str,
) -> Result<(Vec<ReadOption>, &'a [String]), FlagError> {
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        if word == "--" {
            break;
        }
        let (name, own_value) = word
            .trim_start_matches('-')
            .split_once('=')
            .map_or((word.trim_start_matches('-'), false), |(name, _)| (name, true));
        let valued = known(list).any(|k| {
            k.valued && (k.name == name || k.letter.is_some_and(|l| name == l.to_string()))
        });
        at += if valued && !own_value { 2 } else { 1 };
    }
    let (options, rest) = words.split_at(at.min(words.len()));
    Ok((read(options, list)?, rest))
}

/// A long option by its name or an unambiguous beginning of it.
fn by_name(list: &'static str, name: &str) -> Result<Known, &'static str> {
    let all = known(list);
    if let Some(exact) = all.clone().find(|known| known.name == name) {
        return Ok(exact);
    }
    let mut fits = all.filter(|known| known.name.starts_with(name));
    match (fits.next(), fits.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err("unrecognized option"),
        _ => Err("the option is ambiguous"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &str = "mode:M= quiet:q rw";

    fn of(line: &str) -> Result<Vec<String>, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let given = read(&words, KNOWN).map_err(|e| format!("{}: {}", e.word, e.why))?;
        Ok(given.iter().map(|(name, value)| format!("{name}={value}")).collect())
    }

    #[test]
    fn options_are_read_as_by_getopt_long() {
        let given = ["mode=o", "quiet="].map(str::to_owned).to_vec();
        for line in ["-Mo -q", "-qMo", "-M o --quiet", "--mo=o --q -- -x", "true --mode o -q"] {
            let mut read = of(line).unwrap();
            read.sort();
            assert_eq!(read, given, "{line}");
        }
        assert_eq!(of("--bogus").unwrap_err(), "--bogus: unrecognized option");
        assert_eq!(of("-x").unwrap_err(), "-x: unrecognized option");
        assert_eq!(of("--rw=1").unwrap_err(), "--rw=1: the option doesn't allow an argument");
        assert_eq!(of("--mode").unwrap_err(), "--mode: the option requires an argument");
    }
}
