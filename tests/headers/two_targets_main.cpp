// Calls what was compiled for two instruction sets, and catches what either throws.
#include <cmath>
#include <cstdio>

#include <fokker/error.hpp>

float plain_walk(bool wrong);
float avx2_walk(bool wrong);

int main() {
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
        std::puts("this processor has no AVX2: the two were linked, and not run");
        return 0;
    }
    for (const auto walk : {plain_walk, avx2_walk}) {
        try {
            walk(true);
            std::puts("a network's wrong output was not refused");
            return 1;
        } catch (const fokker::network_error&) {}
    }
    const float a = plain_walk(false), b = avx2_walk(false);
    if (std::abs(a - b) < 1e-4f * a) return 0;
    std::printf("the norms are %g and %g\n", static_cast<double>(a), static_cast<double>(b));
    return 1;
}
