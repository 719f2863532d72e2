// Samples pictures of garments: the options, the sampler they ask for, the sheet.
#include <Eigen/Core>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "../fashion/network.hpp"
#include "../fashion/sheet.hpp"
#include "../fashion/writable.hpp"
#include "garments.hpp"
#include "options.hpp"
#include "plan.hpp"
#include "progress_bar.hpp"
#include "samplers.hpp"

namespace fashion {
namespace {

const std::filesystem::path data = FASHION_FOLDER;

// With --all a block for each sampler, with its name; otherwise one for each class.
std::vector<sheet_block> blocks_of(const options& o, const std::vector<sampler>& wanted,
                                   Eigen::Index count) {
    std::vector<sheet_block> blocks;
    if (o.all)
        for (const sampler& each : wanted)
            blocks.push_back({each.name, static_cast<Eigen::Index>(blocks.size()) * count, count});
    else
        for (Eigen::Index first = 0; first < count; first += o.count)
            blocks.push_back({"", first, o.count});
    return blocks;
}

std::vector<sampler> wanted_samplers(const options& o) {
    const solver_settings settings = settings_of(o);
    if (!o.all) return {sampler_named(o.sampler, settings)};
    auto all = all_samplers(settings);
    std::erase_if(all, [](const sampler& each) { return !each.refusal.empty(); });
    return all;
}

void print_figures(const sampler& which, int steps, const garments& done) {
    std::printf("%-23s %4d steps %5lld network evaluations %8.2f s %8.1f ms a picture\n",
                which.name.c_str(), steps, static_cast<long long>(done.evaluations), done.seconds,
                1000.0 * done.seconds / static_cast<double>(done.pictures.cols()));
    std::fflush(stdout);
}

void draw(const options& o) {
    const auto wanted = wanted_samplers(o);
    for (const sampler& each : wanted) each.method->check(grid_for(each, o));
    require_writable(o.out);
    const unet network(data / "fashion.weights", data / "variance.weights");
    const batch order{classes_of(o), o.guidance, o.seed, o.threads};
    const auto count = static_cast<Eigen::Index>(order.classes.size());

    Eigen::MatrixXf pictures(unet::pixels, count * static_cast<Eigen::Index>(wanted.size()));
    Eigen::Index first = 0;
    for (const sampler& each : wanted) {
        const fokker::grid grid = grid_for(each, o);
        const garments done = [&] {
            progress_bar bar(each.name, count * grid.steps());
            return sample_garments(network, order, each, grid, bar);
        }();
        print_figures(each, grid.steps(), done);
        pictures.middleCols(first, count) = done.pictures;
        first += count;
    }
    const Eigen::Index columns = o.all && !o.label ? 10 : o.count;
    for (const auto& file : write_sheets(pictures, blocks_of(o, wanted, count), columns, o.out))
        std::printf("%s\n", std::filesystem::absolute(file).lexically_normal().string().c_str());
}

int fail(const std::exception& problem, int code) {
    std::fprintf(stderr, "fashion_samples: %s\n", problem.what());
    return code;
}

}  // namespace
}  // namespace fashion

int main(int count, char** words) try {
    if (const auto asked = fashion::read_options(count, words)) fashion::draw(*asked);
    return 0;
} catch (const std::invalid_argument& problem) {  // fokker::error is one
    return fashion::fail(problem, 2);
} catch (const std::exception& problem) { return fashion::fail(problem, 1); }
