//! Chains to graphs: messages with places, folding, pruning, parameters, many sets of parameters at once.

use germane_columns::Unit;
use germane_signals::graph::{
    ColumnShape, Kind, Operation, Period, Shape, Table, TableColumn, Variable, WaveformColumn, Written,
};
use germane_signals::plan::{Plan, PlanOptions, plan, plan_grid};
use germane_signals::{Element, chain};
use germane_texts::{Diagnostic, Node, Source, parse_yaml, render};
use proptest::prelude::*;

fn waveform(name: &str, samples: usize, period: f64) -> TableColumn {
    let period = Period { value: period, unit: Unit::parse("ns").unwrap() };
    TableColumn {
        name: name.to_owned(),
        element: Element::U16,
        shape: ColumnShape::Samples(samples),
        units: None,
        waveform: Some(WaveformColumn { period, t0_units: Some("ns".to_owned()) }),
    }
}

fn plain(name: &str, element: Element) -> TableColumn {
    TableColumn { name: name.to_owned(), element, shape: ColumnShape::Scalar, units: None, waveform: None }
}

fn table() -> Table {
    let columns = vec![waveform("waveform", 1000, 16.0), plain("baseline", Element::U16), plain("energy", Element::F32)];
    Table { columns }
}

fn tree(text: &str) -> Node {
    parse_yaml(&Source::new("parameters.yaml", text)).unwrap()
}

fn planned_with(text: &str, parameters: Option<&Node>) -> Result<Plan, Vec<Diagnostic>> {
    let chain = chain::read(&[Source::new("chain.yaml", text)])?;
    plan(&chain, &table(), &PlanOptions { parameters, ..PlanOptions::default() })
}

fn planned(text: &str) -> Plan {
    planned_with(text, None).unwrap_or_else(|problems| panic!("{}", lines(&problems).join("\n")))
}

fn refused(text: &str) -> Vec<String> {
    lines(&planned_with(text, None).expect_err("a mistake"))
}

fn lines(problems: &[Diagnostic]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

fn output<'p>(plan: &'p Plan, name: &str) -> &'p Variable {
    let output = plan.graph.outputs.iter().find(|output| output.name == name).expect("the output");
    match output.what {
        Written::Variable(id) => plan.graph.variable(id),
        Written::Copy(_) => panic!("{name} is copied"),
    }
}

const TEN: &str = "\
outputs: [a, b, c, d, e, f, g, h, i, trapEmx]
processors:
  trapEmax: {function: trap_norm, module: dspeed.processors, args: [waveform, 8*us, 3, trapEmax]}
  a: {function: trap_nrom, module: dspeed.processors, args: [waveform, 3, 2, a]}
  b: baselin + 1
  c: {function: trap_norm, module: dspeed.processors, args: [waveform, 3*keV, 2, c]}
  d: waveform[0:3*parsec]
  e: {function: trap_norm, module: dspeed.processors, args: [waveform, 3, e]}
  f: {function: subtract, module: numpi, args: [energy, 1, f]}
  g: energy +
  h: {function: trap_norm, module: dspeed.processors, args: [waveform, 600, 2, h]}
  i: {function: add, module: numpy, args: [energy, db.pz.tua, i], defaults: {db.pz.tau: 3}}
";

#[test]
fn ten_mistakes_give_ten_messages_with_places() {
    let found = refused(TEN);
    assert_eq!(found.len(), 10, "{}", found.join("\n"));
    let expected = [
        ("chain.yaml:1:38:", "did you mean `trapEmax`?"),
        ("chain.yaml:4:17:", "did you mean `trap_norm`?"),
        ("chain.yaml:5:6:", "did you mean `baseline`?"),
        ("chain.yaml:6:72:", "`3 keV` is no number of samples of 16 ns"),
        ("chain.yaml:7:19:", "no variable, column or unit `parsec`"),
        ("chain.yaml:8:17:", "takes 4 arguments (w, rise, flat, w_out), got 3"),
        ("chain.yaml:9:35:", "no module `numpi`; did you mean `numpy`?"),
        ("chain.yaml:10:14:", "the text ends here"),
        ("chain.yaml:11:72:", "the trapezoid is 1202 samples wide, the waveform has 1000"),
        ("chain.yaml:12:52:", "did you mean `db.pz.tau`?"),
    ];
    for (line, (place, part)) in found.iter().zip(expected) {
        assert!(line.starts_with(place) && line.contains(part), "{line}\nexpected {place} … {part}");
    }
}

