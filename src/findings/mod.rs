//! A finding: something worth saying beside a verdict. What it means in general is a row of the
//! one [`catalogue`], which `explain`, `rules`, the documentation and the formats read; what was
//! seen is a value, made by the readers of deployment files, by `lint` and by `check`.

pub(crate) mod catalogue;

use std::rc::Rc;

use crate::facts::Evidence;
use crate::place::Place;
use crate::verdict::{Advice, Severity};

/// A row of the catalogue: what a finding means.
pub(crate) struct Info {
    /// The id, for `explain`, JSON and links; never changes.
    pub id: &'static str,
    /// How grave it usually is; a finding says so where it is otherwise.
    pub severity: Severity,
    /// One line.
    pub title: &'static str,
    /// Markdown: What / Why / Fix / Sources.
    pub docs: &'static str,
}

crate::named::told_by_id!(Info);

impl Info {
    /// A finding of the usual severity about the setting at a place.
    pub(crate) fn at(
        &'static self,
        place: Place,
        title: impl Into<String>,
        detail: impl Into<String>,
    ) -> Finding {
        Finding { place: Some(place), ..Finding::new(self, title, detail) }
    }
}

/// Something worth saying that changes no verdict, unless it is an error about a container: that
/// one does not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Its row of the catalogue.
    pub info: &'static Info,
    /// How grave it is here.
    pub severity: Severity,
    /// What it is, in a line.
    pub title: String,
    /// Why it matters and what to do.
    pub detail: String,
    /// What shows it, where it is about a host.
    pub evidence: Vec<Evidence>,
    /// The setting that it is about, where it is about a file.
    pub place: Option<Place>,
    /// The container of the file that it is about, by number; `None`: the file, or the host.
    pub container: Option<usize>,
    /// What can be done.
    pub remedies: Rc<[Advice]>,
}

impl Finding {
    /// One of the usual severity, about nothing in particular.
    pub(crate) fn new(
        info: &'static Info,
        title: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            info,
            severity: info.severity,
            title: title.into(),
            detail: detail.into(),
            evidence: vec![],
            place: None,
            container: None,
            remedies: Rc::default(),
        }
    }

    /// The same, as grave as this.
    pub(crate) fn severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// The same, with what shows it.
    pub(crate) fn shown_by(self, evidence: Vec<Evidence>) -> Self {
        Self { evidence, ..self }
    }

    /// The same, about the setting at a place.
    pub(crate) fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    /// The same, about the container of this number.
    pub(crate) fn about(self, container: usize) -> Self {
        Self { container: Some(container), ..self }
    }

    /// The same, with what can be done.
    pub(crate) fn helped_by(self, remedies: Rc<[Advice]>) -> Self {
        Self { remedies, ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The sources below a directory, without the catalogue.
    fn sources(dir: &Path) -> String {
        let paths = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        let text = |path: std::path::PathBuf| match path {
            path if path.ends_with("catalogue") => String::new(),
            path if path.is_dir() => sources(&path),
            path => std::fs::read_to_string(path).unwrap(),
        };
        paths.map(text).collect()
    }

    #[test]
    fn every_row_is_whole_listed_and_found() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let pages = std::fs::read_dir(here.join("findings/catalogue")).unwrap();
        assert_eq!(pages.count(), catalogue::ALL.len() + 1, "one page for each row, and mod.rs");
        let sources = sources(&here);
        for (at, info) in catalogue::ALL.iter().enumerate() {
            assert!(info.docs.starts_with("## What\n") && info.docs.len() > 60, "{info:?}");
            assert!(!info.title.is_empty() && !info.title.ends_with('.'), "{info:?}");
            assert!(!catalogue::ALL[..at].contains(info), "{info:?} is there twice");
            let made = format!("catalogue::{}", info.id.replace('-', "_").to_uppercase());
            assert!(sources.contains(&made), "nothing makes {info:?}");
        }
    }
}
