use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "working-directory-lost",
    steps: &[Step::Start],
    errnos: &[Errno::ENOENT, Errno::EACCES],
    title: "the working directory is gone, or cannot be entered",
    since: "0.1.0",
    docs: include_str!("working_directory_lost.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::Start, &[])],
        marks: &[
            "error getting current working directory:",
            "cannot chdir to /",
            "cannot chdir: permission denied",
            "error: cannot get cwd:",
        ],
        hints: &["podman", "buildah", "sudo -u", "nix"],
        confirm: "`cd \"$PWD\"` fails",
        ..Texts::NONE
    },
    decided_by: &[],
    check,
    remedies: &[&remedy::process::OTHER_DIRECTORY],
    #[cfg(test)]
    cases: &[
        case(PODMAN, Start, Some(EACCES), |f| {
            f.mounts.working_dir = known(Reply::Refused(EACCES));
        })
        .dark(|f| f.mounts.working_dir = Fact::default()),
        case("nix", Start, Some(ENOENT), |f| {
            f.mounts.working_dir = known(Reply::Refused(ENOENT));
        }),
    ],
};

/// A capture does not say from where a program will be started.
fn check(facts: &Facts, plan: &Plan, _: Step) -> Gate {
    let reply = &facts.mounts.working_dir;
    let keeps = plan.does(Habit::KeepsDirectory);
    match reply.value() {
        _ if !keeps && !plan.does(Habit::NamesDirectory) => Gate::NotApplicable,
        // Its path can be told all the same.
        Some(Reply::Refused(Errno::EACCES)) if !keeps => Gate::Open,
        Some(Reply::Refused(errno)) => Gate::shut(*errno, vec![Evidence::at(reply, errno)]),
        Some(Reply::Ok) => Gate::Open,
        Some(Reply::Killed) | None => Gate::Unobservable,
    }
}
