// Every solver, where the elements of a sample have paths of their own.
#include <Eigen/Core>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/element_paths.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using namespace fokker_test::by_element;

namespace {

const auto compare_each = [](const auto& entry) {
    compare(entry.name, [&](Eigen::ArrayXXd& x, const grid& walk) {
        sample(x, network, walk, entry.solver, philox{.seed = 11});
    });
};

}  // namespace

TEST_CASE("each element has the bits of a walk on its path: solvers in single steps") {
    compared = 0;
    fokker_test::for_each_singlestep_solver(compare_each);
    CHECK(compared == 7);
}
TEST_CASE("each element has the bits of a walk on its path: solvers with a history") {
    compared = 0;
    fokker_test::for_each_multistep_solver(compare_each);
    CHECK(compared >= 24);
}
TEST_CASE("each element has the bits of a walk on its path: ancestral solvers") {
    compared = 0;
    fokker_test::for_each_ancestral_solver(compare_each);
    CHECK(compared == 15);
}
TEST_CASE("each element has the bits of a walk on its path: solvers of the reverse SDE") {
    compared = 0;
    fokker_test::for_each_sde_solver(compare_each);
    CHECK(compared == 38);
}
