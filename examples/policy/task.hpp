// What the robot has to do: a point in the plane goes from the left to a goal on the right, round a
// disc, either way. Each tick of 10 ms it is given a velocity. planner.py says the same.
#pragma once

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>

namespace policy {

inline constexpr double tick_seconds = 0.01, start = -0.8, goal = 0.8, radius = 0.25;
inline constexpr double height = 0.3,
                        lift = 0.15;    // largest ordinates of the ends, and of the disc
inline constexpr double fastest = 1.0;  // component of a velocity in a plan
inline constexpr double reached_within = 0.06;
inline constexpr int most_ticks = 400;

using Eigen::Vector2d;

// What a controller knows of the world: place and last velocity of the robot, and the ordinates of
// the disc, which is at 0, and of the goal.
struct observation {
    Vector2d place, velocity;
    double disc, goal;
};

enum class ending { none, reached, touched };

// One episode. A disturbance pushes the robot off; its law is that of the demonstrations.
class episode {
public:
    explicit episode(std::uint64_t seed) : numbers_(seed) {
        std::uniform_real_distribution<double> height_of(-height, height), lift_of(-lift, lift);
        now_ = {{start, height_of(numbers_)}, {0.0, 0.0}, lift_of(numbers_), height_of(numbers_)};
    }

    const observation& seen() const { return now_; }

    // The robot is given a velocity for one tick.
    ending go(const Vector2d& velocity) {
        constexpr double lasts = 0.1, deviation = 0.25, share = tick_seconds / lasts;
        std::normal_distribution<double> normal;
        for (double& push : push_)
            push += -push * share + deviation * std::sqrt(2.0 * share) * normal(numbers_);
        now_.velocity = velocity;
        now_.place += tick_seconds * (velocity + push_);
        if (std::hypot(now_.place.x(), now_.place.y() - now_.disc) < radius) return ending::touched;
        const bool there = (now_.place - Vector2d(goal, now_.goal)).norm() < reached_within;
        return there ? ending::reached : ending::none;
    }

private:
    std::mt19937_64 numbers_;
    observation now_{};
    Vector2d push_ = Vector2d::Zero();
};

}  // namespace policy
