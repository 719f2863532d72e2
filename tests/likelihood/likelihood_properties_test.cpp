// What the likelihood is of with every solver of the flow ODE: at the solver's own order.
#include <cmath>
#include <vector>

#include <Eigen/Core>

#include <fokker/any_solver.hpp>
#include <fokker/likelihood.hpp>

#include "../support/solver_properties.hpp"

using namespace fokker_test;

namespace {

/// Samples of two elements, and their log-densities under the exact flow of the mixture from the
/// grid's prior.
struct known_densities {
    Eigen::ArrayXXd x{{-1.5, -0.6, 0.1, 0.7, 1.9}, {0.4, -1.0, 1.2, 0.3, -0.2}};
    Eigen::ArrayXd nats;
};

template <class Path>
const known_densities& densities(const Path& path) {
    static const known_densities known = [&] {
        known_densities made;
        const mixture m;
        const fokker::grid ends = uneven_grid(path, 1);
        const fokker::knot &noisy = ends.front(), &clean = ends.back();
        const double std = ends.prior_std();
        made.nats = Eigen::ArrayXd::Zero(made.x.cols());
        for (Eigen::Index n = 0; n < made.x.cols(); ++n)
            for (Eigen::Index i = 0; i < made.x.rows(); ++i) {
                const double x = made.x(i, n), z = exact_flow(m, x, clean, noisy);
                made.nats[n] += std::log(m.density(x, clean) / m.density(z, noisy)) -
                                0.5 * std::log(2 * std::numbers::pi * std * std) -
                                0.5 * z * z / (std * std);
            }
        return made;
    }();
    return known;
}

template <class Path>
double measured_order_of_nats(const Path& path, const fokker::any_solver& method, double expected,
                              int finer = 1) {
    static const any_model<double> model = exact_model<double>();
    const known_densities& known = densities(path);
    int least = 64 * (expected > 2.5 ? 2 * finer : finer);
    if (expected > 3.5 && method.held().facts(fokker::core::bounding::none, 0).history == 0)
        least = 32;  // before rounding shows
    std::vector<double> log_steps, log_errors;
    for (const int halves : {2, 3, 4, 6, 8}) {
        const int steps = least * halves / 2;
        const auto found = fokker::log_likelihood(known.x, model, uneven_grid(path, steps), method);
        const Eigen::Map<const Eigen::ArrayXd> nats(found.nats.data(), known.nats.size());
        log_steps.push_back(std::log(steps));
        log_errors.push_back(std::log((nats - known.nats).matrix().norm()));
    }
    return -slope(log_steps, log_errors);
}

void check_likelihoods(const auto& for_each) {
    for_each([](const auto& entry) {
        if (entry.order == 0.0) return;
        INFO(entry.name);
        const double expected = entry.reversed_order > 0 ? entry.reversed_order : entry.order;
        const fokker::any_solver method = entry.solver;
        CHECK(std::abs(measured_order_of_nats(fokker::vp_path{}, method, expected) - expected) <
              0.1);
        CHECK(std::abs(measured_order_of_nats(fokker::edm_path{}, method, expected) - expected) <
              0.1);
        CHECK(std::abs(measured_order_of_nats(fokker::flow_path{}, method, expected) - expected) <
              0.1);
    });
}

}  // namespace

TEST_CASE("the likelihood has the order of every single-step solver") {
    check_likelihoods([](const auto& f) { for_each_singlestep_solver(f); });
}
TEST_CASE("the likelihood has the order of every multistep solver") {
    check_likelihoods([](const auto& f) { for_each_multistep_solver(f); });
}
TEST_CASE("the likelihood has the order of every other solver of the flow ODE") {
    check_likelihoods([](const auto& f) {
        for_each_ancestral_solver(f);
        for_each_sde_solver(f);
    });
}
