#include "place.hpp"

#include <cstdlib>
#include <fokker/number_text.hpp>
#include <fokker/shard.hpp>
#include <stdexcept>
#include <string>

namespace fashion {

namespace {

[[noreturn]] void refuse(const std::string& sentence) { throw std::invalid_argument(sentence); }

std::optional<std::uint64_t> variable(const char* name) {
    const char* const text = std::getenv(name);
    if (text == nullptr) return std::nullopt;
    std::uint64_t value = 0;
    if (!fokker::detail::read_number(text, value))
        refuse("the variable " + std::string(name) + " is '" + text + "', and should be a number");
    return value;
}

// What one pair of variables says; nothing if none of the two is there.
std::optional<place> pair_of(const char* rank, const char* ranks) {
    const auto its_rank = variable(rank), its_ranks = variable(ranks);
    if (!its_rank && !its_ranks) return std::nullopt;
    if (!its_rank || !its_ranks)
        refuse("the variable " + std::string(its_rank ? rank : ranks) + " is set, and " +
               (its_rank ? ranks : rank) + " is not; set both or none");
    fokker::shard(*its_rank, *its_ranks, 0);  // throws unless there is such a rank
    return place{*its_rank, *its_ranks};
}

// Of a job in an array, whose numbers may begin anywhere and have gaps of one size.
std::optional<place> place_in_array() {
    const auto id = variable("SLURM_ARRAY_TASK_ID"), count = variable("SLURM_ARRAY_TASK_COUNT");
    if (!id && !count) return std::nullopt;
    if (!id || !count)
        refuse(
            "of SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT one is set and the other is not; "
            "set both or none");
    const std::uint64_t first = variable("SLURM_ARRAY_TASK_MIN").value_or(0);
    const std::uint64_t step = variable("SLURM_ARRAY_TASK_STEP").value_or(1);
    if (*id < first || step == 0 || (*id - first) % step != 0)
        refuse("SLURM_ARRAY_TASK_ID is " + std::to_string(*id) +
               ", which is none of the array's: they begin at " + std::to_string(first) +
               ", in steps of " + std::to_string(step));
    const std::uint64_t rank = (*id - first) / step;
    if (rank >= *count)
        refuse("SLURM_ARRAY_TASK_ID is " + std::to_string(*id) + ", and the array's " +
               std::to_string(*count) + " numbers from " + std::to_string(first) +
               " on are not in steps of " + std::to_string(step) +
               "; give an array of equal steps, such as 0-" + std::to_string(*count - 1));
    return place{rank, *count};
}

// Of a process among those that one command has started. mpirun in a job of SLURM's sets its own
// variables beside those of the job, so they come first.
std::optional<place> place_among_processes() {
    if (const auto found = pair_of("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE")) return found;
    if (const auto found = pair_of("PMI_RANK", "PMI_SIZE")) return found;
    // A script of SLURM's has a number of tasks although it is one process.
    if (variable("SLURM_STEP_NUM_TASKS")) return pair_of("SLURM_PROCID", "SLURM_STEP_NUM_TASKS");
    return std::nullopt;
}

}  // namespace

place find_place(std::optional<std::uint64_t> rank, std::optional<std::uint64_t> ranks) {
    const auto job = place_in_array(), process = place_among_processes();
    const place a = job.value_or(place{}), b = process.value_or(place{});
    place result{a.rank * b.ranks + b.rank, a.ranks * b.ranks};
    if (rank.has_value() != ranks.has_value()) refuse("--rank and --ranks: give both or none");
    if (rank) {
        const bool differ = *rank != result.rank || *ranks != result.ranks;
        if ((job || process) && differ)
            refuse("--rank " + std::to_string(*rank) + " --ranks " + std::to_string(*ranks) +
                   ": the variables of the job say rank " + std::to_string(result.rank) + " of " +
                   std::to_string(result.ranks) + "; leave the options out");
        result = {*rank, *ranks};
    }
    fokker::shard(result.rank, result.ranks, 0);
    return result;
}

}  // namespace fashion
