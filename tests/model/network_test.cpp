#include <fokker/model/network.hpp>

#include <Eigen/Core>
#include <array>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/model/guided_batch.hpp>
#include <fokker/model/model.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/unipc.hpp>

#include "catch.hpp"
#include "support/shared_array.hpp"

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
    CHECK_THAT(returned, ContainsSubstring("4 x 1 in place of 5 x 1") &&
                             ContainsSubstring("step 0") && ContainsSubstring("t = 999") &&
                             ContainsSubstring("sigma = 0.99"));
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

namespace {

using fokker_test::shared_array;

/// What a deterministic walk of two calls a step, with a history, says of a network.
template <class Model>
std::string said_of(Model&& model) {
    shared_array x(6, 1.0);
    try {
        denoise(x, model, trailing(linear_schedule(), 4), unipc<2>{});
    } catch (const network_error& e) { return e.what(); }
    return "nothing was thrown";
}

}  // namespace

TEST_CASE("an output that shares its elements with another array is refused") {
    using Catch::Matchers::ContainsSubstring;
    const auto right = [](const shared_array& x, double, shared_array& out) {
        for (std::size_t i = 0; i < x.size(); ++i) out[i] = 0.5 * x[i];
    };
    CHECK(said_of(right) == "nothing was thrown");
    const auto returns_new = [](const shared_array& x, double) {
        shared_array out(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) out[i] = 0.5 * x[i];
        return out;
    };
    CHECK(said_of(returns_new) == "nothing was thrown");

    const auto is_input = [](const shared_array& x, double, shared_array& out) { out = x; };
    CHECK_THAT(said_of(is_input), ContainsSubstring("output shares its elements with its input") &&
                                      ContainsSubstring("step 0, t = 999, sigma = 0.99") &&
                                      ContainsSubstring("return one with elements of its own"));
    CHECK_THAT(said_of([](const shared_array& x, double) { return x; }),
               ContainsSubstring("output shares its elements with its input"));
    // One array of the network's own for all outputs: a solver looks back on earlier ones.
    shared_array own(6);
    const auto is_own = [&](const shared_array& x, double) {
        for (std::size_t i = 0; i < x.size(); ++i) own[i] = 0.5 * x[i];
        return own;
    };
    CHECK_THAT(said_of(is_own), ContainsSubstring("shares its elements with another array") &&
                                    ContainsSubstring("step 1"));
    // Two outputs.
    const auto pair = [](const shared_array& x, double, shared_array& out, shared_array& second) {
        out = shared_array(x.size());
        second = out;
    };
    CHECK_THAT(said_of(predicts_noise(pair, second_output::variance)),
               ContainsSubstring("second output shares its elements with the network's output"));
    const auto second_is_input = [&](const shared_array& x, double t, shared_array& out,
                                     shared_array& second) {
        right(x, t, out);
        second = x;
    };
    CHECK_THAT(said_of(predicts_noise(second_is_input, second_output::variance)),
               ContainsSubstring("second output shares its elements with its input"));
    // Guidance and classifiers.
    CHECK_THAT(said_of(guided(is_own, is_own, 2.0)),
               ContainsSubstring("unconditional prediction shares its elements"));
    CHECK_THAT(said_of(predicts_noise(right).guided_by(is_input)),
               ContainsSubstring("classifier's gradient shares its elements with its input"));
    const auto once = [&](const shared_array& x, double t, shared_array& out) {
        right(x, t, own);
        out = own;
    };
    CHECK_THAT(said_of(predicts_noise(once).guided_by(once)),
               ContainsSubstring("gradient shares its elements with the network's output"));
    CHECK_THAT(
        said_of(guided_batch([](const shared_array& x, double, shared_array& out) { out = x; },
                             {.scale = 2}, batch_order::conditional_first)),
        ContainsSubstring("output shares its elements with its input"));
}

TEST_CASE("after an output that shares its elements the run can go on") {
    int calls = 0;
    const auto network = [&](const shared_array& x, double, shared_array& out) {
        if (++calls == 2) return void(out = x);
        for (std::size_t i = 0; i < x.size(); ++i) out[i] = 0.5 * x[i];
    };
    const auto walk = [&](bool fails) {
        calls = fails ? 0 : 2;
        shared_array x(6, 1.0);
        run r(x, network, trailing(linear_schedule(), 4), unipc<2>{});
        int failed = 0;
        while (!r.done() && failed < 3) try {
                r.step();
            } catch (const network_error&) { ++failed; }
        CHECK(failed == (fails ? 1 : 0));
        return *x.numbers;
    };
    CHECK(walk(true) == walk(false));
}
