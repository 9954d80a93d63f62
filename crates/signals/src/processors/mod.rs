//! One file for each processor, named as the field names it.

mod activation;
mod bi_level_zero_crossing_time_points;
mod classification_layer_no_bias;
mod classification_layer_with_bias;
mod convolution;
mod convolve_wf;
mod crossing;
mod cusp_filter;
mod dense_layer_no_bias;
mod dense_layer_with_bias;
mod discrete_wavelet_transform;
mod dplms;
mod energy_kernel;
mod fft;
mod fft_convolve_wf;
mod fixed_kernel;
mod fixed_time_pickoff;
mod gaussian_filter1d;
mod get_multi_local_extrema;
mod gram_polynomials;
mod ifft;
mod inject_exp_pulse;
mod inject_general_logistic;
mod inject_gumbel;
mod inject_sig_pulse;
mod interpolated_time_point_thresh;
mod interpolation;
mod intersect;
mod layer;
mod leading_edge;
mod local_extrema;
mod moving_slope;
mod multi_a_filter;
mod multi_t_filter;
mod multi_time_point_thresh;
mod normalisation_layer;
mod optimize_nnls;
mod page;
mod peak_snr_threshold;
mod piecewise;
mod polynomial_estimate;
mod psd;
mod reflected_convolve_wf;
mod remove_duplicates;
mod savitzky_golay;
mod spectrum;
mod step;
mod svm_predict;
mod t0_filter;
mod tf_model;
mod time_point_thresh;
mod trap_norm;
mod wiener_filter;
mod zac_filter;

use crate::processor::Processor;

pub use page::page;

/// All processors, by name.
#[rustfmt::skip]
pub static ALL: &[&Processor] = &[
    &bi_level_zero_crossing_time_points::PROCESSOR,
    &classification_layer_no_bias::PROCESSOR,
    &classification_layer_with_bias::PROCESSOR,
    &convolve_wf::PROCESSOR,
    &cusp_filter::PROCESSOR,
    &dense_layer_no_bias::PROCESSOR,
    &dense_layer_with_bias::PROCESSOR,
    &discrete_wavelet_transform::PROCESSOR,
    &dplms::PROCESSOR,
    &fft::PROCESSOR,
    &fft_convolve_wf::PROCESSOR,
    &fixed_time_pickoff::PROCESSOR,
    &gaussian_filter1d::PROCESSOR,
    &get_multi_local_extrema::PROCESSOR,
    &ifft::PROCESSOR,
    &inject_exp_pulse::PROCESSOR,
    &inject_general_logistic::PROCESSOR,
    &inject_gumbel::PROCESSOR,
    &inject_sig_pulse::PROCESSOR,
    &interpolated_time_point_thresh::PROCESSOR,
    &intersect::PROCESSOR,
    &leading_edge::PROCESSOR,
    &moving_slope::PROCESSOR,
    &multi_a_filter::PROCESSOR,
    &multi_t_filter::PROCESSOR,
    &multi_time_point_thresh::PROCESSOR,
    &normalisation_layer::PROCESSOR,
    &optimize_nnls::PROCESSOR,
    &peak_snr_threshold::PROCESSOR,
    &polynomial_estimate::PROCESSOR,
    &psd::PROCESSOR,
    &reflected_convolve_wf::PROCESSOR,
    &remove_duplicates::PROCESSOR,
    &savitzky_golay::PROCESSOR,
    &step::PROCESSOR,
    &svm_predict::PROCESSOR,
    &t0_filter::PROCESSOR,
    &tf_model::PROCESSOR,
    &time_point_thresh::PROCESSOR,
    &trap_norm::PROCESSOR,
    &wiener_filter::PROCESSOR,
    &zac_filter::PROCESSOR,
];

/// The processor of a name.
pub fn named(name: &str) -> Option<&'static Processor> {
    ALL.iter().copied().find(|processor| processor.name == name)
}
