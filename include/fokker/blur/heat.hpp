/// Inverse heat dissipation: pictures made by undoing blur (Rissanen, Heinonen & Solin 2022,
/// Generative Modelling with Inverse Heat Dissipation). The walk is `restore`.
#pragma once

#include <any>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/any_process.hpp>
#include <fokker/blur/cosine_transform.hpp>
#include <fokker/compiled.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Widths of the blur, in pixels. The paper's are 0.5 to 20 for MNIST, in 100 steps, and to 24 for
/// CIFAR-10, in 200.
struct heat_options {
    double min_width = 0.5, max_width = 20.0;
};

/// A walk for `restore`: knot k of `steps` .. 0 has the label k and as sigma the width of the blur,
/// max_width first, even in its logarithm down to min_width, and then 0. Throws fokker::error on
/// less than one step, and unless 0 < min_width < max_width.
grid heat_walk(int steps, const heat_options& options = {});

/// The forward process: pictures blurred to the width that is a knot's sigma, and, where that is
/// not 0, with a little noise. Of data it is what a walk begins with, and what a network is trained
/// on. One object serves one thread at a time. Throws fokker::error on a negative noise.
class heat_dissipation {
public:
    explicit heat_dissipation(const picture_shape& shape, double noise = 0.01)
        : transform_(shape), noise_(noise) {
        detail::require(detail::is_finite(noise) && noise >= 0, "the noise of heat dissipation is ",
                        noise, "; it must be finite and not negative");
    }

    template <array_like X>
    void operator()(const X& x0, const knot& at, const step_numbers& numbers, X& out) {
        using T = detail::scalar_of<X>;
        core::sweep<core::space_of<X>>(detail::data_of(out),
                                       kernel::term<T>(1.0, detail::const_data_of(x0)),
                                       detail::shape_of(x0));
        if (at.sigma == 0) return;
        using scratch = cosine_transform::scratch<X>;
        scratch* memory = std::any_cast<scratch>(&scratch_);
        if (!memory) memory = &scratch_.template emplace<scratch>(transform_);
        transform_.blur(out, at.sigma, *memory);
        if (noise_ > 0) numbers.add_normals(out, noise_);
    }

private:
    cosine_transform transform_;
    double noise_;
    std::any scratch_;
};

/// A step of the sampler, for moved_by: the network's less blurred picture, and at the end nothing
/// else, before with fresh noise of the standard deviation delta, somewhat more than that of the
/// training. restore(x, network, heat_walk(100), moved_by{heat_reversal{}}, noise), where the
/// network, called at knot k, writes the picture that it expects at knot k - 1: x plus what the
/// paper's says. Throws fokker::error on a negative delta.
struct heat_reversal {
    double delta = 0.013;

    template <array_like X>
    void operator()(const X&, const X& less_blurred, const knot&, const knot& to,
                    const step_numbers& numbers, X& out) const {
        detail::require(detail::is_finite(delta) && delta >= 0, "delta is ", delta,
                        "; it must be finite and not negative");
        using T = detail::scalar_of<X>;
        core::sweep<core::space_of<X>>(detail::data_of(out),
                                       kernel::term<T>(1.0, detail::const_data_of(less_blurred)),
                                       detail::shape_of(out));
        if (to.sigma > 0 && delta > 0) numbers.add_normals(out, delta);
    }
};

#ifdef FOKKER_BODIES

FOKKER_INLINE grid heat_walk(int steps, const heat_options& options) {
    using detail::is_finite, detail::require;
    require(steps >= 1, "steps is ", steps, "; it must be at least 1");
    detail::require_few_enough("steps", static_cast<std::size_t>(steps));
    const double low = options.min_width, high = options.max_width;
    require(is_finite(low) && is_finite(high) && low > 0 && low < high, "the blur's widths are ",
            low, " to ", high, "; they must be finite and positive, and rise");
    std::vector<knot> knots;
    for (int k = steps; k > 0; --k) {
        const double part = steps == 1 ? 1.0 : static_cast<double>(k - 1) / (steps - 1);
        knots.push_back({static_cast<double>(k), 1.0,
                         k == 1 && steps > 1 ? low : low * std::pow(high / low, part)});
    }
    knots.push_back({0.0, 1.0, 0.0});
    return grid(std::move(knots));
}

#endif

}  // namespace fokker

FOKKER_END_MAY_SHADOW
