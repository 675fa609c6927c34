//! What a service names that its project has to have: networks, volumes, configs, secrets and other
//! services (compose-go `loader/validate.go`, `graph/`).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::addresses;
use super::project::{Service, quoted};
use crate::deploy::host_proc::BindOptions;
use crate::deploy::logs;
use crate::deploy::mounts;
use crate::deploy::place::{At, Place};
use crate::deploy::setting::{Settings, StartObstacle};
use crate::deploy::yaml::Node;

/// What a project has, by the keys of its files.
#[derive(Debug, Default)]
pub(super) struct Declared {
    /// Their key, and their name.
    names: HashSet<(&'static str, String)>,
    /// What its files say of each network.
    networks: HashMap<String, Vec<Rc<Node>>>,
    /// The directories of the host that its volumes bind.
    binds: HashMap<String, String>,
    /// The names of the options of each volume.
    options: HashMap<String, Vec<String>>,
    /// The volumes that somebody else makes than Docker's own driver.
    of_others: HashSet<String>,
    /// Its networks that are the host's own.
    pub hosts: Vec<String>,
    /// Whether the project is complete: no excerpt, and no override without its base file.
    pub whole: bool,
}

/// The keys of a file that declare something, and what one of them is called.
const KINDS: &[(&str, &str)] = &[
    ("networks", "network"),
    ("volumes", "volume"),
    ("configs", "config"),
    ("secrets", "secret"),
    ("models", "model"),
    (SERVICES, "service"),
];

const SERVICES: &str = "services";

impl Declared {
    /// Notes what a document declares.
    pub(super) fn add(&mut self, document: &Node) {
        for (key, _) in KINDS {
            let names = document.get(key).map(|node| node.entries()).unwrap_or_default();
            self.names.extend(names.into_iter().map(|(name, ..)| (*key, name.to_owned())));
        }
        let networks = document.get("networks").map(|node| node.entries()).unwrap_or_default();
        for (name, _, network) in networks {
            self.networks.entry(name.to_owned()).or_default().push(Rc::clone(network));
        }
        let volumes = document.get("volumes").map(|node| node.entries()).unwrap_or_default();
        for (name, _, volume) in volumes {
            self.volume(name, volume);
        }
    }

    fn volume(&mut self, name: &str, volume: &Node) {
        let options = volume.get("driver_opts").map(|node| node.entries()).unwrap_or_default();
        let values = options.iter().filter_map(|(key, _, value)| Some((*key, value.text()?)));
        self.binds.extend(mounts::bound_by(values).map(|dir| (name.to_owned(), dir)));
        let driver = volume.get("driver").and_then(|driver| driver.text());
        if volume.get("external").is_some() || driver.is_some_and(|name| name != "local") {
            self.of_others.insert(name.to_owned());
        }
        let own = self.options.entry(name.to_owned()).or_default();
        own.extend(options.iter().map(|(key, ..)| (*key).to_owned()));
    }

    /// Why Docker does not make a volume.
    fn refused_volume(&self, name: &str) -> Option<&'static str> {
        let own = self.options.get(name).filter(|_| !self.of_others.contains(name))?;
        mounts::refused_options(own.iter().map(String::as_str))
    }

    /// What is said of a network.
    pub(super) fn network(&self, name: &str) -> Option<&[Rc<Node>]> {
        self.networks.get(name).map(Vec::as_slice)
    }

    fn has(&self, key: &'static str, name: &str) -> bool {
        self.names.contains(&(key, name.to_owned())) || key == "networks" && name == "default"
    }
}

/// Notes where a service mounts volumes that bind a directory of the host, or that are not made.
pub(super) fn volumes(service: &Service, declared: &Declared, settings: &mut Settings) {
    let layers = service.layers.iter().filter(|_| !declared.options.is_empty());
    let lists = layers.filter_map(|layer| layer.node.get("volumes")?.items());
    for item in lists.flatten() {
        let text = |key: &str| item.get(key).and_then(|value| value.text());
        let short: Vec<&str> = item.text().map_or(vec![], |text| text.split(':').collect());
        let (name, target, how) = match short.as_slice() {
            [name, target] => (*name, *target, BindOptions::default()),
            [name, target, options] => {
                (*name, *target, BindOptions::of_options(options.split(',')))
            }
            _ => {
                let read_only = item.get("read_only").and_then(|on| on.boolean()) == Some(true);
                let how = BindOptions { read_only, ..BindOptions::default() };
                (text("source").unwrap_or_default(), text("target").unwrap_or_default(), how)
            }
        };
        if let Some(source) = declared.binds.get(name) {
            settings.show_host(source, target, how, item.place);
        }
        if let Some(why) = declared.refused_volume(name) {
            settings.refuse(format!("the volume {}: {why}", quoted(name)), item.place);
        }
    }
}

