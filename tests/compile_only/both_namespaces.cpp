// A program that opens both namespaces may write every name of either without saying whose it is.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <complex>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iostream>
#include <iterator>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <numbers>
#include <numeric>
#include <optional>
#include <random>
#include <ranges>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <fokker/fokker.hpp>

#if defined(__clang__) && defined(__has_warning)
#if __has_warning("-Wunqualified-std-cast-call")
#pragma clang diagnostic ignored "-Wunqualified-std-cast-call"
#endif
#endif

using namespace std;
using namespace fokker;

namespace {

template <class T>
T passed_on(T&& value) {
    return forward<T>(value);  // std's
}

void network(const vector<float>& x, double, vector<float>& out) { out = x; }

}  // namespace

int main() {
    const auto schedule = linear_schedule();
    const philox noise{.seed = 7};

    array<float, 3> action{};
    const auto small = [](const array<float, 3>& in, double, array<float, 3>& out) { out = in; };
    sample(action, small, trailing(schedule, 4), ddim{}, noise);
    sample(action, predicts_velocity(small), leading(schedule, 4), ddim{.eta = 1}, noise);

    vector<float> x(8), xt(8), target(8);
    const grid walk = beta(schedule, 4);
    sample(x, predicts_data(network), walk, heun{}, noise);
    sample(x, network, exponential(edm_path{}, 4), euler_ancestral{.eta = 0.5}, noise);
    edit(x, network, quadratic(schedule, 4), dpm_solver_pp_2m{}, noise);
    denoise(x, predicts_flow(network), flow(4), unipc<2>{});
    forward(x, walk[1], noise, xt);  // fokker's
    training_pair(x, walk[1], velocity_prediction{}, noise, xt, target);

    run steps(x, network, simple(schedule, 4), lms<2>{}, noise);
    while (!steps.done()) steps.step();
    const transition between = transition_between(walk[1], walk[0]);
    const posterior kernel = posterior_between(walk[1], walk[0]);

    mt19937 engine(1);
    vector<int> chosen;
    const vector<int> population{1, 2, 3, 4};
    sample(population.begin(), population.end(), back_inserter(chosen), 2, engine);  // std's
    const double value = beta(2.0, 3.0) + passed_on(1.0) + between.scale + kernel.std;
    string text = to_string(value) + to_string(chosen.size());
    function<void(const vector<float>&, double, vector<float>&)> kept = network;
    sample(x, move(kept), optional<grid>(walk).value(), ddpm{}, engine);
    try {
        with_solver("unknown", [](auto) {});
    } catch (const error& refused) { cout << refused.what() << text; }
}
