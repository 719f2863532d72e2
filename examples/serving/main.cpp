// Serves a stream of requests by continuous batching, by batches whose walks wait for each other,
// and one at a time: how long requests wait, and how much is done.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fokker/fokker.hpp>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "../fashion/command_line.hpp"
#include "../fashion/writable.hpp"
#include "networks.hpp"
#include "serve.hpp"
#include "stream.hpp"

namespace {

using Eigen::Index;
using Eigen::MatrixXf;
using serving::joining;

struct options {
    std::string network = "plans", clock = "table";
    int requests = 500, slots = 16, repetitions = 200;
    std::vector<double> loads{0.6, 0.8, 0.95};
    std::uint64_t seed = 1;
    std::filesystem::path calls;
    std::filesystem::path out = "out/serving";
};

struct server {
    const char* name;
    joining how;
    bool is_single;
};
const std::vector<server> servers{{"continuous", joining::at_once, false},
                                  {"static", joining::when_empty_until_last, false},
                                  {"static, answered early", joining::when_empty, false},
                                  {"one at a time", joining::at_once, true}};

// The least of many: what a call takes when nothing disturbs it.
std::vector<double> seconds_of_calls(auto& network, Index elements, int slots, int repetitions) {
    std::vector<double> seconds(static_cast<std::size_t>(slots) + 1, 0.0);
    std::vector<fokker::batch_label> labels(seconds.size());
    for (std::size_t i = 0; i < labels.size(); ++i)
        labels[i] = {.time = 99.0 * static_cast<double>(i) / static_cast<double>(labels.size()),
                     .condition = static_cast<std::int64_t>(i % 10)};
    const serving::processor_clock clock;
    for (int n = 1; n <= slots; ++n) {
        const MatrixXf x = MatrixXf::Constant(elements, n, 0.5F);
        MatrixXf out(elements, n);
        double least = 1e9;
        for (int i = 0; i < repetitions; ++i) {
            const double begin = clock.now();
            network(x, serving::labels(labels.data(), static_cast<std::size_t>(n)), out);
            least = std::min(least, clock.now() - begin);
        }
        seconds[static_cast<std::size_t>(n)] = least;
    }
    return seconds;
}

// The least batch sizes with which everything can be called: of a network whose columns have the
// same bits in every company for multiples of 4 alone, those.
fokker::batch_options sizes_up_to(std::size_t slots, std::size_t unit) {
    fokker::batch_options made{.slots = slots, .sizes = {}};
    for (std::size_t n = unit; n < slots + unit; n += unit)
        made.sizes.push_back(std::min(n, slots));
    return made;
}

double percentile(std::vector<double> waits, double share) {
    std::ranges::sort(waits);
    const auto place = std::ceil(share * static_cast<double>(waits.size())) - 1;
    return waits[static_cast<std::size_t>(std::max(0.0, place))];
}

class study {
public:
    explicit study(const options& o) : o_(o) {
        const auto file = o.out / "waits.csv";
        fashion::require_writable(file);
        file_.open(file);
        file_ << "load,server,arrival,start,finish\n";
    }

    // `unit`: see sizes_up_to.
    void run(auto network, const auto& model, Index elements, std::size_t unit) {
        const auto slots = static_cast<std::size_t>(o_.slots);
        const auto count = static_cast<std::size_t>(o_.requests);
        if (unit > 1 && slots % unit != 0)
            throw std::invalid_argument("--slots is a multiple of " + std::to_string(unit) +
                                        " with this network");
        const fokker::batch_options many = sizes_up_to(slots, unit), one{.slots = 1, .sizes = {}};
        const std::vector<double> measured =
            o_.calls.empty() ? seconds_of_calls(network, elements, o_.slots, o_.repetitions)
                             : read_calls();
        std::vector<double> seconds = measured;  // of the call that is made for so many
        for (std::size_t n = 2; n < seconds.size(); ++n)
            seconds[n] = measured[*std::ranges::lower_bound(many.sizes, n)];
        std::printf("A call of the network, in microseconds:");
        for (const std::size_t n : {std::size_t{1}, slots / 4, slots / 2, slots})
            std::printf("  %zu: %.0f", n, 1e6 * measured[n]);
        const double full_call =
            o_.clock == "table" ? measured[slots] : mean_full_call(network, model, elements, many);
        const double full = static_cast<double>(slots) / full_call;
        std::printf(
            "\nFull batches of %zu: %.0f steps a second, %.1f times as many as one by one\n", slots,
            full, full * measured[1]);
        if (o_.clock != "table")
            std::printf("(by their mean in a run of all requests at once, %.0f microseconds)\n",
                        1e6 * full_call);
        calls(measured);

        std::printf("%5s  %-22s %8s %8s %8s %8s %8s %8s %10s\n", "load", "server", "p50", "p95",
                    "p99", "start 50", "start 95", "samples", "throughput");
        std::vector<double> loads = o_.loads;
        loads.push_back(0);  // all requests at once
        for (const double load : loads) {
            const auto requests =
                serving::stream(count, load * full / serving::mean_steps, o_.seed);
            for (const server& s : servers) {
                if (s.how == joining::when_empty_until_last && o_.clock != "table")
                    continue;  // would be called with samples that are done
                const auto& sizes = s.is_single ? one : many;
                serving::outcome done;
                if (o_.clock == "table")
                    done = serving::serve(
                        requests, no_network, 1, sizes, s.how,
                        [&] { return serving::table_clock(seconds); }, nobody);
                else
                    done = really(requests, network, model, elements, sizes, s);
                print(load, s, done, full);
            }
        }
    }

private:
    static void no_network(const MatrixXf& x, serving::labels, MatrixXf& out) { out = x; }
    static constexpr auto nobody = [](std::size_t, const auto&) {};

