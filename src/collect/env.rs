//! The environment variables, by what they are for.

use crate::facts::Fact;
use crate::facts::env::Env;
use crate::source::Source;
use crate::source::env::{Carry, PLATFORM, WORKER, shown};

/// Reads the variables.
pub(crate) fn collect(source: &dyn Source) -> Env {
    let get = |name: &'static str| {
        Fact::new(source.env(name), format!("${name}")).map(|value| shown(name, value))
    };
    let all = |names: &'static [(&'static str, Carry)]| {
        names.iter().map(|(name, _)| (*name, get(name))).collect()
    };
    Env {
        path: get("PATH"),
        user: get("USER"),
        ld_preload: get("LD_PRELOAD"),
        container: get("container"),
        platform: all(PLATFORM),
        worker: all(WORKER),
    }
}
