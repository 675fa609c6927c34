//! What a service says of limits, devices, mounts and kernel parameters.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{LayerValue, ServiceKey, ServiceReader, is_string, unset, wrong};
use crate::deploy::compose::interpolation::{Scope, fill};
use crate::deploy::compose::project::quoted;
use crate::deploy::container::Engine;
use crate::deploy::devices::DeviceRights;
use crate::deploy::host_proc::{Below, BindOptions};
use crate::deploy::limits::{self, TMPFS};
use crate::deploy::mounts::{self, MountSource};
use crate::deploy::place::{At, BadInput, Place};
use crate::deploy::setting::Setting;
use crate::deploy::yaml::{Node, Value};

impl<'s> ServiceReader<'s, '_, '_> {
    pub(super) fn limits(&mut self) -> Result<(), BadInput> {
        let own = match self.value(ServiceKey::PidsLimit) {
            Some(found) => self.number(found, found.value, "`pids_limit`")?,
            None => None,
        };
        let mut of_deploy = None;
        for found in self.values(ServiceKey::Deploy) {
            let Some(limit) = found
                .value
                .get("resources")
                .and_then(|r| r.get("limits"))
                .and_then(|l| l.get("pids"))
            else {
                continue;
            };
            of_deploy =
                self.number(found, limit, "`pids` of `deploy.resources.limits`")?.or(of_deploy);
        }
        if let (Some(own), Some(other)) = (&own, &of_deploy)
            && own.value != other.value
            && own.value != 0
        {
            let message = format!(
                "`pids_limit` is {}, and `pids` of `deploy.resources.limits` {}: compose refuses \
                    two values",
                own.value, other.value
            );
            return Err(BadInput::at(other.place, message));
        }
        let positive = |limit: At<i64>| {
            u64::try_from(limit.value).ok().filter(|n| *n > 0).map(|n| At::new(n, limit.place))
        };
        self.settings.pids_limit = of_deploy.and_then(positive).or_else(|| own.and_then(positive));
        self.mounts()?;
        self.devices()?;
        self.sysctls()?;
        self.ulimits()
    }

    /// The limits of processes: one number, or `soft` and `hard`.
    fn ulimits(&mut self) -> Result<(), BadInput> {
        let mut soft: HashMap<&'s str, At<i64>> = HashMap::new();
        for found in self.values(ServiceKey::Ulimits) {
            if !found.value.is_map() {
                return Err(wrong(found.key, found.value, "`ulimits`", "a mapping"));
            }
            for (name, key, limit) in found.value.entries() {
                let what = format!("`{name}`");
                if !limits::is_ulimit(name) {
                    let why = format!("`ulimits`: there is no limit {what}");
                    self.settings.refuse(why, key.place);
                    continue;
                }
                let part = |part: &str| match limit.is_map() {
                    true => limit.get(part).map(|node| &**node).ok_or_else(|| {
                        BadInput::at(limit.place, format!("{what} has no `{part}`"))
                    }),
                    false => Ok(&**limit),
                };
                let (low, high) = (part("soft")?, part("hard")?);
                let (own, hard) =
                    (self.number(found, low, &what)?, self.number(found, high, &what)?);
                let (Some(own), Some(hard)) = (own, hard) else { continue };
                if limits::ulimit(&format!("{}:{}", own.value, hard.value)).is_none() {
                    let why = format!("{what}: the soft limit is above the hard one");
                    self.settings.refuse(why, low.place);
                    continue;
                }
                soft.insert(name, own);
            }
        }
        for (name, limit) in &soft {
            let starves = limits::starves(name, limit.value);
            self.settings.obstacles.extend(starves.map(|why| At::new(why, limit.place)));
        }
        // -1 is no limit.
        let nproc = soft.get("nproc");
        self.settings.nproc =
            nproc.and_then(|limit| Some(At::new(u64::try_from(limit.value).ok()?, limit.place)));
        Ok(())
    }

