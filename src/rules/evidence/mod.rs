//! What several rules need to read out of the facts; no rules in here.

pub mod apparmor;
pub mod chroot;
pub mod docker;
pub mod program;
pub mod quota;
pub mod seccomp;
pub mod visible_proc;
