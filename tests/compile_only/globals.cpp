// A program's own globals are not what the library's parameters of the same names hide: -Wshadow
// says nothing of them.
int mean, x, t, s, z, n, i, j, k, a, b, c, d, e, f, p, q, u, v, w;
int grid, noise, steps, step, sigma, alpha, eta, data, state, index_of, size, count, value, values;
int first, last, seed, model, network, solver, path, knot, shape, samples, elements, scale;
int sample, element, draw, position, source, target, low, high, from, to, name, text, options;
int weight, sum, order, term, factor, constant, kind, place, result, input, output, schedule;

#include <fokker/fokker.hpp>

#include <array>
#include <string_view>
#include <vector>

namespace {
void f_of(const Eigen::ArrayXXf& in, double, Eigen::ArrayXXf& out) { out = in; }
void f_of_array(const std::array<double, 5>& in, double, std::array<double, 5>& out) { out = in; }
}  // namespace

void draw_by(std::string_view sampler) {
    const auto betas = fokker::linear_schedule();
    Eigen::ArrayXXf xs(4, 2), other = xs, more = xs;
    fokker::with_solver(sampler, [&](auto entry) {
        fokker::sample(xs, fokker::predicts_noise(f_of).clipped(-1, 1), fokker::karras(betas, 5),
                       entry.solver, fokker::philox{}, fokker::check_finite{});
    });
    fokker::sample(xs, fokker::predicts_noise(fokker::guided(f_of, f_of, 2.0)),
                   fokker::trailing(betas, 5), fokker::ddim{}, fokker::brownian{});
    fokker::forward(xs, std::vector<fokker::knot>(2, betas.at(3)), fokker::philox{}, other);
    fokker::training_pair(xs, betas.at(3), fokker::noise_prediction{}, fokker::philox{}, other,
                          more);
    const auto gamma = fokker::estimate_moments(f_of, betas, xs, fokker::philox{});
    (void)fokker::optimal(betas, gamma, 5);
    (void)fokker::fitted(xs, f_of, fokker::vp_path{}, 5, fokker::philox{});
    std::array<double, 5> five{};
    fokker::run walk(five, f_of_array, fokker::flow(4), fokker::unipc<3>{}, fokker::torch_cpu(3));
    walk.resume(walk.checkpoint());
}

int main() {}
