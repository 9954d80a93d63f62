//! Every key of the analysis file, with its meaning: the source of the check, of the JSON Schema and of the documentation.

use super::shape::{Key, Shape, optional, required};
use Shape::{Any, Bool, Either, Expression, Integer, Keys, List, Names, Quantity, Text, Word};

const TEXTS: Shape = List(&Text);
const TEXT_OR_LIST: Shape = Either(&[&Text, &TEXTS]);
const EXPRESSIONS: Shape = List(&Expression);
const NAMED_TEXTS: Shape = Names { of: "name", value: &Text };
const NAMED_EXPRESSIONS: Shape = Names { of: "column", value: &Expression };

const DATASET: Shape = Keys(&[
    required("files", &TEXT_OR_LIST, "file, glob, or list of them; relative to the analysis file"),
    optional("tree", &Text, "the table to read; may be left out where a file has one"),
    optional("tables", &TEXT_OR_LIST, "tables of detectors, e.g. `ch*/raw`: an entry a row, with the text column `channel`"),
    optional("kind", &Word(&["data", "simulation"]), "what the events are"),
    optional("process", &Text, "physics process; default: the dataset's name"),
    optional("schema", &Word(&["auto", "nanoaod"]), "how collections are found; auto: counters `nX`, `NX`"),
    optional("units", &NAMED_TEXTS, "unit of each column (names as in the file; *, ?, [abc] match)"),
    optional("rename", &NAMED_TEXTS, "names by which columns are known here; * stands for the same text on both sides"),
    optional("missing", &Word(&["error", "null"]), "what a column is in files that lack it"),
    optional("duplicates", &Word(&["error", "allow"]), "whether a file may be listed twice"),
    optional("cross_section", &Quantity, "cross section, e.g. `729.84 pb`"),
    optional("era", &Text, "label of the data-taking period"),
    optional("labels", &Names { of: "label", value: &Any }, "own labels, constant for each dataset"),
]);

const VARIATION: Shape = Keys(&[
    optional("up", &NAMED_EXPRESSIONS, "columns replaced for everything downstream"),
    optional("down", &NAMED_EXPRESSIONS, "the same for the other direction"),
]);

const WEIGHT: Shape = Either(&[
    &Expression,
    &Keys(&[
        required("nominal", &Expression, "the factor"),
        optional("up", &Expression, "the factor in the variation up"),
        optional("down", &Expression, "the factor in the variation down"),
    ]),
]);

const REGION: Shape = Either(&[
    &EXPRESSIONS,
    &Keys(&[optional("from", &Text, "region whose cuts come first"), required("cuts", &EXPRESSIONS, "cuts in order: a cutflow")]),
]);

const AXIS: Shape = Either(&[
    &List(&Quantity),
    &Keys(&[
        optional("edges", &List(&Quantity), "increasing bin edges"),
        optional("unit", &Text, "unit of the edges"),
        optional("integer", &List(&Integer), "whole numbers from the first up to the second, excluded"),
        optional("categories", &TEXTS, "texts"),
    ]),
]);

const HISTOGRAM: Shape = Keys(&[
    required("fill", &Either(&[&Expression, &EXPRESSIONS]), "what is filled: one expression an axis"),
    optional("axis", &AXIS, "`[bins, low, high]`, or edges, integer, categories"),
    optional("axes", &List(&AXIS), "several axes"),
    required("regions", &TEXTS, "regions it is filled in"),
    optional("label", &Text, "axis label of the figure"),
    optional("weight", &Expression, "a further factor of the weight"),
]);

const TABLE: Shape = Keys(&[
    required("region", &Text, "region whose entries are written"),
    required("columns", &EXPRESSIONS, "columns, in order"),
    required("to", &Text, "file below `tables/`; .json"),
]);

const PARAMETER: Shape = Keys(&[
    required("value", &Quantity, "start value"),
    optional("range", &List(&Quantity), "`[lower, upper]`"),
    optional("fixed", &Bool, "whether the fit leaves it alone"),
]);

const CHANNEL: Shape = Keys(&[
    required("histogram", &Text, "histogram that gives column and bins"),
    optional("region", &Text, "region; default: the channel's name"),
    optional("bins", &List(&Quantity), "`[bins, low, high]`: coarser bins whose edges are edges of the histogram"),
    optional("density", &Names { of: "component", value: &Any }, "components of a probability density"),
]);

