//! Values that came from the environment or from files of variables: whoever reads a report need
//! not be the one who may know them, so their name stands in their place. What stands in the files
//! that the report is about is no secret: `DB_HOST=postgres` does not hide a service of that name.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::lint::LintReport;
use super::{FindingReport, Location, MechanismReport};
use crate::deploy::defaults::capability;
use crate::facts::Evidence;
use crate::verdict::Advice;

/// How much of a value gives it away: more than English has in common with it.
const TELLING: usize = 6;
/// What is shorter says nothing.
const SHORTEST: usize = 4;
/// As much of a value as is looked for.
const MOST: usize = 4096;

/// Words that settings have; who sees them learns nothing.
const ORDINARY: &[&str] = &[
    "true", "false", "root", "host", "none", "auto", "default", "unconfined", "disable",
    "disabled", "seccomp", "apparmor", "label", "systempaths", "unmask", "privileged",
    "no-new-privileges", "runtime", "runc", "crun", "nobody", "unshare", "nsjail", "bwrap", "null",
];

/// What must not be printed.
#[derive(Default)]
pub(crate) struct Concealed {
    /// The name of each variable, and a word of its value, in small letters.
    words: Vec<(String, String)>,
    /// What may be read anyway, in small letters.
    public: Vec<String>,
    /// Which parts of values have been looked for in it, and whether they are there: a file is
    /// long, and what is said of its containers is much alike.
    looked_for: RefCell<HashMap<Vec<u8>, bool>>,
}

impl Concealed {
    /// Variables, each with its value.
    pub(crate) fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut known = HashSet::new();
        let mut words = vec![];
        for (name, value) in variables {
            let lower = value.to_ascii_lowercase();
            let split = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '=' | '"' | '\'');
            for word in lower.split(split).filter(|word| !is_ordinary(word)) {
                let most = word.floor_char_boundary(MOST.min(word.len()));
                let word = word.get(..most).unwrap_or_default();
                if known.insert(word.to_owned()) {
                    words.push((name.clone(), word.to_owned()));
                }
            }
        }
        words.sort_by_key(|(_, word)| std::cmp::Reverse(word.len()));
        Self { words, ..Self::default() }
    }

    /// The same, with texts that whoever reads the report has.
    pub(crate) fn except<'t>(self, public: impl IntoIterator<Item = &'t str>) -> Self {
        if self.words.is_empty() {
            return self;
        }
        let public = public.into_iter().map(str::to_ascii_lowercase).collect();
        Self { public, ..self }
    }

    /// Whether a part of a text, in small letters, may be read anyway.
    fn is_public(&self, part: &[u8]) -> bool {
        if let Some(known) = self.looked_for.borrow().get(part) {
            return *known;
        }
        let has = |text: &String| memchr::memmem::find(text.as_bytes(), part).is_some();
        let is_public = self.public.iter().any(has);
        self.looked_for.borrow_mut().insert(part.to_owned(), is_public);
        is_public
    }

    /// A text with names in the place of values, and of parts of them that give them away.
    pub(crate) fn text<'t>(&'t self, text: &'t str) -> Cow<'t, str> {
        let mut parts = vec![PrintedPart::Said(text)];
        for (name, word) in &self.words {
            let split = |part: PrintedPart<'t>| match part {
                PrintedPart::Said(text) => {
                    self.without(text, name, word).unwrap_or_else(|| vec![part])
                }
                PrintedPart::Of(_) => vec![part],
            };
            // A name that already stands there is none of the text.
            parts = parts.into_iter().flat_map(split).collect();
        }
        match parts.as_slice() {
            [PrintedPart::Said(text)] => Cow::Borrowed(text),
            parts => Cow::Owned(parts.iter().map(PrintedPart::written).collect()),
        }
    }

    /// The text without a word, where it has it or a telling part of it.
    fn without<'t>(
        &self,
        text: &'t str,
        name: &'t str,
        word: &str,
    ) -> Option<Vec<PrintedPart<'t>>> {
        let lower = text.to_ascii_lowercase();
        let telling = TELLING.min(word.len());
        let (mut result, mut kept, mut at) = (vec![], 0, 0);
        while let Some(window) = lower.as_bytes().get(at..at + telling) {
            if memchr::memmem::find(word.as_bytes(), window).is_none() {
                at += 1;
                continue;
            }
            let mut end = at + telling;
            while let Some(longer) = lower.as_bytes().get(at..=end)
                && memchr::memmem::find(word.as_bytes(), longer).is_some()
            {
                end += 1;
            }
            if lower.as_bytes().get(at..end).is_some_and(|part| self.is_public(part)) {
                at = end - telling + 1; // What is within it is public as well.
                continue;
            }
            let (start, end) = (text.floor_char_boundary(at), text.ceil_char_boundary(end));
            let before = text.get(kept..start).filter(|before| !before.is_empty());
            result.extend(before.map(PrintedPart::Said));
            result.push(PrintedPart::Of(name));
            (kept, at) = (end, end);
        }
        result.extend(text.get(kept..).filter(|rest| !rest.is_empty()).map(PrintedPart::Said));
        (kept > 0).then_some(result)
    }

    /// The same for everything in a report that a file can have a part in.
    pub(crate) fn report(&self, report: &mut LintReport) {
        if self.words.is_empty() {
            return;
        }
        for file in &mut report.files {
            if let Some(error) = &mut file.error {
                self.string(&mut error.message);
                error.location.iter_mut().for_each(|at| self.location(at));
            }
            file.findings.iter_mut().for_each(|found| self.finding(found));
            file.mechanisms.iter_mut().for_each(|mechanism| self.mechanism(mechanism));
            for container in &mut file.containers {
                self.string(&mut container.name);
                self.location(&mut container.location);
                container.findings.iter_mut().for_each(|found| self.finding(found));
                container.mechanisms.iter_mut().for_each(|mechanism| self.mechanism(mechanism));
            }
        }
    }

    fn string(&self, text: &mut String) {
        if let Cow::Owned(without) = self.text(text) {
            *text = without;
        }
    }

    fn location(&self, at: &mut Location) {
        if let Cow::Owned(without) = self.text(&at.path) {
            at.path = without.into();
        }
    }

    fn evidence(&self, evidence: &mut Evidence) {
        self.string(&mut evidence.value);
        if let Cow::Owned(without) = self.text(&evidence.source) {
            evidence.source = without;
        }
    }

    fn finding(&self, found: &mut FindingReport) {
        self.string(&mut found.title);
        self.string(&mut found.detail);
        found.evidence.iter_mut().flatten().for_each(|evidence| self.evidence(evidence));
        found.location.iter_mut().for_each(|at| self.location(at));
        self.remedies(&mut found.remedies);
    }

    fn remedies(&self, remedies: &mut Rc<[Advice]>) {
        let told = |line: &String| matches!(self.text(line), Cow::Owned(_));
        if remedies.iter().flat_map(|remedy| &remedy.commands).any(told) {
            let mut all = remedies.to_vec();
            let lines = all.iter_mut().flat_map(|remedy| &mut remedy.commands);
            lines.for_each(|line| self.string(line));
            *remedies = all.into();
        }
    }

    fn mechanism(&self, mechanism: &mut MechanismReport) {
        if mechanism.flags.iter().any(|flag| matches!(self.text(flag), Cow::Owned(_))) {
            let flags = mechanism.flags.iter().map(|flag| self.text(flag).into_owned());
            mechanism.flags = flags.collect();
        }
        self.remedies(&mut mechanism.remedies);
        if let Some(cause) = &mut mechanism.cause {
            cause.evidence.iter_mut().for_each(|evidence| self.evidence(evidence));
            cause.location.iter_mut().for_each(|at| self.location(at));
        }
        let owned = |text: &str| matches!(self.text(text), Cow::Owned(_));
        let told = |evidence: &Evidence| owned(&evidence.value) || owned(&evidence.source);
        if mechanism.prediction.evidence.iter().any(told) {
            let mut prediction = (*mechanism.prediction).clone();
            prediction.evidence.iter_mut().for_each(|evidence| self.evidence(evidence));
            mechanism.prediction = prediction.into();
        }
    }
}

