#include "make_sampler.hpp"

namespace fashion {

std::vector<sampler> singlestep_samplers(const solver_settings& settings) {
    std::vector<sampler> made;
    fokker::for_each_named_solver<fokker::solver_family::singlestep>(collect(made, settings));
    return made;
}

}  // namespace fashion
