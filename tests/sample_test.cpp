#include <fokker/sample.hpp>

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <stdexcept>

#include <fokker/forward/noising.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Eigen::ArrayXXd;

namespace {
/// A grid with something of the user's own beside it, and something that becomes one.
struct named_grid : grid {
    std::string name;
    explicit named_grid(grid walk) : grid(std::move(walk)), name("mine") {}
};
struct becomes_grid {
    operator grid() const { return trailing(linear_schedule(), 4); }
};
}  // namespace

TEST_CASE("a type derived from grid, and one that becomes a grid, is one") {
    const auto half = [](const Eigen::ArrayXXd& in, double, Eigen::ArrayXXd& out) {
        out = 0.5 * in;
    };
    const auto check = [&](const auto& walk, auto&& passed) {
        using passed_type = decltype(passed);
        const auto same = [&](const auto& verb) {
            Eigen::ArrayXXd x = Eigen::ArrayXXd::Ones(5, 2), y = x;
            verb(x, walk);
            verb(y, std::forward<passed_type>(passed));
            CHECK((x == y).all());
        };
        const philox noise{.seed = 2};
        int seen = 0;
        const auto look = [&](const auto&) { ++seen; };
        same([&](auto& x, auto&& w) {
            CHECK(
                sample(x, half, std::forward<decltype(w)>(w), ddim{.eta = 1}, noise, look).steps ==
                4);
        });
        CHECK(seen == 8);
        same(
            [&](auto& x, auto&& w) { edit(x, half, std::forward<decltype(w)>(w), ddim{}, noise); });
        same([&](auto& x, auto&& w) { denoise(x, half, std::forward<decltype(w)>(w), ddim{}); });
        same([&](auto& x, auto&& w) {
            denoise(x, half, std::forward<decltype(w)>(w), ddim{.eta = 1}, noise, look);
        });
    };
    const grid walk = trailing(linear_schedule(), 4);
    named_grid mine(walk);
    const named_grid fixed(walk);
    check(walk, mine);
    check(walk, fixed);
    check(walk, becomes_grid{});
}

TEST_CASE("sample starts from the prior of the first knot") {
    // A network that says "it is all noise": with alpha = 1 the state stays what it was.
    const auto none = [](const ArrayXXd& x, double, ArrayXXd& out) { out = x; };
    ArrayXXd x(1000, 50);
    sample(x, predicts_data(none), grid{{1, 1.0, 80.0}, {0, 1.0, 40.0}}, ddim{}, philox{});
    CHECK(std::abs(x.mean()) < 5 * 80 / std::sqrt(50000.0));
    CHECK(std::sqrt(x.square().mean()) == Catch::Approx(80).epsilon(5 / std::sqrt(1e5)));
}

TEST_CASE("sample, a run and its words start from the same Gaussian, each as spread as it says") {
    const auto network = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 0.9 * x; };
    ArrayXXd z = ArrayXXd::Zero(7, 3), x(7, 3), twin(7, 3);
    forward(z, knot{0, 0, 1}, philox{.seed = 7}, z, 0);
    // A robot's schedule, which ends with a sigma well below 1.
    const grid walk = leading(linear_schedule(100), 5);
    const double sigma = walk.front().sigma, alpha = walk.front().alpha;
    REQUIRE(sigma < 0.8);
    run r(x, network, walk, ddim{}, philox{.seed = 7});
    const auto starts_at = [&](const auto& start, double std) {
        start();
        CHECK((x - std * z).abs().maxCoeff() < 1e-15);
    };
    starts_at([&] { r.start_from_prior(); }, 1.0);
    starts_at([&] { r.start_from_prior(prior::standard); }, 1.0);
    starts_at([&] { r.start_from_prior(prior::sigma); }, sigma);
    starts_at([&] { r.start_from_prior(prior::unit_data); }, std::hypot(alpha, sigma));
    for (const prior from : {prior::standard, prior::sigma, prior::unit_data}) {
        r.start_from_prior(from);
        while (!r.done()) r.step();
        sample(twin, network, walk.with_prior(from), ddim{}, philox{.seed = 7});
        CHECK((twin == x).all());
        if (from != prior::standard) continue;
        sample(twin, network, walk, ddim{}, philox{.seed = 7});
        CHECK((twin == x).all());
    }
    // Of a part, too, and on paths of other papers.
    run part(x, network, walk.from(3), ddim{}, philox{.seed = 7});
    starts_at([&] { part.start_from_prior(); }, 1.0);
    const grid exploding = karras(edm_path{.sigma_max = 5}, 4);
    run e(x, network, exploding, ddim{}, philox{.seed = 7});
    starts_at([&] { e.start_from_prior(); }, 5.0);
    starts_at([&] { e.start_from_prior(prior::unit_data); }, std::sqrt(26.0));
}

