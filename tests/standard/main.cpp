// Whether the plain loops of standard C++ give the bits of the compiler's vectors.
#include <cstddef>
#include <cstdio>
#include <vector>

#include "results.hpp"

std::vector<fokker_test::named_bits> with_vectors();
std::vector<fokker_test::named_bits> with_loops();

int main() {
    const auto a = with_vectors(), b = with_loops();
    if (a.empty() || a.size() != b.size()) {
        std::puts("there is nothing to compare, or not equally much");
        return 1;
    }
    int wrong = 0;
    std::size_t numbers = 0;
    for (std::size_t k = 0; k < a.size(); ++k) {
        std::size_t different = a[k].bits.size() == b[k].bits.size() ? 0 : 1, first = 0;
        for (std::size_t i = 0; i < a[k].bits.size() && i < b[k].bits.size(); ++i)
            if (a[k].bits[i] != b[k].bits[i] && different++ == 0) first = i;
        numbers += a[k].bits.size();
        if (different == 0) continue;
        ++wrong;
        std::printf("%s: %zu of %zu differ, the first is number %zu: %llx and %llx\n",
                    a[k].name.c_str(), different, a[k].bits.size(), first,
                    static_cast<unsigned long long>(a[k].bits[first]),
                    static_cast<unsigned long long>(b[k].bits[first]));
    }
    std::printf("%zu numbers in %zu lists, of which %d differ\n", numbers, a.size(), wrong);
    return wrong == 0 ? 0 : 1;
}
