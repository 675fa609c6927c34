//! What a service runs: its variables, its command, and the image that it makes.

use std::rc::Rc;

use super::{LayerValue, ServiceKey, ServiceReader, made, wrong};
use crate::deploy::command::line::program_of;
use crate::deploy::compose::interpolation::{Filled, Scope};
use crate::deploy::compose::project::{Layer, quoted};
use crate::deploy::compose::{built, dotenv, words};
use crate::deploy::dockerfile::{self, MadeImage, Named};
use crate::deploy::place::{At, BadInput, FileId};
use crate::deploy::setting::Setting;
use crate::deploy::yaml::{Node, Value};
use crate::findings::catalogue;
use crate::mechanisms;

/// Whether words of a command run a program that isolates.
fn isolates(words: &[At<String>]) -> bool {
    let mut words = words.iter().flat_map(|word| word.value.split_whitespace());
    words.any(|word| mechanisms::called(program_of(word)).is_some())
}

/// What a hook may set for its command, and what of the other commands that hides.
const OF_HOOKS: [(&str, &[Setting]); 2] =
    [("user", &[Setting::User]), ("privileged", &[Setting::Privileged, Setting::Capabilities])];

impl<'s> ServiceReader<'s, '_, '_> {
    pub(super) fn env_files(&mut self) -> Result<(), BadInput> {
        for found in self.values(ServiceKey::EnvFile) {
            let items: Vec<&Node> = match &found.value.value {
                Value::List(items) => items.iter().map(|item| &**item).collect(),
                Value::Scalar(_) => vec![found.value],
                Value::Map(_) => {
                    return Err(wrong(found.key, found.value, "`env_file`", "a string or a list"));
                }
            };
            for item in items {
                let path = match item.is_map() {
                    true => item.get("path").ok_or_else(|| {
                        BadInput::at(item.place, "this entry of `env_file` has no `path`")
                    })?,
                    false => item,
                };
                let required = item.get("required").and_then(|node| node.boolean()) != Some(false);
                let filled = self.words_of(found, path, "an entry of `env_file`")?;
                match self.loader.open(&filled.text, &found.layer.base) {
                    Ok((_, text)) => {
                        let scope = Scope {
                            surroundings: self.loader.surroundings,
                            own: &found.layer.variables,
                        };
                        let variables = dotenv::read(&text, scope);
                        for (name, value) in &variables {
                            let value = value.as_deref().unwrap_or_default();
                            self.loader.surroundings.conceal(name, value);
                        }
                        self.settings.env.extend(
                            variables
                                .into_iter()
                                .map(|(name, value)| (At::new(name, path.place), value)),
                        );
                    }
                    Err(why) if required => {
                        let title = format!(
                            "the environment file {} cannot be read: {why}",
                            quoted(&filled.text)
                        );
                        let detail = "What it sets is not known here, and compose does not start \
                            the container without it.";
                        self.add(catalogue::ENV_FILE_MISSING.at(path.place, title, detail));
                    }
                    Err(_) => {}
                }
            }
        }
        Ok(())
    }

    pub(super) fn environment(&mut self) -> Result<(), BadInput> {
        for found in self.values(ServiceKey::Environment) {
            match &found.value.value {
                Value::Map(_) => {
                    for (name, key, value) in found.value.entries() {
                        if value.tag.as_deref() == Some("reset") {
                            self.settings.env.retain(|(known, _)| known.value != name);
                            continue;
                        }
                        let given = match value.is_null() {
                            true => self.variable(name, found.layer),
                            false => {
                                let filled =
                                    self.scalar(found, value, "a value of `environment`")?;
                                filled.unset.is_none().then(|| filled.text.into_owned())
                            }
                        };
                        self.settings.env.push((At::new(name.to_owned(), key.place), given));
                    }
                }
                Value::List(items) => {
                    for item in items {
                        let filled = self.words_of(found, item, "an entry of `environment`")?;
                        let (name, value) = match filled.text.split_once('=') {
                            Some((name, value)) => {
                                (name.to_owned(), filled.unset.is_none().then(|| value.to_owned()))
                            }
                            None => {
                                (filled.text.to_string(), self.variable(&filled.text, found.layer))
                            }
                        };
                        self.settings.env.push((At::new(name, item.place), value));
                    }
                }
                Value::Scalar(_) => {
                    return Err(wrong(
                        found.key, found.value, "`environment`", "a mapping or a list",
                    ));
                }
            }
        }
        Ok(())
    }

