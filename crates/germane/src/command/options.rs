//! Options of all commands, as `--help` shows them.

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use germane_columns::NumberType;
use std::path::PathBuf;

/// From detector or collision data to a fitted, plotted, preserved result.
#[derive(Debug, Parser)]
#[command(name = "germane", version, arg_required_else_help = true, subcommand_required = true, after_help = EXAMPLES)]
pub(super) struct Options {
    #[command(subcommand)]
    pub(super) command: Command,
    /// One JSON document on standard output, nothing else
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// No progress and no summary
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// When to use colours [env: NO_COLOR, CLICOLOR_FORCE]
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: ColorChoice,
}

const EXAMPLES: &str = "Examples:
  germane ls data.root                      what is inside a file
  germane show data.root Events --rows 0:5  look at values
  germane run analysis.yaml                 everything; resumes; same bits
  germane fit workspace.json                fit a pyhf workspace
  germane plan analysis.yaml                the checked plan, from headers only";

const RAW_EXAMPLES: &str = "Examples:
  germane raw run12.fcio -o run12.lh5                         every table under the name of its decoder
  germane raw run12.orca -o out/run12.lh5 --config spec.yaml  as an output specification says
  germane raw tcp://daq:3000 -o live.lh5 --follow             until Ctrl-C";

const DSP_EXAMPLES: &str = "Examples:
  germane dsp raw.lh5 -c hpge.yaml -o dsp.lh5 -D database.yaml        every table, with parameters by channel
  germane dsp raw.lh5 -c hpge.yaml -g 'ch11*/raw' -p trapEmax,tp_0 -n 1000 -o try.lh5 -w
  germane dsp *_raw.lh5 -c common.yaml special.yaml -o dsp/           what a later chain says wins";

const FIT_EXAMPLES: &str = "Examples:
  germane fit workspace.json --data asimov
  germane fit workspace.json --starts 100            searches from random points, too: other minima are listed
  germane fit workspace.json --minuit --strategy 2   MIGRAD and HESSE, with the flags of Minuit";

const TOYS_EXAMPLES: &str = "Examples:
  germane toys workspace.json --value 1 --toys 10000 -o toys.png    q~ at mu = 1, with and without signal
  germane toys workspace.json --statistic q0 --keep toys.json       goes on where it was stopped";

const RANK_EXAMPLES: &str = "Examples:
  germane rank workspace.json -o ranking.png
  germane rank workspace.json --group 'jets=JES_*,JER_*' --group 'lumi=lumi'";

const SAMPLE_EXAMPLES: &str = "Examples:
  germane sample workspace.json -o mu.png             four chains of the no-U-turn sampler
  germane sample workspace.json --nested --points 1000   evidence; several modes";

const COMBINE_EXAMPLE: &str = "Example:
  germane combine map.yaml -o joint.json

The map:
  germane: 1
  models: {A: A.json, B: B.json}
  rename: {B.JES: jes}
  correlations:
    same: [[A.mu, B.mu], theory]
    different: [lumi]
    partial: [{pair: [A.jes, B.jes], rho: 0.5}]
    default: different";

