//! Everything that only a worker of Windmill means: its variables, and what it would do here.
//!
//! Source: windmill-labs/windmill, backend/windmill-worker/src/worker.rs.

mod findings;
mod variables;
mod worker;

use variables::{ignored, is_true};

pub(crate) use findings::findings;
pub(crate) use variables::{asks_for, flags};
pub(crate) use worker::{Outcome, Worker, outcome};
