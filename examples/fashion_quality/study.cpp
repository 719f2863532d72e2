#include "study.hpp"

#include <algorithm>
#include <charconv>
#include <future>
#include <set>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "../fashion_samples/fitted_file.hpp"
#include "../fashion_samples/paths.hpp"

namespace fashion {

namespace {

using Eigen::Index;
using Eigen::MatrixXf;
using advance_function = std::function<void(Index)>;

// Pictures that one thread makes at a time.
constexpr Index part = 100;

// The classes in turn, as there are as many test pictures of each.
std::vector<int> classes_of(Index first, Index last) {
    std::vector<int> result;
    for (Index i = first; i < last; ++i) result.push_back(static_cast<int>(i % 10));
    return result;
}

fokker::philox noise_of(const cell& which, Index first) {
    return {.seed = which.seed, .first_sample = static_cast<std::uint64_t>(first)};
}

fokker::grid laid_grid(const cell& which, const fokker::moments& gamma) {
    if (which.grid == "fitted-solver") return read_fitted(which.steps).grid_on(trained_schedule());
    if (which.grid == "optimal") return fokker::optimal(trained_schedule(), gamma, which.steps);
    return lay_grid(which.grid, trained_schedule(), which.steps);
}

// Among the names of `all`.
template <class All, class Name>
auto find_name(const All& all, const std::string& wanted, const char* what, Name name) {
    const auto found = std::ranges::find(all, wanted, name);
    if (found != all.end()) return found;
    std::string sentence = "there is no " + std::string(what) + " '" + wanted + "'; there are";
    for (const auto& each : all) sentence += " '" + std::invoke(name, each) + "'";
    throw std::invalid_argument(sentence);
}

}  // namespace

const std::vector<std::string>& grid_names() {
    static const std::vector<std::string> names{
        "linspace", "trailing", "karras", "uniform-lambda", "optimal", "fitted", "fitted-solver"};
    return names;
}

study::study(parts made_of, const store& kept)
    : parts_(std::move(made_of)), store_(kept), methods_(all_methods(parts_.gamma, parts_.map)) {}

const method& study::method_of(const cell& which) const {
    return *find_name(methods_, which.method, "method", &method::name);
}

void study::check(const cell& which, const std::vector<method>& methods,
                  const fokker::moments& gamma) {
    find_name(methods, which.method, "method", &method::name);
    if (which.method == "fitted-solver" && which.grid != which.method)
        throw std::invalid_argument(
            "--grids: the method fitted-solver has its own grid, of the same name");
    find_name(grid_names(), which.grid, "grid", std::identity{});
    // A fitted grid takes a while, and any number of steps.
    if (which.grid != "fitted") laid_grid(which, gamma);
}

Index study::left_to_make(const cell& which, Index count, int seeds) const {
    Index left = 0;
    for (int i = 0; i < seeds; ++i) {
        cell each = which;
        each.seed += static_cast<std::uint64_t>(i);
        const Index done = store_.columns(features_name(each), parts_.measure.features());
        left += std::max<Index>(0, count - done);
    }
    return left;
}

Index study::left_to_bound(const cell& which, Index count) const {
    if (!method_of(which).bound) return 0;
    return std::max<Index>(0, count - store_.columns(bounds_name(which), 1));
}

const fokker::grid& study::grid_of(const cell& which) const {
    const auto lay = [&] {
        if (which.grid != "fitted") return laid_grid(which, parts_.gamma);
        unet network = parts_.network;
        const std::vector<int> classes = classes_of(0, 50);
        MatrixXf watched(unet::pixels, 50);
        const auto noise = [&](const MatrixXf& x, const fokker::knot& k, MatrixXf& out) {
            network.evaluate(x, k.t, classes, out);
        };
        return fokker::fitted(watched, fokker::predicts_noise(noise).clipped(-1, 1),
                              trained_schedule(), which.steps, fokker::philox{.seed = 0});
    };
    const std::pair key{which.grid, which.steps};
    const auto found = grids_.find(key);
    return found != grids_.end() ? found->second : grids_.emplace(key, lay()).first->second;
}

template <class Work>
void study::in_parts(const std::string& name, Index rows, Index count, Work work,
                     const advance_function& advance) const {
    std::vector<parts> own(static_cast<std::size_t>(parts_.threads), parts_);
    Index kept = store_.columns(name, rows);
    for (Index first = kept; first < count;) {
        std::vector<std::future<MatrixXf>> running;
        for (parts& each : own) {
            const Index last = std::min(first + part, count);
            if (first == last) break;
            running.push_back(std::async(std::launch::async, work, first, last, std::ref(each)));
            first = last;
        }
        for (auto& each : running) {
            const MatrixXf columns = each.get();
            store_.append(name, kept, columns);
            kept += columns.cols();
            advance(columns.cols());
        }
    }
}

void study::make_pictures(const cell& which, Index count, const advance_function& advance) const {
    if (left_to_make(which, count, 1) == 0) return;
    const method& how = method_of(which);
    const fokker::grid& grid = grid_of(which);
    const auto work = [&](Index first, Index last, parts& own) {
        MatrixXf pictures(unet::pixels, last - first);
        how.sample({own.network, classes_of(first, last)}, pictures, grid, noise_of(which, first));
        MatrixXf features(own.measure.features(), last - first);
        own.measure.measure(pictures.cwiseMax(-1.0F).cwiseMin(1.0F), features);
        return features;
    };
    in_parts(features_name(which), parts_.measure.features(), count, work, advance);
}

void study::measure_bounds(const cell& which, const data_set& set, Index count,
                           const advance_function& advance) const {
    if (left_to_bound(which, count) == 0) return;
    const method& how = method_of(which);
    const fokker::grid& grid = grid_of(which);
    const auto work = [&](Index first, Index last, parts& own) -> MatrixXf {
        return how
            .bound({own.network, {set.classes.begin() + first, set.classes.begin() + last}},
                   set.pictures.middleCols(first, last - first), grid, noise_of(which, first))
            .cast<float>()
            .transpose();
    };
    in_parts(bounds_name(which), 1, count, work, advance);
}

MatrixXf study::features(const std::string& name, Index count,
                         const std::function<data_set()>& read) const {
    classifier measure = parts_.measure;
    MatrixXf result = store_.read(name, measure.features());
    if (result.cols() == count) return result;
    const data_set set = read();
    MatrixXf missing(measure.features(), count - result.cols());
    measure.measure(set.pictures.rightCols(missing.cols()), missing);
    store_.append(name, result.cols(), missing);
    return store_.read(name, measure.features());
}

std::vector<cell> study::measured() const {
    std::set<int> steps;  // of files that are a study's; others may lie there
    const auto names = store_.names();
    const std::set<std::string> there(names.begin(), names.end());
    for (const std::string& name : names) {
        const std::size_t end = name.find(" steps, seed ");
        const std::size_t begin = name.substr(0, end).rfind(' ');
        int count = 0;
        if (end == std::string::npos || begin == std::string::npos) continue;
        const auto read = std::from_chars(&name[begin + 1], &name[end], count);
        if (read.ec == std::errc{} && read.ptr == &name[end]) steps.insert(count);
    }
    std::vector<cell> result;
    for (const int count : steps)
        for (const std::string& grid : grid_names())
            for (const method& each : methods_) {
                const cell which{each.name, grid, count, 1};
                if (there.contains(features_name(which)) || there.contains(bounds_name(which)))
                    result.push_back(which);
            }
    return result;
}

}  // namespace fashion
