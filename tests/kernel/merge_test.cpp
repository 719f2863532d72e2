#include <fokker/kernel/merge.hpp>

#include <map>
#include <random>

#include <fokker/error.hpp>

#include "catch.hpp"

using namespace fokker::kernel;

namespace {

/// What merging gave: the number of operands, and their coefficients.
template <std::size_t M, std::size_t R>
std::map<const double*, double> merged(const detail::weighted_terms<double, M>& done,
                                       const detail::weighted_terms<double, R>& rest,
                                       std::size_t& count) {
    std::map<const double*, double> result;
    detail::merge(done, rest, [&](auto... terms) {
        count = sizeof...(terms);
        ((result[terms.operand] += terms.coefficient), ...);
    });
    return result;
}

/// Random terms over four arrays, against a map that merges them.
template <std::size_t M, std::size_t R>
void check_random() {
    std::mt19937 engine(R * 10 + M);
    const double arrays[4] = {};
    for (int trial = 0; trial < 200; ++trial) {
        detail::weighted_terms<double, M> done;
        detail::weighted_terms<double, R> rest;
        std::map<const double*, double> wanted;
        for (std::size_t i = 0; i < M; ++i) {
            done[i] = {0.0, &arrays[i]};
            wanted[done[i].operand] = 0.0;
        }
        for (auto& term : rest) {
            term = {static_cast<double>(engine() % 4), &arrays[engine() % 4]};
            if (term.coefficient != 0.0) wanted[term.operand] += term.coefficient;
        }
        std::size_t count = 99;
        CHECK(merged(done, rest, count) == wanted);
        CHECK(count == wanted.size());  // each array is read once
    }
}

}  // namespace

TEST_CASE("equal operands are merged and those without weight are left out") {
    check_random<0, 1>();
    check_random<0, 2>();
    check_random<0, 3>();
    check_random<0, 4>();
    check_random<0, 5>();
    check_random<0, 9>();
    check_random<2, 1>();
    check_random<2, 4>();
    check_random<2, 7>();
}

TEST_CASE("what is done comes first") {
    const double a = 0, b = 0, c = 0;
    detail::merge(detail::weighted_terms<double, 2>{{{0.0, &a}, {0.0, &b}}},
                  detail::weighted_terms<double, 2>{{{1.0, &c}, {2.0, &b}}}, [&](auto... terms) {
                      const double* operands[] = {terms.operand...};
                      CHECK(operands[0] == &a);
                      CHECK(operands[1] == &b);
                  });
}

TEST_CASE("more arrays than a run has are refused, however the terms are merged") {
    using Catch::Matchers::ContainsSubstring;
    const double arrays[9] = {};
    const auto ignore = [](auto...) {};
    detail::weighted_terms<double, 3> few;
    for (std::size_t i = 0; i < few.size(); ++i) few[i] = {1.0, &arrays[i]};
    detail::weighted_terms<double, 9> many;
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = {1.0, &arrays[i]};
    const detail::weighted_terms<double, 0> none;
    CHECK_THROWS_WITH((detail::merge<2>(none, few, ignore)),
                      ContainsSubstring("than the 2 that its run has"));
    CHECK_NOTHROW(detail::merge<3>(none, few, ignore));
    CHECK_THROWS_WITH(detail::merge(none, many, ignore), ContainsSubstring("more than 8 arrays"));
    for (std::size_t i = 5; i < many.size(); ++i) many[i] = many[i % 5];  // equal ones count once
    CHECK_THROWS_WITH((detail::merge<3>(none, many, ignore)),
                      ContainsSubstring("than the 3 that its run has"));
    for (std::size_t i = 3; i < many.size(); ++i) many[i] = many[i % 3];
    CHECK_NOTHROW(detail::merge<3>(none, many, ignore));
}
