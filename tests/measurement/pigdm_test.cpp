#include <fokker/measurement/pigdm.hpp>

#include <Eigen/Core>
#include <cmath>
#include <limits>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/gaussian_measurement.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Matchers::ContainsSubstring;
using Eigen::MatrixXd;

namespace {

const gaussian_data data = four_numbers(true);  // N(m, 0.7^2 I)
const gaussian_measurement measured = two_of_four();
const pigdm_options options{.sigma_y = 0.2, .sigma_data = 0.7};
const MatrixXd y = measured.repeated(5);

auto by_difference(const MatrixXd& of = y, const pigdm_options& asked = options) {
    return pigdm(measured.measure(), measured.transpose(), of, asked);
}

/// (dD/dx)^T w, exactly.
auto exact_vjp(const gaussian_data& of) {
    return [of](const MatrixXd&, const knot& k, const MatrixXd& w, MatrixXd& out) {
        out = of.jacobian(k).transpose() * w;
    };
}

double largest(const auto& x) { return x.cwiseAbs().maxCoeff(); }

}  // namespace

TEST_CASE("where the data are an isotropic Gaussian, PiGDM walks as the posterior's own network") {
    const gaussian_data posterior = measured.posterior(data);
    const grid walk = trailing(linear_schedule(), 12);
    const auto check = [&](const auto& solver) {
        MatrixXd a(4, 5), b(4, 5), c(4, 5);
        sample(a, predicts_data(posterior), walk, solver, philox{.seed = 3});
        const report by_two = sample(b, predicts_data(data).with_correction(by_difference()), walk,
                                     solver, philox{.seed = 3});
        const report by_one =
            sample(c,
                   predicts_data(data).with_correction(pigdm(
                       measured.measure(), measured.transpose(), y, options, exact_vjp(data))),
                   walk, solver, philox{.seed = 3});
        CHECK(largest(a - b) < 1e-10);
        CHECK(largest(a - c) < 1e-10);
        CHECK(by_two.network_calls == 3 * by_two.evaluations);
        CHECK(by_one.network_calls == 2 * by_one.evaluations);
    };
    check(ddpm{});
    check(dpm_solver_pp_2m{});
    check(unipc<2>{});
    check(heun{});
    check(any_solver(sa_solver<2, 2>{}));
}

TEST_CASE("mean and covariance of PiGDM's samples are the posterior's on an isotropic Gaussian") {
    const auto path = vp_path{};
    const grid walk({path.at(0.9), path.at(0.5), path.at(0.01)}, path);
    const dormand_prince solver{{.tolerated = {1e-13, 1e-13}}};
    const auto model = [&] { return predicts_data(data).with_correction(by_difference()); };
    const law_error off = law_of(model(), measured.posterior(data), walk, solver);
    CHECK(off.mean < 1e-10);
    CHECK(off.covariance < 1e-10);
    // The law of no measurement is another one.
    CHECK(law_of(predicts_data(data), measured.posterior(data), walk, solver).mean > 0.1);
}

TEST_CASE("on other Gaussians PiGDM's prediction has r^2 in the place of the covariance") {
    const gaussian_data other = four_numbers(false);
    const grid walk = trailing(linear_schedule(), 7);
    MatrixXd x = 2 * MatrixXd::Random(4, 5), wanted = x;
    for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
        const knot &s = walk[i], &t = walk[i + 1];
        const double ratio = s.sigma / s.alpha;
        const double variance = 1 / (1 / 0.49 + 1 / (ratio * ratio));
        const MatrixXd& A = measured.A;
        const MatrixXd S = variance * A * A.transpose() + 0.04 * MatrixXd::Identity(2, 2);
        MatrixXd D = other.data(wanted, s);
        D += s.sigma * s.sigma / s.alpha * other.jacobian(s) * A.transpose() * inverse_of(S) *
             (y - A * D);
        wanted = t.sigma / s.sigma * wanted + (t.alpha - t.sigma / s.sigma * s.alpha) * D;
    }
    denoise(x, predicts_data(other).with_correction(by_difference()), walk, ddim{});
    CHECK(largest(x - wanted) < 1e-10);
}

TEST_CASE("PiGDM does the same to a sample in any batch, in float, and takes no memory later") {
    const grid walk = trailing(linear_schedule(), 7);
    MatrixXd all = MatrixXd::Random(4, 5);
    all.col(2) *= 40;  // its equation takes another path
    MatrixXd one = all.col(1);
    denoise(all, predicts_data(data).with_correction(by_difference()), walk, ddim{});
    const MatrixXd own = y.leftCols(1);
    denoise(one, predicts_data(data).with_correction(by_difference(own)), walk, ddim{});
    CHECK(largest(all.col(1) - one) < 1e-14);

    const Eigen::Matrix4Xf start = Eigen::Matrix4Xf::Random(4, 1);
    Eigen::MatrixXf x = start;
    MatrixXd z = start.cast<double>();
    const auto small = [](const Eigen::MatrixXf& state, const knot& k, Eigen::MatrixXf& out) {
        out = data.data(state.cast<double>(), k).cast<float>();
    };
    const Eigen::MatrixXf A = measured.A.cast<float>(), of = own.cast<float>();
    denoise(x,
            predicts_data(small).with_correction(
                pigdm([&](const auto& in, auto& out) { out = A * in; },
                      [&](const auto& in, auto& out) { out = A.transpose() * in; }, of, options)),
            walk, ddim{});
    denoise(z, predicts_data(data).with_correction(by_difference(own)), walk, ddim{});
    CHECK(largest(x.cast<double>() - z) < 1e-4);

    // A network that takes no memory itself.
    const auto centred = [](const MatrixXd& in, const knot& k, MatrixXd& out) {
        out = 0.49 * k.alpha / (0.49 * k.alpha * k.alpha + k.sigma * k.sigma) * in;
    };
    MatrixXd state = MatrixXd::Random(4, 5);
    run r(state, predicts_data(centred).with_correction(by_difference()), walk, ddim{});
    r.step();
    const std::size_t before = allocations();
    while (!r.done()) r.step();
    CHECK(allocations() == before);
}

