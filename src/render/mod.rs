//! How answers are written.

pub mod escape;
pub mod human;
pub mod json;
pub mod lint;
mod snippet;
pub mod style;
