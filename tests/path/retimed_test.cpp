#include <fokker/path/retimed.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fokker/error.hpp>
#include <fokker/model/data_network.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/path/schedules/betas.hpp>
#include <fokker/path/schedules/rescale.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/heun.hpp>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "catch.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using fokker_test::exact_network;
using fokker_test::mixture;

namespace {

const discrete_schedule linear = linear_schedule();

/// f(name, trained, other) for a network of each kind of path on others.
template <class F>
void for_each_pair(const F& f) {
    f("linear on cosine", linear, cosine_path{});
    f("linear on vp", linear, vp_path{});
    f("linear on flow", linear, flow_path{});
    f("linear on edm", linear, edm_path{});
    f("linear on shifted flow", linear, shifted_flow_path{.shift = 3});
    f("linear on zero terminal SNR", linear, zero_terminal_snr(linear));
    f("cosine on linear", cosine_path{}, linear);
    f("flow on linear", flow_path{}, linear);
    f("flow on zero terminal SNR", flow_path{}, zero_terminal_snr(linear));
    f("edm on linear", edm_path{}, linear);
    f("edm on flow", edm_path{}, flow_path{});
    f("flow on edm", shifted_flow_path{.label_scale = 1000}, edm_path{});
    f("flow on shifted flow", flow_path{}, shifted_flow_path{.shift = 3});
    f("shifted flow on flow", shifted_flow_path{.shift = 3, .label = flow_label::time},
      flow_path{});
}

/// A network that is handed a label of the trained path and nothing else. `time_of` makes a time of
/// the label.
template <class Path, class Prediction>
struct labelled_network {
    Path trained;
    Prediction prediction;
    double first, last;  // labels

    void operator()(const Eigen::ArrayXXd& x, double label, Eigen::ArrayXXd& out) const {
        REQUIRE(label >= first);
        REQUIRE(label <= last);
        exact_network<Prediction>{.prediction = prediction}(x, trained.at(label), out);
    }
};

template <class Path, class Prediction>
auto network_of(const Path& trained, const Prediction& prediction) {
    return labelled_network<Path, Prediction>{trained, prediction, trained.first_time(),
                                              trained.last_time()};
}

/// The walk in the other path's own scale: the network's data prediction at the trained knot, of
/// the state in the trained scale.
template <class Path, class Model>
auto rescaled(const Path& trained, Model model) {
    return predicts_data(
        [trained, inner = as_data_network(std::move(model))](
            const Eigen::ArrayXXd& x, const knot& k, Eigen::ArrayXXd& out) mutable {
            const double time =
                std::clamp(trained.time(k.lambda()), trained.first_time(), trained.last_time());
            const knot own = trained.at(time);
            const Eigen::ArrayXXd in = own.sigma / k.sigma * x;
            inner(in, own, out);
        });
}

const Eigen::ArrayXXd some_noise = Eigen::ArrayXXd::Random(4, 50) * 1.7;

/// The end of the walk whose first state is `some_noise` times sigma.
template <class Model, class Solver>
Eigen::ArrayXXd walked(Model model, const grid& walk, const Solver& solver) {
    Eigen::ArrayXXd x = some_noise * walk[0].sigma;
    denoise(x, model, walk, solver);
    return x;
}

double difference(const Eigen::ArrayXXd& a, const Eigen::ArrayXXd& b) {
    return std::sqrt((a - b).square().mean());
}

}  // namespace

TEST_CASE("a retimed path has the trained knots at the other path's ratios") {
    for_each_pair([](const char* name, const auto& trained, const auto& other) {
        INFO(name);
        const auto path = retimed(trained, other);
        const double first = path.first_time(), last = path.last_time();
        REQUIRE(first < last);
        for (int i = 0; i <= 100; ++i) {
            const double time = i == 100 ? last : first + (last - first) * i / 100;
            const knot k = path.at(time), there = other.at(time);
            INFO("at time " << time);
            if (there.alpha == 0) {
                CHECK(k.alpha == 0);
                continue;
            }
            CHECK(k.noise_to_signal() == Approx(there.noise_to_signal()).epsilon(1e-10));
            const knot own = trained.at(trained.time(k.lambda()));
            CHECK(k.t == Approx(own.t).epsilon(1e-9).margin(1e-9));
            CHECK(k.alpha == Approx(own.alpha).epsilon(1e-12));
            CHECK(k.sigma == Approx(own.sigma).epsilon(1e-12));
            CHECK(path.time(k.lambda()) == Approx(time).epsilon(1e-9));
        }
        CHECK(path.starts_from() == trained.starts_from());
    });
}

TEST_CASE("the ends are those of what both paths have, and trained ends are met to the last bit") {
    SECTION("the trained path has less at both ends") {
        const auto path = retimed(linear, flow_path{.time_min = 1e-4});
        CHECK(path.at(path.last_time()) == linear.at(999));
        CHECK(path.at(path.first_time()) == linear.at(0));
        CHECK(path.last_time() < 1);
        CHECK(path.first_time() > 1e-4);
    }
    SECTION("the other path has less at both ends") {
        const auto path = retimed(flow_path{}, edm_path{.sigma_min = 0.002, .sigma_max = 80});
        CHECK(path.last_time() == 80);
        CHECK(path.first_time() == 0.002);
        CHECK(path.at(80).noise_to_signal() == Approx(80).epsilon(1e-13));
    }
    SECTION("pure noise is there where both have it") {
        const auto path = retimed(flow_path{}, zero_terminal_snr(linear));
        CHECK(path.at(path.last_time()) == knot{1, 0, 1});
        CHECK(linspace(path, 10).front() == knot{1, 0, 1});
        CHECK(linspace(retimed(linear, zero_terminal_snr(linear)), 10).front() == linear.at(999));
    }
    SECTION("clean data are clean data") {
        CHECK(retimed(linear, flow_path{}).at(0).sigma == 0);
        CHECK(from_times(retimed(linear, flow_path{}), {0.9, 0.5, 0}).steps() == 2);
        CHECK(linspace(retimed(linear, flow_path{}), 3).back() == knot{-1, 1, 0});
        CHECK(linspace(retimed(flow_path{}, linear), 3).back() == knot{0, 1, 0});
        const shifted_flow_path other_way{.label = flow_label::one_minus_sigma};
        CHECK(linspace(retimed(other_way, linear), 3).back() == knot{1, 1, 0});
    }
}

