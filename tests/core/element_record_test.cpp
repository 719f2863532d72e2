// Every solver, where the elements of a sample have paths of their own: each element has the bits
// of a walk on its path alone, or the solver is refused by a named error.
#include <fokker/core/element_record.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;
using std::vector;

namespace {

/// Three paths for 37 elements: the walk's own, one that loses its signal sooner, and a noisier one.
constexpr int elements = 37;
constexpr std::size_t paths = 3;

grid base_walk() { return linspace(cosine_path{}, 7); }

/// How much signal a path has, of the walk's own.
double kept(std::size_t path, const knot& k) {
    return path == 0 ? 1.0 : std::exp(-0.8 * static_cast<double>(path) * k.sigma * k.sigma);
}

vector<std::uint32_t> path_of_elements() {
    vector<std::uint32_t> path_of;
    for (std::uint32_t i = 0; i < elements; ++i) path_of.push_back(i * i % paths);
    return path_of;
}

grid walk_by_element() {
    const grid walk = base_walk();
    vector<detail::element_paths::level> levels;
    for (const knot& k : walk)
        for (std::size_t p = 1; p < paths; ++p)
            levels.push_back({kept(p, k) * k.alpha, k.sigma * (p == 2 ? 1.5 : 1.0)});
    return walk.with_element_paths({path_of_elements(), paths - 1, levels});
}

/// The same path for all elements.
grid walk_of(std::size_t path) {
    const grid walk = base_walk();
    vector<knot> knots;
    for (const knot& k : walk)
        knots.push_back({k.t, kept(path, k) * k.alpha, k.sigma * (path == 2 ? 1.5 : 1.0)});
    return grid(knots).with_prior(walk.prior());
}

const auto network = [](const ArrayXXd& x, double t, ArrayXXd& out) {
    out = x * (0.6 + 0.2 * t) + 0.05 * x * x / (1 + x * x);
};

using walked = std::function<void(ArrayXXd&, const grid&)>;

/// What is refused, and why.
std::map<std::string, std::string> refused;

void compare(const std::string& name, const walked& f) {
    INFO(name);
    ArrayXXd x(elements, 2);
    try {
        f(x, walk_by_element());
    } catch (const fokker::error& e) {
        refused[name] = e.what();
        return;
    }
    const vector<std::uint32_t> path_of = path_of_elements();
    for (std::size_t path = 0; path < paths; ++path) {
        ArrayXXd y(elements, 2);
        f(y, walk_of(path));
        for (int i = 0; i < elements; ++i)
            if (path_of[static_cast<std::size_t>(i)] == path) {
                INFO("path " << path << ", element " << i);
                REQUIRE(x(i, 0) == y(i, 0));
                REQUIRE(x(i, 1) == y(i, 1));
            }
    }
}

const auto compare_each = [](const auto& entry) {
    compare(entry.name, [&](ArrayXXd& x, const grid& walk) {
        sample(x, network, walk, entry.solver, philox{.seed = 11});
    });
};

}  // namespace

TEST_CASE("each element has the bits of a walk on its path: solvers in single steps") {
    fokker_test::for_each_singlestep_solver(compare_each);
    for (auto& [n, w] : refused) std::printf("%s: %s\n", n.c_str(), w.c_str());
}
TEST_CASE("each element has the bits of a walk on its path: solvers with a history") {
    refused.clear();
    fokker_test::for_each_multistep_solver(compare_each);
    for (auto& [n, w] : refused) std::printf("%s: %s\n", n.c_str(), w.c_str());
}
TEST_CASE("each element has the bits of a walk on its path: ancestral solvers") {
    refused.clear();
    fokker_test::for_each_ancestral_solver(compare_each);
    for (auto& [n, w] : refused) std::printf("%s: %s\n", n.c_str(), w.c_str());
}
