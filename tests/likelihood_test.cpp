#include <fokker/likelihood.hpp>

#include <cmath>
#include <cstddef>
#include <functional>
#include <numbers>
#include <vector>

#include <Eigen/Core>
#include <Eigen/Eigenvalues>

#include <fokker/model/guidance.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/student_t.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dormand_prince.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/flow_heun.hpp>
#include <fokker/solver/heun.hpp>
#include <fokker/solver/reversible_heun.hpp>
#include <fokker/solver/unipc.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/atoms.hpp"
#include "support/checked_space.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"
#include "support/shared_array.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXd;
using Eigen::ArrayXXd;

namespace {

double log_normal(double z, double std) {
    return -0.5 * z * z / (std * std) - std::log(std) - 0.5 * std::log(2 * std::numbers::pi);
}

/// Data N(mean, std^2 I), whose flow is in closed form.
struct gaussian_data {
    double mean = 0.3, std = 0.5;

    template <class X, class Out>
    void operator()(const X& x, const knot& k, Out& out) const {
        const double v = std * std * k.alpha * k.alpha + k.sigma * k.sigma;
        using T = detail::scalar_of<Out>;
        auto* const to = detail::data_of(out);
        const auto* const from = detail::data_of(x);
        for (std::size_t i = 0; i < detail::shape_of(out).size(); ++i)
            to[i] = static_cast<T>(k.sigma / v * (static_cast<double>(from[i]) - mean * k.alpha));
    }
    double spread(const knot& k) const { return std::hypot(std * k.alpha, k.sigma); }
    /// log p at the clean knot of what the flow brings there from N(0, prior^2) at the noisy one.
    double nats(double x, const knot& clean, const knot& noisy, double prior) const {
        const double u = (x - mean * clean.alpha) / spread(clean);
        return log_normal(mean * noisy.alpha + spread(noisy) * u, prior) +
               std::log(spread(noisy) / spread(clean));
    }
};

const dormand_prince exact_solver{.control = {.tolerated = {.absolute = 1e-10, .relative = 1e-10}}};

const ArrayXXd data{{-1.5, -0.6, 0.1, 0.7, 1.9}, {0.4, -1.0, 1.2, 0.3, -0.2}};

}  // namespace

TEST_CASE("at every knot of every path the likelihood of a mixture is its density") {
    const mixture m;
    const auto check = [&](const auto& path, auto model) {
        const grid ends = uneven_grid(path, 4);
        for (int last = 1; last <= 4; ++last) {
            const grid walk = ends.until(last).with_prior(prior::unit_data);
            const auto found = log_likelihood(data, model, walk, exact_solver);
            for (Eigen::Index n = 0; n < data.cols(); ++n) {
                double wanted = 0.0;
                for (Eigen::Index i = 0; i < 2; ++i) {
                    const double z = exact_flow(m, data(i, n), walk.back(), walk.front(), 4000);
                    CHECK(std::abs(found.latent(i, n) - z) < 1e-8);
                    wanted +=
                        std::log(m.density(data(i, n), walk.back()) / m.density(z, walk.front())) +
                        log_normal(z, walk.prior_std());
                }
                CHECK(std::abs(found.nats[static_cast<std::size_t>(n)] - wanted) < 1e-6);
            }
        }
    };
    check(vp_path{}, predicts_noise(exact_network<>{}));
    check(edm_path{}, edm_preconditioned(exact_network<edm_prediction>{}));
    check(flow_path{}, predicts_flow(exact_network<flow_prediction>{}));
    check(cosine_path{}, predicts_velocity(exact_network<velocity_prediction>{}));
    check(ve_path{}, predicts_score(exact_network<score_prediction>{}));
    check(linear_schedule(), predicts_data(exact_network<data_prediction>{}));
}

