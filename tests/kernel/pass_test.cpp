#include <fokker/kernel/pass.hpp>

#include <cstddef>
#include <map>
#include <random>

#include <fokker/error.hpp>

#include "catch.hpp"

using namespace fokker::kernel;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("equal operands are merged and those without weight are left out") {
    std::mt19937 engine(10);
    const double arrays[4] = {};
    for (const bool is_beside : {false, true})
        for (std::size_t terms = 0; terms < 10; ++terms)
            for (int trial = 0; trial < 50; ++trial) {
                double out = 0;
                pass p =
                    is_beside ? pass(&out, {1, 1}, &arrays[0], &arrays[1], {}) : pass(&out, {1, 1});
                std::map<const void*, double> wanted, found;
                if (is_beside) wanted = {{&arrays[0], 0.0}, {&arrays[1], 0.0}};
                for (std::size_t i = 0; i < terms; ++i) {
                    const auto coefficient = static_cast<double>(engine() % 4);
                    const double* const operand = &arrays[engine() % 4];
                    p.add(coefficient, operand);
                    if (coefficient != 0.0) wanted[operand] += coefficient;
                }
                for (std::size_t i = 0; i < p.count; ++i) found[p.operands[i]] = p.coefficients[i];
                CHECK(found == wanted);
                CHECK(p.count == wanted.size());  // each array is read once
                CHECK(p.out == &out);
            }
}

TEST_CASE("a state and a network's output stand first where something is done beside the sum") {
    double out = 0;
    const double a = 0, b = 0, c = 0;
    pass p(&out, {1, 1}, &a, &b, {.is_bounded = true, .bounded = {}, .kept = {}});
    p.add(1.0, &c);
    p.add(2.0, &b);
    CHECK(p.operands[0] == &a);
    CHECK(p.operands[1] == &b);
    CHECK(p.operands[2] == &c);
    CHECK(p.also.is_bounded);
    CHECK(p.also.kept.out == nullptr);
}

TEST_CASE("more arrays than a pass reads are refused, and equal ones count once") {
    double out = 0;
    const double arrays[9] = {};
    pass p(&out, {1, 1});
    for (int round = 0; round < 2; ++round)
        for (std::size_t i = 0; i < 8; ++i) CHECK_NOTHROW(p.add(1.0, &arrays[i]));
    CHECK(p.count == 8);
    CHECK_NOTHROW(p.add(0.0, &arrays[8]));
    CHECK_THROWS_WITH(p.add(1.0, &arrays[8]), ContainsSubstring("more than 8 arrays"));
}
