#include <fokker/parallel_in_time.hpp>

#include <Eigen/Core>
#include <cmath>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <fokker/any_solver.hpp>
#include <fokker/error.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/euler.hpp>
#include <fokker/solver/euler_ancestral.hpp>
#include <fokker/solver/heun.hpp>
#include <fokker/solver/reverse_sde.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

/// A network of any kind: nonlinear in x and in the time, sample by sample.
double prediction(double x, double t) { return std::sin(x + 0.01 * t) + 0.3 * x; }

const auto of_one_time = [](const auto& x, double t, auto& out) {
    for (Eigen::Index i = 0; i < x.size(); ++i)
        out.data()[i] = static_cast<std::remove_cvref_t<decltype(out.data()[0])>>(
            prediction(static_cast<double>(x.data()[i]), t));
};
struct of_times {
    std::vector<std::size_t>* batches = nullptr;
    int fails_at = -1;

    void operator()(const auto& x, std::span<const double> times, auto& out) const {
        if (batches) {
            batches->push_back(times.size());
            if (static_cast<int>(batches->size()) == fails_at) throw std::runtime_error("device");
        }
        REQUIRE(static_cast<std::size_t>(x.cols()) == times.size());
        for (Eigen::Index n = 0; n < x.cols(); ++n)
            for (Eigen::Index i = 0; i < x.rows(); ++i)
                out(i, n) = static_cast<std::remove_cvref_t<decltype(out(i, n))>>(
                    prediction(static_cast<double>(x(i, n)), times[static_cast<std::size_t>(n)]));
    }
};

const grid& walk() {
    static const grid made = trailing(linear_schedule(), 12);
    return made;
}

/// The samples of both walks, and what was done.
template <class Array, class Solver>
parallel_report same_bits(const grid& knots, const Solver& method, const auto& one,
                          const auto& many, int window) {
    Array plain(5, 3), parallel(5, 3);
    sample(plain, one, knots, method, philox{.seed = 4});
    const parallel_report done =
        sample_in_parallel(parallel, many, knots, method, philox{.seed = 4}, {.window = window});
    CHECK((plain == parallel).all());
    CHECK(done.steps == knots.steps());
    CHECK(done.sweeps <= knots.steps());
    CHECK(done.network_calls == done.sweeps);
    return done;
}

}  // namespace

TEST_CASE("with tolerance 0 the steps side by side have the bits of the walk step by step") {
    for (const int window : {1, 2, 5, 12, 40}) {
        INFO("window " << window);
        same_bits<ArrayXXd>(walk(), ddim{}, of_one_time, of_times{}, window);
        same_bits<ArrayXXd>(walk(), ddim{.eta = 0.7}, of_one_time, of_times{}, window);
        same_bits<ArrayXXd>(walk(), ddpm{}, of_one_time, of_times{}, window);
        same_bits<Eigen::ArrayXXf>(walk(), ddpm{}, of_one_time, of_times{}, window);
        same_bits<ArrayXXd>(karras(edm_path{}, 9), euler{}, predicts_data(of_one_time),
                            predicts_data(of_times{}), window);
        same_bits<ArrayXXd>(karras(edm_path{}, 9), euler_ancestral{},
                            edm_preconditioned(of_one_time), edm_preconditioned(of_times{}),
                            window);
        same_bits<ArrayXXd>(linspace(flow_path{}, 7), euler_maruyama{},
                            predicts_flow(of_one_time).clipped(-1, 1),
                            predicts_flow(of_times{}).clipped(-1, 1), window);
        same_bits<ArrayXXd>(walk(), any_solver(ddpm{}), of_one_time, of_times{}, window);
    }
}

