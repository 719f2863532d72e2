// Walks of several kinds, and the bits in which they end.
#include <fokker/fokker.hpp>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <sstream>

namespace {

/// A sum in which every bit and its place count.
template <class Array>
std::uint64_t bits_of(const Array& x) {
    std::uint64_t sum = 0;
    for (Eigen::Index i = 0; i < x.size(); ++i) {
        std::uint64_t bits = 0;
        std::memcpy(&bits, x.data() + i, sizeof(*x.data()));
        sum = sum * 0x100000001b3u + bits;
    }
    return sum;
}

template <class T>
void walk(const char* solver) {
    using array = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic>;
    const auto network = [](const array& x, const fokker::knot& k, array& out) {
        out = static_cast<T>(k.sigma) * x;
    };
    array x(37, 3);
    fokker::with_solver(solver, [&](auto entry) {
        const auto walk = fokker::trailing(fokker::linear_schedule(), 12);
        fokker::sample(x, fokker::predicts_noise(network).clipped(-1, 1), walk, entry.solver,
                       fokker::philox{.seed = 7});
    });
    std::printf("%s %zu %016llx\n", solver, sizeof(T), static_cast<unsigned long long>(bits_of(x)));
}

void refuse(const char* what, const auto& misuse) {
    try {
        misuse();
    } catch (const fokker::error& e) { std::printf("%s: %s\n", what, e.what()); }
}

}  // namespace

int main() {
    for (const char* solver : {"ddim", "ddpm", "heun", "unipc", "deis3", "dpm++2m-sde"}) {
        walk<float>(solver);
        walk<double>(solver);
    }
    const auto network = [](const Eigen::ArrayXd& x, double, Eigen::ArrayXd& out) {
        out = 0.5 * x;
    };
    Eigen::ArrayXd x(100);
    const auto grid = fokker::karras(fokker::cosine_schedule(), 8);
    fokker::run first(x, network, grid, fokker::deis<2>{}, fokker::philox{.seed = 3});
    first.start_from_prior();
    for (int i = 0; i < 4; ++i) first.step();
    std::stringstream file;
    first.checkpoint().write(file);
    while (!first.done()) first.step();
    const std::uint64_t whole = bits_of(x);
    fokker::run second(x, network, grid, fokker::deis<2>{}, fokker::philox{.seed = 3});
    second.resume(fokker::checkpoint::read(file));
    while (!second.done()) second.step();
    std::printf("resumed: %d %016llx\n", whole == bits_of(x),
                static_cast<unsigned long long>(whole));
    refuse("grid", [] { fokker::grid({{1.0, 0.8, 0.6}, {2.0, 0.5, 1.0}}); });
    refuse("schedule", [] { fokker::discrete_schedule::from_betas({0.1, 2.0}); });
    refuse("name", [&] { walk<float>("ddimm"); });
}
