// What every single-step solver must hold.
#include "support/solver_properties.hpp"

using namespace fokker_test;

namespace {
const auto each = [](const auto& f) { for_each_singlestep_solver(f); };
}  // namespace

TEST_CASE("every single-step solver has its order on every path") { check_orders(each); }
TEST_CASE("every single-step solver allocates its buffers, and its steps nothing") {
    check_allocations(each);
}
TEST_CASE("every single-step solver counts its evaluations as promised") {
    check_evaluations(each);
}
TEST_CASE("every single-step solver gives finite numbers at both ends") { check_ends(each); }
TEST_CASE("every single-step solver follows double in float") { check_float(each); }
TEST_CASE("every single-step solver gives the same samples in the coordinates of every path") {
    check_coordinates(each);
}
TEST_CASE("every single-step solver leaves the label to the network") { check_labels(each); }
TEST_CASE("every single-step solver repeats a failed step with the same bits") {
    check_failures(each);
}
TEST_CASE("every single-step solver goes on from a checkpoint with the same bits") {
    check_checkpoints(each);
}
TEST_CASE("every single-step solver gives the data prediction that a step began with") {
    check_predictions(each);
}
TEST_CASE("every single-step solver gives the same bits whether its prediction is kept or not") {
    check_unobserved(each);
}
