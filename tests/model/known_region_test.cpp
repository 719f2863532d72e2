#include <fokker/model/known_region.hpp>

#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

using any_network = fokker_test::any_network<double>;

any_network exact() {
    return [](const auto& x, const knot& k, auto& out) {
        fokker_test::exact_network<data_prediction>{}(x, k, out);
    };
}

/// Elements 0 .. 9 of 20 are known.
ArrayXXd first_half() {
    ArrayXXd mask = ArrayXXd::Zero(20, 1);
    mask.topRows(10) = 1;
    return mask;
}

ArrayXXd sampled(const auto& model) {
    ArrayXXd x(20, 3);
    sample(x, model, trailing(linear_schedule(), 6), ddpm{}, philox{.seed = 4});
    return x;
}

}  // namespace

TEST_CASE("with every solver the known region ends as it is known, and the rest as without it") {
    const ArrayXXd x0 = ArrayXXd::Random(20, 1), mask = first_half();
    const auto known = predicts_data(exact()).with_known_region(x0, mask);
    const auto plain = predicts_data(exact());
    fokker_test::for_some_solvers([&](const auto& entry) {
        INFO(entry.name);
        ArrayXXd a(20, 3), b(20, 3);
        const auto walk = trailing(linear_schedule(), 9);
        run first(a, known, walk, entry.solver, philox{.seed = 2});
        run second(b, plain, walk, entry.solver, philox{.seed = 2});
        first.start_from_prior();
        second.start_from_prior();
        first.step();
        second.step();
        const std::size_t before = fokker_test::allocations();
        while (!first.done()) {
            first.step();
            second.step();
            CHECK((a.bottomRows(10) - b.bottomRows(10)).abs().maxCoeff() < 1e-12);
            CHECK((first.prediction().topRows(10) - second.prediction().topRows(10))
                      .abs()
                      .maxCoeff() > 1e-3);
        }
        CHECK(fokker_test::allocations() == before);
        for (Eigen::Index n = 0; n < 3; ++n)
            CHECK((a.col(n) - x0).topRows(10).abs().maxCoeff() < 1e-12);
    });
}

TEST_CASE("the known region walks as a draw of the process that ends in it") {
    const int samples = 40000;
    const ArrayXXd x0 = ArrayXXd::Constant(1, samples, -0.6), mask = ArrayXXd::Ones(1, 1);
    ArrayXXd x(1, samples);
    run r(x,
          predicts_flow(fokker_test::exact_network<flow_prediction>{}).with_known_region(x0, mask),
          linspace(flow_path{}, 7), ddpm{}, philox{.seed = 8});
    r.start_from_prior();
    while (r.index() + 1 < r.steps()) {
        r.step();
        const ArrayXXd z = (x + 0.6 * r.knot().alpha) / r.knot().sigma;
        CHECK(std::abs(z.mean()) < 5 / std::sqrt(samples));
        CHECK(std::abs(z.square().mean() - 1) < 5 * std::sqrt(2.0 / samples));
    }
}

TEST_CASE("a mask may be soft") {
    const auto one = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 1 + 0 * x; };
    const ArrayXXd x0 = ArrayXXd::Constant(3, 2, 5.0), mask = ArrayXXd::Constant(3, 2, 0.25);
    ArrayXXd x(3, 2);
    sample(x, predicts_data(one).with_known_region(x0, mask), trailing(linear_schedule(), 3),
           ddim{}, philox{});
    CHECK((x - 2.0).abs().maxCoeff() < 1e-14);
}

TEST_CASE("one sample's region serves the batch, whatever holds it") {
    const ArrayXXd x0 = ArrayXXd::Random(20, 1), mask = first_half();
    const ArrayXXd wanted = sampled(predicts_data(exact()).with_known_region(x0, mask));
    CHECK((sampled(predicts_data(exact()).with_known_region(
               ArrayXXd(x0.replicate(1, 3)), ArrayXXd(mask.replicate(1, 3)))) == wanted)
              .all());
    const std::vector<double> values(x0.data(), x0.data() + x0.size());
    const std::vector<float> floats(mask.data(), mask.data() + mask.size());
    CHECK((sampled(predicts_data(exact()).with_known_region(values, floats)) == wanted).all());
    CHECK_FALSE((sampled(predicts_data(exact())) == wanted).all());
}

TEST_CASE("each sample may have a region of its own, or its own values in one region") {
    const ArrayXXd x0 = ArrayXXd::Random(20, 3);
    const ArrayXXd masks = (ArrayXXd::Random(20, 3) > 0).cast<double>(), mask = first_half();
    const ArrayXXd plain = sampled(predicts_data(exact()));
    const auto check = [&](const ArrayXXd& x, const ArrayXXd& known) {
        CHECK((x - (known * x0 + (1 - known) * plain)).abs().maxCoeff() < 1e-12);
    };
    check(sampled(predicts_data(exact()).with_known_region(x0, masks)), masks);
    check(sampled(predicts_data(exact()).with_known_region(x0, mask)), mask.replicate(1, 3));
}

