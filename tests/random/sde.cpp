#include "solvers.hpp"

namespace fokker_random {
std::vector<solver_entry> sde_solvers() { return solvers_of<fokker::solver_family::sde>(); }
}  // namespace fokker_random
