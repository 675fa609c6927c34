//! What images and Features bring with them: an image has a label, `devcontainer.metadata`, and a
//! Feature a `devcontainer-feature.json`, and both may say what the file itself may say.

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Brought {
    /// These options, and this user of the tools; none where it leaves that open.
    Known(&'static [&'static str], Option<&'static str>),
    /// Only whoever looks into it knows.
    Unknown,
}

const NOTHING: Brought = Brought::Known(&[], None);
const DEBUGS: &[&str] = &["--cap-add=SYS_PTRACE", "--security-opt=seccomp=unconfined"];
const EVERYTHING: &[&str] =
    &["--cap-add=SYS_PTRACE", "--security-opt=seccomp=unconfined", "--privileged"];

/// The Features of github.com/devcontainers/features, by their `devcontainer-feature.json`.
const FEATURES: &[(&[&str], &[&str])] = &[
    (&["docker-in-docker"], &["--privileged"]),
    (&["docker-outside-of-docker", "docker-from-docker"], &["--security-opt=label=disable"]),
    (&["go", "rust"], DEBUGS),
    (
        &[
            "anaconda", "aws-cli", "azure-cli", "common-utils", "conda", "copilot-cli",
            "desktop-lite", "dotnet", "git", "git-lfs", "github-cli", "hugo", "java",
            "kubectl-helm-minikube", "nix", "node", "nvidia-cuda", "oryx", "php", "powershell",
            "python", "ruby", "sshd", "terraform",
        ],
        &[],
    ),
];

/// The images of github.com/devcontainers/images, by the `devcontainer.json` that each is built
/// from.
const IMAGES: &[(&[&str], &[&str], &str)] = &[
    (&["cpp", "go", "rust"], DEBUGS, "vscode"),
    (&["javascript-node", "typescript-node"], &[], "node"),
    (&["universal"], EVERYTHING, "codespace"),
    (
        &["anaconda", "base", "dotnet", "java", "jekyll", "miniconda", "php", "python", "ruby"],
        &[],
        "vscode",
    ),
];

/// What a Feature brings, by how the file names it.
pub(super) fn of_feature(id: &str) -> Brought {
    // Before there was a registry of them, a name alone was one of these.
    let own = id.strip_prefix("ghcr.io/devcontainers/features/");
    let Some(name) = own.or(Some(id).filter(|id| !id.contains('/'))) else {
        return Brought::Unknown;
    };
    let name = name.split([':', '@']).next().unwrap_or(name);
    let row = FEATURES.iter().find(|(names, _)| names.contains(&name));
    row.map_or(Brought::Unknown, |(_, options)| Brought::Known(options, None))
}

/// What an image brings. Only those made for this are known to have the label.
pub(super) fn of_image(image: &str) -> Brought {
    const OLD: &str = "mcr.microsoft.com/vscode/devcontainers/";
    const OWN: &str = "mcr.microsoft.com/devcontainers/";
    // What is filled in later may be any of them.
    // What is built ahead for an editor has the label by then.
    let prebuilt = !image.starts_with(OWN) && image.contains("devcontainer");
    if image.starts_with('$') || image.starts_with(OLD) || prebuilt {
        return Brought::Unknown;
    }
    let Some(name) = image.strip_prefix(OWN) else {
        return NOTHING;
    };
    let name = name.split([':', '@']).next().unwrap_or(name);
    let row = IMAGES.iter().find(|(names, ..)| names.contains(&name));
    row.map_or(Brought::Unknown, |(_, options, user)| Brought::Known(options, Some(user)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_brought() {
        assert_eq!(of_feature("ghcr.io/devcontainers/features/go:1"), Brought::Known(DEBUGS, None));
        assert_eq!(of_feature("docker-in-docker"), Brought::Known(&["--privileged"], None));
        assert_eq!(of_feature("ghcr.io/devcontainers/features/git@sha256:0"), NOTHING);
        assert_eq!(of_feature("ghcr.io/somebody/features/go:1"), Brought::Unknown);
        assert_eq!(
            of_image("mcr.microsoft.com/devcontainers/base:debian"),
            Brought::Known(&[], Some("vscode"))
        );
        assert_eq!(of_image("mcr.microsoft.com/devcontainers/new:1"), Brought::Unknown);
        assert_eq!(of_image("mcr.microsoft.com/vscode/devcontainers/go:0"), Brought::Unknown);
        assert_eq!(of_image("ghcr.io/somebody/devcontainer:main"), Brought::Unknown);
        assert_eq!((of_image("debian:12"), of_image("${X}")), (NOTHING, Brought::Unknown));
    }
}
