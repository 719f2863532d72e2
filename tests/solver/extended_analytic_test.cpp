// The optimal variance in all its forms: moments, maps, second outputs, probes.
#include <fokker/solver/extended_analytic.hpp>

#include <Eigen/Core>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXd;
using Eigen::ArrayXXd;

namespace {

using one_output = std::function<void(const ArrayXXd&, const knot&, ArrayXXd&)>;
using two_outputs = std::function<void(const ArrayXXd&, const knot&, ArrayXXd&, ArrayXXd&)>;

/// Every normal is this number.
struct constant_noise {
    static constexpr bool counted = true;
    double value;
    template <class T>
    void fill(T* out, std::size_t count, noise_position) const {
        std::fill_n(out, count, static_cast<T>(value));
    }
};

/// Step `index` of the walk from x, where every normal is z.
ArrayXXd stepped(ArrayXXd x, auto&& model, const grid& walk, int index, const auto& solver,
                 double z) {
    run steps(x, model, walk, solver, constant_noise{z});
    steps.seek(index);
    steps.step();
    return x;
}

/// The standard deviations of that step.
ArrayXXd std_of(const ArrayXXd& x, auto&& model, const grid& walk, int index, const auto& solver) {
    return stepped(x, model, walk, index, solver, 1) - stepped(x, model, walk, index, solver, 0);
}

/// Independent Gaussian elements N(0, deviation(i)^2), and what is known of them.
double deviation(Eigen::Index i) { return 0.1 + 0.2 * static_cast<double>(i); }
double variance_of(Eigen::Index i, const knot& k) {
    return std::pow(k.alpha * deviation(i), 2) + k.sigma * k.sigma;
}
double residual(Eigen::Index i, const knot& k) {  // E[(eps - E)^2 | x]
    return std::pow(k.alpha * deviation(i), 2) / variance_of(i, k);
}
const one_output gaussian_network = [](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
    for (Eigen::Index i = 0; i < x.rows(); ++i) out.row(i) = k.sigma / variance_of(i, k) * x.row(i);
};
const two_outputs npr_network = [](const ArrayXXd& x, const knot& k, ArrayXXd& out,
                                   ArrayXXd& second) {
    gaussian_network(x, k, out);
    for (Eigen::Index i = 0; i < x.rows(); ++i) second.row(i).setConstant(residual(i, k));
};
const two_outputs sn_network = [](const ArrayXXd& x, const knot& k, ArrayXXd& out,
                                  ArrayXXd& second) {
    npr_network(x, k, out, second);
    second += out.square();
};
const auto npr = predicts_noise(npr_network, second_output::residual_squared);
const auto sn = predicts_noise(sn_network, second_output::noise_squared);

/// The map of their moments at the knots of a walk.
moments map_at(const grid& walk, Eigen::Index elements) {
    moments m{moment_knots(walk), {}};
    for (const knot& k : m.knots)
        for (Eigen::Index i = 0; i < elements; ++i) m.gamma.push_back(1 - residual(i, k));
    return m;
}

/// The largest difference of standard deviations from those of the true reverse process.
double worst(auto&& model, const grid& walk, const auto& solver, const ArrayXXd& x) {
    double largest = 0;
    for (int i = 0; i < walk.steps(); ++i) {
        const knot s = walk[std::size_t(i)], t = walk[std::size_t(i) + 1];
        if (t.sigma == 0) continue;
        const ArrayXXd std = std_of(x, model, walk, i, solver);
        for (Eigen::Index j = 0; j < x.rows(); ++j) {
            const double covariance = s.alpha / t.alpha * variance_of(j, t);
            const double exact = variance_of(j, t) - covariance * covariance / variance_of(j, s);
            largest = std::max(largest, (std.row(j).square() / exact - 1).abs().maxCoeff());
        }
    }
    return largest;
}

const grid five = trailing(linear_schedule(), 5);
const ArrayXXd states = ArrayXXd::Random(7, 3) * 1.3;

}  // namespace