#[test]
fn a_bound_in_the_middle_of_two_samples_goes_to_the_even_one_with_a_warning() {
    // 11 us are 687.5 samples of 16 ns.
    let plan = planned("{outputs: [x, y], processors: {x: 'waveform[0:11*us]', y: 'waveform[0:11.2*us]'}}");
    assert_eq!(output(&plan, "x").shape, Shape::Samples(688));
    assert_eq!(output(&plan, "y").shape, Shape::Samples(700));
    assert_eq!(lines(&plan.warnings), ["chain.yaml:1:47: 11*us is 687.5 samples, taken as 688 (half to even)"]);
}

#[test]
fn equal_expressions_are_one_node() {
    let plan = planned("{outputs: [x, y], processors: {x: 2*energy + 1, y: '2*energy + 1 - 2*energy'}}");
    let operations = plan.graph.nodes.iter().filter(|node| matches!(node.operation, Operation::Binary(..)));
    assert_eq!(operations.count(), 3);
}

#[test]
fn what_no_output_needs_is_neither_read_nor_looked_at() {
    let plan = planned("{outputs: [x, energy], processors: {x: baseline*1.5, y: {functoin: no, args: 3}, z: '+'}}");
    assert_eq!(plan.graph.inputs.len(), 1);
    assert_eq!(plan.pruned, ["y", "z"]);
    let names: Vec<&str> = plan.graph.outputs.iter().map(|output| output.name.as_str()).collect();
    assert_eq!(names, ["energy", "x"], "copies come first");
}

#[test]
fn circles_are_named() {
    let found = refused("{outputs: [x], processors: {x: y + 1, y: z*2, z: x}}");
    assert_eq!(found, ["chain.yaml:1:50: these nodes need each other: x → y → z → x"]);
}

#[test]
fn parameters_of_the_channel_win_over_defaults() {
    let text = "{outputs: [x], processors: {x: {function: energy*db.a.b*db.c + db.c, defaults: {db.a.b: 2, db.c: 1+1}}}}";
    let parameters = tree("a: {b: 5}");
    let plan = planned_with(text, Some(&parameters)).unwrap();
    assert_eq!(plan.defaults, ["db.c"]);
    assert_eq!(plan.parameters["db.a.b"], "5");
    assert_eq!(lines(&plan.warnings).len(), 1, "one stands in a product: {:?}", lines(&plan.warnings));
    let circle = refused("{outputs: [x], processors: {x: {function: energy*db.a, defaults: {db.a: 2*db.a}}}}");
    assert!(circle[0].contains("`db.a` refers to itself or lies too deep"), "{circle:?}");
}

#[test]
fn a_column_that_hides_a_unit_is_not_guessed() {
    let found = refused("{outputs: [x], processors: {x: 'energy + 100*ns', ns: energy}}");
    assert!(found[0].contains("hides the unit; write `(ns)` for the variable, `100 ns` for the unit"), "{found:?}");
    assert!(planned_with("{outputs: [x], processors: {x: 'energy + 100*(ns)', ns: energy}}", None).is_ok());
}

#[test]
fn positions_and_their_differences_have_kinds() {
    let text = "\
outputs: [start, later, length, ratio, early]
processors:
  start: {function: argmax, module: numpy, args: [waveform, 1, start], unit: us}
  later: start + 160*ns
  length: later - start
  ratio: length/us
  early: start < 1*us
";
    let plan = planned(text);
    let Kind::Point { unit, .. } = &output(&plan, "start").kind else { panic!() };
    assert_eq!(unit.to_string(), "us");
    assert!(matches!(output(&plan, "later").kind, Kind::Point { .. }));
    assert!(matches!(output(&plan, "length").kind, Kind::Duration { .. }));
    assert_eq!(output(&plan, "ratio").kind, Kind::Plain);
    assert_eq!(output(&plan, "early").element, Element::Bool);
    let found = refused(
        "{outputs: [x], processors: {t: {function: argmax, module: numpy, args: [waveform, 1, t], unit: ns}, x: 3*us - t}}",
    );
    assert!(found[0].contains("a time point cannot be taken from a duration"), "{found:?}");
}

