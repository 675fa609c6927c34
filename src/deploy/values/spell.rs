//! Changes as values of a worker group, whose keys have other names than a container's.

use crate::deploy::Engine;
use crate::deploy::defaults;
use crate::deploy::kubernetes::spell::{Level, field};
use crate::deploy::setting::Change;
use crate::deploy::yaml::Data;

/// The values, a line each; none for what the chart has no value for.
pub(super) fn lines(_: Engine, changes: &[&Change]) -> Vec<String> {
    let mut values = Data::Map(vec![]);
    let mut lines = vec![];
    for change in changes {
        match change {
            Change::Privileged(on) => values.merge(Data::map([("privileged", (*on).into())])),
            Change::KeepCapability(bit) => lines.extend(defaults::name(*bit).map(|name| {
                format!("remove {name} from containerSecurityContext.capabilities.drop")
            })),
            _ => match field(change) {
                Some((Level::SecurityContext, key, value)) => {
                    let context = Data::map([(key, value)]);
                    values.merge(Data::map([("containerSecurityContext", context)]));
                }
                Some((Level::Container, _, value)) => {
                    values.merge(Data::map([("extraEnv", value)]));
                }
                Some((Level::Pod, ..)) | None => {}
            },
        }
    }
    let Data::Map(values) = values else { return lines };
    let line = |(key, value): (String, Data)| format!("{key}: {}", value.flow(false));
    lines.extend(values.into_iter().map(line));
    lines.iter().map(|line| format!("{line}    # in the worker group")).collect()
}