    fn variable(&self, name: &str, layer: &Layer) -> Option<String> {
        Scope { surroundings: self.loader.surroundings, own: &layer.variables }.get(name)
    }

    pub(super) fn command(&mut self, built: &MadeImage) -> Result<(), BadInput> {
        let own = |key| {
            // Null overrides here.
            let last = self.layers(key).last().filter(|found| !found.value.is_null());
            last.map(|found| self.command_words(*found, found.value)).transpose()
        };
        let (entrypoint, command) = (own(ServiceKey::Entrypoint)?, own(ServiceKey::Command)?);
        // The command of an image is for its own entrypoint (moby `daemon/commit.go`, merge).
        let other = entrypoint.as_ref().is_some_and(|words| !words.is_empty());
        let of_image = built.command.clone().filter(|_| !other);
        let entrypoint = entrypoint.or_else(|| built.entrypoint.clone()).unwrap_or_default();
        let command = command.filter(|words| !words.is_empty()).or(of_image).unwrap_or_default();
        self.settings.command = [entrypoint, command].concat();
        Ok(())
    }

    /// The names of the images that it makes.
    pub(super) fn makes(&self) -> Vec<String> {
        let tags = self.values(ServiceKey::Build).filter_map(|found| found.value.get("tags"));
        let tags = tags.flat_map(|tags| tags.items().unwrap_or_default());
        let tags = tags.filter_map(|tag| tag.text()).map(str::to_owned);
        let own = self.string(ServiceKey::Image).ok().flatten();
        let own = own.map(|(name, _)| name.value);
        let makes = self.values(ServiceKey::Build).next().is_some();
        own.into_iter().chain(tags).filter(|_| makes).map(|name| built::full(&name)).collect()
    }

    /// The image of this name, where another service makes it.
    pub(super) fn of_another(&mut self) -> Option<Rc<MadeImage>> {
        let name = built::full(&self.settings.image.as_ref()?.value);
        let maker = *self.loader.images.by_name.get(&name)?;
        self.settings.is_built = true;
        made(maker, self.project, self.loader)
    }

    /// What the contexts are that have names.
    fn contexts(&self) -> Result<Vec<(String, String)>, BadInput> {
        let mut all = vec![];
        for found in self.values(ServiceKey::Build) {
            let Some(contexts) = found.value.get("additional_contexts") else { continue };
            for (name, _, value) in contexts.entries() {
                let filled = self.scalar(found, value, "an entry of `additional_contexts`")?;
                all.push((built::full(name), filled.text.into_owned()));
            }
            for item in contexts.items().unwrap_or_default() {
                let filled = self.scalar(found, item, "an entry of `additional_contexts`")?;
                let (name, value) = filled.text.split_once('=').unwrap_or((&filled.text, ""));
                all.push((built::full(name), value.to_owned()));
            }
        }
        Ok(all)
    }

    /// What a Dockerfile makes.
    fn from(
        &mut self,
        file: (FileId, &str),
        target: Option<&str>,
        args: &[(String, Option<String>)],
    ) -> Result<Option<MadeImage>, BadInput> {
        let contexts = self.contexts()?;
        let (number, project, loader) = (self.number, self.project, &mut *self.loader);
        let mut named = |name: &str| {
            let name = built::full(name);
            let context = contexts.iter().rev().find(|(known, _)| *known == name);
            let Some((_, context)) = context else {
                // What it makes itself is made from that of a registry.
                let maker = *loader.images.by_name.get(&name).filter(|maker| **maker != number)?;
                return Some(Named::Made(made(maker, project, loader)));
            };
            if let Some(image) = context.strip_prefix("docker-image://") {
                return Some(Named::Image(image.to_owned()));
            }
            let other = context.strip_prefix("service:").and_then(|other| {
                loader.images.services.iter().position(|service| service.name == other)
            });
            Some(Named::Made(other.and_then(|other| made(other, project, loader))))
        };
        Ok(dockerfile::image(file, target, args, &mut named))
    }

