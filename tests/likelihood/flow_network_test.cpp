#include <fokker/likelihood/flow_network.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <Eigen/Core>

#include <fokker/likelihood/divergence.hpp>
#include <fokker/model/model.hpp>
#include <fokker/path/knot.hpp>

#include "catch.hpp"
#include "support/shared_array.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

const ArrayXXd data{{-1.5, -0.6, 0.1}, {0.4, -1.0, 1.2}};
const Eigen::Matrix2d matrix{{0.6, 0.3}, {-0.1, 0.4}};
const knot at{0.5, 0.8, 0.6}, noise_alone{1.0, 0.0, 1.0};
const double known = 2 * 0.64;

ArrayXXd linear(const ArrayXXd& x, double) { return (matrix * x.matrix()).array(); }

/// What the network of the flow says at a knot where the last element is 0.3.
template <class X = ArrayXXd, class Model, class Source>
detail::flow_state said(Model model, const X& x, const Source& source, const knot& k = at) {
    detail::flow_network<Model, X, Source> flow(model, x, source);
    const auto shape = detail::shape_of(x);
    const auto rows = static_cast<Eigen::Index>(shape.elements),
               columns = static_cast<Eigen::Index>(shape.samples);
    detail::flow_state z(rows + 1, columns);
    for (Eigen::Index n = 0; n < columns; ++n)
        for (Eigen::Index i = 0; i < rows; ++i)
            z(i, n) = static_cast<double>(detail::data_of(x)[n * rows + i]);
    z.row(rows).setConstant(0.3);
    detail::flow_state out(rows + 1, columns);
    flow(z, k, out);
    return out;
}

}  // namespace

TEST_CASE("the flow's network says D, and what collects the sum of g") {
    const auto check = [](auto model, const Eigen::Matrix2d& noise_jacobian) {
        const auto out = said(model, data, exact_divergence{});
        const ArrayXXd noise = (noise_jacobian * data.matrix()).array();
        CHECK((out.topRows(2) - (data - 0.6 * noise) / 0.8).abs().maxCoeff() < 1e-12);
        const double sum = 2 - 0.6 * noise_jacobian.trace();
        CHECK((out.row(2) - (0.3 / 0.8 + sum - known)).abs().maxCoeff() < 1e-9);
    };
    const Eigen::Matrix2d one = Eigen::Matrix2d::Identity();
    check(predicts_noise(linear), matrix);
    check(predicts_data(linear), (one - 0.8 * matrix) / 0.6);
    check(predicts_velocity(linear), 0.6 * one + 0.8 * matrix);
    check(predicts_flow(linear), (one + 0.8 * matrix) / 1.4);
}

TEST_CASE("the scale of a network's input is part of its Jacobian") {
    // F of EDM, at alpha = 1: the input is x / sqrt(sigma^2 + sigma_data^2).
    const knot k{2.0, 1.0, 2.0};
    const auto out = said(edm_preconditioned(linear), data, exact_divergence{}, k);
    const double root = std::hypot(2.0, 0.5), skip = 0.25 / (root * root), scale = 1.0 / root;
    const double trace = (2 - 2 * skip - 2.0 * 0.5 / root * scale * matrix.trace()) / 2.0;
    CHECK((out.row(2) - (0.3 + 2 - 2.0 * trace - 2 * 1.0 / 5.0)).abs().maxCoeff() < 1e-9);
}

TEST_CASE("several probes are averaged, and each is another one") {
    // v J v of a matrix whose one other element is 1 is v_0 v_1: 1 or -1.
    const auto network = [](const ArrayXXd& x, double) -> ArrayXXd {
        return x.colwise().reverse();
    };
    const ArrayXXd x = ArrayXXd::Zero(2, 500);
    const auto sums = [&](int probes, probe_law law = probe_law::signs) -> Eigen::ArrayXd {
        const auto out =
            said(predicts_noise(network), x, divergence_probes{.probes = probes, .law = law});
        return (2 - (out.row(2) - 0.3 / 0.8 + known)) / 0.6;
    };
    const Eigen::ArrayXd one = sums(1), four = sums(4);
    CHECK((one.abs() - 2).abs().maxCoeff() < 1e-8);
    CHECK(std::abs(one.square().mean() - 4) < 1e-8);
    CHECK(std::abs(four.square().mean() - 1) < 0.3);
    CHECK(std::abs(sums(1, probe_law::normal).square().mean() - 4) < 2.0);
    CHECK((sums(1, probe_law::normal).abs() - 2).abs().maxCoeff() > 0.1);
}

TEST_CASE("a product is taken along the direction that is asked for") {
    const auto product = [](const ArrayXXd&, double, const ArrayXXd& v) -> ArrayXXd {
        return (matrix * v.matrix()).array();
    };
    const auto by_probe = said(predicts_noise(linear), data, divergence_by(product));
    const auto wanted = said(predicts_noise(linear), data, divergence_probes{});
    CHECK((by_probe - wanted).abs().maxCoeff() < 1e-9);
    const auto exact =
        said(predicts_noise(linear), data, divergence_by(product, exact_divergence{}));
    CHECK((exact.row(2) - (0.3 / 0.8 + 2 - 0.6 * matrix.trace() - known)).abs().maxCoeff() < 1e-12);
}

TEST_CASE("the difference is short enough for what bends, and long enough for floats") {
    const auto network = [](const auto& x, double) { return (3 * x).sin().eval(); };
    const auto error = [&](const auto& x) {
        const auto out = said(predicts_noise(network), x, divergence_probes{});
        double worst = 0.0;
        for (Eigen::Index n = 0; n < x.cols(); ++n) {
            const double trace = 3 * (3 * x.col(n).template cast<double>()).cos().sum();
            worst = std::max(worst, std::abs(out(2, n) - (0.3 / 0.8 + 2 - 0.6 * trace - known)));
        }
        return worst;
    };
    CHECK(error(data) < 1e-6);
    CHECK(error(Eigen::ArrayXXf(data.cast<float>())) < 1e-3);
}

TEST_CASE("without signal g is 0, and no divergence is asked for") {
    int calls = 0;
    const auto network = [&](const ArrayXXd& x, double) -> ArrayXXd {
        ++calls;
        return x;
    };
    const auto out = said(predicts_data(network), data, divergence_probes{}, noise_alone);
    CHECK((out.row(2) == 0.0).all());
    CHECK(calls == 1);
}

TEST_CASE("outputs that are one array are refused") {
    using fokker_test::shared_array;
    const shared_array one(3, 0.5);
    const auto network = [&](const shared_array&, double) { return one; };
    CHECK_THROWS_WITH(said(predicts_noise(network), shared_array(3, 0.1), divergence_probes{}),
                      ContainsSubstring("shares its elements"));
}
