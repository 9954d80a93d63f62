//! Which settings there are, and how they are asked for.

use super::super::Text;
use super::blocks::Block;
use germane_texts::{Diagnostic, Source, nearest};

/// Settings that are used.
fn used(kind: &str) -> &'static [&'static str] {
    match kind {
        "Job" => &[
            "ReadFrom",
            "POI",
            "HistoPath",
            "HistoPaths",
            "HistoFile",
            "HistoFiles",
            "HistoName",
            "HistoNames",
            "HistoNameNominal",
            "NtuplePath",
            "NtuplePaths",
            "NtupleFile",
            "NtupleFiles",
            "NtupleName",
            "NtupleNames",
            "MCweight",
            "Selection",
            "Lumi",
            "LumiScale",
            "SystPruningShape",
            "SystPruningNorm",
            "SystLarge",
            "MCstatThreshold",
            "MCstatConstraint",
            "StatOnly",
            "MergeUnderOverFlow",
        ],
        "Fit" => &["FitType", "FitRegion"],
        "Region" => &[
            "Type",
            "HistoFile",
            "HistoFiles",
            "HistoName",
            "HistoNames",
            "HistoPathSuff",
            "HistoPathSuffs",
            "HistoFileSuff",
            "HistoFileSuffs",
            "HistoNameSuff",
            "HistoNameSuffs",
            "Variable",
            "VariableTitle",
            "Selection",
            "NtupleName",
            "NtupleNames",
            "NtupleFile",
            "NtupleFiles",
            "NtuplePathSuff",
            "NtuplePathSuffs",
            "NtupleFileSuff",
            "NtupleFileSuffs",
            "NtupleNameSuff",
            "NtupleNameSuffs",
            "MCweight",
            "Binning",
        ],
        "Sample" => &[
            "Type",
            "HistoPath",
            "HistoPaths",
            "HistoFile",
            "HistoFiles",
            "HistoName",
            "HistoNames",
            "HistoPathSuff",
            "HistoPathSuffs",
            "HistoFileSuff",
            "HistoFileSuffs",
            "HistoNameSuff",
            "HistoNameSuffs",
            "NtuplePath",
            "NtuplePaths",
            "NtupleFile",
            "NtupleFiles",
            "NtupleName",
            "NtupleNames",
            "NtuplePathSuff",
            "NtuplePathSuffs",
            "NtupleFileSuff",
            "NtupleFileSuffs",
            "NtupleNameSuff",
            "NtupleNameSuffs",
            "NormFactor",
            "NormalizedByTheory",
            "MCweight",
            "Selection",
            "Regions",
            "Exclude",
            "LumiScale",
            "LumiScales",
            "IgnoreSelection",
            "IgnoreWeight",
            "UseMCstat",
        ],
        "NormFactor" => &["Samples", "Regions", "Exclude", "Nominal", "Min", "Max", "Constant"],
        "Systematic" => &[
            "Type",
            "Samples",
            "Regions",
            "Exclude",
            "NuisanceParameter",
            "OverallUp",
            "OverallDown",
            "HistoPathUp",
            "HistoPathDown",
            "HistoPathSufUp",
            "HistoPathSufDown",
            "HistoFileUp",
            "HistoFileDown",
            "HistoFilesUp",
            "HistoFilesDown",
            "HistoFileSufUp",
            "HistoFileSufDown",
            "HistoNameUp",
            "HistoNameDown",
            "HistoNameSufUp",
            "HistoNameSufDown",
            "NtuplePathUp",
            "NtuplePathDown",
            "NtuplePathsUp",
            "NtuplePathsDown",
            "NtuplePathSufUp",
            "NtuplePathSufDown",
            "NtupleFileUp",
            "NtupleFileDown",
            "NtupleFilesUp",
            "NtupleFilesDown",
            "NtupleFileSufUp",
            "NtupleFileSufDown",
            "NtupleNameUp",
            "NtupleNameDown",
            "NtupleNamesUp",
            "NtupleNamesDown",
            "NtupleNameSufUp",
            "NtupleNameSufDown",
            "WeightUp",
            "WeightDown",
            "WeightSufUp",
            "WeightSufDown",
            "Symmetrisation",
            "Smoothing",
            "DropShapeIn",
            "DropShape",
            "DropNorm",
            "KeepNormForSamples",
        ],
        _ => &[],
    }
}