TEST_CASE("sample of a small fixed array allocates nothing, its grid included") {
    const auto network = [](const auto& in, double, auto& out) { out = 0.5f * in; };
    const grid walk = leading(cosine_schedule(100), 10);
    Eigen::Array<float, 112, 1> x;
    const std::size_t before = fokker_test::allocations();
    sample(x, predicts_noise(network).clipped(-1, 1), walk, ddim{}, philox{.seed = 7});
    CHECK(fokker_test::allocations() == before);
}

TEST_CASE("denoise starts from what it is given") {
    const fokker_test::mixture m;
    const auto walk = karras(edm_path{.sigma_min = 0.01}, 200);
    ArrayXXd x = ArrayXXd::Constant(1, 1, 0.8);
    const auto rest = walk.from(150);
    denoise(x, fokker_test::exact_network<>{m}, rest, ddim{});
    CHECK(x(0) ==
          Catch::Approx(fokker_test::exact_flow(m, 0.8, rest.front(), rest[49])).margin(0.02));
}

TEST_CASE("a deterministic solver samples the mixture") {
    const fokker_test::mixture m;
    const int n = 20000;
    ArrayXXd x(n, 1);
    sample(x, fokker_test::exact_network<>{m}, trailing(linear_schedule(), 200), ddim{}, philox{});
    const double variance = m.central_moment(2);
    CHECK(std::abs(x.mean() - m.first_moment()) < 5 * std::sqrt(variance / n) + 0.005);
    CHECK((x - x.mean()).square().mean() == Catch::Approx(variance).epsilon(0.05));
}

TEST_CASE("what the network throws passes through, and x holds the last completed step") {
    ArrayXXd x = ArrayXXd::Ones(3, 1), twin = x;
    const auto walk = trailing(linear_schedule(), 5);
    const auto throws = [](const ArrayXXd& in, double t, ArrayXXd& out) {
        if (t < 500) throw std::domain_error("enough");
        out = 0.5 * in;
    };
    CHECK_THROWS_AS(denoise(x, throws, walk, ddpm{}, philox{}), std::domain_error);
    denoise(
        twin, [](const ArrayXXd& in, double, ArrayXXd& out) { out = 0.5 * in; }, walk, ddpm{},
        philox{}, [](progress p) { return p.step == 3 ? control::stop : control::go_on; });
    CHECK(x.isApprox(twin));
}

TEST_CASE("edit adds the noise of the first knot to what it is given") {
    // A network that says "it is all noise": with alpha = 0.5 the state stays what it was.
    const auto none = [](const ArrayXXd& x, double, ArrayXXd& out) { out = x / 0.5; };
    ArrayXXd x = ArrayXXd::Constant(1000, 50, 3.0);
    edit(x, predicts_data(none), grid{{1, 0.5, 2.0}, {0, 0.5, 1.0}}, ddim{}, philox{});
    CHECK(std::abs(x.mean() - 1.5) < 5 * 2 / std::sqrt(50000.0));
    CHECK(std::sqrt((x - 1.5).square().mean()) == Catch::Approx(2).epsilon(5 / std::sqrt(1e5)));
}

TEST_CASE("edit is forward and denoise, and from alpha = 0 it is sample") {
    const auto network = predicts_flow(fokker_test::exact_network<flow_prediction>{});
    const auto walk = linspace(flow_path{}, 8);
    const ArrayXXd picture = ArrayXXd::Constant(30, 2, 0.8);
    ArrayXXd a = picture, b(30, 2);
    edit(a, network, walk.from_strength(0.5), ddpm{}, philox{.seed = 5});
    forward(picture, walk[4], philox{.seed = 5}, b, 0);
    denoise(b, network, walk.from(4), ddpm{}, philox{.seed = 5});
    CHECK((a == b).all());
    a = picture;
    edit(a, network, walk, ddpm{}, philox{.seed = 5});
    sample(b, network, walk, ddpm{}, philox{.seed = 5});
    CHECK((a == b).all());
}
