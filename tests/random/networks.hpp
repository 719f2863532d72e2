/// The network of a configuration: exact for Gaussian data, and made to fail at one of its calls.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <fokker/fokker.hpp>

#include "dice.hpp"

namespace fokker_random {

/// What a network of this test throws.
struct network_failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// A walk that calls the network again and again.
struct hang : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// How it fails. The last two do so in one element.
enum class fault { none, throws, wrong_shape, not_a_number, infinite };

/// A parametrisation of any type. `Scales` is whether the network's input may be scaled.
template <bool Scales>
struct any_prediction {
    enum class kind { noise, data, velocity, score, flow, edm, consistency };

    kind is = kind::noise;
    fokker::flow_prediction flow{};
    fokker::edm_prediction edm{};
    fokker::detail::consistency_prediction consistency{};
    bool latent = false;
    double timestep_scaling = 10.0, sigma_data = 0.5;

    static constexpr bool scales_input = Scales;
    static constexpr const char* name = "any prediction";

    fokker::detail::reading at(const fokker::knot& k) const {
        return with([&](const auto& p) { return p.at(k); });
    }
    fokker::detail::training_target target(const fokker::knot& k) const {
        return with([&](const auto& p) { return p.target(k); });
    }

private:
    template <class F>
    auto with(const F& f) const {
        switch (is) {
            case kind::data:
                return inner(fokker::data_prediction{}, f);
            case kind::velocity:
                return inner(fokker::velocity_prediction{}, f);
            case kind::score:
                return inner(fokker::score_prediction{}, f);
            case kind::flow:
                return inner(flow, f);
            case kind::edm:
                return inner(edm, f);
            case kind::consistency:
                return inner(consistency, f);
            case kind::noise:
                break;
        }
        return inner(fokker::noise_prediction{}, f);
    }
    template <class P, class F>
    auto inner(const P& p, const F& f) const {
        if (!latent) return f(p);
        return f(fokker::detail::latent_consistency_prediction<P>{p, timestep_scaling, sigma_data});
    }
};

/// The network itself, without the array's type. The data are N(m, v I), so that
///   D = (alpha v x + sigma^2 m) / (alpha^2 v + sigma^2).
/// With v = 0 all data are the point m, D = m wherever x is, and with eps_hat = (x - alpha m) /
/// sigma the probability-flow ODE is x = alpha m + c sigma. Every solver solves that exactly, on
/// any grid.
class brain {
public:
    double mean = 0.0, variance = 0.0;
    double shift = 0.0;  ///< of the mean by guidance, where the conditional part is asked
    std::int64_t calls = 0;
    std::int64_t fails_at = -1;  ///< this call
    fault fails = fault::none;
    std::int64_t most_calls = 2'000'000;
    /// How far rounding takes D in the calls since it was last asked, in units of an epsilon of the
    /// array's scalar; infinite where the output has no weight.
    double rounding = 0.0;
    bool reached = true;   ///< whether every call could say D
    double largest = 0.0;  ///< of what it wrote

    fault begin_call() {
        if (++calls > most_calls) throw hang("the network was called again and again");
        const bool now = calls - 1 == fails_at;
        if (now && fails == fault::throws) throw network_failure("out of memory");
        return now ? fails : fault::none;
    }

    double data(double x, const fokker::knot& k, double m) const {
        if (variance == 0) return m;
        const double v = k.alpha * k.alpha * variance + k.sigma * k.sigma;
        return (k.alpha * variance * x + k.sigma * k.sigma * m) / v;
    }

    /// For the way to another knot: that of the exact map, x_to - alpha_to m = S_to / S (x - alpha
    /// m) with S^2 = alpha^2 v + sigma^2, as DDIM's step reads it.
    double data_to(double x, const fokker::knot& k, const fokker::knot& to, double m) const {
        const auto spread = [&](const fokker::knot& at) {
            return std::hypot(at.alpha * std::sqrt(variance), at.sigma);
        };
        const double kept = to.sigma / k.sigma, taken = to.alpha - kept * k.alpha;
        return m + (spread(to) / spread(k) - kept) / taken * (x - k.alpha * m);
    }

