#include "method.hpp"

#include <fokker/fitting.hpp>

#include <optional>
#include <utility>

#include "../fashion_samples/fitted_file.hpp"

namespace fashion {

namespace {

using Eigen::ArrayXd;
using Eigen::MatrixXf;
using fokker::second_output;

// The noise, and its second moment where one is asked for, of pictures of these classes.
auto noise_model(batch& pictures) {
    return fokker::predicts_noise(
               [&pictures](const MatrixXf& x, const fokker::knot& k, MatrixXf& noise) {
                   pictures.network.evaluate(x, k.t, pictures.classes, noise);
               })
        .clipped(-1, 1);
}

auto noise_model_with(second_output kind, batch& pictures) {
    const moment which =
        kind == second_output::residual_squared ? moment::residual_squared : moment::noise_squared;
    return fokker::predicts_noise(
               [&pictures, which](const MatrixXf& x, const fokker::knot& k, MatrixXf& noise,
                                  MatrixXf& second) {
                   pictures.network.evaluate(x, k.t, pictures.classes, noise, which, second);
               },
               kind)
        .clipped(-1, 1);
}

// One network call a step, for all of them.
template <class Make, class Solver>
method made_of(std::string name, Make make_model, Solver solver) {
    static_assert(Solver::evaluations == 1);
    method result{std::move(name), {}, {}};
    result.sample = [=](batch which, MatrixXf& pictures, const fokker::grid& grid,
                        fokker::philox noise) {
        fokker::sample(pictures, make_model(which), grid, solver, noise, fokker::check_finite{});
    };
    return result;
}

// The solver that was fitted for as many steps as the grid has, which must be its own.
template <class Make>
method fitted_of(Make make_model) {
    method result{"fitted-solver", {}, {}};
    result.sample = [=](batch which, MatrixXf& pictures, const fokker::grid& grid,
                        fokker::philox noise) {
        fokker::sample(pictures, make_model(which), grid, read_fitted(grid.steps()), noise,
                       fokker::check_finite{});
    };
    return result;
}

template <class Make>
method with_bound(method result, Make make_model, fokker::bound_options options) {
    result.bound = [=](batch which, const MatrixXf& pictures, const fokker::grid& grid,
                       fokker::philox noise) -> ArrayXd {
        return fokker::variational_bound(make_model(which), grid, pictures, noise, options).total;
    };
    return result;
}

}  // namespace

std::vector<method> all_methods(const fokker::moments& gamma, const fokker::moments& map) {
    const auto plain = [](batch& pictures) { return noise_model(pictures); };
    // One type for both, so that what takes it is compiled once.
    const auto with = [](second_output kind) {
        return [kind](batch& pictures) { return noise_model_with(kind, pictures); };
    };
    const auto npr = with(second_output::residual_squared), sn = with(second_output::noise_squared);
    // Pictures lie in [-1, 1], and the last noise that is added is never taken away again: two grey
    // levels of it for ancestral walks and one for DDIM's, as Bao et al. 2022 have it.
    const auto analytic = [](const fokker::moments& of, double levels) {
        return fokker::analytic_variance{
            .gamma = of, .data_radius = 1.0, .bounded_steps = 1, .bounded_to = levels};
    };
    const auto extended = [](double levels) {
        return fokker::extended_variance{
            .data_radius = 1.0, .bounded_steps = 1, .bounded_to = levels};
    };
    const auto optimal = [](const fokker::moments& of) {
        return fokker::bound_options{.variance = fokker::optimal_variance{of, 1.0}};
    };
    const fokker::bound_options told{.variance = fokker::extended_optimal_variance{1.0}};
    using fokker::ddpm, fokker::analytic_ddpm, fokker::analytic_ddim;
    using fokker::extended_analytic_ddim, fokker::extended_analytic_ddpm;
    constexpr auto upper = fokker::ddpm_variance::upper_bound;
    return {
        with_bound(made_of("ddpm", plain, ddpm{}), plain, {}),
        with_bound(made_of("ddpm-upper", plain, ddpm{upper}), plain,
                   {.variance = fokker::upper_bound_variance{}}),
        with_bound(made_of("analytic-ddpm", plain, analytic_ddpm{analytic(gamma, 2)}), plain,
                   optimal(gamma)),
        with_bound(made_of("analytic-ddpm-map", plain, analytic_ddpm{analytic(map, 2)}), plain,
                   optimal(map)),
        with_bound(made_of("npr-ddpm", npr, extended_analytic_ddpm{extended(2)}), npr, told),
        with_bound(made_of("sn-ddpm", sn, extended_analytic_ddpm{extended(2)}), sn, told),
        made_of("ddim", plain, fokker::ddim{}),
        made_of("analytic-ddim", plain, analytic_ddim{0.0, analytic(gamma, 1)}),
        made_of("analytic-ddim-map", plain, analytic_ddim{0.0, analytic(map, 1)}),
        made_of("npr-ddim", npr, extended_analytic_ddim{0.0, extended(1)}),
        made_of("sn-ddim", sn, extended_analytic_ddim{0.0, extended(1)}),
        made_of("dpm++2m", plain, fokker::dpm_solver_pp_2m{}),
        made_of("deis3", plain, fokker::deis<3>{}),
        made_of("unipc3", plain, fokker::unipc<3>{}),
        made_of("dpm++2m-sde", plain, fokker::sde_dpm_solver_pp<2>{}),
        made_of("er-sde", plain, fokker::er_sde<3>{}),
        fitted_of(plain),
    };
}

}  // namespace fashion
