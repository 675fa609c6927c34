//! Changes to a devcontainer.json, as patches.

use super::spell::{self, DevcontainerEntry};
use super::{CAP_ADD, COMPOSE, ENV, PRIVILEGED, RUN_ARGS, SECURITY, read};
use crate::deploy::Container;
use crate::deploy::command::line::{GivenOption, Line};
use crate::deploy::command::spell::Opt;
use crate::deploy::container::{Key, way};
use crate::deploy::edit::{CHANGED, EditError, EditRequest, Editor, PlannedEdits};
use crate::deploy::security_opt::SecurityOpt;
use crate::deploy::setting::Change;
use crate::deploy::yaml::patch::{Layout, Op, Patch};
use crate::deploy::yaml::{Data, Node};

/// The edits that make these changes.
///
/// # Errors
/// When they cannot be made safely, or another file would have to say it.
pub(super) fn plan(request: EditRequest<'_>) -> Result<PlannedEdits, EditError> {
    let EditRequest { source, container, changes, .. } = request;
    let root = source.documents()?.first().ok_or(CHANGED)?;
    let line = read::run_args(root).ok_or("runArgs is not what docker run takes")?;
    let mut planner = DevcontainerPlanner { root, container, line: &line, patches: vec![] };
    planner.make(changes)?;
    let layout = Layout { long: &[], after: &[] };
    PlannedEdits::patched(source, 0, planner.patches, layout)
}

struct DevcontainerPlanner<'a> {
    root: &'a Node,
    container: &'a Container,
    /// What `runArgs` gives.
    line: &'a Line,
    patches: Vec<Patch>,
}

impl Editor for DevcontainerPlanner<'_> {
    const NOT_DROPPED: &'static str = "runArgs does not drop the capability: change the other file";

    fn keep(&mut self, bit: u32) -> Result<bool, EditError> {
        let before = self.patches.len();
        self.remove(|option| option.drops(bit))?;
        Ok(self.patches.len() > before)
    }

    fn put(&mut self, change: &Change) -> Result<(), EditError> {
        if let Change::Privileged(false) = change {
            self.remove(|option| option.name == PRIVILEGED)?;
        }
        let entry = spell::entry(self.container.engine, change);
        match entry.ok_or("a devcontainer.json has no such setting")? {
            DevcontainerEntry::Value(key, value) => self.set(&[key], None, Op::Set(value)),
            DevcontainerEntry::Variable(name, value) => {
                self.set(&[ENV, name], None, Op::Set(Data::Text(value)))
            }
            DevcontainerEntry::Item(CAP_ADD, name) => self.add(CAP_ADD, name),
            DevcontainerEntry::Item(_, value) => self.security(value)?,
            DevcontainerEntry::Argument(..) if self.root.get(COMPOSE).is_some() => {
                return Err("only the compose file can say this: change it there".into());
            }
            DevcontainerEntry::Argument(option) => match self.given(&option) {
                Some(given) => self.replace(given, &option)?,
                None => self.add(RUN_ARGS, option.word()),
            },
        }
        Ok(())
    }
}

impl<'a> DevcontainerPlanner<'a> {
    fn set(&mut self, names: &[&str], item: Option<usize>, op: Op) {
        let path = way(&[], names).into_iter().chain(item.map(Key::Item)).collect();
        self.patches.push(Patch { path, op });
    }

    fn add(&mut self, key: &str, item: String) {
        self.set(&[key], None, Op::AddTo(vec![Data::Text(item)]));
    }

    /// What `securityOpt` says of it is replaced, or what `runArgs` does, which comes before.
    fn security(&mut self, value: String) -> Result<(), EditError> {
        let same = |text: &str| SecurityOpt::are_about_one(text, &value);
        let own = self.root.get(SECURITY).and_then(|list| list.items()).unwrap_or_default();
        let at = own.iter().rposition(|item| item.text().is_some_and(same));
        let option = Opt::Valued("security-opt", value.clone());
        match (at, self.given(&option)) {
            (Some(at), _) => self.set(&[SECURITY], Some(at), Op::Set(Data::Text(value))),
            (None, Some(given)) if self.root.get(COMPOSE).is_none() => {
                self.replace(given, &option)?;
            }
            (None, _) => self.add(SECURITY, value),
        }
        Ok(())
    }

    /// The last option of `runArgs` that is about the same thing.
    fn given(&self, wanted: &Opt) -> Option<&'a GivenOption> {
        let such = |given: &&GivenOption| given.value.is_some() && wanted.is_about(given);
        self.line.options.iter().rev().find(such)
    }

    /// The number of the item of `runArgs` that stands here.
    fn item(&self, start: usize) -> Result<usize, EditError> {
        let items = self.root.get(RUN_ARGS).and_then(|list| list.items()).unwrap_or_default();
        Ok(items.iter().position(|item| item.body == start).ok_or(CHANGED)?)
    }

    /// Lets an option of `runArgs` say something else.
    fn replace(&mut self, given: &GivenOption, wanted: &Opt) -> Result<(), EditError> {
        let at = given.value.as_ref().map_or(given.word.start, |value| value.range.start);
        let text = match wanted {
            Opt::Valued(_, value) if at != given.word.start => value.clone(),
            _ => wanted.word(),
        };
        let item = self.item(at)?;
        self.set(&[RUN_ARGS], Some(item), Op::Set(Data::Text(text)));
        Ok(())
    }

    /// Takes options out of `runArgs`.
    fn remove(&mut self, such: impl Fn(&GivenOption) -> bool) -> Result<(), EditError> {
        let mut gone = vec![];
        for option in self.line.options.iter().filter(|option| such(option)) {
            if !option.alone {
                return Err("options of runArgs stand in one word: change it by hand".into());
            }
            gone.push(self.item(option.word.start)?);
            if let Some(value) =
                option.value.as_ref().filter(|v| v.range.start != option.word.start)
            {
                gone.push(self.item(value.range.start)?);
            }
        }
        // From behind, so that the numbers of the others stay.
        gone.sort_unstable();
        gone.iter().rev().for_each(|item| self.set(&[RUN_ARGS], Some(*item), Op::Remove));
        Ok(())
    }
}
