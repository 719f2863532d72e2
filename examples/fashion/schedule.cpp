#include "schedule.hpp"

#include <algorithm>
#include <cmath>

namespace fashion {

schedule::schedule() : log_alpha_bar_(labels) {
    double sum = 0;
    for (Eigen::Index i = 0; i < labels; ++i) {
        const double beta = 1e-4 + (0.02 - 1e-4) * static_cast<double>(i) / (labels - 1);
        sum += std::log1p(-beta);
        log_alpha_bar_[i] = sum;
    }
}

double schedule::log_alpha_bar(double t) const {
    t = t > 0 ? std::min(t, static_cast<double>(labels - 1)) : 0.0;
    const auto low = std::min(static_cast<Eigen::Index>(t), labels - 2);
    const double below = log_alpha_bar_[low];
    return below + (t - static_cast<double>(low)) * (log_alpha_bar_[low + 1] - below);
}

}  // namespace fashion
