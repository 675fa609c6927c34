//! Images that are known to isolate what they run, so that a container of one asks for it whatever
//! its file says. To add one, write its row.

use crate::deploy::setting::User;
use crate::deploy::{At, Container};
use crate::lint::asks::asks_for_isolation;
use crate::mechanisms;
use crate::parse::glob;
use crate::windmill;

/// An image, and how it isolates.
struct KnownImage {
    /// Its name without the tag, and the tag where that decides (`*` stands for anything).
    pattern: &'static str,
    /// The id of the mechanism.
    mechanism: &'static str,
    /// A variable, and the values of it with which the image isolates nothing.
    unless: Option<(&'static str, &'static [&'static str])>,
    /// What else has to hold of the name.
    suits: fn(&str) -> bool,
    /// Whether it isolates nothing as root.
    not_as_root: bool,
    /// What it passes to the program of the mechanism, where that is not the mechanism's default.
    flags: Option<&'static str>,
    /// The uid that it runs as where nobody names another.
    user: u64,
    /// Who says so.
    source: &'static str,
}

const fn image(pattern: &'static str, mechanism: &'static str, source: &'static str) -> KnownImage {
    let suits = |_: &str| true;
    KnownImage {
        pattern,
        mechanism,
        unless: None,
        suits,
        not_as_root: false,
        flags: None,
        user: 0,
        source,
    }
}

/// One that runs as a user of its own.
const fn as_user(known: KnownImage, user: u64) -> KnownImage {
    KnownImage { user, ..known }
}

/// Every image. Not among them: kaniko, which builds without a namespace of its own, and images
/// whose documentation starts the browser with `--no-sandbox`.
static IMAGES: &[KnownImage] = &[
    KnownImage {
        // A server runs no jobs.
        unless: Some(("MODE", &["server", "indexer", "mcp"])),
        suits: windmill::is_worker_image,
        ..image(
            "*windmill-labs/windmill*",
            "unshare",
            "windmill.dev/docs/advanced/security_isolation",
        )
    },
    image("pwn.red/jail*", "nsjail", "github.com/redpwn/jail"),
    image("*redpwn/jail*", "nsjail", "github.com/redpwn/jail"),
    image("*kctf-docker/challenge*", "nsjail", "google.github.io/kctf"),
    image("*google/nsjail*", "nsjail", "github.com/google/nsjail"),
    image("*nsjailcontainer*", "nsjail", "github.com/google/nsjail"),
    // Its own container starts as nsjail's does: clone(2) with every namespace, pivot_root, /proc.
    image("*criyle/go-judge*", "nsjail", "github.com/criyle/go-judge, pkg/forkexec of go-sandbox"),
    image("*criyle/executorserver*", "nsjail", "github.com/criyle/go-judge"),
    KnownImage {
        // Its entry point is `rootlesskit buildkitd`.
        flags: Some(""),
        user: 1000,
        ..image("*moby/buildkit:*rootless*", "rootlesskit", "github.com/moby/buildkit, Dockerfile")
    },
    as_user(image("docker:*rootless*", "rootlesskit", "hub.docker.com/_/docker"), 1000),
    as_user(image("*library/docker:*rootless*", "rootlesskit", "hub.docker.com/_/docker"), 1000),
    as_user(image("*puppeteer/puppeteer*", "chromium", "pptr.dev/guides/docker"), 999),
    as_user(image("*browserless/chrom*", "chromium", "docs.browserless.io"), 999),
    // As root it starts its browsers without the sandbox.
    KnownImage {
        not_as_root: true,
        ..image("*playwright*", "chromium", "playwright.dev/docs/docker")
    },
    as_user(image("*zenika/alpine-chrome*", "chromium", "github.com/jlandure/alpine-chrome"), 1000),
    image("*flatpak-github-actions*", "bubblewrap", "github.com/flatpak/flatpak-github-actions"),
    image("*dmoj/judge*", "seccomp", "docs.dmoj.ca/#/judge/setting_up_a_judge"),
];

impl KnownImage {
    fn is(&self, image: &str) -> bool {
        glob::matches(self.pattern, image) && (self.suits)(image)
    }
}

/// The container as who its image is known to run as, where its file names nobody.
pub(crate) fn as_own_user(container: &Container) -> Option<Container> {
    let of = |image: &At<String>| {
        let known = IMAGES.iter().find(|known| known.user > 0 && known.is(&image.value))?;
        Some((known, image.place))
    };
    let settings = &container.settings;
    let image = settings.image.iter().filter(|_| !settings.is_built);
    let (known, place) = image.chain(&settings.base).find_map(of)?;
    container.settings.user.is_none().then_some(())?;
    let mut own = container.clone();
    let user = User::Ids { uid: known.user, gid: Some(known.user) };
    own.settings.user = Some(At::new(user, place));
    Some(own)
}

/// How the image of a container isolates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Implied<'a> {
    pub image: &'a At<String>,
    /// The id of the mechanism.
    pub mechanism: &'a str,
    /// What it passes to the program of the mechanism, where that is known.
    pub flags: Option<&'static str>,
    /// Who says so; `None`: whoever asks.
    pub source: Option<&'static str>,
    /// Whether it is a package that the image has.
    pub installed: bool,
}

impl Implied<'_> {
    /// Whether isodoc can judge it.
    pub(crate) fn is_judged(self) -> bool {
        mechanisms::of_commands().any(|mechanism| mechanism.id == self.mechanism)
    }
}