/// Notes what a service names and its project does not have.
pub(super) fn check(service: &Service, declared: &Declared, settings: &mut Settings) {
    let named = named(service);
    let missing = named.iter().find(|(key, name, _)| !declared.has(key, name));
    if let Some((key, name, place)) = missing {
        let kind = KINDS.iter().find(|(known, _)| known == key).map_or("", |(_, kind)| kind);
        let why = format!("the project has no {kind} {}", quoted(name));
        settings.obstacles.push(At::new(StartObstacle::new(declared.whole, why), *place));
    }
    let contradicts = contradicts(service).map(|(why, place)| (why.to_owned(), place));
    let logs = logs(service);
    let refused = [contradicts, logs, addresses::refused(service, declared)];
    for (why, place) in refused.into_iter().flatten() {
        settings.refuse(why, place);
    }
    if let Some((why, place, is_sure)) = addresses::refused_pool(service, declared) {
        settings.obstacles.push(At::new(StartObstacle::new(is_sure, why), place));
    }
    settings.obstacles.extend(twice(service));
    let itself =
        |(key, name, _): &&(&str, String, Place)| *key == SERVICES && *name == service.name;
    if let Some((_, name, place)) = named.iter().find(itself) {
        settings.refuse(format!("the service {} depends on itself", quoted(name)), *place);
    }
}

/// Keys of a service that exclude each other, or that need one another, and where.
fn contradicts(service: &Service) -> Option<(&'static str, Place)> {
    let layers = || service.layers.iter().rev();
    let last = |key: &str| layers().find_map(|layer| layer.node.get(key));
    let part = |key: &str, name: &str| layers().find_map(|layer| layer.node.get(key)?.get(name));
    let networks = last("networks").filter(|node| node.tag.is_none());
    if let Some(networks) = networks.filter(|_| last("network_mode").is_some()) {
        return Some(("`network_mode` and `networks` exclude each other", networks.place));
    }
    let told = |key: &str| {
        let empty = |node: &Node| match node.text() {
            Some(text) => ["", "0"].contains(&text),
            None => node.items().is_some_and(<[_]>::is_empty),
        };
        last(key).filter(|node| !node.is_null() && !empty(node))
    };
    let text = |key: &str| last(key).and_then(|node| node.text()).unwrap_or_default();
    let joins = text("network_mode").starts_with("container:")
        || text("network_mode").starts_with("service:");
    // moby `runconfig/hostconfig_unix.go`, `daemon/daemon_unix.go`.
    let of_others: [(bool, &[&str], &str); 3] = [
        (
            joins,
            &["hostname", "dns", "extra_hosts", "ports", "expose", "links"],
            "a service in the network of another says nothing of names, addresses and ports",
        ),
        (
            text("uts") == "host",
            &["hostname", "domainname"],
            "a service with the host's names has none of its own",
        ),
        (
            told("cpus").is_some(),
            &["cpu_period", "cpu_quota"],
            "`cpus` excludes `cpu_period` and `cpu_quota`",
        ),
    ];
    let mut of_others = of_others.into_iter().filter(|(on, ..)| *on);
    let other = of_others
        .find_map(|(_, keys, why)| Some((why, keys.iter().find_map(|key| told(key))?.place)));
    if other.is_some() {
        return other;
    }
    let lists = [
        ("devices", "an entry of `devices` has no `target`"),
        ("ports", "an entry of `ports` has no `target`"),
    ];
    let lacks = lists.into_iter().find_map(|(key, why)| {
        let mut items = last(key)?.items()?.iter();
        let item = items.find(|item| item.is_map() && item.get("target").is_none())?;
        Some((why, item.place))
    });
    if lacks.is_some() {
        return lacks;
    }
    let test = part("healthcheck", "test");
    let first = test.and_then(|test| test.items()?.first());
    let known = |word: &str| matches!(word, "CMD" | "CMD-SHELL" | "NONE") || word.contains('$');
    if let Some(first) = first.filter(|first| !first.text().is_none_or(known)) {
        return Some(("`test`, as a list, has to begin with CMD, CMD-SHELL or NONE", first.place));
    }
    let interval = part("healthcheck", "start_interval");
    let interval = interval.filter(|_| part("healthcheck", "start_period").is_none());
    if let Some(interval) = interval {
        return Some(("`start_interval` needs `start_period`", interval.place));
    }
    let count = |node: Option<&Rc<Node>>| node?.text()?.parse::<i64>().ok();
    let (scale, replicas) = (count(last("scale")), count(part("deploy", "replicas")));
    let name = last("container_name").filter(|_| scale.or(replicas) > Some(1));
    name.map(|name| ("a `container_name` is for one container, and there are more", name.place))
}

