//! How answers are written.

pub(crate) mod check;
pub(crate) mod escape;
pub(crate) mod human;
pub(crate) mod ids;
pub(crate) mod json;
pub(crate) mod lint;
pub(crate) mod man;
mod markdown;
mod page;
mod snippet;
pub(crate) mod style;
mod words;
