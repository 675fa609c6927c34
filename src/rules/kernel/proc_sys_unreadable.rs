use std::path::Path;

use crate::parse::mountinfo::Mount;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "proc-sys-unreadable",
    steps: &[Step::Start],
    errnos: &[Errno::ENOENT],
    title: "the program cannot read a file in /proc that it needs at start",
    since: "0.1.0",
    docs: include_str!("proc_sys_unreadable.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::Start, &[])],
        marks: &[
            "can't read /proc/sys/kernel/overflow",
            // runsc's first.
            "/proc/sys/vm/mmap_min_addr: no such file",
        ],
        hints: &["procsubset", "subset=pid"],
        confirm: "`cat /proc/sys/kernel/overflowuid` fails",
        ..Texts::NONE
    },
    decided_by: &[Setting::Masks],
    check,
    remedies: &[
        &remedy::procfs::MOUNT_PROC_FIRST,
        &remedy::procfs::DROP_PROC_SUBSET,
        &remedy::systemd::SYSTEMD_UNPROTECT_KERNEL,
    ],
    #[cfg(test)]
    cases: &[
        case(BUBBLEWRAP, Start, Some(ENOENT), |f| f.mounts.proc = known(ProcDir::NotProc))
            .dark(|f| f.mounts.proc = denied()),
        case(BUBBLEWRAP, Start, Some(ENOENT), |f| {
            covered(f);
            f.trial = met(Start, ENOENT, Reply::Ok, None);
        })
        .dark(covered),
    ],
};

/// proc(5): a procfs with subset=pid has nothing but processes.
fn check(facts: &Facts, plan: &Plan, step: Step) -> Gate {
    if !plan.reads.iter().any(|path| !path.starts_with("/proc/self/")) {
        return Gate::NotApplicable;
    }
    let proc = &facts.mounts.proc;
    match proc.value() {
        Some(ProcDir::NotProc) => {
            Gate::shut(Errno::ENOENT, vec![Evidence::at(proc, "not a procfs")])
        }
        None if proc.is_absent() => Gate::shut(Errno::ENOENT, vec![Evidence::of_state(proc)]),
        None => Gate::undecided(proc),
        Some(_) => match facts.mounts.on_proc() {
            Some(mount) if mount.has_super("subset=pid") => Gate::shut(
                Errno::ENOENT,
                vec![Evidence::new("/proc/self/mountinfo", mount.super_options.join(","))],
            ),
            _ => match covering(facts, plan) {
                Some(mount) if facts.refused_at(step, Errno::ENOENT) => {
                    Gate::shut(Errno::ENOENT, vec![evidence(mount)])
                }
                Some(mount) => Gate::Undecided(vec![evidence(mount)]),
                // Landlock or a label may refuse the file itself.
                None => Gate::Unobservable,
            },
        },
    }
}

/// The mount of another file system over a file that the plan reads.
fn covering<'a>(facts: &'a Facts, plan: &Plan) -> Option<&'a Mount> {
    let over = |mount: &&Mount| {
        // A mount over the very file (lxcfs) is such a file.
        let below = |path: &str| Path::new(path).starts_with(&mount.target);
        let covers = |path: &&str| **path != mount.target && below(path);
        mount.target.starts_with("/proc/")
            && mount.fs_type != "proc"
            && plan.reads.iter().any(covers)
    };
    facts.mounts.list.value()?.iter().rev().find(over)
}

fn evidence(mount: &Mount) -> Evidence {
    Evidence::new("/proc/self/mountinfo", format!("{} on {}", mount.fs_type, mount.target))
}

#[cfg(test)]
fn covered(f: &mut Facts) {
    mounts(f, "60 22 0:44 / /proc/sys rw - tmpfs none rw\n");
}
