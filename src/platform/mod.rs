//! Where isodoc stands, and which row of the documented matrix that is.

pub mod vantage;

pub use vantage::{Id as VantageId, Vantage};