TEST_CASE("the likelihood integrates to 1 over a line") {
    const int points = 1501;
    ArrayXXd line(1, points);
    line.row(0) = ArrayXd::LinSpaced(points, -8.0, 8.0);
    const auto total = [&](const auto& path, const auto& solver) {
        const auto found = log_likelihood(line, exact_network<>{}, uneven_grid(path, 60), solver);
        double sum = 0.0;
        for (const double each : found.nats) sum += std::exp(each);
        return sum * 16.0 / (points - 1);
    };
    CHECK(std::abs(total(vp_path{}, exact_solver) - 1.0) < 1e-8);
    CHECK(std::abs(total(flow_path{}, unipc<2>{}) - 1.0) < 1e-4);
    CHECK(std::abs(total(edm_path{}, heun{}) - 1.0) < 1e-2);
}

TEST_CASE("one probe of signs is exact where elements do not depend on each other") {
    const gaussian_data d;
    const grid walk = karras(edm_path{}, 30, {.end = grid_end::least_noise});
    const auto probed = log_likelihood(data, d, walk, exact_solver),
               exact = log_likelihood(data, d, walk, exact_solver, exact_divergence{});
    for (std::size_t n = 0; n < 5; ++n) {
        double wanted = 0.0;
        for (Eigen::Index i = 0; i < 2; ++i)
            wanted += d.nats(data(i, static_cast<Eigen::Index>(n)), walk.back(), walk.front(),
                             walk.prior_std());
        CHECK(std::abs(probed.nats[n] - wanted) < 1e-7);
        CHECK(std::abs(exact.nats[n] - wanted) < 1e-7);
    }
    // A network without noise in its outputs leaves the length of the difference no say.
    const auto long_step =
        log_likelihood(data, d, walk, exact_solver, divergence_probes{.step = 0.5});
    CHECK(std::abs(long_step.nats[0] - probed.nats[0]) < 1e-7);
}

TEST_CASE("of correlated data one probe has the variance of the formula") {
    // Covariance C: E = sigma (alpha^2 C + sigma^2)^-1 x, and the collected matrix is
    // M = int alpha^2 C (alpha^2 C + sigma^2)^-1 dlambda = 1/2 ln((alpha^2 C / sigma^2 + 1)).
    const Eigen::Matrix3d c{{0.5, 0.3, -0.1}, {0.3, 0.8, 0.2}, {-0.1, 0.2, 0.4}};
    const auto network = [&](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        const Eigen::Matrix3d v =
            k.alpha * k.alpha * c + k.sigma * k.sigma * Eigen::Matrix3d::Identity();
        out = (k.sigma * v.inverse() * x.matrix()).array();
    };
    const grid walk = uneven_grid(vp_path{}, 50);
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> parts(c);
    const auto half_log = [&](const knot& k) -> Eigen::Matrix3d {
        const Eigen::Vector3d of = parts.eigenvalues().unaryExpr(
            [&](double l) { return 0.5 * std::log(1.0 + l * k.signal_to_noise_squared()); });
        return parts.eigenvectors() * of.asDiagonal() * parts.eigenvectors().transpose();
    };
    const Eigen::Matrix3d collected = half_log(walk.back()) - half_log(walk.front());
    const double all = collected.squaredNorm(), diagonal = collected.diagonal().squaredNorm();
    // What the network is asked for is sigma dE / dx, the integral of 1 less this one.
    const double asked = (5.0 * Eigen::Matrix3d::Identity() - collected).squaredNorm();

    constexpr int samples = 6000;
    const ArrayXXd x = Eigen::Array3d(0.3, -0.4, 0.9).replicate(1, samples);
    const auto exact =
        log_likelihood(ArrayXXd(x.leftCols(1)), network, walk, unipc<2>{}, exact_divergence{});
    const auto spread = [&](probe_law law, int probes) {
        const auto found = log_likelihood(x, network, walk, unipc<2>{},
                                          divergence_probes{.probes = probes, .law = law});
        double mean = 0.0, square = 0.0;
        for (const double each : found.nats) {
            const double away = each - exact.nats[0];
            mean += away / samples;
            square += away * away / samples;
        }
        CHECK(std::abs(mean) < 4 * std::sqrt(square / samples));
        return square;
    };
    CHECK(std::abs(spread(probe_law::signs, 1) / (2 * (all - diagonal)) - 1) < 0.06);
    CHECK(std::abs(spread(probe_law::signs, 4) / (2 * (all - diagonal) / 4) - 1) < 0.06);
    CHECK(std::abs(spread(probe_law::normal, 1) / (2 * asked) - 1) < 0.06);
}

