//! The ways to write down containers. A row of this table is all that joins a dialect to the rest:
//! its folder reads it, spells changes in it, and edits it.

use std::cell::OnceCell;
use std::rc::Rc;

use super::container::Engine;
use super::edit::{EditError, EditRequest, PlannedEdits};
use super::place::BadInput;
use super::read::{Deployment, Input, Surroundings};
use super::setting::Change;
use super::yaml::{self, Node};
use super::{
    command, compose, daemon, devcontainer, dockerfile, ecs, foreign, gitlab_ci, gitlab_runner,
    kubernetes, lxc, nomad, quadlet, systemd, values, workflow,
};

/// A way to write down containers.
pub(crate) struct Dialect {
    pub id: &'static str,
    /// What a file in it is called.
    pub name: &'static str,
    /// What the files are called among which it is looked for when a directory is walked: patterns
    /// for the end of the path. What has no ending at all is looked at as well.
    pub files: &'static [&'static str],
    /// What its blocks in a document look like; `None`: none is read.
    pub blocks: Option<Blocks>,
    /// Whose containers are commonly written down in it, so that a remedy for a container that
    /// runs is spelled in it as well.
    pub engines: &'static [Engine],
    /// Whether a file is in it.
    pub recognises: fn(&Candidate<'_>) -> Sure,
    /// Reads a file in it.
    pub read: fn(&Candidate<'_>, &mut dyn Surroundings) -> Result<Deployment, BadInput>,
    /// Changes as a person would write them, in lines. What the dialect has no words for is left
    /// out.
    pub spell: fn(Engine, &[&Change]) -> Vec<String>,
    /// The edits that make changes to a container that stands at this spot of a text; an error
    /// says why they cannot be made safely.
    pub edit: fn(EditRequest<'_>) -> Result<PlannedEdits, EditError>,
}

crate::named::told_by_id!(Dialect);

/// What the blocks of a dialect look like in a document, before anybody reads them.
#[derive(Clone, Copy)]
pub(crate) struct Blocks {
    /// The languages that their info strings name; empty where there is none.
    pub languages: &'static [&'static str],
    /// How one of the lines begins.
    pub lines: &'static [&'static str],
}

/// Every dialect, in the order in which they are asked whether a file is theirs. Remedies are
/// spelled in the opposite order: what is typed comes before what is written into a file.
pub(crate) static DIALECTS: &[&Dialect] = &[
    &daemon::DIALECT,
    &quadlet::DIALECT,
    &systemd::DIALECT,
    &lxc::DIALECT,
    &kubernetes::DIALECT,
    &devcontainer::DIALECT,
    &dockerfile::DIALECT,
    &ecs::DIALECT,
    &workflow::DIALECT,
    &gitlab_runner::DIALECT,
    &nomad::DIALECT,
    &values::DIALECT,
    &gitlab_ci::DIALECT,
    &compose::DIALECT,
    &command::DIALECT,
];

/// How sure a dialect is that a file is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sure {
    /// It is not.
    No,
    /// It might be, if it is in no other.
    Unlikely,
    /// It looks like it.
    Perhaps,
    /// It says so.
    Yes,
}

impl Sure {
    /// Sure where this holds.
    pub(crate) fn yes_if(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// A file that is in some dialect. It is parsed once, for all who ask.
pub(crate) struct Candidate<'t> {
    /// The file.
    pub input: Input<'t>,
    /// How many lines and bytes of the file stand before the text, where it is a block of one.
    pub block: Option<(usize, usize)>,
    documents: OnceCell<Result<Vec<Rc<Node>>, BadInput>>,
}

impl<'t> Candidate<'t> {
    /// A file.
    pub(crate) fn new(input: Input<'t>) -> Self {
        Self { input, block: None, documents: OnceCell::new() }
    }

    /// A block of a document: so many lines and bytes stand before it.
    pub(crate) fn block(input: Input<'t>, before: (usize, usize)) -> Self {
        Self { block: Some(before), ..Self::new(input) }
    }

    /// Its documents, where it is YAML.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn documents(&self) -> Result<&[Rc<Node>], BadInput> {
        let parse = || match self.is_script() {
            true => Ok(vec![]),
            false => {
                let before = self.block.unwrap_or_default();
                let last_wins = gitlab_ci::is_named(self.input.path);
                yaml::parse_part(self.input.file, self.input.text, before, last_wins)
            }
        };
        self.documents.get_or_init(parse).as_deref().map_err(Clone::clone)
    }

    /// Whether it names the program that runs it.
    pub(crate) fn is_script(&self) -> bool {
        self.block.is_none() && command::interpreter(self.input.text).is_some()
    }

    /// What kind of file it is: a dialect that is sure comes first, then the kinds that are not
    /// read, then a dialect that is not sure.
    pub(crate) fn kind(&self) -> Recognised {
        let dialect = self.dialect();
        if let Some((dialect, Sure::Yes)) = dialect {
            return Recognised::Read(dialect);
        }
        match (foreign::kind(self), dialect) {
            (Some(kind), _) => Recognised::Foreign(kind),
            (None, Some((dialect, _))) => Recognised::Read(dialect),
            (None, None) => Recognised::Unknown,
        }
    }

    /// The dialect that it is in, and how sure that is. A block has to say so: documents show all
    /// kinds of things.
    pub(crate) fn dialect(&self) -> Option<(&'static Dialect, Sure)> {
        let is_block = self.block.is_some();
        let mut best = (if is_block { Sure::Perhaps } else { Sure::No }, None);
        for dialect in DIALECTS.iter().filter(|dialect| !is_block || dialect.blocks.is_some()) {
            let sure = (dialect.recognises)(self);
            if sure > best.0 {
                best = (sure, Some(*dialect));
            }
            if sure == Sure::Yes {
                break;
            }
        }
        best.1.map(|dialect| (dialect, best.0))
    }
}

/// What kind of file a file is.
pub(crate) enum Recognised {
    Read(&'static Dialect),
    /// It is of a kind that is known and not read.
    Foreign(&'static foreign::Kind),
    /// It is of no kind that is known.
    Unknown,
}

impl std::hash::Hash for Dialect {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}
