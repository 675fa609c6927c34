//! What is counted in a batch.

use super::batch::{Batch, Entry};
use super::captured::FleetQuestion;
use crate::fleet::host::Lent;
use crate::fleet::{Fleet, name};
use crate::output::{HostRow, KeptHost, OfFleet};

#[derive(Default)]
pub(super) struct BatchCount {
    pub fleet: Fleet,
    /// What is said of each host.
    pub rows: Vec<u8>,
    pub kept: Vec<KeptHost>,
    /// The batch, to be filled again.
    pub batch: Batch,
}

pub(super) fn count(question: &FleetQuestion, format: OfFleet, batch: Batch) -> BatchCount {
    let mut counted = BatchCount::default();
    let mut bytes = batch.bytes.as_slice();
    for Entry { path, of_file, line, label, text } in &batch.documents {
        let label = bytes.split_off(..*label).unwrap_or_default();
        let text = text.as_ref().map_err(String::clone);
        let text = text.map(|length| bytes.split_off(..*length).unwrap_or_default());
        let mut room = vec![];
        match text.and_then(|text| question.answered(text, &mut room)) {
            Ok((report, from_snapshot)) => {
                let field = report.host.as_ref().map(Lent::as_str);
                let of_file = of_file.as_deref();
                let (name, by) = name::of(field, label, of_file, path, line.unwrap_or_default());
                counted.fleet.add(&name, by, from_snapshot, &report);
                let row = HostRow { name: &name, report: &report, from_snapshot };
                if counted.kept.len() < batch.keeps {
                    counted.kept.push(KeptHost::of(&row));
                }
                // A vector takes every byte.
                let _ = format.host.map(|write| write(&row, &mut counted.rows));
            }
            Err(why) => counted.fleet.add_unread(path, *line, why),
        }
    }
    BatchCount { batch, ..counted }
}