TEST_CASE("an exact product with the Jacobian or its transpose serves as well as differences") {
    const Eigen::Matrix2d m{{0.6, 0.3}, {-0.1, 0.4}};
    const auto network = [&](const ArrayXXd& x, double, ArrayXXd& out) {
        out = (m * x.matrix()).array().tanh();
    };
    const auto slopes = [&](const ArrayXXd& x) -> ArrayXXd {
        return 1 - (m * x.matrix()).array().tanh().square();
    };
    int products = 0;
    const auto jvp = [&](const ArrayXXd& x, double, const ArrayXXd& v, ArrayXXd& out) {
        ++products;
        out = slopes(x) * (m * v.matrix()).array();
    };
    const auto vjp = [&](const ArrayXXd& x, const knot&, const ArrayXXd& v) -> ArrayXXd {
        return (m.transpose() * (slopes(x) * v).matrix()).array();
    };
    const auto check = [&](auto model) {
        const grid walk = uneven_grid(vp_path{}, 12);
        const auto by = [&](const auto& source) {
            return log_likelihood(data, model, walk, heun{}, source);
        };
        const auto wanted = by(divergence_probes{}), exact = by(exact_divergence{});
        products = 0;
        const auto with_jvp = by(divergence_by(jvp));
        CHECK(products == 24);
        CHECK(with_jvp.walk.network_calls == 2 * 24);
        CHECK(wanted.walk.network_calls == 3 * 24);
        CHECK(exact.walk.network_calls == 5 * 24);
        for (std::size_t n = 0; n < 5; ++n) {
            CHECK(std::abs(with_jvp.nats[n] - wanted.nats[n]) < 1e-6);
            CHECK(std::abs(by(divergence_by(vjp)).nats[n] - wanted.nats[n]) < 1e-6);
            CHECK(std::abs(by(divergence_by(jvp, exact_divergence{})).nats[n] - exact.nats[n]) <
                  1e-6);
        }
    };
    check(predicts_noise(network));
    check(edm_preconditioned(network));
}

TEST_CASE("a head that knows the residual gives the likelihood without a call more") {
    const mixture m;
    const auto both = [&](const ArrayXXd& x, const knot& k, ArrayXXd& out, ArrayXXd& second) {
        exact_network<>{m}(x, k, out);
        second = x.unaryExpr([&](double y) { return m.data_variance(y, k); }) *
                 k.signal_to_noise_squared();
    };
    const grid walk = uneven_grid(vp_path{}, 50);
    const auto wanted = log_likelihood(data, exact_network<>{m}, walk, unipc<2>{});
    const auto model = predicts_noise(both, second_output::residual_squared);
    const auto found = log_likelihood(data, model, walk, unipc<2>{}, divergence_head{});
    CHECK(found.walk.network_calls == found.walk.evaluations);
    for (std::size_t n = 0; n < 5; ++n) CHECK(std::abs(found.nats[n] - wanted.nats[n]) < 1e-7);
    // Probes take the first output of a network that has two.
    const auto probed = log_likelihood(data, model, walk, unipc<2>{});
    for (std::size_t n = 0; n < 5; ++n) CHECK(std::abs(probed.nats[n] - wanted.nats[n]) < 1e-12);
    CHECK_THROWS_WITH(log_likelihood(data, predicts_noise(both, second_output::variance), walk,
                                     heun{}, divergence_head{}),
                      ContainsSubstring("residual_squared") && ContainsSubstring("variance"));
}

TEST_CASE("what is drawn comes with its likelihood") {
    const gaussian_data d;
    const auto check = [&](const grid& walk, double tolerated) {
        ArrayXXd x(2, 6), same(2, 6);
        const auto found = sample_with_likelihood(x, d, walk, unipc<2>{}, philox{.seed = 3});
        sample(same, d, walk, unipc<2>{}, philox{.seed = 3});
        CHECK((x - same).abs().maxCoeff() < 1e-12);
        ArrayXXd noise(2, 6);
        run r(noise, d, walk, unipc<2>{}, philox{.seed = 3});
        r.start_from_prior();
        CHECK((found.latent == noise).all());
        CHECK(found.clean == walk.back());
        CHECK(found.noisy == walk.front());
        for (Eigen::Index n = 0; n < 6; ++n) {
            double wanted = 0.0;
            for (Eigen::Index i = 0; i < 2; ++i)
                wanted += d.nats(x(i, n), walk.back(), walk.front(), walk.prior_std());
            CHECK(std::abs(found.nats[static_cast<std::size_t>(n)] - wanted) < tolerated);
        }
    };
    check(uneven_grid(vp_path{}, 200), 1e-4);
    check(karras(edm_path{}, 200, {.end = grid_end::least_noise}), 1e-3);
}

