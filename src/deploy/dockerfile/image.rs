//! What a Dockerfile says of the image that it makes: what it is made from, its user, its
//! environment, and what it runs.

use std::rc::Rc;

use super::instruction::{Instruction, Instructions, instructions, part, scripts, words};
use super::variables::{Expanded, expand};
use crate::deploy::busybox::Whose;
use crate::deploy::command::isolating::{installed, leaves_util_linux};
use crate::deploy::command::line::short;
use crate::deploy::command::settings::user;
use crate::deploy::place::{At, FileId, Index, Place};
use crate::deploy::setting::{Setting, Settings};

/// How many instructions and stages are gone through: each stage may take over all of another.
const MOST_INSTRUCTIONS: usize = 5000;
const MOST_STAGES: usize = 200;

#[derive(Clone, Debug, Default)]
pub(in crate::deploy) struct MadeImage {
    pub from: Option<At<Expanded>>,
    /// Its user, where the Dockerfile names one.
    pub user: Option<At<Expanded>>,
    /// The variables that it has beside those of what it is made from; no value where only the
    /// build would tell.
    pub env: Vec<(At<String>, Option<String>)>,
    /// The words that are run before the command, where the Dockerfile says it.
    pub entrypoint: Option<Vec<At<String>>>,
    /// The words of the command, where the Dockerfile says it.
    pub command: Option<Vec<At<String>>>,
    /// The packages that it installs which isolate, and the ids of their mechanisms.
    pub installs: Vec<(At<String>, &'static str)>,
    /// Whether it installs util-linux.
    pub has_util_linux: bool,
    /// What it says of containers to the tools of devcontainers.
    pub metadata: Option<At<Expanded>>,
}

/// What `FROM` names that is no stage, where somebody else than a registry has it.
pub(in crate::deploy) enum Named {
    /// An image that is made as well; `None` where nobody knows how.
    Made(Option<Rc<MadeImage>>),
    /// Another image.
    Image(String),
}

/// The label that the tools of devcontainers read.
const METADATA: &str = "devcontainer.metadata";

impl MadeImage {
    /// One of which nothing is known: its user may be anybody.
    fn unknown(name: &str, place: Place) -> Self {
        let user = Expanded { text: format!("the image {name}"), sure: 0 };
        Self { user: Some(At::new(user, place)), ..Self::default() }
    }

    /// The same, all of it said to stand at one place: its text is a part of another file.
    pub(in crate::deploy) fn within(mut self, place: Place) -> Self {
        let own = self.from.iter_mut().chain(&mut self.user).chain(&mut self.metadata);
        own.for_each(|at| at.place = place);
        self.env.iter_mut().for_each(|(name, _)| name.place = place);
        self.installs.iter_mut().for_each(|(package, _)| package.place = place);
        let words = self.entrypoint.iter_mut().chain(&mut self.command);
        words.flatten().for_each(|word| word.place = place);
        self
    }

    /// Puts into settings what a container has from it that says nothing else: its variables, its
    /// user, and what it is made from.
    pub(in crate::deploy) fn put_below(&self, settings: &mut Settings) {
        settings.env.splice(..0, self.env.iter().cloned());
        settings.installs.extend(self.installs.iter().cloned());
        if self.has_util_linux {
            settings.unshare = Some(Whose::UtilLinux);
        }
        let from = self.from.as_ref().filter(|from| from.value.is_sure());
        settings.base = from.map(|from| At::new(from.value.text.clone(), from.place));
        let said = settings.user.is_some() || settings.doubt(Setting::User).is_some();
        let Some(At { value, place }) = self.user.as_ref().filter(|_| !said) else { return };
        if value.is_sure() {
            settings.user = user(&value.text).map(|user| At::new(user, *place));
        } else {
            let why = format!("USER of the Dockerfile depends on {}", short(&value.text));
            settings.leave_open(Setting::User, *place, why);
        }
    }
}

#[derive(Clone, Default)]
pub(super) struct BuildStage {
    name: String,
    /// Its image so far.
    pub image: MadeImage,
    /// The arguments of the build that it has asked for.
    args: Vec<(String, Option<String>)>,
    /// What runs texts.
    shell: Vec<String>,
    /// Whether the command stands in the stage itself.
    own_command: bool,
    /// What the next stage begins with (`ONBUILD`).
    triggers: Vec<Instruction>,
}

/// A build, as far as it has come.
pub(super) struct Build<'a> {
    index: Index<'a>,
    escape: char,
    given: &'a [(String, Option<String>)],
    /// What a name stands for that is no stage.
    named: &'a mut dyn FnMut(&str) -> Option<Named>,
    /// Those that stand before the first stage.
    global: Vec<(String, Option<String>)>,
    /// How many instructions it has come through.
    steps: usize,
    /// The stages so far.
    pub stages: Vec<BuildStage>,
}