/// A part of a text.
#[derive(Clone, Copy)]
enum PrintedPart<'t> {
    /// What may be printed of it.
    Said(&'t str),
    /// What is of the value of this variable.
    Of(&'t str),
}

impl<'t> PrintedPart<'t> {
    fn written(&self) -> Cow<'t, str> {
        match self {
            Self::Said(text) => Cow::Borrowed(text),
            Self::Of(name) => Cow::Owned(format!("${{{name}}}")),
        }
    }
}

/// Whether everybody may see a word.
fn is_ordinary(word: &str) -> bool {
    let is_option =
        word.starts_with('-') && word.chars().all(|c| c == '-' || c.is_ascii_lowercase());
    word.len() < SHORTEST || is_option || capability(word).is_some() || ORDINARY.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_place_of_values() {
        let variables = [
            ("TOKEN", "ghp_Abc123xyzZ"),
            ("OPTION", "seccomp=/etc/s3cret.json"),
            ("FLAGS", "--user --pid"),
            ("CAP", "sys_admin"),
            ("ON", "true"),
            ("N", "5"),
        ];
        let all = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let concealed = Concealed::new(all);
        for (text, said) in [
            ("no capability `GHP_ABC123XYZZ`", "no capability `${TOKEN}`"),
            ("what ghp_Abc1... says", "what ${TOKEN}... says"),
            ("ghp_Abc123xyzZghp_Abc123xyzZ", "${TOKEN}${TOKEN}"),
            ("the profile \"/etc/s3cret.json\"", "the profile \"${OPTION}\""),
            ("true, 5, --user and SYS_ADMIN", "true, 5, --user and SYS_ADMIN"),
            ("äghp_Abc123xyzZö", "ä${TOKEN}ö"),
        ] {
            assert_eq!(concealed.text(text), said);
        }
        // What stands for one value has nothing of another.
        let both = [("DATA_PATH", "/srv/secret-data"), ("DIR", "{data_path}")];
        let both = Concealed::new(both.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(both.text("at /srv/secret-data"), "at ${DATA_PATH}");
    }

    #[test]
    fn what_the_file_says_is_no_secret() {
        let variables = [("HOST", "server"), ("PASSWORD", "server-hunter2"), ("USER", "zabbix-db")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let concealed =
            Concealed::new(variables).except(["services: {Server: {}}", "zabbix_db.yml"]);
        for (text, said) in [
            ("server: refused", "server: refused"),
            ("zabbix_db.yml:3", "zabbix_db.yml:3"),
            ("the password server-hunter2", "the password ${PASSWORD}"),
            ("a serverhunter2, zabbix-db", "a server${PASSWORD}, ${USER}"),
        ] {
            assert_eq!(concealed.text(text), said);
        }
    }
}
