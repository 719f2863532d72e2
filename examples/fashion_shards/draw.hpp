// Draws the pictures of a shard.
#pragma once

#include <cstdint>
#include <fokker/any_solver.hpp>
#include <fokker/path/grid.hpp>
#include <functional>

#include "../fashion/classifier.hpp"
#include "../fashion/network.hpp"
#include "shard_file.hpp"
#include "shard_store.hpp"

namespace fashion {

struct drawing {
    unet network;
    classifier measure;
    fokker::any_solver solver;
    fokker::grid grid;
    double guidance = 1;
    std::uint64_t seed = 0;
    int checkpoint_every = 0;  // steps; 0: never
    int threads = 1;
};

// Goes on from the shard's checkpoint, if there is one. The picture of number n is of class n % 10.
// `advance` is called with the number of pictures after each step of them.
drawn_pictures draw(const drawing& how, std::uint64_t shard, const shard_store& kept,
                    const std::function<void(std::uint64_t)>& advance);

}  // namespace fashion
