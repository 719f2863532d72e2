#include <fokker/model/prediction.hpp>

#include <fokker/error.hpp>
#include <fokker/path/continuous.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Catch::Approx;

namespace {

/// Every reading must give back x_0 and eps from what the network would say.
template <class P>
void check_reading(const P& prediction, const knot& k, double output) {
    const double x0 = 0.7, eps = -1.1, x = k.alpha * x0 + k.sigma * eps;
    const detail::reading r = prediction.at(k);
    CHECK(r.data.state * x + r.data.output * output == Approx(x0).epsilon(1e-13));
    CHECK(r.noise.state * x + r.noise.output * output == Approx(eps).epsilon(1e-13));
}

}  // namespace

TEST_CASE("the readings of the parametrisations, on paths that preserve variance and that do not") {
    const double x0 = 0.7, eps = -1.1;
    for (const knot& k : {vp_path{}.at(0.4), flow_path{}.at(0.7), edm_path{}.at(3.0)}) {
        check_reading(noise_prediction{}, k, eps);
        check_reading(data_prediction{}, k, x0);
        check_reading(velocity_prediction{}, k, k.alpha * eps - k.sigma * x0);
        check_reading(score_prediction{}, k, -eps / k.sigma);
        check_reading(flow_prediction{}, k, eps - x0);
        check_reading(flow_prediction{flow_direction::to_data}, k, x0 - eps);
    }
}

TEST_CASE("EDM preconditioning is table 1 of Karras et al. 2022") {
    const double sd = 0.5, sigma = 3.0, x0 = 0.7, eps = -1.1, x = x0 + sigma * eps;
    const detail::reading r = edm_prediction{sd}.at(edm_path{}.at(sigma));
    const double variance = sigma * sigma + sd * sd;
    const double skip = sd * sd / variance, out = sigma * sd / std::sqrt(variance);
    CHECK(r.data.state == Approx(skip));
    CHECK(r.data.output == Approx(out));
    CHECK(r.input_scale == Approx(1 / std::sqrt(variance)));
    CHECK(r.label == Approx(std::log(sigma) / 4));
    check_reading(edm_prediction{sd}, edm_path{}.at(sigma), (x0 - skip * x) / out);
    const knot k{0.0, 0.5, 1.5};  // the same ratio, scaled: x is scaled with it
    check_reading(edm_prediction{sd}, k, (x0 - skip * x) / out);
}

TEST_CASE("what cannot be read at alpha = 0 is refused, what can is not") {
    const knot pure{1.0, 0.0, 1.0};
    using Catch::Matchers::ContainsSubstring;
    CHECK_THROWS_WITH(detail::require_readable(noise_prediction{}, pure),
                      ContainsSubstring("noise prediction") && ContainsSubstring("alpha = 0") &&
                          ContainsSubstring("predicts data, velocity or flow"));
    CHECK_THROWS_AS(detail::require_readable(score_prediction{}, pure), error);
    CHECK_THROWS_AS(detail::require_readable(edm_prediction{}, pure), error);
    CHECK_NOTHROW(detail::require_readable(data_prediction{}, pure));
    CHECK_NOTHROW(detail::require_readable(velocity_prediction{}, pure));
    CHECK_NOTHROW(detail::require_readable(flow_prediction{}, pure));
}
