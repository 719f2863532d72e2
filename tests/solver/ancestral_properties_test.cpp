// What every ancestral solver must hold.
#include "support/solver_properties.hpp"

using namespace fokker_test;

namespace {
const auto each = [](const auto& f) { for_each_ancestral_solver(f); };
}  // namespace

TEST_CASE("every ancestral solver has the order of its ODE without noise, on every path") {
    check_orders(each);
}
TEST_CASE("every ancestral solver allocates its buffers, and its steps nothing") {
    check_allocations(each);
}
TEST_CASE("every ancestral solver counts its evaluations as promised") { check_evaluations(each); }
TEST_CASE("every ancestral solver gives finite numbers at both ends") { check_ends(each); }
TEST_CASE("every ancestral solver reproduces the moments of the mixture") { check_moments(each); }
TEST_CASE("every ancestral solver gives the same samples in the coordinates of every path") {
    check_coordinates(each);
}
TEST_CASE("every ancestral solver takes s_noise for what it is") { check_s_noise(each); }
TEST_CASE("every ancestral solver leaves the label to the network") { check_labels(each); }
TEST_CASE("every ancestral solver repeats a failed step with the same bits") {
    check_failures(each);
}
TEST_CASE("every ancestral solver goes on from a checkpoint with the same bits") {
    check_checkpoints(each);
}
TEST_CASE("every ancestral solver gives the data prediction that a step began with") {
    check_predictions(each);
}
TEST_CASE("every ancestral solver gives the same bits whether its prediction is kept or not") {
    check_unobserved(each);
}
