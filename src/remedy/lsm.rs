//! What security modules allow: profiles and policies of AppArmor, SELinux, Landlock and others.

use super::{How, Remedy, Who, made, quoted, sudo};
use crate::deploy::profile::profile_name;
use crate::platform::VantageId;

pub(crate) static APPARMOR_PROFILE_FOR_PROGRAM: Remedy = Remedy {
    id: "apparmor-profile-for-program",
    weakens: "this one program may use user namespaces",
    undo: "apparmor_parser -R FILE && rm FILE, with the file that was written",
    cost: 10,
    how: |facts, plan, vantage| {
        super::on_host(facts, vantage).then_some(())?;
        let path = &facts.tools.get(plan.by).value()?.path;
        let file = format!("/etc/apparmor.d/{}", profile_name(path));
        let sudo = sudo(facts, vantage);
        let write = format!("isodoc profile --apparmor {} | {sudo}tee {file}", quoted(path));
        How::shell(Who::HostAdmin, [write, format!("{sudo}apparmor_parser -r {file}")])
    },
    apply: |facts, _| {
        // For this program.
        facts.sysctl.apparmor_restrict_unprivileged_userns = made(0);
        facts.lsm.label = made("unconfined".into());
    },
};

pub(crate) static APPARMOR_PROFILE_RULE: Remedy = Remedy {
    id: "apparmor-profile-rule",
    weakens: "programs under this profile may create user namespaces",
    undo: "remove the rule, and reload the profile",
    cost: 10,
    how: |facts, _, at| {
        let label = facts.lsm.apparmor_label.value().or(facts.lsm.label.value())?;
        let name = label.split(' ').next()?;
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        let file = if plain {
            format!("/etc/apparmor.d/local/{name}")
        } else {
            "/etc/apparmor.d/local/PROFILE".to_owned()
        };
        let sudo = sudo(facts, at);
        How::shell(
            Who::HostAdmin,
            [
                format!("echo 'userns,' | {sudo}tee -a {file}    # for the profile {name}"),
                format!("{sudo}systemctl reload apparmor"),
            ],
        )
    },
    apply: |facts, _| facts.lsm.label = made("isodoc-allowed".into()),
};

pub(crate) static RESTART_APPARMOR: Remedy = Remedy {
    id: "restart-apparmor",
    weakens: "nothing",
    undo: "nothing to undo",
    cost: 1,
    how: |facts, _, vantage| {
        // The profile alone takes the capabilities away: it helps root, and programs that need
        // none.
        (vantage.id == VantageId::Host && facts.has_sys_admin() == Some(true)).then_some(())?;
        let line = format!("{}systemctl restart apparmor", sudo(facts, vantage));
        How::shell(Who::HostAdmin, [line])
    },
    apply: |_, _| {},
};

pub(crate) static SELINUX_POLICY_MODULE: Remedy = Remedy {
    id: "selinux-policy-module",
    weakens: "programs in this domain may create user namespaces, and have capabilities in them",
    undo: "semodule -r isodoc_userns",
    cost: 15,
    how: |facts, _, at| {
        // Who may do everything else was refused by a rule that overrides what a module allows.
        let domain = facts.lsm.selinux_domain().filter(|_| !facts.lsm.selinux_unconfined())?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        domain.bytes().all(plain).then_some(())?;
        let file = "isodoc_userns.cil";
        let allow = |what: &str| format!("'(allow {domain} self ({what}))'");
        let (make, have) =
            (allow("user_namespace (create)"), allow("cap_userns (not (sys_module))"));
        let write = format!("printf '%s\\n' {make} {have} > {file}");
        How::shell(Who::HostAdmin, [write, format!("{}semodule -i {file}", sudo(facts, at))])
    },
    apply: |facts, _| {
        facts.lsm.selinux_grants_userns = made(true);
        facts.lsm.selinux_grants_caps = made(true);
    },
};

pub(crate) static CHANGE_LSM_POLICY: Remedy = Remedy {
    id: "change-lsm-policy",
    weakens: "the protection that the policy gives",
    undo: "restore the policy",
    cost: 20,
    how: |facts, _, at| {
        let line = format!(
            "{}bpftool prog show | grep lsm    # find the program, and allow user namespaces in \
                its policy (Tetragon, KubeArmor, ...)",
            sudo(facts, at)
        );
        How::shell(Who::HostAdmin, [line])
    },
    apply: |_, _| {},
};

pub(crate) static OUTSIDE_LANDLOCK: Remedy = Remedy {
    id: "outside-landlock",
    weakens: "the program is no longer confined by that sandbox",
    undo: "start it inside again",
    cost: 40,
    how: |_, _, _| {
        let line =
            "COMMAND    # started outside the sandbox: Landlock cannot be lifted from within";
        How::start(Who::Deployer, [line])
    },
    apply: |_, _| {},
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::solutions;
    use crate::errno::Errno;
    use crate::facts::Reply;
    use crate::mechanisms::unshare;
    use crate::plan::Step;
    use crate::platform::Vantage;
    use crate::remedy::tests::told;
    use crate::rules;
    use crate::rules::tests::{healthy, known, met};

    /// What the module grants is known, and whether the domain may mount is not.
    #[test]
    fn a_module_lifts_the_denial_where_nothing_is_mounted() {
        let mut facts = healthy();
        facts.lsm.selinux_enforcing = known(true);
        facts.lsm.selinux_userns_class = known(true);
        facts.lsm.label = known("system_u:system_r:httpd_t:s0".to_owned());
        facts.trial = met(Step::Unshare, Errno::EACCES, Reply::Refused(Errno::EACCES), None);
        let plan = |flags: &str| unshare::plan(&unshare::split(flags), None, (Some(48), Some(48)));
        let ways = |flags: &str| {
            let cause = rules::find("selinux-userns-denied").unwrap();
            let host = Vantage::plain(VantageId::Host);
            let ways = solutions(&facts, &plan(flags), &host, cause);
            ways.iter().map(crate::remedy::Solution::id).collect::<Vec<_>>()
        };
        assert_eq!(ways("--user --map-root-user --pid --fork"), ["selinux-policy-module"]);
        let mounting = ways(unshare::DEFAULT_FLAGS);
        assert_eq!(mounting, ["selinux-policy-module+without-mount-proc"]);
        let line = told(&SELINUX_POLICY_MODULE, &facts, &plan("--user"));
        assert!(line.contains("(allow httpd_t self (user_namespace (create)))"), "{line}");
        assert!(line.contains("semodule -i isodoc_userns.cil"), "{line}");
    }
}
