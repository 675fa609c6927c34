//! What compose and LXC make of a file that looks right.

use crate::{files, lint};

/// compose-go `loader/validate.go`: `service "a" has neither an image nor a build context
/// specified`.
#[test]
fn a_service_without_an_image() {
    let none = "services:\n  a:\n    command: unshare -Ur true\n    security_opt: \
                [seccomp=unconfined]\n";
    let dir = files(
        "no-image",
        &[
            ("a/compose.yml", none),
            ("i/compose.yml", none),
            ("i/compose.prod.yml", none),
            ("b/compose.yml", none),
            ("b/compose.override.yml", "services:\n  a:\n    image: i\n"),
            ("c/compose.yml", "services:\n  a:\n    extends: {file: d.yml, service: a}\n"),
            ("c/d.yml", "services:\n  a:\n    image: i\n"),
            ("e/compose.override.yml", none),
            ("f/compose.yml", "include: [g.yml]\nservices:\n  b:\n    profiles: [x]\n"),
            ("f/g.yml", "services:\n  a:\n    image: i\n"),
            ("h/compose.yml", "services:\n  a:\n    provider: {type: x}\n  b:\n    build: .\n"),
        ],
    );
    for (name, refused) in [
        ("a/compose.yml", true),
        // They may be put together.
        ("i/compose.yml", false),
        ("i/compose.prod.yml", false),
        ("b/compose.yml", false),
        ("c/compose.yml", false),
        ("e/compose.override.yml", false),
        ("f/compose.yml", true),
        ("h/compose.yml", false),
    ] {
        let (_, out, err) = lint(&dir, &["--all", name]);
        let said = out.split_whitespace().collect::<Vec<_>>().join(" ");
        let told = said.contains("neither an `image` nor a `build`");
        assert_eq!(told, refused, "{name}: {out}{err}");
    }
}
