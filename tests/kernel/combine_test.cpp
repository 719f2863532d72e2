#include <fokker/kernel/combine.hpp>

#include <fokker/finite.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "catch.hpp"

using namespace fokker::kernel;

namespace {

/// Nothing but a second result.
beside keeps(void* out, double first, double second) { return {false, {}, {out, first, second}}; }

}  // namespace

TEST_CASE("an element's bits do not depend on where it stands") {
    // The same three numbers everywhere: whole lanes and ragged ends must agree to the bit.
    for (std::size_t size = 1; size < 70; ++size) {
        const std::vector<float> a(size, 0.1f), b(size, 0.7f), c(size, -1.3f);
        std::vector<float> out(size), kept(size);
        pass p(out.data(), {1, size}, a.data(), b.data(), keeps(kept.data(), 0.3f, 1.7f));
        p.add(0.9f, a.data());
        p.add(1.1f, b.data());
        p.add(-0.2f, c.data());
        combine<float>(p, 0, size);
        for (std::size_t i = 0; i < size; ++i) {
            CHECK(std::memcmp(&out[i], &out[0], sizeof(float)) == 0);
            CHECK(std::memcmp(&kept[i], &kept[0], sizeof(float)) == 0);
        }
        CHECK(out[0] == Catch::Approx(0.9f * 0.1f + 1.1f * 0.7f + 0.2f * 1.3f));
        CHECK(kept[0] == Catch::Approx(0.3f * 0.1f + 1.7f * 0.7f));
    }
}

TEST_CASE("nothing is written beyond the end") {
    std::vector<double> in(40, 1.0), out(40, -7.0);
    pass p(out.data(), {1, 40});
    p.add(2.0, in.data());
    combine<double>(p, 0, 21);
    CHECK(out[20] == 2.0);
    CHECK(out[21] == -7.0);
}

TEST_CASE("a part of a pass is that of the whole, whatever the number of operands") {
    const std::size_t size = 75;
    std::vector<std::vector<double>> in(8, std::vector<double>(size));
    std::vector<double> z(size), whole(size), parts(size), kept(size), kept_parts(size);
    for (std::size_t i = 0; i < size; ++i) {
        for (std::size_t k = 0; k < 8; ++k)
            in[k][i] = std::sin(static_cast<double>(7 * i + 3 * k) + 0.5);
        z[i] = std::cos(static_cast<double>(5 * i));
    }
    for (const bool is_kept : {false, true})
        for (const bool noisy : {false, true})
            for (std::size_t count = is_kept ? 2 : noisy ? 0 : 1; count <= 8; ++count) {
                const auto made = [&](std::vector<double>& out, std::vector<double>& second) {
                    pass p = is_kept ? pass(out.data(), {1, size}, in[0].data(), in[1].data(),
                                            keeps(second.data(), 2.0, -0.5))
                                     : pass(out.data(), {1, size});
                    for (std::size_t k = 0; k < count; ++k)
                        p.add(0.25 * static_cast<double>(k) + 0.5, in[k].data());
                    return p;
                };
                const double* const noise = noisy ? z.data() : nullptr;
                combine<double>(made(whole, kept), 0, size, noise, 3.0);
                const pass p = made(parts, kept_parts);
                combine<double>(p, 0, 32, noise, 3.0);
                combine<double>(p, 32, size - 32, noisy ? noise + 32 : noise, 3.0);
                CHECK(parts == whole);
                if (is_kept) CHECK(kept_parts == kept);
                for (std::size_t i = 0; i < size; ++i) {
                    double sum = noisy ? 3.0 * z[i] : 0.0;
                    for (std::size_t k = 0; k < count; ++k)
                        sum += (0.25 * static_cast<double>(k) + 0.5) * in[k][i];
                    CHECK(std::abs(whole[i] - sum) < 1e-14);
                    if (is_kept) CHECK(std::abs(kept[i] - (2 * in[0][i] - 0.5 * in[1][i])) < 1e-15);
                }
            }
}

