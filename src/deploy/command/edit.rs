//! Settings written into a command line of a script or a document.

use std::ops::Range;

use super::spell::{self, Opt};
use crate::deploy::command::line::{self, GivenOption, Line};
use crate::deploy::command::options::{self, Grammar};
use crate::deploy::command::script::Script;
use crate::deploy::command::shell::{Until, Walker};
use crate::deploy::container::{Container, WrittenAt};
use crate::deploy::defaults::{capability, is_all};
use crate::deploy::edit::{Edit, EditError, EditRequest, PlannedEdits};
use crate::deploy::place::Place;
use crate::deploy::security_opt::{SecurityOpt, parse_bool};
use crate::deploy::setting::{Change, Settings};

/// The edits that make these changes to the command line of a container. New options go right
/// before the image, each on a line of its own where the image has one; what contradicts them is
/// replaced.
///
/// # Errors
/// When it cannot be done safely: part of the line comes from a variable, or stands in a string.
pub(in crate::deploy) fn plan(request: EditRequest<'_>) -> Result<PlannedEdits, EditError> {
    let EditRequest { source, container, spot, changes } = request;
    let WrittenAt::Text { at } = *spot else { return Err("it is not a command line".into()) };
    let text = source.text;
    let (line, words) = line_at(text, container, at)?;
    if !line.unclear.is_empty() {
        return Err("not every option of the command is known: change it by hand".into());
    }
    let mut editor = LineEditor { text, line: &line, at, words, edits: vec![], new: vec![] };
    editor.all_is_written(&container.settings)?;
    for change in changes {
        if let Change::KeepCapability(bit) = change {
            editor.keep(&|name| capability(name) == Some(*bit))?;
            continue;
        }
        let option = spell::option(container.engine, change);
        let option = option.ok_or("a command line has no such setting")?;
        if options::long(line.grammar, option.name()).is_none() {
            let text = option.text();
            return Err(format!("this command has no option {text}").into());
        }
        editor.option(&option)?;
    }
    editor.finish().map(PlannedEdits::of)
}

/// The command again, and its words.
fn line_at(
    text: &str,
    container: &Container,
    at: usize,
) -> Result<(Line, Vec<Range<usize>>), EditError> {
    let unclear = || EditError::from("the command line is not clear: change it by hand");
    let start = container.place.start;
    // As far as the image goes, and not much further.
    let near = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end);
    let own = text.get(start..near).filter(|_| start <= at).ok_or_else(unclear)?;
    let script = Script::whole(own, start).in_document();
    let mut walker = Walker::new(&script);
    let (_, end) = walker.word(at - start, own.len()).map_err(|_| unclear())?;
    walker.list(0, end, Until::End).map_err(|_| unclear())?;
    let mut command = walker.last.take().ok_or_else(unclear)?;
    for word in &mut command.words {
        word.range = script.extract.range(word.range.clone());
    }
    let arguments: Vec<_> =
        command.words.iter().flat_map(|word| walker.variables.expand(word, command.flat)).collect();
    let line = line::parse(&command.words, &arguments).ok().flatten().ok_or_else(unclear)?;
    if line.image.as_ref().is_none_or(|image| image.range.start != at)
        || line.engine != container.engine
    {
        return Err(unclear());
    }
    Ok((line, command.words.into_iter().map(|word| word.range).collect()))
}

struct LineEditor<'a> {
    text: &'a str,
    line: &'a Line,
    /// Where the image begins.
    at: usize,
    words: Vec<Range<usize>>,
    edits: Vec<Edit>,
    /// Options to put in.
    new: Vec<String>,
}

