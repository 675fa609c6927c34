//! Docker's daemon.

/// The words that start a daemon with everything of its own; `file` names a file in its directory.
pub fn daemon(file: &dyn Fn(&str) -> String, more: &[&str]) -> Vec<String> {
    let mut words = vec!["--data-root".to_owned(), file("data")];
    words.extend([
        "--exec-root".into(),
        file("exec"),
        "-p".into(),
        file("pid"),
        "-H".into(),
        format!("unix://{}", file("socket")),
    ]);
    // No network, which needs nothing of the machine's; a driver that works on every file system.
    words.extend(
        ["--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs"]
            .map(str::to_owned),
    );
    words.extend(more.iter().map(|word| (*word).to_owned()));
    words
}
