#include <fokker/measurement/ddnm.hpp>

#include <Eigen/Core>
#include <cmath>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/gaussian_measurement.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;
using Eigen::MatrixXd;

namespace {

const gaussian_measurement measured = two_of_four(0.0);
const MatrixXd y = measured.repeated(3) + 0.2 * MatrixXd::Random(2, 3);

double largest(const auto& x) { return x.cwiseAbs().maxCoeff(); }

/// A, and A^+ = A^T (A A^T)^-1, on arrays.
void measure(const ArrayXXd& x, ArrayXXd& out) { out = (measured.A * x.matrix()).array(); }
void pseudo_inverse(const ArrayXXd& w, ArrayXXd& out) {
    const MatrixXd& A = measured.A;
    out = (A.transpose() * inverse_of(A * A.transpose()) * w.matrix()).array();
}

any_network<double> exact() {
    return [](const auto& x, const knot& k, auto& out) {
        exact_network<data_prediction>{}(x, k, out);
    };
}

}  // namespace

TEST_CASE("with DDNM every solver that ends on its data ends with A x = y, to rounding") {
    const ArrayXXd of = y.array();
    const auto model = predicts_data(exact()).with_correction(ddnm(measure, pseudo_inverse, of));
    for_some_solvers([&](const auto& entry) {
        if (!entry.ends_on_data) return;
        INFO(entry.name);
        ArrayXXd x(4, 3);
        auto own = model;
        const report done =
            sample(x, own, trailing(linear_schedule(), 9), entry.solver, philox{.seed = 2});
        CHECK(largest(measured.A * x.matrix() - y) < 1e-13);
        CHECK(done.network_calls == done.evaluations);
        // What A does not see is still drawn.
        CHECK(largest(x.col(0) - x.col(1)) > 1e-2);
    });
}

TEST_CASE("where A takes some elements, DDNM is a known region") {
    const ArrayXXd x0 = ArrayXXd::Random(4, 3);
    ArrayXXd mask = ArrayXXd::Zero(4, 1);
    mask.topRows(2) = 1;
    const ArrayXXd of = x0.topRows(2);
    const auto keep = [](const ArrayXXd& x, ArrayXXd& out) { out = x.topRows(2); };
    const auto back = [](const ArrayXXd& w, ArrayXXd& out) {
        out.topRows(2) = w;
        out.bottomRows(2) = 0;
    };
    ArrayXXd a(4, 3), b(4, 3);
    const grid walk = trailing(linear_schedule(), 9);
    sample(a, predicts_data(exact()).with_known_region(x0, mask), walk, ddpm{}, philox{.seed = 2});
    sample(b, predicts_data(exact()).with_correction(ddnm(keep, back, of)), walk, ddpm{},
           philox{.seed = 2});
    CHECK(largest(a - b) < 1e-13);
}

TEST_CASE("with the predicted noise it is the paper's algorithm") {
    const grid walk = trailing(linear_schedule(), 9);
    const ArrayXXd of = y.array();
    ArrayXXd x = ArrayXXd::Random(4, 3), wanted = x;
    denoise(x,
            predicts_data(exact()).with_correction(ddnm(measure, pseudo_inverse, of),
                                                   corrected_noise::as_predicted),
            walk, ddim{});
    for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
        const knot &s = walk[i], &t = walk[i + 1];
        ArrayXXd D(4, 3), image(2, 3), shift(4, 3);
        exact()(wanted, s, D);
        const ArrayXXd E = (wanted - s.alpha * D) / s.sigma;
        measure(D, image);
        image -= of;
        pseudo_inverse(image, shift);
        wanted = t.alpha * (D - shift) + t.sigma * E;
    }
    CHECK(largest(x - wanted) < 1e-12);
}
