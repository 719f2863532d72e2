#include <fokker/solver/euler.hpp>

#include <Eigen/Core>

#include <fokker/path/continuous.hpp>
#include <fokker/sample.hpp>

#include "catch.hpp"

TEST_CASE("one step is x + (sigma_t - sigma_s) (x - D) / sigma_s") {
    Eigen::ArrayXd x = Eigen::ArrayXd::Constant(1, 5.0);
    fokker::denoise(x,
                    fokker::predicts_data(
                        [](const Eigen::ArrayXd&, double, Eigen::ArrayXd& out) { out = 0.5; }),
                    fokker::grid{{3, 1, 3}, {2, 1, 2}}, fokker::euler{});
    CHECK(x[0] == Catch::Approx(5.0 + (2.0 - 3.0) * (5.0 - 0.5) / 3.0));
}