TEST_CASE("the variance of Gaussian data is exact in every form, on any path") {
    for (const grid& walk : {five, karras(edm_path{}, 5), linspace(flow_path{}, 5).from(1),
                             linspace(vp_path{}, 6, grid_end::least_noise)}) {
        const analytic_variance map{.gamma = map_at(walk, 7)};
        CHECK(worst(gaussian_network, walk, analytic_ddpm{map}, states) < 1e-10);
        CHECK(worst(npr, walk, extended_analytic_ddpm{}, states) < 1e-10);
        CHECK(worst(sn, walk, extended_analytic_ddpm{}, states) < 1e-10);
        CHECK(worst(with_probes(predicts_noise(gaussian_network)), walk, extended_analytic_ddpm{},
                    states) < 1e-10);
        // One deviation for all, and one number a knot.
        moments first = map_at(walk, 1);
        CHECK(worst(gaussian_network, walk, analytic_ddpm{{.gamma = first}}, states.topRows(1)) <
              1e-10);
        CHECK(worst(gaussian_network, walk, ddpm{}, states) > 1e-3);
    }
}

TEST_CASE("all forms are one, for DDIM with any eta and for one element of several samples, too") {
    for (const double eta : {0.0, 0.4, 1.0}) {
        for (int i = 0; i < 4; ++i) {
            const auto of = [&](auto&& model, const auto& solver) {
                return stepped(states, model, five, i, solver, 0.7);
            };
            const ArrayXXd wanted = of(gaussian_network, analytic_ddim{eta, {map_at(five, 7)}});
            CHECK(of(npr, extended_analytic_ddim{eta}).isApprox(wanted, 1e-12));
            CHECK(of(sn, extended_analytic_ddim{eta}).isApprox(wanted, 1e-12));
            if (eta == 1)
                CHECK(of(npr, extended_analytic_ddpm{}).isApprox(wanted, 1e-12));
            else
                CHECK_FALSE(of(npr, extended_analytic_ddpm{}).isApprox(wanted, 1e-6));
        }
    }
}

TEST_CASE("a map of other knots serves a walk between them, exactly for Gaussian data") {
    const analytic_variance other{.gamma = map_at(karras(vp_path{.time_min = 1e-4}, 9), 7)};
    CHECK(worst(gaussian_network, five.from(1), analytic_ddpm{other}, states) < 1e-10);
}

TEST_CASE("a certain network makes them DDPM and DDIM") {
    const two_outputs certain = [](const ArrayXXd& x, const knot& k, ArrayXXd& out,
                                   ArrayXXd& second) {
        gaussian_network(x, k, out);
        second.setZero();
    };
    const auto model = predicts_noise(certain, second_output::residual_squared);
    const auto sampled = [](auto&& of, const auto& solver) {
        ArrayXXd x(7, 3);
        sample(x, of, five, solver, philox{.seed = 2});
        return x;
    };
    CHECK(sampled(model, extended_analytic_ddpm{})
              .isApprox(sampled(gaussian_network, ddpm{}), 1e-12));
    CHECK(sampled(model, extended_analytic_ddim{0.3})
              .isApprox(sampled(gaussian_network, ddim{0.3}), 1e-12));
    moments one = map_at(five, 7);
    std::fill(one.gamma.begin(), one.gamma.end(), 1.0);
    CHECK(sampled(gaussian_network, analytic_ddpm{{.gamma = one}})
              .isApprox(sampled(gaussian_network, ddpm{}), 1e-12));
}

