#include <fokker/kernel/error_norm.hpp>

#include <cmath>
#include <vector>

#include <fokker/finite.hpp>

#include "catch.hpp"

using namespace fokker;

TEST_CASE("the norm is that of the worst sample, or of the batch") {
    const std::vector<double> error{3, 4, 0, 0}, a{1, -9, 1, 1}, b{-4, 1, 0, 2};
    const array_shape shape{2, 2};
    const tolerance absolute{.absolute = 0.5, .relative = 0.0};
    CHECK(kernel::error_norm(error.data(), a.data(), b.data(), shape, absolute) ==
          Catch::Approx(std::sqrt((36.0 + 64.0) / 2)));
    const tolerance batch{.absolute = 0.5, .relative = 0.0, .over = error_over::batch};
    CHECK(kernel::error_norm(error.data(), a.data(), b.data(), shape, batch) ==
          Catch::Approx(std::sqrt(100.0 / 4)));
    const tolerance relative{.absolute = 1.0, .relative = 0.5};
    CHECK(kernel::error_norm(error.data(), a.data(), b.data(), shape, relative) ==
          Catch::Approx(std::sqrt((1.0 + (4 / 5.5) * (4 / 5.5)) / 2)));
    const std::vector<double> broken{0, 0, std::nan(""), 0};
    CHECK(detail::is_nan(kernel::error_norm(broken.data(), a.data(), b.data(), shape, absolute)));
}
