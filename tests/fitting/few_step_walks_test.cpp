#include <fokker/fitting/few_step_walks.hpp>

#include <Eigen/Core>
#include <cstddef>

#include <fokker/fitting/weight_table.hpp>
#include <fokker/model/model.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>

#include "catch.hpp"

using namespace fokker;
using detail::crossing_knots;
using detail::weight_table;
using Eigen::ArrayXXd;

namespace {

/// Linear in x, so that the end of a walk is linear in each weight alone.
const auto linear = predicts_data([](const ArrayXXd& x, const knot& k, ArrayXXd& D) {
    D = (0.3 + 0.2 * k.sigma) * x + 0.1 * k.alpha;
});
using few_step_walks = detail::few_step_walks<ArrayXXd, decltype((linear))>;

weight_table table_of_four() {
    const grid walk = uniform_lambda(vp_path{}, 4, grid_end::least_noise);
    const grid fine = uniform_lambda(vp_path{}, 40, grid_end::least_noise);
    return weight_table(walk, 2, 3, true, fine);
}

}  // namespace

TEST_CASE("A walk of a table is that of the solver that it gives") {
    ArrayXXd x = ArrayXXd::Random(3, 2), y = x;
    few_step_walks walks(x, linear);
    const weight_table table = table_of_four();
    const auto states = walks.walked(table, walks.state());
    denoise(y, linear, table.walk(), table.solver());
    REQUIRE(states.x.size() == 5);
    REQUIRE(states.D.size() == 4);
    CHECK((states.x.back() - y.reshaped()).abs().maxCoeff() < 1e-14);
    CHECK(walks.calls() == 4);
}

TEST_CASE("The derivatives of the end are those by each parameter, in the table's order") {
    ArrayXXd x = ArrayXXd::Random(3, 2);
    few_step_walks walks(x, linear);
    const weight_table table = table_of_four();
    const auto start = walks.state();
    const auto states = walks.walked(table, start);
    walks.count_anew();
    const auto derivatives = walks.derivatives(table, states);
    // Of the weights of each step but the last, which need none, and of the knots.
    CHECK(walks.calls() == (2 * 3 + 3 * 2 + 4 * 1) + (3 + 2 + 1));
    REQUIRE(Eigen::Index(derivatives.size()) == table.parameters());
    const std::size_t weights = derivatives.size() - 3;
    for (std::size_t p = 0; p < derivatives.size(); ++p) {
        CAPTURE(p);
        constexpr double h = 1e-4;
        Eigen::VectorXd by = Eigen::VectorXd::Zero(table.parameters());
        by[Eigen::Index(p)] = h;
        const auto moved = table.moved(by, crossing_knots::limited);
        REQUIRE(moved.has_value());
        const few_step_walks::column exact =
            (walks.walked(*moved, start).x.back() - states.x.back()) / h;
        const double error = (derivatives[p] - exact).abs().maxCoeff();
        // By a knot the end is no line, and the difference is as wide as a part of the step.
        CHECK(error < (p < weights ? 1e-9 : 0.1) * exact.abs().maxCoeff());
    }
}
