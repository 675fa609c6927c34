//! What a command comes to, and how it reaches the caller.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::Failure;
use crate::cli::ReportArgs;
use crate::exit::Exit;
use crate::output::escape;
use crate::source::replace::replace;

/// What a command answers: what goes to standard output, and how isodoc ends.
pub(super) struct Answer {
    pub output: Output,
    pub exit: Exit,
}

/// What goes to standard output.
pub(super) enum Output {
    /// As it stands.
    Text(Vec<u8>),
    /// Piece by piece: it can be so much that it is not made a text first.
    Pieces(Box<Stream>),
}

type Stream = dyn FnOnce(&mut dyn Write) -> io::Result<()>;

impl Answer {
    /// A question that was answered.
    pub(super) fn done(text: String) -> Self {
        Self { output: Output::Text(text.into_bytes()), exit: Exit::Supported }
    }

    /// The same, where the text may be asked for in a file: that is then whole or not there.
    pub(super) fn done_in(file: Option<&Path>, text: String) -> Result<Self, Failure> {
        let Some(path) = file else { return Ok(Self::done(text)) };
        replace(path, None, text.as_bytes()).map_err(|why| Failure::unwritten(path, why))?;
        Ok(Self::done(String::new()))
    }

    /// Writes the answer to standard output.
    pub(super) fn write(self) -> Exit {
        // A page is a few kilobytes: one write, so that its reader gets all or nothing.
        let mut stdout = BufWriter::new(stdout());
        let written = match self.output {
            Output::Text(text) => stdout.write_all(&text),
            Output::Pieces(write) => write(&mut stdout),
        };
        let written = written.and_then(|()| stdout.flush());
        // What was refused is not tried again.
        drop(stdout.into_parts());
        match written {
            // A reader that went away has read enough: that is no error.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                complain(&format!("standard output: {error}"))
            }
            _ => self.exit,
        }
    }
}

/// Standard output.
pub(super) fn stdout() -> impl Write {
    #[cfg(target_os = "linux")]
    return crate::sys::Stdout;
    #[cfg(not(target_os = "linux"))]
    std::io::stdout().lock()
}

/// Writes a report to the files that are named for it, each whole or not at all; says whether
/// standard output gets it as well.
pub(super) fn to_files<W: Copy>(
    to: &ReportArgs,
    format: W,
    more: &[(W, PathBuf)],
    write: impl Fn(W, &mut dyn Write) -> io::Result<()>,
) -> Result<bool, Failure> {
    let more = more.iter().map(|(format, path)| (*format, path));
    let files: Vec<_> = to.output.iter().map(|path| (format, path)).chain(more).collect();
    let named_before = |at| files.iter().take(at).map(|(_, path)| path);
    for (at, (_, path)) in files.iter().enumerate() {
        if named_before(at).any(|before| before == path) {
            return Err(Failure::of(path, "named for two reports"));
        }
    }
    for (format, path) in files {
        let mut text = vec![];
        write(format, &mut text)
            .and_then(|()| replace(path, None, &text))
            .map_err(|why| Failure::unwritten(path, why))?;
    }
    Ok(!to.quiet && to.output.is_none())
}

pub(super) fn complain(why: &str) -> Exit {
    let _ = writeln!(std::io::stderr(), "isodoc: {}", escape::text(why));
    Exit::Usage
}
