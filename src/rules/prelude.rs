//! What nearly every rule is written with; the rest it imports itself.

pub(crate) use super::evidence::{
    self, absent_or_undecided, account_elsewhere, limits, map_helper, node, program, quota,
    seccomp, selinux, visible_proc,
};
pub(crate) use super::texts::{self, Deciding, Pasted, Sign, Teller, Texts, ask};
pub(crate) use super::{Gate, Rule};
pub(crate) use crate::deploy::Setting;
pub(crate) use crate::errno::Errno;
pub(crate) use crate::facts::{Caps, Evidence, Fact, Facts, Missing, ProcDir, Reply};
pub(crate) use crate::plan::{Habit, IdMapping, Namespaces, Plan, Program, Step, Via};
pub(crate) use crate::remedy;

// What its cases are written with.
#[cfg(test)]
pub(crate) use {
    super::tests::{
        BUBBLEWRAP, CHROMIUM, Case, DEFAULT_FLAGS, MOUNTS, NODE, NSJAIL, NSJAIL_AS_ROOT,
        NSJAIL_OF_ROOT, NSJAIL_ON_ROOT, PODMAN, absent, answer, case, confined, denied, healthy,
        known, met, mounts, nested, of, plan, plan_of, release, tool,
    },
    crate::errno::Errno::*,
    crate::facts::{Question, Trial},
    crate::parse,
    crate::plan::Step::*,
};
