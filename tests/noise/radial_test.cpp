#include <fokker/noise/radial.hpp>

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/forward.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/per_sample.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"
#include "support/atoms.hpp"
#include "support/kolmogorov.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using fokker_test::kolmogorov;

namespace {

const auto exponential_radius = [](double u) { return -std::log1p(-u); };
/// Of the density exp(-r^4 / 4): no mixture of normals.
const auto light_radius = [](sample_numbers& numbers, std::size_t n) {
    return std::pow(4 * numbers.gamma(0.25 * static_cast<double>(n)), 0.25);
};
/// Of the density exp(-r).
const auto laplace_radius = [](sample_numbers& numbers, std::size_t n) {
    return numbers.gamma(static_cast<double>(n));
};

template <class T = double>
Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic> noise_of(auto&& source, Eigen::Index elements,
                                                         Eigen::Index samples) {
    Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic> zero(elements, samples), x(elements, samples);
    zero.setZero();
    forward(zero, knot{0, 1, 1}, source, x);
    return x;
}

std::vector<double> norms(const Eigen::ArrayXXd& x) {
    std::vector<double> all;
    for (Eigen::Index i = 0; i < x.cols(); ++i) all.push_back(std::sqrt(x.col(i).square().sum()));
    return all;
}

}  // namespace

static_assert(radial<philox, decltype(exponential_radius)>::counted);
static_assert(!detail::gives_normals<radial<philox, decltype(exponential_radius)>>());

TEST_CASE("noise has the radius that the program says, and the normals' direction") {
    for (const Eigen::Index n : {1, 3, 700}) {
        INFO(n);
        const auto z = noise_of(radial(philox{.seed = 5}, exponential_radius), n, 4000);
        CHECK(kolmogorov(norms(z), [](double r) { return 1 - std::exp(-r); }) < 1.95);
        const auto normals = noise_of(philox{.seed = 5}, n, 4000);
        for (Eigen::Index i = 0; i < 5; ++i) {
            const double scale =
                norms(z)[static_cast<std::size_t>(i)] / norms(normals)[static_cast<std::size_t>(i)];
            CHECK((z.col(i) - scale * normals.col(i)).abs().maxCoeff() < 1e-12);
        }
    }
    // A radius that is drawn: r of the density exp(-r) in two dimensions.
    CHECK(kolmogorov(norms(noise_of(radial(philox{.seed = 5}, laplace_radius), 2, 8000)),
                     [](double r) { return 1 - (1 + r) * std::exp(-r); }) < 1.95);
    CHECK(kolmogorov(norms(noise_of(radial(philox{.seed = 5}, light_radius), 4, 8000)),
                     [](double r) { return 1 - std::exp(-r * r * r * r / 4); }) < 1.95);
}

TEST_CASE("the bits of a sample do not depend on its batch, whatever the radius") {
    for (const Eigen::Index n : {7, 1100}) {
        const auto whole = noise_of(radial(philox{.seed = 5}, light_radius), n, 5);
        const auto last =
            noise_of(radial(philox{.seed = 5, .first_sample = 4}, light_radius), n, 1);
        CHECK((last.col(0) == whole.col(4)).all());
        const std::vector each{radial(philox{.seed = 5}, light_radius),
                               radial(philox{.seed = 9}, light_radius)};
        const auto pair = noise_of(per_sample(each), n, 2);
        CHECK((pair.col(0) == whole.col(0)).all());
        CHECK((pair.col(1) == noise_of(each[1], n, 1).col(0)).all());
        const auto in_float = noise_of<float>(radial(philox{.seed = 5}, light_radius), n, 5);
        CHECK((norms(in_float.cast<double>())[3] == Approx(norms(whole)[3]).epsilon(1e-5)));
    }
    // A pass over a range of the batch has the factors of its own samples.
    radial source(philox{.seed = 5}, light_radius);
    std::vector<double> all(3), range(3);
    source.begin_draw<double>({{4, 3}, 9});
    source.fill(all.data(), 3, {3, 9, 0});
    source.begin_draw<double>({{2, 3}, 9, 0.0, 0.0, 2});
    source.fill(range.data(), 3, {3, 9, 0});
    CHECK(all == range);
    Eigen::ArrayXXd x(7, 3), y(7, 3);
    const auto flat = [](const Eigen::ArrayXXd& in, double, Eigen::ArrayXXd& out) { out = 0 * in; };
    run r(x, flat, karras(edm_path{}, 4), heun{}, radial(philox{}, light_radius));
    r.reseed(7, 8);
    r.start_from_prior();
    run s(y, flat, karras(edm_path{}, 4), heun{},
          radial(philox{.seed = 7}, light_radius, philox{.seed = 8}));
    s.start_from_prior();
    CHECK((x == y).all());
}

TEST_CASE("every central force field is the ODE of EDM with its own noise") {
    const fokker_test::atoms two{(Eigen::ArrayXXd(2, 2) << -1.0, 2.0, 0.5, -0.5).finished(),
                                 {0.25, 0.75}};
    const auto share = [&](const auto& log_density, const auto& source) {
        Eigen::ArrayXXd x(2, 20000);
        sample(x, predicts_data(two.network(log_density)), karras(edm_path{}, 60), heun{}, source);
        return two.share_of_first(x);
    };
    const auto light = [](double r) { return -0.25 * r * r * r * r; };
    const auto laplace = [](double r) { return -r; };
    CHECK(share(light, radial(philox{.seed = 5}, light_radius)) == Approx(0.25).margin(0.0125));
    CHECK(share(laplace, radial(philox{.seed = 5}, laplace_radius)) == Approx(0.25).margin(0.0125));
    // Student's t as one of these laws.
    const auto poisson = [](sample_numbers& numbers, std::size_t n) {
        const double chi = numbers.chi_square(static_cast<double>(n));
        return std::sqrt(2 * chi / numbers.chi_square(2.0));
    };
    CHECK(share(fokker_test::student_density(2, 2), radial(philox{.seed = 5}, poisson)) ==
          Approx(0.25).margin(0.0125));
    CHECK(std::abs(share(laplace, radial(philox{.seed = 5},
                                         [](double u) { return std::sqrt(-2 * std::log1p(-u)); })) -
                   0.25) > 0.02);
}

TEST_CASE("a radius that is none, and what adds noise to noise, are refused") {
    Eigen::ArrayXXd x(2, 3);
    CHECK_THROWS_WITH(noise_of(radial(philox{}, [](double) { return -1.0; }), 2, 3),
                      ContainsSubstring("radius of sample 0 is -1"));
    CHECK_THROWS_WITH(noise_of(radial(philox{}, [](double) { return std::nan(""); }), 2, 3),
                      ContainsSubstring("finite"));
    const auto flat = [](const Eigen::ArrayXXd& in, double, Eigen::ArrayXXd& out) { out = 0 * in; };
    CHECK_THROWS_WITH(
        sample(x, flat, karras(edm_path{}, 4), ddpm{}, radial(philox{}, exponential_radius)),
        ContainsSubstring("adds normal noise"));
}
