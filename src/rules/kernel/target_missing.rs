use crate::plan::{MountTarget, UsualKind, usual};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "target-missing",
    steps: &[Step::ChangeRoot, Step::Binds, Step::MountProc],
    errnos: &[Errno::ENOENT, Errno::ENOTDIR, Errno::EACCES, Errno::EROFS, Errno::EINVAL],
    title: "a file or directory named in the flags cannot be used",
    since: "0.1.0",
    docs: include_str!("target_missing.md"),
    texts: Texts {
        common: 4,
        refuses: &[
            (Step::ChangeRoot, &[Errno::ENOENT]),
            (Step::NewRoot, &[Errno::ENOENT, Errno::ENOTDIR]),
            (Step::Binds, &[Errno::ENOENT, Errno::ENOTDIR, Errno::EACCES, Errno::EROFS]),
            // systemd's: a path of ReadWritePaths= and the like.
            (Step::Propagation, &[Errno::ENOENT]),
            (Step::MountProc, &[Errno::ENOENT, Errno::ENOTDIR]),
        ],
        marks: &[
            "can't create file at\u{2026}no such file",
            "can't create file at\u{2026}permission denied",
            "can't create file at\u{2026}read-only",
            // An automount whose device is away.
            "apply mount flags\u{2026}no such device",
        ],
        hints: &["--root", "--wd", "--mount-proc=", "readwritepaths", "bindpaths"],
        confirm: "`ls -ld` of the directory, `namei -l` of the way to it",
        // Who may not look below a directory or write there is told so; what else is denied, a
        // module denies.
        weigh: |text, _| {
            let path = [
                "find source path", "can't mkdir", "can't create file", "can't make symlink",
                "can't chdir",
            ];
            let looked_for = path.iter().any(|word| text.has(word));
            match text.step == Some(Step::Binds) && text.errno == Some(Errno::EACCES) {
                true => looked_for.then_some(20),
                false => Some(0),
            }
        },
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::flags::OTHER_DIRECTORY],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    const UNTRIED: &str = "whether this is there; without --no-probe it is tried";
    const MADE: &str = "whether this is there or can be made, which the program itself tries";
    if step == Step::Binds {
        let gone = plan.binds.iter().filter_map(|path| facts.devices.get(path.as_str()));
        if let Some(device) = gone.into_iter().find(|device| device.is_absent()) {
            return Gate::shut(Errno::ENOENT, vec![Evidence::of_state(device)]);
        }
        let unusual = |path: &&String| usual(path).is_none();
        let bound: Vec<&String> = plan.binds.iter().filter(unusual).collect();
        let shown = |path: &String| path.strip_suffix("/.").unwrap_or(path).to_owned();
        let over: Vec<&MountTarget> = plan.over.iter().filter(|over| !is_usual(over)).collect();
        let refused = facts.trial_at(step).and_then(|trial| Some((trial, trial.errno?)));
        return match refused {
            Some((trial, errno)) => {
                // The others are sure to be there; the program itself does more than to look.
                let more = plan.untold().filter(|_| trial.binary_only);
                let looked_at = bound.into_iter().chain(&plan.binds_if_there);
                let named: Vec<String> = looked_at.chain(more).map(shown).collect();
                let all = || plan.binds.iter().map(shown).collect::<Vec<_>>().join(", ");
                let named = if named.is_empty() { all() } else { named.join(", ") };
                Gate::shut(errno, vec![Evidence::new(named, errno)])
            }
            None if bound.is_empty() && over.is_empty() => Gate::NotApplicable,
            _ => {
                let bound = bound.into_iter().map(|path| Evidence::new(shown(path), UNTRIED));
                let over = over.into_iter().map(|over| Evidence::new(over.path.clone(), MADE));
                Gate::Undecided(bound.chain(over).collect())
            }
        };
    }
    let other = |dir: &Option<String>, usual| dir.as_deref().is_some_and(|dir| dir != usual);
    let at_step = match step {
        Step::MountProc => other(&plan.mount_proc, "/proc"),
        _ => other(&plan.wd, "/"),
    };
    // Every system has these where they are.
    if !at_step && !other(&plan.root, "/") {
        return Gate::NotApplicable;
    }
    let dir = match step {
        Step::MountProc => &plan.mount_proc,
        _ if other(&plan.root, "/") => &plan.root,
        _ => &plan.wd,
    };
    let dir = dir.as_deref().unwrap_or("/");
    let no_mount_point =
        (step == Step::MountProc && plan.does(Habit::WantsMountPoint)).then_some(Errno::EINVAL);
    let met = [Errno::ENOENT, Errno::ENOTDIR, Errno::EACCES]
        .into_iter()
        .chain(no_mount_point)
        .find(|e| facts.refused_at(step, *e));
    match met {
        Some(errno) => Gate::shut(errno, vec![Evidence::new(dir.to_owned(), errno)]),
        None => Gate::Undecided(vec![Evidence::new(dir.to_owned(), UNTRIED)]),
    }
}

