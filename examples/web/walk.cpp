#include "walk.hpp"

#include <fokker/fokker.hpp>
#include <type_traits>
#include <vector>

#include "../fashion_samples/network_functions.hpp"
#include "../fashion_samples/plan.hpp"
#include "../fashion_samples/samplers.hpp"

namespace fashion {

walk::walk(const unet& network, const options& o) : network_(std::make_unique<unet>(network)) {
    const sampler method = sampler_named(o.sampler, settings_of(o));
    const fokker::grid grid = grid_for(method, o);
    const std::vector<int> classes = classes_of(o);
    state_ =
        std::make_unique<Eigen::MatrixXf>(unet::pixels, static_cast<Eigen::Index>(classes.size()));
    with_model(method.reads_residual, *network_, classes, o.guidance, [&](const auto& model) {
        // Of any solver, so that it is compiled once; with a model of its own, so that it may stay.
        using model_type = std::decay_t<decltype(model)>;
        using run_type = fokker::run<Eigen::MatrixXf&, model_type, fokker::any_solver,
                                     fokker::philox, fokker::check_finite>;
        const auto run = std::make_shared<run_type>(
            *state_, model_type(model), grid, fokker::any_solver(*method.method),
            fokker::philox{.seed = o.seed}, fokker::check_finite{});
        run->start_from_prior();
        step_ = [run] { run->step(); };
        const int each = needs_both(o.guidance) ? 2 : 1;
        look_ = [run, each] {
            return view{run->index(), run->steps(), each * run->evaluations(),
                        run->index() > 0 ? &run->prediction() : nullptr};
        };
    });
}

void walk::step() { step_(); }

}  // namespace fashion