const EFT_EXAMPLES: &str = "Examples:
  germane eft scaling.json yields.json measured.json
  germane eft scaling.json yields.json --linear --scan cHq3 -o scan.png";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run an analysis file: read, select, fill, fit, draw
    #[command(after_help = "Example:\n  germane run examples/zmumu/analysis.yaml -o zmumu --threads 2")]
    Run(RunArguments),
    /// Check an analysis file, or a processing chain on a raw file, and print the plan; reads headers only
    #[command(after_help = "Examples:\n  germane plan analysis.yaml\n  germane plan hpge.yaml --on raw.lh5")]
    Plan(PlanArguments),
    /// List the objects of files
    #[command(after_help = "Example:\n  germane ls data.root")]
    Ls(LsArguments),
    /// Show values of a table, a histogram, or a waveform with every step of its chain
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowArguments),
    /// Every object of files with type, entries and sha256 of its decoded values, as JSON
    #[command(after_help = "Example:\n  germane digest data.root")]
    Digest(DigestArguments),
    /// Encode and decode the waveforms of NumPy archives
    #[command(after_help = "Example:\n  germane codec encode waveforms.npz -o encoded.npz --codec radware_sigcompress")]
    Codec(CodecArguments),
    /// Fit a model: pyhf's workspace, HS3, HistFactory's XML, a datacard, cabinetry's or TRExFitter's configuration
    #[command(after_help = FIT_EXAMPLES)]
    Fit(FitArguments),
    /// What a model is made of: channels, samples, modifiers, parameters, measurements, and what is odd
    #[command(after_help = "Example:\n  germane inspect workspace.json")]
    Inspect(InspectArguments),
    /// Upper limits on the parameter of interest (CLs), observed and expected
    #[command(after_help = "Example:\n  germane limit workspace.json --poi mu -o limit.png")]
    Limit(LimitArguments),
    /// Significance of a signal, observed and expected
    #[command(after_help = "Example:\n  germane significance workspace.json")]
    Significance(SignificanceArguments),
    /// Distributions of a test statistic in toys: p-values, CLs
    #[command(after_help = TOYS_EXAMPLES)]
    Toys(ToysArguments),
    /// Draws of the posterior with flat priors within the bounds: means, intervals, evidence
    #[command(after_help = SAMPLE_EXAMPLES)]
    Sample(SampleArguments),
    /// Goodness of fit against the saturated model, by χ² and by toys
    #[command(after_help = "Example:\n  germane gof workspace.json --toys 1000 -o gof.png")]
    Gof(GofArguments),
    /// Joint model by a map of parameters: what is shared, and fits with these, full and no correlations
    #[command(after_help = COMBINE_EXAMPLE)]
    Combine(CombineArguments),
    /// Coefficients of a quadratic model: all minima, intervals as unions, directions that the data determine
    #[command(after_help = EFT_EXAMPLES)]
    Eft(EftArguments),
    /// Profiled likelihood along a parameter
    #[command(after_help = "Example:\n  germane scan workspace.json --poi mu -o scan.png")]
    Scan(ScanArguments),
    /// Contours of the profiled likelihood of two parameters
    #[command(after_help = "Example:\n  germane contour workspace.json mu lumi -o contour.png")]
    Contour(ContourArguments),
    /// Impacts of the nuisance parameters on the parameter of interest
    #[command(after_help = RANK_EXAMPLES)]
    Rank(RankArguments),
    /// Expected yields with their errors after the fit, or before it
    #[command(after_help = "Example:\n  germane yields workspace.json --bins --format latex")]
    Yields(YieldsArguments),
    /// Raw files of digitizers (FlashCam, ORCA, CoMPASS, LLAMA) to LH5
    #[command(after_help = RAW_EXAMPLES)]
    Raw(RawArguments),
    /// Waveforms of raw LH5 tables through processing chains to dsp tables
    #[command(after_help = DSP_EXAMPLES)]
    Dsp(DspArguments),
    /// Records of a raw file with place, size and kind, without decoding them
    #[command(after_help = "Example:\n  germane records run12.fcio")]
    Records(RecordsArguments),
    /// Tables, arrays and vectors of several LH5 files as one
    #[command(after_help = "Example:\n  germane concat run1.lh5 run2.lh5 -o both.lh5 --exclude '*/waveform/*'")]
    Concat(ConcatArguments),
    /// A model in another format: pyhf's workspace, HS3
    #[command(after_help = "Example:\n  germane convert workspace.json -o workspace.hs3.json")]
    Convert(ConvertArguments),
    /// JSON Schema of the analysis file
    Schema,
    /// Completion script for a shell
    #[command(after_help = "Example:\n  germane completions bash > ~/.local/share/bash-completion/completions/germane")]
    Completions {
        /// bash, zsh, fish, …
        shell: Shell,
    },
}