TEST_CASE("NPR and SN of an exact network of a mixture are the same, bounded predictions or not") {
    const fokker_test::mixture m;
    const auto head = [&](bool squares) -> two_outputs {
        return [&m, squares](const ArrayXXd& x, const knot& k, ArrayXXd& out, ArrayXXd& second) {
            fokker_test::exact_network<>{}(x, k, out);
            second = x.unaryExpr([&](double v) { return m.data_variance(v, k); }) *
                     k.signal_to_noise_squared();
            if (squares) second += out.square();
        };
    };
    const auto npr_of = predicts_noise(head(false), second_output::residual_squared);
    const auto sn_of = predicts_noise(head(true), second_output::noise_squared);
    const auto sampled = [](auto&& of) {
        ArrayXXd x(7, 3);
        sample(x, of, five, extended_analytic_ddpm{}, philox{.seed = 2});
        return x;
    };
    CHECK(sampled(npr_of).isApprox(sampled(sn_of), 1e-9));
    // Bounds hold the mean, and not the network's own noise prediction.
    CHECK(sampled(npr_of.clipped(-0.5, 0.5)).isApprox(sampled(sn_of.clipped(-0.5, 0.5)), 1e-9));
    CHECK_FALSE(sampled(npr_of.clipped(-0.5, 0.5)).isApprox(sampled(npr_of), 1e-3));
}

TEST_CASE("variances are held to the data's range and, at the end, to grey levels") {
    const two_outputs wild = [](const ArrayXXd& x, const knot& k, ArrayXXd& out, ArrayXXd& second) {
        gaussian_network(x, k, out);
        second = 100 * x;
    };
    const auto model = predicts_noise(wild, second_output::residual_squared);
    const knot s = five[1], t = five[2];
    const posterior q = posterior_between(t, s);
    const ArrayXXd x = ArrayXXd{{-1.0, 1.0}};
    const ArrayXXd std = std_of(x, model, five, 1, extended_analytic_ddpm{{.data_radius = 0.5}});
    CHECK(std(0, 0) == Approx(q.std).epsilon(1e-12));  // a negative residual is none
    CHECK(std(0, 1) == Approx(std::hypot(q.std, 0.5 * q.data)).epsilon(1e-12));
    const double bound = 1.5 * (2.0 / 255.0) * std::sqrt(std::numbers::pi / 2);
    const grid to_data{five[0], five[1], five[2], five[3], knot{0, 1, 0.01}, knot{-1, 1, 0}};
    const extended_analytic_ddpm bounded{{.bounded_steps = 1, .bounded_to = 1.5}};
    CHECK(std_of(x, model, to_data, 3, bounded)(0, 1) == Approx(bound).epsilon(1e-12));
    CHECK(std_of(x, model, to_data, 2, bounded)(0, 1) > 0.5);
    // Not below the noise that the network expects at the end of the step.
    CHECK(five[4].sigma > bound);
    CHECK(std_of(x, model, five, 3, bounded)(0, 1) == Approx(five[4].sigma).epsilon(1e-12));
    moments gamma = map_at(to_data, 1);
    gamma.gamma.insert(gamma.gamma.begin() + 3, 5, 0.5);  // two elements of some sort
    gamma.gamma.resize(2 * gamma.knots.size(), 0.5);
    const ArrayXXd two = ArrayXXd::Ones(2, 3);
    const ArrayXXd of_map =
        std_of(two, gaussian_network, to_data, 3,
               analytic_ddpm{{.gamma = gamma, .bounded_steps = 1, .bounded_to = 1.5}});
    CHECK((of_map - bound).abs().maxCoeff() < 1e-12);
}

TEST_CASE("from pure noise only the data's range bounds the variance") {
    const grid walk{knot{1, 0, 1}, knot{0.5, 0.6, 0.8}, knot{}};
    const auto zero = [](const ArrayXXd&, const knot&, ArrayXXd& out, ArrayXXd& second) {
        out.setZero();
        second.setZero();
    };
    const auto model = predicts_data(zero, second_output::residual_squared);
    const ArrayXXd std =
        std_of(states, model, walk, 0, extended_analytic_ddpm{{.data_radius = 0.5}});
    CHECK((std - std::hypot(0.8, 0.3)).abs().maxCoeff() < 1e-12);
    const ArrayXXd of_map = std_of(states, model, walk, 0,
                                   analytic_ddpm{{.gamma = map_at(walk, 7), .data_radius = 0.5}});
    CHECK((of_map - std).abs().maxCoeff() < 1e-12);
    ArrayXXd x = states;
    CHECK_THROWS_WITH(denoise(x, model, walk, extended_analytic_ddpm{}, philox{}),
                      ContainsSubstring("only data_radius bounds"));
}

