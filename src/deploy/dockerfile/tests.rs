use super::*;
use crate::deploy::BadInput;
use crate::deploy::container::Container;
use crate::deploy::setting::{Setting, User};
use crate::deploy::tests;

fn read(text: &str) -> Result<Vec<Container>, BadInput> {
    tests::read(&DIALECT, "a/Dockerfile", text)
}

/// What runs, as whom, in which line, and what is in doubt.
fn said(text: &str) -> Vec<String> {
    let said = |container: Container| {
        let settings = container.settings;
        let words: Vec<&str> = settings.command.iter().map(|word| word.value.as_str()).collect();
        let user = settings.user.map_or(String::new(), |user| format!(" as {:?}", user.value));
        let doubts: Vec<Setting> = settings.unknown.iter().map(|d| d.value.about).collect();
        let line = settings.command[0].place.line;
        format!("{}:{line} {}{user}{doubts:?}", container.place.line, words.join(" "))
    };
    read(text).unwrap().into_iter().map(said).collect()
}

#[test]
fn instructions_that_isolate() {
    let user = |uid| format!(" as {:?}", User::Ids { uid, gid: Some(uid) });
    for (text, expected) in [
        ("FROM a\nRUN unshare -U true\n", vec!["2:2 unshare -U true[]".to_owned()]),
        (
            "FROM a\nUSER 5:5\nRUN x && \\\n  bwrap --dev /dev y\nRUN sudo unshare -r true\n",
            vec![
                format!("3:4 bwrap --dev /dev y{}[]", user(5)),
                format!("5:5 unshare -r true{}[]", user(0)),
            ],
        ),
        (
            "FROM a\nUSER $U\nRUN --security=insecure [\"unshare\", \"--pid\"]\n",
            vec!["3:3 unshare --pid[Privileged, User]".to_owned()],
        ),
        (
            "FROM a\nRUN --mount=type=cache,target=/x <<EOF\nset -e\nunshare -r a\nEOF\n",
            vec!["2:4 unshare -r a[]".to_owned()],
        ),
        (
            "FROM a AS b\nUSER 5:5\nFROM b\nRUN unshare -r a\n",
            vec![format!("4:4 unshare -r a{}[]", user(5))],
        ),
    ] {
        assert_eq!(said(text), expected, "{text}");
    }
}

/// `docker build`: `unknown instruction: RNU (did you mean RUN?)`, `unknown flag: --mont`.
#[test]
fn what_builders_do_not_know() {
    for (text, line, why) in [
        ("FROM b\nRNU unshare -r a\n", 2, "no instruction RNU; did you mean RUN?"),
        ("FROM b\nRUN --mont=type=cache x\n", 2, "--mont of RUN; did you mean --mount?"),
        ("ARG A\nFROM b\nCOPY --form=b a b\n", 3, "no option --form of COPY"),
        ("FROM b\nUSR root\n", 2, "did you mean USER?"),
        ("FORM b\nRUN unshare -r a\n", 1, "did you mean FROM?"),
    ] {
        tests::assert_refused(read, text, line, why);
    }
    // What isolates is judged all the same.
    let candidate = "FROM b\nUSR root\nRUN unshare -r a\n";
    assert_eq!(read(candidate).unwrap().len(), 1);
    // Of another frontend, a template, or no Dockerfile at all.
    for text in [
        "# syntax=a/b\nFROM b\nINCLUDE c\nRUN unshare -r a\n",
        "\u{feff}# syntax=a/b\nFROM b\nINCLUDE c\nRUN unshare -r a\n",
        "#!/usr/bin/docker x\n# syntax=a/b\nFROM b\nINCLUDE c\nRUN unshare -r a\n",
        // `FROM --after` is buildah's (imagebuilder `dispatchers.go`).
        "FROM b AS c\nFROM --after=c b\nRUN unshare -r a\n",
        "FROM b\n{% if a %}\nINCLUDE c\n{% endif %}\nRUN unshare -r a\n",
        "# syntax=docker/dockerfile:1-labs\nFROM b\nRUN --device=c unshare -r a\n",
        "FROM b\nCMD --mont\nADD --unpack=true a b\nRUN unshare -r a\n",
    ] {
        assert_eq!(read(text).unwrap().len(), 1, "{text}");
    }
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    for (text, line, why) in [
        ("RUN unshare -r a\nFROM b\n", 1, "no FROM"),
        ("FROM b\nRUN unshare -r a\n\nRUN <<EOF\nx\n", 4, "never ends"),
    ] {
        tests::assert_refused(read, text, line, why);
    }
    let long = format!("FROM a\n{}RUN unshare -r a\n", "ENV A=b\n".repeat(6000));
    assert!(read(&long).unwrap_err().message.contains("more instructions"));
}

#[test]
fn what_is_none_of_it() {
    for (path, text) in [
        ("Dockerfile", "FROM a\nRUN apt-get install -y bubblewrap podman && bwrap --version\n"),
        ("Dockerfile", "FROM a\nCMD unshare -r a\n"),
        ("Dockerfile", "FROM a\nCOPY unshare /bin\n"),
        ("Dockerfile", "Some words about it\n"),
        ("Dockerfile.in", "FROM a\nMACRO(b)\nWORDS\n"),
        ("Dockerfile.m4", "FROM a\ndnl b\n"),
        ("a.sh", "FROM a\nRUN unshare -r a\n"),
    ] {
        assert_eq!(tests::recognised(&DIALECT, path, text), Sure::No, "{text}");
    }
}