    /// The limits that decide nothing but whether the engine takes them.
    pub(super) fn sizes(&mut self, other: &[(&'s str, LayerValue<'s>)]) -> Result<(), BadInput> {
        let deploys: Vec<_> = self.values(ServiceKey::Deploy).collect();
        let resources = deploys.into_iter().flat_map(|found| {
            let part = |part: &str, name: &str| {
                found.value.get("resources")?.get(part)?.get(name).map(|node| &**node)
            };
            [
                ("mem_limit", part("limits", "memory")),
                ("cpus", part("limits", "cpus")),
                ("mem_reservation", part("reservations", "memory")),
            ]
            .map(move |(name, value)| Some((name, LayerValue { value: value?, ..found })))
        });
        let mut sizes: HashMap<&str, (u64, Place)> = HashMap::new();
        for (name, found) in other.iter().copied().chain(resources.flatten()) {
            if found.value.is_null() || found.value.text().is_none() {
                continue;
            }
            let filled = self.scalar(found, found.value, &format!("`{name}`"))?;
            if filled.unset.is_some() {
                continue;
            }
            let place = found.value.place;
            if let Some(why) = limits::refused_key(name, &filled.text) {
                self.settings.refuse(format!("`{name}`: {why}"), place);
            }
            if name == "working_dir" {
                self.settings.workdir = Some(At::new(filled.text.to_string(), place));
            }
            sizes.extend(limits::size(&filled.text).map(|bytes| (name, (bytes, place))));
        }
        let bytes = |name| sizes.get(name).map(|(bytes, _)| *bytes);
        let [memory, swap, aside] = ["mem_limit", "memswap_limit", "mem_reservation"].map(bytes);
        let of_memory =
            ["memswap_limit", "mem_reservation"].iter().find_map(|name| sizes.get(name));
        if let (Some(why), Some((_, place))) = (limits::memory(memory, swap, aside), of_memory) {
            self.settings.refuse(why, *place);
        }
        Ok(())
    }