TEST_CASE("on a mixture few steps are nearer to the reverse process with the optimal variance") {
    const fokker_test::mixture m{{0.4, 0.6}, {-0.7, 0.8}, {0.2, 0.15}};
    constexpr double from = -5, width = 0.01;
    const Eigen::Index n = 1001;
    const ArrayXXd points = ArrayXd::LinSpaced(n, from, from + width * double(n - 1)).transpose();
    const two_outputs network = [&](const ArrayXXd& x, const knot& k, ArrayXXd& out,
                                    ArrayXXd& second) {
        fokker_test::exact_network<>{m}(x, k, out);
        second = x.unaryExpr([&](double v) { return m.data_variance(v, k); }) *
                 k.signal_to_noise_squared();
    };
    const one_output plain = [&](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        fokker_test::exact_network<>{m}(x, k, out);
    };
    // The density that a sampler makes, pushed from knot to knot by its own mean and deviation.
    const auto divergence = [&](auto&& model, const grid& walk, const auto& solver) {
        ArrayXd p = (-0.5 * (points / walk.front().sigma).square()).exp().transpose();
        p /= p.sum() * width;
        for (int i = 0; i < walk.steps(); ++i) {
            const ArrayXXd mean = stepped(points, model, walk, i, solver, 0);
            const ArrayXXd std = stepped(points, model, walk, i, solver, 1) - mean;
            ArrayXd next = ArrayXd::Zero(n);
            for (Eigen::Index j = 0; j < n; ++j) {
                const double s = std(0, j), a = (mean(0, j) - from) / width;
                const auto low = std::max<Eigen::Index>(0, Eigen::Index(a - 9 * s / width)),
                           high = std::min<Eigen::Index>(n - 1, Eigen::Index(a + 9 * s / width));
                for (Eigen::Index l = low; l <= high; ++l)
                    next[l] += p[j] * width / s *
                               std::exp(-0.5 * std::pow((double(l) - a) * width / s, 2));
            }
            p = next / (next.sum() * width);
        }
        double sum = 0;
        for (Eigen::Index j = 0; j < n; ++j) {
            const double q = m.density(points(0, j), walk.back());
            if (q > 1e-12) sum += width * q * std::log(q / std::max(p[j], 1e-300));
        }
        return sum;
    };
    // KL(true reverse process || sampler), but for what no sampler changes. The optimal variances
    // are those of this one; they need not be of the marginal's.
    const auto cross_entropy = [&](auto&& model, const grid& walk, const auto& solver) {
        double sum = 0;
        for (int i = 0; i < walk.steps(); ++i) {
            const knot& s = walk[std::size_t(i)];
            const posterior q = posterior_between(walk[std::size_t(i) + 1], s);
            const ArrayXXd std = std_of(points, model, walk, i, solver);
            for (Eigen::Index j = 0; j < n; ++j) {
                const double x = points(0, j), v = std(0, j) * std(0, j);
                const double truth = q.std * q.std + q.data * q.data * m.data_variance(x, s);
                sum += width * m.density(x, s) * 0.5 * (std::log(v) + truth / v);
            }
        }
        return sum;
    };
    for (const int steps : {2, 3, 5, 10, 20}) {
        const grid walk = linspace(vp_path{.time_min = 0.03}, steps, grid_end::least_noise);
        moments gamma{moment_knots(walk), {}};
        for (const knot& k : gamma.knots) {
            double sum = 0;
            ArrayXXd out(1, n);
            plain(points, k, out);
            for (Eigen::Index j = 0; j < n; ++j)
                sum += width * m.density(points(0, j), k) * out(0, j) * out(0, j);
            gamma.gamma.push_back(sum);
        }
        CAPTURE(steps);
        const auto npr_of = predicts_noise(network, second_output::residual_squared);
        const analytic_ddpm analytic{{.gamma = gamma}};
        const ddpm lower{}, upper{ddpm_variance::upper_bound};
        const double of_analytic = cross_entropy(plain, walk, analytic);
        CHECK(of_analytic < cross_entropy(plain, walk, lower));
        CHECK(of_analytic < cross_entropy(plain, walk, upper));
        CHECK(cross_entropy(npr_of, walk, extended_analytic_ddpm{}) < of_analytic);

        const double of_extended = divergence(npr_of, walk, extended_analytic_ddpm{});
        CHECK(of_extended < divergence(plain, walk, analytic));
        CHECK(of_extended < divergence(plain, walk, lower));
        CHECK(of_extended < divergence(plain, walk, upper));
    }
}

