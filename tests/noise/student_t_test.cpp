#include <fokker/noise/student_t.hpp>

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/forward.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/brownian.hpp>
#include <fokker/noise/per_sample.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/prior_and_steps.hpp>
#include <fokker/noise/recorded.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/noise/varied.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/euler.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"
#include "support/atoms.hpp"
#include "support/kolmogorov.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using fokker_test::kolmogorov;

static_assert(student_t<philox>::counted);
static_assert(sample_source<student_t<philox>>);
static_assert(!student_t<torch_cpu&>::counted);
static_assert(!sample_source<student_t<torch_cpu>>);
static_assert(student_t<brownian>::walks_once);
static_assert(!detail::gives_normals<student_t<philox>>());
static_assert(detail::gives_normals<philox>());
static_assert(!detail::gives_normals<per_sample<student_t<philox>>>());
static_assert(!detail::gives_normals<prior_and_steps<student_t<philox>, philox>>());
static_assert(!detail::gives_normals<recording<student_t<philox>>>());

namespace {

/// Noise alone, as a run draws it.
template <class T = double>
Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic> noise_of(auto&& source, Eigen::Index elements,
                                                         Eigen::Index samples) {
    Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic> zero(elements, samples), x(elements, samples);
    zero.setZero();
    forward(zero, knot{0, 1, 1}, source, x);
    return x;
}

const fokker_test::atoms two{(Eigen::ArrayXXd(2, 2) << -1.0, 2.0, 0.5, -0.5).finished(),
                             {0.25, 0.75}};

/// The share of the first atom after a walk of PFGM++: EDM's Heun on its grid.
double share(double degrees, auto&& source) {
    Eigen::ArrayXXd x(2, 20000);
    sample(x, predicts_data(two.network(fokker_test::student_density(degrees, 2))),
           karras(edm_path{}, 40), heun{}, source);
    return two.share_of_first(x);
}

}  // namespace

TEST_CASE("the radius of Student's t has the law of Poisson flow: Beta(N / 2, D / 2)") {
    for (const Eigen::Index n : {1, 3, 64, 700})
        for (const double degrees : {1.0, 2.0, 8.0, 128.0, 2.5}) {
            INFO(n << " elements, " << degrees << " degrees");
            const auto z =
                noise_of(student_t(philox{.seed = 5}, degrees), n, n > 100 ? 2000 : 8000);
            std::vector<double> b;
            for (Eigen::Index i = 0; i < z.cols(); ++i) {
                const double squares = z.col(i).square().sum();
                b.push_back(squares / (squares + degrees));
            }
            const double half = 0.5 * static_cast<double>(n);
            CHECK(kolmogorov(b, [&](double x) {
                      return fokker_test::beta_distribution(x, half, 0.5 * degrees);
                  }) < 1.95);
            if (degrees < 10)
                CHECK(kolmogorov(b, [&](double x) {
                          return fokker_test::beta_distribution(x, half, 0.5 * degrees + 1);
                      }) > 1.95);
        }
}

