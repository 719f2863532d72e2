/// Walks of a state of one number, for tests that follow a solver number by number.
#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

#include <Eigen/Core>

#include <fokker/model/model.hpp>
#include <fokker/noise/recorded.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/run.hpp>

#include "catch.hpp"

namespace fokker_test {

/// A data prediction D(x, knot) of one number.
using number_function = std::function<double(double, const fokker::knot&)>;

/// One that is linear in nothing, so that a wrong state, a wrong knot and a wrong weight show.
inline double curved(double x, const fokker::knot& k) {
    const double whole = k.alpha + k.sigma;
    return std::tanh(x / whole) + 0.3 * k.sigma / whole;
}

/// The noise prediction that belongs to a data prediction.
inline double noise_of(double x, double D, const fokker::knot& k) {
    return (x - k.alpha * D) / k.sigma;
}

/// The Gaussians of a walk, none like another.
inline const std::vector<double> some_draws{0.8, -1.3, 0.5, 1.7, -0.6, 0.9, -0.4, 1.1};

/// The states of a walk from x, at every knot: the first is x. It must use so many of the draws.
template <class Solver>
std::vector<double> states_of(const Solver& solver, const fokker::grid& walk, double x,
                              const number_function& data = curved, std::size_t draws = 0) {
    std::vector<Eigen::ArrayXXd> given;
    for (const double z : some_draws) given.push_back(Eigen::ArrayXXd::Constant(1, 1, z));
    const std::function<void(const Eigen::ArrayXXd&, const fokker::knot&, Eigen::ArrayXXd&)>
        network = [&](const Eigen::ArrayXXd& in, const fokker::knot& k, Eigen::ArrayXXd& out) {
            out(0, 0) = data(in(0, 0), k);
        };
    Eigen::ArrayXXd state = Eigen::ArrayXXd::Constant(1, 1, x);
    fokker::recorded noise(given);
    std::vector<double> states{x};
    fokker::run steps(state, fokker::predicts_data(network), fokker::grid(walk), Solver(solver),
                      noise);
    while (!steps.done()) {
        steps.step();
        states.push_back(state(0, 0));
    }
    CHECK(noise.used() == draws);
    return states;
}

}  // namespace fokker_test