    /// The image that is built, where its Dockerfile is a file of the project.
    pub(super) fn built(&mut self) -> Result<Option<Rc<MadeImage>>, BadInput> {
        let layers: Vec<LayerValue<'s>> = self.values(ServiceKey::Build).collect();
        if layers.is_empty() {
            return Ok(None);
        }
        let part = |name: &str| {
            let of = |found: &LayerValue<'s>| {
                let whole = (name == "context" && !found.value.is_map()).then_some(found.value);
                let value = found.value.get(name).map(|node| &**node).or(whole)?;
                Some((*found, value))
            };
            layers.iter().rev().find_map(of)
        };
        let text = |name: &str| {
            let Some((found, node)) = part(name) else { return Ok(None) };
            let filled = self.words_of(found, node, &format!("`{name}` of `build`"))?;
            Ok(Some((found, node.place, filled)))
        };
        let (context, file) = (text("context")?, text("dockerfile")?);
        let (inline, target) = (text("dockerfile_inline")?, text("target")?);
        let known = |filled: &Filled<'_>| filled.unset.is_none();
        let all = [&context, &file, &inline, &target];
        if !all.into_iter().flatten().all(|(.., filled)| known(filled)) {
            return Ok(None);
        }
        let target = target.as_ref().map(|(.., filled)| &*filled.text);
        let args = self.build_args(&layers)?;
        if let Some((_, place, filled)) = inline {
            let image = self.from((place.file, &filled.text), target, &args)?;
            return Ok(image.map(|image| Rc::new(image.within(place))));
        }
        let base = context.as_ref().or(file.as_ref()).map(|(found, ..)| &found.layer.base);
        let Some(base) = base.or(layers.first().map(|found| &found.layer.base)) else {
            return Ok(None);
        };
        let context = context.as_ref().map_or(".", |(.., filled)| &*filled.text);
        let file = file.as_ref().map_or("Dockerfile", |(.., filled)| &*filled.text);
        let path = match file.starts_with('/') {
            true => file.to_owned(),
            false => format!("{}/{file}", context.trim_end_matches('/')),
        };
        // What is not there, or elsewhere, tells nothing.
        let Ok((id, text)) = self.loader.open(&path, base) else { return Ok(None) };
        let own = layers.iter().any(|found| found.value.get("additional_contexts").is_some());
        let build = (id, target.map(str::to_owned), args);
        if let Some(known) = self.loader.images.by_build.get(&build).filter(|_| !own) {
            return Ok(known.clone());
        }
        let made = self.from((id, &text), target, &build.2)?.map(Rc::new);
        if !own {
            self.loader.images.by_build.insert(build, made.clone());
        }
        Ok(made)
    }

    fn build_args(
        &self,
        layers: &[LayerValue<'s>],
    ) -> Result<Vec<(String, Option<String>)>, BadInput> {
        let mut all = vec![];
        for found in layers {
            let Some(args) = found.value.get("args") else { continue };
            for (name, _, value) in args.entries() {
                let given = match value.is_null() {
                    true => self.variable(name, found.layer),
                    false => {
                        let filled = self.scalar(*found, value, "an argument of `build`")?;
                        filled.unset.is_none().then(|| filled.text.into_owned())
                    }
                };
                all.push((name.to_owned(), given));
            }
            for item in args.items().unwrap_or_default() {
                let filled = self.words_of(*found, item, "an entry of `args`")?;
                let (name, value) = match filled.text.split_once('=') {
                    Some((name, value)) => (name, filled.unset.is_none().then(|| value.to_owned())),
                    None => (&*filled.text, self.variable(&filled.text, found.layer)),
                };
                all.push((name.to_owned(), value));
            }
        }
        Ok(all)
    }

    fn command_words(
        &self,
        found: LayerValue<'s>,
        command: &'s Node,
    ) -> Result<Vec<At<String>>, BadInput> {
        match &command.value {
            Value::List(items) => {
                let word = |item: &'s Rc<Node>| {
                    let filled = self.scalar(found, item, "a word of the command")?;
                    Ok(At::new(filled.text.into_owned(), item.place))
                };
                items.iter().map(word).collect()
            }
            Value::Scalar(_) => {
                let filled = self.scalar(found, command, "the command")?;
                let place = command.place;
                let words = words::split(&filled.text)
                    .map_err(|why| BadInput::at(place, why.to_string()))?;
                Ok(words.into_iter().map(|word| At::new(word, place)).collect())
            }
            Value::Map(_) => Err(wrong(found.key, command, "the command", "a string or a list")),
        }
    }

    /// What hooks run that isolates: the container is asked for it too. A `pre_start` step has a
    /// container of its own, with the settings of the service; the others are `docker exec` in the
    /// service's (compose-spec 05-services.md).
    pub(super) fn hooks(&mut self) -> Result<(), BadInput> {
        let own = Some(&self.settings.command).filter(|command| isolates(command));
        let mut all: Vec<Vec<At<String>>> = own.into_iter().cloned().collect();
        let mut hooks = vec![];
        for key in [ServiceKey::PreStart, ServiceKey::PostStart, ServiceKey::PreStop] {
            for found in self.values(key) {
                for hook in found.value.items().unwrap_or_default() {
                    let Some(command) = hook.get("command") else { continue };
                    let words = self.command_words(found, command)?;
                    if isolates(&words) {
                        hooks.push((key, found, hook));
                        all.push(words);
                    }
                }
            }
        }
        let (Some((key, found, hook)), Some(first)) = (hooks.first(), all.first()) else {
            return Ok(());
        };
        self.settings.command = first.clone();
        if all.len() == 1 {
            return self.hook(*key, *found, hook);
        }
        self.settings.isolating = all;
        // What is set for one of several does not hold for the others.
        for hook in hooks.iter().map(|(_, _, hook)| hook) {
            for (name, hidden) in OF_HOOKS {
                let Some(node) = hook.get(name) else { continue };
                let why = format!("`{name}` of a hook, which holds for that command alone");
                for about in hidden.iter() {
                    self.settings.leave_open(*about, node.place, why.as_str());
                }
            }
        }
        Ok(())
    }

    /// What a hook sets for its command.
    fn hook(
        &mut self,
        key: ServiceKey,
        found: LayerValue<'s>,
        hook: &'s Node,
    ) -> Result<(), BadInput> {
        if let Some(user) = hook.get("user") {
            self.slot(ServiceKey::User, LayerValue { key: user.place, value: user, ..found });
            self.user()?;
        }
        let Some(privileged) = hook.get("privileged") else { return Ok(()) };
        match key {
            ServiceKey::PreStart => {
                let value = LayerValue { key: privileged.place, value: privileged, ..found };
                self.slot(ServiceKey::Privileged, value);
                self.settings.privileged =
                    self.boolean(ServiceKey::Privileged, Some(Setting::Privileged))?;
            }
            // `execSetPlatformOpt` of moby's daemon/exec_linux.go: every capability, and the
            // profiles that the container has.
            _ if privileged.boolean() != Some(false) => {
                let why = "`privileged` of a hook, which gives its command every capability and \
                    leaves the container's profiles and masks";
                self.settings.leave_open(Setting::Capabilities, privileged.place, why.to_owned());
            }
            _ => {}
        }
        Ok(())
    }
}
