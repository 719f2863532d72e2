#include <fokker/model/field_network.hpp>

#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <span>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/student_t.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"
#include "support/atoms.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

const fokker_test::atoms two{(Eigen::ArrayXXd(2, 2) << -1.0, 2.0, 0.5, -0.5).finished(),
                             {0.25, 0.75}};

/// The field of the atoms as charges in three dimensions, as Poisson flow normalises it.
void field(const Eigen::ArrayXXd& x, double z, Eigen::ArrayXXd& v_x, std::span<double> v_z) {
    for (Eigen::Index n = 0; n < x.cols(); ++n) {
        Eigen::Array2d F_x = Eigen::Array2d::Zero();
        double F_z = 0.0;
        for (Eigen::Index i = 0; i < 2; ++i) {
            const Eigen::Array2d away = x.col(n) - two.points.col(i);
            const double charge = two.masses[static_cast<std::size_t>(i)] /
                                  std::pow(away.square().sum() + z * z, 1.5);
            F_x += charge * away;
            F_z += charge * z;
        }
        const double by = -std::sqrt(2.0) / (std::sqrt(F_x.square().sum() + F_z * F_z) + 5.0);
        v_x.col(n) = by * F_x;
        v_z[static_cast<std::size_t>(n)] = by * F_z;
    }
}

/// What the model says of data at a knot.
template <class Model>
Eigen::ArrayXXd data(Model model, const Eigen::ArrayXXd& x, const knot& k) {
    Eigen::ArrayXXd D(x.rows(), x.cols());
    model.network(x, k, D);
    return D;
}

const Eigen::ArrayXXd some = (Eigen::ArrayXXd(2, 3) << 1.0, -3.0, 0.2, 0.4, 2.0, -9.0).finished();

}  // namespace

TEST_CASE("the field of Poisson flow says the same of the data as Student's t of one degree") {
    for (const double z : {0.1, 1.0, 20.0}) {
        const knot k{z, 1.0, z};
        Eigen::ArrayXXd wanted(2, 3);
        two.mean(some, k, fokker_test::student_density(1, 2), wanted);
        CHECK((data(predicts_field(field), some, k) - wanted).abs().maxCoeff() < 1e-11);
        // On another path the network sees x / alpha.
        const Eigen::ArrayXXd smaller = 0.3 * some;
        CHECK((data(predicts_field(field), smaller, {z, 0.3, 0.3 * z}) - wanted).abs().maxCoeff() <
              1e-11);
    }
    Eigen::ArrayXXd x(2, 20000), y(2, 20000);
    const student_t noise(philox{.seed = 11}, 1);
    const grid walk = karras(edm_path{}, 40);
    const auto done = sample(x, predicts_field(field), walk, heun{}, noise);
    CHECK(two.share_of_first(x) == Approx(0.25).margin(0.0125));
    CHECK(done.network_calls == done.evaluations);
    sample(y, predicts_data(two.network(fokker_test::student_density(1, 2))), walk, heun{}, noise);
    CHECK((x - y).abs().maxCoeff() < 1e-8);
}

TEST_CASE("near the data v_z is that of the nearest data, if asked for") {
    // At 0.4 from the data with v_z of no use.
    const auto far_off = [](const Eigen::ArrayXXd& x, const knot&, Eigen::ArrayXXd& v_x,
                            std::span<double> v_z) {
        v_x = -std::sqrt(2.0) * (x - 0.5) / (0.4 + 2.0);
        v_z[0] = 3.0;
    };
    const Eigen::ArrayXXd x{{0.5}, {0.9}};
    for (const double z : {1e-3, 1e-6}) {
        const auto D =
            data(predicts_field(far_off, {.exact_below = 0.1, .gamma = 2}), x, {z, 1, z});
        // It leads to the data, but for z^2 / 0.4^2.
        CHECK((D - 0.5).abs().maxCoeff() < 4 * z);
        const double v_x = std::sqrt(2.0) * 0.4 / 2.4, part = v_x / std::sqrt(2.0),
                     distance = 2 * part / (1 - part);
        const double v_z = -std::sqrt(2.0) * z / (std::sqrt(distance * distance + z * z) + 2);
        CHECK(D(1, 0) == Approx(0.9 + z * v_x / v_z).epsilon(1e-13));
    }
    CHECK_THROWS_WITH(data(predicts_field(far_off, {.exact_below = 0.1, .gamma = 2}), x, {1, 1, 1}),
                      ContainsSubstring("v_z is 3") && ContainsSubstring("exact_below"));
}

TEST_CASE("a field that leads nowhere is refused with the sample") {
    const auto say = [](double of_second) {
        return [of_second](const Eigen::ArrayXXd& x, double, Eigen::ArrayXXd& v_x,
                           std::span<double> v_z) {
            v_x = 5 + 0 * x;
            v_z[0] = -1;
            v_z[1] = of_second;
            v_z[2] = -1;
        };
    };
    for (const double bad : {0.0, 0.5, std::nan(""), -std::numeric_limits<double>::infinity()})
        CHECK_THROWS_WITH(data(predicts_field(say(bad)), some, {1, 1, 1}),
                          ContainsSubstring("in sample 1"));
    CHECK_NOTHROW(data(predicts_field(say(-2)), some, {1, 1, 1}));
    CHECK_THROWS_WITH(data(predicts_field(say(-2), {.exact_below = 2}), some, {1, 1, 1}),
                      ContainsSubstring("|v_x| / sqrt(N) is 5"));
    CHECK_THROWS_WITH(predicts_field(field, {.gamma = 0}), ContainsSubstring("gamma is 0"));
    CHECK_THROWS_WITH(predicts_field(field, {.exact_below = -1}), ContainsSubstring("exact_below"));
    Eigen::ArrayXXd x = some;
    CHECK_THROWS_WITH(denoise(x, predicts_field(field), grid{{1, 0, 1}, {0, 1, 0}}, ddim{}),
                      ContainsSubstring("alpha = 0"));
}
