// A walk from noise to pictures, step by step.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <memory>

#include "../fashion/network.hpp"
#include "../fashion_samples/options.hpp"

namespace fashion {

class walk {
public:
    // Throws std::invalid_argument, with one line for the user, on options that do not go together.
    walk(const unet& network, const options& o);

    void step();
    bool done() const { return index() == steps(); }
    int index() const { return look().index; }
    int steps() const { return look().steps; }
    // Of the network, for each picture.
    std::int64_t calls() const { return look().calls; }

    // 784 x n: where the pictures are, and what the network made of them in the last step (before
    // the first one, where they are).
    const Eigen::MatrixXf& state() const { return *state_; }
    const Eigen::MatrixXf& prediction() const { return index() > 0 ? *look().prediction : *state_; }

private:
    struct view {
        int index, steps;
        std::int64_t calls;
        const Eigen::MatrixXf* prediction;
    };
    view look() const { return look_(); }

    // On the heap: the run refers to them.
    std::unique_ptr<unet> network_;
    std::unique_ptr<Eigen::MatrixXf> state_;
    std::function<void()> step_;
    std::function<view()> look_;
};

}  // namespace fashion
