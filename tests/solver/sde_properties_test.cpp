// What every solver of the reverse SDE must hold.
#include "support/solver_properties.hpp"

using namespace fokker_test;

namespace {
const auto each = [](const auto& f) { for_each_sde_solver(f); };
}  // namespace

TEST_CASE("every solver of the reverse SDE allocates its buffers, and its steps nothing") {
    check_allocations(each);
}
TEST_CASE("every solver of the reverse SDE counts its evaluations as promised") {
    check_evaluations(each);
}
TEST_CASE("every solver of the reverse SDE gives finite numbers at both ends") { check_ends(each); }
TEST_CASE("every solver of the reverse SDE reproduces the moments of the mixture") {
    check_moments(each);
}
