#include <fokker/path/path.hpp>

#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grid.hpp>

#include <Eigen/Core>
#include <vector>

#include "catch.hpp"

static_assert(fokker::diffusion_path<fokker::vp_path>);
static_assert(fokker::diffusion_path<fokker::sub_vp_path>);
static_assert(fokker::diffusion_path<fokker::ve_path>);
static_assert(fokker::diffusion_path<fokker::edm_path>);
static_assert(fokker::diffusion_path<fokker::cosine_path>);
static_assert(fokker::diffusion_path<fokker::trigflow_path>);
static_assert(fokker::diffusion_path<fokker::flow_path>);
static_assert(fokker::diffusion_path<fokker::shifted_flow_path>);
static_assert(fokker::discrete_path<fokker::discrete_schedule>);
static_assert(!fokker::discrete_path<fokker::vp_path>);
static_assert(!fokker::diffusion_path<double>);
// What has an at(), or times of another kind, is not taken for the beginning of a path.
static_assert(!fokker::diffusion_path<std::vector<fokker::knot>>);
static_assert(!fokker::diffusion_path<fokker::knot>);
static_assert(!fokker::diffusion_path<fokker::grid>);
static_assert(!fokker::diffusion_path<fokker::detail::grid_knot>);
static_assert(!fokker::diffusion_path<Eigen::ArrayXXf>);

namespace {
/// A path of the user's own: the cosine path, with its own inverse.
struct my_path {
    fokker::knot at(double t) const { return {t, std::cos(t), std::sin(t)}; }
    double time(double lambda) const { return std::atan(std::exp(-lambda)); }
    double first_time() const { return 0.01; }
    double last_time() const { return 1.5; }
};
}  // namespace

TEST_CASE("a path of the user's own is a path") {
    static_assert(fokker::diffusion_path<my_path>);
    const my_path path;
    CHECK(path.time(path.at(0.7).lambda()) == Catch::Approx(0.7));
}
