// Which of several processes this one is.
#pragma once

#include <cstdint>
#include <optional>

namespace fashion {

struct place {
    std::uint64_t rank = 0, ranks = 1;
};

// As two options say, or as the variables do that whoever started the process has set: mpirun of
// OpenMPI, MPICH and Intel, srun, and SLURM's arrays. In an array whose jobs have several
// processes, each process of each job is one. Without all of these it is alone. Throws
// std::invalid_argument on half of a pair, on what is no number, and where options and variables
// differ.
//
// So the program links no MPI. Processes that do not talk need none, and one that dies, or comes
// late, is nothing to the others.
place find_place(std::optional<std::uint64_t> rank, std::optional<std::uint64_t> ranks);

}  // namespace fashion
