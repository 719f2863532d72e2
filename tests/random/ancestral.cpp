#include "solvers.hpp"

namespace fokker_random {
std::vector<solver_entry> ancestral_solvers() {
    return solvers_of<fokker::solver_family::ancestral>();
}
}  // namespace fokker_random
