#include <fokker/blur/blurred.hpp>

#include <cmath>

#include <Eigen/Core>

#include <fokker/blur/cosine_transform.hpp>
#include <fokker/blur/in_pixels.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/unipc.hpp>

#include "catch.hpp"

using namespace fokker;
using Eigen::ArrayXXd;
using Eigen::ArrayXXf;

namespace {
const picture_shape shape{5, 7, 2};
const auto network = [](const auto& x, double t, auto& out) {
    using T = typename std::remove_cvref_t<decltype(out)>::Scalar;
    out = x * static_cast<T>(0.3 + 0.2 * t) + static_cast<T>(0.1);
};
}

TEMPLATE_TEST_CASE("without blur every bit is that of one path", "", ddim, ddpm, dpm_solver_pp_2m, unipc<2>) {
    const grid walk = linspace(cosine_path{}, 8);
    const TestType solver{};
    for (const int samples : {1, 3}) {
        ArrayXXf a(70, samples), b = a;
        sample(a, network, walk, solver, philox{.seed = 5});
        sample(b, network, blurred(walk, shape, {.floor = 1.0}), solver, philox{.seed = 5});
        CHECK((a == b).all());
    }
}
