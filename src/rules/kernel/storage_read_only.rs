use crate::parse::mountinfo::{Mount, holding};
use crate::parse::path;
use crate::plan::{WritePlace, Writes};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "storage-read-only",
    steps: &[Step::Start],
    errnos: &[Errno::EROFS, Errno::EACCES, Errno::EPERM, Errno::ENOENT],
    title: "the directory for its containers, or for its runtime state, cannot be written",
    since: "0.1.0",
    docs: include_str!("storage_read_only.md"),
    texts: Texts {
        common: 4,
        refuses: &[],
        marks: &[
            "creating runtime static files directory",
            "/run/libpod/alive.lck: read-only file system",
            "mkdir /run/containers/storage: read-only file system",
            "mkdir /var/lib/containers: read-only file system",
            "/.local: read-only file system",
            "/rundir/libpod: no such file or directory",
            "cannot resolve /\u{2026}: lstat /\u{2026}: no such file",
            // gVisor's.
            "to create tmp dir: mkdir /",
            "libpod: read-only file system",
            "xdg_runtime_dir directory\u{2026}is not owned by the current user",
            // What root alone makes, where a user left it at that.
            "mkdir /run/runc\u{2026}: permission denied",
            "mkdir /run/containerd\u{2026}: permission denied",
            "mkdir /run/buildkit\u{2026}: permission denied",
            "mkdir /run/containers\u{2026}: permission denied",
            "mkdir /run/docker\u{2026}: permission denied",
            "mkdir /var/run/runsc\u{2026}: permission denied",
            "mkdir /var/lib/buildkit\u{2026}: permission denied",
            "mkdir /var/lib/containerd\u{2026}: permission denied",
            "mkdir /var/lib/containers\u{2026}: permission denied",
            "mkdir /var/lib/docker\u{2026}: permission denied",
            "create directory /run/youki",
        ],
        hints: &["podman", "read-only file system"],
        weigh: |text, _| {
            let read_only = text.has("read-only file system");
            // Podman names what it made it for.
            let own = text.step.is_none()
                && !text.has("static files directory")
                && ["mkdir /run/", "mkdir /var/", "tmp dir", "directory /run/"]
                    .iter()
                    .any(|word| text.has(word));
            (!text.has("permission denied") || read_only || own).then_some(0)
        },
        confirm: "`findmnt -T` of the directory has ro, or `ls -ld` says that it is another's",
        ..Texts::NONE
    },
    decided_by: &[Setting::ReadOnly],
    check,
    remedies: &[&remedy::process::OTHER_HOME],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    let Some(euid) = facts.process.euid.value() else {
        return match plan.writes == Writes::default() {
            true => Gate::NotApplicable,
            false => Gate::undecided(&facts.process.euid),
        };
    };
    let written = plan.written(*euid).iter().map(|place| match place {
        WritePlace::At(path) => at(facts, path),
        WritePlace::Temporary => temporary(facts, step),
        WritePlace::OwnStorage => own(facts, &facts.mounts.own_storage),
        WritePlace::OwnRunDir => own(facts, &facts.mounts.own_run_dir),
    });
    let worse = |met: Gate, next: Gate| match (&met, &next) {
        (Gate::Shut(_), _) => met,
        (_, Gate::Shut(_)) | (Gate::NotApplicable | Gate::Open, _) => next,
        _ => met,
    };
    written.fold(Gate::NotApplicable, worse)
}

/// What was met where something should be made that does not last; which directory that is only the
/// environment tells.
fn temporary(facts: &Facts, step: Step) -> Gate {
    let met = RULE.errnos.iter().find(|errno| facts.refused_at(step, **errno));
    let what = || Evidence::new("$TMPDIR, or /tmp", "it cannot be written");
    met.map_or(Gate::Unobservable, |errno| Gate::shut(*errno, vec![what()]))
}

/// What the file system at a path says.
fn at(facts: &Facts, path: &str) -> Gate {
    let mounts = &facts.mounts.list;
    let Some(list) = mounts.value() else { return absent_or_undecided(facts, mounts) };
    match holding(list, path).filter(|mount| mount.is_read_only()) {
        Some(mount) => {
            let on = format!("{path} is on {}, ro", mount.target);
            Gate::shut(Errno::EROFS, vec![Evidence::at(mounts, on)])
        }
        None => Gate::Open,
    }
}

