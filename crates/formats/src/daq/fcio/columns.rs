//! Columns of FCIO tables: names, types and units as legend-daq2lh5 writes them; the order is that in which rows are pushed.

use crate::daq::{ColumnKind, ColumnSpec};
use germane_columns::NumberType::{self, F32, F64, I32, I64, U16, U32, U64};

fn column(name: &str, kind: ColumnKind, units: Option<&'static str>) -> ColumnSpec {
    ColumnSpec { name: name.to_owned(), kind, units }
}

fn numbers(of: NumberType, names: &[&str]) -> Vec<ColumnSpec> {
    names.iter().map(|name| column(name, ColumnKind::Number(of), None)).collect()
}

/// Columns of an event that are the same for all of its traces.
fn event_wide() -> Vec<ColumnSpec> {
    let mut columns = numbers(U32, &["packet_id"]);
    columns.extend(numbers(U16, &["fcid"]));
    columns.extend(numbers(I32, &["event_type", "numtraces", "eventnumber", "ts_pps", "ts_ticks", "ts_maxticks"]));
    columns.extend(numbers(I32, &["mu_offset_sec", "mu_offset_usec", "to_master_sec", "delta_mu_usec", "abs_delta_mu_usec"]));
    columns.extend(numbers(I32, &["to_start_sec", "to_start_usec", "dr_start_pps", "dr_start_ticks", "dr_stop_pps"]));
    columns.extend(numbers(I32, &["dr_stop_ticks", "dr_maxticks"]));
    columns.extend(numbers(U16, &["dr_ch_idx", "dr_ch_len"]));
    columns.push(column("timestamp", ColumnKind::Number(F64), Some("s")));
    columns
}

/// The first column behind those that are the same for all traces.
pub(super) const PER_TRACE: usize = 23;

/// Columns of each trace, as numbers or as vectors.
fn trace_wide(kind: fn(NumberType) -> ColumnKind, trace: &str) -> Vec<ColumnSpec> {
    let words = [trace, "board_id", "fc_input", "baseline", "daqenergy"];
    let mut columns: Vec<ColumnSpec> = words.iter().map(|name| column(name, kind(U16), None)).collect();
    columns.extend(["runtime", "lifetime", "deadtime"].iter().map(|name| column(name, kind(F64), Some("s"))));
    columns.push(column("deadinterval_nsec", kind(I64), Some("ns")));
    columns
}

/// `FCEvent`: a row for each trace.
pub(crate) fn event(samples: usize) -> Vec<ColumnSpec> {
    let mut columns = event_wide();
    columns.extend(trace_wide(ColumnKind::Number, "channel"));
    columns.push(column("waveform", ColumnKind::Waveform { t0: F32, dt: F32, sample: U16, samples }, None));
    columns
}

/// `FCEventHeader`: a row for each event.
pub(crate) fn event_header() -> Vec<ColumnSpec> {
    let mut columns = event_wide();
    columns.extend(trace_wide(ColumnKind::Vector, "tracelist"));
    columns
}

/// `FCStatus`: a row for each card.
pub(crate) fn status() -> Vec<ColumnSpec> {
    let mut columns = numbers(U32, &["packet_id"]);
    columns.push(column("status", ColumnKind::Bool, None));
    columns.push(column("fpga_time", ColumnKind::Number(F32), Some("s")));
    columns.push(column("server_time", ColumnKind::Number(F64), Some("s")));
    columns.push(column("fpga_start_time", ColumnKind::Number(F64), Some("s")));
    columns.extend(numbers(U32, &["id", "eventnumber"]));
    // The peer's u4 is over after 4.3 s.
    columns.push(column("fpga_time_nsec", ColumnKind::Number(U64), Some("ns")));
    columns.extend(numbers(U32, &["n_total_errors", "n_environment_errors", "n_cti_errors", "n_link_errors"]));
    columns.push(column("n_other_errors", ColumnKind::Fixed(U32, 5), None));
    columns.push(column("mb_temps", ColumnKind::Fixed(I32, 5), Some("mC")));
    columns.push(column("mb_voltages", ColumnKind::Fixed(I32, 6), Some("mV")));
    columns.push(column("mb_current", ColumnKind::Number(I32), Some("mA")));
    columns.push(column("mb_humidity", ColumnKind::Number(I32), Some("o/oo")));
    columns.push(column("adc_temps", ColumnKind::Vector(I32), Some("mC")));
    columns.push(column("cti_links", ColumnKind::Vector(U32), None));
    columns.push(column("link_states", ColumnKind::Vector(U32), None));
    columns
}