TEST_CASE(
    "a walk from alpha = 0 knows the density there, and one to the noise ends a knot before") {
    const gaussian_data d{.mean = 0.0, .std = 0.5};
    const auto model = predicts_flow([&](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        const double v = 0.25 * k.alpha * k.alpha + k.sigma * k.sigma;
        out = (k.sigma - 0.25 * k.alpha) / v * x;
    });
    std::vector<knot> knots{{1.0, 0.0, 1.0}};
    for (const knot& k : uneven_grid(flow_path{}, 400)) knots.push_back(k);
    const grid walk(std::move(knots), flow_path{});
    // The step from alpha = 0 leads to N(0, sigma^2), where D, the mean of the data, is 0.
    // So it is with solvers that would integrate that step, too.
    const auto check = [&](const auto& solver) {
        ArrayXXd x(2, 3);
        int seen = 0;
        const auto drawn =
            sample_with_likelihood(x, model, walk, solver, philox{.seed = 3}, divergence_probes{},
                                   [&](const progress&) { ++seen; });
        CHECK(drawn.noisy.alpha == 0.0);
        CHECK(drawn.walk.steps == 401);
        CHECK(seen == 400);
        const auto known = log_likelihood(x, model, walk, solver);
        CHECK(known.noisy == walk[1]);
        for (Eigen::Index n = 0; n < 3; ++n) {
            double wanted = 0.0;
            for (Eigen::Index i = 0; i < 2; ++i)
                wanted += d.nats(x(i, n), walk.back(), walk[1], walk[1].sigma);
            CHECK(std::abs(drawn.nats[static_cast<std::size_t>(n)] - wanted) < 1e-4);
            CHECK(std::abs(known.nats[static_cast<std::size_t>(n)] - wanted) < 1e-4);
        }
        // Whatever the prior, it is scaled with the state.
        const auto standard = log_likelihood(x, model, walk.with_prior(prior::standard), solver);
        CHECK(standard.nats == known.nats);
    };
    check(unipc<2>{});
    check(flow_heun{});
    check(reversible_heun{});
    ArrayXXd x(2, 3);
    CHECK_THROWS_WITH(sample_with_likelihood(x, model, walk.until(1), unipc<2>{}, philox{}),
                      ContainsSubstring("no step left"));
}

TEST_CASE("with Student's noise the prior is Student's") {
    const atoms two{(ArrayXXd(2, 2) << -1.0, 2.0, 0.5, -0.5).finished(), {0.25, 0.75}};
    const ArrayXXd x = (ArrayXXd(2, 3) << -1.0, 1.6, 0.3, 0.4, -0.5, 0.1).finished();
    const grid walk =
        karras(edm_path{.sigma_min = 0.7, .sigma_max = 3000}, 20, {.end = grid_end::least_noise});
    for (const double degrees : {1.0, 8.0}) {
        INFO(degrees);
        const student_t noise(philox{.seed = 4}, degrees);
        const auto network = two.network(student_density(degrees, 2));
        const auto found = log_likelihood(x, predicts_data(network), walk, exact_solver, noise,
                                          exact_divergence{});
        const auto of_temporary =
            log_likelihood(x, predicts_data(network), walk, exact_solver,
                           student_t(philox{.seed = 4}, degrees), exact_divergence{});
        CHECK(of_temporary.nats == found.nats);
        student_t variable(philox{.seed = 4}, degrees);
        CHECK(log_likelihood(x, predicts_data(network), walk, exact_solver, variable,
                             exact_divergence{})
                  .nats == found.nats);
        // The density in two dimensions, by its constant.
        const auto density = [&](const ArrayXXd& at, Eigen::Index n) {
            double sum = 0.0;
            const double sigma = walk.back().sigma;
            for (Eigen::Index i = 0; i < 2; ++i) {
                const double r2 = (at.col(n) - two.points.col(i)).square().sum() / (sigma * sigma);
                sum += two.masses[static_cast<std::size_t>(i)] / (2 * std::numbers::pi) *
                       std::pow(1 + r2 / degrees, -0.5 * degrees - 1) / (sigma * sigma);
            }
            return std::log(sum);
        };
        for (Eigen::Index n = 0; n < 3; ++n)
            CHECK(std::abs(found.nats[static_cast<std::size_t>(n)] - density(x, n)) < 0.01);
        ArrayXXd drawn(2, 5);
        const auto of_drawn = sample_with_likelihood(drawn, predicts_data(network), walk,
                                                     exact_solver, noise, exact_divergence{});
        for (Eigen::Index n = 0; n < 5; ++n)
            CHECK(std::abs(of_drawn.nats[static_cast<std::size_t>(n)] - density(drawn, n)) < 0.01);
    }
}

