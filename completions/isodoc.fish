# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_isodoc_global_optspecs
    string join \n color= h/help V/version
end

function __fish_isodoc_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_isodoc_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_isodoc_using_subcommand
    set -l cmd (__fish_isodoc_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c isodoc -n "__fish_isodoc_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_needs_command" -s V -l version -d 'Print version'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "check" -d 'Check whether isolation works here, and if not, why and what helps'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "lint" -d 'Check whether isolation will work in the containers of compose files, manifests or scripts'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "diff" -d 'Show what changed between two snapshots or reports, and which fact decided it'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "fleet" -d 'Count the answers of many hosts, and say which change makes it work on most of the others'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "explain" -d 'Explain an id that isodoc printed, or find the causes that fit an error message'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "rules" -d 'List every id that isodoc prints: rules, findings, remedies, steps, mechanisms'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "matrix" -d 'Show the platforms on which Windmill documents isolation, and which one this is'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "snapshot" -d 'Capture what `check` looks at, to diagnose this machine on another one'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "profile" -d 'Write the seccomp profile under which a sandbox works in a container: the container engine\'s own, with what the sandbox needs and nothing else'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "completions" -d 'Print shell completions'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "man" -d 'Print the manual page'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "schema" -d 'Print the JSON Schema of a report, or of isodoc.toml'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l root -d 'Read everything from the directory tree DIR instead of this machine. Files missing from DIR count as unknown, not as absent (see --complete)' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l snapshot -d 'Read everything from a file that `isodoc snapshot` wrote' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l assume -d 'With --complete, for a system that is not running: the host whose kernel and settings count besides its files [default: what its /etc/os-release and its own kernel say]' -r -f -a "plain-linux\t''
debian-12\t''
debian-13\t''
ubuntu-24.04\t''
rhel-9\t''
amazon-linux-2023\t''
bottlerocket\t''
talos\t''
gke-cos\t''
docker-desktop\t''
fargate\t''"
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l format -d 'The output format' -r -f -a "human\t'One screen of text'
json\t'JSON, version 1; see `isodoc schema`'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for the test reports of CI services'
github\t'Annotations in a GitHub Actions job'
gitlab\t'GitLab code quality report'
markdown\t'Markdown, for a comment on a pull request'
html\t'One self-contained page for a browser'
prometheus\t'Metrics, for the Prometheus textfile collector'
nfd\t'Node labels, for node-feature-discovery'
npd\t'A line of 80 bytes, for node-problem-detector'
ndjson\t'The same JSON on one line, for `isodoc fleet` and databases'"
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l report -d 'Write the report in FORMAT to FILE as well (repeatable)' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -s o -l output -d 'Write the report to FILE instead of standard output' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l min-severity -d 'Leave out findings that are less severe than this; verdict and exit code do not change' -r -f -a "error\t'Something is unsafe or broken'
warning\t'Something is not as it should be'
note\t'Good to know'"
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l baseline -d 'Fail only on what became worse since the report in FILE, which `--format json` wrote' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l config -d 'Read what the project asks for and accepts from FILE [default: the nearest isodoc.toml above the current directory, within its repository]' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l for -d 'Diagnose this mechanism, whether its program is installed or not; the name of the program does as well: bwrap for bubblewrap (repeatable)' -r -f -a "unshare\t''
nsjail\t''
userns-remap\t''
bubblewrap\t''
chromium\t''
podman-rootless\t''
rootlesskit\t''
kubernetes-userns\t''
codex\t''
claude-code\t''
flatpak\t''
nix\t''
gvisor\t''
charliecloud\t''
landlock\t''
seccomp\t''
seccomp-notify\t''
kvm\t''
fuse\t''
tun\t''
userns\t''
pid-namespace\t''
mount-namespace\t''
net-namespace\t''
uts-namespace\t''
ipc-namespace\t''
cgroup-namespace\t''
mount-proc\t''"
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l flags -d 'The flags to check, separated by spaces: of unshare(1), or of the program of --for; with several, ID=FLAGS (repeatable) [default: $UNSHARE_ISOLATION_FLAGS, else --user --map-root-user --pid --fork --mount-proc]' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l require -d 'Fail unless this mechanism (or program) or capability works (repeatable) [default: those of --for, else unshare]' -r -f -a "unshare\t''
nsjail\t''
userns-remap\t''
bubblewrap\t''
chromium\t''
podman-rootless\t''
rootlesskit\t''
kubernetes-userns\t''
codex\t''
claude-code\t''
flatpak\t''
nix\t''
gvisor\t''
charliecloud\t''
landlock\t''
seccomp\t''
seccomp-notify\t''
kvm\t''
fuse\t''
tun\t''
userns\t''
pid-namespace\t''
mount-namespace\t''
net-namespace\t''
uts-namespace\t''
ipc-namespace\t''
cgroup-namespace\t''
mount-proc\t''"
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l timeout -d 'Timeout of each attempt, in seconds' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l complete -d 'With --root: DIR is a complete system, so files missing from it are absent'
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -s q -l quiet -d 'Print no report: the exit code is the answer'
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l print-config -d 'Print what isodoc.toml says, and stop'
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l share -d 'Print one screen to paste into a support thread: names, paths and ids of this machine are left out'
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l all -d 'Also try every other mechanism whose program is installed; without it these are predicted'
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l no-probe -d 'Do not ask the kernel; predict from its settings alone'
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l trust-path -d 'As root, run the real program where it has to be asked, even if others can write to it'
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -s v -l verbose -d 'Add all evidence, every remedy with its undo, and the causes that were ruled out'
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -s f -l file -d 'Compose files merged in order into one project, as with `docker compose -f A -f B`' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l image -d 'Treat containers whose image matches GLOB as asking for MECHANISM, e.g. \'*/worker:*=unshare\' (repeatable)' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l for -d 'Judge every container by this mechanism, whatever it asks for (repeatable)' -r -f -a "unshare\t''
nsjail\t''
bubblewrap\t''
chromium\t''
podman-rootless\t''
rootlesskit\t''
codex\t''
claude-code\t''
flatpak\t''
nix\t''
gvisor\t''
charliecloud\t''
landlock\t''
seccomp\t''
seccomp-notify\t''
kvm\t''
fuse\t''
tun\t''"
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l flags -d 'The flags to check, those of --for or of unshare(1), instead of each container\'s own' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l assume -d 'Assume this host instead of this machine, this pod runtime, or this setting of the Docker daemon (repeatable); see --list-assumptions' -r -f -a "plain-linux\t''
debian-12\t''
debian-13\t''
ubuntu-24.04\t''
rhel-9\t''
amazon-linux-2023\t''
bottlerocket\t''
talos\t''
gke-cos\t''
docker-desktop\t''
fargate\t''
containerd\t''
cri-o\t''
openshift-4\t''
userns-remap\t''"
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l snapshot -d 'Assume the host that `isodoc snapshot` captured in FILE' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l format -d 'The output format of the report; --fix has none' -r -f -a "human\t'One screen of text'
json\t'JSON, version 1; see `isodoc schema`'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for the test reports of CI services'
github\t'Annotations in a GitHub Actions job'
gitlab\t'GitLab code quality report'
markdown\t'Markdown, for a comment on a pull request'
html\t'One self-contained page for a browser'"
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l report -d 'Write the report in FORMAT to FILE as well (repeatable)' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -s o -l output -d 'Write the report to FILE instead of standard output' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l min-severity -d 'Leave out findings that are less severe than this; verdict and exit code do not change' -r -f -a "error\t'Something is unsafe or broken'
warning\t'Something is not as it should be'
note\t'Good to know'"
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l baseline -d 'Fail only on what became worse since the report in FILE, which `--format json` wrote' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l config -d 'Read what the project asks for and accepts from FILE [default: the nearest isodoc.toml above the current directory, within its repository]' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l all -d 'Check every container, not only those whose variables or command ask for isolation'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l skip-unread -d 'Silently skip files of kinds that isodoc does not read and files without a container: for hooks that are given every changed file'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l fail-on-none -d 'Exit with 3 if no container asks for isolation, so that none was checked'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l list-assumptions -d 'List what can be assumed: what each name stands for, and the source of that'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l allow-outside -d 'Also read files outside the project that others name (env_file, include, extends, profiles). The project is the nearest directory above the file with a .git, else the file\'s own'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l no-env -d 'Take the values of variables from .env files alone, not from the environment'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l fix -d 'Edit each file with the least privileged settings that make its containers pass'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l diff -d 'With --fix: write nothing, print the edit as a unified diff'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -s q -l quiet -d 'Print no report: the exit code is the answer'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l print-config -d 'Print what isodoc.toml says, and stop'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand diff" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand diff" -l for -d 'For snapshots: ask about this mechanism [default: unshare]' -r -f -a "unshare\t''
nsjail\t''
userns-remap\t''
bubblewrap\t''
chromium\t''
podman-rootless\t''
rootlesskit\t''
kubernetes-userns\t''
codex\t''
claude-code\t''
flatpak\t''
nix\t''
gvisor\t''
charliecloud\t''
landlock\t''
seccomp\t''
seccomp-notify\t''
kvm\t''
fuse\t''
tun\t''"
complete -c isodoc -n "__fish_isodoc_using_subcommand diff" -l flags -d 'For snapshots: ask with these flags' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand diff" -l format -d 'The output format' -r -f -a "human\t'One screen of text'
json\t'JSON, version 1; see `isodoc schema`'"
complete -c isodoc -n "__fish_isodoc_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand fleet" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand fleet" -l for -d 'Ask about this mechanism: judge a snapshot as `check --for` does, and look up what a report says about it (repeatable)' -r -f -a "unshare\t''
nsjail\t''
userns-remap\t''
bubblewrap\t''
chromium\t''
podman-rootless\t''
rootlesskit\t''
kubernetes-userns\t''
codex\t''
claude-code\t''
flatpak\t''
nix\t''
gvisor\t''
charliecloud\t''
landlock\t''
seccomp\t''
seccomp-notify\t''
kvm\t''
fuse\t''
tun\t''
userns\t''
pid-namespace\t''
mount-namespace\t''
net-namespace\t''
uts-namespace\t''
ipc-namespace\t''
cgroup-namespace\t''
mount-proc\t''"
complete -c isodoc -n "__fish_isodoc_using_subcommand fleet" -l flags -d 'Ask with these flags, as for `check`; only reports with the same flags have an answer (repeatable)' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand fleet" -l format -d 'The output format' -r -f -a "human\t'One screen of text'
json\t'JSON, version 1; see `isodoc schema`'
html\t'One self-contained page for a browser'
csv\t'CSV, a line for each answer of each host'"
complete -c isodoc -n "__fish_isodoc_using_subcommand fleet" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand explain" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand explain" -l error -d 'Name the causes that fit an error message: the text itself, or a file that holds it (`-` reads standard input to its end, for which it waits)' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand explain" -l root -d 'Read everything from the directory tree DIR instead of this machine. Files missing from DIR count as unknown, not as absent (see --complete)' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand explain" -l snapshot -d 'Read everything from a file that `isodoc snapshot` wrote' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand explain" -l for -d 'With --here, --root or --snapshot: what printed the message [default: the mechanism whose program the text names, else unshare]' -r -f -a "unshare\t''
nsjail\t''
userns-remap\t''
bubblewrap\t''
chromium\t''
podman-rootless\t''
rootlesskit\t''
kubernetes-userns\t''
codex\t''
claude-code\t''
flatpak\t''
nix\t''
gvisor\t''
charliecloud\t''
landlock\t''
seccomp\t''
seccomp-notify\t''
kvm\t''
fuse\t''
tun\t''"
complete -c isodoc -n "__fish_isodoc_using_subcommand explain" -l flags -d 'With --here, --root or --snapshot: the flags that its program was given, as for `check`' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand explain" -l format -d 'The output format' -r -f -a "human\t'One screen of text'
json\t'JSON, version 1; see `isodoc schema`'"
complete -c isodoc -n "__fish_isodoc_using_subcommand explain" -l here -d 'The message was printed here, to this user: check what its program meets here, and put the cause that is in force first'
complete -c isodoc -n "__fish_isodoc_using_subcommand explain" -l complete -d 'With --root: DIR is a complete system, so files missing from it are absent'
complete -c isodoc -n "__fish_isodoc_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand rules" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand rules" -l format -d 'The output format' -r -f -a "human\t'One screen of text'
json\t'JSON, version 1; see `isodoc schema`'"
complete -c isodoc -n "__fish_isodoc_using_subcommand rules" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand matrix" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand matrix" -l root -d 'Read everything from the directory tree DIR instead of this machine. Files missing from DIR count as unknown, not as absent (see --complete)' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand matrix" -l snapshot -d 'Read everything from a file that `isodoc snapshot` wrote' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand matrix" -l format -d 'The output format' -r -f -a "human\t'One screen of text'
json\t'JSON, version 1; see `isodoc schema`'"
complete -c isodoc -n "__fish_isodoc_using_subcommand matrix" -l complete -d 'With --root: DIR is a complete system, so files missing from it are absent'
complete -c isodoc -n "__fish_isodoc_using_subcommand matrix" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand snapshot" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand snapshot" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand snapshot" -l flags -d 'The flags of unshare(1) to try, as for `check`' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand snapshot" -l format -d 'The output format' -r -f -a "json\t'Indented JSON'
ndjson\t'The same JSON on one line'"
complete -c isodoc -n "__fish_isodoc_using_subcommand snapshot" -l timeout -d 'Timeout of each attempt, in seconds' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand snapshot" -l no-probe -d 'Do not ask the kernel; record its settings alone'
complete -c isodoc -n "__fish_isodoc_using_subcommand snapshot" -l trust-path -d 'As root, run the real program where it has to be asked, even if others can write to it'
complete -c isodoc -n "__fish_isodoc_using_subcommand snapshot" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand profile" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand profile" -l for -d 'What has to work under the profile' -r -f -a "unshare\t''
nsjail\t''
bubblewrap\t''
chromium\t''
podman-rootless\t''
rootlesskit\t''
codex\t''
claude-code\t''
flatpak\t''
nix\t''
gvisor\t''
charliecloud\t''"
complete -c isodoc -n "__fish_isodoc_using_subcommand profile" -l flags -d 'The flags that its program is given, separated by spaces [default: as for `check`]' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand profile" -l base -d 'The profile to start from, which the container has now: `docker`, `containerd`, `podman`, or a file' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand profile" -l apparmor -d 'Instead, write an AppArmor profile that lets this program create user namespaces' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand profile" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand profile" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand man" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand schema" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand help; and not __fish_seen_subcommand_from check lint diff fleet explain rules matrix snapshot profile completions man schema help" -f -a "check" -d 'Check whether isolation works here, and if not, why and what helps'
complete -c isodoc -n "__fish_isodoc_using_subcommand help; and not __fish_seen_subcommand_from check lint diff fleet explain rules matrix snapshot profile completions man schema help" -f -a "lint" -d 'Check whether isolation will work in the containers of compose files, manifests or scripts'
complete -c isodoc -n "__fish_isodoc_using_subcommand help; and not __fish_seen_subcommand_from check lint diff fleet explain rules matrix snapshot profile completions man schema help" -f -a "diff" -d 'Show what changed between two snapshots or reports, and which fact decided it'
complete -c isodoc -n "__fish_isodoc_using_subcommand help; and not __fish_seen_subcommand_from check lint diff fleet explain rules matrix snapshot profile completions man schema help" -f -a "fleet" -d 'Count the answers of many hosts, and say which change makes it work on most of the others'
complete -c isodoc -n "__fish_isodoc_using_subcommand help; and not __fish_seen_subcommand_from check lint diff fleet explain rules matrix snapshot profile completions man schema help" -f -a "explain" -d 'Explain an id that isodoc printed, or find the causes that fit an error message'
complete -c isodoc -n "__fish_isodoc_using_subcommand help; and not __fish_seen_subcommand_from check lint diff fleet explain rules matrix snapshot profile completions man schema help" -f -a "rules" -d 'List every id that isodoc prints: rules, findings, remedies, steps, mechanisms'
complete -c isodoc -n "__fish_isodoc_using_subcommand help; and not __fish_seen_subcommand_from check lint diff fleet explain rules matrix snapshot profile completions man schema help" -f -a "matrix" -d 'Show the platforms on which Windmill documents isolation, and which one this is'
complete -c isodoc -n "__fish_isodoc_using_subcommand help; and not __fish_seen_subcommand_from check lint diff fleet explain rules matrix snapshot profile completions man schema help" -f -a "snapshot" -d 'Capture what `check` looks at, to diagnose this machine on another one'
complete -c isodoc -n "__fish_isodoc_using_subcommand help; and not __fish_seen_subcommand_from check lint diff fleet explain rules matrix snapshot profile completions man schema help" -f -a "profile" -d 'Write the seccomp profile under which a sandbox works in a container: the container engine\'s own, with what the sandbox needs and nothing else'
complete -c isodoc -n "__fish_isodoc_using_subcommand help; and not __fish_seen_subcommand_from check lint diff fleet explain rules matrix snapshot profile completions man schema help" -f -a "completions" -d 'Print shell completions'
complete -c isodoc -n "__fish_isodoc_using_subcommand help; and not __fish_seen_subcommand_from check lint diff fleet explain rules matrix snapshot profile completions man schema help" -f -a "man" -d 'Print the manual page'
complete -c isodoc -n "__fish_isodoc_using_subcommand help; and not __fish_seen_subcommand_from check lint diff fleet explain rules matrix snapshot profile completions man schema help" -f -a "schema" -d 'Print the JSON Schema of a report, or of isodoc.toml'
complete -c isodoc -n "__fish_isodoc_using_subcommand help; and not __fish_seen_subcommand_from check lint diff fleet explain rules matrix snapshot profile completions man schema help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
