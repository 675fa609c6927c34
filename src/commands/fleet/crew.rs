//! The threads that count: as many as there are processors, begun when there is work for them.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{Builder, Scope, available_parallelism};

use super::batch::Batch;
use super::count::BatchCount;

/// Workers that take turns: so what they bring back is in the order in which it was given.
pub(super) struct Crew<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    work: &'scope Work<'scope>,
    workers: Vec<(SyncSender<Batch>, Receiver<BatchCount>)>,
    /// How many workers there are at most.
    most: usize,
    given: usize,
    brought: usize,
}

/// What a worker does with a batch.
pub(super) type Work<'a> = dyn Fn(Batch) -> BatchCount + Sync + 'a;

/// How many batches a worker has before it at most, beside the one in hand.
const AHEAD: usize = 2;
/// More do not help: one thread reads for all.
const MOST: usize = 16;

impl<'scope, 'env> Crew<'scope, 'env> {
    /// Nobody yet.
    pub(super) fn new(scope: &'scope Scope<'scope, 'env>, work: &'scope Work<'scope>) -> Self {
        let most = available_parallelism().map_or(1, usize::from).min(MOST);
        Self { scope, work, workers: vec![], most, given: 0, brought: 0 }
    }

    /// Gives a batch to the next worker, and waits for an earlier one where there are many. What
    /// fills no batch, or where no thread can be begun, is done at once.
    ///
    /// # Errors
    /// When a worker has died.
    pub(super) fn give(&mut self, batch: Batch) -> io::Result<Option<BatchCount>> {
        if self.given == 0 && !batch.is_full() {
            return Ok(Some((self.work)(batch)));
        }
        if self.workers.len() < self.most && self.hire().is_err() {
            self.most = self.workers.len();
        }
        let next = self.given.checked_rem(self.most).and_then(|at| self.workers.get(at));
        let Some((to, _)) = next else { return Ok(Some((self.work)(batch))) };
        to.send(batch).map_err(|_| died())?;
        self.given += 1;
        if self.given - self.brought > AHEAD * self.most { self.next() } else { Ok(None) }
    }

    /// Waits for the batch that was given first; none where all were brought back.
    ///
    /// # Errors
    /// When a worker has died.
    pub(super) fn next(&mut self) -> io::Result<Option<BatchCount>> {
        if self.brought == self.given {
            return Ok(None);
        }
        let first = self.brought.checked_rem(self.most).and_then(|at| self.workers.get(at));
        self.brought += 1;
        first.and_then(|(_, from)| from.recv().ok()).map(Some).ok_or_else(died)
    }

    fn hire(&mut self) -> io::Result<()> {
        let (to, batches) = sync_channel(AHEAD);
        let (bring, from) = channel();
        let work = self.work;
        Builder::new().spawn_scoped(self.scope, move || {
            // Nobody waits for more once the reader of it all has gone.
            let _ = batches.into_iter().all(|batch| bring.send(work(batch)).is_ok());
        })?;
        self.workers.push((to, from));
        Ok(())
    }
}

fn died() -> io::Error {
    io::Error::other("a thread ended before its work")
}
