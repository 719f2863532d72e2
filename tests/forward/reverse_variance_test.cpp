// The bound with a variance for each element, against that with one number.
#include <fokker/forward/reverse_variance.hpp>

#include <Eigen/Core>
#include <cmath>
#include <limits>

#include <fokker/error.hpp>
#include <fokker/forward/bound.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"
#include "support/two_headed.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Matchers::ContainsSubstring;
using enum second_output;

namespace {

/// It can be called either way, and says what its second output is.
struct either {
    int &once, &twice;
    void operator()(const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        ++once;
        plain(x, k, out);
    }
    void operator()(const ArrayXXd& x, const knot& k, ArrayXXd& out, ArrayXXd& second) {
        ++twice;
        plain(x, k, out);
        second.setConstant(residual(k));
    }
    template <class X, class Out>
    static constexpr second_output second_kind() {
        return residual_squared;
    }
};

}  // namespace

TEST_CASE("a constant second output, and a constant map, are the one number that they stand for") {
    const grid flow = linspace(flow_path{}, 7).from(1);
    for (const grid& walk : {seven, karras(vp_path{}, 5), flow})
        for (const double radius : {std::numeric_limits<double>::infinity(), 0.05}) {
            const auto left = [](const knot& k, Eigen::Index) { return residual(k); };
            const optimal_variance number{moments_of(walk, left, 1), radius},
                map{moments_of(walk, left, elements), radius};
            const extended_optimal_variance extended{radius};
            const auto g = [](const ArrayXXd& x, const knot& k, const ArrayXXd&) -> ArrayXXd {
                return ArrayXXd::Constant(x.rows(), x.cols(), residual(k));
            };
            const auto h = [g](const ArrayXXd& x, const knot& k, const ArrayXXd& E) -> ArrayXXd {
                return g(x, k, E) + E.square();
            };
            const variational_terms wanted = bound(plain, number, walk);
            CHECK(worst(bound(plain, map, walk), wanted) < 1e-12);
            const auto npr = predicts_noise(with_head(plain, g), residual_squared);
            const auto sn = predicts_noise(with_head(plain, h), noise_squared);
            CHECK(worst(bound(npr, extended, walk), wanted) < 1e-12);
            CHECK(worst(bound(sn, extended, walk), wanted) < 1e-11);
            const variational_terms clipped =
                bound(predicts_noise(plain).clipped(-0.4, 0.5), number, walk);
            CHECK(worst(clipped, wanted) > 1e-3);
            CHECK(worst(bound(npr.clipped(-0.4, 0.5), extended, walk), clipped) < 1e-12);
            CHECK(worst(bound(sn.clipped(-0.4, 0.5), extended, walk), clipped) < 1e-11);
        }
}

TEST_CASE("a head that knows everything leaves the posterior variance, also to the decoder") {
    for (const double told : {0.0, -0.3}) {
        const auto head = [=](const ArrayXXd& x, const knot&, const ArrayXXd&) -> ArrayXXd {
            return ArrayXXd::Constant(x.rows(), x.cols(), told);
        };
        CHECK(worst(bound(predicts_noise(with_head(plain, head), residual_squared),
                          extended_optimal_variance{}),
                    bound(plain, posterior_variance{})) < 1e-12);
    }
    const auto certain = [](const knot&, Eigen::Index) { return 0.0; };
    CHECK(worst(bound(plain, optimal_variance{moments_of(seven, certain, elements)}),
                bound(plain, posterior_variance{})) < 1e-12);
}