TEST_CASE("thresholds, known regions and a classifier act in each of the steps") {
    const ArrayXXd values = ArrayXXd::Constant(5, 3, 0.25);
    ArrayXXd mask = ArrayXXd::Zero(5, 3);
    mask.row(1) = 1;
    const auto gradient = [](const ArrayXXd& x, double, ArrayXXd& out) { out = -0.1 * x; };
    const auto with_all = [&](const auto& f) {
        return predicts_noise(f)
            .thresholded(0.9, 1.5)
            .with_known_region(values, mask)
            .guided_by(gradient, 0.5);
    };
    ArrayXXd plain(5, 3), parallel(5, 3);
    // A classifier says nothing where alpha = 0, and this grid begins above it.
    sample(plain, with_all(of_one_time), walk(), ddim{.eta = 0.3}, philox{.seed = 4});
    const parallel_report done = sample_in_parallel(
        parallel, with_all(of_times{}), walk(), ddim{.eta = 0.3}, philox{.seed = 4}, {.window = 5});
    CHECK((plain == parallel).all());
    CHECK((parallel.row(1) == 0.25).all());
    CHECK(done.network_calls == done.sweeps + done.evaluations);
}

TEST_CASE("a window of one is the walk, one of all knots one call for all") {
    std::vector<std::size_t> batches;
    const parallel_report one =
        same_bits<ArrayXXd>(walk(), ddim{}, of_one_time, of_times{&batches}, 1);
    CHECK(one.sweeps == 12);
    CHECK(batches == std::vector<std::size_t>(12, 3));
    batches.clear();
    const parallel_report all =
        same_bits<ArrayXXd>(walk(), ddim{}, of_one_time, of_times{&batches}, 100);
    CHECK(batches.front() == 12 * 3);
    for (std::size_t i = 1; i < batches.size(); ++i) CHECK(batches[i] < batches[i - 1]);
    std::size_t knots = 0;
    for (const std::size_t each : batches) knots += each / 3;
    CHECK(static_cast<std::int64_t>(knots) == all.evaluations);
}

TEST_CASE(
    "data that are one point take two sweeps, the second of which sees that nothing changed") {
    const auto point = [](const ArrayXXd&, std::span<const double>, ArrayXXd& out) {
        out.setConstant(0.5);
    };
    ArrayXXd x(4, 2);
    const parallel_report done = sample_in_parallel(x, predicts_data(point), walk(), ddim{},
                                                    philox{.seed = 2}, {.window = 12});
    CHECK((x == 0.5).all());
    CHECK(done.sweeps == 2);
}

TEST_CASE("a tolerance takes fewer sweeps, and the samples are as close as it says") {
    // Data that are -1 or 1: D = tanh(x / sigma^2).
    const auto one = [](const ArrayXXd& x, double t, ArrayXXd& out) { out = (x / (t * t)).tanh(); };
    const auto many = [](const ArrayXXd& x, std::span<const double> times, ArrayXXd& out) {
        for (Eigen::Index n = 0; n < x.cols(); ++n) {
            const double t = times[static_cast<std::size_t>(n)];
            out.col(n) = (x.col(n) / (t * t)).tanh();
        }
    };
    const grid fine = karras(edm_path{}, 100, {.sigma_max = 20});
    ArrayXXd plain(50, 2), parallel(50, 2);
    sample(plain, predicts_data(one), fine, ddim{}, philox{.seed = 4});
    int sweeps = 101;
    for (const double tolerance : {1e-8, 1e-4, 1e-2}) {
        const parallel_report done =
            sample_in_parallel(parallel, predicts_data(many), fine, ddim{}, philox{.seed = 4},
                               {.window = 100, .tolerance = tolerance});
        CHECK(done.sweeps < sweeps);
        sweeps = done.sweeps;
        const double error = std::sqrt((plain - parallel).square().mean());
        CHECK(error <= tolerance);
    }
    CHECK(sweeps < 10);  // of 100 steps
}

TEST_CASE("the bits of a sample do not depend on the batch with tolerance 0") {
    ArrayXXd many(5, 3), one(5, 1);
    sample_in_parallel(many, of_times{}, walk(), ddpm{}, philox{.seed = 4}, {.window = 4});
    sample_in_parallel(one, of_times{}, walk(), ddpm{}, philox{.seed = 4}, {.window = 4});
    CHECK((many.col(0) == one.col(0)).all());
}

