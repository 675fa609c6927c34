//! Whose network a service is in, where that is another's: the host's by the name of a network, or
//! that of another service (docker/compose `pkg/compose/create.go`).

use std::collections::HashMap;

use super::project::{ProjectFile, Service};
use crate::deploy::container::Container;
use crate::deploy::place::At;
use crate::deploy::setting::{Joined, Settings};
use crate::deploy::yaml::Node;

/// The names of the networks that are the host's own: `external`, and called `host`.
pub(super) fn of_host(sources: &[ProjectFile]) -> Vec<String> {
    let is_host = |key: &str, network: &Node| {
        let external = network.get("external");
        let old = external.and_then(|external| external.get("name"));
        let name = network.get("name").or(old).and_then(|name| name.text());
        let is_external = external.is_some_and(|at| at.is_map() || at.boolean() == Some(true));
        is_external && name.unwrap_or(key) == "host"
    };
    let documents = sources.iter().flat_map(|source| &source.documents);
    let networks = documents.filter_map(|document| document.get("networks"));
    let entries = networks.flat_map(|networks| networks.entries());
    entries.filter(|(key, _, node)| is_host(key, node)).map(|(key, ..)| key.to_owned()).collect()
}

/// Notes that a service is in a network that is the host's own.
pub(super) fn joins_host(service: &Service, hosts: &[String], settings: &mut Settings) {
    let plain = settings.host_network.is_none() && settings.joins_network.is_none();
    let layers = service.layers.iter().filter(|_| plain && !hosts.is_empty());
    for networks in layers.filter_map(|layer| layer.node.get("networks")) {
        let of_list = networks.items().unwrap_or_default().iter();
        let of_list = of_list.filter_map(|item| Some((item.text()?, item.place)));
        let of_map = networks.entries().into_iter().map(|(name, key, _)| (name, key.place));
        let found = of_list.chain(of_map).find(|(name, _)| hosts.iter().any(|host| host == name));
        if let Some((_, place)) = found {
            settings.host_network = Some(At::new(true, place));
        }
    }
}

/// The `container_name` of a service, where it is one word.
pub(super) fn container_name(service: &Service) -> Option<String> {
    let names = service.layers.iter().rev().filter_map(|layer| layer.node.get("container_name"));
    names.filter_map(|name| name.text()).next().map(str::to_owned)
}

/// Follows `service:NAME` and `container:NAME` to the service that has the network; `names` has the
/// `container_name` of each.
pub(super) fn follow(containers: &mut [Container], names: &[Option<String>]) {
    let mut index: HashMap<String, usize> = HashMap::new();
    for (at, (container, name)) in containers.iter().zip(names).enumerate() {
        index.insert(format!("service:{}", container.name), at);
        index.extend(name.iter().map(|name| (format!("container:{name}"), at)));
    }
    let of = |settings: &Settings| match &settings.joins_network {
        Some(At { value: Joined::Of(other), .. }) => Some(other.clone()),
        _ => None,
    };
    let found: Vec<Option<Option<Joined>>> = containers
        .iter()
        .map(|container| {
            let first = of(&container.settings)?;
            let mut other = first.clone();
            // More steps than services are a circle.
            for _ in containers.iter() {
                let target = index.get(&other).and_then(|at| containers.get(*at))?;
                let settings = &target.settings;
                match (of(settings), &settings.joins_network) {
                    (Some(next), _) => other = next,
                    (None, Some(joined)) => return Some(Some(joined.value.clone())),
                    (None, None) => {
                        let host = settings.host_network.as_ref().is_some_and(|at| at.value);
                        return Some(host.then_some(Joined::Host(first)));
                    }
                }
            }
            None
        })
        .collect();
    for (container, found) in containers.iter_mut().zip(found) {
        let Some(found) = found else { continue };
        let place = container.settings.joins_network.take().map_or(container.place, |at| at.place);
        container.settings.joins_network = found.map(|joined| At::new(joined, place));
    }
}