TEST_CASE("a factor is one of a sample: the same for its elements, and another for the next") {
    for (const Eigen::Index n : {7, 1100}) {
        const auto normals = noise_of(philox{.seed = 5}, n, 4);
        const auto z = noise_of(student_t(philox{.seed = 5}, 3), n, 4);
        const Eigen::ArrayXXd ratio = z / normals;
        for (Eigen::Index i = 0; i < 4; ++i)
            CHECK((ratio.col(i) - ratio(0, i)).abs().maxCoeff() < 1e-12 * ratio(0, i));
        CHECK(ratio(0, 0) != Approx(ratio(0, 1)));
        // In float and in 16 bits the same factors.
        const Eigen::ArrayXXf ratio_in_float =
            noise_of<float>(student_t(philox{.seed = 5}, 3), n, 4) /
            noise_of<float>(philox{.seed = 5}, n, 4);
        CHECK((ratio_in_float.cast<double>() - ratio).abs().maxCoeff() < 1e-5 * ratio.maxCoeff());
    }
    // Another in the next draw, whether a sample is made by itself or with others.
    const philox normals{.seed = 5};
    student_t source(normals, 3);
    const auto factor = [&](std::uint32_t draw, bool by_itself) {
        std::array<double, 8> of{}, plain{};
        const noise_position at{2, draw, 0};
        if (by_itself)
            source.fill(of.data(), of.size(), at);
        else
            source.fill_samples(of.data(), 1, of.size(), at);
        normals.fill(plain.data(), plain.size(), at);
        return of[0] / plain[0];
    };
    for (const std::uint32_t draw : {0U, 1U})
        CHECK(factor(draw, true) == Approx(factor(draw, false)));
    CHECK(factor(0, true) != Approx(factor(1, true)));
    const auto z = noise_of(student_t(philox{.seed = 5}, 6), 4, 100000);
    CHECK(z.square().mean() == Approx(6.0 / 4.0).epsilon(0.03));
    CHECK(z.mean() == Approx(0.0).margin(0.01));
}

TEST_CASE(
    "the bits of a sample of Student's t do not depend on its batch, and many degrees are "
    "the normal distribution") {
    for (const Eigen::Index n : {7, 1100}) {
        const auto whole = noise_of(student_t(philox{.seed = 5}, 3), n, 5);
        const auto last = noise_of(student_t(philox{.seed = 5, .first_sample = 4}, 3), n, 1);
        CHECK((last.col(0) == whole.col(4)).all());
        const auto other = noise_of(student_t(philox{.seed = 6}, 3), n, 5);
        CHECK((other != whole).all());
        const auto many = noise_of(student_t(philox{.seed = 5}, 1e14), n, 5);
        CHECK((many - noise_of(philox{.seed = 5}, n, 5)).abs().maxCoeff() < 1e-5);
        // Samples of their own seeds.
        const std::vector<student_t<philox>> each{student_t(philox{.seed = 5}, 3),
                                                  student_t(philox{.seed = 9}, 3)};
        const auto pair = noise_of(per_sample(each), n, 2);
        CHECK((pair.col(0) == whole.col(0)).all());
        CHECK((pair.col(1) == noise_of(each[1], n, 1).col(0)).all());
    }
}

TEST_CASE("Student's t takes a seed or two, other sources with a philox beside, and engines") {
    Eigen::ArrayXXd x(7, 3), y(7, 3);
    const auto flat = [](const Eigen::ArrayXXd& in, double, Eigen::ArrayXXd& out) { out = 0 * in; };
    const grid walk = karras(edm_path{}, 4);
    run r(x, flat, walk, ddim{}, student_t(philox{.seed = 1}, 3));
    r.reseed(7);
    r.start_from_prior();
    run s(y, flat, walk, ddim{}, student_t(philox{.seed = 7}, 3));
    s.start_from_prior();
    CHECK((x == y).all());
    r.reseed(7, 8);
    r.start_from_prior();
    run t(y, flat, walk, ddim{}, student_t(philox{.seed = 7}, 3, philox{.seed = 8}));
    t.start_from_prior();
    CHECK((x == y).all());
    torch_cpu generator(4), same(4);
    const auto z = noise_of(student_t(generator, 3, philox{.seed = 8}), 7, 3);
    const Eigen::ArrayXXd ratio = z / noise_of(same, 7, 3);
    CHECK((ratio.row(0) - ratio.row(6)).abs().maxCoeff() < 1e-12);
    std::mt19937 engine(3);
    const std::mt19937 fresh = engine;
    noise_of(student_t(engine, 3, philox{}), 7, 3);
    CHECK(!(engine == fresh));
    CHECK_THROWS_WITH(student_t(philox{}, 0.5), ContainsSubstring("0.5 degrees"));
    CHECK_THROWS_WITH(student_t(philox{}, std::nan("")), ContainsSubstring("at least 1"));
}