impl<'a> LineEditor<'a> {
    /// Whether every setting that a change may contradict stands in the line itself.
    fn all_is_written(&self, settings: &Settings) -> Result<(), EditError> {
        let mut places: Vec<Place> = vec![];
        places.extend(settings.cap_add.iter().chain(&settings.cap_drop).map(|name| name.place));
        places.extend(settings.privileged.as_ref().map(|setting| setting.place));
        places.extend(settings.seccomp.as_ref().map(|setting| setting.place));
        places.extend(settings.apparmor.as_ref().map(|setting| setting.place));
        places.extend(settings.selinux.as_ref().map(|setting| setting.place));
        places.extend(settings.no_new_privs.as_ref().map(|setting| setting.place));
        places.extend(settings.masks.as_ref().map(|setting| setting.place));
        places.extend(settings.user.as_ref().map(|setting| setting.place));
        places.extend(settings.userns.as_ref().map(|setting| setting.place));
        let options = || self.line.options.iter().filter(|option| option.written);
        let is_written = |place: &Place| {
            options().any(|option| {
                option.word.start == place.start
                    || option.value.as_ref().is_some_and(|value| value.range.start == place.start)
            })
        };
        match places.iter().all(is_written) {
            true => Ok(()),
            false => Err("some of its options come from a variable: change it by hand".into()),
        }
    }

    fn option(&mut self, option: &Opt) -> Result<(), EditError> {
        match option {
            Opt::Switch(name, on) => self.switch(name, option.text(), *on),
            Opt::Valued("cap-add", value) => self.capability(option.text(), value),
            Opt::Valued(name, value) => self.valued(option, name, value),
        }
    }

    /// A switch on or off.
    fn switch(&mut self, name: &str, option: String, on: bool) -> Result<(), EditError> {
        let line = self.line;
        let mut given = line.options.iter().filter(|given| given.name == name).peekable();
        if given.peek().is_none() {
            self.new.push(option);
        }
        for given in given {
            let is_on =
                given.value.as_ref().is_none_or(|value| parse_bool(&value.text) == Some(true));
            if is_on != on {
                self.whole(given)?;
                if on {
                    self.replace(given.word.clone(), format!("--{name}"))?
                } else {
                    self.remove(given.word.clone(), given.word.end)?
                }
            }
        }
        Ok(())
    }

    /// An option of which the last one of a kind counts: those that are there get the value, else
    /// it is put in.
    fn valued(&mut self, option: &Opt, name: &str, value: &str) -> Result<(), EditError> {
        let line = self.line;
        let mut given = line.options.iter().filter(|given| option.is_about(given)).peekable();
        if given.peek().is_none() {
            self.new.push(option.text());
        }
        given.try_for_each(|given| {
            let text = given.text();
            match name {
                _ if text == value => Ok(()),
                "security-opt" if SecurityOpt::parse(text) == SecurityOpt::parse(value) => Ok(()),
                "env" => self.set(given, spell::assignment(value)),
                _ => self.set(given, value.to_owned()),
            }
        })
    }

    /// The values of an option that names capabilities, each with its names.
    fn names(&self, option: &str) -> Vec<(&'a GivenOption, Vec<String>)> {
        let split = |given: &GivenOption| match self.line.grammar {
            Grammar::Podman | Grammar::Nerdctl => {
                given.text().split(',').map(|name| name.trim().to_owned()).collect()
            }
            _ => vec![given.text().to_owned()],
        };
        let given = self.line.options.iter().filter(|given| given.name == option);
        given.map(|given| (given, split(given))).collect()
    }

    /// Drops a capability no longer by name.
    fn keep(&mut self, is_it: &dyn Fn(&str) -> bool) -> Result<(), EditError> {
        for (given, names) in self.names("cap-drop") {
            let stays: Vec<String> = names.iter().filter(|name| !is_it(name)).cloned().collect();
            if stays.len() == names.len() {
                continue;
            }
            if stays.is_empty() {
                self.whole(given)?;
                let end = given
                    .value
                    .as_ref()
                    .map_or(given.word.end, |value| value.range.end.max(given.word.end));
                self.remove(given.word.clone(), end)?;
            } else {
                self.set(given, stays.join(","))?;
            }
        }
        Ok(())
    }

    /// Adds a capability, and no longer drops it by name.
    fn capability(&mut self, option: String, wanted: &str) -> Result<(), EditError> {
        let is_wanted = |name: &str| capability(name) == capability(wanted);
        self.keep(&is_wanted)?;
        let added = self.names("cap-add");
        if !added.iter().flat_map(|(_, names)| names).any(|name| is_wanted(name) || is_all(name)) {
            self.new.push(option);
        }
        Ok(())
    }