    // What a full call takes among the steps of a batch, whose inputs and caches are others than
    // those of a call that is repeated.
    double mean_full_call(auto& network, const auto& model, Index elements,
                          const fokker::batch_options& sizes) const {
        const auto mean = [&](const auto start_clock) {
            const auto clock = start_clock();
            double seconds = 0;
            std::size_t full = 0;
            auto timed = [&](const MatrixXf& x, serving::labels labels, MatrixXf& out) {
                const double begin = clock.now();
                network(x, labels, out);
                if (labels.size() < sizes.slots) return;
                seconds += clock.now() - begin;
                ++full;
            };
            const auto requests =
                serving::stream(static_cast<std::size_t>(o_.requests), 0, o_.seed);
            serving::serve(requests, model(timed), elements, sizes, joining::at_once, start_clock,
                           nobody);
            return full > 0 ? seconds / static_cast<double>(full) : 0.0;
        };
        const double seconds = o_.clock == "wall" ? mean([] { return serving::wall_clock(); })
                                                  : mean([] { return serving::processor_clock(); });
        if (!(seconds > 0))
            throw std::invalid_argument("--requests " + std::to_string(o_.requests) +
                                        ": they never fill the " + std::to_string(sizes.slots) +
                                        " slots, so that nobody knows what full batches can do; "
                                        "say more, or fewer --slots");
        return seconds;
    }

    // With the network, and all samples compared with those of a batch of one walk.
    serving::outcome really(const std::vector<serving::request>& requests, auto& network,
                            const auto& model, Index elements, const fokker::batch_options& sizes,
                            const server& s) {
        std::vector<MatrixXf> samples(requests.size());
        const auto keep = [&](std::size_t i, const MatrixXf& x) { samples[i] = x; };
        const auto go = [&](const auto& clock) {
            return serving::serve(requests, model(network), elements, sizes, s.how, clock, keep);
        };
        const serving::outcome done = o_.clock == "wall"
                                          ? go([] { return serving::wall_clock(); })
                                          : go([] { return serving::processor_clock(); });
        if (s.is_single) return done;
        const auto compare = [&](std::size_t i, const MatrixXf& x) {
            if (i >= alone_.size()) alone_.resize(i + 1);
            alone_[i] = x;
        };
        if (alone_.empty()) {
            fokker::batch_options same = sizes;
            same.slots = sizes.sizes.front();
            same.sizes = {same.slots};
            serving::serve(
                requests, model(network), elements, same, joining::when_empty_until_last,
                [] { return one_each{}; }, compare);
        }
        std::size_t other = 0;
        for (std::size_t i = 0; i < samples.size(); ++i) other += samples[i] != alone_[i];
        if (other > 0)
            throw std::runtime_error(std::to_string(other) +
                                     " samples are not those of their walks alone");
        return done;
    }
    // A clock by which each request comes when the one before is answered.
    struct one_each {
        double time = 0;
        double now() const { return time; }
        void idle_until(double t) { time = t; }
        void round_done(std::size_t) {}
    };

