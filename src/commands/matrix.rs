//! `isodoc matrix`: the documented platforms, with the row of this place marked.

use serde::Serialize;

use super::{Answer, Failure, open};
use crate::cli::MatrixArgs;
use crate::collect::{self, Need};
use crate::output::{Notation, human, json};
use crate::platform::{self, MatrixRow, ROWS};
use crate::report::{PlatformReport, VERSION, VantageReport};
use crate::windmill::matrix::SOURCE;

/// `matrix --format json`.
#[derive(Serialize)]
struct Matrix {
    schema_version: u32,
    vantage: VantageReport,
    platform: PlatformReport,
    /// Whose documentation it is.
    documented_by: &'static str,
    rows: Vec<Marked>,
}

/// A row, and whether this place falls in it.
#[derive(Serialize)]
struct Marked {
    #[serde(flatten)]
    row: MatrixRow,
    here: bool,
}

/// Runs the command.
pub(super) fn run(args: &MatrixArgs) -> Result<Answer, Failure> {
    let source = open(&args.source)?;
    let facts = collect::collect(&*source, Need::Check);
    let vantage = platform::detect(&facts);
    let platform = platform::row(&facts, &vantage);
    Ok(Answer::done(match args.format {
        Notation::Text => human::matrix(&vantage, &platform),
        Notation::Json => {
            let rows =
                ROWS.iter().map(|row| Marked { row: *row, here: row.id == platform.id }).collect();
            json::write(&Matrix {
                schema_version: VERSION,
                vantage: vantage.into(),
                platform: platform.into(),
                documented_by: SOURCE,
                rows,
            })
        }
    }))
}
