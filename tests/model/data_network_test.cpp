#include <fokker/model/data_network.hpp>

#include <Eigen/Core>

#include <fokker/model/guidance.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Eigen::ArrayXd;

namespace {

template <class Model>
ArrayXd denoised(Model&& model) {
    ArrayXd x = ArrayXd::LinSpaced(17, -1, 1);
    denoise(x, model, fokker_test::uneven_grid(vp_path{}, 6), heun{});
    return x;
}

}  // namespace

TEST_CASE("the data prediction of every parametrisation is one network") {
    const ArrayXd wanted = denoised(predicts_data(fokker_test::exact_network<data_prediction>{}));
    const auto same = [&](auto model) {
        return denoised(predicts_data(as_data_network(std::move(model)))).isApprox(wanted, 1e-11);
    };
    CHECK(same(predicts_noise(fokker_test::exact_network<>{})));
    CHECK(same(predicts_velocity(fokker_test::exact_network<velocity_prediction>{})));
    CHECK(same(edm_preconditioned(fokker_test::exact_network<edm_prediction>{})));
}

TEST_CASE("guidance acts on data predictions there") {
    const guidance options{.scale = 4, .projection = {.eta = 0, .norm_threshold = 0.5}};
    const auto c = [](const ArrayXd& x, const knot&, ArrayXd& out) { out = 0.5 * x + 1; };
    const auto u = [](const ArrayXd& x, const knot&, ArrayXd& out) { out = 0.25 * x; };
    // The same networks, as data predictions written by hand.
    const auto data = [](const auto& eps) {
        return [eps](const ArrayXd& x, const knot& k, ArrayXd& out) {
            eps(x, k, out);
            out = (x - k.sigma * out) / k.alpha;
        };
    };
    const ArrayXd wanted = denoised(predicts_data(guided(data(c), data(u), options)));
    auto with = as_data_network(predicts_noise(c));
    auto without = as_data_network(predicts_noise(u));
    CHECK(denoised(predicts_data(guided(with, without, options))).isApprox(wanted, 1e-12));
    CHECK_FALSE(denoised(predicts_noise(guided(c, u, options))).isApprox(wanted, 1e-3));
}

TEST_CASE("after the first call nothing is allocated, and walks begin anew inside") {
    const auto f = [](const ArrayXd& x, double, ArrayXd& out) { out = 0.5 * x; };
    const auto g = [](const ArrayXd& x, double t, ArrayXd& out) { out = 0.2 * x * x + t; };
    auto network = as_data_network(
        edm_preconditioned(guided(f, g, {.scale = 2, .projection = {.momentum = -0.5}})));
    ArrayXd x = ArrayXd::Ones(9);
    run r(x, predicts_data(network), trailing(linear_schedule(), 4), heun{});
    r.step();
    const std::size_t before = fokker_test::allocations();
    while (!r.done()) r.step();
    CHECK(fokker_test::allocations() == before);
    const ArrayXd once = x;
    x.setOnes();
    r.seek(0);
    while (!r.done()) r.step();
    CHECK((x == once).all());
}

TEST_CASE("what cannot be read at alpha = 0 is refused there") {
    const auto f = [](const ArrayXd& x, double, ArrayXd& out) { out = 0.5 * x; };
    ArrayXd x = ArrayXd::Ones(3);
    CHECK_THROWS_WITH(denoise(x, predicts_data(as_data_network(predicts_noise(f))),
                              linspace(flow_path{}, 3), heun{}),
                      Catch::Matchers::ContainsSubstring("noise prediction cannot be read"));
}

TEST_CASE("a second output is not lost in silence") {
    const auto f = [](const ArrayXd& x, double, ArrayXd& out) { out = 0.5 * x; };
    CHECK_THROWS_WITH(as_data_network(predicts_noise(f, second_output::variance)),
                      Catch::Matchers::ContainsSubstring("second output is variance"));
}
