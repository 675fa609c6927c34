//! What a command comes to, and how it reaches the caller.

use std::io::{self, ErrorKind, Write};
use std::path::Path;

use crate::exit::Exit;
use crate::output::escape;

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

/// Writes all of them.
type Stream = dyn FnOnce(&mut dyn Write) -> io::Result<()>;

impl Answer {
    /// A question that was answered.
    pub(super) fn done(text: String) -> Self {
        Self { output: Output::Text(text.into_bytes()), exit: Exit::Supported }
    }

    /// Writes the answer to standard output.
    pub(super) fn write(self) -> Exit {
        #[cfg(target_os = "linux")]
        let mut stdout = crate::sys::Stdout;
        #[cfg(not(target_os = "linux"))]
        let mut stdout = std::io::stdout().lock();
        let written = match self.output {
            // One write: a page is a few kilobytes, and its reader gets all or nothing.
            Output::Text(text) => stdout.write_all(&text),
            Output::Pieces(write) => write(&mut stdout),
        };
        ended(written.and_then(|()| stdout.flush()), self.exit)
    }
}

/// Why a command has no answer: the input at fault, what is wrong with it, and what to do.
pub(super) struct Failure(pub String);

impl Failure {
    /// Something is wrong with a file.
    pub(super) fn of(path: &Path, why: impl std::fmt::Display) -> Self {
        Self(format!("{}: {why}", path.display()))
    }

    /// A file could not be written, and is as it was.
    pub(super) fn unwritten(path: &Path, why: impl std::fmt::Display) -> Self {
        Self::of(path, format_args!("{why}; nothing was written"))
    }
}

/// How isodoc ends once the answer is written. A reader that went away has read enough: that is no
/// error.
pub(super) fn ended(written: io::Result<()>, exit: Exit) -> Exit {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(&format!("standard output: {error}"))
        }
        _ => exit,
    }
}

pub(super) fn complain(why: &str) -> Exit {
    let _ = writeln!(std::io::stderr(), "isodoc: {}", escape::text(why));
    Exit::Usage
}
