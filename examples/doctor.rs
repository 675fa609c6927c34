//! What a tool that runs jobs under bubblewrap says when its sandbox does not start.
#![allow(clippy::print_stdout, reason = "this is what it is for")]

use isodoc::{Exit, Request};

fn main() -> Result<Exit, isodoc::Error> {
    let report = isodoc::check(&Request::of("bubblewrap")?);
    println!("{}", report.summary);
    if let Some(remedy) = report.remedies.first() {
        println!("What helps:");
        remedy.commands.iter().for_each(|line| println!("  {line}"));
    }
    Ok(report.verdict.into())
}
