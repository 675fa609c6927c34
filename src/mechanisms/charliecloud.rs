//! What Charliecloud's ch-run(1) asks of the kernel.
//!
//! Source: hpc/charliecloud, bin/ch_core.c (`containerize`, `setup_namespaces`, `enter_udss`); the
//! order of the calls by strace(1).

use super::Mechanism;
use crate::plan::{
    Flavour, Habit, IdMapping, Ids, Namespaces, Plan, PrivilegeCall, Program, Propagation, Step,
    Via, WritePlace, Writes,
};

/// ch-run(1): isodoc's own child stands for it.
pub(crate) static PROGRAM: Program = Program::named("ch-run");

/// The row.
pub(crate) static MECHANISM: Mechanism = Mechanism::of("charliecloud", &PROGRAM, "", plan);

/// The plan: no fork, and no procfs of its own. It makes its two namespaces twice, as root and then
/// inside as the caller again; here the mounts come in between, in the first.
fn plan(flags: &[String], _: Option<&Flavour>, ids: Ids) -> Plan {
    Plan {
        namespaces: Namespaces(Namespaces::USER | Namespaces::MNT),
        uid_map: IdMapping::Single(0),
        gid_map: IdMapping::Single(0),
        propagation: Propagation::Private,
        // It is its own process that calls unshare(2), with whatever threads it has.
        habits: vec![Habit::RefusesHalfRoot, Habit::Reexecs, Habit::WantsUser],
        // The passwd(5) and group(5) that it binds over those of the image.
        writes: Writes {
            of_root: vec![WritePlace::Temporary],
            of_user: vec![WritePlace::Temporary],
        },
        gives_up: &[(Step::Privileges, PrivilegeCall::Prctl)],
        steps: vec![
            Step::FindBinary,
            Step::ParseFlags,
            Step::Start,
            Step::Unshare,
            Step::UidMap,
            Step::Setgroups,
            Step::GidMap,
            Step::Propagation,
            Step::NewRoot,
            Step::ChangeRoot,
            Step::PivotRoot,
            Step::SecondUserns,
            Step::Privileges,
            Step::Exec,
        ],
        ..Plan::called(&MECHANISM, Via::Unshare, flags, ids)
    }
}
