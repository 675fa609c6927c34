//! A feature file of node-feature-discovery (its local feature source), whose labels tell a
//! scheduler where sandboxes work.

use super::Format;
use crate::report::Generator;

/// Labels of a node.
pub(crate) static FORMAT: Format = Format {
    id: "nfd",
    about: "Node labels, for node-feature-discovery",
    check: Some(|checked, out| {
        let report = checked.report;
        writeln!(out, "isodoc.version={}", Generator::THIS.version)?;
        writeln!(out, "isodoc.verdict={}", report.verdict.id())?;
        report
            .entries()
            .try_for_each(|entry| writeln!(out, "isodoc.{}={}", entry.id, entry.verdict.id()))
    }),
    ..Format::NONE
};
