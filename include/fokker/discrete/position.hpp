/// One position of a discrete state, as a sampler sees it.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <initializer_list>

#include <fokker/discrete/categorical.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/noise/uniforms.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

namespace detail {

/// What a position keeps that has kept nothing yet.
inline constexpr double none_kept = -1.0;

/// The weight of a value for pick_state and jump: its ratio times a factor.
struct ratio_times {
    double factor = 1.0;
    double operator()(int, double ratio, double = 0.0) const { return factor * ratio; }
};
/// The same, but that of the value `token`, which is own(sum of all ratios).
template <class Own>
struct ratio_times_beside {
    double factor;
    int token;
    Own own;
    double operator()(int y, double ratio, double whole) const {
        return y == token ? own(whole) : factor * ratio;
    }
};

template <class F>
inline constexpr bool is_ratio_times = false;
template <>
inline constexpr bool is_ratio_times<ratio_times> = true;
template <class Own>
inline constexpr bool is_ratio_times<ratio_times_beside<Own>> = true;

/// One position of one sample, in one step. Its random numbers are functions of the seed, the step,
/// the sample and the position alone: one for the class, one for what else is decided, and two more
/// for what is drawn from the noise's own law.
template <class Walk, class T, class Logit>
class position {
public:
    position(Walk& walk, T& token, const Logit* row, const noise_position& at)
        : walk_(walk), token_(token), row_(row), at_(at) {}

    int token() const { return static_cast<int>(token_); }
    int classes() const { return walk_.classes(); }
    /// The number of the sample, and of the position in it.
    std::size_t sample() const { return static_cast<std::size_t>(at_.sample); }
    std::size_t number() const { return static_cast<std::size_t>(at_.element); }

    /// A clean class drawn from the network's distribution; the same each time in a step.
    int draw() { return drawn().number; }
    /// Its probability.
    double probability() { return drawn().probability; }

    /// Whether something of this probability happens; asked once in a step.
    bool happens(double probability) { return uniforms()[1] < probability; }
    /// Which of these happens, whose weights need not sum to 1; asked once in a step.
    int pick(std::initializer_list<double> weights) {
        double sum = 0.0;
        for (const double each : weights) sum += each;
        double left = uniforms()[1] * sum;
        int number = 0, last = 0;
        for (const double each : weights) {
            if (each > 0) last = number;
            if (each > 0 && left < each) return number;
            left -= each;
            ++number;
        }
        return last;
    }
    /// A clean class of the distribution that leaves this position out; in place of draw().
    int draw_left_out() { return walk_.draw_left_out(row_, token(), uniforms()[0], at_); }
    /// A value y with the weight f(y, ratio, sum of all ratios), where a ratio is p_t with y at
    /// this position over p_t as it is; asked in place of draw(). By a ratio_times, and
    /// its sister, the row of the network is read once.
    template <class F>
    int pick_state(const F& f) {
        return walk_.pick_state(row_, token(), uniforms()[0], at_, f);
    }
    /// The value after a step in which it jumps to another value y at the rate f(y, ratio), and at
    /// all with the probability chance(sum of the rates); asked in place of draw(), happens() and
    /// pick().
    template <class F, class Chance>
    int jump(const F& f, const Chance& chance) {
        return walk_.jump(row_, token(), uniforms(), at_, f, chance);
    }
    /// A value y with the weight f(y); asked in place of happens() and pick().
    template <class F>
    int pick_value(const F& f) {
        return walk_.pick_weighted(token(), uniforms()[1], at_,
                                   [&](int y, double) { return f(y); });
    }
    /// A value of the noise's own law.
    int fresh() {
        const noise_position next{at_.sample, at_.draw + 1, at_.element};
        return walk_.process().draw(noise::uniforms_at(walk_.source(), next)[0], walk_.classes());
    }

    /// The same of those values that the position does not have.
    int fresh_other() {
        const noise_position next{at_.sample, at_.draw + 1, at_.element};
        return walk_.draw_other(noise::uniforms_at(walk_.source(), next)[0], token());
    }

    void set(int token) { token_ = static_cast<T>(token); }

    /// The term of the variational bound, in nats, of a clean class and the knots of this step.
    double divergence(int x0) { return walk_.divergence(row_, token(), x0, at_); }

    /// A number that the position keeps from step to step, for samplers that say keeps_numbers;
    /// none_kept before the first keep().
    double kept() const { return walk_.kept(at_); }
    void keep(double number) { walk_.keep(at_, number); }
    /// The sum that run.add_up(..) made of this sample.
    double sum() const { return walk_.sum_of(sample()); }

    /// A value for the position, which run.accept(..) then takes or not, the surest first.
    void propose(int token, double sureness) { walk_.propose(at_, token, sureness); }
    /// The same with the value drawn(), where run.accept(..) takes no more than one of a sample:
    /// nothing is drawn where a position as sure came before.
    template <class F>
    void propose_surest(const F& drawn, double sureness) {
        propose(walk_.is_surest_yet(sureness) ? drawn() : token(), sureness);
    }
    /// How far apart the probabilities of the two likeliest classes are.
    double margin() { return walk_.summary(row_, token(), at_).margin; }
    /// Of the network's distribution, in nats.
    double entropy() { return walk_.summary(row_, token(), at_).entropy; }
    /// A uniform number; asked in place of happens() and pick().
    double chance() { return uniforms()[1]; }
    /// A number of Gumbel's law; asked in place of happens() and pick().
    double gumbel() { return -std::log(-std::log(noise::without_ends(uniforms()[1]))); }

private:
    const std::array<double, 2>& uniforms() {
        if (!has_uniforms_) {
            uniforms_ = noise::uniforms_at(walk_.source(), at_);
            has_uniforms_ = true;
        }
        return uniforms_;
    }
    const drawn_class& drawn() {
        if (drawn_.number < 0) drawn_ = walk_.draw(row_, token(), uniforms()[0], at_);
        return drawn_;
    }

    Walk& walk_;
    T& token_;
    const Logit* row_;
    noise_position at_;
    std::array<double, 2> uniforms_{};
    bool has_uniforms_ = false;
    drawn_class drawn_;
};

}  // namespace detail

}  // namespace fokker::discrete
