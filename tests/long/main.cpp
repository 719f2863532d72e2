// The long test of the Gaussian noise: README.md beside this file says what is tested. The result
// depends on the number of draws alone, not on the threads: the seeds are fixed, and the parts of a
// stream are added up in their order.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "normality.hpp"
#include "report.hpp"
#include "streams.hpp"

namespace {

using namespace fokker_test;

/// Parts of a stream, each of which one thread walks.
constexpr std::uint64_t parts = 4;

struct options {
    double draws = 1e9;
    unsigned threads = std::max(1U, std::thread::hardware_concurrency());
};

/// Says how far it is, at every tenth.
class progress {
public:
    explicit progress(std::uint64_t blocks) : blocks_(blocks) {}

    void one_block() {
        const std::uint64_t done = ++done_;
        if (done * 10 / blocks_ == (done - 1) * 10 / blocks_) return;
        const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin_;
        std::fprintf(stderr, "== %3.0f %%, %.0f s\n",
                     100.0 * static_cast<double>(done) / static_cast<double>(blocks_),
                     time.count());
    }

private:
    std::uint64_t blocks_;
    std::atomic<std::uint64_t> done_ = 0;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// The four streams in one type.
template <class T>
class trial {
public:
    static constexpr std::uint64_t tasks = coordinates.size() * parts;

    trial(double draws, std::string type)
        : blocks_(static_cast<std::uint64_t>(
              std::ceil(draws / static_cast<double>(tasks * normality<T>::block)))),
          type_(std::move(type)),
          results_(tasks) {}

    std::uint64_t blocks() const { return blocks_ * tasks; }

    void run(std::uint64_t task, progress& shown) {
        constexpr std::uint64_t tiles = normality<T>::block / fokker_test::tile_size;
        walk source{coordinates[task / parts], task % parts * blocks_ * tiles};
        normality<T>& result = results_[task].emplace();
        for (std::uint64_t i = 0; i < blocks_; ++i) {
            result.draw(source);
            shown.one_block();
        }
    }

    void judge_into(std::vector<judged_stream>& streams) {
        const double limit = largest_possible<T>();
        const std::size_t place = streams.size();
        normality<T> together;
        for (std::size_t k = 0; k < coordinates.size(); ++k) {
            normality<T>& stream = *results_[k * parts];
            for (std::size_t part = 1; part < parts; ++part) stream += *results_[k * parts + part];
            streams.push_back(
                {type_ + ", along " + name_of(coordinates[k]), stream.judge_all(limit), false});
            if (k == 0)
                together = stream;
            else
                together += stream;
        }
        std::array<char, 80> title;
        std::snprintf(title.data(), title.size(), "%s, all %.0f draws", type_.c_str(),
                      together.draws());
        streams.insert(streams.begin() + static_cast<std::ptrdiff_t>(place),
                       {title.data(), together.judge_all(limit), true});
    }

private:
    std::uint64_t blocks_;
    std::string type_;
    std::vector<std::optional<normality<T>>> results_;
};

std::optional<options> read_options(int count, char** words) {
    options o;
    bool smoke = false;
    CLI::App app("Tests the Gaussian noise of fokker::philox, in float and in double.");
    app.name("tests/long/run.sh");
    app.option_defaults()->always_capture_default();
    auto* draws = app.add_option("--draws", o.draws,
                                 "Numbers of each type, rounded up to a multiple of 98304");
    draws->check(CLI::Range(1e6, 1e10));
    app.add_flag("--smoke", smoke, "A million of each type, in about a second")->excludes(draws);
    app.add_option("--threads", o.threads, "The result does not depend on them")
        ->check(CLI::Range(1U, 256U));
    try {
        app.parse(count, words);
    } catch (const CLI::CallForHelp&) {
        std::fputs(app.help().c_str(), stdout);
        return std::nullopt;
    }
    if (smoke) o.draws = 1e6;
    return o;
}

bool passes(const options& o) {
    trial<float> single(o.draws, "float");
    trial<double> twice(o.draws, "double");
    progress shown(single.blocks() + twice.blocks());
    std::atomic<std::uint64_t> next = 0;
    {
        std::vector<std::jthread> workers;
        for (unsigned i = 0; i < o.threads; ++i)
            workers.emplace_back([&] {
                for (std::uint64_t task; (task = next++) < single.tasks + twice.tasks;)
                    task < single.tasks ? single.run(task, shown)
                                        : twice.run(task - single.tasks, shown);
            });
    }
    std::vector<judged_stream> streams;
    single.judge_into(streams);
    twice.judge_into(streams);
    return report(streams);
}

}  // namespace

int main(int count, char** words) {
    try {
        const std::optional<options> o = read_options(count, words);
        return !o || passes(*o) ? 0 : 1;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "tests/long/run.sh: %s\n", problem.what());
        return 2;
    }
}
