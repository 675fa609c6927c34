#!/usr/bin/env python3
"""Starts the pods of manifests through containerd's CRI, in the shape that the kubelet gives them, and tells what
came of each container.

usage: cri.py DIR IMAGE.tar [node]

Standard input: groups of files, [[{"file": PATH, "names": [NAME]}]]; standard output: for each file {NAME: {"Ended": ...}
or {"NotStarted": WHY}}. DIR takes everything of containerd's, logs and volumes; with `node` images and volumes are where a node has
them, and the kubelet looks up its range of ids.

From Kubernetes: pkg/kubelet/kuberuntime (kuberuntime_sandbox_linux.go, security_context.go), pkg/securitycontext,
pkg/kubelet/userns; what the API server refuses, pkg/apis/core/validation.
"""
import hashlib, importlib, io, json, os, pwd, shutil, subprocess, sys, tarfile, tempfile, time
import grpc, yaml

DIR, ROOT_FILES = sys.argv[1:3]
NODE = sys.argv[3:] == ["node"]
ROOT, STATE = ("/var/lib/containerd", "/run/containerd") if NODE else (DIR + "/root", DIR + "/state")
SOCKET, IMAGE = DIR + "/socket", "docker.io/library/isodoc-lab:1"
PROTO = "/usr/share/gocode/src/k8s.io/cri-api/pkg/apis/runtime/v1/api.proto"
PATIENCE = 60
# pkg/securitycontext/util_linux.go
MASKED = ["/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
          "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
          "/sys/devices/virtual/powercap"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
IDS, PODS = 65536, 110


# A network that is none: an interface of this name is said to be there.
NETWORK = """#!/bin/sh
case $CNI_COMMAND in
VERSION) echo '{"cniVersion": "1.0.0", "supportedVersions": ["0.3.1", "0.4.0", "1.0.0"]}' ;;
ADD) echo '{"cniVersion": "1.0.0", "interfaces": [{"name": "eth0", "sandbox": "'$CNI_NETNS'"}],
    "ips": [{"address": "10.0.0.2/24", "interface": 0}]}' ;;
esac
"""
# Root here may lack CAP_SYS_RESOURCE, which a lower score than one's own takes.
CONFIG = f"""version = 3
root = "{ROOT}"
state = "{STATE}"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri"]
[grpc]
address = "{SOCKET}"
[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "isodoc-lab:1"
[plugins."io.containerd.cri.v1.runtime"]
restrict_oom_score_adj = true
[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["{DIR}/plugins"]
conf_dir = "{DIR}/cni"
"""

# The same for containerd 1, whose settings of CRI are one plugin.
CONFIG_1 = f"""version = 2
root = "{ROOT}"
state = "{STATE}"
[grpc]
address = "{SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{IMAGE}"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{DIR}/plugins"
conf_dir = "{DIR}/cni"
"""


def write(name, text, mode=0o644):
    path = os.path.join(DIR, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def archive():
    """The image as `docker save` writes one: a layer, and what to start in it where nobody says."""
    with open(ROOT_FILES, "rb") as files:
        layer = hashlib.file_digest(files, "sha256").hexdigest()
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    config = json.dumps({
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine), "os": "linux",
        "config": {"Env": [path], "Cmd": ["sleep", "infinity"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + layer]}})
    name = hashlib.sha256(config.encode()).hexdigest() + ".json"
    manifest = json.dumps([{"Config": name, "RepoTags": ["isodoc-lab:1"], "Layers": ["layer.tar"]}])
    out = os.path.join(DIR, "image.tar")
    with tarfile.open(out, "w") as tar:
        tar.add(ROOT_FILES, "layer.tar")
        for name, text in ((name, config), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return out


def containerd():
    """Starts containerd and gives it the image."""
    for name in ("lab", "loopback"):
        write("plugins/" + name, NETWORK, 0o755)
    write("cni/lab.conflist", json.dumps({"cniVersion": "1.0.0", "name": "lab", "plugins": [{"type": "lab"}]}))
    log = open(write("containerd.log", ""), "w", encoding="utf-8")
    version = subprocess.run(["containerd", "--version"], check=True, capture_output=True, text=True).stdout.split()[2]
    config = write("config.toml", CONFIG_1 if version.lstrip("v").startswith("1.") else CONFIG)
    daemon = subprocess.Popen(["containerd", "--config", config], stdout=log, stderr=log)
    end = time.monotonic() + PATIENCE
    while not os.path.exists(SOCKET):
        if daemon.poll() is not None or time.monotonic() > end:
            with open(log.name, encoding="utf-8") as text:
                sys.exit("containerd does not start: " + (text.readlines() or [""])[-1])
        time.sleep(0.05)
    subprocess.run(["ctr", "-a", SOCKET, "-n", "k8s.io", "images", "import", archive()], check=True, stdout=subprocess.DEVNULL)
    return daemon


def generated():
    """The messages and services, made from the interface's own description."""
    out = tempfile.mkdtemp(dir=DIR)
    # An option that Debian's protoc does not know yet; it says what not to log.
    with open(PROTO, encoding="utf-8") as text, open(os.path.join(out, "api.proto"), "w", encoding="utf-8") as known:
        known.write(text.read().replace("[debug_redact = true]", ""))
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", "-I", out, "--python_out", out, "--grpc_python_out", out,
                    os.path.join(out, "api.proto")], check=True)
    sys.path.insert(0, out)
    return importlib.import_module("api_pb2"), importlib.import_module("api_pb2_grpc")


