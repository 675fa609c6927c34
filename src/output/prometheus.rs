//! The text format of Prometheus, for the textfile collector of node_exporter:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>.
//!
//! A verdict is three series of which one is 1, as in a StateSet of OpenMetrics: `unknown` is
//! neither a 0 nor a gap.

use std::io::{self, Write};

use super::Format;
use crate::report::{CheckReport, Generator};
use crate::verdict::Verdict;

/// Metrics for Prometheus.
pub(crate) static FORMAT: Format = Format {
    id: "prometheus",
    about: "Metrics, for the Prometheus textfile collector",
    check: Some(|checked, out| write(checked.report, out)),
    ..Format::NONE
};

fn write(report: &CheckReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    head(out, "isodoc_build_info", "The version of isodoc.")?;
    writeln!(out, "isodoc_build_info{{version=\"{}\"}} 1", Generator::THIS.version)?;
    head(out, "isodoc_verdict", "Whether everything works that was required.")?;
    states(out, "isodoc_verdict", "", report.verdict)?;
    for (metric, label, about, entries) in [
        (
            "isodoc_mechanism_verdict",
            "mechanism",
            "Whether a way to isolate works here.",
            &report.mechanisms,
        ),
        (
            "isodoc_capability_verdict",
            "capability",
            "Whether a single step of isolation works here.",
            &report.capabilities,
        ),
    ] {
        if !entries.is_empty() {
            head(out, metric, about)?;
        }
        for entry in entries {
            let labels = format!("{label}=\"{}\",required=\"{}\",", entry.id, entry.required);
            states(out, metric, &labels, entry.verdict)?;
        }
    }
    Ok(())
}

fn head(out: &mut dyn Write, metric: &str, about: &str) -> io::Result<()> {
    writeln!(out, "# HELP {metric} {about}\n# TYPE {metric} gauge")
}

/// Ids and versions alone stand in labels, which have nothing to escape.
fn states(out: &mut dyn Write, metric: &str, labels: &str, is: Verdict) -> io::Result<()> {
    for verdict in [Verdict::Supported, Verdict::Unsupported, Verdict::Unknown] {
        let value = u8::from(verdict == is);
        writeln!(out, "{metric}{{{labels}verdict=\"{}\"}} {value}", verdict.id())?;
    }
    Ok(())
}
