// What it costs to draw a class for a position, beside reading its logits once: a plain sum of
// them. Of 50,257 classes (a language model's), 1000, 27 (letters) and 8 (grey levels), where all
// logits together fit the second cache, and where they come from the memory.
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

#include <benchmark/benchmark.h>
#include <Eigen/Core>

#include <fokker/discrete.hpp>
#include <fokker/fokker.hpp>

namespace {

namespace discrete = fokker::discrete;
using discrete::detail::row_reader;

constexpr std::int64_t class_counts[] = {50'257, 1'000, 27, 8};

/// How many numbers all rows have together: 200 kB, and 51 MB.
enum class place : std::int64_t { cache = 50'257, memory = 256 * 50'257 };

Eigen::ArrayXXf logits_of(std::int64_t classes, place where) {
    std::mt19937 engine(1);
    std::normal_distribution<float> normal(0.0f, 3.0f);
    Eigen::ArrayXXf all(classes, static_cast<std::int64_t>(where) / classes);
    // Noise of its own for each number would take longer than what is measured.
    for (Eigen::Index i = 0; i < all.size(); ++i)
        all(i) = i < 100'003 ? normal(engine) : all(i - 100'003);
    return all;
}

/// One call for each row.
void each_row(benchmark::State& state, place where, const auto& f) {
    const Eigen::ArrayXXf all = logits_of(state.range(0), where);
    row_reader reader(static_cast<std::size_t>(all.rows()));
    double u = 0.0;
    for (auto _ : state)
        for (Eigen::Index i = 0; i < all.cols(); ++i) {
            u = u < 0.38 ? u + 0.618 : u - 0.382;
            f(reader, all.col(i), u);
        }
    state.SetItemsProcessed(state.iterations() * all.cols());
}

/// One step of a sampler, from masks alone.
void step(benchmark::State& state, place where, const auto& sampler, const fokker::grid& grid,
          const auto& model_of) {
    const Eigen::ArrayXXf all = logits_of(state.range(0), where);
    const auto classes = static_cast<int>(all.rows());
    Eigen::ArrayXi x(all.cols());
    const auto network = [&all](const Eigen::ArrayXi&, double) -> const Eigen::ArrayXXf& {
        return all;
    };
    discrete::run r(x, model_of(network, classes), discrete::absorbing{.mask = classes}, grid,
                    sampler, fokker::philox{.seed = 7});
    for (auto _ : state) {
        x.setConstant(classes);
        r.seek(0);
        r.step();
    }
    state.SetItemsProcessed(state.iterations() * all.cols());
}

void add(const std::string& form, const auto& measure) {
    for (const auto& [where, name] : {std::pair{place::cache, "cache"}, {place::memory, "memory"}})
        for (const std::int64_t classes : class_counts)
            benchmark::RegisterBenchmark(
                ("draw/" + form + "/in:" + name).c_str(),
                [measure, where](benchmark::State& state) { measure(state, where); })
                ->Arg(classes);
}

void add_draw(const std::string& form, const discrete::draw_options& how) {
    add(form, [how](benchmark::State& state, place where) {
        each_row(state, where, [&](row_reader& reader, const auto& row, double u) {
            benchmark::DoNotOptimize(reader.draw(row.data(), {}, how, u));
        });
    });
}

void add_step(const std::string& form, const auto& sampler, const fokker::grid& grid,
              const auto& model_of) {
    add("step of " + form,
        [=](benchmark::State& state, place where) { step(state, where, sampler, grid, model_of); });
}

const bool added = [] {
    add("sum", [](benchmark::State& state, place where) {
        each_row(state, where,
                 [](row_reader&, const auto& row, double) { benchmark::DoNotOptimize(row.sum()); });
    });
    add("softmax", [](benchmark::State& state, place where) {
        each_row(state, where, [](row_reader& reader, const auto& row, double) {
            benchmark::DoNotOptimize(reader.read(row.data(), {}, 1.0));
        });
    });
    add_draw("draw", {});
    add_draw("temperature 0.8", {.temperature = 0.8});
    add_draw("greedy", {.temperature = 0});
    add_draw("top_k 50", {.top_k = 50});
    add_draw("top_p 0.9", {.top_p = 0.9});
    add("entropy", [](benchmark::State& state, place where) {
        each_row(state, where, [](row_reader& reader, const auto& row, double) {
            benchmark::DoNotOptimize(reader.summary_of(row.data(), {}, 1.0));
        });
    });
    const auto of_classes = [](auto& network, int classes) {
        return discrete::predicts_classes(network, classes);
    };
    const auto of_ratios = [](auto& network, int classes) {
        return discrete::predicts_ratios(network, classes);
    };
    // A step in which every mask opens, and the middle one of three.
    const fokker::grid whole({{1, 0, 1}, {0, 1, 0}}),
        part({{0.6, 0.4, 0.6}, {0.4, 0.6, 0.4}, {0, 1, 0}});
    add_step("ancestral", discrete::ancestral{}, whole, of_classes);
    add_step("tau_leaping, ratios", discrete::tau_leaping{}, part, of_ratios);
    add_step("tweedie, ratios", discrete::tweedie{}, part, of_ratios);
    return true;
}();

}  // namespace
