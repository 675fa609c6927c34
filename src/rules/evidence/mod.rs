//! What several rules need to read out of the facts; no rules in here.

pub(crate) mod chroot;
pub(crate) mod program;
pub(crate) mod quota;
pub(crate) mod seccomp;
pub(crate) mod visible_proc;
