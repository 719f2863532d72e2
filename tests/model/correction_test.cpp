#include <fokker/model/correction.hpp>

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <fokker/any_solver.hpp>
#include <fokker/error.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/consistency.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/ddpm_learned.hpp>
#include <fokker/solver/dormand_prince.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

using any_network = fokker_test::any_network<double>;
using any_correction = std::function<void(const ArrayXXd&, const knot&, ArrayXXd&)>;
using calling_correction =
    std::function<void(const ArrayXXd&, const knot&, ArrayXXd&, const data_predictor<ArrayXXd>&)>;

any_network exact() {
    return [](const auto& x, const knot& k, auto& out) {
        fokker_test::exact_network<data_prediction>{}(x, k, out);
    };
}

const grid walk = trailing(linear_schedule(), 6);

ArrayXXd sampled(auto&& model) {
    ArrayXXd x(20, 3);
    sample(x, model, walk, ddpm{}, philox{.seed = 4});
    return x;
}

double largest(const auto& x) { return x.abs().maxCoeff(); }

}  // namespace

TEST_CASE("with every solver a known region is a correction, and takes no memory on the way") {
    const ArrayXXd x0 = ArrayXXd::Random(20, 3), mask = (ArrayXXd::Random(20, 3) + 1) / 2;
    const auto known = predicts_data(exact()).with_known_region(x0, mask);
    const any_correction blends = [&](const ArrayXXd&, const knot&, ArrayXXd& D) {
        D = mask * x0 + (1 - mask) * D;
    };
    const auto corrected = predicts_data(exact()).with_correction(blends);
    const auto grid = trailing(linear_schedule(), 9);
    fokker_test::for_some_solvers([&](const auto& entry) {
        INFO(entry.name);
        ArrayXXd a(20, 3), b(20, 3);
        run first(a, known, grid, entry.solver, philox{.seed = 2});
        run second(b, corrected, grid, entry.solver, philox{.seed = 2});
        run third(b, corrected, grid, any_solver(entry.solver), philox{.seed = 2});
        first.start_from_prior();
        second.start_from_prior();
        first.step();
        second.step();
        const std::size_t before = fokker_test::allocations();
        while (!first.done()) {
            first.step();
            second.step();
            CHECK(largest(first.prediction() - second.prediction()) < 1e-13);
        }
        CHECK(fokker_test::allocations() == before);
        CHECK(largest(a - b) < 1e-13);
        CHECK(second.network_calls() == second.evaluations());
        third.start_from_prior();
        while (!third.done()) third.step();
        CHECK(largest(a - b) < 1e-13);
    });
}

TEST_CASE("a correction that changes nothing changes nothing") {
    const any_correction nothing = [](const ArrayXXd&, const knot&, ArrayXXd&) {};
    CHECK(largest(sampled(predicts_data(exact()).with_correction(nothing)) -
                  sampled(predicts_data(exact()))) < 1e-13);
    CHECK(largest(sampled(predicts_data(exact()).clipped(-0.5, 0.5).with_correction(nothing)) -
                  sampled(predicts_data(exact()).clipped(-0.5, 0.5))) < 1e-13);
    CHECK(largest(sampled(predicts_data(exact()).with_correction(nothing).thresholded(0.9)) -
                  sampled(predicts_data(exact()).thresholded(0.9))) < 1e-13);
}

TEST_CASE("guidance and bounds come before it, a known region after, in any order of the words") {
    const auto nine = [](const ArrayXXd& x, const knot&, ArrayXXd& out) { out = 9 + 0 * x; };
    const auto model = predicts_data(any_network(nine));
    double seen = 0.0;
    const any_correction adds = [&](const ArrayXXd&, const knot&, ArrayXXd& D) {
        seen = D(5, 1);
        D += 2;
    };
    ArrayXXd x0 = ArrayXXd::Constant(20, 1, 3.0), mask = ArrayXXd::Zero(20, 1);
    mask(0) = 1;
    const auto check = [&](auto&& any, double bounded) {
        const ArrayXXd x = sampled(any);
        CHECK(std::abs(seen - bounded) < 1e-12);
        CHECK(largest(x.bottomRows(19) - (bounded + 2)) < 1e-12);
        CHECK(largest(x.topRows(1) - 3.0) < 1e-12);
    };
    check(model.clipped(-0.5, 0.5).with_correction(adds).with_known_region(x0, mask), 0.5);
    check(model.with_known_region(x0, mask).with_correction(adds).clipped(-0.5, 0.5), 0.5);
    check(model.with_correction(adds).thresholded().with_known_region(x0, mask), 1.0);
    const auto one = [](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        out = k.alpha / (k.sigma * k.sigma) + 0 * x;  // D + 1
    };
    check(model.with_known_region(x0, mask).with_correction(adds).guided_by(one), 10.0);
    // The last one counts.
    const any_correction other = [](const ArrayXXd&, const knot&, ArrayXXd& D) { D = 4 + 0 * D; };
    CHECK(largest(sampled(model.with_correction(adds).with_correction(other)) - 4) < 1e-13);
}

