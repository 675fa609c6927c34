//! The commands of a script that isolate by themselves, without a container of their own; and those
//! that install what does.

use super::line::{prepared, program_of};
use super::privilege;
use super::script::Script;
use super::shell::{SimpleCommand, Until, Walker};
use super::word::Word;
use crate::deploy::busybox::Whose;
use crate::deploy::place::{At, Index};
use crate::deploy::setting::{Change, Setting, Settings, User};
use crate::mechanisms;

/// A command that isolates.
pub(in crate::deploy) struct Isolating {
    /// Its words, from the name of the program on.
    pub words: Vec<At<String>>,
    /// Whether it runs as root, whoever runs the script.
    pub as_root: bool,
    /// The program in front of it that decides who runs it.
    pub changed_by: Option<String>,
    /// Whether what runs before it installs util-linux.
    pub has_util_linux: bool,
}

impl Isolating {
    /// Makes it what a container runs.
    pub(in crate::deploy) fn put_into(self, settings: &mut Settings) {
        if let Some(first) = self.words.first().filter(|_| self.as_root) {
            settings.apply(&Change::User(User::Ids { uid: 0, gid: Some(0) }), first.place);
        }
        if let (Some(name), Some(first)) = (self.changed_by, self.words.first()) {
            settings.leave_open(Setting::User, first.place, privilege::who_decides(&name));
        }
        if self.has_util_linux {
            settings.unshare = Some(Whose::UtilLinux);
        }
        settings.command = self.words;
    }
}

/// The first command of a script that isolates. A script that is broken has those before the break.
pub(in crate::deploy) fn isolating(script: &Script, index: &Index<'_>) -> Option<Isolating> {
    if !mentions(&script.extract.text) {
        return None;
    }
    let mut walker = Walker::new(script).looking_for(|words| program(words).is_some());
    let _ = walker.list(0, script.extract.text.len(), Until::End);
    let SimpleCommand { words, .. } = walker.found.into_iter().next()?;
    let (before, own) = words.split_at_checked(program(&words)?)?;
    let text = |word: &Word| match word.fixed() {
        Some(text) => text.to_owned(),
        None => script.extract.text.get(word.range.clone()).unwrap_or("").to_owned(),
    };
    let at =
        |word: &Word| At::new(text(word), index.of_file(script.extract.range(word.range.clone())));
    let texts: Vec<&str> = before.iter().map(|word| word.fixed().unwrap_or("\0")).collect();
    let changed_by = privilege::changed_by(&texts).map(str::to_owned);
    let sudo = texts.iter().any(|word| matches!(program_of(word), "sudo" | "doas"));
    let as_root = sudo && changed_by.is_none();
    // The name of an applet is behind that of busybox.
    let busybox = before.last().filter(|word| word.fixed().map(program_of) == Some("busybox"));
    Some(Isolating {
        words: busybox.into_iter().chain(own).map(at).collect(),
        as_root,
        changed_by,
        has_util_linux: installs_util_linux(script),
    })
}

/// Whether the name of a program that isolates stands in a text: most have none.
fn mentions(text: &str) -> bool {
    let programs = mechanisms::MECHANISMS.iter().filter(|mechanism| !mechanism.daemon);
    let names = programs.flat_map(|own| own.program.others.iter().chain([&own.program.name]));
    names.into_iter().any(|name| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some())
}

/// The packages that have a program which does nothing but isolate, and the id of its mechanism.
/// The names are those of Debian, Alpine, Fedora and Arch.
const PACKAGES: &[(&str, &str)] =
    &[("bubblewrap", "bubblewrap"), ("nsjail", "nsjail"), ("rootlesskit", "rootlesskit")];

/// The packages that have the unshare(1) of util-linux, in Debian, Alpine, Fedora and Arch; others
/// of the name have documentation, libraries or other programs.
const UTIL_LINUX: &[&str] = &["util-linux", "util-linux-core", "util-linux-misc"];

