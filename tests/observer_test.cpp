#include <fokker/observer.hpp>

#include <Eigen/Core>
#include <limits>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>

#include "catch.hpp"

using namespace fokker;
using Eigen::ArrayXf;

namespace {
const auto network = [](const ArrayXf& x, double, ArrayXf& out) { out = 0.5f * x; };
const grid& short_walk() {
    static const grid g = trailing(linear_schedule(), 8);
    return g;
}
}  // namespace

TEST_CASE("every observer looks on after every step") {
    ArrayXf x(5);
    std::vector<int> bar;
    std::vector<ArrayXf> trajectory, predictions;
    sample(
        x, network, short_walk(), ddim{}, philox{}, [&](progress p) { bar.push_back(p.step); },
        [&](const auto& run) {
            trajectory.push_back(run.state());
            predictions.push_back(run.prediction());
            CHECK(run.evaluations() == run.index());
            CHECK(run.knot() == short_walk()[static_cast<std::size_t>(run.index())]);
        },
        check_finite{});
    CHECK(bar == std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8});
    REQUIRE(trajectory.size() == 8);
    CHECK((trajectory.back() == x).all());
    CHECK(predictions.back().isApprox(x));  // the last step ends on its prediction
}

TEST_CASE("an observer may end the walk") {
    ArrayXf x(5);
    const auto done = sample(x, network, short_walk(), ddim{}, philox{}, [](progress p) {
        return p.step == 3 ? control::stop : control::go_on;
    });
    CHECK(done.steps == 3);
    CHECK(done.stopped);
}

TEST_CASE("observers do not need noise, and do not change the result") {
    ArrayXf x = ArrayXf::Ones(5), y = x;
    int seen = 0;
    denoise(x, network, short_walk(), ddim{}, [&](const auto&) { ++seen; });
    denoise(y, network, short_walk(), ddim{});
    CHECK(seen == 8);
    CHECK(x.isApprox(y));
}

TEST_CASE("check_finite names the step, t and sigma") {
    ArrayXf x(5);
    const auto breaks = [](const ArrayXf& in, double t, ArrayXf& out) {
        out = in;
        if (t < 700) out[3] = std::numeric_limits<float>::quiet_NaN();
    };
    using Catch::Matchers::ContainsSubstring;
    CHECK_THROWS_WITH(sample(x, breaks, short_walk(), ddim{}, philox{}, check_finite{}),
                      ContainsSubstring("element 3") && ContainsSubstring("step 3") &&
                          ContainsSubstring("t = 624") && ContainsSubstring("sigma = 0.99"));
    CHECK_THROWS_AS(sample(x, breaks, short_walk(), ddim{}, philox{}, check_finite{}),
                    network_error);
}