TEST_CASE("a correction is told the state and the knot of its call, between the knots too") {
    int calls = 0;
    const any_correction sees = [&](const ArrayXXd& x, const knot& k, ArrayXXd& D) {
        ++calls;
        ArrayXXd out = 0 * D;
        exact()(x, k, out);
        CHECK(largest(out - D) < 1e-14);
    };
    ArrayXXd x(20, 3);
    const report done = sample(x, predicts_data(exact()).with_correction(sees), walk,
                               dormand_prince{}, philox{.seed = 1});
    CHECK(calls == done.evaluations);
    CHECK(done.network_calls == done.evaluations);
}

namespace {

/// Asks the network again at the state itself and beside it, and notes what it says.
struct asks_again {
    double* off;
    double* change;
    int times = 2;
    ArrayXXd beside{}, out{};

    void operator()(const ArrayXXd& x, const knot&, ArrayXXd& D,
                    const data_predictor<ArrayXXd>& network) {
        out.resize(D.rows(), D.cols());
        for (int i = 1; i < times; ++i) {
            beside = x + 0.1;
            network(beside, out);
            *change = std::max(*change, largest(out - D));
        }
        network(x, out);
        *off = std::max(*off, largest(out - D));
    }
};

}  // namespace

TEST_CASE("a correction calls the network at other states, and each such call is counted") {
    double off = 0.0, change = 0.0;
    const auto check = [&](auto&& plain, int calls_in_one) {
        off = change = 0.0;
        ArrayXXd a(20, 3), b(20, 3);
        const report one = sample(a, plain, walk, heun{}, philox{.seed = 4});
        const report all = sample(b, plain.with_correction(asks_again{&off, &change}), walk, heun{},
                                  philox{.seed = 4});
        CHECK(largest(a - b) < 1e-12);
        CHECK(off < 1e-12);
        CHECK(change > 1e-3);
        CHECK(all.evaluations == one.evaluations);
        CHECK(one.network_calls == calls_in_one * one.evaluations);
        CHECK(all.network_calls == 3 * one.network_calls);
    };
    using namespace fokker_test;
    check(predicts_noise(exact_network<>{}), 1);
    check(predicts_velocity(exact_network<velocity_prediction>{}), 1);
    const auto raw = [](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        out = (0.3 + 0.01 * k.t) * x;
    };
    check(edm_preconditioned(raw), 1);
    const auto slope = [](const ArrayXXd& x, const knot& k, ArrayXXd& out) { out = -k.alpha * x; };
    check(predicts_noise(exact_network<>{}).guided_by(slope, 0.5), 2);
    const exact_network<> one{}, other{{.mean = {-0.2, 0.3}}};
    check(predicts_noise(guided(one, other, 2.0)), 2);
    check(predicts_noise(guided(one, other, {.scale = 2.0, .projection = {.momentum = -0.5}})), 2);
}

TEST_CASE("a network of two outputs is called for both again, and its second stays the first's") {
    const auto two = [](const auto& x, const knot& k, auto& out, auto& second) {
        fokker_test::exact_network<>{}(x, k, out);
        second = 0.5 * x / (1 + x.abs());
    };
    double off = 0.0, change = 0.0;
    const auto plain = predicts_noise(two, second_output::variance_range);
    ArrayXXd a(20, 3), b(20, 3);
    sample(a, plain, walk, ddpm_learned{}, philox{.seed = 4});
    sample(b, plain.with_correction(asks_again{&off, &change}), walk, ddpm_learned{},
           philox{.seed = 4});
    CHECK(largest(a - b) < 1e-12);
    CHECK(off < 1e-12);
    CHECK(change > 1e-3);
}

TEST_CASE("a correction works on arrays of every kind") {
    const auto halves = [](const auto& x, const knot&, auto& D, const auto& network) {
        auto again = fokker::array_traits<std::remove_cvref_t<decltype(D)>>::like(D);
        auto at = again;
        for (std::size_t i = 0; i < static_cast<std::size_t>(D.size()); ++i)
            detail::data_of(at)[i] = detail::data_of(x)[i];
        network(at, again);
        for (std::size_t i = 0; i < static_cast<std::size_t>(D.size()); ++i)
            detail::data_of(D)[i] = (detail::data_of(D)[i] + detail::data_of(again)[i]) / 4;
    };
    const auto two = [](const auto& x, const knot&, auto& out) {
        for (std::size_t i = 0; i < static_cast<std::size_t>(out.size()); ++i)
            detail::data_of(out)[i] = 2 + 0 * detail::data_of(x)[i];
    };
    const auto check = [&](auto&& x) {
        sample(x, predicts_data(two).with_correction(halves), walk, ddim{}, philox{});
        for (std::size_t i = 0; i < static_cast<std::size_t>(x.size()); ++i)
            CHECK(std::abs(detail::data_of(x)[i] - 1) < 1e-6);
    };
    std::vector<float> vector(7);
    check(vector);
    std::array<double, 7> array{};
    check(array);
    check(std::span<float>(vector));
    ArrayXXd batch(4, 3);
    Eigen::Map<ArrayXXd> map(batch.data(), 4, 3);
    check(map);
}