/// The programs that install packages, their words for it, and those for taking them away.
const INSTALLERS: &[(&str, &[&str], &[&str])] = &[
    ("apt-get", &["install"], &["remove", "purge", "autoremove"]),
    ("apt", &["install"], &["remove", "purge", "autoremove"]),
    ("apk", &["add"], &["del"]),
    ("dnf", &["install"], &["remove", "erase"]),
    ("microdnf", &["install"], &["remove"]),
    ("yum", &["install"], &["remove", "erase"]),
    ("zypper", &["install", "in"], &["remove", "rm"]),
    ("pacman", &["-S", "-Sy", "-Syu"], &["-R", "-Rs", "-Rns"]),
    ("dpkg", &[], &["-r", "-P", "--remove", "--purge"]),
    ("rpm", &[], &["-e", "--erase"]),
];

/// What a script does to packages with the unshare(1) of util-linux, in order: installs one (true),
/// or takes one away.
fn changes_util_linux(script: &Script) -> Vec<bool> {
    let text = script.extract.text.as_str();
    if memchr::memmem::find(text.as_bytes(), b"util-linux").is_none() {
        return vec![];
    }
    let mut walker = Walker::new(script).looking_for(|words| changes(words).is_some());
    let _ = walker.list(0, text.len(), Until::End);
    let change = |command: &SimpleCommand| {
        let mut names = command.words.iter().filter_map(package_name);
        changes(&command.words).filter(|_| names.any(|name| UTIL_LINUX.contains(&name)))
    };
    walker.found.iter().filter_map(change).collect()
}

/// Whether a script installs util-linux at some time.
pub(in crate::deploy) fn installs_util_linux(script: &Script) -> bool {
    changes_util_linux(script).contains(&true)
}

/// Whether util-linux is there when a script has run; `None`: as it was.
pub(in crate::deploy) fn leaves_util_linux(script: &Script) -> Option<bool> {
    changes_util_linux(script).last().copied()
}

/// The package that a word names, without the version behind it.
fn package_name(word: &Word) -> Option<&str> {
    word.fixed()?.split(['=', '~', '<', '>', '@']).next()
}

/// Whether a command installs packages (true) or takes them away. What is installed to be taken
/// away by another name (apk's `--virtual`) is not known.
fn changes(words: &[Word]) -> Option<bool> {
    let texts: Vec<&str> = words.iter().map(|word| word.fixed().unwrap_or("\0")).collect();
    let (first, rest) = texts.get(prepared(&texts)..)?.split_first()?;
    let (_, add, remove) = INSTALLERS.iter().find(|(name, ..)| *name == program_of(first))?;
    let has = |verbs: &[&str]| rest.iter().any(|word| verbs.contains(word));
    let for_now = || rest.iter().any(|word| *word == "-t" || word.starts_with("--virtual"));
    match (has(remove), has(add)) {
        (true, _) => Some(false),
        (false, true) => (program_of(first) != "apk" || !for_now()).then_some(true),
        (false, false) => None,
    }
}

/// What a script installs that isolates: the package, and the id of the mechanism.
pub(in crate::deploy) fn installed(
    script: &Script,
    index: &Index<'_>,
) -> Vec<(At<String>, &'static str)> {
    let text = script.extract.text.as_bytes();
    if !PACKAGES.iter().any(|(name, _)| memchr::memmem::find(text, name.as_bytes()).is_some()) {
        return vec![];
    }
    let mut walker = Walker::new(script).looking_for(|words| changes(words) == Some(true));
    let _ = walker.list(0, script.extract.text.len(), Until::End);
    let words = walker.found.iter().flat_map(|command| &command.words);
    let package = |word: &Word| {
        let name = package_name(word)?;
        let (_, id) = PACKAGES.iter().find(|(known, _)| *known == name)?;
        let place = index.of_file(script.extract.range(word.range.clone()));
        Some((At::new(name.to_owned(), place), *id))
    };
    words.filter_map(package).collect()
}

