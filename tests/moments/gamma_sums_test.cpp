#include <fokker/moments/gamma_sums.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <vector>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Eigen::ArrayXXd;

namespace {

/// Sums over two knots, at which the network says eps_hat[0] and eps_hat[1] where the noise is z.
detail::gamma_sums sums_of(const std::vector<ArrayXXd>& eps_hat, const ArrayXXd& z,
                           const moment_options& options) {
    detail::gamma_sums sums(eps_hat.size(), options);
    for (std::size_t i = 0; i < eps_hat.size(); ++i)
        sums.add(i, {0, 1}, z.data(), eps_hat[i].data(), z.data(), detail::shape_of(z));
    return sums;
}

const ArrayXXd z = ArrayXXd::Random(1, 40) * 1.7;
const std::vector<ArrayXXd> of_network{0.9 * z + 0.1 * ArrayXXd::Random(1, 40),
                                       0.8 * z + 0.6 * ArrayXXd::Random(1, 40)};

}  // namespace

TEST_CASE("elements of a sample that say the same count once in the error") {
    const auto alone = sums_of(of_network, z, {});
    std::vector<ArrayXXd> nine;
    for (const ArrayXXd& e : of_network) nine.push_back(e.replicate(9, 1));
    const auto together = sums_of(nine, z.replicate(9, 1), {});
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(together.gamma()[i] == Approx(alone.gamma()[i]).epsilon(1e-12));
        CHECK(together.standard_errors()[i] == Approx(alone.standard_errors()[i]).epsilon(1e-9));
    }
}

TEST_CASE("the relative error is that of the worst knot, over what Gamma leaves") {
    // Eight elements each, which a map tells apart.
    const ArrayXXd noise = z.reshaped(8, 5);
    const std::vector<ArrayXXd> worst_first{of_network[1].reshaped(8, 5),
                                            of_network[0].reshaped(8, 5)};
    const std::vector<ArrayXXd> worst_last{worst_first[1], worst_first[0]};
    for (const bool each : {false, true})
        for (const auto& eps_hat : {worst_first, worst_last}) {
            const auto sums = sums_of(eps_hat, noise, {.each_element = each});
            const auto gamma = sums.gamma(), errors = sums.standard_errors();
            const std::size_t n = each ? 8 : 1;
            REQUIRE(gamma.size() == 2 * n);
            const auto of_knot = [&](std::size_t knot) {
                double error = 0, left = 0;
                for (std::size_t i = knot * n; i < (knot + 1) * n; ++i) {
                    error += std::pow(errors[i], 2);
                    left += std::pow(1 - gamma[i], 2);
                }
                return std::sqrt(error / left);
            };
            CHECK(std::abs(of_knot(0) / of_knot(1) - 1) > 0.1);
            CHECK(sums.relative_error() == Approx(std::max(of_knot(0), of_knot(1))).epsilon(1e-12));
        }
}

TEST_CASE("Gamma by the residual of a network that is worse than none is 0") {
    const auto sums = sums_of({-2 * z, of_network[0]}, z, {.of = moment_of::residual});
    CHECK(sums.gamma()[0] == 0.0);
    CHECK(sums.gamma()[1] > 0.5);
}
