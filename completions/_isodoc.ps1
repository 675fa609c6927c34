
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'isodoc' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'isodoc'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'isodoc' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check whether isolation works here, and if not, why and what helps')
            [CompletionResult]::new('lint', 'lint', [CompletionResultType]::ParameterValue, 'Check whether isolation will work in the containers of compose files, manifests or scripts')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what changed between two snapshots or reports, and which fact decided it')
            [CompletionResult]::new('fleet', 'fleet', [CompletionResultType]::ParameterValue, 'Count the answers of many hosts, and say which change makes it work on most of the others')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain an id that isodoc printed, or find the causes that fit an error message')
            [CompletionResult]::new('rules', 'rules', [CompletionResultType]::ParameterValue, 'List every id that isodoc prints: rules, findings, remedies, steps, mechanisms')
            [CompletionResult]::new('matrix', 'matrix', [CompletionResultType]::ParameterValue, 'Show the platforms on which Windmill documents isolation, and which one this is')
            [CompletionResult]::new('snapshot', 'snapshot', [CompletionResultType]::ParameterValue, 'Capture what `check` looks at, to diagnose this machine on another one')
            [CompletionResult]::new('profile', 'profile', [CompletionResultType]::ParameterValue, 'Write the seccomp profile under which a sandbox works in a container: the container engine''s own, with what the sandbox needs and nothing else')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print shell completions')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of a report, or of isodoc.toml')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'isodoc;check' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'Read everything from the directory tree DIR instead of this machine. Files missing from DIR count as unknown, not as absent (see --complete)')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Read everything from a file that `isodoc snapshot` wrote')
            [CompletionResult]::new('--assume', '--assume', [CompletionResultType]::ParameterName, 'With --complete, for a system that is not running: the host whose kernel and settings count besides its files [default: what its /etc/os-release and its own kernel say]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The output format')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write the report in FORMAT to FILE as well (repeatable)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--min-severity', '--min-severity', [CompletionResultType]::ParameterName, 'Leave out findings that are less severe than this; verdict and exit code do not change')
            [CompletionResult]::new('--baseline', '--baseline', [CompletionResultType]::ParameterName, 'Fail only on what became worse since the report in FILE, which `--format json` wrote')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read what the project asks for and accepts from FILE [default: the nearest isodoc.toml above the current directory, within its repository]')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'Diagnose this mechanism, whether its program is installed or not; the name of the program does as well: bwrap for bubblewrap (repeatable)')
            [CompletionResult]::new('--flags', '--flags', [CompletionResultType]::ParameterName, 'The flags to check, separated by spaces: of unshare(1), or of the program of --for; with several, ID=FLAGS (repeatable) [default: $UNSHARE_ISOLATION_FLAGS, else --user --map-root-user --pid --fork --mount-proc]')
            [CompletionResult]::new('--require', '--require', [CompletionResultType]::ParameterName, 'Fail unless this mechanism (or program) or capability works (repeatable) [default: those of --for, else unshare]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Timeout of each attempt, in seconds')
            [CompletionResult]::new('--complete', '--complete', [CompletionResultType]::ParameterName, 'With --root: DIR is a complete system, so files missing from it are absent')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no report: the exit code is the answer')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no report: the exit code is the answer')
            [CompletionResult]::new('--print-config', '--print-config', [CompletionResultType]::ParameterName, 'Print what isodoc.toml says, and stop')
            [CompletionResult]::new('--share', '--share', [CompletionResultType]::ParameterName, 'Print one screen to paste into a support thread: names, paths and ids of this machine are left out')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Also try every other mechanism whose program is installed; without it these are predicted')
            [CompletionResult]::new('--no-probe', '--no-probe', [CompletionResultType]::ParameterName, 'Do not ask the kernel; predict from its settings alone')
            [CompletionResult]::new('--trust-path', '--trust-path', [CompletionResultType]::ParameterName, 'As root, run the real program where it has to be asked, even if others can write to it')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Add all evidence, every remedy with its undo, and the causes that were ruled out')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Add all evidence, every remedy with its undo, and the causes that were ruled out')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'isodoc;lint' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Compose files merged in order into one project, as with `docker compose -f A -f B`')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Compose files merged in order into one project, as with `docker compose -f A -f B`')
            [CompletionResult]::new('--image', '--image', [CompletionResultType]::ParameterName, 'Treat containers whose image matches GLOB as asking for MECHANISM, e.g. ''*/worker:*=unshare'' (repeatable)')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'Judge every container by this mechanism, whatever it asks for (repeatable)')
            [CompletionResult]::new('--flags', '--flags', [CompletionResultType]::ParameterName, 'The flags to check, those of --for or of unshare(1), instead of each container''s own')
            [CompletionResult]::new('--assume', '--assume', [CompletionResultType]::ParameterName, 'Assume this host instead of this machine, this pod runtime, or this setting of the Docker daemon (repeatable); see --list-assumptions')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Assume the host that `isodoc snapshot` captured in FILE')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The output format of the report; --fix has none')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write the report in FORMAT to FILE as well (repeatable)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--min-severity', '--min-severity', [CompletionResultType]::ParameterName, 'Leave out findings that are less severe than this; verdict and exit code do not change')
            [CompletionResult]::new('--baseline', '--baseline', [CompletionResultType]::ParameterName, 'Fail only on what became worse since the report in FILE, which `--format json` wrote')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read what the project asks for and accepts from FILE [default: the nearest isodoc.toml above the current directory, within its repository]')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Check every container, not only those whose variables or command ask for isolation')
            [CompletionResult]::new('--skip-unread', '--skip-unread', [CompletionResultType]::ParameterName, 'Silently skip files of kinds that isodoc does not read and files without a container: for hooks that are given every changed file')
            [CompletionResult]::new('--fail-on-none', '--fail-on-none', [CompletionResultType]::ParameterName, 'Exit with 3 if no container asks for isolation, so that none was checked')
            [CompletionResult]::new('--list-assumptions', '--list-assumptions', [CompletionResultType]::ParameterName, 'List what can be assumed: what each name stands for, and the source of that')
            [CompletionResult]::new('--allow-outside', '--allow-outside', [CompletionResultType]::ParameterName, 'Also read files outside the project that others name (env_file, include, extends, profiles). The project is the nearest directory above the file with a .git, else the file''s own')
            [CompletionResult]::new('--no-env', '--no-env', [CompletionResultType]::ParameterName, 'Take the values of variables from .env files alone, not from the environment')
            [CompletionResult]::new('--fix', '--fix', [CompletionResultType]::ParameterName, 'Edit each file with the least privileged settings that make its containers pass')
            [CompletionResult]::new('--diff', '--diff', [CompletionResultType]::ParameterName, 'With --fix: write nothing, print the edit as a unified diff')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no report: the exit code is the answer')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no report: the exit code is the answer')
            [CompletionResult]::new('--print-config', '--print-config', [CompletionResultType]::ParameterName, 'Print what isodoc.toml says, and stop')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'isodoc;diff' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'For snapshots: ask about this mechanism [default: unshare]')
            [CompletionResult]::new('--flags', '--flags', [CompletionResultType]::ParameterName, 'For snapshots: ask with these flags')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The output format')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'isodoc;fleet' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'Ask about this mechanism: judge a snapshot as `check --for` does, and look up what a report says about it (repeatable)')
            [CompletionResult]::new('--flags', '--flags', [CompletionResultType]::ParameterName, 'Ask with these flags, as for `check`; only reports with the same flags have an answer (repeatable)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The output format')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'isodoc;explain' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--error', '--error', [CompletionResultType]::ParameterName, 'Name the causes that fit an error message: the text itself, or a file that holds it (`-` reads standard input to its end, for which it waits)')
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'Read everything from the directory tree DIR instead of this machine. Files missing from DIR count as unknown, not as absent (see --complete)')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Read everything from a file that `isodoc snapshot` wrote')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'With --here, --root or --snapshot: what printed the message [default: the mechanism whose program the text names, else unshare]')
            [CompletionResult]::new('--flags', '--flags', [CompletionResultType]::ParameterName, 'With --here, --root or --snapshot: the flags that its program was given, as for `check`')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The output format')
            [CompletionResult]::new('--here', '--here', [CompletionResultType]::ParameterName, 'The message was printed here, to this user: check what its program meets here, and put the cause that is in force first')
            [CompletionResult]::new('--complete', '--complete', [CompletionResultType]::ParameterName, 'With --root: DIR is a complete system, so files missing from it are absent')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'isodoc;rules' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The output format')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'isodoc;matrix' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'Read everything from the directory tree DIR instead of this machine. Files missing from DIR count as unknown, not as absent (see --complete)')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Read everything from a file that `isodoc snapshot` wrote')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The output format')
            [CompletionResult]::new('--complete', '--complete', [CompletionResultType]::ParameterName, 'With --root: DIR is a complete system, so files missing from it are absent')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'isodoc;snapshot' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to FILE instead of standard output')
            [CompletionResult]::new('--flags', '--flags', [CompletionResultType]::ParameterName, 'The flags of unshare(1) to try, as for `check`')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The output format')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Timeout of each attempt, in seconds')
            [CompletionResult]::new('--no-probe', '--no-probe', [CompletionResultType]::ParameterName, 'Do not ask the kernel; record its settings alone')
            [CompletionResult]::new('--trust-path', '--trust-path', [CompletionResultType]::ParameterName, 'As root, run the real program where it has to be asked, even if others can write to it')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'isodoc;profile' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'What has to work under the profile')
            [CompletionResult]::new('--flags', '--flags', [CompletionResultType]::ParameterName, 'The flags that its program is given, separated by spaces [default: as for `check`]')
            [CompletionResult]::new('--base', '--base', [CompletionResultType]::ParameterName, 'The profile to start from, which the container has now: `docker`, `containerd`, `podman`, or a file')
            [CompletionResult]::new('--apparmor', '--apparmor', [CompletionResultType]::ParameterName, 'Instead, write an AppArmor profile that lets this program create user namespaces')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to FILE instead of standard output')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'isodoc;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'isodoc;man' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'isodoc;schema' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'isodoc;help' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check whether isolation works here, and if not, why and what helps')
            [CompletionResult]::new('lint', 'lint', [CompletionResultType]::ParameterValue, 'Check whether isolation will work in the containers of compose files, manifests or scripts')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what changed between two snapshots or reports, and which fact decided it')
            [CompletionResult]::new('fleet', 'fleet', [CompletionResultType]::ParameterValue, 'Count the answers of many hosts, and say which change makes it work on most of the others')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain an id that isodoc printed, or find the causes that fit an error message')
            [CompletionResult]::new('rules', 'rules', [CompletionResultType]::ParameterValue, 'List every id that isodoc prints: rules, findings, remedies, steps, mechanisms')
            [CompletionResult]::new('matrix', 'matrix', [CompletionResultType]::ParameterValue, 'Show the platforms on which Windmill documents isolation, and which one this is')
            [CompletionResult]::new('snapshot', 'snapshot', [CompletionResultType]::ParameterValue, 'Capture what `check` looks at, to diagnose this machine on another one')
            [CompletionResult]::new('profile', 'profile', [CompletionResultType]::ParameterValue, 'Write the seccomp profile under which a sandbox works in a container: the container engine''s own, with what the sandbox needs and nothing else')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print shell completions')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of a report, or of isodoc.toml')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'isodoc;help;check' {
            break
        }
        'isodoc;help;lint' {
            break
        }
        'isodoc;help;diff' {
            break
        }
        'isodoc;help;fleet' {
            break
        }
        'isodoc;help;explain' {
            break
        }
        'isodoc;help;rules' {
            break
        }
        'isodoc;help;matrix' {
            break
        }
        'isodoc;help;snapshot' {
            break
        }
        'isodoc;help;profile' {
            break
        }
        'isodoc;help;completions' {
            break
        }
        'isodoc;help;man' {
            break
        }
        'isodoc;help;schema' {
            break
        }
        'isodoc;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
