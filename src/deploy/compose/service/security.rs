//! What a service says of its privileges: capabilities, profiles, its user and its namespaces.

use super::{Interpolated, ServiceKey, ServiceReader, unset};
use crate::deploy::compose::interpolation::names;
use crate::deploy::compose::project::quoted;
use crate::deploy::container::Engine;
use crate::deploy::defaults::capability;
use crate::deploy::limits;
use crate::deploy::place::{At, BadInput, Place};
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::{Joined, Label, Masks, Profile, Setting, StartObstacle, User, Userns};
use crate::findings::catalogue;
use crate::verdict::Severity;

/// The largest uid and gid that Docker and podman take.
const MOST_ID: u64 = 2_147_483_647;

/// Whose namespace a mode says that it is in, where that is another's.
fn joined(key: ServiceKey, (mode, lacks): &Interpolated) -> Option<At<Joined>> {
    let joined = match lacks {
        Some(name) => Joined::Unknown(unset(key, name)),
        None => {
            mode.value.strip_prefix("service:").or(mode.value.strip_prefix("container:"))?;
            Joined::Of(mode.value.clone())
        }
    };
    Some(At::new(joined, mode.place))
}

impl<'s> ServiceReader<'s, '_, '_> {
    pub(super) fn capabilities(&mut self, key: ServiceKey) -> Result<Vec<At<String>>, BadInput> {
        let mut names = vec![];
        for (filled, node) in self.list(key)? {
            if let Some(name) = filled.unset {
                self.settings.leave_open(Setting::Capabilities, node.place, unset(key, &name));
            } else if !filled.text.eq_ignore_ascii_case("ALL") && capability(&filled.text).is_none()
            {
                let message = format!(
                    "{} is not a capability: the engine refuses it (capabilities(7) has their \
                        names)",
                    quoted(&filled.text)
                );
                return Err(BadInput::at(node.place, message));
            } else {
                names.push(At::new(filled.text.into_owned(), node.place));
            }
        }
        Ok(names)
    }

    pub(super) fn security(&mut self) -> Result<(), BadInput> {
        let mut disabled = false;
        for (filled, node) in self.list(ServiceKey::SecurityOpt)? {
            let place = node.place;
            if let Some(name) = &filled.unset {
                let why = unset(ServiceKey::SecurityOpt, name);
                let about: &[Setting] = match filled.text.split(['=', ':']).next() {
                    Some("seccomp") => &[Setting::Seccomp],
                    Some("apparmor" | "label") => &[Setting::AppArmor],
                    Some("systempaths" | "mask" | "unmask") => &[Setting::Masks],
                    Some("no-new-privileges") => &[],
                    _ => &[Setting::Seccomp, Setting::AppArmor, Setting::Masks],
                };
                about.iter().for_each(|about| self.settings.leave_open(*about, place, why.clone()));
                continue;
            }
            let text = filled.text.into_owned();
            let opt = SecurityOpt::parse(&text);
            let colon = !text.contains('=') && text.contains(':');
            if let Some(why) = refusal(&opt, colon) {
                let why =
                    format!("the entry {} of `security_opt` is refused: {why}", quoted(&text));
                return Err(BadInput::at(place, why));
            }
            // `no-new-privileges:true` is how Docker's own documentation writes it.
            if colon && !matches!(opt, SecurityOpt::NoNewPrivileges(_)) {
                let title = "`:` between key and value in `security_opt` is deprecated";
                let detail = "Docker takes it with a warning that it is deprecated; write `=`.";
                self.add(catalogue::SECURITY_OPT_COLON.at(place, title, detail));
            }
            if matches!(opt, SecurityOpt::Unmask(_) | SecurityOpt::Mask(_)) {
                self.engine = Engine::Podman;
                let title =
                    format!("only podman takes the entry {} of `security_opt`", quoted(&text));
                let detail = "Docker refuses to start the container. For Docker, \
                    `systempaths=unconfined` unmasks /proc.";
                self.add(catalogue::SECURITY_OPT_PODMAN_ONLY.at(place, title, detail));
            }
            match opt {
                SecurityOpt::Seccomp(profile) => self.seccomp(&profile, place),
                SecurityOpt::AppArmor(name) => {
                    self.settings.apparmor = Some(At::new(apparmor(&name), place))
                }
                SecurityOpt::Label(label) if !disabled => {
                    if label == "disable" {
                        disabled = true;
                        self.settings.selinux = Some(At::new(Label::Disabled, place));
                    } else if let Some(name) = label.strip_prefix("type:") {
                        self.settings.selinux = Some(At::new(Label::Type(name.to_owned()), place));
                    }
                }
                SecurityOpt::Label(_) | SecurityOpt::Other(_) | SecurityOpt::Bare(_) => {}
                SecurityOpt::NoNewPrivileges(on) => {
                    self.settings.no_new_privs = on.map(|on| At::new(on, place))
                }
                SecurityOpt::SystemPaths(_) => {
                    self.settings.masks = Some(At::new(Masks::None, place))
                }
                SecurityOpt::Unmask(paths) if paths.eq_ignore_ascii_case("all") => {
                    self.settings.masks = Some(At::new(Masks::None, place))
                }
                SecurityOpt::Unmask(paths) => {
                    self.settings.masks = Some(At::new(Masks::Without(paths_of(&paths)), place))
                }
                SecurityOpt::Mask(paths) => {
                    self.settings.masks = Some(At::new(Masks::And(paths_of(&paths)), place))
                }
            }
        }
        Ok(())
    }