#[derive(Args, Debug)]
pub(super) struct RunArguments {
    /// Analysis file
    #[arg(default_value = "analysis.yaml")]
    pub(super) analysis: PathBuf,
    /// Output folder [default: STEM-out]
    #[arg(short, long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", env = "GERMANE_THREADS")]
    pub(super) threads: Option<usize>,
    /// Folder of partial results
    #[arg(long, value_name = "DIR", env = "GERMANE_CACHE")]
    pub(super) cache: Option<PathBuf>,
    /// Leave bad files out: all, at most N, or at most P% of a dataset; each is listed
    #[arg(long, value_name = "N|P%", num_args = 0..=1, require_equals = true, default_missing_value = "100%")]
    pub(super) allow_bad_files: Option<String>,
    /// Compressed bytes of a partition
    #[arg(long, value_name = "SIZE", default_value = "64MiB")]
    pub(super) partition_size: String,
}

#[derive(Args, Debug)]
pub(super) struct PlanArguments {
    /// Analysis file, or a processing chain
    #[arg(default_value = "analysis.yaml")]
    pub(super) analysis: PathBuf,
    /// Raw file on the tables of which the chain is typed
    #[arg(long, value_name = "RAW")]
    pub(super) on: Option<PathBuf>,
    #[command(flatten)]
    pub(super) tables: TableArguments,
}

/// Which raw tables, and their parameters.
#[derive(Args, Debug)]
pub(super) struct TableArguments {
    /// Raw tables by path or pattern (may be repeated, or separated by commas) [default: all]
    #[arg(short, long, value_name = "GROUPS", value_delimiter = ',')]
    pub(super) groups: Vec<String>,
    /// Folder of the tables [default: raw, where the file has it]
    #[arg(short, long, value_name = "GROUP")]
    pub(super) base_group: Option<String>,
    /// Parameters by channel, JSON or YAML
    #[arg(short = 'D', long, value_name = "DATABASE")]
    pub(super) database: Option<PathBuf>,
    /// Leave outputs out that nothing makes, with a warning
    #[arg(long)]
    pub(super) allow_missing_outputs: bool,
}

#[derive(Args, Debug)]
pub(super) struct DspArguments {
    /// Raw LH5 files
    #[arg(required = true, value_name = "RAW")]
    pub(super) inputs: Vec<PathBuf>,
    /// Processing chains, JSON or YAML; what a later one says wins
    #[arg(short, long, value_name = "CHAIN", num_args = 1.., required_unless_present = "chan_config")]
    pub(super) config: Vec<PathBuf>,
    /// Chains by pattern of table, JSON or YAML; the first that fits wins over --config
    #[arg(long, value_name = "FILE")]
    pub(super) chan_config: Option<PathBuf>,
    #[command(flatten)]
    pub(super) tables: TableArguments,
    /// New file, or a folder for several [default: STEM_dsp.lh5]
    #[arg(short, long, value_name = "OUT")]
    pub(super) output: Option<PathBuf>,
    /// Write these outputs instead of those of the chain
    #[arg(short = 'p', long, value_name = "OUTPUTS", value_delimiter = ',')]
    pub(super) outputs: Vec<String>,
    /// Process the first N rows of each table
    #[arg(short = 'n', long, value_name = "ROWS")]
    pub(super) rows: Option<u64>,
    /// Replace the output if it is there
    #[arg(short = 'w', long, group = "mode")]
    pub(super) overwrite: bool,
    /// Replace and add columns of the output
    #[arg(short = 'u', long, group = "mode")]
    pub(super) update: bool,
    /// Add rows to the tables of the output
    #[arg(short = 'a', long, group = "mode")]
    pub(super) append: bool,
    /// List tables, rows and outputs; process nothing
    #[arg(long)]
    pub(super) list: bool,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", env = "GERMANE_THREADS")]
    pub(super) threads: Option<usize>,
}

#[derive(Args, Debug)]
pub(super) struct LsArguments {
    /// Files
    #[arg(required = true)]
    pub(super) files: Vec<PathBuf>,
}

const SHOW_EXAMPLES: &str = "Examples:
  germane show data.root Events --rows 0:5 --expr 'Jet[pt > 30].pt'
  germane show raw.lh5 ch1/raw --entry 7 --chain hpge.yaml -o pulse.png";

