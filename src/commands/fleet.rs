//! `isodoc fleet`: the reports or snapshots of many hosts, counted.

mod captured;

use std::io::{self, BufWriter, ErrorKind, Write};

use super::{Answer, Failure, Output, answer, complain};
use crate::cli::{AskArgs, FleetArgs};
use crate::exit::Exit;
use crate::fleet::host::Lent;
use crate::fleet::{Fleet, name};
use crate::output::{HostRow, KeptHost};
use crate::source::documents::{self, Documents, HostFile};

/// Runs the command.
pub(super) fn run(args: &FleetArgs) -> Result<Answer, Failure> {
    let out = BufWriter::with_capacity(1 << 16, answer::stdout());
    let question = captured::question(args)?;
    let mut reading = FleetReading { args, question, out, fleet: Fleet::default(), kept: vec![] };
    let written = reading.all().and_then(|()| reading.out.flush());
    let report = reading.fleet.report();
    let unread = report.unreadable.count > 0;
    let exit = if unread { Exit::Usage } else { Exit::from(report.verdict) };
    let mut text = vec![];
    match written {
        Ok(()) => (args.format.whole)(&report, &reading.kept, &mut text),
        // A reader that went away has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(error),
    }
    .map_err(|why| Failure(format!("standard output: {why}")))?;
    Ok(Answer { output: Output::Text(text), exit })
}

struct FleetReading<'a, W: Write> {
    args: &'a FleetArgs,
    /// What snapshots are asked.
    question: AskArgs,
    out: W,
    fleet: Fleet,
    kept: Vec<KeptHost>,
}

impl<W: Write> FleetReading<'_, W> {
    /// Reads everything; only what cannot be written ends that.
    fn all(&mut self) -> io::Result<()> {
        self.out.write_all(self.args.format.head.as_bytes())?;
        for path in &self.args.files {
            match documents::files(path) {
                Ok(files) => files.into_iter().try_for_each(|file| self.file(file))?,
                Err(why) => self.unread(&path.to_string_lossy(), None, &why.to_string())?,
            }
        }
        Ok(())
    }

    fn file(&mut self, mut file: HostFile) -> io::Result<()> {
        let path = file.path.to_string_lossy().into_owned();
        let mut documents = match documents::open(&file.path) {
            Ok(from) => Documents::of(from),
            Err(why) => return self.unread(&path, None, &why.to_string()),
        };
        loop {
            let document = match documents.next() {
                Ok(Some(document)) => document,
                Ok(None) => return Ok(()),
                Err(why) => return self.unread(&path, None, &why.to_string()),
            };
            let of_file = file.host.take();
            let (line, mut room) = (document.line, vec![]);
            let bytes = document.bytes.map_err(str::to_owned);
            match bytes.and_then(|bytes| captured::answered(&self.question, bytes, &mut room)) {
                Ok((report, from_snapshot)) => {
                    let field = report.host.as_ref().map(Lent::as_str);
                    let (name, by) = name::of(field, document.label, of_file, &path, line);
                    self.fleet.add(&name, by, from_snapshot, &report);
                    self.row(&HostRow { name: &name, report: &report, from_snapshot })?;
                }
                Err(why) => self.unread(&path, Some(line), &why)?,
            }
        }
    }

    fn row(&mut self, row: &HostRow<'_>) -> io::Result<()> {
        let format = self.args.format;
        if self.kept.len() < format.keeps {
            self.kept.push(KeptHost::of(row));
        }
        format.host.map_or(Ok(()), |write| write(row, &mut self.out))
    }

    /// Tells of what cannot be read; the rest is read all the same.
    fn unread(&mut self, path: &str, line: Option<usize>, why: &str) -> io::Result<()> {
        let place = line.map(|line| format!(":{line}")).unwrap_or_default();
        if self.fleet.add_unread(path, line, why) {
            complain(&format!("{path}{place}: {why}"));
        }
        Ok(())
    }
}
