//! The environment variables of a container.

use std::collections::HashMap;

use super::fields::{self, refused};
use crate::deploy::place::{At, BadInput};
use crate::deploy::setting::Settings;
use crate::deploy::yaml::Node;

/// By the name of a ConfigMap: its variables that count.
pub(crate) type ConfigMaps = HashMap<String, HashMap<String, String>>;

/// The variables that count, which are carried from ConfigMaps.
pub(crate) fn counts(variable: &str) -> bool {
    crate::source::env::carry(variable).is_some()
}

/// The variables of a container, in the list of this key and in `envFrom`.
pub(crate) fn environment(
    config: Option<&ConfigMaps>,
    item: &Node,
    key: &str,
    settings: &mut Settings,
) -> Result<(), BadInput> {
    for source in fields::list(item, "envFrom")? {
        if !source.is_map() {
            return Err(source.wrong("an item of `envFrom`", "a mapping"));
        }
        let prefix = fields::string(source, "prefix")?.map_or("", |at| at.value);
        for (key, what) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
            let Some(reference) = fields::mapping(source, key)? else { continue };
            let Some(name) = fields::string(reference, "name")? else { continue };
            let known =
                config.filter(|_| what == "ConfigMap").and_then(|maps| maps.get(name.value));
            if let Some(variables) = known {
                let mut sorted: Vec<_> = variables.iter().collect();
                sorted.sort();
                settings.env.extend(sorted.into_iter().map(|(key, value)| {
                    (At::new(format!("{prefix}{key}"), name.place), Some(value.clone()))
                }));
            }
        }
    }
    for entry in fields::list(item, key)? {
        if !entry.is_map() {
            return Err(entry.wrong(&format!("an item of `{key}`"), "a mapping"));
        }
        let Some(name) = fields::string(entry, "name")?.filter(|name| !name.value.is_empty())
        else {
            return Err(refused(entry.place, "this variable has no `name`"));
        };
        let value = fields::string(entry, "value")?;
        let from = fields::mapping(entry, "valueFrom")?;
        if let (Some(value), Some(_)) =
            (value.as_ref().filter(|value| !value.value.is_empty()), from)
        {
            return Err(refused(value.place, "this variable has both `value` and `valueFrom`"));
        }
        let value = match from {
            Some(from) => from.get("configMapKeyRef").and_then(|reference| {
                let variables = config?.get(reference.get("name")?.text()?)?;
                variables.get(reference.get("key")?.text()?).cloned()
            }),
            None => Some(value.map_or(String::new(), |value| value.value.to_owned())),
        };
        // The kubelet puts other variables in place of $(NAME).
        settings.env.push((name.map(str::to_owned), value.filter(|value| !value.contains("$("))));
    }
    Ok(())
}
