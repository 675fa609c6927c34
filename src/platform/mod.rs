//! Where isodoc stands, and which row of the documented matrix that is.

pub mod matrix;
mod signs;
pub mod vantage;

pub use matrix::{Documented, Id as PlatformId, Platform, ROWS, Row, row};
pub use vantage::{Id as VantageId, Vantage, detect};
