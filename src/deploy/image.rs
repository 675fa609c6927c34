//! What the name of an image says of what it is made from.

use crate::parse::glob;
use crate::parse::image_name::ImageName;

/// What an image is called, its tag, and the `ID` in its os-release(5). The first that fits counts:
/// official images have tags for what they are made from.
static DISTRIBUTIONS: &[(&str, &str, &str)] = &[
    ("*", "*alpine*", "alpine"),
    ("*", "*bullseye*", "debian"),
    ("*", "*bookworm*", "debian"),
    ("*", "*trixie*", "debian"),
    ("*", "*jammy*", "ubuntu"),
    ("*", "*noble*", "ubuntu"),
    ("alpine", "*", "alpine"),
    ("debian", "*", "debian"),
    ("fedora", "*", "fedora"),
    ("ubuntu", "*", "ubuntu"),
    // github.com/moby/buildkit, Dockerfile.
    ("buildkit", "*", "alpine"),
    // github.com/docker-library/docker.
    ("docker", "*", "alpine"),
];

/// The `ID` of the distribution that an image is made from; `None`: its name does not tell.
pub(super) fn distribution(image: &str) -> Option<&'static str> {
    let ImageName { name, tag, .. } = ImageName::of(image);
    let fits = |(of_name, of_tag, _): &&(&str, &str, _)| {
        glob::matches(of_name, name) && glob::matches(of_tag, tag)
    };
    DISTRIBUTIONS.iter().find(fits).map(|(.., id)| *id)
}

/// Whether the programs of an image may be those of busybox: it is busybox's own, or made from
/// Alpine, where util-linux is a package that not all have.
pub(super) fn has_busybox(image: &str) -> bool {
    distribution(image) == Some("alpine") || ImageName::of(image).name == "busybox"
}

/// The accounts that some release of the official image of a distribution has.
const ACCOUNTS: &[(&str, &str)] = &[
    (
        "alpine",
        "adm at bin cron cyrus daemon dhcp ftp games guest halt klogd lp mail man news nobody ntp \
            operator postmaster root shutdown smmsp sshd squid svn sync uucp vpopmail xfs",
    ),
    (
        "debian",
        "_apt backup bin daemon games gnats irc list lp mail man news nobody proxy root sync sys \
            systemd-network systemd-resolve systemd-timesync uucp www-data",
    ),
    (
        "ubuntu",
        "_apt backup bin daemon games gnats irc list lp mail man news nobody proxy root sync sys \
            systemd-network systemd-resolve systemd-timesync ubuntu uucp www-data",
    ),
];

/// Whether an image is known to have no account of this name: it is a distribution's own, as Docker
/// Hub has it.
pub(super) fn lacks_account(image: &str, name: &str) -> bool {
    let ImageName { repository, .. } = ImageName::of(image);
    let official = ["docker.io/library/", "docker.io/", "library/"];
    let own = official.iter().find_map(|prefix| repository.strip_prefix(prefix));
    let own = own.unwrap_or(repository);
    let row = ACCOUNTS.iter().find(|(distribution, _)| *distribution == own);
    row.is_some_and(|(_, accounts)| !accounts.split_ascii_whitespace().any(|known| known == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_of_official_images() {
        for (image, name, lacks) in [
            ("debian:12", "vscode", true),
            ("docker.io/library/ubuntu:24.04", "vscode", true),
            ("ubuntu", "ubuntu", false),
            ("debian:12", "ubuntu", true),
            ("alpine:3", "nobody", false),
            ("localhost:5000/debian", "vscode", false),
            ("node:22", "vscode", false),
            ("somebody/debian", "vscode", false),
        ] {
            assert_eq!(lacks_account(image, name), lacks, "{image} {name}");
        }
    }

    #[test]
    fn a_name_tells_what_an_image_is_made_from() {
        for (name, id) in [
            ("docker.io/library/debian:12-slim", Some("debian")),
            ("debian@sha256:0", Some("debian")),
            ("localhost:5000/debian", Some("debian")),
            ("python:3.13-slim-bookworm", Some("debian")),
            ("node:22-alpine3.20", Some("alpine")),
            ("mcr.microsoft.com/playwright:v1.50.0-noble", Some("ubuntu")),
            ("moby/buildkit:v0.13-rootless", Some("alpine")),
            ("docker:27-dind-rootless", Some("alpine")),
            ("registry.example.org/debian/worker:1", None),
            ("", None),
        ] {
            assert_eq!(distribution(name), id, "{name}");
        }
    }
}