TEST_CASE("NPR and SN of an exact network are one, whatever it predicts") {
    const mixture m;
    const auto head = [&](bool squares) {
        return [&m, squares](const ArrayXXd& x, const knot& k, const ArrayXXd&) -> ArrayXXd {
            return x.unaryExpr([&](double v) {
                const double E = (v - k.alpha * m.data(v, k)) / k.sigma;
                return m.data_variance(v, k) * k.signal_to_noise_squared() + squares * E * E;
            });
        };
    };
    const extended_optimal_variance extended{.data_radius = 1};
    const auto npr = predicts_noise(with_head(plain, head(false)), residual_squared);
    const variational_terms wanted = bound(npr, extended);
    CHECK(worst(bound(predicts_noise(with_head(plain, head(true)), noise_squared), extended),
                wanted) < 1e-9);
    const one_output velocity = [](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        exact_network<velocity_prediction>{}(x, k, out);
    };
    CHECK(worst(bound(predicts_velocity(with_head(velocity, head(true)), noise_squared), extended),
                wanted) < 1e-9);
    // A network that sees the state scaled.
    const edm_prediction edm{};
    const two_outputs raw = [&](const ArrayXXd& x, const knot& k, ArrayXXd& out, ArrayXXd& second) {
        for (const knot& each : seven.network_knots())
            if (edm.at(each).label == k.t) {
                exact_network<edm_prediction>{}(x, each, out);
                second = head(true)(x / edm.at(each).input_scale, each, out);
            }
    };
    CHECK(worst(bound(edm_preconditioned(raw, 0.5, noise_squared), extended), wanted) < 1e-9);
}

TEST_CASE("a learned variance is the posterior's and the upper bound at the ends of its range") {
    const auto at = [](double v) {
        const auto head = [v](const ArrayXXd& x, const knot&, const ArrayXXd&) -> ArrayXXd {
            return ArrayXXd::Constant(x.rows(), x.cols(), v);
        };
        return predicts_noise(with_head(plain, head), variance_range);
    };
    CHECK(worst(bound(at(-1), learned_variance{}), bound(plain, posterior_variance{})) < 1e-12);
    // To clean data the range ends at sigma^2, where the scalar upper bound says nothing.
    const auto with_end = [](const reverse_variance& middle, double decoder_variance) {
        return variational_bound(plain, seven, x0, philox{.seed = 3},
                                 {.variance = middle, .decoder_variance = decoder_variance});
    };
    const knot cleanest = seven[std::size_t(seven.steps()) - 1];
    const double most = cleanest.sigma * cleanest.sigma;
    CHECK(worst(bound(at(1), learned_variance{}), with_end(upper_bound_variance{}, most)) < 1e-12);
    const double least = posterior_variance{}(seven[std::size_t(seven.steps()) - 2], cleanest);
    const auto middle = [](const knot& s, const knot& t) {
        return std::sqrt(posterior_variance{}(s, t) * upper_bound_variance{}(s, t));
    };
    CHECK(worst(bound(at(0), learned_variance{}), with_end(middle, std::sqrt(least * most))) <
          1e-12);
}

TEST_CASE("a network is called for two outputs only where the second is read") {
    int once = 0, twice = 0;
    either network{once, twice};
    bound(network, posterior_variance{});
    CHECK(once == 7);
    CHECK(twice == 0);
    const variational_terms read = bound(network, extended_optimal_variance{});
    CHECK(once == 7);
    CHECK(twice == 7);
    CHECK(read.evaluations == 7);
    // One that has to be called for two is, and its second output is not read.
    const two_outputs wild = with_head(plain, [](const ArrayXXd& x, const knot&, const ArrayXXd&) {
        return ArrayXXd(x * std::numeric_limits<double>::quiet_NaN());
    });
    CHECK(worst(bound(wild, posterior_variance{}), bound(plain, posterior_variance{})) < 1e-12);
    // A wrapper of any arguments is not asked whether it takes more of them.
    const auto labelled = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 0.5 * x; };
    const auto wrapper = [&](auto&&... arguments) { labelled(arguments...); };
    CHECK(worst(bound(wrapper, posterior_variance{}), bound(labelled, posterior_variance{})) <
          1e-12);
    // A guided pair keeps the second output of its conditional network.
    const two_outputs npr = with_head(plain, [](const ArrayXXd& x, const knot& k, const ArrayXXd&) {
        return ArrayXXd(ArrayXXd::Constant(x.rows(), x.cols(), residual(k)));
    });
    CHECK(worst(bound(predicts_noise(guided(npr, plain, 1.0), residual_squared),
                      extended_optimal_variance{}),
                read) < 1e-12);
}

