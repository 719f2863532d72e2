/// The cosine transform of pictures: a picture as a sum of waves, and back.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/blur/picture_shape.hpp>
#include <fokker/compiled.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// The orthonormal DCT-II of each channel (Ahmed, Natarajan & Rao 1974), in which blur is a factor
/// for each wave. Wave (i, j) of a channel stands where pixel (i, j) was. White noise stays white
/// noise. It is done by matrix products, so that a sample costs elements (height + width)
/// multiply-adds. Throws fokker::error on a picture without pixels.
class cosine_transform {
public:
    explicit cosine_transform(const picture_shape& shape);

    const picture_shape& shape() const { return shape_; }

    /// x, pictures, becomes their waves; and back. For arrays in the memory of this program.
    /// Throws fokker::error if the samples are of another size.
    template <array_like X>
    void to_waves(X&& x) const {
        scratch<X> memory(*this);
        convert(x, x, memory, true);
    }
    template <array_like X>
    void to_pixels(X&& x) const {
        scratch<X> memory(*this);
        convert(x, x, memory, false);
    }

    /// Blurs pictures with a Gaussian of this standard deviation in pixels: wave (i, j) is
    /// multiplied by exp(-((pi i / height)^2 + (pi j / width)^2) width_of_blur^2 / 2), which is
    /// heat that spreads without a loss at the borders. Throws fokker::error on a negative width.
    template <array_like X>
    void blur(X&& x, double width_of_blur) const {
        scratch<X> memory(*this);
        blur(x, width_of_blur, memory);
    }

    /// (pi i / height)^2 + (pi j / width)^2 of a wave.
    double squared_frequency(int i, int j) const {
        const double down = std::numbers::pi * i / shape_.height,
                     across = std::numbers::pi * j / shape_.width;
        return down * down + across * across;
    }

    /// What a conversion computes in: one sample, and another one between.
    template <class Number>
    struct scratch_of {
        std::vector<Number> sample, between;
        explicit scratch_of(const cosine_transform& of)
            : sample(of.shape().elements()), between(of.shape().elements()) {}
    };
    template <class X>
    using scratch = scratch_of<kernel::arithmetic<detail::scalar_of<X>>>;

    /// out = the waves of the pictures x, or the pictures of the waves x; it may be x. Takes no
    /// memory.
    template <array_like X, array_like Out>
    void convert(const X& x, Out& out, scratch<Out>& memory, bool to_waves) const {
        each_sample(x, out, [&](const auto* from, auto* to) {
            read(from, memory);
            apply(memory, to_waves);
            write(memory, to);
        });
    }

    /// Blurs as above, and takes no memory.
    template <array_like X>
    void blur(X&& x, double width_of_blur, scratch<X>& memory) const {
        detail::require(detail::is_finite(width_of_blur) && width_of_blur >= 0, "the blur is ",
                        width_of_blur, " pixels wide; it must be finite and not negative");
        each_sample(x, x, [&](const auto* from, auto* to) {
            read(from, memory);
            apply(memory, true);
            for (int i = 0; i < shape_.height; ++i)
                for (int j = 0; j < shape_.width; ++j)
                    scale_wave(
                        memory, i, j,
                        std::exp(-0.5 * width_of_blur * width_of_blur * squared_frequency(i, j)));
            apply(memory, false);
            write(memory, to);
        });
    }

private:
    template <class N>
    void scale_wave(scratch_of<N>& memory, int i, int j, double factor) const {
        for (int c = 0; c < shape_.channels; ++c) {
            N& wave = memory.sample[shape_.element(i, j, c)];
            wave = static_cast<N>(factor * static_cast<double>(wave));
        }
    }
    template <class X, class Out, class F>
    void each_sample(const X& x, Out& out, const F& f) const {
        constexpr bool here =
            std::is_same_v<core::space_of<Out>, core::host_space<detail::scalar_of<Out>>> &&
            std::is_same_v<core::space_of<X>, core::space_of<Out>>;
        static_assert(here, "fokker: pictures are transformed in the memory of this program");
        const array_shape shape = detail::shape_of(x);
        detail::require(shape.elements == shape_.elements(), "the pictures have ", shape.elements,
                        " elements, and the transform is for ", shape_.height, " x ", shape_.width,
                        " pixels in ", shape_.channels, " channels");
        for (std::size_t n = 0; n < shape.samples; ++n)
            f(detail::data_of(x) + n * shape.elements, detail::data_of(out) + n * shape.elements);
    }
    template <class T, class N>
    void read(const T* from, scratch_of<N>& memory) const {
        for (std::size_t i = 0; i < memory.sample.size(); ++i)
            memory.sample[i] = static_cast<N>(from[i]);
    }
    template <class T, class N>
    void write(const scratch_of<N>& memory, T* to) const {
        for (std::size_t i = 0; i < memory.sample.size(); ++i)
            to[i] = static_cast<T>(memory.sample[i]);
    }

