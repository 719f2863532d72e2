// The files of the solvers that were fitted to the network, by fashion_fit.
#pragma once

#include <filesystem>
#include <fokker/fitting/file.hpp>
#include <fokker/fokker.hpp>
#include <set>
#include <stdexcept>
#include <string>

namespace fashion {

inline std::filesystem::path fitted_folder() {
    return std::filesystem::path(FASHION_FOLDER) / "fitted";
}

// Throws std::invalid_argument if none was fitted for so many steps.
inline fokker::fitted_solver read_fitted(int steps) {
    const auto file = fitted_folder() / (std::to_string(steps) + ".txt");
    if (std::filesystem::exists(file)) return fokker::load_fitted_solver(file.string());
    std::set<int> known;
    for (const auto& each : std::filesystem::directory_iterator(fitted_folder()))
        if (each.path().extension() == ".txt") known.insert(std::stoi(each.path().stem().string()));
    std::string sentence = "--steps: no solver was fitted for " + std::to_string(steps) +
                           " steps; there are those for";
    for (const int each : known) sentence += " " + std::to_string(each);
    throw std::invalid_argument(sentence + "; `examples/run.sh fit` fits others");
}

}  // namespace fashion
