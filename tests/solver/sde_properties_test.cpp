// What every solver of the reverse SDE must hold.
#include "support/solver_properties.hpp"

using namespace fokker_test;

namespace {
const auto each = [](const auto& f) { for_each_sde_solver(f); };
}  // namespace

TEST_CASE("every solver of the reverse SDE has its order without noise, on every path") {
    check_orders(each);
}
TEST_CASE("solvers of the reverse SDE with a start of low order show theirs on fine grids") {
    const fokker::vp_path path;
    const fokker::sde_dpm_solver_pp<3> three{.eta = 0.0};
    const fokker::sa_solver<2, 2> adams{.tau = 0.0};
    CHECK(std::abs(measured_order(path, three, 2.0, false, 64) - 2.0) < 0.1);
    CHECK(std::abs(measured_order(path, adams, 2.0, false, 8) - 2.0) < 0.1);
    const fokker::sa_solver_pece<2, 2> twice{.tau = 0.0};
    CHECK(std::abs(measured_order(path, twice, 2.0, false, 8) - 2.0) < 0.1);
    // A corrector is no better than the prediction that it is given.
    const fokker::sa_solver_pece<1, 3> euler{.tau = 0.0};
    CHECK(std::abs(measured_order(path, euler, 2.0, false, 8) - 2.0) < 0.1);
}
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
TEST_CASE(
    "every solver of the reverse SDE gives the same samples in the coordinates of every path") {
    check_coordinates(each);
}
TEST_CASE("every solver of the reverse SDE takes s_noise for what it is") { check_s_noise(each); }
TEST_CASE("every solver of the reverse SDE leaves the label to the network") { check_labels(each); }
TEST_CASE("every solver of the reverse SDE repeats a failed step with the same bits") {
    check_failures(each);
}
TEST_CASE("every solver of the reverse SDE goes on from a checkpoint with the same bits") {
    check_checkpoints(each);
}
TEST_CASE("every solver of the reverse SDE gives the data prediction that a step began with") {
    check_predictions(each);
}
TEST_CASE(
    "every solver of the reverse SDE gives the same bits whether its prediction is kept or not") {
    check_unobserved(each);
}
