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
complete -c germane -n "__fish_germane_needs_command" -f -a "plan" -d 'Check an analysis file, or a processing chain on a raw file, and print the plan; reads headers only'
complete -c germane -n "__fish_germane_needs_command" -f -a "ls" -d 'List the objects of files'
complete -c germane -n "__fish_germane_needs_command" -f -a "show" -d 'Show values of a table, a histogram, or a waveform with every step of its chain'
complete -c germane -n "__fish_germane_needs_command" -f -a "digest" -d 'Every object of files with type, entries and sha256 of its decoded values, as JSON'
complete -c germane -n "__fish_germane_needs_command" -f -a "codec" -d 'Encode and decode the waveforms of NumPy archives'
complete -c germane -n "__fish_germane_needs_command" -f -a "fit" -d 'Fit a model: pyhf\'s workspace, HS3, HistFactory\'s XML, a datacard, cabinetry\'s or TRExFitter\'s configuration'
complete -c germane -n "__fish_germane_needs_command" -f -a "inspect" -d 'What a model is made of: channels, samples, modifiers, parameters, measurements, and what is odd'
complete -c germane -n "__fish_germane_needs_command" -f -a "limit" -d 'Upper limits on the parameter of interest (CLs), observed and expected'
complete -c germane -n "__fish_germane_needs_command" -f -a "significance" -d 'Significance of a signal, observed and expected'
complete -c germane -n "__fish_germane_needs_command" -f -a "toys" -d 'Distributions of a test statistic in toys: p-values, CLs'
complete -c germane -n "__fish_germane_needs_command" -f -a "sample" -d 'Draws of the posterior with flat priors within the bounds: means, intervals, evidence'
complete -c germane -n "__fish_germane_needs_command" -f -a "gof" -d 'Goodness of fit against the saturated model, by χ² and by toys'
complete -c germane -n "__fish_germane_needs_command" -f -a "combine" -d 'Joint model by a map of parameters: what is shared, and fits with these, full and no correlations'
complete -c germane -n "__fish_germane_needs_command" -f -a "eft" -d 'Coefficients of a quadratic model: all minima, intervals as unions, directions that the data determine'
complete -c germane -n "__fish_germane_needs_command" -f -a "scan" -d 'Profiled likelihood along a parameter'
complete -c germane -n "__fish_germane_needs_command" -f -a "contour" -d 'Contours of the profiled likelihood of two parameters'
complete -c germane -n "__fish_germane_needs_command" -f -a "rank" -d 'Impacts of the nuisance parameters on the parameter of interest'
complete -c germane -n "__fish_germane_needs_command" -f -a "yields" -d 'Expected yields with their errors after the fit, or before it'
complete -c germane -n "__fish_germane_needs_command" -f -a "raw" -d 'Raw files of digitizers (FlashCam, ORCA, CoMPASS, LLAMA) to LH5'
complete -c germane -n "__fish_germane_needs_command" -f -a "dsp" -d 'Waveforms of raw LH5 tables through processing chains to dsp tables'
complete -c germane -n "__fish_germane_needs_command" -f -a "records" -d 'Records of a raw file with place, size and kind, without decoding them'
complete -c germane -n "__fish_germane_needs_command" -f -a "concat" -d 'Tables, arrays and vectors of several LH5 files as one'
complete -c germane -n "__fish_germane_needs_command" -f -a "convert" -d 'A model in another format: pyhf\'s workspace, HS3'
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
complete -c germane -n "__fish_germane_using_subcommand plan" -l on -d 'Raw file on the tables of which the chain is typed' -r -F
complete -c germane -n "__fish_germane_using_subcommand plan" -s g -l groups -d 'Raw tables by path or pattern (may be repeated, or separated by commas) [default: all]' -r
complete -c germane -n "__fish_germane_using_subcommand plan" -s b -l base-group -d 'Folder of the tables [default: raw, where the file has it]' -r
complete -c germane -n "__fish_germane_using_subcommand plan" -s D -l database -d 'Parameters by channel, JSON or YAML' -r -F
complete -c germane -n "__fish_germane_using_subcommand plan" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand plan" -l allow-missing-outputs -d 'Leave outputs out that nothing makes, with a warning'
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
complete -c germane -n "__fish_germane_using_subcommand show" -l entry -d 'Draw the waveforms of this entry, with every step of the chain' -r
complete -c germane -n "__fish_germane_using_subcommand show" -l chain -d 'Processing chains, JSON or YAML; what a later one says wins' -r -F
complete -c germane -n "__fish_germane_using_subcommand show" -s D -l database -d 'Parameters of the chain by channel, JSON or YAML' -r -F
complete -c germane -n "__fish_germane_using_subcommand show" -s o -l output -d 'Write the figure there, .svg, .png or .json' -r -F
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
complete -c germane -n "__fish_germane_using_subcommand codec; and not __fish_seen_subcommand_from encode decode help" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand codec; and not __fish_seen_subcommand_from encode decode help" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand codec; and not __fish_seen_subcommand_from encode decode help" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand codec; and not __fish_seen_subcommand_from encode decode help" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand codec; and not __fish_seen_subcommand_from encode decode help" -f -a "encode" -d 'Waveforms to their encoded form'
complete -c germane -n "__fish_germane_using_subcommand codec; and not __fish_seen_subcommand_from encode decode help" -f -a "decode" -d 'Encoded waveforms to samples'
complete -c germane -n "__fish_germane_using_subcommand codec; and not __fish_seen_subcommand_from encode decode help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from encode" -s o -l output -d 'Archive to write' -r -F
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from encode" -l codec -d 'Codec' -r -f -a "uleb128_zigzag_diff\t''
radware_sigcompress\t''"
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from encode" -l shift -d 'What radware_sigcompress adds to the samples [default: -32768 for uint16, else 0]' -r
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from encode" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from encode" -l wrap -d 'Keep the lowest 16 bits of samples that radware_sigcompress does not hold, instead of refusing them'
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from encode" -l deflate -d 'Deflate the arrays'
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from encode" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from encode" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from encode" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from decode" -s o -l output -d 'Archive to write' -r -F
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from decode" -l codec -d 'Codec [default: that of the archive]' -r -f -a "uleb128_zigzag_diff\t''
radware_sigcompress\t''"
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from decode" -l shift -d 'What was added to the samples [default: that of the archive]' -r
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from decode" -l to -d 'Type of the samples' -r -f -a "uint16\t''
int16\t''
uint32\t''
int32\t''
int64\t''
float32\t''
float64\t''"
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from decode" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from decode" -l wrap -d 'Keep the lowest bits of samples that the type does not hold, instead of refusing them'
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from decode" -l deflate -d 'Deflate the arrays'
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from decode" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from decode" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from decode" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from help" -f -a "encode" -d 'Waveforms to their encoded form'
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from help" -f -a "decode" -d 'Encoded waveforms to samples'
complete -c germane -n "__fish_germane_using_subcommand codec; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c germane -n "__fish_germane_using_subcommand fit" -l patch -d 'Patch of a patchset, as PATCHSET:NAME' -r
complete -c germane -n "__fish_germane_using_subcommand fit" -l measurement -d 'Measurement by name [default: the first]' -r
complete -c germane -n "__fish_germane_using_subcommand fit" -l poi -d 'Parameter of interest [default: that of the measurement]' -r
complete -c germane -n "__fish_germane_using_subcommand fit" -l data -d 'What is fitted' -r -f -a "observed\t''
asimov\t''"
complete -c germane -n "__fish_germane_using_subcommand fit" -l fix -d 'Hold a parameter at a value (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand fit" -l histosys -d 'HS3: what `hi` and `lo` of a histosys are, whole contents (as ROOT writes) or differences (as the standard\'s text says)' -r -f -a "contents\t''
differences\t''"
complete -c germane -n "__fish_germane_using_subcommand fit" -s m -l mass -d 'Datacards: what `$MASS` stands for' -r
complete -c germane -n "__fish_germane_using_subcommand fit" -l physics -d 'Datacards: how yields depend on parameters of interest, as \'multiSignalModel map=.*/ggH:r_ggH[1,0,10]\' or \'interferenceModel scalingData=scaling.json\'' -r
complete -c germane -n "__fish_germane_using_subcommand fit" -l keyword-value -d 'Datacards: a keyword of file and histogram names (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand fit" -l mask -d 'Datacards: leave a channel out, as mask_CHANNEL=1 does (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand fit" -l minos -d 'Intervals of the profiled likelihood for a parameter, or `all` (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand fit" -l starts -d 'Searches from random starts beside the given one; the lowest minimum is taken, all are listed' -r
complete -c germane -n "__fish_germane_using_subcommand fit" -l seed -d 'Seed of the starts' -r
complete -c germane -n "__fish_germane_using_subcommand fit" -l strategy -d 'How careful Minuit is: 0, 1 or 2' -r
complete -c germane -n "__fish_germane_using_subcommand fit" -s o -l output -d 'Figure (.json, .svg, .png)' -r -F
complete -c germane -n "__fish_germane_using_subcommand fit" -l figure -d 'What the figure shows' -r -f -a "pulls\t''
correlation\t''"
complete -c germane -n "__fish_germane_using_subcommand fit" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand fit" -l minuit -d 'MIGRAD, HESSE and MINOS as Minuit does them'
complete -c germane -n "__fish_germane_using_subcommand fit" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand fit" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand fit" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand inspect" -l patch -d 'Patch of a patchset, as PATCHSET:NAME' -r
complete -c germane -n "__fish_germane_using_subcommand inspect" -l measurement -d 'Measurement by name [default: the first]' -r
complete -c germane -n "__fish_germane_using_subcommand inspect" -l poi -d 'Parameter of interest [default: that of the measurement]' -r
complete -c germane -n "__fish_germane_using_subcommand inspect" -l data -d 'What is fitted' -r -f -a "observed\t''
asimov\t''"
complete -c germane -n "__fish_germane_using_subcommand inspect" -l fix -d 'Hold a parameter at a value (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand inspect" -l histosys -d 'HS3: what `hi` and `lo` of a histosys are, whole contents (as ROOT writes) or differences (as the standard\'s text says)' -r -f -a "contents\t''
differences\t''"
complete -c germane -n "__fish_germane_using_subcommand inspect" -s m -l mass -d 'Datacards: what `$MASS` stands for' -r
complete -c germane -n "__fish_germane_using_subcommand inspect" -l physics -d 'Datacards: how yields depend on parameters of interest, as \'multiSignalModel map=.*/ggH:r_ggH[1,0,10]\' or \'interferenceModel scalingData=scaling.json\'' -r
complete -c germane -n "__fish_germane_using_subcommand inspect" -l keyword-value -d 'Datacards: a keyword of file and histogram names (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand inspect" -l mask -d 'Datacards: leave a channel out, as mask_CHANNEL=1 does (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand inspect" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand inspect" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand inspect" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand inspect" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand limit" -l patch -d 'Patch of a patchset, as PATCHSET:NAME' -r
complete -c germane -n "__fish_germane_using_subcommand limit" -l measurement -d 'Measurement by name [default: the first]' -r
complete -c germane -n "__fish_germane_using_subcommand limit" -l poi -d 'Parameter of interest [default: that of the measurement]' -r
complete -c germane -n "__fish_germane_using_subcommand limit" -l data -d 'What is fitted' -r -f -a "observed\t''
asimov\t''"
complete -c germane -n "__fish_germane_using_subcommand limit" -l fix -d 'Hold a parameter at a value (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand limit" -l histosys -d 'HS3: what `hi` and `lo` of a histosys are, whole contents (as ROOT writes) or differences (as the standard\'s text says)' -r -f -a "contents\t''
differences\t''"
complete -c germane -n "__fish_germane_using_subcommand limit" -s m -l mass -d 'Datacards: what `$MASS` stands for' -r
complete -c germane -n "__fish_germane_using_subcommand limit" -l physics -d 'Datacards: how yields depend on parameters of interest, as \'multiSignalModel map=.*/ggH:r_ggH[1,0,10]\' or \'interferenceModel scalingData=scaling.json\'' -r
complete -c germane -n "__fish_germane_using_subcommand limit" -l keyword-value -d 'Datacards: a keyword of file and histogram names (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand limit" -l mask -d 'Datacards: leave a channel out, as mask_CHANNEL=1 does (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand limit" -l level -d 'Confidence level' -r
complete -c germane -n "__fish_germane_using_subcommand limit" -s o -l output -d 'Figure of CLs, or p-values, against the parameter (.json, .svg, .png)' -r -F
complete -c germane -n "__fish_germane_using_subcommand limit" -l points -d 'Points of the figure [default: 100]; values of the first grid of --feldman-cousins [default: 20]' -r
complete -c germane -n "__fish_germane_using_subcommand limit" -l toys -d 'Toys of each hypothesis' -r
complete -c germane -n "__fish_germane_using_subcommand limit" -l seed -d 'Seed of the toys' -r
complete -c germane -n "__fish_germane_using_subcommand limit" -l keep -d 'File that keeps the toys: only those are thrown that it does not have' -r -F
complete -c germane -n "__fish_germane_using_subcommand limit" -l threads -d 'Threads [default: all cores]' -r
complete -c germane -n "__fish_germane_using_subcommand limit" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand limit" -l feldman-cousins -d 'Confidence region by the construction of Neyman with the ordering of Feldman and Cousins, by toys; the bounds of the parameter are the physical boundary'
complete -c germane -n "__fish_germane_using_subcommand limit" -l exact -d 'The exact region of a model of counts, without toys'
complete -c germane -n "__fish_germane_using_subcommand limit" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand limit" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand limit" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand significance" -l patch -d 'Patch of a patchset, as PATCHSET:NAME' -r
complete -c germane -n "__fish_germane_using_subcommand significance" -l measurement -d 'Measurement by name [default: the first]' -r
complete -c germane -n "__fish_germane_using_subcommand significance" -l poi -d 'Parameter of interest [default: that of the measurement]' -r
complete -c germane -n "__fish_germane_using_subcommand significance" -l data -d 'What is fitted' -r -f -a "observed\t''
asimov\t''"
complete -c germane -n "__fish_germane_using_subcommand significance" -l fix -d 'Hold a parameter at a value (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand significance" -l histosys -d 'HS3: what `hi` and `lo` of a histosys are, whole contents (as ROOT writes) or differences (as the standard\'s text says)' -r -f -a "contents\t''
differences\t''"
complete -c germane -n "__fish_germane_using_subcommand significance" -s m -l mass -d 'Datacards: what `$MASS` stands for' -r
complete -c germane -n "__fish_germane_using_subcommand significance" -l physics -d 'Datacards: how yields depend on parameters of interest, as \'multiSignalModel map=.*/ggH:r_ggH[1,0,10]\' or \'interferenceModel scalingData=scaling.json\'' -r
complete -c germane -n "__fish_germane_using_subcommand significance" -l keyword-value -d 'Datacards: a keyword of file and histogram names (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand significance" -l mask -d 'Datacards: leave a channel out, as mask_CHANNEL=1 does (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand significance" -l toys -d 'Toys of each hypothesis' -r
complete -c germane -n "__fish_germane_using_subcommand significance" -l seed -d 'Seed of the toys' -r
complete -c germane -n "__fish_germane_using_subcommand significance" -l keep -d 'File that keeps the toys: only those are thrown that it does not have' -r -F
complete -c germane -n "__fish_germane_using_subcommand significance" -l threads -d 'Threads [default: all cores]' -r
complete -c germane -n "__fish_germane_using_subcommand significance" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand significance" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand significance" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand significance" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand toys" -l patch -d 'Patch of a patchset, as PATCHSET:NAME' -r
complete -c germane -n "__fish_germane_using_subcommand toys" -l measurement -d 'Measurement by name [default: the first]' -r
complete -c germane -n "__fish_germane_using_subcommand toys" -l poi -d 'Parameter of interest [default: that of the measurement]' -r
complete -c germane -n "__fish_germane_using_subcommand toys" -l data -d 'What is fitted' -r -f -a "observed\t''
asimov\t''"
complete -c germane -n "__fish_germane_using_subcommand toys" -l fix -d 'Hold a parameter at a value (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand toys" -l histosys -d 'HS3: what `hi` and `lo` of a histosys are, whole contents (as ROOT writes) or differences (as the standard\'s text says)' -r -f -a "contents\t''
differences\t''"
complete -c germane -n "__fish_germane_using_subcommand toys" -s m -l mass -d 'Datacards: what `$MASS` stands for' -r
complete -c germane -n "__fish_germane_using_subcommand toys" -l physics -d 'Datacards: how yields depend on parameters of interest, as \'multiSignalModel map=.*/ggH:r_ggH[1,0,10]\' or \'interferenceModel scalingData=scaling.json\'' -r
complete -c germane -n "__fish_germane_using_subcommand toys" -l keyword-value -d 'Datacards: a keyword of file and histogram names (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand toys" -l mask -d 'Datacards: leave a channel out, as mask_CHANNEL=1 does (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand toys" -l value -d 'Tested value of the parameter of interest' -r
complete -c germane -n "__fish_germane_using_subcommand toys" -l statistic -d 'Test statistic' -r -f -a "q0\t''
t\t''
ttilde\t''
q\t''
qtilde\t''"
complete -c germane -n "__fish_germane_using_subcommand toys" -s o -l output -d 'Figure (.json, .svg, .png)' -r -F
complete -c germane -n "__fish_germane_using_subcommand toys" -l toys -d 'Toys of each hypothesis' -r
complete -c germane -n "__fish_germane_using_subcommand toys" -l seed -d 'Seed of the toys' -r
complete -c germane -n "__fish_germane_using_subcommand toys" -l keep -d 'File that keeps the toys: only those are thrown that it does not have' -r -F
complete -c germane -n "__fish_germane_using_subcommand toys" -l threads -d 'Threads [default: all cores]' -r
complete -c germane -n "__fish_germane_using_subcommand toys" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand toys" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand toys" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand toys" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand sample" -l patch -d 'Patch of a patchset, as PATCHSET:NAME' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l measurement -d 'Measurement by name [default: the first]' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l poi -d 'Parameter of interest [default: that of the measurement]' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l data -d 'What is fitted' -r -f -a "observed\t''
asimov\t''"
complete -c germane -n "__fish_germane_using_subcommand sample" -l fix -d 'Hold a parameter at a value (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l histosys -d 'HS3: what `hi` and `lo` of a histosys are, whole contents (as ROOT writes) or differences (as the standard\'s text says)' -r -f -a "contents\t''
differences\t''"
complete -c germane -n "__fish_germane_using_subcommand sample" -s m -l mass -d 'Datacards: what `$MASS` stands for' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l physics -d 'Datacards: how yields depend on parameters of interest, as \'multiSignalModel map=.*/ggH:r_ggH[1,0,10]\' or \'interferenceModel scalingData=scaling.json\'' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l keyword-value -d 'Datacards: a keyword of file and histogram names (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l mask -d 'Datacards: leave a channel out, as mask_CHANNEL=1 does (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l chains -d 'Chains, or runs of nested sampling' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l draws -d 'Draws of each chain' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l warmup -d 'Draws before them, from which a chain learns its steps' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l acceptance -d 'Part of the steps that is to be accepted' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l shortest -d 'Shorten steps at random, down to this part: a funnel needs some 0.05' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l points -d 'Live points of each run of nested sampling' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l seed -d 'Seed' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l parameter -d 'Parameter of the figure [default: that of interest, else the first]' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -s o -l output -d 'Figure of a parameter (.json, .svg, .png), or all draws (.npz); may be repeated' -r -F
complete -c germane -n "__fish_germane_using_subcommand sample" -l threads -d 'Threads [default: all cores]' -r
complete -c germane -n "__fish_germane_using_subcommand sample" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand sample" -l nested -d 'Nested sampling: evidence and weighted draws'
complete -c germane -n "__fish_germane_using_subcommand sample" -l from-start -d 'Begin at the starting values with unit widths, not at the mode: where that says nothing of the rest, as in a funnel'
complete -c germane -n "__fish_germane_using_subcommand sample" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand sample" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand sample" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand gof" -l patch -d 'Patch of a patchset, as PATCHSET:NAME' -r
complete -c germane -n "__fish_germane_using_subcommand gof" -l measurement -d 'Measurement by name [default: the first]' -r
complete -c germane -n "__fish_germane_using_subcommand gof" -l poi -d 'Parameter of interest [default: that of the measurement]' -r
complete -c germane -n "__fish_germane_using_subcommand gof" -l data -d 'What is fitted' -r -f -a "observed\t''
asimov\t''"
complete -c germane -n "__fish_germane_using_subcommand gof" -l fix -d 'Hold a parameter at a value (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand gof" -l histosys -d 'HS3: what `hi` and `lo` of a histosys are, whole contents (as ROOT writes) or differences (as the standard\'s text says)' -r -f -a "contents\t''
differences\t''"
complete -c germane -n "__fish_germane_using_subcommand gof" -s m -l mass -d 'Datacards: what `$MASS` stands for' -r
complete -c germane -n "__fish_germane_using_subcommand gof" -l physics -d 'Datacards: how yields depend on parameters of interest, as \'multiSignalModel map=.*/ggH:r_ggH[1,0,10]\' or \'interferenceModel scalingData=scaling.json\'' -r
complete -c germane -n "__fish_germane_using_subcommand gof" -l keyword-value -d 'Datacards: a keyword of file and histogram names (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand gof" -l mask -d 'Datacards: leave a channel out, as mask_CHANNEL=1 does (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand gof" -l test -d 'Against the saturated model; distance of Kolmogorov-Smirnov or Anderson-Darling; whether channels agree on the parameter of interest' -r -f -a "saturated\t''
ks\t''
ad\t''
channel_compatibility\t''"
complete -c germane -n "__fish_germane_using_subcommand gof" -s o -l output -d 'Figure of the toys, or of the values of the channels (.json, .svg, .png)' -r -F
complete -c germane -n "__fish_germane_using_subcommand gof" -l toys -d 'Toys of each hypothesis' -r
complete -c germane -n "__fish_germane_using_subcommand gof" -l seed -d 'Seed of the toys' -r
complete -c germane -n "__fish_germane_using_subcommand gof" -l keep -d 'File that keeps the toys: only those are thrown that it does not have' -r -F
complete -c germane -n "__fish_germane_using_subcommand gof" -l threads -d 'Threads [default: all cores]' -r
complete -c germane -n "__fish_germane_using_subcommand gof" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand gof" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand gof" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand gof" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand combine" -s o -l output -d 'The joint model as a workspace of pyhf, where that format can say it' -r -F
complete -c germane -n "__fish_germane_using_subcommand combine" -s m -l mass -d 'Datacards: what `$MASS` stands for' -r
complete -c germane -n "__fish_germane_using_subcommand combine" -l physics -d 'Datacards: how yields depend on parameters of interest, as \'multiSignalModel map=.*/ggH:r_ggH[1,0,10]\' or \'interferenceModel scalingData=scaling.json\'' -r
complete -c germane -n "__fish_germane_using_subcommand combine" -l keyword-value -d 'Datacards: a keyword of file and histogram names (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand combine" -l mask -d 'Datacards: leave a channel out, as mask_CHANNEL=1 does (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand combine" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand combine" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand combine" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand combine" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand eft" -l linear-in -d 'A coefficient that enters linearly only (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand eft" -l starts -d 'Random starts beside the Standard Model' -r
complete -c germane -n "__fish_germane_using_subcommand eft" -l seed -d 'Seed of the starts' -r
complete -c germane -n "__fish_germane_using_subcommand eft" -l coefficient -d 'Intervals of this coefficient only (may be repeated) [default: all]' -r
complete -c germane -n "__fish_germane_using_subcommand eft" -l scan -d 'Scan of one coefficient, profiled and with the others at the Standard Model' -r
complete -c germane -n "__fish_germane_using_subcommand eft" -l points -d 'Points of the scan' -r
complete -c germane -n "__fish_germane_using_subcommand eft" -s o -l output -d 'Figure of the scan (.json, .svg, .png)' -r -F
complete -c germane -n "__fish_germane_using_subcommand eft" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand eft" -l linear -d 'Only what is linear in the coefficients'
complete -c germane -n "__fish_germane_using_subcommand eft" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand eft" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand eft" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand scan" -l patch -d 'Patch of a patchset, as PATCHSET:NAME' -r
complete -c germane -n "__fish_germane_using_subcommand scan" -l measurement -d 'Measurement by name [default: the first]' -r
complete -c germane -n "__fish_germane_using_subcommand scan" -l poi -d 'Parameter of interest [default: that of the measurement]' -r
complete -c germane -n "__fish_germane_using_subcommand scan" -l data -d 'What is fitted' -r -f -a "observed\t''
asimov\t''"
complete -c germane -n "__fish_germane_using_subcommand scan" -l fix -d 'Hold a parameter at a value (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand scan" -l histosys -d 'HS3: what `hi` and `lo` of a histosys are, whole contents (as ROOT writes) or differences (as the standard\'s text says)' -r -f -a "contents\t''
differences\t''"
complete -c germane -n "__fish_germane_using_subcommand scan" -s m -l mass -d 'Datacards: what `$MASS` stands for' -r
complete -c germane -n "__fish_germane_using_subcommand scan" -l physics -d 'Datacards: how yields depend on parameters of interest, as \'multiSignalModel map=.*/ggH:r_ggH[1,0,10]\' or \'interferenceModel scalingData=scaling.json\'' -r
complete -c germane -n "__fish_germane_using_subcommand scan" -l keyword-value -d 'Datacards: a keyword of file and histogram names (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand scan" -l mask -d 'Datacards: leave a channel out, as mask_CHANNEL=1 does (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand scan" -l points -d 'Points, within three errors of the minimum' -r
complete -c germane -n "__fish_germane_using_subcommand scan" -l range -d 'Values from a to b instead' -r
complete -c germane -n "__fish_germane_using_subcommand scan" -s o -l output -d 'Figure (.json, .svg, .png)' -r -F
complete -c germane -n "__fish_germane_using_subcommand scan" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand scan" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand scan" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand scan" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand contour" -l patch -d 'Patch of a patchset, as PATCHSET:NAME' -r
complete -c germane -n "__fish_germane_using_subcommand contour" -l measurement -d 'Measurement by name [default: the first]' -r
complete -c germane -n "__fish_germane_using_subcommand contour" -l poi -d 'Parameter of interest [default: that of the measurement]' -r
complete -c germane -n "__fish_germane_using_subcommand contour" -l data -d 'What is fitted' -r -f -a "observed\t''
asimov\t''"
complete -c germane -n "__fish_germane_using_subcommand contour" -l fix -d 'Hold a parameter at a value (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand contour" -l histosys -d 'HS3: what `hi` and `lo` of a histosys are, whole contents (as ROOT writes) or differences (as the standard\'s text says)' -r -f -a "contents\t''
differences\t''"
complete -c germane -n "__fish_germane_using_subcommand contour" -s m -l mass -d 'Datacards: what `$MASS` stands for' -r
complete -c germane -n "__fish_germane_using_subcommand contour" -l physics -d 'Datacards: how yields depend on parameters of interest, as \'multiSignalModel map=.*/ggH:r_ggH[1,0,10]\' or \'interferenceModel scalingData=scaling.json\'' -r
complete -c germane -n "__fish_germane_using_subcommand contour" -l keyword-value -d 'Datacards: a keyword of file and histogram names (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand contour" -l mask -d 'Datacards: leave a channel out, as mask_CHANNEL=1 does (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand contour" -l points -d 'Points on each contour' -r
complete -c germane -n "__fish_germane_using_subcommand contour" -s o -l output -d 'Figure (.json, .svg, .png)' -r -F
complete -c germane -n "__fish_germane_using_subcommand contour" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand contour" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand contour" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand contour" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand rank" -l patch -d 'Patch of a patchset, as PATCHSET:NAME' -r
complete -c germane -n "__fish_germane_using_subcommand rank" -l measurement -d 'Measurement by name [default: the first]' -r
complete -c germane -n "__fish_germane_using_subcommand rank" -l poi -d 'Parameter of interest [default: that of the measurement]' -r
complete -c germane -n "__fish_germane_using_subcommand rank" -l data -d 'What is fitted' -r -f -a "observed\t''
asimov\t''"
complete -c germane -n "__fish_germane_using_subcommand rank" -l fix -d 'Hold a parameter at a value (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand rank" -l histosys -d 'HS3: what `hi` and `lo` of a histosys are, whole contents (as ROOT writes) or differences (as the standard\'s text says)' -r -f -a "contents\t''
differences\t''"
complete -c germane -n "__fish_germane_using_subcommand rank" -s m -l mass -d 'Datacards: what `$MASS` stands for' -r
complete -c germane -n "__fish_germane_using_subcommand rank" -l physics -d 'Datacards: how yields depend on parameters of interest, as \'multiSignalModel map=.*/ggH:r_ggH[1,0,10]\' or \'interferenceModel scalingData=scaling.json\'' -r
complete -c germane -n "__fish_germane_using_subcommand rank" -l keyword-value -d 'Datacards: a keyword of file and histogram names (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand rank" -l mask -d 'Datacards: leave a channel out, as mask_CHANNEL=1 does (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand rank" -l group -d 'Impact of a group of parameters, by patterns of their names; or of a group of a datacard (may be repeated) [default: all groups of a datacard]' -r
complete -c germane -n "__fish_germane_using_subcommand rank" -l threads -d 'Threads [default: all cores]' -r
complete -c germane -n "__fish_germane_using_subcommand rank" -s o -l output -d 'Figure (.json, .svg, .png)' -r -F
complete -c germane -n "__fish_germane_using_subcommand rank" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand rank" -l covariance -d 'From the covariance alone, without fits'
complete -c germane -n "__fish_germane_using_subcommand rank" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand rank" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand rank" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand yields" -l patch -d 'Patch of a patchset, as PATCHSET:NAME' -r
complete -c germane -n "__fish_germane_using_subcommand yields" -l measurement -d 'Measurement by name [default: the first]' -r
complete -c germane -n "__fish_germane_using_subcommand yields" -l poi -d 'Parameter of interest [default: that of the measurement]' -r
complete -c germane -n "__fish_germane_using_subcommand yields" -l data -d 'What is fitted' -r -f -a "observed\t''
asimov\t''"
complete -c germane -n "__fish_germane_using_subcommand yields" -l fix -d 'Hold a parameter at a value (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand yields" -l histosys -d 'HS3: what `hi` and `lo` of a histosys are, whole contents (as ROOT writes) or differences (as the standard\'s text says)' -r -f -a "contents\t''
differences\t''"
complete -c germane -n "__fish_germane_using_subcommand yields" -s m -l mass -d 'Datacards: what `$MASS` stands for' -r
complete -c germane -n "__fish_germane_using_subcommand yields" -l physics -d 'Datacards: how yields depend on parameters of interest, as \'multiSignalModel map=.*/ggH:r_ggH[1,0,10]\' or \'interferenceModel scalingData=scaling.json\'' -r
complete -c germane -n "__fish_germane_using_subcommand yields" -l keyword-value -d 'Datacards: a keyword of file and histogram names (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand yields" -l mask -d 'Datacards: leave a channel out, as mask_CHANNEL=1 does (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand yields" -l format -d 'Form of the table' -r -f -a "text\t''
latex\t''
html\t''"
complete -c germane -n "__fish_germane_using_subcommand yields" -s o -l output -d 'Figure of data and stacked yields (.json, .svg, .png); of several channels NAME_CHANNEL.SUFFIX' -r -F
complete -c germane -n "__fish_germane_using_subcommand yields" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand yields" -l prefit -d 'Before the fit: starting values, widths of the constraints'
complete -c germane -n "__fish_germane_using_subcommand yields" -l bins -d 'Each bin by itself'
complete -c germane -n "__fish_germane_using_subcommand yields" -l log -d 'Logarithmic axis of the figure'
complete -c germane -n "__fish_germane_using_subcommand yields" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand yields" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand yields" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand raw" -s o -l output -d 'Takes what names no file; relative names start in its folder [default: STEM.lh5]' -r -F
complete -c germane -n "__fish_germane_using_subcommand raw" -s c -l config -d 'Output specification, JSON or YAML: which rows go where, and what is done to them' -r -F
complete -c germane -n "__fish_germane_using_subcommand raw" -l set -d 'A word that names in the specification may use, such as file_key (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand raw" -l packets -d 'Decode at most N packets of each input' -r
complete -c germane -n "__fish_germane_using_subcommand raw" -l rows-per-key -d 'Keep at most N rows of each key' -r
complete -c germane -n "__fish_germane_using_subcommand raw" -l hdf5-settings -d 'How datasets are stored that the specification says nothing about, as h5py names it: {"compression": "lzf"}' -r
complete -c germane -n "__fish_germane_using_subcommand raw" -l compass-settings -d 'Settings of a CoMPASS run (XML), written as its header' -r -F
complete -c germane -n "__fish_germane_using_subcommand raw" -l threads -d 'Threads [default: all cores]' -r
complete -c germane -n "__fish_germane_using_subcommand raw" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand raw" -l follow -d 'Wait for more at the end of an input, until Ctrl-C'
complete -c germane -n "__fish_germane_using_subcommand raw" -l force -d 'Replace files that germane has not written'
complete -c germane -n "__fish_germane_using_subcommand raw" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand raw" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand raw" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand dsp" -s c -l config -d 'Processing chains, JSON or YAML; what a later one says wins' -r -F
complete -c germane -n "__fish_germane_using_subcommand dsp" -l chan-config -d 'Chains by pattern of table, JSON or YAML; the first that fits wins over --config' -r -F
complete -c germane -n "__fish_germane_using_subcommand dsp" -s g -l groups -d 'Raw tables by path or pattern (may be repeated, or separated by commas) [default: all]' -r
complete -c germane -n "__fish_germane_using_subcommand dsp" -s b -l base-group -d 'Folder of the tables [default: raw, where the file has it]' -r
complete -c germane -n "__fish_germane_using_subcommand dsp" -s D -l database -d 'Parameters by channel, JSON or YAML' -r -F
complete -c germane -n "__fish_germane_using_subcommand dsp" -s o -l output -d 'New file, or a folder for several [default: STEM_dsp.lh5]' -r -F
complete -c germane -n "__fish_germane_using_subcommand dsp" -s p -l outputs -d 'Write these outputs instead of those of the chain' -r
complete -c germane -n "__fish_germane_using_subcommand dsp" -s n -l rows -d 'Process the first N rows of each table' -r
complete -c germane -n "__fish_germane_using_subcommand dsp" -l threads -d 'Threads [default: all cores]' -r
complete -c germane -n "__fish_germane_using_subcommand dsp" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand dsp" -l allow-missing-outputs -d 'Leave outputs out that nothing makes, with a warning'
complete -c germane -n "__fish_germane_using_subcommand dsp" -s w -l overwrite -d 'Replace the output if it is there'
complete -c germane -n "__fish_germane_using_subcommand dsp" -s u -l update -d 'Replace and add columns of the output'
complete -c germane -n "__fish_germane_using_subcommand dsp" -s a -l append -d 'Add rows to the tables of the output'
complete -c germane -n "__fish_germane_using_subcommand dsp" -l list -d 'List tables, rows and outputs; process nothing'
complete -c germane -n "__fish_germane_using_subcommand dsp" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand dsp" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand dsp" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand records" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand records" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand records" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand records" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand concat" -s o -l output -d 'New file' -r -F
complete -c germane -n "__fish_germane_using_subcommand concat" -s i -l include -d 'Take only columns whose path matches; whole tables are TABLE/* (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand concat" -s e -l exclude -d 'Leave out columns whose path matches (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand concat" -l threads -d 'Threads [default: all cores]' -r
complete -c germane -n "__fish_germane_using_subcommand concat" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand concat" -l force -d 'Replace the output if it is there'
complete -c germane -n "__fish_germane_using_subcommand concat" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand concat" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand concat" -s h -l help -d 'Print help'
complete -c germane -n "__fish_germane_using_subcommand convert" -s o -l output -d 'New file, or folder for HistFactory\'s XML [default: standard output]' -r -F
complete -c germane -n "__fish_germane_using_subcommand convert" -l to -d 'Format [default: by the suffix of the output]' -r -f -a "datacard\t''
histfactory\t''
hs3\t''
pyhf\t''"
complete -c germane -n "__fish_germane_using_subcommand convert" -l drop -d 'Leave a part out; KIND is channel, sample, modifier, type or measurement (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand convert" -l rename -d 'Give a part a new name, or KIND:OLD=NEW (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand convert" -s m -l mass -d 'Datacards: what `$MASS` stands for' -r
complete -c germane -n "__fish_germane_using_subcommand convert" -l physics -d 'Datacards: how yields depend on parameters of interest, as \'multiSignalModel map=.*/ggH:r_ggH[1,0,10]\' or \'interferenceModel scalingData=scaling.json\'' -r
complete -c germane -n "__fish_germane_using_subcommand convert" -l keyword-value -d 'Datacards: a keyword of file and histogram names (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand convert" -l mask -d 'Datacards: leave a channel out, as mask_CHANNEL=1 does (may be repeated)' -r
complete -c germane -n "__fish_germane_using_subcommand convert" -l color -d 'When to use colours [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c germane -n "__fish_germane_using_subcommand convert" -l counting -d 'Make a counting channel of each bin of a datacard, without a file of templates'
complete -c germane -n "__fish_germane_using_subcommand convert" -l lossy -d 'Write also where the format cannot say everything'
complete -c germane -n "__fish_germane_using_subcommand convert" -l force -d 'Replace the output if it is there'
complete -c germane -n "__fish_germane_using_subcommand convert" -l json -d 'One JSON document on standard output, nothing else'
complete -c germane -n "__fish_germane_using_subcommand convert" -s q -l quiet -d 'No progress and no summary'
complete -c germane -n "__fish_germane_using_subcommand convert" -s h -l help -d 'Print help'
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
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "run" -d 'Run an analysis file: read, select, fill, fit, draw'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "plan" -d 'Check an analysis file, or a processing chain on a raw file, and print the plan; reads headers only'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "ls" -d 'List the objects of files'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "show" -d 'Show values of a table, a histogram, or a waveform with every step of its chain'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "digest" -d 'Every object of files with type, entries and sha256 of its decoded values, as JSON'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "codec" -d 'Encode and decode the waveforms of NumPy archives'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "fit" -d 'Fit a model: pyhf\'s workspace, HS3, HistFactory\'s XML, a datacard, cabinetry\'s or TRExFitter\'s configuration'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "inspect" -d 'What a model is made of: channels, samples, modifiers, parameters, measurements, and what is odd'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "limit" -d 'Upper limits on the parameter of interest (CLs), observed and expected'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "significance" -d 'Significance of a signal, observed and expected'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "toys" -d 'Distributions of a test statistic in toys: p-values, CLs'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "sample" -d 'Draws of the posterior with flat priors within the bounds: means, intervals, evidence'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "gof" -d 'Goodness of fit against the saturated model, by χ² and by toys'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "combine" -d 'Joint model by a map of parameters: what is shared, and fits with these, full and no correlations'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "eft" -d 'Coefficients of a quadratic model: all minima, intervals as unions, directions that the data determine'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "scan" -d 'Profiled likelihood along a parameter'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "contour" -d 'Contours of the profiled likelihood of two parameters'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "rank" -d 'Impacts of the nuisance parameters on the parameter of interest'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "yields" -d 'Expected yields with their errors after the fit, or before it'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "raw" -d 'Raw files of digitizers (FlashCam, ORCA, CoMPASS, LLAMA) to LH5'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "dsp" -d 'Waveforms of raw LH5 tables through processing chains to dsp tables'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "records" -d 'Records of a raw file with place, size and kind, without decoding them'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "concat" -d 'Tables, arrays and vectors of several LH5 files as one'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "convert" -d 'A model in another format: pyhf\'s workspace, HS3'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "schema" -d 'JSON Schema of the analysis file'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "completions" -d 'Completion script for a shell'
complete -c germane -n "__fish_germane_using_subcommand help; and not __fish_seen_subcommand_from run plan ls show digest codec fit inspect limit significance toys sample gof combine eft scan contour rank yields raw dsp records concat convert schema completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c germane -n "__fish_germane_using_subcommand help; and __fish_seen_subcommand_from codec" -f -a "encode" -d 'Waveforms to their encoded form'
complete -c germane -n "__fish_germane_using_subcommand help; and __fish_seen_subcommand_from codec" -f -a "decode" -d 'Encoded waveforms to samples'
