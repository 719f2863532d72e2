/// A trained path on the clock of another one: how a network walks on a schedule that it was not
/// trained on.
#pragma once

#include <algorithm>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/path/path.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

namespace types {

/// The result of `retimed(trained, other)`.
template <diffusion_path Trained, diffusion_path Other>
class retimed_path {
public:
    retimed_path(Trained trained, Other other)
        : trained_(std::move(trained)),
          other_(std::move(other)),
          noisiest_(trained_.at(trained_.last_time())),
          cleanest_(trained_.at(trained_.first_time())) {
        const knot last = other_.at(other_.last_time()), first = other_.at(other_.first_time());
        detail::require(detail::is_closer(cleanest_, last) && detail::is_closer(first, noisiest_),
                        "the trained path has sigma / alpha from ", noisiest_.noise_to_signal(),
                        " to ", cleanest_.noise_to_signal(), ", and the other one from ",
                        last.noise_to_signal(), " to ", first.noise_to_signal(),
                        "; a walk needs some that both have");
        cut_at_noise_ = detail::is_closer(noisiest_, last);
        cut_at_data_ = detail::is_closer(first, cleanest_);
        last_time_ = cut_at_noise_ ? other_.time(noisiest_.lambda()) : other_.last_time();
        first_time_ = cut_at_data_ ? other_.time(cleanest_.lambda()) : other_.first_time();
    }

    double first_time() const { return first_time_; }
    double last_time() const { return last_time_; }
    /// The state has the trained path's scale.
    prior starts_from() const { return detail::prior_of(trained_); }

    knot at(double time) const {
        // The trained ends to the last bit, as a label must not lie beyond them.
        if (cut_at_noise_ && time == last_time_) return noisiest_;
        if (cut_at_data_ && time == first_time_) return cleanest_;
        const knot k = other_.at(time);
        if (k.sigma == 0) return clean();
        detail::require(!is_beyond(noisiest_, k) && !is_beyond(k, cleanest_), "time ", time,
                        " of the other path has sigma / alpha = ", k.noise_to_signal(),
                        ", and the network was trained from ", noisiest_.noise_to_signal(), " to ",
                        cleanest_.noise_to_signal(), "; those are the times ", last_time_, " to ",
                        first_time_);
        if (k.alpha == 0) return noisiest_;
        return trained_.at(
            std::clamp(trained_.time(k.lambda()), trained_.first_time(), trained_.last_time()));
    }

    /// Labelled as clean data are on the trained path.
    knot clean() const {
        if constexpr (has_clean_end<Trained>)
            return trained_.clean();
        else
            return knot{discrete_path<Trained> ? -1.0 : 0.0};
    }

    double time(double lambda) const {
        if (noisiest_.alpha > 0 && lambda <= noisiest_.lambda()) return noisy_end();
        if (cleanest_.sigma > 0 && lambda >= cleanest_.lambda()) return clean_end();
        return other_.time(lambda);
    }

private:
    /// Whether a is closer to the data by more than rounding.
    static bool is_beyond(const knot& a, const knot& b) {
        return a.alpha * b.sigma > b.alpha * a.sigma * (1.0 + 1e-9);
    }
    double noisy_end() const {
        return cut_at_noise_ ? last_time_ : other_.time(noisiest_.lambda());
    }
    double clean_end() const {
        return cut_at_data_ ? first_time_ : other_.time(cleanest_.lambda());
    }

    Trained trained_;
    Other other_;
    knot noisiest_, cleanest_;  // that the network was trained on
    double first_time_ = 0.0, last_time_ = 0.0;
    bool cut_at_noise_ = false, cut_at_data_ = false;
};

}  // namespace types

}  // namespace detail

/// The knots of the path that a network was trained on, at the times of another one: at(time) is
/// the trained knot, label and all, whose sigma / alpha the other path has at that time. Equal
/// sigma / alpha is the same law but for a scale of x, so a walk on it is the walk on the other
/// path, in the scale and with the labels that the network knows; the model stays as it is. It is a
/// path like any other: every grid is laid over it, in the other path's times.
///
/// Its ends are those of what both paths have: it begins and ends where the trained or the other
/// one does. A time beyond what was trained is refused, on either side; time(lambda) is clamped to
/// the trained ends, as that of a schedule is. The prior is the trained path's. Throws
/// fokker::error where the two have no sigma / alpha in common.
template <diffusion_path Trained, diffusion_path Other>
auto retimed(Trained trained, Other other) {
    return detail::types::retimed_path<Trained, Other>(std::move(trained), std::move(other));
}

}  // namespace fokker
