//! One file for each processor, named as the field names it.

mod bi_level_zero_crossing_time_points;
mod convolution;
mod convolve_wf;
mod crossing;
mod cusp_filter;
mod energy_kernel;
mod fft_convolve_wf;
mod fixed_kernel;
mod fixed_time_pickoff;
mod gaussian_filter1d;
mod get_multi_local_extrema;
mod interpolated_time_point_thresh;
mod interpolation;
mod local_extrema;
mod moving_slope;
mod multi_a_filter;
mod multi_t_filter;
mod multi_time_point_thresh;
mod peak_snr_threshold;
mod piecewise;
mod reflected_convolve_wf;
mod remove_duplicates;
mod step;
mod t0_filter;
mod time_point_thresh;
mod trap_norm;
mod zac_filter;

use crate::processor::Processor;

/// All processors, by name.
#[rustfmt::skip]
pub static ALL: &[&Processor] = &[
    &bi_level_zero_crossing_time_points::PROCESSOR,
    &convolve_wf::PROCESSOR,
    &cusp_filter::PROCESSOR,
    &fft_convolve_wf::PROCESSOR,
    &fixed_time_pickoff::PROCESSOR,
    &gaussian_filter1d::PROCESSOR,
    &get_multi_local_extrema::PROCESSOR,
    &interpolated_time_point_thresh::PROCESSOR,
    &moving_slope::PROCESSOR,
    &multi_a_filter::PROCESSOR,
    &multi_t_filter::PROCESSOR,
    &multi_time_point_thresh::PROCESSOR,
    &peak_snr_threshold::PROCESSOR,
    &reflected_convolve_wf::PROCESSOR,
    &remove_duplicates::PROCESSOR,
    &step::PROCESSOR,
    &t0_filter::PROCESSOR,
    &time_point_thresh::PROCESSOR,
    &trap_norm::PROCESSOR,
    &zac_filter::PROCESSOR,
];

/// The processor of a name.
pub fn named(name: &str) -> Option<&'static Processor> {
    ALL.iter().copied().find(|processor| processor.name == name)
}
