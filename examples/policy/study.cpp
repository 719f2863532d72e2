#include "study.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>

#include "counted_new.hpp"

namespace policy {

namespace {

Vector2d first_action(const plan& of) { return of.head<2>().matrix().cast<double>() * fastest; }

}  // namespace

bool path::is_above() const {
    const auto there = std::ranges::find_if(places, [](const Vector2d& p) { return p.x() >= 0; });
    return there != places.end() && there->y() > disc;
}

path drive(controller& of, std::uint64_t seed, std::int64_t& steps) {
    episode world(seed);
    path driven{{world.seen().place}, world.seen().disc, world.seen().goal};
    of.begin(seed);
    for (int i = 0; i < most_ticks && driven.end == ending::none; ++i) {
        driven.end = world.go(first_action(of.next(world.seen())));
        driven.places.push_back(world.seen().place);
        steps += of.steps();
    }
    return driven;
}

double result::share(const std::function<bool(const path&)>& is_so) const {
    return static_cast<double>(std::ranges::count_if(paths, is_so)) /
           static_cast<double>(paths.size());
}

result drive_all(const network& net, const settings& with, int episodes, std::uint64_t seed,
                 int threads, const std::function<void()>& advance) {
    result all;
    all.paths.resize(static_cast<std::size_t>(episodes));
    std::atomic<int> next = 0;
    std::atomic<std::int64_t> steps = 0;
    std::mutex guard;
    std::exception_ptr problem;
    const auto work = [&] {
        try {
            network own = net;
            controller of(own, with);
            std::int64_t done = 0;
            for (int i = next++; i < episodes; i = next++) {
                all.paths[static_cast<std::size_t>(i)] =
                    drive(of, seed + static_cast<std::uint64_t>(i), done);
                advance();
            }
            steps += done;
        } catch (...) {
            const std::scoped_lock lock(guard);
            problem = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> workers;
        for (int i = 1; i < threads; ++i) workers.emplace_back(work);
        work();
    }
    if (problem) std::rethrow_exception(problem);
    all.steps = steps;
    return all;
}

latency measure(const network& net, const settings& with, int ticks) {
    using clock = controller::clock;
    network own = net;
    controller of(own, with);
    std::vector<double> microseconds(static_cast<std::size_t>(ticks));
    std::uint64_t seed = 1;
    episode world(seed);
    of.begin(seed);
    // The first two ticks touch memory that was never touched.
    for (int i = 0; i < 2; ++i) of.next(world.seen());
    const std::int64_t before = allocations();
    for (double& each : microseconds) {
        const auto begin = clock::now();
        const plan& made = of.next(world.seen());
        each = std::chrono::duration<double, std::micro>(clock::now() - begin).count();
        if (world.go(first_action(made)) != ending::none) {
            world = episode(++seed);
            of.begin(seed);
        }
    }
    const std::int64_t taken = allocations() - before;
    std::ranges::sort(microseconds);
    const auto at = [&](double share) {
        return microseconds[static_cast<std::size_t>(share * (ticks - 1))];
    };
    return {at(0.5), at(0.99), at(1.0), taken};
}

}  // namespace policy