TEST_CASE("the steps of Poisson flow go to the atoms by their masses, and not from normal noise") {
    for (const double degrees : {1.0, 2.0, 8.0, 128.0}) {
        INFO(degrees);
        // The masses, to four deviations and what a tail beyond any walk leaves.
        CHECK(share(degrees, student_t(philox{.seed = 11}, degrees)) ==
              Approx(0.25).margin(0.0125));
    }
    // Five deviations away, and farther than any of the above.
    CHECK(std::abs(share(1.0, philox{.seed = 11}) - 0.25) > 0.015);
    CHECK(share(1e9, philox{.seed = 11}) == Approx(0.25).margin(0.0125));
}

TEST_CASE("with one atom the lines are straight, and a step of any length is exact") {
    const fokker_test::atoms one{Eigen::ArrayXXd::Constant(3, 1, 0.7), {1.0}};
    Eigen::ArrayXXd x(3, 50), start(3, 50);
    const auto model = predicts_data(one.network(fokker_test::student_density(2, 3)));
    run r(x, model, karras(edm_path{}, 2, {.end = grid_end::least_noise}), euler{},
          student_t(philox{.seed = 3}, 2));
    r.start_from_prior();
    start = x;
    while (!r.done()) r.step();
    const double left = r.grid().back().sigma / 80;
    CHECK((x - (0.7 + left * (start - 0.7))).abs().maxCoeff() < 1e-12 * start.abs().maxCoeff());
}

TEST_CASE("edits and training pairs have the noise of the source") {
    const Eigen::ArrayXXd data = Eigen::ArrayXXd::Constant(7, 5, 0.3);
    const student_t source(philox{.seed = 5}, 2);
    Eigen::ArrayXXd edited = data, noisy(7, 5), target(7, 5), prior(7, 5);
    const auto flat = [](const Eigen::ArrayXXd& in, double, Eigen::ArrayXXd& out) { out = 0 * in; };
    const grid walk = karras(edm_path{}, 4);
    run r(edited, flat, walk, ddim{}, source);
    r.start_from_data();
    run s(prior, flat, walk, ddim{}, source);
    s.start_from_prior();
    CHECK((edited - 0.3 - prior).abs().maxCoeff() < 1e-12 * prior.abs().maxCoeff());
    training_pair(data, walk[1], noise_prediction{}, source, noisy, target);
    CHECK((noisy - 0.3 - walk[1].sigma * target).abs().maxCoeff() < 1e-12 * noisy.abs().maxCoeff());
    CHECK((target / noise_of(philox{.seed = 5}, 7, 5)).allFinite());
}

TEST_CASE("what adds noise to noise is refused with Student's t") {
    Eigen::ArrayXXd x(2, 3);
    const auto model = predicts_data(two.network(fokker_test::student_density(8, 2)));
    const grid walk = karras(edm_path{}, 6);
    const student_t source(philox{.seed = 5}, 8);
    CHECK_THROWS_WITH(
        sample(x, model, walk, ddpm{}, source),
        ContainsSubstring("adds normal noise in its steps") && ContainsSubstring("fokker::heun{}"));
    CHECK_THROWS_WITH(sample(x, model, walk, ddim{.eta = 0.5}, source),
                      ContainsSubstring("adds normal noise"));
    CHECK_THROWS_WITH(sample(x, model, walk, heun{.s_churn = 10}, source),
                      ContainsSubstring("adds normal noise"));
    CHECK_THROWS_WITH(sample(x, model, resampled(walk, {.jump_length = 2}), ddim{}, source),
                      ContainsSubstring("jumps back") && ContainsSubstring("gives no normals"));
    CHECK_THROWS_WITH(sample(x, model, walk, ddpm{}, prior_and_steps(source, philox{.seed = 5})),
                      ContainsSubstring("adds normal noise"));
    CHECK_NOTHROW(sample(x, model, walk, ddim{}, source));
}
