
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
            cand --color 'When to colour the output'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand check 'Diagnose process isolation in this place, or in a capture of another'
            cand lint 'Judge the containers of deployment files before they are deployed'
            cand explain 'Explain an id that isodoc printed, or find the causes that fit an error message'
            cand rules 'List every id that isodoc prints: rules, findings, remedies, steps, mechanisms'
            cand matrix 'Show the documented platforms, with the row of this place marked'
            cand snapshot 'Capture what `check` looks at, to carry it to another machine'
            cand completions 'Print the completion script of a shell'
            cand man 'Print the manual page'
            cand schema 'Print the JSON Schema of `check --format json`, or of `lint --format json`'
        }
        &'isodoc;check'= {
            cand --root 'Read the facts from the directory tree DIR instead of this host; a file that is missing there was not captured'
            cand --snapshot 'Read the facts from a file that `isodoc snapshot` wrote'
            cand --format 'The output format'
            cand --flags 'The flags of unshare(1), split on white space [default: $UNSHARE_ISOLATION_FLAGS, else --user --map-root-user --pid --fork --mount-proc]'
            cand --require 'What the exit code asks for: a mechanism or a single capability; repeatable'
            cand --timeout 'How many seconds each probe may take'
            cand --color 'When to colour the output'
            cand --complete 'With --root: the tree is a whole host, and a file that is missing there is absent'
            cand --no-probe 'Predict from facts alone; try nothing'
            cand -v 'Add the evidence, every remedy, and the gates that were ruled out or stayed undecided'
            cand --verbose 'Add the evidence, every remedy, and the gates that were ruled out or stayed undecided'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;lint'= {
            cand -f 'Compose files that make one project, each put upon the one before, as `docker compose -f A -f B` does; repeatable'
            cand --file 'Compose files that make one project, each put upon the one before, as `docker compose -f A -f B` does; repeatable'
            cand --flags 'The flags of unshare(1), in place of each container''s own'
            cand --assume 'Assume a documented host in place of this one; see --list-assumptions'
            cand --snapshot 'The host is the one that `isodoc snapshot` wrote to FILE'
            cand --format 'The output format'
            cand --color 'When to colour the output'
            cand --all 'Judge every container, not only those whose variables or command ask for isolation'
            cand --list-assumptions 'List the hosts that can be assumed, with what each assumes and its source'
            cand --fix 'Write the cheapest settings that let each container pass into its file'
            cand --diff 'With --fix: write nothing, and print the change as a unified diff'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;explain'= {
            cand --error 'Read an error message or a panic text from FILE (`-` is standard input), and name the causes that fit it'
            cand --format 'The output format'
            cand --color 'When to colour the output'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;rules'= {
            cand --format 'The output format'
            cand --color 'When to colour the output'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;matrix'= {
            cand --root 'Read the facts from the directory tree DIR instead of this host; a file that is missing there was not captured'
            cand --snapshot 'Read the facts from a file that `isodoc snapshot` wrote'
            cand --format 'The output format'
            cand --color 'When to colour the output'
            cand --complete 'With --root: the tree is a whole host, and a file that is missing there is absent'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;snapshot'= {
            cand -o 'Write to FILE instead of standard output'
            cand --output 'Write to FILE instead of standard output'
            cand --color 'When to colour the output'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;completions'= {
            cand --color 'When to colour the output'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;man'= {
            cand --color 'When to colour the output'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'isodoc;schema'= {
            cand --color 'When to colour the output'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
