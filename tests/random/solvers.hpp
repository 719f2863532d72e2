/// All solvers of the catalogue, those that it leaves out, and their options. A solver of the
/// catalogue is here by itself; an option of a new name is a line of `draw_options`.
#pragma once

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fokker/fokker.hpp>

#include "bundles.hpp"
#include "dice.hpp"
#include "grids.hpp"

namespace fokker_random {

/// A solver of any type, with its options.
class drawn_solver {
public:
    bool all_noise = false;  ///< whether it is compiled with all kinds, where the bundle is
    bool stochastic = false, adaptive = false, inverts = false, reads_second = false;
    bool takes_maps = false;  ///< whether a network of two knots can be walked with, on this grid
    int history = 0, order = 0, stages = 0;
    /// What a step makes of the deviation from alpha D where D is a constant, as a multiple of what
    /// the ODE makes of it: null for 1.
    double (*keeps)(const fokker::knot&, const fokker::knot&) = nullptr;
    bool is_explicit = false;
    bool mixes_velocities = false;  ///< said at several x: even those of one point are others
    double tolerance = 0.0;  ///< of an adaptive one that does not solve the linear part exactly
    /// How far the weights of a step may take what was rounded.
    double amplification = 1.0;
    /// Of all noise.
    double noise = 1.0;
    /// Whether what it draws has the deviation sigma where the data are one point.
    bool keeps_marginals = true;
    std::vector<fokker::second_output> kinds;  // of second outputs that it can use

