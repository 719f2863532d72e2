#include "plan.hpp"

#include <cstddef>
#include <filesystem>

#include "../fashion/labels.hpp"
#include "fitted_file.hpp"
#include "moments_file.hpp"
#include "paths.hpp"

namespace fashion {

std::vector<int> classes_of(const options& o) {
    const auto count = static_cast<std::size_t>(o.count);
    if (o.label) return std::vector<int>(count, *o.label);
    std::vector<int> classes(labels.size() * count);
    for (std::size_t i = 0; i < classes.size(); ++i)
        classes[i] = static_cast<int>(o.all ? i % labels.size() : i / count);
    return classes;
}

solver_settings settings_of(const options& o) {
    return {.options = o.solver,
            .steps = o.steps,
            .guidance = o.guidance,
            .gamma = read_moments(std::filesystem::path(FASHION_FOLDER) / "moments.txt")};
}

fokker::grid grid_for(const sampler& which, const options& o) {
    switch (which.walk) {
        case walks::counted_calls:
            return lay_even_grid(o.schedule, fokker::dpm_solver_fast::fast_steps(o.steps));
        case walks::its_own_length:
            return lay_even_grid(o.schedule, 1);
        case walks::its_own_grid:
            return read_fitted(o.steps, o.guidance).grid_on(trained_schedule());
        case walks::any_grid:
            break;
    }
    return lay_grid(o.grid, o.schedule, o.steps);
}

}  // namespace fashion