    /// The last profile is the one that counts.
    fn seccomp(&mut self, profile: &str, place: Place) {
        self.settings.settles(&[Setting::Seccomp]);
        let value = match profile {
            "unconfined" => Profile::Unconfined,
            "builtin" => Profile::Default,
            inline if inline.trim_start().starts_with('{') => {
                let title = "the seccomp profile is written into the compose file";
                let detail = "compose takes what follows `seccomp=` for the path of a file and \
                    cannot open it; put the profile into a file.";
                self.add(catalogue::SECCOMP_PROFILE_INLINE.at(place, title, detail));
                let why = format!("{title}, which compose takes for a path");
                self.settings.leave_open(Setting::Seccomp, place, why);
                Profile::Named("(inline)".into(), Some(inline.to_owned()))
            }
            path => Profile::Named(path.to_owned(), self.profile(path, place)),
        };
        self.settings.seccomp = Some(At::new(value, place));
    }

    /// The text of a seccomp profile, where it can be read.
    fn profile(&mut self, path: &str, place: Place) -> Option<String> {
        let named = format!("the seccomp profile {}", quoted(path));
        if !path.starts_with('/') {
            let title = format!("the path of {named} is relative");
            let detail = "compose takes it from the project's directory (that of the first compose \
                file), `docker run` from the directory it is started in, and an API client sends \
                it as it is.";
            self.add(catalogue::SECCOMP_PROFILE_RELATIVE.at(place, title, detail));
        }
        let text = self.loader.open(path, self.project).map(|(_, text)| text.to_string());
        let broken = text.as_deref().map(|text| crate::deploy::profile::read(text).err());
        let (info, title, detail) = match broken {
            Ok(None) => return text.ok(),
            Ok(Some(why)) => (
                &catalogue::SECCOMP_PROFILE_BROKEN,
                format!("{named} cannot be used"),
                why.to_string(),
            ),
            Err(why) => (
                &catalogue::PROFILE_FILE_MISSING,
                format!("{named} cannot be read: {why}"),
                "The answer depends on it, and compose does not start the container without it."
                    .to_owned(),
            ),
        };
        self.add(info.at(place, title.as_str(), detail));
        self.settings.leave_open(Setting::Seccomp, place, title);
        text.ok()
    }

    pub(super) fn user(&mut self) -> Result<(), BadInput> {
        let Some(found) = self.value(ServiceKey::User) else { return Ok(()) };
        let place = found.value.place;
        let filled = self.words_of(found, found.value, &ServiceKey::User.quoted())?;
        let written = found.value.text().unwrap_or("");
        if let Some((first, second)) = written.split_once("}:").or_else(|| written.split_once(':'))
        {
            let is = |part: &str, what: &str| {
                names(&format!("{part}}}"))
                    .first()
                    .is_some_and(|name| name.to_ascii_uppercase().ends_with(what))
            };
            if is(first, "GID") && is(second, "UID") {
                let title = "`user` has uid and gid the wrong way round".to_owned();
                let detail = format!(
                    "The form is UID:GID; {} gives the gid where the uid belongs.",
                    quoted(written)
                );
                self.add(catalogue::USER_GID_UID_SWAPPED.at(place, title, detail));
            }
        }
        let from_outside = names(written);
        if let Some(name) = from_outside.first() {
            let title = format!("`user` comes from the environment ({})", quoted(written));
            let (severity, detail) = match &filled.unset {
                Some(unset) => (
                    Severity::Warning,
                    format!(
                        "${unset} is not set: compose leaves it empty, and the container runs as \
                            root or as the image's user. \
                         Shells do not export $UID and $GID; write them into `.env` or give a \
                         default, `${{{name}:-1000}}`."
                    ),
                ),
                None => (
                    Severity::Note,
                    "If it is set to something else, or not at all, the container runs as another \
                        user."
                        .into(),
                ),
            };
            self.add(catalogue::USER_FROM_ENVIRONMENT.at(place, title, detail).severity(severity));
        }
        if let Some(name) = &filled.unset {
            self.settings.leave_open(Setting::User, place, unset(ServiceKey::User, name));
            return Ok(());
        }
        self.account(&filled.text, place)
    }

