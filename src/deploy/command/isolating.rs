//! The commands of a script that isolate by themselves, without a container of their own; and those
//! that install what does.

use std::borrow::Borrow;

use super::line::{prepared, program_of};
use super::script::Script;
use super::shell::{SimpleCommand, Until, Walker};
use super::word::Word;
use super::{joined, privilege};
use crate::deploy::busybox::Whose;
use crate::deploy::place::{At, Index, Place};
use crate::deploy::setting::{Change, NEXT, Setting, Settings, User};
use crate::mechanisms;

/// The commands of scripts that isolate, at least one: all of them run in one container.
pub(in crate::deploy) struct Isolating {
    commands: Vec<IsolatingCommand>,
    /// Whether one of the scripts installs util-linux.
    has_util_linux: bool,
}

/// A command that isolates.
struct IsolatingCommand {
    /// Its words, from the name of the program on.
    words: Vec<At<String>>,
    /// Whether it runs as root, whoever runs the script.
    as_root: bool,
    /// The program in front of it that decides who runs it.
    changed_by: Option<String>,
}

impl Isolating {
    /// The program that isolates first.
    pub(in crate::deploy) fn first(&self) -> Option<&At<String>> {
        self.commands.first()?.words.first()
    }

    /// The same, all of it said to stand at one place.
    pub(in crate::deploy) fn within(mut self, place: Place) -> Self {
        let words = self.commands.iter_mut().flat_map(|command| &mut command.words);
        words.for_each(|word| word.place = place);
        self
    }

    /// Makes them what a container runs.
    pub(in crate::deploy) fn put_into(self, settings: &mut Settings) {
        let place = |command: &IsolatingCommand| Some(command.words.first()?.place);
        let first = self.commands.first().and_then(place).unwrap_or_default();
        if self.commands.iter().all(|command| command.as_root) {
            settings.apply(&Change::User(User::Ids { uid: 0, gid: Some(0) }), first);
        } else if self.commands.iter().any(|command| command.as_root) && !settings.is_root() {
            settings.leave_open(Setting::User, first, "`sudo` runs some of its commands as root");
        }
        let by = |command: &IsolatingCommand| {
            Some((privilege::who_decides(command.changed_by.as_ref()?), place(command)?))
        };
        if let Some((why, place)) = self.commands.iter().find_map(by) {
            settings.leave_open(Setting::User, place, why);
        }
        if self.has_util_linux {
            settings.unshare = Some(Whose::UtilLinux);
        }
        let all: Vec<_> = self.commands.into_iter().map(|command| command.words).collect();
        settings.command = all.first().cloned().unwrap_or_default();
        settings.isolating = if all.len() > 1 { all } else { vec![] };
    }
}

/// Notes the commands that isolate in the texts that the command of a container has for shells,
/// where these are several.
pub(in crate::deploy) fn note_isolating(settings: &mut Settings) {
    let words = || settings.commands().flatten();
    let parts = |word: &At<String>| word.value.contains([';', '&', '|', '\n']);
    let Some(first) = words().next().filter(|_| words().any(parts)) else { return };
    let named = |word: &At<String>| {
        let names = word.value.split(|c: char| c.is_whitespace() || "'\";&|()`".contains(c));
        names.filter(|name| mechanisms::called(program_of(name)).is_some()).count()
    };
    let named: usize = words().map(named).sum();
    if named < 2 {
        return;
    }
    let line = |words: &[At<String>]| match words {
        [text] => text.value.clone(),
        words => joined(&words.iter().map(|word| word.value.clone()).collect::<Vec<_>>()),
    };
    let each = settings.commands().flat_map(|words| words.split(|word| word.value == NEXT));
    let text = each.map(line).collect::<Vec<_>>().join("\n");
    let found = isolating([&Script::whole(&text, 0)].into_iter(), &Index::new(0, &text));
    let Some(found) = found.filter(|found| found.commands.len() > 1) else { return };
    let found = found.within(first.place).commands;
    // Where a program may run another that the shell does not, the words count as they stand.
    let known = match named > found.len() {
        true if settings.isolating.is_empty() => vec![settings.command.clone()],
        true => std::mem::take(&mut settings.isolating),
        false => vec![],
    };
    let found = found.into_iter().map(|command| command.words);
    settings.isolating = known.into_iter().chain(found).collect();
}

