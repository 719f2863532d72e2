// Dynamic thresholding of a walk; what it does to one array is in kernel/threshold_test.cpp.
#include <fokker/model/bounds.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <limits>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/solvers.hpp"
#include "support/sorted_quantile.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using fokker_test::sorted_quantile;

namespace {

/// Data predictions far outside of [-1, 1], each sample with a size of its own.
template <class T>
void check_run(double tolerance) {
    using array = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic>;
    const auto far = [](const array& x, double, array& out) {
        for (Eigen::Index n = 0; n < x.cols(); ++n)
            for (Eigen::Index i = 0; i < x.rows(); ++i)
                out(i, n) = static_cast<T>(float(n + 1) * (0.1f * float(i) - 1.4f));
    };
    array x(37, 3);
    run r(x, predicts_data(far).thresholded(0.9), trailing(linear_schedule(), 3), ddim{}, philox{});
    r.start_from_prior();
    while (!r.done()) r.step();
    for (int n = 0; n < 3; ++n) {
        std::vector<double> values;
        for (int i = 0; i < 37; ++i) values.push_back((n + 1) * (0.1 * i - 1.4));
        const double s = std::max(1.0, sorted_quantile(values, 0.9));
        for (int i = 0; i < 37; ++i) {
            const double wanted = std::clamp(values[std::size_t(i)], -s, s) / s;
            CHECK(double(x(i, n)) == Catch::Approx(wanted).margin(tolerance));
        }
    }
}

}  // namespace

TEST_CASE("a thresholded run, in every precision") {
    check_run<double>(1e-7);  // the network computes in float
    check_run<float>(1e-6);
    check_run<Eigen::half>(3e-3);
    check_run<Eigen::bfloat16>(2e-2);
}

namespace {

/// Networks of one type, so that each solver is compiled once with thresholds and once without.
using any_network = fokker_test::any_network<double>;

any_network times(double factor) {
    return [=](const auto& in, const knot&, auto& out) { out = factor * in; };
}

}  // namespace

TEST_CASE("every solver stays in the bounds, and a step allocates nothing") {
    fokker_test::for_some_solvers([](const auto& entry) {
        INFO(entry.name);
        const auto model = predicts_data(times(9)).thresholded();
        Eigen::ArrayXXd x(50, 4);
        run r(x, model, trailing(linear_schedule(), 8), entry.solver, philox{.seed = 2});
        r.start_from_prior();
        r.step();
        const std::size_t before = fokker_test::allocations();
        while (!r.done()) r.step();
        CHECK(fokker_test::allocations() == before);
        CHECK(r.prediction().abs().maxCoeff() <= 1.0);
        CHECK(x.abs().maxCoeff() <= 1.0 + (entry.ends_on_data ? 1e-14 : 1e-2));
        CHECK(x.abs().maxCoeff() > 0.5);
    });
}

TEST_CASE("thresholding is what a network with thresholded output gives") {
    // Two evaluations a step, noise predictions, and a sample that never needs it.
    const auto thresholded = predicts_data(times(3)).thresholded(0.8, 1.5);
    const auto itself = predicts_data(any_network([](const auto& in, const knot&, auto& out) {
        out = 3 * in;
        for (Eigen::Index n = 0; n < in.cols(); ++n) {
            const std::vector<double> values(out.col(n).begin(), out.col(n).end());
            const double s = std::min(1.5, std::max(1.0, sorted_quantile(values, 0.8)));
            out.col(n) = out.col(n).max(-s).min(s) / s;
        }
    }));
    fokker_test::for_some_solvers([&](const auto& entry) {
        INFO(entry.name);
        const auto walk = trailing(linear_schedule(), 6);
        Eigen::ArrayXXd a(21, 3);
        a.col(0).setLinSpaced(-2, 2);
        a.col(1).setLinSpaced(-0.1, 0.2);
        a.col(2).setLinSpaced(-5, 3);
        Eigen::ArrayXXd b = a;
        run first(a, thresholded, walk, entry.solver, philox{});
        run second(b, itself, walk, entry.solver, philox{});
        while (!first.done()) {
            first.step();
            second.step();
            CHECK((a - b).abs().maxCoeff() < 1e-12);
            CHECK((first.prediction() - second.prediction()).abs().maxCoeff() < 1e-12);
        }
    });
}

TEST_CASE("fixed-size arrays are thresholded without the heap") {
    using fixed = Eigen::Array<float, 8, 2>;
    const auto far = [](const fixed& in, double, fixed& out) { out = 9 * in; };
    fixed x = fixed::Random();
    auto walk = trailing(linear_schedule(), 4);
    const std::size_t before = fokker_test::allocations();
    run r(x, predicts_data(far).thresholded(), std::move(walk), heun{});
    while (!r.done()) r.step();
    CHECK(fokker_test::allocations() == before);
    CHECK(x.abs().maxCoeff() <= 1.0f);
}

TEST_CASE("a threshold that cannot be is refused") {
    const auto f = [](const auto& x, double) { return x; };
    CHECK_THROWS_WITH(predicts_noise(f).thresholded(1.5),
                      ContainsSubstring("thresholded(1.5, ..)") && ContainsSubstring("0 and 1"));
    CHECK_THROWS_AS(predicts_noise(f).thresholded(-0.1), error);
    CHECK_THROWS_AS(predicts_noise(f).thresholded(std::nan("")), error);
    CHECK_THROWS_WITH(predicts_noise(f).thresholded(0.9, 0.5),
                      ContainsSubstring("thresholded(.., 0.5)") && ContainsSubstring("at least 1"));
    CHECK_THROWS_AS(predicts_noise(f).thresholded(0.9, std::nan("")), error);
    CHECK_NOTHROW(predicts_noise(f).thresholded(0.9, std::numeric_limits<double>::infinity()));
}
