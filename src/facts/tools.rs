//! The programs that take part, as they were found.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Fact, Missing};
use crate::plan::{Flavour, Plan, Program};

/// The programs that take part. Absent: not found in `PATH`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Tools {
    seen: BTreeMap<&'static str, Fact<Tool>>,
    /// Those that are in a usual directory, but not in `PATH`.
    #[serde(skip)]
    elsewhere: BTreeMap<&'static str, Tool>,
}

/// A program that was not looked for.
static NOT_LOOKED_FOR: Fact<Tool> =
    Fact { seen: Err(Missing::NotProbed), source: std::borrow::Cow::Borrowed("") };

impl Tools {
    #[must_use]
    pub(crate) fn get(&self, program: &Program) -> &Fact<Tool> {
        self.seen.get(program.key).unwrap_or(&NOT_LOOKED_FOR)
    }

    /// The same, to change it.
    pub(crate) fn get_mut(&mut self, program: &Program) -> &mut Fact<Tool> {
        self.seen.entry(program.key).or_default()
    }

    /// Where a program is that is not found in `PATH`, in a directory where most have theirs.
    #[must_use]
    pub(crate) fn elsewhere(&self, program: &Program) -> Option<&Tool> {
        self.elsewhere.get(program.key).filter(|_| self.get(program).is_absent())
    }

    /// Those of which a plan needs one, and none is there. What comes from a store brings them
    /// along.
    #[must_use]
    pub(crate) fn missing_helpers(&self, plan: &Plan) -> Option<&'static [&'static Program]> {
        /// Of Nix and Guix, and the profiles that lead to them.
        const STORES: &[&str] =
            &["/nix/", "/gnu/", "/run/current-system/", "/etc/profiles/", "-profile/"];
        let own = &self.get(plan.mechanism.program).value()?.path;
        (!STORES.iter().any(|store| own.contains(store))).then_some(())?;
        let lacks = |set: &&[&Program]| set.iter().all(|program| self.get(program).is_absent());
        plan.helpers.iter().copied().find(lacks)
    }

    /// Says where that is.
    pub(crate) fn set_elsewhere(&mut self, program: &Program, tool: Tool) {
        self.elsewhere.insert(program.key, tool);
    }

    /// Changes a program that was found.
    pub(crate) fn change(&mut self, program: &Program, change: impl FnOnce(&mut Tool)) {
        if let Ok(tool) = &mut self.get_mut(program).seen {
            change(tool);
        }
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = &Fact<Tool>> {
        self.seen.values()
    }

    /// Puts another fact in its place.
    pub(crate) fn set(&mut self, program: &Program, tool: Fact<Tool>) {
        self.seen.insert(program.key, tool);
    }
}

/// The type of a file, links followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum FileKind {
    File,
    Directory,
    Socket,
    Other,
}

/// A program file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Tool {
    /// Where it was found.
    pub path: String,
    /// Its type.
    pub kind: FileKind,
    /// Its permission bits.
    pub mode: u32,
    /// Its owner.
    pub uid: u32,
    /// Whether it has file capabilities that let it gain privilege on exec.
    pub file_caps: bool,
    /// Whether we may read it.
    pub readable: bool,
    /// Whose program it is, where that was looked at.
    pub flavour: Option<Flavour>,
    /// Whether its file system is mounted nosuid.
    pub nosuid: bool,
}

impl Tool {
    /// A program as a package installs it: root's own, and readable.
    #[must_use]
    pub(crate) fn installed(path: impl Into<String>, mode: u32) -> Self {
        let kind = FileKind::File;
        Self {
            path: path.into(),
            kind,
            mode,
            uid: 0,
            file_caps: false,
            readable: true,
            flavour: None,
            nosuid: false,
        }
    }

    /// Whether running it changes credentials.
    #[must_use]
    pub(crate) fn privileged(&self) -> bool {
        self.mode & 0o6000 != 0 || self.file_caps
    }
}
