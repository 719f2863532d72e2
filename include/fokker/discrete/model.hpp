/// A network of classes, and what its numbers mean.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete/categorical.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/network.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// What a network's numbers of a position are. By Bayes' rule the first is the second times
/// q(x_t | x_0) of the position; they are the same at masks. Taking one for another biases samples,
/// whatever the number of steps. See conversion.hpp.
enum class says {
    classes,           ///< logits of p(x_0 | x_t)
    classes_left_out,  ///< logits of p(x_0 | x_t without the position)
    ratios,            ///< log p_t(x_t with another value) / p_t(x_t)
    rates,             ///< log of the reverse rate to another value, for a unit of alpha
};

namespace detail {

/// One byte for each element of a mask: 1 where it is true. Throws fokker::error on other numbers
/// than 0 and 1.
template <class Mask>
std::vector<unsigned char> read_mask(const Mask& mask) {
    constexpr bool is_eigen = eigen_dense<Mask>;
    static_assert(is_eigen || has_array_traits<Mask>,
                  "fokker: with_known takes an array of 0 and 1, or an Eigen array of bool, such "
                  "as (x != mask), of the state's shape or of one sample's");
    const auto read = [](const auto* from, std::size_t size) {
        std::vector<unsigned char> all(size);
        for (std::size_t i = 0; i < size; ++i) {
            const double number = static_cast<double>(from[i]);
            require(number == 0 || number == 1, "mask[", i, "] is ", number,
                    " in with_known(mask); it is 1 where a position is known, and else 0");
            all[i] = number == 1;
        }
        return all;
    };
    if constexpr (is_eigen) {
        const typename Mask::PlainObject whole = mask;
        return read(whole.data(), static_cast<std::size_t>(whole.size()));
    } else {
        return read(detail::data_of(mask), detail::shape_of(mask).size());
    }
}

}  // namespace detail

/// The result of `predicts_classes` and its sister. Network is a reference type if the user passed
/// an lvalue.
template <class Network, class Logits>
struct model {
    using logits_type = Logits;

    Network network;
    int classes;
    discrete::says says = discrete::says::classes;
    draw_options draws = {};
    std::vector<unsigned char> known = {};  // 1: known; of the state, of one sample, or empty
    bool takes_no_time = false;

    /// The same model, of a network that says the same at every knot, as most masked ones do. It is
    /// not called again while the state has not changed (MDLM's cached sampler), unless it returns
    /// its logits. In few positions and many steps that is most of the time.
    model timeless() && {
        model changed(std::move(*this));
        changed.takes_no_time = true;
        return changed;
    }
    model timeless() const& { return model(*this).timeless(); }

    /// The same model with classes drawn otherwise: at a temperature, or from the likeliest alone.
    model drawn_by(const draw_options& how) && {
        how.check();
        model changed(std::move(*this));
        changed.draws = how;
        return changed;
    }
    model drawn_by(const draw_options& how) const& { return model(*this).drawn_by(how); }

    /// The same model for states of which some positions are known: where `mask` is 1, x holds a
    /// clean class when the walk begins, and keeps it, whatever the process and the sampler. The
    /// network sees it as it is, clean, at each knot. For masks that is what it was trained on; for
    /// uniform noise see docs/discrete.md. `mask` is an array of 0 and 1, or an Eigen array of
    /// bool, in the order of the state's elements or of one sample's, and is copied. Throws
    /// fokker::error on other numbers.
    template <class Mask>
    model with_known(const Mask& mask) && {
        std::vector<unsigned char> read = detail::read_mask(mask);
        model changed(std::move(*this));
        changed.known = std::move(read);
        return changed;
    }
    template <class Mask>
    model with_known(const Mask& mask) const& {
        return model(*this).with_known(mask);
    }
};

/// The network gives, for each position, logits of the clean class given all positions of x_t: what
/// training by cross-entropy on x_t makes (MDLM, LLaDA, VQ-Diffusion). Log-probabilities are
/// logits. It is called as f(x, t, logits) or logits = f(x, t), with the state and the knot's label
/// or the knot; the logits of a position stand together, positions in the order of the state: an
/// array of `Logits`, of classes times positions, or what the network returns, read where it is.
/// Throws fokker::error unless classes > 0.
template <class Logits = Eigen::ArrayXXf, class F>
auto predicts_classes(F&& network, int classes) {
    fokker::detail::require(classes > 0, "classes is ", classes,
                            "; give the number that the network says of a position");
    return model<F, Logits>{std::forward<F>(network), classes, says::classes, {}, {}, false};
}

