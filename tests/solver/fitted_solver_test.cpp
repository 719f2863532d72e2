#include <fokker/solver/fitted_solver.hpp>

#include <Eigen/Core>
#include <limits>
#include <vector>

#include <fokker/any_solver.hpp>
#include <fokker/error.hpp>
#include <fokker/model/model.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

namespace {

const auto network = [](const Eigen::ArrayXd& x, double t, Eigen::ArrayXd& out) {
    out = 0.3 * x + t;
};

fitted_solver three_steps(const grid& walk) {
    fitted_solver method;
    method.knots.assign(walk.begin(), walk.end());
    method.steps = {
        {0.9, {0.2, 0, 0, 0}, 1}, {0.7, {0.5, -0.1, 0, 0}, 2}, {0.1, {1.2, -0.4, 0.15, 0}, 3}};
    return method;
}

grid three() { return uniform_lambda(vp_path{}, 3, grid_end::least_noise); }

}  // namespace

TEST_CASE("A fitted solver weighs the state and the last predictions") {
    const grid walk = three();
    const fitted_solver method = three_steps(walk);
    Eigen::ArrayXd x(2), y(2);
    x << 1.5, -0.5;
    y = x;
    run r(x, predicts_data(network), walk, method);
    std::vector<Eigen::ArrayXd> D;
    for (std::size_t i = 0; i < 3; ++i) {
        D.push_back(0.3 * y + walk[i].t);
        y *= method.steps[i].state;
        for (std::size_t j = 0; j <= i; ++j) y += method.steps[i].data[j] * D[i - j];
        r.step();
        CHECK((x - y).abs().maxCoeff() < 1e-14);
    }
    CHECK(r.evaluations() == 3);
    Eigen::ArrayXd z(2);
    z << 1.5, -0.5;
    denoise(z, predicts_data(network), walk, any_solver(method));
    CHECK((x == z).all());
}

TEST_CASE("A fitted solver belongs to its grid, its beginning and its network") {
    const grid walk = three();
    fitted_solver method = three_steps(walk);
    Eigen::ArrayXd x = Eigen::ArrayXd::Ones(2);
    const auto refuses = [&](const grid& on, const char* why) {
        CHECK_THROWS_WITH(run(x, predicts_data(network), on, method), ContainsSubstring(why));
    };
    refuses(uniform_lambda(vp_path{}, 4, grid_end::least_noise), "was fitted on another grid");
    refuses(karras(vp_path{}, 3), "was fitted on another grid");
    refuses(walk.reversed(), "was fitted on another grid");
    run late(x, predicts_data(network), walk, method);
    late.seek(1);
    CHECK_THROWS_WITH(late.step(), ContainsSubstring("began in the middle of its grid"));

    method.prediction = "noise prediction";
    refuses(walk, "fitted to a network of another kind: noise prediction there, data prediction");
    CHECK_THROWS_WITH(run(x, predicts_data(network), walk, any_solver(method)),
                      ContainsSubstring("network of another kind"));
    method.prediction = "data prediction";
    method.elements = 3;
    refuses(walk, "samples of 3 elements, and the state has samples of 2");
    method.elements = 2;
    CHECK_NOTHROW(run(x, predicts_data(network), walk, method));
}

TEST_CASE("A fitted solver without weights that are some is refused") {
    const grid walk = three();
    Eigen::ArrayXd x = Eigen::ArrayXd::Ones(2);
    const auto refuses = [&](const fitted_solver& method, const char* why) {
        CHECK_THROWS_WITH(run(x, predicts_data(network), walk, method), ContainsSubstring(why));
    };
    refuses({}, "holds 0 steps and 0 knots");
    fitted_solver method = three_steps(walk);
    method.steps[0].predictions = 2;
    refuses(method, "step 0 of a fitted solver reads 2 predictions");
    method = three_steps(walk);
    method.steps[2].predictions = 0;
    refuses(method, "step 2 of a fitted solver reads 0 predictions");
    method = three_steps(walk);
    method.steps[1].data[1] = std::numeric_limits<double>::quiet_NaN();
    refuses(method, "weight that is not finite");
}

TEST_CASE("A fitted solver whose knots are no grid is refused") {
    const fitted_solver good = three_steps(three());
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::infinity(), -0.1}) {
        fitted_solver method = good;
        method.knots[1].alpha = bad;
        CHECK_THROWS_WITH(method.check(), ContainsSubstring("knot 1 of the grid is"));
        CHECK_THROWS_WITH(method.grid_on(vp_path{}), ContainsSubstring("knot 1 of the grid is"));
        CHECK_THROWS_WITH(interpolated(method, method, 0.5),
                          ContainsSubstring("knot 1 of the grid is"));
    }
    fitted_solver method = good;
    method.knots[2] = method.knots[1];
    CHECK_THROWS_WITH(method.check(), ContainsSubstring("knot 2 of the grid"));
}

TEST_CASE("Between two fitted solvers each weight goes along a line") {
    const grid walk = three();
    const fitted_solver a = three_steps(walk);
    fitted_solver b = a;
    b.steps[1] = {0.5, {0.9, 0, 0, 0}, 1};
    const fitted_solver half = interpolated(a, b, 0.25);
    CHECK(half.steps[0] == a.steps[0]);
    CHECK(half.steps[1].predictions == 2);
    CHECK(half.steps[1].state == Catch::Approx(0.65));
    CHECK(half.steps[1].data[0] == Catch::Approx(0.6));
    CHECK(half.steps[1].data[1] == Catch::Approx(-0.075));
    CHECK(interpolated(a, b, 0).steps == a.steps);
    CHECK(interpolated(a, b, 1).steps[1].data == b.steps[1].data);
    // What a step does not read counts nothing, whatever is written there.
    fitted_solver c = b;
    c.steps[1].data = {0.9, 7, 8, 9};
    CHECK(interpolated(a, c, 0.25).steps == half.steps);
    CHECK(interpolated(c, a, 0.75).steps[1].data[1] == Catch::Approx(-0.075));
    CHECK_THROWS_WITH(interpolated(a, b, 1.5), ContainsSubstring("must lie in [0, 1]"));
    CHECK_THROWS_WITH(interpolated(a, b, std::numeric_limits<double>::quiet_NaN()),
                      ContainsSubstring("must lie in [0, 1]"));
    CHECK_THROWS_WITH(interpolated(a, three_steps(karras(vp_path{}, 3)), 0.5),
                      ContainsSubstring("fitted on different grids"));
    CHECK_THROWS_WITH(interpolated(a, {}, 0.5), ContainsSubstring("holds 0 steps"));
}

TEST_CASE("A fitted solver lays its grid over the path of the network") {
    const discrete_schedule schedule = linear_schedule(1000);
    const grid walk = trailing(schedule, 3);
    const grid again = three_steps(walk).grid_on(schedule);
    CHECK(std::equal(walk.begin(), walk.end(), again.begin(), again.end()));
    CHECK(again.has_path());
    CHECK(again.prior() == walk.prior());
    CHECK_THROWS_WITH(three_steps(walk).grid_on(cosine_schedule(1000)),
                      ContainsSubstring("this path does not go there"));
}
