//! Whether a program is there.

use crate::errno::Errno;
use crate::facts::{Evidence, Fact, Tool};
use crate::rules::Gate;

/// Shut where the program was looked for in vain.
pub(crate) fn judge(tool: &Fact<Tool>) -> Gate {
    if tool.value().is_some() {
        Gate::Open
    } else if tool.is_absent() {
        Gate::shut(Errno::ENOENT, vec![Evidence::at(tool, "not found")])
    } else {
        // A capture without the environment does not say where programs are looked for.
        Gate::Unobservable
    }
}