/// The image that a Dockerfile makes with these arguments: that of a stage by its name or number,
/// else that of the last one. `named` knows images that no registry has.
pub(in crate::deploy) fn image(
    (file, text): (FileId, &str),
    target: Option<&str>,
    given: &[(String, Option<String>)],
    named: &mut dyn FnMut(&str) -> Option<Named>,
) -> Option<MadeImage> {
    let Instructions { all, escape, .. } = instructions(text);
    let mut build = Build::new(Index::new(file, text), escape, given, named);
    all.iter().try_for_each(|one| build.step(one))?;
    let mut stages = build.stages;
    let at = match target {
        Some(target) => {
            let named = stages.iter().position(|stage| stage.name.eq_ignore_ascii_case(target));
            named.or_else(|| target.parse().ok())?
        }
        None => stages.len().checked_sub(1)?,
    };
    (at < stages.len()).then(|| stages.swap_remove(at).image)
}

impl<'a> Build<'a> {
    /// A build that begins.
    pub(super) fn new(
        index: Index<'a>,
        escape: char,
        given: &'a [(String, Option<String>)],
        named: &'a mut dyn FnMut(&str) -> Option<Named>,
    ) -> Self {
        Self { index, escape, given, named, global: vec![], steps: 0, stages: vec![] }
    }

    /// Goes on with the next instruction; `None` where there are too many.
    pub(super) fn step(&mut self, one: &Instruction) -> Option<()> {
        self.steps += 1;
        if self.steps > MOST_INSTRUCTIONS || self.stages.len() > MOST_STAGES {
            return None;
        }
        match (one.verb.as_str(), self.stages.pop()) {
            ("FROM", before) => {
                self.stages.extend(before);
                self.begin(one);
            }
            ("ARG", None) => {
                let (mut known, global) = (self.args(one, &[], &[]), &mut self.global);
                global.append(&mut known);
            }
            (_, None) => {}
            (_, Some(mut stage)) => {
                self.within(one, &mut stage);
                self.stages.push(stage);
            }
        }
        Some(())
    }

    /// `FROM [--platform=...] IMAGE [AS NAME]`
    fn begin(&mut self, one: &Instruction) {
        let text = one.rest.text.as_str();
        let ranges = words(text).into_iter();
        let word = |range: &std::ops::Range<usize>| text.get(range.clone()).unwrap_or("");
        let mut given = ranges.filter(|range| !word(range).starts_with("--"));
        let from = given.next().unwrap_or(0..0);
        let is_as = given.next().is_some_and(|range| word(&range).eq_ignore_ascii_case("as"));
        let name = given.next().filter(|_| is_as).map_or("", |range| word(&range)).to_owned();
        // Nobody else gives one here but the build itself, which knows of processors.
        let of_build = |name: &str| name.starts_with("TARGET") || name.starts_with("BUILD");
        let known = |name: &str| match find(&self.global, name) {
            Some(value) => value,
            None if of_build(name) => None,
            None => Some(String::new()),
        };
        let image = expand(word(&from), self.escape, &known);
        let same = |stage: &&BuildStage| stage.name.eq_ignore_ascii_case(&image.text);
        let known = self.stages.iter().find(same).filter(|_| image.is_sure());
        let mut stage = match known {
            Some(stage) => BuildStage { args: vec![], own_command: false, name, ..stage.clone() },
            None => {
                let place = self.index.of_file(one.rest.range(from));
                let of =
                    |image| MadeImage { from: Some(At::new(image, place)), ..Default::default() };
                let named = image.is_sure().then(|| (self.named)(&image.text)).flatten();
                let image = match named {
                    None => of(image),
                    Some(Named::Image(other)) => of(Expanded { sure: other.len(), text: other }),
                    Some(Named::Made(Some(made))) => (*made).clone(),
                    Some(Named::Made(None)) => MadeImage::unknown(&image.text, place),
                };
                BuildStage { name, image, ..BuildStage::default() }
            }
        };
        for trigger in std::mem::take(&mut stage.triggers) {
            self.within(&trigger, &mut stage);
        }
        self.stages.push(stage);
    }

