//! NDJSON: the JSON of a report on one line, so that those of many hosts are a stream.

use super::{Format, json};

/// NDJSON.
pub(crate) static FORMAT: Format = Format {
    id: "ndjson",
    about: "The same JSON on one line, for `isodoc fleet` and databases",
    check: Some(|checked, out| out.write_all(json::line(&json::summed(checked)).as_bytes())),
    ..Format::NONE
};
