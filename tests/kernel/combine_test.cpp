#include <fokker/kernel/combine.hpp>

#include <cstring>
#include <vector>

#include "catch.hpp"

using namespace fokker::kernel;

TEST_CASE("an element's bits do not depend on where it stands") {
    // The same three numbers everywhere: whole lanes and ragged ends must agree to the bit.
    for (std::size_t size = 1; size < 70; ++size) {
        const std::vector<float> a(size, 0.1f), b(size, 0.7f), c(size, -1.3f);
        std::vector<float> out(size), kept(size);
        combine(size, out.data(), kept_prediction<float>{kept.data(), 0.3f, 1.7f},
                scaled<float>{0.9f, a.data()}, scaled<float>{1.1f, b.data()},
                scaled<float>{-0.2f, c.data()});
        for (std::size_t i = 0; i < size; ++i) {
            CHECK(std::memcmp(&out[i], &out[0], sizeof(float)) == 0);
            CHECK(std::memcmp(&kept[i], &kept[0], sizeof(float)) == 0);
        }
        CHECK(out[0] == Catch::Approx(0.9f * 0.1f + 1.1f * 0.7f + 0.2f * 1.3f));
        CHECK(kept[0] == Catch::Approx(0.3f * 0.1f + 1.7f * 0.7f));
    }
}

TEST_CASE("nothing is written beyond the end") {
    std::vector<double> in(40, 1.0), out(40, -7.0);
    combine(21, out.data(), nothing_kept{}, scaled<double>{2.0, in.data()});
    CHECK(out[20] == 2.0);
    CHECK(out[21] == -7.0);
}
