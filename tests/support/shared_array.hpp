/// An array whose copies share its elements, as tensors of many libraries do.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <fokker/kernel/array.hpp>

namespace fokker_test {

struct shared_array {
    shared_array() = default;
    explicit shared_array(std::size_t size, double value = 0.0)
        : numbers(std::make_shared<std::vector<double>>(size, value)) {}

    double& operator[](std::size_t i) const { return (*numbers)[i]; }
    std::size_t size() const { return numbers->size(); }

    std::shared_ptr<std::vector<double>> numbers = std::make_shared<std::vector<double>>();
};

}  // namespace fokker_test

template <>
struct fokker::array_traits<fokker_test::shared_array> {
    using scalar = double;
    using owner = fokker_test::shared_array;
    static constexpr bool is_view = false;
    static constexpr bool is_fixed = false;
    static auto data(auto& a) { return a.numbers->data(); }
    static std::size_t size(const owner& a) { return a.size(); }
    static std::size_t samples(const owner&) { return 1; }
    static owner like(const owner& a) { return owner(a.size()); }
    static owner repeated(const owner& a, std::size_t times) { return owner(times * a.size()); }
    static bool same_shape(const owner& a, const owner& b) { return a.size() == b.size(); }
};