#[derive(Args, Debug)]
pub(super) struct ShowArguments {
    /// File, or FILE:OBJECT
    pub(super) file: String,
    /// Object in the file
    pub(super) object: Option<String>,
    /// Entries from a up to b, excluded
    #[arg(long, value_name = "a:b", default_value = "0:10")]
    pub(super) rows: String,
    /// Show this expression instead of the columns (may be repeated)
    #[arg(long, value_name = "E")]
    pub(super) expr: Vec<String>,
    /// Only entries that pass this cut
    #[arg(long = "where", value_name = "CUT")]
    pub(super) cut: Option<String>,
    /// Draw the waveforms of this entry, with every step of the chain
    #[arg(long, value_name = "N", requires = "chain")]
    pub(super) entry: Option<u64>,
    /// Processing chains, JSON or YAML; what a later one says wins
    #[arg(long, value_name = "CHAIN", num_args = 1.., requires = "entry")]
    pub(super) chain: Vec<PathBuf>,
    /// Parameters of the chain by channel, JSON or YAML
    #[arg(short = 'D', long, value_name = "DATABASE", requires = "chain")]
    pub(super) database: Option<PathBuf>,
    /// Write the figure there, .svg, .png or .json
    #[arg(short, long, value_name = "FILE", requires = "chain")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct DigestArguments {
    /// Files
    #[arg(required = true)]
    pub(super) files: Vec<PathBuf>,
}

/// Which model, and which data.
#[derive(Args, Debug)]
pub(super) struct ModelArguments {
    /// Workspace of pyhf, HS3 document, top-level XML of HistFactory, datacard of combine, configuration of cabinetry or
    /// TRExFitter, `-` for standard input
    #[arg(value_name = "MODEL")]
    pub(super) workspace: String,
    /// Patch of a patchset, as PATCHSET:NAME
    #[arg(long, value_name = "P")]
    pub(super) patch: Option<String>,
    /// Measurement by name [default: the first]
    #[arg(long, value_name = "M")]
    pub(super) measurement: Option<String>,
    /// Parameter of interest [default: that of the measurement]
    #[arg(long, value_name = "NAME")]
    pub(super) poi: Option<String>,
    /// What is fitted
    #[arg(long, value_name = "DATA", default_value = "observed", value_parser = ["observed", "asimov"])]
    pub(super) data: String,
    /// Hold a parameter at a value (may be repeated)
    #[arg(long, value_name = "NAME=V")]
    pub(super) fix: Vec<String>,
    /// HS3: what `hi` and `lo` of a histosys are, whole contents (as ROOT writes) or differences (as the standard's text says)
    #[arg(long, value_name = "KIND", default_value = "contents", value_parser = ["contents", "differences"])]
    pub(super) histosys: String,
    #[command(flatten)]
    pub(super) card: CardArguments,
}

/// What datacards leave open.
#[derive(Args, Debug)]
pub(super) struct CardArguments {
    /// Datacards: what `$MASS` stands for
    #[arg(short, long, value_name = "M", default_value_t = 120.0)]
    pub(super) mass: f64,
    /// Datacards: how yields depend on parameters of interest, as 'multiSignalModel map=.*/ggH:r_ggH[1,0,10]' or
    /// 'interferenceModel scalingData=scaling.json'
    #[arg(long, value_name = "'NAME OPTIONS'")]
    pub(super) physics: Option<String>,
    /// Datacards: a keyword of file and histogram names (may be repeated)
    #[arg(long, value_name = "NAME=TEXT")]
    pub(super) keyword_value: Vec<String>,
    /// Datacards: leave a channel out, as mask_CHANNEL=1 does (may be repeated)
    #[arg(long, value_name = "CHANNEL")]
    pub(super) mask: Vec<String>,
}