TEST_CASE("float follows double") {
    const auto sampled = [](auto number, const auto& solver, auto& noise, bool squares) {
        using T = decltype(number);
        using array = Eigen::ArrayXX<T>;
        const std::function<void(const array&, const knot&, array&, array&)> network =
            [squares](const array& x, const knot& k, array& out, array& second) {
                const ArrayXXd state = x.template cast<double>();
                ArrayXXd E = state, g = state;
                (squares ? sn_network : npr_network)(state, k, E, g);
                out = E.cast<T>();
                second = g.cast<T>();
            };
        array x(7, 3);
        sample(x,
               predicts_noise(network, squares ? second_output::noise_squared
                                               : second_output::residual_squared),
               five, solver, noise);
        return ArrayXXd(x.template cast<double>());
    };
    const auto check = [&](const auto& solver, bool squares) {
        recording tape(philox{.seed = 3});
        const ArrayXXd wanted = sampled(0.0, solver, tape, squares);
        recorded same(tape.draws());
        CHECK((sampled(0.0f, solver, same, squares) - wanted).abs().maxCoeff() < 2e-5);
    };
    check(extended_analytic_ddpm{}, false);
    check(extended_analytic_ddpm{}, true);
    check(analytic_ddpm{{.gamma = map_at(five, 7)}}, false);
}

TEST_CASE("steps allocate nothing, and a map of another size is refused before any call") {
    const auto check = [](auto&& model, const auto& solver) {
        ArrayXXd x(7, 3);
        run steps(x, model, five, solver, philox{.seed = 3});
        steps.start_from_prior();
        const std::size_t before = fokker_test::allocations();
        while (!steps.done()) steps.step();
        CHECK(fokker_test::allocations() == before);
    };
    check(npr, extended_analytic_ddpm{});
    check(sn, extended_analytic_ddpm{});
    check(gaussian_network, analytic_ddpm{{.gamma = map_at(five, 7)}});
    ArrayXXd x(8, 3);
    const one_output fails = [](const ArrayXXd&, const knot&, ArrayXXd&) { FAIL("called"); };
    CHECK_THROWS_WITH(sample(x, fails, five, analytic_ddpm{{.gamma = map_at(five, 7)}}, philox{}),
                      ContainsSubstring("samples of 7 elements") && ContainsSubstring("of 8"));
    CHECK_THROWS_WITH(sample(x, npr, five, extended_analytic_ddim{1.5}, philox{}),
                      ContainsSubstring("eta = 1.5"));
    CHECK_THROWS_WITH(sample(x, gaussian_network, five, extended_analytic_ddpm{}, philox{}),
                      ContainsSubstring("second output"));
    CHECK_THROWS_WITH(sample(x, npr, five, extended_analytic_ddpm{{.bounded_to = -1}}, philox{}),
                      ContainsSubstring("bounded_to is -1"));
}
