
use builtin;
use str;

set edit:completion:arg-completer[isodoc] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'isodoc'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'isodoc'= {
            cand --color 'When to use colours'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand check 'Check whether isolation works here, and if not, why and what helps'
            cand lint 'Check whether isolation will work in the containers of compose files, manifests or scripts'
            cand diff 'Show what changed between two snapshots or reports, and which fact decided it'
            cand fleet 'Count the answers of many hosts, and say which change makes it work on most of the others'
            cand explain 'Explain an id that isodoc printed, or find the causes that fit an error message'
            cand rules 'List every id that isodoc prints: rules, findings, remedies, steps, mechanisms'
            cand matrix 'Show the platforms on which Windmill documents isolation, and which one this is'
            cand snapshot 'Capture what `check` looks at, to diagnose this machine on another one'
            cand profile 'Write the seccomp profile under which a sandbox works in a container: the container engine''s own, with what the sandbox needs and nothing else'
            cand completions 'Print shell completions'
            cand man 'Print the manual page'
            cand schema 'Print the JSON Schema of a report, or of isodoc.toml'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'isodoc;check'= {
            cand --color 'When to use colours'
            cand --root 'Read everything from the directory tree DIR instead of this machine. Files missing from DIR count as unknown, not as absent (see --complete)'
            cand --snapshot 'Read everything from a file that `isodoc snapshot` wrote'
            cand --assume 'With --complete, for a system that is not running: the host whose kernel and settings count besides its files [default: what its /etc/os-release and its own kernel say]'
            cand --format 'The output format'
            cand --report 'Write the report in FORMAT to FILE as well (repeatable)'
            cand -o 'Write the report to FILE instead of standard output'
            cand --output 'Write the report to FILE instead of standard output'
            cand --min-severity 'Leave out findings that are less severe than this; verdict and exit code do not change'
            cand --baseline 'Fail only on what became worse since the report in FILE, which `--format json` wrote'
            cand --config 'Read what the project asks for and accepts from FILE [default: the nearest isodoc.toml above the current directory, within its repository]'
            cand --for 'Diagnose this mechanism, whether its program is installed or not; the name of the program does as well: bwrap for bubblewrap (repeatable)'
            cand --flags 'The flags to check, separated by spaces: of unshare(1), or of the program of --for; with several, ID=FLAGS (repeatable) [default: $UNSHARE_ISOLATION_FLAGS, else --user --map-root-user --pid --fork --mount-proc]'
            cand --require 'Fail unless this mechanism (or program) or capability works (repeatable) [default: those of --for, else unshare]'
            cand --timeout 'Timeout of each attempt, in seconds'
            cand --complete 'With --root: DIR is a complete system, so files missing from it are absent'
            cand -q 'Print no report: the exit code is the answer'
            cand --quiet 'Print no report: the exit code is the answer'
            cand --print-config 'Print what isodoc.toml says, and stop'
            cand --share 'Print one screen to paste into a support thread: names, paths and ids of this machine are left out'
            cand --all 'Also try every other mechanism whose program is installed; without it these are predicted'
            cand --no-probe 'Do not ask the kernel; predict from its settings alone'
            cand --trust-path 'As root, run the real program where it has to be asked, even if others can write to it'
            cand -v 'Add all evidence, every remedy with its undo, and the causes that were ruled out'
            cand --verbose 'Add all evidence, every remedy with its undo, and the causes that were ruled out'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;lint'= {
            cand --color 'When to use colours'
            cand -f 'Compose files merged in order into one project, as with `docker compose -f A -f B`'
            cand --file 'Compose files merged in order into one project, as with `docker compose -f A -f B`'
            cand --image 'Treat containers whose image matches GLOB as asking for MECHANISM, e.g. ''*/worker:*=unshare'' (repeatable)'
            cand --for 'Judge every container by this mechanism, whatever it asks for (repeatable)'
            cand --flags 'The flags to check, those of --for or of unshare(1), instead of each container''s own'
            cand --assume 'Assume this host instead of this machine, this pod runtime, or this setting of the Docker daemon (repeatable); see --list-assumptions'
            cand --snapshot 'Assume the host that `isodoc snapshot` captured in FILE'
            cand --format 'The output format of the report; --fix has none'
            cand --report 'Write the report in FORMAT to FILE as well (repeatable)'
            cand -o 'Write the report to FILE instead of standard output'
            cand --output 'Write the report to FILE instead of standard output'
            cand --min-severity 'Leave out findings that are less severe than this; verdict and exit code do not change'
            cand --baseline 'Fail only on what became worse since the report in FILE, which `--format json` wrote'
            cand --config 'Read what the project asks for and accepts from FILE [default: the nearest isodoc.toml above the current directory, within its repository]'
            cand --all 'Check every container, not only those whose variables or command ask for isolation'
            cand --skip-unread 'Silently skip files of kinds that isodoc does not read and files without a container: for hooks that are given every changed file'
            cand --fail-on-none 'Exit with 3 if no container asks for isolation, so that none was checked'
            cand --list-assumptions 'List what can be assumed: what each name stands for, and the source of that'
            cand --allow-outside 'Also read files outside the project that others name (env_file, include, extends, profiles). The project is the nearest directory above the file with a .git, else the file''s own'
            cand --no-env 'Take the values of variables from .env files alone, not from the environment'
            cand --fix 'Edit each file with the least privileged settings that make its containers pass'
            cand --diff 'With --fix: write nothing, print the edit as a unified diff'
            cand -q 'Print no report: the exit code is the answer'
            cand --quiet 'Print no report: the exit code is the answer'
            cand --print-config 'Print what isodoc.toml says, and stop'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;diff'= {
            cand --color 'When to use colours'
            cand --for 'For snapshots: ask about this mechanism [default: unshare]'
            cand --flags 'For snapshots: ask with these flags'
            cand --format 'The output format'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;fleet'= {
            cand --color 'When to use colours'
            cand --for 'Ask about this mechanism: judge a snapshot as `check --for` does, and look up what a report says about it (repeatable)'
            cand --flags 'Ask with these flags, as for `check`; only reports with the same flags have an answer (repeatable)'
            cand --format 'The output format'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;explain'= {
            cand --color 'When to use colours'
            cand --error 'Name the causes that fit an error message: the text itself, or a file that holds it (`-` reads standard input to its end, for which it waits)'
            cand --root 'Read everything from the directory tree DIR instead of this machine. Files missing from DIR count as unknown, not as absent (see --complete)'
            cand --snapshot 'Read everything from a file that `isodoc snapshot` wrote'
            cand --for 'With --here, --root or --snapshot: what printed the message [default: the mechanism whose program the text names, else unshare]'
            cand --flags 'With --here, --root or --snapshot: the flags that its program was given, as for `check`'
            cand --format 'The output format'
            cand --here 'The message was printed here, to this user: check what its program meets here, and put the cause that is in force first'
            cand --complete 'With --root: DIR is a complete system, so files missing from it are absent'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;rules'= {
            cand --color 'When to use colours'
            cand --format 'The output format'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;matrix'= {
            cand --color 'When to use colours'
            cand --root 'Read everything from the directory tree DIR instead of this machine. Files missing from DIR count as unknown, not as absent (see --complete)'
            cand --snapshot 'Read everything from a file that `isodoc snapshot` wrote'
            cand --format 'The output format'
            cand --complete 'With --root: DIR is a complete system, so files missing from it are absent'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;snapshot'= {
            cand --color 'When to use colours'
            cand -o 'Write to FILE instead of standard output'
            cand --output 'Write to FILE instead of standard output'
            cand --flags 'The flags of unshare(1) to try, as for `check`'
            cand --format 'The output format'
            cand --timeout 'Timeout of each attempt, in seconds'
            cand --no-probe 'Do not ask the kernel; record its settings alone'
            cand --trust-path 'As root, run the real program where it has to be asked, even if others can write to it'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;profile'= {
            cand --color 'When to use colours'
            cand --for 'What has to work under the profile'
            cand --flags 'The flags that its program is given, separated by spaces [default: as for `check`]'
            cand --base 'The profile to start from, which the container has now: `docker`, `containerd`, `podman`, or a file'
            cand --apparmor 'Instead, write an AppArmor profile that lets this program create user namespaces'
            cand -o 'Write to FILE instead of standard output'
            cand --output 'Write to FILE instead of standard output'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;completions'= {
            cand --color 'When to use colours'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;man'= {
            cand --color 'When to use colours'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;schema'= {
            cand --color 'When to use colours'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;help'= {
            cand check 'Check whether isolation works here, and if not, why and what helps'
            cand lint 'Check whether isolation will work in the containers of compose files, manifests or scripts'
            cand diff 'Show what changed between two snapshots or reports, and which fact decided it'
            cand fleet 'Count the answers of many hosts, and say which change makes it work on most of the others'
            cand explain 'Explain an id that isodoc printed, or find the causes that fit an error message'
            cand rules 'List every id that isodoc prints: rules, findings, remedies, steps, mechanisms'
            cand matrix 'Show the platforms on which Windmill documents isolation, and which one this is'
            cand snapshot 'Capture what `check` looks at, to diagnose this machine on another one'
            cand profile 'Write the seccomp profile under which a sandbox works in a container: the container engine''s own, with what the sandbox needs and nothing else'
            cand completions 'Print shell completions'
            cand man 'Print the manual page'
            cand schema 'Print the JSON Schema of a report, or of isodoc.toml'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'isodoc;help;check'= {
        }
        &'isodoc;help;lint'= {
        }
        &'isodoc;help;diff'= {
        }
        &'isodoc;help;fleet'= {
        }
        &'isodoc;help;explain'= {
        }
        &'isodoc;help;rules'= {
        }
        &'isodoc;help;matrix'= {
        }
        &'isodoc;help;snapshot'= {
        }
        &'isodoc;help;profile'= {
        }
        &'isodoc;help;completions'= {
        }
        &'isodoc;help;man'= {
        }
        &'isodoc;help;schema'= {
        }
        &'isodoc;help;help'= {
        }
    ]
    $completions[$command]
}
