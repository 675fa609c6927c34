//! Whether a container starts at all, as docker 28.5.2 with runc 1.3.6 answered on Linux 6.18.

use super::*;

/// The exit code of a line of `docker run`, or of podman, with these options, for a test.
fn of_line(test: &str, program: &str, options: &str) -> i32 {
    let line = format!(
        "{program} run {options} --security-opt seccomp=unconfined debian:12 unshare -Ur true\n"
    );
    let dir = files(&format!("starts-{test}-line"), &[("run.sh", &line)]);
    lint(&dir, &["run.sh"]).0
}

/// That of a compose file with these lines in its service.
fn of_service(test: &str, lines: &str, top: &str) -> i32 {
    let text = format!(
        "services:\n  a:\n    image: debian:12\n    command: unshare -Ur true\n    \
            security_opt: [seccomp=unconfined]\n    {lines}\n{top}"
    );
    let dir = files(&format!("starts-{test}"), &[("compose.yaml", &text)]);
    lint(&dir, &["compose.yaml"]).0
}

#[test]
fn what_is_mounted_over_proc() {
    for (mount, code) in [
        ("-v /etc/hostname:/proc/cpuinfo", 0),
        ("-v /etc/hostname:/proc/./stat:ro", 0),
        ("-v /etc/hostname:/proc/version", 1),
        ("-v /etc/hostname:/proc/../etc/x", 0),
        ("-v /etc/hostname:/procx", 0),
        ("-v /proc/sys:/proc/sys", 1),
        ("-v /proc:/host/proc:ro", 0),
        ("--mount type=bind,src=/etc/hostname,dst=/proc/uptime", 0),
        ("--mount type=bind,src=/etc/hostname,dst=/proc/version", 1),
        // runc 1.1.5 mounts it where the kernel has the directory.
        ("--mount type=tmpfs,dst=/proc/asound", 3),
        ("--tmpfs /proc/foo", 3),
        ("--tmpfs /proc", 1),
        ("-v /tmp:/proc", 1),
        ("-v /proc", 1),
        ("-v named:/proc/", 1),
        ("-v /proc:/proc", 0),
        // Its own id maps cannot be written there.
        ("-v /proc:/proc:ro", 1),
        ("--mount type=bind,src=/proc,dst=/proc,readonly", 1),
        ("-v \"$X:/proc\"", 3),
        // A kernel of its own, and one that looks at nothing.
        ("--runtime kata -v /tmp:/proc", 3),
        ("--runtime crun -v /etc/hostname:/proc/version", 3),
    ] {
        assert_eq!(of_line("mounts", "docker", mount), code, "{mount}");
    }
    // crun 1.28 starts it, runc does not.
    assert_eq!(of_line("mounts", "podman", "-v /etc/hostname:/proc/version"), 3);
    assert_eq!(of_line("mounts", "podman", "-v /etc/hostname:/proc/cpuinfo"), 0);
    for (lines, top, code) in [
        ("volumes: [/etc/hostname:/proc/version]", "", 1),
        ("volumes: [/etc/hostname:/proc/meminfo]", "", 0),
        ("volumes: [{type: bind, source: /proc, target: /proc, read_only: true}]", "", 1),
        ("volumes: [{type: bind, source: /proc, target: /proc}]", "", 0),
        ("volumes: [{type: tmpfs, target: /proc/foo}]", "", 3),
        ("tmpfs: /proc/acpi", "", 3),
        ("tmpfs: /proc", "", 1),
        ("volumes: [\"${UNSET_X}:/proc\"]", "", 3),
        ("configs: [{source: c, target: /proc/version}]", "configs: {c: {content: x}}\n", 1),
        ("secrets: [{source: c, target: /proc/stat}]", "secrets: {c: {file: x}}\n", 0),
    ] {
        assert_eq!(of_service("mounts", lines, top), code, "{lines}");
    }
    let pod = |volume: &str, path: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n  - \
                name: a\n    image: debian:12\n    command: [unshare, -Ur, 'true']\n    \
                volumeMounts: [{{name: v, mountPath: {path}}}]\n  volumes: \
                [{{name: v, {volume}}}]\n"
        )
    };
    for (volume, path, code) in [
        ("emptyDir: {}", "/proc/foo", 1),
        ("emptyDir: {}", "/proc", 1),
        ("hostPath: {path: /proc}", "/proc", 0),
        ("hostPath: {path: /proc}", "/host/proc", 0),
        ("hostPath: {path: /var/lib/lxcfs/proc/stat}", "/proc/stat", 0),
    ] {
        let dir = files("lint-starts-pod", &[("pod.yaml", &pod(volume, path))]);
        assert_eq!(lint(&dir, &["pod.yaml"]).0, code, "{volume} {path}");
    }
}

