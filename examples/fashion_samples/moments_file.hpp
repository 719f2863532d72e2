// The file of the network's moments: a label t and Gamma a line, after lines that begin with #.
#pragma once

#include <filesystem>
#include <fokker/moments.hpp>
#include <fstream>
#include <stdexcept>
#include <string>

namespace fashion {

inline fokker::moments read_moments(const std::filesystem::path& file) {
    std::ifstream in(file);
    if (!in) throw std::runtime_error(file.string() + " cannot be opened");
    for (std::string comment; in.peek() == '#';) std::getline(in, comment);
    fokker::moments result;
    for (double t = 0, gamma = 0; in >> t >> gamma;) {
        result.times.push_back(t);
        result.gamma.push_back(gamma);
    }
    if (!in.eof()) throw std::runtime_error(file.string() + " holds something else than numbers");
    return result;
}

inline void write_moments(const fokker::moments& moments, const std::string& comment,
                          const std::filesystem::path& file) {
    std::ofstream out(file);
    out << "# " << comment << '\n';
    for (std::size_t i = 0; i < moments.times.size(); ++i)
        out << moments.times[i] << ' ' << moments.gamma[i] << '\n';
    if (!out.flush()) throw std::runtime_error(file.string() + " could not be written");
}

}  // namespace fashion
