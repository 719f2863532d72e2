// Terrains from a network that came as an ONNX file, in the inference engines that are there. Ends
// with 1 where heights differ by more than 1e-4 m from those of the network's own package for the
// same noise.
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../fashion/command_line.hpp"
#include "../fashion/sheet.hpp"
#include "../fashion/writable.hpp"
#include "record.hpp"
#include "terrain.hpp"

#include <fokker/engine/ports.hpp>
#ifdef WITH_OPENVINO
#include <fokker/engine/openvino.hpp>
#endif
#ifdef WITH_ONNXRUNTIME
#include <fokker/engine/onnxruntime.hpp>
#endif

namespace {

using Eigen::ArrayXXf, Eigen::Index;
using terrain::side;

constexpr double allowed = 1e-4;  // metres

// As the sun shows them from the upper left; a cell of a terrain is 0.1 m wide.
ArrayXXf shaded(const ArrayXXf& heights) {
    ArrayXXf picture(heights.rows(), heights.cols());
    for (Index i = 0; i < heights.cols(); ++i)
        for (Index y = 0; y < side; ++y)
            for (Index x = 0; x < side; ++x) {
                const auto at = [&](Index row, Index column) {
                    return heights(std::clamp<Index>(row, 0, side - 1) * side +
                                       std::clamp<Index>(column, 0, side - 1),
                                   i);
                };
                const float down = (at(y + 1, x) - at(y - 1, x)) / 0.2F,
                            across = (at(y, x + 1) - at(y, x - 1)) / 0.2F;
                const float light = (1.0F + 0.6F * (down + across)) /
                                    std::sqrt((1.0F + down * down + across * across) * 1.72F);
                picture(y * side + x, i) = 2.0F * std::max(0.0F, light) - 1.0F;
            }
    return picture;
}

struct options {
    std::filesystem::path model, record, out = "out/terrain/terrain.png";
};

class comparison {
public:
    explicit comparison(const options& asked)
        : batches_(terrain::read_record(asked.record, side * side)) {
        fashion::require_writable(asked.out);
        std::printf("%-14s %14s %24s\n", "engine", "ms a terrain", "largest difference, m");
    }

    template <class Network>
    void add(Network network) {
        double seconds = 0.0, worst = 0.0;
        Index count = 0;
        made_.clear();
        for (const terrain::batch& each : batches_) {
            ArrayXXf heights = each.sources;
            const std::vector<ArrayXXf> draws{each.noise};
            const auto begin = std::chrono::steady_clock::now();
            terrain::make(heights, each.is_new, network, each.difficulties, each.sigma,
                          fokker::recorded(draws));
            seconds +=
                std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
            count += heights.cols();
            const ArrayXXf difference = (heights - each.heights).abs();
            for (const float d : difference.reshaped())
                if (!(d <= worst)) worst = d;  // not a number is the worst
            made_.push_back(std::move(heights));
        }
        std::printf("%-14s %14.0f %24.1e\n", Network::name, 1e3 * seconds / double(count), worst);
        are_same_ = are_same_ && worst <= allowed;
    }

    bool are_same() const { return are_same_; }

    // Those of the last engine, below what was edited.
    void write(const std::filesystem::path& file) const {
        if (made_.empty()) throw std::runtime_error("no engine was found when this was built");
        std::vector<ArrayXXf> rows;
        std::vector<fashion::sheet_block> blocks;
        const auto add_row = [&](std::string name, const ArrayXXf& heights) {
            blocks.push_back(
                {std::move(name), Index(rows.size()) * heights.cols(), heights.cols()});
            rows.push_back(shaded(heights));
        };
        for (std::size_t i = 0; i < batches_.size(); ++i) {
            const terrain::batch& each = batches_[i];
            if (!each.is_new &&
                (i == 0 || each.sources.matrix() != batches_[i - 1].sources.matrix()))
                add_row("before", each.sources);
            char name[32];
            std::snprintf(name, sizeof name, each.is_new ? "sampled" : "sigma %.1f", each.sigma);
            add_row(name, made_[i]);
        }
        Eigen::MatrixXf all(side * side, Index(rows.size()) * rows[0].cols());
        for (std::size_t i = 0; i < rows.size(); ++i)
            all.middleCols(blocks[i].first, blocks[i].count) = rows[i].matrix();
        for (const auto& written : fashion::write_sheets(all, blocks, rows[0].cols(), file))
            std::printf("%s\n", written.string().c_str());
    }

private:
    std::vector<terrain::batch> batches_;
    std::vector<ArrayXXf> made_;
    bool are_same_ = true;
};

int run(int count, char** words) {
    CLI::App app(
        "Makes terrains by a network in ONNX, and compares them with those of its package.");
    app.name("examples/run.sh terrain");
    app.option_defaults()->always_capture_default();
    options o;
    app.add_option("--model", o.model, "The ONNX file of the package")
        ->take_last()
        ->default_str("that of the wheel");
    app.add_option("--record", o.record, "What record.py wrote")
        ->take_last()
        ->default_str("made once");
    app.add_option("--out", o.out, "The picture of the terrains");
    if (!fashion::parse(app, count, words)) return 0;
    fashion::require_png(o.out);
    if (o.model.empty() || o.record.empty())
        throw std::invalid_argument("--model and --record: name the files");

    comparison all(o);
    [[maybe_unused]] const fokker::engine::ports names{.x = "noisy", .time = "sigma"};
#ifdef WITH_OPENVINO
    // In float32, which it is told: the default is bfloat16 on some processors.
    all.add(fokker::engine::openvino(o.model.string(), names, "CPU",
                                     {ov::hint::inference_precision(ov::element::f32)}));
#endif
#ifdef WITH_ONNXRUNTIME
    all.add(fokker::engine::onnxruntime(o.model, names));
#endif
    all.write(o.out);
    if (!all.are_same())
        std::fprintf(stderr, "heights differ from the package's by more than %g m\n", allowed);
    return all.are_same() ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
    try {
        return run(count, words);
    } catch (const std::invalid_argument& wrong) {
        std::fprintf(stderr, "%s\n", wrong.what());
        return 2;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "%s\n", problem.what());
        return 1;
    }
}
