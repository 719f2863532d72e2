#include <string_view>
#include <vector>

#include <fokker/catalogue.hpp>

#include "catch.hpp"

using namespace fokker;

TEST_CASE("the families of the catalogue have each entry once, in its order") {
    std::vector<std::string_view> names;
    const auto collect = [&](const auto& entry) { names.push_back(entry.name); };
    for_each_named_solver<solver_family::singlestep>(collect);
    CHECK(names.front() == "ddim");
    for_each_named_solver<solver_family::multistep>(collect);
    for_each_named_solver<solver_family::ancestral>(collect);
    for_each_named_solver<solver_family::sde>(collect);
    CHECK(names.back() == "predictor-corrector");
    for_each_named_solver<solver_family::few_step>(collect);
    CHECK(names.back() == "gamma-sampler");
    CHECK(names == solver_names());
}