class Refused(Exception):
    """The API server or the kubelet does not start it."""


def profile(field, profiles):
    """A profile as CRI has it; without one, a container is unconfined (kubelet without seccompDefault)."""
    kind = (field or {}).get("type", "Unconfined")
    if kind == "Localhost":
        return api.SecurityProfile(profile_type="Localhost", localhost_ref=os.path.join(profiles, field["localhostProfile"]))
    return api.SecurityProfile(profile_type=kind)


def kubelet_range():
    """The first id of the pods, and how many there are (`getKubeletMappings`, `MakeUserNsManager`)."""
    try:
        pwd.getpwnam("kubelet")
    except KeyError:
        return IDS, (1 << 32) - IDS
    asked = [subprocess.run([shutil.which("getsubids"), *of, "kubelet"], capture_output=True, text=True) for of in ([], ["-g"])]
    if any(one.returncode for one in asked):
        raise Refused('kubelet mappings: error retrieving additional ids for user "kubelet"')
    uids, gids = (one.stdout for one in asked)
    if uids != gids:
        raise Refused('kubelet mappings: mismatched subuids and subgids for user "kubelet"')
    if len(uids.splitlines()) != 1:
        raise Refused(f"kubelet mappings: error parsing line {uids!r}: it must contain only one line")
    first, count = map(int, uids.split()[2:])
    if first % IDS or first < IDS:
        raise Refused(f"kubelet user assigned ID {first} is not a multiple of {IDS}")
    if count % IDS or count // IDS < PODS:
        raise Refused(f"kubelet user assigned IDs are not enough to support {PODS} pods")
    return first, count


def namespaces(spec, number):
    """The namespaces of a pod; with `hostUsers: false` its ids are a range of its own."""
    node = api.NamespaceMode.Value("NODE")
    users = None
    if spec.get("hostUsers") is False:
        first = kubelet_range()[0] if NODE else IDS * 2
        ids = [api.IDMapping(host_id=first + IDS * number, container_id=0, length=IDS)]
        users = api.UserNamespace(mode="POD", uids=ids, gids=ids)
    pid = "NODE" if spec.get("hostPID") else "POD" if spec.get("shareProcessNamespace") else "CONTAINER"
    return api.NamespaceOption(
        network=node if spec.get("hostNetwork") else api.NamespaceMode.Value("POD"), pid=pid,
        ipc=node if spec.get("hostIPC") else api.NamespaceMode.Value("POD"), userns_options=users)


def security(spec, own, number, profiles):
    """The security context of a container: its own settings over the pod's."""
    merged = {**spec.get("securityContext", {}), **own}
    user, group = merged.get("runAsUser"), merged.get("runAsGroup")
    if merged.get("runAsNonRoot") and not user:
        raise Refused("container has runAsNonRoot and image will run as root")
    unmasked = own.get("procMount") == "Unmasked"
    if unmasked and spec.get("hostUsers") is not False:
        raise Refused("hostUsers must be false to use procMount: Unmasked")
    capabilities = own.get("capabilities", {})
    bare = unmasked or own.get("privileged")
    return api.LinuxContainerSecurityContext(
        capabilities=api.Capability(add_capabilities=capabilities.get("add", []), drop_capabilities=capabilities.get("drop", [])),
        privileged=bool(own.get("privileged")), namespace_options=namespaces(spec, number),
        run_as_user=None if user is None else api.Int64Value(value=user),
        run_as_group=None if group is None else api.Int64Value(value=group),
        readonly_rootfs=bool(own.get("readOnlyRootFilesystem")), no_new_privs=own.get("allowPrivilegeEscalation") is False,
        masked_paths=[] if bare else MASKED, readonly_paths=[] if bare else READ_ONLY,
        seccomp=profile(None if own.get("privileged") else merged.get("seccompProfile"), profiles))