/// A volume at the path of a `tmpfs`. The daemon refuses those that compose passes on as binds;
/// compose itself, since 2.6.2, refuses all of them (compose-go `loader/validate.go`).
fn twice(service: &Service) -> Option<At<StartObstacle>> {
    let lists = |key: &'static str| {
        let found = service.layers.iter().filter_map(move |layer| layer.node.get(key));
        found.filter(|node| node.tag.is_none())
    };
    let items = |node: &'_ Rc<Node>| -> Vec<Rc<Node>> {
        let items = node.items().unwrap_or_default().to_vec();
        if node.text().is_some() { vec![Rc::clone(node)] } else { items }
    };
    let tmpfs: Vec<Rc<Node>> = lists("tmpfs").flat_map(items).collect();
    let paths: Vec<&str> = tmpfs.iter().filter_map(|node| node.text()?.split(':').next()).collect();
    lists("volumes").flat_map(items).find_map(|volume| {
        let part = |name: &str| volume.get(name).and_then(|node| node.text());
        let (target, is_bind) = match volume.text() {
            Some(text) => {
                let (source, rest) = text.split_once(':').unwrap_or(("", text));
                let target = rest.split(':').next().unwrap_or_default();
                (Cow::Owned(mounts::clean(target)), !source.is_empty())
            }
            None => {
                let kind = part("type").filter(|kind| ["bind", "volume"].contains(kind));
                let plain = kind.is_some_and(|kind| volume.get(kind).is_none());
                (Cow::Borrowed(part("target")?), plain && part("source").is_some())
            }
        };
        let why = format!("something is mounted at {}, where a tmpfs is", quoted(&target));
        let obstacle = At::new(StartObstacle::new(is_bind, why), volume.place);
        paths.contains(&&*target).then_some(obstacle)
    })
}

/// What the log of a service does not take, and where.
fn logs(service: &Service) -> Option<(String, Place)> {
    let mut all = service.layers.iter().filter_map(|layer| layer.node.get("logging"));
    // Where files are put together, the options of both may count.
    let logging = all.next().filter(|node| node.tag.is_none() && all.next().is_none())?;
    let options = logging.get("options");
    let known = |text| (!str::contains(text, '$')).then_some(text);
    let given = options.map(|options| options.entries()).unwrap_or_default();
    let given: Option<Vec<_>> =
        given.iter().map(|(name, _, value)| Some((*name, known(value.text()?)))).collect();
    let why = logs::refused(logging.get("driver")?.text()?, &given?)?;
    Some((why, options.unwrap_or(logging).place))
}

/// What a service names: the key where that is declared, the name, and where it is named.
fn named(service: &Service) -> Vec<(&'static str, String, Place)> {
    let mut all = vec![];
    for layer in &service.layers {
        for (key, _, value) in layer.node.entries() {
            // What a merge takes away is not needed.
            let taken = |layer: &super::project::Layer| {
                layer.node.get(key).is_some_and(|node| node.tag.is_some())
            };
            if !service.layers.iter().any(taken) {
                of_key(key, value, &mut all);
            }
        }
    }
    // What a variable stands for is not known.
    all.retain(|(_, name, _)| !name.contains('$'));
    all
}

fn of_key(key: &str, value: &Node, all: &mut Vec<(&'static str, String, Place)>) {
    let items = value.items().unwrap_or_default();
    let texts = || items.iter().filter_map(|item| Some((item.text()?, item.place)));
    let mut add = |key, name: &str, place| all.push((key, name.to_owned(), place));
    match key {
        "networks" | "depends_on" | "models" => {
            let to = match key {
                "networks" => "networks",
                "models" => "models",
                _ => SERVICES,
            };
            texts().for_each(|(name, place)| add(to, name, place));
            let entries = value.entries().into_iter();
            entries.for_each(|(name, key, _)| add(to, name, key.place));
        }
        "configs" | "secrets" => {
            let to = if key == "configs" { "configs" } else { "secrets" };
            texts().for_each(|(name, place)| add(to, name, place));
            let sources = items.iter().filter_map(|item| item.get("source"));
            sources.filter_map(|node| Some((node.text()?, node.place))).for_each(
                |(name, place)| {
                    add(to, name, place);
                },
            );
        }
        "volumes" => {
            for (volume, place) in texts() {
                if let Some((name, _)) = volume.split_once(':').filter(|(name, _)| is_volume(name))
                {
                    add("volumes", name, place);
                }
            }
            for item in items {
                let of_volume = item.get("type").and_then(|kind| kind.text()) == Some("volume");
                let source = item.get("source").filter(|_| of_volume);
                if let Some((name, place)) = source.and_then(|n| Some((n.text()?, n.place))) {
                    add("volumes", name, place);
                }
            }
        }
        "links" => texts().for_each(|(link, place)| {
            add(SERVICES, link.split(':').next().unwrap_or_default(), place);
        }),
        "volumes_from" => texts().for_each(|(from, place)| {
            if !from.starts_with("container:") {
                add(SERVICES, from.split(':').next().unwrap_or_default(), place);
            }
        }),
        "network_mode" | "ipc" | "pid" => {
            let of = value.text().and_then(|mode| mode.strip_prefix("service:"));
            of.into_iter().for_each(|name| add(SERVICES, name, value.place));
        }
        _ => {}
    }
}

/// Whether the first part of a volume is a name, and no path (compose-go `format/volume.go`).
fn is_volume(source: &str) -> bool {
    let of_windows = source.len() == 1 || source.contains('\\');
    !source.is_empty() && !of_windows && !source.starts_with(['.', '/', '~'])
}