TEST_CASE("a grid says where the densities are, whichever way it goes") {
    const grid walk = uneven_grid(vp_path{}, 10);
    const auto given = log_likelihood(data, exact_network<>{}, walk, heun{}),
               reversed = log_likelihood(data, exact_network<>{}, walk.reversed(), heun{});
    CHECK(reversed.nats == given.nats);
    CHECK(reversed.clean == walk.back());
    CHECK(reversed.noisy == walk.front());
}

TEST_CASE("a sample's likelihood does not depend on its batch") {
    const auto check = [&](const auto& solver, const auto& source) {
        const grid walk = uneven_grid(vp_path{}, 8);
        const auto all = log_likelihood(data, exact_network<>{}, walk, solver, source);
        for (Eigen::Index n = 0; n < data.cols(); ++n) {
            auto alone = source;
            if constexpr (requires { alone.noise; })
                alone.noise.first_sample = static_cast<std::uint64_t>(n);
            const auto one =
                log_likelihood(ArrayXXd(data.col(n)), exact_network<>{}, walk, solver, alone);
            CHECK(one.nats[0] == all.nats[static_cast<std::size_t>(n)]);
            CHECK((one.latent.col(0) == all.latent.col(n)).all());
        }
    };
    check(dormand_prince{}, divergence_probes{.noise = {.seed = 5}});
    check(dormand_prince{}, exact_divergence{});
    check(unipc<2>{}, divergence_probes{.probes = 3, .law = probe_law::normal});
}

TEST_CASE("float, views, rows, one sample and memory elsewhere give the same likelihood") {
    const gaussian_data d;
    const grid walk = uneven_grid(vp_path{}, 20);
    const auto wanted = log_likelihood(data, d, walk, heun{});
    const Eigen::ArrayXXf floats = data.cast<float>();
    const Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows =
        data.transpose();
    const Eigen::Map<const ArrayXXd> view(data.data(), 2, 5);
    const auto of_floats = log_likelihood(floats, d, walk, heun{}),
               of_floats_by_head = log_likelihood(
                   floats, d, walk, heun{},
                   divergence_by([&](const auto&, const knot& k, const auto& v, auto& out) {
                       d(v, k, out);
                       out += static_cast<float>(d.mean * k.alpha * k.sigma /
                                                 (d.spread(k) * d.spread(k)));
                   }));
    const auto of_rows = log_likelihood(rows, d, walk, heun{});
    const auto of_view = log_likelihood(view, d, walk, heun{});
    CHECK(of_rows.nats == wanted.nats);
    CHECK(of_view.nats == wanted.nats);
    for (std::size_t n = 0; n < 5; ++n) {
        CHECK(std::abs(of_floats.nats[n] - wanted.nats[n]) < 2e-4);
        CHECK(std::abs(of_floats_by_head.nats[n] - wanted.nats[n]) < 2e-6);
    }
    const std::vector<double> one{data(0, 0), data(1, 0)};
    CHECK(log_likelihood(one, d, walk, heun{}).nats[0] == wanted.nats[0]);
}

