//! HTML: one page that loads nothing, runs nothing and is readable without a style sheet. It is
//! well-formed XML too, so that a reader of XML can hold it to that.
//!
//! What a name or a value says goes through [`markup`], and nothing else makes it text.

mod fleet;

use std::io::{self, Write};

use super::answer::{self, Hint};
use super::escape::{self, markup};
use super::lint::{self, FileTexts};
use super::page::noted;
use super::snippet::Excerpt;
use super::style::Style;
use super::{Checked, Format, Linted, words};
use crate::facts::Evidence;
use crate::platform::VantageId;
use crate::report::lint::{File, LintReport};
use crate::report::{FindingReport, Generator, Location, MechanismReport};
use crate::verdict::{Advice, Verdict};

/// HTML.
pub(crate) static FORMAT: Format = Format {
    id: "html",
    about: "One self-contained page for a browser",
    check: Some(check),
    lint: Some(lint),
    fleet: Some(fleet::PAGE),
    ..Format::NONE
};

/// Both schemes have a contrast of at least 4.5 (WCAG 2.2, 1.4.3) for every pair of colours.
const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#525a64;--line:#d0d7de;
--box:#f3f5f8;--good:#116329;--bad:#a40e26;--warn:#754800;--mark:#ffe27a;--link:#0550ae}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--soft:#a5aeb8;--line:#3d444d;
--box:#171d26;--good:#56d364;--bad:#ff8c85;--warn:#e3b341;--mark:#5c4600;--link:#79b8ff}}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{max-width:56rem;margin:auto;padding:1rem}
h1{font-size:1.5rem;line-height:1.25}h2{margin-top:2.5rem;font-size:1.25rem;line-height:1.3}
h3{margin:1.75rem 0 .25rem;font-size:1rem}h4{margin:1rem 0 .25rem;font-size:1rem}
h1,h2,h3,p,li,dd,td,th,figcaption{overflow-wrap:anywhere}
a{color:var(--link)}code,pre{font:.875rem/1.5 ui-monospace,monospace}
table{width:100%;border-collapse:collapse}
th,td{padding:.375rem .75rem .375rem 0;border-bottom:1px solid var(--line);text-align:left;
vertical-align:top;font-weight:inherit}thead th{color:var(--soft);
overflow-wrap:normal}tbody th{min-width:6.5rem}
.word{white-space:nowrap}
dl{display:grid;grid-template-columns:6rem 1fr;gap:.25rem .75rem;margin:.5rem 0}
dt,.soft,figcaption{color:var(--soft)}dt{grid-column:1}dd{grid-column:2;margin:0}
ol{padding-left:1.5rem}input{width:18rem;max-width:100%;font:inherit}figure{margin:.75rem 0}
pre{margin:.375rem 0;padding:.625rem .75rem;border:1px solid var(--line);border-radius:.375rem;
background:var(--box);white-space:pre-wrap;overflow-wrap:anywhere}pre.run{user-select:all}
pre b{color:var(--soft);font-weight:inherit;user-select:none}
mark{background:var(--mark);color:inherit;text-decoration:underline}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
footer{margin-top:3rem;color:var(--soft)}";

/// Something that was asked, and what is said of it.
struct AskedRow<'a> {
    entry: &'a MechanismReport,
    file: Option<&'a File>,
    /// Whose it is: a container, a daemon's file.
    whose: &'a str,
    begins: Option<&'a Location>,
    style: Style,
    answer: String,
    why: String,
}

impl<'a> AskedRow<'a> {
    fn of_file(
        file: &'a File,
        whose: &'a str,
        inside: &str,
        begins: Option<&'a Location>,
        entry: &'a MechanismReport,
    ) -> Self {
        let (style, answer, why) = lint::sentence(entry, inside);
        let why = why.unwrap_or_default().to_owned();
        Self { entry, file: Some(file), whose, begins, style, answer, why }
    }

    fn of_check(entry: &'a MechanismReport) -> Self {
        let title = entry.cause.as_ref().map(|cause| cause.title);
        Self {
            entry,
            file: None,
            whose: "",
            begins: None,
            // What nobody asked for is no failure.
            style: if entry.required { answer::style_of(entry.verdict) } else { Style::Plain },
            answer: answer::mark(entry.verdict).1.to_owned(),
            why: title.unwrap_or_default().to_owned(),
        }
    }

