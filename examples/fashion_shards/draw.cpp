#include "draw.hpp"

#include <Eigen/Core>
#include <fokker/model/guidance.hpp>
#include <fokker/model/network.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/observer.hpp>
#include <fokker/run.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "../fashion/threaded_network.hpp"

namespace fashion {

namespace {

using network_function =
    std::function<void(const constant_matrix&, const fokker::knot&, MatrixXf&)>;

network_function conditional(threaded_network& network, std::vector<int> classes) {
    return [&network, classes = std::move(classes)](const constant_matrix& x, const fokker::knot& k,
                                                    MatrixXf& noise) {
        network.evaluate(x, k.t, classes, noise);
    };
}

network_function guided(threaded_network& network, const std::vector<int>& classes,
                        double guidance) {
    const std::vector<int> nothing(classes.size(), no_label);
    if (guidance == 1) return conditional(network, classes);
    if (guidance == 0) return conditional(network, nothing);
    return fokker::guided(conditional(network, classes), conditional(network, nothing), guidance);
}

}  // namespace

drawn_pictures draw(const drawing& how, std::uint64_t shard, const shard_store& kept,
                    const std::function<void(std::uint64_t)>& advance) {
    const fokker::shard which = kept.pictures_of(shard);
    const auto count = static_cast<Index>(which.count);
    drawn_pictures drawn{{}, MatrixXf(unet::pixels, count), {}};
    for (std::uint64_t i = 0; i < which.count; ++i)
        drawn.classes.push_back(static_cast<int>((which.first + i) % 10));

    threaded_network network(how.network, how.threads);
    const network_function f = guided(network, drawn.classes, how.guidance);
    fokker::run walk(drawn.pictures, fokker::predicts_noise(f).clipped(-1, 1), how.grid, how.solver,
                     fokker::philox{.seed = how.seed, .first_sample = which.first},
                     fokker::check_finite{});
    if (const auto begun = kept.read_checkpoint(shard)) {
        walk.resume(*begun);
        advance(which.count * static_cast<std::uint64_t>(walk.index()));
    } else {
        walk.start_from_prior();
    }
    while (!walk.done()) {
        walk.step();
        advance(which.count);
        if (how.checkpoint_every > 0 && walk.index() % how.checkpoint_every == 0 && !walk.done())
            kept.write(shard, walk.checkpoint());
    }

    drawn.pictures = drawn.pictures.cwiseMax(-1.0F).cwiseMin(1.0F).eval();
    classifier measure = how.measure;
    drawn.features.resize(measure.features(), count);
    measure.measure(drawn.pictures, drawn.features);
    return drawn;
}

}  // namespace fashion
