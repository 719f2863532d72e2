/// All ways to lay a grid over a path, and what is done to grids. A new one is an entry of
/// `all_grids` or `all_changes`.
#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include <fokker/moments.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/path/grids/fitted.hpp>

#include "dice.hpp"
#include "paths.hpp"

namespace fokker_random {

inline fokker::grid_end draw_end(draw& d) {
    return d.one_in(2) ? fokker::grid_end::clean : fokker::grid_end::least_noise;
}

/// The ends of a grid in sigma / alpha, as an option: those of the path, or others.
inline void draw_range(draw& d, auto& options) {
    options.end = draw_end(d);
    if (d.one_in(3)) options.sigma_min = d.number("sigma_min", d.size(1e-4, 1));
    if (d.one_in(3)) options.sigma_max = d.number("sigma_max", d.size(1, 1e3));
}

/// Gamma of data N(m, 1), or of none in particular, for all lambdas.
inline fokker::moments draw_moments(draw& d) {
    fokker::moments m;
    const bool exact = d.one_in(2);
    const double gamma = d.real(0, d.one_in(4) ? 1.5 : 1.0);
    for (double lambda = -40; lambda <= 40; lambda += 4) {
        m.knots.push_back(
            {-lambda, 1.0 / (1.0 + std::exp(-lambda)), 1.0 / (1.0 + std::exp(lambda))});
        m.gamma.push_back(exact ? 1.0 / (1.0 + std::exp(2.0 * lambda)) : gamma);
    }
    d.note("exact_moments", exact);
    return m;
}

/// Whether a path has training times.
template <class Path>
inline constexpr bool is_discrete = std::is_same_v<Path, fokker::discrete_schedule>;

inline fokker::spacing_options draw_spacing(draw& d) {
    fokker::spacing_options options{.end = draw_end(d)};
    if (d.one_in(3)) options.points = fokker::spacing::dpm_solver;
    if (d.one_in(3)) options.offset = d.whole(0, 2);
    if (d.one_in(3)) options.lambda_min = d.number("lambda_min", d.real(-8, 4));
    return options;
}

/// Knots of no path, in the order of a walk; some of them very close to each other.
inline std::vector<fokker::knot> hand_made(draw& d, int steps) {
    std::vector<fokker::knot> knots;
    double lambda = d.real(-12, 2);
    const double scale = d.one_in(2) ? 1.0 : d.size(1e-3, 1e3);
    const bool vary = d.one_in(3);
    if (d.one_in(6)) knots.push_back({1e4, 0.0, scale});
    for (int i = static_cast<int>(knots.size()); i <= steps; ++i) {
        const double size = vary ? scale * d.size(0.5, 2) : scale;
        if (i == steps && d.one_in(2))
            knots.push_back({0.0, size, 0.0});
        else
            knots.push_back({-lambda, size / std::sqrt(1 + std::exp(-2 * lambda)),
                             size / std::sqrt(1 + std::exp(2 * lambda))});
        lambda += d.one_in(8) ? d.size(1e-9, 1e-3) : d.size(1e-2, 12.0 / std::max(1, steps) + 0.02);
    }
    return knots;
}

struct grid_entry {
    std::string_view name;
    fokker::grid (*lay)(draw&, const drawn_path&, int steps);
};

/// On the path, whatever its type.
template <class F>
fokker::grid on(const drawn_path& path, const F& lay) {
    return std::visit([&](const auto& p) -> fokker::grid { return lay(p); }, path);
}
/// On a schedule, or on one that has nothing to do with the path.
template <class F>
fokker::grid on_schedule(draw& d, const drawn_path& path, const F& lay) {
    if (const auto* schedule = std::get_if<fokker::discrete_schedule>(&path)) return lay(*schedule);
    d.say("(linear_schedule)");
    return lay(fokker::linear_schedule(d.of({50, 1000})));
}

inline constexpr grid_entry all_grids[] = {
    {"trailing",
     [](draw& d, const drawn_path& path, int n) {
         return on_schedule(d, path,
                            [&](const auto& s) { return fokker::trailing(s, n, draw_spacing(d)); });
     }},
    {"leading",
     [](draw& d, const drawn_path& path, int n) {
         return on_schedule(d, path,
                            [&](const auto& s) { return fokker::leading(s, n, draw_spacing(d)); });
     }},
    {"linspace",
     [](draw& d, const drawn_path& path, int n) {
         return on(path, [&](const auto& p) {
             if constexpr (is_discrete<std::remove_cvref_t<decltype(p)>>)
                 return fokker::linspace(p, n, draw_spacing(d));
             else
                 return fokker::linspace(p, n, draw_end(d));
         });
     }},
    {"simple",
     [](draw& d, const drawn_path& path, int n) {
         return on_schedule(d, path,
                            [&](const auto& s) { return fokker::simple(s, n, draw_end(d)); });
     }},
    {"latent_consistency",
     [](draw& d, const drawn_path& path, int n) {
         return on_schedule(d, path, [&](const auto& s) {
             return fokker::latent_consistency(
                 s, n,
                 {.original_steps = d.count("original", d.whole(1, 60)),
                  .strength = d.number("strength", d.real(0.1, 1)),
                  .end = draw_end(d)});
         });
     }},
    {"quadratic",
     [](draw& d, const drawn_path& path, int n) {
         return on(path, [&](const auto& p) {
             return fokker::quadratic(p, n, draw_end(d), d.number("span", d.real(0.1, 1)));
         });
     }},
    {"time_uniform",
     [](draw& d, const drawn_path& path, int n) {
         return on(path, [&](const auto& p) { return fokker::time_uniform(p, n, draw_end(d)); });
     }},
    {"time_quadratic",
     [](draw& d, const drawn_path& path, int n) {
         return on(path, [&](const auto& p) { return fokker::time_quadratic(p, n, draw_end(d)); });
     }},
    {"sgm_uniform",
     [](draw& d, const drawn_path& path, int n) {
         return on(path, [&](const auto& p) { return fokker::sgm_uniform(p, n, draw_end(d)); });
     }},
    {"from_times",
     [](draw& d, const drawn_path& path, int n) {
         return on(path, [&](const auto& p) {
             std::vector<double> times(static_cast<std::size_t>(std::max(0, n)));
             for (double& t : times) t = d.real(p.first_time(), p.last_time());
             std::sort(times.rbegin(), times.rend());
             return fokker::from_times(p, times, draw_end(d));
         });
     }},
    {"from_sigmas",
     [](draw& d, const drawn_path& path, int n) {
         return on(path, [&](const auto& p) {
             const double low = p.at(p.first_time()).noise_to_signal(),
                          high = std::min(1e6, p.at(p.last_time()).noise_to_signal());
             std::vector<double> sigmas(static_cast<std::size_t>(std::max(0, n)));
             for (double& s : sigmas) s = d.size(low, high);
             std::sort(sigmas.rbegin(), sigmas.rend());
             if (!d.one_in(3)) return fokker::from_sigmas(p, sigmas, draw_end(d));
             sigmas.push_back(0.0);
             return fokker::from_sigmas(p, sigmas);
         });
     }},
    {"karras",
     [](draw& d, const drawn_path& path, int n) {
         fokker::karras_options options{.rho = d.number("rho", d.size(0.2, 50))};
         draw_range(d, options);
         return on(path, [&](const auto& p) { return fokker::karras(p, n, options); });
     }},
    {"exponential",
     [](draw& d, const drawn_path& path, int n) {
         fokker::sigma_options options;
         draw_range(d, options);
         return on(path, [&](const auto& p) { return fokker::exponential(p, n, options); });
     }},
    {"polyexponential",
     [](draw& d, const drawn_path& path, int n) {
         fokker::polyexponential_options options{.rho = d.number("rho", d.size(0.2, 20))};
         draw_range(d, options);
         return on(path, [&](const auto& p) { return fokker::polyexponential(p, n, options); });
     }},
    {"kl_optimal",
     [](draw& d, const drawn_path& path, int n) {
         fokker::sigma_options options;
         draw_range(d, options);
         return on(path, [&](const auto& p) { return fokker::kl_optimal(p, n, options); });
     }},
    {"uniform_lambda",
     [](draw& d, const drawn_path& path, int n) {
         return on(path, [&](const auto& p) { return fokker::uniform_lambda(p, n, draw_end(d)); });
     }},
    {"beta",
     [](draw& d, const drawn_path& path, int n) {
         fokker::beta_options options{.alpha = d.number("alpha", d.size(0.1, 40)),
                                      .beta = d.number("beta", d.size(0.1, 40))};
         if (d.one_in(2)) {
             options.of = fokker::beta_of::sigma;
             draw_range(d, options);
         } else {
             options.end = draw_end(d);
             options.rounded = d.one_in(4);
         }
         options.endpoint = d.one_in(3);
         return on(path, [&](const auto& p) { return fokker::beta(p, n, options); });
     }},
    {"linear_quadratic",
     [](draw& d, const drawn_path& path, int n) {
         fokker::linear_quadratic_options options{
             .threshold = d.number("threshold", d.real(0.001, 0.5)), .end = draw_end(d)};
         if (d.one_in(3)) options.linear_steps = d.count("linear_steps", d.whole(1, 10));
         return on(path, [&](const auto& p) { return fokker::linear_quadratic(p, n, options); });
     }},
    {"bong_tangent",
     [](draw& d, const drawn_path& path, int n) {
         return on(path, [&](const auto& p) { return fokker::bong_tangent(p, n, draw_end(d)); });
     }},
    {"smoothstep",
     [](draw& d, const drawn_path& path, int n) {
         const fokker::smoothstep_options options{.rounded = d.one_in(4), .end = draw_end(d)};
         return on(path, [&](const auto& p) { return fokker::smoothstep(p, n, options); });
     }},
    {"laplace",
     [](draw& d, const drawn_path& path, int n) {
         fokker::laplace_grid_options options{.mu = d.number("mu", d.real(-1, 1)),
                                              .b = d.number("b", d.size(0.2, 5))};
         draw_range(d, options);
         return on(path, [&](const auto& p) { return fokker::laplace(p, n, options); });
     }},
    {"align_your_steps",
     [](draw& d, const drawn_path& path, int n) {
         using fokker::align_your_steps_for;
         const auto network = d.of(
             {align_your_steps_for::sd15, align_your_steps_for::sdxl, align_your_steps_for::svd});
         fokker::align_your_steps_options options{.end = draw_end(d)};
         if (d.one_in(2)) options.digits = fokker::align_your_steps_digits::comfyui;
         // The tables are for one path each.
         if (d.one_in(4))
             return on(path, [&](const auto& p) {
                 return fokker::align_your_steps(p, n, network, options);
             });
         d.say("(its own path)");
         if (network == align_your_steps_for::svd)
             return fokker::align_your_steps(any_path(fokker::edm_path{0.002, 700.0}), n, network,
                                             options);
         return fokker::align_your_steps(fokker::scaled_linear_schedule(), n, network, options);
     }},
    {"gits",
     [](draw& d, const drawn_path& path, int n) {
         const fokker::gits_options options{d.number("coefficient", 0.8 + 0.05 * d.whole(0, 14)),
                                            draw_end(d)};
         if (d.one_in(4))
             return on(path, [&](const auto& p) { return fokker::gits(p, n, options); });
         d.say("(its own path)");
         return fokker::gits(fokker::scaled_linear_schedule(), n, options);
     }},
    {"flow",
     [](draw& d, const drawn_path&, int n) {
         using fokker::flow_label, fokker::flow_spacing, fokker::flow_shifting;
         fokker::flow_options options{.shift = d.number("shift", d.size(0.05, 50)),
                                      .end = draw_end(d)};
         if (d.one_in(2)) options.time_min = d.number("time_min", d.size(1e-4, 0.5));
         if (d.one_in(3)) options.sigma_min = d.number("sigma_min", d.size(1e-4, 0.5));
         options.spacing = d.of({flow_spacing::shifted, flow_spacing::karras,
                                 flow_spacing::exponential, flow_spacing::beta});
         options.shifting = d.of({flow_shifting::once, flow_shifting::diffusers_twice});
         options.label = d.of({flow_label::sigma, flow_label::time, flow_label::one_minus_sigma});
         return fokker::flow(n, options);
     }},
    {"optimal",
     [](draw& d, const drawn_path& path, int n) {
         fokker::optimal_options options{.end = draw_end(d)};
         if (d.one_in(2)) options.tail = fokker::bad_tail::monotone;
         if (d.one_in(2)) options.variance = fokker::posterior_variance{};
         const fokker::moments gamma = draw_moments(d);
         return on(path, [&](const auto& p) {
             // The search takes time with the square of these.
             if constexpr (is_discrete<std::remove_cvref_t<decltype(p)>>) {
                 if (p.steps() > 100) return fokker::trailing(p, n, {.end = options.end});
             } else {
                 options.candidates = d.count("candidates", d.whole(2, 60));
             }
             return fokker::optimal(p, gamma, std::min(n, 60), options);
         });
     }},
    {"fitted",
     [](draw& d, const drawn_path& path, int n) {
         Eigen::ArrayXXd x(3, 2);
         const auto network = [](const auto& in, const fokker::knot& k, auto& out) {
             out = k.sigma / (0.25 * k.alpha * k.alpha + k.sigma * k.sigma) * in;
         };
         const fokker::fitted_options options{.fine_steps = d.count("fine_steps", d.whole(2, 30)),
                                              .longest = d.number("longest", d.size(1, 100)),
                                              .end = draw_end(d)};
         return on(path, [&](const auto& p) {
             return fokker::fitted(x, network, p, n, fokker::philox{.seed = d.bits()}, options);
         });
     }},
    {"hand_made", [](draw& d, const drawn_path&, int n) { return fokker::grid(hand_made(d, n)); }},
    {"hand_made_on_path",
     [](draw& d, const drawn_path& path, int n) {
         return on(path, [&](const auto& p) {
             std::vector<double> lambdas(static_cast<std::size_t>(std::max(0, n) + 1));
             const double noise = std::max(-12.0, p.at(p.last_time()).lambda()),
                          data = std::min(12.0, p.at(p.first_time()).lambda());
             std::vector<fokker::knot> knots;
             for (double& lambda : lambdas) lambda = d.real(noise, data);
             std::sort(lambdas.begin(), lambdas.end());
             for (const double lambda : lambdas) knots.push_back(p.at(p.time(lambda)));
             return fokker::grid(knots, p);
         });
     }},
};

/// What is done to a grid.
struct change_entry {
    std::string_view name;
    fokker::grid (*change)(draw&, const fokker::grid&);
};

inline constexpr change_entry all_changes[] = {
    {"reversed", [](draw&, const fokker::grid& g) { return g.reversed(); }},
    {"from",
     [](draw& d, const fokker::grid& g) { return g.from(d.count("at", d.whole(0, g.steps()))); }},
    {"until",
     [](draw& d, const fokker::grid& g) { return g.until(d.count("at", d.whole(0, g.steps()))); }},
    {"from_strength",
     [](draw& d, const fokker::grid& g) {
         return g.from_strength(d.number("strength", d.real(0, 1)), d.one_in(2));
     }},
    {"from_noise_level",
     [](draw& d, const fokker::grid& g) {
         return g.from_noise_level(d.number("level", d.size(1e-3, 10)));
     }},
    {"from_noise_to_signal",
     [](draw& d, const fokker::grid& g) {
         return g.from_noise_to_signal(d.number("level", d.size(1e-3, 100)));
     }},
    {"from_lambda",
     [](draw& d, const fokker::grid& g) {
         return g.from_lambda(d.number("level", d.real(-5, 5)));
     }},
    {"until_noise_level",
     [](draw& d, const fokker::grid& g) {
         return g.until_noise_level(d.number("level", d.size(1e-3, 10)));
     }},
    {"until_noise_to_signal",
     [](draw& d, const fokker::grid& g) {
         return g.until_noise_to_signal(d.number("level", d.size(1e-3, 100)));
     }},
    {"until_lambda",
     [](draw& d, const fokker::grid& g) {
         return g.until_lambda(d.number("level", d.real(-5, 5)));
     }},
    {"invertible_part", [](draw&, const fokker::grid& g) { return g.invertible_part(); }},
    {"without_pure_noise", [](draw&, const fokker::grid& g) { return g.without_pure_noise(); }},
    {"restarted",
     [](draw& d, const fokker::grid& g) {
         const auto knot = static_cast<std::size_t>(d.whole(0, g.steps()));
         const double low = g[knot].noise_to_signal();
         return fokker::restarted(
             g, {.sigma_min = d.number("low", low),
                 .sigma_max = d.number(
                     "high", std::min(low * d.size(1.01, 50), g.front().noise_to_signal())),
                 .times = d.count("times", d.whole(0, 3)),
                 .steps = d.count("steps", d.whole(1, 5))});
     }},
    {"resampled",
     [](draw& d, const fokker::grid& g) {
         return fokker::resampled(
             g, {.jump_length = d.count("length", d.whole(1, std::max(1, g.steps() / 2))),
                 .jump_samples = d.count("samples", d.whole(1, 3))});
     }},
    {"with_prior",
     [](draw& d, const fokker::grid& g) {
         using fokker::prior;
         return g.with_prior(d.of({prior::standard, prior::sigma, prior::unit_data}));
     }},
};

/// Any grid: mostly a short one, as long ones find no more and take long.
inline fokker::grid draw_grid(draw& d) {
    const drawn_path path = draw_path(d);
    const grid_entry& entry = all_grids[d.index(std::size(all_grids))];
    d.say(entry.name);
    int steps = d.whole(1, 12);
    if (d.one_in(6)) steps = d.whole(13, 60);
    if (d.one_in(150)) steps = d.whole(61, 1000);
    if (d.one_in(60)) steps = d.of({0, -1, 1000});
    fokker::grid g = entry.lay(d, path, d.note("steps", steps));
    while (d.one_in(3)) {
        const change_entry& change = all_changes[d.index(std::size(all_changes))];
        d.say(change.name);
        g = change.change(d, g);
    }
    return g;
}

}  // namespace fokker_random
