/// OpenCV matrices as states: cv::Mat_<float>, cv::Mat_<cv::Vec3f> and the like, of any number of
/// axes. The first axis counts the samples: the rows of a matrix of two. So a picture by itself is
/// passed as x.reshape(0, {1, rows, columns}), a batch of one, which is no copy.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

template <class V>
inline constexpr int opencv_type = cv::traits::Type<V>::value;

/// Throws fokker::error unless a matrix has elements of V.
template <class V>
void require_opencv_type(const cv::Mat& m) {
    detail::require(m.type() == opencv_type<V>, "the matrix holds ",
                    std::string(cv::typeToString(m.type())), ", and ",
                    std::string(cv::typeToString(opencv_type<V>)),
                    " is wanted; convert it by convertTo");
}

namespace types {

/// What a run has where the state is a cv::Mat_: one that is never made to share its elements. What
/// is assigned to it, also as a cv::Mat&, is copied to its own memory. A copy has elements of its
/// own.
template <class V>
class opencv_owner : public cv::Mat_<V> {
    using base = cv::Mat_<V>;

public:
    opencv_owner() = default;
    opencv_owner(int axes, const int* extents) : base(axes, extents), memory_(*this) {}
    opencv_owner(const opencv_owner& other) : base(other.settled().clone()), memory_(*this) {}
    opencv_owner(opencv_owner&&) noexcept = default;
    opencv_owner& operator=(const opencv_owner& other) {
        if (this == &other) return *this;
        if (memory_.size != other.size) return *this = opencv_owner(other);
        return *this = static_cast<const cv::Mat&>(other.settled());
    }
    opencv_owner& operator=(opencv_owner&&) noexcept = default;
    /// The values are copied. Throws fokker::error on another element type or shape.
    opencv_owner& operator=(const cv::Mat& values) {
        cv::Mat::operator=(values);
        settle();
        return *this;
    }
    opencv_owner& operator=(const cv::MatExpr& values) {
        base::operator=(values);  // in place where the shape is right
        settle();
        return *this;
    }

    /// This in its own memory. It is changed where it was made to refer to another one, which
    /// cannot have been done to a constant.
    const opencv_owner& settled() const {
        if (this->data != memory_.data) const_cast<opencv_owner*>(this)->settle();
        return *this;
    }

private:
    void settle() {
        if (this->data == memory_.data) return;
        const cv::Mat given = *this;
        base::operator=(memory_);
        require_opencv_type<V>(given);
        detail::require(given.size == memory_.size,
                        "a matrix of another shape was assigned to an array of the run");
        given.copyTo(static_cast<cv::Mat&>(memory_));
    }

    base memory_;
};

}  // namespace types

template <class A, class V>
struct opencv_traits {
    using scalar = typename cv::Mat_<V>::channel_type;
    using owner = types::opencv_owner<V>;
    static constexpr bool is_fixed = false;

    static std::size_t size(const A& a) {
        return a.total() * static_cast<std::size_t>(cv::DataType<V>::channels);
    }
    static std::size_t samples(const A& a) {
        return a.dims == 0 ? 0 : static_cast<std::size_t>(a.size[0]);
    }
    static owner like(const A& a) { return owner(a.dims, a.size.p); }
    static owner repeated(const A& a, std::size_t times) {
        std::vector<int> extents(a.size.p, a.size.p + a.dims);
        detail::require(!extents.empty(), "an empty matrix cannot be repeated");
        extents.front() *= static_cast<int>(times);
        return owner(a.dims, extents.data());
    }
    static bool same_shape(const A& a, const cv::Mat& b) {
        return a.size == b.size && a.channels() == b.channels();
    }
    static bool same_sample_shape(const A& a, const cv::Mat& b) {
        return a.dims == b.dims &&
               std::equal(a.size.p + (a.dims > 0), a.size.p + a.dims, b.size.p + (a.dims > 0));
    }

protected:
    static scalar* checked(const cv::Mat& a) {
        detail::require_opencv_type<V>(a);
        detail::require(a.isContinuous(),
                        "the matrix has gaps, as a part of another one does; pass x.clone()");
        return reinterpret_cast<scalar*>(a.data);
    }
};

}  // namespace detail

template <class V>
    requires detail::number<typename cv::Mat_<V>::channel_type>
struct array_traits<cv::Mat_<V>> : detail::opencv_traits<cv::Mat_<V>, V> {
    static constexpr bool is_view = true;

    static auto data(const cv::Mat_<V>& a) { return array_traits::checked(a); }
};

template <class V>
struct array_traits<detail::types::opencv_owner<V>>
    : detail::opencv_traits<detail::types::opencv_owner<V>, V> {
    static constexpr bool is_view = false;
    using scalar = typename cv::Mat_<V>::channel_type;

    static scalar* data(detail::types::opencv_owner<V>& a) {
        return array_traits::checked(a.settled());
    }
    static const scalar* data(const detail::types::opencv_owner<V>& a) {
        return array_traits::checked(a.settled());
    }
};

/// A cv::Mat with its element type, without a copy: typed_mat<float>(m), typed_mat<cv::Vec3f>(m).
/// (cv::Mat_<float> y = m copies silently where m holds something else.) Throws fokker::error if it
/// holds other elements.
template <class V>
cv::Mat_<V> typed_mat(const cv::Mat& m) {
    detail::require_opencv_type<V>(m);
    return cv::Mat_<V>(m);
}

}  // namespace fokker

FOKKER_END_MAY_SHADOW
