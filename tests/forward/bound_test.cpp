#include <fokker/forward/bound.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/moments.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"
#include "support/mixture.hpp"
#include "support/recorded.hpp"
#include "support/schedules.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

/// The numbers of a list of lists, one list after the other, as columns.
ArrayXXd columns(const nlohmann::json& lists) {
    ArrayXXd a(lists.front().size(), lists.size());
    for (Eigen::Index i = 0; i < a.cols(); ++i)
        for (Eigen::Index j = 0; j < a.rows(); ++j)
            a(j, i) = golden_number(
                lists.at(static_cast<std::size_t>(i)).at(static_cast<std::size_t>(j)));
    return a;
}

recorded_noise noise_of(const nlohmann::json& eps) {
    recorded_noise noise{{}, eps.front().front().size()};
    for (const auto& step : eps) {
        noise.rows.emplace_back();
        for (const auto& sample : step)
            for (const double z : golden_numbers(sample)) noise.rows.back().push_back(z);
    }
    return noise;
}

double worst(const ArrayXXd& a, const ArrayXXd& wanted) {
    REQUIRE(a.rows() == wanted.rows());
    REQUIRE(a.cols() == wanted.cols());
    return ((a - wanted) / wanted).abs().maxCoeff();
}

/// All terms against a recorded case, relative.
void check(const variational_terms& b, const golden_case& g, double decoder_tolerance) {
    INFO(g.at("name"));
    const auto column = [&](const char* key) -> ArrayXXd {
        const auto v = golden_numbers(g.at(key));
        return Eigen::Map<const Eigen::ArrayXd>(v.data(), static_cast<Eigen::Index>(v.size()));
    };
    CHECK(worst(b.prior, column("prior")) < 1e-12);
    CHECK(worst(b.kl, columns(g.at("kl"))) < 1e-12);
    CHECK(worst(b.noise_mse, columns(g.at("noise_mse"))) < 1e-12);
    CHECK(worst(b.data_mse, columns(g.at("data_mse"))) < 1e-12);
    CHECK(worst(b.decoder, column("decoder")) < decoder_tolerance);
    CHECK(worst(b.total, column("total")) < decoder_tolerance);
}

/// Data N(0, std^2) of 256 levels, and the exact network for data N(0, std^2).
ArrayXXd gaussian_levels(double std, Eigen::Index elements, Eigen::Index samples) {
    ArrayXXd x = ArrayXXd::Zero(elements, samples);
    forward(x, knot{0, 1, std}, philox{.seed = 5}, x);
    return ((x.max(-1.0).min(1.0) + 1) * 127.5).round() / 127.5 - 1;
}

auto gaussian_network(double std) {
    return [std](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        out = k.sigma / (k.alpha * k.alpha * std * std + k.sigma * k.sigma) * x;
    };
}

}  // namespace

TEST_CASE("the terms are those of the formulas, for each variance and decoder") {
    int cases = 0;
    for (const char* name : {"linear", "cosine"})
        for (const char* kind : {"posterior_exact", "posterior_compat", "upper_bound_exact",
                                 "upper_bound_compat", "optimal_clipped"}) {
            const golden_case g = golden("forward", std::string("bound_") + name + "_" + kind);
            const discrete_schedule schedule = schedule_named(g.at("schedule"), g.at("steps"));
            std::vector<knot> knots;
            for (const double t : golden_numbers(g.at("times"))) knots.push_back(schedule.at(t));
            knots.push_back({-1, 1, 0});
            bound_options options;
            const bool compat = g.at("cdf") == "compat";
            if (compat) options.cdf = decoder_cdf::compat;
            if (g.at("variance") == "upper_bound") options.variance = upper_bound_variance{};
            if (g.at("variance") == "optimal") {
                moments gamma{{}, golden_numbers(g.at("gamma"))};
                for (const double t : golden_numbers(g.at("gamma_times")))
                    gamma.knots.push_back(schedule.at(t));
                std::reverse(gamma.knots.begin(), gamma.knots.end());
                std::reverse(gamma.gamma.begin(), gamma.gamma.end());
                options.variance = optimal_variance{gamma, 1.0};
            }
            const ArrayXXd x0 = columns(g.at("x0"));
            const recorded_noise noise = noise_of(g.at("eps"));
            const exact_network<> network;
            if (g.contains("clip"))
                check(variational_bound(predicts_noise(network).clipped(-0.5, 0.5),
                                        grid(knots, schedule), x0, noise, options),
                      g, 1e-12);
            else
                check(variational_bound(network, grid(knots, schedule), x0, noise, options), g,
                      compat ? 1e-10 : 1e-12);
            ++cases;
        }
    CHECK(cases == 10);

    const golden_case g = golden("forward", "bound_flow");
    std::vector<knot> knots;
    for (const double t : golden_numbers(g.at("times"))) knots.push_back(flow_path{}.at(t));
    knots.push_back({0, 1, 0});
    const double factor = golden_number(g.at("factor"));
    const bound_options options{
        .variance = [=](const knot& s,
                        const knot& t) { return factor * posterior_variance{}(s, t); },
        .decoder_variance = golden_number(g.at("decoder_variance")),
        .prior_variance = golden_number(g.at("prior_variance")),
        .levels = g.at("levels")};
    check(variational_bound(predicts_flow(exact_network<flow_prediction>{}), grid(knots),
                            columns(g.at("x0")), noise_of(g.at("eps")), options),
          g, 1e-12);
}

