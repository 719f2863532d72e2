/// Names of a walk's arrays, as a solver writes them.
#pragma once

#include <cstddef>
#include <cstdint>

#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/squared.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::core {

namespace types {

/// The place of an array among those of a walk. As wide as a coefficient, so that terms are copied
/// evenly.
enum class slot : std::uint64_t {};

}  // namespace types
using types::slot;

constexpr slot slot_at(int place) { return static_cast<slot>(place); }
constexpr std::size_t place_of(slot s) { return static_cast<std::size_t>(s); }

/// What a solver writes: arrays by their slots, each some times.
template <std::size_t N, class Z = kernel::no_gaussian>
using sum = kernel::linear<slot, N, Z>;

namespace types {

/// A state that a solver can combine, and assign: the assignment is the sweep. The walk's x() is
/// assigned once in a step, at its end; until then the predictions made from it are valid.
/// Owner, which is the walk, has `assign(slot, sum)`.
template <class Owner>
class state_handle {
public:
    state_handle(Owner& owner, core::slot place) : owner_(&owner), slot_(place) {}
    state_handle(const state_handle&) = default;

    template <std::size_t N, class Z>
    const state_handle& operator=(const sum<N, Z>& value) const {
        owner_->assign(slot_, value);
        return *this;
    }
    const state_handle& operator=(const state_handle& other) const { return *this = 1.0 * other; }

    core::slot slot() const { return slot_; }

    friend sum<1> operator*(double c, const state_handle& v) { return {{c}, {v.slot_}, {}}; }
    friend sum<1> operator*(const state_handle& v, double c) { return c * v; }
    friend sum<1> operator/(const state_handle& v, double c) { return (1.0 / c) * v; }
    friend sum<1> operator-(const state_handle& v) { return -1.0 * v; }
    friend auto operator+(const state_handle& v, const state_handle& e) {
        return 1.0 * v + 1.0 * e;
    }
    friend auto operator-(const state_handle& v, const state_handle& e) {
        return 1.0 * v - 1.0 * e;
    }
    template <std::size_t N, class Z>
    friend auto operator+(const state_handle& v, const sum<N, Z>& e) {
        return 1.0 * v + e;
    }
    template <std::size_t N, class Z>
    friend auto operator-(const state_handle& v, const sum<N, Z>& e) {
        return 1.0 * v - e;
    }
    template <std::size_t N, class Z>
    friend auto operator+(const sum<N, Z>& e, const state_handle& v) {
        return e + 1.0 * v;
    }
    template <std::size_t N, class Z>
    friend auto operator-(const sum<N, Z>& e, const state_handle& v) {
        return e - 1.0 * v;
    }
    friend auto operator-(const state_handle& v, const kernel::square<core::slot>& e) {
        return 1.0 * v - e;
    }

private:
    Owner* owner_;
    core::slot slot_;
};

}  // namespace types
using types::state_handle;

}  // namespace fokker::core

FOKKER_END_MAY_SHADOW
