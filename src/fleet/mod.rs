//! Many hosts: their answers counted as they come, in memory that depends on how many kinds of
//! answers there are and not on how many hosts.

mod few;
pub(crate) mod host;
pub(crate) mod name;
mod ways;

use std::collections::BTreeMap;
use std::ops::AddAssign;

use crate::report::fleet::{
    AnswerCount, CauseCount, FleetReport, GroupCount, NamedBy, ReadCount, Unread, UnreadCount,
    Verdicts,
};
use crate::report::{Generator, VERSION};
use crate::verdict::Verdict;
use few::Few;
use host::{HostAnswer, HostReport};
use name::NamedAs;
use ways::Ways;

/// How many names of one kind are told apart: more mechanisms, causes or kernels than this are
/// counted together, so that nothing grows without an end.
const KINDS: usize = 4096;
/// What stands for the others.
const OTHERS: &str = "(others)";
/// How many unreadable documents are kept.
const UNREAD: usize = 20;

/// What was counted.
#[derive(Default)]
pub(crate) struct Fleet {
    hosts: Verdicts,
    read: ReadCount,
    named_by: NamedBy,
    mechanisms: Kinds<Counted>,
    platforms: Kinds<Verdicts>,
    vantages: Kinds<Verdicts>,
    kernels: Kinds<Verdicts>,
    ways: Ways,
    unread: UnreadCount,
}

/// The answers about one mechanism.
#[derive(Default)]
struct Counted {
    required: Verdicts,
    others: Verdicts,
    /// Where it is required and supported, and its program is not there.
    lacking: u64,
    causes: Kinds<(Verdicts, Few)>,
}

impl Fleet {
    /// Counts a host.
    pub(crate) fn add(
        &mut self,
        name: &str,
        by: NamedAs,
        from_snapshot: bool,
        host: &HostReport<'_>,
    ) {
        let (name, verdict) = (cut(name), host.verdict());
        self.hosts.add(verdict);
        *match by {
            NamedAs::Field => &mut self.named_by.field,
            NamedAs::Label => &mut self.named_by.label,
            NamedAs::File => &mut self.named_by.file,
            NamedAs::Line => &mut self.named_by.line,
        } += 1;
        let kind = if from_snapshot { &mut self.read.snapshots } else { &mut self.read.reports };
        *kind += 1;
        self.read.short += u64::from(host.short);
        let add = |verdicts: &mut Verdicts| verdicts.add(verdict);
        self.platforms.with(host.platform(), add);
        self.vantages.with(host.vantage(), add);
        self.kernels.with(host.kernel(), add);
        for answer in host.answers() {
            let lacks = || host.installed(answer) == Some(false);
            self.mechanisms.with(answer.id.as_str(), |known| known.add(name, answer, lacks));
        }
        self.ways.add(name, host);
    }

    /// Counts a document that cannot be read.
    pub(crate) fn add_unread(&mut self, file: &str, line: Option<usize>, why: String) {
        self.unread.count += 1;
        if self.unread.first.len() < UNREAD {
            self.unread.first.push(Unread { file: file.into(), line, why });
        }
    }

    /// How many hosts there are.
    pub(crate) fn hosts(&self) -> u64 {
        self.hosts.all()
    }

    /// The first documents that cannot be read.
    pub(crate) fn unread(&self) -> &[Unread] {
        &self.unread.first
    }

    /// Adds what was counted of the hosts that come after these.
    pub(crate) fn join(&mut self, later: Self) {
        self.hosts += later.hosts;
        self.read += later.read;
        self.named_by += later.named_by;
        self.mechanisms.join(later.mechanisms, Counted::join);
        self.platforms.join(later.platforms, Verdicts::add_assign);
        self.vantages.join(later.vantages, Verdicts::add_assign);
        self.kernels.join(later.kernels, Verdicts::add_assign);
        self.ways.join(later.ways);
        self.unread.count += later.unread.count;
        let room = UNREAD - self.unread.first.len();
        self.unread.first.extend(later.unread.first.into_iter().take(room));
    }