    /// Values that stand in lists and mappings, and that the engine parses.
    pub(super) fn formats(&mut self, other: &[(&'s str, LayerValue<'s>)]) -> Result<(), BadInput> {
        let mut all: Vec<(&str, LayerValue<'s>, String, Place)> = vec![];
        let own = other.iter().filter(|(name, _)| ["dns", "extra_hosts", "ports"].contains(name));
        for (name, found) in own.copied() {
            let items = found.value.items().unwrap_or_default().iter().map(|item| &**item);
            for item in items.chain(found.value.text().map(|_| found.value)) {
                let text = item.text().map(str::to_owned);
                all.extend(text.map(|text| (name, found, text, item.place)));
            }
            for (host, _, value) in found.value.entries().into_iter().filter(|_| name != "ports") {
                let text = value.text().map(|ip| format!("{host}:{ip}"));
                all.extend(text.map(|text| (name, found, text, value.place)));
            }
        }
        let deploys: Vec<_> = self.values(ServiceKey::Deploy).collect();
        let policies = ["restart_policy", "update_config", "rollback_config"];
        let policies = deploys.into_iter().flat_map(|found| {
            policies.into_iter().filter_map(move |key| Some((found.value.get(key)?, found)))
        });
        let health = other.iter().filter(|(name, _)| *name == "healthcheck");
        let health = health.map(|(_, found)| (found.value, *found));
        for (node, found) in health.chain(policies.map(|(node, found)| (&**node, found))) {
            for (name, _, value) in node.entries() {
                let text = value.text().map(str::to_owned);
                all.extend(text.map(|text| (name, found, text, value.place)));
            }
        }
        for (name, found, text, place) in all {
            let scope =
                Scope { surroundings: self.loader.surroundings, own: &found.layer.variables };
            let filled = fill(&text, scope).map_err(|why| BadInput::at(place, why.to_string()))?;
            let why = limits::refused_key(name, &filled.text).filter(|_| filled.unset.is_none());
            if let Some(why) = why {
                self.settings.refuse(format!("`{name}`: {why}"), place);
            }
        }
        Ok(())
    }

    /// What is mounted over /proc or below it, and where nothing is mounted.
    fn mounts(&mut self) -> Result<(), BadInput> {
        let keys =
            [ServiceKey::Volumes, ServiceKey::Tmpfs, ServiceKey::Configs, ServiceKey::Secrets];
        for key in keys {
            for found in self.values(key) {
                let items = found.value.items().unwrap_or_default().iter().map(|item| &**item);
                for item in items.chain(found.value.text().map(|_| found.value)) {
                    self.mount(key, found, item)?;
                }
            }
        }
        Ok(())
    }

    fn mount(
        &mut self,
        key: ServiceKey,
        found: LayerValue<'s>,
        item: &'s Node,
    ) -> Result<(), BadInput> {
        let own = |node: &'s Node| -> Result<Option<Cow<'s, str>>, BadInput> {
            let Some(written) = node.text() else { return Ok(None) };
            let filled = self.fill(written, node.place, found.layer)?;
            // What is not known stands for itself.
            Ok(Some(filled.unset.map_or(filled.text, |_| Cow::Borrowed(written))))
        };
        let part = |keys: &[&str]| {
            let node = keys.iter().try_fold(item, |node, key| node.get(key).map(|node| &**node));
            node.map_or(Ok(None), own)
        };
        let place = item.get("target").map_or(item, |target| &**target).place;
        let (text, kind) = (own(item)?, part(&["type"])?);
        let (target, source) = (part(&["target"])?, part(&["source"])?);
        let below = part(&["bind", "recursive"])?;
        let below = below.map_or(Below::Usual, |recursive| Below::of(&recursive));
        let (propagation, size) = (part(&["bind", "propagation"])?, part(&["tmpfs", "size"])?);
        let read_only = item.get("read_only").and_then(|on| on.boolean()) == Some(true);
        let bound = kind.as_deref() == Some("bind");
        let other = match kind.as_deref() {
            Some("tmpfs") => MountSource::Tmpfs,
            _ => MountSource::Other,
        };
        let of_drive = |volume: &str| volume.contains('\\') || volume.find(':') == Some(1);
        let at = match (key, &text) {
            (ServiceKey::Volumes, Some(volume)) if of_drive(volume) => None,
            (ServiceKey::Volumes, Some(volume)) => {
                let mut parts = volume.split(':');
                let first = parts.next();
                parts.next().or(first)
            }
            (ServiceKey::Tmpfs, Some(tmpfs)) => tmpfs.split(':').next(),
            (ServiceKey::Volumes, None) => Some(target.as_deref().unwrap_or_default()),
            _ => None,
        };
        let refused = at.filter(|at| !at.contains(['$', '\\'])).and_then(mounts::refused_target);
        let way = propagation.as_deref().and_then(mounts::propagation);
        let how = BindOptions { read_only, below, propagation: way };
        let parts = [("propagation", propagation), ("tmpfs-size", size)];
        let refused = refused.or_else(|| {
            let given = parts.iter().filter_map(|(key, value)| Some((key, value.as_ref()?)));
            let mut known = given.filter(|(_, value)| !value.contains('$'));
            known.find_map(|(key, value)| mounts::refused_part(key, value))
        });
        let sourceless = (bound && source.is_none()).then_some("it is of no path of the host");
        let settings = &mut self.settings;
        let tmpfs = text.as_deref().filter(|text| !text.contains('$'));
        let tmpfs = tmpfs.filter(|_| matches!(key, ServiceKey::Tmpfs));
        if let Some(why) = tmpfs.and_then(|text| limits::refused_key(TMPFS, text)) {
            settings.refuse(format!("`{TMPFS}`: {why}"), item.place);
        }
        if let Some(why) = refused.or(sourceless) {
            settings.refuse(format!("an entry of {}: {why}", key.quoted()), place);
        }
        match (key, &text, target) {
            (.., Some(target)) => match source.filter(|_| bound) {
                Some(path) => settings.mounts_of(&path, &target, how, place),
                None => settings.mounts(&target, other, read_only, place),
            },
            (ServiceKey::Volumes, Some(volume), None) => settings.mounts_volume(volume, place),
            (ServiceKey::Tmpfs, Some(tmpfs), None) => {
                let target = tmpfs.split(':').next().unwrap_or_default();
                settings.mounts(target, MountSource::Tmpfs, false, place);
            }
            _ => {}
        }
        Ok(())
    }

    /// A device as an option has it, and the variable that it lacks.
    fn device(
        &self,
        found: LayerValue<'s>,
        item: &'s Node,
    ) -> Result<(String, Option<String>), BadInput> {
        if !item.is_map() {
            let filled = self.words_of(found, item, "an entry of `devices`")?;
            return Ok((filled.text.into_owned(), filled.unset));
        }
        let part = |name: &str| -> Result<(String, Option<String>), BadInput> {
            let Some(node) = item.get(name) else { return Ok((String::new(), None)) };
            let filled = self.words_of(found, node, &format!("`{name}`"))?;
            Ok((filled.text.into_owned(), filled.unset))
        };
        let (source, target, rights) = (part("source")?, part("target")?, part("permissions")?);
        let at = if target.0.is_empty() { &source.0 } else { &target.0 };
        let may = if rights.0.is_empty() { "rwm" } else { &rights.0 };
        Ok((format!("{}:{at}:{may}", source.0), source.1.or(target.1).or(rights.1)))
    }

    /// The devices that it is given, and the rules of its control group.
    fn devices(&mut self) -> Result<(), BadInput> {
        for found in self.values(ServiceKey::Devices) {
            let items = found.value.items();
            let items =
                items.ok_or_else(|| wrong(found.key, found.value, "`devices`", "a list"))?;
            for item in items {
                let (text, lacks) = self.device(found, item)?;
                // Compose 2.40 passes none on then, and the runtimes want some.
                if item.is_map()
                    && item.get("permissions").is_none()
                    && self.engine == Engine::Docker
                {
                    let why =
                        "an entry of `devices` has no `permissions`: runc takes no empty ones";
                    self.settings.refuse(why.to_owned(), item.place);
                }
                // compose-go `transform/device.go` takes any second part for a path, docker/cli
                // does not, which compose used before 2.24.
                let second = text.split_once(':').map_or("", |(_, rest)| rest);
                let unclear = DeviceRights::parse(second).map(|_| {
                    let of = "is a path for some releases of compose, and rights for others";
                    format!("{} {of}", quoted(second))
                });
                match lacks.map(|name| unset(ServiceKey::Devices, &name)).or(unclear) {
                    Some(why) => self.settings.leave_open(Setting::Devices, item.place, why),
                    None => self.settings.give_device(&text, item.place),
                }
            }
        }
        for (filled, node) in self.list(ServiceKey::DeviceCgroupRules)? {
            match filled.unset {
                Some(name) => {
                    let why = unset(ServiceKey::DeviceCgroupRules, &name);
                    self.settings.leave_open(Setting::Devices, node.place, why);
                }
                None => self.settings.rules_device(&filled.text, node.place),
            }
        }
        Ok(())
    }

    /// The kernel parameters, a mapping or a list of `NAME=VALUE`.
    fn sysctls(&mut self) -> Result<(), BadInput> {
        for found in self.values(ServiceKey::Sysctls) {
            if let Value::Map(_) = found.value.value {
                for (name, key, value) in found.value.entries() {
                    self.settings.sysctls.retain(|known| known.value.name != name);
                    if value.tag.as_deref() != Some("reset") {
                        let filled = self.scalar(found, value, "a value of `sysctls`")?;
                        let text = match &value.value {
                            Value::Scalar(scalar) if !is_string(scalar) => as_number(&filled.text),
                            _ => filled.text,
                        };
                        let value = filled.unset.is_none().then_some(&*text);
                        self.settings.set_sysctl(name, value, key.place);
                    }
                }
                continue;
            }
            let items = found.value.items();
            let items = items
                .ok_or_else(|| wrong(found.key, found.value, "`sysctls`", "a mapping or a list"))?;
            for item in items {
                let filled = self.words_of(found, item, "an entry of `sysctls`")?;
                let written = item.text().unwrap_or_default();
                let (name, value) = filled.text.split_once('=').unwrap_or((&filled.text, ""));
                match &filled.unset {
                    Some(lacks) if written.split('=').next().unwrap_or_default().contains('$') => {
                        let why = unset(ServiceKey::Sysctls, lacks);
                        self.settings.hidden_sysctls.push(At::new(why, item.place));
                    }
                    lacks => {
                        let value = lacks.is_none().then_some(value);
                        self.settings.set_sysctl(name, value, item.place);
                    }
                }
            }
        }
        Ok(())
    }

    /// A whole number; `None` where a variable lacks its value.
    fn number(
        &self,
        found: LayerValue<'s>,
        node: &'s Node,
        what: &str,
    ) -> Result<Option<At<i64>>, BadInput> {
        let filled = self.scalar(found, node, what)?;
        if filled.unset.is_some() {
            return Ok(None);
        }
        let number = filled.text.parse::<i64>().ok();
        number.map(|number| Some(At::new(number, node.place))).ok_or_else(|| {
            let why = format!("{what} is {}, not a whole number", quoted(&filled.text));
            BadInput::at(node.place, why)
        })
    }
}

/// How compose writes a number that is not in quotes, such as 1e3.
fn as_number(text: &str) -> Cow<'_, str> {
    let float = text.contains(['e', 'E', '.']).then(|| text.parse::<f64>().ok()).flatten();
    float.map_or(Cow::Borrowed(text), |number| Cow::Owned(number.to_string()))
}