TEST_CASE("a vector is one sample, and a network may return its output") {
    const auto returning = [](const std::vector<float>& x, std::span<const double> times) {
        std::vector<float> out(x.size());
        const std::size_t elements = x.size() / times.size();
        for (std::size_t i = 0; i < x.size(); ++i)
            out[i] = static_cast<float>(prediction(x[i], times[i / elements]));
        return out;
    };
    const auto one = [&](const std::vector<float>& x, double t) {
        return returning(x, std::span<const double>(&t, 1));
    };
    std::vector<float> plain(7), parallel(7);
    sample(plain, one, walk(), ddpm{}, philox{.seed = 4});
    sample_in_parallel(parallel, returning, walk(), ddpm{}, philox{.seed = 4}, {.window = 5});
    CHECK(plain == parallel);
}

TEST_CASE("denoise in parallel starts from the state that it is given, either way") {
    ArrayXXd plain = ArrayXXd::Random(5, 3), parallel = plain;
    denoise(plain, of_one_time, walk().from(4), ddim{});
    denoise_in_parallel(parallel, of_times{}, walk().from(4), ddim{}, {.window = 3});
    CHECK((plain == parallel).all());
    denoise(plain, of_one_time, walk().from(4), ddpm{}, philox{.seed = 3});
    denoise_in_parallel(parallel, of_times{}, walk().from(4), ddpm{}, philox{.seed = 3});
    CHECK((plain == parallel).all());
    const grid back = walk().invertible_part().reversed();
    denoise(plain, of_one_time, back, ddim{});
    denoise_in_parallel(parallel, of_times{}, back, ddim{}, {.window = 4});
    CHECK((plain == parallel).all());
}

TEST_CASE("an observer sees the walk go on, and may end it") {
    ArrayXXd x(5, 3), plain(5, 3);
    std::vector<int> seen;
    const parallel_report done = sample_in_parallel(
        x, of_times{}, walk(), ddim{}, philox{.seed = 4}, {.window = 3}, [&](const progress& p) {
            seen.push_back(p.step);
            return p.step >= 4 ? control::stop : control::go_on;
        });
    CHECK(done.stopped);
    CHECK(done.steps == seen.back());
    CHECK(seen.back() < 12);
    sample(plain, of_one_time, walk().until(seen.back()), ddim{}, philox{.seed = 4});
    CHECK((x == plain).all());
}

TEST_CASE("a network that throws leaves the state as it was") {
    std::vector<std::size_t> batches;
    ArrayXXd x = ArrayXXd::Constant(5, 3, 0.5);
    CHECK_THROWS_AS(sample_in_parallel(x, of_times{&batches, 3}, walk(), ddim{}, philox{.seed = 4}),
                    std::runtime_error);
    CHECK((x == 0.5).all());
    const auto short_of_one = [](const ArrayXXd& in, std::span<const double>, ArrayXXd& out) {
        out = in.leftCols(in.cols() - 1);
    };
    CHECK_THROWS_AS(sample_in_parallel(x, short_of_one, walk(), ddim{}, philox{.seed = 4}),
                    network_error);
    CHECK((x == 0.5).all());
}

TEST_CASE("what cannot be done side by side is told before the network is called") {
    std::vector<std::size_t> batches;
    ArrayXXd x = ArrayXXd::Constant(5, 3, 0.5);
    const auto refuses = [&](const grid& knots, const auto& method, const std::string& why,
                             const parallel_options& options = {}) {
        CHECK_THROWS_WITH(
            sample_in_parallel(x, of_times{&batches}, knots, method, philox{.seed = 4}, options),
            ContainsSubstring(why));
        CHECK(batches.empty());
        CHECK((x == 0.5).all());
    };
    refuses(walk(), dpm_solver_pp_2m{}, "looks back on earlier steps");
    refuses(walk(), any_solver(dpm_solver_pp_2m{}), "looks back on earlier steps");
    refuses(walk(), heun{}, "elsewhere than once at the beginning");
    refuses(karras(edm_path{}, 9), euler{.s_churn = 5}, "elsewhere than once at the beginning");
    refuses(walk(), ddim{}, "window is 0", {.window = 0});
    refuses(walk(), ddim{}, "tolerance is -1", {.tolerance = -1});
    refuses(restarted(walk(), {.sigma_min = 0.2, .sigma_max = 3, .times = 1, .steps = 2}), ddim{},
            "jumps back to more noise");
}
