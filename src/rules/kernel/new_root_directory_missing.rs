use crate::parse::mountinfo::{Mount, holding};
use crate::parse::path;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "new-root-directory-missing",
    steps: &[Step::NewRoot],
    errnos: &[Errno::ENOENT, Errno::ENOTDIR],
    title: "there is no directory that its new root can be built on",
    since: "0.1.0",
    docs: include_str!("new_root_directory_missing.md"),
    texts: Texts {
        common: 4,
        marks: &[
            "failed to mount tmpfs: no such file",
            "failed to mount tmpfs: not a directory",
            "failed to create work directory for",
        ],
        confirm: "`ls -ld /tmp` and `findmnt -T /tmp`: it is not there, or read-only",
        ..Texts::NONE
    },
    decided_by: &[Setting::ReadOnly],
    check,
    remedies: &[&remedy::system::TMPFS_ON_TMP],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let tmp = &facts.mounts.tmp;
    let missing = tmp.value() == Some(&false);
    if plan.does(Habit::BuildsOnTmp) {
        let met = [Errno::ENOENT, Errno::ENOTDIR].into_iter().find(|e| facts.refused_at(step, *e));
        return match met.or_else(|| missing.then_some(Errno::ENOENT)) {
            Some(errno) => Gate::shut(errno, vec![Evidence::new("/tmp", errno)]),
            None if tmp.value().is_none() => Gate::Unobservable,
            None => Gate::Open,
        };
    }
    if !plan.does(Habit::MakesWorkDir) {
        return Gate::NotApplicable;
    }
    let mounts = &facts.mounts.list;
    let Some(list) = mounts.value() else { return absent_or_undecided(facts, mounts) };
    let refused = facts.trial_at(step).is_some_and(|trial| trial.errno.is_none());
    // Everybody may write there.
    let usual = ["/tmp", "/dev/shm"];
    let writable = |path: &&str| holding(list, path).is_some_and(|mount| !mount.is_read_only());
    if !refused && usual.iter().any(writable) {
        return Gate::Open;
    }
    let of_kernel = |mount: &Mount| {
        ["/proc", "/sys"].iter().any(|dir| path::below(&mount.target, dir).is_some())
    };
    let other = list.iter().find(|mount| !of_kernel(mount) && !mount.is_read_only());
    match other.filter(|_| !refused) {
        Some(mount) => {
            let why =
                "whether this user may make a directory there; without --no-probe it is tried";
            Gate::Undecided(vec![Evidence::new(mount.target.clone(), why)])
        }
        None => {
            let none = "no directory that this user may write to: /run/user, /tmp, /dev/shm";
            Gate::shut_silently(vec![Evidence::at(mounts, none)])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `bwrap --ro-bind / /` makes them of those of a host.
    const READ_ONLY: &[u8] = b"40 1 254:0 / / ro,nosuid,nodev - ext4 /dev/vda rw\n\
        41 40 0:21 / /proc rw - proc proc rw\n";

    pub(super) const CASES: &[Case] = &[
        // As bubblewrap 0.8.0 says: `Failed to mount tmpfs: No such file or directory`.
        case(BUBBLEWRAP, NewRoot, Some(ENOENT), |f| f.mounts.tmp = known(false)),
        // As nsjail of 2026 says: `Failed to create work directory for 'root'`.
        case(NSJAIL, NewRoot, None, |f| {
            f.mounts.list = known(parse::mountinfo::parse(READ_ONLY).unwrap());
        })
        .dark(|f| f.mounts.list = denied()),
    ];

    #[test]
    fn another_directory_may_do() {
        let gate = |more: &str| {
            let mut facts = healthy();
            let text = [READ_ONLY, more.as_bytes()].concat();
            facts.mounts.list = known(parse::mountinfo::parse(&text).unwrap());
            check(&facts, &of(&crate::mechanisms::nsjail::MECHANISM), NewRoot)
        };
        assert_eq!(gate("42 40 0:30 / /tmp rw - tmpfs tmpfs rw\n"), Gate::Open);
        assert_eq!(gate("42 40 0:30 / /dev rw - tmpfs tmpfs rw\n"), Gate::Open);
        let home = gate("42 40 0:30 / /home rw - tmpfs tmpfs rw\n");
        assert!(matches!(home, Gate::Undecided(_)), "{home:?}");
    }
}
