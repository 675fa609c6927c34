//! Programs in front of a command that change who runs it, or with which capabilities.

use super::line::program_of;
use crate::deploy::place::At;
use crate::deploy::setting::{Setting, Settings};
use crate::mechanisms;

/// Each, and the options without which it changes nothing; none where it always does.
const CHANGE: &[(&str, &[&str])] = &[
    ("setpriv", &[]),
    ("capsh", &[]),
    ("gosu", &[]),
    ("su-exec", &[]),
    ("setuidgid", &[]),
    ("s6-setuidgid", &[]),
    ("s6-applyuidgid", &[]),
    ("chpst", &["-u", "-U"]),
    ("su", &[]),
    ("runuser", &[]),
    ("sudo", &["-u", "-g", "--user", "--group"]),
    ("doas", &["-u"]),
    ("run0", &["-u", "-g", "--user", "--group"]),
    ("chroot", &["--userspec", "--groups"]),
];

/// The first of these words that is such a program.
pub(in crate::deploy) fn changed_by<'w>(words: &[&'w str]) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(at, word)| {
        let name = program_of(word);
        let (_, options) = CHANGE.iter().find(|(known, _)| *known == name)?;
        let given = words.get(at + 1..).unwrap_or(&[]).iter();
        let mut given = given.filter(|word| options.iter().any(|option| word.starts_with(option)));
        (options.is_empty() || given.next().is_some()).then_some(name)
    })
}

/// Makes it unknown who the command of a container runs as, where such a program stands before one
/// that isolates: in words of its own, or in those of a shell.
pub(in crate::deploy) fn doubt_user(settings: &mut Settings) {
    let Some(place) = settings.command.first().map(|word| word.place) else { return };
    let line = |words: &[At<String>]| {
        words.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(" ")
    };
    let text = settings.everything_run().map(line).collect::<Vec<_>>().join("\n");
    let name = text.split([';', '&', '|', '(', ')', '\n']).find_map(|command| {
        let words = command.split_whitespace().map(|word| word.trim_matches(['\'', '"']));
        let words: Vec<&str> = words.collect();
        let isolates = |word: &&str| mechanisms::called(program_of(word)).is_some();
        let at = words.iter().position(isolates)?;
        changed_by(words.get(..at)?)
    });
    if let Some(name) = name {
        settings.leave_open(Setting::User, place, who_decides(name));
    }
}

/// Why it is not known who runs what stands behind it.
pub(super) fn who_decides(name: &str) -> String {
    format!("`{name}` in front of the command decides who runs it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_the_user() {
        for (words, name) in [
            ("gosu nobody", Some("gosu")),
            ("/usr/bin/setpriv --reuid=1000 --clear-groups --", Some("setpriv")),
            ("sudo -E", None),
            ("run0 --user=nobody", Some("run0")),
            ("run0 podman run", None),
            ("tini -- sudo -u nobody", Some("sudo")),
            ("chroot /new", None),
            ("chroot --userspec=1000 /", Some("chroot")),
            ("nice -n 5 env A=b", None),
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            assert_eq!(changed_by(&words), name, "{words:?}");
        }
    }

    #[test]
    fn a_command_that_isolates_as_somebody_else() {
        let of = |words: &[&str]| {
            let place = crate::deploy::place::Place::default();
            let command = words.iter().map(|word| At::new((*word).to_owned(), place)).collect();
            let mut settings = Settings { command, ..Settings::default() };
            doubt_user(&mut settings);
            settings.doubt(Setting::User).is_some()
        };
        assert!(of(&["gosu", "nobody", "unshare", "--mount", "true"]));
        assert!(of(&["sh", "-c", "exec setpriv --reuid=nobody unshare --mount true"]));
        assert!(!of(&["unshare", "--mount", "setpriv", "--reuid=1000", "id"]));
        assert!(!of(&["sh", "-c", "unshare --mount true"]));
        assert!(!of(&["sh", "-c", "apt-get install -y libcap2-bin; capsh --print"]));
        assert!(!of(&["sh", "-c", "capsh --print; unshare --mount true"]));
        assert!(of(&["sh", "-c", "cd /; su app -c 'unshare --mount true'"]));
    }
}
