#include "solvers.hpp"

namespace fokker_random {
namespace {

/// Templates with other arguments than the catalogue has.
template <class Solver>
solver_entry further(std::string_view name) {
    return {name, [](draw& d, const fokker::grid& walk) {
                return drawn(d, fokker::named_solver<Solver>{.name = "further", .order = 1}, walk);
            }};
}

}  // namespace

std::vector<solver_entry> further_solvers() {
    using namespace fokker;
    constexpr auto one_step = multistep_start::one_step;
    return {
        further<lms<1>>("lms<1>"),
        further<lms<3>>("lms<3>"),
        further<lms<4, one_step>>("lms<4, one_step>"),
        further<ipndm<3>>("ipndm<3>"),
        further<deis<1>>("deis<1>"),
        further<deis<3, one_step>>("deis<3, one_step>"),
        further<deis_in_time<2, one_step>>("deis_in_time<2, one_step>"),
        further<dpm_solver_pp_3m<one_step>>("dpm_solver_pp_3m<one_step>"),
        further<unipc<1>>("unipc<1>"),
        further<unipc<4>>("unipc<4>"),
        further<sde_dpm_solver_pp<1>>("sde_dpm_solver_pp<1>"),
        further<sa_solver<3, 0>>("sa_solver<3, 0>"),
        further<sa_solver<3, 3>>("sa_solver<3, 3>"),
        further<sa_solver<1, 1>>("sa_solver<1, 1>"),
        further<er_sde<1>>("er_sde<1>"),
        further<er_sde<2>>("er_sde<2>"),
    };
}

}  // namespace fokker_random
