// A server of one thread: requests come by a clock, and rounds of one batch answer them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <exception>
#include <fokker/fokker.hpp>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "stream.hpp"

namespace serving {

// When a request joins: as it comes; when the batch is empty, with all that have come by then; and
// there whether each is answered as soon as it is done, or all when the last one is.
enum class joining { at_once, when_empty, when_empty_until_last };

struct answered {
    double arrival, start, finish;
};

struct outcome {
    std::vector<answered> requests;
    double seconds = 0;     // until the last answer
    std::size_t steps = 0;  // of all requests
    std::size_t rounds = 0;
};

// Time is what calls took when they were measured. Nobody waits for it.
class table_clock {
public:
    // seconds[n]: of a call with n samples.
    explicit table_clock(const std::vector<double>& seconds) : seconds_(seconds) {}
    double now() const { return now_; }
    void idle_until(double time) { now_ = std::max(now_, time); }
    void round_done(std::size_t size) { now_ += seconds_[size]; }

private:
    const std::vector<double>& seconds_;
    double now_ = 0;
};

// The time that this thread has computed, and idle time, which passes at once: what the server
// would take if it had a processor to itself.
class processor_clock {
public:
    processor_clock() : skipped_(-used()) {}
    double now() const { return skipped_ + used(); }
    void idle_until(double time) { skipped_ += std::max(0.0, time - now()); }
    void round_done(std::size_t) {}

private:
    static double used() {
        timespec t{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
    }
    double skipped_;
};

class wall_clock {
public:
    double now() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    }
    void idle_until(double time) {
        std::this_thread::sleep_until(
            begin_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                         std::chrono::duration<double>(time)));
    }
    void round_done(std::size_t) {}

private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// Everything but the clock is the library's. take(request, samples) gets the answers, in any order.
template <class Model>
outcome serve(const std::vector<request>& requests, Model&& model, Eigen::Index elements,
              const fokker::batch_options& sizes, joining how, const auto& start_clock,
              const auto& take) {
    const auto schedule = fokker::cosine_schedule(100);
    std::vector<fokker::grid> grids;
    for (int steps = fewest; steps <= most; ++steps)
        grids.push_back(fokker::trailing(schedule, steps));
    const std::vector<fokker::any_solver> solvers{fokker::ddim{}, fokker::dpm_solver_pp_2m{},
                                                  fokker::unipc<2>{}, fokker::deis<3>{}};

    fokker::continuous_batch batch(Eigen::MatrixXf(elements, 1), model, sizes);
    // Each request's own thread would make its walk; here that is done before the clock starts.
    std::vector<std::unique_ptr<fokker::batched_walk<Eigen::MatrixXf>>> walks;
    for (const request& r : requests)
        walks.push_back(batch.make_walk(
            grids[static_cast<std::size_t>(r.steps - fewest)], solvers[r.sampler % solvers.size()],
            fokker::philox{.seed = r.seed}, {.condition = static_cast<std::int64_t>(r.seed - 1)}));
    outcome done;
    done.requests.resize(requests.size());
    auto clock = start_clock();
    double now = clock.now();  // read once a round, as the processor's clock takes a microsecond
    std::size_t next = 0, started = 0, left = 0, largest = 0;
    std::vector<std::size_t> held;  // answers that wait for the batch's last one
    while (left < requests.size()) {
        const bool joins = how == joining::at_once || batch.idle();
        if (joins) largest = 0;
        while (joins && next < requests.size() && requests[next].arrival <= now &&
               (how == joining::at_once || batch.waiting() < sizes.slots)) {
            batch.join(std::move(walks[next++]));
        }
        if (batch.idle()) {
            clock.idle_until(requests[next].arrival);
            now = clock.now();
            continue;
        }
        const double begins = now;
        const std::size_t size = batch.round();
        largest = std::max(largest, size);
        clock.round_done(how == joining::when_empty_until_last ? largest : size);
        ++done.rounds;
        now = clock.now();
        for (; started < next - batch.waiting(); ++started)
            done.requests[started] = {requests[started].arrival, begins, 0};
        while (const auto walk = batch.take_departed()) {
            if (walk->error()) std::rethrow_exception(walk->error());
            const auto which = static_cast<std::size_t>(walk->ticket() - 1);
            done.requests[which].finish = now;
            done.steps += static_cast<std::size_t>(walk->steps());
            take(which, walk->x());
            held.push_back(which);
            ++left;
        }
        if (batch.idle()) {
            if (how == joining::when_empty_until_last)
                for (const std::size_t each : held) done.requests[each].finish = now;
            held.clear();
        }
        done.seconds = now;
    }
    return done;
}

}  // namespace serving
