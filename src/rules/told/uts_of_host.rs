use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "uts-of-host",
    steps: &[Step::Exec],
    title: "the container asks for a host name of its own, but shares the host's UTS namespace",
    docs: include_str!("uts_of_host.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "hostname when running in the host uts namespace",
            "hostname and the uts mode",
            "hostname with uts=host",
            "hostname requires the uts namespace",
            "domainname requires the uts namespace",
            "name without a private uts namespace",
            "crun: sethostname: operation not permitted",
            "failed to set the hostname to",
            "init: sethostname: operation not permitted",
        ],
        hints: &["--hostname", "--uts"],
        confirm: "it starts without a host name of its own",
        ..Texts::NONE
    },
    ..Rule::TOLD
};
