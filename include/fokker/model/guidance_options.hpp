/// How two predictions, with and without the condition, become one.
#pragma once

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/model/noise_interval.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Where adaptive projected guidance starts from.
enum class projection_base {
    conditional,    ///< c + (scale - 1) update: Sadat et al. 2024
    unconditional,  ///< u + scale update: the usual form of classifier-free guidance, as diffusers
};

/// Adaptive projected guidance, Sadat et al. 2024: the difference of the two predictions is bounded
/// in length and shortened along the conditional prediction, in each sample. As it stands it does
/// nothing.
struct projection {
    /// What is left of the part along the conditional prediction: 1 all of it, 0 nothing.
    double eta = 1.0;
    /// The largest Euclidean norm of the difference; 0 for no bound.
    double norm_threshold = 0.0;
    /// Momentum: the difference is d + momentum times that of the call before. Negative as a rule.
    double momentum = 0.0;
    projection_base base = projection_base::conditional;

    /// Whether it takes a pass over each sample.
    bool acts() const { return eta != 1.0 || norm_threshold > 0 || momentum != 0.0; }
};

/// Options of `guided` and `guided_batch`. c and u are the predictions with and without the
/// condition.
struct guidance {
    /// u + scale (c - u): 1 is the conditional network alone, 0 the unconditional one.
    double scale = 1.0;
    /// Guidance acts where from < sigma / alpha <= to, and elsewhere the result is c: Kynkaanniemi
    /// et al. 2024.
    double from = 0.0;
    double to = detail::no_upper_level;
    /// How much of each sample's standard deviation is brought back to that of c, from 0 to 1: Lin
    /// et al. 2024, section 3.4.
    double rescale = 0.0;
    /// Adaptive projected guidance; it comes before `rescale`.
    fokker::projection projection = {};
    /// CFG-Zero*, Fan et al. 2025: in each sample u is replaced by s u, where s = c . u / |u|^2 is
    /// the scale that brings u closest to c.
    bool optimised_scale = false;
    /// Its other half: where guidance acts and sigma / alpha is larger than this, the prediction is
    /// 0, whatever c and u are. For flows, whose state then stays as it is: 1e6 is a first step
    /// from pure noise alone.
    double zero_above = detail::no_upper_level;

    /// Whether guidance acts at a knot.
    bool acts_at(const knot& k) const { return detail::is_between_levels(k, from, to); }
    /// Whether the prediction is 0 anywhere, and at a knot.
    bool zeroes() const {
        return detail::is_finite(zero_above) && zero_above < detail::no_upper_level;
    }
    bool zeroes_at(const knot& k) const {
        return zeroes() && acts_at(k) && (k.alpha == 0 || k.noise_to_signal() > zero_above);
    }

    /// Throws fokker::error on an option out of its range.
    void check() const {
        using detail::is_finite, detail::require;
        require(is_finite(scale), "the guidance scale is ", scale, "; it must be finite");
        require(is_finite(from) && from >= 0, "guidance.from is ", from,
                "; it is the sigma / alpha above which guidance acts, finite and not negative");
        require(!detail::is_nan(to) && to > from, "guidance.to is ", to, ", and guidance.from is ",
                from, "; guidance acts where from < sigma / alpha <= to, so let to be larger");
        require(is_finite(rescale) && rescale >= 0 && rescale <= 1, "guidance.rescale is ", rescale,
                "; it must lie between 0 and 1");
        require(is_finite(projection.eta), "guidance.projection.eta is ", projection.eta,
                "; it must be finite, and lies between 0 and 1 as a rule");
        require(is_finite(projection.norm_threshold) && projection.norm_threshold >= 0,
                "guidance.projection.norm_threshold is ", projection.norm_threshold,
                "; it must be finite and not negative (0 for no bound)");
        require(
            is_finite(projection.momentum) && projection.momentum > -1 && projection.momentum < 1,
            "guidance.projection.momentum is ", projection.momentum,
            "; it must lie between -1 and 1, or it grows from call to call");
        require(!optimised_scale || !projection.acts(),
                "guidance.optimised_scale and guidance.projection both change the difference of "
                "the two predictions; leave one of them out");
        require(!detail::is_nan(zero_above) && zero_above >= 0, "guidance.zero_above is ",
                zero_above, "; it is the sigma / alpha above which the prediction is 0");
        require(projection.acts() || projection.base == projection_base::conditional,
                "guidance.projection.base is set, and the projection does nothing; set its eta, "
                "norm_threshold or momentum, or leave base as it is");
    }
};

}  // namespace fokker
