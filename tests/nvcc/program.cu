// Nearly everything that a CUDA program may include, and calls of it on the host: it runs without a
// device. The host's compiler alone compiles this file, too, and both programs print the same.
#include <bit>
#include <cstdint>
#include <cstdio>
#include <string>

#include <fokker/adapt/comfyui.hpp>
#include <fokker/adapt/evenly_spaced.hpp>
#include <fokker/adapt/k_diffusion.hpp>
#include <fokker/adapt/stable_diffusion_cpp.hpp>
#include <fokker/discrete.hpp>
#include <fokker/engine/ports.hpp>
#include <fokker/fokker.hpp>

#if defined(__CUDACC__)
__global__ void halve(float* x) { x[threadIdx.x] *= 0.5f; }
#endif

namespace {

// Exact where the data are N(0, 0.5^2).
void network(const Eigen::ArrayXXf& x, const fokker::knot& k, Eigen::ArrayXXf& out) {
    const double variance = 0.25 * k.alpha * k.alpha + k.sigma * k.sigma;
    out = static_cast<float>(k.sigma / variance) * x;
}

template <class Array>
void show(const std::string& name, const Array& x) {
    // FNV-1a over the bits.
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (Eigen::Index i = 0; i < x.size(); ++i) {
        hash ^= std::bit_cast<std::uint64_t>(static_cast<double>(x(i)));
        hash *= 0x100000001b3u;
    }
    std::printf("%s %016llx\n", name.c_str(), static_cast<unsigned long long>(hash));
}

}  // namespace

int main() {
    const auto schedule = fokker::linear_schedule();
    const auto grid = fokker::trailing(schedule, 10);
    Eigen::ArrayXXf x(117, 3);
    for (const char* name : {"ddpm", "dpm_solver_pp_2m"})
        fokker::with_solver(name, [&](auto entry) {
            fokker::sample(x, fokker::predicts_noise(network).clipped(-1, 1), grid, entry.solver,
                           fokker::philox{.seed = 7}, fokker::check_finite{});
            show(std::string(entry.name), x);
        });
    Eigen::ArrayXXd y(117, 3);
    fokker::forward(y.setZero(), schedule.at(500), fokker::torch_cuda(7, {132, 2048}), y);
    show("torch_cuda", y);

    const auto found = fokker::log_likelihood(
        x, network, fokker::uniform_lambda(schedule, 4, fokker::grid_end::least_noise),
        fokker::unipc<2>{});
    show("likelihood", Eigen::Map<const Eigen::ArrayXd>(found.nats.data(), 3));
    const auto A = [](const Eigen::ArrayXXf& in, Eigen::ArrayXXf& out) { out = in; };
    const Eigen::ArrayXXf wanted = Eigen::ArrayXXf::Constant(117, 3, 0.25f);
    fokker::sample(x,
                   fokker::predicts_noise(network).with_correction(
                       fokker::ddnm(A, A, wanted), fokker::corrected_noise::as_predicted),
                   grid, fokker::ddim{}, fokker::philox{.seed = 7});
    show("measured", x);

    namespace discrete = fokker::discrete;
    const auto says = [](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& logits) {
        for (Eigen::Index i = 0; i < logits.size(); ++i)
            logits(i) = static_cast<float>(i % 13) * 0.25f;
    };
    Eigen::ArrayXXi classes(16, 4);
    discrete::sample(classes, discrete::predicts_classes(says, 100),
                     discrete::absorbing{.mask = 100}, fokker::flow(8), discrete::ancestral{},
                     fokker::philox{.seed = 3});
    show("classes", classes);
}
