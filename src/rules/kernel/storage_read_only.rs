use crate::parse::mountinfo::holding;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "storage-read-only",
    steps: &[Step::Start],
    errnos: &[Errno::EROFS],
    title: "the storage of root's containers, or the directory for what runs, is on a read-only file \
        system",
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
        ],
        hints: &["podman", "read-only file system"],
        weigh: |text, _| {
            let read_only = text.has("read-only file system");
            (!text.has("permission denied") || read_only).then_some(0)
        },
        confirm: "`findmnt -T /var/lib/containers` or `findmnt -T /run` has ro",
        ..Texts::NONE
    },
    decided_by: &[Setting::ReadOnly],
    check,
    remedies: &[],
    #[cfg(test)]
    cases: tests::CASES,
};

fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let (euid, mounts) = (&facts.process.euid, &facts.mounts.list);
    if plan.writes.is_empty() || euid.value().is_some_and(|uid| *uid != 0) {
        return Gate::NotApplicable;
    }
    let Some(list) = mounts.value() else { return absent_or_undecided(facts, mounts) };
    let refusing = |path: &String| {
        let mount = holding(list, path)?;
        let read_only = mount.has("ro") || mount.has_super("ro");
        read_only.then(|| Evidence::at(mounts, format!("{path} is on {}, ro", mount.target)))
    };
    match plan.writes.iter().find_map(refusing) {
        Some(_) if euid.value().is_none() => Gate::undecided(euid),
        Some(evidence) => Gate::shut(Errno::EROFS, vec![evidence]),
        None => Gate::Open,
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

    pub(super) const CASES: &[Case] = &[
        case(PODMAN, Start, Some(EROFS), |f| as_root(f, "")).dark(|f| {
            f.process.euid = known(0);
            f.mounts.list = denied();
        }),
        // podman 4.3.1: `open /run/libpod/alive.lck: read-only file system`.
        case(PODMAN, Start, Some(EROFS), |f| {
            as_root(f, "30 27 0:9 / /var/lib/containers/storage rw - tmpfs t rw\n");
        }),
    ];

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
