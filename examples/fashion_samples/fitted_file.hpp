// The files of the solvers that were fitted to the network, by fashion_fit.
#pragma once

#include <filesystem>
#include <fokker/fitting/file.hpp>
#include <fokker/fokker.hpp>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

namespace fashion {

inline std::filesystem::path fitted_folder() {
    return std::filesystem::path(FASHION_FOLDER) / "fitted";
}

inline std::string written(double number) {
    std::ostringstream text;
    text << number;
    return text.str();
}

// "4.txt", or "4-guided-2.txt".
inline std::string fitted_name(int steps, double guidance) {
    return std::to_string(steps) + (guidance == 1 ? "" : "-guided-" + written(guidance)) + ".txt";
}

// The files for so many steps, by guidance. Throws std::invalid_argument if there are none.
inline std::map<double, std::filesystem::path> fitted_files(int steps) {
    std::map<double, std::filesystem::path> found;
    std::set<int> known;
    for (const auto& each : std::filesystem::directory_iterator(fitted_folder())) {
        if (each.path().extension() != ".txt") continue;
        const std::string name = each.path().stem().string();
        const std::string::size_type mark = name.find("-guided-");
        const int its = std::stoi(name);
        known.insert(its);
        if (its == steps)
            found[mark == std::string::npos ? 1.0 : std::stod(name.substr(mark + 8))] = each.path();
    }
    if (!found.empty()) return found;
    std::string sentence = "--steps: no solver was fitted for " + std::to_string(steps) +
                           " steps; there are those for";
    for (const int each : known) sentence += " " + std::to_string(each);
    throw std::invalid_argument(sentence + "; `examples/run.sh fit` fits others");
}

// For this guidance, or between those of the two scales next to it. Throws std::invalid_argument if
// none was fitted around it.
inline fokker::fitted_solver read_fitted(int steps, double guidance = 1) {
    const auto files = fitted_files(steps);
    const auto load = [](const auto& of) { return fokker::load_fitted_solver(of.second.string()); };
    const auto above = files.lower_bound(guidance);
    if (above != files.end() && above->first == guidance) return load(*above);
    if (above == files.begin() || above == files.end())
        throw std::invalid_argument("--guidance: solvers of " + std::to_string(steps) +
                                    " steps were fitted for " + written(files.begin()->first) +
                                    " to " + written(files.rbegin()->first));
    const auto below = std::prev(above);
    return fokker::interpolated(load(*below), load(*above),
                                (guidance - below->first) / (above->first - below->first));
}

}  // namespace fashion