    virtual ~drawn_solver() = default;
    virtual std::unique_ptr<any_walk> make(std::size_t bundle, const plan&) const = 0;
};

template <class Solver>
class held_solver final : public drawn_solver {
public:
    explicit held_solver(const Solver& s) : solver_(s) {}
    std::unique_ptr<any_walk> make(std::size_t bundle, const plan& p) const override {
        if constexpr (is_thorough<Solver>) {
            std::unique_ptr<any_walk> made;
            std::size_t number = 0;
            for_each_bundle([&]<class B>(const B&) {
                if (number++ == bundle) made = make_walk<B>(solver_, p);
            });
            return made;
        } else {
            if (bundle == 0) return make_walk<std::tuple_element_t<0, bundles>>(solver_, p);
            return make_walk_of_any(bundle, solver_, fokker::detail::reads_second_output<Solver>,
                                    p);
        }
    }

private:
    Solver solver_;
};

/// Every option that a solver of the library has.
template <class Solver>
void draw_options(draw& d, Solver& s, const fokker::grid& walk) {
    const auto maybe = [&](double usual, double other) { return d.one_in(2) ? usual : other; };
    if constexpr (requires { s.eta = 1.0; }) {
        const bool bounded = requires { s.options(); } || requires { s.variance; } ||
                             std::is_same_v<Solver, fokker::ddim>;
        s.eta = d.number("eta", d.one_in(4) ? 0.0 : maybe(1.0, d.real(0, bounded ? 1.0 : 3.0)));
    }
    if constexpr (requires { s.s_noise = 1.0; })
        s.s_noise = d.number("s_noise", maybe(1.0, d.one_in(3) ? 0.0 : d.real(0, 2)));
    if constexpr (requires { s.s_churn = 1.0; })
        s.s_churn = d.number("s_churn", maybe(0.0, d.size(0.1, 100)));
    if constexpr (requires {
                      s.s_min = 1.0;
                      s.s_churn;
                  })
        s.s_min = d.number("s_min", maybe(0.0, d.size(1e-3, 1)));
    if constexpr (requires {
                      s.s_max = 1.0;
                      s.s_churn;
                  })
        s.s_max = d.number("s_max", maybe(std::numeric_limits<double>::infinity(), d.size(1, 100)));
    if constexpr (requires { s.tau = 1.0; })
        s.tau = d.number("tau", d.one_in(3) ? 0.0 : d.real(0, 3));
    if constexpr (requires { s.gamma = 1.0; })
        s.gamma = d.number("gamma", maybe(s.gamma, d.real(0, 1)));
    if constexpr (requires { s.most_growth = 2.0; })
        if (d.one_in(2)) s.most_growth = d.number("most_growth", d.size(1, 1000));
    if constexpr (requires { s.r = 0.5; }) s.r = d.number("r", maybe(s.r, d.real(0.01, 0.99)));
    if constexpr (requires { s.r1 = 0.5; }) {
        s.r1 = d.number("r1", maybe(s.r1, d.real(0.01, 0.5)));
        s.r2 = d.number("r2", maybe(s.r2, d.real(0.5, 0.99)));
    }
    if constexpr (requires { s.calls = 1; }) {
        // So many that the grid has the steps for them.
        s.calls = d.count("calls", std::max(1, 3 * (walk.steps() - 1) + d.whole(0, 2)));
    }
    if constexpr (requires { s.iterations = 1; })
        s.iterations = d.count("iterations", d.whole(1, 4));
    if constexpr (requires { s.corrections = 1; }) {
        s.corrections = d.count("corrections", d.whole(0, 3));
        s.snr = d.number("snr", d.real(0.001, 0.5));
        s.predictor = !d.one_in(4);
        if (d.one_in(3)) s.length = fokker::langevin_step::measured;
        if (d.one_in(3)) s.noise = fokker::predictor_noise::transition;
        if (d.one_in(3)) s.noise = fokker::predictor_noise::transition;
    }
    if constexpr (requires { s.rule = fokker::ancestral_rule::flow; })
        if (d.one_in(3)) s.rule = fokker::ancestral_rule::flow;
    if constexpr (requires { s.variance = fokker::ddpm_variance::upper_bound; })
        if (d.one_in(3)) s.variance = fokker::ddpm_variance::upper_bound;
    if constexpr (requires { s.variant = fokker::unipc_variant::bh1; })
        s.variant = d.of(
            {fokker::unipc_variant::exact, fokker::unipc_variant::bh1, fokker::unipc_variant::bh2});
    if constexpr (requires { s.weights = fokker::seeds_weights::exact; })
        if (d.one_in(3)) s.weights = fokker::seeds_weights::exact;
    if constexpr (requires { s.corrector = false; }) s.corrector = !d.one_in(4);
    if constexpr (requires {
                      s.sigma_min = 1.0;
                      s.tau;
                  })
        s.sigma_min = d.number("sigma_min", maybe(0.0, d.size(1e-3, 1)));
    if constexpr (requires {
                      s.sigma_max = 1.0;
                      s.tau;
                  })
        s.sigma_max =
            d.number("sigma_max", maybe(std::numeric_limits<double>::infinity(), d.size(1, 100)));
    if constexpr (std::is_same_v<Solver, fokker::gamma_sampler>)
        if (s.gamma > 0) s.sigma_min = d.number("sigma_min", maybe(0.0, d.size(1e-3, 1)));
    if constexpr (std::is_same_v<Solver, fokker::consistency_sampler>)
        s.sigma_min = d.number("sigma_min", maybe(0.0, d.size(1e-3, 1)));
    if constexpr (requires { s.variance.data_radius = 1.0; }) {
        if constexpr (requires { s.variance.gamma; })
            if (!d.one_in(20)) s.variance.gamma = draw_moments(d);
        s.variance.data_radius = d.number("data_radius", d.size(0.5, 10));
        if (d.one_in(3)) s.variance.bounded_steps = d.count("bounded_steps", d.whole(0, 3));
        if (d.one_in(3)) s.variance.bounded_to = d.number("bounded_to", d.real(0, 3));
    }
    if constexpr (requires { s.control.safety = 1.0; }) {
        s.control.tolerated.absolute = d.number("absolute", d.one_in(5) ? 0.0 : d.size(1e-4, 0.1));
        s.control.tolerated.relative = d.number("relative", d.size(1e-4, 0.1));
        s.control.first_step = d.number("first_step", d.size(1e-3, 1));
        s.control.safety = d.number("safety", d.real(0.3, 0.95));
        if (d.one_in(3)) s.control.rule = fokker::step_rule::arctangent;
        if (d.one_in(4)) s.control.most_parts = d.count("most_parts", d.whole(1, 200));
        if constexpr (requires { s.eta; })
            if (s.eta > 0) {
                // Noise is one for the batch, and in no more than 256 parts.
                s.control.tolerated.over = fokker::error_over::worst_sample;
                s.control.most_parts = d.count("most_parts", d.whole(1, 200));
            }
    }
}

template <class Solver>
std::unique_ptr<drawn_solver> drawn(draw& d, fokker::named_solver<Solver> entry,
                                    const fokker::grid& walk) {
    if (!d.one_in(3))
        draw_options(d, entry.solver, walk);
    else if constexpr (requires { entry.solver.calls = 1; })
        entry.solver.calls = 3 * walk.steps() - 3;
    const Solver& s = entry.solver;
    auto made = std::make_unique<held_solver<Solver>>(s);
    made->all_noise = is_thorough<Solver>;
    made->stochastic = entry.stochastic();
    made->adaptive = entry.adaptive();
    made->inverts = entry.inverts();
    made->history = entry.history();
    if constexpr (fokker::detail::starts_from_memories<Solver>()) made->history = 1;
    made->order = entry.order;
    made->stages = entry.stages();
    if constexpr (std::is_same_v<Solver, fokker::dormand_prince>)
        made->tolerance = s.control.tolerated.absolute + s.control.tolerated.relative;
    if constexpr (std::is_same_v<Solver, fokker::rk4>)
        made->keeps = [](const fokker::knot& s, const fokker::knot& t) {
            if (s.alpha == 0 || t.sigma == 0) return 1.0;
            const double h = t.lambda() - s.lambda();
            return (1 - h * (1 - h / 2 * (1 - h / 3 * (1 - h / 4)))) * std::exp(h);
        };
    // Steps that grow where they are long, of numbers that 16 bits do not hold.
    made->is_explicit = std::is_same_v<Solver, fokker::stochastic_heun> ||
                        std::is_same_v<Solver, fokker::euler_maruyama> ||
                        std::is_same_v<Solver, fokker::rk4>;
    made->mixes_velocities =
        std::is_same_v<Solver, fokker::published_pndm<fokker::pndm_mixes::velocity>>;
    if constexpr (fokker::detail::takes_flow_maps<Solver>) {
        try {
            if constexpr (requires { s.check(walk); }) s.check(walk);
            for (int i = 0; i < walk.steps(); ++i)
                s.target(walk, walk.walked(static_cast<std::size_t>(i)),
                         walk.walked(static_cast<std::size_t>(i) + 1));
            made->takes_maps = true;
        } catch (const fokker::error&) {}  // with these options
    }
    made->reads_second = fokker::detail::reads_second_output<Solver>;
    if constexpr (fokker::detail::reads_second_output<Solver>)
        for (const auto& each : fokker::detail::second_outputs)
            if (s.reads(each.kind)) made->kinds.push_back(each.kind);
    double growth = 2.0;
    if constexpr (requires { s.most_growth.value_or(2.0); })
        growth = s.most_growth.value_or(1000.0);  // what the variant says, at most
    else if constexpr (requires { s.most_growth; })
        growth = s.most_growth;
    // CFG++ looks back on one prediction, too, which is in a memory.
    const int looks_back = std::max(entry.history(), made->reads_second ? entry.memories() : 0);
    made->amplification = std::pow(1.0 + 2.0 * growth, std::min(3, looks_back));
    if constexpr (requires { s.r; }) made->amplification /= s.r * (1 - s.r);
    if constexpr (requires { s.r1; }) made->amplification /= s.r1 * (s.r2 - s.r1) * (1 - s.r2);
    // Weights that do not depend on the lengths of steps: what was lost grows in each long one.
    if constexpr (std::is_same_v<Solver, fokker::gradient_estimation_cfg_pp> ||
                  std::is_same_v<Solver, fokker::published_pndm<>>)
        for (int i = 0; i < walk.steps(); ++i) {
            const auto k = static_cast<std::size_t>(i);
            if (walk[k].alpha > 0 && walk[k + 1].sigma > 0)
                made->amplification *=
                    std::max(1.0, 2 * walk[k].noise_to_signal() / walk[k + 1].noise_to_signal());
        }
    // As it does where a step may be many times as long as the one that it looks back on.
    if (looks_back > 0 && growth > 3)
        made->amplification =
            std::max(made->amplification, std::pow(growth, std::min(walk.steps(), 100)));
    // A second state keeps what it has lost, and is a difference that was divided by sigma.
    if constexpr (fokker::detail::starts_from_memories<Solver>()) {
        double least = 1.0;
        for (const fokker::knot& k : walk)
            if (k.sigma > 0) least = std::min(least, k.sigma / (k.alpha + k.sigma));
        made->amplification *= walk.steps() + 1.0 / least;
    }
    if constexpr (std::is_same_v<Solver, fokker::bdia>)
        if (walk.is_reversed()) made->amplification *= std::pow(s.gamma, -walk.steps());
    if constexpr (requires { s.s_noise; }) made->noise = std::max(1.0, s.s_noise);
    // Those whose variances come from somewhere else, or which solve nothing exactly.
    using namespace fokker;
    constexpr bool other_variance =
        requires { s.variance.data_radius; } || std::is_same_v<Solver, ddpm_learned> ||
        std::is_same_v<Solver, euler_maruyama> || std::is_same_v<Solver, stochastic_heun> ||
        std::is_same_v<Solver, predictor_corrector> || std::is_same_v<Solver, rk4>;
    made->keeps_marginals = !other_variance;
    if constexpr (requires { s.variance == ddpm_variance::upper_bound; })
        if (s.variance == ddpm_variance::upper_bound) made->keeps_marginals = false;
    return made;
}

struct solver_entry {
    std::string_view name;
    std::unique_ptr<drawn_solver> (*make)(draw&, const fokker::grid&);
};

/// The entries of each part of the list, each compiled in a file of its own.
std::vector<solver_entry> singlestep_solvers();
std::vector<solver_entry> multistep_solvers();
std::vector<solver_entry> ancestral_solvers();
std::vector<solver_entry> sde_solvers();
std::vector<solver_entry> few_step_solvers();
std::vector<solver_entry> further_solvers();

inline std::vector<solver_entry> all_solvers() {
    std::vector<solver_entry> all;
    for (const auto part : {singlestep_solvers, multistep_solvers, ancestral_solvers, sde_solvers,
                            few_step_solvers, further_solvers})
        for (const solver_entry& each : part()) all.push_back(each);
    return all;
}

/// Those of a family of the catalogue.
template <fokker::solver_family Family>
std::vector<solver_entry> solvers_of() {
    std::vector<solver_entry> all;
    fokker::for_each_named_solver<Family>([&]<class Solver>(const fokker::named_solver<Solver>& e) {
        all.push_back({e.name, [](draw& d, const fokker::grid& walk) {
                           // The entry again, by its type: two of one type differ in options that
                           // are drawn anyhow.
                           std::unique_ptr<drawn_solver> made;
                           fokker::for_each_named_solver<Family>(
                               [&]<class Other>(const fokker::named_solver<Other>& each) {
                                   if constexpr (std::is_same_v<Other, Solver>)
                                       if (!made) made = drawn(d, each, walk);
                               });
                           return made;
                       }});
    });
    return all;
}

}  // namespace fokker_random
