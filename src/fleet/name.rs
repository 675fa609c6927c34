//! What a host is called.

use std::borrow::Cow;

/// How a host is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedAs {
    /// By the field `host` of its document.
    Field,
    /// By what stands before it on its line.
    Label,
    /// By its file.
    File,
    /// By file and line.
    Line,
}

/// The name of a host, and where it was found.
pub(crate) fn of<'a>(
    field: Option<&'a str>,
    label: &'a [u8],
    of_file: Option<String>,
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
/// --prefix` (`[pod/isodoc-x/isodoc] `) and a shell loop (`web1 `) write before a line. A line of a
/// log that begins with a date has none.
fn of_label(label: &str) -> Option<&str> {
    let mut words = label.split_whitespace();
    let first = words.next()?;
    let alone = words.next().is_none_or(|second| second.starts_with('|'));
    let name = first.trim_end_matches(':');
    let name = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    (alone && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_name_is_found() {
        let of = |field, label: &str, file: Option<&str>| {
            let (name, by) = of(field, label.as_bytes(), file.map(str::to_owned), "a.ndjson", 7);
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
            ("]", Some("]")),
            (":", None),
        ] {
            assert_eq!(of_label(label), name, "{label}");
        }
    }
}