const MODEL: Shape = Keys(&[
    required("channels", &Names { of: "channel", value: &CHANNEL }, "each a region with a histogram"),
    optional("parameters", &Names { of: "parameter", value: &PARAMETER }, "parameters of the densities"),
    optional("parameter_of_interest", &Names { of: "parameter", value: &Text }, "signal strength: name and process"),
    optional("luminosity", &Quantity, "relative uncertainty of the luminosity, e.g. `2 percent`"),
    optional("normalisation", &Bool, "whether shape variations also move the yield (default true)"),
]);

const FIT: Shape = Keys(&[
    optional(
        "data",
        &Either(&[&Word(&["observed", "asimov"]), &Keys(&[required("toy", &Integer, "seed of the toy")])]),
        "what is fitted: observed, asimov, or {toy: SEED}",
    ),
    optional("binned", &Bool, "fit bin contents of the density instead of events"),
    optional("minos", &Word(&["all", "none"]), "profile-likelihood intervals"),
]);

const TIERS: Shape = Keys(&[
    optional(
        "dsp",
        &Keys(&[
            required("chain", &TEXT_OR_LIST, "files of the processing chain; later ones win"),
            optional("database", &Text, "file of parameters by channel: what the chain calls `db.…`"),
        ]),
        "waveforms to energies and times",
    ),
    optional(
        "hit",
        &Keys(&[
            required("config", &Text, "file of operations and aggregations"),
            optional("database", &Text, "file of parameters by channel: what the operations call `db.…`"),
        ]),
        "expressions and quality flags of each row",
    ),
]);

const CALIBRATION: Shape = Keys(&[
    required("of", &Expression, "the energy that is not calibrated yet"),
    optional("per", &Word(&["channel"]), "what has a calibration of its own"),
    optional("on", &Text, "dataset whose lines are fitted; default: all with `tables`"),
    optional("where", &Expression, "rows whose energies count"),
    optional("shape", &Word(&["hpge_peak", "gauss_on_step"]), "shape of a line; a tail that is not supported is left out"),
    required("lines", &List(&Quantity), "energies of the lines, e.g. `2614.511 keV`"),
    optional("degree", &Integer, "degree of the scale: 0 a factor, -1 a shift, 1 both, 2 …"),
    optional("window", &Quantity, "half width of the fitted windows"),
    optional("fwhm", &Word(&["linear", "quadratic"]), "resolution curve: √(a + bE) or √(a + bE + cE²)"),
    optional("report_at", &List(&Quantity), "energies at which the resolution is told"),
]);

const FIGURE: Shape = Keys(&[
    required("kind", &Word(&["fit", "templates", "pulls", "histogram", "spectrum", "curve", "waveforms"]), "recipe"),
    required("of", &Text, "product it shows: `fits.NAME`, `histograms.NAME`, `calibrations.NAME`, `tiers.dsp`"),
    optional("region", &Text, "region of the histogram"),
    optional("label", &Text, "axis label"),
    optional("log", &Bool, "logarithmic y axis"),
    optional("channel", &Text, "channel of a calibration or of waveforms; default: the first"),
    optional("entries", &List(&Integer), "entries of the waveforms"),
]);

/// The whole file.
pub static ANALYSIS: Shape = Keys(&[
    optional("germane", &Integer, "version of this form: 1; it must be there"),
    required("datasets", &Names { of: "dataset", value: &DATASET }, "named sets of files with the same meaning"),
    optional("luminosity", &Quantity, "integrated luminosity, e.g. `3.378 /fb`"),
    optional("tiers", &TIERS, "what is made of raw tables first"),
    optional(
        "calibrations",
        &Names { of: "calibration", value: &CALIBRATION },
        "energies: each makes a column of its name in keV",
    ),
    optional("define", &NAMED_EXPRESSIONS, "new columns, in any order"),
    optional("variations", &Names { of: "variation", value: &VARIATION }, "alternatives of columns"),
    optional("weights", &Names { of: "weight", value: &WEIGHT }, "factors of the event weight, with variations"),
    optional("regions", &Names { of: "region", value: &REGION }, "selections"),
    optional("histograms", &Names { of: "histogram", value: &HISTOGRAM }, "histograms"),
    optional("tables", &Names { of: "table", value: &TABLE }, "tables of selected entries"),
    optional("model", &MODEL, "the likelihood"),
    optional("fits", &Names { of: "fit", value: &FIT }, "fits of the model"),
    optional("figures", &Names { of: "figure", value: &FIGURE }, "figures"),
]);

/// Keys of the form that this version does not act on; they are refused by name rather than ignored.
pub static NOT_YET: &[&str] = &["seed", "corrections", "models", "join", "parameters", "optimise", "include", "for"];

/// The keys of the file's top level.
pub fn top() -> &'static [Key] {
    match ANALYSIS {
        Keys(keys) => keys,
        _ => &[],
    }
}
