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

#[cfg(test)]
mod tests {
    use super::*;

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