/// Which of these words is the name of a program that isolates and is run.
fn program(words: &[Word]) -> Option<usize> {
    let texts: Vec<&str> = words.iter().map(|word| word.fixed().unwrap_or("\0")).collect();
    let at = prepared(&texts);
    let (before, own) = texts.split_at_checked(at)?;
    let (first, rest) = own.split_first()?;
    let isolates = mechanisms::called(program_of(first)).is_some();
    // `command -v bwrap` and `bwrap --version` run nothing.
    let asks = before.windows(2).any(|pair| matches!(pair, ["command", "-v" | "-V"]))
        || matches!(rest, ["--version" | "--help"]);
    (isolates && !asks).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed() {
        for (text, package) in [
            (
                "apt-get update && apt-get install -y --no-install-recommends a bubblewrap=0.8-2",
                "bubblewrap",
            ),
            ("sudo apk add --no-cache nsjail", "nsjail"),
            ("if true; then pacman -Syu --noconfirm bubblewrap; fi", "bubblewrap"),
            (
                "apt-get remove bubblewrap; echo install bubblewrap; apt-get install libbubblewrap",
                "",
            ),
        ] {
            let found = installed(&Script::whole(text, 0), &Index::new(0, text));
            let said = found.first().map_or("", |(package, _)| &package.value);
            assert_eq!((said, found.len()), (package, usize::from(!package.is_empty())), "{text}");
        }
        for (_, id) in PACKAGES {
            assert!(mechanisms::find(id).is_some(), "{id}");
        }
    }

    #[test]
    fn who_has_util_linux() {
        for (text, installs, leaves) in [
            ("apk add --no-cache git util-linux", true, Some(true)),
            ("apt-get update && apt-get install -y util-linux=2.38.1-5", true, Some(true)),
            ("apk add util-linux-misc~=2.40", true, Some(true)),
            ("apk add util-linux-doc util-linux-dev libutil-linux", false, None),
            ("apk del util-linux", false, Some(false)),
            ("apt-get remove -y util-linux", false, Some(false)),
            ("rpm -e util-linux; dpkg --purge util-linux", false, Some(false)),
            ("apk add util-linux && unshare -r true && apk del util-linux", true, Some(false)),
            ("apk add --virtual .x util-linux && x && apk del .x", false, None),
            ("echo util-linux # apk add util-linux", false, None),
            ("sudo dnf -y install util-linux-core", true, Some(true)),
        ] {
            let script = Script::whole(text, 0);
            let said = (installs_util_linux(&script), leaves_util_linux(&script));
            assert_eq!(said, (installs, leaves), "{text}");
        }
    }

    #[test]
    fn the_command_that_isolates() {
        for (text, words, as_root) in [
            ("echo a\nunshare --pid true", "unshare --pid true", false),
            (
                "cd x && sudo -E A=b /usr/bin/bwrap --dev '/de v' $X",
                "/usr/bin/bwrap --dev /de v $X",
                true,
            ),
            ("if ! unshare -U true; then echo; fi", "unshare -U true", false),
            ("sh -c 'a; unshare -r b' c", "unshare -r b", false),
            ("which bwrap; command -v unshare; bwrap --version; echo unshare", "", false),
            ("apt-get install -y bubblewrap nsjail podman", "", false),
            ("unshare a\necho 'b", "unshare a", false),
        ] {
            let found = isolating(&Script::whole(text, 0), &Index::new(0, text));
            let said = found.as_ref().map_or(String::new(), |found| {
                let words: Vec<&str> = found.words.iter().map(|w| w.value.as_str()).collect();
                words.join(" ")
            });
            assert_eq!(
                (said.as_str(), found.is_some_and(|f| f.as_root)),
                (words, as_root),
                "{text}"
            );
        }
    }
}
