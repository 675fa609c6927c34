//! What can be done about a refusal: each remedy is a change of facts, so that its effect can be predicted.

mod search;

use serde::Serialize;

use crate::facts::Facts;
use crate::mechanisms::Plan;
use crate::platform::Vantage;

pub use search::{Solution, solutions};

/// Who can carry a remedy out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// Whoever starts the program or the container.
    Deployer,
    /// Whoever administers the host.
    HostAdmin,
    /// Whoever administers the cluster.
    ClusterAdmin,
}

/// One change that somebody can make.
pub struct Remedy {
    /// The id.
    pub id: &'static str,
    /// What it gives away.
    pub weakens: &'static str,
    /// How to take it back.
    pub undo: &'static str,
    /// What it costs in protection: the less the better; `privileged: true` is the dearest.
    pub cost: u32,
    /// Who does what, pasteable, at this place; `None` where it cannot be done.
    pub how: fn(&Facts, &Plan, &Vantage) -> Option<How>,
    /// The facts and the plan once it is done.
    pub apply: fn(&mut Facts, &mut Plan),
}

/// How a remedy is carried out at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct How {
    /// Who does it.
    pub who: Who,
    /// What is typed or written, each line by itself.
    pub commands: Vec<String>,
}

/// Every remedy.
pub static REMEDIES: &[&Remedy] = &[];

/// The remedy with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Remedy> {
    REMEDIES.iter().find(|remedy| remedy.id == id).copied()
}
