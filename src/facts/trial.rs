//! What was tried for real after a refused probe.

use serde::Serialize;

use super::{Fact, Reply};
use crate::errno::Errno;
use crate::plan::Step;

/// What was tried for real, in throw-away processes, after the probe had failed: it tells equal
/// errnos apart.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Trial {
    /// The step that the probe was refused at.
    pub step: Option<Step>,
    /// The errno of that step.
    pub errno: Option<Errno>,
    /// The signal that ended that step.
    pub signal: Option<String>,
    /// Whether the refusal was met by the real program alone.
    pub binary_only: bool,
    /// unshare(CLONE_NEWUSER) alone.
    pub user: Fact<Reply>,
    /// unshare(CLONE_NEWPID), with CLONE_NEWUSER where the plan has it.
    pub pid: Fact<Reply>,
    /// unshare(CLONE_NEWNS), with CLONE_NEWUSER where the plan has it.
    pub mnt: Fact<Reply>,
    /// Taking on the ids that we seem to have; refused: they are not ours, but stand for one that
    /// is not mapped.
    pub own_ids: Fact<Reply>,
    /// unshare(CLONE_NEWUSER) after that: where it works now, the ids were at fault.
    pub user_with_own_ids: Fact<Reply>,
    /// unshare(CLONE_NEWUTS) after unshare(CLONE_NEWUSER): are capabilities worth anything in
    /// there?
    pub inner_uts: Fact<Reply>,
    /// Whether our own files in `/proc` belong to us (EACCES: not), as those of a dumpable process
    /// do.
    pub own_files: Fact<Reply>,
    /// setns(2) into our own pid namespace: like mounting its procfs, it takes privilege in the
    /// user namespace that owns it.
    pub own_pidns: Fact<Reply>,
}

impl Trial {
    /// Every answer, by what it is called.
    pub(crate) fn answers(&mut self) -> [(&'static str, &mut Fact<Reply>); 8] {
        [
            ("user", &mut self.user),
            ("pid", &mut self.pid),
            ("mnt", &mut self.mnt),
            ("own_ids", &mut self.own_ids),
            ("user_with_own_ids", &mut self.user_with_own_ids),
            ("inner_uts", &mut self.inner_uts),
            ("own_files", &mut self.own_files),
            ("own_pidns", &mut self.own_pidns),
        ]
    }

    /// Whether our uid or gid turned out not to be mapped, though it looks like one that is.
    #[must_use]
    pub(crate) fn unmapped(&self) -> bool {
        let retaken = self.user.value() == Some(&Reply::Refused(Errno::EPERM))
            && self.user_with_own_ids.value() == Some(&Reply::Ok);
        retaken || matches!(self.own_ids.value(), Some(Reply::Refused(_)))
    }
}
