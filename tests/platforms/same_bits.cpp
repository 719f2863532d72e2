// Asks a machine, a compiler or a set of flags whether the library is right there: the bits of the
// noise, the kernel's exponentials, walks of some solvers, numbers as text.
//
// It says what differs from what x86-64 gives, and fails if anything does. Compiled with
// -DFOKKER_STATES it asks the same bits of grids and states, too; with -DFOKKER_PRINT it prints
// what this machine gives. (By macros, as some machines hand a program no words.)
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <fokker/fokker.hpp>

#include "noise_hashes.hpp"

namespace {

/// Without a product that is added to, so that its own bits are the same everywhere.
struct network {
    template <class X, class Out>
    void operator()(const X& x, double, Out& out) const {
        for (std::size_t i = 0; i < x.size(); ++i) out[i] = x[i] / (1 + (x[i] < 0 ? -x[i] : x[i]));
    }
};

struct walked {
    const char* name;
    double wanted;           // the sum over the elements
    std::uint64_t its_bits;  // of the elements
    double found = 0.0;
    std::uint64_t bits = 0;
};

template <class T>
walked walk(walked asked, const auto& solver) {
    std::vector<T> x(77);
    // A schedule of sums, products and roots: its bits depend on no library.
    fokker::sample(x, network{}, fokker::trailing(fokker::linear_schedule(), 10), solver,
                   fokker::philox{.seed = 7});
    for (const T each : x) asked.found += static_cast<double>(each);
    fokker_test::hash_of_bytes bits;
    bits.add(x.data(), x.size());
    asked.bits = bits.value();
    return asked;
}

std::vector<walked> walks() {
    return {
        walk<float>({"ddim, float", -421.4413336749858, 0x7ef8346f2b16f155u}, fokker::ddim{}),
        walk<double>({"ddim, double", -881.55037788962693, 0x549791f948fe6b1du}, fokker::ddim{}),
        walk<float>({"ddpm, float", -692.48389856517315, 0xf377364072136bcfu}, fokker::ddpm{}),
        walk<double>({"ddpm, double", -726.51688940610779, 0x91b89b7b16373b24u}, fokker::ddpm{}),
        walk<double>({"dpm_solver_pp_2m, double", -866.95942855269743, 0x362d76ff9319789du},
                     fokker::dpm_solver_pp_2m{}),
        walk<float>({"heun, float", -445.73027830000501, 0x61f0ad74ebb5ee9eu}, fokker::heun{}),
        walk<double>({"unipc<2>, double", -861.28587052801515, 0x5c89c99638a49522u},
                     fokker::unipc<2>{}),
    };
}

/// Numbers as text: in an error's sentence, and in a file.
bool text_is_right() {
    const std::string name = "fokker_same_bits.txt";
    fokker::moments m;
    for (const double t : {900.0, 0.1}) m.knots.push_back(fokker::linear_schedule().at(t));
    m.gamma = {1.0 / 3.0, 5e-324};
    fokker::save_moments(m, name);
    const bool same = fokker::load_moments(name).gamma == m.gamma;
    std::remove(name.c_str());
#if defined(__cpp_exceptions)
    try {
        fokker::varied(fokker::philox{}, fokker::philox{}, 1.25);
    } catch (const fokker::error& e) {
        return same && std::string(e.what()).find("the strength is 1.25;") != std::string::npos;
    }
    return false;
#else
    return same;
#endif
}

int wrong = 0;

void say(const char* name, bool right) {
    if (right) return;
    ++wrong;
    std::printf("differs: %s\n", name);
}

}  // namespace

int main() {
#if defined(FOKKER_PRINT)
    for (const auto& each : fokker_test::noise_hashes())
        std::printf("%-36s 0x%016llxu\n", each.name, static_cast<unsigned long long>(each.found()));
    for (const walked& each : walks())
        std::printf("%-36s %.17g, 0x%016llxu\n", each.name, each.found,
                    static_cast<unsigned long long>(each.bits));
#else
    for (const auto& each : fokker_test::noise_hashes())
        say(each.name, each.found() == each.wanted);
    for (const walked& each : walks()) {
        const bool is_float = std::string(each.name).find("float") != std::string::npos;
        // To rounding, which some machines do once and others twice; never to not-a-number.
        say(each.name, std::abs(each.found / each.wanted - 1.0) < (is_float ? 1e-5 : 1e-12));
#if defined(FOKKER_STATES)
        say(each.name, each.bits == each.its_bits);
#endif
    }
    say("numbers as text", text_is_right());
    if (wrong == 0) std::printf("the same bits\n");
#endif
    return wrong == 0 ? 0 : 1;
}
