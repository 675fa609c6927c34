//! What the tests of several dialects have in common.

use super::edit::{EditRequest, SourceText, written};
use super::read::Surroundings;
use super::setting::{Change, Settings};
use super::{At, Container};

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

/// The text with changes made to a container of it. The settings that are then read are those
/// before, with the changes made.
pub(super) fn edited(
    text: &str,
    changes: &[Change],
    read: impl Fn(&str) -> Container,
) -> Result<String, String> {
    let container = read(text);
    let source = SourceText::new(text);
    let planned = (container.dialect.edit)(EditRequest::of(&source, &container, changes));
    let planned = planned.map_err(|why| why.to_string())?;
    let result = written(&source, &[&planned]).map_err(|why| why.to_string())?;
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
