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

complete -c isodoc -n "__fish_isodoc_needs_command" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_needs_command" -s V -l version -d 'Print version'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "check" -d 'Diagnose process isolation in this place, or in a capture of another'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "lint" -d 'Judge the containers of deployment files before they are deployed'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "explain" -d 'Explain an id that isodoc printed, or find the causes that fit an error message'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "rules" -d 'List every id that isodoc prints: rules, findings, remedies, steps, mechanisms'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "matrix" -d 'Show the documented platforms, with the row of this place marked'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "snapshot" -d 'Capture what `check` looks at, to carry it to another machine'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "man" -d 'Print the manual page'
complete -c isodoc -n "__fish_isodoc_needs_command" -f -a "schema" -d 'Print the JSON Schema of `check --format json`, or of `lint --format json`'
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l root -d 'Read the facts from the directory tree DIR instead of this host; a file that is missing there was not captured' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l snapshot -d 'Read the facts from a file that `isodoc snapshot` wrote' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l format -d 'The output format' -r -f -a "human\t'One screen of text'
json\t'JSON, version 1; see `isodoc schema`'"
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l flags -d 'The flags of unshare(1), split on white space [default: $UNSHARE_ISOLATION_FLAGS, else --user --map-root-user --pid --fork --mount-proc]' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l require -d 'What the exit code asks for: a mechanism or a single capability; repeatable' -r -f -a "unshare\t''
nsjail\t''
userns-remap\t''
userns\t''
pid-namespace\t''
mount-namespace\t''
net-namespace\t''
uts-namespace\t''
ipc-namespace\t''
cgroup-namespace\t''
mount-proc\t''"
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l timeout -d 'How many seconds each probe may take' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l complete -d 'With --root: the tree is a whole host, and a file that is missing there is absent'
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -l no-probe -d 'Predict from facts alone; try nothing'
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -s v -l verbose -d 'Add the evidence, every remedy, and the gates that were ruled out or stayed undecided'
complete -c isodoc -n "__fish_isodoc_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -s f -l file -d 'Compose files that make one project, each put upon the one before, as `docker compose -f A -f B` does; repeatable' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l flags -d 'The flags of unshare(1), in place of each container\'s own' -r
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l assume -d 'Assume a documented host in place of this one; see --list-assumptions' -r -f -a "plain-linux\t''
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
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l snapshot -d 'The host is the one that `isodoc snapshot` wrote to FILE' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l format -d 'The output format' -r -f -a "human\t'One screen of text'
json\t'JSON, version 1; see `isodoc schema`'"
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l all -d 'Judge every container, not only those whose variables or command ask for isolation'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l list-assumptions -d 'List the hosts that can be assumed, with what each assumes and its source'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l fix -d 'Write the cheapest settings that let each container pass into its file'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -l diff -d 'With --fix: write nothing, and print the change as a unified diff'
complete -c isodoc -n "__fish_isodoc_using_subcommand lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand explain" -l error -d 'Read an error message or a panic text from FILE (`-` is standard input), and name the causes that fit it' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand explain" -l format -d 'The output format' -r -f -a "human\t'One screen of text'
json\t'JSON, version 1; see `isodoc schema`'"
complete -c isodoc -n "__fish_isodoc_using_subcommand explain" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand rules" -l format -d 'The output format' -r -f -a "human\t'One screen of text'
json\t'JSON, version 1; see `isodoc schema`'"
complete -c isodoc -n "__fish_isodoc_using_subcommand rules" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand rules" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand matrix" -l root -d 'Read the facts from the directory tree DIR instead of this host; a file that is missing there was not captured' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand matrix" -l snapshot -d 'Read the facts from a file that `isodoc snapshot` wrote' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand matrix" -l format -d 'The output format' -r -f -a "human\t'One screen of text'
json\t'JSON, version 1; see `isodoc schema`'"
complete -c isodoc -n "__fish_isodoc_using_subcommand matrix" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand matrix" -l complete -d 'With --root: the tree is a whole host, and a file that is missing there is absent'
complete -c isodoc -n "__fish_isodoc_using_subcommand matrix" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand snapshot" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c isodoc -n "__fish_isodoc_using_subcommand snapshot" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand snapshot" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand completions" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand man" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c isodoc -n "__fish_isodoc_using_subcommand schema" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal; NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured'
always\t'Always'
never\t'Never'"
complete -c isodoc -n "__fish_isodoc_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
