//! One file for each processor, named as the field names it.

mod activation;
mod asym_trap_filter;
mod avg_current;
mod bi_level_zero_crossing_time_points;
mod bl_subtract;
mod classification_layer_no_bias;
mod classification_layer_with_bias;
mod compensated_sum;
mod convolution;
mod convolve_damped_oscillator;
mod convolve_exp;
mod convolve_wf;
mod crossing;
mod cusp_filter;
mod decay;
mod dense_layer_no_bias;
mod dense_layer_with_bias;
mod discrete_wavelet_transform;
mod double_pole_zero;
mod dplms;
mod energy_kernel;
mod exponential_background;
mod fft;
mod fft_convolve_wf;
mod filter_design;
mod fixed_kernel;
mod fixed_time_pickoff;
mod gaussian_filter1d;
mod get_multi_local_extrema;
mod get_wf_centroid;
mod gram_polynomials;
mod histogram;
mod histogram_around_mode;
mod histogram_peakstats;
mod histogram_stats;
mod ifft;
mod iir_filter;
mod inject_damped_oscillation;
mod inject_exp_pulse;
mod inject_general_logistic;
mod inject_gumbel;
mod inject_sig_pulse;
mod inl_correction;
mod interpolated_time_point_thresh;
mod interpolating_upsampler;
mod interpolation;
mod intersect;
mod layer;
mod leading_edge;
mod linear_slope_diff;
mod linear_slope_fit;
mod local_extrema;
mod log_check;
mod mean_below_threshold;
mod min_max;
mod min_max_norm;
mod moving_slope;
mod moving_window;
mod moving_window_left;
mod moving_window_multi;
mod moving_window_right;
mod multi_a_filter;
mod multi_t_filter;
mod multi_time_point_thresh;
mod normalisation_layer;
mod notch_filter;
mod optimize_1pz;
mod optimize_2pz;
mod optimize_nnls;
mod pad;
mod page;
mod peak_filter;
mod peak_snr_threshold;
mod piecewise;
mod pole_zero;
mod poly_diff;
mod poly_exp_rms;
mod poly_fit;
mod polynomial_estimate;
mod presum;
mod psd;
mod rc_cr2;
mod recursion;
mod recursive_filter;
mod reflected_convolve_wf;
mod remove_duplicates;
mod residual_moments;
mod saturation;
mod saturation_runs;
mod savitzky_golay;
mod soft_pileup_corr;
mod soft_pileup_corr_bl;
mod sort;
mod spectrum;
mod step;
mod svm_predict;
mod t0_filter;
mod tail_tau;
mod tf_model;
mod threshold_mad;
mod time_over_threshold;
mod time_point_thresh;
mod trap_filter;
mod trap_norm;
mod trap_pickoff;
mod trapezoid;
mod upsampler;
mod wf_alignment;
mod wf_correction;
mod wiener_filter;
mod windower;
mod zac_filter;

pub use page::page;

use crate::processor::Processor;

/// All processors, by name.
#[rustfmt::skip]
pub static ALL: &[&Processor] = &[
    &asym_trap_filter::PROCESSOR,
    &avg_current::PROCESSOR,
    &bi_level_zero_crossing_time_points::PROCESSOR,
    &bl_subtract::PROCESSOR,
    &classification_layer_no_bias::PROCESSOR,
    &classification_layer_with_bias::PROCESSOR,
    &convolve_damped_oscillator::PROCESSOR,
    &convolve_exp::PROCESSOR,
    &convolve_wf::PROCESSOR,
    &cusp_filter::PROCESSOR,
    &dense_layer_no_bias::PROCESSOR,
    &dense_layer_with_bias::PROCESSOR,
    &discrete_wavelet_transform::PROCESSOR,
    &double_pole_zero::PROCESSOR,
    &dplms::PROCESSOR,
    &fft::PROCESSOR,
    &fft_convolve_wf::PROCESSOR,
    &fixed_time_pickoff::PROCESSOR,
    &gaussian_filter1d::PROCESSOR,
    &get_multi_local_extrema::PROCESSOR,
    &get_wf_centroid::PROCESSOR,
    &histogram::PROCESSOR,
    &histogram_around_mode::PROCESSOR,
    &histogram_peakstats::PROCESSOR,
    &histogram_stats::PROCESSOR,
    &ifft::PROCESSOR,
    &iir_filter::PROCESSOR,
    &inject_damped_oscillation::PROCESSOR,
    &inject_exp_pulse::PROCESSOR,
    &inject_general_logistic::PROCESSOR,
    &inject_gumbel::PROCESSOR,
    &inject_sig_pulse::PROCESSOR,
    &inl_correction::PROCESSOR,
    &interpolated_time_point_thresh::PROCESSOR,
    &interpolating_upsampler::PROCESSOR,
    &intersect::PROCESSOR,
    &leading_edge::PROCESSOR,
    &linear_slope_diff::PROCESSOR,
    &linear_slope_fit::PROCESSOR,
    &log_check::PROCESSOR,
    &mean_below_threshold::PROCESSOR,
    &min_max::PROCESSOR,
    &min_max_norm::PROCESSOR,
    &moving_slope::PROCESSOR,
    &moving_window_left::PROCESSOR,
    &moving_window_multi::PROCESSOR,
    &moving_window_right::PROCESSOR,
    &multi_a_filter::PROCESSOR,
    &multi_t_filter::PROCESSOR,
    &multi_time_point_thresh::PROCESSOR,
    &normalisation_layer::PROCESSOR,
    &notch_filter::PROCESSOR,
    &optimize_1pz::PROCESSOR,
    &optimize_2pz::PROCESSOR,
    &optimize_nnls::PROCESSOR,
    &pad::PROCESSOR,
    &peak_filter::PROCESSOR,
    &peak_snr_threshold::PROCESSOR,
    &pole_zero::PROCESSOR,
    &poly_diff::PROCESSOR,
    &poly_exp_rms::PROCESSOR,
    &poly_fit::PROCESSOR,
    &polynomial_estimate::PROCESSOR,
    &presum::PROCESSOR,
    &psd::PROCESSOR,
    &rc_cr2::PROCESSOR,
    &recursive_filter::PROCESSOR,
    &reflected_convolve_wf::PROCESSOR,
    &remove_duplicates::PROCESSOR,
    &saturation::PROCESSOR,
    &saturation_runs::PROCESSOR,
    &savitzky_golay::PROCESSOR,
    &soft_pileup_corr::PROCESSOR,
    &soft_pileup_corr_bl::PROCESSOR,
    &sort::PROCESSOR,
    &step::PROCESSOR,
    &svm_predict::PROCESSOR,
    &t0_filter::PROCESSOR,
    &tail_tau::PROCESSOR,
    &tf_model::PROCESSOR,
    &threshold_mad::PROCESSOR,
    &time_over_threshold::PROCESSOR,
    &time_point_thresh::PROCESSOR,
    &trap_filter::PROCESSOR,
    &trap_norm::PROCESSOR,
    &trap_pickoff::PROCESSOR,
    &upsampler::PROCESSOR,
    &wf_alignment::PROCESSOR,
    &wf_correction::PROCESSOR,
    &wiener_filter::PROCESSOR,
    &windower::PROCESSOR,
    &zac_filter::PROCESSOR,
];

/// The processor of a name.
pub fn named(name: &str) -> Option<&'static Processor> {
    ALL.iter().copied().find(|processor| processor.name == name)
}