#[derive(Args, Debug)]
pub(super) struct FitArguments {
    #[command(flatten)]
    pub(super) model: ModelArguments,
    /// Intervals of the profiled likelihood for a parameter, or `all` (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(super) minos: Vec<String>,
    /// Searches from random starts beside the given one; the lowest minimum is taken, all are listed
    #[arg(long, value_name = "N")]
    pub(super) starts: Option<usize>,
    /// Seed of the starts
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
    /// MIGRAD, HESSE and MINOS as Minuit does them
    #[arg(long)]
    pub(super) minuit: bool,
    /// How careful Minuit is: 0, 1 or 2
    #[arg(long, value_name = "S", default_value_t = 1, requires = "minuit", value_parser = clap::value_parser!(u8).range(0..3))]
    pub(super) strategy: u8,
    /// Figure (.json, .svg, .png)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// What the figure shows
    #[arg(long, value_name = "KIND", default_value = "pulls", value_parser = ["pulls", "correlation"])]
    pub(super) figure: String,
}

#[derive(Args, Debug)]
pub(super) struct InspectArguments {
    #[command(flatten)]
    pub(super) model: ModelArguments,
}

#[derive(Args, Debug)]
pub(super) struct LimitArguments {
    #[command(flatten)]
    pub(super) model: ModelArguments,
    /// Confidence level
    #[arg(long, value_name = "CL", default_value_t = 0.95)]
    pub(super) level: f64,
    /// Confidence region by the construction of Neyman with the ordering of Feldman and Cousins, by toys; the bounds of the parameter
    /// are the physical boundary
    #[arg(long)]
    pub(super) feldman_cousins: bool,
    /// The exact region of a model of counts, without toys
    #[arg(long, requires = "feldman_cousins")]
    pub(super) exact: bool,
    /// Figure of CLs, or p-values, against the parameter (.json, .svg, .png)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Points of the figure [default: 100]; values of the first grid of --feldman-cousins [default: 20]
    #[arg(long, value_name = "N")]
    pub(super) points: Option<usize>,
    #[command(flatten)]
    pub(super) toys: ToyArguments,
}

#[derive(Args, Debug)]
pub(super) struct SignificanceArguments {
    #[command(flatten)]
    pub(super) model: ModelArguments,
    #[command(flatten)]
    pub(super) toys: ToyArguments,
}

/// Which toys.
#[derive(Args, Debug)]
pub(super) struct ToyArguments {
    /// Toys of each hypothesis
    #[arg(long, value_name = "N")]
    pub(super) toys: Option<u64>,
    /// Seed of the toys
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
    /// File that keeps the toys: only those are thrown that it does not have
    #[arg(long, value_name = "FILE")]
    pub(super) keep: Option<PathBuf>,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", env = "GERMANE_THREADS")]
    pub(super) threads: Option<usize>,
}

impl ToyArguments {
    /// Number of toys where some are needed.
    pub(super) fn count(&self) -> u64 {
        self.toys.unwrap_or(1000)
    }
}

#[derive(Args, Debug)]
pub(super) struct ToysArguments {
    #[command(flatten)]
    pub(super) model: ModelArguments,
    /// Tested value of the parameter of interest
    #[arg(long, value_name = "V", default_value_t = 1.0, allow_hyphen_values = true)]
    pub(super) value: f64,
    /// Test statistic
    #[arg(long, value_name = "NAME", default_value = "qtilde", value_parser = ["q0", "t", "ttilde", "q", "qtilde"])]
    pub(super) statistic: String,
    /// Figure (.json, .svg, .png)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) toys: ToyArguments,
}

#[derive(Args, Debug)]
pub(super) struct SampleArguments {
    #[command(flatten)]
    pub(super) model: ModelArguments,
    /// Nested sampling: evidence and weighted draws
    #[arg(long)]
    pub(super) nested: bool,
    /// Chains, or runs of nested sampling
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) chains: u32,
    /// Draws of each chain
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(4..))]
    pub(super) draws: u32,
    /// Draws before them, from which a chain learns its steps
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(super) warmup: u32,
    /// Part of the steps that is to be accepted
    #[arg(long, value_name = "A", default_value_t = 0.8)]
    pub(super) acceptance: f64,
    /// Shorten steps at random, down to this part: a funnel needs some 0.05
    #[arg(long, value_name = "A", default_value_t = 1.0)]
    pub(super) shortest: f64,
    /// Begin at the starting values with unit widths, not at the mode: where that says nothing of the rest, as in a funnel
    #[arg(long)]
    pub(super) from_start: bool,
    /// Live points of each run of nested sampling
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u32).range(2..))]
    pub(super) points: u32,
    /// Seed
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
    /// Parameter of the figure [default: that of interest, else the first]
    #[arg(long, value_name = "NAME", requires = "output")]
    pub(super) parameter: Option<String>,
    /// Figure of a parameter (.json, .svg, .png), or all draws (.npz); may be repeated
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", env = "GERMANE_THREADS")]
    pub(super) threads: Option<usize>,
}