    template <class N>
    struct matrices {
        std::vector<N> down, across;            // row k: wave k at each place
        std::vector<N> down_back, across_back;  // transposed
    };
    template <class N>
    const matrices<N>& matrices_of() const {
        if constexpr (std::is_same_v<N, float>)
            return in_float_;
        else
            return in_double_;
    }

    /// The sample becomes its waves, or back: down the columns, and then along the rows.
    template <class N>
    void apply(scratch_of<N>& memory, bool to_waves) const {
        using row = Eigen::Map<Eigen::Array<N, Eigen::Dynamic, 1>>;
        using read_row = Eigen::Map<const Eigen::Array<N, Eigen::Dynamic, 1>>;
        const matrices<N>& m = matrices_of<N>();
        const std::vector<N>&down = to_waves ? m.down : m.down_back,
              &across = to_waves ? m.across_back : m.across;
        const bool planes = shape_.order == channel_order::planes;
        const auto height = static_cast<std::size_t>(shape_.height),
                   width = static_cast<std::size_t>(shape_.width),
                   channels = static_cast<std::size_t>(shape_.channels);
        const std::size_t pictures = planes ? channels : 1, in_pixel = planes ? 1 : channels,
                          stride = width * in_pixel;
        for (std::size_t n = 0; n < pictures; ++n) {
            N* const x = memory.sample.data() + n * height * stride;
            N* const y = memory.between.data() + n * height * stride;
            const auto length = static_cast<Eigen::Index>(stride);
            for (std::size_t i = 0; i < height; ++i) {
                row sum(y + i * stride, length);
                sum.setZero();
                for (std::size_t k = 0; k < height; ++k)
                    sum += down[i * height + k] * read_row(x + k * stride, length);
            }
            for (std::size_t i = 0; i < height; ++i) {
                row sum(x + i * stride, length);
                sum.setZero();
                for (std::size_t k = 0; k < width; ++k)
                    if (in_pixel == 1)
                        sum += y[i * stride + k] * read_row(across.data() + k * width,
                                                            static_cast<Eigen::Index>(width));
                    else
                        for (std::size_t j = 0; j < width; ++j)
                            for (std::size_t c = 0; c < in_pixel; ++c)
                                x[i * stride + j * in_pixel + c] +=
                                    across[k * width + j] * y[i * stride + k * in_pixel + c];
            }
        }
    }

    picture_shape shape_;
    matrices<double> in_double_;
    matrices<float> in_float_;
};

#ifdef FOKKER_BODIES

FOKKER_INLINE cosine_transform::cosine_transform(const picture_shape& shape) : shape_(shape) {
    shape.check();
    const auto make = [](int size, std::vector<double>& wave, std::vector<double>& back) {
        const auto n = static_cast<std::size_t>(size);
        wave.resize(n * n);
        back.resize(n * n);
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t i = 0; i < n; ++i) {
                // Whole turns are left out, so that large sizes lose nothing.
                const auto part =
                    static_cast<double>((2 * i + 1) * k % (4 * n)) / (2.0 * static_cast<double>(n));
                wave[k * n + i] = back[i * n + k] =
                    std::sqrt((k == 0 ? 1.0 : 2.0) / static_cast<double>(n)) *
                    std::cos(std::numbers::pi * part);
            }
    };
    make(shape.height, in_double_.down, in_double_.down_back);
    make(shape.width, in_double_.across, in_double_.across_back);
    const auto to_float = [](const std::vector<double>& from, std::vector<float>& to) {
        to.resize(from.size());
        for (std::size_t i = 0; i < from.size(); ++i) to[i] = static_cast<float>(from[i]);
    };
    to_float(in_double_.down, in_float_.down);
    to_float(in_double_.down_back, in_float_.down_back);
    to_float(in_double_.across, in_float_.across);
    to_float(in_double_.across_back, in_float_.across_back);
}

#endif

}  // namespace fokker

FOKKER_END_MAY_SHADOW
