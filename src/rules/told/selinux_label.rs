use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "selinux-label",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES, Errno::EPERM],
    title: "SELinux keeps the container from files that do not carry its label",
    docs: include_str!("selinux_label.md"),
    texts: Texts {
        common: 5,
        marks: &[
            ": permission denied",
            "relro protection failed",
            "selinux is preventing ",
            // Of `:z`, on files of another owner.
            "lsetxattr(label=\u{2026}operation not permitted",
        ],
        hints: &[":z", "--privileged", "volume", "-v", "bind"],
        places: &[Sign::SeLinux, Sign::RedHat],
        never: &[Sign::SeLinuxOff],
        cured: &[Sign::SeLinux, Sign::Privileged],
        ask: ask("ausearch -m avc -ts recent", "a denial for container_t"),
        weigh: of_labels,
        ..Texts::NONE
    },
    ..Rule::TOLD
};

/// Of files within a container that runs where SELinux does.
fn of_labels(text: &Pasted, _: bool) -> Option<i32> {
    let engine = text.is(Sign::Podman) || text.in_container();
    let labels = text.is(Sign::SeLinux) || text.is(Sign::RedHat);
    let brought = [
        "-v ", "volume", ":z", "bind", "can't open", "cannot open", "cannot access", "can't stat",
        "cannot stat", "can't create", "relro",
    ];
    let file = text.step.is_none() && brought.iter().any(|word| text.has(word));
    let relabelling = text.has("lsetxattr(label=");
    let denial = relabelling || text.has("avc:") && text.has("container_t");
    // Who is not the owner gets EPERM of chown(2); EACCES is the word of a module, of a directory
    // that nobody has to pass through others to reach.
    let owner = text.text.lines().any(|line| {
        let own = line.trim().strip_prefix("chown: ").and_then(|said| said.split_once(':'));
        own.is_some_and(|(path, said)| {
            let path = path.trim_start_matches("changing ownership of ").trim_matches(['\'', '"']);
            said.trim() == "permission denied"
                && path.strip_prefix('/').is_some_and(|below| !below.contains('/'))
        })
    });
    let told = engine && text.has("selinux is preventing ");
    match () {
        () if denial || owner || told => Some(0),
        () if engine && labels && file || of_volume(text) => Some(-20),
        () => None,
    }
}

/// Of a directory that podman brought into the container: root of it is the user there, so it is
/// not the owner that is in the way. Where SELinux is not at home, it is.
fn of_volume(text: &Pasted) -> bool {
    let elsewhere = [Sign::Ubuntu, Sign::Debian, Sign::Arch, Sign::Wsl];
    if !text.is(Sign::Podman) || elsewhere.iter().any(|sign| text.is(*sign)) {
        return false;
    }
    let is_command = |line: &&str| line.contains("podman ");
    // `SOURCE:PLACE`, and no `:z` behind it.
    let place = |volume: &str| {
        let mut parts = volume.trim_matches(['"', '\'']).rsplit(':');
        let place = parts.next().filter(|place| place.starts_with('/') && place.len() > 1);
        place.filter(|_| parts.next().is_some()).map(str::to_owned)
    };
    let places = text.text.lines().filter(is_command).flat_map(|line| {
        let mut words = line.split([' ', '=']);
        std::iter::from_fn(move || {
            words.find(|word| matches!(*word, "-v" | "--volume"))?;
            words.next()
        })
    });
    places.filter_map(place).any(|place| {
        let mut denied = text.text.lines().filter(|line| line.contains(": permission denied"));
        denied.any(|line| line.contains(&place) && !is_command(&line))
    })
}