    /// Why, with the id under which it is explained.
    fn reason(&self) -> String {
        format!("{}{}", self.why, self.entry.cause_tag())
    }

    /// Whether there is more to say.
    fn is_open(&self) -> bool {
        self.entry.verdict != Verdict::Supported
    }
}

fn check(checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
    let report = checked.report;
    let Some(main) = answer::main_entry(report) else { return Ok(()) };
    let mut sheet = Sheet { out };
    sheet.begin(&answer::summary(report), answer::style_of_answer(report, main), "")?;
    let platform = &report.platform;
    let (name, documented) = (platform.id.name(), platform.documented.name());
    sheet.text("p", &format!("Where: {}.", report.vantage.name))?;
    sheet
        .text("p", &format!("{name}; Windmill documents it as {documented}: {}", platform.notes))?;
    answer::worker(report).iter().try_for_each(|worker| sheet.text("p", worker))?;
    let (asked, others): (Vec<_>, Vec<_>) =
        report.entries().map(AskedRow::of_check).partition(|question| question.entry.required);
    sheet.table("What was asked", &asked, true)?;
    sheet.table("What else was looked at", &others, false)?;
    for (at, question) in asked.iter().enumerate().filter(|(_, question)| question.is_open()) {
        let entry = question.entry;
        let whole = answer::sentence(report, entry).concat();
        let title = if std::ptr::eq(entry, main) { "Why" } else { &whole };
        sheet.section(2, at, question.style, title)?;
        sheet.judged(entry)?;
        match entry.verdict {
            Verdict::Unsupported if entry.remedies.is_empty() => {
                let (what, more) = answer::no_remedy(report, entry);
                sheet.text("h3", &format!("What helps: {what}"))?;
                more.iter().try_for_each(|more| sheet.text("p", more))?;
            }
            Verdict::Unknown => {
                sheet.text("h3", answer::FIND_OUT)?;
                answer::find_out(report, entry).iter().try_for_each(|hint| match hint {
                    Hint::Text(text) => sheet.text("p", text),
                    Hint::Command(command) => sheet.commands(std::slice::from_ref(command)),
                })?;
            }
            _ => sheet.remedies(3, report.vantage.id, &entry.remedies)?,
        }
        sheet.gates(entry)?;
        writeln!(sheet.out, "</section>")?;
    }
    if !report.findings.is_empty() {
        sheet.text("h2", "Findings")?;
    }
    let at = report.vantage.id;
    report.findings.iter().try_for_each(|finding| sheet.finding("", finding, at, None))?;
    sheet.end()
}

fn lint(linted: &Linted<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (report, texts) = (linted.report, linted.texts);
    let mut asked = vec![];
    for file in &report.files {
        let daemon = file.asked();
        asked.extend(daemon.map(|m| AskedRow::of_file(file, &file.path, lint::RESTARTED, None, m)));
        for container in &file.containers {
            let (name, begins) = (&container.name, Some(&container.location));
            let own = container.asked();
            asked.extend(own.map(|m| AskedRow::of_file(file, name, "in it", begins, m)));
        }
    }
    let mut sheet = Sheet { out };
    sheet.begin(&verdict(report, &asked), answer::style_of(report.verdict), "")?;
    let lines = lint::summary(report);
    let lines = lint::none_asks(report).into_iter().chain(lines.iter().map(String::as_str));
    lines.into_iter().try_for_each(|line| sheet.text("p", line))?;
    sheet.table("What was asked", &asked, true)?;
    for file in &report.files {
        let of_file = |question: &&AskedRow<'_>| {
            question.is_open() && question.file.is_some_and(|own| std::ptr::eq(own, file))
        };
        let open = asked.iter().enumerate().filter(|(_, question)| of_file(question));
        let (own, remarks) = (open.clone().next().is_some(), file.remarks());
        let of_containers = || {
            let containers = file.containers.iter();
            containers.flat_map(|c| c.remarks().map(|finding| (c.name.as_str(), finding)))
        };
        if !own && remarks.is_empty() && file.error.is_none() && of_containers().next().is_none() {
            continue;
        }
        sheet.text("h2", &file.path)?;
        if let Some(error) = &file.error {
            sheet.styled("p", Style::Bad, &format!("error: {}", error.message))?;
            // What another file names need not be one that everybody may read.
            let own = error.location.as_ref().filter(|at| at.path == file.path);
            sheet.source(None, own, texts)?;
        }
        for (at, question) in open {
            let why = if question.why.is_empty() { "" } else { ": " };
            let title =
                format!("{}: {}{why}{}", question.whose, question.answer, question.reason());
            sheet.section(3, at, question.style, &title)?;
            let cause = question.entry.cause.as_ref();
            sheet.source(question.begins, cause.and_then(|c| c.location.as_ref()), texts)?;
            sheet.judged(question.entry)?;
            sheet.remedies(4, VantageId::Unknown, &question.entry.remedies)?;
            writeln!(sheet.out, "</section>")?;
        }
        for (whose, finding) in remarks.into_iter().map(|f| ("", f)).chain(of_containers()) {
            sheet.finding(whose, finding, VantageId::Unknown, Some(texts))?;
        }
    }
    sheet.end()
}

