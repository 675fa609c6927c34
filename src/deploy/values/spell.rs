//! Changes as values of a worker group, whose keys have other names than a container's.

use crate::deploy::Engine;
use crate::deploy::kubernetes::spell::{Level, field};
use crate::deploy::setting::{Change, kept_capabilities};
use crate::deploy::yaml::Data;

/// The values, a line each; none for what the chart has no value for.
pub(super) fn lines(_: Engine, changes: &[&Change]) -> Vec<String> {
    let value = |change: &&Change| match change {
        Change::Privileged(on) => Some(Data::at(&["privileged"], (*on).into())),
        _ => match field(change)? {
            (Level::SecurityContext, key, value) => {
                Some(Data::at(&["containerSecurityContext", key], value))
            }
            (Level::Container, _, value) => Some(Data::at(&["extraEnv"], value)),
            (Level::Pod, ..) => None,
        },
    };
    let kept = kept_capabilities(changes)
        .map(|name| format!("remove {name} from containerSecurityContext.capabilities.drop"));
    let line = |(key, value): (String, Data)| format!("{key}: {}", value.flow(false));
    let values = Data::together(changes.iter().filter_map(value)).into_iter().map(line);
    kept.chain(values).map(|line| format!("{line}    # in the worker group")).collect()
}
