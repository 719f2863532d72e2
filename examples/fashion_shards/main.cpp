// Many garments by several processes: the options, the shards of this rank and what others have
// left, or the statistics of all.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fokker/shard.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "../fashion_samples/paths.hpp"
#include "../fashion_samples/progress_bar.hpp"
#include "draw.hpp"
#include "manifest.hpp"
#include "options.hpp"
#include "shard_store.hpp"
#include "solver.hpp"
#include "statistics.hpp"

namespace fashion {
namespace {

namespace fs = std::filesystem;

const fs::path weights = fs::path(FASHION_FOLDER) / "fashion.weights";
const fs::path classifier_weights = fs::path(FASHION_FOLDER) / "classifier.weights";

// Says of a file that it is not as it was written.
void say_damaged(const shard_store& kept, std::uint64_t shard) {
    if (fs::exists(kept.shard_file(shard)))
        std::fprintf(stderr, "fashion_shards: %s is cut short or damaged, and drawn anew\n",
                     kept.shard_file(shard).string().c_str());
}

// Pictures of this rank whose shards are not listed, for the progress bar.
std::uint64_t left_to_draw(const shard_store& kept, fokker::shard mine,
                           const std::vector<std::uint64_t>& listed) {
    if (mine.count == 0) return 0;
    const fokker::shard last = kept.pictures_of(mine.first + mine.count - 1);
    std::uint64_t pictures = last.first + last.count - kept.pictures_of(mine.first).first;
    for (const std::uint64_t shard : listed)
        if (shard >= mine.first && shard - mine.first < mine.count)
            pictures -= kept.pictures_of(shard).count;
    return pictures;
}

void draw_all(const options& o) {
    const chosen_solver solver = choose_solver(o.solver, o.solver_options);
    const fokker::grid grid = lay_grid(o.grid, trained_schedule(), o.steps);
    solver.method.check(grid);
    const drawing how{.network = unet(weights),
                      .measure = classifier(classifier_weights),
                      .solver = solver.method,
                      .grid = grid,
                      .guidance = o.guidance,
                      .seed = o.seed,
                      .checkpoint_every = o.checkpoint_every,
                      .threads = o.threads};
    // Last, as its manifest shuts the folder to other options.
    const shard_store kept(o.out, {o, solver, grid, weights, classifier_weights});
    kept.clear();
    const fokker::shard mine(o.where.rank, o.where.ranks, kept.shards());
    std::vector<std::uint64_t> listed = kept.listed();
    const auto amount = [&](std::uint64_t shard) {
        return static_cast<std::int64_t>(kept.pictures_of(shard).count) * grid.steps();
    };
    std::optional<progress_bar> bar;
    if (o.where.rank == 0)
        bar.emplace("rank 0",
                    static_cast<std::int64_t>(left_to_draw(kept, mine, listed)) * grid.steps());

    std::uint64_t drawn = 0, elsewhere = 0;
    for (std::uint64_t i = 0; i < kept.shards(); ++i) {
        const std::uint64_t shard = (mine.first + i) % kept.shards();
        const bool is_mine = i < mine.count;
        if (i == mine.count) {
            if (bar) bar->title("rank 0, others' shards");
            listed = kept.listed();  // instead of a look at each
        }
        const bool is_listed = std::binary_search(listed.begin(), listed.end(), shard);
        const bool is_in_total = is_mine && !is_listed;
        const auto done_elsewhere = [&] {
            if (bar && is_in_total) bar->advance(amount(shard));
        };
        // What others have done is not read.
        if (is_mine ? kept.read(shard).has_value() : is_listed || kept.is_there(shard)) {
            done_elsewhere();
            continue;
        }
        if (!kept.take(shard)) {
            ++elsewhere;
            done_elsewhere();
            continue;
        }
        // Another one may have drawn it before it was taken.
        if (!kept.read(shard)) {
            say_damaged(kept, shard);
            if (bar && !is_in_total) bar->expect(amount(shard));
            const auto advance = [&](std::uint64_t pictures) {
                if (bar) bar->advance(static_cast<std::int64_t>(pictures));
            };
            kept.write(shard, draw(how, shard, kept, advance));
            ++drawn;
        } else {
            done_elsewhere();
        }
        kept.leave(shard);
    }
    bar.reset();
    std::printf("rank %llu of %llu: drew %llu of %llu shards",
                static_cast<unsigned long long>(o.where.rank),
                static_cast<unsigned long long>(o.where.ranks),
                static_cast<unsigned long long>(drawn),
                static_cast<unsigned long long>(kept.shards()));
    if (elsewhere > 0)
        std::printf("; %llu under way elsewhere", static_cast<unsigned long long>(elsewhere));
    std::printf("\n");
}

void gather_all(const options& o) {
    const shard_store kept(o.out);
    if (!kept.take(kept.shards()))
        throw std::runtime_error(o.out.string() + ": another process gathers there");
    data_set real;
    if (o.real_pictures > 0) real = read_data_set(o.data, "t10k", o.real_pictures);
    const statistics all = gather(kept, classifier(classifier_weights), real);
    write(all, kept);
    kept.leave(kept.shards());
    kept.clear();
    std::printf("%llu pictures in %llu shards, %.1f %% recognised",
                static_cast<unsigned long long>(all.pictures),
                static_cast<unsigned long long>(kept.shards()),
                100.0 * static_cast<double>(all.recognised) / static_cast<double>(all.pictures));
    if (all.frechet_distance)
        std::printf(", Frechet distance %.5g from %ld real ones", *all.frechet_distance,
                    static_cast<long>(all.real_pictures));
    std::printf("\n%s\n", kept.statistics_files()[0].string().c_str());
}

int fail(const std::exception& problem, int code) {
    std::fprintf(stderr, "fashion_shards: %s\n", problem.what());
    return code;
}

}  // namespace
}  // namespace fashion

int main(int count, char** words) try {
    const auto asked = fashion::read_options(count, words);
    if (asked && asked->gather)
        fashion::gather_all(*asked);
    else if (asked)
        fashion::draw_all(*asked);
    return 0;
} catch (const std::invalid_argument& problem) {  // fokker::error is one
    return fashion::fail(problem, 2);
} catch (const std::exception& problem) { return fashion::fail(problem, 1); }