/// The verdict of `lint` in plain words.
fn verdict(report: &LintReport, asked: &[AskedRow<'_>]) -> String {
    let failing = asked.iter().filter(|q| q.entry.verdict == Verdict::Unsupported).count();
    match (report.verdict, asked.len()) {
        (_, 0) => "Nothing was judged".to_owned(),
        (Verdict::Supported, _) => "What was asked for should work".to_owned(),
        (Verdict::Unknown, _) => "It cannot be told whether what was asked for works".to_owned(),
        (Verdict::Unsupported, all) if failing == all => {
            "What was asked for will not work".to_owned()
        }
        (Verdict::Unsupported, all) => {
            format!("What was asked for will not work in {failing} of {all} cases")
        }
    }
}

/// A page that is being written.
struct Sheet<'a> {
    out: &'a mut dyn Write,
}

impl Sheet<'_> {
    /// Everything before the first paragraph; the heading is the answer, and `policy` what the page
    /// may do besides.
    fn begin(&mut self, answer: &str, style: Style, policy: &str) -> io::Result<()> {
        write!(
            self.out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
                <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
                style-src 'unsafe-inline'{policy}\"/>\n<meta name=\"viewport\" \
                content=\"width=device-width, initial-scale=1\"/>\n<title>isodoc: {}</title>\n\
                <style>\n{STYLE}\n</style>\n</head>\n<body>\n<main>\n",
            inline(answer)
        )?;
        self.styled("h1", style, answer)
    }

    fn end(&mut self) -> io::Result<()> {
        let Generator { name, version } = Generator::THIS;
        self.text(
            "footer",
            &format!("{name} {version}; `isodoc explain ID` says more about an [ID]."),
        )?;
        writeln!(self.out, "</main>\n</body>\n</html>")
    }

    fn text(&mut self, tag: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "<{tag}>{}</{tag}>", inline(text))
    }

    fn styled(&mut self, tag: &str, style: Style, text: &str) -> io::Result<()> {
        writeln!(self.out, "<{tag} class=\"{}\">{}</{tag}>", class(style), inline(text))
    }

    /// Begins what is said of the question of this number.
    fn section(&mut self, level: u8, at: usize, style: Style, title: &str) -> io::Result<()> {
        writeln!(self.out, "<section id=\"asked-{at}\">")?;
        self.styled(&format!("h{level}"), style, title)
    }

    /// Begins a table, with its heading; `id` is the attribute of that name, if it has one.
    fn head(&mut self, title: &str, id: &str, columns: &[&str]) -> io::Result<()> {
        self.text("h2", title)?;
        write!(self.out, "<table{id}>\n<thead><tr>")?;
        for column in columns {
            write!(self.out, "<th scope=\"col\">{}</th>", inline(column))?;
        }
        writeln!(self.out, "</tr></thead>\n<tbody>")
    }

    /// Ends it.
    fn foot(&mut self) -> io::Result<()> {
        writeln!(self.out, "</tbody>\n</table>")
    }

    fn table(&mut self, title: &str, rows: &[AskedRow<'_>], told: bool) -> io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.head(title, "", &["What", "Answer", "Why"])?;
        for (at, row) in rows.iter().enumerate() {
            let name = if row.whose.is_empty() { row.entry.id } else { row.whose };
            write!(self.out, "<tr><th scope=\"row\">{}", inline(name))?;
            if let Some(file) = row.file {
                write!(self.out, "<br/><span class=\"soft\">{}</span>", inline(&file.path))?;
            }
            if !answer::is_daemon(row.entry) {
                write!(self.out, "<br/><code>{}</code>", inline(&answer::asked(row.entry)))?;
            }
            let (mark, word) = answer::mark(row.entry.verdict);
            write!(
                self.out,
                "</th><td class=\"word {}\">{mark} {word}</td><td>",
                class(row.style)
            )?;
            let why = inline(&row.reason());
            if told && row.is_open() {
                write!(self.out, "<a href=\"#asked-{at}\">{why}</a>")?;
            } else {
                write!(self.out, "{why}")?;
            }
            writeln!(self.out, "</td></tr>")?;
        }
        self.foot()
    }

    /// What was asked for, what came of it, and what shows the cause.
    fn judged(&mut self, entry: &MechanismReport) -> io::Result<()> {
        writeln!(self.out, "<dl>")?;
        if !answer::is_daemon(entry) {
            let label = if entry.is_measured() { "tried" } else { "asked for" };
            self.pair(label, &answer::command(entry), "")?;
        }
        if let Some((label, text)) = answer::outcome(entry) {
            self.pair(label, &text, "")?;
        }
        let evidence = entry.cause.iter().flat_map(|cause| &cause.evidence);
        self.evidence(answer::shows(entry.verdict), evidence)?;
        if let Some(reason) = entry.probe.reason.as_ref().filter(|_| !entry.is_measured()) {
            self.pair("not tried", reason, "")?;
        }
        writeln!(self.out, "</dl>")
    }

    fn evidence<'e>(
        &mut self,
        label: &str,
        evidence: impl Iterator<Item = &'e Evidence>,
    ) -> io::Result<()> {
        for (at, seen) in evidence.enumerate() {
            let (words, raw) = words::evidence(seen);
            self.pair(if at == 0 { label } else { "" }, &words, &raw)?;
        }
        Ok(())
    }

    /// An entry of a list of descriptions; one without a label goes on from the one before.
    fn pair(&mut self, label: &str, words: &str, raw: &str) -> io::Result<()> {
        if !label.is_empty() {
            self.text("dt", label)?;
        }
        let (words, raw) = (inline(words), inline(raw));
        writeln!(self.out, "<dd>{words} <span class=\"soft\">{raw}</span></dd>")
    }

    fn remedies(&mut self, level: u8, at: VantageId, remedies: &[Advice]) -> io::Result<()> {
        if remedies.is_empty() {
            return Ok(());
        }
        let any = if remedies.len() > 1 { ", any one of these" } else { "" };
        self.text(&format!("h{level}"), &format!("What helps{any} (predicted to work)"))?;
        let (first, more) = remedies.split_at(remedies.len().min(SHOWN));
        self.ways(1, at, first)?;
        if !more.is_empty() {
            let ways = words::counted(more.len() as u64, "more way", "more ways");
            writeln!(self.out, "<details><summary>{ways}</summary>")?;
            self.ways(SHOWN + 1, at, more)?;
            writeln!(self.out, "</details>")?;
        }
        answer::capitals(remedies.iter()).map_or(Ok(()), |note| self.text("p", note))
    }

    /// Remedies, of which the first has this number.
    fn ways(&mut self, number: usize, at: VantageId, remedies: &[Advice]) -> io::Result<()> {
        writeln!(self.out, "<ol start=\"{number}\">")?;
        for remedy in remedies {
            let who = format!("by {}; {}", words::who(remedy.who, at), words::lasts(remedy.lasts));
            writeln!(self.out, "<li>{}", inline(&who))?;
            self.commands(&remedy.commands)?;
            writeln!(self.out, "<dl>")?;
            let all =
                [("gives up", remedy.gives_up()), ("to undo", &remedy.undo), ("id", &remedy.id)];
            for (label, text) in all.into_iter().filter(|(_, text)| !text.is_empty()) {
                self.pair(label, text, "")?;
            }
            writeln!(self.out, "</dl></li>")?;
        }
        writeln!(self.out, "</ol>")
    }

    /// Commands that belong together, to be selected at once.
    fn commands(&mut self, commands: &[String]) -> io::Result<()> {
        let lines = commands.iter().map(|command| match noted(command) {
            (command, Some(note)) => format!("# {note}\n{command}"),
            (command, None) => command.to_owned(),
        });
        let lines = lines.collect::<Vec<_>>().join("\n");
        writeln!(self.out, "<pre class=\"run\">{}</pre>", markup(&lines))
    }

    /// The rules by what they said.
    fn gates(&mut self, entry: &MechanismReport) -> io::Result<()> {
        writeln!(self.out, "<details><summary>{}</summary>\n<dl>", answer::GATES)?;
        for (what, ids) in answer::gates(&entry.prediction) {
            self.pair(what, &ids.join(", "), "")?;
        }
        writeln!(self.out, "</dl></details>")
    }

    fn finding(
        &mut self,
        whose: &str,
        finding: &FindingReport,
        vantage: VantageId,
        texts: Option<&dyn FileTexts>,
    ) -> io::Result<()> {
        let severity = finding.severity.id();
        let colon = if whose.is_empty() { "" } else { ": " };
        let title = format!("{severity}: {whose}{colon}{} [{}]", finding.title, finding.rule);
        self.styled("h3", answer::style_of_severity(finding.severity), &title)?;
        if let Some(texts) = texts {
            self.source(None, finding.location.as_ref(), texts)?;
        }
        if !finding.detail.is_empty() {
            self.text("p", &finding.detail)?;
        }
        if finding.evidence.as_ref().is_some_and(|evidence| !evidence.is_empty()) {
            writeln!(self.out, "<dl>")?;
            self.evidence("shown by", finding.evidence.iter().flatten())?;
            writeln!(self.out, "</dl>")?;
        }
        self.remedies(4, vantage, &finding.remedies)
    }

    /// The line that decides, or else the one on which a container begins; both where they are in
    /// one file. Other lines are not shown: they may hold what is nobody's business.
    fn source(
        &mut self,
        begins: Option<&Location>,
        decides: Option<&Location>,
        texts: &dyn FileTexts,
    ) -> io::Result<()> {
        let Some(at) = decides.or(begins) else { return Ok(()) };
        let place = inline(&format!("{}:{}:{}", at.path, at.line, at.column));
        writeln!(self.out, "<figure><figcaption>{place}</figcaption>\n<pre>")?;
        let before = begins.filter(|begin| begin.path == at.path && begin.line < at.line);
        let wide = at.line.to_string().len();
        let text = texts.text_of(at.place.file);
        for (line, marked) in before.into_iter().map(|at| (at, false)).chain([(at, true)]) {
            let end = if marked { line.place.end } else { line.place.start };
            let excerpt = Excerpt::of(&text, line.place.start, end, ROOM);
            let [before, within, after] =
                [&excerpt.before, &excerpt.marked, &excerpt.after].map(|part| markup(part));
            write!(self.out, "<b>{:>wide$} | </b>{before}", line.line)?;
            if within.is_empty() {
                writeln!(self.out, "{after}")?;
            } else {
                writeln!(self.out, "<mark>{within}</mark>{after}")?;
            }
            if !marked && line.line + 1 < at.line {
                writeln!(self.out, "<b>{:>wide$} | ...</b>", "")?;
            }
        }
        writeln!(self.out, "</pre></figure>")
    }
}

/// A text on one line.
fn inline(text: &str) -> String {
    markup(&escape::text(text))
}

/// How many remedies are shown before one asks for more.
const SHOWN: usize = 2;
/// The characters that are shown of a line of a file.
const ROOM: usize = 200;

fn class(style: Style) -> &'static str {
    match style {
        Style::Good => "good",
        Style::Bad => "bad",
        Style::Warn => "warn",
        Style::Plain | Style::Bold | Style::Dim | Style::Code => "plain",
    }
}

#[cfg(test)]
mod tests;
