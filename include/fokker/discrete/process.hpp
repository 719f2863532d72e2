/// Forward processes of classes: what noise does to a position.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
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
// or, where that law is another one at each knot, in place of noise
//   double fresh(int token, int classes) const    the law that draw(u, classes) has, for back(..)
//   int draw_at(double u, int classes, const knot&) const    a value of noise at the first knot
//   double prior(int token, int classes, const knot&) const    the probability of that value
//   void prepare(const grid&)            what it needs of the walk; throws what does not fit
// and all
//   double transition(from, to, clean, noisy, classes) const    the probability of the value `to`
//                                        at the noisier knot, of one that is `from` at the cleaner
//   bool is_settled(int token) const     whether this value is the clean one for sure
//   void back(at, noisy, clean, classes) const    a draw of q(x_s | x_t, x_0), x_0 drawn from the
//                                        network: Austin et al. 2021; Sahoo et al. 2024

namespace detail {

/// The value of 0 .. count - 1 where the sum of the weights passes `left`, a uniform number times
/// their sum. Where rounding leaves a little more than there is, the last one with a weight.
template <class Weight>
int value_at(double left, int count, int otherwise, const Weight& weight_of) {
    int chosen = otherwise;
    for (int y = 0; y < count; ++y) {
        const double weight = weight_of(y);
        if (weight == 0) continue;
        chosen = y;
        if (left < weight) break;
        left -= weight;
    }
    return chosen;
}

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

/// The share of masks that is the same part of all noise at each knot.
struct share_of_noise {
    double share = 0.9;
    double operator()(double alpha) const { return share * (1.0 - alpha); }
};

/// Noise is a mask or any class: VQ-Diffusion (Gu et al. 2022). At a knot a position is a mask with
/// the probability masked(alpha), keeps its class with alpha, and is otherwise any class. So it has
/// two schedules, of which the second is a function of the first: it falls with alpha, and
/// (1 - masked) / alpha does not rise with it. VQ-Diffusion's own is 0.999999 - alpha, at least 0.
template <class Masked = share_of_noise>
struct mask_and_uniform {
    int mask = -1;
    Masked masked = {};

    void check(int classes) const {
        absorbing{mask}.check(classes);
        fokker::detail::require(clean_classes(classes) >= 2, "the network has ",
                                clean_classes(classes),
                                " classes beside the mask; uniform noise needs two or more");
    }
    void prepare(const grid& walk) const {
        double before = 1.0, ratio = 0.0;
        for (std::size_t i = 0; i < walk.size(); ++i) {
            const double alpha = walk[i].alpha, share = masked(alpha);
            fokker::detail::require(share >= 0 && share <= 1.0 - alpha + 1e-12, "masked(alpha) is ",
                                    share, " at alpha = ", alpha,
                                    "; it must lie in [0, 1 - alpha]");
            fokker::detail::require(share <= before, "masked(alpha) rises with alpha to ", share,
                                    " at alpha = ", alpha, "; masks do not open in the process");
            if (alpha > 0) {
                const double now = (1.0 - share) / alpha;
                fokker::detail::require(ratio == 0 || now <= ratio * (1.0 + 1e-12),
                                        "(1 - masked) / alpha rises with alpha at alpha = ", alpha,
                                        ", so that fewer positions would be any class later in the "
                                        "process");
                ratio = now;
            }
            before = share;
        }
    }
    int states(int classes) const { return mask == classes ? classes + 1 : classes; }
    int excluded() const { return mask; }
    double fresh(int token, int classes) const {
        return token == mask ? 0.0 : 1.0 / clean_classes(classes);
    }
    int draw(double u, int classes) const {
        const int drawn = static_cast<int>(u * clean_classes(classes));
        return drawn >= mask ? drawn + 1 : drawn;
    }
    int draw_at(double u, int classes, const knot& k) const {
        const double share = masked(k.alpha);
        return u < share ? mask : draw((u - share) / (1.0 - share) * (1.0 - 0x1p-53), classes);
    }
    double prior(int token, int classes, const knot& k) const {
        const double share = masked(k.alpha);
        return token == mask ? share : (1.0 - share) * fresh(token, classes);
    }
    bool is_settled(int) const { return false; }

    double transition(int from, int to, const knot& clean, const knot& noisy, int classes) const {
        const shares of = between(clean, noisy, classes);
        if (from == mask) return to == mask ? 1.0 : 0.0;
        if (to == mask) return of.to_mask;
        return (from == to ? of.kept : 0.0) + of.to_each;
    }

    void back(auto& at, const knot& noisy, const knot& clean) const {
        const int count = clean_classes(at.classes()), token = at.token(), x0 = at.draw();
        const shares step = between(clean, noisy, at.classes()),
                     all = between({0.0, 1.0, 0.0}, clean, at.classes());
        int route = 0;  // the class of x_0, stay, any class
        if (token == mask)
            route =
                at.pick({step.to_mask * all.kept, all.to_mask, step.to_mask * all.to_each * count});
        else
            route = at.pick({(x0 == token ? step.kept * all.kept : 0.0) + step.to_each * all.kept,
                             step.kept * all.to_each, step.to_each * all.to_each * count});
        if (route == 0) at.set(x0);
        if (route == 2) at.set(at.fresh());
    }

private:
    struct shares {
        double kept, to_mask, to_each;
    };
    int clean_classes(int classes) const { return mask == classes ? classes : classes - 1; }
    /// Of the masks at the cleaner knot all stay: to_mask is of the others.
    shares between(const knot& clean, const knot& noisy, int classes) const {
        const double before = clean.alpha == 1 ? 0.0 : masked(clean.alpha),
                     kept = noisy.alpha / clean.alpha,
                     open = (1.0 - masked(noisy.alpha)) / (1.0 - before);
        return {kept, 1.0 - open, (std::max)(0.0, open - kept) / clean_classes(classes)};
    }
};

namespace detail {
template <class Process>
inline constexpr bool noise_is_mask = std::same_as<Process, absorbing>;

/// Whether the noise has one law at all knots.
template <class Process>
concept has_one_noise = requires(const Process& process) { process.noise(0, 1); };

/// A value that a position has at a knot, of a clean class.
template <class Process>
int noised(const Process& process, int from, const std::array<double, 2>& u, const knot& k,
           int classes) {
    if constexpr (has_one_noise<Process>) {
        return u[0] < k.alpha ? from : process.draw(u[1], classes);
    } else {
        return detail::value_at(u[0], process.states(classes), from, [&](int y) {
            return process.transition(from, y, {0.0, 1.0, 0.0}, k, classes);
        });
    }
}
/// The probability of a value in noise alone.
template <class Process>
double prior_of(const Process& process, int token, const knot& k, int classes) {
    if constexpr (has_one_noise<Process>)
        return process.noise(token, classes);
    else
        return process.prior(token, classes, k);
}
/// A value of noise alone.
template <class Process>
int drawn_noise(const Process& process, double u, const knot& k, int classes) {
    if constexpr (has_one_noise<Process>)
        return process.draw(u, classes);
    else
        return process.draw_at(u, classes, k);
}
}  // namespace detail

}  // namespace fokker::discrete