#[test]
fn many_sets_of_parameters_share_what_does_not_depend_on_them() {
    let text = "\
outputs: [peak]
processors:
  wf_bl: waveform - baseline
  wf_trap: {function: trap_norm, module: dspeed.processors, args: [wf_bl, db.rise, db.flat, wf_trap], unit: ADC}
  peak: {function: amax, module: numpy, args: [wf_trap, 1, peak]}
";
    let chain = chain::read(&[Source::new("chain.yaml", text)]).unwrap();
    let points: Vec<Node> =
        [(10, 5), (20, 5), (600, 5), (10, 5)].iter().map(|(r, f)| tree(&format!("{{rise: {r}, flat: {f}}}"))).collect();
    let points: Vec<&Node> = points.iter().collect();
    let grid = plan_grid(&chain, &table(), &PlanOptions::default(), &points).unwrap();
    assert_eq!(grid.points.len(), 4);
    let bad = lines(grid.points[2].as_ref().unwrap_err());
    assert!(bad[0].contains("1205 samples wide"), "{bad:?}");
    assert_eq!(grid.points[3].as_ref().unwrap(), &(2..3));
    let of = |name: &str| grid.graph.variables.iter().filter(|variable| variable.name == name).count();
    assert_eq!((of("wf_bl"), of("wf_trap"), of("peak")), (1, 2, 2));
}

#[test]
fn the_listing_says_what_everything_is() {
    let text = "\
outputs: [energy, peak]
processors:
  wf_trap: {function: trap_norm, module: dspeed.processors, args: [waveform, db.rise, 2, wf_trap], unit: ADC, defaults: {db.rise: 160*ns}}
  peak: {function: amax, module: numpy, args: [wf_trap, 1, peak], unit: ADC}
  never: no + thing
";
    let listing = planned(text).listing();
    let expected = "\
waveform: uint16[1000], every 16 ns from waveform.offset = column waveform
waveform.offset: float64 = column waveform, t0
wf_trap: float32[1000], every 16 ns from waveform.offset, ADC = trap_norm(waveform, 10, 2) in float32
peak: float32, ADC = max(wf_trap)
outputs:
  energy: column energy, copied
  peak: peak: float32, ADC
parameters:
  db.rise: 160*ns (default of the chain)
not needed, not looked at:
  never
";
    assert_eq!(listing, expected);
}

#[test]
fn a_later_file_replaces_one_of_several_outputs() {
    let first = "outputs: [lo, hi]\nprocessors: {'t0, t1, lo, hi': {function: min_max, module: dspeed.processors, \
                 args: [waveform, t0, t1, lo, hi], unit: [ns, ns, ADC, ADC]}}";
    let second = "processors: {lo: 2*energy}";
    let chain = chain::read(&[Source::new("a.yaml", first), Source::new("b.yaml", second)]).unwrap();
    let plan = plan(&chain, &table(), &PlanOptions::default()).unwrap_or_else(|problems| panic!("{:?}", lines(&problems)));
    assert_eq!((output(&plan, "hi").label.as_deref(), output(&plan, "lo").label.as_deref()), (Some("ADC"), None));
    assert_eq!(plan.graph.inputs.iter().filter(|input| input.column == "energy").count(), 1);
}

#[test]
fn letters_may_be_codes_as_in_older_chains() {
    let text = |mode: &str| {
        format!(
            "{{outputs: [e], processors: {{e: {{function: fixed_time_pickoff, module: dspeed.processors, args: [waveform, 50, {mode}, e]}}}}}}"
        )
    };
    let (code, letter) = (planned(&text("108")), planned(&text("\"'l'\"")));
    assert_eq!(code.listing(), letter.listing());
    assert!(refused(&text("7"))[0].contains("expected text"));
}

#[test]
fn texts_nested_as_deeply_as_can_be_do_not_exhaust_the_stack() {
    let brackets = |inner: &str| format!("{}{inner}{}", "(".repeat(95), ")".repeat(95));
    let names: Vec<String> = (0..6).map(|k| format!("db.p{k}")).collect();
    let defaults: Vec<String> =
        (0..6).map(|k| format!("{}: '{}'", names[k], brackets(names.get(k + 1).map_or("1", |name| name)))).collect();
    let text = format!(
        "{{outputs: [x], processors: {{x: {{function: '{}', defaults: {{{}}}}}}}}}",
        brackets("db.p0"),
        defaults.join(", ")
    );
    let found = std::thread::Builder::new().stack_size(2 << 20).spawn(move || refused(&text)).unwrap().join().unwrap();
    assert!(found[0].contains("refers to itself or lies too deep"), "{found:?}");
}

