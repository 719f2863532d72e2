#include "store.hpp"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace fashion {

namespace {

namespace fs = std::filesystem;
using Eigen::Index;

std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path.string() + ": cannot be opened");
    return {std::istreambuf_iterator<char>(file), {}};
}

// To be raised when samplers or measures change what they give.
constexpr std::uint64_t version = 1;

// FNV-1a.
std::uint64_t fingerprint(std::span<const fs::path> files) {
    std::uint64_t hash = 14695981039346656037U + version;
    for (const fs::path& file : files)
        for (const char c : contents(file))
            hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return hash;
}

}  // namespace

store::store(fs::path folder, std::span<const fs::path> made_with) : folder_(std::move(folder)) {
    fs::create_directories(folder_);
    const fs::path mark = folder_ / "made-with";
    const std::string now = std::to_string(fingerprint(made_with));
    if (!fs::exists(mark)) {  // whole or not at all
        const fs::path unfinished = folder_ / ("made-with." + now);
        std::ofstream(unfinished) << now;
        fs::rename(unfinished, mark);
    }
    if (contents(mark) != now)
        throw std::runtime_error(
            folder_.string() +
            " holds results of other weights, moments or samplers; remove it, or name "
            "another folder");
}

std::vector<std::string> store::names() const {
    std::vector<std::string> result;
    for (const auto& entry : fs::directory_iterator(folder_))
        if (entry.path().extension() == ".f32") result.push_back(entry.path().stem().string());
    return result;
}

Index store::columns(const std::string& name, Index rows) const {
    if (!fs::exists(file(name))) return 0;
    return static_cast<Index>(fs::file_size(file(name)) / sizeof(float)) / rows;
}

Eigen::MatrixXf store::read(const std::string& name, Index rows) const {
    Eigen::MatrixXf values(rows, columns(name, rows));
    if (values.size() == 0) return values;
    std::ifstream in(file(name), std::ios::binary);
    in.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(sizeof(float)) * values.size());
    if (!in) throw std::runtime_error(file(name).string() + ": cannot be read");
    return values;
}

void store::append(const std::string& name, Index first, const Eigen::MatrixXf& added) const {
    if (columns(name, added.rows()) != first)
        throw std::runtime_error(file(name).string() + " has grown: another study works there");
    const auto column = static_cast<std::uintmax_t>(added.rows()) * sizeof(float);
    if (fs::exists(file(name)))
        fs::resize_file(file(name), fs::file_size(file(name)) / column * column);
    std::ofstream out(file(name), std::ios::binary | std::ios::app);
    out.write(reinterpret_cast<const char*>(added.data()),
              static_cast<std::streamsize>(sizeof(float)) * added.size());
    if (!out.flush()) throw std::runtime_error(file(name).string() + ": cannot be written");
}

}  // namespace fashion
