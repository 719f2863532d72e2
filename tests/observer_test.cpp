#include <fokker/observer.hpp>

#include <Eigen/Core>
#include <limits>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/heun.hpp>

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

TEST_CASE("any one of several observers ends the walk, and the others see its last step") {
    const auto ends = [](progress p) { return p.step == 3 ? control::stop : control::go_on; };
    int seen = 0;
    const auto goes_on = [&](progress) {
        ++seen;
        return control::go_on;
    };
    const auto watches = [&](progress) { ++seen; };
    const auto check = [&](auto... observers) {
        ArrayXf x = ArrayXf::Ones(5);
        seen = 0;
        const auto done = denoise(x, network, short_walk(), ddim{}, observers...);
        CHECK(done.stopped);
        CHECK(done.steps == 3);
        CHECK(seen == 6);
    };
    check(ends, goes_on, watches);
    check(goes_on, ends, watches);
    check(watches, goes_on, ends);
}

TEST_CASE("a run that an observer ended goes on after seek") {
    ArrayXf x = ArrayXf::Ones(5), whole = x;
    int stops = 0;
    const auto stops_once = [&](progress p) {
        return p.step == 3 && stops++ == 0 ? control::stop : control::go_on;
    };
    run r(x, network, short_walk(), ddim{}, philox{}, stops_once);
    while (!r.done()) r.step();
    CHECK(r.stopped());
    CHECK(r.index() == 3);
    CHECK_THROWS_AS(r.step(), error);
    r.seek(3);
    CHECK_FALSE(r.stopped());
    while (!r.done()) r.step();
    CHECK(r.index() == 8);
    denoise(whole, network, short_walk(), ddim{});
    CHECK(x.isApprox(whole));
}

TEST_CASE("progress tells the steps, the calls and where the state is") {
    ArrayXf x = ArrayXf::Ones(5);
    int step = 0;
    // Two calls a step, and one in the last.
    denoise(x, network, short_walk(), heun{}, [&](const progress& p) {
        ++step;
        CHECK(p.step == step);
        CHECK(p.steps == 8);
        CHECK(p.evaluations == (step < 8 ? 2 * step : 15));
        CHECK(p.at == short_walk()[static_cast<std::size_t>(step)]);
    });
    CHECK(step == 8);
}

TEST_CASE("an observer of any verb may ask for the prediction") {
    // The last step ends on its prediction.
    ArrayXf x = ArrayXf::Ones(5), last(5);
    const auto look = [&](const auto& run) { last = run.prediction(); };
    denoise(x, network, short_walk(), ddim{}, look);
    CHECK(last.isApprox(x));
    denoise(x, network, short_walk(), ddim{}, philox{}, look);
    CHECK(last.isApprox(x));
    edit(x, network, short_walk(), ddim{}, philox{}, look);
    CHECK(last.isApprox(x));
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
    const auto breaks_last = [](const ArrayXf& in, double, ArrayXf& out) {
        out = in;
        out[4] = std::numeric_limits<float>::infinity();
    };
    CHECK_THROWS_WITH(sample(x, breaks_last, short_walk(), ddim{}, philox{}, check_finite{}),
                      ContainsSubstring("element 4"));
}