TEST_CASE("where the operator gives no number, the sample is none, and the others are as ever") {
    const grid walk = trailing(linear_schedule(), 3);
    const auto broken = [](const MatrixXd& x, MatrixXd& out) {
        measured.measure()(x, out);
        out(1, 3) = std::numeric_limits<double>::quiet_NaN();
    };
    MatrixXd x = MatrixXd::Random(4, 5), whole = x, matched = x;
    denoise(whole, predicts_data(data).with_correction(by_difference()), walk, ddim{});
    denoise(x, predicts_data(data).with_correction(pigdm(broken, measured.transpose(), y, options)),
            walk, ddim{});
    denoise(matched,
            predicts_data(data).with_correction(moment_matching(broken, measured.transpose(), y)),
            walk, ddim{});
    CHECK_FALSE(x.col(3).allFinite());
    CHECK_FALSE(matched.col(3).allFinite());
    CHECK(largest((x - whole).leftCols(3)) < 1e-13);
    CHECK(matched.leftCols(3).allFinite());
}

TEST_CASE("a measurement that lies in the state is refused") {
    const grid walk = trailing(linear_schedule(), 3);
    const auto copy = [](const MatrixXd& x, MatrixXd& out) { out = x; };
    const auto refused = [&](const auto& correction,
                             corrected_noise noise = corrected_noise::follows_data) {
        MatrixXd x = MatrixXd::Ones(4, 5);
        CHECK_THROWS_WITH(sample(x, predicts_data(data).with_correction(correction(x), noise), walk,
                                 ddim{}, philox{}),
                          ContainsSubstring("y shares its elements with the state"));
    };
    refused([&](const MatrixXd& x) { return ddnm(copy, copy, x); });
    refused(
        [&](const MatrixXd& x) {
            return ddnm_plus(copy, copy, x, {0.1, 0.1, 0.1, 0.1}, walk);
        },
        corrected_noise::as_predicted);
    refused([&](const MatrixXd& x) { return hard_data_consistency(copy, copy, x); });
    refused([&](const MatrixXd& x) { return pigdm(copy, copy, x); });
    refused([&](const MatrixXd& x) { return moment_matching(copy, copy, x); });
    refused([&](const MatrixXd& x) { return dps(copy, copy, x, walk, {.eta = 0.0}); });
}

TEST_CASE("a measurement that cannot be is refused before the network is called") {
    int calls = 0;
    const auto counts = [&](const MatrixXd& x, const knot&, MatrixXd& out) {
        ++calls;
        out = x;
    };
    const auto walks = [&](auto&& correction, const grid& walk) {
        MatrixXd x(4, 5);
        sample(x, predicts_data(counts).with_correction(correction), walk, ddim{}, philox{});
    };
    const grid walk = trailing(linear_schedule(), 3);
    const MatrixXd four = measured.repeated(4);
    CHECK_THROWS_WITH(walks(by_difference(four), walk),
                      ContainsSubstring("y has 4 samples, and the state 5"));
    CHECK_THROWS_WITH(walks(by_difference(), flow(4)),
                      ContainsSubstring("pigdm cannot be used at the knot"));
    CHECK(calls == 0);
    const MatrixXd bad = MatrixXd::Constant(2, 5, std::numeric_limits<double>::infinity());
    CHECK_THROWS_WITH(by_difference(bad), ContainsSubstring("y[0] of a measurement is inf"));
    CHECK_THROWS_WITH(by_difference(y, {.sigma_y = -1}), ContainsSubstring("sigma_y is -1"));
    CHECK_THROWS_WITH(by_difference(y, {.sigma_data = 0}), ContainsSubstring("sigma_data is 0"));
    CHECK_THROWS_WITH(by_difference(y, {.iterations = 0}), ContainsSubstring("iterations is 0"));
    CHECK_THROWS_WITH(by_difference(y, {.tolerance = -1}), ContainsSubstring("tolerance is -1"));
    CHECK_THROWS_WITH(jacobian_by_difference(0.0), ContainsSubstring("step is 0"));
    const auto tall = [](const MatrixXd& x, MatrixXd& out) { out = x; };
    CHECK_THROWS_WITH(walks(pigdm(tall, measured.transpose(), y), walk),
                      ContainsSubstring("wrote an array of 20 elements, and y has 10"));
    const auto wide = [](const MatrixXd& w, MatrixXd& out) { out = w; };
    CHECK_THROWS_WITH(walks(pigdm(measured.measure(), wide, y), walk),
                      ContainsSubstring("wrote an array of 10 elements, and the state has 20"));
}
