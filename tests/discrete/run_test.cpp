#include <fokker/discrete/run.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete/process.hpp>
#include <fokker/discrete/sampler/ancestral.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/exact_law.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using discrete::absorbing, discrete::ancestral, discrete::predicts_classes, discrete::uniform;
using fokker_test::dependent_pair, fokker_test::law, fokker_test::tokens;

namespace {

/// The exact network of the dependent pair, for states of any type.
template <class Process>
struct exact_pair {
    Process process;

    template <class X, class Logits>
    void operator()(const X& x, const knot& k, Logits& logits) const {
        const auto data = dependent_pair();
        const auto* const in = detail::data_of(x);
        auto* const out = detail::data_of(logits);
        const std::size_t size = detail::shape_of(x).size();
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t first = i - i % 2;
            const tokens pair{static_cast<int>(in[first]), static_cast<int>(in[first + 1])};
            const auto p = data.clean(pair, i % 2, k, [&](int t) { return process.noise(t, 3); });
            for (std::size_t c = 0; c < 3; ++c)
                out[3 * i + c] = static_cast<detail::scalar_of<Logits>>(std::log(p[c]));
        }
    }
};

const grid walk = linspace(flow_path{}, 8);

template <class X, class Process>
X sampled(X x, const Process& process, const philox& noise) {
    discrete::sample(x, predicts_classes(exact_pair<Process>{process}, 3), process, walk,
                     ancestral{}, noise);
    return x;
}

}  // namespace

TEST_CASE("samples have the law that enumeration gives") {
    const int samples = 40000;
    const auto check = [&](const auto& process) {
        const auto data = dependent_pair();
        const law wanted = fokker_test::law_of_samples(
            ancestral{}, process,
            [&](const tokens& x, std::size_t i, const knot& k) {
                return data.clean(x, i, k, [&](int t) { return process.noise(t, 3); });
            },
            walk, fokker_test::noise_alone(process, 3, 2));
        const Eigen::ArrayXXi x = sampled(Eigen::ArrayXXi(2, samples), process, {.seed = 5});
        law found;
        for (int n = 0; n < samples; ++n) found[{x(0, n), x(1, n)}] += 1;
        double chi_square = 0.0;
        for (const auto& [pair, p] : wanted)
            if (p > 0) chi_square += std::pow(found[pair] - samples * p, 2) / (samples * p);
        CHECK(chi_square < 26.1);  // 0.001 of 8 degrees of freedom
        CHECK(found.size() <= 9);
    };
    check(absorbing{.mask = 3});
    check(uniform{});
}

TEST_CASE("a sample's bits do not depend on its batch, nor on its element type") {
    const auto check = [&](const auto& process) {
        const Eigen::ArrayXXi all = sampled(Eigen::ArrayXXi(2, 50), process, {.seed = 7});
        const Eigen::ArrayXXi part =
            sampled(Eigen::ArrayXXi(2, 20), process, {.seed = 7, .first_sample = 30});
        CHECK((part == all.rightCols(20)).all());
        const Eigen::ArrayXX<std::uint8_t> bytes =
            sampled(Eigen::ArrayXX<std::uint8_t>(2, 50), process, {.seed = 7});
        CHECK((bytes.cast<int>() == all).all());
        const Eigen::Array<std::int64_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows =
            sampled(decltype(rows)(50, 2), process, {.seed = 7});
        CHECK((rows.cast<int>().transpose() == all).all());
        const std::vector<short> one = sampled(std::vector<short>(2), process, {.seed = 7});
        CHECK(one[0] == all(0, 0));
        CHECK(one[1] == all(1, 0));
        CHECK_FALSE((sampled(Eigen::ArrayXXi(2, 50), process, {.seed = 8}) == all).all());
    };
    check(absorbing{.mask = 3});
    check(uniform{});
}

TEST_CASE("logits may be of any type, and what a network returns is read where it is") {
    const absorbing process{.mask = 3};
    const exact_pair<absorbing> exact{process};
    const Eigen::ArrayXXi wanted = sampled(Eigen::ArrayXXi(2, 40), process, {.seed = 2});
    const auto check = [&](auto model) {
        Eigen::ArrayXXi x(2, 40);
        discrete::sample(x, model, process, walk, ancestral{}, philox{.seed = 2});
        CHECK((x == wanted).all());
    };
    check(predicts_classes<std::vector<double>>(exact, 3));
    check(predicts_classes<Eigen::ArrayXXd>(exact, 3));
    Eigen::ArrayXXf mine(3, 80);
    check(predicts_classes(
        [&](const Eigen::ArrayXXi& x, const knot& k) -> const Eigen::ArrayXXf& {
            exact(x, k, mine);
            return mine;
        },
        3));
    check(predicts_classes(
        [&](const Eigen::ArrayXXi& x, const knot& k) {
            exact(x, k, mine);
            return std::span<const float>(mine.data(), 240);
        },
        3));
}

TEST_CASE("a run can be watched, stopped, and gone on with") {
    const absorbing process{.mask = 3};
    Eigen::ArrayXXi x(2, 5);
    const auto model = predicts_classes(exact_pair<absorbing>{process}, 3);
    std::vector<int> seen;
    const auto done =
        discrete::sample(x, model, process, walk, ancestral{}, philox{}, [&](const progress& p) {
            seen.push_back(p.step);
            return p.step == 3 ? control::stop : control::go_on;
        });
    CHECK(seen == std::vector<int>{1, 2, 3});
    CHECK(done.stopped);
    CHECK(done.evaluations == 3);
    discrete::run rest(x, model, process, walk, ancestral{}, philox{});
    rest.seek(3);
    while (!rest.done()) rest.step();
    CHECK((x == sampled(Eigen::ArrayXXi(2, 5), process, {})).all());
    CHECK_THROWS_WITH(rest.step(), ContainsSubstring("done"));
    CHECK_THROWS_WITH(rest.seek(8), ContainsSubstring("seek(8)"));
}

