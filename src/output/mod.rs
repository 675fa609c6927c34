//! How answers are written.

pub(crate) mod escape;
pub(crate) mod human;
pub(crate) mod ids;
pub(crate) mod json;
pub(crate) mod lint;
pub(crate) mod man;
mod snippet;
pub(crate) mod style;
