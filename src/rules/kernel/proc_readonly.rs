use crate::facts::Fact;
use crate::parse::mountinfo::Mount;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "proc-readonly",
    steps: &[Step::UidMap, Step::TimeOffsets, Step::Setgroups, Step::GidMap],
    errnos: &[Errno::EROFS],
    title: "/proc is mounted read-only",
    since: "0.1.0",
    docs: include_str!("proc_readonly.md"),
    texts: Texts {
        common: 6,
        refuses: &[
            (Step::UidMap, &[Errno::EROFS]),
            (Step::GidMap, &[Errno::EROFS]),
            (Step::Setgroups, &[Errno::EROFS]),
        ],
        confirm: "`findmnt /proc` has ro",
        ..Texts::NONE
    },
    decided_by: &[Setting::ReadOnly],
    check,
    remedies: &[&remedy::procfs::PROC_OF_THE_SANDBOX, &remedy::procfs::REMOUNT_PROC_RW],
    #[cfg(test)]
    cases: &[case(DEFAULT_FLAGS, UidMap, Some(EROFS), |f| {
        mounts(
            f,
            "30 22 0:21 / /proc ro,relatime - \
            proc proc rw\n",
        )
    })
    .dark(|f| f.mounts.list = denied())],
};

fn shut(mounts: &Fact<Vec<Mount>>, what: &str, options: &[String]) -> Gate {
    let shown = Evidence::at(mounts, format!("{what} {}", options.join(",")));
    Gate::shut(Errno::EROFS, vec![shown])
}

fn check(facts: &Facts, _: &Plan, _: Step) -> Gate {
    let mounts = &facts.mounts.list;
    if mounts.value().is_none() {
        return absent_or_undecided(facts, mounts);
    }
    match facts.mounts.on_proc() {
        Some(m) if m.has("ro") => shut(mounts, "/proc", &m.options),
        Some(m) if m.has_super("ro") => {
            shut(mounts, "/proc, the file system itself:", &m.super_options)
        }
        _ => Gate::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The options of the mount were shown, which said `rw`, where its file system was read-only.
    #[test]
    fn what_is_shown_says_read_only() {
        for (line, shown) in [
            ("30 22 0:21 / /proc ro,relatime - proc proc rw\n", "/proc ro,relatime"),
            ("30 22 0:21 / /proc rw,relatime - proc proc ro\n", "the file system itself: ro"),
        ] {
            let mut facts = healthy();
            mounts(&mut facts, line);
            let plan = crate::rules::tests::of(crate::mechanisms::DEFAULT);
            let gate = format!("{:?}", check(&facts, &plan, UidMap));
            assert!(gate.contains(shown), "{gate}");
        }
    }
}
