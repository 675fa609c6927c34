//! The entries of `security_opt`, as compose and the daemon read them (docker/compose
//! `pkg/compose/create.go` parseSecurityOpts, moby `daemon/daemon_unix.go` parseSecurityOpt).

/// One entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Opt<'t> {
    /// `seccomp=...`
    Seccomp(&'t str),
    /// `apparmor=...`
    AppArmor(&'t str),
    /// `label=...`
    Label(&'t str),
    /// `no-new-privileges`
    NoNewPrivileges(bool),
    /// `systempaths=unconfined`
    Unconfined,
    /// podman's `unmask=...`
    Unmask(&'t str),
    /// podman's `mask=...`
    Mask(&'t str),
    /// What has no bearing here.
    Other,
}

impl Opt<'_> {
    /// Whether podman alone takes it.
    pub(super) fn is_podmans(&self) -> bool {
        matches!(self, Self::Unmask(_) | Self::Mask(_))
    }
}

/// An entry, and whether it is written with the old separator `:`.
///
/// # Errors
/// When the engine refuses it; the text says why.
pub(super) fn parse(entry: &str) -> Result<(Opt<'_>, bool), String> {
    if entry == "no-new-privileges" {
        return Ok((Opt::NoNewPrivileges(true), false));
    }
    let (key, value, colon) = match (entry.split_once('='), entry.split_once(':')) {
        (Some((key, value)), _) => (key, value, false),
        (None, Some((key, value))) => (key, value, true),
        (None, None) => return Err("it has no value; write KEY=VALUE".into()),
    };
    let opt = match key {
        "seccomp" => Opt::Seccomp(value),
        "apparmor" => Opt::AppArmor(value),
        "label" => Opt::Label(value),
        "no-new-privileges" => match value {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Opt::NoNewPrivileges(true),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => Opt::NoNewPrivileges(false),
            _ => return Err("the engine takes only true or false".into()),
        },
        "systempaths" if value == "unconfined" && !colon => Opt::Unconfined,
        "systempaths" => {
            return Err("the engine takes only `systempaths=unconfined`, with `=`".into());
        }
        "unmask" => Opt::Unmask(value),
        "mask" => Opt::Mask(value),
        "writable-cgroups" | "proc-opts" | "credentialspec" => Opt::Other,
        _ => return Err("no engine knows it".into()),
    };
    // `no-new-privileges:true` is how Docker's own documentation writes it.
    let old = colon && !matches!(opt, Opt::NoNewPrivileges(_));
    Ok((opt, old))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        let table = [
            ("seccomp=unconfined", Opt::Seccomp("unconfined"), false),
            ("seccomp:unconfined", Opt::Seccomp("unconfined"), true),
            ("seccomp=./a:b.json", Opt::Seccomp("./a:b.json"), false),
            ("seccomp:./a.json", Opt::Seccomp("./a.json"), true),
            ("apparmor:docker-default", Opt::AppArmor("docker-default"), true),
            ("label=type:spc_t", Opt::Label("type:spc_t"), false),
            ("label:type:spc_t", Opt::Label("type:spc_t"), true),
            ("no-new-privileges", Opt::NoNewPrivileges(true), false),
            ("no-new-privileges:false", Opt::NoNewPrivileges(false), false),
            ("no-new-privileges=1", Opt::NoNewPrivileges(true), false),
            ("systempaths=unconfined", Opt::Unconfined, false),
            ("unmask=/proc/*", Opt::Unmask("/proc/*"), false),
        ];
        for (entry, opt, colon) in table {
            assert_eq!(parse(entry), Ok((opt, colon)), "{entry}");
        }
    }

    #[test]
    fn what_the_engine_refuses() {
        for entry in [
            "seccomp",
            "",
            "no-new-privileges:maybe",
            "systempaths:unconfined",
            "systempaths=all",
            "secomp=unconfined",
            "seccomp:a=b",
        ] {
            assert!(parse(entry).is_err(), "{entry}");
        }
    }
}
