//! Where isodoc stands, and which row of the documented matrix that is.

pub(crate) mod matrix;
mod signs;
pub(crate) mod vantage;

pub(crate) use matrix::{Documented, Id as PlatformId, Platform, ROWS, Row, row};
pub(crate) use vantage::{Id as VantageId, Vantage, detect};
