/// The terms of the variational bound, and what an observer sees of it while it is measured.
#pragma once

#include <cstdint>

#include <Eigen/Core>

#include <fokker/observer.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// The bound -log p(x_0) <= prior + sum of kl + decoder, in bits per dimension (means over the
/// elements of a sample), for each sample, and what the network's errors were. Ho et al. 2020, eq.
/// 5. Column i of the arrays is step i of the grid, noisiest first.
struct variational_terms {
    Eigen::ArrayXd prior;       ///< KL(q(x_T | x_0) || prior)
    Eigen::ArrayXXd kl;         ///< samples x (steps - 1): of q(x_clean | x_noisy, x_0) from p
    Eigen::ArrayXd decoder;     ///< -log p(x_0 | x) of the last step
    Eigen::ArrayXd total;       ///< their sum
    Eigen::ArrayXXd noise_mse;  ///< samples x steps: mean of (eps_hat - eps)^2
    Eigen::ArrayXXd data_mse;   ///< samples x steps: mean of (D - x_0)^2

    int steps = 0;                 ///< steps measured
    std::int64_t evaluations = 0;  ///< network calls
    /// Whether an observer ended it early: what was not reached is 0, and total is no bound.
    bool stopped = false;

    /// Means over the samples.
    double bits_per_dimension() const { return total.mean(); }
    Eigen::ArrayXd kl_means() const { return means_of(kl); }
    Eigen::ArrayXd noise_mse_means() const { return means_of(noise_mse); }

private:
    static Eigen::ArrayXd means_of(const Eigen::ArrayXXd& of_samples) {
        Eigen::ArrayXd means(of_samples.cols());
        for (Eigen::Index k = 0; k < means.size(); ++k) means[k] = of_samples.col(k).mean();
        return means;
    }
};

namespace detail {

namespace types {

/// What an observer of the bound may take, in the place of a run.
class variational_view {
public:
    variational_view(const variational_terms& terms, int steps, const knot& at)
        : terms_(terms), steps_(steps), at_(at) {}

    /// Steps measured, and steps in all.
    int index() const { return terms_.steps; }
    int steps() const { return steps_; }
    /// Where the network was called last.
    const fokker::knot& knot() const { return at_; }
    std::int64_t evaluations() const { return terms_.evaluations; }
    /// The terms so far.
    const variational_terms& terms() const { return terms_; }
    fokker::progress progress() const { return {index(), steps(), evaluations(), knot()}; }

private:
    const variational_terms& terms_;
    int steps_;
    const fokker::knot& at_;
};

}  // namespace types
using types::variational_view;

}  // namespace detail

}  // namespace fokker

FOKKER_END_MAY_SHADOW
