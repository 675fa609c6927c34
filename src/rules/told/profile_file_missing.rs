use crate::findings::catalogue;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: catalogue::PROFILE_FILE_MISSING.id,
    steps: &[Step::Exec],
    errnos: &[Errno::ENOENT],
    title: "the seccomp profile that is named does not exist",
    docs: include_str!("profile_file_missing.md"),
    texts: Texts {
        common: 6,
        marks: &["opening seccomp profile", "cannot load seccomp profile"],
        hints: &["no such file"],
        confirm: "`ls -l` of the profile, where the program runs that reads it",
        weigh: |text, _| text.has("no such file").then_some(0),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
