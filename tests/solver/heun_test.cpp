#include <fokker/solver/heun.hpp>

#include <Eigen/Core>

#include <fokker/path/grid.hpp>
#include <fokker/sample.hpp>

#include "catch.hpp"

TEST_CASE("one step is Algorithm 1 of Karras et al. 2022") {
    const auto D = [](double x, double sigma) { return 0.3 * x + 0.1 * sigma; };
    int calls = 0;
    const auto network = [&](const Eigen::ArrayXd& x, const fokker::knot& k, Eigen::ArrayXd& out) {
        ++calls;
        out = D(x[0], k.sigma);
    };
    Eigen::ArrayXd x = Eigen::ArrayXd::Constant(1, 5.0);
    fokker::denoise(x, fokker::predicts_data(network), fokker::grid{{3, 1, 3}, {2, 1, 2}},
                    fokker::heun{});
    const double d = (5.0 - D(5.0, 3)) / 3, next = 5.0 - d, d_next = (next - D(next, 2)) / 2;
    CHECK(x[0] == Catch::Approx(5.0 - 0.5 * (d + d_next)));
    CHECK(calls == 2);
    fokker::denoise(x, fokker::predicts_data(network), fokker::grid{{2, 1, 2}, {0, 1, 0}},
                    fokker::heun{});
    CHECK(calls == 3);  // to sigma = 0 an Euler step
}