TEST_CASE("bounds, thresholds and guidance come before, in either order") {
    const ArrayXXd x0 = ArrayXXd::Constant(20, 1, 3.0), mask = first_half();
    const auto far = [](const auto& x, const knot&, auto& out) { out = 9 + 0 * x; };
    const auto model = predicts_data(any_network(far));
    const auto check = [&](const ArrayXXd& x) {
        CHECK((x.topRows(10) - 3.0).abs().maxCoeff() < 1e-14);
        CHECK((x.bottomRows(10) - 0.5).abs().maxCoeff() < 1e-14);
    };
    check(sampled(model.clipped(-0.5, 0.5).with_known_region(x0, mask)));
    check(sampled(model.with_known_region(x0, mask).clipped(-0.5, 0.5)));
    // Thresholding divides by the quantile, so that all are 1: the known part counts for nothing.
    const auto check_thresholded = [&](auto&& any, double rounding) {
        const ArrayXXd x = sampled(any.with_known_region(x0, mask).thresholded());
        CHECK((x.bottomRows(10) - 1.0).abs().maxCoeff() < rounding);
        CHECK((x.topRows(10) - 3.0).abs().maxCoeff() < 1e-14);
    };
    check_thresholded(model, 1e-14);
    const auto as_noise = [](const auto& x, const knot& k, auto& out) {
        out = (x - k.alpha * 9) / k.sigma;
    };
    check_thresholded(predicts_noise(any_network(as_noise)), 1e-12);
    const auto push = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 1 + 0 * x; };
    const ArrayXXd guided = sampled(model.with_known_region(x0, mask).guided_by(push));
    CHECK((guided.topRows(10) - 3.0).abs().maxCoeff() < 1e-14);
    CHECK((guided.bottomRows(10) - 9.0).abs().minCoeff() > 1e-6);
}

TEST_CASE("a known region that cannot be is refused") {
    const ArrayXXd x0 = ArrayXXd::Zero(20, 1), mask = first_half();
    const auto model = predicts_data(exact());
    const ArrayXXd beyond = 2 * mask, nowhere = mask * std::nan("");
    const ArrayXXd infinite = x0 + std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(model.with_known_region(x0, beyond), ContainsSubstring("mask[0] is 2"));
    CHECK_THROWS_AS(model.with_known_region(x0, nowhere), error);
    CHECK_THROWS_WITH(model.with_known_region(infinite, mask),
                      ContainsSubstring("x0[0]") && ContainsSubstring("finite"));
    const ArrayXXd short_one = ArrayXXd::Zero(19, 1), two = ArrayXXd::Zero(20, 2);
    CHECK_THROWS_WITH(
        sampled(model.with_known_region(short_one, mask)),
        ContainsSubstring("x0 has 1 samples of 19") && ContainsSubstring("3 samples of 20"));
    CHECK_THROWS_WITH(sampled(model.with_known_region(x0, two)),
                      ContainsSubstring("mask has 2 samples of 20"));
}

TEST_CASE("a known region that lies in the state is refused, before any call and later") {
    const ArrayXXd mask = first_half();
    const auto model = predicts_data(exact());
    const auto refuses = [&](auto& x, const auto& x0, const auto& m, const char* name) {
        int calls = 0;
        const auto counts = [&](const auto& in, double, auto& out) {
            ++calls;
            out = in;
        };
        CHECK_THROWS_WITH(
            denoise(x, predicts_data(counts).with_known_region(x0, m),
                    trailing(linear_schedule(), 4), ddim{}),
            ContainsSubstring(std::string(name) + " shares its elements with the state"));
        CHECK(calls == 0);
    };
    ArrayXXd x = ArrayXXd::Constant(20, 3, 0.5);
    refuses(x, x, mask, "x0");
    const ArrayXXd zeros = ArrayXXd::Zero(20, 1);
    refuses(x, zeros, x, "mask");
    // A part of it, in an element type of its own, or by a view.
    const Eigen::Map<const ArrayXXd> sample(x.data() + 20, 20, 1);
    refuses(x, sample, mask, "x0");
    ArrayXXd batch = ArrayXXd::Constant(20, 4, 0.5);
    Eigen::Map<ArrayXXd> last(batch.data() + 20, 20, 3);
    const Eigen::Map<const ArrayXXd> inside(batch.data() + 60, 20, 1);
    refuses(last, inside, mask, "x0");
    // Beside it is another place.
    const Eigen::Map<const ArrayXXd> beside(batch.data(), 20, 1);
    CHECK_NOTHROW(denoise(last, model.with_known_region(beside, mask),
                          trailing(linear_schedule(), 4), ddim{}));
    // A state that comes to lie there later.
    std::vector<double> state(20, 0.5), known(20, 0.25), all(20, 1.0);
    run r(state, predicts_data([](const auto& in, double, auto& out) {
                     out = in;
                 }).with_known_region(std::span<const double>(known), all),
          trailing(linear_schedule(), 4), ddim{});
    r.step();
    state.swap(known);
    CHECK_THROWS_WITH(r.step(), ContainsSubstring("shares its elements with the state"));
}