namespace {

/// Every pass, in any type, against the same sums in double.
template <class T, bool Bounds, bool Keeps>
void check_pass(double tolerance) {
    using number = arithmetic<T>;
    for (std::size_t size : {1u, 16u, 37u}) {
        std::vector<T> a(size), b(size), c(size), out(size), kept(size);
        std::vector<number> z(size);
        for (std::size_t i = 0; i < size; ++i) {
            a[i] = T(0.125f * static_cast<float>(i % 13) - 0.5f);
            b[i] = T(1.0f - 0.25f * static_cast<float>(i % 11));
            c[i] = T(0.5f * static_cast<float>(i % 5));
            z[i] = number(0.0625f * static_cast<float>(i % 7));
        }
        const beside also{
            Bounds, {0.5, 1.5, -1.0, 1.0}, {Keeps ? kept.data() : nullptr, 2.0, -0.5}};
        pass p(out.data(), {1, size}, a.data(), b.data(), also);
        p.add(0.5, a.data());
        p.add(0.75, b.data());
        p.add(-1.0, c.data());
        combine<T>(p, 0, size, z.data(), number(3));
        for (std::size_t i = 0; i < size; ++i) {
            const auto at = [i](const auto& v) { return static_cast<double>(v[i]); };
            const double second = Bounds ? std::clamp(0.5 * at(a) + 1.5 * at(b), -1.0, 1.0) : at(b);
            CHECK(std::abs(at(out) - (0.5 * at(a) + 0.75 * second - at(c) + 3 * at(z))) <
                  tolerance);
            if constexpr (Keeps) CHECK(std::abs(at(kept) - (2 * at(a) - 0.5 * second)) < tolerance);
        }
    }
}

template <class T>
void check_passes(double tolerance) {
    check_pass<T, false, false>(tolerance);
    check_pass<T, false, true>(tolerance);
    check_pass<T, true, false>(tolerance);
    check_pass<T, true, true>(tolerance);
}

}  // namespace

TEST_CASE("a pass bounds, sums and keeps, in every type") {
    check_passes<double>(1e-15);
    check_passes<float>(1e-6);
    check_passes<Eigen::half>(3e-3);
    check_passes<Eigen::bfloat16>(3e-2);
}

TEST_CASE("eight operands, of which the result is one, in every type") {
    const auto check = [](auto zero, double tolerance) {
        using T = decltype(zero);
        for (const bool is_kept : {false, true}) {
            std::vector<std::vector<T>> in(8, std::vector<T>(37));
            std::vector<arithmetic<T>> z(37, arithmetic<T>(0.5));
            std::vector<double> wanted(37, 1.0);
            for (std::size_t k = 0; k < 8; ++k)
                for (std::size_t i = 0; i < 37; ++i) {
                    in[k][i] = T(0.125f * static_cast<float>((3 * i + 5 * k) % 8));
                    wanted[i] += 0.25 * static_cast<double>(k + 1) * static_cast<double>(in[k][i]);
                }
            std::vector<T> kept(37);
            pass p = is_kept ? pass(in[6].data(), {1, 37}, in[0].data(), in[1].data(),
                                    keeps(kept.data(), 1, 1))
                             : pass(in[6].data(), {1, 37});
            for (std::size_t k = 0; k < 8; ++k)
                p.add(0.25 * static_cast<double>(k + 1), in[k].data());
            combine<T>(p, 0, 37, z.data(), arithmetic<T>(2));
            for (std::size_t i = 0; i < 37; ++i)
                CHECK(std::abs(static_cast<double>(in[6][i]) - wanted[i]) < tolerance * wanted[i]);
        }
    };
    check(0.0f, 1e-6);
    check(0.0, 1e-15);
    check(Eigen::half(0.0f), 1e-3);
    check(Eigen::bfloat16(0.0f), 1e-2);
}

TEST_CASE("bounding lets not-a-number be seen") {
    const auto check = [](auto zero) {
        using T = decltype(zero);
        std::vector<T> state(21, T(0.0f)), output(21, T(0.25f));
        for (const std::size_t i : {1u, 18u}) {  // in a whole lane, and in the ragged end
            output[i] = T(std::numeric_limits<float>::quiet_NaN());
            output[i + 1] = T(std::numeric_limits<float>::infinity());
        }
        pass p(output.data(), {1, 21}, state.data(), output.data(), {true, {0, 1, -1, 1}, {}});
        p.add(1.0, output.data());
        combine<T>(p, 0, 21);
        CHECK(static_cast<float>(output[0]) == 0.25f);
        for (const std::size_t i : {1u, 18u}) {
            CHECK(static_cast<float>(output[i + 1]) == 1.0f);
#ifndef __FAST_MATH__  // there, no comparison can see it
            CHECK(fokker::detail::is_nan(static_cast<double>(output[i])));
#endif
        }
    };
    check(0.0f);
    check(0.0);
    check(Eigen::half(0.0f));
    check(Eigen::bfloat16(0.0f));
}