    /// Another value for an option.
    fn set(&mut self, given: &GivenOption, value: String) -> Result<(), EditError> {
        let Some(old) = &given.value else {
            return Err(format!("--{} has no value", given.name).into());
        };
        if !given.written || old.indirect {
            return Err(format!("--{} comes from a variable: change it by hand", given.name).into());
        }
        if old.range == given.word {
            self.whole(given)?;
            return self.replace(given.word.clone(), format!("--{}={value}", given.name));
        }
        self.replace(old.range.clone(), value)
    }

    /// Whether the option has its word to itself.
    fn whole(&self, given: &GivenOption) -> Result<(), EditError> {
        if given.alone && given.written {
            Ok(())
        } else {
            Err(format!("--{} is part of a combined option: change it by hand", given.name).into())
        }
    }

    fn replace(&mut self, range: Range<usize>, text: String) -> Result<(), EditError> {
        if let Some(other) = self
            .edits
            .iter()
            .find(|edit| edit.range.start < range.end && range.start < edit.range.end)
        {
            let same = other.range == range && other.text == text;
            return if same {
                Ok(())
            } else {
                Err("two changes affect one option: change it by hand".into())
            };
        }
        self.edits.push(Edit { range, text });
        Ok(())
    }

    /// Takes an option out, with what divides it from the next word.
    fn remove(&mut self, word: Range<usize>, end: usize) -> Result<(), EditError> {
        let next =
            self.words.iter().map(|word| word.start).find(|start| *start >= end).unwrap_or(self.at);
        self.replace(word.start..next, String::new())
    }

    /// What divides the word at this byte from the one before: a blank, or the end of a line that
    /// goes on.
    fn gap(&self, at: usize) -> String {
        let blank = " ".to_owned();
        let before = self.text.get(self.line.verb.end..at).unwrap_or("");
        let Some(newline) = before.rfind('\n') else { return blank };
        // A quotation of a document has its mark before each line.
        let indent = before.get(newline + 1..).unwrap_or("");
        let line = before.get(..newline).unwrap_or("");
        let Some(line) = line.strip_suffix('\r').unwrap_or(line).strip_suffix('\\') else {
            return blank;
        };
        if !indent.chars().all(|c| c.is_whitespace() || c == '>') {
            return blank;
        }
        let gap = before.get(line.trim_end_matches([' ', '\t']).len()..).unwrap_or("");
        if gap.starts_with([' ', '\t']) { gap.to_owned() } else { blank + gap }
    }

