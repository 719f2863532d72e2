// The bound of -ln p(word) that masked diffusion is trained by.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

namespace words {

// How the losses for k masks add up to the bound: element k - 1. The bound is the integral over
// alpha from 0 to 1 of E[loss] / (1 - alpha), and the number of masks is binomial, each with
// probability 1 - alpha; done over alpha, the integral leaves 1 / k. With so many steps of the
// linear grid it is a sum over the steps in place of the integral: the bound for what `ancestral`
// draws in these steps.
Eigen::ArrayXd loss_weights(std::optional<int> steps = {});

struct bound {
    double nats = 0, error = 0;  // a letter; the standard error
};

// Of losses as masked_losses gives them: the sum over all words, over the number of their letters.
// That the word ends is part of what is predicted. The error is that of the choice of words and
// masks.
bound bound_of(const Eigen::ArrayXXd& losses, const std::vector<std::string>& words,
               std::optional<int> steps = {});

}  // namespace words
