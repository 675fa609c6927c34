//! What `--fix` says beside the files: on standard output, unless that carries a diff or a file;
//! and the texts from which lines are shown.

use std::rc::Rc;

use super::surroundings::Files;
use crate::cli::LintArgs;
use crate::deploy::FileId;
use crate::lint::fix::FixOutcome;
use crate::output::escape;
use crate::output::lint::FileTexts;
use crate::report::concealed::Concealed;

/// What is printed.
pub(super) struct Said {
    /// On standard output.
    pub text: String,
    /// Whether what is said goes elsewhere.
    apart: bool,
}

impl Said {
    /// A diff is for a program, and so is a file that came from standard input.
    pub(super) fn new(args: &LintArgs) -> Self {
        let apart = args.diff || args.files.iter().any(|path| path == "-");
        Self { text: String::new(), apart }
    }

    /// Says something of a file; values of variables are kept back.
    pub(super) fn about(&mut self, path: &str, what: &str, concealed: &Concealed) {
        let what = concealed.text(what);
        self.line(&format!("{}: {}", escape::text(path), escape::text(&what)));
    }

    /// Says what became of a container of a file.
    pub(super) fn outcome(
        &mut self,
        path: &str,
        told: &FixOutcome,
        diff: bool,
        concealed: &Concealed,
    ) {
        // A diff is not written.
        let by = told.what.strip_prefix("fixed by ").filter(|_| diff);
        let would = by.map(|by| format!("would be fixed by {by}"));
        let what = would.as_ref().unwrap_or(&told.what);
        // A unit has the name of its file.
        match path.rsplit('/').next() == Some(&told.name) {
            true => self.about(path, what, concealed),
            false => self.about(path, &format!("{}: {what}", told.name), concealed),
        }
    }

    /// Says that there was nothing to do, where nothing else is said.
    pub(super) fn or_nothing(mut self) -> Vec<u8> {
        if self.text.is_empty() && !self.apart {
            self.line("nothing to fix");
        }
        self.text.into_bytes()
    }

    /// Says a line.
    #[allow(clippy::print_stderr, reason = "standard output carries the diff alone")]
    pub(super) fn line(&mut self, line: &str) {
        if self.apart {
            eprintln!("{line}");
        } else {
            self.text.extend([line, "\n"]);
        }
    }
}

impl FileTexts for Files {
    fn text_of(&self, file: FileId) -> Rc<str> {
        self.text(file)
    }
}