TEST_CASE("what the network was not trained on is refused on both sides") {
    const auto path = retimed(linear, flow_path{});
    CHECK_THROWS_WITH(path.at(1.0), ContainsSubstring("the network was trained from 157"));
    CHECK_THROWS_WITH(path.at(0.999), ContainsSubstring("the network was trained from"));
    CHECK_THROWS_WITH(path.at(0.005), ContainsSubstring("the network was trained from"));
    CHECK_THROWS_AS(from_times(path, {1.0, 0.5}), error);
    CHECK_THROWS_WITH(karras(path, 5, {.sigma_max = 200}), ContainsSubstring("sigma_max is 200"));
    CHECK_THROWS_WITH(karras(path, 5, {.sigma_min = 1e-3}),
                      ContainsSubstring("sigma_min is 0.001"));
    // A continuous path would go on by its formula; the network would not.
    CHECK_THROWS_AS(retimed(edm_path{}, flow_path{}).at(0.99), error);
    CHECK_THROWS_WITH(retimed(edm_path{.sigma_max = 0.5}, edm_path{.sigma_min = 0.6}),
                      ContainsSubstring("a walk needs some that both have"));
    CHECK_THROWS_AS(retimed(edm_path{.sigma_min = 0.6}, edm_path{.sigma_max = 0.5}), error);
}

TEST_CASE("a solver's own knots stop at the trained ends, as they do on a schedule") {
    const auto path = retimed(linear, flow_path{});
    CHECK(path.time(-100) == path.last_time());
    CHECK(path.time(100) == path.first_time());
    const heun churned{.s_churn = 40};
    const grid walk = linspace(path, 20);
    Eigen::ArrayXXd x(4, 10);
    sample(x, network_of(linear, noise_prediction{}), walk, churned, philox{.seed = 1});
    CHECK(x.isFinite().all());
}

TEST_CASE("a network walks on another path as it does in that path's own scale") {
    for_each_pair([](const char* name, const auto& trained, const auto& other) {
        INFO(name);
        if constexpr (requires { trained.label; })
            return;  // the network here reads the time as its label
        else {
            const auto path = retimed(trained, other);
            const auto check = [&](const auto& model, const auto& solver) {
                const grid walk = linspace(path, 50).without_pure_noise();
                // The same times of the other path itself, with its own alpha, sigma and labels.
                // Their ratios agree to rounding: a table's first alpha_bar, near 1, has lost
                // digits. The walks have the trained ones.
                std::vector<knot> knots;
                double apart = 0;
                for (const knot& k : walk) {
                    knot there = k.sigma == 0 ? knot{} : other.at(path.time(k.lambda()));
                    const double sigma = there.alpha * k.noise_to_signal();
                    if (k.sigma > 0) apart = std::max(apart, std::abs(there.sigma / sigma - 1));
                    there.sigma = sigma;
                    knots.push_back(there);
                }
                CHECK(apart < 2e-12);
                const auto x = walked(model, walk, solver);
                const auto y = walked(rescaled(trained, model), grid(knots, other), solver);
                CHECK(difference(x, y) < 1e-12);
            };
            const auto noise = predicts_noise(network_of(trained, noise_prediction{}));
            const auto velocity = predicts_velocity(network_of(trained, velocity_prediction{}));
            const auto flow = predicts_flow(network_of(trained, flow_prediction{}));
            check(noise, ddim{});
            check(velocity, ddim{});
            check(flow, ddim{});
            check(noise, dpm_solver_pp_2m{});
            check(flow, heun{});
        }
    });
}

TEST_CASE("a walk on another path ends where the trained one does, to the solver's error") {
    for_each_pair([](const char* name, const auto& trained, const auto& other) {
        INFO(name);
        if constexpr (requires { trained.label; })
            return;
        else {
            const auto model = predicts_velocity(network_of(trained, velocity_prediction{}));
            const auto path = retimed(trained, other);
            // From one ratio to another that all pairs have.
            const auto part = [](const auto& p, int steps) {
                return karras(p, steps, {.sigma_min = 0.02, .sigma_max = 50});
            };
            const auto fine = walked(model, part(trained, 1000), dpm_solver_pp_2m{});
            // Knots that are even in the other path's time.
            const auto error_of = [&](int steps) {
                const double high = path.time(-std::log(50.0)), low = path.time(-std::log(0.02));
                std::vector<double> times;
                for (int i = 0; i < steps; ++i)
                    times.push_back(high + (low - high) * i / (steps - 1));
                return difference(walked(model, from_times(path, times), ddim{}), fine);
            };
            const double coarse = error_of(200), half = error_of(400);
            CHECK(half < 0.05);
            CHECK(coarse / half > 1.7);
            CHECK(coarse / half < 2.3);
        }
    });
}
