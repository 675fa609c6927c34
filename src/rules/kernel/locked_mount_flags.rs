use crate::parse::mountinfo;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "locked-mount-flags",
    steps: &[Step::Propagation, Step::PivotRoot, Step::ChangeRoot],
    errnos: &[Errno::EPERM],
    title: "a mount has nosuid, nodev, noexec or ro, which a user namespace cannot clear",
    since: "0.1.0",
    docs: include_str!("locked_mount_flags.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "options:[rbind",
            "options:[bind",
            "\"remount(",
            "remount-private",
            "unable to apply mount flags",
            "can't remount\u{2026}not permitted",
            // Charliecloud's.
            "can't re-mount\u{2026}not permitted",
            "flags: 0x1021",
            "flags: 0x5021",
            "flags=0x1021",
            "flags=0x1020",
            "flags=0x5020",
            "flags=0x5021",
            "mounting \"/\u{2026}to rootfs at\u{2026}operation not permitted",
            "remount root\u{2026}eperm",
            "flags=ms_remount",
            "ms_remount|ms_bind|ms_rdonly)\u{2026}not permitted",
            "|ms_remount|ms_bind\u{2026}not permitted",
            "flags=ms_rdonly|ms_remount|ms_bind",
            "ms_remount|ms_bind\u{2026}= -1 eperm",
            "readonly path /\u{2026}operation not permitted",
            "setting rootfs as readonly\u{2026}operation not permitted",
            "cannot clear locked flags",
            "cannot change locked atime flags",
            "remount `\u{2026}operation not permitted",
        ],
        hints: &["remount", "emptydir", "nosuid", "nodev"],
        ask: ask("findmnt -n -o OPTIONS -T DIR", "nosuid, nodev, noexec or ro"),
        // Where a path cannot be bound although all before it could be mounted.
        weigh: |text, _| {
            let refused = text.has("operation not permitted") || text.has("eperm");
            let rootless = ["rootless", "podman", "nosuid", "nodev", "noexec", "flags=0x5020"];
            let bound = text.has("to rootfs at") && rootless.iter().any(|word| text.has(word));
            // Root of a container without a user namespace is refused whatever the flags are.
            let inner = ["rootlesskit", "userns", "user namespace", "emptydir", "podman"];
            let inner = text.by == Some(Teller::RootlessKit) || inner.iter().any(|w| text.has(w));
            let outer = text.is(Sign::Root) && text.is(Sign::Docker) && !inner;
            refused.then_some(if bound {
                20
            } else if outer {
                -60
            } else {
                0
            })
        },
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[],
    #[cfg(test)]
    cases: tests::CASES,
};

/// can_change_locked_flags() in fs/namespace.c. What a mount namespace gets from one with another
/// owner is locked as it is (lock_mnt_tree()).
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if plan.remounts.is_empty() || step != plan.enters_new_root() {
        return Gate::NotApplicable;
    }
    let mounts = &facts.mounts.list;
    let Some(list) = mounts.value() else { return absent_or_undecided(facts, mounts) };
    let found = plan.remounts.iter().find_map(|again| {
        let mount = mountinfo::holding(list, &again.source)?;
        let options: Vec<_> = again.clears.iter().filter(|option| mount.has(option)).collect();
        options.first().map(|option| format!("{} is on {}, {option}", again.source, mount.target))
    });
    let Some(found) = found else { return Gate::Open };
    let owned_here = facts.namespaces.mnt_owned_here.value();
    match () {
        () if plan.new_user() || owned_here == Some(&false) => {
            Gate::shut(Errno::EPERM, vec![Evidence::at(mounts, found)])
        }
        () if facts.in_initial_userns() == Some(true) => Gate::Open,
        // Locked or not by where this namespace has it from, which nothing shows.
        () if facts.refused_at(step, Errno::EPERM) => {
            Gate::shut(Errno::EPERM, vec![Evidence::at(mounts, found)])
        }
        () => Gate::Unobservable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanisms::nsjail;

    pub(super) const CASES: &[Case] = &[case(NSJAIL_ON_ROOT, PivotRoot, Some(EPERM), |f| {
        mounts(f, "40 1 254:0 / / rw,nosuid,nodev - ext4 /dev/vda rw\n");
    })
    .dark(|f| f.mounts.list = denied())];

    /// As nsjail of 2026 said in a sandbox of bubblewrap, whose root has nosuid and nodev, and,
    /// bound by --ro-bind, ro: `mount('/tmp/nsjail.1000.root', MS_REMOUNT|MS_BIND|MS_RDONLY):
    /// Operation not permitted`, or nothing.
    #[test]
    fn options_that_nsjail_does_not_repeat() {
        let gate = |flags: &str, options: &str| {
            let mut facts = healthy();
            mounts(&mut facts, &format!("40 1 254:0 / / {options} - ext4 /dev/vda rw\n"));
            let flags: Vec<String> = flags.split(' ').map(str::to_owned).collect();
            let plan = nsjail::plan(&flags, None, (Some(5), Some(5)));
            check(&facts, &plan, plan.enters_new_root())
        };
        for (flags, options) in [
            ("-c /", "rw,nosuid"),
            ("-R /:/", "rw,nodev"),
            ("-c / --no_pivotroot", "rw,noexec"),
            ("-c / --rw", "ro,nosuid"),
            ("-R /usr -B /srv", "ro"),
        ] {
            assert!(matches!(gate(flags, options), Gate::Shut(_)), "{flags} {options}");
        }
        for (flags, options) in
            [("-c /", "ro,relatime"), ("-c / --rw", "rw,nosuid"), ("-B /srv", "rw,nodev")]
        {
            assert_eq!(gate(flags, options), Gate::Open, "{flags} {options}");
        }
        assert_eq!(gate("-R /usr", "ro,nosuid,nodev"), Gate::NotApplicable);
    }

    /// Root who makes no user namespace locks nothing; what is locked already stays so.
    #[test]
    fn without_a_user_namespace_it_depends_on_where_the_mounts_are_from() {
        let gate = |owned_here, initial| {
            let mut facts = healthy();
            mounts(&mut facts, "40 1 254:0 / / rw,nosuid - ext4 /dev/vda rw\n");
            facts.namespaces.mnt_owned_here = known(owned_here);
            facts.namespaces.user = known(if initial { 0xEFFF_FFFD } else { 7 });
            let flags = ["-c", "/", "--disable_clone_newuser"].map(str::to_owned);
            check(&facts, &nsjail::plan(&flags, None, (Some(0), Some(0))), PivotRoot)
        };
        assert_eq!(gate(true, true), Gate::Open);
        assert_eq!(gate(true, false), Gate::Unobservable);
        assert!(matches!(gate(false, false), Gate::Shut(_)));
    }
}