#[test]
fn what_is_not_there_yet_is_said() {
    let found = refused("{outputs: [x], compat: dspeed-2.4, processors: {x: energy}}");
    assert!(found[0].contains("leave `compat` out"), "{found:?}");
}

#[test]
fn the_document_holds_the_typed_graph() {
    let plan = planned("{outputs: [t], processors: {t: {function: argmax, module: numpy, args: [waveform, 1, t], unit: ns}}}");
    let document = plan.document();
    let variable = &document["variables"][document["outputs"][0]["variable"].as_u64().unwrap() as usize];
    let offset = document["variables"].as_array().unwrap().iter().position(|of| of["name"] == "waveform.offset").unwrap();
    assert_eq!(variable["kind"], "time point");
    assert_eq!(variable["type"], "float64", "whole numbers of a unit would be cut off");
    assert_eq!(
        variable["grid"],
        serde_json::json!({
            "period": {"value": 16.0, "unit": "ns"},
            "offset": {"variable": offset, "constant": 0.0},
        })
    );
    assert_eq!(document["inputs"][0]["part"], "values");
    assert_eq!(document["nodes"].as_array().unwrap().len(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_of_an_expression_is_planned_or_refused(text in "[a-z0-9_ .+*/()\\[\\]:,<>='%-]{0,40}") {
        let source = Source::new("chain.json", serde_json::json!({"outputs": ["x"], "processors": {"x": text}}).to_string());
        if let Ok(chain) = chain::read(&[source]) {
            let _ = plan(&chain, &table(), &PlanOptions::default());
        }
    }

    #[test]
    fn pieces_of_the_language_in_any_order_are_planned_or_refused(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "waveform", "energy", "baseline", "[", "]", ":", "(", ")", "10*ns", "3", "2.5", "-1", "+", "-", "*", "/", "//", "%", "**",
            "round", "len", "where", "astype", ",", "'i4'", "waveform.grid", ".period", "np.nan", "<", "==", "if", "else", "db.a", "us",
            "isnan", "and", "not", "[1, 2]", "floor", "1e300",
        ]), 0..14),
    ) {
        let text = pieces.join(" ");
        let node = serde_json::json!({"function": text, "defaults": {"db.a": "3*us"}});
        let source = Source::new("chain.json", serde_json::json!({"outputs": ["x"], "processors": {"x": node}}).to_string());
        let chain = chain::read(&[source]).unwrap();
        let _ = plan(&chain, &table(), &PlanOptions::default());
    }

    #[test]
    fn seeds_with_pieces_exchanged_are_planned_or_refused_with_places_inside(
        which in 0_usize..8,
        edits in prop::collection::vec((0.0..1.0, 0_usize..6, 0_usize..20), 1..5),
    ) {
        const PIECES: [&str; 20] = [
            "", "(", ")", "[", "]", ":", ",", "'", "*us", "1e9", "waveform", "db.", ".grid", "len(", "vector_len=", "{", "}", "//", "µ", "\n",
        ];
        let seeds: Vec<&str> = include_str!("../../../fuzz/seeds/chain_text.txt").split("===\n").collect();
        let mut text = seeds[which % seeds.len()].to_owned();
        for (at, cut, piece) in edits {
            let chars: Vec<char> = text.chars().collect();
            let start = (at * chars.len() as f64) as usize;
            let end = (start + cut).min(chars.len());
            text = chars[..start].iter().collect::<String>() + PIECES[piece] + &chars[end..].iter().collect::<String>();
        }
        let problems = match chain::read(&[Source::new("chain.yaml", text.as_str())]) {
            Ok(chain) => match plan(&chain, &table(), &PlanOptions::default()) {
                Ok(plan) => {
                    prop_assert!(plan.listing().contains("outputs:"));
                    plan.warnings
                }
                Err(problems) => problems,
            },
            Err(problems) => problems,
        };
        for problem in &problems {
            prop_assert!(problem.span.is_none_or(|span| span.start <= span.end && span.end <= text.len()), "{problem:?}");
            prop_assert!(render(std::slice::from_ref(problem), false).lines().count() <= 8);
        }
    }
}