    fn within(&self, one: &Instruction, stage: &mut BuildStage) {
        let place = self.index.of_file(one.range.clone());
        match one.verb.as_str() {
            "ARG" => {
                let mut args = self.args(one, &stage.image.env, &stage.args);
                stage.args.append(&mut args);
            }
            "ENV" => {
                let env = self.pairs(one, stage).into_iter();
                let new = env.map(|(name, value)| (At::new(name, place), value.known()));
                let new: Vec<_> = new.collect();
                stage.image.env.extend(new);
            }
            "LABEL" => {
                let labels = self.pairs(one, stage).into_iter().rev();
                let own = labels.into_iter().find(|(name, _)| name == METADATA);
                let own = own.map(|(_, value)| At::new(value, place));
                stage.image.metadata = own.or(stage.image.metadata.take());
            }
            "USER" => {
                let user = self.expanded(&one.rest.text, &stage.image.env, &stage.args);
                stage.image.user = Some(At::new(user, place));
            }
            "SHELL" => {
                stage.shell = serde_json::from_str(&one.rest.text).unwrap_or_default();
            }
            "ENTRYPOINT" => {
                stage.image.entrypoint = Some(self.run_words(one, stage));
                // That of another image is for its own entrypoint.
                if !stage.own_command {
                    stage.image.command = None;
                }
            }
            "CMD" => {
                stage.image.command = Some(self.run_words(one, stage));
                stage.own_command = true;
            }
            "RUN" => {
                let found = scripts(one)
                    .iter()
                    .flat_map(|own| installed(own, &self.index))
                    .collect::<Vec<_>>();
                stage.image.installs.extend(found);
                if let Some(has) = scripts(one).iter().filter_map(leaves_util_linux).next_back() {
                    stage.image.has_util_linux = has;
                }
            }
            "ONBUILD" => stage.triggers.push(part(one)),
            _ => {}
        }
    }

    /// The words of `ENTRYPOINT` and `CMD`: as JSON, else a text for a shell.
    fn run_words(&self, one: &Instruction, stage: &BuildStage) -> Vec<At<String>> {
        let place = self.index.of_file(one.range.clone());
        let text = one.rest.text.as_str();
        let shell = || match stage.shell.as_slice() {
            [] => vec!["/bin/sh".to_owned(), "-c".to_owned()],
            shell => shell.to_vec(),
        };
        let words: Vec<String> = serde_json::from_str(text)
            .unwrap_or_else(|_| shell().into_iter().chain([text.to_owned()]).collect());
        words.into_iter().map(|word| At::new(word, place)).collect()
    }

    /// The arguments that `ARG NAME[=DEFAULT]...` declares.
    fn args(
        &self,
        one: &Instruction,
        env: &[(At<String>, Option<String>)],
        args: &[(String, Option<String>)],
    ) -> Vec<(String, Option<String>)> {
        let text = one.rest.text.as_str();
        let declared = words(text).into_iter().filter_map(|range| text.get(range));
        let value = |word: &str| {
            let (name, default) = word.split_once('=').map_or((word, None), |(n, v)| (n, Some(v)));
            let default = || match default {
                Some(default) => self.expanded(default, env, args).known(),
                None => find(&self.global, name).flatten(),
            };
            (name.to_owned(), find(self.given, name).unwrap_or_else(default))
        };
        declared.map(value).collect()
    }

    /// `ENV NAME=VALUE...`, or the old `ENV NAME VALUE`; so with `LABEL`.
    fn pairs(&self, one: &Instruction, stage: &BuildStage) -> Vec<(String, Expanded)> {
        let text = one.rest.text.as_str();
        let all: Vec<&str> = words(text).into_iter().filter_map(|range| text.get(range)).collect();
        let pairs: Vec<(&str, &str)> = match text.split_once(char::is_whitespace) {
            Some((name, value)) if !name.contains('=') => vec![(name, value.trim())],
            _ => all.iter().filter_map(|word| word.split_once('=')).collect(),
        };
        let expanded = |text| self.expanded(text, &stage.image.env, &stage.args);
        pairs.into_iter().map(|(name, given)| (expanded(name).text, expanded(given))).collect()
    }

    /// A text within a stage. A variable that nobody has set may be one of another image.
    fn expanded(
        &self,
        text: &str,
        env: &[(At<String>, Option<String>)],
        args: &[(String, Option<String>)],
    ) -> Expanded {
        let of_image = |name: &str| {
            let last = env.iter().rev().find(|(known, _)| known.value == name);
            last.map(|(_, value)| value.clone())
        };
        expand(text, self.escape, &|name| of_image(name).or_else(|| find(args, name)).flatten())
    }
}

