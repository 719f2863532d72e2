// expect: this noise source gives no normals
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXXf x = Eigen::ArrayXXf::Zero(4, 2), x0 = x;
    const fokker::knot noisy{1, 1, 2}, clean{0, 1, 1};
#ifndef FOKKER_MENDED
    fokker::sample_posterior(x, x0, noisy, clean, fokker::student_t(fokker::philox{}, 3), x);
#else
    fokker::sample_posterior(x, x0, noisy, clean, fokker::philox{}, x);
#endif
}