/// What the kernel answered about a directory of the user's own. Where it was not asked, nobody
/// knows which directory that is: only if none can be written, it can not.
fn own(facts: &Facts, reply: &Fact<Reply>) -> Gate {
    match reply.value() {
        Some(Reply::Ok) => return Gate::Open,
        Some(Reply::Refused(errno)) => {
            return Gate::shut(*errno, vec![Evidence::at(reply, errno)]);
        }
        Some(Reply::Killed) | None => {}
    }
    let mounts = &facts.mounts.list;
    let Some(list) = mounts.value() else { return absent_or_undecided(facts, mounts) };
    let of_kernel = |mount: &&Mount| {
        ["/dev", "/proc", "/sys"].iter().any(|dir| path::below(&mount.target, dir).is_some())
    };
    let (read_only, writable): (Vec<_>, Vec<_>) =
        list.iter().filter(|mount| !of_kernel(mount)).partition(|mount| mount.is_read_only());
    match read_only.iter().find(|mount| ["/", "/home"].contains(&&*mount.target)) {
        None => Gate::Open,
        Some(mount) if writable.is_empty() => {
            let ro = format!("{} is ro, and nothing else can be written", mount.target);
            Gate::shut(Errno::EROFS, vec![Evidence::at(mounts, ro)])
        }
        Some(_) => Gate::undecided(reply),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_root(facts: &mut Facts, mounts: &str) {
        facts.process.euid = known(0);
        facts.process.cap_eff = known(Caps(0));
        let root = "27 1 254:0 / / ro,relatime - ext4 x rw\n22 27 0:21 / /proc rw - proc proc rw\n";
        let list = parse::mountinfo::parse(format!("{root}{mounts}").as_bytes()).unwrap();
        facts.mounts.list = known(list);
    }

    fn as_user(facts: &mut Facts, mounts: &str) {
        as_root(facts, mounts);
        facts.process.euid = known(1000);
        facts.process.cap_eff = known(Caps(0));
    }

    pub(super) const CASES: &[Case] = &[
        case(PODMAN, Start, Some(EROFS), |f| as_root(f, "")).dark(|f| {
            f.process.euid = known(0);
            f.mounts.list = denied();
        }),
        // podman 4.3.1: `mkdir /home/me/.local: read-only file system`.
        case(PODMAN, Start, Some(EROFS), |f| {
            f.mounts.own_storage = known(Reply::Refused(EROFS));
        })
        .dark(|f| as_user(f, "30 27 0:9 / /data rw - tmpfs t rw\n")),
        // `mkdir /home/me/rundir/libpod: no such file or directory`.
        case(PODMAN, Start, Some(ENOENT), |f| {
            f.mounts.own_run_dir = known(Reply::Refused(ENOENT));
        }),
        case(PODMAN, Start, Some(EROFS), |f| as_user(f, "")),
        // podman 4.3.1: `open /run/libpod/alive.lck: read-only file system`.
        case(PODMAN, Start, Some(EROFS), |f| {
            as_root(f, "30 27 0:9 / /var/lib/containers/storage rw - tmpfs t rw\n");
        }),
    ];

    /// `runsc do` without a `/tmp` that it may write to.
    #[test]
    fn a_directory_for_what_does_not_last() {
        let plan = of(&crate::mechanisms::gvisor::MECHANISM);
        let mut facts = healthy();
        assert_eq!(check(&facts, &plan, Start), Gate::Unobservable);
        facts.trial = met(Start, EACCES, Reply::Ok, None);
        assert!(matches!(check(&facts, &plan, Start), Gate::Shut(_)));
    }

    #[test]
    fn another_home_helps_who_may_not_use_that_of_another() {
        let mechanism = &crate::mechanisms::podman_rootless::MECHANISM;
        let mut plan = crate::mechanisms::tests::planned(mechanism, "run", 1000);
        let at = crate::platform::Vantage::plain(crate::platform::VantageId::Host);
        for (errno, offered) in [(EACCES, true), (EROFS, false)] {
            let mut facts = healthy();
            facts.mounts.own_storage = known(Reply::Refused(errno));
            let remedy = RULE.remedies[0];
            assert_eq!((remedy.how)(&facts, &plan, &at).is_some(), offered);
            (remedy.apply)(&mut facts, &mut plan);
            assert_eq!(check(&facts, &plan, Start), Gate::Open);
        }
    }

    /// What podman 4.3.1 did as root without CAP_SYS_ADMIN, each with a tmpfs at these places of a
    /// read-only root.
    #[test]
    fn each_place_has_to_be_writable() {
        let judged = |places: &[&str], flags: &str| {
            let mut facts = healthy();
            let line = |path: &&str| format!("30 27 0:9 / {path} rw - tmpfs t rw\n");
            as_root(&mut facts, &places.iter().map(line).collect::<String>());
            let mechanism = &crate::mechanisms::podman_rootless::MECHANISM;
            let plan = crate::mechanisms::tests::planned(mechanism, flags, 0);
            check(&facts, &plan, Start) == Gate::Open
        };
        let elsewhere = "--root /tmp/x --runroot /tmp/y --tmpdir /tmp/z unshare true";
        for (places, flags, works) in [
            (&["/var/lib"][..], "unshare true", false),
            (&["/run", "/tmp"], "unshare true", false),
            (&["/var/lib", "/run/libpod"], "unshare true", false),
            (&["/var/lib", "/run/libpod", "/run/containers"], "unshare true", true),
            (&["/var/lib/containers/storage", "/run"], "unshare true", true),
            (&["/tmp"], elsewhere, true),
            (&["/var/lib", "/run"], elsewhere, false),
            (&["/tmp"], "--root /tmp/x --runroot /tmp/y unshare true", false),
        ] {
            assert_eq!(judged(places, flags), works, "{places:?} {flags}");
        }
    }
}
