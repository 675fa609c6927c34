//! What the tests of several dialects have in common.

use std::fmt::Debug;

use super::dialect::{Candidate, Dialect, Sure};
use super::edit::{self, EditRequest, SourceText, written};
use super::read::{Input, Nothing, Surroundings};
use super::setting::{Change, Profile, Settings};
use super::{At, BadInput, Container};
use crate::facts::Caps;

pub(super) const UNCONFINED: Change = Change::Seccomp(Profile::Unconfined);
pub(super) const SYS_ADMIN: Change = Change::AddCapability(Caps::SYS_ADMIN);

/// How sure a dialect is that a file of this name and text is in it.
pub(super) fn recognised(dialect: &Dialect, path: &str, text: &str) -> Sure {
    (dialect.recognises)(&Candidate::new(Input { file: 0, path, text }))
}

/// The containers of a file that is in a dialect, with nothing around it.
pub(super) fn read(dialect: &Dialect, path: &str, text: &str) -> Result<Vec<Container>, BadInput> {
    let candidate = Candidate::new(Input { file: 0, path, text });
    assert_eq!((dialect.recognises)(&candidate), Sure::Yes, "{text}");
    Ok((dialect.read)(&candidate, &mut Nothing)?.containers)
}

/// A file is refused in this line, for this reason.
#[track_caller]
pub(super) fn assert_refused<T: Debug>(
    read: impl Fn(&str) -> Result<T, BadInput>,
    text: &str,
    line: usize,
    why: &str,
) {
    let bad = read(text).unwrap_err();
    assert!(bad.message.contains(why), "{bad:?}\n{text}");
    assert_eq!(bad.place.map(|place| place.line), Some(line), "{bad:?}\n{text}");
}

/// Files beside the one that is read, by path, and no variables.
pub(super) struct Beside(pub &'static [(&'static str, &'static str)]);

impl Surroundings for Beside {
    fn open(&mut self, path: &str, _: u32) -> Result<(u32, String), String> {
        let at = self.0.iter().position(|(known, _)| *known == path).ok_or("not there")?;
        Ok((at as u32 + 1, self.0[at].1.to_owned()))
    }

    fn names(&self, directory: &str, _: u32) -> Vec<String> {
        let inside = |(path, _): &(&str, &str)| {
            Some(path.strip_prefix(directory)?.strip_prefix('/')?.to_owned())
        };
        self.0.iter().rev().filter_map(inside).collect()
    }
}

/// The text with changes made to a container of it.
pub(super) fn changed(
    text: &str,
    container: &Container,
    changes: &[Change],
) -> Result<String, String> {
    let source = SourceText::new(text);
    let planned = edit::plan(EditRequest::of(&source, container, changes));
    let text = planned.and_then(|planned| written(&source, &[&planned]));
    text.map_err(|why| why.to_string())
}

/// The same. The settings that are then read are those before, with the changes made.
pub(super) fn edited(
    text: &str,
    changes: &[Change],
    read: impl Fn(&str) -> Container,
) -> Result<String, String> {
    let container = read(text);
    let result = changed(text, &container, changes)?;
    let mut wanted = container.settings;
    changes.iter().for_each(|change| wanted.apply(change, Default::default()));
    assert_eq!(values(&read(&result).settings), values(&wanted), "{result}");
    Ok(result)
}

fn values(s: &Settings) -> impl PartialEq + std::fmt::Debug {
    fn of<T: Clone>(setting: &Option<At<T>>) -> Option<T> {
        setting.as_ref().map(|at| at.value.clone())
    }
    let names =
        |list: &[At<String>]| list.iter().map(|n| n.value.to_ascii_uppercase()).collect::<Vec<_>>();
    let variable =
        |(name, value): &(At<String>, Option<String>)| (name.value.clone(), value.clone());
    (
        (s.is_privileged(), names(&s.cap_add), names(&s.cap_drop)),
        (of(&s.seccomp), of(&s.apparmor), of(&s.masks), of(&s.no_new_privs)),
        (of(&s.user), of(&s.nproc), of(&s.pids_limit)),
        s.env.iter().map(variable).collect::<Vec<_>>(),
    )
}
