//! The programs that take part.

/// A program, as it is looked for in `PATH`.
#[derive(Debug)]
pub(crate) struct Program {
    pub name: &'static str,
    /// Other names that it goes by.
    pub others: &'static [&'static str],
    /// Its name in the report.
    pub key: &'static str,
    /// The variable that names another file in its place.
    pub variable: Option<&'static str>,
    /// The words that, behind its flags, have it isolate and do nothing: with them isodoc runs it
    /// to hear what it says. None: isodoc's own child stands for it.
    pub test: Option<&'static [&'static str]>,
}

impl Program {
    /// true(1): what is run to test the isolation.
    pub(crate) const TRUE: Self = Self { key: "true_", ..Self::named("true") };
    /// newuidmap(1).
    pub(crate) const NEWUIDMAP: Self = Self::named("newuidmap");
    /// newgidmap(1).
    pub(crate) const NEWGIDMAP: Self = Self::named("newgidmap");
    /// tini, the init of a pid namespace.
    pub(crate) const TINI: Self =
        Self { variable: Some("UNSHARE_TINI_PATH"), ..Self::named("tini") };
    /// What sets up the network of a container that a user runs.
    pub(crate) const SLIRP4NETNS: Self = Self::named("slirp4netns");
    /// The same, of podman 5 and later.
    pub(crate) const PASTA: Self = Self { key: "passt", ..Self::named("pasta") };
    /// socat(1), which leads out of a sandbox without a network.
    pub(crate) const SOCAT: Self = Self::named("socat");
    /// No program at all: the kernel alone. (No word of a command is this.)
    pub(crate) const KERNEL: Self = Self::named("the kernel");
    pub(crate) const DOCKERD: Self = Self::named("dockerd");

    /// The programs that help those of the mechanisms.
    pub(crate) const HELPERS: &[&Self] =
        &[&Self::TRUE, &Self::NEWUIDMAP, &Self::NEWGIDMAP, &Self::TINI];

    /// Whether a word of a command, without its directory, names it.
    #[must_use]
    pub(crate) fn is_called(&self, word: &str) -> bool {
        self.name == word || self.others.contains(&word)
    }

    /// A program that is never run.
    pub(crate) const fn named(name: &'static str) -> Self {
        Self { name, others: &[], key: name, variable: None, test: None }
    }
}

/// Names are unique.
impl PartialEq for Program {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Program {}

/// None takes part unless one is named.
impl Default for &'static Program {
    fn default() -> Self {
        &Program::KERNEL
    }
}
