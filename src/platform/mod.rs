//! Where isodoc stands, and which row of the documented matrix that is.

pub(crate) mod matrix;
mod signs;
pub(crate) mod vantage;

pub(crate) use crate::windmill::matrix::{Documented, Id as PlatformId, ROWS, Row};
pub(crate) use matrix::{Platform, row};
pub(crate) use vantage::{Id as VantageId, Vantage, detect};
