// Draws garments in grey levels: the options, the sheet or the study, and what the pictures are
// worth.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "../fashion/classifier.hpp"
#include "../fashion/data_set.hpp"
#include "../fashion/sheet.hpp"
#include "../fashion_samples/progress_bar.hpp"
#include "draw.hpp"
#include "levels.hpp"
#include "options.hpp"

namespace grey {
namespace {

// What the classifier of examples/fashion makes of pictures.
class judge {
public:
    judge() : classifier_(std::filesystem::path(FASHION_FOLDER) / "classifier.weights") {}

    // How many are taken for their class, in percent.
    double recognised(const pictures& x, const std::vector<int>& classes) {
        Eigen::MatrixXf features(classifier_.features(), x.cols());
        classifier_.measure(to_values(x), features);
        int right = 0;
        for (Index i = 0; i < x.cols(); ++i)
            right += classifier_.classify(features.col(i)) == classes[static_cast<std::size_t>(i)];
        return 100.0 * right / static_cast<double>(x.cols());
    }

private:
    fashion::classifier classifier_;
};

std::vector<int> classes_of(const options& o) {
    std::vector<int> all;
    for (const int label : o.classes)
        all.insert(all.end(), static_cast<std::size_t>(o.count), label);
    return all;
}

drawn draw(const network& n, const options& o, const method& how) {
    const std::vector<int> classes = classes_of(o);
    fashion::progress_bar bar(how.sampler + ", " + std::to_string(how.steps) + " steps",
                              static_cast<std::int64_t>(classes.size()) * how.steps);
    return draw_pictures(n, classes, how, o.threads, [&](Index done) { bar.advance(done); });
}

struct mean {
    double value = 0, error = 0;
};

mean bound(const network& n, const options& o, const pictures& x, const std::vector<int>& classes,
           int steps) {
    fashion::progress_bar bar("bound, " + std::to_string(steps) + " steps",
                              static_cast<std::int64_t>(x.cols()) * steps);
    const Eigen::ArrayXd bits = bound_of(n, x, classes, steps, o.how.seed, o.threads,
                                         [&](Index done) { bar.advance(done); });
    const auto count = static_cast<double>(bits.size());
    const double variance = (bits - bits.mean()).square().sum() / std::max(1.0, count - 1.0);
    return {bits.mean(), std::sqrt(variance / count)};
}

void draw_and_print(const network& n, const options& o) {
    const drawn made = draw(n, o, o.how);
    std::vector<fashion::sheet_block> blocks;
    for (std::size_t i = 0; i < o.classes.size(); ++i)
        blocks.push_back({std::string(fashion::labels[static_cast<std::size_t>(o.classes[i])]),
                          static_cast<Index>(i) * o.count, o.count});
    const auto files = fashion::write_sheets(to_values(made.x), blocks, o.count, o.out);
    judge judge;
    std::printf("%s  %d steps  %td pictures  %.0f network calls a picture  %.2f s\n",
                o.how.sampler.c_str(), o.how.steps, made.x.cols(), made.calls, made.seconds);
    std::printf("%.1f %% are what they should be, says the classifier\n",
                judge.recognised(made.x, classes_of(o)));
    if (o.bound_pictures > 0) {
        const auto set = fashion::read_data_set(o.data, "t10k", o.bound_pictures);
        const mean b = bound(n, o, to_levels(set.pictures), set.classes, o.how.steps);
        std::printf("bound on %d test pictures: %.4f +- %.4f bits a pixel\n", o.bound_pictures,
                    b.value, b.error);
    }
    for (const auto& file : files)
        std::printf("%s\n", std::filesystem::absolute(file).lexically_normal().c_str());
}

// A row for each sampler and number of steps.
void make_study(const network& n, const options& o) {
    const auto test = fashion::read_data_set(o.data, "t10k", fashion::test_pictures);
    judge judge;
    std::printf("%-16s %6s %12s %8s  %s\n", "sampler", "steps", "recognised", "calls",
                "bound, bits a pixel");
    std::printf("%-16s %6s %10.1f %%\n", "test pictures", "",
                judge.recognised(to_levels(test.pictures), test.classes));
    const pictures some = to_levels(test.pictures.leftCols(o.bound_pictures));
    const std::vector<int> known(test.classes.begin(), test.classes.begin() + o.bound_pictures);
    for (const std::string& sampler : samplers)
        for (const int steps : o.steps) {
            method how = o.how;
            how.sampler = sampler;
            how.steps = steps;
            const drawn made = draw(n, o, how);
            std::printf("%-16s %6d %10.1f %% %8.0f", sampler.c_str(), steps,
                        judge.recognised(made.x, classes_of(o)), made.calls);
            if (sampler == "ancestral" && o.bound_pictures > 0) {
                const mean b = bound(n, o, some, known, steps);
                std::printf("  %.4f +- %.4f", b.value, b.error);
            }
            std::printf("\n");
            std::fflush(stdout);
        }
}

int fail(const std::exception& problem, int code) {
    std::fprintf(stderr, "grey_garments: %s\n", problem.what());
    return code;
}

}  // namespace
}  // namespace grey

int main(int count, char** words) try {
    const auto asked = grey::read_options(count, words);
    if (!asked) return 0;
    const grey::network network(std::filesystem::path(GREY_FOLDER) / "grey.weights");
    asked->study ? grey::make_study(network, *asked) : grey::draw_and_print(network, *asked);
    return 0;
} catch (const std::invalid_argument& problem) {  // fokker::error is one
    return grey::fail(problem, 2);
} catch (const std::exception& problem) { return grey::fail(problem, 1); }
