//! Everything that only a worker of Windmill means: its variables, what it would do here, and the
//! platforms that its vendor documents.
//!
//! Source: windmill-labs/windmill, backend/windmill-worker/src/worker.rs.

mod findings;
pub(crate) mod matrix;
mod variables;
mod worker;

use variables::{ignored, is_true};

pub(crate) use findings::findings;
pub(crate) use variables::{asks_for, flags, is_worker, is_worker_image};
pub(crate) use worker::{Worker, WorkerOutcome, outcome};
