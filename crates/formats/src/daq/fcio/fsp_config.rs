//! Configuration of the stream processor (FSP): 48 frames, each a number or a list.

use super::lists::{numbers, texts};
use super::tmio::{Message, i32_at, i64_at, u16_at};
use crate::daq::columns::{scalar, structure};
use crate::daq::{ColumnKind, ColumnSpec, Rows};
use crate::lh5::Object;
use germane_columns::NumberType::{F32, I32, I64, U16, U32};

/// Frames of a record.
pub(super) const FRAMES: usize = 48;
/// Labels in a row of a table: the most channels that FCIO knows.
const LABELS: usize = 2400;
/// Bytes of a label in the file, and of the text that the peer makes of it.
const LABEL: (usize, usize) = (8, 7);

/// Where a field comes from.
#[derive(Clone, Copy)]
enum Field {
    I32(usize),
    F32(usize),
    /// 8 bytes from this byte of a frame
    I64(usize, usize),
    /// seconds in this frame, nanoseconds in the next
    Nanoseconds(usize),
    I32s(usize),
    F32s(usize),
    U16s(usize),
    /// as many as the map in the second frame has
    I32sOf(usize, usize),
    F32sOf(usize, usize),
    Labels(usize),
}
use Field::{F32s, F32sOf, I32s, I32sOf, Labels, Nanoseconds, U16s};

const HWM_MAP: usize = 20;

/// Fields by the peer's names, with their frames.
const FIELDS: [(&str, Field); 46] = [
    ("buffer_max_states", Field::I32(16)),
    ("buffer_window_nsec", Nanoseconds(17)),
    ("trg_hwm_min_multiplicity", Field::I32(0)),
    ("trg_hwm_prescale_ratio", I32sOf(1, HWM_MAP)),
    ("trg_wps_prescale_ratio", Field::I32(2)),
    ("trg_wps_coincident_sum_threshold", Field::F32(3)),
    ("trg_wps_sum_threshold", Field::F32(4)),
    ("trg_wps_prescale_rate", Field::F32(5)),
    ("trg_hwm_prescale_rate", F32sOf(6, HWM_MAP)),
    ("trg_wps_ref_flags_hwm", Field::I64(12, 0)),
    ("trg_wps_ref_flags_ct", Field::I64(13, 0)),
    ("trg_wps_ref_flags_wps", Field::I64(14, 0)),
    ("trg_wps_ref_map_idx", I32s(15)),
    ("trg_enabled_write_flags_trigger", Field::I64(7, 8)),
    ("trg_enabled_write_flags_event", Field::I64(7, 0)),
    ("trg_pre_trigger_window_nsec", Nanoseconds(8)),
    ("trg_post_trigger_window_nsec", Nanoseconds(10)),
    ("dsp_wps_tracemap_format", Field::I32(29)),
    ("dsp_wps_tracemap_indices", I32s(30)),
    ("dsp_wps_tracemap_enabled", I32s(31)),
    ("dsp_wps_tracemap_label", Labels(32)),
    ("dsp_wps_gains", F32s(38)),
    ("dsp_wps_thresholds", F32s(39)),
    ("dsp_wps_lowpass", F32s(40)),
    ("dsp_wps_shaping_widths", I32s(41)),
    ("dsp_wps_margin_front", I32s(44)),
    ("dsp_wps_margin_back", I32s(45)),
    ("dsp_wps_start_sample", I32s(46)),
    ("dsp_wps_stop_sample", I32s(47)),
    ("dsp_wps_dsp_max_margin_front", Field::I32(42)),
    ("dsp_wps_dsp_max_margin_back", Field::I32(43)),
    ("dsp_wps_apply_gain_scaling", Field::I32(33)),
    ("dsp_wps_sum_window_size", Field::I32(34)),
    ("dsp_wps_sum_window_start_sample", Field::I32(35)),
    ("dsp_wps_sum_window_stop_sample", Field::I32(36)),
    ("dsp_wps_sub_event_sum_threshold", Field::F32(37)),
    ("dsp_hwm_tracemap_format", Field::I32(19)),
    ("dsp_hwm_tracemap_indices", I32s(HWM_MAP)),
    ("dsp_hwm_tracemap_enabled", I32s(21)),
    ("dsp_hwm_tracemap_label", Labels(22)),
    ("dsp_hwm_fpga_energy_threshold_adc", U16s(23)),
    ("dsp_ct_tracemap_format", Field::I32(24)),
    ("dsp_ct_tracemap_indices", I32s(25)),
    ("dsp_ct_tracemap_enabled", I32s(26)),
    ("dsp_ct_tracemap_label", Labels(27)),
    ("dsp_ct_thresholds", U16s(28)),
];

