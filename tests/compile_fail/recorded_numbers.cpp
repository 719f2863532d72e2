// expect: recorded takes a list of draws
#include <fokker/fokker.hpp>

#include <vector>

int main() {
#ifndef FOKKER_MENDED
    fokker::recorded noise(std::vector<float>{1, 2});
#else
    fokker::recorded noise(std::vector<std::vector<float>>{{1, 2}});
#endif
    (void)noise;
}
