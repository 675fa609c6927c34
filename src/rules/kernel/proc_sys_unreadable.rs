use crate::errno::Errno;
use crate::facts::{Evidence, Facts, ProcDir};
use crate::plan::{Plan, Step};
use crate::remedy;
use crate::rules::texts::Texts;
use crate::rules::{Gate, Rule};

pub(crate) static RULE: Rule = Rule {
    id: "proc-sys-unreadable",
    steps: &[Step::Start],
    errnos: &[Errno::ENOENT],
    title: "the program cannot read a file of /proc that it starts with",
    since: "0.1.0",
    docs: include_str!("proc_sys_unreadable.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::Start, &[])],
        marks: &["can't read /proc/sys/kernel/overflow"],
        hints: &["bwrap", "procsubset"],
        confirm: "`cat /proc/sys/kernel/overflowuid` fails",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::process::MOUNT_PROC_FIRST, &remedy::host::SYSTEMD_UNPROTECT_KERNEL],
    #[cfg(test)]
    cases: tests::CASES,
};

/// proc(5): a procfs with subset=pid has nothing but processes.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    if !plan.reads.iter().any(|path| !path.starts_with("/proc/self/")) {
        return Gate::NotApplicable;
    }
    let proc = &facts.mounts.proc;
    match proc.value() {
        Some(ProcDir::NotProc) => {
            Gate::shut(Errno::ENOENT, vec![Evidence::new(proc.source.as_ref(), "not a procfs")])
        }
        None if proc.is_absent() => Gate::shut(Errno::ENOENT, vec![Evidence::of_state(proc)]),
        None => Gate::undecided(proc),
        Some(_) => match facts.mounts.on_proc() {
            Some(mount) if mount.has_super("subset=pid") => Gate::shut(
                Errno::ENOENT,
                vec![Evidence::new("/proc/self/mountinfo", mount.super_options.join(","))],
            ),
            // Landlock, a label, or a mount over it may refuse the file itself.
            _ => Gate::Unobservable,
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::errno::Errno::ENOENT;
    use crate::facts::ProcDir;
    use crate::plan::Step::Start;
    use crate::rules::tests::{BUBBLEWRAP, Case, case, denied, known};

    pub(super) const CASES: &[Case] =
        &[case(BUBBLEWRAP, Start, Some(ENOENT), |f| f.mounts.proc = known(ProcDir::NotProc))
            .dark(|f| f.mounts.proc = denied())];
}
