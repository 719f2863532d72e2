#include <fokker/path/element_paths.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <fokker/path/continuous.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using level = detail::element_paths::level;

namespace {
const std::vector<knot> knots{{3, 0.1, 1.0}, {2, 0.5, 0.8}, {1, 0.9, 0.4}, {0, 1.0, 0.0}};
const std::vector<std::uint32_t> path_of{1, 0, 2, 1};
/// Of two paths.
std::vector<level> levels() {
    return {{0.05, 1.0}, {0.08, 1.1}, {0.4, 0.8}, {0.3, 0.7},
            {0.8, 0.4},  {0.9, 0.5},  {1, 0},     {1, 0}};
}
grid walk() { return grid(knots).with_element_paths({path_of, 2, levels()}); }
}  // namespace

TEST_CASE("a path's knots are those of its levels, with the grid's labels") {
    const grid made = walk();
    const detail::element_paths& paths = *made.element_paths();
    CHECK(paths.elements() == 4);
    CHECK(paths.paths() == 2);
    CHECK(paths.path_of() == path_of);
    CHECK(paths.at(0, 1, knots[1]) == knots[1]);
    CHECK(paths.at(1, 1, knots[1]) == knot{2, 0.4, 0.8});
    CHECK(paths.at(2, 1, knots[1]) == knot{2, 0.3, 0.7});
    CHECK(paths.at(2, 0, knots[0]) == knot{3, 0.08, 1.1});
}

TEST_CASE("a part of the walk has that part of the paths, and a reversed one has them reversed") {
    const grid part = walk().from(1).until(2), back = walk().reversed();
    CHECK(part.element_paths()->levels().size() == 6);
    CHECK(part.element_paths()->at(2, 0, part[0]) == knot{2, 0.3, 0.7});
    CHECK(part.element_paths()->at(1, 2, part[2]) == knot{0, 1.0, 0.0});
    CHECK(back.element_paths()->at(1, 0, back[0]) == knot{0, 1.0, 0.0});
    CHECK(back.element_paths()->at(2, 3, back[3]) == knot{3, 0.08, 1.1});
    CHECK(back.reversed().element_paths()->at(2, 1, knots[1]) == knot{2, 0.3, 0.7});
    CHECK(walk().with_prior(prior::standard).element_paths());
    CHECK(grid(knots).element_paths() == nullptr);
}

TEST_CASE("a grid whose elements have paths of their own has no path between its knots") {
    const grid base = linspace(cosine_path{}, 3);
    std::vector<level> same;
    for (const knot& k : base) same.push_back({k.alpha, k.sigma});
    const grid made = base.with_element_paths({{0, 1}, 1, same});
    CHECK(base.has_path());
    CHECK(!made.has_path());
    CHECK_THROWS_WITH(made.knot_at(0.0), ContainsSubstring("at different times"));
    CHECK(made.prior() == base.prior());
    CHECK_THROWS_WITH(made.require_one_path("a verb"),
                      ContainsSubstring("a verb goes by one path"));
    base.require_one_path("a verb");
}

TEST_CASE("paths that are none are named") {
    const auto refuses = [](std::size_t i, level l, const char* why) {
        std::vector<level> wrong = levels();
        wrong[i] = l;
        CHECK_THROWS_WITH(grid(knots).with_element_paths({path_of, 2, wrong}),
                          ContainsSubstring(why));
    };
    refuses(2, {0.04, 0.8}, "path 1 of the elements is not closer to the data at knot 1");
    refuses(3, {-0.3, 0.8}, "path 2 of the elements has {alpha = -0.3, sigma = 0.8} at knot 1");
    refuses(3, {0.3, std::numeric_limits<double>::infinity()}, "must be finite");
    refuses(6, {1, 0.1}, "0 where those of the grid are");
    refuses(1, {0, 1}, "0 where those of the grid are");
    CHECK_THROWS_WITH(grid(knots).with_element_paths({{}, 2, levels()}),
                      ContainsSubstring("of no element"));
    CHECK_THROWS_WITH(grid(knots).with_element_paths({{3}, 2, levels()}),
                      ContainsSubstring("element 0 has the path 3"));
    CHECK_THROWS_WITH(grid(knots).with_element_paths({{0, 1}, 1, levels()}),
                      ContainsSubstring("8 levels"));
    CHECK_THROWS_WITH(grid(knots).reversed().with_element_paths({path_of, 2, levels()}),
                      ContainsSubstring("reverse the grid afterwards"));
}