def volume(spec, name, pod):
    found = next(volume for volume in spec["volumes"] if volume["name"] == name)
    if "hostPath" in found:
        return found["hostPath"]["path"]
    path = os.path.join("/var/lib/kubelet/pods" if NODE else DIR, pod, name)
    os.makedirs(path, exist_ok=NODE)
    os.chmod(path, 0o777)
    return path


class Pod:
    """A pod with one container, from its sandbox to what its container wrote."""

    def __init__(self, runtime, document, number, profiles):
        self.runtime, self.number, self.profiles = runtime, number, profiles
        self.name = document["metadata"]["name"]
        self.spec = document["spec"].get("template", document)["spec"]
        self.logs = os.path.join(DIR, self.name, "logs")
        os.makedirs(self.logs)
        self.sandbox = None

    def start(self):
        container = self.spec["containers"][0]
        own = container.get("securityContext", {})
        context = security(self.spec, own, self.number, self.profiles)
        config = api.PodSandboxConfig(
            metadata=api.PodSandboxMetadata(name=self.name, uid=self.name, namespace="default"), log_directory=self.logs,
            hostname=self.name,
            linux=api.LinuxPodSandboxConfig(security_context=api.LinuxSandboxSecurityContext(
                namespace_options=namespaces(self.spec, self.number), privileged=context.privileged,
                # A pause container has the default profile, whatever the others have.
                seccomp=api.SecurityProfile(profile_type="RuntimeDefault"))))
        self.sandbox = self.runtime.RunPodSandbox(api.RunPodSandboxRequest(config=config), timeout=PATIENCE).pod_sandbox_id
        mounts = [api.Mount(container_path=mount["mountPath"], host_path=volume(self.spec, mount["name"], self.name),
                            readonly=bool(mount.get("readOnly"))) for mount in container.get("volumeMounts", [])]
        users = context.namespace_options.userns_options
        for mount in mounts:
            mount.uidMappings.extend(users.uids)
            mount.gidMappings.extend(users.gids)
        wanted = api.ContainerConfig(
            metadata=api.ContainerMetadata(name=container["name"]), image=api.ImageSpec(image=IMAGE),
            command=container["command"], args=container.get("args", []), mounts=mounts, log_path="log",
            linux=api.LinuxContainerConfig(security_context=context))
        self.container = self.runtime.CreateContainer(api.CreateContainerRequest(
            pod_sandbox_id=self.sandbox, config=wanted, sandbox_config=config), timeout=PATIENCE).container_id
        self.runtime.StartContainer(api.StartContainerRequest(container_id=self.container), timeout=PATIENCE)

    def outcome(self):
        try:
            self.start()
        except Refused as why:
            return {"NotStarted": str(why)}
        except grpc.RpcError as error:
            return {"NotStarted": error.details()}
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            status = self.runtime.ContainerStatus(api.ContainerStatusRequest(container_id=self.container), timeout=PATIENCE).status
            if status.state == api.ContainerState.Value("CONTAINER_EXITED"):
                return {"Ended": {"code": status.exit_code, "stdout": self.wrote("stdout"), "stderr": self.wrote("stderr")}}
            time.sleep(0.02)
        return {"NotStarted": "it does not end"}

    def wrote(self, stream):
        """What it wrote: each line of the log has a time, the stream, and F, or P where the line goes on."""
        text = ""
        with open(os.path.join(self.logs, "log"), encoding="utf-8", errors="replace") as log:
            for line in log:
                _, of, tag, rest = line.split(" ", 3)
                if of == stream:
                    text += rest if tag == "F" else rest.rstrip("\n")
        return text

    def remove(self):
        if self.sandbox:
            self.runtime.StopPodSandbox(api.StopPodSandboxRequest(pod_sandbox_id=self.sandbox), timeout=PATIENCE)
            self.runtime.RemovePodSandbox(api.RemovePodSandboxRequest(pod_sandbox_id=self.sandbox), timeout=PATIENCE)


def main():
    daemon = containerd()
    runtime = services.RuntimeServiceStub(grpc.insecure_channel("unix://" + SOCKET))
    number, answers = 0, []
    for group in json.load(sys.stdin):
        answers.append([])
        for deploy in group:
            came = {}
            with open(deploy["file"], encoding="utf-8") as text:
                documents = list(yaml.safe_load_all(text))
            for document in documents:
                if not document or document["metadata"]["name"] not in deploy["names"]:
                    continue
                number += 1
                # Files of one name are started one after the other.
                document["metadata"]["name"], name = f"{document['metadata']['name']}-{number}", document["metadata"]["name"]
                pod = Pod(runtime, document, number, os.path.dirname(deploy["file"]))
                came[name] = pod.outcome()
                pod.remove()
            answers[-1].append(came)
    daemon.terminate()
    daemon.wait()
    json.dump(answers, sys.stdout)


api, services = generated()
main()