/// `ORFCIOConfig`: a row for each configuration record.
pub(crate) fn config() -> Vec<ColumnSpec> {
    let mut columns = numbers(U32, &["packet_id"]);
    columns.extend(numbers(I32, &["adcbits", "adccards", "blprecision", "gps", "mastercards", "nadcs", "nsamples"]));
    columns.extend(numbers(I32, &["ntriggers", "streamid", "sumlength", "triggercards"]));
    columns.push(column("tracemap", ColumnKind::Vector(U32), None));
    columns
}

/// `FSPEvent`: a row for each event.
pub(crate) fn fsp_event() -> Vec<ColumnSpec> {
    let mut columns = numbers(U32, &["packet_id"]);
    let flags = [
        "is_written",
        "is_extended",
        "is_consecutive",
        "is_hwm_prescaled",
        "is_hwm_multiplicity",
        "is_wps_sum",
        "is_wps_coincident_sum",
        "is_wps_prescaled",
        "is_ct_multiplicity",
    ];
    columns.extend(flags.iter().map(|name| column(name, ColumnKind::Bool, None)));
    columns.extend(numbers(F32, &["obs_wps_sum_value"]));
    columns.extend(numbers(I32, &["obs_wps_sum_offset", "obs_wps_sum_multiplicity"]));
    columns.extend(numbers(F32, &["obs_wps_max_peak_value"]));
    columns.extend(numbers(I32, &["obs_wps_max_peak_offset", "obs_hwm_hw_multiplicity", "obs_hwm_sw_multiplicity"]));
    columns.extend(numbers(U16, &["obs_hwm_max_value", "obs_hwm_min_value"]));
    columns.extend(numbers(I32, &["obs_ct_multiplicity"]));
    columns.push(column("obs_ct_trace_idx", ColumnKind::Vector(I32), None));
    columns.push(column("obs_ct_max", ColumnKind::Vector(U16), None));
    columns.push(column("obs_ps_hwm_prescaled_trace_idx", ColumnKind::Vector(U16), None));
    columns.extend(numbers(I32, &["obs_evt_nconsecutive"]));
    columns
}

/// `FSPStatus`: a row for each status record.
pub(crate) fn fsp_status() -> Vec<ColumnSpec> {
    let mut columns = numbers(U32, &["packet_id"]);
    columns.extend(numbers(F64, &["start_time", "log_time", "dt_logtime", "runtime"]));
    columns.extend(numbers(I32, &["n_read_events", "n_written_events", "n_discarded_events"]));
    columns.extend(numbers(I32, &["dt_n_read_events", "dt_n_written_events", "dt_n_discarded_events"]));
    columns.extend(numbers(F64, &["dt", "dt_rate_read_events", "dt_rate_write_events", "dt_rate_discard_events"]));
    columns.extend(numbers(F64, &["avg_rate_read_events", "avg_rate_write_events", "avg_rate_discard_events"]));
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_a_trace_follow_those_of_the_event() {
        assert_eq!(event(7)[PER_TRACE].name, "channel");
        assert_eq!(event_header()[PER_TRACE].name, "tracelist");
        // Numbers of columns in raw.json.
        assert_eq!((event(7).len(), event_header().len(), status().len(), fsp_event().len()), (33, 32, 20, 24));
    }
}