#[derive(Args, Debug)]
pub(super) struct GofArguments {
    #[command(flatten)]
    pub(super) model: ModelArguments,
    /// Against the saturated model; distance of Kolmogorov-Smirnov or Anderson-Darling; whether channels agree on the parameter of
    /// interest
    #[arg(long, value_name = "TEST", default_value = "saturated", value_parser = ["saturated", "ks", "ad", "channel_compatibility"])]
    pub(super) test: String,
    /// Figure of the toys, or of the values of the channels (.json, .svg, .png)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) toys: ToyArguments,
}

#[derive(Args, Debug)]
pub(super) struct CombineArguments {
    /// Map of models and correlations, `-` for standard input
    #[arg(value_name = "MAP.yaml")]
    pub(super) map: String,
    /// The joint model as a workspace of pyhf, where that format can say it
    #[arg(short, long, value_name = "OUT.json")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) card: CardArguments,
}

#[derive(Args, Debug)]
pub(super) struct EftArguments {
    /// Quadratic forms of the bins (combine's scaling.json)
    pub(super) scaling: String,
    /// Yields with data, or measured values with covariance, JSON
    #[arg(required = true)]
    pub(super) parts: Vec<String>,
    /// Only what is linear in the coefficients
    #[arg(long)]
    pub(super) linear: bool,
    /// A coefficient that enters linearly only (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(super) linear_in: Vec<String>,
    /// Random starts beside the Standard Model
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(super) starts: usize,
    /// Seed of the starts
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
    /// Intervals of this coefficient only (may be repeated) [default: all]
    #[arg(long, value_name = "NAME")]
    pub(super) coefficient: Vec<String>,
    /// Scan of one coefficient, profiled and with the others at the Standard Model
    #[arg(long, value_name = "NAME", requires = "output")]
    pub(super) scan: Option<String>,
    /// Points of the scan
    #[arg(long, value_name = "N", default_value_t = 81, value_parser = clap::value_parser!(u16).range(2..))]
    pub(super) points: u16,
    /// Figure of the scan (.json, .svg, .png)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct ScanArguments {
    #[command(flatten)]
    pub(super) model: ModelArguments,
    /// Points, within three errors of the minimum
    #[arg(long, value_name = "N", default_value_t = 41, value_parser = clap::value_parser!(u16).range(2..))]
    pub(super) points: u16,
    /// Values from a to b instead
    #[arg(long, value_name = "a:b", allow_hyphen_values = true)]
    pub(super) range: Option<String>,
    /// Figure (.json, .svg, .png)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct ContourArguments {
    #[command(flatten)]
    pub(super) model: ModelArguments,
    /// First parameter
    pub(super) first: String,
    /// Second parameter
    pub(super) second: String,
    /// Points on each contour
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u16).range(4..))]
    pub(super) points: u16,
    /// Figure (.json, .svg, .png)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct RankArguments {
    #[command(flatten)]
    pub(super) model: ModelArguments,
    /// From the covariance alone, without fits
    #[arg(long)]
    pub(super) covariance: bool,
    /// Impact of a group of parameters, by patterns of their names; or of a group of a datacard (may be repeated) [default: all
    /// groups of a datacard]
    #[arg(long, value_name = "NAME=PATTERN[,PATTERN] or NAME")]
    pub(super) group: Vec<String>,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", env = "GERMANE_THREADS")]
    pub(super) threads: Option<usize>,
    /// Figure (.json, .svg, .png)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct YieldsArguments {
    #[command(flatten)]
    pub(super) model: ModelArguments,
    /// Before the fit: starting values, widths of the constraints
    #[arg(long)]
    pub(super) prefit: bool,
    /// Each bin by itself
    #[arg(long)]
    pub(super) bins: bool,
    /// Form of the table
    #[arg(long, value_name = "FORM", default_value = "text", value_parser = ["text", "latex", "html"])]
    pub(super) format: String,
    /// Figure of data and stacked yields (.json, .svg, .png); of several channels NAME_CHANNEL.SUFFIX
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Logarithmic axis of the figure
    #[arg(long, requires = "output")]
    pub(super) log: bool,
}