TEST_CASE("the decoder's variance may be set, and from pure noise on the data's range bounds it") {
    const auto npr = predicts_noise(gaussian_npr, residual_squared);
    const auto of = [&](auto&& model, const reverse_variance& variance) {
        return variational_bound(model, seven, x0, philox{.seed = 3},
                                 {.variance = variance, .decoder_variance = 1e-3});
    };
    const variational_terms b = of(npr, extended_optimal_variance{});
    CHECK(b.decoder.isApprox(of(gaussian_network, posterior_variance{}).decoder, 1e-12));
    CHECK(b.kl.isApprox(bound(npr, extended_optimal_variance{}).kl, 1e-12));

    const grid flow = linspace(flow_path{}, 5);
    REQUIRE(flow.front().alpha == 0);
    const two_outputs network = [](const ArrayXXd& x, const knot& k, ArrayXXd& D, ArrayXXd& g) {
        ArrayXXd E = x;
        plain(x, k.alpha == 0 ? knot{k.t, 1e-9, 1} : k, E);
        D = k.alpha == 0 ? ArrayXXd(0 * x) : ArrayXXd((x - k.sigma * E) / k.alpha);
        g = ArrayXXd::Constant(x.rows(), x.cols(), residual(k));
    };
    const auto predicts = predicts_data(network, residual_squared);
    const optimal_variance number{
        moments_of(
            flow, [](const knot& k, Eigen::Index) { return residual(k); }, 1),
        0.7};
    CHECK(worst(bound(predicts, extended_optimal_variance{0.7}, flow),
                bound(predicts, number, flow)) < 1e-12);
    CHECK_THROWS_WITH(bound(predicts, extended_optimal_variance{}, flow),
                      ContainsSubstring("only data_radius bounds"));
}

TEST_CASE("a variance for each element is refused where it cannot be had, before any call") {
    const two_outputs two = [](const ArrayXXd&, const knot&, ArrayXXd&, ArrayXXd&) {
        FAIL("called");
    };
    const one_output one = [](const ArrayXXd&, const knot&, ArrayXXd&) { FAIL("called"); };
    const auto refuses = [](auto&& model, const reverse_variance& variance, const char* words,
                            const grid& walk = seven) {
        CHECK_THROWS_AS(bound(model, variance, walk), error);
        CHECK_THROWS_WITH(bound(model, variance, walk), ContainsSubstring(words));
    };
    const extended_optimal_variance extended;
    refuses(one, extended, "(noise_squared or residual_squared), and the network has none");
    refuses(one, extended, "with_probes(..)");
    refuses(one, learned_variance{}, "write it as f(x, t, out, second), and in no other form");
    refuses(predicts_noise(one, variance_range), learned_variance{}, "the network has one output");
    refuses(two, extended, "does not say what it is");
    refuses(two, learned_variance{}, "fokker::second_output::variance)");
    refuses(predicts_noise(two, variance_range), extended, "of the kind variance_range");
    refuses(predicts_noise(two, noise_squared), learned_variance{}, "of the kind noise_squared");
    refuses(predicts_noise(guided(one, one, 2.0)), extended, "of the kind unconditional");
    const auto npr = predicts_noise(two, residual_squared);
    refuses(npr, extended_optimal_variance{0}, "data_radius is 0");
    refuses(npr, extended_optimal_variance{std::nan("")}, "data_radius is nan");
    const auto left = [](const knot& k, Eigen::Index) { return residual(k); };
    const auto map = [&](Eigen::Index values) { return moments_of(seven, left, values); };
    refuses(one, optimal_variance{map(4)},
            "map of 4 values a knot, and the data have samples of 5");
    refuses(one, optimal_variance{map(5), -1}, "data_radius is -1");
    refuses(one, optimal_variance{map(5)}, "and the bound needs it at",
            trailing(linear_schedule(), 1000));
    // One step has no step before, from which to take what the variance leaves open.
    const grid single = trailing(linear_schedule(), 1);
    const auto certain = [](const knot&, Eigen::Index i) { return i == 2 ? 0.0 : 0.5; };
    refuses(one, optimal_variance{moments_of(seven, certain, 5)}, "set decoder_variance", single);
    refuses(predicts_noise(two, variance_range), learned_variance{}, "set decoder_variance",
            single);
    // Where one number is asked for, as for the grids of the least bound.
    CHECK_THROWS_WITH(reverse_variance(extended)(seven[0], seven[1]),
                      ContainsSubstring("one number is asked for"));
    CHECK_THROWS_WITH(reverse_variance(optimal_variance{map(5)})(seven[0], seven[1]),
                      ContainsSubstring("moments::mean()"));
}
