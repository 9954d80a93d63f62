# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_germane_global_optspecs
    string join \n json q/quiet color= h/help V/version
end

function __fish_germane_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_germane_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_germane_using_subcommand
    set -l cmd (__fish_germane_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c germane -n "__fish_germane_needs_command" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_needs_command" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_needs_command" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_needs_command" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_needs_command" -s V -l version -d 'Print version'
complete -c germane -n "__fish_germane_needs_command" -f -a "run" -d 'Run an analysis file: read, select, fill, fit, draw'
complete -c germane -n "__fish_germane_needs_command" -f -a "plan" -d 'Check an analysis file and print its plan; reads headers only'
complete -c germane -n "__fish_germane_needs_command" -f -a "ls" -d 'List the objects of files'
complete -c germane -n "__fish_germane_needs_command" -f -a "show" -d 'Show values of a table, or a histogram'
complete -c germane -n "__fish_germane_needs_command" -f -a "digest" -d 'Every object of files with type, entries and sha256 of its decoded values, as JSON'
complete -c germane -n "__fish_germane_needs_command" -f -a "fit" -d 'Fit a workspace (pyhf JSON)'
complete -c germane -n "__fish_germane_needs_command" -f -a "schema" -d 'JSON Schema of the analysis file'
complete -c germane -n "__fish_germane_needs_command" -f -a "completions" -d 'Completion script for a shell'
complete -c germane -n "__fish_germane_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c germane -n "__fish_germane_using_subcommand run" -s o -l output -d 'Output folder [default: STEM-out]' -r -F
complete -c germane -n "__fish_germane_using_subcommand run" -l threads -d 'Threads [default: all cores]' -r
complete -c germane -n "__fish_germane_using_subcommand run" -l cache -d 'Folder of partial results' -r -F
complete -c germane -n "__fish_germane_using_subcommand run" -l allow-bad-files -d 'Leave bad files out: all, at most N, or at most P% of a dataset; each is listed' -r
complete -c germane -n "__fish_germane_using_subcommand run" -l partition-size -d 'Compressed bytes of a partition' -r
complete -c germane -n "__fish_germane_using_subcommand run" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand run" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand run" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand run" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand plan" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand plan" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand plan" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand plan" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand ls" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand ls" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand ls" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand ls" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand show" -l rows -d 'Entries from a up to b, excluded' -r
complete -c germane -n "__fish_germane_using_subcommand show" -l expr -d 'Show this expression instead of the columns (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand show" -l where -d 'Only entries that pass this cut' -r
complete -c germane -n "__fish_germane_using_subcommand show" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand show" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand show" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand show" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand digest" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand digest" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand digest" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand digest" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand fit" -l measurement -d 'Measurement by name [default: the first]' -r
complete -c germane -n "__fish_germane_using_subcommand fit" -l data -d 'What is fitted' -r -f -a "observed\t''
asimov\t''"
complete -c germane -n "__fish_germane_using_subcommand fit" -l fix -d 'Hold a parameter at a value (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand fit" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand fit" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand fit" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand fit" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand schema" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand schema" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand schema" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand schema" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand completions" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand completions" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand completions" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand completions" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest fit schema completions help" -f -a "run" -d 'Run an analysis file: read, select, fill, fit, draw'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest fit schema completions help" -f -a "plan" -d 'Check an analysis file and print its plan; reads headers only'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest fit schema completions help" -f -a "ls" -d 'List the objects of files'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest fit schema completions help" -f -a "show" -d 'Show values of a table, or a histogram'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest fit schema completions help" -f -a "digest" -d 'Every object of files with type, entries and sha256 of its decoded values, as JSON'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest fit schema completions help" -f -a "fit" -d 'Fit a workspace (pyhf JSON)'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest fit schema completions help" -f -a "schema" -d 'JSON Schema of the analysis file'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest fit schema completions help" -f -a "completions" -d 'Completion script for a shell'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest fit schema completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