/// The same of the clean class given all other positions of x_t: what D3PM's (Austin et al. 2021)
/// and multinomial diffusion's posterior makes of a network in training.
template <class Logits = Eigen::ArrayXXf, class F>
auto predicts_classes_leaving_one_out(F&& network, int classes) {
    fokker::detail::require(classes > 0, "classes is ", classes,
                            "; give the number that the network says of a position");
    return model<F, Logits>{
        std::forward<F>(network), classes, says::classes_left_out, {}, {}, false};
}

/// The network gives logarithms of ratio scores, p_t(x_t with y at the position) / p_t(x_t) for
/// each of `values` values y: SEDD (Lou et al. 2023). What it says of the value that the position
/// has is not read, nor that of positions that are no mask if noise is a mask. `values` is the
/// length of a row, the mask's among them if the mask is one of them. A scale that a network leaves
/// to the sampler, as SEDD's log(expm1(sigma) (K - 1)), must be in it. For ancestral sampling of
/// masks a factor in all ratios makes no difference; elsewhere it does.
template <class Logits = Eigen::ArrayXXf, class F>
auto predicts_ratios(F&& network, int values) {
    fokker::detail::require(values > 0, "values is ", values,
                            "; give the number that the network says of a position");
    return model<F, Logits>{std::forward<F>(network), values, says::ratios, {}, {}, false};
}

/// The same of the logarithms of reverse rates (Campbell et al. 2022), for a unit of alpha: those
/// for a unit of time over |d alpha / dt|, which is 1 on flow_path.
template <class Logits = Eigen::ArrayXXf, class F>
auto predicts_rates(F&& network, int values) {
    fokker::detail::require(values > 0, "values is ", values,
                            "; give the number that the network says of a position");
    return model<F, Logits>{std::forward<F>(network), values, says::rates, {}, {}, false};
}

namespace detail {

template <class M>
inline constexpr bool is_model = false;
template <class N, class L>
inline constexpr bool is_model<model<N, L>> = true;

template <class F, class X, class Time, class Logits>
concept fills_logits = std::invocable<F&, const X&, Time, Logits&>;

/// Whether the network fills the walk's array, in which its numbers then stay.
template <class F, class X, class Logits>
inline constexpr bool fills_walks_own =
    fills_logits<F, X, double, Logits> || fills_logits<F, X, const knot&, Logits>;

/// What a network may return: an array of real numbers.
template <class R>
concept logits_array = array_like<std::remove_cvref_t<R>>;

template <class F, class X, class Time>
concept returns_logits =
    std::invocable<F&, const X&, Time> && logits_array<std::invoke_result_t<F&, const X&, Time>>;

template <class F, class X, class Logits>
concept network_of_classes =
    fills_logits<F, X, double, Logits> || fills_logits<F, X, const knot&, Logits> ||
    returns_logits<F, X, double> || returns_logits<F, X, const knot&>;

/// An array for so many logits a position.
template <class Logits>
Logits logits_for(std::size_t classes, std::size_t positions) {
    if constexpr (eigen_dense<Logits>) {
        Logits a;
        a.resize(static_cast<Eigen::Index>(classes), static_cast<Eigen::Index>(positions));
        return a;
    } else {
        return Logits(classes * positions);
    }
}

/// Calls the network, and f with its logits, which may not outlive the call.
template <class X, class Logits, network_of_classes<X, Logits> F, class Use>
void with_logits(F& network, const X& x, const knot& k, Logits& logits, std::size_t classes,
                 std::size_t wanted, const Use& use) {
    fokker::detail::require_nothing_is_lost<F, X, Logits>();
    const auto require_size = [&](std::size_t size) {
        if (size == wanted) return;
        logits = detail::logits_for<Logits>(classes, wanted / classes);  // the run can go on
        throw network_error(
            sentence({"fokker: the network's logits are ", size, " numbers in place of ", wanted,
                      ", classes times positions, at t = ", k.t}));
    };
    const auto check = [&](const auto& made) {
        require_size(detail::shape_of(made).size());
        use(detail::const_data_of(made));
    };
    // A network that threw may have left them with another size.
    if constexpr (fills_walks_own<F, X, Logits>)
        if (detail::shape_of(logits).size() != wanted)
            logits = detail::logits_for<Logits>(classes, wanted / classes);
    if constexpr (fills_logits<F, X, double, Logits>) {
        std::invoke(network, x, k.t, logits);
        check(logits);
    } else if constexpr (fills_logits<F, X, const knot&, Logits>) {
        std::invoke(network, x, k, logits);
        check(logits);
    } else if constexpr (returns_logits<F, X, double>) {
        const auto& made = std::invoke(network, x, k.t);
        check(made);
    } else {
        const auto& made = std::invoke(network, x, k);
        check(made);
    }
}

}  // namespace detail
}  // namespace fokker::discrete
