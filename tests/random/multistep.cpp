#include "solvers.hpp"

namespace fokker_random {
std::vector<solver_entry> multistep_solvers() {
    return solvers_of<fokker::solver_family::multistep>();
}
}  // namespace fokker_random
