#!/usr/bin/env python3
"""Makes a node of this root: asks isodoc about it and has containerd start a pod with `hostUsers: false`; then does what isodoc
printed, and both again.

usage: node.py DIR IMAGE.tar ISODOC

Standard input: {"prepare": LINES, "limit": NUMBER or null}; standard output: [{"said": RAN, "elsewhere": RAN, "explained": RAN or null,
"came": {...}}], where RAN is {"code", "stdout", "stderr"}. With a limit, `user.max_user_namespaces` is that in a user namespace of
containerd's own, and isodoc is asked from a capture in which it reads the same: on the machine itself it is not touched.
"""
import ctypes, json, os, subprocess, sys

DIR, IMAGE, ISODOC = sys.argv[1:]
LIMIT = "/proc/sys/user/max_user_namespaces"
VIEW = os.path.join(DIR, "limit")
PATH = f"{DIR}/stubs:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ABOUT = ["check", "--require", "kubernetes-userns", "--format", "json"]
POD = """apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  hostUsers: false
  containers:
  - name: p
    image: isodoc-lab:1
    command: [sh, -c, "cat /proc/self/uid_map && touch /volume/file"]
    volumeMounts: [{name: v, mountPath: /volume}]
  volumes: [{name: v, emptyDir: {}}]
"""
# What fetches and what restarts: the engines of this root stand in for what is on the net.
STUBS = {
    "systemctl": "#!/bin/sh\n",
    "curl": f"""#!/bin/sh
for last; do :; done
case $last in
*/containerd-*.tar.gz) tar -cz -C {DIR}/new bin ;;
*) cp {DIR}/new/bin/runc "${{last##*/}}" ;;
esac
"""}


def shell(lines):
    return subprocess.run(["sh", "-ec", "\n".join(lines)], cwd=DIR, capture_output=True, text=True)


def told(ran):
    return {"code": ran.returncode, "stdout": ran.stdout, "stderr": ran.stderr}


def isodoc(*words, said=None):
    return told(subprocess.run([ISODOC, *words], input=said, capture_output=True, text=True))


def nested(limit, lines):
    """Runs lines in a user namespace with this limit, and with the directories of a node in memory. Every id but the last few is
    mapped, so that runc knows where it is and leaves devices alone."""
    kernel = ctypes.CDLL(None, use_errno=True)
    (made, tell), (wait, go) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        if kernel.unshare(0x10000000 | 0x20000):
            os._exit(99)
        os.write(tell, b"x")
        os.read(wait, 1)
        with open(LIMIT, "w", encoding="ascii") as file:
            file.write(str(limit))
        memory = [f"mount -t tmpfs tmpfs {at}" for at in ("/run", "/var/lib/containerd", "/var/lib/kubelet")]
        ran = shell(memory + lines + [f"cat {LIMIT} > {VIEW}"])
        sys.stderr.write(ran.stderr)
        came = pod()
        with open(f"{DIR}/came", "w", encoding="utf-8") as file:
            json.dump(came, file)
        os._exit(ran.returncode)
    os.read(made, 1)
    for kind in ("uid", "gid"):
        with open(f"/proc/{child}/{kind}_map", "w", encoding="ascii") as file:
            file.write("0 0 4000000000\n")
    os.write(go, b"x")
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        sys.exit(f"in the user namespace: exit {code}")
    with open(f"{DIR}/came", encoding="utf-8") as file:
        return json.load(file)


def pod():
    """What became of a pod."""
    with open(f"{DIR}/pod.yaml", "w", encoding="utf-8") as file:
        file.write(POD)
    data = f"{DIR}/data/{os.urandom(4).hex()}"
    os.mkdir(data)
    groups = json.dumps([[{"file": f"{DIR}/pod.yaml", "names": ["p"]}]])
    ran = subprocess.run([sys.executable, f"{DIR}/cri.py", data, IMAGE, "node"], input=groups, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(ran.stderr)
    return json.loads(ran.stdout)[0][0]["p"]


def look(limit, lines):
    """The pod and isodoc's words, where these lines were given before."""
    came = None
    if limit is None:
        ran = shell(lines)
        if ran.returncode:
            sys.exit(f"{lines}: {ran.stderr}")
    else:
        came = nested(limit, lines)
    said, capture = isodoc(*ABOUT), isodoc("snapshot", "--no-probe", "-o", f"{DIR}/capture")
    if limit is not None and capture["code"] == 0:
        with open(f"{DIR}/capture", encoding="utf-8") as file, open(VIEW, encoding="ascii") as view:
            seen = json.load(file)
            seen["files"][LIMIT] = {"Ok": view.read()}
        with open(f"{DIR}/capture", "w", encoding="utf-8") as file:
            json.dump(seen, file)
    elsewhere = isodoc(*ABOUT, "--snapshot", f"{DIR}/capture") if capture["code"] == 0 else capture
    if limit is not None:
        said = elsewhere
    came = came or pod()
    why = came.get("NotStarted")
    return {"said": said, "elsewhere": elsewhere, "came": came,
            "explained": why and isodoc("explain", "--error", "-", "--format", "json", said=why)}


def main():
    environment = json.load(sys.stdin)
    limit = environment["limit"]
    os.environ["PATH"] = PATH
    for name in ("stubs", "new/bin", "srv"):
        os.makedirs(f"{DIR}/{name}")
    for name, text in STUBS.items():
        with open(f"{DIR}/stubs/{name}", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(f"{DIR}/stubs/{name}", 0o755)
    ran = shell(["mkdir -p /var/lib/containerd /var/lib/kubelet",
                 f"for name in runc containerd ctr containerd-shim-runc-v2; do cp $(command -v $name) {DIR}/new/bin; done",
                 # What is moved or installed goes with this node.
                 f"mount --bind {DIR}/srv /srv", "mount -t tmpfs -o mode=755 tmpfs /usr/local", "mkdir /usr/local/bin /usr/local/sbin",
                 *(f"mount -t tmpfs -o mode=755 tmpfs {at}" for at in ("/var/lib/containerd", "/var/lib/kubelet")),
                 *environment["prepare"]])
    if ran.returncode:
        sys.exit(ran.stderr)
    answers = [look(limit, [])]
    report = json.loads(answers[0]["said"]["stdout"] or "{}")
    remedies = [one["remedies"] for one in report.get("mechanisms", []) if one["id"] == "kubernetes-userns"]
    if remedies and remedies[0]:
        lines = [line.replace("sudo ", "") for line in remedies[0][0]["commands"]]
        answers.append(look(limit, lines))
    json.dump(answers, sys.stdout)


main()
