#include "solvers.hpp"

namespace fokker_random {
std::vector<solver_entry> few_step_solvers() {
    return solvers_of<fokker::solver_family::few_step>();
}
}  // namespace fokker_random
