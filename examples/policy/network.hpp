// The network of the policy: predicts v = alpha noise - sigma plan, given what is observed.
// train.py has the same lines, and trains it.
#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <vector>

#include "task.hpp"

namespace policy {

inline constexpr int actions = 32;                 // of a plan: velocities in so many ticks
using plan = Eigen::Array<float, 2 * actions, 1>;  // one sample, over `fastest`
using table = Eigen::Map<Eigen::Array<float, actions, 2, Eigen::RowMajor>>;  // of a plan

// The matrices of the network; the last column of each is what is added. Throws std::runtime_error,
// naming the file, unless it holds the weights.
std::vector<Eigen::MatrixXf> read_layers(const std::filesystem::path& weights);

// What the network sees beside a plan: the observation, and these numbers of the label.
inline constexpr Eigen::Index seen_numbers = 6, waves = 16;
Eigen::Array<float, seen_numbers, 1> numbers_of(const observation& seen);
float wave(double label, Eigen::Index i);

// Serves one thread at a time; takes no memory after it was made.
class network {
public:
    // Throws std::runtime_error, naming the file, unless it holds the weights.
    explicit network(const std::filesystem::path& weights);

    // What the next plans are for.
    void observe(const observation& seen);

    // The label is that of the training, 0 to 99.
    void operator()(const plan& x, double label, plan& v);

private:
    std::vector<Eigen::MatrixXf> layers_;
    Eigen::Array<float, seen_numbers, 1> seen_;
    Eigen::VectorXf input_, hidden_, gated_;
};

}  // namespace policy
