#include "manifest.hpp"

#include <Eigen/Core>
#include <cstdio>
#include <fokker/target.hpp>
#include <fokker/version.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "../fashion/fingerprint.hpp"
#include "../fashion/whole_file.hpp"

namespace fashion {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char* format = "shards of fashion_shards, version 1";

std::string hexadecimal(double number) {
    char text[40];
    std::snprintf(text, sizeof text, "%a", number);
    return text;
}

std::string hexadecimal(std::uint64_t number) {
    char text[40];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
    return text;
}

ordered_json knots_of(const fokker::grid& grid) {
    ordered_json all = ordered_json::array();
    for (const fokker::knot& k : grid)
        all.push_back({hexadecimal(k.t), hexadecimal(k.alpha), hexadecimal(k.sigma)});
    return all;
}

// Last bits of the network depend on it.
ordered_json build() {
    const std::string eigen = std::to_string(EIGEN_WORLD_VERSION) + "." +
                              std::to_string(EIGEN_MAJOR_VERSION) + "." +
                              std::to_string(EIGEN_MINOR_VERSION);
#ifdef __VERSION__
    const std::string compiler = __VERSION__;
#else
    const std::string compiler = "unknown";
#endif
    return {{"fokker", fokker::version},
            {"instructions", std::string(fokker::detail::target_name)},
            {"eigen", eigen},
            {"compiler", compiler}};
}

// The names on the way to a value, as in "solver options --eta".
std::string words(std::string path) {
    for (char& c : path)
        if (c == '/') c = ' ';
    return path.substr(path.empty() ? 0 : 1);
}

}  // namespace

manifest::manifest(const options& o, const chosen_solver& solver, const fokker::grid& grid,
                   const fs::path& weights, const fs::path& classifier)
    : pictures_(o.pictures), shards_(o.shards()) {
    ordered_json chosen = ordered_json::object();
    for (const auto& [name, value] : solver.options) chosen[name] = hexadecimal(value);
    const ordered_json values{
        {"format", format},
        {"pictures", pictures_},
        {"shards", shards_},
        {"shape", {28, 28}},
        {"scalar", "float32"},
        {"seed", o.seed},
        {"guidance", hexadecimal(o.guidance)},
        {"solver", {{"name", solver.name}, {"options", chosen}}},
        {"network", hexadecimal(fingerprint(read_whole(weights)))},
        {"classifier", hexadecimal(fingerprint(read_whole(classifier)))},
        {"build", build()},
        {"grid", {{"name", o.grid}, {"steps", grid.steps()}, {"knots", knots_of(grid)}}}};
    text_ = values.dump(1) + "\n";
}

manifest::manifest(const fs::path& file) : text_(read_whole(file)) {
    const ordered_json values = ordered_json::parse(text_, nullptr, false);
    if (values.is_object() && values.value("format", ordered_json()) == format) {
        const auto number = [&](const char* name) {
            const auto found = values.find(name);
            return found != values.end() && found->is_number_unsigned()
                       ? found->get<std::uint64_t>()
                       : 0;
        };
        pictures_ = number("pictures");
        shards_ = number("shards");
    }
    if (shards_ == 0 || shards_ > pictures_)
        throw std::runtime_error(file.string() + ": is no manifest of " + format +
                                 "; name another folder, or remove this one");
}

std::string manifest::difference_from(const manifest& other) const {
    const ordered_json here = ordered_json::parse(text_), there = ordered_json::parse(other.text_);
    const ordered_json changes = ordered_json::diff(there, here);
    if (changes.empty()) return text_ == other.text_ ? "" : "its manifest in another layout";
    const std::string path = changes[0].at("path");
    const ordered_json::json_pointer place(path);
    const auto value = [&](const ordered_json& of) {
        return of.contains(place) ? of.at(place).dump() : std::string("nothing");
    };
    return words(path) + " " + value(there) + ", and here it is " + value(here);
}

std::uint64_t manifest::seal() const { return fingerprint(text_); }

}  // namespace fashion
