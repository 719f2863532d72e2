/// There and back again: what a solver that can be walked backwards leaves of the way.
#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/fokker.hpp>

#include "mixture.hpp"

namespace fokker_test {

/// Every path's walk of so many steps on which the flow ODE can be followed both ways.
inline std::vector<fokker::grid> two_way_grids(int steps) {
    using namespace fokker;
    return {karras(edm_path{}, steps + 1).invertible_part(),
            trailing(linear_schedule(), steps + 1).invertible_part(),
            linspace(flow_path{}, steps + 2).invertible_part(),
            uniform_lambda(vp_path{}, steps, grid_end::least_noise),
            linspace(cosine_path{}, steps + 1).invertible_part()};
}

/// The largest error after a walk along the grid and back, the memory being handed over or not,
/// relative to the largest element.
template <class T, class Solver>
double round_trip(const Solver& solver, const fokker::grid& walk, bool hands_over = true,
                  const mixture& data = {}) {
    using state = Eigen::ArrayXX<T>;
    const state from = Eigen::ArrayX<T>::LinSpaced(9, -2, 2);
    state x = from;
    const auto model = fokker::predicts_data(exact_network<fokker::data_prediction>{data, {}});
    fokker::run there(x, model, walk, solver);
    while (!there.done()) there.step();
    fokker::run back(x, model, walk.reversed(), solver);
    if (hands_over) back.set_memory(0, there.memory(0));
    while (!back.done()) back.step();
    return static_cast<double>((x - from).abs().maxCoeff() / from.abs().maxCoeff());
}

/// What both solvers must hold: the way back is the way there, on every path, in both directions.
template <class Solver>
void check_round_trips(const Solver& solver) {
    for (const int steps : {3, 10, 100})
        for (const fokker::grid& down : two_way_grids(steps))
            for (const fokker::grid& walk : {down, down.reversed()}) {
                CAPTURE(steps, walk.front().alpha, walk.front().sigma, walk.is_reversed());
                CHECK(round_trip<double>(solver, walk) < 1e-12);
                CHECK(round_trip<float>(solver, walk) < 1e-3);
                if (steps == 10) CHECK(round_trip<double>(solver, walk, false) > 1e-9);
            }
}

/// Where the data are one point the flow is the line x = alpha D + c sigma, also from alpha = 0.
template <class Solver>
void check_one_point(const Solver& solver) {
    using namespace fokker;
    for (const grid& walk : {karras(edm_path{}, 5), trailing(linear_schedule(), 3),
                             linspace(flow_path{}, 4), linspace(flow_path{}, 1)}) {
        Eigen::ArrayXd x{{-1.0, 0.0, 2.0}};
        const Eigen::ArrayXd slope = (x - 0.7 * walk.front().alpha) / walk.front().sigma;
        const auto point = [](const auto&, double, auto& out) { out.setConstant(0.7); };
        run r(x, predicts_data(point), walk, solver);
        while (!r.done()) {
            r.step();
            CHECK((x - 0.7 * r.knot().alpha - slope * r.knot().sigma).abs().maxCoeff() < 1e-12);
        }
    }
}

/// After a jump of the grid, and after a seek, the second state is made anew: the walk goes on as
/// one that begins there.
template <class Solver>
void check_begins_anew(const Solver& solver) {
    using namespace fokker;
    const auto model = predicts_data(exact_network<data_prediction>{});
    const grid plain = trailing(linear_schedule(), 8);
    const grid jumping = resampled(plain, {.jump_length = 3, .jump_samples = 2});
    Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(9, -2, 2);
    run r(x, model, jumping, solver, philox{.seed = 3});
    while (!jumping.is_jump(r.index())) r.step();
    r.step();
    Eigen::ArrayXXd y = x;
    run other(y, model,
              grid({r.knot(), jumping[static_cast<std::size_t>(r.index()) + 1]}, linear_schedule()),
              solver);
    r.step();
    other.step();
    CHECK((x == y).all());
    r.seek(2);
    y = x;
    run third(y, model, jumping.until(3).from(2), solver);
    r.step();
    third.step();
    CHECK((x == y).all());
}

}  // namespace fokker_test
