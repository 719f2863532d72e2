// How good pictures are after so many steps: the options, the study that they ask for, the table.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fokker/fokker.hpp>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "../fashion/whole_file.hpp"
#include "../fashion/writable.hpp"
#include "../fashion_samples/moments_file.hpp"
#include "../fashion_samples/progress_bar.hpp"
#include "options.hpp"
#include "results.hpp"
#include "study.hpp"

namespace fashion {
namespace {

namespace fs = std::filesystem;
using Eigen::Index;

constexpr int parts_of_training_set = 6;

// `count` pictures, as many of each class, in turn. There are as many such parts as pictures last;
// this is that of rank `part`.
data_set balanced_part(const data_set& whole, int count, int part) {
    const int each = count / 10;
    data_set result{Eigen::MatrixXf(whole.pictures.rows(), 10 * each),
                    std::vector<int>(static_cast<std::size_t>(10 * each))};
    std::vector<int> seen(10);
    for (std::size_t i = 0; i < whole.classes.size(); ++i) {
        const int label = whole.classes[i], rank = seen[static_cast<std::size_t>(label)]++;
        if (rank / each != part) continue;
        const int to = rank % each * 10 + label;
        result.pictures.col(to) = whole.pictures.col(static_cast<Index>(i));
        result.classes[static_cast<std::size_t>(to)] = label;
    }
    return result;
}

// Prints how well the classifier does on the test pictures, of which these are the features.
void print_accuracy(const classifier& measure, const data_set& test,
                    const Eigen::MatrixXf& features) {
    Index right = 0;
    for (Index i = 0; i < features.cols(); ++i)
        right += measure.classify(features.col(i)) == test.classes[static_cast<std::size_t>(i)];
    std::printf("accuracy of the classifier on %ld test pictures: %.2f %%\n",
                static_cast<long>(features.cols()),
                100.0 * static_cast<double>(right) / static_cast<double>(features.cols()));
}

// Prints how far training pictures are from the test pictures, the unit of all distances.
yardstick measure_real(const study& made, const Eigen::MatrixXf& features, const options& o) {
    yardstick result{feature_sums(features.rows()), features, 1};
    result.test.add(features);
    std::optional<data_set> training;
    Eigen::ArrayXd distances(parts_of_training_set);
    for (int i = 0; i < parts_of_training_set; ++i) {
        const auto read = [&] {
            if (!training) training = read_data_set(o.data, "train", training_pictures);
            return balanced_part(*training, o.real_pictures, i);
        };
        feature_sums real(features.rows());
        real.add(made.features("training pictures, " + std::to_string(o.real_pictures) + ", part " +
                                   std::to_string(i + 1),
                               o.real_pictures, read));
        distances(i) = frechet_distance(real, result.test);
    }
    const spread unit = spread_of(distances);
    result.unit = unit.mean;
    std::printf(
        "Frechet distance of as many training pictures from them: %.4g +- %.2g, over six "
        "such parts\n",
        unit.mean, unit.deviation);
    return result;
}

// Few steps first, for they tell most in the least time.
std::vector<cell> cells_of(const options& o, const std::vector<method>& all) {
    std::vector<std::string> names = o.methods;
    if (names.empty())
        for (const method& each : all) names.push_back(each.name);
    std::vector<cell> result;
    for (const int steps : o.steps)
        for (const std::string& grid : o.grids)
            for (const std::string& name : names) {
                // It has a grid of its own, on which it is.
                const bool elsewhere = name == "fitted-solver" && grid != name;
                if (elsewhere && (o.methods.empty() || std::ranges::count(o.grids, name) > 0))
                    continue;
                result.push_back({name, grid, steps, 1});
            }
    return result;
}

// Makes and measures what is still missing.
void make(const study& made, const std::vector<cell>& cells, const data_set& test,
          const options& o) {
    std::int64_t calls = 0;
    for (const cell& each : cells) {
        calls += made.left_to_make(each, o.pictures, o.seeds) * each.steps;
        calls += made.left_to_bound(each, o.bound_pictures) * each.steps;
    }
    progress_bar bar("", calls);
    for (const cell& each : cells) {
        const auto advance = [&](Index pictures) { bar.advance(pictures * each.steps); };
        for (int i = 0; i < o.seeds; ++i) {
            cell which = each;
            which.seed += static_cast<std::uint64_t>(i);
            bar.title(which.name());
            made.make_pictures(which, o.pictures, advance);
        }
        bar.title(each.name() + ", bound");
        made.measure_bounds(each, test, o.bound_pictures, advance);
    }
}

// Throws std::invalid_argument on methods, grids or steps that there are not.
void check(const options& o, const fokker::moments& gamma) {
    const auto methods = all_methods(gamma, gamma);
    for (const cell& each : cells_of(o, methods)) study::check(each, methods, gamma);
}

void run(const options& o) {
    const fs::path folder = FASHION_FOLDER;
    const std::vector<fs::path> made_with{folder / "fashion.weights", folder / "variance.weights",
                                          folder / "classifier.weights", folder / "moments.txt",
                                          o.map};
    const unet network(made_with[0], made_with[1]);
    const classifier measure(made_with[2]);
    const fokker::moments gamma = read_moments(made_with[3]);
    check(o, gamma);
    if (o.check) return;
    require_writable(o.out / "results.csv");
    const fokker::moments map = read_moments(o.map, unet::pixels);
    const data_set test =
        balanced_part(read_data_set(o.data, "t10k", test_pictures), o.real_pictures, 0);
    const store kept(o.out / "cells", made_with);
    if (!o.show) {
        kept.lock();
        for (const unfinished& each : unfinished_in(o.out)) fs::remove(each.file);
    }
    const study made({network, measure, gamma, map, o.threads}, kept);
    const std::vector<cell> cells = cells_of(o, made.methods());
    const Eigen::MatrixXf features = made.features(
        "test pictures, " + std::to_string(o.real_pictures), o.real_pictures, [&] { return test; });
    print_accuracy(measure, test, features);
    const yardstick real = measure_real(made, features, o);
    std::fflush(stdout);

    if (!o.show) make(made, cells, test, o);
    std::vector<result> all, wanted;
    for (const cell& each : made.measured()) all.push_back(result_of(kept, each, real));
    std::ranges::copy_if(all, std::back_inserter(wanted), [&](const result& each) {
        return o.show || std::ranges::find(cells, each.first) != cells.end();
    });
    print(wanted);
    if (!o.show && o.pictures > 0 && o.pictures <= too_few_pictures(real))
        std::printf("a distance takes more than %ld pictures\n",
                    static_cast<long>(too_few_pictures(real)));
    write_csv(all, o.out / "results.csv");
    std::printf("%s\n", (o.out / "results.csv").string().c_str());
}

int fail(const std::exception& problem, int code) {
    std::fprintf(stderr, "fashion_quality: %s\n", problem.what());
    return code;
}

}  // namespace
}  // namespace fashion

int main(int count, char** words) try {
    if (const auto asked = fashion::read_options(count, words)) fashion::run(*asked);
    return 0;
} catch (const std::invalid_argument& problem) {  // fokker::error is one
    return fashion::fail(problem, 2);
} catch (const std::exception& problem) { return fashion::fail(problem, 1); }
