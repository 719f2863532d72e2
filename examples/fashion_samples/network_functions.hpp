// The network as callables of one type, whatever the class and the guidance.
#pragma once

#include <Eigen/Core>
#include <fokker/fokker.hpp>
#include <functional>
#include <utility>
#include <vector>

#include "../fashion/network.hpp"

namespace fashion {

// Any callable like this is a network. The function hides which one it is, so that a run is
// compiled once and not once for each kind of guidance.
using network_function =
    std::function<void(const constant_matrix&, const fokker::knot&, Eigen::MatrixXf&)>;

// The same with a second output: what is to be expected of (noise - prediction)^2.
using two_headed_function = std::function<void(const constant_matrix&, const fokker::knot&,
                                               Eigen::MatrixXf&, Eigen::MatrixXf&)>;

inline network_function conditional(unet& network, std::vector<int> classes) {
    return [&network, classes = std::move(classes)](const constant_matrix& x, const fokker::knot& k,
                                                    Eigen::MatrixXf& noise) {
        network.evaluate(x, k.t, classes, noise);
    };
}

inline two_headed_function two_headed(unet& network, std::vector<int> classes) {
    return
        [&network, classes = std::move(classes)](const constant_matrix& x, const fokker::knot& k,
                                                 Eigen::MatrixXf& noise, Eigen::MatrixXf& squared) {
            network.evaluate(x, k.t, classes, noise, moment::residual_squared, squared);
        };
}

// Whether a prediction takes a call with the class and one without.
inline bool needs_both(double guidance) { return guidance != 0.0 && guidance != 1.0; }

// `make` one of the two above.
auto with_guidance(auto make, unet& network, const std::vector<int>& classes, double guidance)
    -> decltype(make(network, classes)) {
    const std::vector<int> nothing(classes.size(), no_label);
    if (!needs_both(guidance)) return make(network, guidance == 0.0 ? nothing : classes);
    return fokker::guided(make(network, classes), conditional(network, nothing), guidance);
}

// Calls act with the model that the sampler wants: with both outputs if it `reads_residual`.
// Pictures lie in [-1, 1], so the prediction is clipped to that.
auto with_model(bool reads_residual, unet& network, const std::vector<int>& classes,
                double guidance, const auto& act) {
    if (reads_residual)
        return act(fokker::predicts_noise(with_guidance(two_headed, network, classes, guidance),
                                          fokker::second_output::residual_squared)
                       .clipped(-1, 1));
    return act(fokker::predicts_noise(with_guidance(conditional, network, classes, guidance))
                   .clipped(-1, 1));
}

}  // namespace fashion
