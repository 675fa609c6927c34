//! CSV: a line for each answer of each host, written as it is read. RFC 4180, and the columns are
//! version 1: new ones come at the end.

use std::io::{self, Write};

use super::{Format, HostRow, OfFleet, escape};
use crate::fleet::host::HostAnswer;

/// CSV.
pub(crate) static FORMAT: Format = Format {
    id: "csv",
    about: "CSV, a line for each answer of each host",
    fleet: Some(OfFleet { head: HEAD, host: Some(host), keeps: 0, whole: |_, _, _| Ok(()) }),
    ..Format::NONE
};

const HEAD: &str =
    "host,mechanism,required,verdict,cause,platform,place,kernel,remedies,source,installed\r\n";

fn host(row: &HostRow<'_>, out: &mut dyn Write) -> io::Result<()> {
    row.report.answers().try_for_each(|answer| {
        let remedies: Vec<&str> = answer.ways().map(|way| way.id.as_str()).collect();
        let HostAnswer { id, required, verdict, .. } = answer;
        let truth = |is| if is { "true" } else { "false" };
        let cells = [
            row.name,
            id.as_str(),
            truth(*required),
            verdict.id(),
            answer.cause().unwrap_or_default(),
            row.report.platform(),
            row.report.vantage(),
            row.report.kernel(),
            &remedies.join(" "),
            if row.from_snapshot { "snapshot" } else { "report" },
            row.report.installed(answer).map_or("", truth),
        ];
        for (at, cell) in cells.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(out, "{comma}{}", quoted(cell))?;
        }
        out.write_all(b"\r\n")
    })
}

/// A cell. What a spreadsheet would take for a formula has an apostrophe before it.
fn quoted(cell: &str) -> String {
    let text = escape::text(cell);
    let apostrophe = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    if text.contains([',', '"']) {
        format!("\"{apostrophe}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{apostrophe}{text}")
    }
}
