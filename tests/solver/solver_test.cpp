#include <fokker/solver/solver.hpp>

#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"

namespace {
struct nothing {};
struct plain {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
};
}  // namespace

static_assert(fokker::solver<fokker::ddim> && fokker::solver<fokker::dpm_solver_pp_2m>);
static_assert(fokker::solver<plain> && !fokker::solver<nothing>);
static_assert(fokker::detail::stages_of<fokker::heun>() == 2);
static_assert(fokker::detail::stages_of<plain>() == 0);

TEST_CASE("a solver tells whether it draws noise; without a word it does not") {
    CHECK_FALSE(fokker::detail::is_stochastic(plain{}));
    CHECK_FALSE(fokker::detail::is_stochastic(fokker::ddim{.eta = 0.0}));
    CHECK(fokker::detail::is_stochastic(fokker::ddim{.eta = 0.5}));
    CHECK(fokker::detail::is_stochastic(fokker::ddpm{}));
}
