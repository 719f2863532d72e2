// expect: prior_and_steps takes two noise sources
#include <fokker/fokker.hpp>

#include <vector>

int main() {
#ifndef FOKKER_MENDED
    fokker::prior_and_steps noise(7, fokker::philox{});
#else
    fokker::prior_and_steps noise(fokker::philox{.seed = 7}, fokker::philox{});
#endif
    (void)noise;
}