    fn finish(mut self) -> Result<Vec<Edit>, EditError> {
        if !self.new.is_empty() {
            // Before the `--` that ends the options, where there is one.
            let is_end = |text: &str| text.replace("\\\r\n", "").replace("\\\n", "") == "--";
            let ends = |range: &&Range<usize>| self.text.get((*range).clone()).is_some_and(is_end);
            let before = self.words.iter().rfind(|range| range.end <= self.at).filter(ends);
            let at = before.map_or(self.at, |word| word.start);
            if !self
                .text
                .get(..at)
                .is_some_and(|before| before.ends_with(|c: char| c.is_ascii_whitespace()))
            {
                return Err("the command line is not clear: change it by hand".into());
            }
            let gap = self.gap(at);
            let text = self.new.iter().fold(String::new(), |text, new| text + new + &gap);
            self.edits.push(Edit { range: at..at, text });
        }
        self.edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        Ok(self.edits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::command::read;
    use crate::deploy::read::{Input, Nothing};
    use crate::deploy::setting::{Masks, Profile, User};
    use crate::deploy::tests::{SYS_ADMIN, UNCONFINED, changed};
    use crate::facts::Caps;

    fn first(path: &str, text: &str) -> Container {
        read(Input { file: 0, path, text }, &mut Nothing).unwrap().containers.remove(0)
    }

    fn edited_in(path: &str, text: &str, changes: &[Change]) -> Result<String, String> {
        changed(text, &first(path, text), changes)
    }

    fn edited(text: &str, changes: &[Change]) -> Result<String, String> {
        edited_in("run.sh", text, changes)
    }

    const ROOT: Change = Change::User(User::Ids { uid: 0, gid: None });

    #[test]
    fn new_options_stand_before_the_image() {
        let table = [
            (
                "docker run --rm img x\n",
                "docker run --rm --security-opt seccomp=unconfined img x\n",
            ),
            ("docker run img # why\n", "docker run --security-opt seccomp=unconfined img # why\n"),
            (
                "docker run -it -- img\n",
                "docker run -it --security-opt seccomp=unconfined -- img\n",
            ),
            (
                "docker run \\\n    -d \\\n    img \\\n    x\n",
                "docker run \\\n    -d \\\n    --security-opt seccomp=unconfined \\\n    \
                    img \\\n    x\n",
            ),
            (
                "docker run -d \\\r\n\timg\r\n",
                "docker run -d \\\r\n\t--security-opt seccomp=unconfined \\\r\n\timg\r\n",
            ),
            (
                "docker run -d \\\n  \\\nimg\n",
                "docker run -d \\\n  \\\n--security-opt seccomp=unconfined  \\\nimg\n",
            ),
            (
                "a=$(sudo docker run \"$1\" x)\n",
                "a=$(sudo docker run --security-opt seccomp=unconfined \"$1\" x)\n",
            ),
            (
                "cd x && \\\n  docker run img\n",
                "cd x && \\\n  docker run --security-opt seccomp=unconfined img\n",
            ),
            (
                "I=img\ndocker run $I x\n",
                "I=img\ndocker run --security-opt seccomp=unconfined $I x\n",
            ),
        ];
        for (before, after) in table {
            assert_eq!(edited(before, &[UNCONFINED]).as_deref(), Ok(after));
        }
    }

    #[test]
    fn what_contradicts_is_replaced() {
        let table: &[(&str, &[Change], &str)] = &[
            (
                "docker run --security-opt seccomp=a.json img",
                &[UNCONFINED],
                "docker run --security-opt seccomp=unconfined img",
            ),
            (
                "docker run --security-opt=seccomp:a.json img",
                &[UNCONFINED],
                "docker run --security-opt=seccomp=unconfined img",
            ),
            (
                "docker run --security-opt seccomp:unconfined img",
                &[UNCONFINED],
                "docker run --security-opt seccomp:unconfined img",
            ),
            (
                "docker run --security-opt no-new-privileges img",
                &[Change::NoNewPrivs(false)],
                "docker run --security-opt no-new-privileges=false img",
            ),
            (
                "docker run --security-opt apparmor=x img",
                &[UNCONFINED],
                "docker run --security-opt apparmor=x --security-opt seccomp=unconfined img",
            ),
            (
                "docker run --cap-drop ALL img",
                &[SYS_ADMIN],
                "docker run --cap-drop ALL --cap-add SYS_ADMIN img",
            ),
            (
                "docker run --cap-drop SYS_ADMIN \\\n  img",
                &[SYS_ADMIN],
                "docker run --cap-add SYS_ADMIN \\\n  img",
            ),
            (
                "docker run --cap-add CAP_SYS_ADMIN img",
                &[SYS_ADMIN],
                "docker run --cap-add CAP_SYS_ADMIN img",
            ),
            (
                "podman run --cap-drop=setfcap,chown img",
                &[Change::AddCapability(Caps::SETFCAP)],
                "podman run --cap-drop=chown --cap-add SETFCAP img",
            ),
            ("docker run -it --privileged img", &[Change::Privileged(false)], "docker run -it img"),
            ("docker run -u 1000 img", &[ROOT], "docker run -u 0 img"),
            ("docker run -u1000 img", &[ROOT], "docker run --user=0 img"),
            (
                "docker run --ulimit nofile=5 --ulimit nproc=5 img",
                &[Change::Nproc(10)],
                "docker run --ulimit nofile=5 --ulimit nproc=10 img",
            ),
        ];
        for (before, options, after) in table {
            assert_eq!(edited(before, options).as_deref(), Ok(*after), "{before}");
        }
    }

    #[test]
    fn variables() {
        let change = Change::Variable("UNSHARE_ISOLATION_FLAGS", "--user \"$x\"".into());
        let new = "docker run -e UNSHARE_ISOLATION_FLAGS=\"--user \\\"\\$x\\\"\" img";
        for before in [
            "docker run img",
            "docker run -e UNSHARE_ISOLATION_FLAGS=--pid img",
            "docker run -e 'UNSHARE_ISOLATION_FLAGS=a b' img",
        ] {
            assert_eq!(edited(before, std::slice::from_ref(&change)).as_deref(), Ok(new));
            assert_eq!(
                first("run.sh", new).settings.variable("UNSHARE_ISOLATION_FLAGS"),
                Some("--user \"$x\"")
            );
        }
    }

    #[test]
    fn what_is_not_safe_is_refused() {
        for text in [
            "O='--security-opt seccomp=x'\ndocker run $O img",
            "docker run $OPTIONS img",
            "docker run \"${args[@]}\" img",
            "docker run --brand-new x img",
            "bash -c 'docker run img'",
            "docker run -itu1000 img",
        ] {
            assert!(edited(text, &[UNCONFINED, ROOT]).is_err(), "{text}");
        }
    }

    /// In documents the prompts and what stands around the blocks stay.
    #[test]
    fn documents() {
        let text = "1. Do\n\n   ```console\n   $ docker run \\\n   >   --rm \\\n   >   <image>\n   \
            out\n   ```\n";
        let container = first("README.md", text);
        assert_eq!(container.name, "<image>");
        let after = edited_in("README.md", text, &[SYS_ADMIN]);
        assert_eq!(after, Ok(text.replace("<image>", "--cap-add SYS_ADMIN \\\n   >   <image>")));
    }

    /// Edited and read again, the settings are as asked, and the rest is as before.
    #[test]
    fn edited_and_read_again() {
        let befores = [
            "docker run img a b",
            "sudo docker --context x run -it --rm -e A=1 -v \"$PWD:/x y\" img a b",
            "docker run --security-opt seccomp=x.json --security-opt=apparmor:y --cap-drop=ALL -u \
                5:6 --name n img a b",
            "podman run \\\n  --cap-add=SYS_ADMIN,CHOWN \\\n  --security-opt \
                unmask=/proc/sys \\\n  -e 'A=x y' \\\n  img a b",
            "x=`docker run --privileged=false img a b`",
            "if ! docker run --cap-drop SYS_ADMIN --userns host img a b > out; then exit 1; fi",
        ];
        let options = [
            UNCONFINED,
            Change::Masks(Masks::None),
            SYS_ADMIN,
            Change::User(User::Ids { uid: 0, gid: Some(0) }),
        ];
        for before in befores {
            let (old, text) = (first("x.sh", before), edited(before, &options).unwrap());
            let new = first("x.sh", &text);
            let values = |list: &[crate::deploy::At<String>]| {
                list.iter().map(|item| item.value.clone()).collect::<Vec<_>>()
            };
            assert_eq!(
                new.settings.seccomp.as_ref().map(|s| &s.value),
                Some(&Profile::Unconfined),
                "{text}"
            );
            assert_eq!(new.settings.masks.as_ref().map(|s| &s.value), Some(&Masks::None), "{text}");
            assert_eq!(
                new.settings.user.as_ref().map(|s| &s.value),
                Some(&User::Ids { uid: 0, gid: Some(0) }),
                "{text}"
            );
            assert_eq!(
                values(&new.settings.cap_add).iter().filter(|name| *name == "SYS_ADMIN").count(),
                1,
                "{text}"
            );
            assert!(!values(&new.settings.cap_drop).contains(&"SYS_ADMIN".to_owned()), "{text}");
            let rest = |container: &Container| {
                let s = &container.settings;
                let env: Vec<_> =
                    s.env.iter().map(|(name, value)| (name.value.clone(), value.clone())).collect();
                let of =
                    |place: Option<&crate::deploy::At<Profile>>| place.map(|p| p.value.clone());
                (
                    container.name.clone(),
                    env,
                    values(&s.command),
                    s.is_privileged(),
                    of(s.apparmor.as_ref()),
                    s.unknown.len(),
                )
            };
            assert_eq!(
                (rest(&new).0, rest(&new).1, rest(&new).2, rest(&new).3, rest(&new).4),
                (rest(&old).0, rest(&old).1, rest(&old).2, rest(&old).3, rest(&old).4),
                "{text}"
            );
            // Nothing is left to do the second time.
            assert_eq!(edited(&text, &options).as_deref(), Ok(text.as_str()));
        }
    }
}
