#include <fokker/noise/brownian_tree.hpp>

#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "catch.hpp"
#include "support/philox_words.hpp"

using namespace fokker;
using noise::brownian_increment, noise::set_increment;

namespace {

/// W(t) by the recursion itself, one midpoint after the other, for any value of the normals.
double by_midpoints(double t, double (*normal)(std::uint64_t)) {
    double left = 0, right = 1, at_left = 0, at_right = normal(0);
    std::uint64_t node = 1;
    while (t != left && t != right) {
        const double middle = 0.5 * (left + right);
        const double at_middle =
            0.5 * (at_left + at_right) + 0.5 * std::sqrt(right - left) * normal(node);
        const bool upper = t >= middle;
        (upper ? left : right) = middle;
        (upper ? at_left : at_right) = at_middle;
        node = 2 * node + (upper ? 1 : 0);
    }
    return t == left ? at_left : at_right;
}

double some_normal(std::uint64_t node) { return std::sin(1.0 + 3.7 * static_cast<double>(node)); }

/// The weights by their nodes; the keys are undone by making them of every node again.
double by_weights(double from, double to) {
    const noise::detail::brownian_descent a(from), b(to);
    std::set<std::uint64_t> nodes{0};
    for (int level = 0; level < noise::brownian_depth; ++level)
        nodes.insert(a.node(level)), nodes.insert(b.node(level));
    std::map<std::uint64_t, std::uint64_t> node_of_key;
    for (const std::uint64_t node : nodes) {
        const auto w = fokker_test::philox4x32(
            {static_cast<std::uint32_t>(node), static_cast<std::uint32_t>(node >> 32), 5, 1}, 77);
        node_of_key[w[0] | std::uint64_t{w[1]} << 32] = node;
    }
    brownian_increment increment;
    set_increment(increment, from, to, 77, 5);
    double sum = 0;
    for (std::size_t i = 0; i < increment.size; ++i)
        sum += increment.weight[i] * some_normal(node_of_key.at(increment.key[i]));
    return sum * std::sqrt(std::abs(from - to));
}

double variance(const brownian_increment& increment) {
    double sum = 0;
    for (std::size_t i = 0; i < increment.size; ++i)
        sum += increment.weight[i] * increment.weight[i];
    return sum;
}

double covariance(const brownian_increment& a, const brownian_increment& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size; ++i)
        for (std::size_t j = 0; j < b.size; ++j)
            if (a.key[i] == b.key[j]) sum += a.weight[i] * b.weight[j];
    return sum;
}

}  // namespace

TEST_CASE("the weights are the midpoint bridges of the tree, each node with its key") {
    // Times with few binary digits, where the recursion ends early, and one with many.
    for (const double from : {1.0, 0.5, 0.75, 0.8125, 0.3 + 0x1p-20, 0.0})
        for (const double to : {0.0, 0.25, 0.375, 0.0009765625, 1.0}) {
            const auto on_grid = [](double t) { return std::round(t * 0x1p44) * 0x1p-44; };
            const double wanted =
                by_midpoints(on_grid(from), some_normal) - by_midpoints(on_grid(to), some_normal);
            if (from != to) CHECK(by_weights(from, to) == Catch::Approx(wanted).margin(1e-13));
        }
}

TEST_CASE("increments have unit variance at every width, exactly") {
    for (const double start : {1.0, 0.5, 0.123456789, 0.999999, 3e-6})
        for (double width = 1; width > 0.9e-9; width *= 0.1) {
            if (width > start) continue;
            brownian_increment increment;
            set_increment(increment, start, start - width, 1, 0);
            INFO(start << " - " << width);
            CHECK(increment.size <= brownian_increment::most);
            // Times are rounded to 2^-44.
            CHECK(std::abs(variance(increment) - 1) < 0x1p-44 / width + 1e-13);
        }
}

TEST_CASE("disjoint increments are uncorrelated, overlapping ones as far as they overlap") {
    const std::vector<double> times{0.9, 0.51, 0.5, 0.493, 0.49, 0.123, 0.1229999, 0.0};
    std::vector<brownian_increment> parts(times.size() - 1);
    for (std::size_t i = 0; i + 1 < times.size(); ++i)
        set_increment(parts[i], times[i], times[i + 1], 1, 0);
    for (std::size_t i = 0; i < parts.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) CHECK(std::abs(covariance(parts[i], parts[j])) < 1e-6);
    brownian_increment whole, back;
    set_increment(whole, times.front(), times[4], 1, 0);
    CHECK(covariance(whole, parts[0]) == Catch::Approx(std::sqrt((0.9 - 0.51) / (0.9 - 0.49))));
    set_increment(back, times[4], times.front(), 1, 0);
    CHECK(covariance(whole, back) == Catch::Approx(-1));
}

TEST_CASE("another seed or path has other keys, and the same one the same") {
    brownian_increment a, b, c, same;
    set_increment(a, 0.7, 0.2, 1, 0);
    set_increment(b, 0.7, 0.2, 2, 0);
    set_increment(c, 0.7, 0.2, 1, 1);
    set_increment(same, 0.7, 0.2, 1, 0);
    std::set<std::uint64_t> keys;
    for (const auto* each : {&a, &b, &c})
        keys.insert(each->key.begin(), each->key.begin() + static_cast<std::ptrdiff_t>(each->size));
    CHECK(keys.size() == a.size + b.size + c.size);
    CHECK(same.key == a.key);
    CHECK(same.weight == a.weight);
}

TEST_CASE("the two descents share what they have in common") {
    brownian_increment near, far;
    set_increment(near, 0.7, 0.7 - 1e-9, 1, 0);
    set_increment(far, 0.7, 0.2, 1, 0);
    CHECK(near.size < far.size - 20);
}
