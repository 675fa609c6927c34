//! The limits of a process on what it may use.

/// A limit of setrlimit(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResourceLimit {
    As,
    Core,
    Cpu,
    Fsize,
    Nofile,
    Nproc,
    Stack,
    Memlock,
    Rtprio,
    Msgqueue,
}

impl ResourceLimit {
    /// Its name in `/proc/PID/limits`, and its option of prlimit(1), which nsjail has behind
    /// `--rlimit_`.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::As => ("Max address space", "as"),
            Self::Core => ("Max core file size", "core"),
            Self::Cpu => ("Max cpu time", "cpu"),
            Self::Fsize => ("Max file size", "fsize"),
            Self::Nofile => ("Max open files", "nofile"),
            Self::Nproc => ("Max processes", "nproc"),
            Self::Stack => ("Max stack size", "stack"),
            Self::Memlock => ("Max locked memory", "memlock"),
            Self::Rtprio => ("Max realtime priority", "rtprio"),
            Self::Msgqueue => ("Max msgqueue size", "msgqueue"),
        }
    }

    /// Its name in `/proc/PID/limits`.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        self.words().0
    }

    /// What the options of prlimit(1) and nsjail call it.
    #[must_use]
    pub(crate) const fn option(self) -> &'static str {
        self.words().1
    }
}
