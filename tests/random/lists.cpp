#include "lists.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "grids.hpp"
#include "noise.hpp"
#include "paths.hpp"
#include "solvers.hpp"

namespace fokker_random {
namespace {

/// Public names that the lists use under the name of something else: options, enumerations, what
/// the models and observers of bundles.hpp and examine.cpp are made of.
constexpr std::string_view used_elsewhere[] = {
    "align_your_steps_digits",
    "align_your_steps_for",
    "align_your_steps_options",
    "analytic_variance",
    "ancestral_rule",
    "bad_tail",
    "batch_order",
    "beta_of",
    "beta_options",
    "call_addresses",
    "check_finite",
    "checkpoint",
    "clipped_noise",
    "consistency_preconditioned",
    "control",
    "corrected_noise",
    "data_prediction",
    "ddpm_variance",
    "dynamic_shift_options",
    "edm_preconditioned",
    "edm_prediction",
    "empirical_shift",
    "error",
    "extended_variance",
    "field_options",
    "fitted_options",
    "flow_direction",
    "flow_label",
    "flow_map",
    "flow_options",
    "flow_prediction",
    "flow_shifting",
    "flow_spacing",
    "gits_options",
    "grid",
    "grid_end",
    "guidance",
    "guided",
    "guided_batch",
    "interpolation",
    "karras_options",
    "knot",
    "langevin_step",
    "laplace_compat",
    "laplace_grid_options",
    "laplace_options",
    "latent_consistency_options",
    "linear_quadratic_options",
    "model",
    "moments",
    "multistep_start",
    "named_solver",
    "network_error",
    "noise_prediction",
    "optimal_options",
    "polyexponential_options",
    "pndm_mixes",
    "posterior_variance",
    "predicts_field",
    "predicts_flow",
    "predicts_noise",
    "predictor_noise",
    "prior",
    "progress",
    "projection",
    "region_options",
    "resample_options",
    "restart_options",
    "run",
    "score_prediction",
    "second_label",
    "second_output",
    "smoothstep_options",
    "seeds_weights",
    "sigma_options",
    "spacing",
    "spacing_options",
    "step_control",
    "step_rule",
    "terminal_snr",
    "time_label",
    "tolerance",
    "unipc_variant",
    "velocity_prediction",
    // A solver of one network and one grid, which its own test fits.
    "fitted_solver",
    // The three verbs are what a run does; their own tests compare them with it.
    "sample",
    "edit",
    "denoise",
    "report",
    // A verb, too, whose network walks by denoise: its test goes over all solvers of the ODE.
    "edit_between",
    "edit_between_options",
    "edit_network",
    // And the steps side by side: their own test compares them with a run.
    "sample_in_parallel",
    "denoise_in_parallel",
    "parallel_options",
    "parallel_report",
    // And many walks in one batch, which are compared with each of them alone.
    "batch_label",
    "batch_options",
    "batched_start",
    "batched_status",
    "batched_walk",
    "batched_walk_options",
    "continuous_batch",
    // And those of latents, which their own tests compare with `denoise`.
    "encode",
    "decode",
    "encoded",
};

/// Public names that no random configuration is made of, as they take no steps: the forward
/// process, training, bounds and moments; what is said of types; names of the catalogue.
constexpr std::string_view of_no_walk[] = {
    "array_like",
    "array_shape",
    "array_traits",
    "bits_per_dimension",
    "blur_options",
    "blurred",
    "bridge_data",
    "bridged",
    "bound_cost",
    "bound_options",
    "brownian_clock",
    "channel_order",
    "cold",
    "combined",
    "cosine_transform",
    "ddbm_prediction",
    "decoder_cdf",
    "dequantise",
    "diffusion_path",
    "discrete_path",
    "divergence_by",
    "divergence_head",
    "divergence_probes",
    "draw_source",
    "edm_data_weight",
    "entropy",
    "error_over",
    "estimate_moments",
    "exact_divergence",
    "extended_optimal_variance",
    "fit_error",
    "fit_options",
    "fit_progress",
    "fitted_step",
    "fitted_walk",
    "for_each_named_solver",
    "forward",
    "forward_between",
    "heat_dissipation",
    "heat_options",
    "heat_reversal",
    "heat_walk",
    "in_pixels",
    "interpolated",
    "i2sb_prediction",
    "learned_variance",
    "likelihood",
    "load_fitted_solver",
    "load_moments",
    "log_likelihood",
    "min_snr_data_weight",
    "min_snr_noise_weight",
    "min_snr_velocity_weight",
    "moment_estimator",
    "moment_knots",
    "moment_of",
    "moment_options",
    "moved_by",
    "noise_draw",
    "noise_moment",
    "noise_or_engine",
    "noise_position",
    "noise_source",
    "noise_tile",
    "observer_of",
    "optimal_variance",
    "optimal_variance_bounds",
    "p2_noise_weight",
    "picture_shape",
    "posterior",
    "posterior_between",
    "probe_law",
    "projection_base",
    "real_scalar",
    "renoised",
    "restore",
    "reverse_variance",
    "sample_numbers",
    "sample_posterior",
    "sample_source",
    "sample_with_likelihood",
    "save_fitted_solver",
    "save_moments",
    "score_moment",
    "shard",
    "solver",
    "solver_family",
    "solver_fit",
    "solver_names",
    "spherical",
    "squared",
    "step_numbers",
    "target_at",
    "token_array",
    "token_scalar",
    "training_pair",
    "transition",
    "transition_between",
    "upper_bound_variance",
    "variance_preserving",
    "variational_bound",
    "variational_terms",
    "version",
    "version_major",
    "version_minor",
    "version_patch",
    "with_solver",
    // Any solver behind one type: its own test compares it with those that are drawn here.
    "any_solver",
    // The same with another eta in each step: its own test compares it with them.
    "with_eta",
    // Makers of models that any_prediction is read in the place of, and wrappers that the tests of
    // model/ combine with every parametrisation.
    "as_data_network",
    "at_unit_scale",
    "epsilon_scaled",
    "predicts_data",
    "predicts_score",
    "predicts_velocity",
    "probe_options",
    "with_probes",
    // Corrections by a measurement, of which their own tests know the result with many solvers; the
    // bundles have a correction of their own.
    "data_predictor",
    "ddnm",
    "ddnm_plus",
    "dps",
    "dps_options",
    "hard_data_consistency",
    "hard_data_consistency_options",
    "jacobian_by_difference",
    "moment_matching",
    "moment_matching_options",
    "pigdm",
    "pigdm_options",
};

}  // namespace

std::vector<std::string> gaps(const std::vector<std::string>& public_names) {
    std::set<std::string, std::less<>> listed;
    for (const path_entry& each : all_paths) listed.emplace(each.name);
    for (const grid_entry& each : all_grids) listed.emplace(each.name);
    for (const change_entry& each : all_changes) listed.emplace(each.name);
    for (const source_entry& each : all_sources) listed.emplace(each.name);
    for (const std::string_view each : used_elsewhere) listed.emplace(each);
    for (const std::string_view each : of_no_walk) listed.emplace(each);
    const auto type = [](std::string_view spelling) {
        return std::string(spelling.substr(0, spelling.find_first_of("<{")));
    };
    fokker::for_each_named_solver([&](const auto& entry) { listed.insert(type(entry.spelling)); });
    std::vector<std::string> sentences;
    const auto solvers = all_solvers();
    fokker::for_each_named_solver([&](const auto& entry) {
        if (std::none_of(solvers.begin(), solvers.end(),
                         [&](const solver_entry& each) { return each.name == entry.name; }))
            sentences.push_back("the solver " + std::string(entry.name) +
                                " is in the catalogue, and not in all_solvers()");
    });
    for (const std::string& name : public_names)
        if (!listed.contains(name))
            sentences.push_back(name +
                                " is public, and no list of tests/random has it: add an entry to "
                                "all_paths, all_grids, all_changes or all_sources, an option to "
                                "draw_options, or say in lists.cpp where it is used");
    for (const std::string_view each : used_elsewhere)
        if (std::find(public_names.begin(), public_names.end(), each) == public_names.end())
            sentences.push_back(std::string(each) + " is no public name any more: see lists.cpp");
    for (const std::string_view each : of_no_walk)
        if (std::find(public_names.begin(), public_names.end(), each) == public_names.end())
            sentences.push_back(std::string(each) + " is no public name any more: see lists.cpp");
    return sentences;
}

}  // namespace fokker_random
