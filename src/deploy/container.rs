//! A container as its deployment file describes it, whatever kind of file that is.

use std::ops::Range;

use super::defaults;
use super::dialect::Dialect;
use super::place::{FileId, Place};
use super::runtime::Runtime;
use super::setting::{Change, Settings};
use super::systemd::filter;
use crate::plan::Plan;

/// Who starts the container, which decides how its settings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Engine {
    /// Docker, also through compose.
    Docker,
    Podman,
    /// Kubernetes; which runtime makes the container is another matter.
    Kubernetes,
    /// No engine: systemd, which starts the program itself.
    Systemd,
    /// liblxc, also for Proxmox.
    Lxc,
}

#[derive(Clone, Debug)]
pub(crate) struct Container {
    /// Its name: of the service, of the container entry, or what a command line says (its `--name`,
    /// else the image).
    pub name: String,
    /// Who starts it.
    pub engine: Engine,
    /// How it is written down.
    pub dialect: &'static Dialect,
    /// Where its description begins: the service's key, the entry of the list, the command.
    pub place: Place,
    /// Where a fix would be written.
    pub spot: WrittenAt,
    pub settings: Settings,
}

impl Container {
    /// Whether it lacks a capability that the runtime gives because it drops it by name.
    #[must_use]
    pub(crate) fn drops(&self, runtime: Runtime, bit: u32) -> bool {
        runtime.defaults().capabilities.has(bit) && self.settings.drops_by_name(bit)
    }

    /// What of a change is not there yet, where that can be told, for a plan that other changes may
    /// have made of the one that was refused. A service has every capability that it does not drop.
    #[must_use]
    pub(crate) fn lacking(&self, change: &Change, plan: &Plan) -> Option<Change> {
        match change {
            Change::AddCapability(_) if self.engine == Engine::Systemd => None,
            Change::AddCapability(bit)
                if self.engine == Engine::Lxc
                    && defaults::bounding(Runtime::Lxc, &self.settings).has(*bit) =>
            {
                None
            }
            Change::Namespaces(kinds) => {
                self.settings.lacking(&Change::Namespaces(kinds | plan.made().0))
            }
            Change::Calls(_) => self.settings.lacking(&Change::Calls(filter::calls(plan))),
            other => Some(other.clone()),
        }
    }
}

/// Where the settings of a container are written, for edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WrittenAt {
    /// A node of a YAML document: the number of the document in its file, and the keys and indices
    /// that lead to the container (`services`, `web`); for Kubernetes `pod` is how many of them
    /// lead to the pod's spec.
    Yaml {
        document: usize,
        /// The way to the container.
        path: Vec<Key>,
        /// How many steps of the way lead to the pod's spec; 0 where there is none.
        pod: usize,
    },
    /// A text of words and lines: settings may be put in at this byte of the file, such as options
    /// before the image of a command line.
    Text {
        /// The byte.
        at: usize,
    },
    /// In several files that are given together, the later over the earlier.
    Several(Vec<(FileId, WrittenAt)>),
    /// In a code block of a document.
    Block {
        /// The bytes of the block; `None` where its lines have something before them that is not
        /// its own, as in a list.
        range: Option<Range<usize>>,
        /// The spot in the block.
        spot: Box<WrittenAt>,
    },
    /// Nowhere that can be edited, e.g. an argument of isodoc itself.
    None,
}

impl WrittenAt {
    /// The pod that the container is in: where it is described in the file.
    #[must_use]
    pub(crate) fn pod(&self) -> Option<(usize, usize, Vec<Key>)> {
        match self {
            Self::Yaml { document, path, pod: pod @ 1.. } => {
                Some((0, *document, path.get(..*pod)?.to_vec()))
            }
            Self::Block { range, spot } => {
                let (_, document, path) = spot.pod()?;
                Some((range.as_ref()?.start, document, path))
            }
            _ => None,
        }
    }
}

/// The way to what stands at the end of these keys, below another.
pub(crate) fn way(path: &[Key], names: &[&str]) -> Vec<Key> {
    path.iter().cloned().chain(names.iter().map(|name| Key::Name((*name).to_owned()))).collect()
}

/// One step from a node to a child.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The value of this key.
    Name(String),
    /// The item of this number, from 0.
    Item(usize),
}
