/// Arrays in a memory that this program cannot reach, as a device's is: their addresses are no
/// addresses here, and reading through one ends the program. Only the functions of their space turn
/// them into real ones. They count how often they are called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <fokker/core/space.hpp>
#include <fokker/kernel/array.hpp>

namespace fokker_test {

/// A bit that no address of a program has here.
inline constexpr std::uintptr_t out_of_reach = std::uintptr_t{1} << 62;

template <class T>
T* hidden(T* real) {
    return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(real) ^ out_of_reach);
}
/// The other way; null stays null.
template <class T>
T* revealed(T* address) {
    return address ? hidden(address) : nullptr;
}

/// Calls of each function since `clear`.
inline std::map<std::string, int>& launches() {
    static std::map<std::string, int> counts;
    return counts;
}

template <class T>
struct checked_space {
    using host = fokker::core::host_space<T>;

    static void run(const fokker::kernel::pass& p) {
        ++launches()["run"];
        fokker::kernel::pass real = p;
        real.out = revealed(p.out);
        real.also.kept.out = revealed(p.also.kept.out);
        for (std::size_t k = 0; k < p.count; ++k) real.operands[k] = revealed(p.operands[k]);
        fokker::kernel::elementwise_std<const void*> std;
        if (p.noise.std) {
            std = *p.noise.std;
            std.operand = revealed(std.operand);
            for (auto& each : std.operands) each = revealed(each);
            real.noise.std = &std;
        }
        host::run(real);
    }
    static double error_norm(const void* error, const void* a, const void* b,
                             const fokker::array_shape& shape, const fokker::tolerance& wanted) {
        ++launches()["error_norm"];
        return host::error_norm(revealed(error), revealed(a), revealed(b), shape, wanted);
    }
    static double mean_norm(const void* a, const fokker::array_shape& shape) {
        ++launches()["mean_norm"];
        return host::mean_norm(revealed(a), shape);
    }
    static void threshold(fokker::kernel::threshold_pass p) {
        ++launches()["threshold"];
        p.state = revealed(p.state);
        p.raw = revealed(p.raw);
        p.out = revealed(p.out);
        host::threshold(p);
    }
    static void impose(fokker::kernel::region_pass p) {
        ++launches()["impose"];
        p.state = revealed(p.state);
        p.raw = revealed(p.raw);
        p.out = revealed(p.out);
        p.given.data = revealed(p.given.data);
        p.mask.data = revealed(p.mask.data);
        host::impose(p);
    }
    static double standard_deviation(const void* a, std::size_t size) {
        ++launches()["standard_deviation"];
        return host::standard_deviation(revealed(a), size);
    }
    static fokker::kernel::projection_sums products(const void* difference, const void* direction,
                                                    std::size_t size) {
        ++launches()["products"];
        return host::products(revealed(difference), revealed(direction), size);
    }
    static fokker::kernel::projection_sums difference_and_direction(const void* direction,
                                                                    const void* other,
                                                                    std::size_t size) {
        ++launches()["difference_and_direction"];
        return host::difference_and_direction(revealed(direction), revealed(other), size);
    }
    static void take_signs(void* a, std::size_t size) {
        ++launches()["take_signs"];
        host::take_signs(revealed(a), size);
    }
    static void add_product(void* out, const void* factor, const void* a, const void* b,
                            std::size_t size) {
        ++launches()["add_product"];
        host::add_product(revealed(out), revealed(factor), revealed(a), revealed(b), size);
    }
    static void rescale(void* a, double constant, double factor, std::size_t size) {
        ++launches()["rescale"];
        host::rescale(revealed(a), constant, factor, size);
    }
    static std::size_t first_not_finite(const void* a, std::size_t size) {
        ++launches()["first_not_finite"];
        return host::first_not_finite(revealed(a), size);
    }
    static void copy_out(const void* from, void* to, std::size_t size) {
        ++launches()["copy_out"];
        host::copy_out(revealed(from), to, size);
    }
    static void copy_in(void* to, const void* from, std::size_t size) {
        ++launches()["copy_in"];
        host::copy_in(revealed(to), from, size);
    }
};

/// A batch of samples there.
template <class T>
class checked_array {
public:
    checked_array() = default;
    checked_array(std::size_t elements, std::size_t samples, T value = T(0))
        : elements_(elements), memory_(elements * samples, value) {}

    T* address() { return hidden(memory_.data()); }
    const T* address() const { return hidden(memory_.data()); }
    std::size_t size() const { return memory_.size(); }
    std::size_t samples() const { return elements_ == 0 ? 0 : size() / elements_; }

    /// For what happens over there: a network, and the checks of a test.
    std::vector<T>& elements() { return memory_; }
    const std::vector<T>& elements() const { return memory_; }

private:
    std::size_t elements_ = 0;
    std::vector<T> memory_;
};

}  // namespace fokker_test

template <class T>
struct fokker::array_traits<fokker_test::checked_array<T>> {
    using array = fokker_test::checked_array<T>;
    using scalar = T;
    using owner = array;
    using space = fokker_test::checked_space<T>;
    static constexpr bool is_view = false;
    static constexpr bool is_fixed = false;

    static auto data(auto& a) { return a.address(); }
    static std::size_t size(const array& a) { return a.size(); }
    static std::size_t samples(const array& a) { return a.samples(); }
    static array like(const array& a) { return array(a.size() / a.samples(), a.samples()); }
    static array repeated(const array& a, std::size_t times) {
        return array(a.size() / a.samples(), times * a.samples());
    }
    static bool same_shape(const array& a, const array& b) {
        return a.size() == b.size() && a.samples() == b.samples();
    }
};
