//! `isodoc fleet`: the reports or snapshots of many hosts, counted.

mod batch;
mod captured;
mod count;
mod crew;
mod stream;

use std::io::{self, BufWriter, ErrorKind, Write};
use std::thread;

use super::{Answer, Failure, Output, answer, complain};
use crate::cli::FleetArgs;
use crate::exit::Exit;
use crate::fleet::Fleet;
use crate::output::progress::Progress;
use crate::output::{KeptHost, OfFleet};
use crate::report::fleet::Unread;

use batch::Batch;
use captured::FleetQuestion;
use count::BatchCount;
use crew::{Crew, Work};
use stream::Batches;

/// Runs the command.
pub(super) fn run(args: &FleetArgs) -> Result<Answer, Failure> {
    let question = FleetQuestion::of(args)?;
    let out = BufWriter::with_capacity(1 << 16, answer::stdout());
    let mut census = Census::new(args.format, out);
    let work = |batch| count::count(&question, args.format, batch);
    let written = census.all(Batches::of(&args.files), &work);
    let report = census.fleet.report();
    let unread = report.unreadable.count > 0;
    let exit = if unread { Exit::Usage } else { Exit::from(report.verdict) };
    let mut text = vec![];
    match written {
        Ok(()) => (args.format.whole)(&report, &census.kept, &mut text),
        // A reader that went away has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(error),
    }
    .map_err(|why| Failure(format!("standard output: {why}")))?;
    Ok(Answer { output: Output::Text(text), exit })
}

/// What was counted so far.
struct Census<W> {
    format: OfFleet,
    out: W,
    fleet: Fleet,
    kept: Vec<KeptHost>,
    /// Batches that can be filled again.
    spare: Vec<Batch>,
    progress: Progress,
}

impl<W: Write> Census<W> {
    fn new(format: OfFleet, out: W) -> Self {
        let progress = Progress::new("hosts", format.host.is_some());
        Self { format, out, fleet: Fleet::default(), kept: vec![], spare: vec![], progress }
    }

    /// Reads everything; only what cannot be written ends that. What comes of it depends on the
    /// order of the documents, and not on who was faster.
    fn all(&mut self, mut batches: Batches<'_>, work: &Work<'_>) -> io::Result<()> {
        self.out.write_all(self.format.head.as_bytes())?;
        thread::scope(|scope| {
            let mut crew = Crew::new(scope, work);
            loop {
                let room = self.format.keeps - self.kept.len();
                let batch = batches.fill(self.spare.pop().unwrap_or_default(), room);
                let Some(batch) = batch else { break };
                crew.give(batch)?.map_or(Ok(()), |counted| self.join(counted))?;
            }
            while let Some(counted) = crew.next()? {
                self.join(counted)?;
            }
            self.out.flush()
        })
    }

    /// Adds what was counted of a batch, and tells of what in it cannot be read.
    fn join(&mut self, counted: BatchCount) -> io::Result<()> {
        let told = self.fleet.unread().len();
        self.fleet.join(counted.fleet);
        for Unread { file, line, why } in self.fleet.unread().iter().skip(told) {
            self.progress.clear();
            let place = line.map(|line| format!(":{line}")).unwrap_or_default();
            complain(&format!("{file}{place}: {why}"));
        }
        self.out.write_all(&counted.rows)?;
        let room = self.format.keeps - self.kept.len();
        self.kept.extend(counted.kept.into_iter().take(room));
        self.spare.push(counted.batch);
        self.progress.at(self.fleet.hosts());
        Ok(())
    }
}