/// Settings that do not change the model: how it is drawn, named, stored, or which steps are run.
fn idle(kind: &str) -> &'static [&'static str] {
    match kind {
        "Job" => &[
            "Label",
            "LumiLabel",
            "CmeLabel",
            "DebugLevel",
            "Logo",
            "PlotOptions",
            "PlotOptionsSummary",
            "RatioYtitle",
            "RatioYmax",
            "RatioYmin",
            "RatioYmaxPostFit",
            "RatioYminPostFit",
            "TableOptions",
            "SystControlPlots",
            "SystDataPlots",
            "SystErrorBars",
            "CorrelationThreshold",
            "SignalRegionsPlot",
            "HistoChecks",
            "SplitHistoFiles",
            "RankingMaxNP",
            "RankingPlot",
            "ImageFormat",
            "SummaryPlotRegions",
            "SummaryPlotYmax",
            "SummaryPlotYmin",
            "InputFolder",
            "InputName",
            "OutputDir",
            "AtlasLabel",
            "CleanTables",
            "SystCategoryTables",
            "GetChi2",
            "UseGammaPulls",
            "KeepPruning",
            "SuppressNegativeBinWarnings",
            "DoSummaryPlot",
            "DoMergedPlot",
            "DoTables",
            "DoSignalRegionsPlot",
            "DoPieChartPlot",
            "HideNP",
            "Suffix",
            "SaveSuffix",
            "RegionGroups",
            "LegendNColumns",
            "LegendX1",
            "LegendX2",
            "PrePostFitCanvasSize",
            "SummaryCanvasSize",
            "UseATLASRounding",
            "UseATLASRoundingTxt",
            "UseATLASRoundingTex",
            "BlindingThreshold",
            "BlindingType",
            "KeepPrefitBlindedBins",
            "IntCodeOverall",
            "IntCodeShape",
        ],
        "Fit" => &[
            "UseMinos",
            "NumCPU",
            "FitBlind",
            "POIAsimov",
            "FitStrategy",
            "doLHscan",
            "SetRandomInitialNPval",
            "GetGoodnessOfFit",
            "SaturatedModel",
        ],
        "Region" => &[
            "Label",
            "ShortLabel",
            "TexLabel",
            "LumiLabel",
            "CmeLabel",
            "LogScale",
            "BinWidth",
            "BinLabels",
            "Ymax",
            "Ymin",
            "YmaxScale",
            "YaxisTitle",
            "RatioYmax",
            "RatioYmin",
            "RatioYmaxPostFit",
            "RatioYminPostFit",
            "Group",
            "XaxisRange",
        ],
        "Sample" => &["Title", "TexTitle", "Group", "FillColor", "FillColorRGB", "LineColor", "LineColorRGB", "BuildPullTable"],
        "NormFactor" => &["Title", "TexTitle", "Category", "SubCategory"],
        "Systematic" => &["Title", "TexTitle", "Category", "SubCategory", "StoredName"],
        _ => &[],
    }
}

/// Reports settings that are not known, blocks that cannot be used, and names that are there twice.
pub(super) fn check(source: &Source, blocks: &[Block], problems: &mut Vec<Diagnostic>) {
    for (index, block) in blocks.iter().enumerate() {
        if block.kind == "ShapeFactor" {
            let problem = Diagnostic::new("key", "blocks `ShapeFactor` are not read").at(source, block.name.span());
            problems.push(problem.advice("write the workspace with TRExFitter and fit its XML"));
        }
        // Limits, significances and options are asked for by commands.
        let (used, idle) = (used(block.kind), idle(block.kind));
        if used.is_empty() {
            continue;
        }
        for setting in &block.settings {
            let key = setting.key.text.as_str();
            if used.contains(&key) || idle.contains(&key) {
                continue;
            }
            let message = format!("unknown setting `{key}` of a block `{}`", block.kind);
            let problem = Diagnostic::new("key", message).at(source, setting.key.span());
            problems.push(match nearest(key, used.iter().chain(idle).copied()) {
                Some(near) => problem.nearest(near),
                None => problem.advice("it is none of the common subset; docs/cabinetry.md lists what is"),
            });
        }
        let same = |other: &&Block| other.kind == block.kind && other.name.text == block.name.text;
        if let Some(first) = blocks[..index].iter().find(same) {
            let problem = Diagnostic::new("duplicate", format!("{} `{}` is there twice", block.kind, block.name.text));
            problems.push(problem.at(source, block.name.span()).also(first.name.span(), "first here"));
        }
    }
}

impl Block {
    /// Values of a setting; the key may also be the plural (`HistoFile`, `HistoFiles`; `HistoFileUp`, `HistoFilesUp`).
    pub(super) fn list(&self, key: &str) -> Option<&[Text]> {
        let plural = match key.strip_suffix("Up") {
            Some(stem) => format!("{stem}sUp"),
            None => key.strip_suffix("Down").map_or_else(|| format!("{key}s"), |stem| format!("{stem}sDown")),
        };
        let found = self.settings.iter().find(|setting| setting.key.text == key || setting.key.text == plural);
        found.map(|setting| setting.values.as_slice())
    }

    /// The one value of a setting; where there are more, the first.
    pub(super) fn one(&self, key: &str) -> Option<&Text> {
        self.list(key)?.first()
    }

    /// A word in capitals.
    pub(super) fn word(&self, key: &str) -> Option<String> {
        self.one(key).map(|text| text.text.to_uppercase())
    }

    /// Whether a setting is `TRUE`.
    pub(super) fn is_true(&self, key: &str) -> bool {
        self.word(key).as_deref() == Some("TRUE")
    }

    /// A number.
    pub(super) fn number(&self, key: &str, source: &Source, problems: &mut Vec<Diagnostic>) -> Option<f64> {
        number(self.one(key)?, source, problems)
    }
}

/// A text as a number.
pub(super) fn number(text: &Text, source: &Source, problems: &mut Vec<Diagnostic>) -> Option<f64> {
    let found = text.text.parse::<f64>().ok().filter(|value| value.is_finite());
    if found.is_none() {
        problems.push(Diagnostic::new("kind", format!("expected a number, got `{}`", text.text)).at(source, text.span()));
    }
    found
}