fn find(all: &[(String, Option<String>)], name: &str) -> Option<Option<String>> {
    let last = all.iter().rev().find(|(known, _)| known == name);
    last.map(|(_, value)| value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, target: Option<&str>, given: &[(&str, Option<&str>)]) -> Option<MadeImage> {
        let own = |value: &str| value.to_owned();
        let given: Vec<_> = given.iter().map(|(name, value)| (own(name), value.map(own))).collect();
        image((0, text), target, &given, &mut |_| None)
    }

    /// docs.docker.com, "Dockerfile reference".
    #[test]
    fn what_an_image_is() {
        for (text, target, from, user) in [
            ("FROM debian:12\n", None, "debian:12", ""),
            (
                "# syntax=x\nfrom --platform=linux/amd64 a as B\nUSER 1000:1000\n\
                    RUN \\\n  # no\n  USER\nFROM c\n",
                None,
                "c",
                "",
            ),
            ("FROM a AS B\nUSER u\nFROM b\nFROM b AS c\nUSER v\n", Some("b"), "a", "u"),
            ("FROM a AS B\nUSER u\nFROM b\n", Some("0"), "a", "u"),
            ("FROM a AS b\nUSER u\nFROM B\n", None, "a", "u"),
            ("ARG V=1\nARG R=\"r\"\nFROM $R\n", None, "r", ""),
            ("ARG V=1\nFROM a/b:${V}-${X:-x}\nUSER ${U}\n", None, "a/b:1-x", "${U}?"),
            ("FROM a:$TARGETARCH\n", None, "a:$TARGETARCH?", ""),
            ("FROM a\nRUN <<EOF\nUSER b\nFROM c\nEOF\nUSER d", None, "a", "d"),
            ("ARG U=1\nFROM a\nUSER $U\n", None, "a", "$U?"),
            ("ARG U=1\nFROM a\nARG U\nUSER $U:$U\n", None, "a", "1:1"),
            ("FROM a\nARG U=x\nENV U=y\nUSER ${U}\n", None, "a", "y"),
            ("FROM a\nENV A=1 B=\"b c\"\nENV C $A-d\nUSER ${C}\n", None, "a", "1-d"),
            ("FROM a AS b\nARG U=1\nFROM b\nUSER $U\n", None, "a", "$U?"),
            ("FROM a AS b\nONBUILD USER v\nUSER w\nFROM b\n", None, "a", "v"),
            ("FROM a\nUSER ${U:-v}\n", None, "a", "${U:-v}?"),
        ] {
            let image = of(text, target, &[]).unwrap();
            let said = |value: Option<At<Expanded>>| {
                let value = value.map(|at| at.value).unwrap_or_default();
                format!("{}{}", value.text, if value.is_sure() { "" } else { "?" })
            };
            assert_eq!((said(image.from), said(image.user)), (from.into(), user.into()), "{text}");
        }
        assert!(of("RUN x\n", None, &[]).is_none() && of("", None, &[]).is_none());
        assert!(of("FROM a AS b\n", Some("c"), &[]).is_none());
        assert!(of("FROM a AS b\n", Some("1"), &[]).is_none());
    }

    #[test]
    fn arguments_that_are_given() {
        let text = "ARG V=1\nFROM a:$V\nARG U=u\nUSER $U\n";
        let image = of(text, None, &[("U", Some("v")), ("V", Some("2"))]).unwrap();
        assert_eq!(
            (image.from.unwrap().value.text, image.user.unwrap().value.text),
            ("a:2".into(), "v".into())
        );
        let image = of(text, None, &[("U", None)]).unwrap();
        assert!(!image.user.unwrap().value.is_sure());
    }

    #[test]
    fn what_it_runs() {
        let words = |words: Option<Vec<At<String>>>| {
            words.map(|words| words.into_iter().map(|word| word.value).collect::<Vec<_>>())
        };
        let sh = |text: &str| Some(vec!["/bin/sh".to_owned(), "-c".to_owned(), text.to_owned()]);
        let list = |text: &str| Some(text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        for (text, entrypoint, command) in [
            ("FROM a\nCMD unshare -p \\\n  b\n", None, sh("unshare -p   b")),
            (
                "FROM a\nENTRYPOINT [\"tini\", \"--\"]\nCMD [\"a\", \"b\"]\n",
                list("tini --"),
                list("a b"),
            ),
            ("FROM a AS b\nCMD c\nFROM b\nENTRYPOINT [\"d\"]\n", list("d"), None),
            ("FROM a\nCMD c\nENTRYPOINT [\"d\"]\n", list("d"), sh("c")),
            ("FROM a\nSHELL [\"/bin/bash\", \"-c\"]\nCMD c\n", None, list("/bin/bash -c c")),
            ("FROM a\nENTRYPOINT []\nCMD ['x']\n", Some(vec![]), sh("['x']")),
            ("FROM a\nHEALTHCHECK CMD x\nONBUILD CMD y\n", None, None),
        ] {
            let image = of(text, None, &[]).unwrap();
            assert_eq!(
                (words(image.entrypoint), words(image.command)),
                (entrypoint, command),
                "{text}"
            );
        }
        let image = of("FROM a\n\nCMD b\n", None, &[]).unwrap();
        assert_eq!(image.command.unwrap()[0].place.line, 3);
    }
}
