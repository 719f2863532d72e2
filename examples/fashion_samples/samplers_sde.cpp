#include "make_sampler.hpp"

namespace fashion {

std::vector<sampler> sde_and_few_step_samplers(const solver_settings& settings) {
    std::vector<sampler> made;
    fokker::for_each_named_solver<fokker::solver_family::sde>(collect(made, settings));
    fokker::for_each_named_solver<fokker::solver_family::few_step>(collect(made, settings));
    return made;
}

}  // namespace fashion
