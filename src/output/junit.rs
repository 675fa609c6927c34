//! JUnit XML, which most CI services show: a suite for each file, a test for each thing that was
//! asked. What is unknown is an error, not a failure. Held against the schema of Jenkins.
//!
//! Written by hand: quick-junit adds 125 KiB for five elements and one escape.

use std::io::{self, Write};

use super::alerts::{self, Alert};
use super::escape::{self, markup};
use super::{Checked, Format, Linted};
use crate::report::lint::{ContainerReport, File};
use crate::report::{MechanismReport, Severity};
use crate::verdict::Verdict;

/// JUnit XML.
pub(crate) static FORMAT: Format = Format {
    id: "junit",
    about: "JUnit XML, for the test reports of CI services",
    check: Some(check),
    lint: Some(lint),
    ..Format::NONE
};

fn check(checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
    let report = checked.report;
    let mut suite = Suite::new("isodoc check");
    let asked = report.entries().filter(|m| m.required);
    asked.for_each(|mechanism| suite.passes(suite.name, mechanism));
    alerts::of_check(checked).iter().for_each(|alert| suite.alert(alert));
    document(&[suite], out)
}

fn lint(linted: &Linted<'_>, out: &mut dyn Write) -> io::Result<()> {
    let found = alerts::of_lint(linted.report);
    let suites: Vec<Suite<'_>> =
        linted.report.files.iter().map(|file| of_file(file, &found)).collect();
    document(&suites, out)
}

fn of_file<'a>(file: &'a File, found: &[Alert<'a>]) -> Suite<'a> {
    let mut suite = Suite::new(&file.path);
    file.asked().for_each(|mechanism| suite.passes(&file.path, mechanism));
    file.containers.iter().for_each(|container| suite.container(container));
    let own = found.iter().filter(|alert| alert.file == Some(suite.name));
    own.for_each(|alert| suite.alert(alert));
    suite
}

/// The tests of a file, or of a machine.
struct Suite<'a> {
    name: &'a str,
    /// Each as XML.
    tests: Vec<String>,
    /// How many ended in each way that is not a success.
    ended: [(&'static str, usize); 3],
    /// What is worth knowing and fails nothing.
    said: Vec<String>,
}

/// How a test ends that does not pass: its element, and the attribute that counts them.
const FAILURE: (&str, &str) = ("failure", "failures");
const ERROR: (&str, &str) = ("error", "errors");
const SKIPPED: (&str, &str) = ("skipped", "skipped");

impl<'a> Suite<'a> {
    fn new(name: &'a str) -> Self {
        let ended = [FAILURE, ERROR, SKIPPED].map(|(_, many)| (many, 0));
        Self { name, tests: vec![], ended, said: vec![] }
    }

    /// Adds a test for a mechanism that works.
    fn passes(&mut self, class: &str, mechanism: &MechanismReport) {
        if mechanism.verdict == Verdict::Supported {
            self.test(class, mechanism.id, None);
        }
    }

    fn container(&mut self, of: &ContainerReport) {
        of.asked().for_each(|mechanism| self.passes(&of.name, mechanism));
        let nothing = of.asked().next().is_none();
        if !of.required {
            let why = "does not ask for isolation";
            self.test(&of.name, "isolation", Some((SKIPPED, "not-required", why, "")));
        } else if nothing && of.verdict == Verdict::Unknown {
            let why = "cannot be judged";
            self.test(&of.name, "isolation", Some((ERROR, of.verdict.id(), why, "")));
        }
    }

    fn alert(&mut self, alert: &Alert<'_>) {
        let lines = alert.text();
        let how = match (alert.id, alert.mechanism) {
            (None, _) => ERROR,
            (_, Some((_, Verdict::Unknown))) if alert.level != Severity::Note => ERROR,
            _ if alert.level == Severity::Error => FAILURE,
            _ => return self.said.push(lines),
        };
        let name = alert.mechanism.map_or(alert.name(), |(id, _)| id);
        let text = format!("{}{}\n{lines}", alert.at.shown(), alert.at.line_and_column());
        let class = alert.container.or(alert.file).unwrap_or(self.name);
        self.test(class, name, Some((how, alert.name(), &alert.headline(), &text)));
    }

    /// Adds a test: how it ends if not well, the kind of that, a line about it and all about it.
    fn test(
        &mut self,
        class: &str,
        name: &str,
        ended: Option<((&'static str, &'static str), &str, &str, &str)>,
    ) {
        let [class, name] = [class, name].map(|text| markup(&escape::text(text)));
        let within = ended.map(|((one, many), kind, message, text)| {
            self.ended.iter_mut().filter(|(known, _)| *known == many).for_each(|(_, n)| *n += 1);
            let [kind, message, text] = [kind, message, text].map(markup);
            format!("<{one} type=\"{kind}\" message=\"{message}\">{text}</{one}>")
        });
        let within = within.unwrap_or_default();
        self.tests.push(format!(
            "    <testcase classname=\"{class}\" name=\"{name}\">{within}</testcase>\n"
        ));
    }
}

fn document(suites: &[Suite<'_>], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"isodoc\">\n")?;
    for suite in suites {
        let (name, tests) = (markup(&escape::text(suite.name)), suite.tests.len());
        write!(out, "  <testsuite name=\"{name}\" tests=\"{tests}\"")?;
        suite.ended.iter().try_for_each(|(how, count)| write!(out, " {how}=\"{count}\""))?;
        out.write_all(b">\n")?;
        suite.tests.iter().try_for_each(|test| out.write_all(test.as_bytes()))?;
        if !suite.said.is_empty() {
            writeln!(out, "    <system-out>{}</system-out>", markup(&suite.said.join("\n\n")))?;
        }
        out.write_all(b"  </testsuite>\n")?;
    }
    out.write_all(b"</testsuites>\n")
}