TEST_CASE("no memory is taken after the first step, and observers see the walk") {
    std::vector<std::size_t> seen;
    seen.reserve(20);
    const auto look = [&](const progress& p) {
        CHECK(p.steps == 10);
        seen.push_back(allocations());
    };
    const auto network = [](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        exact_network<>{}(x, k, out);
    };
    const grid walk = uneven_grid(vp_path{}, 10);
    for (int probes : {1, 3}) {
        seen.clear();
        log_likelihood(data, network, walk, dpm_solver_pp_2m{}, divergence_probes{.probes = probes},
                       look);
        REQUIRE(seen.size() == 10);
        CHECK(seen.back() == seen.front());
    }
    const auto stopped = log_likelihood(data, network, walk, heun{}, [](const progress& p) {
        return p.step == 3 ? control::stop : control::go_on;
    });
    CHECK(stopped.walk.stopped);
    CHECK(stopped.nats.empty());
}

TEST_CASE("a likelihood refuses what has none") {
    int calls = 0;
    const auto network = [&](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        ++calls;
        exact_network<>{}(x, k, out);
    };
    const grid walk = uneven_grid(vp_path{}, 10);
    const auto refused = [&](const char* words, const auto&... more) {
        CHECK_THROWS_WITH(log_likelihood(data, network, more...), ContainsSubstring(words));
    };
    refused("ends at sigma = 0", karras(vp_path{}, 10), heun{});
    refused("draws noise", walk, ddpm{});
    refused("draws noise", walk, ddim{.eta = 0.5});
    refused("probes is 0", walk, heun{}, divergence_probes{.probes = 0});
    refused("probes is 201", walk, heun{}, divergence_probes{.probes = 201});
    refused("step is -1", walk, heun{}, divergence_probes{.step = -1});
    refused("step is -1", walk, heun{}, exact_divergence{.step = -1});
    refused("jumps", resampled(walk, {.jump_length = 2, .jump_samples = 2}), heun{});
    CHECK_THROWS_WITH(log_likelihood(ArrayXXd(0, 0), network, walk, heun{}),
                      ContainsSubstring("no data"));
    ArrayXXd bad = data;
    bad(1, 2) = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH(log_likelihood(bad, network, walk, heun{}),
                      ContainsSubstring("element 5 of the data is not finite"));
    CHECK_THROWS_WITH(log_likelihood(data,
                                     predicts_noise(guided(
                                         network, network,
                                         guidance{.scale = 2, .projection = {.momentum = -0.5}})),
                                     walk, heun{}),
                      ContainsSubstring("momentum"));
    ArrayXXd x(2, 3);
    CHECK_THROWS_WITH(sample_with_likelihood(x, network, karras(vp_path{}, 10), heun{}, philox{}),
                      ContainsSubstring("ends at sigma = 0"));
    CHECK_THROWS_WITH(
        sample_with_likelihood(x, network, resampled(walk, {.jump_length = 2, .jump_samples = 2}),
                               heun{}, philox{}),
        ContainsSubstring("jumps"));
    CHECK_THROWS_WITH(sample_with_likelihood(x, network, walk.reversed(), heun{}, philox{}),
                      ContainsSubstring("reversed"));
    x.setConstant(7);
    CHECK_THROWS_WITH(sample_with_likelihood(x, network, walk, ddpm{}, philox{}),
                      ContainsSubstring("draws noise"));
    CHECK_THROWS_WITH(sample_with_likelihood(x, network, walk, unipc<2>{}, philox{},
                                             divergence_probes{.probes = 0}),
                      ContainsSubstring("probes is 0"));
    CHECK((x == 7).all());
    CHECK(calls == 0);
    // A network whose outputs are one array: no difference of them says anything.
    const shared_array one(3, 0.5);
    CHECK_THROWS_WITH(
        log_likelihood(
            shared_array(3, 0.1), [&](const shared_array&, double) { return one; }, walk, heun{}),
        ContainsSubstring("shares its elements"));
    // Guidance without momentum is a flow like any.
    CHECK(log_likelihood(data, predicts_noise(guided(network, network, 2.0)), walk, heun{})
              .nats.size() == 5);
}
