//! A way to isolate, as a row of a table.

use std::path::Path;

use super::{Flavour, Ids, Plan, Program, ReadFiles, Step};

/// A way to isolate.
pub(crate) struct Mechanism {
    /// Its id in the report and for `--require`.
    pub id: &'static str,
    /// The program that is deployed. It may have another one isolate, and pass the flags to that.
    pub program: &'static Program,
    /// Whether that is a daemon, which is asked how it is configured; a container has none.
    pub daemon: bool,
    /// Whether it is judged wherever nobody names one.
    pub always: bool,
    /// The flags where none are given.
    pub flags: &'static str,
    /// The words behind the program's name, in a command, that are flags of its own.
    pub flags_of: fn(&[String]) -> &[String],
    /// The programs that it runs besides, with one set of flags or another.
    pub helpers: &'static [&'static Program],
    /// The flags that stand for these, by what the program reads in files before anything else.
    pub unfold: fn(&[String], Look<'_>) -> Vec<String>,
    /// What it asks for with these flags, where it is called by this effective uid and gid. Whose
    /// program is installed decides which flags it knows; unknown, it knows all.
    pub plan: PlanOf,
}

crate::named::told_by_id!(Mechanism);

/// How a mechanism reads a file; `None`: nobody can tell what it holds.
pub(crate) type Look<'a> = &'a mut dyn FnMut(&str) -> Option<String>;

/// The flags as they are: what a program reads in files changes none of them.
fn as_given(flags: &[String], _: Look<'_>) -> Vec<String> {
    flags.to_vec()
}

/// Makes a plan of flags.
pub(crate) type PlanOf = fn(&[String], Option<&Flavour>, Ids) -> Plan;

impl Mechanism {
    /// A program whose words are all its own, and that is judged where it is installed or named.
    pub(crate) const fn of(
        id: &'static str,
        program: &'static Program,
        flags: &'static str,
        plan: PlanOf,
    ) -> Self {
        Self {
            id,
            program,
            daemon: false,
            always: false,
            flags,
            flags_of: |words| words,
            helpers: &[],
            unfold: as_given,
            plan,
        }
    }

    /// The same where no word of a command is a flag of its own.
    pub(crate) const fn without_words(
        id: &'static str,
        program: &'static Program,
        flags: &'static str,
        plan: PlanOf,
    ) -> Self {
        Self { flags_of: |_| &[], ..Self::of(id, program, flags, plan) }
    }

    /// What it asks for where files hold this.
    pub(crate) fn plan_with(
        &self,
        flags: &[String],
        flavour: Option<&Flavour>,
        ids: Ids,
        files: ReadFiles,
    ) -> Plan {
        let words = (self.unfold)(flags, &mut |path| files.get(path).cloned());
        Plan { flags: flags.to_vec(), files, ..(self.plan)(&words, flavour, ids) }
    }

    /// Whether `isodoc profile` has one for it: a daemon is in no container, and what the kernel
    /// does alone the profiles of engines let through.
    pub(crate) fn has_profile(&self) -> bool {
        !self.takes_no_flags()
    }

    /// Whether nothing is started that could be given flags: a daemon is asked, or the kernel.
    fn takes_no_flags(&self) -> bool {
        self.daemon || *self.program == Program::KERNEL
    }

    /// Why these words are none of its flags.
    pub(crate) fn objection(&self, words: &str) -> Option<String> {
        let first = words.split_whitespace().next()?;
        // The flags of codex are those of bwrap.
        let name = (self.plan)(&[], None, (None, None)).by.name;
        match Path::new(first).file_name() {
            _ if self.takes_no_flags() => Some(format!("{} takes no flags", self.id)),
            Some(file) if file == name => {
                Some(format!("leave `{first}` out: flags are the words behind it"))
            }
            _ => None,
        }
    }

    /// What it asks for where no flags are given.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let flags: Vec<String> = self.flags.split_whitespace().map(str::to_owned).collect();
        (self.plan)(&flags, None, (None, None)).steps
    }
}

/// A plan that nobody has made yet is of none.
impl Default for &'static Mechanism {
    fn default() -> Self {
        static NONE: Mechanism = Mechanism::of("", &Program::KERNEL, "", |_, _, _| Plan::default());
        &NONE
    }
}
