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

/// DDIM, which writes down what the network has said and asks it again before the step is over: if
/// that call fails, the memory must be what it was.
struct remembering {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int memories = 1;
    static constexpr int stages = 1;

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        auto said = run.memory(0);
        const auto D = run.data(x, s);
        // Of data that are one point all of them are that point.
        if (run.first())
            said = 1.0 * D;
        else
            said = 0.5 * said + 0.5 * D;
        const fokker::posterior q = fokker::posterior_between(t, s, 0.0);
        if (t.sigma == 0) {
            x = q.state * x + q.data * said;
            return;
        }
        run.stage(0) = q.state * x + q.data * D;
        const auto next = run.data(run.stage(0), t);
        x = q.state * x + 0.5 * q.data * said + 0.5 * q.data * next;
    }
};

}  // namespace

std::vector<solver_entry> further_solvers() {
    using namespace fokker;
    constexpr auto one_step = multistep_start::one_step;
    return {
        further<lms<1>>("lms<1>"),
        further<lms<3>>("lms<3>"),
        further<lms<4, one_step>>("lms<4, one_step>"),
        further<ipndm<3>>("ipndm<3>"),
        further<published_pndm<pndm_mixes::velocity>>("published_pndm<velocity>"),
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
        {"a solver that remembers between two calls",
         [](draw& d, const grid& walk) {
             auto made = drawn(d, named_solver<remembering>{.name = "further"}, walk);
             made->history = 1;  // what was rounded before
             return made;
         }},
    };
}

}  // namespace fokker_random
