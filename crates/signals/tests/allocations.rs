//! Blocks allocate nothing once a chain has run: a call takes room for its columns, however many blocks it has.

use germane_columns::{Array, Data, Unit};
use germane_signals::evaluate::Evaluator;
use germane_signals::graph::{ColumnShape, Part, Period, Table, TableColumn, WaveformColumn};
use germane_signals::{Element, chain, plan};
use germane_texts::Source;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

struct Counting;

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator unchanged; only their number is counted beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.set(TAKEN.get() + 1);
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `alloc` above, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const CHAIN: &str = "
outputs: [bl_mean, wf_max, e_max, e_ftp, tp_0, t_log]
processors:
  'bl_mean, bl_std, bl_slope, bl_icpt': {function: dspeed.processors.linear_slope_fit, args: ['waveform[0:64]', bl_mean, bl_std, bl_slope, bl_icpt]}
  wf_bl: {function: dspeed.processors.bl_subtract, args: [waveform, bl_mean, wf_bl]}
  wf_pz: {function: dspeed.processors.pole_zero, args: [wf_bl, 10*us, wf_pz]}
  wf_trap: {function: dspeed.processors.trap_norm, args: [wf_pz, 1*us, 320*ns, wf_trap]}
  e_max: {function: amax, module: numpy, args: [wf_trap, 1, e_max], kwargs: {signature: '(n),()->()'}}
  'tp_min, tp_max, wf_min, wf_max': {function: dspeed.processors.min_max, args: [wf_pz, tp_min, tp_max, wf_min, wf_max]}
  tp_0: {function: dspeed.processors.time_point_thresh, args: [wf_pz, 0.5*wf_max, tp_max, 0, tp_0], unit: ns}
  e_ftp: {function: dspeed.processors.fixed_time_pickoff, args: [wf_trap, tp_0 + 1*us, \"'l'\", e_ftp]}
  kernel: {function: dspeed.processors.t0_filter, args: [8, 120, \"kernel(128, 'f')\"]}
  wf_t0: {function: dspeed.processors.convolve_wf, args: [wf_pz, kernel, \"'s'\", \"wf_t0(len(wf_pz), 'f')\"]}
  t_log: {function: amax, module: numpy, args: [wf_t0, 1, t_log], kwargs: {signature: '(n),()->()'}}
";

#[test]
fn blocks_of_a_chain_that_has_run_allocate_nothing() {
    let period = Period { value: 16.0, unit: Unit::parse("ns").unwrap() };
    let column = TableColumn {
        name: "waveform".to_owned(),
        element: Element::U16,
        shape: ColumnShape::Samples(400),
        units: None,
        waveform: Some(WaveformColumn { period, t0_units: None }),
    };
    let chain = chain::read(&[Source::new("chain.yaml", CHAIN)]).unwrap();
    let plan = plan::plan(&chain, &Table { columns: vec![column] }, &plan::PlanOptions::default()).unwrap();
    let graph = Arc::new(plan.graph);
    let mut evaluator = Evaluator::new(graph.clone()).unwrap();
    let columns = |rows: usize| -> Vec<Array> {
        // A step in each row, of a height that grows from row to row.
        let samples: Vec<u16> = (0..rows * 400).map(|i| if i % 400 < 200 { 1000 } else { 2000 + (i / 400) as u16 }).collect();
        let waveforms = Array::new(Data::FixedList { size: 400, len: rows, items: Box::new(Array::from(samples)) });
        let part = |part| if part == Part::T0 { Array::from(vec![0.0; rows]) } else { waveforms.clone() };
        graph.inputs.iter().map(|input| part(input.part)).collect()
    };
    let (one, many) = (columns(16), columns(640));
    evaluator.process(&many, 640, 0).unwrap();
    assert!(evaluator.take().iter().all(Option::is_some));
    let mut taken = |columns: &[Array], rows: usize| {
        let before = TAKEN.get();
        evaluator.process(columns, rows, 0).unwrap();
        let taken = TAKEN.get() - before;
        evaluator.take();
        taken
    };
    assert_eq!(taken(&many, 640), taken(&one, 16));
}
