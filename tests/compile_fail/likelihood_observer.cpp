// expect: and then observers; they take a fokker::progress
#include <fokker/fokker.hpp>

struct looks_at_the_run {
#ifndef FOKKER_MENDED
    template <class Run>
        requires requires(const Run& run) { run.state(); }
    void operator()(const Run&) const {}
#else
    void operator()(const fokker::progress&) const {}
#endif
};

int main() {
    const Eigen::ArrayXf x = Eigen::ArrayXf::Zero(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::karras(fokker::edm_path{}, 5, {.end = fokker::grid_end::least_noise});
    fokker::log_likelihood(x, network, walk, fokker::heun{}, fokker::divergence_probes{},
                           looks_at_the_run{});
}