/// Bytes of a list, in whole items, at most as many as the map has.
fn list<'a>(message: &Message<'a>, frame: usize, size: usize, map: Option<usize>) -> &'a [u8] {
    let bytes = message.frame(frame);
    let most = map.map_or(usize::MAX, |map| message.frame(map).len() / 4);
    &bytes[..(bytes.len() / size).min(most) * size]
}

fn nanoseconds(message: &Message<'_>, frame: usize) -> i64 {
    let (s, ns) = (i64_at(message.frame(frame), 0), i64_at(message.frame(frame + 1), 0));
    s.saturating_mul(1_000_000_000).saturating_add(ns)
}

/// Labels to their first zero byte, padded to seven bytes.
fn labels(message: &Message<'_>, frame: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for label in message.frame(frame).chunks_exact(LABEL.0) {
        let length = label.iter().position(|b| *b == 0).unwrap_or(LABEL.0).min(LABEL.1);
        let start = out.len();
        out.extend_from_slice(&label[..length]);
        out.resize(start + LABEL.1, 0);
    }
    out
}

fn f32_at(bytes: &[u8], at: usize) -> f32 {
    f32::from_bits(i32_at(bytes, at).cast_unsigned())
}

/// One struct.
pub(super) fn object(message: &Message<'_>) -> Object {
    let i32s = |bytes: &[u8]| numbers(bytes.chunks_exact(4).map(|b| i32_at(b, 0)).collect::<Vec<_>>());
    let f32s = |bytes: &[u8]| numbers(bytes.chunks_exact(4).map(|b| f32_at(b, 0)).collect::<Vec<_>>());
    let member = |field| match field {
        Field::I32(frame) => scalar(I32, message.i32(frame, 0)),
        Field::F32(frame) => scalar(F32, f32_at(message.frame(frame), 0)),
        Field::I64(frame, at) => scalar(I64, i64_at(message.frame(frame), at)),
        Nanoseconds(frame) => scalar(I64, nanoseconds(message, frame)),
        I32s(frame) => i32s(list(message, frame, 4, None)),
        F32s(frame) => f32s(list(message, frame, 4, None)),
        U16s(frame) => numbers(list(message, frame, 2, None).chunks_exact(2).map(|b| u16_at(b, 0)).collect::<Vec<_>>()),
        I32sOf(frame, map) => i32s(list(message, frame, 4, Some(map))),
        F32sOf(frame, map) => f32s(list(message, frame, 4, Some(map))),
        Labels(frame) => texts(LABEL.1, labels(message, frame)),
    };
    structure(FIELDS.into_iter().map(|(name, field)| (name.to_owned(), member(field))))
}

/// Columns of a table of such records (FCIO in ORCA).
pub(crate) fn columns() -> Vec<ColumnSpec> {
    let column = |name: &str, kind| ColumnSpec { name: name.to_owned(), kind, units: None };
    let kind = |field| match field {
        Field::I32(_) => ColumnKind::Number(I32),
        Field::F32(_) => ColumnKind::Number(F32),
        Field::I64(..) | Nanoseconds(_) => ColumnKind::Number(I64),
        I32s(_) | I32sOf(..) => ColumnKind::Vector(I32),
        F32s(_) | F32sOf(..) => ColumnKind::Vector(F32),
        U16s(_) => ColumnKind::Vector(U16),
        Labels(_) => ColumnKind::Texts { size: LABEL.1, count: LABELS },
    };
    let first = column("packet_id", ColumnKind::Number(U32));
    std::iter::once(first).chain(FIELDS.into_iter().map(|(name, field)| column(name, kind(field)))).collect()
}

/// One row of [`columns`].
pub(super) fn push(rows: &mut Rows, packet_id: u32, message: &Message<'_>) {
    rows.push(0, packet_id);
    for (i, (_, field)) in FIELDS.into_iter().enumerate() {
        let column = i + 1;
        match field {
            Field::I32(frame) | Field::F32(frame) => rows.push(column, message.i32(frame, 0)),
            Field::I64(frame, at) => rows.push(column, i64_at(message.frame(frame), at)),
            Nanoseconds(frame) => rows.push(column, nanoseconds(message, frame)),
            I32s(frame) | F32s(frame) => rows.push_list(column, list(message, frame, 4, None)),
            U16s(frame) => rows.push_list(column, list(message, frame, 2, None)),
            I32sOf(frame, map) | F32sOf(frame, map) => rows.push_list(column, list(message, frame, 4, Some(map))),
            Labels(frame) => {
                let mut labels = labels(message, frame);
                labels.resize(LABEL.1 * LABELS, 0);
                rows.push_list(column, &labels);
            }
        }
    }
    rows.end_row();
}