/// The commands of scripts that isolate. A script that is broken has those before the break.
pub(in crate::deploy) fn isolating<S: Borrow<Script>>(
    scripts: impl Iterator<Item = S> + Clone,
    index: &Index<'_>,
) -> Option<Isolating> {
    let of_script = |script: S| commands(script.borrow(), index);
    let commands: Vec<IsolatingCommand> = scripts.clone().flat_map(of_script).collect();
    (!commands.is_empty()).then(|| Isolating {
        commands,
        has_util_linux: { scripts }.any(|script| installs_util_linux(script.borrow())),
    })
}

fn commands(script: &Script, index: &Index<'_>) -> Vec<IsolatingCommand> {
    if !mentions(&script.extract.text) {
        return vec![];
    }
    let mut walker = Walker::new(script).looking_for(|words| program(words).is_some());
    let _ = walker.list(0, script.extract.text.len(), Until::End);
    let found = walker.found.iter().enumerate();
    let counts = found.filter(|(at, own)| {
        !at.checked_sub(1)
            .and_then(|before| walker.found.get(before))
            .is_some_and(|before| is_instead(own, before, script))
    });
    counts.filter_map(|(_, own)| command(own, script, index)).collect()
}

/// Whether a command runs only where another does not work: behind `||`, or in the other branch of
/// an `if`.
fn is_instead(own: &SimpleCommand, other: &SimpleCommand, script: &Script) -> bool {
    let text = own.words.first().and_then(|word| script.extract.text.get(..word.range.start));
    let opens = |c: char| c.is_whitespace() || matches!(c, '!' | '(' | '{');
    let text = text.unwrap_or("").trim_end_matches(opens);
    let begins = |rest: &str| rest.trim_end_matches([' ', '\t']).ends_with([';', '\n', '}', ')']);
    let branch = ["else", "elif"].into_iter().find_map(|word| text.strip_suffix(word));
    text.ends_with("||") && own.list == other.list || branch.is_some_and(begins)
}

fn command(
    SimpleCommand { words, .. }: &SimpleCommand,
    script: &Script,
    index: &Index<'_>,
) -> Option<IsolatingCommand> {
    let (before, own) = words.split_at_checked(program(words)?)?;
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
    Some(IsolatingCommand {
        words: busybox.into_iter().chain(own).map(at).collect(),
        as_root,
        changed_by,
    })
}

/// Whether the name of a program that isolates stands in a text: most have none.
fn mentions(text: &str) -> bool {
    let programs = mechanisms::of_commands().map(|mechanism| mechanism.program);
    let mut names = programs.flat_map(|own| own.others.iter().chain([&own.name]));
    names.any(|name| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some())
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
    fn the_commands_that_isolate() {
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
            ("cd x && unshare a && make || exit 1\n# unshare b", "unshare a", false),
            ("sudo unshare a; if true; then sudo bwrap b; fi", "unshare a; bwrap b", true),
            ("sudo unshare a\nunshare b", "unshare a; unshare b", false),
            ("sh -c 'unshare a; unshare b'; nsjail c", "unshare a; unshare b; nsjail c", false),
            // One or the other.
            ("unshare a || unshare b; which x || bwrap c", "unshare a; bwrap c", false),
            ("if unshare a; then unshare b; else unshare c; fi", "unshare a; unshare b", false),
            (
                "if unshare a; then x\nelif ! unshare b; then y\nelse\n unshare c; fi",
                "unshare a",
                false,
            ),
            (
                "sh -c 'unshare a || { unshare b; }'; echo else\nunshare c",
                "unshare a; unshare c",
                false,
            ),
            ("if x; then y; else unshare a; fi", "unshare a", false),
            // What an isolated shell runs is isolated.
            (
                "unshare a sh -c 'unshare b; unshare c'",
                "unshare a sh -c unshare b; unshare c",
                false,
            ),
        ] {
            let found = commands(&Script::whole(text, 0), &Index::new(0, text));
            let said = |own: &IsolatingCommand| {
                own.words.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(" ")
            };
            let all: Vec<String> = found.iter().map(said).collect();
            let all_as_root = !found.is_empty() && found.iter().all(|own| own.as_root);
            assert_eq!((all.join("; ").as_str(), all_as_root), (words, as_root), "{text}");
        }
    }
}
