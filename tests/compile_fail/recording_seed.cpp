// expect: recording takes a noise source or a std engine
#include <fokker/fokker.hpp>

#include <vector>

int main() {
#ifndef FOKKER_MENDED
    fokker::recording noise(7);
#else
    fokker::recording noise(fokker::philox{.seed = 7});
#endif
    (void)noise;
}