/// What the image of a container, or what it is made from, implies: by the pairs of a pattern and a
/// mechanism that are given, else by what is known.
pub(crate) fn implied<'a>(
    container: &'a Container,
    given: &'a [(String, String)],
) -> Option<Implied<'a>> {
    let settings = &container.settings;
    let known = settings.images().find_map(|image| implied_by(image, container, given));
    known.or_else(|| {
        // What it runs itself says more.
        let (image, mechanism) =
            settings.installs.first().filter(|_| !asks_for_isolation(container))?;
        let source = Some("its Dockerfile");
        Some(Implied { image, mechanism, flags: None, source, installed: true })
    })
}

fn implied_by<'a>(
    image: &'a At<String>,
    container: &Container,
    given: &'a [(String, String)],
) -> Option<Implied<'a>> {
    let named = given.iter().find(|(pattern, _)| glob::matches(pattern, &image.value));
    if let Some((_, mechanism)) = named {
        return Some(Implied { image, mechanism, flags: None, source: None, installed: false });
    }
    let is = |known: &&KnownImage| {
        let set = |(name, values): (&str, &[&str])| {
            container.settings.variable(name).is_some_and(|value| values.contains(&value))
        };
        let as_root = known.not_as_root && container.settings.is_root();
        known.is(&image.value) && !as_root && !known.unless.is_some_and(set)
    };
    let known = IMAGES.iter().find(is)?;
    let KnownImage { mechanism, flags, .. } = *known;
    Some(Implied { image, mechanism, flags, source: Some(known.source), installed: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mechanisms_have_their_ids() {
        for known in IMAGES {
            let image = &At::new(String::new(), Default::default());
            let KnownImage { mechanism, flags, .. } = *known;
            let implied = Implied { image, mechanism, flags, source: None, installed: false };
            assert!(implied.is_judged(), "{}", known.pattern);
            assert!(known.source.contains('.'), "{}", known.pattern);
        }
    }

    #[test]
    fn names_with_registries_and_tags() {
        let of =
            |image: &str| IMAGES.iter().find(|known| known.is(image)).map(|known| known.mechanism);
        for (image, mechanism) in [
            ("ghcr.io/windmill-labs/windmill:main", Some("unshare")),
            ("ghcr.io/windmill-labs/windmill-ee@sha256:0", Some("unshare")),
            ("ghcr.io/windmill-labs/windmill-lsp:latest", None),
            ("pwn.red/jail:0.3.1", Some("nsjail")),
            ("criyle/go-judge", Some("nsjail")),
            ("moby/buildkit:v0.13-rootless", Some("rootlesskit")),
            ("moby/buildkit:latest", None),
            ("docker:27-dind-rootless", Some("rootlesskit")),
            ("docker:dind", None),
            ("mcr.microsoft.com/playwright:v1.50.0-noble", Some("chromium")),
            ("gcr.io/kaniko-project/executor", None),
            ("nginx", None),
        ] {
            assert_eq!(of(image), mechanism, "{image}");
        }
    }
}