TEST_CASE("steps by both predictions may take the noise as it was predicted") {
    // DDNM's rule: x_t = alpha_t D + sigma_t E, with the corrected D and the uncorrected E.
    const auto network = exact();
    const auto shift = [](const ArrayXXd&, const knot& k, ArrayXXd& D) { D += k.sigma; };
    ArrayXXd x = 2 * ArrayXXd::Random(20, 3), wanted = x;
    for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
        const knot &s = walk[i], &t = walk[i + 1];
        ArrayXXd D(20, 3);
        network(wanted, s, D);
        const ArrayXXd E = (wanted - s.alpha * D) / s.sigma;
        wanted = t.alpha * (D + s.sigma) + t.sigma * E;
    }
    const ArrayXXd start = x;
    const auto model = predicts_data(network).with_correction(shift, corrected_noise::as_predicted);
    denoise(x, model, walk, ddim{});
    CHECK(largest(x - wanted) < 1e-12);
    ArrayXXd follows = start;
    denoise(follows, predicts_data(network).with_correction(shift), walk, ddim{});
    CHECK(largest(follows - wanted) > 1e-2);
    // Those that go by one of them go by the data.
    for (const auto& solver : {any_solver(heun{}), any_solver(deis<2>{})}) {
        ArrayXXd a = start, b = start;
        denoise(a, model, walk, solver);
        denoise(b, predicts_data(network).with_correction(shift), walk, solver);
        CHECK((a == b).all());
    }
}

namespace {

/// Adds more from call to call, and fails once where it is told to.
struct counting {
    int* begun;
    bool* throws;
    int count = 0;
    void operator()(const ArrayXXd&, const knot&, ArrayXXd& D) {
        D += 0.1 * ++count;
        if (std::exchange(*throws, false)) throw std::runtime_error("once");
    }
    void begin_walk() {
        ++*begun;
        count = 0;
    }
    template <class Archive>
    void memory(Archive& archive) {
        archive(count);
    }
};

}  // namespace

TEST_CASE("what a correction keeps is told of walks, goes back and is in a checkpoint") {
    int begun = 0;
    bool throws = false;
    const auto model = [&] {
        return predicts_data(exact()).with_correction(counting{&begun, &throws});
    };
    ArrayXXd x(20, 3), y(20, 3), z(20, 3);
    run first(x, model(), walk, heun{}, philox{.seed = 1});
    run second(y, model(), walk, heun{}, philox{.seed = 1});
    first.start_from_prior();
    second.start_from_prior();
    first.step();
    second.step();
    CHECK(begun == 2);
    throws = true;
    CHECK_THROWS_AS(second.step(), std::runtime_error);
    run third(z, model(), walk, heun{}, philox{.seed = 1});
    third.resume(second.checkpoint());
    while (!first.done()) {
        first.step();
        second.step();
        third.step();
    }
    CHECK((x == y).all());
    CHECK((x == z).all());
}

TEST_CASE("a correction that cannot be is refused, and what it does wrong is named") {
    const any_correction nothing = [](const ArrayXXd&, const knot&, ArrayXXd&) {};
    const auto model = predicts_data(exact());
    const ArrayXXd x0 = ArrayXXd::Zero(20, 1);
    constexpr auto as_predicted = corrected_noise::as_predicted;
    CHECK_THROWS_WITH(model.with_correction(nothing, as_predicted).with_known_region(x0, {}),
                      ContainsSubstring("corrected_noise::as_predicted does not go with"));
    CHECK_THROWS_WITH(model.with_known_region(x0, {}).with_correction(nothing, as_predicted),
                      ContainsSubstring("corrected_noise::as_predicted does not go with"));
    CHECK_THROWS_WITH(model.with_correction(nothing).clipped(-1, 1, clipped_noise::as_predicted),
                      ContainsSubstring("known region or a correction"));
    CHECK_THROWS_WITH(model.clipped(-1, 1, clipped_noise::as_predicted).with_correction(nothing),
                      ContainsSubstring("known region or a correction"));
    const any_correction grows = [](const ArrayXXd&, const knot&, ArrayXXd& D) {
        D = ArrayXXd::Zero(21, 3);
    };
    CHECK_THROWS_WITH(sampled(model.with_correction(grows)),
                      ContainsSubstring("the corrected data prediction does not have the shape") &&
                          ContainsSubstring("step 0"));
    const calling_correction small = [](const ArrayXXd&, const knot&, ArrayXXd& D,
                                        const data_predictor<ArrayXXd>& network) {
        const ArrayXXd x = ArrayXXd::Zero(19, 3);
        network(x, D);
    };
    CHECK_THROWS_WITH(sampled(model.with_correction(small)),
                      ContainsSubstring("3 samples of 19 elements, and the state has 3 of 20"));
    struct choosy {
        void operator()(const ArrayXXd&, const knot&, ArrayXXd&) const {}
        void check(const grid& g) const { detail::require(g.steps() == 5, "five steps, please"); }
    };
    CHECK_THROWS_WITH(sampled(model.with_correction(choosy{})), ContainsSubstring("five steps"));
}