TEST_CASE("for Gaussian data and the exact model every term is known") {
    const double std = 0.3;
    const ArrayXXd x0 = gaussian_levels(std, 50, 2000);
    const double v = x0.square().mean();  // all that the terms know of the data
    const auto n = static_cast<double>(x0.size());
    const grid walk = trailing(linear_schedule(), 20);
    const variational_terms b =
        variational_bound(gaussian_network(std), walk, x0, philox{.seed = 1});
    const Eigen::ArrayXd kl = b.kl_means(), noise_mse = b.noise_mse_means();
    for (int i = 0; i < walk.steps(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        const knot &k = walk[at], &to = walk[at + 1];
        const double variance = k.alpha * k.alpha * std * std + k.sigma * k.sigma;
        const double gain = std * std * k.alpha / variance;  // D = gain x
        const double left = 1 - gain * k.alpha, spread = gain * k.sigma;
        const double error = left * left * v + spread * spread;
        const double noise_error = error * k.signal_to_noise_squared();
        const double chance = 6 * std::sqrt(2.0 / n);  // six deviations, relative
        CHECK(noise_mse(i) == Approx(noise_error).epsilon(chance));
        if (i + 1 == walk.steps()) continue;
        // 1/2 (SNR_s - SNR_t) E ||x_0 - D||^2. Kingma et al. 2021, eq. 14.
        const double exact =
            0.5 * (to.signal_to_noise_squared() - k.signal_to_noise_squared()) * error;
        CHECK(kl(i) == Approx(exact / std::numbers::ln2).epsilon(chance));
    }
    CHECK(b.evaluations == 20);
    CHECK(b.steps == 20);
    CHECK_FALSE(b.stopped);
}

TEST_CASE("with more and more steps the bound falls") {
    // Every grid holds the knots of the one before and has the same last step, so that the terms
    // between are upper sums of one integral.
    const double std = 0.3;
    const ArrayXXd x0 = gaussian_levels(std, 50, 400);
    const discrete_schedule schedule = linear_schedule(1025);
    double previous = std::numeric_limits<double>::max();
    std::vector<double> totals;
    for (int stride = 1024; stride >= 1; stride /= 4) {
        std::vector<knot> knots;
        for (int t = 1024; t >= 0; t -= stride) knots.push_back(schedule.at(t));
        knots.push_back({-1, 1, 0});
        const double total = variational_bound(gaussian_network(std), grid(knots), x0,
                                               philox{.seed = 1}, {.decoder_variance = 1e-4})
                                 .bits_per_dimension();
        CHECK(total < previous);
        previous = total;
        totals.push_back(total);
    }
    REQUIRE(totals.size() == 6);
    CHECK(totals[0] > 100);
    CHECK(totals[5] < 8.0);  // the entropy is 7.30
}

TEST_CASE("with the optimal variance an exact model of Gaussian data needs their entropy") {
    // The reverse process is the true one then, so the bound is tight with any number of steps.
    const double std = 0.25;
    const ArrayXXd x0 = gaussian_levels(std, 50, 2000);
    const double entropy =
        0.5 * std::log2(2 * std::numbers::pi * std::numbers::e * std * std) + std::log2(127.5);
    const discrete_schedule schedule = linear_schedule();
    moments gamma{moment_knots(schedule), {}};
    for (const knot& k : gamma.knots)
        gamma.gamma.push_back(k.sigma * k.sigma /
                              (k.alpha * k.alpha * std * std + k.sigma * k.sigma));
    for (const int steps : {2, 10, 50}) {
        const variational_terms b =
            variational_bound(gaussian_network(std), trailing(schedule, steps), x0,
                              philox{.seed = 1}, {.variance = optimal_variance{gamma}});
        CHECK(std::abs(b.bits_per_dimension() - entropy) < 0.02);
    }
}

TEST_CASE("what the network predicts does not matter") {
    const ArrayXXd x0 = gaussian_levels(0.5, 8, 3);
    const grid walk = karras(vp_path{}, 6);
    const philox noise{.seed = 3};
    const variational_terms wanted = variational_bound(exact_network<>{}, walk, x0, noise);
    const auto same = [&](const variational_terms& b) {
        CHECK(worst(b.kl, wanted.kl) < 1e-9);
        CHECK(worst(b.total, wanted.total) < 1e-9);
        CHECK(worst(b.noise_mse, wanted.noise_mse) < 1e-9);
    };
    same(variational_bound(predicts_data(exact_network<data_prediction>{}), walk, x0, noise));
    same(variational_bound(predicts_velocity(exact_network<velocity_prediction>{}), walk, x0,
                           noise));
    same(variational_bound(predicts_score(exact_network<score_prediction>{}), walk, x0, noise));
    same(variational_bound(edm_preconditioned(exact_network<edm_prediction>{}), walk, x0, noise));

    // From pure noise on, where alpha = 0.
    const flow_path path;
    const grid flow{path.at(1), path.at(0.6), path.at(0.3), path.at(0.1), path.at(0.02), knot{}};
    const variational_terms b =
        variational_bound(predicts_flow(exact_network<flow_prediction>{}), flow, x0, noise);
    CHECK(b.prior.abs().maxCoeff() == 0.0);
    CHECK(b.kl.col(0).minCoeff() > 0.0);
    CHECK(b.bits_per_dimension() > 5.0);
    CHECK(b.bits_per_dimension() < 50.0);
}

TEST_CASE("float, 16 bits, vectors and engines serve as well") {
    const ArrayXXd x0 = gaussian_levels(0.4, 33, 4);
    const grid walk = trailing(linear_schedule(), 5);
    const exact_network<> network;
    const Eigen::ArrayXXf single = x0.cast<float>();
    const variational_terms f = variational_bound(network, walk, single, philox{.seed = 3});
    const variational_terms h = variational_bound(
        network, walk, Eigen::ArrayXX<Eigen::half>(single.cast<Eigen::half>()), philox{.seed = 3});
    CHECK(f.total.isFinite().all());
    CHECK(h.bits_per_dimension() == Approx(f.bits_per_dimension()).epsilon(0.03));
    std::mt19937 engine(4);
    const variational_terms e =
        variational_bound(network, walk, std::vector<double>{-1.0, 0.2, 1.0}, engine);
    CHECK(e.total.size() == 1);
    CHECK(e.kl.cols() == 4);
}

TEST_CASE("a sample's terms do not depend on the batch") {
    const ArrayXXd x0 = gaussian_levels(0.4, 21, 9);
    const grid walk = trailing(linear_schedule(), 4);
    // Without a multiply-add or a function of the library, so that its own bits do not depend on
    // it.
    const auto network = [](const ArrayXXd& x, double, ArrayXXd& out) {
        for (Eigen::Index k = 0; k < x.size(); ++k) out(k) = x(k) / (1 + (x(k) < 0 ? -x(k) : x(k)));
    };
    const variational_terms all = variational_bound(network, walk, x0, philox{.seed = 3});
    const variational_terms some = variational_bound(network, walk, ArrayXXd(x0.middleCols(4, 3)),
                                                     philox{.seed = 3, .first_sample = 4});
    CHECK((some.total == all.total.segment(4, 3)).all());
    CHECK((some.kl == all.kl.middleRows(4, 3)).all());
}

TEST_CASE("a schedule is the grid of all its times") {
    const ArrayXXd x0 = gaussian_levels(0.4, 5, 2);
    const discrete_schedule schedule = cosine_schedule(7);
    std::vector<double> labels;
    const auto network = [&](const ArrayXXd& x, double t, ArrayXXd& out) {
        labels.push_back(t);
        out = 0.5 * x;
    };
    const variational_terms b = variational_bound(network, schedule, x0, philox{.seed = 1});
    CHECK(labels == std::vector<double>{6, 5, 4, 3, 2, 1, 0});
    const variational_terms same =
        variational_bound(network, trailing(schedule, 7), x0, philox{.seed = 1});
    CHECK((b.total == same.total).all());

    // With the same options and observers.
    const bound_options options{.decoder_variance = 0.01, .prior_variance = 2.0};
    const auto stop = [](const progress& p) {
        return p.step == 3 ? control::stop : control::go_on;
    };
    const auto part = variational_bound(network, schedule, x0, philox{.seed = 1}, options, stop);
    CHECK(part.steps == 3);
    const auto whole = variational_bound(network, schedule, x0, philox{.seed = 1}, options);
    const auto wanted =
        variational_bound(network, trailing(schedule, 7), x0, philox{.seed = 1}, options);
    CHECK((whole.total == wanted.total).all());
    CHECK((wanted.prior != same.prior).all());
    CHECK((wanted.decoder != same.decoder).all());
}

TEST_CASE("observers look on after each knot, and may stop") {
    const ArrayXXd x0 = gaussian_levels(0.4, 300, 3);
    const grid walk = trailing(linear_schedule(), 6);
    const auto network = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 0.9 * x; };
    std::vector<int> steps;
    std::vector<std::size_t> allocated;
    steps.reserve(8);
    allocated.reserve(8);
    const auto watch = [&](const progress& p) {
        steps.push_back(p.step);
        allocated.push_back(allocations());
        CHECK(p.steps == 6);
        CHECK(p.evaluations == p.step);
        CHECK(p.at == walk[static_cast<std::size_t>(p.step - 1)]);
    };
    const variational_terms whole =
        variational_bound(network, walk, x0, philox{.seed = 1}, {}, watch);
    CHECK(steps == std::vector<int>{1, 2, 3, 4, 5, 6});

    // Nothing is allocated from the first step on; what is counted are the checks above.
    allocated.clear();
    const auto count = [&](const auto&) { allocated.push_back(allocations()); };
    variational_bound(network, walk, x0, philox{.seed = 1}, {}, count);
    REQUIRE(allocated.size() == 6);
    CHECK(allocated.front() == allocated.back());

    const auto stop = [](const auto& view) {
        return view.terms().kl(0, view.index() - 1) > 0 && view.index() == 3 ? control::stop
                                                                             : control::go_on;
    };
    const variational_terms part =
        variational_bound(network, walk, x0, philox{.seed = 1}, {}, stop);
    CHECK(part.stopped);
    CHECK(part.steps == 3);
    CHECK((part.kl.leftCols(3) == whole.kl.leftCols(3)).all());
    CHECK((part.kl.rightCols(2) == 0).all());
    CHECK((part.decoder == 0).all());

    // Whatever another one says after it.
    const auto goes_on = [](const progress&) { return control::go_on; };
    CHECK(variational_bound(network, walk, x0, philox{.seed = 1}, {}, stop, goes_on).steps == 3);
    CHECK(variational_bound(network, walk, x0, philox{.seed = 1}, {}, goes_on, stop).steps == 3);
}