#[derive(Args, Debug)]
pub(super) struct RecordsArguments {
    /// Raw file, also .gz, .bz2 or .zst
    #[arg(value_name = "RAW")]
    pub(super) input: String,
}

#[derive(Args, Debug)]
pub(super) struct CodecArguments {
    #[command(subcommand)]
    pub(super) command: CodecCommand,
}

const ENCODED_ARRAYS: &str = "Arrays:
  plain    values (rows by samples, or flat with cumulative_length: the ends of the rows)
  encoded  encoded_data (uint8) with cumulative_length, decoded_size (one number, or one a row),
           codec, codec_shift; other arrays are handed on";

#[derive(Debug, Subcommand)]
pub(super) enum CodecCommand {
    /// Waveforms to their encoded form
    #[command(after_help = ENCODED_ARRAYS)]
    Encode(EncodeArguments),
    /// Encoded waveforms to samples
    #[command(after_help = ENCODED_ARRAYS)]
    Decode(DecodeArguments),
}

#[derive(Args, Debug)]
pub(super) struct EncodeArguments {
    /// Archive with waveforms
    #[arg(value_name = "IN.npz")]
    pub(super) input: PathBuf,
    /// Archive to write
    #[arg(short, long, value_name = "OUT.npz")]
    pub(super) output: PathBuf,
    /// Codec
    #[arg(long, value_name = "CODEC", default_value = "uleb128_zigzag_diff", value_parser = WAVEFORM_CODECS)]
    pub(super) codec: String,
    /// What radware_sigcompress adds to the samples [default: -32768 for uint16, else 0]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) shift: Option<i32>,
    /// Keep the lowest 16 bits of samples that radware_sigcompress does not hold, instead of refusing them
    #[arg(long)]
    pub(super) wrap: bool,
    /// Deflate the arrays
    #[arg(long)]
    pub(super) deflate: bool,
}

const WAVEFORM_CODECS: [&str; 2] = germane_formats::npz::waveforms::Codec::NAMES;

#[derive(Args, Debug)]
pub(super) struct DecodeArguments {
    /// Archive with encoded waveforms
    #[arg(value_name = "IN.npz")]
    pub(super) input: PathBuf,
    /// Archive to write
    #[arg(short, long, value_name = "OUT.npz")]
    pub(super) output: PathBuf,
    /// Codec [default: that of the archive]
    #[arg(long, value_name = "CODEC", value_parser = WAVEFORM_CODECS)]
    pub(super) codec: Option<String>,
    /// What was added to the samples [default: that of the archive]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) shift: Option<i32>,
    /// Type of the samples
    #[arg(long, value_name = "TYPE", default_value = "int32")]
    pub(super) to: SampleType,
    /// Keep the lowest bits of samples that the type does not hold, instead of refusing them
    #[arg(long)]
    pub(super) wrap: bool,
    /// Deflate the arrays
    #[arg(long)]
    pub(super) deflate: bool,
}

/// Types that waveforms are decoded to.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum SampleType {
    Uint16,
    Int16,
    Uint32,
    Int32,
    Int64,
    Float32,
    Float64,
}

impl SampleType {
    pub(super) fn number(self) -> NumberType {
        match self {
            Self::Uint16 => NumberType::U16,
            Self::Int16 => NumberType::I16,
            Self::Uint32 => NumberType::U32,
            Self::Int32 => NumberType::I32,
            Self::Int64 => NumberType::I64,
            Self::Float32 => NumberType::F32,
            Self::Float64 => NumberType::F64,
        }
    }
}

