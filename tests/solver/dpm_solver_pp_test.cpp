#include <fokker/solver/dpm_solver_pp.hpp>

#include <Eigen/Core>

#include <fokker/path/continuous.hpp>
#include <fokker/sample.hpp>

#include "catch.hpp"

TEST_CASE("two steps are Algorithm 2 of Lu et al. 2022") {
    const fokker::vp_path path;
    const auto a = path.at(0.8), b = path.at(0.5), c = path.at(0.3);
    const auto D = [](double x) { return std::tanh(x); };
    Eigen::ArrayXd x = Eigen::ArrayXd::Constant(1, 0.9);
    fokker::denoise(x,
                    fokker::predicts_data([&](const Eigen::ArrayXd& in, double,
                                              Eigen::ArrayXd& out) { out = D(in[0]); }),
                    fokker::grid{a, b, c}, fokker::dpm_solver_pp_2m{});
    const double h1 = b.lambda() - a.lambda(), h2 = c.lambda() - b.lambda(), r = h1 / h2;
    const double x1 = b.sigma / a.sigma * 0.9 - b.alpha * (std::exp(-h1) - 1) * D(0.9);
    const double mixed = (1 + 1 / (2 * r)) * D(x1) - 1 / (2 * r) * D(0.9);
    CHECK(x[0] == Catch::Approx(c.sigma / b.sigma * x1 - c.alpha * (std::exp(-h2) - 1) * mixed));
}