    /// Who a text says that the program runs as.
    fn account(&mut self, text: &str, place: Place) -> Result<(), BadInput> {
        let (user, group) =
            text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
        let user = match user.parse::<i64>() {
            Ok(uid) => {
                let uid = u64::try_from(uid).ok().filter(|uid| *uid <= MOST_ID);
                let uid = uid.ok_or_else(|| {
                    BadInput::at(place, format!("`user`: the engine takes ids from 0 to {MOST_ID}"))
                })?;
                let gid = group.and_then(|group| group.parse().ok()).filter(|gid| *gid <= MOST_ID);
                Some(User::Ids { uid, gid })
            }
            Err(_) if user.is_empty() => None,
            Err(_) if user == "root" => {
                Some(User::Ids { uid: 0, gid: group.and_then(|group| group.parse().ok()) })
            }
            Err(_) => Some(User::Named(user.to_owned())),
        };
        if text.contains(char::is_whitespace) || text.matches(':').count() > 1 {
            let why = format!("`user`: there is no account {}", quoted(text));
            self.settings.refuse(why, place);
        }
        self.settings.user = user.map(|user| At::new(user, place));
        Ok(())
    }

    pub(super) fn namespaces(&mut self) -> Result<(), BadInput> {
        if let Some((mode, lacks)) = self.string(ServiceKey::UsernsMode)? {
            if let Some(name) = lacks {
                self.settings.leave_open(
                    Setting::Userns,
                    mode.place,
                    unset(ServiceKey::UsernsMode, &name),
                );
            } else if !mode.value.is_empty() {
                let kind = mode.value.split(':').next().unwrap_or("");
                if matches!(kind, "auto" | "keep-id" | "nomap" | "ns" | "container") {
                    self.engine = Engine::Podman;
                    let title = format!("only podman takes `userns_mode: {kind}`");
                    let detail =
                        "Docker knows only `host`; anything else leaves the daemon's choice.";
                    self.add(catalogue::USERNS_MODE_PODMAN_ONLY.at(mode.place, title, detail));
                }
                let value = match kind {
                    "host" => Userns::Host,
                    "auto" => Userns::Own,
                    _ => Userns::Other(mode.value.clone()),
                };
                self.settings.userns = Some(At::new(value, mode.place));
            }
        }
        let host =
            |(text, _): Interpolated| (text.value == "host").then(|| At::new(true, text.place));
        self.settings.host_pid = self.mode(ServiceKey::Pid)?.and_then(host);
        self.settings.host_uts = self.mode(ServiceKey::Uts)?.and_then(host);
        let ipc = self.mode(ServiceKey::Ipc)?;
        self.settings.joins_ipc = ipc.as_ref().and_then(|ipc| joined(ServiceKey::Ipc, ipc));
        self.settings.host_ipc = ipc.and_then(host);
        let network = match self.mode(ServiceKey::NetworkMode)? {
            None => self.string(ServiceKey::Net)?,
            mode => mode,
        };
        self.settings.joins_network =
            network.as_ref().and_then(|mode| joined(ServiceKey::NetworkMode, mode));
        self.settings.host_network = network.and_then(host);
        Ok(())
    }

    /// The mode of a namespace.
    fn mode(&mut self, key: ServiceKey) -> Result<Option<Interpolated>, BadInput> {
        let mode = self.string(key)?;
        let known = mode.as_ref().filter(|(_, lacks)| lacks.is_none()).map(|(mode, _)| mode);
        // podman has more of them.
        let podman = |text: &str| matches!(text, "private" | "pod") || text.starts_with("ns:");
        let of_podman = known.is_some_and(|mode| podman(&mode.value));
        let known = known.filter(|_| !of_podman || self.engine == Engine::Docker);
        let refused = known.and_then(|mode| {
            let why = limits::refused_key(key.name(), &mode.value)?;
            let own = || format!("only podman has {}", quoted(&mode.value));
            let why = if of_podman { own() } else { why };
            let why = format!("{}: {why}", key.quoted());
            Some(At::new(StartObstacle::new(!of_podman, why), mode.place))
        });
        self.settings.obstacles.extend(refused);
        Ok(mode)
    }
}

fn apparmor(name: &str) -> Profile {
    match name {
        "unconfined" => Profile::Unconfined,
        "docker-default" => Profile::Default,
        name => Profile::Named(name.to_owned(), None),
    }
}

/// Why the engine refuses an entry of `security_opt`, where it does.
fn refusal(opt: &SecurityOpt<'_>, colon: bool) -> Option<&'static str> {
    match opt {
        SecurityOpt::Bare(_) => Some("it has no value; write KEY=VALUE"),
        SecurityOpt::NoNewPrivileges(None) => Some("the engine takes only true or false"),
        SecurityOpt::SystemPaths(value) if value != "unconfined" || colon => {
            Some("the engine takes only `systempaths=unconfined`, with `=`")
        }
        SecurityOpt::Other("writable-cgroups" | "proc-opts" | "credentialspec") => None,
        SecurityOpt::Other(_) => Some("no engine knows it"),
        _ => None,
    }
}

fn paths_of(paths: &str) -> Vec<String> {
    paths.split(':').filter(|path| !path.is_empty()).map(str::to_owned).collect()
}
