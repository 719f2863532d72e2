// The macros of windows.h may stand before the library. The standard library takes min and max
// back, and so it comes first, as on Windows where each of its headers guards itself.
#include <algorithm>
#include <any>
#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <cfloat>
#include <charconv>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <istream>
#include <iterator>
#include <limits>
#include <memory>
#include <new>
#include <numbers>
#include <numeric>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <Eigen/Core>

#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define near
#define far
#define small char
#define hyper __int64
#define interface struct
#define cdecl
#define pascal __stdcall
#define grp1 0x0430
#define rad1 0x0420
#define ERROR 0
#define IN
#define OUT
#define OPTIONAL
#define CONST const
#define VOID void
#define DELETE (0x00010000L)
#define TRUE 1
#define FALSE 0
#define STRICT 1
#define DIFFERENCE 11
#define ABSOLUTE 1
#define RELATIVE 2

#include <fokker/adapt/comfyui.hpp>
#include <fokker/adapt/evenly_spaced.hpp>
#include <fokker/adapt/k_diffusion.hpp>
#include <fokker/adapt/stable_diffusion_cpp.hpp>
#include <fokker/discrete.hpp>
#include <fokker/engine/ports.hpp>
#include <fokker/fokker.hpp>

#if !defined(min) || !defined(max)
#error "a header of the standard library came after min and max were defined: include it above, too"
#endif

void f_of(const Eigen::ArrayXXf& in, double, Eigen::ArrayXXf& out);

void draw_all(std::string_view sampler, Eigen::ArrayXXf& x) {
    const auto betas = fokker::linear_schedule();
    fokker::with_solver(sampler, [&](auto entry) {
        fokker::sample(x, fokker::predicts_noise(f_of).clipped(-1, 1), fokker::karras(betas, 5),
                       entry.solver, fokker::philox{}, fokker::check_finite{});
    });
}

void f_of(const Eigen::ArrayXXf& in, double, Eigen::ArrayXXf& out) { out = in; }

int main() {}
