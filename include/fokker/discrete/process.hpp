/// Forward processes of classes: what noise does to a position.
#pragma once

#include <cmath>
#include <concepts>

#include <fokker/error.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

// A process keeps the clean class of a position with probability alpha, and otherwise has drawn
// another one from a law pi; positions are independent. Between two knots a class is kept with the
// ratio of their alphas. A process says
//   int states(int classes) const        how many values a position can have, for a network of so
//                                        many classes
//   int excluded() const                 a class that is no clean one, or -1
//   double noise(int token, int classes) const    pi of a value
//   int draw(double u, int classes) const         a value of that law, by a uniform number
//   double transition(from, to, clean, noisy, classes) const    the probability of the value `to`
//                                        at the noisier knot, of one that is `from` at the cleaner
//   bool is_settled(int token) const     whether this value is the clean one for sure
//   void back(at, noisy, clean, classes) const    a draw of q(x_s | x_t, x_0), x_0 drawn from the
//                                        network: Austin et al. 2021; Sahoo et al. 2024

namespace detail {

template <class Process>
double keep_or_noise(const Process& process, int from, int to, const knot& clean, const knot& noisy,
                     int classes) {
    const double kept = noisy.alpha / clean.alpha;
    return (from == to ? kept : 0.0) + (1.0 - kept) * process.noise(to, classes);
}

}  // namespace detail

/// Noise is a mask: D3PM's absorbing process (Austin et al. 2021), MDLM (Sahoo et al. 2024), LLaDA.
/// `mask` is one of the network's classes, of which it then never becomes a sample, or the number
/// after the last.
struct absorbing {
    int mask = -1;

    void check(int classes) const {
        fokker::detail::require(mask >= 0 && mask <= classes, "the mask is ", mask,
                                ", and the network has ", classes,
                                " classes; it is one of them, or the number after the last");
        fokker::detail::require(mask == classes ? classes >= 1 : classes >= 2,
                                "the network has no class beside the mask");
    }
    int states(int classes) const { return mask == classes ? classes + 1 : classes; }
    int excluded() const { return mask; }
    double noise(int token, int) const { return token == mask ? 1.0 : 0.0; }
    int draw(double, int) const { return mask; }
    double transition(int from, int to, const knot& clean, const knot& noisy, int classes) const {
        return detail::keep_or_noise(*this, from, to, clean, noisy, classes);
    }
    bool is_settled(int token) const { return token != mask; }

    void back(auto& at, const knot& noisy, const knot& clean) const {
        if (at.token() != mask) return;
        if (at.happens((clean.alpha - noisy.alpha) / (1.0 - noisy.alpha))) at.set(at.draw());
    }
};

/// Noise is any class: multinomial diffusion (Hoogeboom et al. 2021), D3PM's uniform process.
struct uniform {
    void check(int classes) const {
        fokker::detail::require(classes >= 2, "the network has ", classes,
                                " classes; uniform noise needs two or more");
    }
    int states(int classes) const { return classes; }
    int excluded() const { return -1; }
    double noise(int, int classes) const { return 1.0 / classes; }
    int draw(double u, int classes) const { return static_cast<int>(u * classes); }
    double transition(int from, int to, const knot& clean, const knot& noisy, int classes) const {
        return detail::keep_or_noise(*this, from, to, clean, noisy, classes);
    }
    bool is_settled(int) const { return false; }

    /// The posterior is a mixture of four routes: the class that x_t and x_0 both are, that of x_0,
    /// that of x_t, and a fresh one.
    void back(auto& at, const knot& noisy, const knot& clean) const {
        const int x0 = at.draw(), token = at.token();
        const double kept = noisy.alpha / clean.alpha, any = 1.0 / at.classes();
        const double same = x0 == token ? kept * clean.alpha : 0.0,
                     to_clean = (1.0 - kept) * clean.alpha * any,
                     stay = kept * (1.0 - clean.alpha) * any,
                     fresh = (1.0 - kept) * (1.0 - clean.alpha) * any;
        const int route = at.pick({same + to_clean, stay, fresh});
        if (route == 0) at.set(x0);
        if (route == 2) at.set(at.fresh());
    }
};

namespace detail {
template <class Process>
inline constexpr bool noise_is_mask = std::same_as<Process, absorbing>;
}  // namespace detail

}  // namespace fokker::discrete
