//! An AppArmor profile that lets one program make user namespaces, and confines it in nothing else,
//! as Ubuntu ships them (apparmor.d(5), "Unconfined profile mode").

/// What such a profile is called.
pub(crate) fn profile_name(program: &str) -> String {
    let name = program.rsplit('/').next().unwrap_or(program);
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    format!("isodoc-{}", name.chars().map(plain).collect::<String>())
}

/// The profile of the program at this absolute path, which is attached by that path; `None` where
/// the path cannot be written in one.
pub(crate) fn allowing_userns(program: &str) -> Option<String> {
    if !program.starts_with('/') || program.contains(char::is_control) {
        return None;
    }
    let mut path = String::new();
    for c in program.chars() {
        // Patterns, variables, and the quotes around it all.
        if "\\\"*?[]{}^@".contains(c) {
            path.push('\\');
        }
        path.push(c);
    }
    let name = profile_name(program);
    Some(format!(
        "abi <abi/4.0>,\ninclude <tunables/global>\n\nprofile {name} \"{path}\" \
         flags=(unconfined) {{\n  userns,\n\n  include if exists <local/{name}>\n}}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Ubuntu 24.04 has it for ch-run and others. apparmor_parser(8) of AppArmor 5.0 takes all
    /// of these.
    #[test]
    fn a_profile_for_one_program() {
        let profile = allowing_userns("/usr/bin/bwrap").unwrap();
        assert_eq!(
            profile,
            "abi <abi/4.0>,\ninclude <tunables/global>\n\nprofile isodoc-bwrap \"/usr/bin/bwrap\" \
             flags=(unconfined) {\n  userns,\n\n  include if exists <local/isodoc-bwrap>\n}\n"
        );
        let odd = allowing_userns("/opt/My App/a{b}*").unwrap();
        assert!(odd.contains(r#"profile isodoc-a_b__ "/opt/My App/a\{b\}\*" flags"#), "{odd}");
        assert_eq!(allowing_userns("bwrap"), None);
        assert_eq!(allowing_userns("/a\nb"), None);
    }
}
