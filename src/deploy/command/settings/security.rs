//! Capabilities, and what `--security-opt` gives.

use std::ops::Range;

use super::{LineReader, beside};
use crate::deploy::command::line::{GivenOption, LineError, short};
use crate::deploy::command::options::Grammar;
use crate::deploy::command::word::Argument;
use crate::deploy::defaults;
use crate::deploy::mounts::MountSource;
use crate::deploy::place::At;
use crate::deploy::security_opt::{SecurityOpt, parse_bool};
use crate::deploy::setting::{Label, Masks, Profile, Setting};
use crate::findings::catalogue;

impl LineReader<'_> {
    pub(super) fn capabilities(
        &mut self,
        option: &GivenOption,
        value: &Argument,
    ) -> Result<(), LineError> {
        // podman and nerdctl take lists with commas, docker takes the word as one name.
        let lists = matches!(self.line.grammar, Grammar::Podman | Grammar::Nerdctl);
        let names: Vec<&str> = match lists {
            true => value.text.split(',').map(str::trim).collect(),
            false => vec![&value.text],
        };
        if !value.is_sure() {
            let why = format!("--{} depends on {}", option.name, short(&value.text));
            self.doubt(Setting::Capabilities, &value.range, why);
            return Ok(());
        }
        for name in names {
            if !defaults::is_all(name) && defaults::capability(name).is_none() {
                let several = name.contains(',');
                let hint = if several { "; docker takes one name for each option" } else { "" };
                let why = format!("there is no capability {:?}{hint}", short(name));
                return Err(LineError::of(value, why));
            }
            let entry = self.at(name.to_owned(), &value.range);
            match option.name.as_str() {
                "cap-add" => self.settings.cap_add.push(entry),
                _ => self.settings.cap_drop.push(entry),
            }
        }
        Ok(())
    }

    /// podman refuses to both add and drop a capability (containers/common `pkg/capabilities`).
    pub(super) fn added_and_dropped(&self) -> Result<(), LineError> {
        if !self.is_podman() {
            return Ok(());
        }
        let added = |name: &str| {
            let bit = defaults::capability(name.trim());
            let mut added = self.settings.cap_add.iter();
            bit.is_some() && added.any(|name| defaults::capability(&name.value) == bit)
        };
        let both = |value: &&Argument| value.is_sure() && value.text.split(',').any(added);
        match self.line.values("cap-drop").find(both) {
            Some(value) => {
                let why = format!("{:?} is both added and dropped", short(&value.text));
                Err(LineError::of(value, why))
            }
            None => Ok(()),
        }
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each option of --security-opt")]
    pub(super) fn security(&mut self, value: &Argument) -> Result<(), LineError> {
        let text = value.text.as_str();
        let invalid =
            |why: &str| LineError::of(value, format!("--security-opt {:?}: {why}", short(text)));
        let separator = SecurityOpt::separator(text);
        let sure = value.is_sure();
        if !sure && separator.is_none_or(|at| at >= value.sure) {
            let why = format!("--security-opt depends on {}", short(text));
            for about in [Setting::Seccomp, Setting::AppArmor, Setting::Masks] {
                self.doubt(about, &value.range, why.as_str());
            }
            return Ok(());
        }
        let (key, content) = match separator.and_then(|at| text.split_at_checked(at)) {
            Some((key, rest)) => (key, rest.get(1..)),
            None => (text, None),
        };
        let colon = separator.is_some_and(|at| text.as_bytes().get(at) == Some(&b':'));
        let place = self.places.place(&value.range);
        if colon && !matches!(key, "label" | "") {
            let title = format!("--security-opt {} uses the deprecated `:` separator", short(text));
            let detail = "Write NAME=VALUE: the colon has been deprecated since Docker 17.04.";
            self.add(catalogue::SECURITY_OPT_COLON.at(place, title, detail));
        }
        let hangs = || format!("--security-opt {key} depends on {}", short(content.unwrap_or("")));
        let podman = self.is_podman();
        let each = |paths: &str| -> Vec<At<String>> {
            paths.split(':').map(|path| At::new(path.to_owned(), place)).collect()
        };
        match SecurityOpt::parse(text) {
            SecurityOpt::NoNewPrivileges(on) => {
                if on.is_none() && sure {
                    return Err(invalid("it is either true or false"));
                }
                self.settings.no_new_privs =
                    on.filter(|_| sure).map(|on| self.at(on, &value.range));
            }
            SecurityOpt::Bare("privileged-without-host-devices" | "writable-cgroups")
                if self.line.grammar == Grammar::Nerdctl => {}
            SecurityOpt::Bare(_) => return Err(invalid("a value is missing")),
            _ if content == Some("") && !podman => return Err(invalid("a value is missing")),
            // The default.
            SecurityOpt::Seccomp(profile) | SecurityOpt::AppArmor(profile)
                if profile.is_empty() => {}
            SecurityOpt::Seccomp(profile) => {
                self.settings.settles(&[Setting::Seccomp]);
                self.seccomp(&profile, &value.range);
            }
            SecurityOpt::AppArmor(profile) => {
                self.settings.settles(&[Setting::AppArmor]);
                self.settings.apparmor = None;
                if !sure {
                    self.doubt(Setting::AppArmor, &value.range, hangs());
                    return Ok(());
                }
                let profile = match &*profile {
                    "unconfined" => Profile::Unconfined,
                    "docker-default" if !podman => Profile::Default,
                    name => Profile::Named(name.to_owned(), None),
                };
                self.settings.apparmor = Some(self.at(profile, &value.range));
            }
            SecurityOpt::Label(label) => {
                let kind = label.strip_prefix("type:").map(|name| Label::Type(name.to_owned()));
                let label = if label == "disable" { Some(Label::Disabled) } else { kind };
                if let Some(label) = label {
                    self.settings.selinux = Some(self.at(label, &value.range));
                }
            }
            // docker takes this in the client, and there only with the equals sign.
            SecurityOpt::SystemPaths(paths) => {
                if paths != "unconfined" && sure || !podman && colon {
                    return Err(invalid("it is systempaths=unconfined or nothing"));
                }
                if sure {
                    self.unmask.push(self.at("ALL".into(), &value.range));
                } else {
                    self.doubt(Setting::Masks, &value.range, hangs());
                }
            }
            SecurityOpt::Mask(_) | SecurityOpt::Unmask(_) if podman && !sure => {
                self.doubt(Setting::Masks, &value.range, hangs())
            }
            SecurityOpt::Mask(paths) if podman => self.mask.extend(each(&paths)),
            SecurityOpt::Unmask(paths) if podman => self.unmask.extend(each(&paths)),
            SecurityOpt::Other("proc-opts") if podman && !sure => {
                self.doubt(Setting::Masks, &value.range, hangs())
            }
            SecurityOpt::Other("proc-opts") if podman => {
                let options = || content.unwrap_or("").split(',').map(str::trim);
                // Without the rest of a procfs there is nothing to mask in it.
                if options().any(|option| option.starts_with("subset=")) {
                    self.doubt(Setting::Masks, &value.range, hangs());
                }
                if options().any(|option| option == "ro") {
                    self.settings.mounts("/proc", MountSource::OwnProc, true, place);
                }
            }
            SecurityOpt::Other("writable-cgroups") if !podman => {
                if sure && content.is_some_and(|on| parse_bool(on).is_none()) {
                    return Err(invalid("it is either true or false"));
                }
            }

            // What is not known at all may be anything.
            SecurityOpt::Other("") if !sure => self.doubt(Setting::Seccomp, &value.range, hangs()),
            _ => {
                let program = self.line.engine.program();
                return Err(invalid(&format!("{program} knows no option of this name")));
            }
        }
        Ok(())
    }

    fn seccomp(&mut self, profile: &str, range: &Range<usize>) {
        let value = match profile {
            "unconfined" => Profile::Unconfined,
            "builtin" if !self.is_podman() => Profile::Default,
            path => Profile::Named(path.to_owned(), self.profile(path, range)),
        };
        self.settings.seccomp = Some(self.at(value, range));
    }

    /// The text of a seccomp profile, where it can be read.
    fn profile(&mut self, path: &str, range: &Range<usize>) -> Option<String> {
        let (place, named) = (self.places.place(range), short(path));
        if !path.starts_with('/') {
            let title =
                format!("the seccomp profile {named} is looked for in the current directory");
            let detail = "The engine resolves the path against the directory that it is started \
                in; isodoc looks beside this file.";
            self.add(catalogue::SECCOMP_PROFILE_RELATIVE.at(place, title, detail));
        }
        let text = match beside(path) {
            None => Err(format!("the path of the seccomp profile depends on {named}")),
            Some(beside) => self.surroundings.open(&beside, self.places.file()),
        };
        match text {
            Ok((_, text)) => {
                if let Err(why) = crate::deploy::profile::read(&text) {
                    self.doubt(Setting::Seccomp, range, format!("{named}: {why}"));
                }
                Some(text)
            }
            Err(why) => {
                let title = format!("the seccomp profile {named} cannot be read: {}", short(&why));
                let detail = "The answer depends on it, and the engine does not start the \
                    container without it.";
                self.add(catalogue::PROFILE_FILE_MISSING.at(place, title.as_str(), detail));
                self.doubt(Setting::Seccomp, range, title);
                None
            }
        }
    }

    pub(super) fn masks(&mut self) {
        let paths =
            |list: &[At<String>]| list.iter().map(|path| path.value.clone()).collect::<Vec<_>>();
        let masks = match (self.unmask.first(), self.mask.first()) {
            (None, None) => return,
            (Some(_), Some(mask)) => {
                let why = "both mask and unmask are given";
                return self.settings.leave_open(Setting::Masks, mask.place, why);
            }
            (None, Some(first)) => At::new(Masks::And(paths(&self.mask)), first.place),
            (Some(first), None) => {
                let all = self.unmask.iter().find(|path| path.value.eq_ignore_ascii_case("all"));
                all.map_or_else(
                    || At::new(Masks::Without(paths(&self.unmask)), first.place),
                    |all| At::new(Masks::None, all.place),
                )
            }
        };
        self.settings.masks = Some(masks);
    }
}
