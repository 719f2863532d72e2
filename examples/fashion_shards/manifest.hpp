// What the bits of the pictures in a folder depend on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fokker/path/grid.hpp>
#include <string>

#include "options.hpp"
#include "solver.hpp"

namespace fashion {

class manifest {
public:
    // Of pictures that this program would draw with these options.
    manifest(const options& o, const chosen_solver& solver, const fokker::grid& grid,
             const std::filesystem::path& weights, const std::filesystem::path& classifier);

    // From a file. Throws std::runtime_error on what is none.
    explicit manifest(const std::filesystem::path& file);

    // JSON.
    const std::string& text() const { return text_; }

    // What is in the other one and differs from this, as a sentence's end, such as "seed 1, and
    // here it is 2"; empty if they are the same.
    std::string difference_from(const manifest& other) const;

    std::uint64_t pictures() const { return pictures_; }
    std::uint64_t shards() const { return shards_; }

    // Of the text: shards and checkpoints bear it.
    std::uint64_t seal() const;

private:
    std::string text_;
    std::uint64_t pictures_ = 0, shards_ = 0;
};

}  // namespace fashion
