#include <fokker/discrete/sampler/entropy_bound.hpp>

#include <cmath>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete/process.hpp>
#include <fokker/discrete/run.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"
#include "support/exact_law.hpp"

using namespace fokker;
using namespace fokker_test;
using namespace fokker::discrete;
using Catch::Matchers::ContainsSubstring;

namespace {

const absorbing masks{.mask = 3};
const discrete_data pair_data = dependent_pair();

}  // namespace

TEST_CASE("with a bound of 0 the law is that of the network, and with none all open at once") {
    const auto far = [](double bound, int n) {
        return total_variation(
            law_of(entropy_bound{.bound = bound}, masks, even_alphas(n), pair_data), pair_data.p0);
    };
    CHECK(far(0.0, 2) < 1e-14);
    CHECK(far(0.0, 3) < 1e-14);
    CHECK(std::abs(far(10.0, 2) - 0.308) < 1e-14);  // the product of the marginals
    // The less of the entropies of the marginals is 1.0819.
    CHECK(far(1.08, 2) < 1e-14);
    CHECK(std::abs(far(1.083, 2) - 0.308) < 1e-14);
}

TEST_CASE("positions that are sure open together") {
    // Of the second half each is one of three.
    const auto network = [](const Eigen::ArrayXXi& x, double, Eigen::ArrayXXf& out) {
        out.setZero();
        for (Eigen::Index i = 0; i < x.size(); ++i)
            if (i % 8 < 4) out(1, i) = 50.0f;
    };
    Eigen::ArrayXXi x(8, 2);
    std::vector<int> left;
    sample(x, predicts_classes(network, 3), masks, linspace(flow_path{}, 7), entropy_bound{},
           philox{},
           [&](const auto& run) { left.push_back(static_cast<int>((run.state() == 3).count())); });
    CHECK(left == std::vector<int>{6, 4, 2, 0, 0, 0, 0});
    CHECK((x.topRows(4) == 1).all());
    CHECK_THROWS_WITH(sample(x, predicts_classes(network, 3), masks, linspace(flow_path{}, 7),
                             entropy_bound{.bound = -1}, philox{}),
                      ContainsSubstring("the bound is -1"));
}