/// As runc 1.1.5 and 1.3.6 and crun 1.8.1 answered, each call refused alone.
#[test]
fn a_profile_that_refuses_what_starts_the_command() {
    let of = |calls: &str, options: &str, program: &str| {
        let profile = format!(
            r#"{{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
                {{"names": [{calls}], "action": "SCMP_ACT_ERRNO"}}]}}"#
        );
        let line = format!(
            "{program} run {options} --security-opt seccomp=p.json debian:12 unshare -U true\n"
        );
        let dir = files("starts-profile", &[("run.sh", &line), ("p.json", &profile)]);
        lint(&dir, &["run.sh"]).0
    };
    let nnp = "--security-opt no-new-privileges";
    for (calls, options, docker, podman) in [
        (r#""prctl""#, "", 1, 1),
        (r#""prctl""#, nnp, 0, 0),
        (r#""capset", "ptrace""#, "", 1, 1),
        (r#""setgroups""#, "", 1, 3),
        (r#""setgroups""#, "--runtime crun", 0, 0),
        (r#""setresuid""#, "", 0, 3),
        (r#""execve""#, nnp, 1, 1),
        (r#""futex""#, nnp, 1, 3),
        (r#""ptrace""#, "", 0, 0),
        (r#""prctl""#, "--privileged", 1, 1),
    ] {
        let codes = ["docker", "podman"].map(|program| of(calls, options, program));
        assert_eq!(codes, [docker, podman], "{calls} {options}");
    }
}

#[test]
fn values_of_kernel_parameters() {
    for (set, code) in [
        ("net.ipv4.ip_forward=banana", 1),
        ("net.ipv4.ip_forward=0x1", 0),
        ("net.ipv4.ip_forward=", 0),
        ("net.ipv4.ip_local_port_range=5000\\ 3000", 1),
        ("net.ipv4.ip_local_port_range=3000\\ 5000", 0),
        ("net.ipv4.tcp_congestion_control=reno", 0),
        ("net.ipv4.tcp_congestion_control=bbr", 3),
        ("net.core.somaxconn=-1", 3),
        ("net.ipv4.ip_forward=$X", 0),
    ] {
        assert_eq!(of_line("values", "docker", &format!("--sysctl {set}")), code, "{set}");
    }
    for (lines, code) in [
        ("sysctls: {net.ipv4.ip_forward: true}", 1),
        ("sysctls: {net.ipv4.ip_forward: 1}", 0),
        ("sysctls: [net.ipv4.ip_forward=1x]", 1),
        ("sysctls: [\"net.ipv4.ip_local_port_range=3000-5000\"]", 1),
        ("sysctls: {kernel.sem: 250 32000 100 128}", 0),
    ] {
        assert_eq!(of_service("values", lines, ""), code, "{lines}");
    }
}

/// As docker 20.10 and 28.5 and podman 4.3 and 5.8 answered.
#[test]
fn what_one_option_makes_of_another() {
    for (program, options, code) in [
        ("docker", "--pids-limit 1", 0),
        ("docker", "--init --pids-limit 1", 1),
        ("docker", "--init=false --pids-limit 1", 0),
        ("podman", "--init --pids-limit 1", 1),
        ("docker", "--cap-add CAP_ALL", 2),
        ("podman", "--cap-add CAP_ALL", 2),
        ("podman", "--cap-drop CAP_ALL", 2),
        ("docker", "--network none --dns 1.1.1.1", 0),
        ("podman", "--network host --dns 1.1.1.1", 0),
        ("podman", "--network none --dns 1.1.1.1", 1),
        ("podman", "--network none --dns-search x", 1),
        ("podman", "--network container:a --dns-option x", 1),
        ("podman", "--network container:a --add-host a:1.2.3.4", 1),
        ("podman", "--network none --add-host a:1.2.3.4", 0),
        ("podman", "--no-hosts --add-host a:1.2.3.4", 1),
        ("podman", "--uts host --hostname x", 1),
        ("podman", "--uts private --hostname x", 0),
        ("podman", "--uidmap 1000:100000:1 --gidmap 0:100000:10", 1),
        ("podman", "--uidmap 0:100000:10 --gidmap 1:100000:10", 1),
        ("podman", "--uidmap 1:100000:10 --uidmap 0:200000:1", 0),
        ("podman", "--uidmap +1:100000:10", 0),
        ("podman", "--security-opt proc-opts=ro", 1),
        ("podman", "--security-opt proc-opts=nosuid,ro --privileged", 1),
        ("podman", "--security-opt proc-opts=nosuid", 0),
        ("podman", "--security-opt apparmor=foo", 1),
        ("podman", "--privileged --security-opt apparmor=foo", 1),
        ("podman", "--security-opt apparmor=unconfined", 0),
        ("docker", "--security-opt apparmor=foo", 0),
    ] {
        assert_eq!(of_line("beside", program, options), code, "{program} {options}");
    }
    for (lines, code) in [
        ("init: true\n    pids_limit: 1", 1),
        ("init: 'yes'\n    pids_limit: 1", 1),
        ("init: false\n    pids_limit: 1", 0),
        ("pid: private", 3),
        ("uts: private", 3),
        ("ipc: private", 0),
        ("pid: private\n    userns_mode: auto", 0),
        ("devices: [{source: /dev/null, target: /dev/x}]", 1),
        ("devices: [{source: /dev/null, target: /dev/x, permissions: r}]", 0),
        ("devices: [/dev/null:/dev/x]", 0),
    ] {
        assert_eq!(of_service("beside", lines, ""), code, "{lines}");
    }
    // As the kubelet admits pods to a node without AppArmor, and to one with it.
    for (profile, codes) in [
        ("{type: RuntimeDefault}", [1, 0]),
        ("{type: Localhost, localhostProfile: x}", [1, 0]),
        ("{type: Unconfined}", [0, 0]),
    ] {
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  securityContext: \
                {{appArmorProfile: {profile}, seccompProfile: {{type: Unconfined}}}}\n  \
                containers:\n  - {{name: a, image: x, command: [unshare, -U, 'true']}}\n"
        );
        let dir = files("starts-beside-pod", &[("pod.yaml", &pod)]);
        let of = |host| lint_on(host, &dir, &["pod.yaml"]).0;
        assert_eq!(["amazon-linux-2023", "debian-12"].map(of), codes, "{profile}");
    }
    // One task for the init, one for unshare(1), one for what it forks.
    for (limit, code) in [(2, 1), (3, 0)] {
        let line = format!(
            "docker run --init --pids-limit {limit} --security-opt seccomp=unconfined debian:12 \
                unshare -Upf true\n"
        );
        let dir = files("starts-beside-fork", &[("run.sh", &line)]);
        assert_eq!(lint(&dir, &["run.sh"]).0, code, "{limit}");
    }
}

/// What the client or the daemon refuses.
#[test]
fn what_docker_does_not_take() {
    for (options, code) in [
        ("-v /tmp:/x", 0),
        ("-v /tmp:/", 1),
        ("-v /tmp:x", 1),
        ("-v /x:ro", 1),
        ("-v :/x", 1),
        ("-v /tmp:/x:foo", 1),
        ("-v /tmp:/x:rw,ro", 1),
        ("-v /tmp:/x:ro,z", 0),
        ("-v /tmp:/x -v /etc:/x/", 1),
        ("-v /tmp:/x -v /x", 0),
        ("-v 'C:\\x:/y'", 0),
        ("--mount type=bind,src=/tmp,dst=/x", 0),
        ("--mount type=bind,src=tmp,dst=/x", 1),
        ("--mount type=foo,src=/tmp,dst=/x", 1),
        ("--mount type=tmpfs,src=/tmp,dst=/x", 1),
        ("--mount type=bind,src=/tmp,dst=/x,foo=bar", 1),
        ("--mount type=volume,dst=/x,volume-nocopy", 0),
        ("--memory 4m", 1),
        ("--memory 64m --memory-swap 32m", 1),
        ("--memory 64m --memory-swap -1", 0),
        ("--memory-swap 64m", 1),
        ("--memory \"$M\" --memory-swap 64m", 0),
        ("--memory 64m --memory-reservation 1g", 1),
        ("--cpus 1.5 --cpuset-cpus 0-1", 0),
        ("--cpus banana", 1),
        ("--ulimit foo=1", 1),
        ("--ulimit nofile=1024:512", 1),
        ("--ulimit nofile=1024", 0),
        ("--ulimit nofile=-1", 1),
        ("--ulimit nofile=5", 1),
        ("--ulimit nofile=16", 3),
        ("--uts banana", 1),
        ("--ipc banana", 1),
        ("--cgroupns banana", 1),
        ("--user -1", 1),
        ("--user 2147483648", 1),
        ("--rm --restart always", 1),
        ("--rm --restart no", 0),
        ("--security-opt disable", 2),
        ("--security-opt writable-cgroups=banana", 2),
        ("--user 0:0:0", 1),
        ("--workdir x", 1),
        ("--tmpfs x", 1),
        ("--group-add -1", 1),
        ("--user 1000 --ulimit nproc=2", 1),
        ("--user 1000 --ulimit nproc=8", 3),
        ("--user 1000 --ulimit nproc=100", 0),
        ("--user 0 --ulimit nproc=8", 0),
        ("--ulimit banana", 1),
        ("--dns banana", 1),
        ("--dns 1.1.1.1 --dns ::1", 0),
        ("--add-host banana", 1),
        ("--add-host a:1.2.3.4 --add-host b=::1", 0),
        ("-p banana", 1),
        ("-p 127.0.0.1:8080:80 -p 81/udp -p 8000-8001:80-81", 0),
        ("-p \"$PORT:80\"", 0),
        ("--expose banana", 1),
        ("--tmpfs /x:banana", 1),
        ("--tmpfs /x:size=64m,mode=1777", 0),
        ("--network container:", 1),
        ("--network banana:x", 1),
        ("--network my-net", 0),
        ("--ip banana", 1),
        ("--mac-address banana", 1),
        ("--name 'bad name'", 1),
        ("--stop-signal banana", 1),
        ("--stop-signal RTMIN+1", 0),
        ("--health-interval 10", 1),
        ("--health-interval 10s --health-cmd true", 0),
        ("--restart on-failure:x", 1),
        ("--platform banana", 1),
        ("-v 'bad name:/x'", 1),
        ("-v x/y:/x", 1),
        ("-v /etc/mtab:/etc/mtab", 1),
        ("--mount type=bind,src=/etc,dst=/x,bind-propagation=banana", 1),
        ("--mount type=tmpfs,dst=/x,tmpfs-size=64m", 0),
        ("--device /dev/fuse:/dev/fuse:rr", 1),
        ("--device-cgroup-rule banana", 1),
    ] {
        assert_eq!(of_line("limits", "docker", options), code, "{options}");
    }
    // podman 5.8.6.
    for (options, code) in [
        ("--dns banana", 1),
        ("--add-host banana", 1),
        ("-p 80/banana", 1),
        ("-p 8080:80 --network my:alias=x", 0),
        ("--tmpfs /x:banana", 1),
        ("--tmpfs /x:size=64m,mode=1777,notmpcopyup", 0),
        ("--stop-signal banana", 1),
        ("--health-cmd true --health-interval 10", 1),
        // podman 4.3 takes it, 5.8 does not.
        ("--health-interval 10", 3),
        ("--health-interval disable", 0),
        ("--health-interval 1us", 0),
        ("--tmpfs /dev", 0),
        ("--kernel-memory banana", 0),
        ("--pull banana", 1),
        ("--pull newer", 0),
        ("--ipc private", 0),
        ("--memory 64m --memory-swap 32m", 1),
        ("--memory-swappiness 500", 1),
        ("--rm --restart always", 1),
        ("-v x/y:/x", 1),
        ("-v ./x:/x:U,z", 0),
        ("--link web", 1),
        ("--name a", 0),
        ("-e ''", 0),
    ] {
        assert_eq!(of_line("podman", "podman", options), code, "{options}");
    }
    assert_eq!(of_line("limits", "docker", "--uidmap 0:1:1"), 1);
    for (lines, code) in [
        ("mem_limit: 4m", 1),
        ("mem_limit: 64m", 0),
        ("mem_limit: $UNSET_LIMIT", 0),
        ("memswap_limit: 32m", 1),
        ("deploy: {resources: {limits: {memory: banana}}}", 1),
        ("deploy: {resources: {limits: {cpus: '0.5', memory: 64M}}}", 0),
        ("cpu_quota: 500", 1),
        ("cpuset: '0,1'", 0),
        ("ulimits: {nofile: {soft: 10, hard: 5}}", 1),
        ("ulimits: {nofile: {soft: 10}}", 2),
        ("ulimits: {nofile: 1024}", 0),
        ("ulimits: {stack: 1024}", 1),
        ("ulimits: {foo: 1}", 1),
        ("pid: banana", 1),
        ("ipc: shareable", 0),
        ("ipc: banana", 1),
        ("uts: banana", 1),
        ("network_mode: service:nosuch", 1),
        ("network_mode: container:nosuch", 0),
        ("restart: 'no'", 0),
        ("restart: on-failure:3", 0),
    ] {
        assert_eq!(of_service("limits", lines, ""), code, "{lines}");
    }
}

/// As docker compose 2.40 and docker 28.5.2 answered, of which it is no matter what the host has.
#[test]
fn what_compose_does_not_take() {
    for (lines, top, code) in [
        ("volumes: [data:/x]", "", 1),
        ("volumes: [data:/x]", "volumes: {data: }\n", 0),
        ("volumes: [./data:/x]", "", 0),
        ("volumes: [{type: volume, source: data, target: /x}]", "", 1),
        ("networks: [back]", "", 1),
        ("networks: {back: {aliases: [x]}}", "networks: {back: }\n", 0),
        ("networks: [default]", "", 0),
        ("networks: [back]\n    network_mode: host", "networks: {back: }\n", 1),
        ("configs: [c]", "", 1),
        ("secrets: [{source: c, target: x}]", "", 1),
        ("secrets: [c]", "secrets: {c: {file: x}}\n", 0),
        ("depends_on: [nosuch]", "", 1),
        ("depends_on: [a]", "", 1),
        ("links: [nosuch:x]", "", 1),
        ("volumes_from: [nosuch]", "", 1),
        ("ipc: service:nosuch", "", 1),
        ("dns: banana", "", 1),
        ("dns: [1.1.1.1, '::1']", "", 0),
        ("extra_hosts: {a: banana}", "", 1),
        ("extra_hosts: ['a:host-gateway', 'b=1.2.3.4']", "", 0),
        ("ports: ['80/banana']", "", 1),
        ("ports: ['127.0.0.1:8080:80', 81, {target: 82}]", "", 0),
        ("ports: ['${NO_PORT:-8080}:80']", "", 0),
        ("tmpfs: '/x:size=banana'", "", 1),
        ("tmpfs: ['/x:size=64m,mode=1777', /y]", "", 0),
        ("volumes: [/etc/mtab:/etc/mtab]", "", 1),
        ("volumes: ['/etc:x']", "", 1),
        ("volumes: [{type: bind, target: /x}]", "", 1),
        ("stop_grace_period: banana", "", 1),
        ("stop_grace_period: 1m30s", "", 0),
        ("stop_signal: banana", "", 1),
        ("healthcheck: {test: ['true']}", "", 1),
        ("healthcheck: {test: 'true', interval: 10}", "", 1),
        ("healthcheck: {test: [CMD, 'true'], interval: 10s, retries: 3}", "", 0),
        ("healthcheck: {test: 'true', start_interval: 1s}", "", 1),
        ("container_name: 'bad name'", "", 1),
        ("pull_policy: banana", "", 1),
        ("foo: bar", "", 1),
        ("environment:", "", 1),
        ("user: 1000", "", 2),
        ("", "version: 3\n", 2),
        ("", "version: '3'\n", 0),
        ("", "networks: {a: {foo: 1}}\n", 2),
        ("", "foo: bar\n", 2),
        ("", "x-foo: bar\n", 0),
    ] {
        assert_eq!(of_service("compose", lines, top), code, "{lines} {top}");
    }
    // A part of a file may lack what the rest of it has, and so may one that is put upon another.
    let part = "# How\n\n```yaml\nservices:\n  a:\n    image: x\n    command: unshare -Ur true\n    \
        security_opt: [seccomp=unconfined]\n    networks: [back]\n```\n";
    let upon = "services:\n  a:\n    command: unshare -Ur true\n    security_opt: \
        [seccomp=unconfined]\n    networks: [back]\n";
    let below = "services:\n  a:\n    image: x\nnetworks: {back: }\n";
    let all = [("part.md", part), ("upon.yaml", upon), ("below.yaml", below)];
    let dir = files("starts-compose-part", &all);
    assert_eq!(lint(&dir, &["part.md"]).0, 3);
    assert_eq!(lint(&dir, &["upon.yaml"]).0, 3);
    assert_eq!(lint(&dir, &["-f", "below.yaml", "-f", "upon.yaml"]).0, 0);
}

/// A thousand services of one Dockerfile: it is read once.
#[test]
fn a_dockerfile_of_many_services_is_read_once() {
    let services: String =
        (0..1000).map(|n| format!("  s{n}: {{build: ., command: unshare -Ur true}}\n")).collect();
    let step = "RUN apt-get update && apt-get install -y some-package another-package\n";
    let dockerfile = format!("FROM debian:12\n{}USER 1000\n", step.repeat(600));
    let compose = format!("services:\n{services}");
    let dir =
        files("lint-one-dockerfile", &[("compose.yaml", &*compose), ("Dockerfile", &dockerfile)]);
    let (seconds, out) = timed(&dir, &["compose.yaml"]);
    assert!(seconds < 15.0, "{seconds} s: {out:.200}");
}

/// Another mistake in the file takes nothing from what helps.
#[test]
fn what_does_not_start_anyhow_keeps_its_remedies() {
    let text = "services:\n  a:\n    image: debian:12\n    command: unshare -Urpf --mount-proc true\n    \
        networks: [back]\n";
    let dir = files("starts-anyhow", &[("compose.yaml", text)]);
    let (code, out, _) = lint(&dir, &["compose.yaml"]);
    assert!(code == 1 && out.contains("systempaths=unconfined"), "{out}");
    assert!(!out.contains("no setting of the file"), "{out}");
    let (code, out, _) = lint(&dir, &["--fix", "compose.yaml"]);
    assert!(code == 1 && out.contains("not fixed: correct this first: the project has"), "{out}");
    assert_eq!(std::fs::read_to_string(dir.join("compose.yaml")).unwrap(), text);
}

/// As docker 28.2 with a daemon of 20.10 and runc 1.1.5 answered.
#[test]
fn what_is_mounted_from_the_host() {
    for (mount, code) in [
        ("-v /tmp:/h:nocopy", 1),
        ("-v data:/h:nocopy", 0),
        ("-v /tmp:/h:rprivate", 0),
        ("-v /proc:/h -v /tmp:/h/foo", 3),
        ("-v /proc:/h:ro -v /tmp:/h/foo", 3),
        ("-v /proc:/h -v /tmp:/h/sys", 0),
        ("-v /proc:/h -v /tmp:/hh/foo", 0),
        ("-v /tmp:/bin", 3),
        ("-v /proc:/bin", 3),
        ("--tmpfs /bin", 3),
        ("-v /tmp:/bin/x", 0),
        ("--mount type=bind,src=/tmp,dst=/h,bind-recursive=bad", 1),
        ("--mount type=bind,src=/tmp,dst=/h,bind-recursive=readonly", 1),
        ("--mount type=bind,src=/tmp,dst=/h,bind-recursive=readonly,readonly", 1),
        ("--mount type=bind,src=/tmp,dst=/h,bind-recursive=writable", 1),
        ("--mount type=bind,src=/tmp,dst=/h,bind-nonrecursive=maybe", 1),
        ("--mount type=bind,src=/tmp,dst=/h,bind-nonrecursive=true,bind-recursive=enabled", 0),
        ("--mount type=volume,src=data,dst=/h,volume-nocopy=maybe", 1),
        ("--mount type=npipe,src=/tmp,dst=/h", 1),
        ("--mount type=bind,src=/tmp,dst=/h,", 1),
        ("--mount type=bind,src=/tmp,dst=/h,readonly=no", 1),
        ("--mount type=bind,src=/tmp", 1),
        ("--mount dst=/h", 0),
        ("--mount TYPE=Bind,SRC=/tmp,DST=/h", 0),
        // systemd shares every mount.
        ("-v /tmp:/h:rshared", 0),
        ("-v /tmp:/h:slave", 0),
        ("-v /:/h:rprivate", 1),
        ("--mount type=bind,src=/,dst=/h,bind-propagation=shared", 1),
        ("-w /proc/foo", 3),
        ("-w /proc/self", 0),
        ("--device /dev/null:/proc/kcore", 3),
        ("-v /proc:/h --device /dev/null:/h/kcore", 3),
        ("--mount type=volume,src=data,dst=/h,volume-opt=foo=bar", 1),
        ("--mount type=volume,src=data,dst=/h,volume-opt=TYPE=tmpfs", 1),
        ("--mount type=volume,src=data,dst=/h,volume-opt=type=tmpfs", 1),
        ("--mount type=volume,src=data,dst=/h,volume-opt=device=/tmp", 1),
        ("--mount type=volume,src=data,dst=/h,volume-opt=o=size=1m", 1),
        ("--mount type=volume,src=data,dst=/h,volume-opt=type=tmpfs,volume-opt=device=tmpfs", 0),
        ("--mount type=volume,src=data,dst=/h,volume-driver=some,volume-opt=foo=bar", 0),
    ] {
        assert_eq!(of_line("from-host", "docker", mount), code, "{mount}");
    }
}

/// podman 4.3 (`libpod/runtime_volume_common.go`), and compose, which has Docker make the volume.
#[test]
fn options_of_volumes() {
    for (option, code) in [("foo=bar", 1), ("TYPE=tmpfs", 0), ("type=tmpfs", 0), ("nocopy", 0)] {
        let mount = format!("--mount type=volume,src=data,dst=/h,volume-opt={option}");
        assert_eq!(of_line("volume-options", "podman", &mount), code, "{option}");
    }
    for (volume, code) in [
        ("{driver_opts: {foo: bar}}", 1),
        ("{driver: local, driver_opts: {type: tmpfs}}", 1),
        ("{driver_opts: {type: tmpfs, device: tmpfs, o: size=1m}}", 0),
        ("{driver: some, driver_opts: {foo: bar}}", 0),
        ("", 0),
    ] {
        let top = format!("volumes:\n  v: {volume}\n");
        assert_eq!(of_service("volume-options", "volumes: ['v:/h']", &top), code, "{volume}");
        assert_eq!(of_service("volume-options", "working_dir: /h", &top), 0, "{volume}");
    }
    assert_eq!(of_service("volume-options", "working_dir: /proc/foo", ""), 3);
}

/// As a daemon of Docker 20.10 answered to the same of `docker run`.
#[test]
fn what_excludes_each_other_in_a_service() {
    for (lines, code) in [
        ("network_mode: 'container:x'\n    hostname: h", 1),
        ("network_mode: 'container:x'\n    ports: ['80:80']", 1),
        ("network_mode: 'container:x'\n    ports: []", 0),
        ("network_mode: host\n    hostname: h", 0),
        ("uts: host\n    hostname: h", 1),
        ("uts: host\n    domainname: h", 1),
        ("cpus: 1\n    cpu_quota: 10000", 1),
        ("cpus: 0\n    cpu_quota: 10000", 0),
    ] {
        assert_eq!(of_service("excludes", lines, ""), code, "{lines}");
    }
}

/// `ValidateVolumeMounts` and `validateHostPathVolumeSource` in Kubernetes'
/// pkg/apis/core/validation/validation.go; `HostPathType` checks in pkg/volume/hostpath.
#[test]
fn volumes_of_a_pod() {
    let of_pod = |mount: &str, host: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n  - {{name: a, \
             image: i, command: [unshare, -Ur, 'true'], securityContext: {{seccompProfile: {{type: \
             Unconfined}}}}, volumeMounts: [{{{mount}}}]}}\n  volumes: [{{name: p, hostPath: \
             {{{host}}}}}]\n"
        );
        let dir = files("starts-pod-volumes", &[("pod.yaml", &text)]);
        lint(&dir, &["pod.yaml"]).0
    };
    for (more, code) in [
        ("readOnly: true", 0),
        ("readOnly: 'true'", 2),
        ("subPath: a", 0),
        ("subPath: /a", 2),
        ("subPath: a/../b", 2),
        ("subPathExpr: $(X)", 0),
        ("subPath: a, subPathExpr: b", 2),
        ("mountPropagation: HostToContainer", 0),
        ("mountPropagation: Bidirectional", 2),
        ("mountPropagation: Foo", 2),
        ("recursiveReadOnly: Enabled", 2),
        ("recursiveReadOnly: Enabled, readOnly: true", 0),
        ("recursiveReadOnly: Enabled, readOnly: true, mountPropagation: HostToContainer", 2),
        ("recursiveReadOnly: Foo", 2),
    ] {
        assert_eq!(
            of_pod(&format!("name: p, mountPath: /h, {more}"), "path: /tmp"),
            code,
            "{more}"
        );
    }
    for mount in ["name: p", "mountPath: /h", "name: p, mountPath: ''"] {
        assert_eq!(of_pod(mount, "path: /tmp"), 2, "{mount}");
    }
    assert_eq!(of_pod("name: p, mountPath: /h}, {name: p, mountPath: /h", "path: /tmp"), 2);
    assert_eq!(of_pod("name: q, mountPath: /h", "path: /tmp"), 2);
    let set = |kind: &str, claim: &str, of_set: &str| {
        let text = format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: p}}\nspec:\n  {of_set}\n  \
             volumeClaimTemplates: [{{metadata: {{name: {claim}}}}}]\n  template: {{spec: \
             {{containers: [{{name: a, image: i, command: [unshare, -Ur, 'true'], \
             securityContext: {{seccompProfile: {{type: Unconfined}}}}, volumeMounts: [{{name: p, \
             mountPath: /h}}]}}]}}}}\n"
        );
        let dir = files("starts-claims", &[("set.yaml", &text)]);
        lint(&dir, &["set.yaml"]).0
    };
    let selector = "selector: {matchLabels: {a: b}}";
    let [of_set, of_other] = [set("StatefulSet", "p", selector), set("StatefulSet", "q", selector)];
    assert_eq!((of_set, of_other), (0, 2));
    // It may be a patch.
    assert_eq!(set("StatefulSet", "q", "replicas: 1"), 0);
    // Of a Deployment, the API server says that there is no such volume.
    assert_eq!(set("Deployment", "p", selector), 2);
    for (host, code) in [
        ("path: /proc, type: File", 1),
        ("path: /proc/, type: Socket", 1),
        ("path: /srv/x, type: File", 0),
        ("path: /tmp, type: Directory", 0),
        ("path: /tmp, type: ''", 0),
        ("path: /tmp, type: Foo", 2),
        ("path: /a/../tmp", 2),
        ("type: Directory", 2),
    ] {
        assert_eq!(of_pod("name: p, mountPath: /h", host), code, "{host}");
    }
}

/// Each mistake is told, as far as the reader goes on.
#[test]
fn a_file_is_told_all_that_is_wrong_with_it() {
    let service = |name: &str| format!("  {name}:\n    image: x\n    user: 1000\n");
    let compose = format!("services:\n{}{}{}", service("a"), service("b"), service("c"));
    let container =
        |name: &str| format!("  - {{name: {name}, securityContext: {{procMount: a}}}}\n");
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n{}{}---\n",
        container("a"),
        container("b")
    );
    let of = |text: &str| {
        let dir = files("starts-all", &[("a.yaml", text)]);
        let (code, report) = json(&dir, &["a.yaml"]);
        let file = &report["files"][0];
        let more = file["findings"].as_array().unwrap().iter();
        let lines = more.filter(|finding| finding["rule"] == "refused-too");
        let lines = lines.map(|finding| finding["line"].clone());
        let all: Vec<Value> = [file["error"]["line"].clone()].into_iter().chain(lines).collect();
        (code, Value::Array(all))
    };
    assert_eq!(of(&compose), (2, serde_json::json!([4, 7, 10])));
    assert_eq!(of(&format!("{pod}{pod}")), (2, serde_json::json!([6, 7, 14, 15])));
    // Of one service, also what only the schema says.
    let one = "services:\n  a:\n    image: x\n    user: 1000\n    cap_ad: [A]\n    healthcheck:\n      \
        retris: 3\n      test: true\n    ports: [80, {foo: 1}]\n";
    assert_eq!(of(one), (2, serde_json::json!([4, 5, 7, 8, 9])));
    // The keys that a pod does not have, beside a value that is refused.
    let misspelt = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostUser: false\n  \
        containers:\n  - name: a\n    securityContext:\n      runAsUser: x\n      priviledged: true\n";
    assert_eq!(of(misspelt), (2, serde_json::json!([5, 9, 10])));
    // What containers have in common is wrong once.
    let volume = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  volumes:\n  - {name: v, \
        hostPath: {path: /a/../b}}\n  containers:\n  - {name: a}\n  - {name: b}\n";
    assert_eq!(of(volume), (2, serde_json::json!([6])));
    // So does `--fix`.
    let dir = files("starts-all", &[("a.yaml", &compose)]);
    let (code, out, _) = lint(&dir, &["--fix", "a.yaml"]);
    let told: Vec<_> = out.lines().filter_map(|line| line.split(':').nth(1)).collect();
    assert_eq!((code, told), (2, vec!["4", "7", "10"]), "{out}");
}

/// All that keeps a container from starting is told, in the words of what is expected and what is
/// there.
#[test]
fn a_container_is_told_all_that_is_wrong_with_it() {
    let text = "services:\n  a:\n    image: x\n    command: [unshare, true]\n    restart: 5\n    \
        cpu_shares: -1\n";
    let dir = files("starts-told", &[("compose.yml", text)]);
    let (code, report) = json(&dir, &["compose.yml"]);
    let findings = report["files"][0]["containers"][0]["findings"].as_array().unwrap().clone();
    let told = findings.iter().filter(|finding| finding["rule"] == "container-may-not-start");
    let mut told: Vec<_> = told
        .map(|found| (found["line"].as_u64().unwrap(), found["title"].as_str().unwrap()))
        .collect();
    told.sort_unstable();
    assert_eq!(code, 1, "{report}");
    let command = "an entry of `command` is a boolean, not a string; put it in quotes";
    let restart = "`restart`: \"5\" is nothing that it can be";
    assert_eq!(
        told,
        [(4, command), (5, restart), (6, "`cpu_shares`: \"-1\" is out of range")],
        "{told:?}"
    );
}

/// What is wrong with a container that nobody asks about is no error: the exit code is of others.
#[test]
fn an_error_shows_in_the_exit_code() {
    let service = "services:\n  a:\n    image: x\n    privilege: true\n";
    let asks = "    command: unshare -Ur true\n";
    let invalid = "  b:\n    image: x\n    user: 1000\n";
    let open = "    security_opt: [seccomp=unconfined]\n";
    let of = |text: &str| {
        let dir = files("starts-error", &[("compose.yml", text)]);
        let (code, report) = json(&dir, &["compose.yml"]);
        let findings = report["files"][0]["containers"][0]["findings"].as_array().unwrap().clone();
        let key = findings.into_iter().find(|finding| finding["rule"] == "misspelt-key").unwrap();
        (code, key["severity"].clone())
    };
    assert_eq!(of(service), (0, "warning".into()));
    assert_eq!(of(&format!("{service}{asks}")), (1, "error".into()));
    // Compose refuses the whole file for it, and so for a value of the wrong kind.
    let other = format!("  b:\n    image: x\n{asks}{open}");
    assert_eq!(of(&format!("{service}{other}")), (1, "warning".into()));
    for (key, code) in [("tty: 1", 1), ("tty: true", 0)] {
        let text = format!("services:\n  a:\n    image: x\n    {key}\n{other}");
        let dir = files("starts-other", &[("compose.yml", &text)]);
        assert_eq!(lint(&dir, &["compose.yml"]).0, code, "{key}");
    }
    // What is refused as a whole passes nowhere.
    let text = format!("services:\n  a:\n    image: x\n{asks}{open}{invalid}");
    let dir = files("starts-would", &[("compose.yml", &text)]);
    let said = lint(&dir, &["compose.yml"]).1;
    assert!(said.contains("it would pass") && !said.contains("passes"), "{said}");
}
