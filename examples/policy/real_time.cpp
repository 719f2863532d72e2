#include "real_time.hpp"

#include <chrono>
#include <thread>

#include "task.hpp"

namespace policy {

real_time_result drive_in_real_time(network net, const settings& with, std::uint64_t seed,
                                    const std::stop_token& stop) {
    using clock = controller::clock;
    constexpr auto period = std::chrono::milliseconds(10), spare = std::chrono::milliseconds(2);
    real_time_result found;
    controller of(net, with);
    auto tick = clock::now();
    while (!stop.stop_requested()) {
        episode world(seed);
        of.begin(seed++);
        ending end = ending::none;
        for (int i = 0; i < most_ticks && end == ending::none && !stop.stop_requested(); ++i) {
            const auto deadline = tick + period - spare;
            const plan& made = of.next(world.seen(), deadline, stop);
            found.late += clock::now() > deadline;
            found.cut += of.was_cut();
            ++found.ticks;
            // A robot that is stopped stands still.
            const Vector2d velocity =
                stop.stop_requested() ? Vector2d(Vector2d::Zero())
                                      : Vector2d(made.head<2>().matrix().cast<double>() * fastest);
            tick += period;
            std::this_thread::sleep_until(tick);
            end = world.go(velocity);
        }
        found.reached += end == ending::reached;
        found.touched += end == ending::touched;
    }
    return found;
}

}  // namespace policy
