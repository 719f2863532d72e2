#include <fokker/solver/multistep_start.hpp>

#include <cstddef>
#include <vector>

#include <fokker/path/continuous.hpp>
#include <fokker/solver/adams.hpp>
#include <fokker/solver/dpm_solver.hpp>
#include <fokker/solver/exponential_multistep.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/one_number.hpp"

using namespace fokker;
using namespace fokker_test;

namespace {

/// The network calls of each step of a walk.
template <class Solver>
std::vector<int> calls_of(const Solver& solver, const grid& walk) {
    std::vector<int> calls(walk.size() - 1, 0);
    const number_function counted = [&](double x, const knot& k) {
        // A stage lies between the step's knots, or at its end.
        std::size_t step = 0;
        while (step + 1 < calls.size() && k.lambda() > walk[step + 1].lambda() - 1e-9) ++step;
        ++calls[step];
        return curved(x, k);
    };
    states_of(solver, walk, 1.2, counted);
    return calls;
}

constexpr auto low_order = multistep_start::low_order, one_step = multistep_start::one_step;

}  // namespace

TEST_CASE("a one-step start takes single steps until the history allows the full order") {
    const grid walk = uneven_grid(vp_path{}, 5);
    CHECK(calls_of(deis<3, one_step>{}, walk) == std::vector{2, 1, 1, 1, 1});
    CHECK(calls_of(dpm_solver_pp_3m<one_step>{}, walk) == std::vector{2, 1, 1, 1, 1});
    CHECK(calls_of(lms<3, one_step>{}, walk) == std::vector{2, 1, 1, 1, 1});
    CHECK(calls_of(lms<4, one_step>{}, walk) == std::vector{3, 3, 1, 1, 1});
}

TEST_CASE("a start of low order, and any start of a method of order 2, costs one call a step") {
    const grid walk = uneven_grid(vp_path{}, 5);
    CHECK(calls_of(lms<4, low_order>{}, walk) == std::vector{1, 1, 1, 1, 1});
    CHECK(calls_of(deis<2, one_step>{}, walk) == std::vector{1, 1, 1, 1, 1});
}

TEST_CASE("the first steps of a one-step start are those of DPM-Solver") {
    const grid walk = uneven_grid(vp_path{}, 3);
    CHECK(states_of(deis<3, one_step>{}, walk, 1.2)[1] == states_of(dpm_solver_2{}, walk, 1.2)[1]);
    const auto started = states_of(lms<4, one_step>{}, walk, 1.2);
    const auto single = states_of(dpm_solver_3{}, walk, 1.2);
    CHECK(started[1] == single[1]);
    CHECK(started[2] == single[2]);
    CHECK(started[3] != single[3]);
}
