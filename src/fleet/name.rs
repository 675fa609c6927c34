//! What a host is called.

use std::borrow::Cow;

/// How a host is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedAs {
    /// By the field `host` of its document.
    Field,
    /// By the label before it on its line.
    Label,
    File,
    /// By file and line.
    Line,
}

/// The name of a host, and where it was found.
pub(crate) fn of<'a>(
    field: Option<&'a str>,
    label: &'a [u8],
    of_file: Option<&'a str>,
    path: &str,
    line: usize,
) -> (Cow<'a, str>, NamedAs) {
    if let Some(field) = field.filter(|field| !field.is_empty()) {
        return (field.into(), NamedAs::Field);
    }
    if let Some(label) = str::from_utf8(label).ok().and_then(of_label) {
        return (label.into(), NamedAs::Label);
    }
    match of_file {
        Some(file) => (file.into(), NamedAs::File),
        None => (format!("{path}:{line}").into(), NamedAs::Line),
    }
}

/// The name in what pdsh (`web1: `), Ansible (`web1 | CHANGED | rc=0 | (stdout) `), `kubectl logs
/// --prefix` (`[pod/isodoc-x/isodoc] `) and a shell loop (`web1 `) write before a line, times left
/// out. Where a log says more there is no telling which word is the name.
fn of_label(label: &str) -> Option<&str> {
    let mut words = label.split_whitespace().filter(|word| !is_time(word));
    let first = words.next()?;
    let alone = words.next().is_none_or(|second| second.starts_with('|'));
    let name = first.trim_end_matches(':');
    let name = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    (alone && !name.is_empty()).then_some(name)
}

/// Whether a word is a date, a time or both, or seconds since 1970: as `2026-11-28T19:00:01.5Z`,
/// `28/Nov/2026:19:00:01`, `19:00:01` and `1795892401.25`, which no host is called. Numbers of
/// fewer digits may be names, and an address is one.
fn is_time(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let shape: String = word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let day = |part: &str| shape.strip_prefix(part).is_some_and(|rest| !rest.starts_with('-'));
    let seconds = shape.split('.').next().is_some_and(|whole| whole.len() >= 9);
    let numbers = shape.chars().all(|c| matches!(c, '0' | '.'));
    ["0000-00-00", "0000/00/00"].into_iter().any(day)
        || shape.starts_with("00/") && shape.contains("/0000:00:00")
        || shape.starts_with("00:00") && shape.chars().all(|c| matches!(c, '0' | ':' | '.' | ','))
        || seconds && numbers && shape.matches('.').count() < 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_name_is_found() {
        let of = |field, label: &str, file: Option<&str>| {
            let (name, by) = of(field, label.as_bytes(), file, "a.ndjson", 7);
            (name.into_owned(), by)
        };
        let named = |name: &str, by| (name.to_owned(), by);
        assert_eq!(of(Some("a"), "b: ", Some("c")), named("a", NamedAs::Field));
        assert_eq!(of(Some(""), "b: ", Some("c")), named("b", NamedAs::Label));
        assert_eq!(of(None, "", Some("c")), named("c", NamedAs::File));
        assert_eq!(of(None, " ", None), named("a.ndjson:7", NamedAs::Line));
        for (label, name) in [
            ("web1 ", Some("web1")),
            ("web1 | CHANGED | rc=0 | (stdout) ", Some("web1")),
            ("[pod/isodoc-x/isodoc] ", Some("pod/isodoc-x/isodoc")),
            ("Nov 28 19:00:01 web1 isodoc[7]: ", None),
            ("2026-11-28T19:00:01.123456789Z ", None),
            ("[2026-11-28 19:00:01,123] ", None),
            ("[28/Nov/2026:19:00:01 +0000] web1 app: ", None),
            ("1795892401.25: ", None),
            ("19:00:01 ", None),
            ("2026-11-28T19:00:01+01:00 web1: ", Some("web1")),
            ("[pod/x/isodoc] 2026-11-28T19:00:01Z ", Some("pod/x/isodoc")),
            ("10.0.0.17: ", Some("10.0.0.17")),
            ("fe80::12:30 ", Some("fe80::12:30")),
            ("12345 ", Some("12345")),
            ("2026-11-28-web ", Some("2026-11-28-web")),
            ("]", Some("]")),
            (":", None),
        ] {
            assert_eq!(of_label(label), name, "{label}");
        }
    }
}
