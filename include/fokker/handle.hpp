/// Names of a run's states, as a solver writes them.
#pragma once

#include <cstddef>

#include <fokker/kernel/linear.hpp>

namespace fokker {

/// A state that a solver can combine, and assign: the assignment is the sweep. The walk's x() is
/// assigned once in a step, at its end; until then the predictions made from it are valid.
/// Owner, which is the walk, has `assign(slot, expression)` and `pointer(slot)`.
template <class T, class Owner>
class state_handle {
public:
    template <std::size_t N, class Z>
    const state_handle& operator=(const kernel::linear<T, N, Z>& value) const {
        owner_->assign(slot_, value);
        return *this;
    }
    const state_handle& operator=(const state_handle& other) const { return *this = 1.0 * other; }
    state_handle(const state_handle&) = default;

    friend auto operator*(double c, const state_handle& v) { return kernel::term(c, v.operand()); }
    friend auto operator*(const state_handle& v, double c) { return c * v; }
    friend auto operator/(const state_handle& v, double c) { return (1.0 / c) * v; }
    friend auto operator-(const state_handle& v) { return -1.0 * v; }
    friend auto operator+(const state_handle& v, const state_handle& e) {
        return 1.0 * v + 1.0 * e;
    }
    friend auto operator-(const state_handle& v, const state_handle& e) {
        return 1.0 * v - 1.0 * e;
    }
    template <std::size_t N, class Z>
    friend auto operator+(const state_handle& v, const kernel::linear<T, N, Z>& e) {
        return 1.0 * v + e;
    }
    template <std::size_t N, class Z>
    friend auto operator-(const state_handle& v, const kernel::linear<T, N, Z>& e) {
        return 1.0 * v - e;
    }
    template <std::size_t N, class Z>
    friend auto operator+(const kernel::linear<T, N, Z>& e, const state_handle& v) {
        return e + 1.0 * v;
    }
    template <std::size_t N, class Z>
    friend auto operator-(const kernel::linear<T, N, Z>& e, const state_handle& v) {
        return e - 1.0 * v;
    }

private:
    friend Owner;
    static constexpr int state = -1;  // k stands for the k-th stage

    state_handle(Owner& owner, int slot) : owner_(&owner), slot_(slot) {}
    const T* operand() const { return owner_->pointer(slot_); }
    int slot() const { return slot_; }

    Owner* owner_;
    int slot_;
};

}  // namespace fokker