#[derive(Args, Debug)]
pub(super) struct RawArguments {
    /// Raw files, also .gz, .bz2 or .zst, or tcp://HOST:PORT; several are written one behind the other
    #[arg(required = true, value_name = "IN")]
    pub(super) inputs: Vec<String>,
    /// Takes what names no file; relative names start in its folder [default: STEM.lh5]
    #[arg(short, long, value_name = "OUT.lh5")]
    pub(super) output: Option<PathBuf>,
    /// Output specification, JSON or YAML: which rows go where, and what is done to them
    #[arg(short, long, value_name = "SPEC")]
    pub(super) config: Option<PathBuf>,
    /// A word that names in the specification may use, such as file_key (may be repeated)
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) set: Vec<String>,
    /// Decode at most N packets of each input
    #[arg(long, value_name = "N")]
    pub(super) packets: Option<u64>,
    /// Keep at most N rows of each key
    #[arg(long, value_name = "N")]
    pub(super) rows_per_key: Option<u64>,
    /// Wait for more at the end of an input, until Ctrl-C
    #[arg(long)]
    pub(super) follow: bool,
    /// How datasets are stored that the specification says nothing about, as h5py names it: {"compression": "lzf"}
    #[arg(long, value_name = "JSON")]
    pub(super) hdf5_settings: Option<String>,
    /// Settings of a CoMPASS run (XML), written as its header
    #[arg(long, value_name = "FILE")]
    pub(super) compass_settings: Option<PathBuf>,
    /// Replace files that germane has not written
    #[arg(long)]
    pub(super) force: bool,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", env = "GERMANE_THREADS")]
    pub(super) threads: Option<usize>,
}

#[derive(Args, Debug)]
pub(super) struct ConvertArguments {
    /// Models, `-` for standard input; several become one workspace
    #[arg(required = true, value_name = "IN")]
    pub(super) inputs: Vec<String>,
    /// New file, or folder for HistFactory's XML [default: standard output]
    #[arg(short, long, value_name = "OUT")]
    pub(super) output: Option<PathBuf>,
    /// Format [default: by the suffix of the output]
    #[arg(long, value_name = "FORMAT", value_parser = ["datacard", "histfactory", "hs3", "pyhf"])]
    pub(super) to: Option<String>,
    /// Leave a part out; KIND is channel, sample, modifier, type or measurement (may be repeated)
    #[arg(long, value_name = "KIND:NAME")]
    pub(super) drop: Vec<String>,
    /// Give a part a new name, or KIND:OLD=NEW (may be repeated)
    #[arg(long, value_name = "OLD=NEW")]
    pub(super) rename: Vec<String>,
    /// Make a counting channel of each bin of a datacard, without a file of templates
    #[arg(long)]
    pub(super) counting: bool,
    /// Write also where the format cannot say everything
    #[arg(long)]
    pub(super) lossy: bool,
    /// Replace the output if it is there
    #[arg(long)]
    pub(super) force: bool,
    #[command(flatten)]
    pub(super) card: CardArguments,
}

#[derive(Args, Debug)]
pub(super) struct ConcatArguments {
    /// LH5 files; the first says what is put together
    #[arg(required = true, value_name = "IN")]
    pub(super) inputs: Vec<PathBuf>,
    /// New file
    #[arg(short, long, value_name = "OUT.lh5")]
    pub(super) output: PathBuf,
    /// Take only columns whose path matches; whole tables are TABLE/* (may be repeated)
    #[arg(short, long, value_name = "PATTERN")]
    pub(super) include: Vec<String>,
    /// Leave out columns whose path matches (may be repeated)
    #[arg(short, long, value_name = "PATTERN")]
    pub(super) exclude: Vec<String>,
    /// Replace the output if it is there
    #[arg(long)]
    pub(super) force: bool,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", env = "GERMANE_THREADS")]
    pub(super) threads: Option<usize>,
}
