#include "solvers.hpp"

namespace fokker_random {
std::vector<solver_entry> singlestep_solvers() {
    return solvers_of<fokker::solver_family::singlestep>();
}
}  // namespace fokker_random
