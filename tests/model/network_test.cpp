#include <fokker/model/network.hpp>

#include <Eigen/Core>
#include <array>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>

#include "catch.hpp"

using namespace fokker;
using Eigen::ArrayXf;

namespace {

template <class F>
ArrayXf denoised(F&& network) {
    ArrayXf x = ArrayXf::LinSpaced(5, -1, 1);
    denoise(x, network, trailing(linear_schedule(), 3), ddim{});
    return x;
}

void free_function(const ArrayXf& x, double t, ArrayXf& out) { out = x * float(t / 1000); }

}  // namespace

TEST_CASE("a network may be written in every way") {
    const ArrayXf wanted = denoised(free_function);
    const auto same = [&](const ArrayXf& x) { return x.isApprox(wanted); };
    CHECK(same(
        denoised([](const ArrayXf& x, double t, ArrayXf& out) { out = x * float(t / 1000); })));
    CHECK(same(denoised(
        [](const ArrayXf& x, const knot& k, ArrayXf& out) { out = x * float(k.t / 1000); })));
    CHECK(
        same(denoised([](const ArrayXf& x, double t) -> ArrayXf { return x * float(t / 1000); })));
    CHECK(
        same(denoised([](const ArrayXf& x, knot k) -> ArrayXf { return x * float(k.t / 1000); })));
    CHECK(same(denoised([](const auto& x, auto t, auto& out) { out = x * float(t / 1000); })));
    CHECK(same(denoised([](Eigen::Ref<const ArrayXf> x, float t, Eigen::Ref<ArrayXf> out) {
        out = x * (t / 1000);
    })));
    const std::function<void(const ArrayXf&, double, ArrayXf&)> erased = free_function;
    CHECK(same(denoised(erased)));
    struct counts_calls {
        int calls = 0;
        void operator()(const ArrayXf& x, double t, ArrayXf& out) {
            ++calls;
            free_function(x, t, out);
        }
    } stateful;
    CHECK(same(denoised(stateful)));
    CHECK(stateful.calls == 3);  // an lvalue is referred to, not copied
}

TEST_CASE("spans") {
    std::vector<float> x(4, 1.0f);
    denoise(
        x,
        [](std::span<const float> in, double, std::span<float> out) {
            std::copy(in.begin(), in.end(), out.begin());
        },
        trailing(linear_schedule(), 3), ddim{});
    CHECK(std::isfinite(x[0]));
}

TEST_CASE("a wrong size is reported with the step, t and sigma") {
    ArrayXf x = ArrayXf::Ones(5);
    const auto walk = trailing(linear_schedule(), 3);
    using Catch::Matchers::ContainsSubstring;
    const auto message_of = [&](const auto& network) {
        try {
            denoise(x, network, walk, ddim{});
        } catch (const network_error& e) { return std::string(e.what()); }
        return std::string("nothing was thrown");
    };
    const std::string returned =
        message_of([](const ArrayXf&, double) -> ArrayXf { return ArrayXf::Zero(4); });
    CHECK_THAT(returned, ContainsSubstring("5 x 1; it is 4 x 1") && ContainsSubstring("step 0") &&
                             ContainsSubstring("t = 999") && ContainsSubstring("sigma = 0.99"));
    CHECK(message_of([](const ArrayXf&, double, ArrayXf& out) { out.resize(4); }) == returned);
    CHECK((x == 1.0f).all());
}

TEST_CASE("after an output of the wrong size the run can go on") {
    ArrayXf x = ArrayXf::Ones(5);
    int calls = 0;
    const auto network = [&](const ArrayXf& in, double, ArrayXf& out) {
        if (++calls == 2) return out.resize(4);
        REQUIRE(out.size() == 5);
        out = in;
    };
    run r(x, network, trailing(linear_schedule(), 3), ddim{});
    r.step();
    CHECK_THROWS_AS(r.step(), network_error);
    r.step();
    r.step();
    CHECK(r.done());
}