/// Whether every system has there what takes the mount.
fn is_usual(over: &MountTarget) -> bool {
    let source = over.source.as_deref().map_or(Some(UsualKind::Directory), usual);
    usual(&over.path).is_some_and(|kind| source.is_none_or(|source| source == kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::DEV_NULL;

    pub(super) const CASES: &[Case] = &[
        case("-Ur --root=/none", ChangeRoot, Some(ENOENT), |f| {
            f.trial = met(ChangeRoot, ENOENT, Reply::Ok, None)
        })
        .dark(|_| {}),
        // As `bwrap --dev /dev` says where /dev is empty.
        case(BUBBLEWRAP, Binds, Some(ENOENT), |f| drop(f.devices.insert(DEV_NULL, absent()))),
    ];

    /// As nsjail of a user says: `chdir('/root'): Permission denied`, `Failed to mount mandatory
    /// point: '/none'`, or nothing.
    #[test]
    fn what_nsjail_mounts_on_and_goes_to_has_to_be_there() {
        let gate = |flags: &str| {
            let flags: Vec<String> = flags.split(' ').map(str::to_owned).collect();
            let plan = crate::mechanisms::nsjail::plan(&flags, None, (Some(5), Some(5)));
            (super::RULE.check)(&healthy(), &plan, Binds)
        };
        for flags in ["-c / -D /root", "-c / -D /etc/passwd", "-c / -T /none", "-c / -P /none"] {
            assert!(matches!(gate(flags), Gate::Undecided(_)), "{flags}");
        }
        for flags in ["-c / -D /tmp", "-c / -T /tmp", "-R /root -D /"] {
            assert_eq!(gate(flags), Gate::NotApplicable, "{flags}");
        }
    }

    /// As `bwrap --ro-bind /none /mnt` says: `Can't find source path /none`.
    #[test]
    fn what_is_bound_has_to_be_there() {
        let words = ["--ro-bind", "/none", "/mnt"].map(str::to_owned);
        let plan = crate::mechanisms::bubblewrap::plan(&words, None, (Some(5), Some(5)));
        let mut facts = healthy();
        let gate = (super::RULE.check)(&facts, &plan, Binds);
        assert!(matches!(gate, crate::rules::Gate::Undecided(_)), "{gate:?}");
        // Of a directory that one may not enter: `Permission denied`, which nothing explained.
        for errno in [ENOENT, EACCES] {
            facts.trial = met(Binds, errno, Reply::Ok, None);
            let gate = (super::RULE.check)(&facts, &plan, Binds);
            assert!(matches!(gate, crate::rules::Gate::Shut { .. }), "{gate:?}");
        }
        // As `bwrap --ro-bind / / --dir /none` says: `Can't mkdir /none: Read-only file system`.
        let words = ["--ro-bind", "/", "/", "--dir", "/none"].map(str::to_owned);
        let plan = crate::mechanisms::bubblewrap::plan(&words, None, (Some(5), Some(5)));
        facts.trial = met(Binds, EROFS, Reply::Ok, None);
        facts.trial.as_mut().unwrap().binary_only = true;
        let gate = (super::RULE.check)(&facts, &plan, Binds);
        let shows = format!("{gate:?}").contains("--dir /none");
        assert!(matches!(gate, crate::rules::Gate::Shut { .. }) && shows, "{gate:?}");
    }
}
