/// Poisson flow: a network that gives a field in one dimension more than the data have.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/core/caller.hpp>
#include <fokker/core/memory.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/model/callable.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Options of `predicts_field`.
struct field_options {
    /// Below this z the network's v_z, which is small there, gives way to that of the nearest data:
    /// z_exp of Xu et al. 2022, who take 5 for CIFAR-10, 1 and 0.1 for larger pictures. 0: nowhere.
    double exact_below = 0.0;
    /// How v was normalised in training, which exact_below needs: v = -sqrt(N) F / (|F| + gamma).
    double gamma = 5.0;
};

namespace detail {

template <class F, class X, class Time, class Out>
concept gives_field = std::invocable<F&, const X&, Time, Out&, std::span<double>>;

namespace types {

/// The network of `predicts_field`. One object serves one thread at a time.
template <class Network>
class field_network {
    using network = std::remove_reference_t<Network>;

public:
    field_network(Network&& inner, const field_options& options)
        : network_(std::forward<Network>(inner)), options_(options) {}

    /// out = D = x / alpha - z v_x / v_z.
    template <array_like X, array_like Out>
    void operator()(const X& x, const knot& k, Out& out) {
        using T = scalar_of<Out>;
        using space = core::space_of<Out>;
        constexpr bool by_time = gives_field<network, X, double, Out>;
        static_assert(by_time || gives_field<network, X, const knot&, Out>,
                      "fokker: the network of predicts_field is called as f(x, z, v_x, v_z), with "
                      "v_x like x and v_z a std::span<double> of one number a sample; z is a "
                      "double or a fokker::knot");
        static_assert(!cuts_time<network, const X&, Out&, std::span<double>>,
                      "fokker: the network of predicts_field takes z as an integer; take a double");
        static_assert(
            !(plain_callable<network> &&
              std::invocable<network&, const X&, double, temporary<Out>, std::span<double>>),
            "fokker: the network of predicts_field takes v_x by value, so what it writes "
            "would be lost; take it by reference");
        require(k.alpha > 0,
                "predicts_field is called at alpha = 0, where z is infinite; begin "
                "the walk at alpha > 0");
        const double z = k.noise_to_signal();
        const array_shape shape = detail::shape_of(x);
        v_z_.assign(shape.samples, 0.0);
        const auto call = [&](const auto& state) {
            core::open_call opened(k);
            if constexpr (by_time)
                network_(state, z, out, std::span<double>(v_z_));
            else
                network_(state, opened.handed(k, z), out, std::span<double>(v_z_));
            opened.done();
        };
        if (k.alpha == 1.0) {
            call(x);
        } else {
            owner_of<X>& scaled = scaled_.like(x);
            core::sweep<space>(detail::data_of(scaled),
                               kernel::term<T>(1.0 / k.alpha, detail::data_of(x)), shape);
            call(std::as_const(scaled));
        }
        detail::require_output(x, out, out, the_output, k, -1);
        const array_shape one{1, shape.elements};
        for (std::size_t n = 0; n < shape.samples; ++n) {
            T* const v = detail::data_of(out) + n * shape.elements;
            const double v_z =
                z < options_.exact_below ? exact(space::mean_norm(v, one), z, n, one) : v_z_[n];
            if (!(is_finite(v_z) && v_z < 0.0)) refuse("v_z", v_z, z, n);
            core::sweep<space>(
                v,
                kernel::term<T>(1.0 / k.alpha, detail::data_of(x) + n * shape.elements) +
                    kernel::term<T>(-z / v_z, static_cast<const T*>(v)),
                one);
        }
    }

    void begin_walk() { detail::begin_walk(network_); }
    template <class Archive>
    void memory(Archive& archive)
        requires core::keeps_memory<network>
    {
        core::visit_memory(network_, archive);
    }

private:
    /// v_z of one point of data at the distance that |v_x| speaks of.
    double exact(double norm, double z, std::size_t sample, const array_shape& one) const {
        const double root = std::sqrt(static_cast<double>(one.elements)), part = norm / root;
        if (!(part < 1.0)) refuse("|v_x| / sqrt(N)", part, z, sample);
        const double distance = options_.gamma * part / (1.0 - part);
        return -root * z / (std::hypot(distance, z) + options_.gamma);
    }
    [[noreturn]] FOKKER_COLD static void refuse(const char* what, double value, double z,
                                                std::size_t sample) {
        throw network_error(sentence(
            {"fokker: the field's ", what, " is ", value, " at z = ", z, " in sample ", sample,
             "; v = -sqrt(N) F / (|F| + gamma) has v_z < 0 and |v_x| < sqrt(N); where the network "
             "does not know it any more, near the data, end the walk earlier or give "
             "predicts_field{.exact_below}"}));
    }

    Network network_;
    field_options options_;
    std::vector<double> v_z_;
    kept_array scaled_;
};

}  // namespace types
using types::field_network;

}  // namespace detail

/// The network of Poisson flow (PFGM, Xu et al. 2022) as a model that predicts data:
/// D = x - z v_x / v_z with z = sigma / alpha, which is the ODE dx/dz = v_x / v_z. The network is
/// f(x, z, v_x, v_z): v_x is like x, v_z a std::span<double> of one number a sample. v points to
/// the data, so that v_z < 0. The noise that goes with it is student_t(source, 1). Throws
/// fokker::error on bad options, network_error where v_z is not negative.
template <class F>
auto predicts_field(F&& network, const field_options& options = {}) {
    detail::require(detail::is_finite(options.exact_below) && options.exact_below >= 0,
                    "exact_below is ", options.exact_below, "; it must be finite, 0 or more");
    detail::require(detail::is_finite(options.gamma) && options.gamma > 0, "gamma is ",
                    options.gamma, "; it must be positive");
    return fokker::predicts_data(detail::field_network<F>(std::forward<F>(network), options));
}

}  // namespace fokker