    /// What came of it.
    pub(crate) fn report(self) -> FleetReport {
        let hosts = self.hosts;
        let groups = |kinds: Kinds<Verdicts>| {
            let group = |(id, verdicts): (String, Verdicts)| GroupCount { id, verdicts };
            by_count(kinds.0.into_iter().map(group).collect(), |group| group.verdicts.all())
        };
        FleetReport {
            schema_version: VERSION,
            tool: Generator::THIS,
            verdict: hosts.verdict(),
            hosts,
            read: self.read,
            named_by: self.named_by,
            unreadable: self.unread,
            mechanisms: by_count(
                self.mechanisms.0.into_iter().map(|(id, of)| of.count(id)).collect(),
                |of: &AnswerCount| of.required.all(),
            ),
            first: self.ways.first(),
            no_remedy: self.ways.without(),
            unranked: self.ways.unranked,
            platforms: groups(self.platforms),
            vantages: groups(self.vantages),
            kernels: groups(self.kernels),
        }
    }
}

impl Counted {
    fn add(&mut self, name: &str, answer: &HostAnswer<'_>, lacks: impl Fn() -> bool) {
        let counted = if answer.required { &mut self.required } else { &mut self.others };
        counted.add(answer.verdict);
        let works = answer.required && answer.verdict == Verdict::Supported;
        self.lacking += u64::from(works && lacks());
        if let Some(cause) = answer.cause().filter(|_| answer.required) {
            self.causes.with(cause, |(verdicts, hosts)| {
                verdicts.add(answer.verdict);
                hosts.add(name);
            });
        }
    }

    fn join(&mut self, later: Self) {
        self.required += later.required;
        self.others += later.others;
        self.lacking += later.lacking;
        self.causes.join(later.causes, |(verdicts, hosts), (more, others)| {
            *verdicts += more;
            hosts.join(&others);
        });
    }

    fn count(self, id: String) -> AnswerCount {
        let causes = self.causes.0.into_iter();
        let cause = |(id, (verdicts, few)): (String, (Verdicts, Few))| CauseCount {
            id,
            verdicts,
            hosts: few.list(),
        };
        AnswerCount {
            id,
            required: self.required,
            others: self.others,
            not_installed: self.lacking,
            causes: by_count(causes.map(cause).collect(), |cause| cause.verdicts.all()),
        }
    }
}

/// Things by their names, as many as are told apart.
struct Kinds<T>(BTreeMap<String, T>);

impl<T> Default for Kinds<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Default> Kinds<T> {
    /// Does something with the one of this name; a new name is one in thousands.
    fn with(&mut self, name: &str, change: impl FnOnce(&mut T)) {
        let name = cut(name);
        let room = self.0.len() < KINDS;
        match self.0.get_mut(name) {
            Some(known) => change(known),
            None => {
                let name = if room { name } else { OTHERS };
                change(self.0.entry(name.to_owned()).or_default());
            }
        }
    }

    fn join(&mut self, later: Self, join: impl Fn(&mut T, T)) {
        for (name, other) in later.0 {
            self.with(&name, |known| join(known, other));
        }
    }
}

/// As much of a name as is kept; hosts and mechanisms have shorter ones.
fn cut(name: &str) -> &str {
    name.get(..name.floor_char_boundary(200)).unwrap_or(name)
}

/// The most frequent first; of those that are as frequent, by name, as they were.
fn by_count<T>(mut list: Vec<T>, count: impl Fn(&T) -> u64) -> Vec<T> {
    list.sort_by_key(|one| std::cmp::Reverse(count(one)));
    list
}

impl Verdicts {
    fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Supported => &mut self.supported,
            Verdict::Unsupported => &mut self.unsupported,
            Verdict::Unknown => &mut self.unknown,
        } += 1;
    }
}