TEST_CASE("a network that misbehaves is reported with its step") {
    const ArrayXXd x0 = gaussian_levels(0.4, 5, 3);
    const grid walk = trailing(linear_schedule(), 4);
    int calls = 0;
    const auto broken = [&](const ArrayXXd& x, double, ArrayXXd& out) {
        out = x;
        if (++calls == 3) out(1, 2) = std::numeric_limits<double>::quiet_NaN();
    };
    CHECK_THROWS_AS(variational_bound(broken, walk, x0, philox{}), network_error);
    calls = 0;
    CHECK_THROWS_WITH(
        variational_bound(predicts_noise(broken).clipped(-1, 1), walk, x0, philox{}),
        ContainsSubstring("NaN or inf for sample 2 at step 2") && ContainsSubstring("t = 499"));
    const auto wrong_shape = [](const ArrayXXd&, double, ArrayXXd& out) { out.resize(1, 1); };
    CHECK_THROWS_WITH(variational_bound(wrong_shape, walk, x0, philox{}),
                      ContainsSubstring("shape") && ContainsSubstring("step 0"));
}

TEST_CASE("misuse of the bound is refused before any call") {
    const ArrayXXd x0 = gaussian_levels(0.4, 5, 3);
    const discrete_schedule schedule = linear_schedule();
    const grid walk = trailing(schedule, 4);
    const auto network = [](const ArrayXXd&, double, ArrayXXd&) { FAIL("called"); };
    const auto refuses = [&](const char* words, const grid& g, const ArrayXXd& data,
                             const bound_options& options = {}) {
        CHECK_THROWS_WITH(variational_bound(network, g, data, philox{}, options),
                          ContainsSubstring(words));
        CHECK_THROWS_AS(variational_bound(network, g, data, philox{}, options), error);
    };
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    refuses("the grid ends at {t = 0", linspace(schedule, 4, grid_end::least_noise), x0);
    refuses("end at alpha = 1, sigma = 0", grid{knot{1, 0.5, 0.5}, knot{0, 0.9, 0}}, x0);
    refuses("got no data", walk, ArrayXXd(5, 0));
    ArrayXXd outside = x0;
    outside(2, 1) = 1.5;
    refuses("element 7 of the data is 1.5", walk, outside);
    outside(2, 1) = -1.0001;
    refuses("scale the data to that range", walk, outside);
    outside(2, 1) = nan;
    refuses("element 7 of the data is nan", walk, outside);
    refuses("none of the decoder's 3 levels", walk, ArrayXXd::Constant(5, 3, 0.3), {.levels = 3});
    refuses("levels is 1", walk, x0, {.levels = 1});
    refuses("levels is -256", walk, x0, {.levels = -256});
    refuses("variance is an empty function", walk, x0, {.variance = {}});
    refuses("decoder_variance is -1", walk, x0, {.decoder_variance = -1});
    refuses("decoder_variance is nan", walk, x0, {.decoder_variance = nan});
    refuses("prior_variance is -0.5", walk, x0, {.prior_variance = -0.5});
    refuses("prior_variance is inf", walk, x0, {.prior_variance = infinity});
    const auto constant = [](double v) {
        return bound_options{.variance = [v](const knot&, const knot&) { return v; }};
    };
    refuses("the variance of step 0, from t = 999 to t = 749, is 0", walk, x0, constant(0));
    refuses("a variance must be positive and finite", walk, x0, constant(-1));
    refuses("is nan", walk, x0, constant(nan));
    // A variance that fails at the last step alone.
    refuses("the variance of step 3, from t = 249 to t = -1, is -1", walk, x0,
            {.variance = [](const knot&, const knot& to) { return to.sigma > 0 ? 1.0 : -1.0; }});
    refuses("set decoder_variance", trailing(schedule, 1), x0);
    const auto with_moments = [](moments gamma, double radius = 1) {
        return bound_options{.variance = optimal_variance{std::move(gamma), radius}};
    };
    refuses("make them with estimate_moments", walk, x0, with_moments({}));
    const auto between = [&](double from, double to) {
        return moments{{schedule.at(from), schedule.at(to)}, {0.9, 0.1}};
    };
    refuses("(t = 500) to 4.6", walk, x0, with_moments(between(500, 0)));
    refuses("(t = 300), and the bound needs it at", walk, x0, with_moments(between(999, 300)));
    refuses("data_radius is 0", walk, x0, with_moments(between(999, 0), 0));
    refuses("map of 2 values", walk, x0, with_moments({{walk[0], walk[1]}, {0, 1, 0, 1}}));
    refuses("noise prediction cannot be read", grid{knot{1, 0, 1}, knot{}}, x0,
            {.decoder_variance = 1});
}

TEST_CASE("one step is a bound, given the decoder's variance") {
    const ArrayXXd x0 = gaussian_levels(0.4, 50, 30);
    const variational_terms b = variational_bound(exact_network<>{}, trailing(linear_schedule(), 1),
                                                  x0, philox{}, {.decoder_variance = 0.16});
    CHECK(b.kl.cols() == 0);
    CHECK((b.total == b.prior + b.decoder).all());
}

TEST_CASE("the memory of a guided network begins anew with every bound") {
    const auto c = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 0.1 * x; };
    const auto u = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 0.3 * x * x; };
    auto network = guided(c, u, {.scale = 2, .projection = {.momentum = -0.5}});
    const ArrayXXd x0 = gaussian_levels(0.4, 5, 3);
    const grid walk = trailing(linear_schedule(), 4);
    const auto total = [&] { return variational_bound(network, walk, x0, philox{}).total; };
    CHECK((total() == total()).all());
    const auto gamma = [&] {
        const discrete_schedule schedule = linear_schedule();
        return estimate_moments(network, std::vector{schedule.at(5), schedule.at(500)}, x0,
                                philox{})
            .gamma;
    };
    CHECK(gamma() == gamma());
}
