//! Podman, asked through its service, so that what it starts is kept as Docker's containers are.

/// The words before every command of a podman that keeps all it has in its own directory; `file`
/// names a file there.
pub fn store(file: &dyn Fn(&str) -> String) -> Vec<String> {
    // crun refuses a machine whose cgroups are of both versions; there is no systemd to ask for
    // cgroups.
    let fixed = ["--runtime", "runc", "--cgroup-manager", "cgroupfs", "--storage-driver", "vfs"]
        .map(str::to_owned);
    let own = ["--root", "--runroot", "--tmpdir"]
        .into_iter()
        .flat_map(|option| [option.to_owned(), file(&format!("data/{}", &option[2..]))]);
    fixed.into_iter().chain(own).collect()
}

/// The words that start the service.
pub fn service(file: &dyn Fn(&str) -> String) -> Vec<String> {
    let service = ["system", "service", "--time", "0"].map(str::to_owned);
    store(file).into_iter().chain(service).chain([format!("unix://{}", file("socket"))]).collect()
}
