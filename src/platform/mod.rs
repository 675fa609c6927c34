//! Where isodoc runs, and which row of the documented matrix that is.

pub(crate) mod matrix;
mod signs;
pub(crate) mod vantage;

pub(crate) use crate::windmill::matrix::{Documented, MatrixRow, PlatformId, ROWS};
pub(crate) use matrix::{Platform, row};
pub(crate) use vantage::{Vantage, VantageId, detect};