    // As calls() writes them.
    std::vector<double> read_calls() const {
        std::ifstream from(o_.calls);
        std::vector<double> seconds(static_cast<std::size_t>(o_.slots) + 1, 0.0);
        std::string line;
        std::getline(from, line);
        std::size_t n = 0;
        char comma = 0;
        for (std::size_t row = 1; row < seconds.size(); ++row)
            if (!(from >> n >> comma >> seconds[row]) || n != row || !(seconds[row] > 0))
                throw std::invalid_argument("--calls: " + o_.calls.string() +
                                            " has no time for a call with " + std::to_string(row) +
                                            " samples");
        return seconds;
    }
    void calls(const std::vector<double>& seconds) {
        std::ofstream to(o_.out / "calls.csv");
        to << "samples,seconds\n";
        for (std::size_t n = 1; n < seconds.size(); ++n) to << n << ',' << seconds[n] << '\n';
    }

    void print(double load, const server& s, const serving::outcome& done, double full) {
        std::vector<double> waits, starts;
        for (const serving::answered& each : done.requests) {
            waits.push_back(1e3 * (each.finish - each.arrival));
            starts.push_back(1e3 * (each.start - each.arrival));
            file_ << load << ",\"" << s.name << "\"," << each.arrival << ',' << each.start << ','
                  << each.finish << '\n';
        }
        const double rate = static_cast<double>(done.steps) / done.seconds;
        if (load > 0)
            std::printf("%4.0f%%", 100 * load);
        else
            std::printf("  all");
        std::printf("  %-22s %8.2f %8.2f %8.2f %8.2f %8.2f %8.1f %9.1f%%\n", s.name,
                    percentile(waits, 0.5), percentile(waits, 0.95), percentile(waits, 0.99),
                    percentile(starts, 0.5), percentile(starts, 0.95),
                    static_cast<double>(done.steps) / static_cast<double>(done.rounds),
                    100 * rate / full);
        std::fflush(stdout);
    }

    const options& o_;
    std::ofstream file_;
    std::vector<MatrixXf> alone_;
};

void serve(const options& o) {
    study s(o);
    if (o.network == "plans") {
        std::vector<policy::observation> seen;
        for (int i = 0; i < o.requests; ++i)
            seen.push_back(policy::episode(static_cast<std::uint64_t>(i)).seen());
        seen.resize(std::max<std::size_t>(seen.size(), 10));
        serving::plans network(std::filesystem::path(POLICY_FOLDER) / "policy.weights", seen,
                               o.slots);
        s.run(
            std::ref(network), [](auto& f) { return fokker::predicts_velocity(f).clipped(-1, 1); },
            serving::plans::elements, 4);
    } else {
        serving::garments network(std::filesystem::path(FASHION_FOLDER) / "fashion.weights");
        s.run(
            std::ref(network), [](auto& f) { return fokker::predicts_noise(f).clipped(-1, 1); },
            serving::garments::elements, 1);
    }
}

}  // namespace

int main(int count, char** words) try {
    options o;
    CLI::App app(
        "Serves a stream of requests of 10 to 50 steps each by continuous batching, by batches "
        "whose "
        "walks wait for each other, and one at a time: milliseconds from arrival to answer, and to "
        "the first step.");
    app.name("examples/run.sh serving");
    app.option_defaults()->always_capture_default();
    app.add_option("--network", o.network, "Plans of the robot's policy, or garments")
        ->check(CLI::IsMember({"plans", "garments"}));
    app.add_option("--clock", o.clock,
                   "table: the time of each call is taken from a measured table; processor: all is "
                   "done, and the time counted that this thread computes; wall: all is done as the "
                   "requests come")
        ->check(CLI::IsMember({"table", "processor", "wall"}));
    app.add_option("--requests", o.requests, "In the stream")->check(CLI::Range(1, 1000000));
    app.add_option("--slots", o.slots, "Samples that go through the network at once, at most")
        ->check(CLI::Range(4, 256));
    app.add_option("--loads", o.loads,
                   "How many requests come, as shares of what full batches could do")
        ->delimiter(',')
        ->check(fashion::finite_number)
        ->check(CLI::Range(0.01, 10.0));
    app.add_option("--repetitions", o.repetitions, "By which the time of a call is measured")
        ->check(CLI::Range(1, 100000));
    app.add_option("--calls", o.calls,
                   "A table of the time of each call to take, such as one of another machine or "
                   "engine, instead of measuring it")
        ->default_str("none");
    app.add_option("--seed", o.seed, "Of the stream")->check(fashion::whole_number);
    app.add_option("--out", o.out, "The folder of tables and picture");
    if (!fashion::parse(app, count, words)) return 0;
    if (!o.calls.empty() && o.clock != "table")
        throw std::invalid_argument("--calls goes with --clock table: the others take their time");
    serve(o);
    return 0;
} catch (const std::invalid_argument& problem) {  // fokker::error is one
    std::fprintf(stderr, "serving: %s\n", problem.what());
    return 2;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "serving: %s\n", problem.what());
    return 1;
}
