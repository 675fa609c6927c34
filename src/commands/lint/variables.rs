//! The environment variables that deployment files ask for.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use super::FileJudged;
use super::surroundings::Files;
use crate::report::concealed::Concealed;

/// Where variables have their values from.
pub(super) struct OuterVariables {
    /// Whether the environment has them.
    pub environment: bool,
    /// Those of the `.env` of the project in hand.
    pub dotenv: HashMap<String, String>,
    /// Those that were asked for, with the values that they have outside the files.
    given: RefCell<BTreeSet<(String, String)>>,
}

impl OuterVariables {
    pub(super) fn new(environment: bool) -> Self {
        Self { environment, dotenv: HashMap::new(), given: RefCell::default() }
    }

    /// The value of one: the environment goes before `.env`.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let given = self.environment.then(|| std::env::var(name).ok()).flatten();
        let value = given.or_else(|| self.dotenv.get(name).cloned());
        value.inspect(|value| self.conceal(name, value))
    }

    /// Remembers what must not be printed.
    pub(super) fn conceal(&self, name: &str, value: &str) {
        self.given.borrow_mut().insert((name.to_owned(), value.to_owned()));
    }

    /// What must not be printed.
    fn concealed(&self) -> Concealed {
        Concealed::new(self.given.borrow().iter().cloned())
    }
}

/// What must not be printed of the files that were judged. Their names are known to whoever gave
/// them, and their lines are shown; of those that they name, the lines with containers.
pub(super) fn concealed(judged: &[FileJudged], files: &Files) -> Concealed {
    let given = judged.iter().flat_map(|judged| &judged.file.files).copied();
    let read = judged.iter().filter_map(|judged| judged.file.read.as_ref().ok());
    let containers = read.flat_map(|read| &read.containers).map(|found| found.place.file);
    let shown: BTreeSet<_> = given.clone().chain(containers).collect();
    let paths = given.map(|id| files.path(id));
    let public: Vec<_> = paths.chain(shown.into_iter().map(|id| files.text(id))).collect();
    files.variables.concealed().except(public.iter().map(AsRef::as_ref))
}
