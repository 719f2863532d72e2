#include <fokker/noise/varied.hpp>

#include <Eigen/Core>
#include <cmath>
#include <random>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/forward.hpp>
#include <fokker/noise/brownian.hpp>
#include <fokker/noise/per_sample.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"
#include "support/noise.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

static_assert(varied<philox, philox>::counted);
static_assert(!varied<torch_cpu&, philox>::counted);
static_assert(!varied<philox, torch_cpu>::counted);
static_assert(sample_source<varied<philox, philox>>);
static_assert(!sample_source<varied<philox, torch_cpu>>);
static_assert(!varied<philox, philox>::walks_once);
static_assert(varied<philox, brownian>::walks_once);
static_assert(varied<brownian, philox>::walks_once);

namespace {

const fokker_test::exact_network<> network;
const grid walk = trailing(linear_schedule(), 4);

/// A whole prior, as a run draws it: small samples together, and large ones by tiles.
Eigen::ArrayXXf prior_of(auto&& source, Eigen::Index elements, Eigen::Index samples = 5) {
    Eigen::ArrayXXf x(elements, samples);
    run r(x, network, walk, ddim{}, source);
    r.start_from_prior();
    return x;
}

}  // namespace

TEST_CASE("a draw is the combination of two, and their ends are the sources themselves") {
    for (const Eigen::Index elements : {7, 129, 1100}) {
        const auto a = prior_of(philox{.seed = 1}, elements);
        const auto b = prior_of(philox{.seed = 2}, elements);
        CHECK((prior_of(varied(philox{.seed = 1}, philox{.seed = 2}, 0.0), elements) == a).all());
        CHECK((prior_of(varied(philox{.seed = 1}, philox{.seed = 2}, 1.0), elements) == b).all());
        for (const double w : {0.1, 0.5, 0.8}) {
            const auto mixed = prior_of(varied(philox{.seed = 1}, philox{.seed = 2}, w), elements);
            const auto of = [&](double part) {
                return static_cast<float>(part / std::hypot(1 - w, w));
            };
            const Eigen::ArrayXXf wanted = of(1 - w) * a + of(w) * b;
            CHECK((mixed - wanted).abs().maxCoeff() < 2e-6f);
        }
    }
}

TEST_CASE("the variance is kept whatever the strength") {
    for (const double w : {0.0, 0.3, 0.5, 1.0}) {
        const auto x = prior_of(varied(philox{.seed = 1}, philox{.seed = 2}, w), 1000, 200);
        CHECK(x.square().mean() == Approx(1.0).margin(5 * std::sqrt(2.0 / 2e5)));
        CHECK(x.mean() == Approx(0.0).margin(5 / std::sqrt(2e5)));
    }
}

TEST_CASE("between a source and itself there is that source") {
    const philox seven{.seed = 7};
    const Eigen::ArrayXXf own = prior_of(seven, 1000);
    CHECK((prior_of(varied(seven, seven, 0.5), 1000) == own).all());
    // By other seeds, too.
    Eigen::ArrayXXf x(1000, 5);
    run r(x, network, walk, ddim{}, varied(seven, philox{.seed = 8}, 0.5));
    r.reseed(7, 7);
    r.start_from_prior();
    CHECK((x == own).all());
    r.reseed(7, 8);
    r.start_from_prior();
    CHECK((x == prior_of(varied(seven, philox{.seed = 8}, 0.5), 1000)).all());
}

TEST_CASE("the steps of a stochastic walk vary, too, in a batch of any size") {
    const auto source = varied(philox{.seed = 1}, philox{.seed = 2}, 0.4);
    Eigen::ArrayXXd whole(20, 3), x(20, 1);
    sample(whole, network, walk, ddpm{}, source);
    sample(x, network, walk, ddpm{},
           varied(philox{.seed = 1, .first_sample = 2}, philox{.seed = 2, .first_sample = 2}, 0.4));
    CHECK((x.col(0) == whole.col(2)).all());
    sample(x, network, walk, ddpm{}, philox{.seed = 1, .first_sample = 2});
    CHECK((x.col(0) != whole.col(2)).all());
}

TEST_CASE("sources that have a state advance, and a run that goes on elsewhere brings them along") {
    torch_cpu a(1), b(2), other_a(1), other_b(2);
    Eigen::ArrayXXd x(20, 3), y(20, 3);
    run r(x, network, walk, ddpm{}, varied(a, b, 0.3));
    r.start_from_prior();
    r.step();
    run s(y, network, walk, ddpm{}, varied(other_a, other_b, 0.3));
    s.resume(r.checkpoint());
    while (!r.done()) r.step();
    while (!s.done()) s.step();
    CHECK((x == y).all());
    const auto next = [](torch_cpu& source) {
        return fokker_test::whole_draw<double>(source, {{3, 20}});
    };
    CHECK(next(other_a) == next(a));
    CHECK(next(other_b) == next(b));
}

TEST_CASE("a varied source takes two seeds, and engines") {
    Eigen::ArrayXXd x(20, 3), y(20, 3);
    run r(x, network, walk, ddpm{}, varied(philox{}, philox{}, 0.3));
    r.reseed(4, 5);
    r.start_from_prior();
    while (!r.done()) r.step();
    sample(y, network, walk, ddpm{}, varied(philox{.seed = 4}, philox{.seed = 5}, 0.3));
    CHECK((x == y).all());
    std::mt19937 engine(3);
    const std::mt19937 fresh = engine;
    sample(y, network, walk, ddim{}, varied(engine, philox{}, 0.3));
    CHECK(!(engine == fresh));
}

TEST_CASE("what one of the sources refuses is refused, and a strength that is none") {
    CHECK_THROWS_WITH(varied(philox{}, philox{}, 1.5), ContainsSubstring("strength is 1.5"));
    CHECK_THROWS_WITH(varied(philox{}, philox{}, -0.1), ContainsSubstring("[0, 1]"));
    Eigen::ArrayXXd x(20, 3);
    const per_sample<philox> two({philox{}, philox{}});
    CHECK_THROWS_WITH(sample(x, network, walk, ddpm{}, varied(philox{}, two, 0.5)),
                      ContainsSubstring("2 sources for 3 samples"));
    CHECK_THROWS_WITH(sample(x, network, walk, ddpm{}, varied(two, philox{}, 0.5)),
                      ContainsSubstring("2 sources for 3 samples"));
}
