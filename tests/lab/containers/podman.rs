//! Podman, asked through its service, so that what it starts is kept as Docker's containers are.

/// The words that start the service; `file` names a file in its directory.
pub fn service(file: &dyn Fn(&str) -> String) -> Vec<String> {
    // crun refuses a machine whose cgroups are of both versions; there is no systemd to ask for cgroups.
    let fixed = ["--runtime", "runc", "--cgroup-manager", "cgroupfs", "--storage-driver", "vfs"].map(str::to_owned);
    let own =
        ["--root", "--runroot", "--tmpdir"].into_iter().flat_map(|option| [option.to_owned(), file(&format!("data/{}", &option[2..]))]);
    let service = ["system", "service", "--time", "0"].map(str::to_owned);
    fixed.into_iter().chain(own).chain(service).chain([format!("unix://{}", file("socket"))]).collect()
}
