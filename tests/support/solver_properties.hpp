/// What every solver must hold, for one part of the list of solvers.hpp: each part is a file of its
/// own, so that they are compiled side by side. All checks walk with the same types, so that each
/// solver is compiled once in double and once in float.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>
#include <type_traits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/fokker.hpp>

#include "../catch.hpp"
#include "allocations.hpp"
#include "grids.hpp"
#include "mixture.hpp"
#include "solvers.hpp"

namespace fokker_test {

/// The exact data prediction, which exists at both ends, in the one type of these checks.
template <class T>
any_network<T> exact_data(const mixture& m = {}) {
    return [network = exact_network<fokker::data_prediction>{m}](
               const auto& x, const fokker::knot& k, auto& out) { network(x, k, out); };
}
template <class T>
using any_model = decltype(fokker::predicts_data(std::declval<any_network<T>>()));

template <class T>
any_model<T> exact_model(const mixture& m = {}) {
    return fokker::predicts_data(exact_data<T>(m));
}

inline double slope(const std::vector<double>& x, const std::vector<double>& y) {
    double sx = 0, sy = 0, sxx = 0, sxy = 0;
    const auto n = static_cast<double>(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        sx += x[i];
        sy += y[i];
        sxx += x[i] * x[i];
        sxy += x[i] * y[i];
    }
    return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

/// Nine points, and where the probability-flow ODE carries them along an uneven grid of this path.
struct carried_points {
    Eigen::ArrayXXd from, to;
};

template <class Path>
const carried_points& carried(const Path& path, bool reversed) {
    static const auto all = [&] {
        std::array<carried_points, 2> both;
        for (auto& points : both) {
            const bool inverted = &points == &both[1];
            const fokker::grid ends = uneven_grid(path, 1);
            points.from = Eigen::ArrayXd::LinSpaced(9, -2.0, 2.0);
            points.to = points.from.unaryExpr([&](double x) {
                return inverted ? exact_flow(mixture{}, x, ends.back(), ends.front())
                                : exact_flow(mixture{}, x, ends.front(), ends.back());
            });
        }
        return both;
    }();
    return all[reversed ? 1 : 0];
}

/// The slope of the error against the number of steps, on an uneven grid, walked from noise to data
/// or the other way; higher orders on finer ones, where what is left of the next power is small.
template <class Path, class Solver>
double measured_order(const Path& path, const Solver& solver, double expected,
                      bool reversed = false, int finer = 1) {
    const any_model<double> model = exact_model<double>();
    const carried_points& points = carried(path, reversed);
    if (expected > 2.5) finer *= 2;
    std::vector<double> log_steps, log_errors;
    for (int steps : {64, 96, 128, 192, 256}) {
        Eigen::ArrayXXd x = points.from;
        const fokker::grid walk = uneven_grid(path, finer * steps);
        fokker::denoise(x, model, reversed ? walk.reversed() : walk, solver, fokker::philox{});
        log_steps.push_back(std::log(finer * steps));
        log_errors.push_back(std::log((x - points.to).matrix().norm()));
    }
    return -slope(log_steps, log_errors);
}

/// On walks to the data, and on walks to the noise; on more paths to the data alone.
void check_orders(const auto& for_each) {
    for_each([](const auto& entry) {
        if (entry.order == 0.0) return;
        INFO(entry.name);
        const double inverted = entry.reversed_order > 0 ? entry.reversed_order : entry.order;
        const auto to_data = [&](const auto& path) {
            CHECK(std::abs(measured_order(path, entry.solver, entry.order) - entry.order) < 0.1);
        };
        const auto both_ways = [&](const auto& path) {
            to_data(path);
            CHECK(std::abs(measured_order(path, entry.solver, inverted, true) - inverted) < 0.1);
        };
        both_ways(fokker::vp_path{});
        both_ways(fokker::edm_path{});
        both_ways(fokker::flow_path{});
        both_ways(fokker::ve_path{});
        to_data(fokker::sub_vp_path{});
        to_data(fokker::cosine_path{});
        to_data(fokker::trigflow_path{});
        to_data(fokker::shifted_flow_path{.shift = 3.0, .label = fokker::flow_label::time});
        // In time a table is smooth between its entries alone.
        if (!entry.depends_on_path) to_data(fokker::linear_schedule());
    });
}

/// A path whose knots have other labels than the times.
template <class Path>
struct relabelled {
    Path path{};
    double (*label)(const fokker::knot&) = nullptr;  // of a knot labelled with its time

    double first_time() const { return path.first_time(); }
    double last_time() const { return path.last_time(); }
    double time(double lambda) const { return path.time(lambda); }
    fokker::knot at(double t) const {
        fokker::knot k = path.at(t);
        k.t = label(k);
        return k;
    }
};

/// Only the network may depend on the label: this one does not, so the samples are the same bit by
/// bit, whatever the labels are.
void check_labels(const auto& for_each) {
    const any_model<double> model = exact_model<double>();
    const Eigen::ArrayXXd start = Eigen::ArrayXd::LinSpaced(7, -2.0, 2.0);
    for_each([&](const auto& entry) {
        INFO(entry.name);
        const auto check = [&](const auto& path) {
            using path_type = std::remove_cvref_t<decltype(path)>;
            const auto walked = [&](double (*label)(const fokker::knot&)) {
                Eigen::ArrayXXd x = start;
                const fokker::grid walk = uneven_grid(relabelled<path_type>{path, label}, 12);
                fokker::denoise(x, model, walk, entry.solver, fokker::philox{.seed = 5});
                return x;
            };
            const Eigen::ArrayXXd wanted = walked([](const fokker::knot& k) { return k.t; });
            for (double (*label)(const fokker::knot&) :
                 {+[](const fokker::knot& k) { return k.sigma; },
                  +[](const fokker::knot& k) { return 1.0 - k.sigma; },
                  +[](const fokker::knot& k) { return 1000.0 * k.t; }}) {
                CHECK((walked(label) == wanted).all());
            }
        };
        check(fokker::vp_path{});
        check(fokker::shifted_flow_path{.shift = 3.0, .label = fokker::flow_label::time});
    });
}

/// Arrays that a run makes: an output for each evaluation and each step that is looked back on, the
/// stages, and what survives a step, each with room for its next value. And two tables of them; and
/// where each sample is, and which are next, if they may take parts of their own.
template <class Solver>
std::size_t buffers_of(const Solver&) {
    const int predictions = Solver::history + Solver::evaluations;
    return static_cast<std::size_t>(predictions) + fokker::detail::stages_of<Solver>() +
           2 * fokker::detail::memories_of<Solver>() + 2 +
           (fokker::detail::tries_parts<Solver>() ? 2 : 0);
}

void check_allocations(const auto& for_each) {
    const any_model<double> model = exact_model<double>();
    const auto grid = fokker::trailing(fokker::linear_schedule(), 12);
    for_each([&](const auto& entry) {
        INFO(entry.name);
        Eigen::ArrayXXd x(100, 2);
        auto mine = grid;  // the grid and the moments are the user's; they are moved in
        auto solver = entry.solver;
        const std::size_t at_first = allocations();
        fokker::run run(x, model, std::move(mine), std::move(solver), fokker::philox{.seed = 3});
        CHECK(allocations() == at_first + buffers_of(entry.solver));
        run.start_from_prior();
        const std::size_t made = allocations();
        run.step();
        // Room for the data prediction, where a solver looks back on noise predictions, or changes
        // the state that a prediction was made from before it assigns x.
        const bool keeps = entry.solver.history > 0 ||
                           fokker::detail::tries_parts<std::decay_t<decltype(entry.solver)>>();
        CHECK(allocations() <= made + (keeps ? 1 : 0));
        const std::size_t before = allocations();
        while (!run.done()) run.step();
        run.seek(0);
        while (!run.done()) run.step();
        CHECK(allocations() == before);
    });
}

/// The network fails in every call of a walk, one after the other; the step is repeated, and the
/// walk ends with the bits of the undisturbed one.
void check_failures(const auto& for_each) {
    const auto grid = uneven_grid(fokker::vp_path{}, 6);
    for_each([&](const auto& entry) {
        INFO(entry.name);
        std::int64_t calls = 0, fails_at = -1;
        const any_model<double> model = fokker::predicts_data(any_network<double>(
            [&](const Eigen::ArrayXXd& x, const fokker::knot& k, Eigen::ArrayXXd& out) {
                out.setConstant(1e3);  // what a network leaves that fails half-way
                if (calls++ == fails_at) throw fails_at;
                exact_network<fokker::data_prediction>{}(x, k, out);
            }));
        const auto walked = [&](std::int64_t failing) {
            calls = 0;
            fails_at = failing;
            int failures = 0;
            Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(5, -2.0, 2.0);
            fokker::run run(x, model, fokker::grid(grid),
                            std::remove_cvref_t<decltype(entry.solver)>(entry.solver),
                            fokker::philox{.seed = 5});
            while (!run.done()) {
                const Eigen::ArrayXXd before = x;
                try {
                    run.step();
                } catch (std::int64_t) {
                    ++failures;
                    CHECK((x == before).all());
                }
            }
            CHECK(failures == (failing < 0 ? 0 : 1));
            return x;
        };
        const Eigen::ArrayXXd wanted = walked(-1);
        const std::int64_t all = calls;
        // An adaptive solver makes hundreds.
        for (std::int64_t n = 0; n < all; n += 1 + all / 40) CHECK((walked(n) == wanted).all());
    });
}

/// A walk that goes on in another run, from a file, has the bits of the uninterrupted one.
void check_checkpoints(const auto& for_each) {
    const any_model<double> model = exact_model<double>();
    const auto grid = uneven_grid(fokker::vp_path{}, 6);
    for_each([&](const auto& entry) {
        INFO(entry.name);
        const auto made = [&](Eigen::ArrayXXd& x) {
            return fokker::run(x, model, fokker::grid(grid),
                               std::remove_cvref_t<decltype(entry.solver)>(entry.solver),
                               fokker::philox{.seed = 5});
        };
        Eigen::ArrayXXd x(5, 2);
        auto run = made(x);
        run.start_from_prior();
        std::vector<std::stringstream> files(6);
        for (auto& file : files) {
            run.checkpoint().write(file);
            run.step();
        }
        for (auto& file : files) {
            Eigen::ArrayXXd y = Eigen::ArrayXXd::Constant(5, 2, 1e3);
            auto other = made(y);
            other.resume(fokker::checkpoint::read(file));
            while (!other.done()) other.step();
            CHECK((y == x).all());
            CHECK(other.evaluations() == run.evaluations());
        }
    });
}

/// Of every step the run gives the data prediction that it, or its last part, began with.
void check_predictions(const auto& for_each) {
    const auto grid = uneven_grid(fokker::vp_path{}, 6);
    for_each([&](const auto& entry) {
        INFO(entry.name);
        std::vector<Eigen::ArrayXXd> said;
        const any_model<double> model = fokker::predicts_data(any_network<double>(
            [&](const Eigen::ArrayXXd& x, const fokker::knot& k, Eigen::ArrayXXd& out) {
                exact_network<fokker::data_prediction>{}(x, k, out);
                said.push_back(out);
            }));
        Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(5, -2.0, 2.0);
        fokker::run run(x, model, fokker::grid(grid),
                        std::remove_cvref_t<decltype(entry.solver)>(entry.solver),
                        fokker::philox{.seed = 5});
        constexpr auto in_part =
            static_cast<std::size_t>(std::remove_cvref_t<decltype(entry.solver)>::evaluations);
        while (!run.done()) {
            said.clear();
            run.step();
            REQUIRE(!said.empty());
            const std::size_t first = said.size() <= in_part ? 0 : said.size() - in_part;
            CHECK((run.prediction() == said[first]).all());
        }
    });
}

/// Whether the prediction is kept changes no bit of the samples. The pass that keeps it adds up the
/// state and the network's output first; so do the passes of a solver that writes those first.
void check_unobserved(const auto& for_each) {
    const auto model = fokker::predicts_noise(
        any_network<double>([](const Eigen::ArrayXXd& x, const fokker::knot& k,
                               Eigen::ArrayXXd& out) { exact_network<>{}(x, k, out); }));
    const auto grid = uneven_grid(fokker::vp_path{}, 6);
    for_each([&](const auto& entry) {
        INFO(entry.name);
        const auto walked = [&](bool keeps) {
            Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(37, -2.0, 2.0);
            fokker::run run(x, model, fokker::grid(grid),
                            std::remove_cvref_t<decltype(entry.solver)>(entry.solver),
                            fokker::philox{.seed = 5});
            run.keep_prediction(keeps);
            while (!run.done()) run.step();
            return x;
        };
        CHECK((walked(true) == walked(false)).all());
    });
}

/// The same walk in double and in float.
void check_float(const auto& for_each) {
    const any_model<double> model = exact_model<double>();
    const any_model<float> model_of_floats = exact_model<float>();
    for_each([&](const auto& entry) {
        if (is_stochastic(entry.solver) || entry.calls < 0) return;
        INFO(entry.name);
        Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(37, -2.0, 2.0);
        Eigen::ArrayXXf y = x.cast<float>();
        const auto grid = uneven_grid(fokker::vp_path{}, 20);
        fokker::denoise(x, model, grid, entry.solver, fokker::philox{});
        fokker::denoise(y, model_of_floats, grid, entry.solver, fokker::philox{});
        CHECK((x - y.cast<double>()).abs().maxCoeff() < 2e-6 * x.abs().maxCoeff());
    });
}

/// A solver gives the same samples in VP, VE and flow coordinates: the three walks have the same
/// sigma / alpha at every knot, and the states differ by alpha alone.
void check_coordinates(const auto& for_each) {
    const int steps = 15;
    const fokker::grid vp = uneven_grid(fokker::vp_path{}, steps),
                       ve = uneven_grid(fokker::edm_path{}, steps),
                       flow = uneven_grid(fokker::flow_path{}, steps);
    const Eigen::ArrayXXd start = Eigen::ArrayXd::LinSpaced(11, -20.0, 20.0);
    const any_model<double> model = exact_model<double>();
    for_each([&](const auto& entry) {
        // A step control's decisions may fall the other way by the last bit.
        if (entry.calls < 0 || entry.depends_on_path) return;
        INFO(entry.name);
        const auto walked = [&](const fokker::grid& grid) -> Eigen::ArrayXXd {
            Eigen::ArrayXXd x = start * grid.front().alpha;
            fokker::denoise(x, model, grid, entry.solver, fokker::philox{});
            return x / grid.back().alpha;
        };
        const Eigen::ArrayXXd wanted = walked(ve);
        const double bound = 1e-11 * wanted.abs().maxCoeff();
        CHECK((walked(vp) - wanted).abs().maxCoeff() < bound);
        CHECK((walked(flow) - wanted).abs().maxCoeff() < bound);
    });
}

/// Where the data prediction is 0 a state that begins at 0 is a sum of the noises alone, and each
/// of them is s_noise times what it would be, from alpha = 0 on, too.
void check_s_noise(const auto& for_each) {
    const any_model<double> model = fokker::predicts_data(any_network<double>(
        [](const Eigen::ArrayXXd&, const fokker::knot&, Eigen::ArrayXXd& out) { out.setZero(); }));
    for_each([&](const auto& entry) {
        if constexpr (requires { entry.solver.s_noise; }) {
            INFO(entry.name);
            const auto walked = [&](double s_noise, const fokker::grid& grid) {
                auto solver = entry.solver;
                solver.s_noise = s_noise;
                Eigen::ArrayXXd x = Eigen::ArrayXXd::Zero(20, 1);
                fokker::denoise(x, model, grid, solver, fokker::philox{.seed = 3});
                return x;
            };
            for (const fokker::grid& grid :
                 {uneven_grid(fokker::vp_path{}, 6),
                  fokker::linspace(fokker::flow_path{}, 6, fokker::grid_end::least_noise)}) {
                const Eigen::ArrayXXd once = walked(1.0, grid), twice = walked(2.0, grid);
                CHECK((twice - 2 * once).abs().maxCoeff() < 1e-12 * once.abs().maxCoeff() + 1e-300);
                if (is_stochastic(entry.solver)) CHECK(once.abs().maxCoeff() > 1e-3);
                CHECK(walked(0.0, grid).abs().maxCoeff() == 0);
            }
        }
    });
}

void check_evaluations(const auto& for_each) {
    for_each([](const auto& entry) {
        INFO(entry.name);
        int calls = 0;
        const any_model<double> counted = fokker::predicts_data(any_network<double>(
            [&](const Eigen::ArrayXXd& x, const fokker::knot& k, Eigen::ArrayXXd& out) {
                ++calls;
                exact_network<fokker::data_prediction>{}(x, k, out);
            }));
        Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(5, -1.0, 1.0);
        const auto grid = fokker::trailing(fokker::linear_schedule(), 10);
        fokker::run run(x, counted, fokker::grid(grid),
                        std::remove_cvref_t<decltype(entry.solver)>(entry.solver),
                        fokker::philox{});
        std::vector<std::int64_t> in_step;
        while (!run.done()) {
            const std::int64_t before = run.evaluations();
            run.step();
            in_step.push_back(run.evaluations() - before);
        }
        // The last step, to sigma = 0, takes one evaluation whatever the solver.
        const int all = 9 * std::remove_cvref_t<decltype(entry.solver)>::evaluations + 1;
        if (entry.calls >= 0) CHECK(run.evaluations() == (entry.calls > 0 ? entry.calls : all));
        CHECK(run.evaluations() == calls);
        CHECK(run.steps() == 10);
        CHECK_FALSE(run.stopped());
        const int under_way = fokker::detail::evaluations_in_step(entry.solver);
        if (under_way > 0) CHECK(in_step[6] == under_way);
        CHECK((under_way == 0) == (entry.calls < 0));
    });
}

/// sigma = 0 at the end, alpha = 0 at the beginning, and few steps.
void check_ends(const auto& for_each) {
    const any_model<double> model = exact_model<double>();
    for_each([&](const auto& entry) {
        INFO(entry.name);
        for (int steps = 1; steps < 60; ++steps) {
            Eigen::ArrayXXd x(6, 1);
            fokker::sample(x, model, fokker::trailing(fokker::linear_schedule(), steps),
                           entry.solver, fokker::philox{.seed = 1});
            CHECK(x.isFinite().all());
            const auto from_nothing = [&](auto solver) {
                fokker::sample(x, model, fokker::linspace(fokker::flow_path{}, steps), solver,
                               fokker::philox{.seed = 1});
            };
            auto bounded = entry.solver;
            if constexpr (requires { bounded.variance.data_radius; }) {
                using Catch::Matchers::ContainsSubstring;
                bounded.variance.data_radius = std::numeric_limits<double>::infinity();
                CHECK_THROWS_WITH(from_nothing(bounded), ContainsSubstring("data_radius"));
                bounded.variance.data_radius = 3.0;
            }
            from_nothing(bounded);
            CHECK(x.isFinite().all());
        }
    });
}

/// Samples of the mixture, of one solver a family, and of those whose weak order is not known: the
/// bounds are 5 standard errors of the mean and of the variance.
void check_moments(const auto& for_each) {
    const mixture m;
    const int samples = 40000, steps = 400;
    const double variance = m.central_moment(2), fourth = m.central_moment(4);
    const double mean_bound = 5 * std::sqrt(variance / samples);
    const double variance_bound = 5 * std::sqrt((fourth - variance * variance) / samples);
    const any_model<double> model = exact_model<double>(m);
    for_each([&](const auto& entry) {
        if (!is_stochastic(entry.solver) || !entry.keeps_marginals) return;
        if (entry.weak.variance > 0 && !entry.sampled) return;
        INFO(entry.name);
        Eigen::ArrayXXd x(1, samples);
        fokker::sample(x, model, fokker::uniform_lambda(fokker::vp_path{}, steps), entry.solver,
                       fokker::philox{.seed = 11});
        const double mean = x.mean(), spread = (x - mean).square().mean();
        CHECK(std::abs(mean - m.first_moment()) < mean_bound);
        CHECK(std::abs(spread - variance) < variance_bound);
    });
}

}  // namespace fokker_test