TEST_CASE("a step that fails changes nothing, and can be repeated") {
    const absorbing process{.mask = 3};
    const exact_pair<absorbing> exact{process};
    int calls = 0;
    const auto failing = [&](const Eigen::ArrayXXi& x, const knot& k, Eigen::ArrayXXf& logits) {
        if (++calls == 7) {
            logits.resize(3, 1);
            throw std::runtime_error("broken");
        }
        exact(x, k, logits);
        if (calls == 4) throw std::runtime_error("broken");
        if (calls == 5) logits(1, 7) = std::numeric_limits<float>::quiet_NaN();
        if (calls == 6) logits.resize(3, 2);
    };
    Eigen::ArrayXXi x(2, 5);
    discrete::run r(x, predicts_classes(failing, 3), process, walk, ancestral{}, philox{});
    r.start_from_prior();
    for (int i = 0; i < 3; ++i) r.step();
    const Eigen::ArrayXXi before = x;
    CHECK_THROWS_AS(r.step(), std::runtime_error);
    CHECK((x == before).all());
    try {
        r.step();
    } catch (const network_error& e) {
        CHECK_THAT(e.what(), ContainsSubstring("position 1 of sample 3"));
        CHECK((x == before).all());
    }
    while (!r.done()) {
        try {
            r.step();
        } catch (const network_error& e) {
            CHECK_THAT(e.what(), ContainsSubstring("6 numbers in place of 30"));
        } catch (const std::runtime_error&) { CHECK(calls == 7); }
    }
    CHECK((x == sampled(Eigen::ArrayXXi(2, 5), process, {})).all());
}

TEST_CASE("steps take no memory") {
    const uniform process;
    Eigen::ArrayXXi x(2, 500);
    const auto network = [](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& logits) {
        logits.setZero();
    };
    discrete::run r(x, predicts_classes(network, 3), process, walk, ancestral{}, philox{});
    r.start_from_prior();
    const std::size_t before = fokker_test::allocations();
    while (!r.done()) r.step();
    CHECK(fokker_test::allocations() == before);
}

TEST_CASE("what cannot be walked is refused before the network is called") {
    int calls = 0;
    const auto network = [&](const auto&, double, Eigen::ArrayXXf& logits) {
        ++calls;
        logits.setZero();
    };
    Eigen::ArrayXXi x(2, 3);
    const auto refused = [&](const char* words, auto& state, int classes, const auto& process,
                             const grid& knots) {
        CHECK_THROWS_WITH(discrete::sample(state, predicts_classes(network, classes), process,
                                           knots, ancestral{}, philox{}),
                          ContainsSubstring(words));
    };
    refused("sum to 1", x, 3, uniform{}, karras(vp_path{}, 4));
    refused("reversed", x, 3, uniform{}, walk.reversed());
    refused("jumps", x, 3, uniform{}, resampled(walk, {.jump_length = 1, .jump_samples = 2}));
    refused("mask is -1", x, 3, absorbing{}, walk);
    refused("mask is 4", x, 3, absorbing{.mask = 4}, walk);
    refused("no class beside the mask", x, 1, absorbing{.mask = 0}, walk);
    refused("1 classes", x, 1, uniform{}, walk);
    Eigen::ArrayXXi empty(2, 0);
    refused("empty", empty, 3, uniform{}, walk);
    Eigen::ArrayXX<std::int8_t> small(2, 3);
    refused("does not hold", small, 128, absorbing{.mask = 128}, walk);
    CHECK_THROWS_WITH(predicts_classes(network, 0), ContainsSubstring("classes is 0"));
    CHECK_THROWS_WITH(predicts_classes(network, 3).drawn_by({.top_p = 2}),
                      ContainsSubstring("top_p"));
    // Values that are no classes.
    x.setConstant(3);
    CHECK_THROWS_WITH(
        discrete::denoise(x, predicts_classes(network, 3), uniform{}, walk, ancestral{}, philox{}),
        ContainsSubstring("element 0 of the state is 3"));
    x.setConstant(-1);
    CHECK_THROWS_WITH(discrete::denoise(x, predicts_classes(network, 3), absorbing{.mask = 3}, walk,
                                        ancestral{}, philox{}),
                      ContainsSubstring("element 0 of the state is -1"));
    CHECK(calls == 0);
}

TEST_CASE("a network that takes no time is not asked twice about a state") {
    const absorbing process{.mask = 3};
    int calls = 0;
    const auto network = [&](const Eigen::ArrayXXi& x, double, Eigen::ArrayXXf& logits) {
        ++calls;
        for (Eigen::Index i = 0; i < x.size(); ++i)
            for (int c = 0; c < 3; ++c)
                logits(c, i) = std::sin(static_cast<float>(c + x.sum() + i));
    };
    const grid many = linspace(flow_path{}, 200);
    Eigen::ArrayXXi x(4, 1), y(4, 1);
    const auto plain = predicts_classes(network, 3);
    CHECK(discrete::sample(x, plain, process, many, ancestral{}, philox{.seed = 1}).evaluations ==
          200);
    calls = 0;
    const auto done =
        discrete::sample(y, plain.timeless(), process, many, ancestral{}, philox{.seed = 1});
    CHECK((x == y).all());
    CHECK(done.evaluations == calls);
    CHECK(calls <= 5);
    // From the beginning again it is asked again.
    discrete::run r(y, plain.timeless(), process, many, ancestral{}, philox{.seed = 1});
    r.start_from_prior();
    r.step();
    r.start_from_prior();
    calls = 0;
    r.step();
    CHECK(calls == 1);
}