    /// The output at x, the state unscaled; `to` is where a flow map goes, or null.
    double output(double x, const fokker::knot& k, const fokker::detail::reading& r, double m,
                  const fokker::knot* to = nullptr) {
        const double D = to && variance > 0 ? data_to(x, k, *to, m) : data(x, k, m);
        const double part = r.data.state * x;
        if (r.data.output == 0) {
            if (std::abs(D - part) > 1e-9 * (std::abs(D) + std::abs(part))) reached = false;
            return 0.0;
        }
        const double out = (D - part) / r.data.output;
        rounding = std::max(rounding, std::abs(part) + std::abs(out * r.data.output) + std::abs(D));
        largest = std::max({largest, std::abs(out), std::abs(x * r.input_scale)});
        return out;
    }
};

/// What the model's parts share, as plain data.
struct network_plan {
    brain* mind = nullptr;
    fokker::second_output second = fokker::second_output::none;
    double second_value = 0.1;
    bool is_map = false;  // a network of two knots, inside of one that does not show it
};

/// One of the two outputs is made to fail.
template <class Out>
void fail(fault f, Out& out) {
    using scalar = fokker::detail::scalar_of<Out>;
    auto* const y = fokker::detail::data_of(out);
    const std::size_t size = fokker::detail::shape_of(out).size();
    if (f == fault::not_a_number)
        y[size / 2] = static_cast<scalar>(std::numeric_limits<float>::quiet_NaN());
    if (f == fault::infinite)
        y[size / 2] = static_cast<scalar>(std::numeric_limits<float>::infinity());
    if (f == fault::wrong_shape) {
        if constexpr (requires { out.resize(out.rows() + 1, out.cols()); } &&
                      !fokker::array_traits<Out>::is_view)
            out.resize(out.rows() + 1, out.cols());
        else if constexpr (requires { out.resize(out.size() + 1); })
            out.resize(out.size() + 1);
        else
            throw network_failure("an array of this type has one shape");
    }
}

template <class Prediction>
struct network_base {
    network_plan plan;
    Prediction prediction;
    double mean = 0.0;

    template <class X, class Out>
    fault write(const X& x, const fokker::knot& k, Out& out, const fokker::knot* to = nullptr) {
        const fault f = plan.mind->begin_call();
        using scalar = fokker::detail::scalar_of<Out>;
        const auto r = prediction.at(unlabelled(k));
        const auto* const in = fokker::detail::data_of(x);
        auto* const y = fokker::detail::data_of(out);
        const std::size_t size = fokker::detail::shape_of(out).size();
        for (std::size_t i = 0; i < size; ++i)
            y[i] = static_cast<scalar>(
                plan.mind->output(static_cast<double>(in[i]) / r.input_scale, k, r, mean, to));
        return f;
    }

    /// EDM and consistency models hand over labels of their own; their readings do not depend on
    /// them. Those of latent consistency do, and hand over the knot's.
    static fokker::knot unlabelled(const fokker::knot& k) { return k; }

    template <class X, class Out>
    void one(const X& x, const fokker::knot& k, Out& out) {
        if (!plan.is_map) return fail(write(x, k, out), out);
        auto map = fokker::flow_map([&](const X& from, const fokker::knot& s, const fokker::knot& t,
                                        Out& to) { fail(write(from, s, to, &t), to); });
        map(x, k, out);
    }
    template <class X, class Out>
    void two(const X& x, const fokker::knot& k, Out& out, Out& second) {
        using fokker::second_output;
        using scalar = fokker::detail::scalar_of<Out>;
        const fault f = write(x, k, out);
        const auto r = prediction.at(k);
        const std::size_t size = fokker::detail::shape_of(out).size();
        const auto* const in = fokker::detail::data_of(x);
        auto* const y = fokker::detail::data_of(second);
        for (std::size_t i = 0; i < size; ++i) {
            const double state = static_cast<double>(in[i]) / r.input_scale;
            const double eps = (state - k.alpha * plan.mind->data(state, k, mean)) / k.sigma;
            double value = plan.second_value;  // in [0, 1]
            if (plan.second == second_output::variance) value *= k.sigma * k.sigma;
            if (plan.second == second_output::log_variance)
                value = std::log(value * k.sigma * k.sigma + 1e-30);
            if (plan.second == second_output::noise_squared) value += eps * eps;
            if (plan.second == second_output::unconditional)
                value = static_cast<double>(fokker::detail::data_of(out)[i]);
            y[i] = static_cast<scalar>(value);
        }
        fail(f, plan.second_value > 0.5 ? out : second);
    }
};

/// With one output, and with two.
template <class Prediction>
struct network : network_base<Prediction> {
    template <class X, class Out>
    void operator()(const X& x, const fokker::knot& k, Out& out) {
        this->one(x, k, out);
    }
};
template <class Prediction>
struct network_of_two : network_base<Prediction> {
    template <class X, class Out>
    void operator()(const X& x, const fokker::knot& k, Out& out, Out& second) {
        this->two(x, k, out, second);
    }
};

}  // namespace fokker_random
